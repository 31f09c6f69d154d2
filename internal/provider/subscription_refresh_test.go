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

// planned returns what a plan prints, and whether it has changes.
func (w workspace) planned(arguments ...string) (string, bool) {
	w.t.Helper()

	output, err := w.run(append([]string{"plan", "-detailed-exitcode"}, arguments...)...)
	if err == nil {
		return output, false
	}

	// By documentation of the CLI: 0 is an empty plan, 1 an error, 2 a plan with changes.
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 2 {
		w.t.Fatalf("the plan failed: %v\n%s", err, output)
	}

	return output, true
}

// mustPlanNothing is a plan without changes, which it returns.
func (w workspace) mustPlanNothing() string {
	w.t.Helper()

	output, changes := w.planned()
	if changes {
		w.t.Errorf("there are changes to make:\n%s", output)
	}

	return output
}

// reconfigure replaces all that the configuration held beside the provider's address.
func (w workspace) reconfigure(configuration string) {
	w.t.Helper()

	if err := w.Configure(configuration); err != nil {
		w.t.Fatal(err)
	}
}

// wantParts checks that a text of the CLI holds all parts.
func wantParts(t *testing.T, output string, parts ...string) {
	t.Helper()

	got := words(output)
	for _, part := range parts {
		if !strings.Contains(got, words(part)) {
			t.Errorf("%q is missing in\n%s", part, output)
		}
	}
}

// TestAccSubscriptionThatDoesNotDeliverWarnsAndPlansNothing goes on to change the subscription, which activates it or not.
func TestAccSubscriptionThatDoesNotDeliverWarnsAndPlansNothing(t *testing.T) {
	t.Parallel()

	leaves := intelligence.SubscriptionOptions{UpdateLeavesFailed: true, UpdateLeavesRejected: true}

	for name, test := range map[string]struct {
		options intelligence.SubscriptionOptions
		status  intelligence.SubscriptionStatus
		warning string
		// after is what an update makes of it.
		after intelligence.SubscriptionStatus
	}{
		"failed": {
			status: intelligence.SubscriptionFailed, warning: "retries automatically for 8 hours", after: intelligence.SubscriptionActive,
		},
		"suspended": {
			status: intelligence.SubscriptionSuspended, warning: "Celonis could not deliver to the callback for too long", after: intelligence.SubscriptionActive,
		},
		"rejected": {
			status: intelligence.SubscriptionRejected, warning: "The callback rejected an event", after: intelligence.SubscriptionActive,
		},
		"failed for good": {
			options: leaves, status: intelligence.SubscriptionFailed, warning: "retries automatically", after: intelligence.SubscriptionFailed,
		},
		"rejected for good": {
			options: leaves, status: intelligence.SubscriptionRejected, warning: "replace it (`-replace`)", after: intelligence.SubscriptionRejected,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, Subscriptions: test.options})
			w := newWorkspace(t, env, aSubscription().resource())
			w.must("apply", "-auto-approve")

			id := team.Subscriptions()[0].ID
			team.SetSubscriptionStatus(id, test.status)

			told := []string{
				"Warning: The subscription is " + string(test.status), "with celonis_subscription.this", "Blocked orders (" + id + "): ",
				"What to do:", test.warning,
			}
			wantParts(t, w.mustPlanNothing(), told...)

			w.reconfigure(aSubscription(renamed("Mended")).resource())
			w.must("apply", "-auto-approve")

			if got := team.Subscriptions()[0]; got.Status != test.after || got.Name != "Mended" {
				t.Errorf("Celonis has %+v, want it %s", got, test.after)
			}

			output := w.mustPlanNothing()
			if isWarned := strings.Contains(output, "Warning: The subscription is "); isWarned != (test.after == test.status) {
				t.Errorf("warned after the change: %t\n%s", isWarned, output)
			}
		})
	}
}

func TestAccSubscriptionThatDoesNotDeliverIsPausedWhereCelonisLetsIt(t *testing.T) {
	t.Parallel()

	for _, allowed := range []bool{true, false} {
		t.Run(map[bool]string{true: "allowed", false: "refused"}[allowed], func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{
				Intelligence: intelligence.Options{Models: modelsForTests()}, Subscriptions: intelligence.SubscriptionOptions{PauseFromAnyStatus: allowed},
			})
			w := newWorkspace(t, env, aSubscription().resource())
			w.must("apply", "-auto-approve")
			team.SetSubscriptionStatus(team.Subscriptions()[0].ID, intelligence.SubscriptionFailed)
			w.reconfigure(aSubscription(paused(true)).resource())

			output, err := w.run("apply", "-auto-approve")
			if (err == nil) != allowed {
				t.Errorf("%v\n%s", err, output)
			}

			if allowed {
				w.mustPlanNothing()

				return
			}

			wantParts(t, output, "Unable to change subscription", "paused = true", "A subscription that is failed cannot be paused", "What to do:")

			if _, changes := w.planned(); !changes {
				t.Error("the next plan does not try again")
			}
		})
	}
}

// TestSubscriptionStaysInStateWhateverStrangeIsAnswered refreshes over the plugin protocol. TestAccUnreadableSubscriptionStaysInState
// shows what the CLI makes of one such failure.
func TestSubscriptionStaysInStateWhateverStrangeIsAnswered(t *testing.T) {
	t.Parallel()

	problem := func(code string) string {
		return `{"title": "Not found", "status": 404, "detail": "Nothing here.", "errorCode": "` + code + `"}`
	}

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	wanted := aSubscription()
	subscription := newSpoken(t, env, "celonis_subscription")
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
			"no subscription at all",
			simulator.Fault{Status: http.StatusNotFound, Body: problem("SUBSCRIPTION_SUBSCRIPTION_NOTFOUND")},
			"status 404: SUBSCRIPTION_SUBSCRIPTION_NOTFOUND",
		},
		{"no model", simulator.Fault{Status: http.StatusNotFound, Body: problem("KM_MODEL_NOTFOUND")}, "status 404: KM_MODEL_NOTFOUND"},
		{"cut off", simulator.Fault{CutBodyAt: 40}, "the connection was lost after 40 bytes"},
		{"half of the JSON", simulator.Fault{Status: http.StatusOK, Body: `{"content": [{"id": "1`}, "the list of subscriptions"},
		{"empty body", simulator.Fault{Status: http.StatusOK}, "the list of subscriptions"},
		{"no members", simulator.Fault{Status: http.StatusOK, Body: `{}`}, "the response has no `content`"},
		{"no content", simulator.Fault{Status: http.StatusOK, Body: `{"content": null}`}, "the response has no `content`"},
		{"not activated", simulator.Fault{Status: http.StatusForbidden}, "Event Subscription API is not activated for the team"},
		{
			"forbidden",
			simulator.Fault{Status: http.StatusForbidden, Body: `{"errorCode": "ADMIN_ACCESS_ERROR"}`},
			"EDIT PACKAGE on the Studio package",
		},
		{"fault of the service", simulator.Fault{Status: http.StatusInternalServerError}, "(6 attempts)"},
		{"bare 404", simulator.Fault{Status: http.StatusNotFound}, "status 404"},
		{"an item without an id", simulator.Fault{Status: http.StatusOK, Body: `{"content": [{"name": "x"}], "total": 1}`}, "has no id"},
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
	w := newWorkspace(t, env, aSubscription().resource())
	w.must("apply", "-auto-approve")

	state := filepath.Join(w.Folder, "terraform.tfstate")
	before := read(t, state)

	team.Inject(simulator.Fault{Method: http.MethodGet, Path: subscriptionsPath, Times: -1, HTML: true})

	for _, command := range [][]string{{"plan"}, {"apply", "-refresh-only", "-auto-approve"}} {
		output, err := w.run(command...)
		if err == nil {
			t.Errorf("%v worked:\n%s", command, output)
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
		t.Errorf("Celonis has %+v", team.Subscriptions())
	}
}

// A subscription that could not be read after its creation may be missing from the list for a while. Once it was listed, it is
// gone when the list lacks it.
func TestAccSubscriptionThatWasListedIsBelievedGone(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	// The list before the creation comes, and the one after it does not.
	team.Inject(simulator.Fault{Method: http.MethodGet, Path: subscriptionsPath, Skip: 1, Status: http.StatusForbidden})

	w := newWorkspace(t, env, aSubscription().resource())
	w.must("apply", "-auto-approve")
	w.mustPlanNothing()
	w.must("apply", "-refresh-only", "-auto-approve") // A plan alone keeps nothing of what it reads.
	team.DeleteSubscription(team.Subscriptions()[0].ID)

	if output, changes := w.planned(); !changes {
		t.Errorf("it is not missed:\n%s", output)
	}
}

// speaksOfSubscription starts a team with these options, and the life of one subscription in it.
func speaksOfSubscription(t *testing.T, options intelligence.SubscriptionOptions) (*simulator.Simulator, *spoken) {
	t.Helper()

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, Subscriptions: options})

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

// Nobody plans the name of the owner, and Terraform stops where it is another one than a plan promised.
func TestOwnerOfASubscriptionMayChangeAfterAPlan(t *testing.T) {
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
			team.ChangeSubscription(team.Subscriptions()[0].ID, func(s *intelligence.Subscription) {
				s.OwnerName = "Another owner"
				s.Created = s.Created.Add(time.Hour)
			})

			return step
		},
		"gone meanwhile": func(team *simulator.Simulator, life *spoken) plannedStep {
			life.must(aSubscription().given())

			step := life.plan(aSubscription(renamed("Another name")).given())
			team.ChangeSubscription(team.Subscriptions()[0].ID, func(s *intelligence.Subscription) { s.OwnerName = "" })

			return step
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, life := speaksOfSubscription(t, intelligence.SubscriptionOptions{})
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

func TestSubscriptionThatIsNoLongerListedCausesAWarning(t *testing.T) {
	t.Parallel()

	team, life := speaksOfSubscription(t, intelligence.SubscriptionOptions{})
	life.must(aSubscription().given())

	id := life.text("id")
	team.DeleteSubscription(id)

	said := life.refresh()
	if !life.state.IsNull() || said.hasError() || len(said) != 1 {
		t.Errorf("the state is %s, and it is told\n%s", life.state, said.text())
	}

	wantTold(t, said, []string{
		"WARNING: The subscription is no longer listed", "Blocked orders", id, "If the credentials or their permissions have changed, do not apply",
	})
}
