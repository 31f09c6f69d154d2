package team

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// AuditEvent is an event of the audit log.
type AuditEvent struct {
	// UserID is the id of the user who caused the event.
	UserID string
	// UserRole is the role of the user who caused the event.
	UserRole string
	// Event is the type of the event, such as GROUP_UPDATED.
	Event string
	// Time is the time of the event.
	Time time.Time
	// Message contains the details of the event. The keys of the details depend on the event type.
	Message map[string]any
	// IPAddress is the IP address from which the request came.
	IPAddress string
	// Port is the port from which the request came.
	Port string
	// Diff is the change that the event describes. Omit this key if the event changed no value.
	Diff *AuditDiff
}

// AuditDiff is a change to a value, which can be any JSON value.
type AuditDiff struct {
	// Old is the value before the change.
	Old any
	// New is the value after the change.
	New any
}

// auditLogs serves the Audit Log API.
type auditLogs struct {
	opts   *Options
	events []AuditEvent
}

func newAuditLogs(opts *Options, people people) *auditLogs {
	events := people.audits(opts.AuditEvents, opts.Members)
	events = append(events, opts.Audits...)
	orderEvents(events, opts.Order, people.seed, auditTime)

	return &auditLogs{opts: opts, events: events}
}

func auditTime(event AuditEvent) time.Time { return event.Time }

// list serves GET /audit, version 1 of the API, which uses page numbers.
func (l *auditLogs) list(c *server.Call) server.Response {
	if absent, ok := absentEndpoint(c, l.opts.AuditV1); ok {
		return absent
	}

	request, problem := l.opts.pageRequest(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	form := l.opts.AuditTimes

	from, to, problem := eventSpan(c, form != AuditTimesWithoutZone, form != AuditTimesWithZone)
	if problem != nil {
		return c.Fail(*problem)
	}

	return l.opts.respondPage(c, request, l.listing(c, from, to))
}

// listByToken serves GET /v2/audit, version 2 of the API, which uses page tokens.
func (l *auditLogs) listByToken(c *server.Call) server.Response {
	if absent, ok := absentEndpoint(c, l.opts.AuditV2); ok {
		return absent
	}

	limit, problem := c.IntegerUpTo("limit", largestTokenLimit, defaultTokenLimit)
	if problem != nil {
		return c.Fail(*problem)
	}

	limit = min(limit, l.opts.AuditV2MaxLimit)

	from, to, problem := l.undocumentedSpan(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	first, problem := tokenOffset(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	list := l.listing(c, from, to)
	last := min(first+limit, list.Count)
	shown := server.Section{First: min(first, list.Count), Last: last}
	more := last < list.Count

	switch {
	case c.Fault.RepeatPage:
		shown, more = server.Section{Last: min(limit, list.Count)}, true
		last = shown.Last
		c.Happened.RepeatPage = true
	case c.Fault.EndlessPages:
		last = first + limit
		shown, more = server.Section{First: first, Last: last, Generated: true}, true
		c.Happened.EndlessPages = true
	}

	content := l.opts.shownItems(list, shown)
	if len(content) == 0 && l.opts.NoContent == NoContentStatus {
		return server.Response{Status: http.StatusNoContent}
	}

	envelope := l.opts.report(server.Object{"content": content})

	switch {
	case more:
		envelope["nextPageToken"] = pageToken(last)
	case l.opts.LastToken == LastTokenEmpty:
		envelope["nextPageToken"] = ""
	case l.opts.LastToken == LastTokenNull:
		envelope["nextPageToken"] = nil
	}

	return server.JSONResponse(http.StatusOK, server.TypeJSON, envelope)
}

// tokenPrefix distinguishes page tokens from other base64 strings.
const tokenPrefix = "audit-after:"

func pageToken(offset int) string {
	return base64.StdEncoding.EncodeToString([]byte(tokenPrefix + strconv.Itoa(offset)))
}

// tokenOffset reads the pageToken parameter and returns the offset of the page.
func tokenOffset(c *server.Call) (int, *server.Failure) {
	if !c.Query.Has("pageToken") {
		return 0, nil
	}

	text, err := base64.StdEncoding.DecodeString(c.Query.Get("pageToken"))
	offset, isToken := strings.CutPrefix(string(text), tokenPrefix)
	value, numberErr := strconv.Atoi(offset)

	if err != nil || !isToken || numberErr != nil || value < 0 {
		return 0, &server.Failure{
			Status: http.StatusBadRequest, Code: server.CodeIllegal, Detail: "The page token is invalid.", Attribute: "pageToken",
		}
	}

	return value, nil
}

// undocumentedSpan handles the from and to parameters as Options.AuditV2Times specifies. It returns the zero time for a parameter that is
// missing or ignored.
func (l *auditLogs) undocumentedSpan(c *server.Call) (from, to time.Time, problem *server.Failure) {
	switch l.opts.AuditV2Times {
	case HonourTimes:
		return eventSpan(c, true, true)
	case IgnoreTimes:
	case RefuseTimes:
		for _, name := range []string{"from", "to"} {
			if c.Query.Has(name) {
				return from, to, &server.Failure{
					Status:    http.StatusBadRequest,
					Code:      server.CodeIllegal,
					Detail:    fmt.Sprintf("The parameter %q is unknown or repeated.", name),
					Attribute: name,
				}
			}
		}
	}

	return from, to, nil
}

// absentEndpoint returns the response of an unavailable endpoint. It returns false if the endpoint is available.
func absentEndpoint(c *server.Call, presence Presence) (server.Response, bool) {
	switch presence {
	case AbsentPath:
		return c.Fail(server.PathNotFound()), true
	case AbsentPage:
		return server.HTMLResponse(http.StatusNotFound, "Page not found"), true
	case AbsentBare:
		return server.Response{Status: http.StatusNotFound}, true
	case AbsentMethod:
		return c.Fail(server.Failure{Status: http.StatusMethodNotAllowed, Detail: "The path does not support this method."}), true
	case AbsentGone:
		return c.Fail(server.Failure{Status: http.StatusGone, Detail: "This API version has been retired."}), true
	default:
		return server.Response{}, false
	}
}

func (l *auditLogs) listing(c *server.Call, from, to time.Time) server.Listing {
	events := eventsWithin(l.opts, l.events, from, to, auditTime)

	return server.Listing{
		Count: len(events),
		Item:  func(i int) server.Object { return l.item(c, events[i]) },
		Generated: func(i int) server.Object {
			return l.item(c, AuditEvent{
				UserID: fmt.Sprintf("generated-%09d", i), Event: "TEAM_UPDATED", Time: from.Add(time.Duration(i) * time.Millisecond),
			})
		},
	}
}

// item returns the JSON object of an event. As the vendor documents, a missing address, port or change is null.
func (*auditLogs) item(c *server.Call, event AuditEvent) server.Object {
	item := server.Object{"timestamp": timestamp(event.Time), "ipAddress": nil, "port": nil, "diffPayload": nil}
	c.Optional(item, "userId", event.UserID)
	c.Optional(item, "userRole", event.UserRole)
	c.Optional(item, "event", event.Event)
	c.OptionalValue(item, "message", event.Message, event.Message != nil)

	if event.IPAddress != "" {
		item["ipAddress"] = event.IPAddress
	}

	if event.Port != "" {
		item["port"] = event.Port
	}

	if event.Diff != nil {
		item["diffPayload"] = server.Object{"oldValue": event.Diff.Old, "newValue": event.Diff.New}
	}

	return item
}

// area describes the Audit Log API (developer.celonis.com/celonis-apis/audit-log-api; version 2:
// developer.celonis.com/changelog, 13 May 2026).
func (l *auditLogs) area() server.Area {
	const prefix = "/log/api/external"

	return server.Area{
		Name:    "audit-logs",
		Prefix:  prefix,
		Scope:   "audit.log:read",
		Service: server.ServiceAuditLogs,
		Routes: []server.Route{
			{
				Method: http.MethodGet, Pattern: prefix + "/audit",
				Query: []string{"pageNumber", "pageSize", "from", "to"}, Serve: l.list, Pages: true,
			},
			{
				Method: http.MethodGet, Pattern: prefix + "/v2/audit",
				Query: []string{"pageToken", "limit", "from", "to"}, Serve: l.listByToken, Pages: true,
			},
		},
	}
}
