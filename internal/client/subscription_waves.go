package client

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// waves knows the changes of subscriptions in this run: which are under way, so that those who want to see theirs in the list
// can read it together after all of them, and which subscriptions the run has created, changed or deleted. The zero waves is ready to use.
type waves struct {
	mu sync.Mutex
	// running holds, for every change under way, what is closed at its end.
	running map[chan struct{}]struct{}
	// ended is when the last change ended.
	ended time.Time
	owned ownObjects[Subscription]
}

// begin notes a change, and returns what ends it.
func (w *waves) begin() (end func()) {
	w.mu.Lock()
	defer w.mu.Unlock()

	if w.running == nil {
		w.running = make(map[chan struct{}]struct{})
	}

	done := make(chan struct{})
	w.running[done] = struct{}{}

	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()

		delete(w.running, done)
		w.ended = time.Now()
		close(done)
	}
}

// settle waits for the changes that are under way now; later ones are not waited for. It returns when the last change had ended
// at the time of the call: a list that was asked for since shows the caller's own.
func (w *waves) settle(ctx context.Context) (time.Time, error) {
	w.mu.Lock()
	under, ended := slices.Collect(maps.Keys(w.running)), w.ended
	w.mu.Unlock()

	for _, done := range under {
		select {
		case <-done:
		case <-ctx.Done():
			return time.Time{}, ctx.Err() //nolint:wrapcheck // The context's own error.
		}
	}

	return ended, nil
}

// isOwn reports whether the run has created, changed or deleted a subscription.
func (w *waves) isOwn(subscription Subscription) bool {
	_, isOwn := w.owned.get(subscription.ID)

	return isOwn
}

// corrected returns a list without the subscriptions that this run has deleted, and with those that it has created or changed: the
// service may list them late. The list itself is shared, and stays as it is.
func (w *waves) corrected(listed []Subscription) []Subscription {
	own := w.owned.all()
	if len(own) == 0 {
		return listed
	}

	values := make([]Subscription, 0, len(listed)+len(own))

	for _, one := range listed {
		if !own[one.ID].isDeleted {
			values = append(values, one)
		}

		delete(own, one.ID)
	}

	for _, known := range own {
		if !known.isDeleted {
			values = append(values, known.value)
		}
	}

	slices.SortFunc(values, func(a, b Subscription) int { return cmp.Compare(a.ID, b.ID) })

	return values
}
