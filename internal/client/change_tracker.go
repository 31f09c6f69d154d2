package client

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// changeTracker records which of the run's changes are in progress, so that callers can wait for each other's changes and share one list request that
// shows all of them. The zero value is ready to use.
type changeTracker struct {
	mu sync.Mutex
	// pending contains, for each change in progress, a channel that is closed when the change ends.
	pending map[chan struct{}]struct{}
	// endedAt is the time at which the latest change ended.
	endedAt time.Time
}

// begin records the start of a change. The caller must call the returned end function.
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

// waitForPending waits for the changes that are in progress now, but not for later changes. endedAt is the end of the last change that was complete
// when waitForPending was called. Callers have already ended their own change, so a list that was requested after endedAt includes that change.
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
