package scim

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

const (
	// gatherQuiet is how long the queue waits for another call before it carries out the calls that it has gathered.
	gatherQuiet = 25 * time.Millisecond

	// gatherAtMost is the maximum time for which the queue gathers calls.
	gatherAtMost = 500 * time.Millisecond
)

// groupEdit is one caller's change to a group. It is carried out completely or not at all.
type groupEdit struct {
	// wanted contains the users to add or remove. The value is true for a user to add, and false for a user to remove.
	wanted map[string]bool
	// whole replaces the wanted field for edits that come from [Client.UpdateGroup]; wanted is then unset.
	whole *desired

	// batch is nil while the edit is in the queue. The queue's lock guards batch.
	batch *groupBatch
	done  chan struct{} // done is closed when the after and err fields have been set.
	after version
	err   error
}

// contradicts reports whether another edit adds a user whom this edit removes, or removes a user whom this edit adds.
func (e *groupEdit) contradicts(others map[string]bool) bool {
	for id, isMember := range e.wanted {
		if other, isTwice := others[id]; isTwice && other != isMember {
			return true
		}
	}

	return false
}

// groupBatch contains the edits that are carried out together.
type groupBatch struct {
	edits []*groupEdit
	// waiting is the number of callers that are still waiting. When it reaches 0, the queue calls cancel to end the work on the batch. The queue's
	// lock guards waiting.
	waiting int
	cancel  context.CancelFunc
	begun   time.Time
	// undone contains the users whose memberships another program has changed since this run set them.
	undone []string
}

// groupQueue contains the edits of one group. As long as there are edits, a single worker carries them out in batches.
type groupQueue struct {
	// carryOut carries out a batch, and sets the outcome of each edit.
	carryOut func(context.Context, *groupBatch)
	// changed is a buffered signal that the edits have changed.
	changed chan struct{}

	mu        sync.Mutex
	edits     []*groupEdit
	isRunning bool
	// previous is the number of edits in the last batch, plus the edits that were queued when the batch ended. The queue expects at least as many
	// calls to follow.
	previous int
	// ended is the time at which the last batch ended.
	ended time.Time
}

// do adds an edit to the queue, and waits for its outcome.
func (q *groupQueue) do(ctx context.Context, edit *groupEdit) error {
	if err := ctx.Err(); err != nil {
		return transport.AsError(ctx, err)
	}

	edit.done = make(chan struct{})

	q.mu.Lock()
	q.edits = append(q.edits, edit)

	if !q.isRunning {
		q.isRunning = true

		go q.work(context.WithoutCancel(ctx))
	}
	q.mu.Unlock()

	q.signal()

	select {
	case <-edit.done:
		return edit.err
	case <-ctx.Done():
		q.leave(edit)

		return transport.AsError(ctx, ctx.Err())
	}
}

// signal tells the worker that the edits have changed.
func (q *groupQueue) signal() {
	select {
	case q.changed <- struct{}{}:
	default:
	}
}

// leave removes the edit of a cancelled caller. A batch in progress is cancelled once no caller is waiting for it.
func (q *groupQueue) leave(edit *groupEdit) {
	q.mu.Lock()
	defer q.mu.Unlock()

	if edit.batch == nil {
		q.edits = slices.DeleteFunc(q.edits, func(queued *groupEdit) bool { return queued == edit })
		q.signal()

		return
	}

	if edit.batch.waiting--; edit.batch.waiting == 0 {
		edit.batch.cancel()
	}
}

// work carries out edits until none remain.
func (q *groupQueue) work(ctx context.Context) {
	for q.hasEdits() {
		q.gather()

		if batch, ctx := q.take(ctx); batch != nil {
			q.carryOut(ctx, batch)
			q.end(batch)
		}
	}
}

// hasEdits reports whether any edits remain. If none remain, it records that the worker has stopped.
func (q *groupQueue) hasEdits() bool {
	q.mu.Lock()
	defer q.mu.Unlock()

	q.isRunning = len(q.edits) > 0

	return q.isRunning
}

// gather waits until calls stop arriving and the queue contains at least as many edits as it expects, but for no longer than gatherAtMost. Callers
// often make their next call as soon as the previous call returns.
func (q *groupQueue) gather() {
	longest := time.NewTimer(gatherAtMost)
	defer longest.Stop()

	for q.mayGather() {
		quiet := time.NewTimer(gatherQuiet)

		select {
		case <-q.changed:
			quiet.Stop()
		case <-longest.C:
			quiet.Stop()

			return
		case <-quiet.C:
			if q.isComplete() {
				return
			}
		}
	}
}

// mayGather reports whether the next edit can share requests with other edits.
func (q *groupQueue) mayGather() bool {
	q.mu.Lock()
	defer q.mu.Unlock()

	return len(q.edits) > 0 && q.edits[0].whole == nil
}

func (q *groupQueue) isComplete() bool {
	q.mu.Lock()
	defer q.mu.Unlock()

	return len(q.edits) >= q.previous || time.Since(q.ended) > groupFresh
}

// take removes the next batch from the queue: either one edit of a whole group, or all membership edits before the first edit that contradicts
// an earlier edit. The batch is nil if all callers have left.
func (q *groupQueue) take(ctx context.Context) (*groupBatch, context.Context) {
	q.mu.Lock()
	defer q.mu.Unlock()

	count := 0
	wanted := make(map[string]bool)

	for _, edit := range q.edits {
		if edit.whole != nil || edit.contradicts(wanted) {
			break
		}

		maps.Copy(wanted, edit.wanted)
		count++
	}

	if count == 0 {
		count = min(1, len(q.edits))
	}

	if count == 0 {
		return nil, ctx
	}

	ctx, cancel := context.WithCancel(ctx)
	batch := &groupBatch{edits: slices.Clone(q.edits[:count]), waiting: count, cancel: cancel, begun: time.Now()}
	q.edits = slices.Delete(q.edits, 0, count)

	for _, edit := range batch.edits {
		edit.batch = batch
	}

	return batch, ctx
}

// end reports the outcomes of a batch to its callers.
func (q *groupQueue) end(batch *groupBatch) {
	batch.cancel()

	q.mu.Lock()
	q.previous, q.ended = len(batch.edits)+len(q.edits), time.Now()
	q.mu.Unlock()

	for _, edit := range batch.edits {
		close(edit.done)
	}
}
