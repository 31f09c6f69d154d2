package transport

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// firstRetryWait is the upper bound of the wait before the first retry. The bound doubles with every retry.
const firstRetryWait = time.Second

// maxDialRetries is the maximum number of retries if no connection can be opened because the host name does not resolve or the port is closed. The
// limit is low so that a mistyped address or a missing network is reported early.
const maxDialRetries = 2

// retrier decides whether a message is sent again.
type retrier struct {
	// limit is the maximum number of retries, and maxWait the maximum wait before each retry.
	limit   int
	maxWait time.Duration
	// isRepeatable is true if the message can safely be applied twice.
	isRepeatable bool

	retries int
	// dialFailures is the number of attempts that failed because no connection could be opened.
	dialFailures int
}

func (s *sender) newRetrier(msg message) retrier {
	return retrier{limit: s.maxRetries, maxWait: s.maxRetryWait, isRepeatable: msg.isRepeatable}
}

// next decides whether to repeat a request after an attempt, and how long to wait first.
func (r *retrier) next(ctx context.Context, resp Reply, err error) (wait time.Duration, again bool) {
	if isDialFailure(err) {
		r.dialFailures++
	}

	if ctx.Err() != nil || r.retries >= r.limit || r.dialFailures > maxDialRetries || !shouldRetry(resp, err, r.isRepeatable, r.maxWait) {
		return 0, false
	}

	if resp.Status != http.StatusTooManyRequests { // After a 429, the limiter holds back all requests, including this one.
		wait = retryWait(resp, r.retries, r.maxWait)
	}

	r.retries++

	return wait, true
}

// shouldRetry reports whether an attempt failed in a way that justifies a retry. isRepeatable is true if the request can safely be applied
// twice. If the service requests a wait longer than maxWait, the attempt is not retried.
func shouldRetry(resp Reply, err error, isRepeatable bool, maxWait time.Duration) bool {
	if err != nil {
		return retryableError(err, isRepeatable)
	}

	isRefused := resp.Status == http.StatusTooManyRequests // A 429 means that the request was not applied.
	if !isRefused && (!isRepeatable || !isPassingStatus(resp.Status) && !resp.isUnreadable) {
		return false
	}

	wait, ok := requestedWait(resp)

	return !ok || wait <= maxWait
}

// isPassingStatus reports whether a status indicates a transient problem: an overload or an outage of the service, or of a gateway in front of
// the service. CDNs return 520 to 530 if they cannot reach the service. Source:
// developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors.
func isPassingStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout, http.StatusInsufficientStorage:
		return true
	default:
		return status >= 520 && status <= 530
	}
}

// retryableError reports whether a request that received no response may be sent again. A non-repeatable request is sent again only if the service
// certainly did not apply the request.
func retryableError(err error, repeatable bool) bool {
	if failure, ok := errors.AsType[*Error](err); ok {
		// The failure is either a response that this package rejected, such as a redirect or an oversized response, or a proxy's refusal to
		// connect.
		return isPassingStatus(failure.ProxyStatus)
	}

	return tlsProblemOf(err) == "" && (repeatable || isUnsent(err))
}

// retryWait returns the wait that the service requests before the next attempt. If the service requests none, the wait is a random part of an
// exponentially growing interval (full jitter). The attempt parameter is 0 before the first retry.
func retryWait(resp Reply, attempt int, maxWait time.Duration) time.Duration {
	if wait, ok := requestedWait(resp); ok {
		return wait
	}

	span := min(firstRetryWait<<min(max(attempt, 0), 16), maxWait)
	if span <= 0 {
		return 0
	}

	return max(rand.N(span), time.Millisecond) //nolint:gosec // Jitter needs no secure randomness.
}

// requestedWait returns the wait that the service requests in a Retry-After header (seconds or a date) or in x-ratelimit-reset. A vendor page
// documents x-ratelimit-reset as seconds, but the OpenAPI file documents it as a date-time. Sources:
// developer.celonis.com/celonis-apis/rate-limiting; the TooManyRequests response of the Knowledge Model API.
func requestedWait(resp Reply) (time.Duration, bool) {
	// Compare dates with the service's clock, because the local clock may be wrong.
	now, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		now = time.Now()
	}

	names := []string{"Retry-After"}
	if resp.Status == http.StatusTooManyRequests {
		names = append(names, "X-Ratelimit-Reset")
	}

	for _, name := range names {
		if wait, ok := parseWait(strings.TrimSpace(resp.Header.Get(name)), now); ok && wait > 0 {
			return wait, true
		}
	}

	return 0, false
}

// retryAt returns the time at which the service accepts requests again, or the zero time if the response does not specify it.
func retryAt(resp Reply) time.Time {
	if wait, ok := requestedWait(resp); ok {
		return time.Now().Add(wait)
	}

	return time.Time{}
}

// parseWait parses a number of seconds, a Unix time, an RFC 3339 date-time or an HTTP date.
func parseWait(value string, now time.Time) (time.Duration, bool) {
	const (
		longest      = 366 * 24 * 3600 // A number above this limit is a Unix time.
		milliseconds = 1e11            // A Unix time above this limit is in milliseconds.
	)

	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if seconds > milliseconds && seconds < 1000*milliseconds {
			seconds /= 1000
		}

		if seconds > longest {
			seconds -= float64(now.Unix())
		}

		if math.IsNaN(seconds) || seconds < 0 {
			return 0, false
		}

		return time.Duration(min(seconds, longest) * float64(time.Second)), true
	}

	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		if at, err := time.Parse(layout, value); err == nil {
			return at.Sub(now), true
		}
	}

	if at, err := http.ParseTime(value); err == nil {
		return at.Sub(now), true
	}

	return 0, false
}

// surelyNotApplied reports whether an attempt was certainly not applied, because the request was never sent or the service rejected it.
func surelyNotApplied(resp Reply, err error) bool {
	if err != nil {
		failure, ok := errors.AsType[*Error](err)

		return isUnsent(err) || isRefusedHandshake(err) || ok && isRefusedStatus(failure.Status)
	}

	return isRefusedStatus(resp.Status)
}

func isRefusedStatus(status int) bool {
	return status >= http.StatusMultipleChoices && status < http.StatusInternalServerError && status != http.StatusRequestTimeout
}
