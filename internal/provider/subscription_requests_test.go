package provider

import (
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// existing returns the given number of subscriptions, as they would exist in Celonis before the run.
func existing(count int) []intelligence.Subscription {
	all := make([]intelligence.Subscription, count)
	for index := range all {
		all[index] = intelligence.Subscription{
			ID: fmt.Sprintf("existing-%03d", index), Name: fmt.Sprintf("Orders %d", index), KnowledgeModelID: "order-to-cash.otc-km",
			TriggerID: "trigger-1", CallbackURI: fmt.Sprintf("https://hooks.example.com/%d", index),
		}
	}

	return all
}

// numbered returns the configuration of the subscriptions that [existing] returns.
func numbered(count int) string {
	return fmt.Sprintf(`
		resource "celonis_subscription" "this" {
		  for_each           = toset([for index in range(%d) : tostring(index)])
		  knowledge_model_id = "order-to-cash.otc-km"
		  trigger_id         = "trigger-1"
		  name               = "Orders ${each.key}"
		  callback           = { uri = "https://hooks.example.com/${each.key}" }
		}`, count)
}

// listings returns the number of requests for the first page of the list of subscriptions.
func listings(team *simulator.Simulator) int {
	count := 0

	for _, entry := range team.Journal() {
		if entry.Method == http.MethodGet && entry.Path == subscriptionsPath && entry.Query.Get("page") == "0" {
			count++
		}
	}

	return count
}

func TestAccSubscriptionsAreRefreshedByOneListing(t *testing.T) {
	t.Parallel()

	const count = 100

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, Subscriptions: intelligence.SubscriptionOptions{Existing: existing(count)}})
	w := newWorkspace(t, env, numbered(count)+`
		import {
		  for_each = toset([for index in range(100) : tostring(index)])
		  to       = celonis_subscription.this[each.key]
		  id       = format("existing-%03d", each.key)
		}`)

	wantParts(t, w.must("apply", "-auto-approve"), "100 imported, 0 added, 0 changed, 0 destroyed")
	team.ResetJournal()
	w.mustPlanNothing()

	// The list has two pages, and the client caches it for ten seconds. If the refresh takes longer on a busy machine, the provider reads the
	// list twice.
	if pages, all := team.Count(http.MethodGet, subscriptionsPath), len(team.Journal()); pages != 2 && pages != 4 || all != pages+1 {
		t.Errorf("got %[2]d pages and %[3]d requests for a refresh of %[1]d subscriptions, want 2 pages and a token request", count, pages, all)
	}
}

func TestAccSubscriptionsAreCreatedWithFewListings(t *testing.T) {
	t.Parallel()

	const count = 10

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, Server: server.Options{Latency: 20 * time.Millisecond}})
	w := newWorkspace(t, env, numbered(count))
	w.must("apply", "-auto-approve")

	// If all creates overlap, as in the client's tests, two listings are sufficient. On a busy machine, the CLI may start some creates later.
	const mostListings = 4

	if posts, got := team.Count(http.MethodPost, creationPath), listings(team); posts != count || got > mostListings {
		t.Errorf("got %[2]d POSTs and %[3]d listings for %[1]d creates, want one POST each and at most %[4]d listings", count, posts, got, mostListings)
	}

	if all := len(team.Journal()); all > count+mostListings+1 {
		t.Errorf("got %d requests in total, want at most %d", all, count+mostListings+1)
	}

	w.mustPlanNothing()
}

func TestAccExistingSubscriptionIsImported(t *testing.T) {
	t.Parallel()

	wanted := minimalSubscription()
	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, Subscriptions: intelligence.SubscriptionOptions{
		Existing: []intelligence.Subscription{{
			Name: wanted.name, KnowledgeModelID: "order-to-cash.otc-km", TriggerID: wanted.trigger, CallbackURI: wanted.uri,
		}},
	}})
	w := newWorkspace(t, env, wanted.resource())

	output, err := w.run("apply", "-auto-approve")
	if err == nil {
		t.Fatalf("a second subscription was created:\n%s", output)
	}

	wantParts(t, output, `: name = "Blocked orders"`, "already", "Import the object instead of creating it")

	block := regexp.MustCompile(`(?m)^import \{\n  to = celonis_subscription\.NAME\n  id = "[^"]+"\n\}$`).FindString(output)
	if block == "" {
		t.Fatalf("want an import block in\n%s", output)
	}

	w.reconfigure(wanted.resource() + strings.ReplaceAll(block, "NAME", "this"))
	wantParts(t, w.must("apply", "-auto-approve"), "1 imported, 0 added, 0 changed, 0 destroyed")
	w.mustPlanNothing()

	if err := holds(team, wanted); err != nil {
		t.Error(err)
	}
}

// TestAccSubscriptionConfiguredTwiceIsCreatedTwice covers two identical subscriptions in one configuration. Creating both is intended,
// because Celonis does not require unique names. The check for existing subscriptions ignores subscriptions that the same run has created.
func TestAccSubscriptionConfiguredTwiceIsCreatedTwice(t *testing.T) {
	t.Parallel()

	for name, order := range map[string]string{"concurrently": "", "sequentially": "depends_on = [celonis_subscription.this]"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			wanted := minimalSubscription()
			team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
			w := newWorkspace(t, env, wanted.resource()+
				"resource \"celonis_subscription\" \"other\" {\n"+wanted.arguments()+order+"\n}\n")
			w.must("apply", "-auto-approve")

			if err := holds(team, wanted, wanted); err != nil {
				t.Error(err)
			}

			for _, one := range team.Subscriptions() {
				if !strings.Contains(read(t, filepath.Join(w.Folder, "terraform.tfstate")), one.ID) {
					t.Errorf("%s is not in the state", one.ID)
				}
			}

			w.mustPlanNothing()
			w.must("destroy", "-auto-approve")

			if err := holds(team); err != nil {
				t.Error(err)
			}
		})
	}
}
