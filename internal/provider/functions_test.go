package provider

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

func TestAccFunctionsWorkWithoutConfiguration(t *testing.T) {
	t.Parallel()

	text := knownvalue.StringExact

	acceptance(t, environment{}, step{
		config: `
			output "base_url" { value = provider::celonis::base_url("Acme", "eu-1") }
			output "parsed_url" { value = provider::celonis::parse_base_url("acme.eu-1.celonis.cloud/package-manager/ui") }
			output "parsed_id" { value = provider::celonis::parse_knowledge_model_id("order-to-cash.otc-km") }
			output "endpoints" { value = provider::celonis::endpoints("acme.eu-1.celonis.cloud") }
			output "mcp_server_url" { value = provider::celonis::mcp_server_url("https://acme.eu-1.celonis.cloud/ui", "3f1c-9") }
			output "data_pool" { value = provider::celonis::parse_data_pool_url("https://acme.eu-1.celonis.cloud/data-pool/pool-abc123") }
			output "scopes" { value = provider::celonis::oauth_scopes() }`,
		state: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("base_url", text("https://acme.eu-1.celonis.cloud")),
			statecheck.ExpectKnownOutputValue("parsed_url", knownvalue.ObjectExact(map[string]knownvalue.Check{
				"team": text("acme"), "cluster": text("eu-1"), "base_url": text("https://acme.eu-1.celonis.cloud"),
			})),
			statecheck.ExpectKnownOutputValue("parsed_id", knownvalue.ObjectExact(map[string]knownvalue.Check{
				"package_key": text("order-to-cash"), "key": text("otc-km"),
			})),
			statecheck.ExpectKnownOutputValue("endpoints", knownvalue.ObjectExact(map[string]knownvalue.Check{
				"token_url":                text("https://acme.eu-1.celonis.cloud/oauth2/token"),
				"authorize_url":            text("https://acme.eu-1.celonis.cloud/oauth2/authorize"),
				"intelligence_api_url":     text("https://acme.eu-1.celonis.cloud/intelligence/api"),
				"openid_configuration_url": text("https://acme.eu-1.celonis.cloud/.well-known/openid-configuration"),
			})),
			statecheck.ExpectKnownOutputValue("mcp_server_url",
				text("https://acme.eu-1.celonis.cloud/studio-copilot/api/v1/mcp-servers/mcp/3f1c-9")),
			statecheck.ExpectKnownOutputValue("data_pool", knownvalue.ObjectExact(map[string]knownvalue.Check{
				"base_url": text("https://acme.eu-1.celonis.cloud"), "data_pool_id": text("pool-abc123"),
			})),
			statecheck.ExpectKnownOutputValue("scopes", knownvalue.MapPartial(map[string]knownvalue.Check{
				"intelligence.knowledge-models:read": knownvalue.StringRegexp(regexp.MustCompile("^Grants read access to Knowledge Models")),
				"intelligence.subscriptions:manage":  knownvalue.NotNull(),
				"user-provisioning.scim":             knownvalue.NotNull(),
				"team.user-group-info:read":          knownvalue.NotNull(),
				"team.login-history:read":            knownvalue.NotNull(),
				"authorization.permissions:read":     knownvalue.NotNull(),
				"audit.log:read":                     knownvalue.NotNull(),
			})),
		},
	})
}

func TestAccFunctionsReportInvalidArguments(t *testing.T) {
	t.Parallel()

	var refusals []refusal

	for call, message := range map[string]string{
		`base_url("acme.eu-1", "eu-1")`:                               `team\s+"acme.eu-1"\s+must\s+be\s+a\s+single\s+host\s+name\s+label`,
		`base_url("acme", "eu-1.celonis.cloud")`:                      `cluster\s+"eu-1.celonis.cloud"`,
		`parse_base_url("https://acme.celonis.cloud")`:                `does\s+not\s+have\s+the\s+form\s+https://<team>`,
		`parse_base_url("http://acme.eu-1.celonis.cloud")`:            `use\s+https`,
		`parse_base_url("https://u:p@acme.eu-1.celonis.cloud")`:       `user\s+information`,
		`endpoints("https://acme")`:                                   `not\s+a\s+complete\s+host\s+name`,
		`mcp_server_url("acme", "x")`:                                 `not\s+a\s+complete\s+host\s+name`,
		`mcp_server_url("acme.eu-1.celonis.cloud", "")`:               `asset\s+id\s+is\s+empty`,
		`parse_data_pool_url("https://acme.eu-1.celonis.cloud/home")`: `contains\s+no\s+data\s+pool\s+id`,
		`parse_knowledge_model_id("order-to-cash")`:                   `"order-to-cash"\s+is\s+not\s+of\s+the\s+form\s+<package_key>.<key>`,
	} {
		refusals = append(refusals, refusal{`output "x" { value = provider::celonis::` + call + ` }`, `(?s)` + message})
	}

	mustRefuse(t, environment{}, "", refusals...)
}
