package transport

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// limiter bounds how many requests are in flight and how many arrive at the service in a second, and holds all requests back
// while the service asks for a pause. All callers of a [Client] share one limiter.
//
// A request arrives between the moment it takes its slot and the moment its response arrives. Because the slot is released one
// second after that, two requests that use the same slot arrive more than a second apart, and never more requests than slots
// arrive in any second, whatever the latency. Short work that needs fewer requests than there are slots runs without a wait.
type limiter struct {
	inFlight *semaphore.Weighted
	// slots is nil if the rate is not limited.
	slots *semaphore.Weighted
	// maxWait is the longest pause that a caller waits for.
	maxWait time.Duration

	mu          sync.Mutex
	pausedUntil time.Time
}

// slotDelay is the time from a response to the release of its slot: the second for which the service counts requests.
const slotDelay = time.Second

// newLimiter returns a limiter. If perSecond is 0, the rate is not limited.
func newLimiter(concurrent, perSecond int, maxWait time.Duration) *limiter {
	made := &limiter{inFlight: semaphore.NewWeighted(int64(concurrent)), maxWait: maxWait}
	if perSecond > 0 {
		made.slots = semaphore.NewWeighted(int64(perSecond))
	}

	return made
}

// acquire waits until a request may be sent. The caller must call release once the response or the failure has arrived.
// It returns an error if ctx ends, or if the service asks for a pause that is longer than maxWait.
func (l *limiter) acquire(ctx context.Context) error {
	for {
		if err := l.waitForPause(ctx); err != nil {
			return err
		}

		if err := l.inFlight.Acquire(ctx, 1); err != nil {
			return err
		}

		if l.slots != nil {
			if err := l.slots.Acquire(ctx, 1); err != nil {
				l.inFlight.Release(1)

				return err
			}
		}

		// Another caller may have received a 429 in the meantime.
		if l.pause() <= 0 {
			return nil
		}

		l.inFlight.Release(1)

		if l.slots != nil { // Nothing was sent: the slot is free at once.
			l.slots.Release(1)
		}
	}
}

// release ends what acquire began: another request may be in flight now, and another one may take the slot in a second.
func (l *limiter) release() {
	l.inFlight.Release(1)

	if l.slots != nil {
		time.AfterFunc(slotDelay, func() { l.slots.Release(1) })
	}
}

// pauseFor holds back all requests for the given time from now on. A pause that ends later stays in effect.
func (l *limiter) pauseFor(wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()

	if until := time.Now().Add(wait); until.After(l.pausedUntil) {
		l.pausedUntil = until
	}
}

// pause returns how much is left of the pause.
func (l *limiter) pause() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()

	return time.Until(l.pausedUntil)
}

// waitForPause waits until the service accepts requests again. It is all that a token request waits for: the documented limit
// is that of the APIs, and a request that needs the token waits for it.
func (l *limiter) waitForPause(ctx context.Context) error {
	for {
		wait := l.pause()
		if wait <= 0 {
			return nil
		}

		if wait > l.maxWait {
			return &Error{
				Reason:  ReasonRateLimited,
				Detail:  "the service asked an earlier request of this run to wait",
				RetryAt: time.Now().Add(wait),
			}
		}

		if err := Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// Sleep waits, and returns the context's error if that ends first.
func Sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()

	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
