package transport_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

const aModel = clienttest.ModelsPath + "/package.model-a"

func TestTransientFaultsAreRetried(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]simulator.Fault{
		"408":               {Status: http.StatusRequestTimeout},
		"429":               {Status: http.StatusTooManyRequests},
		"500":               {Status: http.StatusInternalServerError},
		"502 with web page": {Status: http.StatusBadGateway, Body: "<html><title>Bad gateway</title></html>"},
		"503":               {Status: http.StatusServiceUnavailable},
		"504":               {Status: http.StatusGatewayTimeout},
		"507":               {Status: http.StatusInsufficientStorage},
		"520":               {Status: 520},
		"522 with web page": {Status: 522, Body: "<html><title>acme | 522: Connection timed out</title></html>"},
		"530":               {Status: 530},
		"reset":             {Reset: true},
		"lost response":     {ResetAfter: true},
		"incomplete body":   {CutBodyAt: 10},
		"no response":       {Hang: true},
	} {
		for _, path := range []string{aModel, clienttest.TokenPath} {
			t.Run(name+" of "+path, func(t *testing.T) {
				t.Parallel()
				clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
					here := fault
					here.Path, here.Times = path, 2
					env.Team.Inject(here)

					if _, err := env.Client().KnowledgeModel(t.Context(), "package.model-a"); err != nil {
						t.Fatal(err)
					}

					if got := env.Team.Count("", path); got != 3 {
						t.Errorf("%d requests, want 3", got)
					}
				})
			})
		}
	}
}

func TestPermanentFaultsAreReportedWithTheirAttempts(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		fault    simulator.Fault
		reason   transport.Reason
		attempts int
		parts    []string
	}{
		"500 with support id": {
			simulator.Fault{
				Status: http.StatusInternalServerError,
				Body: `{"title": "Fatal", "status": 500, "errorCode": "ADMIN_FATAL_ERROR", ` +
					`"detail": "Celonis Support ID: 0b6f8a54-2d1c-4e59-9a37-6c1f0e2d7b10"}`,
			},
			transport.ReasonStatus, 3,
			[]string{"status 500", "ADMIN_FATAL_ERROR", "(3 attempts)"},
		},
		"429":                 {simulator.Fault{Status: http.StatusTooManyRequests}, transport.ReasonRateLimited, 3, []string{"status 429"}},
		"no response":         {simulator.Fault{Hang: true}, transport.ReasonTimeout, 3, []string{"no complete response within 30s"}},
		"incomplete body":     {simulator.Fault{CutBodyAt: 10}, transport.ReasonConnection, 3, []string{"the connection was lost after 10 bytes of the response"}},
		"400":                 {simulator.Fault{Status: http.StatusBadRequest}, transport.ReasonStatus, 1, []string{"status 400"}},
		"403":                 {simulator.Fault{Status: http.StatusForbidden, Body: `{"errorCode": "ADMIN_ACCESS_ERROR"}`}, transport.ReasonForbidden, 1, []string{"ADMIN_ACCESS_ERROR"}},
		"403 without a body":  {simulator.Fault{Status: http.StatusForbidden}, transport.ReasonNotActivated, 1, []string{"status 403"}},
		"403 with a web page": {simulator.Fault{Status: http.StatusForbidden, Body: "<!doctype html><title>Blocked by Contoso</title>"}, transport.ReasonHTML, 1, []string{`"Blocked by Contoso"`}},
		"web page":            {simulator.Fault{HTML: true}, transport.ReasonHTML, 1, []string{"a web page titled", "status 200"}},
		"web page according to its type": {
			simulator.Fault{Status: http.StatusOK, Body: "Sign in please", Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}},
			transport.ReasonHTML, 1,
			[]string{"a web page"},
		},
		"incomplete JSON":          {simulator.Fault{Status: http.StatusOK, Body: `{"id": "package.mod`}, transport.ReasonInvalidResponse, 1, []string{"cannot be decoded"}},
		"redirect to another host": {simulator.Fault{Redirect: "https://attacker.example/x"}, transport.ReasonRedirect, 1, []string{"https://attacker.example", "not followed"}},
		"redirect to https":        {simulator.Fault{Redirect: "https://localhost/x"}, transport.ReasonRedirect, 1, []string{"https://localhost"}},
		"redirect to a port":       {simulator.Fault{Redirect: "http://localhost:8080/x"}, transport.ReasonRedirect, 1, []string{"http://localhost:8080"}},
		"endless redirect":         {simulator.Fault{Redirect: aModel}, transport.ReasonRedirect, 4, []string{"more than 3 redirects"}},
		"redirect without target":  {simulator.Fault{Status: http.StatusFound}, transport.ReasonStatus, 1, []string{"status 302"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
				test.fault.Path, test.fault.Times = aModel, -1
				env.Team.Inject(test.fault)

				_, err := env.Client(func(o *client.Options) { o.MaxRetries = 2 }).KnowledgeModel(t.Context(), "package.model-a")
				got := clienttest.WantError(t, err, test.reason, test.parts...)

				if got.Attempts != test.attempts {
					t.Errorf("%d attempts, want %d", got.Attempts, test.attempts)
				}

				if name == "500 with support id" && got.SupportID != "0b6f8a54-2d1c-4e59-9a37-6c1f0e2d7b10" {
					t.Errorf("support id = %q", got.SupportID)
				}
			})
		})
	}
}

func TestWaitsBetweenAttemptsGrowAndAreBounded(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Status: http.StatusServiceUnavailable, Times: -1})

		const (
			retries = 20
			longest = 10 * time.Second
		)

		_, err := env.Client(func(o *client.Options) {
			o.MaxRetries, o.MaxRetryWait = retries, longest
		}).KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonStatus, "status 503")

		var waits []time.Duration

		journal := env.Team.Journal()
		for index := 2; index < len(journal); index++ {
			waits = append(waits, journal[index].Time.Sub(journal[index-1].Time))
		}

		if len(waits) != retries || slices.Max(waits) > longest+10*time.Millisecond || waits[0] > 1010*time.Millisecond {
			t.Errorf("waits = %v", waits)
		}

		if slices.Max(waits) < 2*time.Second {
			t.Errorf("the waits do not grow: %v", waits)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()

	for _, reset := range []server.RateLimitReset{
		server.ResetInSeconds, server.ResetAsDateTime, server.ResetAsHTTPDate, server.ResetAsRetryAfter, server.ResetAbsent,
	} {
		t.Run(string(reset), func(t *testing.T) {
			t.Parallel()

			options := simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 300}, Server: server.Options{RateLimitReset: reset, RequestsPerSecond: 2}}
			clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
				if _, err := env.Client().KnowledgeModels(t.Context()); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

func TestErrorStatesARetryAfterAboveTheLimit(t *testing.T) {
	t.Parallel()

	for name, header := range map[string]func(time.Time) http.Header{
		"seconds": func(time.Time) http.Header { return http.Header{"X-Ratelimit-Reset": {"7200"}} },
		"epoch": func(at time.Time) http.Header {
			return http.Header{"X-Ratelimit-Reset": {strconv.FormatInt(at.Unix(), 10)}}
		},
		"date-time": func(at time.Time) http.Header {
			return http.Header{"X-Ratelimit-Reset": {at.UTC().Format(time.RFC3339)}}
		},
		"retry after": func(time.Time) http.Header { return http.Header{"Retry-After": {"7200"}} },
		"HTTP date":   func(at time.Time) http.Header { return http.Header{"Retry-After": {at.UTC().Format(http.TimeFormat)}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
				until := time.Now().Add(2 * time.Hour)
				env.Team.Inject(simulator.Fault{
					Path: clienttest.ModelsPath, Status: http.StatusTooManyRequests, Header: header(until), Body: `{"errorCode": "LIMIT_RATE_EXCEEDED"}`,
				})

				celonis := env.Client()
				_, err := celonis.KnowledgeModels(t.Context())

				if got := clienttest.WantError(t, err, transport.ReasonRateLimited, "LIMIT_RATE_EXCEEDED"); got.RetryAt.Sub(until).Abs() > time.Second {
					t.Errorf("retry at %s, want %s", got.RetryAt, until)
				}

				// Other calls in the run fail without a request and report the same time.
				_, err = celonis.KnowledgeModel(t.Context(), "package.model-a")
				if got := clienttest.WantError(t, err, transport.ReasonRateLimited, "not sent"); got.RetryAt.Sub(until).Abs() > time.Second {
					t.Errorf("retry at %s, want %s", got.RetryAt, until)
				}

				env.WantRequests(1, 1)

				time.Sleep(2*time.Hour + time.Second)

				if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// While a request waits for its second attempt, the response to another request starts a pause that is longer than the limit.
func TestErrorStatesWhetherAnEarlierAttemptMayHaveTakenEffect(t *testing.T) {
	t.Parallel()

	const applied = "an earlier attempt may have taken effect"

	remove := func(ctx context.Context, celonis *client.Client) error { return celonis.DeleteSubscription(ctx, "s-1") }
	read := func(ctx context.Context, celonis *client.Client) error {
		_, err := celonis.KnowledgeModel(ctx, "package.model-a")
		return err
	}

	for name, test := range map[string]struct {
		call        func(context.Context, *client.Client) error
		fault       simulator.Fault
		wantApplied bool
	}{
		"lost response to a change": {remove, simulator.Fault{Method: http.MethodDelete, ResetAfter: true}, true},
		"unanswered change":         {remove, simulator.Fault{Method: http.MethodDelete, Status: http.StatusBadGateway}, true},
		"read":                      {read, simulator.Fault{Path: clienttest.ModelsPath + "/*", Status: http.StatusBadGateway}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
				env.Team.Inject(test.fault)
				env.Team.Inject(simulator.Fault{
					Path: clienttest.ModelsPath, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"7200"}},
				})

				celonis := env.Client()
				interrupted := make(chan error, 1)

				go func() { interrupted <- test.call(t.Context(), celonis) }()

				time.Sleep(10 * time.Millisecond)

				_, err := celonis.KnowledgeModels(t.Context())
				clienttest.WantError(t, err, transport.ReasonRateLimited)

				failure := clienttest.WantError(t, <-interrupted, transport.ReasonRateLimited, "the provider stopped retrying this request")
				if got := strings.Contains(failure.Error(), applied); got != test.wantApplied {
					t.Errorf("error = %v, want %q: %t", failure, applied, test.wantApplied)
				}
			})
		})
	}
}

func TestInvalidRetryAfterIsBounded(t *testing.T) {
	t.Parallel()

	for _, value := range []string{"-5", "0", "NaN", "Inf", "1e300", "soon", "", "99999999999999999999", "2001-01-01T00:00:00Z"} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
				env.Team.Inject(simulator.Fault{
					Path: clienttest.ModelsPath, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {value}, "X-Ratelimit-Reset": {value}},
				})

				if took := clienttest.Elapsed(func() {
					_, err := env.Client().KnowledgeModels(t.Context())

					if got, ok := errors.AsType[*transport.Error](err); err != nil && (!ok || got.RetryAt.IsZero()) {
						t.Errorf("error = %v, want a 429 with a time", err)
					}
				}); took > time.Minute {
					t.Errorf("the call took %s", took)
				}
			})
		})
	}
}

func TestRateLimitedResponsePausesAllCallsOnce(t *testing.T) {
	t.Parallel()

	const callers = 200

	all := intelligence.GenerateKnowledgeModels(callers, 0)

	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: callers}, Server: server.Options{Latency: 10 * time.Millisecond}}, func(t *testing.T, env clienttest.Env) {
		// All requests in flight receive a 429.
		env.Team.Inject(simulator.Fault{
			Path: clienttest.ModelsPath + "/*", Times: transport.DefaultMaxConcurrentRequests, Status: http.StatusTooManyRequests,
			Header: http.Header{"X-Ratelimit-Reset": {"30"}},
		})

		celonis := env.Client()

		var group sync.WaitGroup

		took := clienttest.Elapsed(func() {
			for index := range callers {
				group.Go(func() {
					if _, err := celonis.KnowledgeModel(t.Context(), all[index].ID()); err != nil {
						t.Error(err)
					}
				})
			}

			group.Wait()
		})

		// The total time is one pause of 30 seconds plus 20 rounds of ten requests.
		if took < 30*time.Second || took > 31*time.Second {
			t.Errorf("the calls took %s, want exactly one pause", took)
		}

		env.WantRequests(1, 0)

		var during []simulator.Entry

		journal := env.Team.Journal()
		for _, entry := range journal {
			if passed := entry.Time.Sub(journal[0].Time); passed > time.Second && passed < 30*time.Second {
				during = append(during, entry)
			}
		}

		if len(during) > 0 {
			t.Errorf("%d requests during the pause", len(during))
		}

		if got := env.Team.Count(http.MethodGet, clienttest.ModelsPath+"/*"); got != callers+transport.DefaultMaxConcurrentRequests {
			t.Errorf("%d requests, want %d", got, callers+transport.DefaultMaxConcurrentRequests)
		}
	})
}

func TestRetryWaitsNeverExceedTheLimit(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}, Server: server.Options{RateLimitReset: server.ResetAbsent}}, func(t *testing.T, env clienttest.Env) {
		// Without Retry-After, the client chooses the waits itself, and must not report that the service requested them.
		env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Status: http.StatusTooManyRequests, Times: 15})

		celonis := env.Client(func(o *client.Options) { o.MaxRetries, o.MaxRetryWait = 20, 2*time.Millisecond })
		if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
