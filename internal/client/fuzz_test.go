package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// scripted is a fake network that returns one body for first pages and single objects, and another body for later pages. It does not use HTTP, which
// keeps the fuzzer fast.
type scripted struct {
	status       int
	first, later []byte
	requests     atomic.Int64
}

// RoundTrip implements [http.RoundTripper].
func (s *scripted) RoundTrip(req *http.Request) (*http.Response, error) {
	s.requests.Add(1)

	body := s.first
	if isLaterPage(req) {
		body = s.later
	}

	return &http.Response{
		StatusCode: s.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)), Request: req,
	}, nil
}

func isLaterPage(req *http.Request) bool {
	query := req.URL.Query()
	for _, name := range []string{"page", "pageNumber"} {
		if query.Get(name) != "" && query.Get(name) != "0" {
			return true
		}
	}

	if query.Get("pageToken") != "" || query.Get("startIndex") != "" && query.Get("startIndex") != "1" {
		return true
	}

	if req.Method != http.MethodPost {
		return false
	}

	body, _ := io.ReadAll(req.Body)

	return !bytes.Contains(body, []byte(`"pageNumber":0`))
}

// handlerNetwork calls a handler without a connection, and records the bodies of its responses.
type handlerNetwork struct {
	handler http.Handler

	mu     sync.Mutex
	bodies [][]byte
}

// RoundTrip implements [http.RoundTripper].
func (n *handlerNetwork) RoundTrip(req *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	n.handler.ServeHTTP(recorder, req)

	n.mu.Lock()
	defer n.mu.Unlock()

	n.bodies = append(n.bodies, bytes.Clone(recorder.Body.Bytes()))

	return recorder.Result(), nil
}

func fuzzedClient(network http.RoundTripper, credentials transport.Credentials, pageSize int) (*client.Client, error) {
	return client.New(client.Options{
		Options: transport.Options{
			BaseURL: "http://localhost", Credentials: credentials, Network: network, MaxConcurrentRequests: 2,
			RequestTimeout: time.Minute, MaxRetryWait: time.Minute, UserAgent: "test", MaxBody: 1 << 20,
		},
		PageSize: pageSize, SCIMBasePath: "/scim/v2",
	})
}

// fuzzedCall calls a client method, which receives fuzzed responses. It returns nil or the ids of the items that the method has read, which must be
// unique and sorted.
type fuzzedCall func(context.Context, *client.Client) (ids []string, err error)

const (
	fuzzedModel = "order-to-cash.otc-km"
	fuzzedKey   = "the-user-key-of-fuzzed-calls"
)

// fuzzResponses makes the calls to a server that sends fuzzed responses. After a bounded number of requests, each call must return
// either a value or an error that is safe to show. A list that is returned without an error must be complete. The
// seeds are the simulator's responses, both complete and truncated, and the unusual responses that the caller adds.
func fuzzResponses(f *testing.F, calls []fuzzedCall, odd ...string) {
	f.Helper()

	options := simulator.DefaultTeam()
	options.Intelligence.KnowledgeModels, options.SCIM.GeneratedUsers, options.SCIM.GeneratedGroups = 3, 3, 2
	options.Reports.LoginEvents, options.Reports.AuditEvents, options.Reports.Permissions = 7, 7, 5

	team, err := simulator.New(options)
	if err != nil {
		f.Fatal(err)
	}

	for index, call := range calls {
		network := &handlerNetwork{handler: team}

		celonis, err := fuzzedClient(network, clienttest.Credentials(), 2)
		if err != nil {
			f.Fatal(err)
		}

		if _, err := call(f.Context(), celonis); err != nil {
			f.Fatalf("call %d: error = %v", index, err)
		}

		bodies := network.bodies[1:] // The first body is the token response.
		for at, body := range bodies {
			f.Add(uint8(index), http.StatusOK, body, bodies[min(at+1, len(bodies)-1)])
			f.Add(uint8(index), http.StatusOK, body[:len(body)/2], []byte("{}"))
		}

		for _, body := range slices.Concat(odd, []string{
			"", "null", "[]", "{}", "<html><title>Sign in</title></html>", `{"content": null}`, `{"content": {}}`, `{"content": [null]}`, `{"content": [{}], "total": 1e9}`,
			`{"content": [{"id": "a"}, {"id": "a"}], "pageSize": 2, "total": 4}`, `{"content": [{"id": 7}], "pageSize": "1", "total": "2"}`,
			`{"content": [{"name": "without an id"}], "pageSize": 50, "total": 1}`,
		}) {
			f.Add(uint8(index), http.StatusOK, []byte(body), []byte(body))
		}

		f.Add(uint8(index), http.StatusNoContent, []byte{}, []byte{})
		f.Add(uint8(index), http.StatusNotFound, []byte(`{"errorCode": "KM_MODEL_NOTFOUND"}`), []byte{})
	}

	f.Fuzz(func(t *testing.T, callIndex uint8, status int, first, later []byte) {
		if status < 200 || status > 599 || len(first)+len(later) > 1<<16 {
			return
		}

		synctest.Test(t, func(t *testing.T) {
			network := &scripted{status: status, first: first, later: later}

			celonis, err := fuzzedClient(network, transport.Credentials{Mode: transport.ModeUserKey, Key: transport.NewSecret(fuzzedKey)}, 50)
			if err != nil {
				t.Fatal(err)
			}

			ids, err := calls[int(callIndex)%len(calls)](t.Context(), celonis)
			checkShown(t, err)

			if err == nil && status >= http.StatusMultipleChoices && status != http.StatusNotFound {
				t.Errorf("status %d counts as a success", status)
			}

			if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) || slices.Contains(ids, "") {
				t.Errorf("ids = %q, want them sorted and unique", ids)
			}

			// A list that was read without an error must be complete.
			if network.requests.Load() == 1 && err == nil && ids != nil {
				if want := countItems(first); want != len(ids) {
					t.Errorf("%d of %d items were returned: %q", len(ids), want, first)
				}
			}

			if count := network.requests.Load(); count > 3000 {
				t.Errorf("the call sent %d requests, which is too many", count)
			}
		})
	})
}

// checkShown checks that an error is a transport.Error whose text is a single printable line that does not contain the user key.
func checkShown(t *testing.T, err error) {
	t.Helper()

	if err == nil {
		return
	}

	if _, ok := errors.AsType[*transport.Error](err); !ok {
		t.Errorf("error = %v (%T), want a transport.Error", err, err)
	}

	if strings.ContainsFunc(err.Error(), func(char rune) bool { return !unicode.IsPrint(char) }) || strings.Contains(err.Error(), fuzzedKey) {
		t.Errorf("error = %q, want one printable line without the key", err)
	}
}

// countItems returns the number of items in a page of any of the APIs.
func countItems(page []byte) int {
	var body struct {
		Content   []json.RawMessage `json:"content"`
		Resources []json.RawMessage `json:"resources"`
	}

	_ = json.Unmarshal(bytes.TrimPrefix(bytes.TrimSpace(page), []byte("\ufeff")), &body)

	return len(body.Content) + len(body.Resources)
}

// invalid returns the error for a call whose return value contradicts the response. It is not a transport.Error, so [checkShown] rejects it.
func invalid(format string, values ...any) error { return fmt.Errorf(format, values...) }

func idsOf[T any](items []T, id func(T) string) []string {
	ids := make([]string, 0, len(items))
	for _, item := range items {
		ids = append(ids, id(item))
	}

	return ids
}

func FuzzKnowledgeModels(f *testing.F) {
	fuzzResponses(f, []fuzzedCall{
		func(ctx context.Context, c *client.Client) ([]string, error) {
			models, err := c.KnowledgeModels(ctx)

			return idsOf(models, func(m client.KnowledgeModel) string { return m.ID }), err
		},
		func(ctx context.Context, c *client.Client) ([]string, error) {
			model, err := c.KnowledgeModel(ctx, fuzzedModel)
			if err == nil && model.ID != fuzzedModel {
				err = invalid("a different model: %s", model.ID)
			}

			return nil, err
		},
	}, `{"id": "order-to-cash.otc-km", "name": 7}`, `{"content": [{"id": "B"}, {"id": "a"}], "pageSize": 50, "total": 2}`)
}

func FuzzModelParts(f *testing.F) {
	fuzzResponses(f, []fuzzedCall{
		func(ctx context.Context, c *client.Client) ([]string, error) {
			kpis, err := c.KPIs(ctx, fuzzedModel)

			return idsOf(kpis, func(k client.KPI) string { return k.ID }), err
		},
		func(ctx context.Context, c *client.Client) ([]string, error) {
			filters, err := c.Filters(ctx, fuzzedModel)

			return idsOf(filters, func(f client.Filter) string { return f.ID }), err
		},
		func(ctx context.Context, c *client.Client) ([]string, error) {
			records, err := c.Records(ctx, fuzzedModel)

			return idsOf(records, func(r client.Record) string { return r.ID }), err
		},
		func(ctx context.Context, c *client.Client) ([]string, error) {
			_, err := c.Record(ctx, fuzzedModel, "SALES_ORDER")

			return nil, err
		},
		func(ctx context.Context, c *client.Client) ([]string, error) {
			triggers, err := c.Triggers(ctx, fuzzedModel)

			return idsOf(triggers, func(t client.Trigger) string { return t.ID }), err
		},
		func(ctx context.Context, c *client.Client) ([]string, error) {
			triggers, err := c.Triggers(ctx, fuzzedModel)
			if err == nil && len(triggers) > 0 {
				_, err = c.Trigger(ctx, fuzzedModel, triggers[0].ID, "")
			}

			return nil, err
		},
	}, `{"content": [{"id": "k", "parameters": [[{"id": "p", "value": 1.50}]]}], "pageSize": 50}`, `{"content": [{"id": "k", "parameters": [1]}]}`)
}

func FuzzData(f *testing.F) {
	const rows = 10

	fuzzResponses(f, []fuzzedCall{
		func(ctx context.Context, c *client.Client) ([]string, error) {
			data, err := c.Data(ctx, client.DataQuery{ModelID: fuzzedModel, Fields: []string{"SALES_ORDER.ID"}, MaxRows: rows})
			if len(data.Rows) > rows {
				err = invalid("too many rows")
			}

			return nil, err
		},
	}, `{"content": {"headers": [{"id": "a"}], "data": [{"a": 1.50}, {"a": null}, {"a": {"b": [1]}}]}, "pageSize": 11, "total": 3}`,
		`{"content": {"headers": null, "data": [[{"a": "x"}]]}}`, `{"content": {"data": [1]}}`, `{"content": {"data": {"a": 1}}}`)
}

func FuzzModelSpec(f *testing.F) {
	fuzzResponses(f, []fuzzedCall{
		func(ctx context.Context, c *client.Client) ([]string, error) {
			spec, err := c.KnowledgeModelSpec(ctx, fuzzedModel, false)
			if err == nil && !json.Valid([]byte(spec)) {
				err = invalid("the document is not valid JSON: %s", spec)
			}

			return nil, err
		},
	}, "openapi: 3.0.1\ninfo: {title: x}\n", "info:\n  version: 1.10\n  a: &a [*a]\n", "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\ninfo: [*b,*b,*b,*b]\n", `{"openapi": "3.0.1", "n": 1e999}`,
		"info: !!binary AA\n", "info: .nan", "? [a]\n: b\ninfo: x", "info: 2026-01-01\n", "%YAML 1.2\n---\ninfo: 0x1F\n...\n", "info: yes\n---\ninfo: no\n")
}

func FuzzSubscriptions(f *testing.F) {
	fuzzResponses(f, []fuzzedCall{
		func(ctx context.Context, c *client.Client) ([]string, error) {
			subscriptions, err := c.Subscriptions(ctx)

			return idsOf(subscriptions, func(s client.Subscription) string { return s.ID }), err
		},
	}, `{"content": [{"id": "s", "configurations": "SKIP_ERRORS", "callbackInfo": null, "creationDate": "2026-01-01T00:00:00+0100"}], "total": 1}`,
		`{"content": [{"id": "s", "callbackInfo": []}]}`)
}

func FuzzTeamMembers(f *testing.F) {
	fuzzResponses(f, []fuzzedCall{
		func(ctx context.Context, c *client.Client) ([]string, error) {
			_, err := c.TeamMembers(ctx, true)

			return nil, err
		},
	}, `{"content": [{"nameAndEmail": "A (B) (a@b.c)", "lastLogin": "12/10/2023, 6:49:07\u202fAM UTC", "inactivityPeriod": "3"}], "totalCount": 1}`, `{"content": [{"group": [null]}]}`)
}

func fuzzedSpan() client.EventQuery {
	return client.EventQuery{From: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), MaxEvents: 5}
}

func FuzzLoginEvents(f *testing.F) {
	fuzzResponses(f, []fuzzedCall{
		func(ctx context.Context, c *client.Client) ([]string, error) {
			events, err := c.LoginEvents(ctx, fuzzedSpan())
			if len(events.Events) > fuzzedSpan().MaxEvents {
				err = invalid("too many events")
			}

			return nil, err
		},
	}, `{"content": [{"authenticationEventType": "LOGIN", "success": "true", "timestamp": "2026-01-01T00:00:00.000Z"}]}`, `{"content": [{"timestamp": "0000-01-01T00:00:00Z"}]}`)
}

func FuzzAuditEvents(f *testing.F) {
	fuzzResponses(f, []fuzzedCall{
		func(ctx context.Context, c *client.Client) ([]string, error) {
			events, err := c.AuditEvents(ctx, fuzzedSpan())
			for _, event := range events.Events {
				if event.Message != "" && !json.Valid([]byte(event.Message)) {
					err = invalid("a message is not valid JSON: %s", event.Message)
				}
			}

			return nil, err
		},
	}, `{"content": [{"event": "e", "timestamp": "2026-01-01T00:00:00.000Z", "message": {"b": 1.0, "a": [null]}, "diffPayload": {"oldValue": "x", "newValue": {"y": 1e999}}}]}`,
		`{"content": [{"event": "e", "timestamp": "2026-01-01T00:00:00Z"}], "nextPageToken": "t"}`)
}

func FuzzPermissions(f *testing.F) {
	fuzzResponses(f, []fuzzedCall{
		func(ctx context.Context, c *client.Client) ([]string, error) {
			_, err := c.Permissions(ctx, client.PermissionFilter{})

			return nil, err
		},
		func(ctx context.Context, c *client.Client) ([]string, error) {
			permissions, err := c.Permissions(ctx, client.PermissionFilter{SubjectType: "group"})
			for _, permission := range permissions.Items {
				if !strings.EqualFold(permission.SubjectType, "group") {
					err = invalid("a permission of the subject type %s", permission.SubjectType)
				}
			}

			return nil, err
		},
	}, `{"permissions": [{"subjectId": "s", "groups": ["a", "b"], "actions": ["X"]}]}`, `{"permissions": null}`, `{"a": {"permissions": []}}`, `{"permissions": []} x`,
		`{"permissions": [], "permissions": [{"subjectName": "n"}]}`)
}

func FuzzUsersAndGroups(f *testing.F) {
	fuzzResponses(f, []fuzzedCall{
		func(ctx context.Context, c *client.Client) ([]string, error) {
			users, err := c.Users(ctx)

			return idsOf(users, func(u scim.User) string { return u.ID }), err
		},
		func(ctx context.Context, c *client.Client) ([]string, error) {
			groups, err := c.Groups(ctx)

			return idsOf(groups, func(g scim.Group) string { return g.ID }), err
		},
		func(ctx context.Context, c *client.Client) ([]string, error) {
			group, err := c.Group(ctx, "6f0a2d5e-8b17-4c93-a4d8-3e9b1c7f5a20")

			if !slices.IsSorted(group.MemberIDs) {
				err = invalid("the members are not sorted")
			}

			return nil, err
		},
		func(ctx context.Context, c *client.Client) ([]string, error) {
			_, err := c.User(ctx, "e8f1c6d4-2a93-4b57-8e0c-6d4b9f3a7152")

			return nil, err
		},
	}, `{"totalResults": 1, "Resources": [{"id": "u", "USERNAME": "a@b.c", "urn:celonis:params:scim:schemas:extension:2.0:User": {"role": "ADMIN"}}]}`,
		`{"totalResults": 1, "Resources": [{"id": "g", "members": [{"value": "u"}, "v", null]}]}`, `{"id": "6f0a2d5e-8b17-4c93-a4d8-3e9b1c7f5a20", "members": {"value": "u"}}`,
		`{"totalResults": 2, "Resources": []}`, `{"totalResults": 0}`)
}
