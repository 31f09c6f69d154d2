package intelligence

import (
	"errors"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// SubscriptionOptions describe the team's event subscriptions, and select the behaviour where the vendor's pages leave it open (Event
// Subscription API, OpenAPI file v1.8.0 and overview). The zero value is a team without subscriptions.
type SubscriptionOptions struct {
	// Count is the number of subscriptions, on the triggers of the team. Half of them are active.
	Count int
	// Existing are the event subscriptions.
	Existing []Subscription

	// Max is the number of subscriptions that the team may have. 0 means that of the licence.
	Max int
	// RefuseBeyondMax rejects the creation of more subscriptions than allowed. Otherwise, the limit is not enforced. The documentation
	// describes both.
	RefuseBeyondMax bool
	// UnreachableHosts lists the callback hosts that the service cannot reach: host names, or suffixes that start with a dot. Defaults to
	// .invalid. Nothing is ever sent to a callback.
	UnreachableHosts []string

	// CreatedID selects the form of a new subscription's id. With number, ids are numbers.
	CreatedID CreatedIDForm
	// CreateReturnsOK responds to a create with 200 instead of 201.
	CreateReturnsOK bool
	// UpdateReturnsNoContent responds to an update with 204 instead of an empty 200.
	UpdateReturnsNoContent bool

	// UpdateKeepsOmitted keeps headers and configurations that an update omits. Otherwise, it clears them.
	UpdateKeepsOmitted bool
	// UpdateLeavesPaused keeps a paused subscription paused when it is updated. Otherwise, the update resumes it, as in the
	// documented diagram.
	UpdateLeavesPaused bool
	// UpdateLeavesFailed keeps the status of a failed or suspended subscription when it is updated. Otherwise, the update activates it, as
	// in the documented diagram.
	UpdateLeavesFailed bool
	// UpdateLeavesRejected keeps a rejected subscription rejected when it is updated. Otherwise, the update activates it.
	UpdateLeavesRejected bool
	// RefuseRepeats rejects pausing a paused subscription and resuming an active one with 400. Otherwise, both succeed.
	RefuseRepeats bool
	// PauseFromAnyStatus accepts pausing a failed, suspended or rejected subscription. Otherwise, it fails with 400.
	PauseFromAnyStatus bool

	// ListedAfterReads is the number of listings that omit a new subscription. A listing starts with its first page.
	ListedAfterReads int
	// ListedAfter is how long listings omit a new subscription.
	ListedAfter time.Duration
	// DelistedAfterReads is the number of listings that still show a deleted subscription.
	DelistedAfterReads int
	// DelistedAfter is how long listings still show a deleted subscription.
	DelistedAfter time.Duration

	// UpdatesListedAfterReads is the number of listings that show a changed subscription as it was before.
	UpdatesListedAfterReads int
	// UpdatesListedAfter is how long listings show a changed subscription as it was before.
	UpdatesListedAfter time.Duration

	// OldListItems omits from lists what version 1.25.0 of the API lacks: callback, owner, creation date and offsets.
	OldListItems bool
	// LatestSucceedOffset names the last offset `latestSucceedOffset`, as the documentation does, instead of
	// `lastSuccessEventOffset`, as the OpenAPI file does.
	LatestSucceedOffset bool
	// NoConfigurations selects how a list shows that a subscription has no configurations. Not documented.
	NoConfigurations NoConfigurations
	// Dates selects the form of times. The documentation allows all of RFC 3339.
	Dates SubscriptionDates
	// TrimNames removes leading and trailing whitespace from names.
	TrimNames bool
	// NormaliseURIs writes callback URIs with the scheme and host in lower case and without the default port.
	NormaliseURIs bool
}

// CreatedIDForm is the form of the id in the response to a create. The vendor's OpenAPI file declares a string in an object, but its
// example is a number. Older versions declare a bare string.
type CreatedIDForm string

// The forms of the id.
const (
	SubscriptionIDObject CreatedIDForm = "object" // {"id": "5b1f…"} (default)
	SubscriptionIDNumber CreatedIDForm = "number" // {"id": 1001}, which lists hold as a string
	SubscriptionIDText   CreatedIDForm = "text"   // "5b1f…"
)

// Words lists the allowed values, the default first.
func (CreatedIDForm) Words() []CreatedIDForm {
	return []CreatedIDForm{SubscriptionIDObject, SubscriptionIDNumber, SubscriptionIDText}
}

// NoConfigurations is how the list shows that a subscription has no configurations, which is not documented.
type NoConfigurations string

// The forms of no configurations.
const (
	ConfigurationsEmpty  NoConfigurations = "empty"  // "configurations": [] (default)
	ConfigurationsAbsent NoConfigurations = "absent" // omitted
	ConfigurationsNull   NoConfigurations = "null"   // "configurations": null
)

// Words lists the allowed values, the default first.
func (NoConfigurations) Words() []NoConfigurations {
	return []NoConfigurations{ConfigurationsEmpty, ConfigurationsAbsent, ConfigurationsNull}
}

// SubscriptionDates is the form of date-times. The vendor's example is in UTC; the schema allows all of RFC 3339.
type SubscriptionDates string

// The forms of date-times.
const (
	DatesUTC          SubscriptionDates = "utc"          // 2026-02-01T08:00:00Z (default)
	DatesWithOffset   SubscriptionDates = "offset"       // 2026-02-01T09:00:00+01:00
	DatesMilliseconds SubscriptionDates = "milliseconds" // 2026-02-01T08:00:00.000Z
)

// Words lists the allowed values, the default first.
func (SubscriptionDates) Words() []SubscriptionDates {
	return []SubscriptionDates{DatesUTC, DatesWithOffset, DatesMilliseconds}
}

func (d SubscriptionDates) format(moment time.Time) string {
	switch d {
	case DatesWithOffset:
		return moment.In(time.FixedZone("", 3600)).Format(time.RFC3339)
	case DatesMilliseconds:
		return moment.UTC().Format("2006-01-02T15:04:05.000Z07:00")
	case DatesUTC:
	}

	return moment.UTC().Format(time.RFC3339)
}

// SetDefaults sets defaults and returns an error with all invalid options.
func (o *SubscriptionOptions) SetDefaults() error {
	if o.UnreachableHosts == nil {
		o.UnreachableHosts = []string{".invalid"}
	}

	return errors.Join(
		server.CheckWord("Subscriptions.CreatedID", &o.CreatedID),
		server.CheckWord("Subscriptions.NoConfigurations", &o.NoConfigurations),
		server.CheckWord("Subscriptions.Dates", &o.Dates),
		server.CheckNotNegative("Subscriptions.Count", o.Count),
		server.CheckNotNegative("Subscriptions.Max", o.Max),
		server.CheckNotNegative("Subscriptions.ListedAfterReads", o.ListedAfterReads),
		server.CheckNotNegative("Subscriptions.ListedAfter", o.ListedAfter),
		server.CheckNotNegative("Subscriptions.DelistedAfterReads", o.DelistedAfterReads),
		server.CheckNotNegative("Subscriptions.DelistedAfter", o.DelistedAfter),
		server.CheckNotNegative("Subscriptions.UpdatesListedAfterReads", o.UpdatesListedAfterReads),
		server.CheckNotNegative("Subscriptions.UpdatesListedAfter", o.UpdatesListedAfter),
	)
}
