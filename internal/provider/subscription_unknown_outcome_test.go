package provider

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

func TestSubscriptionErrorsNeverContainTheCallbackQuery(t *testing.T) {
	t.Parallel()

	const token = "token-of-no-real-callback"

	for name, test := range map[string]struct {
		host  string
		fault simulator.Fault
		part  string
	}{
		"unreachable": {"hooks.invalid", simulator.Fault{}, "Requested: the callback https://hooks.invalid/orders"},
		"address repeated by the service": {
			"hooks.example.com",
			simulator.Fault{Status: http.StatusBadRequest, Body: `{"errorCode": "SUBSCRIPTION_URI_ILLEGAL", "detail": "?key=` + token + ` is bad"}`},
			"SUBSCRIPTION_URI_ILLEGAL",
		},
		"lost": {"hooks.example.com", simulator.Fault{ResetAfter: true}, "with the callback https://hooks.example.com/orders"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, life := newSubscriptionObject(t, intelligence.SubscriptionOptions{})
			// The list request after the create fails, so the test does not wait until the list contains the subscription.
			team.Inject(simulator.Fault{Method: http.MethodGet, Path: subscriptionsPath, Skip: 1, Status: http.StatusForbidden})

			if test.fault.Status != 0 || test.fault.ResetAfter {
				test.fault.Method, test.fault.Path = http.MethodPost, creationPath
				team.Inject(test.fault)
			}

			diags := life.apply(life.plan(minimalSubscription(func(w *wantedSubscription) {
				w.uri = "https://" + test.host + "/orders?key=" + token
			}).given()))
			if !diags.hasError() {
				t.Error("the create succeeded")
			}

			wantDiagnostics(t, diags, []string{test.part}, token)
		})
	}
}

// TestUnknownOutcomeOfACreateStatesWhatToCheck covers creates whose outcome remains unknown because the list cannot be read.
func TestUnknownOutcomeOfACreateStatesWhatToCheck(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]simulator.Fault{
		"connection cut": {ResetAfter: true},
		"web page":       {HTML: true},
		"bad gateway":    {Status: http.StatusBadGateway},
		"without an id":  {Body: `{"id": null}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, life := newSubscriptionObject(t, intelligence.SubscriptionOptions{})
			fault.Method, fault.Path = http.MethodPost, creationPath
			team.Inject(fault)
			team.Inject(simulator.Fault{Method: http.MethodGet, Path: subscriptionsPath, Skip: 1, Status: http.StatusForbidden})

			diags := life.apply(life.plan(minimalSubscription().given()))
			if !diags.hasError() || !life.state.IsNull() {
				t.Errorf("got state %s", life.state)
			}

			wantDiagnostics(t, diags, []string{
				"Unable to create subscription", "Request: POST ", "Response: ", "It is unknown whether the object was created", `"Blocked orders"`,
				"What to do: Before you apply again, check in Celonis whether the object was created",
			}, "Retry", "Nothing was changed")

			if got := team.Count(http.MethodPost, creationPath); got != 1 {
				t.Errorf("got %d creates, want 1", got)
			}
		})
	}
}

// TestUnknownOutcomeHasSpecificAdvice checks that the advice is the same after every kind of failure that leaves it unknown whether the
// subscription was created.
func TestUnknownOutcomeHasSpecificAdvice(t *testing.T) {
	t.Parallel()

	for _, reason := range []transport.Reason{
		transport.ReasonStatus, transport.ReasonHTML, transport.ReasonInvalidResponse, transport.ReasonTimeout, transport.ReasonConnection, transport.ReasonCanceled,
		transport.ReasonRateLimited, transport.ReasonTooLarge, transport.ReasonRedirect,
	} {
		for _, retryAt := range []time.Time{{}, time.Now()} {
			var diagnostics diag.Diagnostics

			(&connection{}).report(&diagnostics, "Unable to create subscription", &transport.Error{
				Reason: reason, Detail: transport.DetailCanceled, Note: "Look for a subscription", OutcomeUnknown: true, RetryAt: retryAt,
			})

			detail := diagnostics[0].Detail()
			if !strings.Contains(detail, "Look for a subscription.\n\nWhat to do: Before you apply again, check") ||
				slices.ContainsFunc([]string{"Retry", "Nothing was changed"}, func(part string) bool { return strings.Contains(detail, part) }) {
				t.Errorf("%s: %s", reason, detail)
			}
		}
	}
}
