package provider

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

func TestAccNameRegexSelectsResults(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{
		Intelligence: intelligence.Options{Models: modelsForTests()}, SCIM: knownUsersAndGroups(),
	})

	var checks []statecheck.StateCheck

	want := func(address, list string, ids ...string) {
		entries := make([]knownvalue.Check, 0, len(ids))
		for _, id := range ids {
			entries = append(entries, knownvalue.ObjectPartial(map[string]knownvalue.Check{"id": knownvalue.StringExact(id)}))
		}

		checks = append(checks, statecheck.ExpectKnownValue("data."+address, tfjsonpath.New(list), knownvalue.ListExact(entries)))
	}
	want("celonis_knowledge_model_kpis.lead", "kpis", "AVG_LEAD_TIME")
	want("celonis_knowledge_model_filters.all", "filters", "ALL")
	want("celonis_knowledge_model_records.none", "records")
	want("celonis_knowledge_model_triggers.changed", "triggers", "trigger-2", "trigger-3")
	want("celonis_users.bob", "users", "u-2")
	want("celonis_groups.analysts", "groups", "g-1")

	for _, address := range []string{"data.celonis_group.heads", "data.celonis_group.named"} {
		checks = append(checks, statecheck.ExpectKnownValue(address, tfjsonpath.New("member_ids"), knownvalue.Null()))
	}

	checks = append(checks, statecheck.ExpectKnownValue("data.celonis_groups.analysts", tfjsonpath.New("groups").AtSliceIndex(0).AtMapKey("member_ids"),
		knownvalue.Null()))

	acceptance(t, env, step{
		config: `
			locals { model = "order-to-cash.otc-km" }
			data "celonis_knowledge_model_kpis" "lead" {
			  knowledge_model_id = local.model
			  name_regex         = "lead time$"
			}
			data "celonis_knowledge_model_filters" "all" {
			  knowledge_model_id = local.model
			  name_regex         = "(?i)^ALL "
			}
			data "celonis_knowledge_model_records" "none" {
			  knowledge_model_id = local.model
			  name_regex         = "^order$"
			}
			data "celonis_knowledge_model_triggers" "changed" {
			  knowledge_model_id = local.model
			  name_regex         = "changed"
			}
			data "celonis_users" "bob" { name_regex = "^bob@" }
			data "celonis_groups" "analysts" {
			  name_regex      = "^Ana"
			  include_members = false
			}
			data "celonis_group" "heads" {
			  id              = "g-1"
			  include_members = false
			}
			data "celonis_group" "named" {
			  display_name    = "Analysts"
			  include_members = false
			}`,
		state: checks,
	})

	if team.Count(http.MethodGet, usersPath+"/*") != 0 {
		t.Error("unexpected read of a user by id")
	}
}

func TestAccInvalidNameRegexIsRejected(t *testing.T) {
	t.Parallel()

	mustRefuse(t, environment{}, "",
		refusal{`data "celonis_knowledge_model_kpis" "x" {
		  knowledge_model_id = "a.b"
		  name_regex         = "("
		}`, "Invalid value for name_regex"},
		refusal{`data "celonis_users" "x" { name_regex = "*" }`, "Invalid value for name_regex"},
		refusal{`data "celonis_groups" "x" { name_regex = "" }`, "Invalid value for name_regex"},
	)
}
