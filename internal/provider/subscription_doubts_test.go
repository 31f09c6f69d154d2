package provider

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// speaksOfSubscription starts a team with these options, and the life of one subscription in it.
func speaksOfSubscription(t *testing.T, options simulator.SubscriptionOptions) (*simulator.Simulator, *spoken) {
	t.Helper()

	team, env := startTeam(t, simulator.Options{Intelligence: simulator.IntelligenceOptions{Models: modelsForTests()}, Subscriptions: options})

	return team, newSpoken(t, env, "celonis_subscription")
}

// wantTold checks that all parts are said, and none of the others.
func wantTold(t *testing.T, said told, parts []string, others ...string) {
	t.Helper()

	for _, part := range parts {
		if !strings.Contains(said.text(), part) {
			t.Errorf("%q is missing in\n%s", part, said.text())
		}
	}

	for _, other := range others {
		if strings.Contains(said.text(), other) {
			t.Errorf("%q is in\n%s", other, said.text())
		}
	}
}

// The list may not show what was created yet, and must not make anybody forget it.
func TestSubscriptionWhosePauseFailedStaysInStateWhileTheListIsLate(t *testing.T) {
	t.Parallel()

	team, life := speaksOfSubscription(t, simulator.SubscriptionOptions{ListedAfter: time.Hour})
	team.Inject(simulator.Fault{Method: http.MethodPatch, Status: http.StatusForbidden, Body: `{"errorCode": "ADMIN_ACCESS_ERROR"}`})

	said := life.apply(life.plan(aSubscription(paused(true)).given()))
	if !said.hasError() || life.state.IsNull() || life.text("id") != team.Subscriptions()[0].ID {
		t.Fatalf("the state is %s, and it is told\n%s", life.state, said.text())
	}

	wantTold(t, said, []string{"was to be paused. It is in the state, and delivers events"})

	said = life.refresh()
	if said.hasError() || life.state.IsNull() {
		t.Errorf("after a refresh the state is %s, and it is told\n%s", life.state, said.text())
	}

	wantTold(t, said, []string{"WARNING: The subscription is not listed yet"})
}

// A list that shows the state of before a change says nothing about whether the change has made Celonis deliver.
func TestSubscriptionIsPausedAgainWhateverALateListShows(t *testing.T) {
	t.Parallel()

	team, life := speaksOfSubscription(t, simulator.SubscriptionOptions{UpdatesListedAfter: time.Hour})
	with := func(token string) map[string]any {
		return aSubscription(paused(true), func(w *wantedSubscription) { w.headers = map[string]string{callbackHeader: token} }).given()
	}

	life.must(with("Bearer the-first-token"))
	team.ChangeSubscription(team.Subscriptions()[0].ID, func(*simulator.Subscription) {}) // From now on the list shows that it is paused.
	life.must(with("Bearer the-second-token"))

	got := team.Subscriptions()[0]
	if got.Status != simulator.SubscriptionPaused || got.CallbackHeaders[callbackHeader] != "Bearer the-second-token" {
		t.Errorf("Celonis has %+v, want it paused", got)
	}

	if life.text("status") != "paused" {
		t.Errorf("the state says %q", life.text("status"))
	}
}

func TestSubscriptionThatIsCreatedPausedIsPausedInTheStateToo(t *testing.T) {
	t.Parallel()

	team, life := speaksOfSubscription(t, simulator.SubscriptionOptions{UpdatesListedAfter: time.Hour})
	life.must(aSubscription(paused(true)).given())

	if got := team.Subscriptions()[0].Status; got != simulator.SubscriptionPaused || life.text("status") != "paused" {
		t.Errorf("it is %s at Celonis, and %q in the state", got, life.text("status"))
	}
}

// Nobody plans the name of the owner, and Terraform stops where it is another one than a plan promised.
func TestOwnerOfASubscriptionMayChangeUnderAPlan(t *testing.T) {
	t.Parallel()

	for name, happens := range map[string]func(team *simulator.Simulator, life *spoken) plannedStep{
		"unknown at creation": func(team *simulator.Simulator, life *spoken) plannedStep {
			// The list before the creation comes, and the one after it does not.
			team.Inject(simulator.Fault{Method: http.MethodGet, Path: subscriptionsPath, Skip: 1, Status: http.StatusForbidden})
			life.must(aSubscription().given())

			if got := life.text("owner_name"); got != "" {
				life.t.Errorf("the owner is %q already", got)
			}

			return life.plan(aSubscription(renamed("Another name")).given())
		},
		"changed meanwhile": func(team *simulator.Simulator, life *spoken) plannedStep {
			life.must(aSubscription().given())

			step := life.plan(aSubscription(renamed("Another name")).given())
			team.ChangeSubscription(team.Subscriptions()[0].ID, func(s *simulator.Subscription) {
				s.OwnerName = "Another owner"
				s.Created = s.Created.Add(time.Hour)
			})

			return step
		},
		"gone meanwhile": func(team *simulator.Simulator, life *spoken) plannedStep {
			life.must(aSubscription().given())

			step := life.plan(aSubscription(renamed("Another name")).given())
			team.ChangeSubscription(team.Subscriptions()[0].ID, func(s *simulator.Subscription) { s.OwnerName = "" })

			return step
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, life := speaksOfSubscription(t, simulator.SubscriptionOptions{})
			life.t = t

			if said := life.apply(happens(team, life)); said.hasError() {
				t.Error(said.text())
			}

			if said := life.refresh(); len(said) > 0 {
				t.Error(said.text())
			}

			there := team.Subscriptions()[0]
			if there.Name != "Another name" || life.text("owner_name") != there.OwnerName ||
				life.text("created_at") != there.Created.UTC().Format(time.RFC3339) {
				t.Errorf("Celonis has %+v, and the state is %s", there, life.state)
			}
		})
	}
}

func TestSubscriptionThatIsNotListedAnyMoreComesWithAWarning(t *testing.T) {
	t.Parallel()

	team, life := speaksOfSubscription(t, simulator.SubscriptionOptions{})
	life.must(aSubscription().given())

	id := life.text("id")
	team.DeleteSubscription(id)

	said := life.refresh()
	if !life.state.IsNull() || said.hasError() || len(said) != 1 {
		t.Errorf("the state is %s, and it is told\n%s", life.state, said.text())
	}

	wantTold(t, said, []string{
		"WARNING: The subscription is not listed any more", "Blocked orders", id, "If the credentials or their permissions have changed, do not apply",
	})
}

func TestResumingASubscriptionThatDoesNotDeliverShowsItsStatus(t *testing.T) {
	t.Parallel()

	for _, status := range []simulator.SubscriptionStatus{
		simulator.SubscriptionFailed, simulator.SubscriptionSuspended, simulator.SubscriptionRejected,
	} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()

			team, life := speaksOfSubscription(t, simulator.SubscriptionOptions{})
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

func TestSubscriptionTakesModelAndTriggerOverAfterAnImportAlone(t *testing.T) {
	t.Parallel()

	team, life := speaksOfSubscription(t, simulator.SubscriptionOptions{})
	life.must(aSubscription().given())

	// Celonis cannot change these: it would be another way to write them.
	team.ChangeSubscription(life.text("id"), func(s *simulator.Subscription) { s.KnowledgeModelID, s.TriggerID = "order-to-cash.base", "trigger-2" })
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

func TestSubscriptionErrorsHoldNoQueryOfTheCallback(t *testing.T) {
	t.Parallel()

	const token = "token-of-no-real-callback"

	for name, test := range map[string]struct {
		host  string
		fault simulator.Fault
		part  string
	}{
		"unreachable": {"hooks.invalid", simulator.Fault{}, "Asked for: the callback https://hooks.invalid/orders"},
		"repeated by the service": {
			"hooks.example.com",
			simulator.Fault{Status: http.StatusBadRequest, Body: `{"errorCode": "SUBSCRIPTION_URI_ILLEGAL", "detail": "?key=` + token + ` is bad"}`},
			"SUBSCRIPTION_URI_ILLEGAL",
		},
		"lost": {"hooks.example.com", simulator.Fault{ResetAfter: true}, "with the callback https://hooks.example.com/orders"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, life := speaksOfSubscription(t, simulator.SubscriptionOptions{})
			// The list after the creation does not come, so that nobody waits for it.
			team.Inject(simulator.Fault{Method: http.MethodGet, Path: subscriptionsPath, Skip: 1, Status: http.StatusForbidden})

			if test.fault.Status != 0 || test.fault.ResetAfter {
				test.fault.Method, test.fault.Path = http.MethodPost, creationPath
				team.Inject(test.fault)
			}

			said := life.apply(life.plan(aSubscription(func(w *wantedSubscription) {
				w.uri = "https://" + test.host + "/orders?key=" + token
			}).given()))
			if !said.hasError() {
				t.Error("it worked")
			}

			wantTold(t, said, []string{test.part}, token)
		})
	}
}

// Whether the headers are null may be known only when they are sent, which would take away those that Celonis has.
func TestWriteOnlyHeadersThatTurnOutToBeNullAreRefused(t *testing.T) {
	t.Parallel()

	given := func(value any, version int) map[string]any {
		values := aSubscription().given()
		values["callback"] = callbackOf(map[string]any{"headers_wo": value, "headers_wo_version": version})

		return values
	}

	for name, version := range map[string]int{"at creation": 1, "at a change": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, life := speaksOfSubscription(t, simulator.SubscriptionOptions{})

			if version > 1 {
				life.must(given(map[string]string{"Accept": "a/b"}, 1))
			}

			before := team.Subscriptions()
			step := life.plan(given(tftypes.UnknownValue, version))
			step.config = life.decode(encoded(t, life.schema, given(nil, version)))

			said := life.apply(step)
			if !said.hasError() || said[0].Attribute != nil { // Terraform would print the lines of the callback.
				t.Errorf("it is told %+v", said)
			}

			wantTold(t, said, []string{"callback.headers_wo", "`headers_wo` is null"})

			after := team.Subscriptions()
			if len(after) != len(before) || len(after) == 1 && after[0].CallbackHeaders["Accept"] != "a/b" {
				t.Errorf("Celonis has %+v, and had %+v", after, before)
			}
		})
	}
}

// The list cannot be read, so that nothing shows whether the subscription was created.
func TestSubscriptionWithAnUnknownOutcomeIsLookedForByHand(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]simulator.Fault{
		"connection cut": {ResetAfter: true},
		"web page":       {HTML: true},
		"bad gateway":    {Status: http.StatusBadGateway},
		"without an id":  {Body: `{"id": null}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, life := speaksOfSubscription(t, simulator.SubscriptionOptions{})
			fault.Method, fault.Path = http.MethodPost, creationPath
			team.Inject(fault)
			team.Inject(simulator.Fault{Method: http.MethodGet, Path: subscriptionsPath, Skip: 1, Status: http.StatusForbidden})

			said := life.apply(life.plan(aSubscription().given()))
			if !said.hasError() || !life.state.IsNull() {
				t.Errorf("the state is %s", life.state)
			}

			wantTold(t, said, []string{
				"Unable to create subscription", "Request: POST ", "Answer: ", "Whether it was created is unknown", `"Blocked orders"`,
				"What to do: Before you apply again, look in Celonis whether it was created",
			}, "Run again", "Nothing was changed")

			if got := team.Count(http.MethodPost, creationPath); got != 1 {
				t.Errorf("%d creations were sent, want 1", got)
			}
		})
	}
}

// Whatever came in the place of an answer, what may have happened decides what to do.
func TestUnknownOutcomeHasItsOwnAdvice(t *testing.T) {
	t.Parallel()

	for _, reason := range []client.Reason{
		client.ReasonStatus, client.ReasonHTML, client.ReasonInvalidAnswer, client.ReasonTimeout, client.ReasonConnection, client.ReasonCanceled,
		client.ReasonRateLimited, client.ReasonTooLarge, client.ReasonRedirect,
	} {
		for _, retryAt := range []time.Time{{}, time.Now()} {
			var diagnostics diag.Diagnostics

			(&connection{}).report(&diagnostics, "Unable to create subscription", &client.Error{
				Reason: reason, Detail: client.DetailCanceled, Note: "Look for a subscription", OutcomeUnknown: true, RetryAt: retryAt,
			})

			detail := diagnostics[0].Detail()
			if !strings.Contains(detail, "Look for a subscription.\n\nWhat to do: Before you apply again, look") ||
				slices.ContainsFunc([]string{"Run again", "Nothing was changed"}, func(part string) bool { return strings.Contains(detail, part) }) {
				t.Errorf("%s: %s", reason, detail)
			}
		}
	}
}
