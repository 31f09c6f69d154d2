package transport

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// limiter limits the number of requests in flight and the number of requests that arrive at the service in any second.
//
// A request arrives at the service after it acquires its slot and before its response arrives. The slot is released one second after the response,
// so two requests in the same slot arrive more than a second apart. Therefore, regardless of the latency, the number of requests that arrive in any
// second never exceeds the number of slots. A run that sends fewer requests than there are slots never waits for a slot.
type limiter struct {
	inFlight *semaphore.Weighted
	// slots is nil if the rate is not limited.
	slots *semaphore.Weighted
	// maxWait is the maximum time that a caller waits for a pause to end.
	maxWait time.Duration

	mu          sync.Mutex
	pausedUntil time.Time
}

// slotDelay is the time between a response and the release of its slot: the period over which the service counts requests.
const slotDelay = time.Second

// newLimiter returns a limiter. If perSecond is 0, the rate is not limited.
func newLimiter(concurrent, perSecond int, maxWait time.Duration) *limiter {
	l := &limiter{inFlight: semaphore.NewWeighted(int64(concurrent)), maxWait: maxWait}
	if perSecond > 0 {
		l.slots = semaphore.NewWeighted(int64(perSecond))
	}

	return l
}

// acquire waits until a request may be sent. acquire returns an error if ctx is cancelled, or if the service requests a pause longer than maxWait.
// After the response or failure, the caller must call release.
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

		if l.slots != nil { // Nothing was sent, so the slot is free immediately.
			l.slots.Release(1)
		}
	}
}

// release ends a request. The request no longer counts as in flight, but its slot remains occupied for slotDelay.
func (l *limiter) release() {
	l.inFlight.Release(1)

	if l.slots != nil {
		time.AfterFunc(slotDelay, func() { l.slots.Release(1) })
	}
}

// pauseFor delays all requests for the given time. A pause that already lasts longer stays unchanged.
func (l *limiter) pauseFor(wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()

	if until := time.Now().Add(wait); until.After(l.pausedUntil) {
		l.pausedUntil = until
	}
}

// pause returns the time until requests may be sent again. The result is zero or negative if there is no pause.
func (l *limiter) pause() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()

	return time.Until(l.pausedUntil)
}

// waitForPause waits until the service accepts requests again. Token requests wait only for the pause and need no slot, because the documented rate
// limit applies only to the APIs, and because an API request waits for its token before it acquires a slot.
func (l *limiter) waitForPause(ctx context.Context) error {
	for {
		wait := l.pause()
		if wait <= 0 {
			return nil
		}

		if wait > l.maxWait {
			return &Error{
				Reason:  ReasonRateLimited,
				Detail:  "the service rate-limited an earlier request of this run",
				RetryAt: time.Now().Add(wait),
			}
		}

		if err := Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// Sleep waits for the given time. If ctx is cancelled first, Sleep returns the context's error.
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
