package provider

import (
	"net/http"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// TestSubscriptionStaysInStateIfItsPauseFailedAndTheListIsStale reads a list that does not contain the new subscription yet. The
// subscription must remain in the state.
func TestSubscriptionStaysInStateIfItsPauseFailedAndTheListIsStale(t *testing.T) {
	t.Parallel()

	team, life := newSubscriptionObject(t, intelligence.SubscriptionOptions{ListedAfter: time.Hour})
	team.Inject(simulator.Fault{Method: http.MethodPatch, Status: http.StatusForbidden, Body: `{"errorCode": "ADMIN_ACCESS_ERROR"}`})

	diags := life.apply(life.plan(minimalSubscription(paused(true)).given()))
	if !diags.hasError() || life.state.IsNull() || life.text("id") != team.Subscriptions()[0].ID {
		t.Fatalf("got state %s and diagnostics\n%s", life.state, diags.text())
	}

	wantDiagnostics(t, diags, []string{"was created but could not be paused. It is in the state and is delivering events"})

	diags = life.refresh()
	if diags.hasError() || life.state.IsNull() {
		t.Errorf("after a refresh: got state %s and diagnostics\n%s", life.state, diags.text())
	}

	wantDiagnostics(t, diags, []string{"WARNING: The subscription is not listed yet"})
}

// TestSubscriptionIsPausedAgainAfterAStaleListing covers an update followed by a stale list, which does not show whether the update has
// resumed the subscription.
func TestSubscriptionIsPausedAgainAfterAStaleListing(t *testing.T) {
	t.Parallel()

	team, life := newSubscriptionObject(t, intelligence.SubscriptionOptions{UpdatesListedAfter: time.Hour})
	with := func(token string) map[string]any {
		return minimalSubscription(paused(true), func(w *wantedSubscription) { w.headers = map[string]string{callbackHeader: token} }).given()
	}

	life.must(with("Bearer the-first-token"))
	// From now on, the list shows the subscription as paused.
	team.ChangeSubscription(team.Subscriptions()[0].ID, func(*intelligence.Subscription) {})
	life.must(with("Bearer the-second-token"))

	got := team.Subscriptions()[0]
	if got.Status != intelligence.SubscriptionPaused || got.CallbackHeaders[callbackHeader] != "Bearer the-second-token" {
		t.Errorf("got %+v in Celonis, want a paused subscription", got)
	}

	if life.text("status") != "paused" {
		t.Errorf("got status %q in the state", life.text("status"))
	}
}

func TestStateOfASubscriptionThatIsCreatedPaused(t *testing.T) {
	t.Parallel()

	team, life := newSubscriptionObject(t, intelligence.SubscriptionOptions{UpdatesListedAfter: time.Hour})
	life.must(minimalSubscription(paused(true)).given())

	if got := team.Subscriptions()[0].Status; got != intelligence.SubscriptionPaused || life.text("status") != "paused" {
		t.Errorf("got status %s in Celonis and %q in the state", got, life.text("status"))
	}
}

func TestResumingASubscriptionThatDoesNotDeliverShowsItsStatus(t *testing.T) {
	t.Parallel()

	for _, status := range []intelligence.SubscriptionStatus{
		intelligence.SubscriptionFailed, intelligence.SubscriptionSuspended, intelligence.SubscriptionRejected,
	} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()

			team, life := newSubscriptionObject(t, intelligence.SubscriptionOptions{})
			life.must(minimalSubscription(paused(true)).given())
			team.SetSubscriptionStatus(life.text("id"), status)

			wantDiagnostics(t, life.must(minimalSubscription().given()), []string{"WARNING: The subscription is " + string(status)})

			if got := life.text("status"); got != string(status) {
				t.Errorf("got status %q in the state", got)
			}

			life.refresh()
			life.mustPlanNothing(minimalSubscription().given())
		})
	}
}
