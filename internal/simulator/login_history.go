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
	events []LoginEvent
}

func newLoginHistory(opts Options, people people) *loginHistory {
	events := people.logins(opts.Reports.LoginEvents, opts.Reports.Members)
	events = append(events, opts.Reports.Logins...)
	orderEvents(events, opts, func(event LoginEvent) time.Time { return event.Time })

	return &loginHistory{events: events}
}

// list answers GET /authentication-events.
func (h *loginHistory) list(c *call) answer {
	asked, problem := c.teamPageRequest()
	if problem != nil {
		return c.fail(*problem)
	}

	form := c.opts.Reports.LoginTimes

	from, to, problem := c.eventSpan(form != TimesWithoutZone, form != TimesWithZone)
	if problem != nil {
		return c.fail(*problem)
	}

	events := c.eventsWithin(h.events, from, to)

	return c.answerTeamPage(asked, listing{
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

// eventsWithin returns the sign-ins of a span.
func (c *call) eventsWithin(events []LoginEvent, from, to time.Time) []LoginEvent {
	return eventsWithin(c, events, from, to, func(event LoginEvent) time.Time { return event.Time })
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
