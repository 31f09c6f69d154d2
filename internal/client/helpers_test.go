package client_test

import (
	"context"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

const (
	TokenPath  = "/oauth2/token"
	modelsPath = "/intelligence/api/knowledge-models"
)

// world is a simulated team and a client of it, in fake time.
type world struct {
	t         *testing.T
	team      *simulator.Simulator
	transport *http.Transport
}

// inBubble runs test with a simulated team on in-memory connections: nothing in it waits for real time. When test ends,
// no goroutine may be left.
func inBubble(t *testing.T, options simulator.Options, test func(t *testing.T, w world)) {
	t.Helper()

	synctest.Test(t, func(t *testing.T) {
		team, err := simulator.New(options)
		if err != nil {
			t.Fatal(err)
		}

		server := team.ServePipe()
		transport := &http.Transport{DialContext: server.DialContext, MaxIdleConnsPerHost: 100}

		defer func() {
			transport.CloseIdleConnections()

			if err := server.Close(); err != nil {
				t.Error(err)
			}
		}()

		test(t, world{t: t, team: team, transport: transport})
	})
}

func oauthClient() transport.Credentials {
	known := oauth.DefaultClient()

	return transport.Credentials{Mode: transport.ModeOAuthClient, ClientID: known.ID, ClientSecret: transport.NewSecret(known.Secret)}
}

// client makes a client with the default limits, except that its rate is not limited.
func (w world) client(change ...func(*client.Options)) *client.Client {
	w.t.Helper()

	options := client.Options{
		Options: transport.Options{
			BaseURL: "http://localhost", Credentials: oauthClient(), Network: w.transport,
			MaxConcurrentRequests: transport.DefaultMaxConcurrentRequests,
			RequestTimeout:        transport.DefaultRequestTimeout, MaxRetries: transport.DefaultMaxRetries, MaxRetryWait: transport.DefaultMaxRetryWait,
			UserAgent: "test",
		},
		PageSize: client.DefaultPageSize,
	}
	for _, apply := range change {
		apply(&options)
	}

	made, err := client.New(options)
	if err != nil {
		w.t.Fatal(err)
	}

	return made
}

// withMaxBody lowers the limit for a response body, since the default takes long to reach.
func withMaxBody(bytes int64) func(*client.Options) {
	return func(options *client.Options) { options.MaxBody = bytes }
}

// wantRequests checks how many requests the team has got.
func (w world) wantRequests(tokens, lists int) {
	w.t.Helper()

	if got := w.team.Count(http.MethodPost, TokenPath); got != tokens {
		w.t.Errorf("%d token requests, want %d", got, tokens)
	}

	if got := w.team.Count(http.MethodGet, modelsPath); got != lists {
		w.t.Errorf("%d list requests, want %d", got, lists)
	}
}

// wantCount checks how many requests of a method a path has got.
func (w world) wantCount(want int, method, path string) {
	w.t.Helper()

	if got := w.team.Count(method, path); got != want {
		w.t.Errorf("%d × %s %s, want %d", got, method, path, want)
	}
}

// wantAtMostLists checks that a list was given up in time.
func (w world) wantAtMostLists(most int) {
	w.t.Helper()

	if got := w.team.Count(http.MethodGet, modelsPath); got > most {
		w.t.Errorf("%d list requests, want at most %d", got, most)
	}
}

// answer makes the team answer a path with a body, for ever.
func (w world) answer(path string, status int, contentType, body string) {
	w.team.Inject(simulator.Fault{
		Path: path, Times: -1, Status: status, Body: body, Header: http.Header{"Content-Type": {contentType}},
	})
}

// failure checks the reason of an error, and that its text has all the parts and no secret.
func failure(t *testing.T, err error, reason transport.Reason, parts ...string) *transport.Error {
	t.Helper()

	var got *transport.Error
	if !errors.As(err, &got) {
		t.Fatalf("error %v (%T), want a client.Error", err, err)
	}

	if got.Reason != reason {
		t.Errorf("reason %q, want %q: %v", got.Reason, reason, err)
	}

	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error lacks %q: %v", part, err)
		}
	}

	if strings.Contains(err.Error(), oauth.DefaultClient().Secret) {
		t.Errorf("the error holds the client secret: %v", err)
	}

	return got
}

func models(names ...string) []intelligence.KnowledgeModel {
	made := make([]intelligence.KnowledgeModel, 0, len(names))
	for index, name := range names {
		made = append(made, intelligence.KnowledgeModel{
			PackageKey: "package", Key: "model-" + string(rune('a'+index)), Name: name, Published: "2026-02-03 09:15:00",
		})
	}

	return made
}

// elapsed returns how long work takes, in the bubble's time.
func elapsed(work func()) time.Duration {
	start := time.Now()

	work()

	return time.Since(start)
}

// pemOf returns the certificate of a server in PEM form.
func pemOf(server *httptest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

// contextWithTimeout is the test's context, for so long.
func contextWithTimeout(t *testing.T, limit time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()

	return context.WithTimeout(t.Context(), limit)
}

// atOnce does work for every item, so many at the same time, as Terraform does; it returns the errors by item.
func atOnce(parallel int, items []string, work func(item string) error) map[string]error {
	var (
		group  sync.WaitGroup
		lock   sync.Mutex
		failed = make(map[string]error)
		queue  = make(chan string)
	)

	for range parallel {
		group.Go(func() {
			for item := range queue {
				if err := work(item); err != nil {
					lock.Lock()
					failed[item] = err
					lock.Unlock()
				}
			}
		})
	}

	for _, item := range items {
		queue <- item
	}

	close(queue)
	group.Wait()

	return failed
}
