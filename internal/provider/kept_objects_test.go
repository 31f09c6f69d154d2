package provider

import (
	"net/http"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

const membershipAtA = `
	resource "celonis_group_member" "a" {
	  group_id = "group-1"
	  user_id  = "user-000"
	}
	`

const groupAtA = `
	resource "celonis_group" "a" { display_name = "Auditors" }
	`

// TestAccPlanDoesNotDestroyAnObjectThatAnotherResourceKeeps removes one of two resources that manage the same object. The test uses the CLI
// because, during an apply, Terraform does not send unchanged resources to the provider.
func TestAccPlanDoesNotDestroyAnObjectThatAnotherResourceKeeps(t *testing.T) {
	t.Parallel()

	const conflict = "Error: One resource destroys an object that another resource keeps"

	for name, test := range map[string]struct {
		before, after string
		resolve       []string
		removed       string
	}{
		"two memberships": {
			before: membershipAtA + `
				resource "celonis_group_member" "b" {
				  group_id = "group-1"
				  user_id  = "user-000"
				}`,
			after: membershipAtA, removed: "celonis_group_member.b",
		},
		"a membership and a group that contains it": {
			before: groupAtA + `
				import {
				  to = celonis_group.this
				  id = "group-1"
				}
				` + group(`display_name = "Analysts"`, `member_ids = ["user-000"]`) + membershipAtA,
			after: group(`display_name = "Analysts"`, `member_ids = ["user-000"]`) + groupAtA, removed: "celonis_group_member.a",
		},
		"an imported group": {
			before: groupAtA, after: `
				import {
				  to = celonis_group.b
				  id = "Auditors"
				}
				resource "celonis_group" "b" { display_name = "Auditors" }`, removed: "celonis_group.a",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: oneGroup(3, "user-000")})
			w := newWorkspace(t, env, test.before)
			w.must("apply", "-auto-approve")
			w.reconfigure(test.after)

			output, err := w.run("apply", "-auto-approve")
			if err == nil {
				t.Errorf("the conflicting plan was applied: %s", output)
			}

			wantParts(t, output, conflict, "terraform state rm")
			wantMembers(t, team, "Analysts", "user-000")

			w.must("state", "rm", test.removed)
			w.must("apply", "-auto-approve")
			wantMembers(t, team, "Analysts", "user-000")
			w.mustPlanNothing()

			if team.Count(http.MethodDelete, "/*") > 0 {
				t.Error("an object was deleted")
			}

			w.must("destroy", "-auto-approve")
		})
	}
}

// TestPlannedObjectsConflictInEitherOrder covers both orders in which Terraform may plan the resources.
func TestPlannedObjectsConflictInEitherOrder(t *testing.T) {
	t.Parallel()

	one, other := membershipKey("group-1", "user-1"), membershipKey("group-1", "user-2")

	destroyedFirst := &plannedObjects{}
	if destroyedFirst.destroy(one) {
		t.Error("got a conflict although no resource keeps the object")
	}

	if _, isConflict := destroyedFirst.keep([]objectKey{other}); isConflict {
		t.Error("got a conflict with a different membership")
	}

	if conflict, isConflict := destroyedFirst.keep([]objectKey{other, one}); !isConflict || conflict != one {
		t.Errorf("%v, %t", conflict, isConflict)
	}

	keptFirst := &plannedObjects{}
	if _, isConflict := keptFirst.keep([]objectKey{one}); isConflict || keptFirst.destroy(other) || !keptFirst.destroy(one) {
		t.Error("a conflict is missing or wrong")
	}
}
