package provider

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// idsAre returns a check of the ids in a list, including their order.
func idsAre(address string, ids ...string) statecheck.StateCheck {
	checks := make([]knownvalue.Check, 0, len(ids))
	for _, id := range ids {
		checks = append(checks, knownvalue.StringExact(id))
	}

	return statecheck.ExpectKnownValue(address, tfjsonpath.New("ids"), knownvalue.ListExact(checks))
}

func TestAccKnowledgeModelsListsEveryAttributeInEveryOrder(t *testing.T) {
	t.Parallel()

	for name, options := range map[string]simulator.Options{
		"absent fields": {Intelligence: intelligence.Options{Models: modelsForTests()}}, "null fields": {Intelligence: intelligence.Options{Models: modelsForTests()}, Server: server.Options{NullFields: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, options)
			text := knownvalue.StringExact

			acceptance(t, env, step{
				config: `
					data "celonis_knowledge_models" "all" {}
					data "celonis_knowledge_models" "by_id_reversed" { sort = "-id" }
					data "celonis_knowledge_models" "by_name" { sort = "name" }
					data "celonis_knowledge_models" "by_name_reversed" { sort = "-name" }
					data "celonis_knowledge_models" "matching" { name_regex = "(?i)^order TO" }
					data "celonis_knowledge_models" "in_package" {
					  package_key = "accounts-payable"
					  sort        = "-id"
					}
					data "celonis_knowledge_models" "none" {
					  package_key = "accounts-payable"
					  name_regex  = "^Order"
					}`,
				state: []statecheck.StateCheck{
					idsAre("data.celonis_knowledge_models.all",
						"accounts-payable.ap-km", "accounts-payable.ap-km-2", "order-to-cash.base", "order-to-cash.otc-km"),
					idsAre("data.celonis_knowledge_models.by_id_reversed",
						"order-to-cash.otc-km", "order-to-cash.base", "accounts-payable.ap-km-2", "accounts-payable.ap-km"),
					idsAre("data.celonis_knowledge_models.by_name",
						"accounts-payable.ap-km", "accounts-payable.ap-km-2", "order-to-cash.otc-km", "order-to-cash.base"),
					idsAre("data.celonis_knowledge_models.by_name_reversed",
						"order-to-cash.base", "order-to-cash.otc-km", "accounts-payable.ap-km-2", "accounts-payable.ap-km"),
					idsAre("data.celonis_knowledge_models.matching", "order-to-cash.base", "order-to-cash.otc-km"),
					idsAre("data.celonis_knowledge_models.in_package", "accounts-payable.ap-km-2", "accounts-payable.ap-km"),
					idsAre("data.celonis_knowledge_models.none"),
					statecheck.ExpectKnownValue("data.celonis_knowledge_models.in_package", tfjsonpath.New("knowledge_models"),
						knownvalue.ListExact([]knownvalue.Check{
							knownvalue.ObjectExact(map[string]knownvalue.Check{
								"id": text("accounts-payable.ap-km-2"), "name": text("Accounts Payable"), "published": knownvalue.Null(),
								"package_key": text("accounts-payable"), "key": text("ap-km-2"),
							}),
							knownvalue.ObjectExact(map[string]knownvalue.Check{
								"id": text("accounts-payable.ap-km"), "name": text("Accounts Payable"), "published": text("2026-01-21 10:00:00"),
								"package_key": text("accounts-payable"), "key": text("ap-km"),
							}),
						})),
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

func TestAccKnowledgeModelsOfAnEmptyTeamAreEmpty(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{})
	acceptance(t, env, step{
		config: `data "celonis_knowledge_models" "all" {}`,
		state: []statecheck.StateCheck{
			idsAre("data.celonis_knowledge_models.all"),
			statecheck.ExpectKnownValue("data.celonis_knowledge_models.all", tfjsonpath.New("knowledge_models"), knownvalue.ListSizeExact(0)),
		},
	})
}

func TestAccKnowledgeModelsRejectsInvalidArgumentsAtPlanTime(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{})
	mustRefuse(t, env, "",
		refusal{`data "celonis_knowledge_models" "x" { sort = "published" }`, `(?s)sort.*"-name"`},
		refusal{`data "celonis_knowledge_models" "x" { name_regex = "(" }`, `(?s)name_regex.*missing`},
		refusal{`data "celonis_knowledge_models" "x" { package_key = "" }`, `(?s)package_key.*must not be empty`},
	)
}
