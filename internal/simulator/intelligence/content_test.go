package intelligence_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func TestTeamServesTheGeneratedContent(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{
		Seed: 5, Intelligence: intelligence.Options{KnowledgeModels: 3, RowsPerRecord: 40},
		Server: server.Options{MaxPageSize: 100},
	})

	for _, id := range tm.Get(simulatortest.ModelsPath).IDs() {
		content := intelligence.GenerateContent(id, 5, 40)

		for _, record := range content.Records {
			fields := make([]string, len(record.Fields))
			for i, field := range record.Fields {
				fields[i] = field.ID
			}

			got := tm.Get(simulatortest.ModelsPath + "/" + id + "/records/" + record.ID + "/data?fields=" + strings.Join(fields, ","))
			if rows := got.Rows(); !reflect.DeepEqual(rows, record.Rows) {
				t.Errorf("%s %s: rows = %v, want %v", id, record.ID, rows, record.Rows)
			}
		}
	}
}

func TestGeneratedContentIsReproducibleAndVaries(t *testing.T) {
	t.Parallel()

	first := intelligence.GenerateContent("p.km", 1, 0)
	if !reflect.DeepEqual(first, intelligence.GenerateContent("p.km", 1, 0)) {
		t.Error("the content differs for the same id and seed")
	}

	if reflect.DeepEqual(first, intelligence.GenerateContent("p.km", 2, 0)) {
		t.Error("the content is the same for different seeds")
	}

	anotherModel := intelligence.GenerateContent("p.other", 1, 0)
	if reflect.DeepEqual(first.Records[0].Rows, anotherModel.Records[0].Rows) {
		t.Error("the rows are the same for different ids")
	}

	if reflect.DeepEqual(first.Records[0].Fields, anotherModel.Records[0].Fields) && reflect.DeepEqual(first.Filters, anotherModel.Filters) {
		t.Error("the schema is the same for different ids")
	}
}

func TestGeneratedContentIsWellFormed(t *testing.T) {
	t.Parallel()

	idForm := regexp.MustCompile(`^[A-Z0-9]+(_[A-Z0-9]+)*$`)
	uuidForm := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$`)
	kinds := map[string]bool{}
	note := func(kind string, is bool) {
		if is {
			kinds[kind] = true
		}
	}

	for _, m := range intelligence.GenerateKnowledgeModels(40, 1) {
		content := intelligence.GenerateContent(m.ID(), 1, 0)
		if got := len(content.Records); got < 3 || got > 6 {
			t.Errorf("%d records", got)
		}

		types := map[string]bool{}
		for _, field := range content.Records[0].Fields {
			types[field.Type] = true
		}

		if len(types) != 8 || len(content.Records[0].Rows) != 120 {
			t.Errorf("the first record has %d field types and %d rows", len(types), len(content.Records[0].Rows))
		}

		ids := map[string]bool{}

		for _, record := range content.Records {
			if got := len(record.Fields); got < 4 || got > 12 || !idForm.MatchString(record.ID) || ids[record.ID] {
				t.Errorf("record %s has %d fields", record.ID, got)
			}

			ids[record.ID] = true

			note("a record with fewer rows", len(record.Rows) < 120)
			note("an internal note", record.InternalNote != "")
			note("a record without a description", record.Description == "")

			for _, row := range record.Rows {
				for _, value := range row {
					number, _ := value.(json.Number)
					digits := number.String()
					_, err := number.Float64()

					note("null", value == nil)
					note("a number of 20 digits", len(digits) == 20 && !strings.ContainsAny(digits, ".eE"))
					note("an exponent", strings.ContainsAny(digits, "eE"))
					note("a number beyond the range of a float", value != nil && digits != "" && err != nil)
					note("a decimal that ends in zero", strings.Contains(digits, ".") && strings.HasSuffix(digits, "0"))
					note("an empty string", value == "")
				}
			}
		}

		for _, filter := range content.Filters {
			note("a filter", idForm.MatchString(filter.ID))
		}

		for _, kpi := range content.KPIs {
			note("a KPI with parameters", len(kpi.Parameters) > 0)
			note("a KPI without parameters", len(kpi.Parameters) == 0)
		}

		for _, trigger := range content.Triggers {
			if !uuidForm.MatchString(trigger.ID) || !ids[trigger.RecordID] || ids[trigger.ID] {
				t.Errorf("trigger %+v", trigger)
			}

			ids[trigger.ID] = true

			note("a trigger", true)
		}

		m.Content = content
		if _, err := simulator.New(simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{m}}}); err != nil {
			t.Errorf("the generated content was rejected: %v", err)
		}
	}

	for _, want := range []string{
		"a record with fewer rows", "an internal note", "a record without a description", "null", "a number of 20 digits",
		"an exponent", "a number beyond the range of a float", "a decimal that ends in zero", "an empty string", "a filter",
		"a KPI with parameters", "a KPI without parameters", "a trigger",
	} {
		if !kinds[want] {
			t.Errorf("the generated content does not contain %s", want)
		}
	}
}

func TestGeneratedFiltersAndKPIsWork(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 1}, Server: server.Options{MaxPageSize: 1000}})
	id := tm.Get(simulatortest.ModelsPath).IDs()[0]
	content := intelligence.GenerateContent(id, 0, 0)
	record := content.Records[0]
	fewer := false

	for _, filter := range content.Filters {
		if strings.HasPrefix(filter.Expression, record.ID) || strings.Contains(filter.Expression, "("+record.ID) {
			got := len(tm.Get(simulatortest.ModelsPath + "/" + id + "/records/" + record.ID + "/data?fields=ID&filters=" + filter.ID).Rows())
			fewer = fewer || got > 0 && got < 120
		}
	}

	if !fewer {
		t.Error("no filter matches some rows but not all")
	}

	for _, kpi := range content.KPIs {
		if kpi.RecordID != record.ID {
			continue
		}

		rows := tm.Get(simulatortest.ModelsPath + "/" + id + "/data?kpis=" + kpi.ID).Rows()
		if len(rows) != 1 || rows[0][kpi.ID] == nil {
			t.Errorf("%s: rows = %v", kpi.ID, rows)
		}
	}

	rows := tm.Get(simulatortest.ModelsPath + "/" + id + "/data?kpis=" + record.ID + "_COUNT").Rows()
	if !reflect.DeepEqual(rows, []map[string]any{{record.ID + "_COUNT": json.Number("120")}}) {
		t.Errorf("count = %v", rows)
	}
}

func TestInvalidContentIsRejected(t *testing.T) {
	t.Parallel()

	for want, change := range map[string]func(*intelligence.Content){
		"a record has no id":                         func(c *intelligence.Content) { c.Records[2].ID = "" },
		`field ORDER.ID has the unknown type "x"`:    func(c *intelligence.Content) { c.Records[0].Fields[0].Type = "x" },
		`unknown field "NONE"`:                       func(c *intelligence.Content) { c.Records[0].Rows[0]["NONE"] = "x" },
		"value of the unsupported type int":          func(c *intelligence.Content) { c.Records[0].Rows[0]["ITEMS"] = 1 },
		`contains "1.", which is not a number`:       func(c *intelligence.Content) { c.Records[0].Rows[0]["ITEMS"] = json.Number("1.") },
		`the KPI "ORDERS": the record "x"`:           func(c *intelligence.Content) { c.KPIs[0].RecordID = "x" },
		`Aggregate "x" is not one of count, sum`:     func(c *intelligence.Content) { c.KPIs[0].Aggregate = "x" },
		`the KPI "VALUE": the field "" is unknown`:   func(c *intelligence.Content) { c.KPIs[2].FieldID = "" },
		`the KPI "DATED": the field "x" is unknown`:  func(c *intelligence.Content) { c.KPIs[1].FieldID = "x" },
		`the KPI "BLOCKED": the operator "is"`:       func(c *intelligence.Content) { c.KPIs[6].Where = "ORDER.ID is 'x'" },
		`the filter "OPEN": unknown field "ID"`:      func(c *intelligence.Content) { c.Filters[0].Expression = "ID eq 'x'" },
		`"abc-123" refers to the unknown record "x"`: func(c *intelligence.Content) { c.Triggers[0].RecordID = "x" },
	} {
		m := simulatortest.Shop()
		change(m.Content)

		_, err := simulator.New(simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{m}}})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "p.shop") {
			t.Errorf("error = %v, want %q", err, want)
		}
	}
}

func TestInvalidContentOfARunningTeamCausesAnError(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	m := simulatortest.Shop()
	m.Content.KPIs[0].RecordID = "x"
	m.Content.Filters[0].Expression = "x"
	tm.AddKnowledgeModel(m)

	for _, query := range []string{"kpis=ORDERS", "fields=ORDER.ID&filters=OPEN"} {
		if got := tm.Get(simulatortest.ShopPath + "/data?" + query).Want(http.StatusInternalServerError); !strings.Contains(got.Body, "simulator:") {
			t.Errorf("body = %s", got.Body)
		}
	}
}

func TestDiscardedRowsAreRegeneratedIdentically(t *testing.T) {
	t.Parallel()

	// The models have more records than the cache retains.
	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 10, RowsPerRecord: 20}})

	read := func() string {
		var all strings.Builder

		for _, id := range tm.Get(simulatortest.ModelsPath + "?sort=id").IDs() {
			for _, record := range tm.Get(simulatortest.ModelsPath + "/" + id + "/records?sort=id").IDs() {
				all.WriteString(tm.Get(simulatortest.ModelsPath + "/" + id + "/records/" + record + "/data?fields=ID,STATUS").Want(http.StatusOK).Body)
			}
		}

		return all.String()
	}

	first := read()
	if read() != first {
		t.Error("the rows differ when they are generated again")
	}
}
