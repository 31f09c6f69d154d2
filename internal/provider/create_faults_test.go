package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// TestAccApplySucceedsDespiteFaultsInCreates covers faults after which it is unknown whether the request was carried out. A single run
// covers all faults, because looking up the outcome takes a few seconds.
func TestAccApplySucceedsDespiteFaultsInCreates(t *testing.T) {
	t.Parallel()

	faults := []simulator.Fault{
		{Reset: true},
		{ResetAfter: true},
		{CutBodyAt: 3},
		{Status: http.StatusServiceUnavailable},
		{Status: http.StatusBadGateway, Body: "<html></html>"},
		{Body: " "},
		{Status: http.StatusOK},
	}
	paths := []string{usersPath, groupsPath, creationPath}

	const configuration = `
		resource "celonis_user" "this" {
		  count     = 10
		  user_name = "user-${count.index}@example.com"
		  role      = "ANALYST"
		}

		resource "celonis_group" "this" {
		  count        = 10
		  display_name = "Group ${count.index}"
		}

		resource "celonis_subscription" "this" {
		  count              = 10
		  knowledge_model_id = "order-to-cash.otc-km"
		  trigger_id         = "trigger-1"
		  name               = "Orders ${count.index}"
		  callback           = { uri = "https://hooks.example.com/orders" }
		}`

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})

	for _, fault := range faults {
		for _, at := range paths {
			fault.Method, fault.Path = http.MethodPost, at
			team.Inject(fault)
		}
	}

	w := newWorkspace(t, env, configuration)
	wantParts(t, w.must("apply", "-auto-approve", "-parallelism=50"), "30 added, 0 changed, 0 destroyed")

	if len(team.Users()) != 10 || len(team.Groups()) != 10 || len(team.Subscriptions()) != 10 || len(team.PendingFaults()) > 0 {
		t.Errorf("got %d users, %d groups and %d subscriptions; remaining faults: %+v",
			len(team.Users()), len(team.Groups()), len(team.Subscriptions()), team.PendingFaults())
	}

	for _, at := range paths { // Concurrent creates share one listing.
		if got := team.Count(http.MethodGet, at) + team.Count(http.MethodGet, at+"/*"); got > 5 {
			t.Errorf("got %d reads of %s", got, at)
		}
	}

	w.mustPlanNothing()
	w.must("destroy", "-auto-approve")

	if left := len(team.Users()) + len(team.Groups()) + len(team.Subscriptions()); left > 0 {
		t.Errorf("%d objects remain", left)
	}
}

func TestDuplicateCreateCausesAWarning(t *testing.T) {
	t.Parallel()

	var warnings []string

	do := &operation[userModel]{warn: func(_ path.Path, summary, detail string) { warnings = append(warnings, summary+"\n"+detail) }}

	err := warnIfDuplicated(do, "user", &transport.Error{
		Reason: transport.ReasonDuplicate, Detail: "the object was created more than once: kept, which is kept, and other", ExistingID: "other",
	})
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "delete the user with the id other in Celonis") {
		t.Errorf("%v, %q", err, warnings)
	}

	refused := &transport.Error{Reason: transport.ReasonForbidden}
	if err := warnIfDuplicated(do, "user", refused); err != error(refused) || len(warnings) != 1 { //nolint:errorlint // The error must be returned unchanged.
		t.Errorf("%v, %q", err, warnings)
	}
}

func TestUnknownOutcomeOfAUserCreateHasSpecificAdvice(t *testing.T) {
	t.Parallel()

	for id, want := range map[string]string{
		"": "Apply again. If the object was created after all", "u-1": "Look up the object with the id u-1 in Celonis.",
	} {
		failure := &transport.Error{Reason: transport.ReasonStatus, Area: scim.Area, OutcomeUnknown: true, ExistingID: id}
		if got := (&connection{}).advice(failure); !strings.HasPrefix(got, want) {
			t.Errorf("%q: %s", id, got)
		}
	}
}
