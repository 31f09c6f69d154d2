package intelligence

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// SubscriptionStatus is an event subscription's status, such as active or paused.
type SubscriptionStatus string

// The status values in the vendor's OpenAPI file.
const (
	SubscriptionActive    SubscriptionStatus = "active"    // delivers events as they happen (default)
	SubscriptionPaused    SubscriptionStatus = "paused"    // retains events until the subscription is resumed
	SubscriptionFailed    SubscriptionStatus = "failed"    // retains events until the callback responds again
	SubscriptionSuspended SubscriptionStatus = "suspended" // stopped after failing for 8 hours
	SubscriptionRejected  SubscriptionStatus = "rejected"  // stopped because the callback rejected an event
)

// Words returns the status values, starting with the status of a new subscription.
func (SubscriptionStatus) Words() []SubscriptionStatus {
	return []SubscriptionStatus{
		SubscriptionActive, SubscriptionPaused, SubscriptionFailed, SubscriptionSuspended, SubscriptionRejected,
	}
}

// Delivery is the outcome of delivering an event.
type Delivery string

// The outcomes of a delivery.
const (
	Delivered        Delivery = "delivered"
	DeliveryFailed   Delivery = "failed"   // a transient failure that persisted after all retries
	DeliveryRejected Delivery = "rejected" // a permanent failure
)

// Words returns the allowed values, with the default first.
func (Delivery) Words() []Delivery {
	return []Delivery{Delivered, DeliveryFailed, DeliveryRejected}
}

// suspendedAfter is the time after which a failed subscription is suspended (Event Subscription API, notifications).
const suspendedAfter = 8 * time.Hour

// Subscription is an event subscription of the team.
type Subscription struct {
	// ID is the id of the subscription. By default, the simulator generates an id.
	ID string `json:"id"`
	// Name is the display name of the subscription.
	Name string `json:"name"`
	// KnowledgeModelID is the id of the Knowledge Model that defines the trigger, in the form `<package_key>.<key>`.
	KnowledgeModelID string `json:"knowledgeModelId"`
	// TriggerID is the id of the trigger, which must exist in the Knowledge Model.
	TriggerID string `json:"triggerId"`
	// CallbackURI is the callback URI of the subscription, to which the simulator never sends events.
	CallbackURI string `json:"callbackUri"`
	// CallbackHeaders are the HTTP headers to send with each event. The API never returns these headers.
	CallbackHeaders map[string]string `json:"callbackHeaders,omitempty"`
	// SkipErrors skips events that cannot be delivered.
	SkipErrors bool `json:"skipErrors,omitempty"`
	// Status is the status of the subscription.
	Status SubscriptionStatus `json:"status"`
	// OwnerName is the name of the user, OAuth client or key that owns the subscription.
	OwnerName string `json:"ownerName,omitempty"`
	// Created is the time at which the subscription was created. Defaults to the time at which the simulator starts.
	Created time.Time `json:"created,omitzero"`
	// FailedSince is the time of the first failed delivery. For a failed subscription, the default is the time at which the simulator starts.
	FailedSince time.Time `json:"failedSince,omitzero"`

	// Events are the events that the trigger has fired. The first event has offset 0.
	Events []SubscriptionEvent `json:"events,omitempty"`
	// NextOffset is the offset of the first event that is waiting for delivery.
	NextOffset int `json:"nextOffset"`
	// Latest is the time of the last delivery.
	Latest time.Time `json:"latest,omitzero"`
	// LatestOffset is the offset of the last delivered event.
	LatestOffset int `json:"latestOffset"`
}

// SubscriptionEvent is an event that a trigger has fired.
type SubscriptionEvent struct {
	// Created is the time at which the trigger fired.
	Created time.Time `json:"created"`
	// Lost means that the event was skipped after an error. Replays do not deliver a skipped event.
	Lost bool `json:"lost,omitempty"`
}

func (s *Subscription) clone() Subscription {
	clone := *s
	clone.CallbackHeaders = maps.Clone(s.CallbackHeaders)
	clone.Events = slices.Clone(s.Events)

	return clone
}

// complete fills in defaults, and clears FailedSince unless the status is failed.
func (s *Subscription) complete(now time.Time) {
	s.Status = cmp.Or(s.Status, SubscriptionActive)

	if s.Created.IsZero() {
		s.Created = now
	}

	if s.Status != SubscriptionFailed {
		s.FailedSince = time.Time{}
	} else if s.FailedSince.IsZero() {
		s.FailedSince = now
	}

	s.NextOffset = min(max(s.NextOffset, 0), len(s.Events))
}

// age suspends a subscription that has been failing for at least eight hours (suspendedAfter).
func (s *Subscription) age(now time.Time) {
	if s.Status == SubscriptionFailed && now.Sub(s.FailedSince) >= suspendedAfter {
		s.set(SubscriptionSuspended, now)
	}
}

// set changes the status. If the new status is active, waiting events are delivered. As a simplification, the callback always accepts waiting
// events.
func (s *Subscription) set(status SubscriptionStatus, now time.Time) {
	s.Status = status
	s.complete(now)

	if s.Status == SubscriptionActive {
		s.emit(now)
	}
}

// emit delivers all waiting events.
func (s *Subscription) emit(now time.Time) {
	for ; s.NextOffset < len(s.Events); s.NextOffset++ {
		if !s.Events[s.NextOffset].Lost {
			s.Latest, s.LatestOffset = now, s.NextOffset
		}
	}
}

// fire adds events and, if the subscription is active, tries to deliver them. If the callback of a failed subscription accepts events
// again, the subscription becomes active (Event Subscription API, overview).
func (s *Subscription) fire(count int, delivery Delivery, now time.Time) {
	if s.Status == SubscriptionFailed && delivery == Delivered {
		s.set(SubscriptionActive, now)
	}

	for range count {
		s.Events = append(s.Events, SubscriptionEvent{Created: now})

		if s.Status != SubscriptionActive {
			continue
		}

		switch {
		case delivery == Delivered:
			s.emit(now)
		case s.SkipErrors:
			s.Events[s.NextOffset].Lost = true
			s.NextOffset++
		case delivery == DeliveryFailed:
			s.set(SubscriptionFailed, now)
		case delivery == DeliveryRejected:
			s.set(SubscriptionRejected, now)
		}
	}
}

// The following error codes are invented, because no known copy of the vendor's error catalog contains the real codes.
const (
	codeStatus  = "SUBSCRIPTION_STATUS_ILLEGAL"
	codeTooMany = "LIMIT_SUBSCRIPTIONS_EXCEEDED"
)

// wrongStatus returns the failure for a request that the current status does not permit.
func (s *Subscription) wrongStatus(what string) *server.Failure {
	return server.BadRequest(codeStatus, "", "A subscription with the status %s cannot %s.", s.Status, what)
}

// pause pauses the delivery of events.
func (s *Subscription) pause(o *SubscriptionOptions, now time.Time) *server.Failure {
	switch s.Status {
	case SubscriptionActive:
	case SubscriptionPaused:
		if o.RefuseRepeats {
			return s.wrongStatus("be paused")
		}
	default:
		if !o.PauseFromAnyStatus {
			return s.wrongStatus("be paused")
		}
	}

	s.set(SubscriptionPaused, now)

	return nil
}

// resume activates a paused subscription. If fromLatest is true, waiting events are dropped.
func (s *Subscription) resume(o *SubscriptionOptions, fromLatest bool, now time.Time) *server.Failure {
	switch s.Status {
	case SubscriptionPaused:
	case SubscriptionActive:
		if o.RefuseRepeats {
			return s.wrongStatus("be resumed")
		}
	default:
		return s.wrongStatus("be resumed")
	}

	if fromLatest {
		s.NextOffset = len(s.Events)
	}

	s.set(SubscriptionActive, now)

	return nil
}

// replay delivers events again, starting at an offset. The vendor's diagram permits a replay for paused and failed subscriptions. The simulator
// also permits a replay for active subscriptions, because active subscriptions have delivered events as well. In any other status, the
// simulator rejects a replay.
func (s *Subscription) replay(from int, now time.Time) *server.Failure {
	if s.Status == SubscriptionSuspended || s.Status == SubscriptionRejected {
		return s.wrongStatus("be replayed")
	}

	s.NextOffset = from // set limits the offset to the number of events.
	s.set(SubscriptionActive, now)

	return nil
}

// updated determines the status of the subscription after an update, and assumes that the update has fixed the callback.
func (s *Subscription) updated(o *SubscriptionOptions, now time.Time) {
	leave := false

	switch s.Status {
	case SubscriptionPaused:
		leave = o.UpdateLeavesPaused
	case SubscriptionFailed, SubscriptionSuspended:
		leave = o.UpdateLeavesFailed
	case SubscriptionRejected:
		leave = o.UpdateLeavesRejected
	case SubscriptionActive:
	}

	if !leave {
		s.set(SubscriptionActive, now)
	}
}

// leftovers skips at most the given number of waiting events. It returns the offset of the first skipped event, and all skipped
// events. It fails if the status is active or paused, because the waiting events will still be delivered. The vendor's error catalog for the Event
// Subscription API covers this error, but the code is missing from every known copy of the catalog.
func (s *Subscription) leftovers(most int) (int, []SubscriptionEvent, *server.Failure) {
	if s.Status == SubscriptionActive || s.Status == SubscriptionPaused {
		return 0, nil, s.wrongStatus("return its waiting events")
	}

	first := s.NextOffset
	s.NextOffset = min(first+most, len(s.Events))

	return first, s.Events[first:s.NextOffset], nil
}
