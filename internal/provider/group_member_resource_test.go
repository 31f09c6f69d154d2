package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// membersOfOneGroup configures memberships in group-1, for the users from index FROM up to, but not including, index TO.
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

// oneGroup returns a team with the given number of users, and a group that contains some of these users.
func oneGroup(count int, members ...string) scim.Options {
	return scim.Options{
		Users: people(count), Groups: []scim.Group{{ID: "group-1", DisplayName: "Analysts", ExternalID: "grp-1", Members: members}},
	}
}

func TestAccGroupMemberKeepsOtherMembers(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(6, "user-000", "user-001")})
	w := newWorkspace(t, env, memberships("1", "5")) // One of the users is already in the group.
	w.must("apply", "-auto-approve")
	wantMembers(t, team, "Analysts", "user-000", "user-001", "user-002", "user-003", "user-004")
	w.mustPlanNothing()

	// Remove one member and add another outside Terraform.
	team.ChangeGroup("group-1", func(group *scim.Group) {
		group.Members = []string{"user-000", "user-001", "user-002", "user-003", "user-005"}
	})
	wantParts(t, w.must("apply", "-auto-approve"), "1 added, 0 changed, 0 destroyed")
	wantMembers(t, team, "Analysts", idsOf(people(6))...)

	w.must("destroy", "-auto-approve")
	wantMembers(t, team, "Analysts", "user-000", "user-005")

	if got := groupAt(team, "Analysts"); got.ExternalID != "grp-1" {
		t.Errorf("got %+v in Celonis", got)
	}
}

func TestAccOneInvalidMembershipFailsAlone(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(19)})
	w := newWorkspace(t, env, memberships("0", "20")) // The last membership refers to a user who does not exist.

	output, err := w.run("apply", "-auto-approve")
	if err == nil || strings.Count(output, "Error: ") != 1 {
		t.Errorf("want exactly one failure, got %v\n%s", err, output)
	}

	wantParts(t, output, `with celonis_group_member.this["user-019"]`, "Resource user-019 not found", "What to do: The user does not exist", "`user_id`")
	wantMembers(t, team, "Analysts", idsOf(people(19))...)

	output, _ = w.planned()
	wantParts(t, output, "Plan: 1 to add, 0 to change, 0 to destroy.")
}

func TestAccGroupMemberIsImportedByGroupAndUser(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{SCIM: oneGroup(2, "user-000")})

	for id, message := range map[string]string{
		"group-1/user-000": "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.",
		"group-1/user-001": "The user user-001 is not a member of the group group-1.",
		"group-1":          `"group-1" does not have the form <group>/<user>`,
		"group-1/":         "does not have the form",
		"/user-000":        "does not have the form",
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

// TestGroupMemberIsImportedByIDsAndNames covers all combinations of ids and names. Some names and addresses contain slashes.
func TestGroupMemberIsImportedByIDsAndNames(t *testing.T) {
	t.Parallel()

	options := oneGroup(2, "user-000")
	options.Users = append(options.Users, scim.User{ID: "slash", UserName: "ops/eu@example.com", DisplayName: "Ops"})
	options.Groups = append(options.Groups,
		scim.Group{ID: "group-2", DisplayName: "Finance/EU / Readers", Members: []string{"user-000", "slash"}},
		scim.Group{ID: "group-3", DisplayName: "Finance"})

	for text, want := range map[string]string{
		"group-1/user-000":                            "group-1/user-000",
		"Analysts/user-000":                           "group-1/user-000",
		"group-1/PERSON.000@example.com":              "group-1/user-000",
		"Analysts/person.000@example.com":             "group-1/user-000",
		"Finance/EU / Readers/person.000@example.com": "group-2/user-000",
		"Finance/EU / Readers/user-000":               "group-2/user-000",
		"Finance/EU / Readers/ops/eu@example.com":     "group-2/slash",
		"group-2/ops/eu@example.com":                  "group-2/slash",
		"Analysts/nobody@example.com":                 `error: none of the 3 users that these credentials can see has the user name "nobody@example.com"`,
		"Analyst/person.000@example.com":              `error: none of the 3 groups that these credentials can see has the display name "Analyst"`,
		"/":                                           "error: does not have the form",
	} {
		t.Run(strings.ReplaceAll(text, "/", "|"), func(t *testing.T) {
			t.Parallel()

			_, env := startTeam(t, simulator.Options{SCIM: options})
			membership := newProtocolObject(t, env, "celonis_group_member")

			diags := membership.importByText(text)
			if message, isError := strings.CutPrefix(want, "error: "); isError {
				if !diags.hasError() || !strings.Contains(diags.text(), message) {
					t.Errorf("%q is missing from %q", message, diags.text())
				}

				return
			}

			if diags.hasError() || membership.text("id") != want {
				t.Errorf("imported %s: %s", membership.state, diags.text())
			}
		})
	}
}

// TestImportingManyMembershipsByNameReadsTheListsOnce uses a single provider process, like a plan with many import blocks.
func TestImportingManyMembershipsByNameReadsTheListsOnce(t *testing.T) {
	t.Parallel()

	const count = 50

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(count, idsOf(people(count))...)})

	made, diagnostics := (&celonisProvider{version: "test", env: env.lookup}).connect(t.Context(), emptyModel(), "1.11.4")
	if diagnostics.HasError() {
		t.Fatal(diagnostics)
	}

	for _, group := range []string{"Analysts/", "group-1/"} {
		for _, person := range people(count) {
			for _, user := range []string{person.ID, person.UserName} {
				if got, err := findGroupMember(t.Context(), made.client, group+user); err != nil || got["user_id"] != person.ID {
					t.Fatalf("%s%s: got %v, %v", group, user, got, err)
				}
			}
		}
	}

	if users, groups := team.Count(http.MethodGet, "/scim/v2/Users*"), team.Count(http.MethodGet, "/scim/v2/Groups*"); users != 1 || groups > 2 {
		t.Errorf("got %d requests for users and %d for groups, want 1 and at most 2", users, groups)
	}
}
