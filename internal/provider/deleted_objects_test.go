package provider

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// TestApplyToADeletedObjectAdvisesPlanningAgain applies plans that were created before the object was deleted, such as saved plans and
// plans with -refresh=false.
func TestApplyToADeletedObjectAdvisesPlanningAgain(t *testing.T) {
	t.Parallel()

	type values = map[string]any

	const subscription = "celonis_subscription"

	hook := wantedSubscription{trigger: "trigger-1", name: "Blocked orders", uri: "https://hooks.example.com/blocked"}
	removeSubscription := func(team *simulator.Simulator, id string) { team.DeleteSubscription(id) }
	renamed, paused := hook, hook
	renamed.name, paused.paused = "Renamed", true

	for name, test := range map[string]struct {
		resource       string
		before, change values
		remove         func(team *simulator.Simulator, id string)
		noun           string
	}{
		"renamed user": {
			"celonis_user",
			values{"user_name": "ada@example.com"},
			values{"user_name": "ada@example.com", "display_name": "Ada"},
			(*simulator.Simulator).RemoveUser, "user",
		},
		"renamed group": {
			"celonis_group", values{"display_name": "Managed"}, values{"display_name": "Renamed"}, (*simulator.Simulator).RemoveGroup, "group",
		},
		"group with other members": {
			"celonis_group",
			values{"display_name": "Managed", "member_ids": textSet("user-000")},
			values{"display_name": "Managed", "member_ids": textSet("user-001")},
			(*simulator.Simulator).RemoveGroup, "group",
		},
		"renamed subscription": {subscription, hook.given(), renamed.given(), removeSubscription, "subscription"},
		"paused subscription":  {subscription, hook.given(), paused.given(), removeSubscription, "subscription"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, SCIM: oneGroup(2)})
			object := newProtocolObject(t, env, test.resource)
			object.must(test.before)

			planned := object.plan(test.change)
			before := object.state
			test.remove(team, object.text("id"))
			team.ResetJournal()

			diagnostics := object.apply(planned)
			if !diagnostics.hasError() {
				t.Fatalf("the apply succeeded: %s", diagnostics.text())
			}

			wantParts(t, diagnostics.text(), "Unable to change "+test.noun, "Request: ", object.text("id"),
				"The "+test.noun+" was deleted after Terraform last read it", "Plan again")

			if strings.Contains(diagnostics.text(), "spelling") {
				t.Errorf("the advice mentions the spelling: %s", diagnostics.text())
			}

			if !object.state.Equal(before) {
				t.Errorf("got state %s", object.state)
			}

			if got := team.Count(http.MethodPost, "/intelligence/*") + team.Count(http.MethodPost, "/scim/*"); got != 0 {
				t.Errorf("got %d creates", got)
			}
		})
	}
}

// TestApplyReportsWhichPartOfASubscriptionWasDeleted covers a subscription's Knowledge Model and its trigger. Changing either of them
// forces a new resource.
func TestApplyReportsWhichPartOfASubscriptionWasDeleted(t *testing.T) {
	t.Parallel()

	hook := wantedSubscription{trigger: "trigger-1", name: "Blocked orders", uri: "https://hooks.example.com/blocked"}

	for code, want := range map[string]string{
		"KM_MODEL_NOTFOUND": "`knowledge_model_id`", "SUBSCRIPTION_TRIGGER_NOTFOUND": "`trigger_id`",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
			object := newProtocolObject(t, env, "celonis_subscription")
			object.must(hook.given())

			renamed := hook
			renamed.name = "Renamed"
			planned := object.plan(renamed.given())
			team.Inject(simulator.Fault{
				Method: http.MethodPut, Status: http.StatusNotFound, Body: `{"title": "Not found", "status": 404, "errorCode": "` + code + `"}`,
			})

			wantParts(t, object.apply(planned).text(), "Unable to change subscription", want, "was deleted after Terraform last read it", "Plan again")
		})
	}
}

// TestMembershipOfADeletedGroupOrUserAdvisesPlanningAgain creates a membership whose group or user has been deleted since the plan.
func TestMembershipOfADeletedGroupOrUserAdvisesPlanningAgain(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		remove func(team *simulator.Simulator)
		parts  []string
	}{
		"group": {
			func(team *simulator.Simulator) { team.RemoveGroup("group-1") },
			[]string{"Unable to create membership", "The group does not exist", "deleted after Terraform last read it, plan again"},
		},
		"user": {
			func(team *simulator.Simulator) { team.RemoveUser("user-001") },
			[]string{"Unable to create membership", "user-001", "plan again"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: oneGroup(2, "user-000")})
			membership := newProtocolObject(t, env, "celonis_group_member")
			planned := membership.plan(map[string]any{"group_id": "group-1", "user_id": "user-001"})
			test.remove(team)

			wantParts(t, membership.apply(planned).text(), test.parts...)
		})
	}
}

// TestWrongIDsOfANewMembershipAreExplained covers wrong ids that are known only after apply.
func TestWrongIDsOfANewMembershipAreExplained(t *testing.T) {
	t.Parallel()

	const (
		group = `AttributeName("group_id")`
		user  = `AttributeName("user_id")`
	)

	for name, test := range map[string]struct {
		group, user string
		parts       map[string]string // the expected errors, by attribute
	}{
		"name instead of a group id": {
			"Analysts", "user-001", map[string]string{group: "`group_id` contains the name of a group. It must be the group's id, which is group-1."},
		},
		"address instead of a user id": {
			"group-1", "person.001@example.com", map[string]string{user: "`user_id` contains an e-mail address. It must be the id of a user"},
		},
		"user that does not exist": {"group-1", "user-999", map[string]string{user: "The user does not exist"}},
		"name and address": {
			"Analysts", "person.001@example.com",
			map[string]string{group: "contains the name of a group", user: "contains an e-mail address"},
		},
		"neither group nor user exists": {
			"group-9", "user-999", map[string]string{group: "The group does not exist", user: "The user does not exist"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for _, status := range []int{0, http.StatusBadRequest, http.StatusNotFound} {
				team, env := startTeam(t, simulator.Options{SCIM: oneGroup(2, "user-000")})
				if status != 0 {
					team.Inject(simulator.Fault{Method: http.MethodPut, Path: "/scim/v2/Groups/*", Status: status})
				}

				membership := newProtocolObject(t, env, "celonis_group_member")
				step := membership.plan(map[string]any{"group_id": tftypes.UnknownValue, "user_id": tftypes.UnknownValue})
				step.config = membership.decode(encoded(t, membership.schema, map[string]any{"group_id": test.group, "user_id": test.user}))
				step.state = membership.decode(encoded(t, membership.schema, map[string]any{
					"id": tftypes.UnknownValue, "group_id": test.group, "user_id": test.user,
				}))

				diags := membership.apply(step)
				if len(diags) != len(test.parts) {
					t.Fatalf("got %d diagnostics: %s", len(diags), diags.text())
				}

				for _, one := range diags {
					if part := test.parts[one.Attribute.String()]; part == "" || !strings.Contains(words(one.Detail), part) {
						t.Errorf("status %d: got for %s: %s", status, one.Attribute, one.Detail)
					}
				}

				wantMembers(t, team, "Analysts", "user-000")
			}
		})
	}
}

func TestAccSavedPlanForADeletedGroupAdvisesPlanningAgain(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{})
	w := newWorkspace(t, env, group(`display_name = "Analysts"`))
	w.must("apply", "-auto-approve")
	w.reconfigure(group(`display_name = "Renamed"`))
	w.must("plan", "-out=plan")
	team.RemoveGroup(groupAt(team, "Analysts").ID)

	for _, arguments := range [][]string{{"apply", "plan"}, {"apply", "-auto-approve", "-refresh=false"}} {
		output, err := w.run(arguments...)
		if err == nil {
			t.Errorf("%q succeeded", arguments)
		}

		wantParts(t, output, "Unable to change group", "with celonis_group.this", "was deleted after Terraform last read it", "Plan again")
	}

	output, _ := w.planned()
	wantParts(t, output, "Plan: 1 to add, 0 to change, 0 to destroy.")
}

// TestChangeWithADeletedMemberAdvisesPlanningAgain covers both statuses that the service may return when it rejects a member that does not
// exist.
func TestChangeWithADeletedMemberAdvisesPlanningAgain(t *testing.T) {
	t.Parallel()

	for _, status := range []int{http.StatusBadRequest, http.StatusNotFound} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: oneGroup(2)})
			object := newProtocolObject(t, env, "celonis_group")
			object.must(map[string]any{"display_name": "Managed"})

			planned := object.plan(map[string]any{"display_name": "Managed", "member_ids": textSet("user-001")})
			team.Inject(simulator.Fault{
				Method: http.MethodPut, Status: status, Body: strings.ReplaceAll(scimNotFound, "404", strconv.Itoa(status)),
			})

			wantParts(t, object.apply(planned).text(), "Unable to change group", "rejects a request if a member does not exist", "plan again")
		})
	}
}
