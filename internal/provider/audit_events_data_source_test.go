package provider

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

func TestAccAuditEventsHaveAllAttributes(t *testing.T) {
	t.Parallel()

	for name, options := range variants() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, options)

			membership := object(map[string]any{
				"event": "TEAM_MEMBERSHIP_UPDATED", "timestamp": "2026-01-05T09:03:11.120Z", "user_id": "u-2", "user_role": "ADMIN",
				"message": `{"at":"<now>","email":"bob@example.com"}`, "old_value": knownvalue.StringExact(""), "new_value": `["MEMBER"]`,
				"ip_address": "192.0.2.1", "port": "443",
			})
			scim := object(map[string]any{
				"event": "SCIM_UPDATED", "timestamp": "2026-01-05T09:00:00.000Z", "user_id": "", "user_role": "", "message": "", "old_value": "",
				"new_value": "", "ip_address": "", "port": "",
			})

			acceptance(t, env, step{
				config: `
					locals {
					  from = "2026-01-05T09:00:00Z"
					  to   = "2026-01-06T00:00:00Z"
					}
					data "celonis_audit_events" "all" {
					  from = local.from
					  to   = local.to
					}
					data "celonis_audit_events" "named" {
					  from        = local.from
					  to          = local.to
					  event_names = ["SCIM_UPDATED", "SSO_PROVIDER_CREATED"]
					}
					data "celonis_audit_events" "none" {
					  from        = local.from
					  to          = local.to
					  event_names = ["SSO_PROVIDER_CREATED"]
					}`,
				state: []statecheck.StateCheck{
					valueIs("data.celonis_audit_events.all", "events", listOf(membership, scim)),
					valueIs("data.celonis_audit_events.all", "truncated", knownvalue.Bool(false)),
					valueIs("data.celonis_audit_events.named", "events", listOf(scim)),
					valueIs("data.celonis_audit_events.none", "events", listOf()),
				},
			})

			runs := team.Count(http.MethodPost, tokenPath)
			if got := team.Count(http.MethodGet, auditPath); got != runs || runs == 0 {
				t.Errorf("got %d requests for three data sources in %d runs, want one request per run", got, runs)
			}

			if got := team.Count(http.MethodGet, auditV2Path); name == "alternatives" && got != runs || name != "alternatives" && got != 0 {
				t.Errorf("got %d requests for version 2 in %d runs", got, runs)
			}
		})
	}
}
