package server

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// RandomFaults make requests fail at random, including token requests. The control API is not affected.
type RandomFaults struct {
	// Rate is the share of requests that fail, from 0 to 1. With 0.1, one request in ten fails.
	Rate float64
	// Seed determines which requests fail, and how. With a given seed, the n-th request to arrive always gets the same fault, if any.
	Seed uint64
	// Kinds lists the kinds of faults to choose from. By default, the simulator uses all kinds.
	Kinds []FaultKind
	// SlowBy is the time by which the fault `slow` delays a response. Defaults to 2s.
	SlowBy time.Duration
}

// FaultKind identifies a kind of random fault. The journal records faults under these names.
type FaultKind string

// The kinds of random faults.
const (
	FaultReset       FaultKind = "reset"       // closes the connection without executing the request
	FaultResetAfter  FaultKind = "reset-after" // executes the request, but closes the connection before the response
	FaultCutBody     FaultKind = "cut-body"    // executes the request, but closes the connection within the response body
	FaultBadGateway  FaultKind = "bad-gateway" // 502 with an HTML page, as returned by a proxy
	FaultRateLimit   FaultKind = "rate-limit"  // 429 without a retry time
	FaultRetryAfter  FaultKind = "retry-after" // 429 with `Retry-After: 1`
	FaultUnavailable FaultKind = "unavailable" // 503
	FaultSlow        FaultKind = "slow"        // delays the response
)

// Words returns the allowed values.
func (FaultKind) Words() []FaultKind {
	return []FaultKind{
		FaultReset, FaultResetAfter, FaultCutBody, FaultBadGateway, FaultRateLimit, FaultRetryAfter, FaultUnavailable, FaultSlow,
	}
}

// setDefaults fills in the defaults and returns an error that lists all invalid values.
func (f *RandomFaults) setDefaults() error {
	const slowBy = 2 * time.Second

	if f.SlowBy == 0 {
		f.SlowBy = slowBy
	}

	if len(f.Kinds) == 0 {
		f.Kinds = FaultKind("").Words()
	}

	errs := []error{CheckNotNegative("Faults.SlowBy", f.SlowBy)}

	if !(f.Rate >= 0 && f.Rate <= 1) { // Unlike f.Rate < 0 || f.Rate > 1, this condition rejects NaN.
		errs = append(errs, fmt.Errorf("%w: Faults.Rate must be between 0 and 1", ErrOptions))
	}

	for i := range f.Kinds {
		errs = append(errs, CheckWord(fmt.Sprintf("Faults.Kinds[%d]", i), &f.Kinds[i]))
	}

	return errors.Join(errs...)
}

// fault returns a fault of the given kind. FaultCutBody truncates the body after cutAt bytes.
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

// next chooses the fault for the next request. The fault is empty if the request does not fail. Each request consumes the same number of random
// values, so the result depends only on the seed and the number of earlier requests.
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

func (f *randomFaults) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.stopped = true
}
