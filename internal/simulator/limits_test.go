package simulator_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

func TestEachAnswerAnnouncesTheDailyQuota(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Server: server.Options{Licence: "M"}})

	for i, got := range []reply{tm.get(listPath), tm.get("/intelligence/api/nothing"), tm.do(http.MethodGet, listPath, "")} {
		limit, left := got.header.Get("X-Ratelimit-Limit"), got.header.Get("X-Ratelimit-Remaining")
		if limit != "12000" || left != []string{"11999", "11998", "11997"}[i] {
			t.Errorf("request %d: limit %s, remaining %s", i, limit, left)
		}

		if got.header.Get("X-Ratelimit-Reset") != "" {
			t.Error("a reset is announced without need")
		}
	}

	if got := tm.do(http.MethodGet, "/", ""); got.header.Get("X-Ratelimit-Limit") != "" {
		t.Error("the web application announces the API's limit")
	}

	if got := tm.askAsDefault(); got.header.Get("X-Ratelimit-Limit") != "" {
		t.Error("the token endpoint announces the API's limit")
	}
}

func TestEachLicenceHasItsQuota(t *testing.T) {
	t.Parallel()

	for licence, want := range map[string]string{"": "6000", "S": "6000", "M": "12000", "L": "25000", "XL": "50000"} {
		got := newTeam(t, simulator.Options{Server: server.Options{Licence: licence}}).get(listPath).header.Get("X-Ratelimit-Limit")
		if got != want {
			t.Errorf("licence %q: %s requests per day", licence, got)
		}
	}
}

func TestRemainingRequestsAreNeverNegative(t *testing.T) {
	t.Parallel()

	const quota = 6_000

	tm := newTeam(t, simulator.Options{Now: newClock().read})

	for i := range quota + 2 {
		want := strconv.Itoa(max(0, quota-1-i))
		if got := tm.do(http.MethodGet, listPath, "").header.Get("X-Ratelimit-Remaining"); got != want {
			t.Fatalf("request %d: remaining %s", i, got)
		}
	}
}

func TestRejectedRequestsFreeNoPlace(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		tm := newTeam(t, simulator.Options{Server: server.Options{MaxConcurrent: 1, Latency: time.Second}})
		statuses := make(chan int, 3)
		together := func() int {
			for range 3 {
				go func() { statuses <- tm.get(listPath).status }()

				synctest.Wait()
			}

			return <-statuses + <-statuses + <-statuses
		}

		// Were a rejected request to give back a place, more than one would be served the second time.
		for round := range 2 {
			if got := together(); got != 200+429+429 {
				t.Errorf("round %d: the statuses add up to %d", round, got)
			}
		}
	})
}

func TestDailyQuotaIsEnforcedOnlyWhenAsked(t *testing.T) {
	t.Parallel()

	now := newClock()
	tm := newTeam(t, simulator.Options{Server: server.Options{RequestsPerDay: 2}, Now: now.read})

	tm.get(listPath).want(http.StatusOK)

	if left := tm.get(listPath).want(http.StatusOK).header.Get("X-Ratelimit-Remaining"); left != "0" {
		t.Errorf("remaining %s", left)
	}

	got := tm.get(listPath)
	got.wantError(http.StatusTooManyRequests, "LIMIT_RATE_EXCEEDED")

	// 14:03:21.25 to midnight, rounded up.
	if reset := got.header.Get("X-Ratelimit-Reset"); reset != "35799" {
		t.Errorf("reset %s", reset)
	}

	now.now = now.now.Add(35799 * time.Second)
	tm.get(listPath).want(http.StatusOK)
}

func TestRequestsPerSecondAreEnforcedInFixedWindows(t *testing.T) {
	t.Parallel()

	now := newClock()
	tm := newTeam(t, simulator.Options{Server: server.Options{RequestsPerSecond: 2}, Now: now.read})

	tm.get(listPath).want(http.StatusOK)
	tm.get(listPath).want(http.StatusOK)

	now.now = now.now.Add(749 * time.Millisecond)
	got := tm.get(listPath)
	got.wantError(http.StatusTooManyRequests, "LIMIT_RATE_EXCEEDED")

	if got.header.Get("X-Ratelimit-Limit") != "2" || got.header.Get("X-Ratelimit-Remaining") != "0" {
		t.Errorf("header %v", got.header)
	}

	if !strings.Contains(got.body, "14:03:22 UTC") {
		t.Errorf("the detail names no time: %s", got.body)
	}

	tm.askAsDefault("grant_type", "client_credentials", "scope", kmScope).want(http.StatusOK)

	now.now = now.now.Add(time.Millisecond)
	tm.get(listPath).want(http.StatusOK)
}

func TestResetComesInEveryForm(t *testing.T) {
	t.Parallel()

	for form, want := range map[server.RateLimitReset]struct{ reset, retryAfter string }{
		"":                       {"1", ""},
		server.ResetInSeconds:    {"1", ""},
		server.ResetAsDateTime:   {"2026-03-04T14:03:22Z", ""},
		server.ResetAsHTTPDate:   {"Wed, 04 Mar 2026 14:03:22 GMT", ""},
		server.ResetAsRetryAfter: {"", "1"},
		server.ResetAbsent:       {"", ""},
	} {
		tm := newTeam(t, simulator.Options{Server: server.Options{RequestsPerSecond: 1, RateLimitReset: form}, Now: newClock().read})
		tm.get(listPath).want(http.StatusOK)

		header := tm.get(listPath).want(http.StatusTooManyRequests).header
		if header.Get("X-Ratelimit-Reset") != want.reset || header.Get("Retry-After") != want.retryAfter {
			t.Errorf("%s: %v", form, header)
		}
	}
}

func TestConcurrentRequestsBeyondTheLimitAreRejected(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		tm := newTeam(t, simulator.Options{Server: server.Options{MaxConcurrent: 2, Latency: time.Second}})
		statuses := make(chan int, 3)

		for range 3 {
			go func() { statuses <- tm.get(listPath).status }()

			synctest.Wait()
		}

		if a, b, c := <-statuses, <-statuses, <-statuses; a+b+c != 200+200+429 {
			t.Errorf("statuses %d, %d, %d", a, b, c)
		}

		if got := tm.MaxInFlight(); got != 3 {
			t.Errorf("%d in flight", got)
		}

		tm.get(listPath).want(http.StatusOK)
	})
}
