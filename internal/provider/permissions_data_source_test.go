package provider

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

func TestAccPermissionsHaveAllAttributes(t *testing.T) {
	t.Parallel()

	for name, options := range variants() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, env := startTeam(t, options)
			text := knownvalue.StringExact

			acceptance(t, env, step{
				config: `data "celonis_permissions" "all" {}`,
				state: []statecheck.StateCheck{valueIs("data.celonis_permissions.all", "permissions", listOf(
					object(map[string]any{
						"subject_type": "GROUP", "subject_id": "g-1", "subject_name": "Finance", "groups": "", "role": "", "service": "event-collection",
						"object_type": "", "object_id": "", "object_name": "", "actions": listOf(text("USE_ALL_DATA_MODELS")),
					}),
					object(map[string]any{
						"subject_type": "USER", "subject_id": "u-2", "subject_name": "Ada", "groups": "Finance, Readers", "role": "ADMIN",
						"service": "package-manager", "object_type": "PACKAGE", "object_id": "p-1", "object_name": "Orders",
						"actions": listOf(text("EDIT_PACKAGE"), text("USE_PACKAGE")),
					}),
					object(map[string]any{
						"subject_type": "user", "subject_id": "U-2", "subject_name": "ada", "groups": "", "role": "", "service": "package-manager",
						"object_type": "SPACE", "object_id": "s-1", "object_name": "", "actions": listOf(),
					}),
				))},
			})
		})
	}
}

func TestAccFiltersOfPermissionsCostOneRequest(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{Reports: reportsForTests()})

	// The object ids identify the permissions: p-1, s-1, and null for a permission on the whole service.
	const config = `
		data "celonis_permissions" "by_type" { subject_type = "User" }
		data "celonis_permissions" "by_id" { subject_id = "u-2" }
		data "celonis_permissions" "by_name" { subject_name = "Ada" }
		data "celonis_permissions" "by_service" { service = "Event-Collection" }
		data "celonis_permissions" "by_object_type" { object_type = "space" }
		data "celonis_permissions" "by_object" { object_id = "p-1" }
		data "celonis_permissions" "by_action" { action = "edit_package" }
		data "celonis_permissions" "by_two" {
		  subject_type = "USER"
		  action       = "USE_ALL_DATA_MODELS"
		}
		data "celonis_permissions" "by_another_case" { object_id = "P-1" }
		output "found" {
		  value = {
		    for name, source in {
		      by_type = data.celonis_permissions.by_type, by_id = data.celonis_permissions.by_id, by_name = data.celonis_permissions.by_name,
		      by_service = data.celonis_permissions.by_service, by_object_type = data.celonis_permissions.by_object_type,
		      by_object = data.celonis_permissions.by_object, by_action = data.celonis_permissions.by_action,
		      by_two = data.celonis_permissions.by_two, by_another_case = data.celonis_permissions.by_another_case
		    } : name => join(" ", [for permission in source.permissions : coalesce(permission.object_id, "-")])
		  }
		}`

	text := knownvalue.StringExact

	acceptance(t, env, step{
		config: config,
		state: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("found", knownvalue.ObjectExact(map[string]knownvalue.Check{
			"by_type": text("p-1 s-1"), "by_id": text("p-1"), "by_name": text("p-1"), "by_service": text("-"), "by_object_type": text("s-1"),
			"by_object": text("p-1"), "by_action": text("p-1"), "by_two": text(""), "by_another_case": text(""),
		}))},
	})

	// Each run configures the provider again, and the provider then requests a token.
	runs := team.Count(http.MethodPost, tokenPath)
	if got := team.Count(http.MethodGet, permissionsPath); got != runs || runs == 0 {
		t.Errorf("got %d requests for nine data sources in %d runs, want one request per run", got, runs)
	}
}

func TestAccPermissionsRejectEmptyFiltersAtPlanTime(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{})

	var refusals []refusal
	for _, name := range []string{"subject_type", "subject_id", "subject_name", "service", "object_type", "object_id", "action"} {
		refusals = append(refusals, refusal{`data "celonis_permissions" "x" { ` + name + ` = "" }`, `(?s)` + name + `.*must not be empty`})
	}

	mustRefuse(t, env, "", refusals...)
}
