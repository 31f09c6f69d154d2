package paging

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/memo"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

const (
	// lookupInterval is the minimum time between the end of one listing and the start of the next. While the outcome of a create is unknown, the run
	// keeps listing the objects of the same kind.
	lookupInterval = 5 * time.Second

	// missesBeforeResend is the number of complete listings that must lack an object before its create is sent again.
	missesBeforeResend = 2

	// lookupsIfExists is the number of listings in which to look for an object that probably exists but may be listed late.
	lookupsIfExists = 6

	// creationPatience is the maximum time spent determining whether a create with an unknown outcome succeeded.
	creationPatience = 5 * time.Minute

	// cancelGrace is how long a cancelled run may still take to read the first listing after a create with an unknown outcome. Without that
	// listing, the new object might be missing from the Terraform state.
	cancelGrace = 5 * time.Second
)

// Creation creates one object. If the outcome of a create request is unknown, Creation looks for the object in complete listings, and sends the
// create again if two listings lack the object. T is the type of the listed items.
type Creation[T any] struct {
	Caller *Caller
	Shared *Creations[T]

	// Description is a phrase that identifies the object to a user who must look for it, such as: the user with the user name "x".
	Description string
	// Send sends one create request.
	Send func(context.Context) (T, error)
	// List reads the complete list.
	List func(context.Context) ([]T, error)
	// Find returns the listed objects that this create must have made (own) and those that it may have made (unsure). isNew is true if an earlier
	// listing contained none of these objects. Find returns an error if an object proves that the create cannot succeed.
	Find func(ctx context.Context, listed []T, isNew bool) (own, unsure []T, err error)
	ID   func(T) string
}

// Creations contains the state that all creates of one kind of object share in a run.
type Creations[T any] struct {
	// reading is the lock held while a listing is being read. A create waits until the listing is complete, so that the list does not change while
	// it is being read, and so that few creates fail in an outage.
	reading  *semaphore.Weighted
	listings memo.Memo[struct{}, listing[T]]
	// Own is the run's record of the objects that it has created, changed or deleted.
	Own OwnObjects[T]

	mu sync.Mutex
	// begun is the number of listings started so far.
	begun int
	// nextListing is the earliest time at which the next listing may start.
	nextListing time.Time
	// turns contains, for each name with a create in progress, a channel that is closed when that create ends.
	turns map[string]chan struct{}
}

// listing is one complete list, or the reason why it could not be read.
type listing[T any] struct {
	// number is the number of the listing in the run, starting at 1.
	number int
	items  []T
	err    error
}

// NewCreations returns the shared state for creates of one kind of object.
func NewCreations[T any]() *Creations[T] {
	return &Creations[T]{reading: semaphore.NewWeighted(1), turns: make(map[string]chan struct{})}
}

// CarryOut creates the object and returns it. isFound is true if the object comes from a listing instead of a response to the create. If
// CarryOut finds that its requests have created more than one object, it returns the object to keep, and an error with
// [transport.ReasonDuplicate].
func (c Creation[T]) CarryOut(ctx context.Context) (made T, isFound bool, err error) {
	made, err = c.sendOnce(ctx)
	if !transport.MayHaveBeenApplied(err) {
		return made, false, err
	}

	failure, _ := errors.AsType[*transport.Error](err) // Only an *Error can mean that the outcome of the request is unknown.
	search := &creationSearch[T]{Creation: c, unknown: failure, sent: 1, giveUpAt: time.Now().Add(creationPatience)}

	return search.resolve(ctx)
}

// sendOnce waits until no listing is being read, and then sends the create.
func (c Creation[T]) sendOnce(ctx context.Context) (made T, err error) {
	if err := c.Shared.reading.Acquire(ctx, 1); err != nil {
		return made, transport.AsError(ctx, err)
	}

	c.Shared.reading.Release(1)

	return c.Send(ctx)
}

// creationSearch is the state of a create whose outcome is unknown.
type creationSearch[T any] struct {
	Creation[T]

	// unknown holds the error from the latest request whose outcome is unknown.
	unknown *transport.Error
	// sent is the number of times that the create was sent.
	sent     int
	giveUpAt time.Time
	// isMissed is true if a listing requested after the first create lacked the object.
	isMissed bool
}

// resolve alternates between looking for the object and sending the create again, until the outcome is known.
func (s *creationSearch[T]) resolve(ctx context.Context) (made T, isFound bool, err error) {
	for {
		found, err := s.lookUp(ctx, missesBeforeResend)
		if err != nil || len(found) > 0 {
			return s.adopt(ctx, found, err)
		}

		if s.sent > s.Caller.maxRetries {
			return made, false, s.outcomeUnknown("two complete lists did not contain the object, and no retries are left")
		}

		if err := s.waitForService(ctx); err != nil {
			return made, false, err
		}

		made, err = s.sendOnce(ctx)
		failure, _ := errors.AsType[*transport.Error](err)

		switch {
		case err == nil:
			return made, false, s.lookForDuplicates(ctx, made, 1)
		case failure == nil:
			return made, false, err
		case failure.MayHaveBeenApplied:
			s.sent++
			s.unknown = failure
		case failure.Reason == transport.ReasonCanceled:
			return made, false, s.cancelled()
		default:
			return s.refused(ctx, failure)
		}
	}
}

// waitForService waits as long as the service's Retry-After header requests.
func (s *creationSearch[T]) waitForService(ctx context.Context) error {
	wait := time.Until(s.unknown.RetryAt)

	switch {
	case time.Now().After(s.giveUpAt):
		return s.outcomeUnknown("the object was not in the list when it was last read, and the time limit of %s has passed", creationPatience)
	case wait > s.Caller.maxRetryWait:
		return s.outcomeUnknown("the object was not in the list when it was last read, and the service does not accept requests for another %s",
			wait.Round(time.Second))
	case wait > 0 && transport.Sleep(ctx, wait) != nil:
		return s.cancelled()
	default:
		return nil
	}
}

// refused handles the rejection of a repeated create. The service may have rejected the repeat because an earlier request was applied.
func (s *creationSearch[T]) refused(ctx context.Context, failure *transport.Error) (made T, isFound bool, err error) {
	if failure.Status == http.StatusConflict || failure.Status == http.StatusBadRequest {
		if found, err := s.lookUp(ctx, lookupsIfExists); err != nil || len(found) > 0 {
			return s.adopt(ctx, found, err)
		}
	}

	return made, false, failure.WithNote("An earlier create request received no usable response, and none of the complete lists read " +
		"afterwards contained the object")
}

// adopt returns the object that was found. If more objects were found than requests were sent, this create cannot have made all of them.
func (s *creationSearch[T]) adopt(ctx context.Context, found []T, err error) (made T, isFound bool, _ error) {
	switch {
	case err != nil:
		return made, false, err
	case len(found) > s.sent:
		return made, false, s.unsure(found)
	case len(found) > 1 || s.sent == 1:
		return found[0], true, s.duplicates(found[0], found[1:])
	default: // An object that a later request created may be listed late.
		return found[0], true, s.lookForDuplicates(ctx, found[0], missesBeforeResend)
	}
}

// lookUp returns the objects that the create must have made, as soon as they appear in a listing. lookUp returns no objects if none appear within the
// given number of listings.
func (s *creationSearch[T]) lookUp(ctx context.Context, listings int) ([]T, error) {
	last := s.Shared.lastListing()

	for range listings {
		current, err := s.listedAfter(ctx, last)
		if err != nil {
			return nil, err
		}

		own, unsure, err := s.Find(ctx, current.items, s.isMissed)
		if err == nil && len(own) == 0 && len(unsure) > 0 {
			err = s.unsure(unsure)
		}

		if err != nil || len(own) > 0 {
			return own, err
		}

		s.isMissed = true
		last = current.number
	}

	return nil, nil
}

// listedAfter returns a complete listing that was started after the listing with the given number. Cancelling ctx ends the wait immediately,
// except that the first listing may take up to cancelGrace longer.
func (s *creationSearch[T]) listedAfter(ctx context.Context, last int) (listing[T], error) {
	grace := cancelGrace
	if s.isMissed {
		grace = 0
	}

	limited, cancel := graceful(ctx, s.giveUpAt, grace)
	defer cancel()

	current, err := s.Shared.listedAfter(limited, last, s.List)

	switch {
	case err == nil && current.err == nil:
		return current, nil
	case ctx.Err() != nil && s.isMissed:
		return current, s.cancelled()
	case ctx.Err() != nil:
		return current, s.outcomeUnknown("the run was cancelled before the list could be read")
	case err != nil:
		return current, s.outcomeUnknown("the list could not be read within %s", creationPatience)
	default:
		return current, s.outcomeUnknown("the list could not be read (%v)", current.err)
	}
}

// lookForDuplicates looks for a second object that another request for this create may have made. The search reads at least the given number of
// listings, and continues until a listing contains the object given by the made parameter. If the list cannot be read, the create still counts as
// successful.
func (s *creationSearch[T]) lookForDuplicates(ctx context.Context, made T, atLeast int) error {
	isMade := func(object T) bool { return s.ID(object) == s.ID(made) }
	last := s.Shared.lastListing()

	for read := 1; read <= lookupsIfExists; read++ {
		current, err := s.listedAfter(ctx, last)
		if err != nil {
			return nil //nolint:nilerr // The create itself has succeeded.
		}

		own, _, err := s.Find(ctx, current.items, true)
		if err != nil {
			return nil //nolint:nilerr // An object that this create cannot have made is not a duplicate.
		}

		if others := slices.DeleteFunc(slices.Clone(own), isMade); len(others) > 0 {
			return s.duplicates(made, others)
		}

		if read >= atLeast && slices.ContainsFunc(own, isMade) {
			break
		}

		last = current.number
	}

	return nil
}

// duplicates returns the error that lists the surplus objects, or nil if there are none.
func (s *creationSearch[T]) duplicates(made T, surplus []T) error {
	if len(surplus) == 0 {
		return nil
	}

	for _, object := range surplus {
		s.Shared.Own.surplus(s.ID(object)) // No other create of this run may adopt an object that the user must delete.
	}

	failure := &transport.Error{
		Reason: transport.ReasonDuplicate, Area: s.unknown.Area, Method: s.unknown.Method, Path: s.unknown.Path, ExistingID: s.ids(surplus),
		Detail: transport.Printable(fmt.Sprintf("the object was created more than once: %s, which is kept, and %s. A create request received no "+
			"usable response (%s), and two complete lists did not contain the object, so the request was sent again",
			s.ID(made), s.ids(surplus), s.unknown.Response())),
	}
	s.Caller.Clean(failure)

	return failure
}

// outcomeUnknown returns the error for a create whose outcome remains unknown.
func (s *creationSearch[T]) outcomeUnknown(format string, values ...any) *transport.Error {
	explained := s.unknown.WithNote("It is unknown whether the object was created: %s. Look for %s", fmt.Sprintf(format, values...),
		s.Description)
	explained.OutcomeUnknown, explained.Attempts = true, s.sent
	s.Caller.Clean(explained)

	return explained
}

// unsure returns the error for objects that either the create or another program may have made.
func (s *creationSearch[T]) unsure(objects []T) *transport.Error {
	explained := s.outcomeUnknown("the list contains %s, which may belong to another user or program", s.ids(objects))
	if len(objects) == 1 {
		explained.ExistingID = s.ID(objects[0])
		s.Caller.Clean(explained)
	}

	return explained
}

func (s *creationSearch[T]) cancelled() *transport.Error {
	return s.outcomeUnknown("the run was cancelled, and the object was not in the list when it was last read")
}

func (s *creationSearch[T]) ids(objects []T) string {
	ids := make([]string, 0, len(objects))
	for _, object := range objects {
		ids = append(ids, s.ID(object))
	}

	return strings.Join(ids, ", ")
}

// TakeTurn waits until no create with the same name is in progress, because a listing does not show which of two creates made an object. The
// caller must call endTurn.
func (c *Creations[T]) TakeTurn(ctx context.Context, name string) (endTurn func(), err error) {
	for {
		c.mu.Lock()

		current, isBusy := c.turns[name]
		if !isBusy {
			own := make(chan struct{})
			c.turns[name] = own
			c.mu.Unlock()

			return func() {
				c.mu.Lock()
				defer c.mu.Unlock()

				delete(c.turns, name)
				close(own)
			}, nil
		}

		c.mu.Unlock()

		select {
		case <-current:
		case <-ctx.Done():
			return nil, transport.AsError(ctx, ctx.Err())
		}
	}
}

// lastListing returns the number of the most recently started listing.
func (c *Creations[T]) lastListing() int {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.begun
}

// listedAfter returns a listing that was started after the listing with the given number. Only one listing is read at a time, regardless of how
// many creates are waiting. A create that arrives too late for one listing shares the next one.
func (c *Creations[T]) listedAfter(
	ctx context.Context, last int, list func(context.Context) ([]T, error),
) (listing[T], error) {
	isLater := func(current memo.Result[listing[T]]) bool { return current.Value.number > last }

	for {
		current, err := c.listings.Get(ctx, struct{}{}, time.Time{}, isLater, func(ctx context.Context) (listing[T], error) {
			return c.read(ctx, list)
		})
		if err != nil || isLater(current) {
			return current.Value, err
		}
	}
}

// read reads one listing, no sooner than lookupInterval after the previous one.
func (c *Creations[T]) read(ctx context.Context, list func(context.Context) ([]T, error)) (current listing[T], err error) {
	c.mu.Lock()
	wait := time.Until(c.nextListing)
	c.mu.Unlock()

	if err := transport.Sleep(ctx, wait); err != nil {
		return current, err
	}

	if err := c.reading.Acquire(ctx, 1); err != nil {
		return current, err
	}
	defer c.reading.Release(1)

	c.mu.Lock()
	c.begun++
	current.number = c.begun
	c.mu.Unlock()

	current.items, current.err = list(ctx)

	c.mu.Lock()
	defer c.mu.Unlock()

	c.nextListing = time.Now().Add(lookupInterval)

	return current, ctx.Err()
}

// graceful returns a context that ends at the deadline or one grace period after ctx is cancelled, whichever is earlier.
func graceful(ctx context.Context, deadline time.Time, grace time.Duration) (context.Context, context.CancelFunc) {
	limited, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })

	return limited, func() {
		stop()
		cancel()
	}
}
