package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// TestSubscriptionIsImportedByIDOrUniqueName also counts requests: the read after the import shares the list.
func TestSubscriptionIsImportedByIDOrUniqueName(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"Blocked orders": "sub-1",
		"sub-1":          "sub-1",
		"sub-2":          "sub-2",
		"sub-3":          "sub-3", // Also the name of sub-4.
		"Same name":      `error: 2 subscriptions have the name "Same name": sub-2, sub-3`,
		"blocked orders": `error: none of the 4 subscriptions that these credentials may see has the name "blocked orders"`,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
			for id, name := range map[string]string{"sub-1": "Blocked orders", "sub-2": "Same name", "sub-3": "Same name", "sub-4": "sub-3"} {
				team.AddSubscription(intelligence.Subscription{
					ID: id, KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "trigger-1", Name: name, CallbackURI: "https://hooks.example.com/",
				})
			}

			subscription := newSpoken(t, env, "celonis_subscription")

			said := subscription.importByText(text)
			if message, isError := strings.CutPrefix(want, "error: "); isError {
				if !said.hasError() || !strings.Contains(said.text(), message) {
					t.Errorf("%q is not in %q", message, said.text())
				}

				return
			}

			if said.hasError() || subscription.text("id") != want {
				t.Errorf("imported %s: %s", subscription.state, said.text())
			}

			if lists := team.Count(http.MethodGet, "/intelligence/api/subscriptions"); lists > 2 { // One by each of two provider processes.
				t.Errorf("%d requests for the list", lists)
			}
		})
	}
}

func TestLoweringTheVersionOfTheHeadersIsAWarning(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	subscription := newSpoken(t, env, "celonis_subscription")
	with := func(version any) map[string]any {
		callback := map[string]any{"uri": "https://hooks.example.com/"}
		if version != nil {
			callback["headers_wo"] = map[string]string{"Authorization": "Bearer secret"}
			callback["headers_wo_version"] = version
		}

		return map[string]any{
			"knowledge_model_id": "order-to-cash.otc-km", "trigger_id": "trigger-1", "name": "Orders", "callback": callbackOf(callback),
		}
	}

	for _, step := range []struct {
		version any
		isLower bool
	}{{nil, false}, {3, false}, {3, false}, {2, true}, {4, false}, {-1, true}, {nil, false}, {1, false}} {
		planned, said := subscription.tryPlan(with(step.version))
		if said.hasError() || strings.Contains(said.text(), "The version of the headers decreases") != step.isLower {
			t.Fatalf("version %v: %q", step.version, said.text())
		}

		if applied := subscription.apply(planned); applied.hasError() {
			t.Fatal(applied.text())
		}
	}
}

func TestSubscriptionKeepsModelAndTriggerExceptAfterAnImport(t *testing.T) {
	t.Parallel()

	team, life := speaksOfSubscription(t, intelligence.SubscriptionOptions{})
	life.must(aSubscription().given())

	// Celonis cannot change these: it would be another way to write them.
	team.ChangeSubscription(life.text("id"), func(s *intelligence.Subscription) {
		s.KnowledgeModelID, s.TriggerID = "order-to-cash.base", "trigger-2"
	})
	life.refresh()
	life.mustPlanNothing(aSubscription().given())

	// An import knows nothing but the id.
	imported := attributes(t, life.state)
	for name, value := range imported {
		if name != "id" {
			imported[name] = tftypes.NewValue(value.Type(), nil)
		}
	}

	life.state = tftypes.NewValue(life.schema.ValueType(), imported)
	life.refresh()

	if model, trigger := life.text("knowledge_model_id"), life.text("trigger_id"); model != "order-to-cash.base" || trigger != "trigger-2" {
		t.Errorf("the state has %q and %q", model, trigger)
	}
}
