package paging_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// repeated returns a JSON array that contains an item the given number of times. If the item contains %d, each copy gets a different number.
func repeated(items int, item string) string {
	if !strings.Contains(item, "%d") {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", items), ",") + "]"
	}

	var text strings.Builder

	text.WriteByte('[')

	for index := range items {
		if index > 0 {
			text.WriteByte(',')
		}

		text.WriteString(strings.Replace(item, "%d", strconv.Itoa(1_000_000+index), 1))
	}

	text.WriteByte(']')

	return text.String()
}

// The limit applies to each kind of list, and to each array within an item.
func TestPagesContainAtMost5000Items(t *testing.T) {
	t.Parallel()

	const limit = transport.MaxPageSize

	dataOf := func(rows string) string {
		return `{"content": {"headers": [{"id": "A.B"}], "data": ` + rows + `}, "pageSize": 5000, "total": 1}`
	}
	data := func(ctx context.Context, celonis *client.Client) error {
		_, err := celonis.Data(ctx, client.DataQuery{ModelID: "p.k", Fields: []string{"A.B"}, MaxRows: 10})

		return err
	}

	for name, test := range map[string]struct {
		path string
		body func(items int) string
		read func(ctx context.Context, celonis *client.Client) error
	}{
		"Knowledge Models": {
			clienttest.ModelsPath, func(items int) string {
				return `{"content": ` + repeated(items, `{"id": "p.%d"}`) + `, "pageSize": 50, "total": 1}`
			},
			func(ctx context.Context, celonis *client.Client) error {
				_, err := celonis.KnowledgeModels(ctx)
				return err
			},
		},
		"parameters of a KPI": {
			clienttest.ModelsPath + "/p.k/kpis",
			func(items int) string {
				return `{"content": [{"id": "k", "parameters": [` + repeated(items, `{"id": "%d"}`) + `]}], "pageSize": 50}`
			},
			func(ctx context.Context, celonis *client.Client) error {
				_, err := celonis.KPIs(ctx, "p.k")
				return err
			},
		},
		"fields of a record": {
			clienttest.ModelsPath + "/p.k/records/r", func(items int) string { return `{"id": "r", "fields": ` + repeated(items, `{}`) + `}` },
			func(ctx context.Context, celonis *client.Client) error {
				_, err := celonis.Record(ctx, "p.k", "r")
				return err
			},
		},
		"rows":           {clienttest.ModelsPath + "/p.k/data", func(items int) string { return dataOf(repeated(items, `{"A.B": 1}`)) }, data},
		"nested rows":    {clienttest.ModelsPath + "/p.k/data", func(items int) string { return dataOf("[" + repeated(items, `{"A.B": 1}`) + "]") }, data},
		"arrays of rows": {clienttest.ModelsPath + "/p.k/data", func(items int) string { return dataOf(repeated(items, `[{"A.B": 1}]`)) }, data},
		"empty arrays":   {clienttest.ModelsPath + "/p.k/data", func(items int) string { return dataOf(repeated(items, `[]`)) }, data},
		"subscriptions": {
			clienttest.SubscriptionsPath, func(items int) string {
				return `{"content": ` + repeated(items, `{"id": "%d"}`) + `, "pageSize": 50, "total": 1}`
			},
			func(ctx context.Context, celonis *client.Client) error {
				_, err := celonis.Subscriptions(ctx)
				return err
			},
		},
		"users": {
			"/scim/v2/Users", func(items int) string {
				return fmt.Sprintf(`{"totalResults": %d, "Resources": %s}`, items, repeated(items, `{"id": "%d"}`))
			},
			func(ctx context.Context, celonis *client.Client) error { _, err := celonis.Users(ctx); return err },
		},
		"team members": {
			clienttest.MembersPath, func(items int) string {
				return `{"content": ` + repeated(items, `{"userId": "%d"}`) + `, "pageSize": 9000}`
			},
			func(ctx context.Context, celonis *client.Client) error {
				_, err := celonis.TeamMembers(ctx, true)
				return err
			},
		},
		"groups of a team member": {
			clienttest.MembersPath, func(items int) string {
				return `{"content": [{"userId": "u", "group": ` + repeated(items, `{}`) + `}], "pageSize": 200}`
			},
			func(ctx context.Context, celonis *client.Client) error {
				_, err := celonis.TeamMembers(ctx, true)
				return err
			},
		},
		"sign-ins": {
			clienttest.LoginEventsPath, func(items int) string {
				return `{"content": ` + repeated(items, `{"authenticationEventType": "LOGIN", "timestamp": "2026-01-05T09:03:11.120Z"}`) +
					`, "pageSize": 9000}`
			},
			func(ctx context.Context, celonis *client.Client) error {
				_, err := celonis.LoginEvents(ctx, clienttest.AllEvents())
				return err
			},
		},
		"audit events": {
			clienttest.AuditPath, func(items int) string {
				return `{"content": ` + repeated(items, `{"event": "E", "timestamp": "2026-01-05T09:03:11.120Z"}`) + `, "pageSize": 9000}`
			},
			func(ctx context.Context, celonis *client.Client) error {
				_, err := celonis.AuditEvents(ctx, clienttest.AllEvents())
				return err
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
				env.Respond(test.path, http.StatusOK, clienttest.JSONType, test.body(limit))

				err := test.read(t.Context(), env.Client())
				if err != nil && strings.Contains(err.Error(), "too many items") {
					t.Errorf("%d items: error = %v", limit, err)
				}

				env.Team.ClearFaults()
				env.Respond(test.path, http.StatusOK, clienttest.JSONType, test.body(limit+1))

				err = test.read(t.Context(), env.Client(func(options *client.Options) { options.PageSize = 5000 }))
				clienttest.WantError(t, err, transport.ReasonInvalidResponse, "too many items: the maximum is 5000")
			})
		})
	}
}

// This test measures memory, so it does not run in parallel with other tests.
func TestLargeResponsesTakeLittleMemory(t *testing.T) { //nolint:paralleltest // See above.
	const perByte = 16

	for _, test := range []struct { //nolint:paralleltest // See above.
		name, path, start, item, end string
		// size is the total length of the items, in bytes. At the larger sizes, a response exceeds the maximum number of values.
		size int
		read func(ctx context.Context, celonis *client.Client) error
	}{
		{
			"many items", clienttest.ModelsPath, `{"content": `, `{"id":"p.%d"}`, `}`, 2 << 20,
			func(ctx context.Context, celonis *client.Client) error {
				_, err := celonis.KnowledgeModels(ctx)
				return err
			},
		},
		{
			"many fields", clienttest.ModelsPath + "/p.k/records/r", `{"id": "r", "fields": `, `{}`, `}`, 2 << 20,
			func(ctx context.Context, celonis *client.Client) error {
				_, err := celonis.Record(ctx, "p.k", "r")
				return err
			},
		},
		{
			"a wide row", clienttest.ModelsPath + "/p.k/data", `{"content": {"data": [{"A.B": `, `[]`, `}]}}`, 10 << 20,
			func(ctx context.Context, celonis *client.Client) error {
				_, err := celonis.Data(ctx, client.DataQuery{ModelID: "p.k", Fields: []string{"A.B"}, MaxRows: 1})

				return err
			},
		},
		{
			"a document", clienttest.ModelsPath + "/p.k/spec", `{"openapi": `, `0`, `}`, 10 << 20,
			func(ctx context.Context, celonis *client.Client) error {
				_, err := celonis.KnowledgeModelSpec(ctx, "p.k", false)
				return err
			},
		},
		{
			"numbers as members", "/scim/v2/Groups/g", `{"id": "g", "members": `, `0`, `}`, 2 << 20,
			func(ctx context.Context, celonis *client.Client) error { _, err := celonis.Group(ctx, "g"); return err },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var body bytes.Buffer

			writer, err := gzip.NewWriterLevel(&body, gzip.BestSpeed)
			if err != nil {
				t.Fatal(err)
			}

			if _, err := writer.Write([]byte(test.start + repeated(test.size/(len(test.item)+1), test.item) + test.end)); err != nil {
				t.Fatal(err)
			}

			if err := writer.Close(); err != nil {
				t.Fatal(err)
			}

			clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
				env.Team.Inject(simulator.Fault{
					Path: test.path, Times: -1, Status: http.StatusOK, Body: body.String(),
					Header: http.Header{"Content-Type": {clienttest.JSONType}, "Content-Encoding": {"gzip"}},
				})

				celonis := env.Client()

				var before, after runtime.MemStats

				runtime.ReadMemStats(&before)

				err := test.read(t.Context(), celonis)

				runtime.ReadMemStats(&after)
				clienttest.WantError(t, err, transport.ReasonInvalidResponse)

				limit := uint64(perByte * test.size) //nolint:gosec // It is positive.
				if got := after.TotalAlloc - before.TotalAlloc; got > limit {
					t.Errorf("a response of %[2]d KiB allocated %[1]d MiB, want at most %[3]d MiB", got>>20, body.Len()>>10, limit>>20)
				}
			})
		})
	}
}

func TestGzipBombIsStoppedAtTheLimit(t *testing.T) {
	t.Parallel()

	var body bytes.Buffer

	writer := gzip.NewWriter(&body)
	block := []byte(strings.Repeat(" ", 1<<20))

	for range 3 {
		if _, err := writer.Write(block); err != nil {
			t.Fatal(err)
		}
	}

	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}

	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{
			Path: clienttest.ModelsPath, Times: -1, Status: http.StatusOK, Body: body.String(),
			Header: http.Header{"Content-Type": {clienttest.JSONType}, "Content-Encoding": {"gzip"}},
		})

		_, err := env.Client(clienttest.WithMaxBody(2 << 20)).KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonTooLarge, "larger than 2 MiB")
		env.WantRequests(1, 1)
	})
}
