package provider

import (
	"net/http"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

func TestAccTeamMembersHaveAllAttributes(t *testing.T) {
	t.Parallel()

	for name, options := range variants() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			now := on("2026-01-08T22:00:00Z")
			options.Now = func() time.Time { return now }
			options.OAuth.TokenLifetime = time.Hour
			team, env := startTeam(t, options)

			ada := object(map[string]any{
				"user_id": "u-2", "name": "Ada (Ops)", "email": "ada@example.com", "role": "ADMIN", "status": "Active",
				"last_login": "2026-01-05T21:03:11Z", "inactivity_days": knownvalue.Int64Exact(3), "groups": listOf(
					object(map[string]any{"name": "Finance", "role": "ANALYST"}), object(map[string]any{"name": "Readers", "role": ""}),
				),
			})
			bob := object(map[string]any{
				"user_id": "u-1", "name": "Bob", "email": "bob@example.com", "role": "MEMBER", "status": "Invited", "last_login": "",
				"inactivity_days": knownvalue.Null(), "groups": listOf(),
			})

			acceptance(t, env, step{
				config: `
					data "celonis_team_members" "default" {}
					data "celonis_team_members" "all" { include_internal = true }
					data "celonis_team_members" "external" { include_internal = false }`,
				state: []statecheck.StateCheck{
					valueIs("data.celonis_team_members.default", "members", listOf(bob, ada)),
					valueIs("data.celonis_team_members.all", "members", listOf(bob, ada)),
					valueIs("data.celonis_team_members.external", "members", listOf(ada)),
				},
			})

			for _, entry := range team.Journal() {
				if entry.Status != http.StatusOK {
					t.Errorf("got status %[3]d for %[1]s %[2]s", entry.Method, entry.Path, entry.Status)
				}
			}
		})
	}
}
