package simulator_test

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
)

const (
	shopPath  = listPath + "/p.shop"
	orderPath = shopPath + "/records/ORDER"
)

// shop is a model with exact content: four orders and two vendors.
func shop() intelligence.KnowledgeModel {
	m := model("p", "shop", "Shop")
	m.Content = &intelligence.Content{
		Records: []intelligence.Record{
			{
				ID: "ORDER", Name: "Order", Description: "Orders", ShortDisplayName: "O", InternalNote: "note",
				Fields: []intelligence.Field{
					{ID: "ID", Name: "Id", Description: "d", ShortDisplayName: "s", InternalNote: "n", Type: "string"},
					{ID: "STATUS", Name: "status", Type: "string"},
					{ID: "DAY", Name: "Day", Type: "date", Format: "%Y-%m-%d"},
					{ID: "AT", Name: "At", Type: "timestamp"},
					{ID: "ITEMS", Name: "Items", Type: "integer"},
					{ID: "AMOUNT", Name: "Amount", Type: "number", Format: "#.##", Unit: "EUR"},
					{ID: "RATE", Name: "Rate", Type: "float"},
					{ID: "BLOCKED", Name: "Blocked", Type: "boolean"},
				},
				Rows: []map[string]any{
					{
						"ID": "O-1", "STATUS": "Open", "DAY": "2025-05-07", "AT": "2025-05-07T10:00:00.250Z",
						"ITEMS": json.Number("12345678901234567890"), "AMOUNT": json.Number("0.1"),
						"RATE": json.Number("1E400"), "BLOCKED": true,
					},
					{
						"ID": "O-2", "STATUS": "O'Neill", "DAY": "2025-05-08", "AT": "2025-05-07T10:00:00.125Z",
						"ITEMS": json.Number("12345678901234567891"), "AMOUNT": json.Number("0.2"),
						"RATE": json.Number("-2.50"), "BLOCKED": false,
					},
					{"ID": "O-3", "STATUS": "Open", "ITEMS": json.Number("9"), "AMOUNT": json.Number("10")},
					{
						"ID": "O-4", "STATUS": "", "DAY": "2024-01-01", "AT": "2024-01-01T12:00:00+02:00",
						"ITEMS": json.Number("10"), "AMOUNT": nil, "RATE": json.Number("-2.5"), "BLOCKED": false,
					},
				},
			},
			{
				ID: "VENDOR", Name: "vendor",
				Fields: []intelligence.Field{{ID: "NAME", Name: "Name", Type: "string"}},
				Rows:   []map[string]any{{"NAME": "Muster"}, {"NAME": "Öl & <Gas>"}},
			},
			{ID: "EMPTY", Name: "Empty", Fields: []intelligence.Field{{ID: "NAME", Type: "string"}}},
		},
		KPIs: []intelligence.KPI{
			{
				ID: "ORDERS", Name: "Orders", Description: "Number", Format: ",.0f", Unit: "orders", Direction: "Up", Target: "5",
				Parameters: []intelligence.KPIParameter{{ID: "p1", Name: "First", Value: "1"}, {ID: "p2", Name: "Second"}},
				RecordID:   "ORDER", Aggregate: intelligence.AggregateCount,
			},
			{ID: "DATED", RecordID: "ORDER", FieldID: "DAY"},
			{ID: "VALUE", Name: "value", RecordID: "ORDER", Aggregate: intelligence.AggregateSum, FieldID: "AMOUNT"},
			{ID: "MEAN", Name: "Mean", RecordID: "ORDER", Aggregate: intelligence.AggregateAverage, FieldID: "ITEMS"},
			{ID: "FIRST", Name: "First", RecordID: "ORDER", Aggregate: intelligence.AggregateMinimum, FieldID: "DAY"},
			{ID: "MOST", Name: "Most", RecordID: "ORDER", Aggregate: intelligence.AggregateMaximum, FieldID: "ITEMS"},
			{
				ID: "BLOCKED", Name: "Blocked", RecordID: "ORDER", Aggregate: intelligence.AggregateShare,
				Where: "ORDER.BLOCKED eq true",
			},
			{ID: "VENDORS", RecordID: "VENDOR", Aggregate: intelligence.AggregateCount, Where: "VENDOR.NAME eq 'Muster'"},
		},
		Filters: []intelligence.Filter{
			{ID: "OPEN", Name: "open ones", Description: "What is open", Expression: "ORDER.STATUS eq 'Open'"},
			{ID: "big", Name: "Big", Expression: "ORDER.ITEMS gt 9"},
			{ID: "MUSTER", Expression: "VENDOR.NAME eq 'Muster'"},
		},
		Triggers: []intelligence.Trigger{
			{ID: "abc-123", Name: "Blocked orders", RecordID: "ORDER"},
			{ID: "efg-456", Name: "a vendor", RecordID: "VENDOR"},
		},
	}

	return m
}

// newShop is a team with the model.
func newShop(t *testing.T, opts simulator.Options) team {
	t.Helper()

	opts.Intelligence.Models = append(opts.Intelligence.Models, shop())

	return newTeam(t, opts)
}

func TestGeneratedContentIsWhatTheTeamServes(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{
		Seed: 5, Intelligence: intelligence.Options{KnowledgeModels: 3, RowsPerRecord: 40},
		Server: server.Options{MaxPageSize: 100},
	})

	for _, id := range tm.get(listPath).ids() {
		content := intelligence.GenerateContent(id, 5, 40)

		for _, record := range content.Records {
			fields := make([]string, len(record.Fields))
			for i, field := range record.Fields {
				fields[i] = field.ID
			}

			got := tm.get(listPath + "/" + id + "/records/" + record.ID + "/data?fields=" + strings.Join(fields, ","))
			if rows := got.rows(); !reflect.DeepEqual(rows, record.Rows) {
				t.Errorf("%s %s: got %v, want %v", id, record.ID, rows, record.Rows)
			}
		}
	}
}

func TestGeneratedContentIsRepeatableAndVaries(t *testing.T) {
	t.Parallel()

	first := intelligence.GenerateContent("p.km", 1, 0)
	if !reflect.DeepEqual(first, intelligence.GenerateContent("p.km", 1, 0)) {
		t.Error("the same id and seed give another content")
	}

	if reflect.DeepEqual(first, intelligence.GenerateContent("p.km", 2, 0)) {
		t.Error("the seed changes nothing")
	}

	other := intelligence.GenerateContent("p.other", 1, 0)
	if reflect.DeepEqual(first.Records[0].Rows, other.Records[0].Rows) {
		t.Error("the id changes no rows")
	}

	if reflect.DeepEqual(first.Records[0].Fields, other.Records[0].Fields) && reflect.DeepEqual(first.Filters, other.Filters) {
		t.Error("the id changes no schema")
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
			t.Errorf("the first record has %d types and %d rows", len(types), len(content.Records[0].Rows))
		}

		ids := map[string]bool{}

		for _, record := range content.Records {
			if got := len(record.Fields); got < 4 || got > 12 || !idForm.MatchString(record.ID) || ids[record.ID] {
				t.Errorf("%s has %d fields", record.ID, got)
			}

			ids[record.ID] = true

			note("a record with another number of rows", len(record.Rows) < 120)
			note("an internal note", record.InternalNote != "")
			note("no description", record.Description == "")

			for _, row := range record.Rows {
				for _, value := range row {
					number, _ := value.(json.Number)
					digits := number.String()
					_, err := number.Float64()

					note("null", value == nil)
					note("a number of 20 digits", len(digits) == 20 && !strings.ContainsAny(digits, ".eE"))
					note("an exponent", strings.ContainsAny(digits, "eE"))
					note("beyond any float", value != nil && digits != "" && err != nil)
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
			t.Errorf("what was made up is refused: %v", err)
		}
	}

	for _, want := range []string{
		"a record with another number of rows", "an internal note", "no description", "null", "a number of 20 digits",
		"an exponent", "beyond any float", "a decimal that ends in zero", "an empty string", "a filter",
		"a KPI with parameters", "a KPI without parameters", "a trigger",
	} {
		if !kinds[want] {
			t.Errorf("nowhere is %s", want)
		}
	}
}

func TestGeneratedFiltersAndKPIsWork(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 1}, Server: server.Options{MaxPageSize: 1000}})
	id := tm.get(listPath).ids()[0]
	content := intelligence.GenerateContent(id, 0, 0)
	record := content.Records[0]
	fewer := false

	for _, filter := range content.Filters {
		if strings.HasPrefix(filter.Expression, record.ID) || strings.Contains(filter.Expression, "("+record.ID) {
			got := len(tm.get(listPath + "/" + id + "/records/" + record.ID + "/data?fields=ID&filters=" + filter.ID).rows())
			fewer = fewer || got > 0 && got < 120
		}
	}

	if !fewer {
		t.Error("no filter leaves some rows and takes others")
	}

	for _, kpi := range content.KPIs {
		if kpi.RecordID != record.ID {
			continue
		}

		rows := tm.get(listPath + "/" + id + "/data?kpis=" + kpi.ID).rows()
		if len(rows) != 1 || rows[0][kpi.ID] == nil {
			t.Errorf("%s: %v", kpi.ID, rows)
		}
	}

	rows := tm.get(listPath + "/" + id + "/data?kpis=" + record.ID + "_COUNT").rows()
	if !reflect.DeepEqual(rows, []map[string]any{{record.ID + "_COUNT": json.Number("120")}}) {
		t.Errorf("the count is %v", rows)
	}
}

func TestBrokenContentIsRefused(t *testing.T) {
	t.Parallel()

	for want, change := range map[string]func(*intelligence.Content){
		"a record has no id":                        func(c *intelligence.Content) { c.Records[2].ID = "" },
		`field ORDER.ID has the unknown type "x"`:   func(c *intelligence.Content) { c.Records[0].Fields[0].Type = "x" },
		`unknown field "NONE"`:                      func(c *intelligence.Content) { c.Records[0].Rows[0]["NONE"] = "x" },
		"row 0 of ORDER holds a int":                func(c *intelligence.Content) { c.Records[0].Rows[0]["ITEMS"] = 1 },
		`the number "1.", which is none`:            func(c *intelligence.Content) { c.Records[0].Rows[0]["ITEMS"] = json.Number("1.") },
		`the KPI "ORDERS": the record "x"`:          func(c *intelligence.Content) { c.KPIs[0].RecordID = "x" },
		`Aggregate "x" is not one of count, sum`:    func(c *intelligence.Content) { c.KPIs[0].Aggregate = "x" },
		`the KPI "VALUE": the field "" is unknown`:  func(c *intelligence.Content) { c.KPIs[2].FieldID = "" },
		`the KPI "DATED": the field "x" is unknown`: func(c *intelligence.Content) { c.KPIs[1].FieldID = "x" },
		`the KPI "BLOCKED": the operator "is"`:      func(c *intelligence.Content) { c.KPIs[6].Where = "ORDER.ID is 'x'" },
		`the filter "OPEN": unknown field "ID"`:     func(c *intelligence.Content) { c.Filters[0].Expression = "ID eq 'x'" },
		`"abc-123" has the unknown record "x"`:      func(c *intelligence.Content) { c.Triggers[0].RecordID = "x" },
	} {
		m := shop()
		change(m.Content)

		_, err := simulator.New(simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{m}}})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "p.shop") {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestBrokenContentOfARunningTeamIsNamed(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	m := shop()
	m.Content.KPIs[0].RecordID = "x"
	m.Content.Filters[0].Expression = "x"
	tm.AddKnowledgeModel(m)

	for _, query := range []string{"kpis=ORDERS", "fields=ORDER.ID&filters=OPEN"} {
		if got := tm.get(shopPath + "/data?" + query).want(http.StatusInternalServerError); !strings.Contains(got.body, "simulator:") {
			t.Errorf("the answer is %s", got.body)
		}
	}
}

func TestForgottenRowsComeBackTheSame(t *testing.T) {
	t.Parallel()

	// More records than are kept.
	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 10, RowsPerRecord: 20}})

	read := func() string {
		var all strings.Builder

		for _, id := range tm.get(listPath + "?sort=id").ids() {
			for _, record := range tm.get(listPath + "/" + id + "/records?sort=id").ids() {
				all.WriteString(tm.get(listPath + "/" + id + "/records/" + record + "/data?fields=ID,STATUS").want(http.StatusOK).body)
			}
		}

		return all.String()
	}

	first := read()
	if read() != first {
		t.Error("the rows change")
	}
}

// rows are the rows of a data page, with numbers as they were written.
func (r reply) rows() []map[string]any {
	r.t.Helper()
	r.want(http.StatusOK)

	var page struct {
		Content struct {
			Data []map[string]any `json:"data"`
		} `json:"content"`
	}

	decoder := json.NewDecoder(strings.NewReader(r.body))
	decoder.UseNumber()

	if err := decoder.Decode(&page); err != nil {
		r.t.Fatalf("the body is no data page: %v: %s", err, r.body)
	}

	return page.Content.Data
}
