package team

import (
	"errors"
	"fmt"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Options describe the reports about a team: members, login history, permissions and audit logs. The zero value is a team with empty reports.
// Where the vendor's pages leave a question open, an option selects the behaviour.
type Options struct {
	// LoginEvents is the number of sign-ins, spread over the 30 days before the start.
	LoginEvents int
	// Permissions is the number of permissions of the team's users and groups.
	Permissions int
	// AuditEvents is the number of audit events, spread over the 30 days before the start.
	AuditEvents int
	// Members is the number of team members in addition to the users.
	Members int
	// TeamMembers are team members in addition to the users.
	TeamMembers []Member
	// Logins is the login history.
	Logins []LoginEvent
	// Grants are the permissions that the permissions export returns. They do not restrict the API: packages and services of clients
	// and keys do.
	Grants []Grant
	// Audits is the audit log.
	Audits []AuditEvent

	// MaxPageSize is the largest page of team members and login history, at most 200. 0 means 200.
	MaxPageSize int
	// NoContent is the status of a page without items, and of an export without permissions. The OpenAPI files have both.
	NoContent NoContent
	// IncludeInternal selects whether a request for team members must have `includeInternal`. In the OpenAPI file, it is required
	// and has a default.
	IncludeInternal Requirement
	// LoginTimes selects the accepted form of times in requests for the login history. The OpenAPI file has both.
	LoginTimes TimeForm
	// AuditTimes selects the accepted form of times in requests for audit events.
	AuditTimes AuditTimeForm
	// Bounds selects whether events at exactly the start and the end of the requested range are included. Not documented.
	Bounds Bounds
	// Order selects the order of events. Not documented.
	Order EventOrder
	// IgnoreTimes ignores the requested range of events.
	IgnoreTimes bool

	// AuditV1 selects whether version 1 of the Audit Log API exists, and otherwise the response in its place.
	AuditV1 Presence
	// AuditV2 selects whether version 2 of the Audit Log API exists, and otherwise the response in its place.
	AuditV2 Presence
	// AuditV2Times selects what version 2 of the Audit Log API does with a requested range. Not documented.
	AuditV2Times UndocumentedTimes
	// AuditV2MaxLimit is the largest page of version 2 of the Audit Log API, at most 500. 0 means 500.
	AuditV2MaxLimit int
	// LastToken selects the form of `nextPageToken` on the last page. Documented are absent and empty.
	LastToken LastToken

	// GroupsSeparator separates the groups of a permission, which are one text. Defaults to a comma and a space.
	GroupsSeparator string
	// NarrowSpaces writes a narrow no-break space before AM and PM, as newer Java versions do.
	NarrowSpaces bool
	// UnknownFields adds an undocumented field to every object.
	UnknownFields bool
}

// NoContent is the form of a response without content.
type NoContent string

// The responses without content. The vendor's OpenAPI files have both statuses.
const (
	NoContentStatus NoContent = "204" // no body (default)
	NoContentEmpty  NoContent = "200" // an empty list
)

// Words lists the allowed values, the default first.
func (NoContent) Words() []NoContent { return []NoContent{NoContentStatus, NoContentEmpty} }

// Requirement is whether a parameter may be omitted.
type Requirement string

// The requirements.
const (
	Required Requirement = "required" // fails with 400 otherwise (default)
	Optional Requirement = "optional"
)

// Words lists the allowed values, the default first.
func (Requirement) Words() []Requirement { return []Requirement{Required, Optional} }

// TimeForm is the form of times that the login history accepts.
type TimeForm string

// The forms of times.
const (
	TimesWithoutZone TimeForm = "without-zone" // yyyy-MM-ddTHH:mm:ss, in UTC (default)
	TimesWithZone    TimeForm = "with-zone"    // RFC 3339
	TimesAny         TimeForm = "any"          // both
)

// Words lists the allowed values, the default first.
func (TimeForm) Words() []TimeForm { return []TimeForm{TimesWithoutZone, TimesWithZone, TimesAny} }

// AuditTimeForm is the form of times that the Audit Log API accepts.
type AuditTimeForm string

// The forms of times. A production client, demisto/content's CelonisEventCollector, sends RFC 3339.
const (
	AuditTimesWithZone    AuditTimeForm = "with-zone"    // RFC 3339 (default)
	AuditTimesWithoutZone AuditTimeForm = "without-zone" // yyyy-MM-ddTHH:mm:ss, in UTC
	AuditTimesAny         AuditTimeForm = "any"          // both
)

// Words lists the allowed values, the default first.
func (AuditTimeForm) Words() []AuditTimeForm {
	return []AuditTimeForm{AuditTimesWithZone, AuditTimesWithoutZone, AuditTimesAny}
}

// Bounds is whether the ends of a time range are included.
type Bounds string

// The bounds of time ranges.
const (
	BoundsHalfOpen Bounds = "half-open" // the start is included, the end is not (default)
	BoundsClosed   Bounds = "closed"    // both are included
	BoundsOpen     Bounds = "open"      // neither is included
)

// Words lists the allowed values, the default first.
func (Bounds) Words() []Bounds { return []Bounds{BoundsHalfOpen, BoundsClosed, BoundsOpen} }

// EventOrder is the order of events in a list.
type EventOrder string

// The orders of events.
const (
	NewestFirst EventOrder = "newest-first" // (default)
	OldestFirst EventOrder = "oldest-first"
	NoOrder     EventOrder = "none" // in an order that never changes but does not depend on the time
)

// Words lists the allowed values, the default first.
func (EventOrder) Words() []EventOrder { return []EventOrder{NewestFirst, OldestFirst, NoOrder} }

// Presence is whether the team has an endpoint, and otherwise the response in its place.
type Presence string

// The values of Presence.
const (
	Present      Presence = "present"     // (default)
	AbsentPath   Presence = "not-found"   // 404 GENERAL_NOTFOUND_PATH
	AbsentPage   Presence = "html"        // 404 with an HTML page
	AbsentBare   Presence = "bare"        // 404 without a body
	AbsentMethod Presence = "not-allowed" // 405
	AbsentGone   Presence = "gone"        // 410
)

// Words lists the allowed values, the default first.
func (Presence) Words() []Presence {
	return []Presence{Present, AbsentPath, AbsentPage, AbsentBare, AbsentMethod, AbsentGone}
}

// UndocumentedTimes is the response to times where the vendor does not document any.
type UndocumentedTimes string

// The ways to handle undocumented times.
const (
	RefuseTimes UndocumentedTimes = "refuse" // 400, as for every unknown parameter (default)
	IgnoreTimes UndocumentedTimes = "ignore"
	HonourTimes UndocumentedTimes = "honour"
)

// Words lists the allowed values, the default first.
func (UndocumentedTimes) Words() []UndocumentedTimes {
	return []UndocumentedTimes{RefuseTimes, IgnoreTimes, HonourTimes}
}

// LastToken is the form in which the last page states that there is no next one. The vendor documents that it is absent or empty
// (developer.celonis.com/changelog, 13 May 2026).
type LastToken string

// The forms of the last page's token.
const (
	LastTokenAbsent LastToken = "absent" // omitted (default)
	LastTokenEmpty  LastToken = "empty"  // ""
	LastTokenNull   LastToken = "null"
)

// Words lists the allowed values, the default first.
func (LastToken) Words() []LastToken {
	return []LastToken{LastTokenAbsent, LastTokenEmpty, LastTokenNull}
}

const (
	// The maximum page sizes. Sources: the vendor's OpenAPI file of the Team API; developer.celonis.com/celonis-apis/audit-log-api.
	largestTeamPage   = 200
	largestTokenLimit = 500
	defaultTokenLimit = 200

	// generatedSpan is the time over which generated events are spread.
	generatedSpan = 30 * 24 * time.Hour
)

// SetDefaults sets defaults and returns an error with all invalid options.
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
			errs = append(errs, fmt.Errorf("%w: %s is negative", server.ErrOptions, number.option))
		}

		if number.upper > 0 && number.value > number.upper {
			errs = append(errs, fmt.Errorf("%w: %s is above %d", server.ErrOptions, number.option, number.upper))
		}
	}

	for _, event := range o.Logins {
		if event.Time.IsZero() {
			errs = append(errs, fmt.Errorf("%w: a sign-in of %q has no time", server.ErrOptions, event.Email))
		}
	}

	for _, event := range o.Audits {
		if event.Time.IsZero() {
			errs = append(errs, fmt.Errorf("%w: an audit event %q has no time", server.ErrOptions, event.Event))
		}
	}

	return errors.Join(errs...)
}
