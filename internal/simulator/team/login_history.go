package team

import (
	"fmt"
	"net/http"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// LoginEvent is a successful or failed sign-in or sign-out.
type LoginEvent struct {
	// Type is the type of the event, such as LOGIN, LOGOUT or BAD_CREDENTIALS.
	Type string
	// Email is the e-mail address used to sign in.
	Email string
	// Success indicates whether the sign-in or sign-out succeeded.
	Success bool
	// Time is the time of the event.
	Time time.Time
}

// loginHistory serves the login history of the Team API.
type loginHistory struct {
	opts   *Options
	events []LoginEvent
}

func newLoginHistory(opts *Options, people people) *loginHistory {
	events := people.logins(opts.LoginEvents, opts.Members)
	events = append(events, opts.Logins...)
	orderEvents(events, opts.Order, people.seed, loginTime)

	return &loginHistory{opts: opts, events: events}
}

func loginTime(event LoginEvent) time.Time { return event.Time }

// list serves GET /authentication-events.
func (h *loginHistory) list(c *server.Call) server.Response {
	request, problem := h.opts.pageRequest(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	form := h.opts.LoginTimes

	from, to, problem := eventSpan(c, form != TimesWithoutZone, form != TimesWithZone)
	if problem != nil {
		return c.Fail(*problem)
	}

	events := eventsWithin(h.opts, h.events, from, to, loginTime)

	return h.opts.respondPage(c, request, server.Listing{
		Count: len(events),
		Item:  func(i int) server.Object { return h.item(c, events[i]) },
		Generated: func(i int) server.Object {
			return h.item(c, LoginEvent{
				Type: "LOGIN", Email: fmt.Sprintf("generated-%09d@example.com", i), Time: from.Add(time.Duration(i) * time.Millisecond),
			})
		},
	})
}

func (*loginHistory) item(c *server.Call, event LoginEvent) server.Object {
	item := server.Object{"success": event.Success, "timestamp": timestamp(event.Time)}
	c.Optional(item, "authenticationEventType", event.Type)
	c.Optional(item, "email", event.Email)

	return item
}

// area describes the login history of the Team API (see the vendor's OpenAPI file).
func (h *loginHistory) area() server.Area {
	return server.Area{
		Name:    "login-history",
		Prefix:  teamPrefix,
		Scope:   "team.login-history:read",
		Service: server.ServiceLoginHistory,
		Routes: []server.Route{
			{
				Method: http.MethodGet, Pattern: teamPrefix + "/authentication-events",
				Query: []string{"pageNumber", "pageSize", "from", "to"}, Serve: h.list, Pages: true,
			},
		},
	}
}
