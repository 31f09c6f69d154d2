package client

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// firstRetryWait bounds the wait before the first retry; every further one doubles it.
const firstRetryWait = time.Second

// maxDialRetries is how often a request is repeated when no connection can be opened, because the host name does not resolve
// or nobody listens: a mistyped address or a missing network should show soon.
const maxDialRetries = 2

// newRetrier makes the client that repeats requests. Its errors and answers are those of the last attempt.
func newRetrier(transport http.RoundTripper, maxRetries int, maxWait time.Duration) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: transport, CheckRedirect: stayAtOrigin},
		Logger:       nil, // Its log lines would bypass the masking.
		RetryWaitMin: firstRetryWait,
		RetryWaitMax: maxWait,
		RetryMax:     maxRetries,
		CheckRetry: func(ctx context.Context, resp *http.Response, err error) (bool, error) {
			return shouldRetry(ctx, resp, err, maxWait), nil
		},
		Backoff: func(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
			if resp != nil && resp.StatusCode == http.StatusTooManyRequests {
				return 0 // The limiter holds this caller back, with all others.
			}

			return retryWait(resp, attempt, maxWait)
		},
		ErrorHandler: lastAttempt,
	}
}

// lastAttempt passes on how the last attempt ended: with an answer or with an error, never both, as a refused redirect has.
func lastAttempt(resp *http.Response, err error, _ int) (*http.Response, error) {
	if err == nil {
		return resp, nil
	}

	if resp != nil {
		_ = resp.Body.Close() // It is in memory.
	}

	return nil, err
}

func shouldRetry(ctx context.Context, resp *http.Response, err error, maxWait time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}

	current := exchangeOf(ctx)
	if err != nil {
		if isDialFailure(err) {
			current.unreachable++
		}

		return current.unreachable <= maxDialRetries && retryableError(err, current.repeatable)
	}

	switch {
	case resp.StatusCode == http.StatusTooManyRequests: // It was not executed.
	case !isPassingStatus(resp.StatusCode) || !current.repeatable:
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
func retryWait(resp *http.Response, attempt int, maxWait time.Duration) time.Duration {
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
func askedWait(resp *http.Response) (time.Duration, bool) {
	if resp == nil {
		return 0, false
	}

	// A date counts from the service's clock: the one here may be wrong.
	now, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		now = time.Now()
	}

	names := []string{"Retry-After"}
	if resp.StatusCode == http.StatusTooManyRequests {
		names = append(names, "X-Ratelimit-Reset")
	}

	for _, name := range names {
		if wait, ok := parseWait(strings.TrimSpace(resp.Header.Get(name)), now); ok && wait > 0 {
			return wait, true
		}
	}

	return 0, false
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
