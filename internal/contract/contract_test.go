package contract

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	simserver "github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

// world is a simulated team with a checker between the team and its clients.
type world struct {
	clienttest.Env

	checker *checker
}

// inBubble runs a test in a synctest bubble, with a checker between the clients and the team. If a request or a response violates the
// vendor's files, the test fails.
func inBubble(t *testing.T, options simulator.Options, test func(w world)) {
	t.Helper()

	vendorFiles := files(t)

	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		w := world{Env: env, checker: &checker{files: vendorFiles, next: env.Network, seen: map[string]int{}}}
		test(w)

		for _, refusal := range w.checker.refused() {
			t.Error(refusal)
		}
	})
}

// client returns a client that sends its requests through the checker and does not retry them.
func (w world) client(change ...func(*client.Options)) *client.Client {
	w.T.Helper()

	return clienttest.NewClient(w.T, w.checker, append([]func(*client.Options){withoutRetries}, change...)...)
}

func withoutRetries(options *client.Options) { options.MaxRetries = 0 }

// withUserKey makes a client use the simulator's default user API key, so that it does not sign in.
func withUserKey(options *client.Options) {
	options.Credentials = transport.Credentials{Mode: transport.ModeUserKey, Key: transport.NewSecret(oauth.DefaultUserKey().Value)}
}

// wantRefusals checks that there is a violation for each given reason, and no violation for any other reason.
func (w world) wantRefusals(reasons ...string) {
	w.T.Helper()

	refused := w.checker.refused()

	for _, reason := range reasons {
		if !slices.ContainsFunc(refused, func(refusal string) bool { return strings.Contains(refusal, reason) }) {
			w.T.Errorf("there is no violation with %q, only %q", reason, refused)
		}
	}

	for _, refusal := range refused {
		if !slices.ContainsFunc(reasons, func(reason string) bool { return strings.Contains(refusal, reason) }) {
			w.T.Errorf("unexpected violation: %s", refusal)
		}
	}
}

// used returns the operations that the client calls.
func used() []string {
	return []string{
		"findAllAuthenticationEvents", "findAllPermissions", "getFilters", "getKnowledgeModel", "getKnowledgeModelDetails", "getKnowledgeModelQueryResultByUsingQueryInBody",
		"getKnowledgeModelSpec", "getKpis", "getMemberProfileExternalTransport",
		"getRecordDataResultByUsingQueryInBody", "getRecordDetails", "getRecords",
		"getTriggerDetails", "getTriggers",
	}
}

// shop returns a model with every kind of element, including elements that have only an id.
func shop() intelligence.KnowledgeModel {
	rows := make([]map[string]any, 0, 120)
	for i := range cap(rows) {
		rows = append(rows, map[string]any{"ID": strings.Repeat("x", i), "BLOCKED": i%2 == 0, "NOTE": nil})
	}

	return intelligence.KnowledgeModel{
		PackageKey: "shop", Key: "orders", Name: "Orders", Published: "2026-02-03 09:15:00", ExtendedID: "shop.base",
		Content: &intelligence.Content{
			Records: []intelligence.Record{{
				ID: "ORDER", Name: "Order", Description: "An order", ShortDisplayName: "O", InternalNote: "a note",
				Fields: []intelligence.Field{
					{ID: "ID", Name: "Id", Description: "d", ShortDisplayName: "i", InternalNote: "n", Type: "string", Format: "f", Unit: "u"},
					{ID: "BLOCKED", Name: "Blocked", Type: "boolean"},
					{ID: "NOTE", Type: "timestamp"},
				},
				Rows: rows,
			}, {ID: "BARE"}},
			KPIs: []intelligence.KPI{
				{
					ID: "ORDERS", Name: "Orders", Description: "d", Format: "f", Unit: "u", Direction: "Up", Target: "14",
					Parameters: []intelligence.KPIParameter{{ID: "p", Name: "P", Value: "1"}, {ID: "q"}},
					RecordID:   "ORDER", Aggregate: intelligence.AggregateCount,
				},
				{ID: "BARE", RecordID: "ORDER", Aggregate: intelligence.AggregateCount},
			},
			Filters: []intelligence.Filter{
				{ID: "OPEN", Name: "Open", Description: "d", Expression: "ORDER.BLOCKED eq false"},
				{ID: "BARE", Expression: "ORDER.BLOCKED eq true"},
			},
			Triggers: []intelligence.Trigger{{ID: "t-1", Name: "Blocked", RecordID: "ORDER"}, {ID: "t-2", RecordID: "BARE"}},
		},
	}
}

func TestClientAndSimulatorConformToTheFiles(t *testing.T) {
	t.Parallel()

	model := shop()
	id := model.ID()

	reports := team.Options{Members: 450, LoginEvents: 450, Permissions: 100}

	inBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120, Models: []intelligence.KnowledgeModel{model}}, Reports: reports}, func(w world) {
		c, ctx := w.client(), w.T.Context()

		models, err := c.KnowledgeModels(ctx)
		w.want(err, len(models) == 121)

		named, err := c.KnowledgeModelByName(ctx, "Orders")
		w.want(err, named.ID == id)

		detail, err := c.KnowledgeModel(ctx, id)
		w.want(err, detail.ExtendedID == "shop.base")

		filters, err := c.Filters(ctx, id)
		w.want(err, len(filters) == 2)

		kpis, err := c.KPIs(ctx, id)
		w.want(err, len(kpis) == 2 && len(kpis[1].Parameters) == 2)

		records, err := c.Records(ctx, id)
		w.want(err, len(records) == 2)

		record, err := c.Record(ctx, id, "ORDER")
		w.want(err, len(record.Fields) == 3)

		triggers, err := c.Triggers(ctx, id)
		w.want(err, len(triggers) == 2)

		byID, err := c.Trigger(ctx, id, "t-1", "")
		w.want(err, len(byID.Fields) == 3)

		byName, err := c.Trigger(ctx, id, "", "Blocked")
		w.want(err, byName.ID == "t-1")

		for _, curated := range []bool{false, true} {
			spec, err := c.KnowledgeModelSpec(ctx, id, curated)
			w.want(err, strings.Contains(spec, `"openapi"`))
		}

		precision := 10
		search := &client.DataSearch{Term: "xx", Field: "ORDER.ID", Precision: &precision}

		for _, query := range []client.DataQuery{
			{Fields: []string{"ORDER.ID", "ORDER.NOTE"}, MaxRows: 100},
			{KPIs: []string{"ORDERS"}, MaxRows: 1},
			{
				Fields: []string{"ORDER.ID"}, KPIs: []string{"ORDERS"}, FilterIDs: []string{"OPEN"},
				FilterExpressions: []string{"ORDER.BLOCKED eq false"}, Sort: []string{"-ORDER.ID", "ORDERS"}, Distinct: true,
				Search: search, MaxRows: client.MaxDataRows,
			},
			{RecordID: "ORDER", Fields: []string{"ID", "BLOCKED", "NOTE"}, MaxRows: client.MaxDataRows},
			{
				RecordID: "ORDER", Fields: []string{"ID"}, FilterIDs: []string{"OPEN"}, FilterExpressions: []string{"BLOCKED eq false"},
				Sort: []string{"ID"}, Distinct: true, Search: &client.DataSearch{Term: "xx"}, MaxRows: 10,
			},
		} {
			query.ModelID = id
			data, err := c.Data(ctx, query)
			w.want(err, len(data.Headers) > 0)
		}

		members, err := c.TeamMembers(ctx, true)
		w.want(err, len(members) == 450)

		external, err := c.TeamMembers(ctx, false)
		w.want(err, len(external) == 428)

		permissions, err := c.Permissions(ctx, client.PermissionFilter{})
		w.want(err, len(permissions.Items) == 100)

		history, err := c.LoginEvents(ctx, aYear())
		w.want(err, len(history.Events) == 450)

		for _, operation := range used() {
			if w.checker.seen[operation+" 200"] == 0 {
				w.T.Errorf("the test did not call %s", operation)
			}
		}

		if lists := w.checker.seen["getKnowledgeModel 200"]; lists < 3 {
			w.T.Errorf("the client read %d pages of models, want several", lists)
		}

		if pages := w.checker.seen["getRecordDataResultByUsingQueryInBody 200"]; pages < 3 {
			w.T.Errorf("the rows were read in %d pages, want several", pages)
		}
	})
}

// aYear returns a query for all events that a team in a synctest bubble can contain. In a bubble, time starts at the beginning of 2000.
func aYear() client.EventQuery {
	begin := time.Date(1999, time.June, 1, 0, 0, 0, 0, time.UTC)

	return client.EventQuery{From: begin, To: begin.AddDate(1, 0, 0), MaxEvents: 1000}
}

// TestEmptyTeamConformsToTheFiles covers a team without any data, whose responses are empty.
func TestEmptyTeamConformsToTheFiles(t *testing.T) {
	t.Parallel()

	for status, empty := range map[string]team.NoContent{"204": team.NoContentStatus, "200": team.NoContentEmpty} {
		inBubble(t, simulator.Options{Reports: team.Options{NoContent: empty}}, func(w world) {
			c, ctx := w.client(), w.T.Context()

			members, err := c.TeamMembers(ctx, true)
			w.want(err, len(members) == 0)

			permissions, err := c.Permissions(ctx, client.PermissionFilter{})
			w.want(err, len(permissions.Items) == 0)

			history, err := c.LoginEvents(ctx, aYear())
			w.want(err, len(history.Events) == 0)

			for _, operation := range []string{"getMemberProfileExternalTransport", "findAllPermissions", "findAllAuthenticationEvents"} {
				if w.checker.seen[operation+" "+status] == 0 {
					w.T.Errorf("%s did not return %s", operation, status)
				}
			}
		})
	}
}

// TestEmptyAndGeneratedModelsConformToTheFiles covers generated models, and models without elements.
func TestEmptyAndGeneratedModelsConformToTheFiles(t *testing.T) {
	t.Parallel()

	empty := intelligence.KnowledgeModel{PackageKey: "shop", Key: "empty – 50 % off/on", Name: "Empty", Content: &intelligence.Content{}}

	inBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 5, Models: []intelligence.KnowledgeModel{empty}}}, func(w world) {
		c, ctx := w.client(), w.T.Context()

		models, err := c.KnowledgeModels(ctx)
		w.want(err, len(models) == 6)

		for _, model := range models {
			_, err := c.KnowledgeModel(ctx, model.ID)
			w.want(err, true)

			_, err = c.Filters(ctx, model.ID)
			w.want(err, true)

			_, err = c.KPIs(ctx, model.ID)
			w.want(err, true)

			triggers, err := c.Triggers(ctx, model.ID)
			w.want(err, true)

			for _, trigger := range triggers {
				_, err := c.Trigger(ctx, model.ID, trigger.ID, "")
				w.want(err, true)
			}

			records, err := c.Records(ctx, model.ID)
			w.want(err, true)

			for _, listed := range records {
				record, err := c.Record(ctx, model.ID, listed.ID)
				w.want(err, true)

				query := client.DataQuery{ModelID: model.ID, RecordID: record.ID, MaxRows: 100}
				for _, field := range record.Fields {
					query.Fields = append(query.Fields, field.ID)
				}

				_, err = c.Data(ctx, query)
				w.want(err, true)
			}
		}
	})
}

func TestErrorsConformToTheFiles(t *testing.T) {
	t.Parallel()
	files(t)

	readModels := func(ctx context.Context, c *client.Client) error {
		_, err := c.KnowledgeModels(ctx)

		return err
	}
	readData := func(query client.DataQuery) func(context.Context, *client.Client) error {
		return func(ctx context.Context, c *client.Client) error {
			query.MaxRows = 10
			_, err := c.Data(ctx, query)

			return err
		}
	}

	type call func(ctx context.Context, c *client.Client) error

	// perModel returns one call for each operation on the model with the given id, for cases in which all calls fail.
	perModel := func(id string) map[string]call {
		return map[string]call{
			"getKnowledgeModelDetails": func(ctx context.Context, c *client.Client) error {
				_, err := c.KnowledgeModel(ctx, id)

				return err
			},
			"getFilters": func(ctx context.Context, c *client.Client) error { _, err := c.Filters(ctx, id); return err },
			"getKpis":    func(ctx context.Context, c *client.Client) error { _, err := c.KPIs(ctx, id); return err },
			"getRecords": func(ctx context.Context, c *client.Client) error { _, err := c.Records(ctx, id); return err },
			"getRecordDetails": func(ctx context.Context, c *client.Client) error {
				_, err := c.Record(ctx, id, "NONE")

				return err
			},
			"getTriggers": func(ctx context.Context, c *client.Client) error { _, err := c.Triggers(ctx, id); return err },
			"getKnowledgeModelSpec": func(ctx context.Context, c *client.Client) error {
				_, err := c.KnowledgeModelSpec(ctx, id, false)

				return err
			},
			"getKnowledgeModelQueryResultByUsingQueryInBody": readData(client.DataQuery{ModelID: id, Fields: []string{"NONE.ID"}}),
			"getRecordDataResultByUsingQueryInBody":          readData(client.DataQuery{ModelID: id, RecordID: "NONE", Fields: []string{"ID"}}),
		}
	}
	reports := map[string]call{
		"getMemberProfileExternalTransport": func(ctx context.Context, c *client.Client) error {
			_, err := c.TeamMembers(ctx, true)

			return err
		},
		"findAllPermissions": func(ctx context.Context, c *client.Client) error {
			_, err := c.Permissions(ctx, client.PermissionFilter{})
			return err
		},
		"findAllAuthenticationEvents": func(ctx context.Context, c *client.Client) error {
			_, err := c.LoginEvents(ctx, aYear())

			return err
		},
	}
	withKey := func(value string) func(*client.Options) {
		return func(options *client.Options) {
			options.Credentials = transport.Credentials{Mode: transport.ModeUserKey, Key: transport.NewSecret(value)}
		}
	}
	model := shop()

	for name, example := range map[string]struct {
		options simulator.Options
		change  func(*client.Options)
		status  int
		reason  transport.Reason
		calls   map[string]call
	}{
		"404": {status: 404, reason: transport.ReasonNotFound, calls: perModel("shop.none")},
		"404 below a model": {status: 404, reason: transport.ReasonNotFound, calls: map[string]call{
			"getRecordDetails":                      perModel(model.ID())["getRecordDetails"],
			"getRecordDataResultByUsingQueryInBody": perModel(model.ID())["getRecordDataResultByUsingQueryInBody"],
		}},
		"400": {
			options: simulator.Options{Server: simserver.Options{PageSizeAboveMax: simserver.RefusePageSize}},
			change:  func(options *client.Options) { options.PageSize = 51 },
			status:  400, reason: transport.ReasonStatus, calls: map[string]call{
				"getKnowledgeModel": readModels,
				"getFilters":        perModel(model.ID())["getFilters"],
				"getTriggers":       perModel(model.ID())["getTriggers"],
				"getKnowledgeModelQueryResultByUsingQueryInBody": perModel(model.ID())["getKnowledgeModelQueryResultByUsingQueryInBody"],
				"getRecordDataResultByUsingQueryInBody": readData(
					client.DataQuery{ModelID: model.ID(), RecordID: "ORDER", Fields: []string{"NONE"}}),
			},
		},
		"401":                  {change: withKey("unknown"), status: 401, reason: transport.ReasonUnauthorized, calls: perModel(model.ID())},
		"401 from the reports": {change: withKey("unknown"), status: 401, reason: transport.ReasonUnauthorized, calls: reports},
		"403 from the reports": {
			options: simulator.Options{Server: simserver.Options{InactiveAPIs: []string{"team-members", "login-history", "permissions"}}},
			status:  403, reason: transport.ReasonNotActivated, calls: reports,
		},
		"403 from the login history": {
			options: simulator.Options{OAuth: oauth.Options{UserKeys: []oauth.Key{{Value: "narrow", Services: []string{}}}}},
			change:  withKey("narrow"), status: 403, reason: transport.ReasonForbidden,
			calls: map[string]call{"findAllAuthenticationEvents": reports["findAllAuthenticationEvents"]},
		},
		"403": {
			options: simulator.Options{OAuth: oauth.Options{UserKeys: []oauth.Key{{Value: "narrow", Packages: []string{"other"}}}}},
			change:  withKey("narrow"), status: 403, reason: transport.ReasonForbidden, calls: perModel(model.ID()),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			example.options.Intelligence.Models = []intelligence.KnowledgeModel{model}

			inBubble(t, example.options, func(w world) {
				change := example.change
				if change == nil {
					change = func(*client.Options) {}
				}

				for operation, do := range example.calls {
					w.wantFailure(do(w.T.Context(), w.client(change)), example.reason, example.status)

					if w.checker.seen[operation+" "+name[:3]] == 0 {
						w.T.Errorf("%s did not return %d", operation, example.status)
					}
				}
			})
		})
	}

	t.Run("400 for a rejected time format", func(t *testing.T) {
		t.Parallel()

		inBubble(t, simulator.Options{Reports: team.Options{LoginTimes: team.TimesWithZone}}, func(w world) {
			const operation = "findAllAuthenticationEvents"

			w.want(reports[operation](w.T.Context(), w.client()), true)
			// This team rejects the documented time format, so the client falls back to a format that violates the vendor's file.
			w.wantRefusals("doesn't match the regular expression")

			if w.checker.seen[operation+" 400"] != 1 {
				w.T.Errorf("%s has not returned 400", operation)
			}
		})
	})

	t.Run("429", func(t *testing.T) {
		t.Parallel()

		options := simulator.Options{
			Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{model}}, Server: simserver.Options{RequestsPerDay: 1, RateLimitReset: simserver.ResetAsDateTime},
		}
		inBubble(t, options, func(w world) {
			w.want(readModels(w.T.Context(), w.client()), true)

			calls := perModel(model.ID())
			calls["getKnowledgeModel"] = readModels

			delete(calls, "getTriggers") // TestFilesContradictOtherSources covers this operation.

			for operation, do := range calls {
				w.wantFailure(do(w.T.Context(), w.client()), transport.ReasonRateLimited, http.StatusTooManyRequests)

				if w.checker.seen[operation+" 429"] == 0 {
					w.T.Errorf("%s did not return 429", operation)
				}
			}
		})
	})
}

// TestFilesContradictOtherSources covers responses that violate the vendor's files, although other vendor pages or other parts of the files
// permit them. If the checker accepts one of these responses, the files have changed.
func TestFilesContradictOtherSources(t *testing.T) {
	t.Parallel()
	files(t)

	model := shop()

	readModels := func(w world) {
		_, err := w.client().KnowledgeModels(w.T.Context())
		if err == nil {
			w.T.Error("the call succeeded, want an error")
		}
	}

	for name, example := range map[string]struct {
		options simulator.Options
		do      func(w world)
		refusal string
	}{
		// According to developer.celonis.com/celonis-apis/rate-limiting, the reset time is a number of seconds. The OpenAPI files specify a date-time.
		"reset in seconds": {
			options: simulator.Options{Server: simserver.Options{RequestsPerDay: 1}},
			do: func(w world) {
				_, err := w.client().KnowledgeModels(w.T.Context())
				w.want(err, true)

				time.Sleep(time.Minute) // Wait until the cached list expires.
				readModels(w)
			},
			refusal: "X-RateLimit-Reset",
		},
		// According to developer.celonis.com/celonis-apis/rate-limiting, every API may return 429. The file for subscriptions does not declare
		// this status.
		"too many requests for triggers": {
			options: simulator.Options{Server: simserver.Options{RequestsPerDay: 1, RateLimitReset: simserver.ResetAsDateTime}},
			do: func(w world) {
				_, err := w.client().KnowledgeModels(w.T.Context())
				w.want(err, true)

				_, err = w.client().Triggers(w.T.Context(), model.ID())
				w.wantFailure(err, transport.ReasonRateLimited, http.StatusTooManyRequests)
			},
			refusal: "status is not supported",
		},
		// According to developer.celonis.com/celonis-apis/api-reference/common-error-catalog, the body of this 403 is empty. The files declare
		// problem JSON.
		"API not activated": {
			options: simulator.Options{Server: simserver.Options{InactiveAPIs: []string{"knowledge-models"}}},
			do:      readModels, refusal: "header Content-Type has unexpected value",
		},
		// In the example, the KPI's parameters are nested one array deeper than in the schema.
		"nested parameters": {
			options: simulator.Options{Intelligence: intelligence.Options{KPIParameterNesting: intelligence.KPIParametersNested}},
			do: func(w world) {
				kpis, err := w.client().KPIs(w.T.Context(), model.ID())
				w.want(err, len(kpis) == 2 && len(kpis[1].Parameters) == 2)
			},
			refusal: "/content/1/parameters/0",
		},
		// In the example of headers, the flags are strings. In the schema, they are booleans.
		"quoted flags": {
			options: simulator.Options{Intelligence: intelligence.Options{QuotedFlags: true}},
			do: func(w world) {
				_, err := w.client().Data(w.T.Context(), client.DataQuery{ModelID: model.ID(), Fields: []string{"ORDER.ID"}, MaxRows: 1})
				w.want(err, true)
			},
			refusal: "/content/headers/0/aggregation",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			example.options.Intelligence.Models = []intelligence.KnowledgeModel{model}

			inBubble(t, example.options, func(w world) {
				example.do(w)
				w.wantRefusals(example.refusal)
			})
		})
	}
}

// TestCheckerDetectsInvalidMessages corrupts one part of a request or a response, and expects the checker to report the violation.
func TestCheckerDetectsInvalidMessages(t *testing.T) {
	t.Parallel()
	files(t)

	model := shop()

	readModels := func(ctx context.Context, c *client.Client) { _, _ = c.KnowledgeModels(ctx) }
	readRecord := func(ctx context.Context, c *client.Client) { _, _ = c.Record(ctx, model.ID(), "ORDER") }
	readKPIs := func(ctx context.Context, c *client.Client) { _, _ = c.KPIs(ctx, model.ID()) }
	readTriggers := func(ctx context.Context, c *client.Client) { _, _ = c.Triggers(ctx, model.ID()) }
	readMissing := func(ctx context.Context, c *client.Client) { _, _ = c.KnowledgeModel(ctx, "shop.none") }
	readData := func(query client.DataQuery) func(ctx context.Context, c *client.Client) {
		query.ModelID, query.MaxRows = model.ID(), 10

		return func(ctx context.Context, c *client.Client) { _, _ = c.Data(ctx, query) }
	}
	readMembers := func(ctx context.Context, c *client.Client) { _, _ = c.TeamMembers(ctx, true) }
	readLogins := func(ctx context.Context, c *client.Client) { _, _ = c.LoginEvents(ctx, aYear()) }
	readPermissions := func(ctx context.Context, c *client.Client) { _, _ = c.Permissions(ctx, client.PermissionFilter{}) }
	reports := team.Options{Members: 30, LoginEvents: 30, Permissions: 30}
	modelData := readData(client.DataQuery{Fields: []string{"ORDER.ID"}, KPIs: []string{"ORDERS"}})
	recordData := readData(client.DataQuery{RecordID: "ORDER", Fields: []string{"ID"}, Distinct: true})

	for name, example := range map[string]struct {
		corrupting corruption
		request    bool
		do         func(ctx context.Context, c *client.Client)
		refusal    string
	}{
		"key of a page":          {corruption{body: [2]string{`"total"`, `"totalCount"`}}, false, readModels, "the key totalCount is not declared"},
		"key of an item":         {corruption{body: [2]string{`"published"`, `"publishedAt"`}}, false, readModels, "the key content[0].publishedAt is not declared"},
		"number as text":         {corruption{body: [2]string{`"total":1`, `"total":"1"`}}, false, readModels, "/total"},
		"text as number":         {corruption{body: [2]string{`"name":"Orders"`, `"name":1`}}, false, readModels, "value must be a string"},
		"list as object":         {corruption{body: [2]string{`"fields":[`, `"fields":{"a":[`}}, false, readRecord, "failed to decode response body"},
		"type of a field":        {corruption{body: [2]string{`"type":"boolean"`, `"type":"truth"`}}, false, readRecord, "/fields/1/type"},
		"key of a parameter":     {corruption{body: [2]string{`"value"`, `"initialValue"`}}, false, readKPIs, "parameters[0].initialValue is not declared"},
		"key of a trigger":       {corruption{body: [2]string{`"record"`, `"recordId"`}}, false, readTriggers, "the key content[0].recordId is not declared"},
		"key of a header":        {corruption{body: [2]string{`"sortable"`, `"sorts"`}}, false, modelData, "the key content.headers[0].sorts is not declared"},
		"key of an error":        {corruption{body: [2]string{`"errorCode"`, `"code"`}}, false, readMissing, "the key code is not declared"},
		"unknown status":         {corruption{status: http.StatusTeapot}, false, readModels, "status is not supported"},
		"content type":           {corruption{contentType: "text/html"}, false, readModels, "header Content-Type has unexpected value"},
		"path":                   {corruption{path: [2]string{"/records/", "/record/"}}, true, readRecord, "no matching operation was found"},
		"query parameter":        {corruption{query: [2]string{"pageSize=", "page_size="}}, true, readModels, `the query parameter "page_size" is not declared`},
		"value of a parameter":   {corruption{query: [2]string{"page=0", "page=first"}}, true, readModels, `parameter "page" in query has an error`},
		"key of a projection":    {corruption{body: [2]string{`"kpis"`, `"kpiIds"`}}, true, modelData, "the key projection.kpiIds is not declared"},
		"required key":           {corruption{body: [2]string{`"fields"`, `"fieldIds"`}}, true, recordData, `property "fields" is missing`},
		"key of the pagination":  {corruption{body: [2]string{`"pageNumber"`, `"page"`}}, true, modelData, "the key projection.pagination.page is not declared"},
		"option":                 {corruption{body: [2]string{`"distinct"`, `"unique"`}}, true, recordData, "/projection/options/0"},
		"content type of a body": {corruption{contentType: "text/plain"}, true, modelData, "header Content-Type has unexpected value"},
		"key of a member":        {corruption{body: [2]string{`"userRole"`, `"role"`}}, false, readMembers, "the key content[0].role is not declared"},
		"key of a group":         {corruption{body: [2]string{`"teamRole"`, `"role"`}}, false, readMembers, "group[0].role is not declared"},
		"parameter of members":   {corruption{query: [2]string{"includeInternal=", "internal="}}, true, readMembers, `the query parameter "internal" is not declared`},
		"large page":             {corruption{query: [2]string{"pageSize=200", "pageSize=201"}}, true, readLogins, "number must be at most 200"},
		"type of a sign-in":      {corruption{body: [2]string{`"LOGIN_SSO"`, `"SIGN_IN"`}}, false, readLogins, "/authenticationEventType"},
		"time of a sign-in":      {corruption{query: [2]string{"from=1999-", "from=1999."}}, true, readLogins, `parameter "from" in query has an error`},
		"key of a permission":    {corruption{body: [2]string{`"subjectId"`, `"subjectID"`}}, false, readPermissions, "the key permissions[0].subjectID is not declared"},
		"no credentials":         {corruption{anonymous: true}, true, readModels, "the Authorization header is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			inBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{model}}, Reports: reports}, func(w world) {
				var network http.RoundTripper = w.checker
				if example.request {
					network = corruptRequests{example.corrupting, w.checker}
				} else {
					w.checker.next = corruptAnswers{example.corrupting, w.checker.next}
				}

				example.do(w.T.Context(), clienttest.NewClient(w.T, network, withUserKey, withoutRetries))

				refused := w.checker.refused()
				if !slices.ContainsFunc(refused, func(refusal string) bool { return strings.Contains(refusal, example.refusal) }) {
					w.T.Errorf("violations = %q, want %q", refused, example.refusal)
				}
			})
		})
	}
}

// corruption is one change to a message. Each pair contains the original text and its replacement.
type corruption struct {
	path, query, body [2]string
	contentType       string
	status            int
	anonymous         bool
}

type corruptRequests struct {
	corruption

	next http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (c corruptRequests) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Path = strings.Replace(r.URL.Path, c.path[0], c.path[1], 1)
	r.URL.RawQuery = strings.Replace(r.URL.RawQuery, c.query[0], c.query[1], 1)

	if c.contentType != "" {
		r.Header.Set("Content-Type", c.contentType)
	}

	if c.anonymous {
		r.Header.Del("Authorization")
	}

	if r.Body != nil {
		body, err := c.replace(r.Body)
		if err != nil {
			return nil, err
		}

		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}

	return c.next.RoundTrip(r)
}

type corruptAnswers struct {
	corruption

	next http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (c corruptAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}

	body, err := c.replace(resp.Body)
	if err != nil {
		return nil, err
	}

	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))

	if c.contentType != "" {
		resp.Header.Set("Content-Type", c.contentType)
	}

	if c.status != 0 {
		resp.StatusCode = c.status
	}

	return resp, nil
}

func (c corruption) replace(body io.ReadCloser) ([]byte, error) {
	read, err := io.ReadAll(body)
	if err = errors.Join(err, body.Close()); err != nil || c.body[0] == "" {
		return read, err
	}

	return bytes.Replace(read, []byte(c.body[0]), []byte(c.body[1]), 1), nil
}

// want checks that a call succeeded and returned the expected value.
func (w world) want(err error, yielded bool) {
	w.T.Helper()

	if err != nil {
		w.T.Error(err)
	} else if !yielded {
		w.T.Error("the returned value differs from the team's")
	}
}

func (w world) wantFailure(err error, reason transport.Reason, status int) {
	w.T.Helper()

	if got := clienttest.WantError(w.T, err, reason); got.Status != status {
		w.T.Errorf("error = %v, want status %d", err, status)
	}
}
