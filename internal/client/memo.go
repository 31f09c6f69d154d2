package client

import (
	"context"
	"maps"
	"sync"
	"time"
)

// memo shares one load among the callers that want the same at the same time, and keeps its value for later ones.
// The zero memo is ready to use.
type memo[K comparable, V any] struct {
	mu      sync.Mutex
	entries map[K]*entry[V]
}

// entry is what a memo holds for one key: the last value, and the load that is under way.
type entry[V any] struct {
	known  bool
	answer answer[V]
	flight *flight[V]
}

// answer is a value, when it was asked for and when it arrived.
type answer[V any] struct {
	value          V
	asked, arrived time.Time
}

// flight is a load that runs for all of its waiters, and is cancelled when the last of them has gone.
type flight[V any] struct {
	asked   time.Time
	cancel  context.CancelFunc
	waiters int

	done   chan struct{} // Closed after answer and err are set.
	answer answer[V]
	err    error
}

// get returns the kept answer if it is usable; else it joins the load under way if that began at or after notBefore; else
// it starts one. The load's context outlives the first caller for as long as anybody waits. Errors are not kept.
func (m *memo[K, V]) get(
	ctx context.Context, key K, notBefore time.Time, usable func(answer[V]) bool, load func(context.Context) (V, error),
) (answer[V], error) {
	if err := ctx.Err(); err != nil {
		return answer[V]{}, err //nolint:wrapcheck // The context's own error.
	}

	m.mu.Lock()

	if m.entries == nil {
		m.entries = make(map[K]*entry[V])
	}

	current := m.entries[key]
	if current == nil {
		current = &entry[V]{}
		m.entries[key] = current
	}

	if kept := current.answer; current.known && usable(kept) {
		m.mu.Unlock()

		return kept, nil
	}

	running := current.flight
	if running == nil || running.asked.Before(notBefore) {
		running = m.start(ctx, current, load)
	}

	running.waiters++
	m.mu.Unlock()

	select {
	case <-running.done:
		return running.answer, running.err
	case <-ctx.Done():
		m.abandon(current, running)

		return answer[V]{}, ctx.Err() //nolint:wrapcheck // The context's own error.
	}
}

// holds reports whether get would neither start a load nor wait for anything but one that is under way.
func (m *memo[K, V]) holds(key K, usable func(answer[V]) bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()

	current := m.entries[key]

	return current != nil && (current.flight != nil || current.known && usable(current.answer))
}

// start begins a load for current. The caller holds the lock.
func (m *memo[K, V]) start(ctx context.Context, current *entry[V], load func(context.Context) (V, error)) *flight[V] {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	started := &flight[V]{asked: time.Now(), cancel: cancel, done: make(chan struct{})}
	current.flight = started

	go func() {
		defer cancel()

		value, err := load(ctx)

		m.mu.Lock()
		defer m.mu.Unlock()

		started.answer = answer[V]{value: value, asked: started.asked, arrived: time.Now()}
		started.err = err

		// A load that was dropped or replaced meanwhile is for its waiters alone.
		if current.flight == started {
			current.flight = nil

			if err == nil {
				current.known, current.answer = true, started.answer
			}
		}

		close(started.done)
	}()

	return started
}

func (m *memo[K, V]) abandon(current *entry[V], left *flight[V]) {
	m.mu.Lock()
	defer m.mu.Unlock()

	left.waiters--
	if left.waiters > 0 {
		return
	}

	left.cancel()

	if current.flight == left {
		current.flight = nil
	}
}

// forget drops the kept answer of key if it is stale. A load under way goes on for all who want it.
func (m *memo[K, V]) forget(key K, stale func(answer[V]) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()

	if current := m.entries[key]; current != nil && current.known && stale(current.answer) {
		current.known, current.answer = false, answer[V]{}
	}
}

// drop removes all that matches: kept answers, and loads under way, which go on for their waiters alone.
func (m *memo[K, V]) drop(matches func(K) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()

	maps.DeleteFunc(m.entries, func(key K, _ *entry[V]) bool { return matches(key) })
}

// expire removes the answers that arrived before the given time, to give their memory back.
func (m *memo[K, V]) expire(before time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()

	maps.DeleteFunc(m.entries, func(_ K, current *entry[V]) bool {
		return current.flight == nil && current.answer.arrived.Before(before)
	})
}
