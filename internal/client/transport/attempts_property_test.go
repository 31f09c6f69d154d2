package transport

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// scriptedResponse is the outcome of one attempt: after some time, a response with arbitrary headers, or a failure.
type scriptedResponse struct {
	status                 int
	latency                time.Duration
	retryAfter, reset, day string
	location               string
	err                    error
}

func drawResponse(t *rapid.T) scriptedResponse {
	waits := []string{
		"", "", "", "0", "1", "7", "59", "61", "86400", "-5", "soon", "1e300", "NaN", "Inf", "Fri, 27 Nov 2026 23:00:00 GMT", "Sat, 01 Jan 2000 00:00:20 GMT",
		"2000-01-01T00:00:30Z", "9999-12-31T23:59:59Z", "946684830", "946684830000",
	}

	drawn := scriptedResponse{
		status: rapid.SampledFrom([]int{
			200, 204, 302, 400, 401, 403, 404, 408, 409, 425, 429, 429, 429, 500, 502, 503, 503, 504, 507, 520, 524, 530, 599,
		}).Draw(t, "status"),
		latency:    time.Duration(rapid.SampledFrom([]int{0, 1, 50, 900, 5000, 29_000, 31_000, 1_000_000}).Draw(t, "latency")) * time.Millisecond,
		retryAfter: rapid.SampledFrom(waits).Draw(t, "Retry-After"),
		reset:      rapid.SampledFrom(waits).Draw(t, "x-ratelimit-reset"),
		day:        rapid.SampledFrom([]string{"", "Sat, 01 Jan 2000 00:00:00 GMT", "Sat, 01 Jan 2000 00:10:00 GMT", "yesterday"}).Draw(t, "Date"),
		location:   rapid.SampledFrom([]string{"/elsewhere", "/elsewhere", "https://evil.example/", ""}).Draw(t, "Location"),
	}

	switch rapid.IntRange(0, 9).Draw(t, "failure") {
	case 0:
		drawn.err = &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	case 1:
		drawn.err = &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}

	return drawn
}

// scriptedService returns the responses of a script in order, and repeats the last response.
type scriptedService struct {
	script []scriptedResponse

	mu    sync.Mutex
	sent  []scriptedResponse
	hosts []string
}

// RoundTrip implements [http.RoundTripper].
func (s *scriptedService) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	answer := s.script[min(len(s.sent), len(s.script)-1)]
	s.sent = append(s.sent, answer)
	s.hosts = append(s.hosts, req.URL.Host)
	s.mu.Unlock()

	if err := Sleep(req.Context(), answer.latency); err != nil {
		return nil, err
	}

	if answer.err != nil {
		return nil, answer.err
	}

	header := http.Header{"Retry-After": {answer.retryAfter}, "X-Ratelimit-Reset": {answer.reset}, "Date": {answer.day}, "Location": {answer.location}}

	return &http.Response{StatusCode: answer.status, Header: header, Body: io.NopCloser(strings.NewReader(`{"title": "x"}`)), Request: req}, nil
}

// Regardless of the service's responses, the number of attempts and the total time stay within their limits, and only permitted requests are
// repeated.
func TestAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		service := &scriptedService{script: rapid.SliceOfN(rapid.Custom(drawResponse), 1, 12).Draw(rt, "script")}
		method := rapid.SampledFrom([]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}).Draw(rt, "method")
		options := Options{
			BaseURL: "https://acme.eu-1.celonis.cloud", Credentials: Credentials{Mode: ModeUserKey, Key: NewSecret("a-user-key")},
			Network: service, MaxConcurrentRequests: 1, RequestTimeout: 30 * time.Second,
			MaxRetries:   rapid.IntRange(0, MaxMaxRetries).Draw(rt, "max retries"),
			MaxRetryWait: time.Duration(rapid.IntRange(1, 300).Draw(rt, "max retry wait")) * time.Second,
		}

		var (
			took time.Duration
			err  error
		)

		synctest.Test(t, func(t *testing.T) {
			transport, newErr := New(options)
			if newErr != nil {
				t.Fatal(newErr)
			}

			start := time.Now()
			_, err = Call(t.Context(), transport, Request{Method: method, Path: []string{"x"}, Body: []byte("{}")}, func(Reply) (bool, error) { return true, nil })
			took = time.Since(start)
		})

		isRepeatable := method != http.MethodPost && method != http.MethodPatch
		redirects := 0

		for index, sent := range service.sent[:len(service.sent)-1] {
			operation, isFailure := errors.AsType[*net.OpError](sent.err)
			isRefused := sent.latency < options.RequestTimeout &&
				(isFailure && operation.Op == "dial" || !isFailure && sent.status == http.StatusTooManyRequests)
			if sent.status == http.StatusFound && sent.err == nil {
				redirects++
			}

			if !isRepeatable && !isRefused {
				rt.Fatalf("attempt %d of a %s was sent after %+v", index+2, method, sent)
			}
		}

		if most := 1 + options.MaxRetries; len(service.sent)-redirects > most {
			rt.Fatalf("%d attempts, want at most %d", len(service.sent)-redirects, most)
		}

		if most := time.Duration(len(service.sent))*options.RequestTimeout + time.Duration(options.MaxRetries)*(options.MaxRetryWait+time.Second); took > most {
			rt.Fatalf("%d attempts took %s, want at most %s", len(service.sent), took, most)
		}

		if slices.ContainsFunc(service.hosts, func(host string) bool { return host != "acme.eu-1.celonis.cloud" }) {
			rt.Fatalf("hosts = %q, want only the team's", service.hosts)
		}

		if last := service.sent[len(service.sent)-1]; err == nil && (last.err != nil || last.status >= 300 || last.latency > options.RequestTimeout) {
			rt.Fatalf("%+v is a success", last)
		}
	})
}

// tokenService issues tokens with random lifetimes, and records when each token arrives at the API.
type tokenService struct {
	lifetimes []int
	latency   []time.Duration
	// refuse specifies, for each API call in turn, whether the call returns 401.
	refuse []bool

	mu       sync.Mutex
	minted   int
	minting  map[string]int
	expiry   map[string]time.Time
	calls    int
	problems []string
}

// RoundTrip implements [http.RoundTripper].
func (s *tokenService) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Path == TokenPath {
		return s.mint(req)
	}

	token := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")

	s.mu.Lock()

	expiry, isKnown := s.expiry[token]
	if now := time.Now(); !isKnown || !now.Before(expiry) {
		s.problems = append(s.problems, fmt.Sprintf("the token %q was sent %s after it expired", token, now.Sub(expiry)))
	}

	index := s.calls
	s.calls++
	s.mu.Unlock()

	if err := Sleep(req.Context(), s.latency[index%len(s.latency)]); err != nil {
		return nil, err
	}

	status := http.StatusOK
	if s.refuse[index%len(s.refuse)] {
		status = http.StatusUnauthorized
	}

	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: req}, nil
}

func (s *tokenService) mint(req *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(req.Body)
	form, _ := url.ParseQuery(string(body))
	scope := form.Get("scope")

	s.mu.Lock()
	index := s.minted
	s.minted++

	if s.minting[scope]++; s.minting[scope] > 1 {
		s.problems = append(s.problems, fmt.Sprintf("%d concurrent token requests for the scopes %q", s.minting[scope], scope))
	}
	s.mu.Unlock()

	err := Sleep(req.Context(), s.latency[index%len(s.latency)])

	s.mu.Lock()
	defer s.mu.Unlock()

	s.minting[scope]--

	if err != nil {
		return nil, err
	}

	token, lifetime := fmt.Sprintf("token-number-%d", index), s.lifetimes[index%len(s.lifetimes)]
	s.expiry[token] = time.Now().Add(time.Duration(lifetime) * time.Second)

	encoded, err := json.Marshal(map[string]any{"access_token": token, "expires_in": lifetime})

	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(encoded))), Request: req}, err
}

// For any lifetimes and latencies, and regardless of which calls return 401, no expired token is sent, and no two token requests for the same
// scopes run concurrently.
func TestExpiredTokensAreNeverSent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		seconds := rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.SampledFrom([]int{0, 1, 30, 500, 2000, 20_000}).Draw(t, "milliseconds")) * time.Millisecond
		})
		service := &tokenService{
			lifetimes: rapid.SliceOfN(rapid.SampledFrom([]int{1, 2, 5, 30, 59, 60, 61, 90, 119, 121, 899}), 1, 5).Draw(rt, "lifetimes"),
			latency:   rapid.SliceOfN(seconds, 1, 10).Draw(rt, "latency"),
			refuse:    append(rapid.SliceOfN(rapid.Bool(), 0, 10).Draw(rt, "401"), false, false, false),
			minting:   map[string]int{}, expiry: map[string]time.Time{},
		}
		starts := rapid.SliceOfN(rapid.IntRange(0, 400), 1, 60).Draw(rt, "starts")
		options := Options{
			BaseURL: "https://acme.eu-1.celonis.cloud", Network: service, RequestTimeout: time.Minute, MaxRetries: 2, MaxRetryWait: time.Minute,
			Credentials:           Credentials{Mode: ModeOAuthClient, ClientID: "client", ClientSecret: NewSecret("the-secret-of-the-client")},
			MaxConcurrentRequests: rapid.IntRange(1, 20).Draw(rt, "concurrent"),
			RequestsPerSecond:     rapid.SampledFrom([]int{0, 1, 5}).Draw(rt, "per second"),
		}

		synctest.Test(t, func(t *testing.T) {
			transport, err := New(options)
			if err != nil {
				t.Fatal(err)
			}

			var group sync.WaitGroup

			for index, start := range starts {
				group.Go(func() {
					time.Sleep(time.Duration(start) * time.Second)

					area := Area{Name: "a", Scopes: []string{fmt.Sprintf("scope-%d", index%2)}}
					_, _ = Call(t.Context(), transport, Request{Area: area, Method: http.MethodGet, Path: []string{"x"}}, func(Reply) (bool, error) { return true, nil })
				})
			}

			group.Wait()
		})

		// A call requests at most one token, and at most one more after a 401.
		if most := 2 * service.calls; service.minted > most {
			rt.Fatalf("%d tokens were issued for %d calls", service.minted, service.calls)
		}

		if len(service.problems) > 0 {
			rt.Fatal(service.problems[0])
		}
	})
}
