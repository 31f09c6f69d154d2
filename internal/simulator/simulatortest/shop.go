package simulatortest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// The paths of [Shop] and of one of its records.
const (
	ShopPath  = ModelsPath + "/p.shop"
	OrderPath = ShopPath + "/records/ORDER"
)

// Shop is a Knowledge Model with fixed content: four orders and two vendors.
func Shop() intelligence.KnowledgeModel {
	m := Model("p", "shop", "Shop")
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

// NewShop returns a team that contains [Shop].
func NewShop(t *testing.T, opts simulator.Options) Team {
	t.Helper()

	opts.Intelligence.Models = append(opts.Intelligence.Models, Shop())

	return NewTeam(t, opts)
}

// Rows returns the rows of a data page. Numbers keep the exact form that they have in the body.
func (r Reply) Rows() []map[string]any {
	r.T.Helper()
	r.Want(http.StatusOK)

	var page struct {
		Content struct {
			Data []map[string]any `json:"data"`
		} `json:"content"`
	}

	decoder := json.NewDecoder(strings.NewReader(r.Body))
	decoder.UseNumber()

	if err := decoder.Decode(&page); err != nil {
		r.T.Fatalf("the body is not a data page: %v: %s", err, r.Body)
	}

	return page.Content.Data
}

// Found returns the values in a column of a data page, joined by spaces.
func (r Reply) Found(column string) string {
	r.T.Helper()

	rows := r.Rows()
	ids := make([]string, len(rows))

	for i, row := range rows {
		ids[i], _ = row[column].(string)
	}

	return strings.Join(ids, " ")
}
