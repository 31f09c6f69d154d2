package client

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// LoginEvent is a successful or failed sign-in or sign-out. Source: schema AuthenticationEventExternalTransport of the Team API.
type LoginEvent struct {
	// Type is one of [LoginEventTypes], or a type that the vendor added later.
	Type, Email string
	// Success is true, false, or empty if the service does not return it.
	Success string
	// Time is in UTC.
	Time time.Time
}

// LoginEvents contains the login events in a time range.
type LoginEvents struct {
	// Events are sorted newest first. Events with equal times are sorted by type and e-mail address.
	Events []LoginEvent
	// Truncated is true if the time range contains, or may contain, more events than requested.
	Truncated bool
}

// LoginEventTypes returns the login event types that the vendor documents. Source: schema AuthenticationEventType of the Team API.
func LoginEventTypes() []string {
	return []string{
		"ACCOUNT_NOT_ACTIVE", "ACCOUNT_NOT_CONFIRMED", "ACCOUNT_TEMPORARILY_LOCKED", "BAD_CREDENTIALS", "INVALID_2FA_TOKEN",
		"INVALID_PROVIDER", "LOGIN", "LOGIN_CELONIS_ID", "LOGIN_OIDC", "LOGIN_SSO", "LOGOUT", "NOT_MEMBER_OF_TEAM",
		"TEAM_MEMBERSHIP_NOT_ACTIVE", "TEAM_MEMBERSHIP_NOT_CONFIRMED",
	}
}

// LoginEvents returns the login events in a time range. The vendor does not document the order of the list, so if the range contains more events
// than the query requests, the service decides which events it returns. The returned events are shared, so callers must not modify them.
//
// The vendor documents two time formats, date-times and yyyy-MM-ddTHH:mm:ss. It documents the times in responses as UTC, so LoginEvents also sends
// UTC times. LoginEvents tries yyyy-MM-ddTHH:mm:ss first, and removes any returned events that are outside the time range. Source: operation
// findAllAuthenticationEvents of the Team API.
func (c *Client) LoginEvents(ctx context.Context, query EventQuery) (LoginEvents, error) {
	if err := query.validate(); err != nil {
		return LoginEvents{}, err
	}

	list := c.loginEvents(query)
	key := paging.KeyOf(AreaLoginHistory, list.path, query.key())

	events, _, err := paging.Shared(ctx, c.Caller, key, time.Time{}, func(ctx context.Context) (LoginEvents, error) {
		read, more, err := list.pages().All(ctx)

		return LoginEvents{Events: within(query, read, LoginEvent.time, LoginEvent.compare), Truncated: more}, err
	})

	return events, err
}

func (c *Client) loginEvents(query EventQuery) teamList[loginItem, LoginEvent] {
	return teamList[loginItem, LoginEvent]{
		client: c, area: AreaLoginHistory, name: "the login history", path: []string{"api", "external", "authentication-events"},
		convert: loginItem.event, limit: query.MaxEvents, span: query.requested(&c.loginTimesHaveZone),
		same: func(a, b LoginEvent) bool { return a == b },
	}
}

func (e LoginEvent) time() time.Time { return e.Time }

func (e LoginEvent) compare(other LoginEvent) int {
	return cmp.Or(cmp.Compare(e.Type, other.Type), cmp.Compare(e.Email, other.Email), cmp.Compare(e.Success, other.Success))
}

type loginItem struct {
	Type      transport.LenientString `json:"authenticationEventType"`
	Email     transport.LenientString `json:"email"`
	Success   transport.LenientString `json:"success"`
	Timestamp transport.LenientString `json:"timestamp"`
}

func (i loginItem) event() (LoginEvent, error) {
	at, err := parseEventTime(string(i.Timestamp))
	if err != nil {
		return LoginEvent{}, err
	}

	if i.Type == "" {
		return LoginEvent{}, errors.New("is an event without a type")
	}

	if _, err := strconv.ParseBool(string(i.Success)); err != nil && i.Success != "" {
		return LoginEvent{}, errors.New("has a value for `success` that is neither true nor false")
	}

	return LoginEvent{Type: string(i.Type), Email: string(i.Email), Success: string(i.Success), Time: at}, nil
}
