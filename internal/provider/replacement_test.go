package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// TestReplacementThatCannotBeCreatedIsRejectedAtPlanTime checks that the plan fails. Otherwise, the apply would destroy the existing object,
// and then fail to create its replacement.
func TestReplacementThatCannotBeCreatedIsRejectedAtPlanTime(t *testing.T) {
	t.Parallel()

	type values = map[string]any

	hook := wantedSubscription{trigger: "trigger-1", name: "Blocked orders", uri: "https://hooks.example.com/blocked"}
	elsewhere, another := hook, hook
	elsewhere.trigger, another.trigger = "trigger-9", "trigger-2"
	membership := values{"group_id": "group-1", "user_id": "user-000"}
	memberships := values{"group_id": "group-1", "user_ids": textSet("user-000")}

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
		"name instead of a group id, for a set": {
			"celonis_group_members", memberships,
			values{"group_id": "Analysts", "user_ids": textSet("user-000")},
			[]string{
				"Unable to replace set of memberships", "`group_id` contains the name of a group. It must be the group's id, which is group-1.",
				"The existing memberships are kept",
			},
		},
		"group that does not exist, for a set": {
			"celonis_group_members", memberships,
			values{"group_id": "group-9", "user_ids": textSet("user-000")},
			[]string{"Unable to replace set of memberships", "Set `group_id` to the id of a group"},
		},
		"another user in a set": {
			"celonis_group_members", memberships, values{"group_id": "group-1", "user_ids": textSet("user-000", "user-001")}, nil,
		},
		"unknown group of a set": {
			"celonis_group_members", memberships, values{"group_id": tftypes.UnknownValue, "user_ids": textSet("user-000")}, nil,
		},
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

// TestNameInsteadOfAnIDIsRejectedAtPlanTime covers new memberships. A plan looks up only ids that look like names.
func TestNameInsteadOfAnIDIsRejectedAtPlanTime(t *testing.T) {
	t.Parallel()

	type values = map[string]any

	const uuid = "6f0a2d5e-8b17-4c93-a4d8-3e9b1c7f5a20"

	for name, test := range map[string]struct {
		resource string
		planned  values
		reads    int
		parts    []string // if empty, the plan must succeed
	}{
		"group": {
			"celonis_group_member",
			values{"group_id": "Analysts", "user_id": "user-000"},
			2,
			[]string{"Unable to plan membership", "`group_id` contains the name of a group. It must be the group's id, which is group-1."},
		},
		"group of a set": {
			"celonis_group_members",
			values{"group_id": "Analysts", "user_ids": textSet("user-000")},
			2,
			[]string{"Unable to plan set of memberships", "must be the group's id, which is group-1."},
		},
		"group, with addresses": {
			"celonis_group_members",
			values{"group_id": "Analysts", "user_names": textSet("person.000@example.com")},
			2,
			[]string{"Unable to plan set of memberships", "must be the group's id, which is group-1."},
		},
		"name of no group": {
			"celonis_group_member",
			values{"group_id": "Sales readers 2", "user_id": "user-000"},
			2,
			[]string{"Unable to plan membership", "Set `group_id` to the id of a group, not its name"},
		},
		"user": {
			"celonis_group_member",
			values{"group_id": "group-1", "user_id": "Grace Hopper"},
			1,
			[]string{"Unable to plan membership", "Set `user_id` to the id of a user"},
		},
		"group and user": {
			"celonis_group_member",
			values{"group_id": "Analysts", "user_id": "Grace Hopper"},
			3,
			[]string{"It must be the group's id", "Set `user_id` to the id of a user"},
		},
		"users of a set": {
			"celonis_group_members",
			values{"group_id": "group-1", "user_ids": textSet("user-000", "Grace Hopper", "Alan")},
			2,
			[]string{"Unable to plan set of memberships", "Set `user_ids` to user ids", "not user ids: Alan, Grace Hopper."},
		},
		"members of a group": {
			"celonis_group",
			values{"display_name": "Auditors", "member_ids": textSet("user-000", "Grace Hopper")},
			1,
			[]string{"Unable to plan group", "Set `member_ids` to user ids", "not user ids: Grace Hopper."},
		},
		"many users": {
			"celonis_group_members",
			values{"group_id": "group-1", "user_ids": textSet(strings.Split("abcdefghijklmnopqrstuvwxyz", "")...)},
			10,
			[]string{"not user ids: a, b, c, d, e, f, g, h, i, j."},
		},
		"ids":            {"celonis_group_member", values{"group_id": "group-9", "user_id": uuid}, 0, nil},
		"ids of a set":   {"celonis_group_members", values{"group_id": uuid, "user_ids": textSet("user-999")}, 0, nil},
		"unknown ids":    {"celonis_group_member", values{"group_id": tftypes.UnknownValue, "user_id": tftypes.UnknownValue}, 0, nil},
		"id like a name": {"celonis_group_member", values{"group_id": "existing group", "user_id": "user-000"}, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := oneGroup(2)
			options.Groups = append(options.Groups, scim.Group{ID: "existing group", DisplayName: "Existing"})
			team, env := startTeam(t, simulator.Options{SCIM: options})

			_, diagnostics := newProtocolObject(t, env, test.resource).tryPlan(test.planned)
			if diagnostics.hasError() != (len(test.parts) > 0) {
				t.Fatalf("got diagnostics %s", diagnostics.text())
			}

			wantParts(t, diagnostics.text(), test.parts...)

			if got := team.Count(http.MethodGet, "/scim/v2/Groups*") + team.Count(http.MethodGet, "/scim/v2/Users*"); got != test.reads {
				t.Errorf("got %d reads, want %d", got, test.reads)
			}
		})
	}
}

// TestAddressInsteadOfAnIDIsRejectedAtPlanTime configures an e-mail address in the member_ids of a group.
func TestAddressInsteadOfAnIDIsRejectedAtPlanTime(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{SCIM: oneGroup(2)})

	_, diagnostics := newProtocolObject(t, env, "celonis_group").tryPlan(map[string]any{
		"display_name": "Auditors", "member_ids": textSet("user-000", "person.001@example.com"),
	})
	wantParts(t, diagnostics.text(), "member_ids", "the id of a user, not an e-mail address")
}
