package provider

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// TestReplacementThatCannotBeCreatedIsRejectedAtPlanTime protects the existing object, which Terraform destroys before it creates the
// replacement.
func TestReplacementThatCannotBeCreatedIsRejectedAtPlanTime(t *testing.T) {
	t.Parallel()

	type values = map[string]any

	hook := wantedSubscription{trigger: "trigger-1", name: "Blocked orders", uri: "https://hooks.example.com/blocked"}
	elsewhere, another := hook, hook
	elsewhere.trigger, another.trigger = "trigger-9", "trigger-2"
	membership := values{"group_id": "group-1", "user_id": "user-000"}

	for name, test := range map[string]struct {
		resource      string
		before, after values
		parts         []string // if empty, the plan must succeed
	}{
		"name instead of a group id": {
			"celonis_group_member", membership,
			values{"group_id": "Analysts", "user_id": "user-000"},
			[]string{
				"Unable to replace membership", "`group_id` contains the name of a group. It must be the group's id, which is group-1.", "is kept",
			},
		},
		"group that does not exist": {
			"celonis_group_member", membership, values{"group_id": "group-9", "user_id": "user-000"}, []string{"Unable to replace membership"},
		},
		"address instead of a user id": {
			"celonis_group_member", membership,
			values{"group_id": "group-1", "user_id": "person.001@example.com"},
			[]string{"the id of a user, not an e-mail address"},
		},
		"user that does not exist": {
			"celonis_group_member", membership,
			values{"group_id": "group-1", "user_id": "user-999"},
			[]string{"Unable to replace membership", "Set `user_id` to the id of a user"},
		},
		"two wrong ids": {
			"celonis_group_member", membership,
			values{"group_id": "group-9", "user_id": "user-999"},
			[]string{"Set `group_id` to the id of a group", "Set `user_id` to the id of a user"},
		},
		"another user": {"celonis_group_member", membership, values{"group_id": "group-1", "user_id": "user-001"}, nil},
		"unknown user": {"celonis_group_member", membership, values{"group_id": "group-1", "user_id": tftypes.UnknownValue}, nil},
		"trigger that does not exist": {
			"celonis_subscription", hook.given(), elsewhere.given(),
			[]string{"Unable to replace subscription", "Set `trigger_id` to the id of a trigger", "is kept"},
		},
		"another trigger": {"celonis_subscription", hook.given(), another.given(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, SCIM: oneGroup(2, "user-000")})
			object := newProtocolObject(t, env, test.resource)
			object.must(test.before)
			team.ResetJournal()

			_, diagnostics := object.tryPlan(test.after)
			if diagnostics.hasError() != (len(test.parts) > 0) {
				t.Fatalf("got diagnostics %s", diagnostics.text())
			}

			wantParts(t, diagnostics.text(), test.parts...)

			if got := writes(team); got != 0 {
				t.Errorf("got %d writes during the plan", got)
			}

			// The provider must not look up unchanged ids.
			team.ResetJournal()
			object.mustPlanNothing(test.before)

			if got := team.Count(http.MethodGet, "/*"); got != 0 {
				t.Errorf("got %d reads in a plan without changes", got)
			}
		})
	}
}

// TestAddressInsteadOfAnIDIsRejectedAtPlanTime covers the members of a group.
func TestAddressInsteadOfAnIDIsRejectedAtPlanTime(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{SCIM: oneGroup(2)})

	_, diagnostics := newProtocolObject(t, env, "celonis_group").tryPlan(map[string]any{
		"display_name": "Auditors", "member_ids": textSet("user-000", "person.001@example.com"),
	})
	wantParts(t, diagnostics.text(), "member_ids", "the id of a user, not an e-mail address")
}
