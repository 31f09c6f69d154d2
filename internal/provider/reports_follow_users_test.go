package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// TestAccReportsIncludeManagedUsersAndGroups applies a typical module for access management, which creates a user and a group and reads the
// team's reports.
func TestAccReportsIncludeManagedUsersAndGroups(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{})

	acceptance(t, env, step{
		config: `
			resource "celonis_user" "ada" {
				user_name    = "ada@example.com"
				display_name = "Ada"
				role         = "ANALYST"
			}

			resource "celonis_group" "readers" {
				display_name = "Readers"
				role         = "MEMBER"
				member_ids   = [celonis_user.ada.id]
			}

			data "celonis_team_members" "all" { depends_on = [celonis_group.readers] }

			data "celonis_permissions" "ada" {
				subject_id = celonis_user.ada.id
				depends_on = [celonis_group.readers]
			}

			data "celonis_permissions" "readers" { subject_id = celonis_group.readers.id }

			output "emails" { value = data.celonis_team_members.all.members[*].email }
			output "ada" { value = data.celonis_permissions.ada.permissions[*].subject_name }
			output "groups" { value = data.celonis_permissions.ada.permissions[*].groups }
			output "readers" { value = data.celonis_permissions.readers.permissions[*].subject_name }`,
		state: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("emails", listOf(knownvalue.StringExact("ada@example.com"))),
			statecheck.ExpectKnownOutputValue("ada", listOf(knownvalue.StringExact("Ada"))),
			statecheck.ExpectKnownOutputValue("groups", listOf(knownvalue.StringExact("Readers"))),
			statecheck.ExpectKnownOutputValue("readers", listOf(knownvalue.StringExact("Readers"))),
		},
	})
}
