package client

import (
	"context"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/memo"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// sharedFor is how long a response is shared with later callers.
const sharedFor = 10 * time.Second

// readKey identifies a read by what is sent. A write drops all reads of its area.
type readKey struct {
	area           string
	location, body string
}

func keyOf(area transport.Area, path []string, body string) readKey {
	return readKey{area: area.Name, location: transport.Request{Path: path}.Location(), body: body}
}

// shared reads through the run's memory: concurrent identical reads share one load, and its value is reused for ten seconds. A read
// requested at or after notBefore is sent to the service, or joins a load that began since. requestedAt is when the load began.
// All callers share the value, so nobody may change it.
func shared[T any](
	ctx context.Context, client *Client, key readKey, notBefore time.Time, load func(context.Context) (T, error),
) (value T, requestedAt time.Time, err error) {
	client.reads.Expire(time.Now().Add(-sharedFor))

	cached, err := client.reads.Get(ctx, key, notBefore,
		func(cached memo.Result[any]) bool { return isShared(cached) && !cached.StartedAt.Before(notBefore) },
		func(ctx context.Context) (any, error) { return load(ctx) })
	if err != nil {
		return value, time.Time{}, transport.AsError(ctx, err)
	}

	value, ok := cached.Value.(T)
	if !ok {
		return value, time.Time{}, transport.InvalidResponse(0, "%s was read as a %T and as a %T: this is a bug, please report it",
			key.location, cached.Value, value)
	}

	return value, cached.StartedAt, nil
}

func isShared(cached memo.Result[any]) bool { return time.Since(cached.EndedAt) < sharedFor }

// holds reports whether a shared read would get its value from the run's memory, or from a load that is under way.
func holds(client *Client, key readKey) bool { return client.reads.Holds(key, isShared) }

// find looks something up in a shared read. If a response from before this call lacks it, find reads a fresh one before it reports
// it as missing.
func find[L, T any](
	ctx context.Context, client *Client, key readKey, load func(context.Context) (L, error), pick func(L) (T, error),
) (found T, err error) {
	start := time.Now()

	list, requestedAt, err := shared(ctx, client, key, time.Time{}, load)
	if err != nil {
		return found, err
	}

	found, err = pick(list)
	if !transport.IsNotFound(err) || !requestedAt.Before(start) {
		return found, err
	}

	if list, _, err = shared(ctx, client, key, start, load); err != nil {
		return found, err
	}

	return pick(list)
}
