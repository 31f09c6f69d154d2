package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
)

// TestClientReadsTheExamples checks that the client can read the vendor's example responses. Several examples contradict their schemas:
// their parameters and rows are nested one array deeper, and their flags are strings.
func TestClientReadsTheExamples(t *testing.T) {
	t.Parallel()

	vendorFiles := files(t)
	stub := exampleStub{files: vendorFiles}

	reads := map[string]func(ctx context.Context, c *client.Client, example object) (got, want any, err error){
		"getKnowledgeModel": func(ctx context.Context, c *client.Client, example object) (any, any, error) {
			got, err := c.KnowledgeModels(ctx)
			item := example.item()

			return got, []client.KnowledgeModel{{ID: item.text("id"), Name: item.text("name"), Published: item.text("published")}}, err
		},
		"getKnowledgeModelDetails": func(ctx context.Context, c *client.Client, example object) (any, any, error) {
			got, err := c.KnowledgeModel(ctx, example.text("id"))

			return got, client.KnowledgeModelDetail{
				ID: example.text("id"), Name: example.text("name"), ExtendedID: example.text("extendedKMId"),
			}, err
		},
		"getFilters": func(ctx context.Context, c *client.Client, example object) (any, any, error) {
			got, err := c.Filters(ctx, "a.b")
			item := example.item()

			return got, []client.Filter{{ID: item.text("id"), Name: item.text("name"), Description: item.text("description")}}, err
		},
		"getKpis": func(ctx context.Context, c *client.Client, example object) (any, any, error) {
			got, err := c.KPIs(ctx, "a.b")
			item := example.item()
			want := client.KPI{
				ID: item.text("id"), Name: item.text("name"), Description: item.text("description"), Format: item.text("format"),
				Unit: item.text("unit"), Direction: item.text("direction"), Target: item.text("target"),
			}

			for _, parameter := range item.objects("parameters") {
				want.Parameters = append(want.Parameters, client.KPIParameter{
					ID: parameter.text("id"), Name: parameter.text("name"), Value: parameter.text("value"),
				})
			}

			return got, []client.KPI{want}, err
		},
		"getRecords": func(ctx context.Context, c *client.Client, example object) (any, any, error) {
			got, err := c.Records(ctx, "a.b")

			return got, []client.Record{example.item().record()}, err
		},
		"getRecordDetails": func(ctx context.Context, c *client.Client, example object) (any, any, error) {
			got, err := c.Record(ctx, "a.b", example.text("id"))
			want := client.RecordDetail{Record: example.record()}

			for _, field := range example.objects("fields") {
				want.Fields = append(want.Fields, client.RecordField{
					Record: field.record(), Type: field.text("type"), Format: field.text("format"), Unit: field.text("unit"),
				})
			}

			return got, want, err
		},
		"getTriggers": func(ctx context.Context, c *client.Client, example object) (any, any, error) {
			got, err := c.Triggers(ctx, "a.b")

			return got, []client.Trigger{example.item().trigger()}, err
		},
		"getTriggerDetails": func(ctx context.Context, c *client.Client, example object) (any, any, error) {
			got, err := c.Trigger(ctx, "a.b", example.text("id"), "")
			listed, _ := stub.example("getTriggers") // Only the example of the list contains the record.
			want := client.TriggerDetail{Trigger: listed.item().trigger()}

			for _, field := range example.objects("fields") {
				want.Fields = append(want.Fields, client.TriggerField{
					Name: field.text("name"), Type: field.text("type"), Format: field.text("format"), Unit: field.text("unit"),
				})
			}

			return got, want, err
		},
		"getKnowledgeModelQueryResultByUsingQueryInBody": func(ctx context.Context, c *client.Client, example object) (any, any, error) {
			got, err := c.Data(ctx, client.DataQuery{ModelID: "a.b", Fields: []string{"R.F"}, MaxRows: 50})

			return got, example.data(), err
		},
		"getRecordDataResultByUsingQueryInBody": func(ctx context.Context, c *client.Client, example object) (any, any, error) {
			got, err := c.Data(ctx, client.DataQuery{ModelID: "a.b", RecordID: "R", Fields: []string{"F"}, MaxRows: 50})

			return got, example.data(), err
		},
		"getMemberProfileExternalTransport": func(ctx context.Context, c *client.Client, example object) (any, any, error) {
			got, err := c.TeamMembers(ctx, true)
			item := example.item()
			name, email, _ := strings.Cut(strings.TrimSuffix(item.text("nameAndEmail"), ")"), " (")
			want := client.TeamMember{
				UserID: item.text("userId"), Name: name, Email: email, Role: item.text("userRole"), Status: item.text("status"),
				LastLogin: "2023-12-10T06:49:07Z",
			}

			if days, err := strconv.Atoi(item.text("inactivityPeriod")); err == nil {
				want.InactivityDays = &days
			}

			for _, group := range item.objects("group") {
				want.Groups = append(want.Groups, client.MemberGroup{Name: group.text("name"), Role: group.text("teamRole")})
			}

			return got, []client.TeamMember{want}, err
		},
		"findAllAuthenticationEvents": func(ctx context.Context, c *client.Client, example object) (any, any, error) {
			item := example.item()
			at, err := time.Parse(time.RFC3339, item.text("timestamp"))
			got, errRead := c.LoginEvents(ctx, client.EventQuery{From: at, To: at.Add(time.Second), MaxEvents: 10})

			return got.Events, []client.LoginEvent{{
				Type: item.text("authenticationEventType"), Email: item.text("email"), Success: item.text("success"), Time: at,
			}}, errors.Join(err, errRead)
		},
		"getKnowledgeModelSpec": func(ctx context.Context, c *client.Client, example object) (any, any, error) {
			document, err := c.KnowledgeModelSpec(ctx, "a.b", false)
			if err != nil {
				return nil, nil, err
			}

			var got object

			err = json.Unmarshal([]byte(document), &got)

			return got, example, err
		},
	}

	// The permissions file does not contain an example.
	withExample := slices.DeleteFunc(used(), func(operation string) bool { return operation == "findAllPermissions" })
	if got := slices.Sorted(maps.Keys(reads)); !slices.Equal(got, withExample) {
		t.Errorf("this test covers the examples of %q, but the client uses %q", got, withExample)
	}

	for operation, read := range reads {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()

			example, ok := stub.example(operation)
			if !ok || len(example) == 0 {
				t.Fatal("the files do not contain an example of this operation")
			}

			got, want, err := read(t.Context(), clienttest.NewClient(t, stub, withUserKey, withoutRetries), example)
			if err != nil {
				t.Fatalf("error = %v\nwhen reading the example %v", err, example)
			}

			if !reflect.DeepEqual(got, want) {
				t.Errorf("read() = %#v\nwant %#v\nfrom %v", got, want, example)
			}
		})
	}
}

// exampleStub responds to every request with the operation's example in the files.
type exampleStub struct{ files []file }

// RoundTrip implements [http.RoundTripper].
func (s exampleStub) RoundTrip(r *http.Request) (*http.Response, error) {
	route, _, err := operationOf(s.files, r)
	if err != nil {
		return nil, err
	}

	// In the Team API, each example is a complete list, but contains neither a page size nor a total.
	if page := r.URL.Query().Get("pageNumber"); page != "" && page != "0" {
		return &http.Response{StatusCode: http.StatusNoContent, Request: r, Body: http.NoBody}, nil
	}

	example, _ := s.example(route.Operation.OperationID)

	body, err := json.Marshal(example)
	if err != nil {
		return nil, err
	}

	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

// example returns the example of the operation's successful response.
func (s exampleStub) example(operation string) (object, bool) {
	for _, vendorFile := range s.files {
		for _, path := range vendorFile.document.Paths.Map() {
			for _, candidate := range path.Operations() {
				if candidate.OperationID != operation {
					continue
				}

				media := candidate.Responses.Status(http.StatusOK).Value.Content.Get("application/json")
				if example, ok := media.Example.(map[string]any); ok {
					return example, true
				}

				example, ok := exampleOf(media.Schema.Value).(map[string]any)

				return example, ok
			}
		}
	}

	return nil, false
}

// exampleOf builds an example for a schema from the examples of its parts, because the files do not contain complete examples. Parts that
// have no example are omitted.
func exampleOf(schema *openapi3.Schema) any {
	switch {
	case schema.Example != nil:
		return schema.Example
	case schema.Type.Is(openapi3.TypeArray):
		if element := exampleOf(schema.Items.Value); element != nil {
			return []any{element}
		}

		return nil
	}

	example := map[string]any{}
	declared, _ := properties(schema)

	for name, property := range declared {
		if value := exampleOf(property); value != nil {
			example[name] = value
		}
	}

	if len(example) == 0 {
		return nil
	}

	return example
}

// object is an example of a JSON object.
type object map[string]any

// text returns a property as a string, or "" if the property is missing or null.
func (o object) text(name string) string {
	if o[name] == nil {
		return ""
	}

	return fmt.Sprint(o[name])
}

// objects returns the objects in a list, or in a list of lists.
func (o object) objects(name string) []object {
	var found []object

	elements, _ := o[name].([]any)
	for _, element := range elements {
		switch element := element.(type) {
		case map[string]any:
			found = append(found, element)
		case []any:
			found = append(found, object{name: element}.objects(name)...)
		}
	}

	return found
}

// item returns the only item of a page.
func (o object) item() object { return o.objects("content")[0] }

func (o object) record() client.Record {
	return client.Record{
		ID: o.text("id"), Name: o.text("name"), Description: o.text("description"),
		ShortDisplayName: o.text("shortDisplayName"), InternalNote: o.text("internalNote"),
	}
}

func (o object) trigger() client.Trigger {
	return client.Trigger{ID: o.text("id"), Name: o.text("name"), RecordID: o.text("record")}
}

func (o object) data() client.Data {
	var data client.Data

	content, _ := o["content"].(map[string]any)

	for _, header := range object(content).objects("headers") {
		data.Headers = append(data.Headers, client.DataHeader{
			ID: header.text("id"), Name: header.text("name"), Type: header.text("type"), Format: header.text("format"),
			Unit: header.text("unit"), Aggregation: header.text("aggregation") == "true",
		})
	}

	for _, row := range object(content).objects("data") {
		cells := map[string]*string{}

		for name := range row {
			value := row.text(name)
			cells[name] = &value
		}

		data.Rows = append(data.Rows, cells)
	}

	return data
}
