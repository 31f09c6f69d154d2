package provider

import (
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// membersOfOneGroup are memberships of group-1, of so many people from one on.
const membersOfOneGroup = `
	resource "celonis_group_member" "this" {
	  for_each = toset([for index in range(FROM, TO) : format("user-%03d", index)])
	  group_id = "group-1"
	  user_id  = each.key
	}
`

func memberships(from, to string) string {
	return strings.NewReplacer("FROM", from, "TO", to).Replace(membersOfOneGroup)
}

// oneGroup is a team with so many people, and a group of some of them.
func oneGroup(count int, members ...string) simulator.SCIMOptions {
	return simulator.SCIMOptions{
		Users: people(count), Groups: []simulator.SCIMGroup{{ID: "group-1", DisplayName: "Analysts", ExternalID: "grp-1", Members: members}},
	}
}

func TestAccGroupMemberLeavesOthersAlone(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(6, "user-000", "user-001")})
	w := newWorkspace(t, env, memberships("1", "5")) // One of them is in the group before.
	w.must("apply", "-auto-approve")
	wantMembers(t, team, "Analysts", "user-000", "user-001", "user-002", "user-003", "user-004")
	w.mustPlanNothing()

	// Somebody takes one out and puts one in.
	team.ChangeGroup("group-1", func(group *simulator.SCIMGroup) {
		group.Members = []string{"user-000", "user-001", "user-002", "user-003", "user-005"}
	})
	wantParts(t, w.must("apply", "-auto-approve"), "1 added, 0 changed, 0 destroyed")
	wantMembers(t, team, "Analysts", idsOf(people(6))...)

	w.must("destroy", "-auto-approve")
	wantMembers(t, team, "Analysts", "user-000", "user-005")

	if got := groupAt(team, "Analysts"); got.ExternalID != "grp-1" {
		t.Errorf("Celonis has %+v", got)
	}
}

func TestAccOneBadMembershipFailsAlone(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(19)})
	w := newWorkspace(t, env, memberships("0", "20")) // The last one is of nobody.

	output, err := w.run("apply", "-auto-approve")
	if err == nil || strings.Count(output, "Error: ") != 1 {
		t.Errorf("not one of them failed: %v\n%s", err, output)
	}

	wantParts(t, output, `with celonis_group_member.this["user-019"]`, "The member user-019 does not exist.", "What to do: ")
	wantMembers(t, team, "Analysts", idsOf(people(19))...)

	output, _ = w.planned()
	wantParts(t, output, "Plan: 1 to add, 0 to change, 0 to destroy.")
}

func TestAccGroupMemberIsImportedByGroupAndUser(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{SCIM: oneGroup(2, "user-000")})

	for id, message := range map[string]string{
		"group-1/user-000":   "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.",
		"group-1/user-001":   "The user user-001 is not a member of the group group-1.",
		"group-1":            `"group-1" is not of the form <group_id>/<user_id>`,
		"group-1/":           "is not of the form",
		"/user-000":          "is not of the form",
		"group-1/user-000/x": "is not of the form",
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			output, _ := newWorkspace(t, env, `
				resource "celonis_group_member" "this" {
				  group_id = "group-1"
				  user_id  = "user-000"
				}
				`+importOf("celonis_group_member.this", id)).run("plan")
			wantParts(t, output, message)
		})
	}
}
