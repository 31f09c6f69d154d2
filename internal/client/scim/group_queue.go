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
	// gatherQuiet is how long the queue waits for a further call before it carries out the gathered calls.
	gatherQuiet = 25 * time.Millisecond

	// gatherAtMost is the maximum time to gather calls.
	gatherAtMost = 500 * time.Millisecond
)

// groupEdit is a caller's change to a group. It contains members (true) and users to remove (false) or, if whole is set, any other change. It is
// carried out as a whole or not at all.
type groupEdit struct {
	wanted map[string]bool
	whole  *desired

	// batch is nil while the edit is in the queue. The queue's lock guards it.
	batch *groupBatch
	done  chan struct{} // Closed once after and err are set.
	after version
	err   error
}

// contradicts reports whether other edits request the opposite for one of the users.
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
	// waiting counts the callers that still wait, and cancel ends the work when it reaches 0. The queue's lock guards them.
	waiting int
	cancel  context.CancelFunc
	begun   time.Time
	// undone are users whose membership this run has set, and another program has changed since.
	undone []string
}

// groupQueue contains the edits of one group. While there are edits, one worker carries them out in batches.
type groupQueue struct {
	// carryOut carries out a batch, and sets the outcome of each edit.
	carryOut func(context.Context, *groupBatch)
	// changed is a buffered signal that the edits have changed.
	changed chan struct{}

	mu        sync.Mutex
	edits     []*groupEdit
	isRunning bool
	// previous is the number of edits in the last batch plus those that had arrived when it ended, at the time ended. The same number of calls
	// may follow.
	previous int
	ended    time.Time
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

// leave removes the edit of a cancelled caller. A batch in progress is cancelled when no caller waits for it.
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

// work carries out edits until there are none.
func (q *groupQueue) work(ctx context.Context) {
	for q.goesOn() {
		q.gather()

		if batch, ctx := q.take(ctx); batch != nil {
			q.carryOut(ctx, batch)
			q.end(batch)
		}
	}
}

// goesOn reports whether there are edits left. If there are none, it marks the worker as ended.
func (q *groupQueue) goesOn() bool {
	q.mu.Lock()
	defer q.mu.Unlock()

	q.isRunning = len(q.edits) > 0

	return q.isRunning
}

// gather waits while calls keep arriving, or until as many calls have arrived as last time: callers often make the next call as soon as one
// returns.
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

// mayGather reports whether any edit can share requests with others.
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

// take removes the next batch from the queue: one edit of a whole group, or membership edits up to the first that contradicts another. The batch
// is nil if all callers have left.
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
