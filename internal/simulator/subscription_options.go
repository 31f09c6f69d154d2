package simulator

import (
	"errors"
	"time"
)

// SubscriptionOptions describe the team's event subscriptions, and choose the readings of what the vendor's pages leave open
// about them (Event Subscription API, OpenAPI file v1.8.0 and overview). The zero value is a team without subscriptions.
type SubscriptionOptions struct {
	// Count is how many subscriptions are made up, on the triggers of the team's Knowledge Models; 0 = none. One of two is
	// active, the others are paused, failed, suspended and rejected in turn.
	Count int
	// Existing are added to those. They must name a trigger of the team and be unique by id; an empty id is made up.
	Existing []Subscription

	// Max is how many subscriptions the team may have; 0 = as many as the licence allows (10, 20, 50, 100).
	Max int
	// RefuseBeyondMax answers 400 to the creation of more. Otherwise the limit is soft, as the vendor's terms say; its page on
	// rate limits says that an old one must be deleted first.
	RefuseBeyondMax bool
	// UnreachableHosts are the hosts that the service cannot reach, for it checks callbacks: a whole name, or the end of one
	// with a dot before it; nil = only ".invalid". Nothing is ever sent to any host.
	UnreachableHosts []string

	// CreateAnswer is the form in which the id of a new subscription is answered. With SubscriptionIDNumber the ids are numbers.
	CreateAnswer SubscriptionCreateAnswer
	// CreateAnswersOK answers a creation with 200 instead of 201.
	CreateAnswersOK bool
	// UpdateAnswersNoContent answers an update with 204 instead of an empty 200.
	UpdateAnswersNoContent bool

	// UpdateKeepsOmitted keeps headers and configurations that an update leaves out; otherwise it clears them.
	UpdateKeepsOmitted bool
	// UpdateLeavesPaused leaves a paused subscription paused when it is updated; otherwise the update resumes it, as the
	// vendor's diagram of states has it.
	UpdateLeavesPaused bool
	// UpdateLeavesFailed leaves a failed or suspended subscription so when it is updated; otherwise the update makes it active,
	// as the diagram has it.
	UpdateLeavesFailed bool
	// UpdateLeavesRejected leaves a rejected subscription so when it is updated; otherwise the update makes it active. The
	// diagram is older than this status.
	UpdateLeavesRejected bool
	// RefuseRepeats answers 400 to pausing a paused subscription and to resuming an active one; otherwise 204.
	RefuseRepeats bool
	// PauseFromAnyStatus lets failed, suspended and rejected subscriptions be paused; otherwise 400.
	PauseFromAnyStatus bool

	// ListedAfterReads is how many listings (requests for page 0) miss a new subscription, and ListedAfter for how long all do.
	ListedAfterReads int
	ListedAfter      time.Duration
	// DelistedAfterReads is how many listings still show a deleted subscription, and DelistedAfter for how long all do.
	DelistedAfterReads int
	DelistedAfter      time.Duration

	// UpdatesListedAfterReads is how many listings still show a subscription as it was before a change by the API (an update, a
	// pause and the like), and UpdatesListedAfter for how long all do.
	UpdatesListedAfterReads int
	UpdatesListedAfter      time.Duration

	// OldListItems leaves out of the list what older versions of the API (1.25.0) did not answer: callbackInfo, ownerName,
	// creationDate and the offsets.
	OldListItems bool
	// LatestSucceedOffset names the last counter latestSucceedOffset, as the vendor's overview does, instead of
	// lastSuccessEventOffset, as its OpenAPI file does.
	LatestSucceedOffset bool
	// NoConfigurations is how the list shows that a subscription has none.
	NoConfigurations NoConfigurations
	// Dates is the form of dates with times.
	Dates SubscriptionDates
	// TrimNames takes white space off the ends of names.
	TrimNames bool
	// NormaliseURIs answers callback URIs with scheme and host in lower case and without the default port.
	NormaliseURIs bool
}

// SubscriptionCreateAnswer is the form in which the id of a new subscription is answered: the vendor's OpenAPI file declares
// a string in an object and shows a number as its example, and its older versions declare a string alone.
type SubscriptionCreateAnswer string

// The forms of the id.
const (
	SubscriptionIDObject SubscriptionCreateAnswer = "object" // {"id": "5b1f…"} (default)
	SubscriptionIDNumber SubscriptionCreateAnswer = "number" // {"id": 1001}; lists hold it as a string
	SubscriptionIDText   SubscriptionCreateAnswer = "text"   // "5b1f…"
)

// Words lists the allowed values, the default first.
func (SubscriptionCreateAnswer) Words() []SubscriptionCreateAnswer {
	return []SubscriptionCreateAnswer{SubscriptionIDObject, SubscriptionIDNumber, SubscriptionIDText}
}

// NoConfigurations is how the list shows that a subscription has no configurations: the vendor does not say.
type NoConfigurations string

// The forms of no configurations.
const (
	ConfigurationsEmpty  NoConfigurations = "empty"  // "configurations": [] (default)
	ConfigurationsAbsent NoConfigurations = "absent" // left out
	ConfigurationsNull   NoConfigurations = "null"   // "configurations": null
)

// Words lists the allowed values, the default first.
func (NoConfigurations) Words() []NoConfigurations {
	return []NoConfigurations{ConfigurationsEmpty, ConfigurationsAbsent, ConfigurationsNull}
}

// SubscriptionDates is the form of dates with times: the vendor's example is in UTC, the schema allows all of RFC 3339.
type SubscriptionDates string

// The forms of dates with times.
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

// setDefaults fills what is unset and says what is wrong, all of it at once.
func (o *SubscriptionOptions) setDefaults() error {
	if o.UnreachableHosts == nil {
		o.UnreachableHosts = []string{".invalid"}
	}

	return errors.Join(
		checkWord("Subscriptions.CreateAnswer", &o.CreateAnswer),
		checkWord("Subscriptions.NoConfigurations", &o.NoConfigurations),
		checkWord("Subscriptions.Dates", &o.Dates),
		checkNotNegative("Subscriptions.Count", o.Count),
		checkNotNegative("Subscriptions.Max", o.Max),
		checkNotNegative("Subscriptions.ListedAfterReads", o.ListedAfterReads),
		checkNotNegative("Subscriptions.ListedAfter", o.ListedAfter),
		checkNotNegative("Subscriptions.DelistedAfterReads", o.DelistedAfterReads),
		checkNotNegative("Subscriptions.DelistedAfter", o.DelistedAfter),
		checkNotNegative("Subscriptions.UpdatesListedAfterReads", o.UpdatesListedAfterReads),
		checkNotNegative("Subscriptions.UpdatesListedAfter", o.UpdatesListedAfter),
	)
}

// maxSubscriptions is how many subscriptions the team may have.
func (o Options) maxSubscriptions() int {
	if o.Subscriptions.Max > 0 {
		return o.Subscriptions.Max
	}

	limits, _ := limitsOfLicence(o.Server.Licence) // New has checked it.

	return limits.subscriptions
}
