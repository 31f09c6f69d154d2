package provider

import (
	"net/http"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// The list may not show what was created yet, and must not make anybody forget it.
func TestSubscriptionWhosePauseFailedStaysInStateWhileTheListIsLate(t *testing.T) {
	t.Parallel()

	team, life := speaksOfSubscription(t, intelligence.SubscriptionOptions{ListedAfter: time.Hour})
	team.Inject(simulator.Fault{Method: http.MethodPatch, Status: http.StatusForbidden, Body: `{"errorCode": "ADMIN_ACCESS_ERROR"}`})

	said := life.apply(life.plan(aSubscription(paused(true)).given()))
	if !said.hasError() || life.state.IsNull() || life.text("id") != team.Subscriptions()[0].ID {
		t.Fatalf("the state is %s, and it is told\n%s", life.state, said.text())
	}

	wantTold(t, said, []string{"was created and should now be paused. It is in the state, and delivers events"})

	said = life.refresh()
	if said.hasError() || life.state.IsNull() {
		t.Errorf("after a refresh the state is %s, and it is told\n%s", life.state, said.text())
	}

	wantTold(t, said, []string{"WARNING: The subscription is not listed yet"})
}

// A list with the state before a change does not show whether the change has made Celonis deliver.
func TestSubscriptionIsPausedAgainAfterALateListing(t *testing.T) {
	t.Parallel()

	team, life := speaksOfSubscription(t, intelligence.SubscriptionOptions{UpdatesListedAfter: time.Hour})
	with := func(token string) map[string]any {
		return aSubscription(paused(true), func(w *wantedSubscription) { w.headers = map[string]string{callbackHeader: token} }).given()
	}

	life.must(with("Bearer the-first-token"))
	team.ChangeSubscription(team.Subscriptions()[0].ID, func(*intelligence.Subscription) {}) // From now on the list shows that it is paused.
	life.must(with("Bearer the-second-token"))

	got := team.Subscriptions()[0]
	if got.Status != intelligence.SubscriptionPaused || got.CallbackHeaders[callbackHeader] != "Bearer the-second-token" {
		t.Errorf("Celonis has %+v, want it paused", got)
	}

	if life.text("status") != "paused" {
		t.Errorf("the state says %q", life.text("status"))
	}
}

func TestStateOfASubscriptionThatIsCreatedPaused(t *testing.T) {
	t.Parallel()

	team, life := speaksOfSubscription(t, intelligence.SubscriptionOptions{UpdatesListedAfter: time.Hour})
	life.must(aSubscription(paused(true)).given())

	if got := team.Subscriptions()[0].Status; got != intelligence.SubscriptionPaused || life.text("status") != "paused" {
		t.Errorf("it is %s at Celonis, and %q in the state", got, life.text("status"))
	}
}

func TestResumingASubscriptionThatDoesNotDeliverShowsItsStatus(t *testing.T) {
	t.Parallel()

	for _, status := range []intelligence.SubscriptionStatus{
		intelligence.SubscriptionFailed, intelligence.SubscriptionSuspended, intelligence.SubscriptionRejected,
	} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()

			team, life := speaksOfSubscription(t, intelligence.SubscriptionOptions{})
			life.must(aSubscription(paused(true)).given())
			team.SetSubscriptionStatus(life.text("id"), status)

			wantTold(t, life.must(aSubscription().given()), []string{"WARNING: The subscription is " + string(status)})

			if got := life.text("status"); got != string(status) {
				t.Errorf("the state says %q", got)
			}

			life.refresh()
			life.mustPlanNothing(aSubscription().given())
		})
	}
}
