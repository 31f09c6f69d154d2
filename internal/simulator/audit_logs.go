package simulator

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// AuditEvent is an event of the audit log.
type AuditEvent struct {
	// UserID is the id of the user.
	UserID string
	// UserRole is the role of the user.
	UserRole string
	// Event is the type of the event, such as GROUP_UPDATED.
	Event string
	// Time is the time of the event.
	Time time.Time
	// Message holds the details, whose keys depend on the type.
	Message map[string]any
	// IPAddress is the address of the user.
	IPAddress string
	// Port is the port of the user.
	Port string
	// Diff is the change of a value. By default, there is none.
	Diff *AuditDiff
}

// AuditDiff is a change of a value: a string, or anything else that JSON can say.
type AuditDiff struct {
	// Old is the value before the change.
	Old any
	// New is the value after the change.
	New any
}

// auditLogs is the area of the Audit Log API.
type auditLogs struct {
	opts   *ReportOptions
	events []AuditEvent
}

func newAuditLogs(opts *ReportOptions, people people) *auditLogs {
	events := people.audits(opts.AuditEvents, opts.Members)
	events = append(events, opts.Audits...)
	orderEvents(events, opts.Order, people.seed, auditTime)

	return &auditLogs{opts: opts, events: events}
}

func auditTime(event AuditEvent) time.Time { return event.Time }

// list answers GET /audit: version 1, with page numbers.
func (l *auditLogs) list(c *call) answer {
	if absent, ok := absentEndpoint(c, l.opts.AuditV1); ok {
		return absent
	}

	asked, problem := l.opts.pageRequest(c)
	if problem != nil {
		return c.fail(*problem)
	}

	form := l.opts.AuditTimes

	from, to, problem := eventSpan(c, form != AuditTimesWithoutZone, form != AuditTimesWithZone)
	if problem != nil {
		return c.fail(*problem)
	}

	return l.opts.answerPage(c, asked, l.listing(c, from, to))
}

// listByToken answers GET /v2/audit: version 2, with tokens.
func (l *auditLogs) listByToken(c *call) answer {
	if absent, ok := absentEndpoint(c, l.opts.AuditV2); ok {
		return absent
	}

	limit, problem := c.integerUpTo("limit", largestTokenLimit, defaultTokenLimit)
	if problem != nil {
		return c.fail(*problem)
	}

	limit = min(limit, l.opts.AuditV2MaxLimit)

	from, to, problem := l.undocumentedSpan(c)
	if problem != nil {
		return c.fail(*problem)
	}

	first, problem := tokenOffset(c)
	if problem != nil {
		return c.fail(*problem)
	}

	list := l.listing(c, from, to)
	last := min(first+limit, list.count)
	shown := section{first: min(first, list.count), last: last}
	more := last < list.count

	switch {
	case c.fault.RepeatPage:
		shown, more = section{last: min(limit, list.count)}, true
		last = shown.last
		c.happened.RepeatPage = true
	case c.fault.EndlessPages:
		last = first + limit
		shown, more = section{first: first, last: last, madeUp: true}, true
		c.happened.EndlessPages = true
	}

	content := l.opts.shownItems(list, shown)
	if len(content) == 0 && l.opts.NoContent == NoContentStatus {
		return answer{status: http.StatusNoContent}
	}

	envelope := l.opts.report(object{"content": content})

	switch {
	case more:
		envelope["nextPageToken"] = pageToken(last)
	case l.opts.LastToken == LastTokenEmpty:
		envelope["nextPageToken"] = ""
	case l.opts.LastToken == LastTokenNull:
		envelope["nextPageToken"] = nil
	}

	return jsonAnswer(http.StatusOK, typeJSON, envelope)
}

// tokenPrefix keeps other texts in base64 from passing for tokens.
const tokenPrefix = "audit-after:"

func pageToken(offset int) string {
	return base64.StdEncoding.EncodeToString([]byte(tokenPrefix + strconv.Itoa(offset)))
}

// tokenOffset reads pageToken: where the page begins.
func tokenOffset(c *call) (int, *failure) {
	if !c.query.Has("pageToken") {
		return 0, nil
	}

	text, err := base64.StdEncoding.DecodeString(c.query.Get("pageToken"))
	offset, known := strings.CutPrefix(string(text), tokenPrefix)
	value, numberErr := strconv.Atoi(offset)

	if err != nil || !known || numberErr != nil || value < 0 {
		return 0, &failure{
			status: http.StatusBadRequest, code: codeIllegal, detail: "The page token is none of ours.", attribute: "pageToken",
		}
	}

	return value, nil
}

// undocumentedSpan reads from and to as the options want it.
func (l *auditLogs) undocumentedSpan(c *call) (from, to time.Time, problem *failure) {
	switch l.opts.AuditV2Times {
	case HonourTimes:
		return eventSpan(c, true, true)
	case IgnoreTimes:
	case RefuseTimes:
		for _, name := range []string{"from", "to"} {
			if c.query.Has(name) {
				return from, to, &failure{
					status:    http.StatusBadRequest,
					code:      codeIllegal,
					detail:    fmt.Sprintf("The parameter %q is unknown or repeated.", name),
					attribute: name,
				}
			}
		}
	}

	return from, to, nil
}

// absentEndpoint is what there is in the place of an endpoint that the team does not have.
func absentEndpoint(c *call, presence Presence) (answer, bool) {
	switch presence {
	case AbsentPath:
		return c.fail(pathNotFound()), true
	case AbsentPage:
		return htmlAnswer(http.StatusNotFound, "Page not found"), true
	case AbsentBare:
		return answer{status: http.StatusNotFound}, true
	case AbsentMethod:
		return c.fail(failure{status: http.StatusMethodNotAllowed, detail: "The method is not supported here."}), true
	case AbsentGone:
		return c.fail(failure{status: http.StatusGone, detail: "This version of the API has ended."}), true
	default:
		return answer{}, false
	}
}

func (l *auditLogs) listing(c *call, from, to time.Time) listing {
	events := eventsWithin(l.opts, l.events, from, to, auditTime)

	return listing{
		count: len(events),
		item:  func(i int) object { return l.item(c, events[i]) },
		madeUp: func(i int) object {
			return l.item(c, AuditEvent{
				UserID: fmt.Sprintf("made-up-%09d", i), Event: "TEAM_UPDATED", Time: from.Add(time.Duration(i) * time.Millisecond),
			})
		},
	}
}

// item has null for an address, a port and a change that are not there, as the vendor's pages say.
func (*auditLogs) item(c *call, event AuditEvent) object {
	item := object{"timestamp": timestamp(event.Time), "ipAddress": nil, "port": nil, "diffPayload": nil}
	c.optional(item, "userId", event.UserID)
	c.optional(item, "userRole", event.UserRole)
	c.optional(item, "event", event.Event)
	c.optionalValue(item, "message", event.Message, event.Message != nil)

	if event.IPAddress != "" {
		item["ipAddress"] = event.IPAddress
	}

	if event.Port != "" {
		item["port"] = event.Port
	}

	if event.Diff != nil {
		item["diffPayload"] = object{"oldValue": event.Diff.Old, "newValue": event.Diff.New}
	}

	return item
}

// area describes the Audit Log API (developer.celonis.com/celonis-apis/audit-log-api; version 2:
// developer.celonis.com/changelog, 13 May 2026).
func (l *auditLogs) area() area {
	const prefix = "/log/api/external"

	return area{
		name:    "audit-logs",
		prefix:  prefix,
		scope:   "audit.log:read",
		service: ServiceAuditLogs,
		routes: []route{
			{http.MethodGet, prefix + "/audit", []string{"pageNumber", "pageSize", "from", "to"}, l.list, true},
			{http.MethodGet, prefix + "/v2/audit", []string{"pageToken", "limit", "from", "to"}, l.listByToken, true},
		},
	}
}
