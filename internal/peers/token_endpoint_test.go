package peers

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

const (
	modelsScope  = "intelligence.knowledge-models:read"
	membersScope = "team.user-group-info:read"
	auditScope   = "audit.log:read"
)

// tokenEndpoint is the OAuth token endpoint. Each test uses a separate path on the server.
type tokenEndpoint struct {
	t *testing.T
	// base is the prefix of the endpoint's paths.
	base, url string
	// root is the address of the server.
	root string
}

// tokenRequest is a request that the token endpoint received.
type tokenRequest struct {
	Grant        string `json:"grant"`
	Scope        string `json:"scope"`
	Method       string `json:"method"`
	RefreshToken string `json:"refreshToken"`
	Status       int    `json:"status"`
}

// newTokenEndpoint returns a token endpoint, or skips the test if the server is not running. methods is "both", or "basic" for an endpoint
// that accepts client secrets only in the Authorization header.
func newTokenEndpoint(t *testing.T, methods string) tokenEndpoint {
	t.Helper()

	root := addressOf(t, "token-endpoint")
	base := root + "/" + methods + "/" + rand.Text()

	return tokenEndpoint{t: t, root: root, base: base, url: base + "/token"}
}

// exchange sends a request without using the client. If target is not nil, exchange decodes the response into target.
func (e tokenEndpoint) exchange(method, address string, body, target any) {
	e.t.Helper()

	encoded, err := json.Marshal(body)
	if err != nil {
		e.t.Fatal(err)
	}

	req, err := http.NewRequestWithContext(e.t.Context(), method, address, bytes.NewReader(encoded))
	if err != nil {
		e.t.Fatal(err)
	}

	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()

	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		e.t.Fatalf("%s %s: status %d, error = %v: %s", method, address, resp.StatusCode, err, text)
	}

	if target == nil {
		return
	}

	if err := json.Unmarshal(text, target); err != nil {
		e.t.Fatal(err)
	}
}

// journal returns the requests that the endpoint received.
func (e tokenEndpoint) journal() []tokenRequest {
	e.t.Helper()

	var received []tokenRequest

	e.exchange(http.MethodGet, e.base+"/journal", nil, &received)

	return received
}

// register registers an OAuth client for the client credentials grant and the refresh token grant, and returns its credentials. The
// change function may modify the client metadata, whose fields RFC 7591 defines.
func (e tokenEndpoint) register(change func(metadata map[string]any)) transport.Credentials {
	e.t.Helper()

	// These characters must be encoded in a header and in a form.
	id, secret := "client-"+rand.Text(), "hunter2+%/&="+rand.Text()
	metadata := map[string]any{
		"client_id": id, "client_secret": secret, "token_endpoint_auth_method": "client_secret_basic",
		"grant_types":    []string{"client_credentials", "refresh_token", "authorization_code"},
		"response_types": []string{"code"}, "redirect_uris": []string{"https://client.example/"},
		"scope": strings.Join([]string{modelsScope, membersScope, auditScope}, " "),
	}

	if change != nil {
		change(metadata)
	}

	e.exchange(http.MethodPost, e.root+"/clients", metadata, nil)

	return transport.Credentials{
		Mode: transport.ModeOAuthClient, ClientID: id, ClientSecret: transport.NewSecret(secret),
		AuthMethod: transport.AuthMethodBasic, TokenURL: e.url,
	}
}

// withRefreshToken returns the credentials with a refresh token for all of the client's scopes.
func (e tokenEndpoint) withRefreshToken(credentials transport.Credentials) transport.Credentials {
	e.t.Helper()

	var granted struct {
		RefreshToken string `json:"refresh_token"`
	}

	e.exchange(http.MethodPost, e.root+"/refresh-tokens", map[string]string{
		"client_id": credentials.ClientID, "scope": strings.Join([]string{modelsScope, membersScope, auditScope}, " "),
	}, &granted)

	credentials.Mode, credentials.RefreshToken = transport.ModeRefreshToken, transport.NewSecret(granted.RefreshToken)

	return credentials
}

// newRun returns a client that signs in with the credentials, and the client's log. Each client represents one run of the provider. If
// address is empty, the client cannot call any API.
func newRun(t *testing.T, credentials transport.Credentials, address string) (*client.Client, *lockedBuffer) {
	t.Helper()

	logger, log := newLog()

	return clienttest.NewClient(t, nil, func(options *client.Options) {
		options.Credentials, options.Logger = credentials, logger
		if address != "" {
			options.BaseURL = address
		}
	}), log
}

// attributesOf returns a provider configuration with the credentials.
func attributesOf(credentials transport.Credentials) map[string]any {
	attributes := map[string]any{
		"base_url": "http://localhost:1", "client_id": credentials.ClientID, "client_secret": credentials.ClientSecret.Reveal(),
		"token_url": credentials.TokenURL, "auth_method": string(credentials.AuthMethod),
	}
	if credentials.Mode == transport.ModeRefreshToken {
		attributes["refresh_token"] = credentials.RefreshToken.Reveal()
	}

	return attributes
}

func TestEachAuthMethodSignsIn(t *testing.T) {
	t.Parallel()

	ok, refused := http.StatusOK, http.StatusBadRequest

	for name, test := range map[string]struct {
		method transport.AuthMethod
		want   []tokenRequest
	}{
		// The server decodes the form encoding that RFC 6749, section 2.3.1 requires, so it rejects credentials with an unencoded percent sign.
		"basic": {transport.AuthMethodBasic, []tokenRequest{{Method: "basic", Status: refused}, {Method: "basic", Status: ok}}},
		"post":  {transport.AuthMethodPost, []tokenRequest{{Method: "post", Status: ok}}},
		"auto":  {transport.AuthMethodAuto, []tokenRequest{{Method: "basic", Status: refused}, {Method: "basic", Status: ok}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			endpoint := newTokenEndpoint(t, "both")
			credentials := endpoint.register(nil)
			credentials.AuthMethod = test.method
			celonis, log := newRun(t, credentials, "")

			for _, scope := range []string{modelsScope, modelsScope, auditScope} {
				token, err := celonis.Token(t.Context(), transport.TokenRequest{Scopes: []string{scope}})
				if err != nil {
					t.Fatal(err)
				}

				lifetime := time.Until(token.ExpiresAt)
				if token.AccessToken.IsEmpty() || token.Type != "Bearer" || !slices.Equal(token.Scopes, []string{scope}) ||
					lifetime < 9*time.Minute || lifetime > 10*time.Minute {
					t.Errorf("token = %+v", token)
				}

				wantText(t, log.String(), nil, token.AccessToken.Reveal())
			}

			// For the second scope, the client must start with the method that succeeded for the first.
			last := test.want[len(test.want)-1]
			want := append(slices.Clone(test.want), last)

			for index := range want {
				want[index].Grant, want[index].Scope = "client_credentials", modelsScope
			}

			want[len(want)-1].Scope = auditScope
			if got := endpoint.journal(); !slices.Equal(got, want) {
				t.Errorf("the endpoint received %+v, want %+v", got, want)
			}

			wantText(t, log.String(), nil, credentials.ClientSecret.Reveal(), url.QueryEscape(credentials.ClientSecret.Reveal()))
		})
	}
}

func TestRejectedSignInStatesTheCause(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		endpoint string
		metadata func(map[string]any)
		change   func(*transport.Credentials)
		refresh  bool
		requests int
		parts    []string
		absent   string
	}{
		"post to an endpoint that accepts only basic": {
			endpoint: "basic", requests: 1,
			change: func(credentials *transport.Credentials) { credentials.AuthMethod = transport.AuthMethodPost },
			parts:  []string{"status 401", "invalid_client", "`auth_method`"},
		},
		"client with private_key_jwt": {
			requests: 3, // The client tries client_secret_basic in two encodings, and then client_secret_post.
			change:   func(credentials *transport.Credentials) { credentials.AuthMethod = transport.AuthMethodAuto },
			metadata: func(metadata map[string]any) {
				metadata["token_endpoint_auth_method"] = "private_key_jwt"
				metadata["jwks_uri"] = "https://client.example/keys"
			},
			parts: []string{"status 401", "invalid_client", "rejected with client_secret_basic and with client_secret_post"},
		},
		"wrong secret": {
			requests: 1, change: func(credentials *transport.Credentials) {
				credentials.ClientSecret = transport.NewSecret("hunter2-wrong")
			},
			parts: []string{"status 401", "invalid_client", "regenerated"},
		},
		"unknown client": {
			requests: 2, change: func(credentials *transport.Credentials) {
				credentials.ClientID, credentials.AuthMethod, credentials.ClientSecret = "nobody", transport.AuthMethodAuto, transport.NewSecret("hunter2")
			},
			parts: []string{"status 401", "invalid_client"},
		},
		"unregistered grant": {
			requests: 2, metadata: func(metadata map[string]any) {
				metadata["grant_types"] = []string{"authorization_code", "refresh_token"}
			},
			parts:  []string{"status 400", "grant type is not allowed", `Register it for the "Client Credentials" grant`},
			absent: "regenerated",
		},
		"unregistered grant, automatic method": {
			requests: 2, metadata: func(metadata map[string]any) {
				metadata["grant_types"] = []string{"authorization_code", "refresh_token"}
			},
			change: func(credentials *transport.Credentials) { credentials.AuthMethod = transport.AuthMethodAuto },
			parts:  []string{"status 400", "grant type is not allowed", `Register it for the "Client Credentials" grant`},
			absent: "regenerated",
		},
		"unregistered grant, endpoint that accepts only basic": {
			endpoint: "basic", requests: 2, metadata: func(metadata map[string]any) {
				metadata["grant_types"] = []string{"authorization_code", "refresh_token"}
			},
			change: func(credentials *transport.Credentials) { credentials.AuthMethod = transport.AuthMethodAuto },
			parts:  []string{"status 400", "grant type is not allowed", `Register it for the "Client Credentials" grant`},
			absent: "invalid_client",
		},
		"unregistered refresh token grant": {
			requests: 2, refresh: true,
			metadata: func(metadata map[string]any) {
				metadata["grant_types"] = []string{"client_credentials", "authorization_code"}
			},
			parts: []string{"status 400", "grant type is not allowed", "not registered for refresh tokens"},
		},
		"unknown refresh token": {
			requests: 2, refresh: true,
			change: func(credentials *transport.Credentials) {
				credentials.RefreshToken = transport.NewSecret("hunter2-refresh")
			},
			parts: []string{"status 400", "invalid_grant", "The refresh token has expired, was revoked, or has already been used"},
		},
		"unregistered scope": {
			requests: 2, metadata: func(metadata map[string]any) { metadata["scope"] = auditScope },
			parts: []string{"status 400", "invalid_scope", "The OAuth client is not registered for " + modelsScope},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			methods := "both"
			if test.endpoint != "" {
				methods = test.endpoint
			}

			endpoint := newTokenEndpoint(t, methods)

			credentials := endpoint.register(test.metadata)
			if test.refresh {
				credentials = endpoint.withRefreshToken(credentials)
			}

			if test.change != nil {
				test.change(&credentials)
			}

			text := diagnosticsOf(t, attributesOf(credentials))
			wantText(t, text, append(test.parts, "What to do: "), credentials.ClientSecret.Reveal(), "hunter2")

			if test.absent != "" && strings.Contains(text, test.absent) {
				t.Errorf("the diagnostic contains %q: %s", test.absent, text)
			}

			if got := endpoint.journal(); len(got) != test.requests {
				t.Errorf("the endpoint received %+v, want %d requests", got, test.requests)
			}
		})
	}
}

func TestRotatedRefreshTokenIsUsedForTheNextRequest(t *testing.T) {
	t.Parallel()

	endpoint := newTokenEndpoint(t, "both")
	credentials := endpoint.withRefreshToken(endpoint.register(func(metadata map[string]any) { metadata["rotates"] = true }))
	celonis, log := newRun(t, credentials, "")

	// Request the tokens concurrently. Each set of scopes needs its own token.
	scopes := []string{modelsScope, membersScope, auditScope, modelsScope + " " + auditScope}
	failed := clienttest.Parallel(len(scopes), scopes, func(scope string) error {
		_, err := celonis.Token(t.Context(), transport.TokenRequest{Scopes: strings.Fields(scope)})

		return err
	})
	if len(failed) > 0 {
		t.Fatal(failed)
	}

	used := make(map[string]bool)

	for _, req := range endpoint.journal() {
		if req.Status == http.StatusOK && used[req.RefreshToken] {
			t.Errorf("the client reused the refresh token in %+v", req)
		}

		used[req.RefreshToken] = used[req.RefreshToken] || req.Status == http.StatusOK
		wantText(t, log.String(), nil, req.RefreshToken)
	}

	if len(used) != len(scopes) {
		t.Errorf("the client used %d distinct refresh tokens, want %d", len(used), len(scopes))
	}
}

func TestRefreshTokenInASecondRun(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		rotates bool
		parts   []string
	}{
		"without rotation": {false, nil},
		// The new refresh token from the first run is lost when the run ends. The provider must not store it, because the state would then
		// contain a secret.
		"with rotation": {true, []string{"invalid_grant", "each token works for only one plan or apply"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			endpoint := newTokenEndpoint(t, "both")
			credentials := endpoint.withRefreshToken(endpoint.register(func(metadata map[string]any) { metadata["rotates"] = test.rotates }))

			first, _ := newRun(t, credentials, "")
			if _, err := first.Token(t.Context(), transport.TokenRequest{Scopes: []string{modelsScope}}); err != nil {
				t.Fatal(err)
			}

			second, log := newRun(t, credentials, "")

			_, err := second.Token(t.Context(), transport.TokenRequest{Scopes: []string{modelsScope}})
			if test.parts == nil {
				if err != nil {
					t.Error(err)
				}

				return
			}

			clienttest.WantError(t, err, transport.ReasonSignIn, "invalid_grant")
			wantText(t, log.String()+err.Error(), nil, credentials.RefreshToken.Reveal())
			wantText(t, diagnosticsOf(t, attributesOf(credentials)), test.parts, credentials.RefreshToken.Reveal())
		})
	}
}

// introspectedAPI starts an API that validates every token at the token endpoint, according to RFC 7662. The API returns no Knowledge
// Models.
func (e tokenEndpoint) introspectedAPI(credentials transport.Credentials) (address string, calls, expired *atomic.Int32) {
	e.t.Helper()

	calls, expired = new(atomic.Int32), new(atomic.Int32)
	secret := url.QueryEscape(credentials.ClientSecret.Reveal())

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		calls.Add(1)

		form := url.Values{"token": {strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")}}

		question, err := http.NewRequestWithContext(req.Context(), http.MethodPost, e.url+"/introspection", strings.NewReader(form.Encode()))
		if err != nil {
			e.t.Error(err)

			return
		}

		question.SetBasicAuth(credentials.ClientID, secret)
		question.Header.Set("Content-Type", "application/x-www-form-urlencoded")

		resp, err := (&http.Client{}).Do(question)
		if err != nil {
			e.t.Error(err)

			return
		}
		defer resp.Body.Close()

		var answer struct {
			Active bool `json:"active"`
		}

		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusOK {
			e.t.Errorf("introspection: status %d, error = %v", resp.StatusCode, err)
		}

		if !answer.Active {
			expired.Add(1)
			w.WriteHeader(http.StatusUnauthorized)

			return
		}

		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"pageSize": 50, "page": 0, "total": 0, "content": []}`)
	}))
	e.t.Cleanup(server.Close)

	return server.URL, calls, expired
}

func TestTokenIsRenewedBeforeItExpires(t *testing.T) {
	t.Parallel()

	const lifetime = 2 // in seconds, the shortest lifetime that leaves time between renewal and expiry

	for name, grant := range map[string]func(tokenEndpoint) transport.Credentials{
		"client credentials": func(endpoint tokenEndpoint) transport.Credentials {
			return endpoint.register(func(metadata map[string]any) { metadata["lifetime"] = lifetime })
		},
		"refresh token with rotation": func(endpoint tokenEndpoint) transport.Credentials {
			return endpoint.withRefreshToken(endpoint.register(func(metadata map[string]any) {
				metadata["lifetime"], metadata["rotates"] = lifetime, true
			}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			endpoint := newTokenEndpoint(t, "both")
			credentials := grant(endpoint)
			address, calls, expired := endpoint.introspectedAPI(credentials)
			celonis, _ := newRun(t, credentials, address)

			// Send calls sequentially until the client has renewed its token twice.
			renewals := func() int {
				return len(slices.DeleteFunc(endpoint.journal(), func(req tokenRequest) bool { return req.Status != http.StatusOK })) - 1
			}

			for deadline := time.Now().Add(20 * time.Second); renewals() < 2; {
				// Read a different model each time, because reads of the same model would share a response.
				if _, err := celonis.Filters(t.Context(), fmt.Sprintf("package.model-%d", calls.Load())); err != nil {
					t.Fatal(err)
				}

				if time.Now().After(deadline) {
					t.Fatalf("got %d renewals after %d calls", renewals(), calls.Load())
				}
			}

			if expired.Load() != 0 || calls.Load() < 3 {
				t.Errorf("%d of %d calls used an expired token", expired.Load(), calls.Load())
			}
		})
	}
}
