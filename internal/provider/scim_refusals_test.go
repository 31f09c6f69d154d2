package provider

import (
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// withOldObjects returns the options for a team whose clock is an hour slow, and a function that corrects the clock. Users and groups that
// the team creates before the correction are an hour old afterwards.
func withOldObjects(options scim.Options) (simulator.Options, func()) {
	var isNow atomic.Bool

	return simulator.Options{SCIM: options, Now: func() time.Time {
		if isNow.Load() {
			return time.Now()
		}

		return time.Now().Add(-time.Hour)
	}}, func() { isNow.Store(true) }
}

func TestAccExistingUserAndGroupAreImported(t *testing.T) {
	t.Parallel()

	for _, answer := range scim.Duplicate("").Words() {
		t.Run(string(answer), func(t *testing.T) {
			t.Parallel()

			options, now := withOldObjects(scim.Options{
				Users: people(2), Groups: []scim.Group{{ID: "group-1", DisplayName: "Analysts", Members: []string{"user-001"}}},
				DuplicateUser: answer, DuplicateGroup: answer,
			})
			team, env := startTeam(t, options)
			now()

			configuration := user(`user_name = "person.000@example.com"`) + `
				resource "celonis_group" "this" { display_name = "Analysts" }
				`
			w := newWorkspace(t, env, configuration)

			output, err := w.run("apply", "-auto-approve")
			if err == nil {
				t.Fatalf("the objects were created:\n%s", output)
			}

			wantParts(t, output,
				"with celonis_user.this", `A user with the user name "person.000@example.com" already exists, with the id user-000`,
				"with celonis_group.this", `A group with the display name "Analysts" already exists, with the id group-1`,
				"Import the object instead of creating it", `celonis_user.NAME["key"]`, `celonis_group.NAME["key"]`)

			blocks := regexp.MustCompile(`(?m)^import \{\n  to = celonis_(user|group)\.NAME\n  id = "[^"]+"\n\}$`).FindAllString(output, -1)
			if len(blocks) != 2 {
				t.Fatalf("want two import blocks in\n%s", output)
			}

			w.reconfigure(configuration + strings.ReplaceAll(strings.Join(blocks, "\n"), "NAME", "this"))
			wantParts(t, w.must("apply", "-auto-approve"), "2 imported, 0 added, 0 changed, 0 destroyed")
			w.mustPlanNothing()
			wantMembers(t, team, "Analysts", "user-001")
		})
	}
}

func TestAccSCIMRejectionsContainAdvice(t *testing.T) {
	t.Parallel()

	const mostGroups = 50

	options := scim.Options{
		Users:  append(people(3), scim.User{ID: "analyst", UserName: "analyst@example.com", Role: "ANALYST"}),
		Groups: []scim.Group{{ID: "existing", DisplayName: "Existing", Members: []string{"user-001"}}},
		Seats:  scim.Seats{Total: 4, Analysts: 1},
	}
	for index := range mostGroups {
		options.Groups = append(options.Groups, scim.Group{DisplayName: fmt.Sprintf("Group %d", index), Members: []string{"user-000"}})
	}

	team, env := startTeam(t, simulator.Options{SCIM: options})
	w := newWorkspace(t, env, user(`user_name = "one.more@example.com"`)+`
		resource "celonis_group" "unknown_member" {
		  display_name = "Unknown member"
		  member_ids   = ["user-001", "nobody-1"]
		}
		resource "celonis_group" "too_many" {
		  display_name = "Too many"
		  member_ids   = ["user-000"]
		}
		resource "celonis_group" "raised" {
		  display_name = "Raised"
		  role         = "ANALYST"
		  member_ids   = ["user-002"]
		}
		resource "celonis_group_member" "too_many" {
		  group_id = "existing"
		  user_id  = "user-000"
		}
		resource "celonis_group_member" "no_group" {
		  group_id = "no-group-1"
		  user_id  = "user-002"
		}
		resource "celonis_group_member" "no_user" {
		  group_id = "existing"
		  user_id  = "no-user-1"
		}
		resource "celonis_group_member" "good" {
		  group_id = "existing"
		  user_id  = "user-002"
		}`)

	output, err := w.run("apply", "-auto-approve")
	if err == nil {
		t.Fatalf("the apply succeeded:\n%s", output)
	}

	failures := strings.Split(output, "Error: ")[1:]
	for address, message := range map[string]string{
		"celonis_user.this":             "The team's licence does not allow any more users with this role.",
		"celonis_group.unknown_member":  "The member nobody-1 does not exist.",
		"celonis_group.too_many":        "The user user-000 is already in 50 groups.",
		"celonis_group.raised":          "The team's licence does not allow any more users with this role.",
		"celonis_group_member.too_many": "The user user-000 is already in 50 groups.",
		"celonis_group_member.no_user":  "The user does not exist",
		"celonis_group_member.no_group": "Resource no-group-1 not found.",
	} {
		found := false

		for _, one := range failures {
			if strings.Contains(words(one), "with "+address+",") {
				found = true

				wantParts(t, one, "Response: status 4", message, "What to do: ")
			}
		}

		if !found {
			t.Errorf("no error about %s in\n%s", address, output)
		}
	}

	if len(failures) != 7 || !strings.Contains(words(output), "check under Admin & Settings > License whether enough seats are free") {
		t.Errorf("got %d errors in\n%s", len(failures), output)
	}

	wantMembers(t, team, "Existing", "user-001", "user-002")
}

// TestAccChangeThatIsNotAppliedFails covers a service that accepts a change, but does not apply it.
func TestAccChangeThatIsNotAppliedFails(t *testing.T) {
	t.Parallel()

	const users, groups = 3, 4

	options := scim.Options{Users: people(users), IgnoredByPUT: scim.Attributes()}

	var imports strings.Builder

	for index := range users {
		imports.WriteString(importOf(fmt.Sprintf("celonis_user.u%d", index), fmt.Sprintf("user-%03d", index)))
	}

	for index := range groups {
		id := fmt.Sprintf("group-%d", index)
		options.Groups = append(options.Groups, scim.Group{ID: id, DisplayName: fmt.Sprintf("Group %d", index), ExternalID: "grp-1", Role: "MEMBER"})
		imports.WriteString(importOf(fmt.Sprintf("celonis_group.g%d", index), id))
	}

	configured := func(changes [users + groups]string) string {
		var text strings.Builder
		for index := range users {
			fmt.Fprintf(&text, "resource \"celonis_user\" \"u%d\" {\nuser_name = \"person.%03[1]d@example.com\"\n%s\n}\n", index, changes[index])
		}

		for index := range groups {
			name := fmt.Sprintf("display_name = \"Group %d\"\n", index)
			if strings.Contains(changes[users+index], "display_name") {
				name = ""
			}

			fmt.Fprintf(&text, "resource \"celonis_group\" \"g%d\" {\n%s%s\n}\n", index, name, changes[users+index])
		}

		return text.String()
	}

	team, env := startTeam(t, simulator.Options{SCIM: options})
	w := newWorkspace(t, env, configured([users + groups]string{})+imports.String())
	w.must("apply", "-auto-approve")
	w.reconfigure(configured([users + groups]string{
		`display_name = "New"`, `external_id = "new"`, `role = "ADMIN"`, `display_name = "New"`, `external_id = "new"`, `role = "ADMIN"`,
		`member_ids = ["user-001"]`,
	}))

	output, err := w.run("apply", "-auto-approve")
	if err == nil {
		t.Fatalf("the apply succeeded:\n%s", output)
	}

	wantParts(t, output,
		`display name should be "New" but is "Person 0"`, `external id should be "new" but is "hr-001"`, `role should be "ADMIN" but is "MEMBER"`,
		`display name should be "New" but is "Group 0"`, `external id should be "new" but is "grp-1"`, `these members have not been added: user-001`,
		"What to do: Check the object in Celonis, and plan again")

	for range 2 { // A second apply must fail in the same way.
		output, _ = w.planned()
		wantParts(t, output, "Plan: 0 to add, 7 to change, 0 to destroy.")
	}

	for _, user := range team.Users() {
		wantParts(t, w.must("show"), `"`+user.DisplayName+`"`, `"`+user.ExternalID+`"`)
	}
}
