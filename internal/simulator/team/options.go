package team

import (
	"errors"
	"fmt"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Options describe the team reports: members, login history, permissions and audit logs. With the zero value, all reports are empty. Where
// the vendor's documentation does not specify the behaviour, an option selects it.
type Options struct {
	// LoginEvents is the number of generated sign-ins, distributed over the 30 days before the simulator starts.
	LoginEvents int
	// Permissions is the number of generated permissions, which belong to the team's users and groups.
	Permissions int
	// AuditEvents is the number of generated audit events, distributed over the 30 days before the simulator starts.
	AuditEvents int
	// Members is the number of generated team members in addition to the users.
	Members int
	// TeamMembers are the additional team members, who are not in `users`.
	TeamMembers []Member
	// Logins is the login history.
	Logins []LoginEvent
	// Grants are the permissions that the permissions export returns. They do not restrict access to the APIs. To restrict access, set the
	// packages and services of clients and keys.
	Grants []Grant
	// Audits is the audit log.
	Audits []AuditEvent

	// MaxPageSize is the maximum page size for team members and login history, at most 200. 0 means 200.
	MaxPageSize int
	// NoContent is the status code of a response that contains no items, or no permissions. The OpenAPI files specify both 200 and 204.
	NoContent NoContent
	// IncludeInternal determines whether requests for team members must contain the `includeInternal` parameter. The OpenAPI file declares the
	// parameter as required, but also specifies a default.
	IncludeInternal Requirement
	// LoginTimes is the time format that the service accepts in login history requests. The OpenAPI file contains times with and without a
	// time zone.
	LoginTimes TimeForm
	// AuditTimes is the time format that the service accepts in audit log requests.
	AuditTimes AuditTimeForm
	// Bounds determines whether a requested time range includes events exactly at its start and end. Celonis does not document these cases.
	Bounds Bounds
	// Order is the order of events in lists. Celonis does not document this order.
	Order EventOrder
	// IgnoreTimes ignores the time range in requests for login and audit events.
	IgnoreTimes bool

	// AuditV1 determines whether version 1 of the Audit Log API is available and, if not, how the service responds.
	AuditV1 Presence
	// AuditV2 determines whether version 2 of the Audit Log API is available and, if not, how the service responds.
	AuditV2 Presence
	// AuditV2Times selects how version 2 of the Audit Log API handles a time range in a request. Celonis does not document a time range for
	// version 2.
	AuditV2Times UndocumentedTimes
	// AuditV2MaxLimit is the maximum page size for version 2 of the Audit Log API, at most 500. 0 means 500.
	AuditV2MaxLimit int
	// LastToken is the value of `nextPageToken` on the last page. Celonis documents that the token is absent or empty.
	LastToken LastToken

	// GroupsSeparator is the text between two group names in the permissions export, which returns a subject's groups as a single string.
	// Defaults to a comma and a space.
	GroupsSeparator string
	// NarrowSpaces formats times with a narrow no-break space before AM and PM, as newer Java versions do.
	NarrowSpaces bool
	// UnknownFields adds an undocumented field to every object.
	UnknownFields bool
}

// NoContent is the status code of a response without items.
type NoContent string

// Possible status codes of responses without items. The vendor's OpenAPI files specify both 200 and 204.
const (
	NoContentStatus NoContent = "204" // without a body (default)
	NoContentEmpty  NoContent = "200" // an empty list
)

// Words returns the allowed values, default first.
func (NoContent) Words() []NoContent { return []NoContent{NoContentStatus, NoContentEmpty} }

// Requirement determines whether a parameter may be omitted.
type Requirement string

// Possible requirements for a parameter.
const (
	Required Requirement = "required" // requests without the parameter fail with 400 (default)
	Optional Requirement = "optional" // the parameter has a default
)

// Words returns the allowed values, default first.
func (Requirement) Words() []Requirement { return []Requirement{Required, Optional} }

// TimeForm is the time format that the service accepts in login history requests.
type TimeForm string

// Possible time formats of login history requests.
const (
	TimesWithoutZone TimeForm = "without-zone" // yyyy-MM-ddTHH:mm:ss, in UTC (default)
	TimesWithZone    TimeForm = "with-zone"    // RFC 3339
	TimesAny         TimeForm = "any"          // both formats
)

// Words returns the allowed values, default first.
func (TimeForm) Words() []TimeForm { return []TimeForm{TimesWithoutZone, TimesWithZone, TimesAny} }

// AuditTimeForm is the time format that the service accepts in audit log requests.
type AuditTimeForm string

// Possible time formats of audit log requests. A production client, demisto/content's CelonisEventCollector, sends times in RFC 3339 format.
const (
	AuditTimesWithZone    AuditTimeForm = "with-zone"    // RFC 3339 (default)
	AuditTimesWithoutZone AuditTimeForm = "without-zone" // yyyy-MM-ddTHH:mm:ss, in UTC
	AuditTimesAny         AuditTimeForm = "any"          // both formats
)

// Words returns the allowed values, default first.
func (AuditTimeForm) Words() []AuditTimeForm {
	return []AuditTimeForm{AuditTimesWithZone, AuditTimesWithoutZone, AuditTimesAny}
}

// Bounds determines whether a time range includes its start and end.
type Bounds string

// Possible bounds of time ranges.
const (
	BoundsHalfOpen Bounds = "half-open" // includes the start but not the end (default)
	BoundsClosed   Bounds = "closed"    // includes the start and the end
	BoundsOpen     Bounds = "open"      // includes neither the start nor the end
)

// Words returns the allowed values, default first.
func (Bounds) Words() []Bounds { return []Bounds{BoundsHalfOpen, BoundsClosed, BoundsOpen} }

// EventOrder is the order of events in a list.
type EventOrder string

// Possible orders of events.
const (
	NewestFirst EventOrder = "newest-first" // (default)
	OldestFirst EventOrder = "oldest-first"
	NoOrder     EventOrder = "none" // a fixed order that does not depend on the time
)

// Words returns the allowed values, default first.
func (EventOrder) Words() []EventOrder { return []EventOrder{NewestFirst, OldestFirst, NoOrder} }

// Presence determines whether an endpoint is available and, if not, how the service responds.
type Presence string

// Possible states of an endpoint.
const (
	Present      Presence = "present"     // (default)
	AbsentPath   Presence = "not-found"   // 404 GENERAL_NOTFOUND_PATH
	AbsentPage   Presence = "html"        // 404 with an HTML page
	AbsentBare   Presence = "bare"        // 404 without a body
	AbsentMethod Presence = "not-allowed" // 405
	AbsentGone   Presence = "gone"        // 410
)

// Words returns the allowed values, default first.
func (Presence) Words() []Presence {
	return []Presence{Present, AbsentPath, AbsentPage, AbsentBare, AbsentMethod, AbsentGone}
}

// UndocumentedTimes selects how the service handles a time range that the vendor does not document for the endpoint.
type UndocumentedTimes string

// Ways to handle an undocumented time range.
const (
	RefuseTimes UndocumentedTimes = "refuse" // 400, as for any unknown parameter (default)
	IgnoreTimes UndocumentedTimes = "ignore" // ignores the time range
	HonourTimes UndocumentedTimes = "honour" // returns only the events in the time range
)

// Words returns the allowed values, default first.
func (UndocumentedTimes) Words() []UndocumentedTimes {
	return []UndocumentedTimes{RefuseTimes, IgnoreTimes, HonourTimes}
}

// LastToken is the value of nextPageToken on the last page. The vendor documents that nextPageToken is absent or empty
// (developer.celonis.com/changelog, 13 May 2026).
type LastToken string

// Possible values of nextPageToken on the last page.
const (
	LastTokenAbsent LastToken = "absent" // omitted (default)
	LastTokenEmpty  LastToken = "empty"  // ""
	LastTokenNull   LastToken = "null"   // null
)

// Words returns the allowed values, default first.
func (LastToken) Words() []LastToken {
	return []LastToken{LastTokenAbsent, LastTokenEmpty, LastTokenNull}
}

const (
	// The maximum and default page sizes. Sources: the vendor's OpenAPI file of the Team API;
	// developer.celonis.com/celonis-apis/audit-log-api.
	largestTeamPage   = 200
	largestTokenLimit = 500
	defaultTokenLimit = 200

	// generatedSpan is the period over which generated events are distributed.
	generatedSpan = 30 * 24 * time.Hour
)

// SetDefaults sets defaults and returns an error that lists all invalid options.
func (o *Options) SetDefaults() error {
	if o.GroupsSeparator == "" {
		o.GroupsSeparator = ", "
	}

	if o.MaxPageSize == 0 {
		o.MaxPageSize = largestTeamPage
	}

	if o.AuditV2MaxLimit == 0 {
		o.AuditV2MaxLimit = largestTokenLimit
	}

	errs := []error{
		server.CheckWord("NoContent", &o.NoContent),
		server.CheckWord("IncludeInternal", &o.IncludeInternal),
		server.CheckWord("LoginTimes", &o.LoginTimes),
		server.CheckWord("AuditTimes", &o.AuditTimes),
		server.CheckWord("Bounds", &o.Bounds),
		server.CheckWord("Order", &o.Order),
		server.CheckWord("AuditV1", &o.AuditV1),
		server.CheckWord("AuditV2", &o.AuditV2),
		server.CheckWord("AuditV2Times", &o.AuditV2Times),
		server.CheckWord("LastToken", &o.LastToken),
	}

	for _, number := range []struct {
		option       string
		value, upper int
	}{
		{"Members", o.Members, 0},
		{"LoginEvents", o.LoginEvents, 0},
		{"Permissions", o.Permissions, 0},
		{"AuditEvents", o.AuditEvents, 0},
		{"Reports.MaxPageSize", o.MaxPageSize, largestTeamPage},
		{"AuditV2MaxLimit", o.AuditV2MaxLimit, largestTokenLimit},
	} {
		if number.value < 0 {
			errs = append(errs, fmt.Errorf("%w: %s must not be negative", server.ErrOptions, number.option))
		}

		if number.upper > 0 && number.value > number.upper {
			errs = append(errs, fmt.Errorf("%w: %s must be at most %d", server.ErrOptions, number.option, number.upper))
		}
	}

	for _, event := range o.Logins {
		if event.Time.IsZero() {
			errs = append(errs, fmt.Errorf("%w: a sign-in by %q has no timestamp", server.ErrOptions, event.Email))
		}
	}

	for _, event := range o.Audits {
		if event.Time.IsZero() {
			errs = append(errs, fmt.Errorf("%w: an audit event of type %q has no timestamp", server.ErrOptions, event.Event))
		}
	}

	return errors.Join(errs...)
}
