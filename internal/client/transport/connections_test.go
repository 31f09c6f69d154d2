package transport_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

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

func TestResponseAboveTheSizeLimitIsRejected(t *testing.T) {
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

func TestUntrustedCertificateIsRejectedUntilItIsConfigured(t *testing.T) {
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

func TestCACertificateMustBePEM(t *testing.T) {
	t.Parallel()

	_, err := client.New(client.Options{
		Options: transport.Options{
			BaseURL: "https://acme.eu-1.celonis.cloud", Credentials: clienttest.Credentials(), MaxConcurrentRequests: 1,
			RequestTimeout: time.Second, MaxRetryWait: time.Second, CACertificate: "proxy-ca.pem",
		},
		PageSize: 1,
	})
	if err == nil || !strings.Contains(err.Error(), "PEM") {
		t.Errorf("error = %v, want an error about PEM", err)
	}
}

func pemOf(server *httptest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

// refusingNetwork fails as if no program were listening on the port.
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
		"temporary name server failure": {
			&net.DNSError{Err: "server misbehaving", Name: "acme.eu-1.celonis.cloud", IsTemporary: true, Server: "10.0.0.53:53"}, 3,
			"the host name acme.eu-1.celonis.cloud could not be looked up: server misbehaving (name server 10.0.0.53:53)",
		},
		"unknown host name": {
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

func TestUserAgentIsSentWithEveryRequest(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}}, func(t *testing.T, env clienttest.Env) {
		if _, err := env.Client().KnowledgeModels(context.Background()); err != nil {
			t.Fatal(err)
		}

		for _, entry := range env.Team.Journal() {
			if got := entry.Header.Get("User-Agent"); got != "test" {
				t.Errorf("User-Agent of %s %s = %q, want test", entry.Method, entry.Path, got)
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
