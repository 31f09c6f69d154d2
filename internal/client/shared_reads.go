package client

import (
	"context"
	"time"
)

// sharedFor is how long an answer serves later callers.
const sharedFor = 10 * time.Second

// readKey identifies a read by what is sent. The reads of an area are dropped together after a write.
type readKey struct {
	area           Area
	location, body string
}

func keyOf(area Area, path []string, body string) readKey {
	return readKey{area: area, location: request{path: path}.location(), body: body}
}

// shared reads through the run's memory: identical reads at the same time share one load, and its value serves for ten
// seconds more. A read asked for at or after notBefore is asked of the service, or of a load that began since.
// The value is shared by all callers: nobody may change it.
func shared[T any](
	ctx context.Context, client *Client, key readKey, notBefore time.Time, load func(context.Context) (T, error),
) (value T, asked time.Time, err error) {
	known, err := client.share(ctx, key, notBefore, func(ctx context.Context) (any, error) { return load(ctx) })
	if err != nil {
		return value, time.Time{}, err
	}

	value, ok := known.value.(T)
	if !ok {
		return value, time.Time{}, invalidAnswer(0, "%s was read as a %T and as a %T: this is a bug, please report it",
			key.location, known.value, value)
	}

	return value, known.asked, nil
}

// holds reports whether a shared read would be answered from the run's memory, or by a load that is under way.
func holds(client *Client, key readKey) bool {
	return client.reads.holds(key, func(known answer[any]) bool { return time.Since(known.arrived) < sharedFor })
}

// share is shared for any type of value.
func (c *Client) share(
	ctx context.Context, key readKey, notBefore time.Time, load func(context.Context) (any, error),
) (answer[any], error) {
	c.reads.expire(time.Now().Add(-sharedFor))

	known, err := c.reads.get(ctx, key, notBefore,
		func(known answer[any]) bool {
			return time.Since(known.arrived) < sharedFor && !known.asked.Before(notBefore)
		}, load)
	if err != nil {
		return known, newTransportError(ctx, err)
	}

	return known, nil
}

// find looks something up in a shared read. What an answer from before this call lacks is looked for once more in a fresh
// one, before it is reported as missing.
func find[L, T any](
	ctx context.Context, client *Client, key readKey, load func(context.Context) (L, error), pick func(L) (T, error),
) (found T, err error) {
	start := time.Now()

	list, asked, err := shared(ctx, client, key, time.Time{}, load)
	if err != nil {
		return found, err
	}

	found, err = pick(list)
	if !IsNotFound(err) || !asked.Before(start) {
		return found, err
	}

	if list, _, err = shared(ctx, client, key, start, load); err != nil {
		return found, err
	}

	return pick(list)
}
