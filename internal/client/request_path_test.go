package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
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
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

const aModel = clienttest.ModelsPath + "/package.model-a"

func TestPassingFaultsAreRetried(t *testing.T) {
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
		"answer lost":       {ResetAfter: true},
		"cut-off body":      {CutBodyAt: 10},
		"never an answer":   {Hang: true},
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

func TestLastingFaultsAreReportedWithTheNumberOfAttempts(t *testing.T) {
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
		"never an answer":     {simulator.Fault{Hang: true}, transport.ReasonTimeout, 3, []string{"no complete answer within 30s"}},
		"cut-off body":        {simulator.Fault{CutBodyAt: 10}, transport.ReasonConnection, 3, []string{"the answer broke off after 10 bytes"}},
		"400":                 {simulator.Fault{Status: http.StatusBadRequest}, transport.ReasonStatus, 1, []string{"status 400"}},
		"403":                 {simulator.Fault{Status: http.StatusForbidden, Body: `{"errorCode": "ADMIN_ACCESS_ERROR"}`}, transport.ReasonForbidden, 1, []string{"ADMIN_ACCESS_ERROR"}},
		"403 without a body":  {simulator.Fault{Status: http.StatusForbidden}, transport.ReasonNotActivated, 1, []string{"status 403"}},
		"403 with a web page": {simulator.Fault{Status: http.StatusForbidden, Body: "<!doctype html><title>Blocked by Contoso</title>"}, transport.ReasonHTML, 1, []string{`"Blocked by Contoso"`}},
		"web page":            {simulator.Fault{HTML: true}, transport.ReasonHTML, 1, []string{"a web page titled", "status 200"}},
		"web page by its type": {
			simulator.Fault{Status: http.StatusOK, Body: "Sign in please", Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}},
			transport.ReasonHTML, 1,
			[]string{"a web page"},
		},
		"half of its JSON":    {simulator.Fault{Status: http.StatusOK, Body: `{"id": "package.mod`}, transport.ReasonInvalidResponse, 1, []string{"no valid JSON"}},
		"redirect elsewhere":  {simulator.Fault{Redirect: "https://attacker.example/x"}, transport.ReasonRedirect, 1, []string{"https://attacker.example", "not followed"}},
		"redirect to https":   {simulator.Fault{Redirect: "https://localhost/x"}, transport.ReasonRedirect, 1, []string{"https://localhost"}},
		"redirect to a port":  {simulator.Fault{Redirect: "http://localhost:8080/x"}, transport.ReasonRedirect, 1, []string{"http://localhost:8080"}},
		"redirect for ever":   {simulator.Fault{Redirect: aModel}, transport.ReasonRedirect, 4, []string{"more than 3 redirects"}},
		"redirect to nowhere": {simulator.Fault{Status: http.StatusFound}, transport.ReasonStatus, 1, []string{"status 302"}},
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
					t.Errorf("support id %q", got.SupportID)
				}
			})
		})
	}
}

// TestStatusCountsIfTheErrorBodyCannotBeRead: the status decides what follows, whatever is wrong with the body.
func TestStatusCountsIfTheErrorBodyCannotBeRead(t *testing.T) {
	t.Parallel()

	gzipped := http.Header{"Content-Type": {jsonType}, "Content-Encoding": {"gzip"}}

	for name, fault := range map[string]simulator.Fault{
		"not gzip":       {Body: `{"title": "Bad", "errorCode": "KM_MODEL_NOTFOUND"}`, Header: gzipped},
		"truncated gzip": {Body: "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", Header: gzipped},
		"cut off":        {Body: `{"title": "Bad", "errorCode": "KM_MODEL_NOTFOUND"}`, CutBodyAt: 10},
	} {
		for status, want := range map[int]struct {
			reason   transport.Reason
			attempts int
		}{
			http.StatusBadRequest:         {transport.ReasonStatus, 3},
			http.StatusUnauthorized:       {transport.ReasonUnauthorized, 4}, // Three of them with a new token.
			http.StatusForbidden:          {transport.ReasonForbidden, 3},
			http.StatusNotFound:           {transport.ReasonStatus, 3}, // Not that the object is gone.
			http.StatusTooManyRequests:    {transport.ReasonRateLimited, 3},
			http.StatusServiceUnavailable: {transport.ReasonStatus, 3},
		} {
			t.Run(name+" "+strconv.Itoa(status), func(t *testing.T) {
				t.Parallel()
				clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
					broken := fault
					broken.Path, broken.Status, broken.Times = aModel, status, -1
					env.Team.Inject(broken)

					_, err := env.Client(func(o *client.Options) { o.MaxRetries = 2 }).KnowledgeModel(t.Context(), "package.model-a")
					got := clienttest.WantError(t, err, want.reason, fmt.Sprintf("status %d: the response body broke off after", status))

					if got.Attempts != want.attempts {
						t.Errorf("%d attempts, want %d", got.Attempts, want.attempts)
					}
				})
			})
		}
	}
}

func TestErrorBodyThatNeverEndsLosesNoStatus(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		cancelAfter time.Duration
		reason      transport.Reason
		part        string
	}{
		{time.Hour, transport.ReasonForbidden, "status 403: the response body broke off after 0 bytes: no complete answer within 30s"},
		{time.Second, transport.ReasonCanceled, transport.DetailCanceled},
	} {
		clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
			ctx, cancel := context.WithTimeout(t.Context(), test.cancelAfter)
			defer cancel()

			celonis := env.Client(func(o *client.Options) {
				o.Network = hangingNetwork{}
				o.Credentials = transport.Credentials{Mode: transport.ModeUserKey, Key: transport.NewSecret("some-user-key")}
			})

			_, err := celonis.KnowledgeModel(ctx, "package.model-a")
			clienttest.WantError(t, err, test.reason, test.part)
		})
	}
}

// hangingNetwork responds with a 403 whose body never arrives.
type hangingNetwork struct{}

// RoundTrip implements [http.RoundTripper].
func (hangingNetwork) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusForbidden, Body: io.NopCloser(hangingBody{req.Context()})}, nil
}

type hangingBody struct{ ctx context.Context }

// Read implements [io.Reader].
func (b hangingBody) Read([]byte) (int, error) {
	<-b.ctx.Done()

	return 0, b.ctx.Err()
}

func TestTokenEndpointThatIsNoneIsReported(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		fault  simulator.Fault
		reason transport.Reason
		part   string
	}{
		"web page":             {simulator.Fault{HTML: true}, transport.ReasonHTML, "a web page"},
		"no token in it":       {simulator.Fault{Status: http.StatusOK, Body: `{"token_type": "Bearer"}`}, transport.ReasonInvalidResponse, "no `access_token`"},
		"no JSON":              {simulator.Fault{Status: http.StatusOK, Body: `{"access_token": "very-secret-token`}, transport.ReasonInvalidResponse, "it is not valid JSON"},
		"404":                  {simulator.Fault{Status: http.StatusNotFound}, transport.ReasonStatus, "status 404"},
		"redirect elsewhere":   {simulator.Fault{Redirect: "https://attacker.example/", RedirectStatus: http.StatusTemporaryRedirect}, transport.ReasonRedirect, "attacker.example"},
		"redirect in its team": {simulator.Fault{Redirect: "/login", RedirectStatus: http.StatusFound}, transport.ReasonRedirect, "a POST with a redirect"},
		"error with status 200": {
			simulator.Fault{Status: http.StatusOK, Body: `{"error": "invalid_client", "error_description": "who?"}`, Header: http.Header{"Content-Type": {"application/json"}}},
			transport.ReasonSignIn, "invalid_client",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
				test.fault.Path, test.fault.Times = clienttest.TokenPath, -1
				env.Team.Inject(test.fault)

				_, err := env.Client().KnowledgeModel(t.Context(), "package.model-a")
				clienttest.WantError(t, err, test.reason, test.part, "POST http://localhost/oauth2/token")

				if strings.Contains(err.Error(), "very-secret") {
					t.Errorf("the error quotes a token: %v", err)
				}
			})
		})
	}
}

func TestServiceThatAsksForATimeIsWaitedFor(t *testing.T) {
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

func TestLongWaitIsAnErrorThatSaysUntilWhen(t *testing.T) {
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

				// The others of the run learn it without a request.
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

func TestHostileWaitsDoNoHarm(t *testing.T) {
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

					var got *transport.Error
					if err != nil && (!errors.As(err, &got) || got.RetryAt.IsZero()) {
						t.Errorf("error %v", err)
					}
				}); took > time.Minute {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

func TestOneRefusalPausesAStormOfCallsOnce(t *testing.T) {
	t.Parallel()

	const callers = 200

	all := intelligence.GenerateKnowledgeModels(callers, 0)

	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: callers}, Server: server.Options{Latency: 10 * time.Millisecond}}, func(t *testing.T, env clienttest.Env) {
		// All that are under way meet the limit.
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

		// One pause of 30 seconds, and 20 rounds of ten requests.
		if took < 30*time.Second || took > 31*time.Second {
			t.Errorf("it took %s: not one pause", took)
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

func TestWhoWaitedForAPlaceWaitsForThePauseToo(t *testing.T) {
	t.Parallel()

	all := intelligence.GenerateKnowledgeModels(5, 0)

	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 5}, Server: server.Options{Latency: time.Second}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{
			Path: clienttest.ModelsPath + "/*", Delay: time.Second, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"30"}},
		})

		celonis := env.Client(func(o *client.Options) { o.MaxConcurrentRequests = 1 })

		var group sync.WaitGroup
		for _, model := range all {
			group.Go(func() {
				if _, err := celonis.KnowledgeModel(t.Context(), model.ID()); err != nil {
					t.Error(err)
				}
			})
		}

		time.Sleep(20 * time.Second)

		if got := env.Team.Count(http.MethodGet, clienttest.ModelsPath+"/*"); got != 1 {
			t.Errorf("%d requests before the pause was over", got)
		}

		group.Wait()
	})
}

func TestRequestsStayWithinTheRateLimit(t *testing.T) {
	t.Parallel()

	options := simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 2000}, Server: server.Options{RequestsPerSecond: transport.DefaultRequestsPerSecond}}
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client(func(o *client.Options) { o.RequestsPerSecond = transport.DefaultRequestsPerSecond })

		if took := clienttest.Elapsed(func() {
			if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
				t.Fatal(err)
			}
		}); took.Round(time.Millisecond) != time.Second {
			t.Errorf("a token and 40 pages took %s at 20 requests a second", took)
		}

		env.WantRequests(1, 40) // No 429 was received.
	})
}

func TestNeverMoreRequestsUnderWayThanAllowed(t *testing.T) {
	t.Parallel()

	for _, most := range []int{1, 3, 50} {
		t.Run(strconv.Itoa(most), func(t *testing.T) {
			t.Parallel()

			options := simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 5000}, Server: server.Options{Latency: time.Second, MaxConcurrent: most}}
			clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
				celonis := env.Client(func(o *client.Options) { o.MaxConcurrentRequests = most })
				if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
					t.Fatal(err)
				}

				env.WantRequests(1, 100)

				if got := env.Team.MaxInFlight(); got != most {
					t.Errorf("%d requests at once, want %d", got, most)
				}
			})
		})
	}
}

func TestLimitsOfTheServiceAreLivedWith(t *testing.T) {
	t.Parallel()

	// A client that does not limit itself, against a service that does.
	options := simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 1000}, Server: server.Options{RequestsPerSecond: 5, Latency: 10 * time.Millisecond}}
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		got, err := env.Client().KnowledgeModels(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		checkModels(t, got, intelligence.GenerateKnowledgeModels(1000, 0))
	})
}

func TestEveryShapeOfErrorBodyIsRead(t *testing.T) {
	t.Parallel()

	for _, shape := range server.ErrorShape("").Words() {
		t.Run(string(shape), func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Server: server.Options{Errors: shape, PageSizeAboveMax: server.RefusePageSize}}, func(t *testing.T, env clienttest.Env) {
				_, err := env.Client(func(o *client.Options) { o.PageSize = 60 }).KnowledgeModels(t.Context())
				got := clienttest.WantError(t, err, transport.ReasonStatus, "status 400")

				if said := got.Code + got.Title + got.Detail; (said == "") != (shape == server.ErrorEmpty) {
					t.Errorf("the service said %q", said)
				}
			})
		})
	}
}

func TestSecretsInForeignTextsAreMasked(t *testing.T) {
	t.Parallel()

	secret := oauth.DefaultClient().Secret
	for name, body := range map[string]string{
		"problem": `{"title": "x", "detail": "client_secret=` + secret + ` was sent with Authorization: Bearer eyJhbGciOiJFUzM4NCJ9.e30.c2ln"}`,
		"text":    "you sent " + secret + " and Authorization: Bearer eyJhbGciOiJFUzM4NCJ9.e30.c2ln",
		"page":    "<html><title>" + secret + " and AppKey MzgyZDEzYjItNjI1MS00NTIw</title></html>",
	} {
		for _, path := range []string{clienttest.TokenPath, clienttest.ModelsPath} {
			t.Run(name+" of "+path, func(t *testing.T) {
				t.Parallel()
				clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
					env.Team.Inject(simulator.Fault{Path: path, Times: -1, Status: http.StatusBadRequest, Body: body})

					_, err := env.Client().KnowledgeModels(t.Context())
					text := fmt.Sprintf("%v %+v %#v", err, err, err)

					for _, leak := range []string{secret, "eyJhbGci", "MzgyZDEz"} {
						if strings.Contains(text, leak) {
							t.Errorf("the error holds %s: %s", leak, text)
						}
					}

					if !strings.Contains(err.Error(), "***") {
						t.Errorf("nothing was masked in %v", err)
					}
				})
			})
		}
	}
}

func TestLogTellsEveryAttemptAndNoSecret(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Status: http.StatusBadGateway})
		env.Team.Inject(simulator.Fault{Path: clienttest.TokenPath, Reset: true})

		var log bytes.Buffer

		celonis := env.Client(func(o *client.Options) {
			o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
			t.Fatal(err)
		}

		for _, part := range []string{
			"url=http://localhost/oauth2/token", "status=200", "status=502", "attempt=2", "x-ratelimit-remaining", "no usable answer",
		} {
			if !strings.Contains(log.String(), part) {
				t.Errorf("the log lacks %q:\n%s", part, log.String())
			}
		}

		for _, leak := range []string{oauth.DefaultClient().Secret, "eyJ", "Bearer", "Basic", "content"} {
			if strings.Contains(log.String(), leak) {
				t.Errorf("the log holds %q:\n%s", leak, log.String())
			}
		}
	})
}

func TestSecretPrintsAsAMaskInEveryVerb(t *testing.T) {
	t.Parallel()

	secret := transport.NewSecret("hunter2-hunter2")
	holder := struct {
		hidden transport.Secret
		Shown  transport.Secret
		deep   []transport.Credentials
	}{secret, secret, []transport.Credentials{{Key: secret}}}

	encoded, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}

	var log bytes.Buffer

	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", secret, "holder", holder)

	texts := []string{string(encoded), log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%t"} {
		texts = append(texts, fmt.Sprintf(verb, secret), fmt.Sprintf(verb, &secret), fmt.Sprintf(verb, holder))
	}

	for _, text := range texts {
		if strings.Contains(text, "hunter2") || strings.Contains(text, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("the secret shows in %s", text)
		}
	}

	if secret.Reveal() != "hunter2-hunter2" {
		t.Error("the secret is lost")
	}
}

func TestAnswerAboveTheLimitIsRefused(t *testing.T) {
	t.Parallel()

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		chunk := bytes.Repeat([]byte(" "), 1<<20)
		for range 3 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)

	_, err := staticClient(t, server.URL, clienttest.WithMaxBody(2<<20)).KnowledgeModels(t.Context())
	clienttest.WantError(t, err, transport.ReasonTooLarge, "larger than 2 MiB")
}

func TestUntrustedCertificateIsReportedAtOnceAndCanBeTrusted(t *testing.T) {
	t.Parallel()

	team, err := simulator.New(simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}})
	if err != nil {
		t.Fatal(err)
	}

	server := httptest.NewUnstartedServer(team)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)

	_, err = staticClient(t, server.URL, nil).KnowledgeModels(t.Context())
	if got := clienttest.WantError(t, err, transport.ReasonTLS, "certificate"); got.Attempts != 1 {
		t.Errorf("%d attempts", got.Attempts)
	}

	trusting := staticClient(t, server.URL, func(o *client.Options) { o.CACertificate = pemOf(server) })
	if _, err := trusting.KnowledgeModels(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCACertificateMustBeOne(t *testing.T) {
	t.Parallel()

	_, err := client.New(client.Options{
		Options: transport.Options{
			BaseURL: "https://acme.eu-1.celonis.cloud", Credentials: clienttest.Credentials(), MaxConcurrentRequests: 1,
			RequestTimeout: time.Second, MaxRetryWait: time.Second, CACertificate: "proxy-ca.pem",
		},
		PageSize: 1,
	})
	if err == nil || !strings.Contains(err.Error(), "PEM") {
		t.Errorf("error %v", err)
	}
}

// pemOf returns the certificate of a server in PEM form.
func pemOf(server *httptest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

// refusingNetwork fails as a machine does that nobody listens on.
type refusingNetwork struct {
	err   error
	calls int
}

func (r *refusingNetwork) RoundTrip(*http.Request) (*http.Response, error) {
	r.calls++

	return nil, r.err
}

func TestConnectionFailures(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		err   error
		calls int
		text  string
	}{
		"refused": {&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}, 3, "connection refused"},
		"name server has a hiccup": {
			&net.DNSError{Err: "server misbehaving", Name: "acme.eu-1.celonis.cloud", IsTemporary: true, Server: "10.0.0.53:53"}, 3,
			"the host name acme.eu-1.celonis.cloud could not be looked up: server misbehaving (name server 10.0.0.53:53)",
		},
		"name does not exist": {
			&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "acme.eu-1.celonis.cloud", IsNotFound: true}}, 3,
			"/oauth2/token: the host name acme.eu-1.celonis.cloud does not resolve: no such host (3 attempts)",
		},
		"connection lost": {io.ErrUnexpectedEOF, 6, "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
				network := &refusingNetwork{err: test.err}
				_, err := env.Client(func(o *client.Options) { o.Network = network }).KnowledgeModels(t.Context())
				clienttest.WantError(t, err, transport.ReasonConnection, test.text)

				if network.calls != test.calls {
					t.Errorf("%d calls, want %d", network.calls, test.calls)
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
			t.Errorf("waits %v", waits)
		}

		if slices.Max(waits) < 2*time.Second {
			t.Errorf("the waits do not grow: %v", waits)
		}
	})
}

func TestUserAgentIsSentWithEveryRequest(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}}, func(t *testing.T, env clienttest.Env) {
		if _, err := env.Client().KnowledgeModels(context.Background()); err != nil {
			t.Fatal(err)
		}

		for _, entry := range env.Team.Journal() {
			if got := entry.Header.Get("User-Agent"); got != "test" {
				t.Errorf("%s %s came from %q", entry.Method, entry.Path, got)
			}
		}
	})
}

func staticClient(t *testing.T, url string, change func(*client.Options)) *client.Client {
	t.Helper()

	options := client.Options{
		Options: transport.Options{
			BaseURL:               url,
			Credentials:           transport.Credentials{Mode: transport.ModeApplicationKey, Key: transport.NewSecret(oauth.DefaultApplicationKey().Value)},
			MaxConcurrentRequests: 1, RequestTimeout: time.Minute, MaxRetries: 3, MaxRetryWait: time.Millisecond,
		},
		PageSize: client.DefaultPageSize,
	}
	if change != nil {
		change(&options)
	}

	made, err := client.New(options)
	if err != nil {
		t.Fatal(err)
	}

	return made
}
