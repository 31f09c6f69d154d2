package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// group returns the configuration of the resource "this".
func group(arguments ...string) string {
	return "resource \"celonis_group\" \"this\" {\n" + strings.Join(arguments, "\n") + "\n}\n"
}

// TestAccGroupKeepsOmittedAttributes covers a service that clears attributes that a PUT omits, in particular the members, and a service
// that keeps them.
func TestAccGroupKeepsOmittedAttributes(t *testing.T) {
	t.Parallel()

	for name, kept := range map[string][]string{"omitted attributes are cleared": nil, "omitted attributes are kept": scim.Attributes()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: scim.Options{
				Users: people(4), KeptWhenOmitted: kept,
				Groups: []scim.Group{{
					ID: "group-1", DisplayName: "Analysts", ExternalID: "grp-1", Role: "ANALYST", Members: []string{"user-000", "user-001"},
				}},
			}})
			w := newWorkspace(t, env, group(`display_name = "Analysts"`)+importOf("celonis_group.this", "Analysts"))
			w.must("apply", "-auto-approve")

			add := func(id string) {
				team.ChangeGroup("group-1", func(group *scim.Group) { group.Members = append(group.Members, id) })
			}

			// Change the omitted attributes outside Terraform, between the plan and the apply.
			w.reconfigure(group(`display_name = "Renamed"`))
			w.must("plan", "-out=plan")
			add("user-002")
			team.ChangeGroup("group-1", func(group *scim.Group) { group.ExternalID, group.Role = "set-outside", "ADMIN" })
			w.must("apply", "plan")
			wantMembers(t, team, "Renamed", "user-000", "user-001", "user-002")

			if got := groupAt(team, "Renamed"); got.ExternalID != "set-outside" || got.Role != "ADMIN" {
				t.Errorf("got %+v in Celonis", got)
			}

			w.mustPlanNothing()

			// Configure an empty set of members, then one member, and then omit the attribute.
			w.reconfigure(group(`display_name = "Renamed"`, "member_ids = []"))
			w.must("apply", "-auto-approve")
			wantMembers(t, team, "Renamed")
			w.reconfigure(group(`display_name = "Renamed"`, `member_ids = ["user-003"]`))
			w.must("apply", "-auto-approve")
			wantMembers(t, team, "Renamed", "user-003")
			add("user-000")

			if output, changes := w.planned(); !changes {
				t.Errorf("the plan does not remove the additional member:\n%s", output)
			}

			team.ResetJournal()
			w.reconfigure(group(`display_name = "Renamed"`))
			w.mustPlanNothing()
			w.must("apply", "-auto-approve")
			wantMembers(t, team, "Renamed", "user-000", "user-003")

			if got := writes(team); got != 0 {
				t.Errorf("got %d writes for omitted attributes", got)
			}
		})
	}
}

func TestAccMembershipManagedTwiceCausesAWarning(t *testing.T) {
	t.Parallel()

	const warning = "Warning: Two resources manage the same membership"

	_, env := startTeam(t, simulator.Options{SCIM: scim.Options{Users: people(3)}})
	members := `
		resource "celonis_group_member" "this" {
		  for_each = toset(["user-001", "user-002"])
		  group_id = celonis_group.this.id
		  user_id  = each.key
		}`
	w := newWorkspace(t, env, group(`display_name = "Analysts"`)+members)

	if output := w.must("apply", "-auto-approve"); strings.Contains(output, warning) {
		t.Errorf("unexpected warning for a membership that is managed once:\n%s", output)
	}

	if output := w.mustPlanNothing(); strings.Contains(output, warning) {
		t.Errorf("unexpected warning for a membership that is managed once:\n%s", output)
	}

	w.reconfigure(group(`display_name = "Analysts"`, `member_ids = ["user-000"]`) + members)

	output, _ := w.planned()
	if count := strings.Count(output, warning); count != 1 || !strings.Contains(output, "one more similar warning") {
		t.Errorf("got %d warnings in\n%s", count, output)
	}

	wantParts(t, output, "`member_ids` of celonis_group", "celonis_group_member", "keep only one of the two")
}

func TestAccDestroySucceedsForDeletedObjects(t *testing.T) {
	t.Parallel()

	for _, answer := range scim.DeleteUnknown("").Words() {
		t.Run(string(answer), func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: scim.Options{DeleteUnknown: answer}})
			w := newWorkspace(t, env, user(`user_name = "ada@example.com"`)+group(`display_name = "Analysts"`)+`
				resource "celonis_group_member" "this" {
				  group_id = celonis_group.this.id
				  user_id  = celonis_user.this.id
				}`)
			w.must("apply", "-auto-approve")
			team.RemoveGroup(groupAt(team, "Analysts").ID)
			team.RemoveUser(userAt(team, "ada@example.com").ID)
			wantParts(t, w.must("destroy", "-auto-approve", "-refresh=false"), "3 destroyed")
		})
	}
}

func TestAccAmbiguousGroupNameIsNotImported(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: scim.Options{Groups: []scim.Group{{ID: "group-1", DisplayName: "Analysts"}}}})
	// List a second group with the same name. The simulator does not allow duplicate names, but Celonis may.
	team.Inject(simulator.Fault{Method: http.MethodGet, Path: groupsPath, Times: -1, Body: `{"totalResults": 2, "Resources": [` +
		`{"id": "group-1", "displayName": "Analysts"}, {"id": "group-2", "displayName": "Analysts"}]}`})

	w := newWorkspace(t, env, group(`display_name = "Analysts"`)+importOf("celonis_group.this", "Analysts"))

	output, err := w.run("plan")
	if err == nil {
		t.Errorf("the import succeeded although the name is ambiguous:\n%s", output)
	}

	wantParts(t, output, "Unable to import group", `2 groups have the display name "Analysts": group-1, group-2`, "one of the listed ids")

	for _, id := range []string{"group-1", "Nobody"} {
		w.reconfigure(group(`display_name = "Analysts"`) + importOf("celonis_group.this", id))

		output, err = w.run("plan")
		if (err == nil) != (id == "group-1") {
			t.Errorf("%s: %v\n%s", id, err, output)
		}
	}

	wantParts(t, output, "none of the 2 groups that these credentials can see has the display name \"Nobody\"")
}

func TestAccMissingMembersAreListedInErrors(t *testing.T) {
	t.Parallel()

	// The service returns only some of the members, so a PUT with these members would remove the others.
	const shown = 3

	team, env := startTeam(t, simulator.Options{SCIM: scim.Options{Users: people(shown + 2), MaxReturnedMembers: shown}})
	w := newWorkspace(t, env, group(`display_name = "Analysts"`, fmt.Sprintf(`member_ids = ["%s"]`, strings.Join(idsOf(people(shown+2)), `", "`))))

	output, err := w.run("apply", "-auto-approve")
	if err == nil {
		t.Fatalf("the apply succeeded:\n%s", output)
	}

	wantParts(t, output, "with celonis_group.this", "these members have not been added: user-003, user-004")
	wantMembers(t, team, "Analysts", idsOf(people(shown+2))...)
}
