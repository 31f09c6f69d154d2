package server

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// RandomFaults make requests fail at random, token requests included. The control API is not affected.
type RandomFaults struct {
	// Rate is the share of all requests that fail, from 0 to 1: with 0.1, one request in ten.
	Rate float64
	// Seed selects which requests fail, and how. With the same seed, the same requests fail in the same way, counted as they arrive.
	Seed uint64
	// Kinds lists the faults to choose from. By default, all.
	Kinds []FaultKind
	// SlowBy is the delay of slow responses. Defaults to 2s.
	SlowBy time.Duration
}

// FaultKind is a way in which a request fails at random. The journal shows it as the request's fault.
type FaultKind string

// The ways in which requests fail at random.
const (
	FaultReset       FaultKind = "reset"       // the connection breaks, and the request is not carried out
	FaultResetAfter  FaultKind = "reset-after" // the request is carried out, but the connection breaks before the response
	FaultCutBody     FaultKind = "cut-body"    // the request is carried out, but the connection breaks within the body of the response
	FaultBadGateway  FaultKind = "bad-gateway" // 502 with an HTML page, as from a proxy
	FaultRateLimit   FaultKind = "rate-limit"  // 429 without a time
	FaultRetryAfter  FaultKind = "retry-after" // 429 with `Retry-After: 1`
	FaultUnavailable FaultKind = "unavailable" // 503
	FaultSlow        FaultKind = "slow"        // the response is late
)

// Words lists the allowed values.
func (FaultKind) Words() []FaultKind {
	return []FaultKind{
		FaultReset, FaultResetAfter, FaultCutBody, FaultBadGateway, FaultRateLimit, FaultRetryAfter, FaultUnavailable, FaultSlow,
	}
}

// setDefaults sets defaults and checks the other values.
func (f *RandomFaults) setDefaults() error {
	const slowBy = 2 * time.Second

	if f.SlowBy == 0 {
		f.SlowBy = slowBy
	}

	if len(f.Kinds) == 0 {
		f.Kinds = FaultKind("").Words()
	}

	errs := []error{CheckNotNegative("Faults.SlowBy", f.SlowBy)}

	if !(f.Rate >= 0 && f.Rate <= 1) { // The condition also rejects NaN.
		errs = append(errs, fmt.Errorf("%w: Faults.Rate is not from 0 to 1", ErrOptions))
	}

	for i := range f.Kinds {
		errs = append(errs, CheckWord(fmt.Sprintf("Faults.Kinds[%d]", i), &f.Kinds[i]))
	}

	return errors.Join(errs...)
}

// fault returns the fault of a kind. cutAt is the position at which a body is truncated.
func (f *RandomFaults) fault(kind FaultKind, cutAt int) Fault {
	fault := Fault{kind: kind}

	switch kind {
	case FaultReset:
		fault.Reset = true
	case FaultResetAfter:
		fault.ResetAfter = true
	case FaultCutBody:
		fault.CutBodyAt = cutAt
	case FaultBadGateway:
		page := HTMLResponse(http.StatusBadGateway, "502 Bad Gateway")
		fault.Status, fault.Header, fault.Body = page.Status, page.Header, string(page.Body)
	case FaultRateLimit, FaultRetryAfter:
		refusal := Failure{
			Status: http.StatusTooManyRequests, Code: "LIMIT_RATE_EXCEEDED", Detail: "The rate limit is exceeded.",
		}.Response(ErrorProblem, false)
		fault.Status, fault.Header, fault.Body = refusal.Status, refusal.Header, string(refusal.Body)

		if kind == FaultRetryAfter {
			fault.Header.Set("Retry-After", "1")
		}
	case FaultUnavailable:
		fault.Status = http.StatusServiceUnavailable
	case FaultSlow:
		fault.Delay = f.SlowBy
	}

	return fault
}

// randomFaults decides which requests fail at random.
type randomFaults struct {
	opts RandomFaults

	mu      sync.Mutex
	random  *rand.Rand
	stopped bool
}

func newRandomFaults(opts RandomFaults) *randomFaults {
	return &randomFaults{opts: opts, random: RandomFor(opts.Seed, "faults")}
}

// next decides whether the next request fails. Each request uses the same number of random values, so the decision depends only on the seed and
// the number of requests before it.
func (f *randomFaults) next() Fault {
	const longestCut = 400

	if f.opts.Rate == 0 {
		return Fault{}
	}

	f.mu.Lock()
	defer f.mu.Unlock()

	fails := f.random.Float64() < f.opts.Rate
	kind := f.opts.Kinds[f.random.IntN(len(f.opts.Kinds))]
	cutAt := 1 + f.random.IntN(longestCut)

	if !fails || f.stopped {
		return Fault{}
	}

	return f.opts.fault(kind, cutAt)
}

// stop ends the faults.
func (f *randomFaults) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.stopped = true
}
