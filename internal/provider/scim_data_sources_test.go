package provider

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// knownUsersAndGroups returns users and groups with known values for every attribute. Neither list is sorted by id.
func knownUsersAndGroups() scim.Options {
	return scim.Options{
		Users: []scim.User{
			{ID: "u-2", UserName: "bob@example.com", Role: "MEMBER"},
			{ID: "u-1", UserName: "Ada@Example.com", DisplayName: "Ada", ExternalID: "hr-1", Role: "ANALYST"},
		},
		Groups: []scim.Group{
			{ID: "g-2", DisplayName: "Nobody"},
			{ID: "g-1", DisplayName: "Analysts", ExternalID: "grp-1", Role: "ANALYST", Members: []string{"u-2", "u-1"}},
		},
		GroupsWithoutRole: true,
	}
}

func TestAccUsersAndGroupsAreListedAndLookedUp(t *testing.T) {
	t.Parallel()

	text, null := knownvalue.StringExact, knownvalue.Null()
	members := func(ids ...string) knownvalue.Check {
		checks := make([]knownvalue.Check, 0, len(ids))
		for _, id := range ids {
			checks = append(checks, text(id))
		}

		return knownvalue.SetExact(checks)
	}

	type attributes = map[string]knownvalue.Check

	for name, lacksMembers := range map[string]bool{"lists with members": false, "lists without members": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := knownUsersAndGroups()
			options.NoMembersInLists = lacksMembers
			team, env := startTeam(t, simulator.Options{SCIM: options})

			users := []attributes{
				{"id": text("u-1"), "user_name": text("Ada@Example.com"), "display_name": text("Ada"), "external_id": text("hr-1"), "role": text("ANALYST")},
				{"id": text("u-2"), "user_name": text("bob@example.com"), "display_name": null, "external_id": null, "role": text("MEMBER")},
			}
			groups := []attributes{
				{"id": text("g-1"), "display_name": text("Analysts"), "external_id": text("grp-1"), "role": text("ANALYST"), "member_ids": members("u-1", "u-2")},
				{"id": text("g-2"), "display_name": text("Nobody"), "external_id": null, "role": null, "member_ids": members()},
			}

			var checks []statecheck.StateCheck

			of := func(address string, want attributes) {
				for attribute, value := range want {
					checks = append(checks, statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), value))
				}
			}
			of("data.celonis_user.by_name", attributes{
				"id": text("u-1"), "user_name": text("ADA@example.com"), "display_name": text("Ada"), "external_id": text("hr-1"), "role": text("ANALYST"),
			})
			of("data.celonis_user.by_id", users[1])
			of("data.celonis_group.by_name", groups[0])
			of("data.celonis_group.by_id", groups[1])

			list := make([]knownvalue.Check, 0, len(groups))

			for _, group := range groups {
				if lacksMembers {
					group["member_ids"] = null
				}

				list = append(list, knownvalue.ObjectExact(group))
			}

			checks = append(checks,
				statecheck.ExpectKnownValue("data.celonis_groups.all", tfjsonpath.New("groups"), knownvalue.ListExact(list)),
				statecheck.ExpectKnownValue("data.celonis_users.all", tfjsonpath.New("users"),
					knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(users[0]), knownvalue.ObjectExact(users[1])})))

			acceptance(t, env, step{
				config: `
					data "celonis_users" "all" {}
					data "celonis_user" "by_name" { user_name = "ADA@example.com" }
					data "celonis_user" "by_id" { id = "u-2" }
					data "celonis_groups" "all" {}
					data "celonis_group" "by_name" { display_name = "Analysts" }
					data "celonis_group" "by_id" { id = "g-2" }`,
				state: checks,
			})

			runs := team.Count("POST", tokenPath)
			if got := team.Count("GET", usersPath); got > runs {
				t.Errorf("got %d lists of users in %d runs, want one shared list per run", got, runs)
			}

			if got := writes(team); got != 0 {
				t.Errorf("got %d writes from data sources", got)
			}
		})
	}
}

func TestAccFailedSCIMLookupsStateTheReason(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: knownUsersAndGroups()})
	team.Inject(simulator.Fault{Method: "GET", Path: groupsPath, Times: -1, Body: `{"totalResults": 3, "Resources": [` +
		`{"id": "g-1", "displayName": "Analysts"}, {"id": "g-3", "displayName": "Twice"}, {"id": "g-2", "displayName": "Twice"}]}`})

	const permission = "the User Provisioning > SCIM permission"

	fails := func(kind, arguments string, message *regexp.Regexp) refusal {
		return refusal{"data \"celonis_" + kind + "\" \"x\" {\n" + arguments + "\n}", message.String()}
	}

	mustRefuse(t, env, "",
		fails("user", `user_name = "eve@example.com"`, failsAt("user_name", "none of the 2 users", `"eve@example.com"`, permission)),
		fails("user", `id = "u-3"`, failsAt("id", "Resource u-3 not found", permission)),
		fails("group", `display_name = "Twice"`, failsAt("display_name", "2 groups have the display name", `"Twice": g-2, g-3`, "by one of the listed ids")),
		fails("group", `display_name = "analysts"`, failsAt("display_name", "none of the 3 groups", "case-sensitive", permission)),
		fails("group", `id = "g-4"`, failsAt("id", "Resource g-4 not found", permission)),
	)
	mustRefuse(t, env, "",
		fails("user", `user_name = " "`, failsAt("user_name", "must not be empty")),
		fails("user", "", regexp.MustCompile(`(?s)id.*user_name`)),
		fails("user", "id = \"u-1\"\nuser_name = \"x\"", regexp.MustCompile(`(?s)id.*user_name`)),
	)
}
