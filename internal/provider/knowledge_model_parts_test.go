package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// object checks all attributes of an object. An empty string represents null.
func object(values map[string]any) knownvalue.Check {
	checks := make(map[string]knownvalue.Check, len(values))

	for name, value := range values {
		switch value := value.(type) {
		case string:
			checks[name] = knownvalue.StringExact(value)
			if value == "" {
				checks[name] = knownvalue.Null()
			}
		case bool:
			checks[name] = knownvalue.Bool(value)
		case knownvalue.Check:
			checks[name] = value
		}
	}

	return knownvalue.ObjectExact(checks)
}

func listOf(checks ...knownvalue.Check) knownvalue.Check { return knownvalue.ListExact(checks) }

func valueIs(address, attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), check)
}

// TestAccKnowledgeModelPartsHaveAllAttributes reads all parts of the test model, with each documented response format.
func TestAccKnowledgeModelPartsHaveAllAttributes(t *testing.T) {
	t.Parallel()

	for name, options := range map[string]simulator.Options{
		"as documented": {Intelligence: intelligence.Options{Models: modelsForTests()}},
		"as in the examples": {
			Intelligence: intelligence.Options{
				Models: modelsForTests(), KPIParameterNesting: "nested", SpecFormat: "yaml", DataNesting: "row-arrays", QuotedFlags: true,
			},
			Server: server.Options{NullFields: true, Total: server.TotalCountsPage},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, env := startTeam(t, options)
			text := knownvalue.StringExact

			acceptance(t, env, step{
				config: `
					locals { model = "order-to-cash.otc-km" }
					data "celonis_knowledge_model_filters" "this" { knowledge_model_id = local.model }
					data "celonis_knowledge_model_kpis" "this" { knowledge_model_id = local.model }
					data "celonis_knowledge_model_records" "this" { knowledge_model_id = local.model }
					data "celonis_knowledge_model_record" "this" {
					  knowledge_model_id = local.model
					  id                 = "SALES_ORDER"
					}
					data "celonis_knowledge_model_triggers" "this" { knowledge_model_id = local.model }
					data "celonis_knowledge_model_trigger" "by_id" {
					  knowledge_model_id = local.model
					  id                 = "trigger-1"
					}
					data "celonis_knowledge_model_trigger" "by_name" {
					  knowledge_model_id = local.model
					  name               = "Order blocked"
					}
					data "celonis_knowledge_model_spec" "this" { knowledge_model_id = local.model }
					output "is_checksum" {
					  value = sha256(data.celonis_knowledge_model_spec.this.openapi) == data.celonis_knowledge_model_spec.this.openapi_sha256
					}
					data "celonis_knowledge_model_spec" "curated" {
					  knowledge_model_id = local.model
					  curated            = true
					}
					data "celonis_knowledge_model_data" "of_record" {
					  knowledge_model_id = local.model
					  record_id          = "SALES_ORDER"
					  fields             = ["ID", "AMOUNT", "BLOCKED", "CREATED_AT"]
					  filter_expressions = ["ID ge 0"]
					  sort               = ["-ID"]
					  max_rows           = 2
					}
					data "celonis_knowledge_model_data" "of_model" {
					  knowledge_model_id = local.model
					  fields             = ["SALES_ORDER.CITY"]
					  kpis               = ["AVG_LEAD_TIME", "ORDER_COUNT"]
					  filter_ids         = ["BLOCKED_ORDERS"]
					  filter_expressions = ["SALES_ORDER.CITY eq ${provider::celonis::odata_string("Oslo")}"]
					  distinct           = true
					  sort               = ["SALES_ORDER.CITY", "-ORDER_COUNT"]
					  search = {
					    term      = "osl"
					    field     = "SALES_ORDER.CITY"
					    precision = 10
					  }
					}`,
				state: []statecheck.StateCheck{
					valueIs("data.celonis_knowledge_model_filters.this", "filters", listOf(
						object(map[string]any{"id": "ALL", "name": "All orders", "description": ""}),
						object(map[string]any{"id": "BLOCKED_ORDERS", "name": "Blocked orders", "description": "Orders that wait"}),
					)),
					valueIs("data.celonis_knowledge_model_kpis.this", "kpis", listOf(
						object(map[string]any{
							"id": "AVG_LEAD_TIME", "name": "Average lead time", "description": "Mean days from order to cash", "format": "#.##",
							"unit": "days", "direction": "Down", "target": "14",
							"parameters": listOf(object(map[string]any{"id": "p1", "name": "Window", "value": "30"})),
						}),
						object(map[string]any{
							"id": "ORDER_COUNT", "name": "Orders", "description": "", "format": "", "unit": "", "direction": "", "target": "",
							"parameters": listOf(),
						}),
					)),
					valueIs("data.celonis_knowledge_model_records.this", "records", listOf(
						object(map[string]any{"id": "CUSTOMER", "name": "Customer", "description": "", "short_display_name": "", "internal_note": ""}),
						object(map[string]any{
							"id": "SALES_ORDER", "name": "Sales order", "description": "Order headers", "short_display_name": "SO",
							"internal_note": "From VBAK",
						}),
					)),
					valueIs("data.celonis_knowledge_model_record.this", "name", text("Sales order")),
					valueIs("data.celonis_knowledge_model_record.this", "description", text("Order headers")),
					valueIs("data.celonis_knowledge_model_record.this", "short_display_name", text("SO")),
					valueIs("data.celonis_knowledge_model_record.this", "internal_note", text("From VBAK")),
					valueIs("data.celonis_knowledge_model_record.this", "fields", knownvalue.ListPartial(map[int]knownvalue.Check{
						0: object(map[string]any{
							"id": "ID", "name": "Id", "description": "Number of the order", "short_display_name": "No.", "internal_note": "VBELN",
							"type": "integer", "format": ",.0f", "unit": "",
						}),
						2: object(map[string]any{
							"id": "AMOUNT", "name": "Amount", "description": "", "short_display_name": "", "internal_note": "",
							"type": "float", "format": ".2f", "unit": "EUR",
						}),
					})),
					valueIs("data.celonis_knowledge_model_triggers.this", "triggers", knownvalue.ListPartial(map[int]knownvalue.Check{
						0: object(map[string]any{"id": "trigger-1", "name": "Order blocked", "record_id": "SALES_ORDER"}),
					})),
					valueIs("data.celonis_knowledge_model_trigger.by_id", "name", text("Order blocked")),
					valueIs("data.celonis_knowledge_model_trigger.by_id", "record_id", text("SALES_ORDER")),
					valueIs("data.celonis_knowledge_model_trigger.by_name", "id", text("trigger-1")),
					valueIs("data.celonis_knowledge_model_trigger.by_name", "fields", knownvalue.ListPartial(map[int]knownvalue.Check{
						2: object(map[string]any{"name": "Amount", "type": "float", "format": ".2f", "unit": "EUR"}),
					})),
					valueIs("data.celonis_knowledge_model_spec.this", "openapi", knownvalue.StringFunc(isOpenAPI)),
					valueIs("data.celonis_knowledge_model_spec.curated", "openapi", knownvalue.StringFunc(isOpenAPI)),
					statecheck.ExpectKnownOutputValue("is_checksum", knownvalue.Bool(true)),
					valueIs("data.celonis_knowledge_model_data.of_record", "rows", listOf(
						object(map[string]any{"ID": "12345678901234567890", "AMOUNT": "0.1", "BLOCKED": "true", "CREATED_AT": "2026-01-02"}),
						object(map[string]any{"ID": "3", "AMOUNT": "250.50", "BLOCKED": "true", "CREATED_AT": "2026-01-04"}),
					)),
					valueIs("data.celonis_knowledge_model_data.of_record", "truncated", knownvalue.Bool(true)),
					valueIs("data.celonis_knowledge_model_data.of_record", "headers", knownvalue.ListPartial(map[int]knownvalue.Check{
						1: object(map[string]any{"id": "AMOUNT", "name": "Amount", "type": "float", "format": ".2f", "unit": "EUR", "aggregation": false}),
					})),
					valueIs("data.celonis_knowledge_model_data.of_model", "rows", listOf(
						object(map[string]any{"SALES_ORDER.CITY": "Oslo", "AVG_LEAD_TIME": "11", "ORDER_COUNT": "2"}),
					)),
					valueIs("data.celonis_knowledge_model_data.of_model", "truncated", knownvalue.Bool(false)),
					valueIs("data.celonis_knowledge_model_data.of_model", "headers", knownvalue.ListPartial(map[int]knownvalue.Check{
						1: object(map[string]any{
							"id": "AVG_LEAD_TIME", "name": "Average lead time", "type": "float", "format": "#.##", "unit": "days", "aggregation": true,
						}),
					})),
				},
			})
		})
	}
}

func isOpenAPI(text string) error {
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return err
	}

	if document["openapi"] == nil || document["paths"] == nil {
		return errors.New("got no OpenAPI document")
	}

	return nil
}

func TestAccInvalidQueriesAreRejectedAtPlanTime(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})

	var (
		refusals []refusal
		many     []string
	)

	for index := range 201 {
		many = append(many, fmt.Sprintf("%q", fmt.Sprintf("R.F%d", index)))
	}

	for arguments, message := range map[string]string{
		``:                                      `.fields.\s+or\s+.kpis.\s+must\s+contain\s+at\s+least\s+one`,
		`fields = []`:                           `.fields.\s+or\s+.kpis.\s+must\s+contain\s+at\s+least\s+one`,
		`record_id = "R"`:                       `If\s+.record_id.\s+is\s+set,\s+.fields.\s+must\s+contain`,
		"record_id = \"R\"\nkpis = [\"K\"]":     `KPIs\s+conflict\s+with\s+.record_id.`,
		"record_id = \"R\"\nfields = [\"R.F\"]": `"R.F"\s+contains\s+a\s+dot`,
		`fields = ["F"]`:                        `"F"\s+contains\s+no\s+dot`,
		`fields = ["R.F,R.G"]`:                  `contains\s+a\s+comma`,
		`fields = [""]`:                         `must\s+not\s+be\s+empty`,
		"fields = [\"R.F\"]\nsort = [\"R.G\"]":  `"R.G"\s+is\s+neither\s+in\s+.fields.\s+nor\s+in\s+.kpis.`,
		"fields = [\"R.F\"]\nsort = [\"R.F\", \"-R.F\"]":                   `contains\s+"R.F"\s+in\s+both\s+directions`,
		"fields = [\"R.F\"]\nmax_rows = 0":                                 `between\s+1\s+and\s+5000`,
		"fields = [\"R.F\"]\nmax_rows = 5001":                              `between\s+1\s+and\s+5000`,
		"fields = [\"R.F\"]\nsearch = {\nterm = \"x\"\nprecision = 101\n}": `between\s+0\s+and\s+100`,
		"fields = [\"R.F\"]\nsearch = {\nterm = \"\"\n}":                   `must\s+not\s+be\s+empty`,
		`fields = [` + strings.Join(many, ", ") + `]`:                      `201\s+fields`,
		`fields = ["R.` + strings.Repeat("F", 2048) + `"]`:                 `2050\s+characters`,
	} {
		refusals = append(refusals, refusal{
			"data \"celonis_knowledge_model_data\" \"x\" {\nknowledge_model_id = \"order-to-cash.otc-km\"\n" + arguments + "\n}", `(?s)` + message,
		})
	}

	mustRefuse(t, env, "", refusals...)

	if got := team.Journal(); len(got) > 0 {
		t.Errorf("%d requests", len(got))
	}
}

func TestAccUnknownPartsOfAQueryAreNotValidated(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	acceptance(t, env, step{
		config: `
			resource "terraform_data" "names" { input = ["SALES_ORDER.CITY", "SALES_ORDER.ID"] }
			data "celonis_knowledge_model_data" "list" {
			  knowledge_model_id = "order-to-cash.otc-km"
			  fields             = terraform_data.names.output
			  sort               = ["SALES_ORDER.ID"]
			}
			data "celonis_knowledge_model_data" "element" {
			  knowledge_model_id = "order-to-cash.otc-km"
			  fields             = ["SALES_ORDER.CITY", terraform_data.names.output[1]]
			  sort               = [terraform_data.names.output[1]]
			}`,
		state: []statecheck.StateCheck{
			valueIs("data.celonis_knowledge_model_data.list", "rows", knownvalue.ListSizeExact(3)),
			valueIs("data.celonis_knowledge_model_data.element", "rows", knownvalue.ListSizeExact(3)),
		},
	})
}

// TestKnowledgeModelPartsReportWhatIsMissing checks the messages for parts that do not exist, and for parts that the credentials are not
// permitted to read.
func TestKnowledgeModelPartsReportWhatIsMissing(t *testing.T) {
	t.Parallel()

	const model = "order-to-cash.otc-km"

	sources := map[string]func() datasource.DataSource{}

	for _, source := range (&celonisProvider{}).DataSources(t.Context()) {
		var metadata datasource.MetadataResponse

		source().Metadata(t.Context(), datasource.MetadataRequest{ProviderTypeName: "celonis"}, &metadata)

		if name, isPart := strings.CutPrefix(metadata.TypeName, "celonis_knowledge_model_"); isPart {
			sources[name] = source
		}
	}

	if len(sources) == 0 {
		t.Fatal("no data source reads a part of a Knowledge Model")
	}
	limited := oauth.DefaultClient()
	limited.Packages = []string{}

	for name, source := range sources {
		for kind, test := range map[string]struct {
			options simulator.Options
			model   string
			parts   []string
		}{
			"no such model":  {simulator.Options{}, "order-to-cash.gone", []string{"[knowledge_model_id]", "order-to-cash.gone", "KM_MODEL_NOTFOUND", "case-sensitive"}},
			"wrong case":     {simulator.Options{}, "order-to-cash.OTC-KM", []string{"[knowledge_model_id]", "OTC-KM", "case-sensitive"}},
			"no permission":  {simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{limited}}}, model, []string{"403", "ADMIN_ACCESS_ERROR", "USE PACKAGE"}},
			"not activated":  {simulator.Options{Server: server.Options{InactiveAPIs: []string{"knowledge-models", "subscriptions"}}}, model, []string{"403", "not activated", "account team"}},
			"no such record": {simulator.Options{}, model, []string{"SALES_order", "case-sensitive"}},
		} {
			if kind == "no such record" && name != "record" {
				continue // This data source does not refer to a record.
			}

			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()

				test.options.Intelligence.Models = modelsForTests()
				_, env := startTeam(t, test.options)

				arguments := map[string]string{"knowledge_model_id": test.model}
				if name == "record" || name == "trigger" {
					arguments["id"] = "SALES_order"
				}

				diagnostics, state := readData(t.Context(), t, env, source(), arguments)

				parts := append([]string{"Unable to", "What to do: "}, test.parts...)
				if name == "data" && kind != "not activated" && kind != "no permission" && kind != "no such model" && kind != "wrong case" {
					parts = parts[:1]
				}

				wantText(t, texts(diagnostics, diag.SeverityError), parts...)

				if !state.IsNull() {
					t.Error("got a state")
				}
			})
		}
	}
}

func TestAccRejectedQueryReportsTheCause(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})

	fails := func(kind, arguments, message string) refusal {
		return refusal{"data \"celonis_knowledge_model_" + kind + "\" \"x\" {\nknowledge_model_id = \"order-to-cash.otc-km\"\n" + arguments + "\n}", message}
	}

	var refusals []refusal

	for arguments, message := range map[string]string{
		`fields = ["SALES_ORDER.city"]`:                                `Requested:\s+fields\s+SALES_ORDER.city.*KM_FIELD_NOTFOUND.*celonis_knowledge_model_record`,
		`kpis = ["GONE"]`:                                              `Requested:\s+kpis\s+GONE.*celonis_knowledge_model_kpis`,
		"kpis = [\"ORDER_COUNT\"]\nfilter_ids = [\"GONE\"]":            `filter_ids\s+GONE.*celonis_knowledge_model_filters`,
		"kpis = [\"ORDER_COUNT\"]\nfilter_expressions = [\"CITY eq\"]": `filter_expressions\s+\(1\)`,
		"record_id = \"sales_order\"\nfields = [\"ID\"]":               `KM_RECORD_NOTFOUND.*case-sensitive`,
	} {
		refusals = append(refusals, fails("data", arguments, `(?s)Unable to read data.*`+message))
	}

	for arguments, message := range map[string]string{
		`name = "Customer changed"`: `2\s+triggers.*trigger-2,\s+trigger-3`,
		`name = "Gone"`:             `none\s+of\s+the\s+3\s+triggers.*"Gone"`,
		`id = "Order blocked"`:      `none\s+of\s+the\s+3\s+triggers.*has\s+the\s+id`,
	} {
		refusals = append(refusals, fails("trigger", arguments, `(?s)`+message))
	}

	mustRefuse(t, env, "", refusals...)
	mustRefuse(t, env, "", fails("trigger", ``, `(?s)id.*name`))
}

func TestAccPlanReadsEachObjectOnce(t *testing.T) {
	t.Parallel()

	const models = 50

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: models}})
	w := newWorkspace(t, env, `
		data "celonis_knowledge_models" "all" {}
		locals { ids = toset(data.celonis_knowledge_models.all.ids) }
		data "celonis_knowledge_model_filters" "all" {
		  for_each           = local.ids
		  knowledge_model_id = each.key
		}
		data "celonis_knowledge_model_kpis" "all" {
		  for_each           = local.ids
		  knowledge_model_id = each.key
		}
		data "celonis_knowledge_model_records" "all" {
		  for_each           = local.ids
		  knowledge_model_id = each.key
		}
		data "celonis_knowledge_model_triggers" "all" {
		  for_each           = local.ids
		  knowledge_model_id = each.key
		}
		locals {
		  records = merge([for id, records in data.celonis_knowledge_model_records.all : {
		    for record in slice(records.records, 0, min(5, length(records.records))) : "${id}/${record.id}" => { model = id, record = record.id }
		  }]...)
		}
		data "celonis_knowledge_model_record" "all" {
		  for_each           = local.records
		  knowledge_model_id = each.value.model
		  id                 = each.value.record
		}
		output "records" { value = length(local.records) }`)
	output := w.must("plan")

	found := regexp.MustCompile(`records\s*=\s*(\d+)`).FindStringSubmatch(output)
	if found == nil {
		t.Fatalf("the output does not contain the number of models:\n%s", output)
	}

	var paths []string

	for _, entry := range team.Journal() {
		if entry.Method == http.MethodGet {
			paths = append(paths, entry.Path+"?"+entry.Query.Encode())
		}
	}

	// If the last page is full, the client must request another page.
	records, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}

	if got, want := len(paths), 2+4*models+records; got != want {
		t.Errorf("got %d requests, want %d", got, want)
	}

	slices.Sort(paths)

	if distinct := slices.Compact(slices.Clone(paths)); len(distinct) != len(paths) {
		t.Errorf("got %d requests for %d objects", len(paths), len(distinct))
	}

	t.Logf("%d requests and one token for all parts of %d models", len(paths), models)
}
