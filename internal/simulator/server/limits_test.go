package server_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func TestEachResponseContainsTheDailyQuota(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{Licence: "M"}})

	for i, got := range []simulatortest.Reply{tm.Get(simulatortest.ModelsPath), tm.Get("/intelligence/api/nothing"), tm.Do(http.MethodGet, simulatortest.ModelsPath, "")} {
		limit, remaining := got.Header.Get("X-Ratelimit-Limit"), got.Header.Get("X-Ratelimit-Remaining")
		if limit != "12000" || remaining != []string{"11999", "11998", "11997"}[i] {
			t.Errorf("request %d: limit = %s, remaining = %s", i, limit, remaining)
		}

		if got.Header.Get("X-Ratelimit-Reset") != "" {
			t.Error("a response within the limits contains X-Ratelimit-Reset")
		}
	}

	if got := tm.Do(http.MethodGet, "/", ""); got.Header.Get("X-Ratelimit-Limit") != "" {
		t.Error("the web application returns the API limit")
	}

	if got := tm.AskAsDefault(); got.Header.Get("X-Ratelimit-Limit") != "" {
		t.Error("the token endpoint returns the API limit")
	}
}

func TestQuotaDependsOnTheLicence(t *testing.T) {
	t.Parallel()

	for licence, want := range map[string]string{"": "6000", "S": "6000", "M": "12000", "L": "25000", "XL": "50000"} {
		got := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{Licence: licence}}).Get(simulatortest.ModelsPath).Header.Get("X-Ratelimit-Limit")
		if got != want {
			t.Errorf("licence %q: %s requests per day", licence, got)
		}
	}
}

func TestRemainingRequestsAreNeverNegative(t *testing.T) {
	t.Parallel()

	const quota = 6_000

	tm := simulatortest.NewTeam(t, simulator.Options{Now: simulatortest.NewClock().Read})

	for i := range quota + 2 {
		want := strconv.Itoa(max(0, quota-1-i))
		if got := tm.Do(http.MethodGet, simulatortest.ModelsPath, "").Header.Get("X-Ratelimit-Remaining"); got != want {
			t.Fatalf("request %d: remaining = %s", i, got)
		}
	}
}

func TestRejectedRequestsReleaseNoSlot(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{MaxConcurrent: 1, Latency: time.Second}})
		statuses := make(chan int, 3)
		together := func() int {
			for range 3 {
				go func() { statuses <- tm.Get(simulatortest.ModelsPath).Status }()

				synctest.Wait()
			}

			return <-statuses + <-statuses + <-statuses
		}

		// If rejected requests released slots, the second round would serve more than one request.
		for round := range 2 {
			if got := together(); got != 200+429+429 {
				t.Errorf("round %d: the sum of the statuses is %d", round, got)
			}
		}
	})
}

func TestDailyQuotaIsEnforcedOnlyIfConfigured(t *testing.T) {
	t.Parallel()

	now := simulatortest.NewClock()
	tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{RequestsPerDay: 2}, Now: now.Read})

	tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)

	if remaining := tm.Get(simulatortest.ModelsPath).Want(http.StatusOK).Header.Get("X-Ratelimit-Remaining"); remaining != "0" {
		t.Errorf("remaining = %s, want 0", remaining)
	}

	got := tm.Get(simulatortest.ModelsPath)
	got.WantError(http.StatusTooManyRequests, "LIMIT_RATE_EXCEEDED")

	// The number of seconds from 14:03:21.25 to midnight is rounded up.
	if reset := got.Header.Get("X-Ratelimit-Reset"); reset != "35799" {
		t.Errorf("reset = %s", reset)
	}

	now.Now = now.Now.Add(35799 * time.Second)
	tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)
}

func TestRequestsPerSecondAreEnforcedInFixedWindows(t *testing.T) {
	t.Parallel()

	now := simulatortest.NewClock()
	tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{RequestsPerSecond: 2}, Now: now.Read})

	tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)
	tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)

	now.Now = now.Now.Add(749 * time.Millisecond)
	got := tm.Get(simulatortest.ModelsPath)
	got.WantError(http.StatusTooManyRequests, "LIMIT_RATE_EXCEEDED")

	if got.Header.Get("X-Ratelimit-Limit") != "2" || got.Header.Get("X-Ratelimit-Remaining") != "0" {
		t.Errorf("header = %v", got.Header)
	}

	if !strings.Contains(got.Body, "14:03:22 UTC") {
		t.Errorf("the detail contains no time: %s", got.Body)
	}

	tm.AskAsDefault("grant_type", "client_credentials", "scope", simulatortest.ModelsScope).Want(http.StatusOK)

	now.Now = now.Now.Add(time.Millisecond)
	tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)
}

func TestRateLimitResetFormats(t *testing.T) {
	t.Parallel()

	for form, want := range map[server.RateLimitReset]struct{ reset, retryAfter string }{
		"":                       {"1", ""},
		server.ResetInSeconds:    {"1", ""},
		server.ResetAsDateTime:   {"2026-03-04T14:03:22Z", ""},
		server.ResetAsHTTPDate:   {"Wed, 04 Mar 2026 14:03:22 GMT", ""},
		server.ResetAsRetryAfter: {"", "1"},
		server.ResetAbsent:       {"", ""},
	} {
		tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{RequestsPerSecond: 1, RateLimitReset: form}, Now: simulatortest.NewClock().Read})
		tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)

		header := tm.Get(simulatortest.ModelsPath).Want(http.StatusTooManyRequests).Header
		if header.Get("X-Ratelimit-Reset") != want.reset || header.Get("Retry-After") != want.retryAfter {
			t.Errorf("%s: header = %v", form, header)
		}
	}
}

func TestConcurrentRequestsBeyondTheLimitAreRejected(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{MaxConcurrent: 2, Latency: time.Second}})
		statuses := make(chan int, 3)

		for range 3 {
			go func() { statuses <- tm.Get(simulatortest.ModelsPath).Status }()

			synctest.Wait()
		}

		if a, b, c := <-statuses, <-statuses, <-statuses; a+b+c != 200+200+429 {
			t.Errorf("statuses = %d, %d, %d", a, b, c)
		}

		if got := tm.MaxInFlight(); got != 3 {
			t.Errorf("maximum in flight = %d, want 3", got)
		}

		tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)
	})
}
