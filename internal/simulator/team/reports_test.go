package team_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
	simteam "github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

const auditV2Path = "/log/api/external/v2/audit"

func at(text string) time.Time {
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}

	return parsed
}

// threeLogins returns three sign-ins, one second apart.
func threeLogins() []simteam.LoginEvent {
	return []simteam.LoginEvent{
		{Type: "LOGIN", Email: "a@example.com", Success: true, Time: at("2026-01-05T09:00:00Z")},
		{Type: "LOGOUT", Email: "b@example.com", Success: true, Time: at("2026-01-05T09:00:01Z")},
		{Type: "BAD_CREDENTIALS", Email: "c@example.com", Time: at("2026-01-05T09:00:02.120Z")},
	}
}

// fiveAudits returns five audit events, one minute apart. E4 is the newest.
func fiveAudits() []simteam.AuditEvent {
	events := make([]simteam.AuditEvent, 0, 5)
	for i := range cap(events) {
		events = append(events, simteam.AuditEvent{
			UserID: "u", Event: fmt.Sprintf("E%d", i), Time: at("2026-01-05T09:00:00Z").Add(time.Duration(i) * time.Minute),
		})
	}

	return events
}

func TestEachReportRequiresItsOwnScope(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Reports: simteam.Options{Members: 1, LoginEvents: 1, Permissions: 1, AuditEvents: 1}})
	scopes := map[string]string{
		simulatortest.MembersPath + "?includeInternal=true": "team.user-group-info:read",
		simulatortest.LoginEventsPath:                       "team.login-history:read",
		simulatortest.PermissionsPath:                       "authorization.permissions:read",
		simulatortest.AuditPath:                             "audit.log:read",
		auditV2Path:                                         "audit.log:read",
	}

	for path, scope := range scopes {
		for _, held := range scopes {
			want := http.StatusForbidden
			if held == scope {
				want = http.StatusOK
			}

			tm.Do(http.MethodGet, path, "", "Authorization", "Bearer "+tm.Token(held)).Want(want)
		}

		tm.Do(http.MethodGet, path, "").Want(http.StatusUnauthorized)
	}
}

func TestLoginHistoryAndAuditLogsRequireAPermission(t *testing.T) {
	t.Parallel()

	client := oauth.DefaultClient()
	client.Services = []string{server.ServiceAuditLogs}
	tm := simulatortest.NewTeam(t, simulator.Options{
		OAuth: oauth.Options{
			Clients:  []oauth.Client{client},
			UserKeys: []oauth.Key{{Value: "key", Services: []string{server.ServiceLoginHistory}}},
		},
		Reports: simteam.Options{Members: 1, LoginEvents: 1, Permissions: 1, AuditEvents: 1},
	})

	for path, want := range map[string][2]int{
		simulatortest.MembersPath + "?includeInternal=true": {http.StatusOK, http.StatusOK},
		simulatortest.PermissionsPath:                       {http.StatusOK, http.StatusOK},
		simulatortest.LoginEventsPath:                       {http.StatusForbidden, http.StatusOK},
		simulatortest.AuditPath:                             {http.StatusOK, http.StatusForbidden},
		auditV2Path:                                         {http.StatusOK, http.StatusForbidden},
	} {
		token := tm.Token(strings.Join(client.Scopes, " "))
		tm.Do(http.MethodGet, path, "", "Authorization", "Bearer "+token).Want(want[0])
		tm.Do(http.MethodGet, path, "", "Authorization", "Bearer key").Want(want[1])
	}
}

func TestAreasWithTheSamePrefixAreActivatedSeparately(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{
		Server: server.Options{InactiveAPIs: []string{"team-members"}}, Reports: simteam.Options{LoginEvents: 1},
	})

	if r := tm.Get(simulatortest.MembersPath + "?includeInternal=true").Want(http.StatusForbidden); r.Body != "" {
		t.Errorf("body of the 403 = %q, want none", r.Body)
	}

	tm.Get(simulatortest.LoginEventsPath).Want(http.StatusOK)
	tm.Get("/api/external/nonsense").WantError(http.StatusNotFound, "GENERAL_NOTFOUND_PATH")
	tm.Get("/log/api/external/v3/audit").WantError(http.StatusNotFound, "GENERAL_NOTFOUND_PATH")
	tm.Do(http.MethodPost, simulatortest.LoginEventsPath, "", "Authorization", "Bearer "+oauth.DefaultUserKey().Value).Want(http.StatusMethodNotAllowed)

	if r := tm.Get("/api/externally").Want(http.StatusNotFound); !strings.Contains(r.Body, "<html") {
		t.Errorf("body at a path outside the APIs = %q", r.Body)
	}
}

func TestPermissionErrorsHaveTheirOwnFormat(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	for target, code := range map[string]string{
		simulatortest.PermissionsPath + "?pageSize=1": "GENERAL_PARAMETER_ILLEGAL", "/api/authorization/external/x": "GENERAL_NOTFOUND_PATH",
	} {
		if got := tm.Get(target).Object()["frontendErrorKey"]; got != code {
			t.Errorf("%s: body[frontendErrorKey] = %v, want %s", target, got, code)
		}
	}
}

func TestReportParametersAreChecked(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Reports: simteam.Options{Members: 3, Logins: threeLogins(), Audits: fiveAudits()}})

	for _, target := range []string{
		simulatortest.MembersPath, simulatortest.MembersPath + "?includeInternal=1", simulatortest.MembersPath + "?includeInternal=true&pageSize=201",
		simulatortest.MembersPath + "?includeInternal=true&pageSize=0", simulatortest.MembersPath + "?includeInternal=true&pageNumber=-1",
		simulatortest.MembersPath + "?includeInternal=true&page=0",
		simulatortest.LoginEventsPath + "?from=2026-01-05", simulatortest.LoginEventsPath + "?from=2026-01-05T09:00:00Z", simulatortest.LoginEventsPath + "?to=2026-01-05T09:00:00.5",
		simulatortest.LoginEventsPath + "?from=2026-01-05T09:00:01&to=2026-01-05T09:00:00",
		simulatortest.AuditPath + "?from=2026-01-05T09:00:00", simulatortest.AuditPath + "?pageToken=x",
		auditV2Path + "?limit=501", auditV2Path + "?limit=0", auditV2Path + "?pageToken=bm9uc2Vuc2U=", auditV2Path + "?pageToken=",
		auditV2Path + "?from=2026-01-05T09:00:00Z", auditV2Path + "?pageNumber=0",
		auditV2Path + "?pageToken=YXVkaXQtYWZ0ZXI6LTE=", // This token is the base64 encoding of audit-after:-1.
	} {
		tm.Get(target).Want(http.StatusBadRequest)
	}
}

func TestMembersArePaged(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Reports: simteam.Options{Members: 450}})

	var ids []string

	for page, want := range []int{200, 200, 50} {
		got := tm.Get(fmt.Sprintf("%s?includeInternal=true&pageNumber=%d", simulatortest.MembersPath, page)).ReportPage()
		if len(got.Content) != want || got.PageNumber != page || *got.PageSize != 200 || *got.TotalCount != 450 {
			t.Errorf("page %d: %d items, number %d, size %d, total %d", page, len(got.Content), got.PageNumber, *got.PageSize, *got.TotalCount)
		}

		ids = append(ids, got.Values("userId")...)
	}

	if slices.Sort(ids); len(slices.Compact(ids)) != 450 {
		t.Error("a member is on two pages")
	}

	tm.Get(simulatortest.MembersPath + "?includeInternal=true&pageNumber=3").Want(http.StatusNoContent)
}

func TestInternalMembersCanBeOmitted(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Reports: simteam.Options{
		Members: 100, IncludeInternal: simteam.Optional,
		TeamMembers: []simteam.Member{{ID: "a", Name: "A", Internal: true}, {ID: "b", Name: "B"}},
	}})

	for query, want := range map[string]int{"?includeInternal=true": 102, "": 102, "?includeInternal=false": 96} {
		page := tm.Get(simulatortest.MembersPath + query).ReportPage()
		if len(page.Content) != want || *page.TotalCount != want {
			t.Errorf("%q: %d members, total = %d, want %d", query, len(page.Content), *page.TotalCount, want)
		}

		for _, name := range page.Values("nameAndEmail") {
			if want == 96 && strings.Contains(name, "(Celonis)") {
				t.Errorf("the list contains the internal member %q", name)
			}
		}
	}
}

func TestMemberContainsTheDocumentedFields(t *testing.T) {
	t.Parallel()

	clock := simulatortest.NewClock()
	ada := simteam.Member{
		ID: "u-1", Name: "Ada (Ops)", Email: "ada@example.com", Role: "ANALYST", Status: "Active",
		LastLogin: clock.Now.Add(-75 * time.Hour), Groups: []simteam.MemberGroup{{Name: "Finance", Role: "MEMBER"}},
	}

	for _, test := range []struct {
		member  simteam.Member
		options simulator.Options
		want    string
	}{
		{ada, simulator.Options{}, `{"group":[{"name":"Finance","teamRole":"MEMBER"}],"inactivityPeriod":3,` +
			`"lastLogin":"3/1/2026, 11:03:21 AM UTC","nameAndEmail":"Ada (Ops) (ada@example.com)","status":"Active","userId":"u-1",` +
			`"userRole":"ANALYST"}`},
		{ada, simulator.Options{Reports: simteam.Options{NarrowSpaces: true, UnknownFields: true}}, `{"addedLater":{"by":"the vendor"},` +
			`"group":[{"addedLater":{"by":"the vendor"},"name":"Finance","teamRole":"MEMBER"}],"inactivityPeriod":3,"lastLogin":"3/1/2026, ` +
			"11:03:21\u202fAM UTC" + `","nameAndEmail":"Ada (Ops) (ada@example.com)","status":"Active","userId":"u-1","userRole":"ANALYST"}`},
		{simteam.Member{ID: "u-2", Name: "Bob"}, simulator.Options{}, `{"nameAndEmail":"Bob ()","userId":"u-2"}`},
		{simteam.Member{ID: "u-2", Name: "Bob"}, simulator.Options{Server: server.Options{NullFields: true}}, `{"group":null,"inactivityPeriod":null,` +
			`"lastLogin":null,"nameAndEmail":"Bob ()","status":null,"userId":"u-2","userRole":null}`},
	} {
		test.options.Now = clock.Read
		test.options.Reports.TeamMembers = []simteam.Member{test.member}
		page := simulatortest.NewTeam(t, test.options).Get(simulatortest.MembersPath + "?includeInternal=true").ReportPage()

		if got, err := json.Marshal(page.Content[0]); err != nil || string(got) != test.want {
			t.Errorf("member = %s\nwant %s", got, test.want)
		}
	}
}

func TestTimeRangeOptions(t *testing.T) {
	t.Parallel()

	const timeRange = "?from=2026-01-05T09:00:00&to=2026-01-05T09:00:01"

	for name, test := range map[string]struct {
		options simteam.Options
		query   string
		want    []string
	}{
		"half open":           {simteam.Options{}, timeRange, []string{"a@example.com"}},
		"closed":              {simteam.Options{Bounds: simteam.BoundsClosed}, timeRange, []string{"b@example.com", "a@example.com"}},
		"open":                {simteam.Options{Bounds: simteam.BoundsOpen}, timeRange, nil},
		"ignored":             {simteam.Options{IgnoreTimes: true}, timeRange, []string{"c@example.com", "b@example.com", "a@example.com"}},
		"no time range":       {simteam.Options{}, "", []string{"c@example.com", "b@example.com", "a@example.com"}},
		"from only":           {simteam.Options{}, "?from=2026-01-05T09:00:01", []string{"c@example.com", "b@example.com"}},
		"to only":             {simteam.Options{}, "?to=2026-01-05T09:00:01", []string{"a@example.com"}},
		"oldest first":        {simteam.Options{Order: simteam.OldestFirst}, "", []string{"a@example.com", "b@example.com", "c@example.com"}},
		"different time zone": {simteam.Options{LoginTimes: simteam.TimesWithZone}, "?from=2026-01-05T11:00:01%2B02:00", []string{"c@example.com", "b@example.com"}},
		"both time formats":   {simteam.Options{LoginTimes: simteam.TimesAny}, "?from=2026-01-05T09:00:01.5Z&to=2026-01-05T09:01:00", []string{"c@example.com"}},
		"fixed order":         {simteam.Options{Order: simteam.NoOrder}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			test.options.Logins, test.options.NoContent = threeLogins(), simteam.NoContentEmpty
			got := simulatortest.NewTeam(t, simulator.Options{Reports: test.options}).Get(simulatortest.LoginEventsPath + test.query).ReportPage().Values("email")

			if test.options.Order == simteam.NoOrder {
				test.want = simulatortest.NewTeam(t, simulator.Options{Reports: test.options}).Get(simulatortest.LoginEventsPath).ReportPage().Values("email")
			}

			if !slices.Equal(got, test.want) {
				t.Errorf("Values() = %q, want %q", got, test.want)
			}
		})
	}
}

func TestGeneratedEventsAreDistributedOverAMonth(t *testing.T) {
	t.Parallel()

	clock := simulatortest.NewClock()
	tm := simulatortest.NewTeam(t, simulator.Options{Now: clock.Read, Reports: simteam.Options{LoginEvents: 100, AuditEvents: 100}})

	for _, path := range []string{simulatortest.LoginEventsPath, simulatortest.AuditPath} {
		times := tm.Get(path).ReportPage().Values("timestamp")
		newest, oldest := at(times[0]), at(times[99])

		if !newest.Before(clock.Now) || newest.Before(clock.Now.Add(-24*time.Hour)) ||
			oldest.Before(clock.Now.Add(-30*24*time.Hour)) || oldest.After(clock.Now.Add(-29*24*time.Hour)) {
			t.Errorf("%s: the events are from %s to %s", path, oldest, newest)
		}
	}
}

func TestNoContentOptions(t *testing.T) {
	t.Parallel()

	for _, path := range []string{simulatortest.MembersPath + "?includeInternal=true", simulatortest.LoginEventsPath, simulatortest.PermissionsPath, simulatortest.AuditPath, auditV2Path} {
		if r := simulatortest.NewTeam(t, simulator.Options{}).Get(path).Want(http.StatusNoContent); r.Body != "" {
			t.Errorf("%s: body of the 204 = %q, want none", path, r.Body)
		}

		r := simulatortest.NewTeam(t, simulator.Options{Reports: simteam.Options{NoContent: simteam.NoContentEmpty}}).Get(path).Want(http.StatusOK)
		if !strings.Contains(r.Body, `[]`) {
			t.Errorf("%s: body = %s", path, r.Body)
		}
	}
}

func TestPermissionsAreReturnedInOneDocument(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Reports: simteam.Options{
		GroupsSeparator: ";",
		Grants: []simteam.Grant{
			{
				SubjectName: "Ada", SubjectType: "USER", SubjectID: "u-1", Groups: []string{"A", "B"}, Role: "ADMIN", Service: "package-manager",
				ObjectName: "Finance", ObjectType: "SPACE", ObjectID: "s-1", Actions: []string{"EDIT_SPACE"},
			},
			{SubjectName: "Bob"},
		},
	}})

	const want = `{"permissions":[{"actions":["EDIT_SPACE"],"groups":"A;B","objectId":"s-1","objectName":"Finance","objectType":"SPACE",` +
		`"role":"ADMIN","service":"package-manager","subjectId":"u-1","subjectName":"Ada","subjectType":"USER"},{"subjectName":"Bob"}]}`
	if got := tm.Get(simulatortest.PermissionsPath).Want(http.StatusOK).Body; got != want {
		t.Errorf("body = %s\nwant %s", got, want)
	}
}

func TestAuditLogIsPagedWithTokens(t *testing.T) {
	t.Parallel()

	for form, last := range map[simteam.LastToken]string{
		simteam.LastTokenAbsent: "", simteam.LastTokenEmpty: `"nextPageToken":""`, simteam.LastTokenNull: `"nextPageToken":null`,
	} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()

			tm := simulatortest.NewTeam(t, simulator.Options{Reports: simteam.Options{Audits: fiveAudits(), LastToken: form}})

			var events []string

			query := "?limit=2"

			for {
				r := tm.Get(auditV2Path + query)
				page := r.ReportPage()
				events = append(events, page.Values("event")...)

				if page.NextPageToken == nil || *page.NextPageToken == "" {
					if !strings.Contains(r.Body, last) || last == "" && strings.Contains(r.Body, "nextPageToken") {
						t.Errorf("last page = %s", r.Body)
					}

					break
				}

				query = "?limit=2&pageToken=" + url.QueryEscape(*page.NextPageToken)
			}

			if want := []string{"E4", "E3", "E2", "E1", "E0"}; !slices.Equal(events, want) {
				t.Errorf("events = %q, want %q", events, want)
			}
		})
	}
}

func TestAuditLogCapsThePageSize(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Reports: simteam.Options{Audits: fiveAudits(), AuditV2MaxLimit: 3}})
	if page := tm.Get(auditV2Path + "?limit=500").ReportPage(); len(page.Content) != 3 || page.NextPageToken == nil {
		t.Errorf("%d events, token = %v", len(page.Content), page.NextPageToken)
	}
}

func TestAuditEventContainsTheDocumentedFields(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Reports: simteam.Options{Audits: []simteam.AuditEvent{
		{
			UserID: "u", UserRole: "ADMIN", Event: "GROUP_UPDATED", Time: at("2026-01-05T09:10:00Z"), Message: map[string]any{"id": "g"},
			IPAddress: "192.0.2.1", Port: "443", Diff: &simteam.AuditDiff{Old: "MEMBER", New: nil},
		},
		{Time: at("2026-01-05T09:09:00Z")},
	}}})

	const want = `{"content":[{"diffPayload":{"newValue":null,"oldValue":"MEMBER"},"event":"GROUP_UPDATED","ipAddress":"192.0.2.1",` +
		`"message":{"id":"g"},"port":"443","timestamp":"2026-01-05T09:10:00.000Z","userId":"u","userRole":"ADMIN"},` +
		`{"diffPayload":null,"ipAddress":null,"port":null,"timestamp":"2026-01-05T09:09:00.000Z"}]`
	for _, path := range []string{simulatortest.AuditPath, auditV2Path} {
		if got := tm.Get(path).Want(http.StatusOK).Body; !strings.HasPrefix(got, want) {
			t.Errorf("body = %s\nwant %s", got, want)
		}
	}
}

func TestTimeRangeInVersionTwoOfTheAuditLog(t *testing.T) {
	t.Parallel()

	for times, want := range map[simteam.UndocumentedTimes]int{simteam.IgnoreTimes: 5, simteam.HonourTimes: 2} {
		tm := simulatortest.NewTeam(t, simulator.Options{Reports: simteam.Options{Audits: fiveAudits(), AuditV2Times: times}})
		page := tm.Get(auditV2Path + "?from=2026-01-05T09:03:00Z").ReportPage()

		if len(page.Content) != want {
			t.Errorf("%s: %d events, want %d", times, len(page.Content), want)
		}
	}
}

func TestUnavailableVersionOfTheAuditLog(t *testing.T) {
	t.Parallel()

	for presence, want := range map[simteam.Presence]struct {
		status int
		part   string
	}{
		simteam.AbsentPath: {http.StatusNotFound, "GENERAL_NOTFOUND_PATH"}, simteam.AbsentPage: {http.StatusNotFound, "<html"},
		simteam.AbsentBare: {http.StatusNotFound, ""}, simteam.AbsentMethod: {http.StatusMethodNotAllowed, "{"},
		simteam.AbsentGone: {http.StatusGone, "{"},
	} {
		v1 := simulatortest.NewTeam(t, simulator.Options{Reports: simteam.Options{Audits: fiveAudits(), AuditV1: presence}})
		v2 := simulatortest.NewTeam(t, simulator.Options{Reports: simteam.Options{Audits: fiveAudits(), AuditV2: presence}})

		for _, r := range []simulatortest.Reply{v1.Get(simulatortest.AuditPath).Want(want.status), v2.Get(auditV2Path).Want(want.status)} {
			if !strings.Contains(r.Body, want.part) || (want.part == "") != (r.Body == "") {
				t.Errorf("%s: body = %q", presence, r.Body)
			}
		}

		v1.Get(auditV2Path).Want(http.StatusOK)
		v2.Get(simulatortest.AuditPath).Want(http.StatusOK)
	}
}

func TestListFaultsApplyToReports(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Reports: simteam.Options{Members: 30, LoginEvents: 30, AuditEvents: 30}})

	for _, path := range []string{simulatortest.MembersPath + "?includeInternal=true&", simulatortest.LoginEventsPath + "?", simulatortest.AuditPath + "?"} {
		bare, _, _ := strings.Cut(path, "?")
		before := tm.Get(path + "pageSize=10").ReportPage()

		tm.Inject(simulator.Fault{Path: bare, RepeatPage: true})

		if after := tm.Get(path + "pageSize=10&pageNumber=1").ReportPage(); !slices.EqualFunc(before.Content, after.Content, func(a, b map[string]any) bool {
			return fmt.Sprint(a) == fmt.Sprint(b)
		}) {
			t.Errorf("%s: the first page is not repeated", path)
		}

		tm.Inject(simulator.Fault{Path: bare, EndlessPages: true})

		if got := tm.Get(path + "pageSize=10&pageNumber=99").ReportPage(); len(got.Content) != 10 || *got.TotalCount != 1010 {
			t.Errorf("%s: %d items, total = %d", path, len(got.Content), *got.TotalCount)
		}

		tm.Inject(simulator.Fault{Path: bare, ChangeTotal: 1})

		if got := tm.Get(path).ReportPage(); *got.TotalCount != 31 {
			t.Errorf("%s: total = %d", path, *got.TotalCount)
		}
	}

	tm.Inject(simulator.Fault{Path: auditV2Path, RepeatPage: true, Times: 2})

	first, second := tm.Get(auditV2Path+"?limit=10").ReportPage(), tm.Get(auditV2Path+"?limit=10&pageToken="+url.QueryEscape("YXVkaXQtYWZ0ZXI6MTA=")).ReportPage()
	if *first.NextPageToken != *second.NextPageToken || first.Content[0]["timestamp"] != second.Content[0]["timestamp"] {
		t.Error("the token or the page is not repeated")
	}

	tm.Inject(simulator.Fault{Path: auditV2Path, EndlessPages: true})

	if got := tm.Get(auditV2Path + "?limit=10&pageToken=" + url.QueryEscape("YXVkaXQtYWZ0ZXI6MTAw")).ReportPage(); len(got.Content) != 10 ||
		got.NextPageToken == nil || *got.NextPageToken == "" {
		t.Errorf("%d items, token = %v", len(got.Content), got.NextPageToken)
	}
}

func TestMembersOfLargeTeamsAreGeneratedOnDemand(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Reports: simteam.Options{Members: 100_000}})

	page := tm.Get(simulatortest.MembersPath + "?includeInternal=false&pageNumber=474").ReportPage()
	if len(page.Content) != 200 || *page.TotalCount != 95_000 {
		t.Errorf("%d members, total = %d", len(page.Content), *page.TotalCount)
	}
}

func TestTotalAndPageSizeOptionsOfReports(t *testing.T) {
	t.Parallel()

	opts := simulator.Options{
		Server: server.Options{Total: server.TotalCountsPage, OmitPageSize: true}, Reports: simteam.Options{LoginEvents: 30, MaxPageSize: 7},
	}
	if got := simulatortest.NewTeam(t, opts).Get(simulatortest.LoginEventsPath).ReportPage(); got.PageSize != nil || *got.TotalCount != 7 {
		t.Errorf("ReportPage() = %+v", got)
	}

	opts.Server.Total, opts.Server.PageSizeAboveMax, opts.Server.OmitPageSize = server.TotalAbsent, server.CapPageSizeSilently, false
	if got := simulatortest.NewTeam(t, opts).Get(simulatortest.LoginEventsPath).ReportPage(); *got.PageSize != 200 || got.TotalCount != nil || len(got.Content) != 7 {
		t.Errorf("ReportPage() = %+v", got)
	}
}

// permissionsOf returns, for each permission of a subject, the subject's name, role and groups.
func permissionsOf(tm simulatortest.Team, id string) []string {
	tm.T.Helper()

	reply := tm.Get(simulatortest.PermissionsPath)
	if reply.Status == http.StatusNoContent {
		return nil
	}

	list, _ := reply.Object()["permissions"].([]any)

	var of []string

	for _, item := range list {
		if grant, _ := item.(map[string]any); grant["subjectId"] == id {
			of = append(of, fmt.Sprint(grant["subjectName"], "|", grant["role"], "|", grant["groups"]))
		}
	}

	return of
}

func TestReportsFollowUsersAndGroups(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	ada := tm.AddUser(scim.User{UserName: "ada@example.com", DisplayName: "Ada", Role: "ANALYST"})
	group := tm.AddGroup(scim.Group{DisplayName: "Readers", Role: "MEMBER", Members: []string{ada.ID}})

	if got := tm.Get(simulatortest.MembersPath + "?includeInternal=true").ReportPage(); !slices.Contains(got.Values("userId"), ada.ID) {
		t.Errorf("the new user is not a team member: %v", got.Content)
	}

	if got := permissionsOf(tm, ada.ID); !slices.Equal(got, []string{"Ada|ANALYST|Readers"}) {
		t.Errorf("permissions of the new user = %v", got)
	}

	if got := permissionsOf(tm, group.ID); !slices.Equal(got, []string{"Readers|MEMBER|<nil>"}) {
		t.Errorf("permissions of the new group = %v", got)
	}

	tm.ChangeUser(ada.ID, func(user *scim.User) { user.DisplayName, user.Role = "Ada L.", "ADMIN" })
	tm.ChangeGroup(group.ID, func(group *scim.Group) { group.DisplayName, group.Members = "Auditors", nil })

	if got := permissionsOf(tm, ada.ID); !slices.Equal(got, []string{"Ada L.|ADMIN|<nil>"}) {
		t.Errorf("permissions of the changed user = %v", got)
	}

	if got := permissionsOf(tm, group.ID); !slices.Equal(got, []string{"Auditors|MEMBER|<nil>"}) {
		t.Errorf("permissions of the changed group = %v", got)
	}

	tm.RemoveGroup(group.ID)
	tm.RemoveUser(ada.ID)

	if got := append(permissionsOf(tm, ada.ID), permissionsOf(tm, group.ID)...); len(got) > 0 {
		t.Errorf("permissions of removed subjects = %v", got)
	}
}

func TestConfiguredPermissionsFollowUsersAndGroups(t *testing.T) {
	t.Parallel()

	const adaID, groupID = "6f0a2d5e-8b17-4c93-a4d8-3e9b1c7f5a21", "6f0a2d5e-8b17-4c93-a4d8-3e9b1c7f5a22"

	tm := simulatortest.NewTeam(t, simulator.Options{
		SCIM: scim.Options{
			Users:  []scim.User{{ID: adaID, UserName: "ada@example.com", DisplayName: "Ada", Role: "ANALYST"}},
			Groups: []scim.Group{{ID: groupID, DisplayName: "Readers", Role: "MEMBER"}},
		},
		Reports: simteam.Options{Grants: []simteam.Grant{
			{SubjectName: "Ada", SubjectType: "USER", SubjectID: adaID, Role: "ANALYST", Groups: []string{"as configured"}},
			{SubjectName: "Readers", SubjectType: "GROUP", SubjectID: groupID, Role: "MEMBER"},
			{SubjectName: "robot", SubjectType: "APPLICATION", SubjectID: "app-1", Role: "MEMBER"},
		}},
	})

	if got := permissionsOf(tm, adaID); !slices.Equal(got, []string{"Ada|ANALYST|as configured"}) {
		t.Errorf("permissions before a change = %v", got)
	}

	tm.ChangeGroup(groupID, func(group *scim.Group) { group.DisplayName, group.Members = "Auditors", []string{adaID} })

	if got := permissionsOf(tm, adaID); !slices.Equal(got, []string{"Ada|ANALYST|Auditors"}) {
		t.Errorf("permissions after the user joined a group = %v", got)
	}

	if got := permissionsOf(tm, groupID); !slices.Equal(got, []string{"Auditors|MEMBER|<nil>"}) {
		t.Errorf("permissions of the renamed group = %v", got)
	}

	tm.RemoveUser(adaID)

	if got := permissionsOf(tm, adaID); len(got) > 0 {
		t.Errorf("permissions of a removed user = %v", got)
	}

	if got := permissionsOf(tm, "app-1"); len(got) != 1 {
		t.Errorf("permissions of an application = %v", got)
	}
}
