// Package memo shares one load among many callers.
package memo

import (
	"context"
	"maps"
	"sync"
	"time"
)

// Memo shares one load among concurrent callers for the same key, and keeps its result for later callers. The zero Memo is ready to use.
type Memo[K comparable, V any] struct {
	mu      sync.Mutex
	entries map[K]*entry[V]
}

// entry holds the last result for a key and any load in flight.
type entry[V any] struct {
	isKept bool
	result Result[V]
	flight *flight[V]
}

// Result is a loaded value, with the start and end times of the load.
type Result[V any] struct {
	Value              V
	StartedAt, EndedAt time.Time
}

// flight is a load that runs on behalf of all of its waiters, and is cancelled when the last waiter leaves.
type flight[V any] struct {
	startedAt time.Time
	cancel    context.CancelFunc
	waiters   int

	done   chan struct{} // done is closed once result and err are set.
	result Result[V]
	err    error
}

// Get returns the kept result if it is usable. Otherwise, it joins the load in flight if that load started at or after notBefore, or starts a new
// load. A load continues after its first caller leaves, as long as other callers are waiting. Errors are not kept.
func (m *Memo[K, V]) Get(
	ctx context.Context, key K, notBefore time.Time, usable func(Result[V]) bool, load func(context.Context) (V, error),
) (Result[V], error) {
	if err := ctx.Err(); err != nil {
		return Result[V]{}, err
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

	if kept := current.result; current.isKept && usable(kept) {
		m.mu.Unlock()

		return kept, nil
	}

	running := current.flight
	if running == nil || running.startedAt.Before(notBefore) {
		running = m.start(ctx, current, load)
	}

	running.waiters++
	m.mu.Unlock()

	select {
	case <-running.done:
		return running.result, running.err
	case <-ctx.Done():
		m.abandon(current, running)

		return Result[V]{}, ctx.Err()
	}
}

// Holds reports whether Get would return a kept result or join a load in flight.
func (m *Memo[K, V]) Holds(key K, usable func(Result[V]) bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()

	current := m.entries[key]

	return current != nil && (current.flight != nil || current.isKept && usable(current.result))
}

// Kept returns the kept result for a key.
func (m *Memo[K, V]) Kept(key K) (kept Result[V], isKept bool) {
	m.mu.Lock()
	defer m.mu.Unlock()

	if current := m.entries[key]; current != nil {
		return current.result, current.isKept
	}

	return Result[V]{}, false
}

// start launches a load for the given entry. The caller must hold the lock.
func (m *Memo[K, V]) start(ctx context.Context, current *entry[V], load func(context.Context) (V, error)) *flight[V] {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	started := &flight[V]{startedAt: time.Now(), cancel: cancel, done: make(chan struct{})}
	current.flight = started

	go func() {
		defer cancel()

		value, err := load(ctx)

		m.mu.Lock()
		defer m.mu.Unlock()

		started.result = Result[V]{Value: value, StartedAt: started.startedAt, EndedAt: time.Now()}
		started.err = err

		// If a load was dropped or replaced before it ended, only its waiters receive its result.
		if current.flight == started {
			current.flight = nil

			if err == nil {
				current.isKept, current.result = true, started.result
			}
		}

		close(started.done)
	}()

	return started
}

// abandon removes one waiter from a load.
func (m *Memo[K, V]) abandon(current *entry[V], left *flight[V]) {
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

// Forget discards the kept result for a key if the stale function returns true for that result. A load in flight continues.
func (m *Memo[K, V]) Forget(key K, stale func(Result[V]) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()

	if current := m.entries[key]; current != nil && current.isKept && stale(current.result) {
		current.isKept, current.result = false, Result[V]{}
	}
}

// Drop discards the kept results of all matching keys. Loads in flight for matching keys continue, but only for their current waiters.
func (m *Memo[K, V]) Drop(matches func(K) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()

	maps.DeleteFunc(m.entries, func(key K, _ *entry[V]) bool { return matches(key) })
}

// Expire removes the results of loads that ended before the given time, which frees their memory.
func (m *Memo[K, V]) Expire(before time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()

	maps.DeleteFunc(m.entries, func(_ K, current *entry[V]) bool {
		return current.flight == nil && current.result.EndedAt.Before(before)
	})
}
