package client

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// gate lets requests through one by one: it bounds how many are under way, how many start in a second, and holds all of
// them back while the service asks for a pause. All callers of a [Client] share one gate.
type gate struct {
	slots   *semaphore.Weighted
	limiter *rate.Limiter
	maxWait time.Duration

	mu    sync.Mutex
	until time.Time
}

// newGate makes a gate. A perSecond of 0 means no limit. maxWait is the longest pause that a caller sits out.
func newGate(concurrent, perSecond int, maxWait time.Duration) *gate {
	limit := rate.Inf
	if perSecond > 0 {
		limit = rate.Limit(perSecond)
	}

	return &gate{
		slots: semaphore.NewWeighted(int64(concurrent)),
		// A burst of one spaces requests evenly: any larger burst could exceed the service's own count of one second.
		limiter: rate.NewLimiter(limit, 1),
		maxWait: maxWait,
	}
}

// enter waits until a request may be sent. The caller must call leave afterwards.
// It fails when ctx ends, or when the pause is longer than the longest wait.
func (g *gate) enter(ctx context.Context) error {
	for {
		if err := g.sitOutPause(ctx); err != nil {
			return err
		}

		if err := g.slots.Acquire(ctx, 1); err != nil {
			return err //nolint:wrapcheck // The context's own error.
		}

		if err := g.limiter.Wait(ctx); err != nil {
			g.leave()

			return fmt.Errorf("waiting for the rate limit: %w", err)
		}

		// Others may have met a 429 while this one waited.
		if g.pause() <= 0 {
			return nil
		}

		g.leave()
	}
}

// leave gives the slot back that enter took.
func (g *gate) leave() { g.slots.Release(1) }

// enterWithoutSlot is enter for the token endpoint: the caller that needs the token holds a slot already, and would wait
// for itself.
func (g *gate) enterWithoutSlot(ctx context.Context) error {
	for {
		if err := g.sitOutPause(ctx); err != nil {
			return err
		}

		if err := g.limiter.Wait(ctx); err != nil {
			return fmt.Errorf("waiting for the rate limit: %w", err)
		}

		if g.pause() <= 0 {
			return nil
		}
	}
}

// closeFor makes every caller wait that long from now on. A longer pause that is already set stays.
func (g *gate) closeFor(wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()

	if until := time.Now().Add(wait); until.After(g.until) {
		g.until = until
	}
}

// pause returns how long the gate stays closed.
func (g *gate) pause() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()

	return time.Until(g.until)
}

func (g *gate) sitOutPause(ctx context.Context) error {
	for {
		wait := g.pause()
		if wait <= 0 {
			return nil
		}

		if wait > g.maxWait {
			return &Error{
				Reason:  ReasonRateLimited,
				Detail:  "the service asked an earlier request of this run to wait",
				RetryAt: time.Now().Add(wait),
			}
		}

		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()

	select {
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // The context's own error.
	case <-timer.C:
		return nil
	}
}

// limited is the step of the transport that sends every request through the gate, and closes it after a 429.
type limited struct {
	gate *gate
	// next sends the request and returns once the body is read.
	next http.RoundTripper
	// signIn marks requests to a token endpoint.
	signIn bool
}

// RoundTrip implements [http.RoundTripper].
func (l *limited) RoundTrip(req *http.Request) (*http.Response, error) {
	if l.signIn {
		if err := l.gate.enterWithoutSlot(req.Context()); err != nil {
			return nil, err
		}
	} else {
		if err := l.gate.enter(req.Context()); err != nil {
			return nil, err
		}
		defer l.gate.leave()
	}

	resp, err := l.next.RoundTrip(req)
	if err == nil && resp.StatusCode == http.StatusTooManyRequests {
		// Before the slot is given back: the next in line must not be sent into the same refusal.
		l.gate.closeFor(retryWait(resp, exchangeOf(req.Context()).attempts-1, l.gate.maxWait))
	}

	return resp, err //nolint:wrapcheck // A transport passes on what it gets.
}
