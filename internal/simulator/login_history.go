package simulator

import (
	"fmt"
	"net/http"
	"time"
)

// LoginEvent is a sign-in, a sign-out or an attempt at one.
type LoginEvent struct {
	// Type is the type of the event, such as LOGIN, LOGOUT or BAD_CREDENTIALS.
	Type string
	// Email is the e-mail address.
	Email string
	// Success states whether the sign-in succeeded.
	Success bool
	// Time is the time of the event.
	Time time.Time
}

// loginHistory is the area of the sign-ins in the Team API.
type loginHistory struct {
	opts   *ReportOptions
	events []LoginEvent
}

func newLoginHistory(opts *ReportOptions, people people) *loginHistory {
	events := people.logins(opts.LoginEvents, opts.Members)
	events = append(events, opts.Logins...)
	orderEvents(events, opts.Order, people.seed, loginTime)

	return &loginHistory{opts: opts, events: events}
}

func loginTime(event LoginEvent) time.Time { return event.Time }

// list answers GET /authentication-events.
func (h *loginHistory) list(c *call) answer {
	asked, problem := h.opts.pageRequest(c)
	if problem != nil {
		return c.fail(*problem)
	}

	form := h.opts.LoginTimes

	from, to, problem := eventSpan(c, form != TimesWithoutZone, form != TimesWithZone)
	if problem != nil {
		return c.fail(*problem)
	}

	events := eventsWithin(h.opts, h.events, from, to, loginTime)

	return h.opts.answerPage(c, asked, listing{
		count: len(events),
		item:  func(i int) object { return h.item(c, events[i]) },
		madeUp: func(i int) object {
			return h.item(c, LoginEvent{
				Type: "LOGIN", Email: fmt.Sprintf("made-up-%09d@example.com", i), Time: from.Add(time.Duration(i) * time.Millisecond),
			})
		},
	})
}

func (*loginHistory) item(c *call, event LoginEvent) object {
	item := object{"success": event.Success, "timestamp": timestamp(event.Time)}
	c.optional(item, "authenticationEventType", event.Type)
	c.optional(item, "email", event.Email)

	return item
}

// area describes the sign-ins in the Team API (the vendor's OpenAPI file of it).
func (h *loginHistory) area() area {
	return area{
		name:    "login-history",
		prefix:  teamPrefix,
		scope:   "team.login-history:read",
		service: ServiceLoginHistory,
		routes: []route{
			{http.MethodGet, teamPrefix + "/authentication-events", []string{"pageNumber", "pageSize", "from", "to"}, h.list, true},
		},
	}
}
