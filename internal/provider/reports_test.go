package provider

import (
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

const (
	membersPath     = "/api/external/members"
	permissionsPath = "/api/authorization/external/permissions"
	loginsPath      = "/api/external/authentication-events"
	auditPath       = "/log/api/external/audit"
	auditV2Path     = "/log/api/external/v2/audit"
)

// The on function parses an RFC 3339 timestamp.
func on(text string) time.Time {
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}

	return parsed
}

// reportsForTests returns the data for a team's reports, with known values for every attribute.
func reportsForTests() team.Options {
	return team.Options{
		TeamMembers: []team.Member{
			{
				ID: "u-2", Name: "Ada (Ops)", Email: "ada@example.com", Role: "ADMIN", Status: "Active", LastLogin: on("2026-01-05T21:03:11Z"),
				Groups: []team.MemberGroup{{Name: "Readers"}, {Name: "Finance", Role: "ANALYST"}},
			},
			{ID: "u-1", Name: "Bob", Email: "bob@example.com", Role: "MEMBER", Status: "Invited", Internal: true},
		},
		Grants: []team.Grant{
			{
				SubjectName: "Ada", SubjectType: "USER", SubjectID: "u-2", Groups: []string{"Finance", "Readers"}, Role: "ADMIN",
				Service: "package-manager", ObjectName: "Orders", ObjectType: "PACKAGE", ObjectID: "p-1", Actions: []string{"USE_PACKAGE", "EDIT_PACKAGE"},
			},
			{SubjectName: "Finance", SubjectType: "GROUP", SubjectID: "g-1", Service: "event-collection", Actions: []string{"USE_ALL_DATA_MODELS"}},
			{SubjectName: "ada", SubjectType: "user", SubjectID: "U-2", Service: "package-manager", ObjectType: "SPACE", ObjectID: "s-1"},
		},
		Logins: []team.LoginEvent{
			{Type: "LOGIN_SSO", Email: "Ada@example.com", Success: true, Time: on("2026-01-05T09:03:11.12Z")},
			{Type: "BAD_CREDENTIALS", Email: "ada@example.com", Time: on("2026-01-05T09:03:05Z")},
			{Type: "LOGOUT", Email: "bob@example.com", Success: true, Time: on("2026-01-05T09:00:00Z")},
			{Type: "LOGIN", Email: "bob@example.com", Success: true, Time: on("2026-01-05T08:59:59.999Z")},
		},
		Audits: []team.AuditEvent{
			{
				UserID: "u-2", UserRole: "ADMIN", Event: "TEAM_MEMBERSHIP_UPDATED", Time: on("2026-01-05T09:03:11.12Z"),
				Message: map[string]any{"email": "bob@example.com", "at": "<now>"}, IPAddress: "192.0.2.1", Port: "443",
				Diff: &team.AuditDiff{Old: "", New: []string{"MEMBER"}},
			},
			{Event: "SCIM_UPDATED", Time: on("2026-01-05T09:00:00Z")},
			{Event: "SCIM_UPDATED", Time: on("2026-01-05T08:59:59.999Z")},
		},
	}
}

// variants returns a team for each plausible format of Celonis's responses. The data sources must return the same values for all variants.
func variants() map[string]simulator.Options {
	second := reportsForTests()
	second.NoContent, second.UnknownFields, second.NarrowSpaces = team.NoContentEmpty, true, true
	second.Bounds, second.Order, second.AuditV1 = team.BoundsOpen, team.NoOrder, team.AbsentPath
	second.LastToken = team.LastTokenNull

	return map[string]simulator.Options{
		"as documented": {Reports: reportsForTests()},
		"alternatives":  {Reports: second, Server: server.Options{NullFields: true, Total: server.TotalCountsPage}},
	}
}
