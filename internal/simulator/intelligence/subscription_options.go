package intelligence

import (
	"errors"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// SubscriptionOptions describe the team's event subscriptions. The options also determine the simulator's behaviour in cases that the vendor's
// pages leave open (Event Subscription API, OpenAPI file v1.8.0 and overview). The zero value describes a team without subscriptions.
type SubscriptionOptions struct {
	// Count is the number of generated subscriptions to the team's triggers. Half of the generated subscriptions are active.
	Count int
	// Existing is the list of event subscriptions that the team has at the start, in addition to any generated subscriptions.
	Existing []Subscription

	// Max is the maximum number of subscriptions. 0 means the licence's maximum.
	Max int
	// RefuseBeyondMax rejects requests to create more than the maximum number of subscriptions. Otherwise, the limit is not enforced. The
	// documentation contradicts itself on whether the limit is enforced.
	RefuseBeyondMax bool
	// UnreachableHosts lists the callback hosts that the simulator treats as unreachable: host names, or suffixes that start with a dot.
	// Defaults to .invalid. The simulator never sends requests to callbacks.
	UnreachableHosts []string

	// CreatedID is the format of the id in the response to a create request. With `number`, new subscriptions have numeric ids.
	CreatedID CreatedIDForm
	// CreateReturnsOK responds to a create request with 200 instead of 201.
	CreateReturnsOK bool
	// UpdateReturnsNoContent responds to an update request with 204 instead of an empty 200 response.
	UpdateReturnsNoContent bool

	// UpdateKeepsOmitted retains headers and configurations that an update omits. Otherwise, an update clears omitted headers and
	// configurations.
	UpdateKeepsOmitted bool
	// UpdateLeavesPaused leaves a paused subscription paused after an update. Otherwise, the update resumes the subscription, as in the
	// documented diagram.
	UpdateLeavesPaused bool
	// UpdateLeavesFailed leaves the status of a failed or suspended subscription unchanged after an update. Otherwise, the update activates
	// the subscription, as in the documented diagram.
	UpdateLeavesFailed bool
	// UpdateLeavesRejected leaves a rejected subscription rejected after an update. Otherwise, the update activates the subscription.
	UpdateLeavesRejected bool
	// RefuseRepeats responds with 400 to a request to pause a paused subscription or to resume an active subscription. Otherwise, such a request
	// succeeds.
	RefuseRepeats bool
	// PauseFromAnyStatus allows clients to pause a failed, suspended or rejected subscription. Otherwise, such a request fails with 400.
	PauseFromAnyStatus bool

	// ListedAfterReads is how many listings omit a subscription after it has been created. A listing starts when its first page is requested.
	ListedAfterReads int
	// ListedAfter is the time during which listings omit a new subscription.
	ListedAfter time.Duration
	// DelistedAfterReads is how many more listings include a subscription after it has been deleted.
	DelistedAfterReads int
	// DelistedAfter is the time during which listings still include a deleted subscription.
	DelistedAfter time.Duration

	// UpdatesListedAfterReads is how many more listings return the previous state of a subscription after it has been changed.
	UpdatesListedAfterReads int
	// UpdatesListedAfter is the time during which listings still return a changed subscription in its previous state.
	UpdatesListedAfter time.Duration

	// OldListItems returns list items as in version 1.25.0 of the API: without a callback, owner, creation date or offsets.
	OldListItems bool
	// LatestSucceedOffset returns the last offset as `latestSucceedOffset` (the name in the documentation) instead of
	// `lastSuccessEventOffset` (the name in the OpenAPI file).
	LatestSucceedOffset bool
	// NoConfigurations is the value of `configurations` in lists if a subscription has no configurations. Celonis does not document this value.
	NoConfigurations NoConfigurations
	// Dates is the format of times in responses. The documentation permits any RFC 3339 format.
	Dates SubscriptionDates
	// TrimNames removes leading and trailing whitespace from names.
	TrimNames bool
	// NormaliseURIs converts the scheme and host of callback URIs to lower case and removes the default port.
	NormaliseURIs bool
}

// CreatedIDForm is the format of the id in the response to a create request. The vendor's OpenAPI file declares a string in an object, but the
// file's example is a number. Older versions of the file declare a bare string.
type CreatedIDForm string

// The formats of the id.
const (
	SubscriptionIDObject CreatedIDForm = "object" // {"id": "5b1f…"} (default)
	SubscriptionIDNumber CreatedIDForm = "number" // {"id": 1001}; lists return the id as a string
	SubscriptionIDText   CreatedIDForm = "text"   // "5b1f…"
)

// Words returns the allowed values, with the default first.
func (CreatedIDForm) Words() []CreatedIDForm {
	return []CreatedIDForm{SubscriptionIDObject, SubscriptionIDNumber, SubscriptionIDText}
}

// NoConfigurations is the value of `configurations` in lists if a subscription has no configurations. The vendor does not document this value.
type NoConfigurations string

// The values of `configurations` for a subscription without configurations.
const (
	ConfigurationsEmpty  NoConfigurations = "empty"  // "configurations": [] (default)
	ConfigurationsAbsent NoConfigurations = "absent" // omitted
	ConfigurationsNull   NoConfigurations = "null"   // "configurations": null
)

// Words returns the allowed values, with the default first.
func (NoConfigurations) Words() []NoConfigurations {
	return []NoConfigurations{ConfigurationsEmpty, ConfigurationsAbsent, ConfigurationsNull}
}

// SubscriptionDates is the format of date-times. The vendor's example is in UTC, but the schema permits any RFC 3339 format.
type SubscriptionDates string

// The formats of date-times.
const (
	DatesUTC          SubscriptionDates = "utc"          // 2026-02-01T08:00:00Z (default)
	DatesWithOffset   SubscriptionDates = "offset"       // 2026-02-01T09:00:00+01:00
	DatesMilliseconds SubscriptionDates = "milliseconds" // 2026-02-01T08:00:00.000Z
)

// Words returns the allowed values, with the default first.
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

// SetDefaults fills in the defaults and returns an error that lists all invalid options.
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
