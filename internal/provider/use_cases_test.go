package provider

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// TestAccGatewayExampleShowsANewKPI plans the gateway example again after a KPI has been added to the Knowledge Model.
func TestAccGatewayExampleShowsANewKPI(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.DefaultTeam())
	w := newWorkspace(t, env, "").with("TF_VAR_url", env["CELONIS_URL"])
	copyExample(t, filepath.Join(examples, "guides/agent_gateway"), w.Folder, env["CELONIS_URL"])

	wantParts(t, w.must("apply", "-auto-approve"), `"AVG_LEAD_TIME": "Mean days from order to cash"`,
		`"url": "`+env["CELONIS_URL"]+`/intelligence/api"`)

	team.Inject(simulator.Fault{
		Method: http.MethodGet, Path: modelsPath + "/order-to-cash.otc-km/kpis", Status: http.StatusOK,
		Body: `{"content": [{"id": "AVG_LEAD_TIME", "name": "Lead time", "description": "Mean days from order to cash"},` +
			`{"id": "LATE_ORDERS", "name": "Late orders"}], "page": 0, "pageSize": 50, "total": 2}`,
	})
	wantParts(t, w.must("plan"), `+ LATE_ORDERS`, `= "Late orders"`, "0 to add, 1 to change, 0 to destroy")
}

// TestAccSubscriptionExampleRotatesTheToken replaces the token in the callbacks, as the guide describes. The state must contain neither the
// old token nor the new one.
func TestAccSubscriptionExampleRotatesTheToken(t *testing.T) {
	t.Parallel()

	const first, second = "callback-token-1", "callback-token-2"

	team, env := startTeam(t, simulator.DefaultTeam())
	before := len(team.Subscriptions())
	w := newWorkspace(t, env, "").with("TF_VAR_callback_token", first)
	copyExample(t, filepath.Join(examples, "guides/subscribing_to_triggers"), w.Folder, env["CELONIS_URL"])

	// wantToken checks that both callbacks use the token, and that the state does not contain it.
	wantToken := func(token string) {
		t.Helper()

		count := 0

		for _, subscription := range team.Subscriptions() {
			if subscription.CallbackHeaders["Authorization"] == "Bearer "+token {
				count++
			}
		}

		if count != 2 || len(team.Subscriptions()) != before+2 {
			t.Errorf("got %d of %d subscriptions with the token %s", count, len(team.Subscriptions()), token)
		}

		if state := w.must("state", "pull"); strings.Contains(state, first) || strings.Contains(state, second) {
			t.Errorf("the state contains a token:\n%s", state)
		}
	}

	w.must("apply", "-auto-approve")
	wantToken(first)

	w = w.with("TF_VAR_callback_token", second).with("TF_VAR_callback_token_version", "2")
	wantParts(t, w.must("apply", "-auto-approve"), "0 added, 2 changed, 0 destroyed")
	wantToken(second)
}
