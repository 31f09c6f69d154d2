package simulator

import (
	"errors"
	"fmt"
	"time"
)

// ReportOptions describe what a team tells about itself: members, sign-ins, permissions and audit logs. The zero value is
// a team where there is nothing to tell. Where the vendor's pages are silent, an option chooses the reading.
type ReportOptions struct {
	// LoginEvents, Permissions and AuditEvents are how many of each are made up, about the users of the team; 0 = none. The events are
	// spread evenly over the 30 days before the team was made.
	LoginEvents, Permissions, AuditEvents int
	// Members is how many members are made up in addition to the users, all of whom are members.
	Members int
	// TeamMembers, Logins, Grants and Audits are added to the ones that are made up.
	TeamMembers []TeamMember
	Logins      []LoginEvent
	Grants      []Grant
	Audits      []AuditEvent

	// MaxPageSize is the largest page of lists; 0 = 200, which is also the largest that may be asked for. What a larger page
	// than this one gets is for Options.PageSizeAboveMax to say.
	MaxPageSize int
	// NoContent says what a page without items, or an export without permissions, is.
	NoContent NoContent
	// IncludeInternal says whether members may be listed without includeInternal: it is required in the vendor's OpenAPI
	// file, and yet has a default there.
	IncludeInternal Requirement
	// LoginTimes is the form of from and to of sign-ins: the vendor's OpenAPI file says both date-time and yyyy-MM-ddTHH:mm:ss.
	LoginTimes TimeForm
	// AuditTimes is the form of from and to of audit logs, which the vendor calls date-times.
	AuditTimes AuditTimeForm
	// Bounds says whether events at exactly from and to are in the span.
	Bounds Bounds
	// Order is the order of events, which the vendor does not document.
	Order EventOrder
	// IgnoreTimes makes lists of events ignore from and to.
	IgnoreTimes bool

	// AuditV1 and AuditV2 say whether the team has the versions of the Audit Log API.
	AuditV1, AuditV2 Presence
	// AuditV2Times says what version 2 of the Audit Log API does with from and to, which the vendor does not document for it.
	AuditV2Times UndocumentedTimes
	// AuditV2MaxLimit is the largest page of version 2; 0 = 500, which is also the largest that may be asked for.
	AuditV2MaxLimit int
	// LastToken is the form of nextPageToken on the last page.
	LastToken LastToken

	// GroupsSeparator stands between the groups of a permission, which are one text; empty = ", ".
	GroupsSeparator string
	// NarrowSpaces writes a narrow no-break space before AM and PM, as the locale data of newer Java versions has it.
	NarrowSpaces bool
	// UnknownFields adds a field that the vendor does not document to every object.
	UnknownFields bool
}

// NoContent says what an answer without content is.
type NoContent string

// The answers without content. The vendor's OpenAPI files have both statuses.
const (
	NoContentStatus NoContent = "204" // no body (default)
	NoContentEmpty  NoContent = "200" // an empty list
)

// Words lists the allowed values, the default first.
func (NoContent) Words() []NoContent { return []NoContent{NoContentStatus, NoContentEmpty} }

// Requirement says whether a parameter may be left out.
type Requirement string

// The requirements.
const (
	Required Requirement = "required" // 400 without it (default)
	Optional Requirement = "optional"
)

// Words lists the allowed values, the default first.
func (Requirement) Words() []Requirement { return []Requirement{Required, Optional} }

// TimeForm is a form of points in time that login-history takes.
type TimeForm string

// The forms of times.
const (
	TimesWithoutZone TimeForm = "without-zone" // yyyy-MM-ddTHH:mm:ss, in UTC (default)
	TimesWithZone    TimeForm = "with-zone"    // RFC 3339
	TimesAny         TimeForm = "any"          // both
)

// Words lists the allowed values, the default first.
func (TimeForm) Words() []TimeForm { return []TimeForm{TimesWithoutZone, TimesWithZone, TimesAny} }

// AuditTimeForm is a form of points in time that audit-logs takes.
type AuditTimeForm string

// The forms of times. RFC 3339 is what a production client sends, demisto/content's CelonisEventCollector.
const (
	AuditTimesWithZone    AuditTimeForm = "with-zone"    // RFC 3339 (default)
	AuditTimesWithoutZone AuditTimeForm = "without-zone" // yyyy-MM-ddTHH:mm:ss, in UTC
	AuditTimesAny         AuditTimeForm = "any"          // both
)

// Words lists the allowed values, the default first.
func (AuditTimeForm) Words() []AuditTimeForm {
	return []AuditTimeForm{AuditTimesWithZone, AuditTimesWithoutZone, AuditTimesAny}
}

// Bounds says which ends of a span belong to it.
type Bounds string

// The bounds of spans.
const (
	BoundsHalfOpen Bounds = "half-open" // from does, to does not (default)
	BoundsClosed   Bounds = "closed"    // both do
	BoundsOpen     Bounds = "open"      // neither does
)

// Words lists the allowed values, the default first.
func (Bounds) Words() []Bounds { return []Bounds{BoundsHalfOpen, BoundsClosed, BoundsOpen} }

// EventOrder is the order of events in a list.
type EventOrder string

// The orders of events.
const (
	NewestFirst EventOrder = "newest-first" // (default)
	OldestFirst EventOrder = "oldest-first"
	NoOrder     EventOrder = "none" // always the same, but none by time
)

// Words lists the allowed values, the default first.
func (EventOrder) Words() []EventOrder { return []EventOrder{NewestFirst, OldestFirst, NoOrder} }

// Presence says whether the team has an endpoint, and what there is in its place.
type Presence string

// The presences of an endpoint.
const (
	Present      Presence = "present"     // (default)
	AbsentPath   Presence = "not-found"   // 404 GENERAL_NOTFOUND_PATH
	AbsentPage   Presence = "html"        // 404 with a web page
	AbsentBare   Presence = "bare"        // 404 without a body
	AbsentMethod Presence = "not-allowed" // 405
	AbsentGone   Presence = "gone"        // 410
)

// Words lists the allowed values, the default first.
func (Presence) Words() []Presence {
	return []Presence{Present, AbsentPath, AbsentPage, AbsentBare, AbsentMethod, AbsentGone}
}

// UndocumentedTimes says what happens to times where none are documented.
type UndocumentedTimes string

// The ways to treat undocumented times.
const (
	RefuseTimes UndocumentedTimes = "refuse" // 400, as for all unknown parameters (default)
	IgnoreTimes UndocumentedTimes = "ignore"
	HonourTimes UndocumentedTimes = "honour"
)

// Words lists the allowed values, the default first.
func (UndocumentedTimes) Words() []UndocumentedTimes {
	return []UndocumentedTimes{RefuseTimes, IgnoreTimes, HonourTimes}
}

// LastToken is the form in which the last page says that there is no next one. The vendor documents that it is absent or
// empty (developer.celonis.com/changelog, 13 May 2026).
type LastToken string

// The forms of the last page's token.
const (
	LastTokenAbsent LastToken = "absent" // left out (default)
	LastTokenEmpty  LastToken = "empty"  // ""
	LastTokenNull   LastToken = "null"
)

// Words lists the allowed values, the default first.
func (LastToken) Words() []LastToken {
	return []LastToken{LastTokenAbsent, LastTokenEmpty, LastTokenNull}
}

const (
	// The largest pages that may be asked for. Sources: the vendor's OpenAPI file of the Team API;
	// developer.celonis.com/celonis-apis/audit-log-api.
	largestTeamPage   = 200
	largestTokenLimit = 500
	defaultTokenLimit = 200

	// eventSpan is the time over which made up events are spread.
	eventSpan = 30 * 24 * time.Hour
)

// setDefaults fills what is unset and says what is wrong, all of it at once.
func (o *ReportOptions) setDefaults() error {
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
		checkWord("NoContent", &o.NoContent),
		checkWord("IncludeInternal", &o.IncludeInternal),
		checkWord("LoginTimes", &o.LoginTimes),
		checkWord("AuditTimes", &o.AuditTimes),
		checkWord("Bounds", &o.Bounds),
		checkWord("Order", &o.Order),
		checkWord("AuditV1", &o.AuditV1),
		checkWord("AuditV2", &o.AuditV2),
		checkWord("AuditV2Times", &o.AuditV2Times),
		checkWord("LastToken", &o.LastToken),
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
			errs = append(errs, fmt.Errorf("%w: %s is negative", errOptions, number.option))
		}

		if number.upper > 0 && number.value > number.upper {
			errs = append(errs, fmt.Errorf("%w: %s is above %d", errOptions, number.option, number.upper))
		}
	}

	for _, event := range o.Logins {
		if event.Time.IsZero() {
			errs = append(errs, fmt.Errorf("%w: a sign-in of %q has no time", errOptions, event.Email))
		}
	}

	for _, event := range o.Audits {
		if event.Time.IsZero() {
			errs = append(errs, fmt.Errorf("%w: an audit event %q has no time", errOptions, event.Event))
		}
	}

	return errors.Join(errs...)
}
