package provider

import (
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// subscriptionsForTests returns subscriptions with known values for every attribute. Two of them have the same name.
func subscriptionsForTests() []intelligence.Subscription {
	created := time.Date(2026, time.February, 1, 8, 0, 0, 0, time.UTC)

	return []intelligence.Subscription{
		{
			ID: "s-1", Name: "Blocked", KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "trigger-1", OwnerName: "Ada",
			CallbackURI: "https://hooks.example.com/1", SkipErrors: true, Created: created,
			Latest: created.AddDate(0, 1, 0), LatestOffset: 7, CallbackHeaders: map[string]string{"Authorization": "Bearer nobody-may-see"},
		},
		{
			ID: "s-2", Name: "Changed", KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "trigger-2", Created: created,
			CallbackURI: "https://hooks.example.com/2", Status: intelligence.SubscriptionPaused,
		},
		{
			ID: "s-3", Name: "Changed", KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "trigger-3", Created: created,
			CallbackURI: "https://hooks.example.com/3", Status: intelligence.SubscriptionRejected,
		},
	}
}

// subscriptionIDsAre returns a check of the ids in a list of subscriptions, including their order.
func subscriptionIDsAre(name string, ids ...string) statecheck.StateCheck {
	checks := make([]knownvalue.Check, 0, len(ids))
	for _, id := range ids {
		checks = append(checks, knownvalue.ObjectPartial(map[string]knownvalue.Check{"id": knownvalue.StringExact(id)}))
	}

	return statecheck.ExpectKnownValue("data.celonis_subscriptions."+name, tfjsonpath.New("subscriptions"), knownvalue.ListExact(checks))
}

func TestAccSubscriptionsAreListedAndLookedUp(t *testing.T) {
	t.Parallel()

	for name, options := range map[string]intelligence.SubscriptionOptions{
		"documented": {}, "dates with an offset": {Dates: intelligence.DatesWithOffset}, "dates with milliseconds": {Dates: intelligence.DatesMilliseconds},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options.Existing = subscriptionsForTests()
			team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, Subscriptions: options})
			text, null := knownvalue.StringExact, knownvalue.Null()

			first := map[string]knownvalue.Check{
				"id": text("s-1"), "name": text("Blocked"), "status": text("active"), "knowledge_model_id": text("order-to-cash.otc-km"),
				"trigger_id": text("trigger-1"), "callback_uri": text("https://hooks.example.com/1"), "skip_errors": knownvalue.Bool(true),
				"owner_name": text("Ada"), "created_at": text("2026-02-01T08:00:00Z"), "last_delivered_at": text("2026-03-01T08:00:00Z"),
			}
			second := map[string]knownvalue.Check{
				"id": text("s-2"), "name": text("Changed"), "status": text("paused"), "knowledge_model_id": text("order-to-cash.otc-km"),
				"trigger_id": text("trigger-2"), "callback_uri": text("https://hooks.example.com/2"), "skip_errors": knownvalue.Bool(false),
				"owner_name": null, "created_at": text("2026-02-01T08:00:00Z"), "last_delivered_at": null,
			}

			checks := []statecheck.StateCheck{
				subscriptionIDsAre("all", "s-1", "s-2", "s-3"),
				subscriptionIDsAre("of_model", "s-1", "s-2", "s-3"),
				subscriptionIDsAre("of_trigger", "s-2"),
				subscriptionIDsAre("rejected", "s-3"),
				subscriptionIDsAre("none"),
				statecheck.ExpectKnownValue("data.celonis_subscriptions.all", tfjsonpath.New("subscriptions").AtSliceIndex(0), knownvalue.ObjectExact(first)),
				statecheck.ExpectKnownValue("data.celonis_subscriptions.all", tfjsonpath.New("subscriptions").AtSliceIndex(1), knownvalue.ObjectExact(second)),
			}

			for attribute, value := range first {
				checks = append(checks, statecheck.ExpectKnownValue("data.celonis_subscription.by_name", tfjsonpath.New(attribute), value))
			}

			for attribute, value := range second {
				checks = append(checks, statecheck.ExpectKnownValue("data.celonis_subscription.by_id", tfjsonpath.New(attribute), value))
			}

			acceptance(t, env, step{
				config: `
					data "celonis_subscriptions" "all" {}
					data "celonis_subscriptions" "of_model" { knowledge_model_id = "order-to-cash.otc-km" }
					data "celonis_subscriptions" "of_trigger" {
					  knowledge_model_id = "order-to-cash.otc-km"
					  trigger_id         = "trigger-2"
					}
					data "celonis_subscriptions" "rejected" { status = "rejected" }
					data "celonis_subscriptions" "none" {
					  trigger_id = "trigger-1"
					  status     = "paused"
					}
					data "celonis_subscription" "by_name" { name = "Blocked" }
					data "celonis_subscription" "by_id" { id = "s-2" }`,
				state: checks,
			})

			if got, runs := listings(team), team.Count("POST", tokenPath); got > runs {
				t.Errorf("got %d listings in %d runs, want one shared listing per run", got, runs)
			}
		})
	}
}

func TestAccFailedSubscriptionLookupsStateTheReason(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{
		Intelligence: intelligence.Options{Models: modelsForTests()}, Subscriptions: intelligence.SubscriptionOptions{Existing: subscriptionsForTests()},
	})

	fails := func(arguments string, message *regexp.Regexp) refusal {
		return refusal{"data \"celonis_subscription\" \"x\" {\n" + arguments + "\n}", message.String()}
	}

	mustRefuse(t, env, "",
		fails(`name = "Changed"`, failsAt("name", "2 subscriptions have the name \"Changed\": s-2, s-3", "by one of the listed ids")),
		fails(`name = "changed"`, failsAt("name", "none of the 3 subscriptions", "case-sensitive", "EDIT PACKAGE")),
		fails(`id = "S-1"`, failsAt("id", "none of the 3 subscriptions", "case-sensitive")),
	)
	mustRefuse(t, env, "",
		fails("id = \"s-1\"\nname = \"Blocked\"", regexp.MustCompile(`(?s)id.*name`)),
		fails("", regexp.MustCompile(`(?s)id.*name`)),
		fails(`id = ""`, failsAt("id", "must not be empty")),
		refusal{"data \"celonis_subscriptions\" \"x\" {\nknowledge_model_id = \"otc-km\"\n}", failsAt("knowledge_model_id", "cannot be used").String()},
	)
}
