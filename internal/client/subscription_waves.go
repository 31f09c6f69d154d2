package client

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// waves knows the changes of subscriptions in this run: which are under way, so that those who want to see theirs in the list
// can read it together after all of them, and which subscriptions the run has made or deleted. The zero waves is ready to use.
type waves struct {
	mu sync.Mutex
	// running holds, for every change under way, what is closed at its end.
	running map[chan struct{}]struct{}
	// ended is when the last change ended.
	ended time.Time
	owned map[string]struct{}
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

// own notes that the run has made, changed or deleted a subscription, and reports whether that is new.
func (w *waves) own(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()

	if _, known := w.owned[id]; known {
		return false
	}

	if w.owned == nil {
		w.owned = make(map[string]struct{})
	}

	w.owned[id] = struct{}{}

	return true
}

func (w *waves) isOwn(subscription Subscription) bool {
	w.mu.Lock()
	defer w.mu.Unlock()

	_, known := w.owned[subscription.ID]

	return known
}
