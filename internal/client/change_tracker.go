package client

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// changeTracker knows which changes of a run are under way, so that callers can wait for each other's changes and share one listing that
// shows all of them. The zero value is ready to use.
type changeTracker struct {
	mu sync.Mutex
	// pending holds, for each change under way, a channel that is closed when the change ends.
	pending map[chan struct{}]struct{}
	// endedAt is when the last change ended.
	endedAt time.Time
}

// begin records a change. The caller must call end.
func (t *changeTracker) begin() (end func()) {
	t.mu.Lock()
	defer t.mu.Unlock()

	if t.pending == nil {
		t.pending = make(map[chan struct{}]struct{})
	}

	done := make(chan struct{})
	t.pending[done] = struct{}{}

	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()

		delete(t.pending, done)
		t.endedAt = time.Now()
		close(done)
	}
}

// waitForPending waits for the changes that are under way now, but not for later ones. It returns when the last change before this call
// had ended: a list that was requested since shows the caller's own change.
func (t *changeTracker) waitForPending(ctx context.Context) (endedAt time.Time, err error) {
	t.mu.Lock()
	pending, endedAt := slices.Collect(maps.Keys(t.pending)), t.endedAt
	t.mu.Unlock()

	for _, done := range pending {
		select {
		case <-done:
		case <-ctx.Done():
			return time.Time{}, transport.AsError(ctx, ctx.Err())
		}
	}

	return endedAt, nil
}
