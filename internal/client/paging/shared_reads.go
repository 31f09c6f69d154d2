package paging

import (
	"context"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/memo"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// SharedFor is how long a response is shared with later callers.
const SharedFor = 10 * time.Second

// Key identifies a read by its request. A write invalidates all cached reads of its area.
type Key struct {
	Area           string
	Location, Body string
}

// KeyOf returns the key that identifies a read in an area.
func KeyOf(area transport.Area, path []string, body string) Key {
	return Key{Area: area.Name, Location: transport.Request{Path: path}.Location(), Body: body}
}

// Shared returns a value from the run's cache, or loads it. Concurrent identical reads share one load, and the loaded value is reused for ten
// seconds. Shared returns only values whose load started at or after notBefore. requestedAt is the time at which the load started. All callers
// share the value, so they must not change it.
func Shared[T any](
	ctx context.Context, caller *Caller, key Key, notBefore time.Time, load func(context.Context) (T, error),
) (value T, requestedAt time.Time, err error) {
	caller.reads.Expire(time.Now().Add(-SharedFor))

	cached, err := caller.reads.Get(ctx, key, notBefore,
		func(cached memo.Result[any]) bool { return isShared(cached) && !cached.StartedAt.Before(notBefore) },
		func(ctx context.Context) (any, error) { return load(ctx) })
	if err != nil {
		return value, time.Time{}, transport.AsError(ctx, err)
	}

	value, ok := cached.Value.(T)
	if !ok {
		return value, time.Time{}, transport.InvalidResponse(0, "%s was read both as %T and as %T. This is a bug. Please report it",
			key.Location, cached.Value, value)
	}

	return value, cached.StartedAt, nil
}

func isShared(cached memo.Result[any]) bool { return time.Since(cached.EndedAt) < SharedFor }

// Holds reports whether a shared read would obtain its value from the run's cache or from a load in flight.
func (c *Caller) Holds(key Key) bool { return c.reads.Holds(key, isShared) }

// Find looks up an item in a shared list. If the list was requested before this call and lacks the item, Find requests the list again before it
// reports the item as missing.
func Find[L, T any](
	ctx context.Context, caller *Caller, key Key, load func(context.Context) (L, error), pick func(L) (T, error),
) (found T, err error) {
	start := time.Now()

	list, requestedAt, err := Shared(ctx, caller, key, time.Time{}, load)
	if err != nil {
		return found, err
	}

	found, err = pick(list)
	if !transport.IsNotFound(err) || !requestedAt.Before(start) {
		return found, err
	}

	if list, _, err = Shared(ctx, caller, key, start, load); err != nil {
		return found, err
	}

	return pick(list)
}
