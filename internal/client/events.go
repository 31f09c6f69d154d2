package client

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// MaxEvents is how many events one query may ask for, in 250 requests.
const MaxEvents = 50_000

// EventQuery asks for the events of a span.
type EventQuery struct {
	// From is in the span, To is not.
	From, To time.Time
	// MaxEvents bounds how many events are read, 1 to [MaxEvents].
	MaxEvents int
}

func (q EventQuery) validate() error {
	if !q.From.Before(q.To) {
		return errors.New("a span of events must begin before it ends")
	}

	if q.MaxEvents < 1 || q.MaxEvents > MaxEvents {
		return fmt.Errorf("the number of events is %d, and must be between 1 and %d", q.MaxEvents, MaxEvents)
	}

	return nil
}

func (q EventQuery) includes(at time.Time) bool { return !at.Before(q.From) && at.Before(q.To) }

// key names the query among the reads of the run.
func (q EventQuery) key() string {
	return fmt.Sprintf("%s %s %d", q.From.UTC().Format(time.RFC3339Nano), q.To.UTC().Format(time.RFC3339Nano), q.MaxEvents)
}

// asked returns the span to ask the service for, in whole seconds, which is all that its documented pattern holds. It is
// wider by a second on either side: whether the service counts its ends in is not documented.
func (q EventQuery) asked() (from, to time.Time) {
	return q.From.UTC().Truncate(time.Second).Add(-time.Second), q.To.UTC().Add(time.Second - 1).Truncate(time.Second).Add(time.Second)
}

// within returns the events of the span that was asked for, the newest first: the service's own span is wider, and it may
// honour none.
func within[E any](query EventQuery, events []E, at func(E) time.Time, compare func(a, b E) int) []E {
	kept := slices.DeleteFunc(events, func(one E) bool { return !query.includes(at(one)) })

	slices.SortFunc(kept, func(a, b E) int { return cmp.Or(at(b).Compare(at(a)), compare(a, b)) })

	return kept
}

// parseEventTime reads when an event was: ISO 8601 in UTC with milliseconds, according to the vendor.
func parseEventTime(text string) (time.Time, error) {
	at, ok := parseDateTime(text)
	if !ok {
		return at, errors.New("is an event without a time, or with one that is no date and time")
	}

	return at, nil
}

const (
	// eventSlack is how far events may be out of order in a log that is sorted by time.
	eventSlack = time.Minute

	// orderProven is how many events show the order of a log, if all of them are in it.
	orderProven = 50
)

// eventOrder watches in which order the events of a log come.
type eventOrder struct {
	count          int
	newest, oldest time.Time
	// notNewestFirst and notOldestFirst say that an event came that such an order does not allow.
	notNewestFirst, notOldestFirst bool
}

func (o *eventOrder) add(at time.Time) {
	if o.count == 0 {
		o.newest, o.oldest = at, at
	}

	o.count++

	if at.After(o.oldest.Add(eventSlack)) {
		o.notNewestFirst = true
	}

	if at.Before(o.newest.Add(-eventSlack)) {
		o.notOldestFirst = true
	}

	if at.After(o.newest) {
		o.newest = at
	}

	if at.Before(o.oldest) {
		o.oldest = at
	}
}

// isPast reports whether no further event can be in the span: the log is sorted, and has left the span behind. Before many
// events have come in order, over some time, nothing is sure.
func (o *eventOrder) isPast(query EventQuery) bool {
	if o.count < orderProven || o.newest.Sub(o.oldest) <= eventSlack {
		return false
	}

	return !o.notNewestFirst && o.oldest.Add(eventSlack).Before(query.From) ||
		!o.notOldestFirst && o.newest.Add(-eventSlack).After(query.To)
}
