package provider

import (
	"errors"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// planned executes terraform plan, returns its output, and reports whether the plan contains changes.
func (w workspace) planned(arguments ...string) (string, bool) {
	w.t.Helper()

	output, err := w.run(append([]string{"plan", "-detailed-exitcode"}, arguments...)...)
	if err == nil {
		return output, false
	}

	// The CLI documents these exit codes: 0 for an empty plan, 1 for an error, and 2 for a plan with changes.
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 2 {
		w.t.Fatalf("the plan failed: %v\n%s", err, output)
	}

	return output, true
}

// mustPlanNothing checks that a plan is empty, and returns its output.
func (w workspace) mustPlanNothing() string {
	w.t.Helper()

	output, changes := w.planned()
	if changes {
		w.t.Errorf("the plan is not empty:\n%s", output)
	}

	return output
}

// reconfigure replaces the configuration, except for the provider block.
func (w workspace) reconfigure(configuration string) {
	w.t.Helper()

	if err := w.Configure(configuration); err != nil {
		w.t.Fatal(err)
	}
}

// wantParts checks that the CLI's output contains all of the given parts.
func wantParts(t *testing.T, output string, parts ...string) {
	t.Helper()

	got := words(output)
	for _, part := range parts {
		if !strings.Contains(got, words(part)) {
			t.Errorf("%q is missing from\n%s", part, output)
		}
	}
}

// TestAccUndeliveredSubscriptionWarnsAndPlansNoChange refreshes a subscription that does not deliver events, and then updates it. With some
// of the options, the update activates the subscription.
func TestAccUndeliveredSubscriptionWarnsAndPlansNoChange(t *testing.T) {
	t.Parallel()

	leaves := intelligence.SubscriptionOptions{UpdateLeavesFailed: true, UpdateLeavesRejected: true}

	for name, test := range map[string]struct {
		options intelligence.SubscriptionOptions
		status  intelligence.SubscriptionStatus
		warning string
		// after is the status that the subscription must have once it has been updated.
		after intelligence.SubscriptionStatus
	}{
		"failed": {
			status: intelligence.SubscriptionFailed, warning: "retries automatically for 8 hours", after: intelligence.SubscriptionActive,
		},
		"suspended": {
			status: intelligence.SubscriptionSuspended, warning: "Celonis was unable to deliver events to the callback for 8 hours", after: intelligence.SubscriptionActive,
		},
		"rejected": {
			status: intelligence.SubscriptionRejected, warning: "The callback rejected an event", after: intelligence.SubscriptionActive,
		},
		"failed, not activated by an update": {
			options: leaves, status: intelligence.SubscriptionFailed, warning: "retries automatically", after: intelligence.SubscriptionFailed,
		},
		"rejected, not activated by an update": {
			options: leaves, status: intelligence.SubscriptionRejected, warning: "replace it (`-replace`)", after: intelligence.SubscriptionRejected,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, Subscriptions: test.options})
			w := newWorkspace(t, env, minimalSubscription().resource())
			w.must("apply", "-auto-approve")

			id := team.Subscriptions()[0].ID
			team.SetSubscriptionStatus(id, test.status)

			warning := []string{
				"Warning: The subscription is " + string(test.status), "with celonis_subscription.this", "Blocked orders (" + id + "): ",
				"What to do:", test.warning,
			}
			wantParts(t, w.mustPlanNothing(), warning...)

			w.reconfigure(minimalSubscription(renamed("Mended")).resource())
			w.must("apply", "-auto-approve")

			if got := team.Subscriptions()[0]; got.Status != test.after || got.Name != "Mended" {
				t.Errorf("got %+v in Celonis, want status %s", got, test.after)
			}

			output := w.mustPlanNothing()
			if isWarned := strings.Contains(output, "Warning: The subscription is "); isWarned != (test.after == test.status) {
				t.Errorf("got a warning after the change: %t\n%s", isWarned, output)
			}
		})
	}
}

func TestAccUndeliveredSubscriptionIsPausedIfAllowed(t *testing.T) {
	t.Parallel()

	for _, allowed := range []bool{true, false} {
		t.Run(map[bool]string{true: "allowed", false: "refused"}[allowed], func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{
				Intelligence: intelligence.Options{Models: modelsForTests()}, Subscriptions: intelligence.SubscriptionOptions{PauseFromAnyStatus: allowed},
			})
			w := newWorkspace(t, env, minimalSubscription().resource())
			w.must("apply", "-auto-approve")
			team.SetSubscriptionStatus(team.Subscriptions()[0].ID, intelligence.SubscriptionFailed)
			w.reconfigure(minimalSubscription(paused(true)).resource())

			output, err := w.run("apply", "-auto-approve")
			if (err == nil) != allowed {
				t.Errorf("%v\n%s", err, output)
			}

			if allowed {
				w.mustPlanNothing()

				return
			}

			wantParts(t, output, "Unable to change subscription", "paused = true", "with the status failed cannot be paused", "What to do:")

			if _, changes := w.planned(); !changes {
				t.Error("the next plan does not pause the subscription again")
			}
		})
	}
}

// TestSubscriptionStaysInStateAfterUnexpectedResponses refreshes over the plugin protocol. TestAccUnreadableSubscriptionStaysInState covers
// one of these failures with the CLI.
func TestSubscriptionStaysInStateAfterUnexpectedResponses(t *testing.T) {
	t.Parallel()

	problem := func(code string) string {
		return `{"title": "Not found", "status": 404, "detail": "Nothing here.", "errorCode": "` + code + `"}`
	}

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	wanted := minimalSubscription()
	subscription := newProtocolObject(t, env, "celonis_subscription")
	subscription.becomes(team, wanted, plancheck.ResourceActionCreate)

	for _, one := range []struct {
		name    string
		fault   simulator.Fault
		message string
	}{
		{"web page", simulator.Fault{HTML: true}, "Check `base_url`"},
		{"unknown path", simulator.Fault{Status: http.StatusNotFound, Body: problem("GENERAL_NOTFOUND_PATH")}, "status 404: GENERAL_NOTFOUND_PATH"},
		{"unknown limit", simulator.Fault{Status: http.StatusNotFound, Body: problem("LIMIT_NOTFOUND")}, "status 404: LIMIT_NOTFOUND"},
		{
			"error code for a missing subscription",
			simulator.Fault{Status: http.StatusNotFound, Body: problem("SUBSCRIPTION_SUBSCRIPTION_NOTFOUND")},
			"status 404: SUBSCRIPTION_SUBSCRIPTION_NOTFOUND",
		},
		{"error code for a missing model", simulator.Fault{Status: http.StatusNotFound, Body: problem("KM_MODEL_NOTFOUND")}, "status 404: KM_MODEL_NOTFOUND"},
		{"truncated body", simulator.Fault{CutBodyAt: 40}, "the connection was lost after 40 bytes"},
		{"truncated JSON", simulator.Fault{Status: http.StatusOK, Body: `{"content": [{"id": "1`}, "the list of subscriptions"},
		{"empty body", simulator.Fault{Status: http.StatusOK}, "the list of subscriptions"},
		{"empty object", simulator.Fault{Status: http.StatusOK, Body: `{}`}, "the response has no `content`"},
		{"null content", simulator.Fault{Status: http.StatusOK, Body: `{"content": null}`}, "the response has no `content`"},
		{"not activated", simulator.Fault{Status: http.StatusForbidden}, "Event Subscription API is not activated for the team"},
		{
			"forbidden",
			simulator.Fault{Status: http.StatusForbidden, Body: `{"errorCode": "ADMIN_ACCESS_ERROR"}`},
			"EDIT PACKAGE on the Studio package",
		},
		{"server error", simulator.Fault{Status: http.StatusInternalServerError}, "(6 attempts)"},
		{"bare 404", simulator.Fault{Status: http.StatusNotFound}, "status 404"},
		{"item without an id", simulator.Fault{Status: http.StatusOK, Body: `{"content": [{"name": "x"}], "total": 1}`}, "has no id"},
	} {
		one.fault.Method, one.fault.Path, one.fault.Times = http.MethodGet, subscriptionsPath, -1
		team.ClearFaults()
		team.Inject(one.fault)

		subscription.wantUnreadable(one.name, "Unable to read subscription", "Request: GET ", subscriptionsPath, "What to do: ", one.message)
	}

	team.ClearFaults()
	subscription.becomes(team, wanted, plancheck.ResourceActionNoop)
}

func TestAccUnreadableSubscriptionStaysInState(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	w := newWorkspace(t, env, minimalSubscription().resource())
	w.must("apply", "-auto-approve")

	state := filepath.Join(w.Folder, "terraform.tfstate")
	before := read(t, state)

	team.Inject(simulator.Fault{Method: http.MethodGet, Path: subscriptionsPath, Times: -1, HTML: true})

	for _, command := range [][]string{{"plan"}, {"apply", "-refresh-only", "-auto-approve"}} {
		output, err := w.run(command...)
		if err == nil {
			t.Errorf("%v succeeded:\n%s", command, output)
		}

		wantParts(t, output, "Error: Unable to read subscription", "with celonis_subscription.this", "Request: GET ", subscriptionsPath,
			"What to do: ", "Check `base_url`")

		if after := read(t, state); after != before {
			t.Fatalf("%v changed the state from\n%s\nto\n%s", command, before, after)
		}
	}

	team.ClearFaults()
	w.mustPlanNothing()

	if len(team.Subscriptions()) != 1 {
		t.Errorf("got %+v in Celonis", team.Subscriptions())
	}
}

// TestAccListedSubscriptionIsTreatedAsDeletedOnceUnlisted covers a new subscription, which may be missing from the list for a while. Once a
// list has contained the subscription, its absence from a later list means that it was deleted.
func TestAccListedSubscriptionIsTreatedAsDeletedOnceUnlisted(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	// The first list request, before the create, succeeds. The second, after the create, fails.
	team.Inject(simulator.Fault{Method: http.MethodGet, Path: subscriptionsPath, Skip: 1, Status: http.StatusForbidden})

	w := newWorkspace(t, env, minimalSubscription().resource())
	w.must("apply", "-auto-approve")
	w.mustPlanNothing()
	w.must("apply", "-refresh-only", "-auto-approve") // A plan does not store the refreshed state.
	team.DeleteSubscription(team.Subscriptions()[0].ID)

	if output, changes := w.planned(); !changes {
		t.Errorf("the plan does not create the subscription again:\n%s", output)
	}
}

// newSubscriptionObject starts a team with the given options, and returns a subscription object in it.
func newSubscriptionObject(t *testing.T, options intelligence.SubscriptionOptions) (*simulator.Simulator, *protocolObject) {
	t.Helper()

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, Subscriptions: options})

	return team, newProtocolObject(t, env, "celonis_subscription")
}

// wantDiagnostics checks that the diagnostics contain all of the given parts and none of the others.
func wantDiagnostics(t *testing.T, diags protocolDiagnostics, parts []string, others ...string) {
	t.Helper()

	for _, part := range parts {
		if !strings.Contains(diags.text(), part) {
			t.Errorf("%q is missing from\n%s", part, diags.text())
		}
	}

	for _, other := range others {
		if strings.Contains(diags.text(), other) {
			t.Errorf("unexpected %q in\n%s", other, diags.text())
		}
	}
}

// TestOwnerOfASubscriptionMayChangeAfterAPlan checks that a plan leaves the owner's name unknown. The name may change before the apply, and
// Terraform rejects a result that differs from the plan.
func TestOwnerOfASubscriptionMayChangeAfterAPlan(t *testing.T) {
	t.Parallel()

	for name, happens := range map[string]func(team *simulator.Simulator, life *protocolObject) plannedStep{
		"unknown after the create": func(team *simulator.Simulator, life *protocolObject) plannedStep {
			// The first list request, before the create, succeeds. The second, after the create, fails.
			team.Inject(simulator.Fault{Method: http.MethodGet, Path: subscriptionsPath, Skip: 1, Status: http.StatusForbidden})
			life.must(minimalSubscription().given())

			if got := life.text("owner_name"); got != "" {
				life.t.Errorf("got owner %q before the read", got)
			}

			return life.plan(minimalSubscription(renamed("Another name")).given())
		},
		"changed in the meantime": func(team *simulator.Simulator, life *protocolObject) plannedStep {
			life.must(minimalSubscription().given())

			step := life.plan(minimalSubscription(renamed("Another name")).given())
			team.ChangeSubscription(team.Subscriptions()[0].ID, func(s *intelligence.Subscription) {
				s.OwnerName = "Another owner"
				s.Created = s.Created.Add(time.Hour)
			})

			return step
		},
		"removed in the meantime": func(team *simulator.Simulator, life *protocolObject) plannedStep {
			life.must(minimalSubscription().given())

			step := life.plan(minimalSubscription(renamed("Another name")).given())
			team.ChangeSubscription(team.Subscriptions()[0].ID, func(s *intelligence.Subscription) { s.OwnerName = "" })

			return step
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, life := newSubscriptionObject(t, intelligence.SubscriptionOptions{})
			life.t = t

			if diags := life.apply(happens(team, life)); diags.hasError() {
				t.Error(diags.text())
			}

			if diags := life.refresh(); len(diags) > 0 {
				t.Error(diags.text())
			}

			there := team.Subscriptions()[0]
			if there.Name != "Another name" || life.text("owner_name") != there.OwnerName ||
				life.text("created_at") != there.Created.UTC().Format(time.RFC3339) {
				t.Errorf("got %+v in Celonis and state %s", there, life.state)
			}
		})
	}
}

func TestUnlistedSubscriptionCausesAWarning(t *testing.T) {
	t.Parallel()

	team, life := newSubscriptionObject(t, intelligence.SubscriptionOptions{})
	life.must(minimalSubscription().given())

	id := life.text("id")
	team.DeleteSubscription(id)

	diags := life.refresh()
	if !life.state.IsNull() || diags.hasError() || len(diags) != 1 {
		t.Errorf("got state %s and diagnostics\n%s", life.state, diags.text())
	}

	wantDiagnostics(t, diags, []string{
		"WARNING: The subscription is no longer listed", "Blocked orders", id, "If the credentials or their permissions have changed, do not apply",
	})
}
