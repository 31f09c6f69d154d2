package doctor

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

const (
	withoutZone = "2006-01-02T15:04:05"
	// leastEvents is the minimum number of distinct times required to detect an order. A shorter sequence may be sorted by chance.
	leastEvents = 5
	// reportPage and auditPage are the maximum documented page sizes. Sources: the OpenAPI file of the Team API;
	// developer.celonis.com/celonis-apis/audit-log-api.
	reportPage, auditPage = 200, 500
)

// longAgo returns the parameters for a time range that cannot contain events, because Celonis was founded in 2011.
func longAgo(form string) url.Values {
	from := time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

	return url.Values{"from": {from.Format(form)}, "to": {from.AddDate(0, 0, 1).Format(form)}}
}

// readReports examines the reports about the team and records the behaviour that they show.
func (e *examination) readReports(ctx context.Context) {
	e.readMembers(ctx)
	e.readLogins(ctx)
	e.readAudits(ctx)
	e.readPermissions()

	e.unseen("No report about the team can be read", keysOf(sectionReports)...)
}

// getReport requests a report. The paths of reports contain no ids.
func (e *examination) getReport(ctx context.Context, area transport.Area, path string, query url.Values) response {
	return e.send(ctx, transport.Request{
		Area: area, Method: http.MethodGet, Path: strings.Split(strings.TrimPrefix(path, "/"), "/"), Query: query,
	})
}

const membersPath = "/api/external/members"

func (e *examination) readMembers(ctx context.Context) {
	const (
		internalKey = "readings.reports.include_internal"
		spaceKey    = "readings.reports.narrow_spaces"
		maxKey      = "limits.max_report_page_size"
		nameKey     = "readings.scim.lower_case_user_names"
	)

	if !e.works["team-members"] {
		e.unseen("The team members cannot be read", internalKey, spaceKey, maxKey)
		e.unseen("User names may have been entered in lower case, and no other report can show the original spelling", nameKey)

		return
	}

	page := e.firstPage("team-members", membersPath).body()
	members := page.objects("content")

	e.readUnknownFields(members, "userId", "nameAndEmail", "userRole", "status", "lastLogin", "inactivityPeriod", "group")

	for _, member := range members {
		switch last := member.text("lastLogin"); {
		case strings.ContainsRune(last, '\u202f'):
			e.settle(spaceKey, true, "the last sign-in of a member")
		case strings.Contains(last, " AM"), strings.Contains(last, " PM"):
			e.settle(spaceKey, false, "the last sign-in of a member")
		}
	}

	e.unseen("No member's last sign-in time is in the documented format", spaceKey)

	switch size, isStated := page.number("pageSize"); {
	case len(members) == reportPage:
		e.settle(maxKey, reportPage, "a page of %s", counted(len(members), "members"))
	case isStated && size < reportPage:
		e.settle(maxKey, size, "the page size reported in the response")
	default:
		if total, _ := page.number("totalCount"); len(members) < total {
			e.settle(maxKey, len(members), "a request for %d members returns %d of %d", reportPage, len(members), total)
		}
	}

	e.unseen("There are too few members to fill a page", maxKey)

	switch resp := e.getReport(ctx, client.AreaTeamMembers, membersPath, url.Values{"pageNumber": {"0"}, "pageSize": {"1"}}); {
	case resp.succeeded():
		e.settle(internalKey, "optional", "a request without the parameter")
	case resp.isRefused():
		e.settle(internalKey, "required", "a request without the parameter")
	default:
		e.unseen(resp.why(), internalKey)
	}

	e.compareNames(members)
}

// compareNames compares the SCIM user names with the addresses of the same users in the list of members.
func (e *examination) compareNames(members []object) {
	const key = "readings.scim.lower_case_user_names"

	names := map[string]string{}
	for _, user := range e.people.users {
		names[user.text("id")] = user.text("userName")
	}

	for _, member := range members {
		name, shown := names[member.text("userId")], member.text("nameAndEmail")
		if name == "" || strings.Contains(shown, "("+name+")") {
			continue
		}

		if strings.Contains(strings.ToLower(shown), "("+name+")") {
			e.settle(key, true, "the report on team members shows a capital letter in an address")
		}
	}

	e.unseen("No address contains a capital letter", key)
}

// readUnknownFields looks for fields that the vendor does not document.
func (e *examination) readUnknownFields(items []object, known ...string) {
	const key = "readings.reports.unknown_fields"

	for _, item := range items {
		for name := range item {
			if !slices.Contains(known, name) {
				e.settle(key, true, "an undocumented field")

				return
			}
		}
	}

	if len(items) > 0 {
		e.settle(key, false, "%s", counted(len(items), "objects"))
	}
}

const loginsPath = "/api/external/authentication-events"

// readLogins determines which time format the service accepts in login history requests, and whether the service applies the time range.
func (e *examination) readLogins(ctx context.Context) {
	const (
		timesKey  = "readings.reports.login_times"
		emptyKey  = "readings.reports.no_content"
		ignoreKey = "readings.reports.ignore_times"
		boundsKey = "readings.reports.bounds"
	)

	if !e.isRequested("login-history") || !e.works["login-history"] {
		e.unseen("The login history cannot be read", timesKey, emptyKey, ignoreKey, boundsKey)

		return
	}

	plain := e.getReport(ctx, client.AreaLoginHistory, loginsPath, longAgo(withoutZone))
	zoned := e.getReport(ctx, client.AreaLoginHistory, loginsPath, longAgo(time.RFC3339))
	e.settleTimes(timesKey, plain, zoned)

	form, empty := withoutZone, plain
	if !plain.succeeded() {
		form, empty = time.RFC3339, zoned
	}

	e.readEmpty(empty, emptyKey)

	events := e.firstPage("login-history", loginsPath).body().objects("content")
	e.readUnknownFields(events, "authenticationEventType", "email", "success", "timestamp")
	e.readEventOrder(events)

	switch found := empty.body().objects("content"); {
	case len(events) == 0:
		e.unseen("There are no sign-ins", ignoreKey, boundsKey)
	case len(found) > 0:
		e.settle(ignoreKey, true, "a request for a day in the year 2000 returns sign-ins")
		e.unseen("The service ignores the requested range", boundsKey)
	case empty.succeeded():
		e.settle(ignoreKey, false, "a request for a day in the year 2000 returns no events")
		e.readBounds(ctx, events, form)
	}

	e.unseen(empty.why(), ignoreKey, boundsKey)
}

// settleTimes records which time formats the service accepts.
func (e *examination) settleTimes(key string, plain, zoned response) {
	switch {
	case plain.succeeded() && zoned.succeeded():
		e.settle(key, "any", "requests in both formats")
	case plain.succeeded() && zoned.isRefused():
		e.settle(key, "without-zone", "requests in both formats")
	case plain.isRefused() && zoned.succeeded():
		e.settle(key, "with-zone", "requests in both formats")
	default:
		e.unseen(plain.why(), key)
	}
}

// readEmpty examines a response without items.
func (e *examination) readEmpty(empty response, key string) {
	switch items := empty.body().objects("content"); {
	case empty.succeeded() && empty.status() == http.StatusNoContent:
		e.settle(key, "204", "a request for a day in the year 2000")
	case empty.succeeded() && items != nil && len(items) == 0:
		e.settle(key, "200", "a request for a day in the year 2000")
	case empty.succeeded():
		e.unseen("No empty page was returned", key)
	default:
		e.unseen(empty.why(), key)
	}
}

// readBounds determines whether time ranges include their bounds. It requests ranges that start or end at the exact time of an event. This
// time must be a whole second, because requests do not support fractions of a second.
func (e *examination) readBounds(ctx context.Context, events []object, form string) {
	const key = "readings.reports.bounds"

	index := slices.IndexFunc(events, func(event object) bool {
		at, err := time.Parse(time.RFC3339, event.text("timestamp"))

		return err == nil && at.Equal(at.Truncate(time.Second))
	})
	if index < 0 {
		e.unseen("No event occurred at a whole second", key)

		return
	}

	stamp := events[index].text("timestamp")
	at, _ := time.Parse(time.RFC3339, stamp) // The function passed to IndexFunc has already parsed this time.

	holds := func(from, to time.Time) (isIncluded bool, resp response) {
		resp = e.getReport(ctx, client.AreaLoginHistory, loginsPath,
			url.Values{"from": {from.UTC().Format(form)}, "to": {to.UTC().Format(form)}})

		return slices.ContainsFunc(resp.body().objects("content"), func(event object) bool { return event.text("timestamp") == stamp }), resp
	}

	isStart, first := holds(at, at.Add(time.Second))
	isEnd, second := holds(at.Add(-time.Second), at)

	switch {
	case !first.succeeded():
		e.unseen(first.why(), key)
	case !second.succeeded():
		e.unseen(second.why(), key)
	case isStart && isEnd:
		e.settle(key, "closed", "ranges that start or end exactly at an event")
	case isStart:
		e.settle(key, "half-open", "ranges that start or end exactly at an event")
	case !isEnd:
		e.settle(key, "open", "ranges that start or end exactly at an event")
	default:
		e.unseen("Only the end of a range is inclusive", key)
	}
}

// readEventOrder determines the order of events.
func (e *examination) readEventOrder(events []object) {
	const key = "readings.reports.order"

	var times []time.Time

	for _, event := range events {
		if at, err := time.Parse(time.RFC3339, event.text("timestamp")); err == nil {
			times = append(times, at)
		}
	}

	if distinct := slices.CompactFunc(slices.Clone(times), time.Time.Equal); len(distinct) < leastEvents {
		return
	}

	compare := time.Time.Compare

	switch {
	case slices.IsSortedFunc(times, compare):
		e.settle(key, "oldest-first", "%s", counted(len(times), "events"))
	case slices.IsSortedFunc(times, func(a, b time.Time) int { return compare(b, a) }):
		e.settle(key, "newest-first", "%s", counted(len(times), "events"))
	default:
		e.settle(key, "none", "%s", counted(len(times), "events"))
	}
}

const (
	auditPathV1 = "/log/api/external/audit"
	auditPathV2 = "/log/api/external/v2/audit"
)

// readAudits determines which versions of the Audit Log API are available to the team, and how they handle a time range.
func (e *examination) readAudits(ctx context.Context) {
	const (
		v1Key    = "readings.reports.audit_v1"
		v2Key    = "readings.reports.audit_v2"
		timesKey = "readings.reports.audit_times"
		v2Times  = "readings.reports.audit_v2_times"
		maxKey   = "limits.max_audit_page_size"
		tokenKey = "readings.reports.last_token"
	)

	first := e.firstPage("audit-logs", auditPathV1)

	isUnusable := first.status() == http.StatusForbidden || first.status() == http.StatusUnauthorized || first.status() == http.StatusTooManyRequests
	if !e.isRequested("audit-logs") || first.status() == 0 || isUnusable {
		e.unseen("The audit log cannot be read", v1Key, v2Key, timesKey, v2Times, maxKey, tokenKey)

		return
	}

	events := first.body().objects("content")

	if e.settlePresence(v1Key, first) {
		e.settleTimes(timesKey,
			e.getReport(ctx, client.AreaAuditLogs, auditPathV1, longAgo(withoutZone)),
			e.getReport(ctx, client.AreaAuditLogs, auditPathV1, longAgo(time.RFC3339)))
	} else {
		e.unseen("Version 1 is not available to this team", timesKey)
	}

	second := e.getReport(ctx, client.AreaAuditLogs, auditPathV2, url.Values{"limit": {strconv.Itoa(auditPage)}})
	isPresent := e.settlePresence(v2Key, second)

	if !isPresent {
		e.unseen("Version 2 is not available to this team", v2Times, maxKey, tokenKey)
	}

	found := second.body().objects("content")

	for _, listed := range [][]object{events, found} {
		e.readUnknownFields(listed, "userId", "userRole", "event", "timestamp", "message", "ipAddress", "port", "diffPayload")
		e.readEventOrder(listed)
	}

	if !isPresent {
		return
	}

	e.readTokens(ctx, second)
}

// readTokens records how version 2 of the Audit Log API handles paging and time ranges. The given page must be the first one.
func (e *examination) readTokens(ctx context.Context, page response) {
	const (
		v2Times  = "readings.reports.audit_v2_times"
		maxKey   = "limits.max_audit_page_size"
		tokenKey = "readings.reports.last_token"
	)

	items := page.body().objects("content")
	hasMore := page.body().text("nextPageToken") != ""

	switch {
	case hasMore || len(items) == auditPage:
		e.settle(maxKey, len(items), "a request for %d events returns %d", auditPage, len(items))
	default:
		e.unseen("There are too few audit events to fill a page", maxKey)
	}

	e.readLastToken(page)

	ranged := e.getReport(ctx, client.AreaAuditLogs, auditPathV2, longAgo(time.RFC3339))

	switch {
	case ranged.isRefused():
		e.settle(v2Times, "refuse", "a request with a time range")
	case !ranged.succeeded():
		e.unseen(ranged.why(), v2Times)
	case len(items) == 0:
		e.unseen("There are no audit events", v2Times)
	case len(ranged.body().objects("content")) > 0:
		e.settle(v2Times, "ignore", "a request for a day in the year 2000 returns events")
	default:
		e.settle(v2Times, "honour", "a request for a day in the year 2000 returns no events")
	}

	e.readLastToken(ranged)
	e.unseen("The last page was not reached", tokenKey)
}

// readLastToken examines the nextPageToken field if the given page is the last one.
func (e *examination) readLastToken(page response) {
	const key = "readings.reports.last_token"

	body := page.body()

	switch {
	case !page.succeeded() || body == nil:
	case !body.has("nextPageToken"):
		e.settle(key, "absent", "the last page of the audit log")
	case body.isNull("nextPageToken"):
		e.settle(key, "null", "the last page of the audit log")
	case body.text("nextPageToken") == "":
		e.settle(key, "empty", "the last page of the audit log")
	}
}

// settlePresence records whether an endpoint is available to the team, and returns true if it is.
func (e *examination) settlePresence(key string, resp response) bool {
	status := resp.status()

	switch {
	case status < http.StatusMultipleChoices && status != 0, status == http.StatusBadRequest:
		e.settle(key, "present", "status %d", status)

		return true
	case status == http.StatusNotFound && resp.isHTML():
		e.settle(key, "html", "status 404 with a web page as the body")
	case status == http.StatusNotFound && resp.isEmpty():
		e.settle(key, "bare", "status 404 with an empty body")
	case status == http.StatusNotFound:
		e.settle(key, "not-found", "status 404")
	case status == http.StatusMethodNotAllowed:
		e.settle(key, "not-allowed", "status 405")
	case status == http.StatusGone:
		e.settle(key, "gone", "status 410")
	default:
		e.unseen(resp.why(), key)
	}

	return false
}

// readPermissions examines the beginning of the permissions export and records the behaviour that it shows.
func (e *examination) readPermissions() {
	const key = "readings.reports.groups_separator"

	export := e.firstPage("permissions", "/permissions")
	if !e.works["permissions"] {
		e.unseen("The permissions export cannot be read", key)

		return
	}

	items := permissionsIn(export.Reply.Body)
	e.readUnknownFields(items,
		"subjectName", "subjectType", "subjectId", "groups", "role", "service", "objectName", "objectType", "objectId", "actions")

	var names []string

	for _, group := range e.people.groups {
		names = append(names, group.text("displayName"))
	}

	for _, member := range e.firstPage("team-members", membersPath).body().objects("content") {
		for _, group := range member.objects("group") {
			names = append(names, group.text("name"))
		}
	}

	for _, item := range items {
		if separator := separatorIn(item.text("groups"), names); separator != "" {
			e.settle(key, separator, "a permission held by a user who is in two known groups")

			return
		}
	}

	e.unseen("None of the permissions lists two groups whose names are known", key)
}

// permissionsIn returns the permissions at the beginning of an export, which may be truncated.
func permissionsIn(export []byte) []object {
	_, permissionList, _ := strings.Cut(string(export), `"permissions"`)
	_, list, _ := strings.Cut(permissionList, ":")

	return objects([]byte(list))
}

// separatorIn returns the separator in a string that begins with two names.
func separatorIn(text string, names []string) string {
	for _, first := range names {
		remaining, begins := strings.CutPrefix(text, first)
		if !begins || first == "" {
			continue
		}

		for _, second := range names {
			separator, _, found := strings.Cut(remaining, second)
			if second == "" || !found || separator == "" || strings.ContainsFunc(separator, isLetter) {
				continue
			}

			return separator
		}
	}

	return ""
}

func isLetter(char rune) bool { return unicode.IsLetter(char) || unicode.IsDigit(char) }

// readInactive lists the APIs that are not activated. It records the list only if every API was checked.
func (e *examination) readInactive(areas []AreaReport) {
	const key = "inactive_apis"

	inactive := []string{}

	for _, area := range areas {
		if area.Status == StatusInactive {
			inactive = append(inactive, area.Area)
		}

		if area.Status == StatusUnchecked || area.Status == StatusUnreachable {
			e.unseen("Not all areas could be checked", key)

			return
		}
	}

	if len(areas) < len(client.Areas()) {
		e.unseen("Not all areas were requested", key)

		return
	}

	e.settle(key, inactive, "%s", counted(len(areas), "areas"))
}

func (e *examination) isRequested(area string) bool {
	return slices.ContainsFunc(e.areas, func(requested client.NamedArea) bool { return requested.Name == area })
}

// readEverything searches all responses for accented characters and for the headers of 429 responses.
func (e *examination) readEverything() {
	const (
		resetKey = "readings.rate_limit_reset"
		textKey  = "readings.decomposed_text"
	)

	var composed, decomposed bool

	exchanges, _ := e.team.Watch.since(0)

	for _, exchange := range exchanges {
		body := exchange.Reply.Body
		composed = composed || !norm.NFD.IsNormal(body)
		decomposed = decomposed || !norm.NFC.IsNormal(body)

		if exchange.Reply.Status == http.StatusTooManyRequests && !exchange.IsToken {
			e.readReset(exchange.Reply.Header, resetKey)
		}
	}

	e.unseen("No limit was reached", resetKey)

	switch {
	case composed != decomposed:
		e.settle(textKey, decomposed, "names with accents")
	case composed:
		e.unseen("Accents occur in both Unicode forms, NFC and NFD, so the service returns strings as entered", textKey)
	default:
		e.unseen("No text has accents", textKey)
	}
}

// readReset examines the headers of a 429 response.
func (e *examination) readReset(header http.Header, key string) {
	reset := strings.TrimSpace(header.Get("X-Ratelimit-Reset"))
	_, isDateTime := time.Parse(time.RFC3339, reset)
	_, isHTTPDate := http.ParseTime(reset)

	switch {
	case reset == "" && header.Get("Retry-After") != "":
		e.settle(key, "retry-after", "the headers of a 429 response")
	case reset == "":
		e.settle(key, "absent", "the headers of a 429 response")
	case strings.Trim(reset, "0123456789") == "" && len(reset) < len("1000000000"):
		e.settle(key, "seconds", "the x-ratelimit-reset header of a 429 response")
	case isDateTime == nil:
		e.settle(key, "date-time", "the x-ratelimit-reset header of a 429 response")
	case isHTTPDate == nil:
		e.settle(key, "http-date", "the x-ratelimit-reset header of a 429 response")
	default:
		e.unseen("The x-ratelimit-reset header of a 429 response is in an unknown format", key)
	}
}
