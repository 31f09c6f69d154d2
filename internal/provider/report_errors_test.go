package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

func TestAccTeamWithoutDataHasEmptyReports(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{})
	empty := func(address, attribute string) statecheck.StateCheck { return valueIs(address, attribute, listOf()) }

	acceptance(t, env, step{
		config: `
			data "celonis_team_members" "this" {}
			data "celonis_permissions" "this" {}
			data "celonis_login_events" "this" {
			  from = "2026-01-05T00:00:00Z"
			  to   = "2026-01-06T00:00:00Z"
			}
			data "celonis_audit_events" "this" {
			  from = "2026-01-05T00:00:00Z"
			  to   = "2026-01-06T00:00:00Z"
			}`,
		state: []statecheck.StateCheck{
			empty("data.celonis_team_members.this", "members"), empty("data.celonis_permissions.this", "permissions"),
			empty("data.celonis_login_events.this", "events"), empty("data.celonis_audit_events.this", "events"),
			valueIs("data.celonis_login_events.this", "truncated", knownvalue.Bool(false)),
			valueIs("data.celonis_audit_events.this", "truncated", knownvalue.Bool(false)),
		},
	})
}

// TestReportErrorsContainAdvice covers reports that cannot be read. Each error must contain advice, and must not point at an attribute.
func TestReportErrorsContainAdvice(t *testing.T) {
	t.Parallel()

	span := map[string]string{"from": "2026-01-05T00:00:00Z", "to": "2026-01-06T00:00:00Z"}
	none := oauth.DefaultClient()
	none.Services = []string{}

	sources := map[string]struct {
		source    func() datasource.DataSource
		arguments map[string]string
		what      string
		scope     string
	}{
		membersPath:     {newTeamMembersDataSource, nil, "Unable to list team members", "team.user-group-info:read"},
		permissionsPath: {newPermissionsDataSource, nil, "Unable to read permissions", "authorization.permissions:read"},
		loginsPath:      {newLoginEventsDataSource, span, "Unable to read the login history", "team.login-history:read"},
		auditPath:       {newAuditEventsDataSource, span, "Unable to read the audit log", "audit.log:read"},
	}

	for name, test := range map[string]struct {
		options simulator.Options
		fault   simulator.Fault
		paths   []string // if empty, all reports
		parts   []string // SCOPE stands for the area's scope
	}{
		"login page": {fault: simulator.Fault{HTML: true}, parts: []string{"a web page titled", "Check `base_url`"}},
		"truncated JSON": {fault: simulator.Fault{Status: 200, Body: `{"content": [`}, parts: []string{"cannot be decoded", "altering " +
			"or truncating responses"}},
		"403 without a body": {fault: simulator.Fault{Status: 403}, parts: []string{"is not activated for the team", "the scope SCOPE"}},
		"403": {
			fault: simulator.Fault{Status: 403, Body: `{"errorCode": "ADMIN_ACCESS_ERROR"}`},
			parts: []string{"status 403: ADMIN_ACCESS_ERROR", "Check the permissions", "The token has the scope SCOPE"},
		},
		"no permission for the login history": {
			options: simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{none}}}, paths: []string{loginsPath}, parts: []string{"Team > Use Login History API"},
		},
		"no permission for the audit log": {
			options: simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{none}}}, paths: []string{auditPath}, parts: []string{"Team > Use Audit Logs API"},
		},
		"404": {
			fault: simulator.Fault{Status: 404, Body: `{"errorCode": "GENERAL_NOTFOUND_PATH"}`}, paths: []string{membersPath, permissionsPath, loginsPath},
			parts: []string{"GENERAL_NOTFOUND_PATH", "Check `base_url` and the attributes of this object"},
		},
		"no audit log": {
			options: simulator.Options{Reports: team.Options{AuditV1: team.AbsentPath, AuditV2: team.AbsentPath}},
			paths:   []string{auditPath}, parts: []string{auditPath, "Version 2 of the API, " + auditV2Path + ", does not exist either"},
		},
		"rejected period": {
			fault: simulator.Fault{Status: 400, Body: `{"errorCode": "GENERAL_PARAMETER_ILLEGAL"}`}, paths: []string{loginsPath, auditPath},
			parts: []string{"Requested: from 2026-01-05T00:00:00Z, to 2026-01-06T00:00:00Z", "GENERAL_PARAMETER_ILLEGAL", "attributes of this object"},
		},
		"error in the frontend format": {
			fault: simulator.Fault{Status: 400, Body: `{"frontendErrorKey": "export.failed", "errorInformation": "Too many."}`},
			paths: []string{permissionsPath}, parts: []string{"status 400: export.failed: Too many."},
		},
		"429": {
			fault: simulator.Fault{Status: 429, Header: http.Header{"Retry-After": {"3600"}}}, parts: []string{"status 429", "Retry after 20"},
		},
		"incomplete object": {fault: simulator.Fault{Status: 200, Body: `{}`}, parts: []string{"the response has no"}},
		"repeated page": {
			options: simulator.Options{Reports: team.Options{Members: 450}}, fault: simulator.Fault{RepeatPage: true, Times: -1},
			paths: []string{membersPath}, parts: []string{"repeats an earlier page"},
		},
	} {
		for path, source := range sources {
			if test.paths != nil && !strings.Contains(strings.Join(test.paths, " ")+" ", path+" ") {
				continue
			}

			t.Run(name+" "+path, func(t *testing.T) {
				t.Parallel()

				team, env := startTeam(t, test.options)

				if fault := test.fault; fault.Status != 0 || fault.HTML || fault.RepeatPage {
					fault.Path, fault.Times = path, -1
					team.Inject(fault)
				}

				wantError(t, env, source.source(), source.arguments, source.what, strings.Split(strings.ReplaceAll(strings.Join(test.parts, "|"), "SCOPE", source.scope), "|"))
			})
		}
	}
}

// wantError reads a data source, and expects exactly one error, which must contain all of the given parts and must not point at an
// attribute.
func wantError(t *testing.T, env environment, source datasource.DataSource, arguments map[string]string, what string, parts []string) {
	t.Helper()

	diagnostics, _ := readData(t.Context(), t, env, source, arguments)
	if diagnostics.ErrorsCount() != 1 || diagnostics[0].Summary() != what {
		t.Fatalf("got diagnostics %v, want one: %s", diagnostics, what)
	}

	for _, part := range parts {
		if !strings.Contains(diagnostics[0].Detail(), part) {
			t.Errorf("the error does not contain %q:\n%s", part, diagnostics[0].Detail())
		}
	}

	if located, ok := diagnostics[0].(interface{ Path() path.Path }); ok {
		t.Errorf("the error points at %s", located.Path())
	}
}
