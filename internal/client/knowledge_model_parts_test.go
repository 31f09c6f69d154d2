package client_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

const ordersID = "order-to-cash.otc-km"

// orders returns the options of a team with a single model, which has the given content.
func orders(content intelligence.Content, change ...func(*simulator.Options)) simulator.Options {
	options := simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{
		{PackageKey: "order-to-cash", Key: "otc-km", Name: "Order to Cash", Content: &content},
	}}}
	for _, apply := range change {
		apply(&options)
	}

	return options
}

// numbered returns the content of a model with one record. The record has the given number of rows, and its only field contains the row number.
func numbered(rows int) intelligence.Content {
	record := intelligence.Record{ID: "ROW", Name: "Row", Fields: []intelligence.Field{{ID: "N", Name: "N", Type: "integer"}}}
	for index := range rows {
		record.Rows = append(record.Rows, map[string]any{"N": json.Number(strconv.Itoa(index))})
	}

	return intelligence.Content{Records: []intelligence.Record{record}}
}

func dataPath(record string) string {
	if record == "" {
		return clienttest.ModelsPath + "/" + ordersID + "/data"
	}

	return clienttest.ModelsPath + "/" + ordersID + "/records/" + record + "/data"
}

func numberedQuery(rows int) client.DataQuery {
	return client.DataQuery{ModelID: ordersID, RecordID: "ROW", Fields: []string{"N"}, Sort: []string{"N"}, MaxRows: rows}
}

func TestModelElementsAreComplete(t *testing.T) {
	t.Parallel()

	for _, nesting := range intelligence.KPIParameterNesting("").Words() {
		for _, nulls := range []bool{false, true} {
			t.Run(fmt.Sprintf("parameters %s, null fields %t", nesting, nulls), func(t *testing.T) {
				t.Parallel()

				content := numbered(1)
				content.Records[0].Fields = append(content.Records[0].Fields, intelligence.Field{
					ID: "X", Name: "X", Description: "d", ShortDisplayName: "s", InternalNote: "i", Type: "float", Format: ".2f", Unit: "EUR",
				})
				content.Records[0].Rows[0]["X"] = json.Number("1.5")
				content.KPIs = []intelligence.KPI{
					{ID: "K2", Name: "two", RecordID: "ROW"},
					{
						ID: "K1", Name: "one", Description: "d", Format: "#", Unit: "u", Direction: "Up", Target: "9", RecordID: "ROW",
						Parameters: []intelligence.KPIParameter{{ID: "p", Name: "n", Value: "v"}, {ID: "q", Name: "m", Value: "w"}},
					},
				}
				content.Filters = []intelligence.Filter{{ID: "F", Name: "f", Description: "d", Expression: "ROW.N ge 0"}}
				content.Triggers = []intelligence.Trigger{{ID: "T", Name: "t", RecordID: "ROW"}}

				options := orders(content, func(o *simulator.Options) { o.Intelligence.KPIParameterNesting, o.Server.NullFields = nesting, nulls })
				clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
					celonis := env.Client()

					filters, err := celonis.Filters(t.Context(), ordersID)
					if err != nil || !slices.Equal(filters, []client.Filter{{ID: "F", Name: "f", Description: "d"}}) {
						t.Errorf("Filters() = %+v, %v", filters, err)
					}

					kpis, err := celonis.KPIs(t.Context(), ordersID)
					if want := fmt.Sprintf("%+v", []client.KPI{
						{
							ID: "K1", Name: "one", Description: "d", Format: "#", Unit: "u", Direction: "Up", Target: "9",
							Parameters: []client.KPIParameter{{ID: "p", Name: "n", Value: "v"}, {ID: "q", Name: "m", Value: "w"}},
						},
						{ID: "K2", Name: "two"},
					}); err != nil || fmt.Sprintf("%+v", kpis) != want {
						t.Errorf("KPIs() = %+v, %v, want %s", kpis, err, want)
					}

					records, err := celonis.Records(t.Context(), ordersID)
					if err != nil || !slices.Equal(records, []client.Record{{ID: "ROW", Name: "Row"}}) {
						t.Errorf("Records() = %+v, %v", records, err)
					}

					record, err := celonis.Record(t.Context(), ordersID, "ROW")
					if err != nil || record.Name != "Row" || !slices.Equal(record.Fields, []client.RecordField{
						{Record: client.Record{ID: "N", Name: "N"}, Type: "integer"},
						{
							Record: client.Record{ID: "X", Name: "X", Description: "d", ShortDisplayName: "s", InternalNote: "i"},
							Type:   "float", Format: ".2f", Unit: "EUR",
						},
					}) {
						t.Errorf("Record() = %+v, %v", record, err)
					}

					trigger, err := celonis.Trigger(t.Context(), ordersID, "", "t")
					if err != nil || trigger.Trigger != (client.Trigger{ID: "T", Name: "t", RecordID: "ROW"}) || len(trigger.Fields) != 2 {
						t.Errorf("Trigger() = %+v, %v", trigger, err)
					}
				})
			})
		}
	}
}

func TestMissingModelElementsAreNotFound(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, orders(numbered(1)), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		for name, call := range map[string]func() error{
			"KM_MODEL_NOTFOUND": func() error {
				_, err := celonis.Filters(t.Context(), "order-to-cash.OTC-KM")

				return err
			},
			"KM_RECORD_NOTFOUND": func() error {
				_, err := celonis.Record(t.Context(), ordersID, "row")

				return err
			},
			`has the id "T"`: func() error {
				_, err := celonis.Trigger(t.Context(), ordersID, "T", "")

				return err
			},
		} {
			clienttest.WantError(t, call(), transport.ReasonNotFound, name)
		}
	})
}

func TestRowsEndAtTheLimitOrTheLastRow(t *testing.T) {
	t.Parallel()

	for _, total := range server.TotalMeaning("").Words() {
		for _, omit := range []bool{false, true} {
			for _, rows := range []int{0, 1, 49, 50, 51, 120} {
				for _, limit := range []int{1, 49, 50, 51, 100, 119, 120, 121, 1000} {
					t.Run(fmt.Sprintf("%d rows, limit %d, total %s, page size omitted %t", rows, limit, total, omit), func(t *testing.T) {
						t.Parallel()

						options := orders(numbered(rows), func(o *simulator.Options) { o.Server.Total, o.Server.OmitPageSize = total, omit })
						clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
							data, err := env.Client().Data(t.Context(), numberedQuery(limit))
							if err != nil {
								t.Fatal(err)
							}

							if len(data.Rows) != min(rows, limit) || data.Truncated != (rows > limit) {
								t.Fatalf("%d rows, truncated = %t", len(data.Rows), data.Truncated)
							}

							for index, row := range data.Rows {
								if *row["N"] != strconv.Itoa(index) {
									t.Fatalf("row %d is %s", index, *row["N"])
								}
							}

							least := (min(rows, limit+1) + client.DefaultPageSize - 1) / client.DefaultPageSize
							if got := env.Team.Count(http.MethodPost, dataPath("ROW")); got > least+1 {
								t.Errorf("%d requests, although %d pages contain the requested rows", got, least)
							} else if limit < client.DefaultPageSize && !omit && got != 1 {
								t.Errorf("%d requests, although one page shows whether more rows follow", got)
							}
						})
					})
				}
			}
		}
	}
}

func TestRowsAboveTheServiceLimitAreNotRequested(t *testing.T) {
	t.Parallel()

	for _, total := range server.TotalMeaning("").Words() {
		options := orders(numbered(5100), func(o *simulator.Options) { o.Server.Total, o.Server.Licence = total, "XL" })
		clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
			data, err := env.Client(func(o *client.Options) { o.PageSize = 1000 }).Data(t.Context(), numberedQuery(client.MaxDataRows))
			if err != nil {
				t.Fatal(err)
			}

			if len(data.Rows) != client.MaxDataRows || !data.Truncated {
				t.Errorf("total %s: %d rows, truncated = %t", total, len(data.Rows), data.Truncated)
			}

			if got := env.Team.Count(http.MethodPost, dataPath("ROW")); got != 5 {
				t.Errorf("total %s: %d requests", total, got)
			}
		})
	}
}

// The test cases have row counts around the maximum that the service returns.
func TestTruncatedDoesNotDependOnThePageSize(t *testing.T) {
	t.Parallel()

	const most = client.MaxDataRows

	for _, total := range server.TotalMeaning("").Words() {
		for _, rows := range []int{most - 1, most, most + 2000} {
			t.Run(fmt.Sprintf("%d rows, total %s", rows, total), func(t *testing.T) {
				t.Parallel()

				options := orders(numbered(rows), func(o *simulator.Options) { o.Server.Total, o.Server.Licence = total, "XL" })
				clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
					// If the total does not count all rows, no response shows whether more than the maximum number of rows exist.
					want := rows > most || rows == most && total != server.TotalCountsAll

					for _, size := range []int{999, 2500, most - 1, most} {
						before := env.Team.Count(http.MethodPost, dataPath("ROW"))

						data, err := env.Client(func(o *client.Options) { o.PageSize = size }).Data(t.Context(), numberedQuery(most))
						if err != nil || len(data.Rows) != min(rows, most) || data.Truncated != want {
							t.Errorf("page size %d: %d rows, truncated = %t, want %t; error = %v", size, len(data.Rows), data.Truncated, want, err)
						}

						// If one page contains all rows, it is unclear what the total counts, so the client sends one more request.
						pages := (most + size - 1) / size
						if size >= rows || size == most {
							pages++
						}

						if got := env.Team.Count(http.MethodPost, dataPath("ROW")) - before; got > pages {
							t.Errorf("page size %d: %d requests for %d pages", size, got, pages)
						}
					}
				})
			})
		}
	}
}

func TestValuesKeepEveryDigit(t *testing.T) {
	t.Parallel()

	for _, nesting := range intelligence.DataNesting("").Words() {
		for _, quoted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, quoted flags %t", nesting, quoted), func(t *testing.T) {
				t.Parallel()

				content := intelligence.Content{
					Records: []intelligence.Record{{
						ID: "R", Name: "R",
						Fields: []intelligence.Field{
							{ID: "BIG", Name: "Big", Type: "integer"},
							{ID: "F", Name: "F", Type: "float", Format: ".2f", Unit: "EUR"},
							{ID: "S", Name: "S", Type: "string"},
							{ID: "B", Name: "B", Type: "boolean"},
						},
						Rows: []map[string]any{
							{"BIG": json.Number("12345678901234567890"), "F": json.Number("0.1"), "S": `a "quoted" ü <text>`, "B": true},
							{"BIG": json.Number("-1"), "F": json.Number("1e400"), "S": nil, "B": false},
							{"BIG": nil, "F": json.Number("250.50"), "S": "", "B": nil},
						},
					}},
					KPIs: []intelligence.KPI{{ID: "COUNT", Name: "Count", RecordID: "R"}},
				}
				options := orders(content, func(o *simulator.Options) { o.Intelligence.DataNesting, o.Intelligence.QuotedFlags = nesting, quoted })

				clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
					data, err := env.Client().Data(t.Context(), client.DataQuery{
						ModelID: ordersID, RecordID: "R", Fields: []string{"BIG", "F", "S", "B"}, MaxRows: 10,
					})
					if err != nil {
						t.Fatal(err)
					}

					want := []string{
						`B=true BIG=12345678901234567890 F=0.1 S=a "quoted" ü <text>`, `B=false BIG=-1 F=1e400 S=null`, `B=null BIG=null F=250.50 S=`,
					}
					if got := printed(data.Rows); !slices.Equal(got, want) {
						t.Errorf("printed() = %q, want %q", got, want)
					}

					if got := data.Headers[1]; got != (client.DataHeader{ID: "F", Name: "F", Type: "float", Format: ".2f", Unit: "EUR"}) {
						t.Errorf("header %+v", got)
					}

					count, err := env.Client().Data(t.Context(), client.DataQuery{ModelID: ordersID, KPIs: []string{"COUNT"}, MaxRows: 1})
					if err != nil || len(count.Rows) != 1 || *count.Rows[0]["COUNT"] != "3" || !count.Headers[0].Aggregation || count.Truncated {
						t.Errorf("count = %+v, error = %v", count, err)
					}
				})
			})
		}
	}
}

// printed formats rows as strings that can be compared.
func printed(rows []map[string]*string) []string {
	lines := make([]string, 0, len(rows))

	for _, row := range rows {
		var cells []string

		for name, value := range row {
			text := "null"
			if value != nil {
				text = *value
			}

			cells = append(cells, name+"="+text)
		}

		slices.Sort(cells)
		lines = append(lines, strings.Join(cells, " "))
	}

	return lines
}

func TestEachPartOfAQueryIsSent(t *testing.T) {
	t.Parallel()

	content := numbered(20)
	content.Records[0].Fields = append(content.Records[0].Fields, intelligence.Field{ID: "S", Name: "S", Type: "string"})

	for index, row := range content.Records[0].Rows {
		row["S"] = []string{"Oslo", "Bergen", "O'Fallon"}[index%3]
	}

	content.Filters = []intelligence.Filter{{ID: "SMALL", Name: "Small", Expression: "ROW.N lt 6"}}
	precision := 50

	clienttest.InBubble(t, orders(content), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		for name, test := range map[string]struct {
			change func(*client.DataQuery)
			want   []string
		}{
			"filter":     {func(q *client.DataQuery) { q.FilterIDs = []string{"SMALL"}; q.Sort = []string{"-ROW.N"} }, []string{"5", "4", "3", "2", "1", "0"}},
			"expression": {func(q *client.DataQuery) { q.FilterExpressions = []string{"ROW.S eq 'O''Fallon'", "ROW.N lt 6"} }, []string{"2", "5"}},
			"search": {func(q *client.DataQuery) {
				q.Search = &client.DataSearch{Term: "berg", Field: "ROW.S", Precision: &precision}
				q.FilterIDs = []string{"SMALL"}
			}, []string{"1", "4"}},
			"sort, two": {func(q *client.DataQuery) {
				q.FilterIDs = []string{"SMALL"}
				q.Fields = append(q.Fields, "ROW.S")
				q.Sort = []string{"ROW.S", "-ROW.N"}
			}, []string{"4", "1", "5", "2", "3", "0"}},
			"distinct text": {func(q *client.DataQuery) { q.Fields, q.Sort, q.Distinct = []string{"ROW.S"}, []string{"ROW.S"}, true }, []string{"Bergen", "O'Fallon", "Oslo"}},
		} {
			query := client.DataQuery{ModelID: ordersID, Fields: []string{"ROW.N"}, Sort: []string{"ROW.N"}, MaxRows: 100}
			test.change(&query)

			data, err := celonis.Data(t.Context(), query)
			if err != nil {
				t.Errorf("%s: error = %v", name, err)

				continue
			}

			var got []string
			for _, row := range data.Rows {
				got = append(got, *row[query.Fields[0]])
			}

			if !slices.Equal(got, test.want) {
				t.Errorf("%s: rows = %q, want %q", name, got, test.want)
			}
		}
	})
}

func TestRejectedQueryReturnsTheServiceErrorCode(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, orders(numbered(3)), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		for code, query := range map[string]client.DataQuery{
			"KM_FIELD_NOTFOUND":         {ModelID: ordersID, RecordID: "ROW", Fields: []string{"n"}, MaxRows: 1},
			"SORT_UNKNOWN_FIELD":        {ModelID: ordersID, RecordID: "ROW", Fields: []string{"N"}, Sort: []string{"X"}, MaxRows: 1},
			"GENERAL_PARAMETER_ILLEGAL": {ModelID: ordersID, Fields: []string{"ROW.N"}, FilterIDs: []string{"GONE"}, MaxRows: 1},
			"GENERAL_PARAMETER_MISSING": {ModelID: ordersID, MaxRows: 1},
		} {
			_, err := celonis.Data(t.Context(), query)
			clienttest.WantError(t, err, transport.ReasonStatus, "status 400", code)
		}

		if env.Team.Count(http.MethodPost, clienttest.TokenPath) != 1 {
			t.Error("a rejected query requested another token")
		}
	})
}

func TestInvalidDataIsAnError(t *testing.T) {
	t.Parallel()

	for name, body := range map[string]string{
		"no content":       `{"page": 0, "pageSize": 50, "total": 0}`,
		"content as array": `{"content": [{"N": 1}], "page": 0, "pageSize": 50, "total": 1}`,
		"no rows":          `{"content": {"headers": []}, "page": 0, "pageSize": 50, "total": 0}`,
		"rows as object":   `{"content": {"headers": [], "data": {"N": 1}}, "page": 0, "pageSize": 50, "total": 1}`,
		"row as text":      `{"content": {"headers": [], "data": ["x"]}, "page": 0, "pageSize": 50, "total": 1}`,
		"row as null":      `{"content": {"headers": [], "data": [null]}, "page": 0, "pageSize": 50, "total": 1}`,
		"total too high":   `{"content": {"headers": [], "data": []}, "page": 0, "pageSize": 50, "total": 7}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, orders(numbered(3)), func(t *testing.T, env clienttest.Env) {
				env.Respond(dataPath("ROW"), http.StatusOK, clienttest.JSONType, body)

				_, err := env.Client().Data(t.Context(), numberedQuery(10))
				clienttest.WantError(t, err, transport.ReasonInvalidResponse, "the data of "+ordersID)
			})
		})
	}
}

func TestReadOnlyPOSTsAreRetriedAndShared(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, orders(numbered(3)), func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: dataPath("ROW"), Status: http.StatusBadGateway})
		env.Team.Inject(simulator.Fault{Path: dataPath("ROW"), CutBodyAt: 5})

		celonis := env.Client()

		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				if _, err := celonis.Data(t.Context(), numberedQuery(10)); err != nil {
					t.Error(err)
				}
			})
		}

		group.Wait()

		if _, err := celonis.Data(t.Context(), numberedQuery(11)); err != nil { // A different query is not served from the cache.
			t.Error(err)
		}

		if got := env.Team.Count(http.MethodPost, dataPath("ROW")); got != 4 {
			t.Errorf("%d requests, want two failed requests and one for each query", got)
		}
	})
}

func TestSpecIsTheSameTextInEachFormat(t *testing.T) {
	t.Parallel()

	documents := make(map[string]bool)

	for _, format := range intelligence.SpecFormat("").Words() {
		clienttest.InBubble(t, orders(numbered(3), func(o *simulator.Options) { o.Intelligence.SpecFormat = format }), func(t *testing.T, env clienttest.Env) {
			document, err := env.Client().KnowledgeModelSpec(t.Context(), ordersID, false)
			if err != nil || !json.Valid([]byte(document)) || !strings.Contains(document, `"openapi":"3.0`) {
				t.Errorf("%s: %.100s, error = %v", format, document, err)
			}

			documents[document] = true
		})
	}

	if len(documents) != 1 {
		t.Errorf("%d different documents", len(documents))
	}
}

func TestInvalidSpecIsAnError(t *testing.T) {
	t.Parallel()

	for _, body := range []string{"", "just a text", "- a\n- b", `{"openapi": `, `{"title": "x"}`, "a: [1", "openapi: &a [*a]"} {
		clienttest.InBubble(t, orders(numbered(1)), func(t *testing.T, env clienttest.Env) {
			env.Respond(clienttest.ModelsPath+"/"+ordersID+"/spec", http.StatusOK, "application/yaml", body)

			_, err := env.Client().KnowledgeModelSpec(t.Context(), ordersID, true)
			clienttest.WantError(t, err, transport.ReasonInvalidResponse, "the OpenAPI document of "+ordersID)
		})
	}
}

// The test reads all elements of 50 models three times, as a plan with many references does.
func TestEachModelElementIsReadOnce(t *testing.T) {
	t.Parallel()

	const count = 50

	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: count}, Server: server.Options{RequestsPerSecond: transport.DefaultRequestsPerSecond}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client(func(o *client.Options) { o.RequestsPerSecond = 0 })
		distinct := 0

		for _, model := range intelligence.GenerateKnowledgeModels(count, 0) {
			var group sync.WaitGroup

			elements := 4 // Filters, KPIs, records and triggers.

			records, err := celonis.Records(t.Context(), model.ID())
			if err != nil {
				t.Fatal(err)
			}

			for range 3 {
				for _, read := range []func() error{
					func() error { _, err := celonis.Filters(t.Context(), model.ID()); return err },
					func() error { _, err := celonis.KPIs(t.Context(), model.ID()); return err },
					func() error { _, err := celonis.Records(t.Context(), model.ID()); return err },
					func() error { _, err := celonis.Triggers(t.Context(), model.ID()); return err },
				} {
					group.Go(func() {
						if err := read(); err != nil {
							t.Error(err)
						}
					})
				}

				for _, record := range records[:min(5, len(records))] {
					group.Go(func() {
						if _, err := celonis.Record(t.Context(), model.ID(), record.ID); err != nil {
							t.Error(err)
						}
					})
				}
			}

			group.Wait()

			distinct += elements + min(5, len(records))
		}

		responses := 0

		for _, entry := range env.Team.Journal() {
			if entry.Status == http.StatusOK && entry.Path != clienttest.TokenPath {
				responses++
			}
		}

		if responses != distinct {
			t.Errorf("%d responses for %d distinct elements", responses, distinct)
		}

		t.Logf("%d distinct elements of %d models, each read once", distinct, count)
	})
}
