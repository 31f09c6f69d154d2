package provider

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// TestAccGuideImportsAnExistingTeam runs the guide's listing, which creates a table of the team, and then imports the team with the guide's
// configuration, which reads the table.
func TestAccGuideImportsAnExistingTeam(t *testing.T) {
	t.Parallel()

	const count = 30

	users := people(count)
	users = append(users, scim.User{ID: "quotes", UserName: "Zoe@example.com", DisplayName: `Zoë "Z", of ${team}`})
	groups := []scim.Group{
		{ID: "group-1", DisplayName: "Finance readers", Role: "ANALYST", Members: idsOf(users[:20])},
		{ID: "group-2", DisplayName: "Finance/readers", Members: idsOf(users[10:])},
		{ID: "group-3", DisplayName: "Øæß"},
		{ID: "group-4", DisplayName: `R&D "${oil}"`, ExternalID: "grp-4", Members: []string{"quotes"}},
	}

	for name, options := range map[string]scim.Options{
		"as documented":          {Users: users, Groups: groups},
		"roles are not returned": {Users: users, Groups: groups, RoleLocation: scim.RoleAbsent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: options})

			listing := newWorkspace(t, env, "")
			copyExample(t, filepath.Join(examples, "guides/listing_a_team"), listing.Folder, "")
			listing.must("apply", "-auto-approve")

			table := listing.must("output", "-raw", "team_csv")
			if !strings.HasSuffix(table, "\n") || strings.Count(table, "\n") != len(users)+1 {
				t.Errorf("got table\n%s", table)
			}

			if rows := strings.Split(table, "\n")[1:]; !slices.IsSorted(rows[:len(users)]) {
				t.Errorf("the rows are not sorted:\n%s", table)
			}

			w := newWorkspace(t, env, "")
			copyExample(t, filepath.Join(examples, "guides/moving_a_team_in"), w.Folder, "")
			write(t, filepath.Join(w.Folder, "team.csv"), table)
			write(t, filepath.Join(w.Folder, "groups.json"), listing.must("output", "-json", "groups"))

			wantParts(t, w.must("plan"), "Plan: 35 to import, 0 to add, 0 to change, 0 to destroy.")
			w.must("apply", "-auto-approve")
			w.mustPlanNothing()

			if got := writes(team); got != 0 {
				t.Errorf("the import sent %d writes", got)
			}

			// One person joins the team, and another leaves.
			file := filepath.Join(w.Folder, "main.tf")
			write(t, file, regexp.MustCompile(`(?s)import \{.*?\n\}\n`).ReplaceAllString(read(t, file), ""))
			others, _, _ := strings.Cut(table, `"zoe@example.com"`)
			write(t, filepath.Join(w.Folder, "team.csv"), others+"joiner@example.com,,,,\n")
			wantParts(t, w.must("apply", "-auto-approve"), "Resources: 1 added, 2 changed, 1 destroyed.")

			if joiner := userAt(team, "joiner@example.com"); !joiner.Invited || userAt(team, "zoe@example.com").ID != "" {
				t.Errorf("got users %+v", team.Users())
			}
		})
	}
}

// TestAccIncompleteTableDeletesNobody also follows the guide's steps for deleting all objects on purpose.
func TestAccIncompleteTableDeletesNobody(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: scim.Options{
		Users: []scim.User{
			{ID: "user-grace", UserName: "grace.hopper@example.com", DisplayName: "Grace Hopper", Role: "ANALYST"},
			{ID: "user-alan", UserName: "alan.turing@example.com", DisplayName: "Alan Turing"},
		},
		Groups: []scim.Group{{ID: "group-procurement", DisplayName: "Procurement readers", Members: []string{"user-alan"}}},
	}})
	w := newWorkspace(t, env, "")
	copyExample(t, filepath.Join(examples, "guides/users_and_groups"), w.Folder, env["CELONIS_URL"])
	w.must("apply", "-auto-approve")

	before := len(team.Users())
	table := filepath.Join(w.Folder, "team.csv")
	complete := read(t, table)
	header, _, _ := strings.Cut(complete, "\n")

	write(t, table, header+"\n")

	output, err := w.run("apply", "-auto-approve")
	if err == nil || len(team.Users()) != before {
		t.Fatalf("%d of %d users remain: %v\n%s", len(team.Users()), before, err, output)
	}

	wantParts(t, output, "team.csv has 0 employees, and must have at least 2: the export may be incomplete.")
	wantParts(t, w.must("apply", "-auto-approve", "-var", "fewest_employees=0"), "0 added, 2 changed, 4 destroyed")

	write(t, table, complete)
	w.must("apply", "-auto-approve")

	if output, err := w.run("destroy", "-auto-approve"); err == nil || len(team.Users()) != before {
		t.Fatalf("groups with permissions were deleted: %v\n%s", err, output)
	}

	file := filepath.Join(w.Folder, "main.tf")
	write(t, file, strings.ReplaceAll(read(t, file), "prevent_destroy = true", "prevent_destroy = false"))
	w.must("destroy", "-auto-approve")

	if users, groups := len(team.Users()), len(team.Groups()); users != 2 || groups != 1 {
		t.Errorf("%d users and %d groups remain, want only those that the configuration does not manage", users, groups)
	}
}
