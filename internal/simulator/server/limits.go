package server

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// limits counts API requests. According to the vendor, every response contains the x-ratelimit-limit and x-ratelimit-remaining headers
// (developer.celonis.com/celonis-apis/rate-limiting). In the simulator, these headers refer to the daily quota or, in a 429 response, to the
// exceeded limit. Rejected requests do not count towards the limits.
type limits struct {
	opts Options

	mu       sync.Mutex
	second   window
	day      window
	inFlight int
}

// window counts the requests in a fixed time window. A window starts at a multiple of its length.
type window struct {
	length time.Duration
	start  time.Time
	count  int
}

// at(now) starts a new window if the given time is not in the current window.
func (w *window) at(now time.Time) {
	if start := now.UTC().Truncate(w.length); !start.Equal(w.start) {
		w.start, w.count = start, 0
	}
}

func (w *window) end() time.Time {
	return w.start.Add(w.length)
}

// verdict records whether a request exceeds a limit, and contains the rate limit headers for the response.
type verdict struct {
	exceeded bool
	until    time.Time
	header   map[string]string
}

const day = 24 * time.Hour

func newLimits(opts Options) *limits {
	return &limits{opts: opts, second: window{length: time.Second}, day: window{length: day}}
}

// admit counts a request unless it exceeds a limit. The caller must call release after each admitted request.
func (l *limits) admit(now time.Time) verdict {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.second.at(now)
	l.day.at(now)

	switch {
	case l.opts.RequestsPerDay > 0 && l.day.count >= l.opts.RequestsPerDay:
		return l.refuse(l.opts.RequestsPerDay, now, l.day.end())
	case l.opts.RequestsPerSecond > 0 && l.second.count >= l.opts.RequestsPerSecond:
		return l.refuse(l.opts.RequestsPerSecond, now, l.second.end())
	case l.opts.MaxConcurrent > 0 && l.inFlight >= l.opts.MaxConcurrent:
		// It is unknown when a running request will finish, so the response suggests a retry in the next second.
		return l.refuse(l.opts.MaxConcurrent, now, l.second.end())
	}

	l.second.count++
	l.day.count++
	l.inFlight++

	quota := l.opts.requestsPerDay()

	return verdict{header: rateHeader(quota, max(0, quota-l.day.count))}
}

func (l *limits) release() {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.inFlight--
}

func (l *limits) refuse(limit int, now, until time.Time) verdict {
	header := rateHeader(limit, 0)
	seconds := strconv.FormatInt(int64((until.Sub(now)+time.Second-1)/time.Second), 10)

	const reset = "X-Ratelimit-Reset"

	switch l.opts.RateLimitReset {
	case ResetInSeconds:
		header[reset] = seconds
	case ResetAsDateTime:
		header[reset] = until.UTC().Format(time.RFC3339)
	case ResetAsHTTPDate:
		header[reset] = until.UTC().Format(http.TimeFormat)
	case ResetAsRetryAfter:
		header["Retry-After"] = seconds
	case ResetAbsent:
	}

	return verdict{exceeded: true, until: until, header: header}
}

func rateHeader(limit, remaining int) map[string]string {
	return map[string]string{
		"X-Ratelimit-Limit":     strconv.Itoa(limit),
		"X-Ratelimit-Remaining": strconv.Itoa(remaining),
	}
}

// failure returns the error for a rejected request. As in the vendor's common error catalog, the error text contains a UTC time of day.
func (v verdict) failure() Failure {
	return Failure{
		Status: http.StatusTooManyRequests,
		Code:   "LIMIT_RATE_EXCEEDED",
		Detail: fmt.Sprintf("The rate limit is exceeded. Try again after %s UTC.", v.until.UTC().Format(time.TimeOnly)),
	}
}
