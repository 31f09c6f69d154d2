package clienttest

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// HeaderSecret is the secret in the callback header of [SubscriptionSpec].
const HeaderSecret = "hook-secret-of-no-real-callback"

// Models returns published Knowledge Models with the given names.
func Models(names ...string) []intelligence.KnowledgeModel {
	models := make([]intelligence.KnowledgeModel, 0, len(names))
	for index, name := range names {
		models = append(models, intelligence.KnowledgeModel{
			PackageKey: "package", Key: "model-" + string(rune('a'+index)), Name: name, Published: "2026-02-03 09:15:00",
		})
	}

	return models
}

// WantModels checks that a list contains each of the team's models exactly once, and that it is sorted by id.
func WantModels(t *testing.T, models []client.KnowledgeModel, team []intelligence.KnowledgeModel) {
	t.Helper()

	want := make([]client.KnowledgeModel, 0, len(team))
	for _, model := range team {
		want = append(want, client.KnowledgeModel{ID: model.ID(), Name: model.Name, Published: model.Published})
	}

	slices.SortFunc(want, func(a, b client.KnowledgeModel) int { return cmp.Compare(a.ID, b.ID) })

	if !slices.Equal(models, want) {
		t.Errorf("got %d models, want %d, each once and sorted by id", len(models), len(want))
	}
}

// LeastRequests returns the minimum number of requests needed to read a list with the given number of items, if the total in each response counts the
// whole list. If the list consists of one full page, the client also requests the next page.
func LeastRequests(count, pageSize int) int {
	if count == pageSize {
		return 2
	}

	return max(1, (count+pageSize-1)/pageSize)
}

// SCIMTeam returns the options of a team with generated users and groups.
func SCIMTeam(users, groups int, change ...func(*scim.Options)) simulator.Options {
	options := simulator.Options{SCIM: scim.Options{GeneratedUsers: users, GeneratedGroups: groups}}
	for _, apply := range change {
		apply(&options.SCIM)
	}

	return options
}

// SubscriptionTeam returns the options of a team with the triggers of [SubscriptionSpec] and [ExistingSubscriptions].
func SubscriptionTeam(options intelligence.SubscriptionOptions) simulator.Options {
	record := intelligence.Record{ID: "ORDER", Name: "Order", Fields: []intelligence.Field{{ID: "ID", Name: "Id", Type: "string"}}}
	model := intelligence.KnowledgeModel{
		PackageKey: "order-to-cash", Key: "otc-km", Name: "Order to Cash", Content: &intelligence.Content{
			Records: []intelligence.Record{record},
			Triggers: []intelligence.Trigger{
				{ID: "blocked", Name: "Order blocked", RecordID: "ORDER"}, {ID: "other", Name: "Order changed", RecordID: "ORDER"},
			},
		},
	}

	return simulator.Options{
		Subscriptions: options, Server: server.Options{Licence: "XL", MaxPageSize: 50},
		Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{model}},
	}
}

// SubscriptionSpec describes a subscription to the "blocked" trigger.
func SubscriptionSpec(name string) client.SubscriptionSpec {
	return client.SubscriptionSpec{
		KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "blocked", Name: name, CallbackURI: "https://hooks.example.com/" + name,
		Headers: map[string]transport.Secret{"Authorization": transport.NewSecret("Bearer " + HeaderSecret)},
	}
}

// ExistingSubscriptions returns subscriptions to the "other" trigger.
func ExistingSubscriptions(count int) []intelligence.Subscription {
	all := make([]intelligence.Subscription, 0, count)
	for index := range count {
		all = append(all, intelligence.Subscription{
			ID: fmt.Sprintf("existing-%03d", index), Name: fmt.Sprintf("Existing %03d", index), KnowledgeModelID: "order-to-cash.otc-km",
			TriggerID: "other", CallbackURI: "https://hooks.example.com/existing",
		})
	}

	return all
}

// AllEvents returns a query for all events that a team in a synctest bubble can contain. Fake time in a bubble starts at the beginning of 2000.
func AllEvents() client.EventQuery {
	return client.EventQuery{
		From: time.Date(1999, time.January, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2001, time.January, 1, 0, 0, 0, 0, time.UTC),
		MaxEvents: 1000,
	}
}
