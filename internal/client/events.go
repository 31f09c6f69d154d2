package client

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync/atomic"
	"time"
)

// MaxEvents is the maximum number of events in one query. Reading that many events takes 250 requests.
const MaxEvents = 50_000

// EventQuery requests the events in a time range.
type EventQuery struct {
	// From is inclusive; To is exclusive.
	From, To time.Time
	// MaxEvents is the maximum number of events to read, from 1 to [MaxEvents].
	MaxEvents int
}

func (q EventQuery) validate() error {
	if !q.From.Before(q.To) {
		return errors.New("the start of the time range must be before its end")
	}

	if q.MaxEvents < 1 || q.MaxEvents > MaxEvents {
		return fmt.Errorf("the number of events is %d, but must be between 1 and %d", q.MaxEvents, MaxEvents)
	}

	return nil
}

func (q EventQuery) includes(at time.Time) bool { return !at.Before(q.From) && at.Before(q.To) }

// key identifies the query in the run's cache.
func (q EventQuery) key() string {
	return fmt.Sprintf("%s %s %d", q.From.UTC().Format(time.RFC3339Nano), q.To.UTC().Format(time.RFC3339Nano), q.MaxEvents)
}

// requested returns the time range to request. The range is in whole seconds, because the documented format has no fractions. It starts at least
// one second before the query's range and ends at least one second after it, because the vendor does not document whether the limits are
// inclusive.
func (q EventQuery) requested(hasZone *atomic.Bool) *requestedSpan {
	return &requestedSpan{
		from:    q.From.UTC().Truncate(time.Second).Add(-time.Second),
		to:      q.To.UTC().Add(time.Second - 1).Truncate(time.Second).Add(time.Second),
		hasZone: hasZone,
	}
}

type requestedSpan struct {
	from, to time.Time
	// hasZone is true if the run sends times to this endpoint in RFC 3339 format, with the UTC zone. If it is false, the times have no zone.
	hasZone *atomic.Bool
}

// query returns the query parameters for the time range, whose times have a zone if hasZone is true.
func (s requestedSpan) query(hasZone bool) url.Values {
	pattern := "2006-01-02T15:04:05"
	if hasZone {
		pattern = time.RFC3339
	}

	return url.Values{"from": {s.from.Format(pattern)}, "to": {s.to.Format(pattern)}}
}

// within returns the events in the query's time range, newest first. The service may return other events, because the requested range is wider
// than the query's range, and the service may ignore the range.
func within[E any](query EventQuery, events []E, at func(E) time.Time, compare func(a, b E) int) []E {
	selected := slices.DeleteFunc(events, func(event E) bool { return !query.includes(at(event)) })

	slices.SortFunc(selected, func(a, b E) int { return cmp.Or(at(b).Compare(at(a)), compare(a, b)) })

	return selected
}

// parseEventTime parses an event's time, which the vendor documents as ISO 8601 in UTC with milliseconds.
func parseEventTime(text string) (time.Time, error) {
	at, ok := parseDateTime(text)
	if !ok {
		return at, errors.New("is an event without a valid date and time")
	}

	return at, nil
}

const (
	// eventSlack is the maximum time by which events may be out of order in a log that is assumed to be sorted.
	eventSlack = time.Minute

	// orderProven is the number of events that must be in consistent order before a log is assumed to be sorted.
	orderProven = 50
)

// eventOrder tracks the order in which a log lists its events.
type eventOrder struct {
	count          int
	newest, oldest time.Time
	// notNewestFirst is true once an event shows that the log is not sorted newest first. notOldestFirst is true once an event shows that the log is
	// not sorted oldest first.
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

// isPast reports whether no further event can be in the time range, because the log is sorted and the events read so far have passed the range. A log
// is assumed to be sorted once [orderProven] events, spanning more than [eventSlack], have appeared in a consistent order.
func (o *eventOrder) isPast(query EventQuery) bool {
	if o.count < orderProven || o.newest.Sub(o.oldest) <= eventSlack {
		return false
	}

	return !o.notNewestFirst && o.oldest.Add(eventSlack).Before(query.From) ||
		!o.notOldestFirst && o.newest.Add(-eventSlack).After(query.To)
}
