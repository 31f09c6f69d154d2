package provider

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

func TestAccLoginEventsHaveAllAttributes(t *testing.T) {
	t.Parallel()

	for name, options := range variants() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, options)

			sso := object(map[string]any{
				"event_type": "LOGIN_SSO", "email": "Ada@example.com", "success": true, "timestamp": "2026-01-05T09:03:11.120Z",
			})
			failed := object(map[string]any{
				"event_type": "BAD_CREDENTIALS", "email": "ada@example.com", "success": false, "timestamp": "2026-01-05T09:03:05.000Z",
			})
			logout := object(map[string]any{
				"event_type": "LOGOUT", "email": "bob@example.com", "success": true, "timestamp": "2026-01-05T09:00:00.000Z",
			})

			acceptance(t, env, step{
				config: `
					locals {
					  from = "2026-01-05T10:00:00+01:00"
					  to   = "2026-01-06T00:00:00Z"
					}
					data "celonis_login_events" "all" {
					  from = local.from
					  to   = local.to
					}
					data "celonis_login_events" "of_user" {
					  from  = local.from
					  to    = local.to
					  email = " ADA@example.com"
					}
					data "celonis_login_events" "of_types" {
					  from        = local.from
					  to          = local.to
					  event_types = ["LOGOUT", "BAD_CREDENTIALS"]
					}
					data "celonis_login_events" "of_both" {
					  from        = local.from
					  to          = local.to
					  event_types = ["LOGOUT", "BAD_CREDENTIALS"]
					  email       = "bob@example.com"
					}`,
				state: []statecheck.StateCheck{
					valueIs("data.celonis_login_events.all", "events", listOf(sso, failed, logout)),
					valueIs("data.celonis_login_events.all", "truncated", knownvalue.Bool(false)),
					valueIs("data.celonis_login_events.of_user", "events", listOf(sso, failed)),
					valueIs("data.celonis_login_events.of_types", "events", listOf(failed, logout)),
					valueIs("data.celonis_login_events.of_both", "events", listOf(logout)),
				},
			})

			runs := team.Count(http.MethodPost, tokenPath)
			if got := team.Count(http.MethodGet, loginsPath); got != runs || runs == 0 {
				t.Errorf("got %d requests for four data sources in %d runs, want one request per run", got, runs)
			}
		})
	}
}

func TestAccMaxEventsLimitsReads(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{Reports: reportsForTests()})
	acceptance(t, env, step{
		config: `
			data "celonis_login_events" "two" {
			  from       = "2026-01-01T00:00:00Z"
			  to         = "2026-01-06T00:00:00Z"
			  max_events = 2
			}
			data "celonis_login_events" "four" {
			  from       = "2026-01-01T00:00:00Z"
			  to         = "2026-01-06T00:00:00Z"
			  max_events = 4
			}
			data "celonis_audit_events" "one" {
			  from       = "2026-01-01T00:00:00Z"
			  to         = "2026-01-06T00:00:00Z"
			  max_events = 1
			}`,
		state: []statecheck.StateCheck{
			valueIs("data.celonis_login_events.two", "events", knownvalue.ListSizeExact(2)),
			valueIs("data.celonis_login_events.two", "truncated", knownvalue.Bool(true)),
			valueIs("data.celonis_login_events.four", "events", knownvalue.ListSizeExact(4)),
			valueIs("data.celonis_login_events.four", "truncated", knownvalue.Bool(false)),
			valueIs("data.celonis_audit_events.one", "events", knownvalue.ListSizeExact(1)),
			valueIs("data.celonis_audit_events.one", "truncated", knownvalue.Bool(true)),
		},
	})
}

func TestAccEventsRejectInvalidArgumentsAtPlanTime(t *testing.T) {
	t.Parallel()

	const (
		from = "from = \"2026-01-05T00:00:00Z\"\n"
		to   = "to = \"2026-01-06T00:00:00Z\"\n"
	)

	team, env := startTeam(t, simulator.Options{})
	refusals := []refusal{{"data \"celonis_login_events\" \"x\" {\n" + from + to + "email = \" \"\n}", `(?s)email.*must not be empty`}}

	for kind, filter := range map[string]string{"celonis_login_events": "event_types", "celonis_audit_events": "event_names"} {
		for body, want := range map[string]string{
			to:                                  `(?s)"from" is required`,
			from:                                `(?s)"to" is required`,
			`from = "2026-01-05"` + "\n" + to:   `(?s)from.*date and time with a time zone`,
			from + `to = "2026-01-06T00:00:00"`: `(?s)to.*date and time with a time zone`,
			from + `to = ""`:                    `(?s)to.*must not be empty`,
			from + `to = "2026-01-05T01:00:00+01:00"`:                   `(?s)Invalid time range.*must\s+be\s+after\s+its\s+start`,
			from + `to = "2026-01-04T00:00:00Z"`:                        `(?s)Invalid time range`,
			from + to + "max_events = 0":                                `(?s)max_events.*between 1 and 50000`,
			from + to + "max_events = 50001":                            `(?s)max_events.*between 1 and 50000`,
			from + to + filter + " = []":                                `(?s)` + filter + `.*at least 1`,
			from + to + filter + ` = ["login"]`:                         `(?s)` + filter,
			from + to + filter + ` = ["LOGOUT", null]`:                  `(?s)` + filter,
			from + to + filter + ` = ["SIGNED IN"]`:                     `(?s)` + filter,
			"from = tostring(null)\n" + to:                              `(?s)required`,
			from + to + filter + ` = ["${terraform_data.x.id}", "x y"]`: `(?s)` + filter,
		} {
			refusals = append(refusals, refusal{"data \"" + kind + "\" \"x\" {\n" + body + "\n}", want})
		}
	}

	mustRefuse(t, env, "resource \"terraform_data\" \"x\" {}\n", refusals...)

	if got := len(team.Journal()); got != 0 {
		t.Errorf("got %d requests for arguments that are rejected at plan time", got)
	}
}

// TestAccPeriodMayBeUnknownAtPlanTime checks that the read is deferred to the apply.
func TestAccPeriodMayBeUnknownAtPlanTime(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{Reports: reportsForTests()})
	acceptance(t, env, step{
		config: `
			resource "terraform_data" "from" { input = "2026-01-05T09:00:00Z" }
			data "celonis_login_events" "this" {
			  from = terraform_data.from.output
			  to   = "2026-01-06T00:00:00Z"
			}
			data "celonis_audit_events" "this" {
			  from = "2026-01-05T09:00:00Z"
			  to   = timeadd(terraform_data.from.output, "24h")
			}`,
		state: []statecheck.StateCheck{
			valueIs("data.celonis_login_events.this", "events", knownvalue.ListSizeExact(3)),
			valueIs("data.celonis_audit_events.this", "events", knownvalue.ListSizeExact(2)),
		},
	})
}
