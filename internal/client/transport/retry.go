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

// firstRetryWait bounds the wait before the first retry; every further one doubles it.
const firstRetryWait = time.Second

// maxDialRetries is how often a request is repeated when no connection can be opened, because the host name does not resolve
// or nobody listens: a mistyped address or a missing network should show soon.
const maxDialRetries = 2

// retrier decides whether a message is sent again.
type retrier struct {
	// limit and maxWait bound the number of retries and the wait before each of them.
	limit   int
	maxWait time.Duration
	// isRepeatable says that the message may be applied twice.
	isRepeatable bool

	retries int
	// unreachable is the number of attempts that failed because no connection could be opened.
	unreachable int
}

func (s *sender) newRetrier(msg message) retrier {
	return retrier{limit: s.maxRetries, maxWait: s.maxRetryWait, isRepeatable: msg.isRepeatable}
}

// next decides what follows an attempt: whether there is another one, and after which wait.
func (r *retrier) next(ctx context.Context, resp Reply, err error) (wait time.Duration, again bool) {
	if isDialFailure(err) {
		r.unreachable++
	}

	if ctx.Err() != nil || r.retries >= r.limit || r.unreachable > maxDialRetries || !shouldRetry(resp, err, r.isRepeatable, r.maxWait) {
		return 0, false
	}

	if resp.Status != http.StatusTooManyRequests { // After a 429, the limiter holds back this request with all others.
		wait = retryWait(resp, r.retries, r.maxWait)
	}

	r.retries++

	return wait, true
}

// shouldRetry reports whether an attempt failed in a way that may pass. isRepeatable says that the request may be applied twice.
func shouldRetry(resp Reply, err error, isRepeatable bool, maxWait time.Duration) bool {
	if err != nil {
		return retryableError(err, isRepeatable)
	}

	isRefused := resp.Status == http.StatusTooManyRequests // It was not applied.
	if !isRefused && (!isRepeatable || !isPassingStatus(resp.Status) && !resp.isUnreadable) {
		return false
	}

	wait, asked := askedWait(resp)

	return !asked || wait <= maxWait
}

// isPassingStatus reports whether a status stands for a fault that may pass: an overload or an outage of the service, or of
// something in front of it. CDNs report with 520 to 530 that they cannot reach the service.
// Source of the latter: developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors.
func isPassingStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout, http.StatusInsufficientStorage:
		return true
	default:
		return status >= 520 && status <= 530
	}
}

// retryableError reports whether a request that got no response may be sent again. repeatable means that executing it twice
// does no harm; otherwise, only a request that was surely not executed is sent again.
func retryableError(err error, repeatable bool) bool {
	if failure, ok := errors.AsType[*Error](err); ok {
		// A refusal of our own, such as a redirect or a response that is too large, or a proxy's.
		return isPassingStatus(failure.ProxyStatus)
	}

	return tlsProblemOf(err) == "" && (repeatable || isUnsent(err))
}

// retryWait returns how long to wait before the next attempt: what the service asks for, else a random part of an
// exponentially growing span (full jitter). attempt counts from 0.
func retryWait(resp Reply, attempt int, maxWait time.Duration) time.Duration {
	if wait, asked := askedWait(resp); asked {
		return wait
	}

	span := min(firstRetryWait<<min(max(attempt, 0), 16), maxWait)
	if span <= 0 {
		return 0
	}

	return max(rand.N(span), time.Millisecond) //nolint:gosec // Jitter is no secret.
}

// askedWait returns how long the service asks to wait, in a Retry-After header (seconds or a date) or in
// x-ratelimit-reset, which one page of the vendor documents as seconds and the OpenAPI file as a date-time.
// Sources: developer.celonis.com/celonis-apis/rate-limiting; the TooManyRequests answer of the Knowledge Model API.
func askedWait(resp Reply) (time.Duration, bool) {
	// A date counts from the service's clock: the one here may be wrong.
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

// retryAt returns when the service accepts requests again, or zero if the response does not say.
func retryAt(resp Reply) time.Time {
	if wait, asked := askedWait(resp); asked {
		return time.Now().Add(wait)
	}

	return time.Time{}
}

// parseWait reads seconds, seconds since 1970, an RFC 3339 date-time or an HTTP date.
func parseWait(value string, now time.Time) (time.Duration, bool) {
	const (
		longest      = 366 * 24 * 3600 // A larger number of seconds is a point in time.
		milliseconds = 1e11            // A larger point in time is one in milliseconds.
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

// surelyNotApplied reports whether an attempt was never sent, or was refused as a whole.
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
