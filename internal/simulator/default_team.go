package simulator

import (
	"encoding/json"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

// These sizes give every list of the default team more than one page.
const (
	defaultModels      = 120
	defaultUsers       = 450
	defaultGroups      = 30
	defaultEvents      = 450
	defaultPermissions = 250
)

// DefaultTeam returns the options of the team that celonis-simulator serves by default. In addition to generated objects, this team
// contains every object that the README, the documentation and the examples look up by name or id, but none of the objects that they
// create. internal/docscheck runs the examples against this team.
func DefaultTeam() Options {
	const (
		alanID      = "e8f1c6d4-2a93-4b57-8e0c-6d4b9f3a7152"
		readersID   = "6f0a2d5e-8b17-4c93-a4d8-3e9b1c7f5a20"
		engineersID = "c5d81f37-94e2-4a6b-b7f0-2a8e6d3c9b14"
		packages    = "package-manager"
	)

	model := intelligence.KnowledgeModel{
		PackageKey: "order-to-cash", Key: "otc-km", Name: "Order to Cash", Published: "2026-02-03 09:15:00",
		ExtendedID: "order-to-cash.base", Content: orderToCash(),
	}

	return Options{
		Intelligence: intelligence.Options{
			KnowledgeModels: defaultModels,
			Models: []intelligence.KnowledgeModel{
				model,
				{PackageKey: "order-to-cash", Key: "base", Name: "Order to Cash - Base", Published: "2026-01-20 16:40:12"},
			},
		},
		SCIM: scim.Options{
			GeneratedUsers: defaultUsers, GeneratedGroups: defaultGroups,
			Users: []scim.User{
				{
					ID: "d3a5b9e1-7c26-4f48-9b0d-5e1f8a6c2437", UserName: "grace.hopper@example.com", DisplayName: "Grace Hopper",
					ExternalID: "hr-0042", Role: scim.RoleAnalyst,
				},
				{ID: alanID, UserName: "alan.turing@example.com", DisplayName: "Alan Turing", ExternalID: "hr-0043", Role: scim.RoleMember},
				{
					ID: "71b4e0c9-5d38-4f2a-8c16-9e7a3b5d0f62", UserName: "margaret.hamilton@example.com", DisplayName: "Margaret Hamilton",
					ExternalID: "hr-0044", Role: scim.RoleAdmin,
				},
			},
			Groups: []scim.Group{
				{ID: readersID, DisplayName: "Procurement readers", Role: scim.RoleMember, Members: []string{alanID}},
				{ID: engineersID, DisplayName: "Process engineers", Role: scim.RoleAnalyst},
			},
		},
		Reports: team.Options{
			LoginEvents: defaultEvents, Permissions: defaultPermissions, AuditEvents: defaultEvents,
			Grants: []team.Grant{
				{
					SubjectName: "Process engineers", SubjectType: "GROUP", SubjectID: engineersID, Role: scim.RoleAnalyst, Service: packages,
					ObjectName: "Order to Cash", ObjectType: "PACKAGE", ObjectID: "order-to-cash", Actions: []string{"USE_PACKAGE", "EDIT_PACKAGE"},
				},
				{
					SubjectName: "Procurement readers", SubjectType: "GROUP", SubjectID: readersID, Role: scim.RoleMember, Service: packages,
					ObjectName: "Order to Cash", ObjectType: "PACKAGE", ObjectID: "order-to-cash", Actions: []string{"USE_PACKAGE"},
				},
				{
					SubjectName: "terraform-production", SubjectType: "APPLICATION", SubjectID: "0d9f4b62-3c7e-4e15-a8b1-6f2d5c9e7a30",
					Service: packages, ObjectName: "Order to Cash", ObjectType: "PACKAGE", ObjectID: "order-to-cash",
					Actions: []string{"USE_PACKAGE"},
				},
			},
		},
		Subscriptions: intelligence.SubscriptionOptions{Existing: []intelligence.Subscription{
			{
				ID: "8c985281-25a0-4cb1-80de-1f7a6327dd4f", KnowledgeModelID: model.ID(), TriggerID: model.Content.Triggers[1].ID,
				Name: "Customers to CRM", CallbackURI: "https://hooks.example.com/celonis/customers",
				Latest: time.Date(2026, time.February, 4, 7, 30, 0, 0, time.UTC), LatestOffset: 41, NextOffset: 42,
			},
			{
				ID: "5a0e9d73-2c46-4b81-9f35-8d1c7e6b4a20", KnowledgeModelID: model.ID(), TriggerID: model.Content.Triggers[1].ID,
				Name: "Customers to archive", CallbackURI: "https://hooks.example.com/celonis/archive", Status: intelligence.SubscriptionSuspended,
			},
		}},
	}
}

// orderToCash returns the content of the Knowledge Model that the documentation uses.
func orderToCash() *intelligence.Content {
	content := &intelligence.Content{
		Records: []intelligence.Record{
			{
				ID: "SALES_ORDER", Name: "Sales order", Description: "Order headers", ShortDisplayName: "SO",
				Fields: []intelligence.Field{
					{ID: "ID", Name: "Id", Description: "Number of the order", Type: intelligence.FieldString},
					{ID: "CITY", Name: "City", Type: intelligence.FieldString},
					{ID: "AMOUNT", Name: "Amount", Type: intelligence.FieldNumber, Format: "#.##", Unit: "EUR"},
					{ID: "BLOCKED", Name: "Blocked", Type: intelligence.FieldBoolean},
					{ID: "CREATED_AT", Name: "Created at", Type: intelligence.FieldDate, Format: "%Y-%m-%d"},
					{ID: "LEAD_TIME", Name: "Lead time", Type: intelligence.FieldInteger, Unit: "days"},
				},
			},
			{
				ID: "CUSTOMER", Name: "Customer",
				Fields: []intelligence.Field{
					{ID: "ID", Name: "Id", Type: intelligence.FieldString}, {ID: "NAME", Name: "Name", Type: intelligence.FieldString},
				},
				Rows: []map[string]any{{"ID": "C-1", "NAME": "Nordlys AS"}, {"ID": "C-2", "NAME": "O'Fallon Ltd"}},
			},
		},
		KPIs: []intelligence.KPI{
			{
				ID: "AVG_LEAD_TIME", Name: "Average lead time", Description: "Mean days from order to cash", Format: "#.##", Unit: "days",
				Direction: "Down", Target: "14", RecordID: "SALES_ORDER", Aggregate: intelligence.AggregateAverage, FieldID: "LEAD_TIME",
			},
			{ID: "ORDER_COUNT", Name: "Orders", RecordID: "SALES_ORDER", Aggregate: intelligence.AggregateCount},
		},
		Filters: []intelligence.Filter{{
			ID: "BLOCKED_ORDERS", Name: "Blocked orders", Description: "Orders blocked for delivery",
			Expression: "SALES_ORDER.BLOCKED eq true",
		}},
		Triggers: []intelligence.Trigger{
			{ID: "3f6c1a85-0b7d-4e92-9c48-7d5e2f1a6b03", Name: "Order blocked", RecordID: "SALES_ORDER"},
			{ID: "a92d7e40-6c15-4b38-8f71-1e0b4c8d5f26", Name: "Customer changed", RecordID: "CUSTOMER"},
		},
	}

	orders := &content.Records[0]

	for _, order := range []struct {
		id, city, created string
		amount, leadTime  json.Number
		blocked           bool
	}{
		{"SO-1001", "Oslo", "2026-01-02", "1250.50", "10", true},
		{"SO-1002", "O'Fallon", "2026-01-02", "89.90", "14", false},
		{"SO-1003", "Oslo", "2026-01-04", "25000.00", "12", true},
		{"SO-1004", "Oslo", "2026-01-05", "480.00", "9", false},
		{"SO-1005", "Lyon", "2026-01-05", "7300.25", "15", true},
		{"SO-1006", "Lyon", "2026-01-07", "615.75", "11", false},
	} {
		orders.Rows = append(orders.Rows, map[string]any{
			"ID": order.id, "CITY": order.city, "AMOUNT": order.amount, "BLOCKED": order.blocked, "CREATED_AT": order.created,
			"LEAD_TIME": order.leadTime,
		})
	}

	return content
}
