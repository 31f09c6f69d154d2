package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// TestSubscriptionIsImportedByIDOrUniqueName also counts the requests, because the import and the read after it share the list.
func TestSubscriptionIsImportedByIDOrUniqueName(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"Blocked orders": "sub-1",
		"sub-1":          "sub-1",
		"sub-2":          "sub-2",
		"sub-3":          "sub-3", // The id sub-3 is also the name of sub-4.
		"Same name":      `error: 2 subscriptions have the name "Same name": sub-2, sub-3`,
		"blocked orders": `error: none of the 4 subscriptions that these credentials can see has the name "blocked orders"`,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
			for id, name := range map[string]string{"sub-1": "Blocked orders", "sub-2": "Same name", "sub-3": "Same name", "sub-4": "sub-3"} {
				team.AddSubscription(intelligence.Subscription{
					ID: id, KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "trigger-1", Name: name, CallbackURI: "https://hooks.example.com/",
				})
			}

			subscription := newProtocolObject(t, env, "celonis_subscription")

			diags := subscription.importByText(text)
			if message, isError := strings.CutPrefix(want, "error: "); isError {
				if !diags.hasError() || !strings.Contains(diags.text(), message) {
					t.Errorf("%q is missing from %q", message, diags.text())
				}

				return
			}

			if diags.hasError() || subscription.text("id") != want {
				t.Errorf("imported %s: %s", subscription.state, diags.text())
			}

			// Each of the two provider processes requests the list once.
			if lists := team.Count(http.MethodGet, "/intelligence/api/subscriptions"); lists > 2 {
				t.Errorf("got %d requests for the list", lists)
			}
		})
	}
}

func TestLoweringTheVersionOfTheHeadersCausesAWarning(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	subscription := newProtocolObject(t, env, "celonis_subscription")
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
		planned, diags := subscription.tryPlan(with(step.version))
		if diags.hasError() || strings.Contains(diags.text(), "headers_wo_version decreases") != step.isLower {
			t.Fatalf("version %v: got diagnostics %q", step.version, diags.text())
		}

		if applied := subscription.apply(planned); applied.hasError() {
			t.Fatal(applied.text())
		}
	}
}

func TestSubscriptionKeepsModelAndTriggerExceptAfterAnImport(t *testing.T) {
	t.Parallel()

	team, life := newSubscriptionObject(t, intelligence.SubscriptionOptions{})
	life.must(minimalSubscription().given())

	// Nobody can change these attributes in Celonis, so a different value must be a different spelling of the same value.
	team.ChangeSubscription(life.text("id"), func(s *intelligence.Subscription) {
		s.KnowledgeModelID, s.TriggerID = "order-to-cash.base", "trigger-2"
	})
	life.refresh()
	life.mustPlanNothing(minimalSubscription().given())

	// After an import, the state contains only the id.
	imported := attributes(t, life.state)
	for name, value := range imported {
		if name != "id" {
			imported[name] = tftypes.NewValue(value.Type(), nil)
		}
	}

	life.state = tftypes.NewValue(life.schema.ValueType(), imported)
	life.refresh()

	if model, trigger := life.text("knowledge_model_id"), life.text("trigger_id"); model != "order-to-cash.base" || trigger != "trigger-2" {
		t.Errorf("got %q and %q in the state", model, trigger)
	}
}
