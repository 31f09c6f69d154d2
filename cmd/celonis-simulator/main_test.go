package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// program is a running simulator.
type program struct {
	t      *testing.T
	url    string
	stdout string
	stop   func() error
}

// start runs the program on a free port until the test ends.
func start(t *testing.T, args ...string) program {
	t.Helper()

	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	ended := make(chan error, 1)

	go func() {
		err := run(ctx, append([]string{"-address", "127.0.0.1:0"}, args...), writer)
		_ = writer.CloseWithError(io.EOF)

		ended <- err
	}()

	t.Cleanup(func() { _ = reader.Close() })

	// The program prints all variables at once.
	buffer := make([]byte, 1<<16)

	n, err := reader.Read(buffer)
	if err != nil {
		t.Fatalf("the program said nothing: %v, %v", err, <-ended)
	}

	p := program{t: t, stdout: string(buffer[:n]), stop: func() error {
		cancel()

		last, err := io.ReadAll(reader)
		if want := "# celonis-simulator has stopped.\n"; err != nil || string(last) != want {
			t.Errorf("at the end, the program printed %q, %v, want %q", last, err, want)
		}

		return <-ended
	}}

	match := regexp.MustCompile(`(?m)^export CELONIS_URL=(http://127\.0\.0\.1:\d+)$`).FindStringSubmatch(p.stdout)
	if match == nil {
		t.Fatalf("no URL in %s", p.stdout)
	}

	p.url = match[1]

	return p
}

func (p program) ask(method, target, body, authorization string) (int, string) {
	p.t.Helper()

	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+target, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}

	if strings.HasPrefix(target, "/-/") {
		r.Header.Set("Content-Type", "application/json")
	}

	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

	response, err := client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()

	content, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}

	return response.StatusCode, string(content)
}

const list = "/intelligence/api/knowledge-models"

func TestProgramServesATeamAndItsControl(t *testing.T) {
	t.Parallel()

	p := start(t, "-models", "7", "-total", "absent")
	models := 7 + len(simulator.DefaultTeam().Intelligence.Models)

	key := "Bearer " + simulator.DefaultUserKey().Value

	status, body := p.ask(http.MethodGet, list, "", key)
	if status != http.StatusOK || strings.Count(body, `"id"`) != models || strings.Contains(body, "total") {
		t.Errorf("%d %s", status, body)
	}

	if status, body := p.ask(http.MethodGet, "/-/journal", "", ""); status != 200 || strings.Count(body, `"path"`) != 1 {
		t.Errorf("%d %s", status, body)
	}

	if status, body := p.ask(http.MethodPost, "/-/faults", `{"status":503}`, ""); status != http.StatusNoContent {
		t.Errorf("%d %s", status, body)
	}

	if status, _ := p.ask(http.MethodGet, list, "", key); status != http.StatusServiceUnavailable {
		t.Errorf("the fault did not happen: %d", status)
	}

	// Unclean paths reach the team as they are.
	if status, _ := p.ask(http.MethodGet, "/intelligence/api//x", "", key); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}

	if err := p.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func TestProgramSaysWhatToExport(t *testing.T) {
	t.Parallel()

	file := filepath.Join(t.TempDir(), "team.env")
	if err := os.WriteFile(file, []byte("stale"), 0o600); err != nil {
		t.Fatal(err)
	}

	p := start(t, "-env-file", file)

	written, err := os.ReadFile(file) //nolint:gosec // A file of the test.
	if err != nil || string(written) != p.stdout {
		t.Errorf("the file holds %q, %v; standard output %q", written, err, p.stdout)
	}

	client := simulator.DefaultClient()
	for _, line := range []string{
		"export CELONIS_CLIENT_ID=" + client.ID,
		"export CELONIS_CLIENT_SECRET=" + client.Secret,
		"# export CELONIS_APP_KEY=" + simulator.DefaultApplicationKey().Value,
		"# export CELONIS_API_KEY=" + simulator.DefaultUserKey().Value,
		"# export CELONIS_REFRESH_TOKEN=" + client.RefreshTokens[0],
		"# The team is kept in memory: all changes are lost when the simulator stops.",
	} {
		if !strings.Contains(p.stdout, line+"\n") {
			t.Errorf("%q is missing in %s", line, p.stdout)
		}
	}

	if err := p.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func TestStaleEnvironmentFileIsGoneBeforeListening(t *testing.T) {
	t.Parallel()

	file := filepath.Join(t.TempDir(), "team.env")
	if err := os.WriteFile(file, []byte("stale"), 0o600); err != nil {
		t.Fatal(err)
	}

	if err := run(t.Context(), []string{"-env-file", file, "-address", "no address"}, io.Discard); err == nil {
		t.Error("it listened")
	}

	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the stale file is still there: %v", err)
	}
}

func TestEnvironmentFileGoesWithTheProgram(t *testing.T) {
	t.Parallel()

	file := filepath.Join(t.TempDir(), "team.env")
	first := start(t, "-env-file", file)

	if err := first.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}

	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}

	// Another program's file stays.
	second := start(t, "-env-file", file)

	if err := os.WriteFile(file, []byte("another's"), 0o600); err != nil {
		t.Fatal(err)
	}

	if err := second.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}

	if content, err := os.ReadFile(file); string(content) != "another's" { //nolint:gosec // A file of the test.
		t.Errorf("the file holds %q, %v", content, err)
	}
}

func TestClientIsTheDefaultOneWithoutFlags(t *testing.T) {
	t.Parallel()

	parsed, err := parseFlags(nil, io.Discard)
	if want := []simulator.OAuthClient{simulator.DefaultClient()}; err != nil || !reflect.DeepEqual(parsed.options.OAuth.Clients, want) {
		t.Errorf("%+v, %v", parsed.options.OAuth.Clients, err)
	}
}

func TestStoppingDoesNotWaitForHangingRequests(t *testing.T) {
	t.Parallel()

	p := start(t)
	p.ask(http.MethodPost, "/-/faults", `{"hang":true}`, "")

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}

	answered := make(chan error, 1)

	go func() {
		response, err := http.DefaultClient.Do(r)
		if err == nil {
			err = response.Body.Close()
		}

		answered <- err
	}()

	for body := ""; !strings.Contains(body, `"fault":"hang"`); {
		_, body = p.ask(http.MethodGet, "/-/journal", "", "")
	}

	if err := p.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}

	if err := <-answered; err == nil {
		t.Error("the hanging request was answered")
	}
}

func TestBadArgumentsAreNamed(t *testing.T) {
	t.Parallel()

	for want, args := range map[string][]string{
		"allowed are cap, cap-silently, refuse, honour":             {"-page-size-above-max", "x"},
		"allowed are all, page, absent":                             {"-total", "x"},
		"allowed are refuse, empty":                                 {"-rows-beyond-limit", "x"},
		"allowed are flat, one-array, row-arrays":                   {"-data-nesting", "x"},
		"allowed are flat, nested":                                  {"-kpi-parameter-nesting", "x"},
		"allowed are json, yaml, yaml-as-json, json-as-text":        {"-spec-format", "x"},
		"RowsPerRecord is negative":                                 {"-rows-per-record", "-1"},
		"allowed are seconds, date-time, http-date, retry-after":    {"-rate-limit-reset", "x"},
		"allowed are oauth, problem, text, empty":                   {"-token-errors", "x"},
		"allowed are problem, frontend, list, reference, scim, te":  {"-errors", "x"},
		"is not one of S, M, L, XL":                                 {"-licence", "x"},
		"known are knowledge-models, subscriptions, scim, team":     {"-apis-off", "knowledge-models,x"},
		"allowed are client_secret_basic, client_secret_post":       {"-auth-methods", "client_secret_basic,x"},
		"invalid value \"\" for flag -auth-methods":                 {"-auth-methods", ""},
		"flag -scopes: an empty word":                               {"-scopes", "a,,b"},
		"flag -packages: an empty word":                             {"-packages", ""},
		"flag -edit-packages: an empty word":                        {"-edit-packages", ""},
		"flag -subscription-unreachable-hosts: an empty word":       {"-subscription-unreachable-hosts", "a,"},
		"allowed are object, number, text":                          {"-subscription-create-answer", "x"},
		"allowed are empty, absent, null":                           {"-subscription-no-configurations", "x"},
		"allowed are utc, offset, milliseconds":                     {"-subscription-dates", "x"},
		"not a loopback address":                                    {"-address", ":0"},
		"unexpected argument \"x\"":                                 {"x"},
		"-models":                                                   {"-models", "many"},
		"-nonsense":                                                 {"-nonsense"},
		"listen":                                                    {"-address", "no address"},
		"environment file":                                          {"-address", "127.0.0.1:0", "-env-file", "/no/such/folder/f"},
		"allowed are /scim/v2, /user-provisioning/scim/v2, /api/u":  {"-scim-base", "/x"},
		"SCIM.KeptWhenOmitted \"x\" is not one of externalId, disp": {"-scim-kept-when-omitted", "x"},
		"SCIM.GeneratedUsers is negative":                           {"-users", "-1"},
		"flag -services: an empty word":                             {"-services", ""},
	} {
		var stdout bytes.Buffer

		err := run(t.Context(), args, &stdout)
		if err == nil || !strings.Contains(err.Error(), want) || stdout.Len() > 0 {
			t.Errorf("%v: error %v, want %q; stdout %q", args, err, want, &stdout)
		}
	}
}

func TestRemoteAddressesNeedAFlag(t *testing.T) {
	t.Parallel()

	p := start(t, "-allow-remote", "-address", ":0")
	if status, _ := p.ask(http.MethodGet, "/-/journal", "", ""); status != http.StatusOK {
		t.Errorf("status %d", status)
	}

	if err := p.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func TestHelpNamesEverySwitchAndWord(t *testing.T) {
	t.Parallel()

	var stdout bytes.Buffer
	if err := run(t.Context(), []string{"-help"}, &stdout); err != nil {
		t.Fatal(err)
	}

	for _, want := range []string{
		"-address", "-models", "-seed", "-licence", "-latency", "-env-file", "-allow-remote", "-apis-off", "-null-fields",
		"cap, cap-silently, refuse, honour", "all, page, absent", "seconds, date-time, http-date, retry-after, absent",
		"-auth-methods", "-scopes", "-packages", "client_secret_basic, client_secret_post",
		"GET    /-/journal", "DELETE /-/journal", "POST   /-/faults", "GET    /-/faults", "DELETE /-/faults",
		"POST   /-/expire-tokens",
		"GET    /-/subscriptions", "POST   /-/subscriptions", "PATCH  /-/subscriptions/{id}", "DELETE /-/subscriptions/{id}",
		"POST   /-/events", "-subscriptions", "-subscription-refuse-beyond-max", "object, number, text", "utc, offset, milliseconds",
		"-rows-per-record", "-row-limit", "-quoted-flags", "refuse, empty", "flat, one-array, row-arrays", "flat, nested",
		"-members", "-audit-v2", "newest-first, oldest-first, none",
		"json, yaml, yaml-as-json, json-as-text",
		"-users", "-groups", "-services", "/-/scim/users", "/-/scim/groups",
		"400, 400-uniqueness, 409, 409-uniqueness, existing", "none, meta, enforced, required", "created, shuffled, unstable",
		"externalId, displayName, role, members",
		"oauth, problem, text, empty", "problem, frontend, list, reference, scim, text, empty",
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("%q is missing in the help", want)
		}
	}
}

func TestFlagsSetTheirOptions(t *testing.T) {
	t.Parallel()

	parsed, err := parseFlags([]string{
		"-models=3", "-seed=4", "-licence=L", "-max-page-size=5", "-page-size-above-max=honour", "-past-end=last-page", "-total=page",
		"-omit-page-size", "-sort-as-array", "-null-fields", "-latency=6ms", "-apis-off=knowledge-models",
		"-requests-per-second=7", "-requests-per-day=8", "-max-concurrent=9", "-rate-limit-reset=http-date",
		"-scope-optional", "-raw-basic-credentials", "-token-lifetime=10s", "-omit-expires-in", "-rotate-refresh-tokens",
		"-narrow-scopes", "-token-errors=text", "-errors=list", "-errors-as-json",
		"-rows-per-record=11", "-row-limit=12", "-rows-beyond-limit=empty", "-data-nesting=row-arrays", "-quoted-flags",
		"-kpi-parameter-nesting=nested", "-spec-format=yaml",
		"-members=21", "-login-events=22", "-permissions=23", "-audit-events=24", "-reports-max-page-size=25", "-no-content=200",
		"-include-internal=optional", "-login-times=any", "-audit-times=without-zone", "-event-bounds=open", "-event-order=none",
		"-ignore-times", "-audit-v1=gone", "-audit-v2=html", "-audit-v2-times=honour", "-audit-v2-max-limit=26", "-last-token=null",
		"-groups-separator=;", "-narrow-spaces", "-unknown-fields", "-services=audit-logs",
		"-missing-scope-is-invalid-request", "-auth-methods=client_secret_post", "-scopes=a,b", "-packages=p,q",
		"-edit-packages=r,s", "-subscriptions=13", "-subscription-max=14", "-subscription-refuse-beyond-max",
		"-subscription-unreachable-hosts=h,.i", "-subscription-create-answer=text", "-subscription-create-answers-ok",
		"-subscription-update-answers-no-content", "-subscription-update-keeps-omitted", "-subscription-update-leaves-paused",
		"-subscription-update-leaves-failed", "-subscription-update-leaves-rejected", "-subscription-refuse-repeats",
		"-subscription-pause-from-any-status", "-subscription-listed-after-reads=15", "-subscription-listed-after=16s",
		"-subscription-delisted-after-reads=17", "-subscription-delisted-after=18s", "-subscription-updates-listed-after-reads=19",
		"-subscription-updates-listed-after=20s", "-subscription-old-list-items",
		"-subscription-latest-succeed-offset", "-subscription-no-configurations=null", "-subscription-dates=offset",
		"-subscription-trim-names", "-subscription-normalise-uris",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}

	o := parsed.options
	for name, set := range map[string]bool{
		"models": o.Intelligence.KnowledgeModels == 3, "seed": o.Seed == 4, "licence": o.Server.Licence == "L",
		"max-page-size": o.Server.MaxPageSize == 5, "page-size-above-max": o.Server.PageSizeAboveMax == simulator.HonourPageSize,
		"past-end": o.Server.PastEnd == simulator.PastEndLastPage,
		"total":    o.Server.Total == simulator.TotalCountsPage, "omit-page-size": o.Server.OmitPageSize, "sort-as-array": o.Server.SortAsArray,
		"null-fields": o.Server.NullFields, "latency": o.Server.Latency == 6e6, "apis-off": len(o.Server.APIsOff) == 1,
		"requests-per-second": o.Server.RequestsPerSecond == 7, "requests-per-day": o.Server.RequestsPerDay == 8,
		"max-concurrent": o.Server.MaxConcurrent == 9, "rate-limit-reset": o.Server.RateLimitReset == simulator.ResetAsHTTPDate,
		"missing-scope-is-invalid-request": o.OAuth.MissingScopeIsInvalidRequest,
		"scope-optional":                   o.OAuth.ScopeOptional, "raw-basic-credentials": o.OAuth.RawBasicCredentials,
		"token-lifetime": o.OAuth.TokenLifetime == 10e9, "omit-expires-in": o.OAuth.OmitExpiresIn,
		"rotate-refresh-tokens": o.OAuth.RotateRefreshTokens, "narrow-scopes": o.OAuth.NarrowScopes,
		"token-errors": o.OAuth.TokenErrors == simulator.TokenErrorText, "errors": o.Server.Errors == simulator.ErrorList,
		"errors-as-json": o.Server.ErrorsAsJSON, "rows-per-record": o.Intelligence.RowsPerRecord == 11, "row-limit": o.Intelligence.RowLimit == 12,
		"rows-beyond-limit": o.Intelligence.RowsBeyondLimit == simulator.NoRowsBeyondLimit,
		"data-nesting":      o.Intelligence.DataNesting == simulator.DataRowArrays, "quoted-flags": o.Intelligence.QuotedFlags,
		"kpi-parameter-nesting": o.Intelligence.KPIParameterNesting == simulator.KPIParametersNested,
		"spec-format":           o.Intelligence.SpecFormat == simulator.SpecYAML,
		"auth-methods":          slices.Equal(o.OAuth.Clients[0].AuthMethods, []string{"client_secret_post"}),
		"scopes":                slices.Equal(o.OAuth.Clients[0].Scopes, []string{"a", "b"}),
		"packages":              slices.Equal(o.OAuth.Clients[0].Packages, []string{"p", "q"}),
		"edit-packages":         slices.Equal(o.OAuth.Clients[0].EditPackages, []string{"r", "s"}),
		"services":              slices.Equal(o.OAuth.Clients[0].Services, []string{"audit-logs"}),
		"reports": reflect.DeepEqual(o.Reports, simulator.ReportOptions{
			Members: 21, LoginEvents: 22, Permissions: 23, AuditEvents: 24, MaxPageSize: 25, NoContent: simulator.NoContentEmpty,
			IncludeInternal: simulator.Optional, LoginTimes: simulator.TimesAny, AuditTimes: simulator.AuditTimesWithoutZone,
			Bounds: simulator.BoundsOpen, Order: simulator.NoOrder, IgnoreTimes: true, AuditV1: simulator.AbsentGone,
			AuditV2: simulator.AbsentPage, AuditV2Times: simulator.HonourTimes, AuditV2MaxLimit: 26,
			Grants: simulator.DefaultTeam().Reports.Grants, LastToken: simulator.LastTokenNull, GroupsSeparator: ";", NarrowSpaces: true, UnknownFields: true,
		}),
	} {
		if !set {
			t.Errorf("-%s has no effect", name)
		}
	}

	want := simulator.SubscriptionOptions{
		Existing: simulator.DefaultTeam().Subscriptions.Existing, Count: 13, Max: 14, RefuseBeyondMax: true, UnreachableHosts: []string{"h", ".i"}, CreateAnswer: simulator.SubscriptionIDText,
		CreateAnswersOK: true, UpdateAnswersNoContent: true, UpdateKeepsOmitted: true, UpdateLeavesPaused: true,
		UpdateLeavesFailed: true, UpdateLeavesRejected: true, RefuseRepeats: true, PauseFromAnyStatus: true,
		ListedAfterReads: 15, ListedAfter: 16 * time.Second, DelistedAfterReads: 17, DelistedAfter: 18 * time.Second,
		UpdatesListedAfterReads: 19, UpdatesListedAfter: 20 * time.Second,
		OldListItems: true, LatestSucceedOffset: true, NoConfigurations: simulator.ConfigurationsNull, Dates: simulator.DatesWithOffset,
		TrimNames: true, NormaliseURIs: true,
	}
	if !reflect.DeepEqual(o.Subscriptions, want) {
		t.Errorf("the subscriptions' options are %+v, want %+v", o.Subscriptions, want)
	}
}

func TestSCIMFlagsSetTheirOptions(t *testing.T) {
	t.Parallel()

	parsed, err := parseFlags([]string{
		"-users=1", "-groups=2", "-services=scim,x", "-scim-base=/user-provisioning/scim/v2", "-scim-other-bases=login",
		"-scim-clients-as-users", "-scim-seats=3", "-scim-member-seats=4", "-scim-analyst-seats=5", "-scim-admin-seats=6",
		"-scim-create-status=201", "-scim-duplicate-user=409", "-scim-duplicate-group=existing", "-scim-replace-answer=204",
		"-scim-kept-when-omitted=role,members", "-scim-not-taken-by-put=displayName", "-scim-invitation-on-put=ignore",
		"-scim-boolean-invitation", "-scim-upper-case-roles", "-scim-groups-without-role", "-scim-delete-answer=200",
		"-scim-delete-unknown=done", "-scim-unknown-id=html", "-scim-etags=required", "-scim-content-types=json",
		"-scim-answers-as-json", "-scim-role-place=extension", "-scim-effective-roles", "-scim-lower-case-roles",
		"-scim-lower-case-user-names", "-scim-extras=all", "-scim-member-elements=full", "-scim-empty-members=null",
		"-scim-no-members-in-lists", "-scim-most-members=7", "-scim-filter=honour", "-scim-max-count=8",
		"-scim-count-above-max=refuse", "-scim-omit-empty-resources", "-scim-order=unstable", "-scim-listed-late=9",
		"-scim-listed-after-delete=10", "-scim-changes-listed-late=11",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}

	documented := simulator.DefaultTeam().SCIM
	want := simulator.SCIMOptions{
		Users: documented.Users, Groups: documented.Groups,
		GeneratedUsers: 1, GeneratedGroups: 2, Base: simulator.SCIMBaseService, OtherBases: simulator.SCIMOtherLogin,
		ClientsAsUsers: true, Seats: simulator.SCIMSeats{Total: 3, Members: 4, Analysts: 5, Admins: 6},
		CreateStatus: simulator.SCIMCreateCreated, DuplicateUser: simulator.SCIMDuplicateConflict,
		DuplicateGroup: simulator.SCIMDuplicateExisting, ReplaceAnswer: simulator.SCIMReplaceNoContent,
		KeptWhenOmitted: []string{"role", "members"}, NotTakenByPUT: []string{"displayName"},
		InvitationOnPUT: simulator.SCIMInvitationIgnored, BooleanInvitation: true, UpperCaseRoles: true, GroupsWithoutRole: true,
		DeleteAnswer: simulator.SCIMDeleteOK, DeleteUnknown: simulator.SCIMDeleteUnknownDone,
		UnknownID: simulator.SCIMUnknownHTML, ETags: simulator.SCIMETagsRequired, ContentTypes: simulator.SCIMContentJSON,
		AnswersAsJSON: true, RolePlace: simulator.SCIMRoleInExtension, EffectiveRoles: true, LowerCaseRoles: true,
		LowerCaseUserNames: true, Extras: simulator.SCIMExtrasAll, MemberElements: simulator.SCIMMembersFull,
		EmptyMembers: simulator.SCIMMembersNull, NoMembersInLists: true, MostMembers: 7, Filter: simulator.SCIMFilterHonoured,
		MaxCount: 8, CountAboveMax: simulator.SCIMCountRefused, OmitEmptyResources: true, Order: simulator.SCIMOrderUnstable,
		ListedLate: 9, ListedAfterDelete: 10, ChangesListedLate: 11,
	}
	if got := parsed.options.SCIM; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}

	if got := parsed.options.OAuth.Clients[0].Services; !slices.Equal(got, []string{"scim", "x"}) {
		t.Errorf("services %v", got)
	}

	// Whoever adds an option adds a flag: everything is set above.
	options := reflect.ValueOf(want)
	for i := range options.NumField() {
		if name := options.Type().Field(i).Name; options.Field(i).IsZero() {
			t.Errorf("%s has no flag here", name)
		}
	}
}

func TestProgramServesUsersAndGroups(t *testing.T) {
	t.Parallel()

	p := start(t, "-users", "5", "-groups", "2", "-scim-base", "/user-provisioning/scim/v2")
	key := "Bearer " + simulator.DefaultUserKey().Value

	users := len(simulator.DefaultTeam().SCIM.Users) + 5 + 1

	if status, body := p.ask(http.MethodPost, "/-/scim/users", `{"userName":"outside@example.com"}`, ""); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}

	status, body := p.ask(http.MethodGet, "/user-provisioning/scim/v2/Users", "", key)
	if status != http.StatusOK || !strings.Contains(body, fmt.Sprintf(`"totalResults":%d`, users)) || !strings.Contains(body, "outside@example.com") {
		t.Errorf("%d %s", status, body)
	}

	if status, body := p.ask(http.MethodGet, "/scim/v2/Users", "", key); status != http.StatusNotFound {
		t.Errorf("%d %s", status, body)
	}

	if err := p.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func TestPortInUseNamesTheFlagForAFreeOne(t *testing.T) {
	t.Parallel()

	p := start(t)

	err := run(t.Context(), []string{"-address", strings.TrimPrefix(p.url, "http://")}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "address already in use; use -address 127.0.0.1:0 to listen on a free port") {
		t.Errorf("the error is %v", err)
	}

	if err := p.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

// TestPrintedRefreshTokenWorksWithThePrintedClient signs in with nothing but what the program prints.
func TestPrintedRefreshTokenWorksWithThePrintedClient(t *testing.T) {
	t.Parallel()

	p := start(t)
	value := func(name string) string {
		match := regexp.MustCompile(`export CELONIS_` + name + `=(\S+)`).FindStringSubmatch(p.stdout)
		if match == nil {
			t.Fatalf("%s is not printed:\n%s", name, p.stdout)
		}

		return match[1]
	}
	form := url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {value("REFRESH_TOKEN")},
		"client_id": {value("CLIENT_ID")}, "client_secret": {value("CLIENT_SECRET")}, "scope": {"audit.log:read"},
	}

	response, err := http.PostForm(p.url+"/oauth2/token", form) //nolint:noctx // As the simplest client would.
	if err != nil {
		t.Fatal(err)
	}

	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("status %d, %v", response.StatusCode, err)
	}

	if err := p.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}
