package provider

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

const (
	tokenPath  = "/oauth2/token"
	modelsPath = "/intelligence/api/knowledge-models"
)

// startTeam starts a simulated team, and returns the team and the environment variables for signing in to it.
func startTeam(t *testing.T, options simulator.Options) (*simulator.Simulator, environment) {
	t.Helper()

	team, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}

	server := httptest.NewServer(team)
	t.Cleanup(server.Close)

	known := oauth.DefaultClient()

	return team, environment{
		"CELONIS_URL": server.URL, "CELONIS_CLIENT_ID": known.ID, "CELONIS_CLIENT_SECRET": known.Secret,
		// Tests of failures must not wait for retries or rate limits, which other tests cover.
		"CELONIS_MAX_RETRY_WAIT": "20ms", "CELONIS_REQUESTS_PER_SECOND": "0",
	}
}

// The but method returns a copy of the environment with the given changes.
func (e environment) but(changes environment) environment {
	changed := maps.Clone(e)
	maps.Copy(changed, changes)

	return changed
}

// modelsForTests returns Knowledge Models with known values for every attribute.
func modelsForTests() []intelligence.KnowledgeModel {
	return []intelligence.KnowledgeModel{
		{PackageKey: "order-to-cash", Key: "otc-km", Name: "Order to Cash", Published: "2026-02-03 09:15:00", ExtendedID: "order-to-cash.base", Content: orderToCash()},
		{PackageKey: "order-to-cash", Key: "base", Name: "order to cash (base)", Published: "2026-01-20 16:40:12"},
		{PackageKey: "accounts-payable", Key: "ap-km", Name: "Accounts Payable", Published: "2026-01-21 10:00:00"},
		{PackageKey: "accounts-payable", Key: "ap-km-2", Name: "Accounts Payable"},
	}
}

// orderToCash returns the content of a Knowledge Model, with known values for every attribute.
func orderToCash() *intelligence.Content {
	number := func(digits string) json.Number { return json.Number(digits) }

	return &intelligence.Content{
		Records: []intelligence.Record{
			{
				ID: "SALES_ORDER", Name: "Sales order", Description: "Order headers", ShortDisplayName: "SO", InternalNote: "From VBAK",
				Fields: []intelligence.Field{
					{
						ID: "ID", Name: "Id", Description: "Number of the order", ShortDisplayName: "No.", InternalNote: "VBELN",
						Type: "integer", Format: ",.0f", Unit: "",
					},
					{ID: "CITY", Name: "City", Type: "string"},
					{ID: "AMOUNT", Name: "Amount", Type: "float", Format: ".2f", Unit: "EUR"},
					{ID: "BLOCKED", Name: "Blocked", Type: "boolean"},
					{ID: "CREATED_AT", Name: "Created at", Type: "date", Format: "%Y-%m-%d"},
					{ID: "LEAD_TIME", Name: "Lead time", Type: "integer", Unit: "days"},
				},
				Rows: []map[string]any{
					{
						"ID": number("12345678901234567890"), "CITY": "Oslo", "AMOUNT": number("0.1"), "BLOCKED": true,
						"CREATED_AT": "2026-01-02", "LEAD_TIME": number("10"),
					},
					{
						"ID": number("2"), "CITY": "O'Fallon", "AMOUNT": number("1e400"), "BLOCKED": false, "CREATED_AT": nil,
						"LEAD_TIME": number("14"),
					},
					{
						"ID": number("3"), "CITY": "Oslo", "AMOUNT": number("250.50"), "BLOCKED": true, "CREATED_AT": "2026-01-04",
						"LEAD_TIME": number("12"),
					},
				},
			},
			{ID: "CUSTOMER", Name: "Customer", Fields: []intelligence.Field{{ID: "NAME", Name: "Name", Type: "string"}}},
		},
		KPIs: []intelligence.KPI{
			{
				ID: "AVG_LEAD_TIME", Name: "Average lead time", Description: "Mean days from order to cash", Format: "#.##", Unit: "days",
				Direction: "Down", Target: "14", Parameters: []intelligence.KPIParameter{{ID: "p1", Name: "Window", Value: "30"}},
				RecordID: "SALES_ORDER", Aggregate: intelligence.AggregateAverage, FieldID: "LEAD_TIME",
			},
			{ID: "ORDER_COUNT", Name: "Orders", RecordID: "SALES_ORDER"},
		},
		Filters: []intelligence.Filter{
			{ID: "BLOCKED_ORDERS", Name: "Blocked orders", Description: "Orders that wait", Expression: "SALES_ORDER.BLOCKED eq true"},
			{ID: "ALL", Name: "All orders", Expression: "SALES_ORDER.ID ge 0"},
		},
		Triggers: []intelligence.Trigger{
			{ID: "trigger-1", Name: "Order blocked", RecordID: "SALES_ORDER"},
			{ID: "trigger-2", Name: "Customer changed", RecordID: "CUSTOMER"},
			{ID: "trigger-3", Name: "Customer changed", RecordID: "CUSTOMER"},
		},
	}
}

// wantRequests checks how many requests the team has received.
func wantRequests(t *testing.T, team *simulator.Simulator, tokens, lists, details int) {
	t.Helper()

	for _, one := range []struct {
		name string
		got  int
		want int
	}{
		{"token", team.Count(http.MethodPost, tokenPath), tokens},
		{"list", team.Count(http.MethodGet, modelsPath), lists},
		{"detail", team.Count(http.MethodGet, modelsPath+"/*"), details},
	} {
		if one.got != one.want {
			t.Errorf("got %d %s requests, want %d", one.got, one.name, one.want)
		}
	}
}
