package transport_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
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

const modelsScope = "intelligence.knowledge-models:read"

func registered(methods ...string) oauth.Client {
	oauthClient := oauth.DefaultClient()
	oauthClient.AuthMethods = methods

	return oauthClient
}

func with(credentials transport.Credentials) func(*client.Options) {
	return func(options *client.Options) { options.Credentials = credentials }
}

func TestEachModeSignsIn(t *testing.T) {
	t.Parallel()

	public := oauth.Client{ID: "public-client", Scopes: []string{modelsScope}, RefreshTokens: []string{"refresh-token-of-public"}}
	private := oauth.DefaultClient()
	private.RefreshTokens = []string{"refresh-token-of-private"}
	secret := transport.NewSecret(" " + private.Secret + "\n")

	for name, test := range map[string]struct {
		credentials transport.Credentials
		scheme      string
		tokens      int
	}{
		"OAuth client, automatic": {clienttest.Credentials(), "Bearer", 1},
		"OAuth client, basic": {transport.Credentials{
			Mode: transport.ModeOAuthClient, ClientID: private.ID, ClientSecret: secret, AuthMethod: transport.AuthMethodBasic,
		}, "Bearer", 1},
		"OAuth client, post": {transport.Credentials{
			Mode: transport.ModeOAuthClient, ClientID: private.ID, ClientSecret: secret, AuthMethod: transport.AuthMethodPost,
		}, "Bearer", 1},
		"refresh token with secret": {transport.Credentials{
			Mode: transport.ModeRefreshToken, ClientID: private.ID, ClientSecret: secret,
			RefreshToken: transport.NewSecret("refresh-token-of-private\n"),
		}, "Bearer", 1},
		"refresh token of a public client": {transport.Credentials{
			Mode: transport.ModeRefreshToken, ClientID: public.ID, RefreshToken: transport.NewSecret("refresh-token-of-public"),
		}, "Bearer", 1},
		"application key": {transport.Credentials{
			Mode: transport.ModeApplicationKey, Key: transport.NewSecret(oauth.DefaultApplicationKey().Value + "\r\n"),
		}, "AppKey", 0},
		"user API key": {transport.Credentials{
			Mode: transport.ModeUserKey, Key: transport.NewSecret(oauth.DefaultUserKey().Value),
		}, "Bearer", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}, OAuth: oauth.Options{Clients: []oauth.Client{public, private}}}, func(t *testing.T, env clienttest.Env) {
				if _, err := env.Client(with(test.credentials)).KnowledgeModels(t.Context()); err != nil {
					t.Fatal(err)
				}

				env.WantRequests(test.tokens, 1)

				journal := env.Team.Journal()
				if got := journal[len(journal)-1].AuthScheme; got != test.scheme {
					t.Errorf("scheme = %q, want %q", got, test.scheme)
				}
			})
		})
	}
}

func TestAccessTokenIsSentUnchanged(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}}, func(t *testing.T, env clienttest.Env) {
		token, err := env.Client().Token(t.Context(), transport.TokenRequest{Scopes: []string{modelsScope}})
		if err != nil {
			t.Fatal(err)
		}

		bearer := env.Client(with(transport.Credentials{Mode: transport.ModeAccessToken, Key: token.AccessToken}))
		if _, err := bearer.KnowledgeModels(t.Context()); err != nil {
			t.Fatal(err)
		}

		env.Team.ExpireTokens()
		time.Sleep(time.Minute)

		_, err = bearer.KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonUnauthorized, "status 401")
		env.WantRequests(1, 2) // An access token cannot be renewed, so the request is not sent again.
	})
}

func TestAutomaticMethodTriesPostAndRemembersIt(t *testing.T) {
	t.Parallel()

	for _, shape := range oauth.TokenErrorShape("").Words() {
		t.Run(string(shape), func(t *testing.T) {
			t.Parallel()

			options := simulator.Options{
				Intelligence: intelligence.Options{KnowledgeModels: 3}, OAuth: oauth.Options{TokenErrors: shape, Clients: []oauth.Client{registered("client_secret_post")}},
			}
			clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
				celonis := env.Client()
				if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
					t.Fatal(err)
				}

				env.WantRequests(2, 1)

				if _, err := celonis.Token(t.Context(), transport.TokenRequest{Scopes: []string{"audit.log:read"}}); err != nil {
					t.Fatal(err)
				}

				env.WantRequests(3, 1)
			})
		})
	}
}

func TestBothFormsOfBasicCredentialsSignIn(t *testing.T) {
	t.Parallel()

	oauthClient := registered("client_secret_basic")
	oauthClient.Secret = "s/e+c%72=ret&of-no-team"

	for _, raw := range []bool{false, true} {
		for _, method := range []transport.AuthMethod{transport.AuthMethodAuto, transport.AuthMethodBasic} {
			t.Run(fmt.Sprintf("unencoded %t, %s", raw, method), func(t *testing.T) {
				t.Parallel()

				options := simulator.Options{
					Intelligence: intelligence.Options{KnowledgeModels: 3}, OAuth: oauth.Options{Clients: []oauth.Client{oauthClient}, RawBasicCredentials: raw},
				}
				clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
					credentials := transport.Credentials{
						Mode: transport.ModeOAuthClient, ClientID: oauthClient.ID, ClientSecret: transport.NewSecret(oauthClient.Secret), AuthMethod: method,
					}

					if _, err := env.Client(with(credentials)).KnowledgeModels(t.Context()); err != nil {
						t.Fatal(err)
					}

					// The client first tries the form of Basic credentials that the vendor documents.
					if raw {
						env.WantRequests(1, 1)
					} else {
						env.WantRequests(2, 1)
					}
				})
			})
		}
	}
}

func TestWrongMethodIsReported(t *testing.T) {
	t.Parallel()

	options := simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{registered("client_secret_post")}}}
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		credentials := clienttest.Credentials()
		credentials.AuthMethod = transport.AuthMethodBasic

		_, err := env.Client(with(credentials)).KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonSignIn, "POST http://localhost/oauth2/token", "status 401", "invalid_client")
		env.WantRequests(1, 0)
	})
}

func TestWrongSecretIsSentOncePerMethod(t *testing.T) {
	t.Parallel()

	for _, shape := range oauth.TokenErrorShape("").Words() {
		t.Run(string(shape), func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{OAuth: oauth.Options{TokenErrors: shape}}, func(t *testing.T, env clienttest.Env) {
				credentials := clienttest.Credentials()
				credentials.ClientSecret = transport.NewSecret("wrong-secret-of-the-user")
				celonis := env.Client(with(credentials))

				var group sync.WaitGroup
				for range 20 {
					group.Go(func() {
						_, err := celonis.KnowledgeModels(t.Context())
						clienttest.WantError(t, err, transport.ReasonSignIn, "rejected with client_secret_basic and with client_secret_post")

						if strings.Contains(err.Error(), "wrong-secret") {
							t.Errorf("the error contains the secret: %v", err)
						}
					})
				}

				group.Wait()

				_, err := celonis.KnowledgeModel(t.Context(), "a.b")
				clienttest.WantError(t, err, transport.ReasonSignIn)
				env.WantRequests(2, 0) // The whole run sends one request with client_secret_basic and one with client_secret_post.
			})
		})
	}
}

// If the token endpoint rejects the grant, it has already authenticated the client, so another authentication method cannot help.
func TestUnregisteredGrantEndsTheSearchForAMethod(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		status   int
		body     string
		requests int
	}{
		"unauthorized_client": {http.StatusBadRequest, `{"error": "unauthorized_client"}`, 1},
		// Some servers return unauthorized_client with a 401 for a wrong secret.
		"unauthorized_client with 401": {http.StatusUnauthorized, `{"error": "unauthorized_client"}`, 2},
		"invalid_request about the grant type": {
			http.StatusBadRequest, `{"error": "invalid_request", "error_description": "requested grant type is not allowed for this client"}`, 1,
		},
		"other invalid_request": {http.StatusBadRequest, `{"error": "invalid_request", "error_description": "the header is malformed"}`, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
				env.Respond(clienttest.TokenPath, test.status, "application/json", test.body)

				_, err := env.Client().KnowledgeModels(t.Context())
				clienttest.WantError(t, err, transport.ReasonSignIn, fmt.Sprintf("status %d", test.status))
				env.WantRequests(test.requests, 0)
			})
		})
	}
}

func TestMissingScopeIsReportedWithTheRequestedScopes(t *testing.T) {
	t.Parallel()

	oauthClient := oauth.DefaultClient()
	oauthClient.Scopes = []string{"audit.log:read"}

	clienttest.InBubble(t, simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{oauthClient}}}, func(t *testing.T, env clienttest.Env) {
		_, err := env.Client().KnowledgeModels(t.Context())
		got := clienttest.WantError(t, err, transport.ReasonSignIn, "invalid_scope")

		if !slices.Equal(got.Scopes, []string{modelsScope}) {
			t.Errorf("scopes = %v", got.Scopes)
		}

		env.WantRequests(1, 0) // The authentication method was accepted, so no other method is tried.
	})
}

func TestGrantedScopesAreReportedWithA403(t *testing.T) {
	t.Parallel()

	oauthClient := oauth.DefaultClient()
	oauthClient.Scopes = []string{"audit.log:read"}

	options := simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{oauthClient}, NarrowScopes: true}}
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		_, err := env.Client(func(o *client.Options) {
			o.Scopes = []string{modelsScope, "audit.log:read"}
		}).KnowledgeModels(t.Context())

		got := clienttest.WantError(t, err, transport.ReasonForbidden, "status 403")
		if !slices.Equal(got.Scopes, []string{"audit.log:read"}) {
			t.Errorf("scopes = %v, want the granted scopes", got.Scopes)
		}
	})
}

func TestConfiguredScopesReplaceTheAreaScopes(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}}, func(t *testing.T, env clienttest.Env) {
		_, err := env.Client(func(o *client.Options) { o.Scopes = []string{modelsScope, "audit.log:read"} }).KnowledgeModels(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		if got := env.Team.Journal()[0].Form.Get("scope"); got != "audit.log:read "+modelsScope {
			t.Errorf("requested scopes = %q", got)
		}
	})
}

func TestTokenIsRenewedAMinuteBeforeItExpires(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		for index, step := range []struct {
			wait time.Duration
			want int
		}{{0, 1}, {838 * time.Second, 1}, {2 * time.Second, 2}} {
			time.Sleep(step.wait)

			if _, err := celonis.KnowledgeModel(t.Context(), intelligence.GenerateKnowledgeModels(3, 0)[index].ID()); err != nil {
				t.Fatal(err)
			}

			if got := env.Team.Count(http.MethodPost, clienttest.TokenPath); got != step.want {
				t.Errorf("%d tokens after a further %s, want %d", got, step.wait, step.want)
			}
		}
	})
}

func TestTokenWithoutALifetimeHasTheDocumentedOne(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{OAuth: oauth.Options{OmitExpiresIn: true}}, func(t *testing.T, env clienttest.Env) {
		token, err := env.Client().Token(t.Context(), transport.TokenRequest{Scopes: []string{modelsScope}})
		if err != nil {
			t.Fatal(err)
		}

		if got := time.Until(token.ExpiresAt); got != 899*time.Second {
			t.Errorf("lifetime = %s, want 899s", got)
		}
	})
}

func TestTokenIsSharedUntilItIsAboutToExpire(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()
		request := transport.TokenRequest{Scopes: []string{modelsScope}, MinRemaining: 5 * time.Minute}

		var last transport.Token

		for _, step := range []struct {
			wait time.Duration
			want int
		}{{0, 1}, {0, 1}, {9 * time.Minute, 1}, {time.Minute, 2}} {
			time.Sleep(step.wait)

			token, err := celonis.Token(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}

			if got := env.Team.Count(http.MethodPost, clienttest.TokenPath); got != step.want {
				t.Errorf("%d tokens after a further %s, want %d", got, step.wait, step.want)
			}

			last = token
		}

		if last.Type != "Bearer" || !slices.Equal(last.Scopes, []string{modelsScope}) || time.Until(last.ExpiresAt) != 899*time.Second {
			t.Errorf("error = %+v", last)
		}
	})
}

func TestTokensAreNotSharedBetweenClients(t *testing.T) {
	t.Parallel()

	otherClient := oauth.Client{
		ID: "other", Secret: "other-secret-value", AuthMethods: []string{"client_secret_basic"}, Scopes: []string{modelsScope},
	}
	options := simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{oauth.DefaultClient(), otherClient}}}

	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		own, err := celonis.Token(t.Context(), transport.TokenRequest{Scopes: []string{modelsScope}})
		if err != nil {
			t.Fatal(err)
		}

		credentials := transport.Credentials{Mode: transport.ModeOAuthClient, ClientID: "other", ClientSecret: transport.NewSecret("other-secret-value")}

		theirs, err := celonis.Token(t.Context(), transport.TokenRequest{Scopes: []string{modelsScope}, Credentials: credentials})
		if err != nil {
			t.Fatal(err)
		}

		credentials.ClientSecret = transport.NewSecret("wrong")
		if _, err := celonis.Token(t.Context(), transport.TokenRequest{Scopes: []string{modelsScope}, Credentials: credentials}); err == nil {
			t.Error("a client with a wrong secret received the token of the client with the right secret")
		}

		if own.AccessToken.Reveal() == theirs.AccessToken.Reveal() {
			t.Error("two clients share a token")
		}
	})
}

func TestRotatedRefreshTokensAreUsedInSequence(t *testing.T) {
	t.Parallel()

	oauthClient := oauth.DefaultClient()
	oauthClient.RefreshTokens = []string{"first-refresh-token"}

	options := simulator.Options{
		Intelligence: intelligence.Options{KnowledgeModels: 3}, OAuth: oauth.Options{Clients: []oauth.Client{oauthClient}, RotateRefreshTokens: true}, Server: server.Options{Latency: time.Second},
	}
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client(with(transport.Credentials{
			Mode: transport.ModeRefreshToken, ClientID: oauthClient.ID, ClientSecret: transport.NewSecret(oauthClient.Secret),
			RefreshToken: transport.NewSecret("first-refresh-token"),
		}))

		var group sync.WaitGroup

		for _, scope := range []string{modelsScope, "audit.log:read", "user-provisioning.scim"} {
			group.Go(func() {
				if _, err := celonis.Token(t.Context(), transport.TokenRequest{Scopes: []string{scope}}); err != nil {
					t.Error(err)
				}
			})
		}

		group.Wait()
		time.Sleep(time.Hour)

		if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
			t.Error(err)
		}

		env.WantRequests(4, 1)
	})
}

func TestUsedRefreshTokenIsReported(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		_, err := env.Client(with(transport.Credentials{
			Mode: transport.ModeRefreshToken, ClientID: oauth.DefaultClient().ID,
			ClientSecret: transport.NewSecret(oauth.DefaultClient().Secret), RefreshToken: transport.NewSecret("used-before"),
		})).KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonSignIn, "invalid_grant")
		env.WantRequests(1, 0)
	})
}

func TestExpiredTokenIsReplacedOnceForConcurrentCalls(t *testing.T) {
	t.Parallel()

	const callers = 200

	all := intelligence.GenerateKnowledgeModels(callers, 0)

	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: callers}, Server: server.Options{Latency: 10 * time.Millisecond}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
			t.Fatal(err)
		}

		env.Team.ExpireTokens()
		env.Team.ResetJournal()

		var group sync.WaitGroup
		for index := range callers {
			group.Go(func() {
				if _, err := celonis.KnowledgeModel(t.Context(), all[index].ID()); err != nil {
					t.Error(err)
				}
			})
		}

		group.Wait()
		env.WantRequests(1, 0)

		refused := 0

		for _, entry := range env.Team.Journal() {
			if entry.Status == http.StatusUnauthorized {
				refused++
			}
		}

		if refused == 0 || refused > transport.DefaultMaxConcurrentRequests {
			t.Errorf("%d requests used the expired token, want only those in flight", refused)
		}
	})
}

func TestRejectedTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Times: -1, Status: http.StatusUnauthorized, Body: `{"error": "Unauthorized"}`})

		_, err := env.Client().KnowledgeModels(t.Context())
		got := clienttest.WantError(t, err, transport.ReasonUnauthorized, "status 401", "Unauthorized")

		if got.Attempts != 2 {
			t.Errorf("%d attempts", got.Attempts)
		}

		env.WantRequests(2, 2)
	})
}

func TestCancelledCallerDoesNotAffectOtherCallers(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}, Server: server.Options{Latency: time.Second}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()
		ctx, cancel := context.WithCancel(t.Context())

		var group sync.WaitGroup

		group.Go(func() {
			if _, err := celonis.KnowledgeModels(ctx); err == nil {
				t.Error("the cancelled call succeeded")
			}
		})
		time.Sleep(500 * time.Millisecond) // Wait until the token request is in flight.
		group.Go(func() {
			if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Millisecond)
		cancel()
		group.Wait()
		env.WantRequests(1, 1)
	})
}

func TestCancelledRunStopsImmediately(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]simulator.Fault{
		"while signing in":              {Path: clienttest.TokenPath, Hang: true, Times: -1},
		"while waiting for a response":  {Path: clienttest.ModelsPath, Hang: true, Times: -1},
		"while waiting for a retry":     {Path: clienttest.ModelsPath, Status: http.StatusServiceUnavailable, Times: -1},
		"while the service is paused":   {Path: clienttest.ModelsPath, Status: http.StatusTooManyRequests, Times: -1, Header: http.Header{"Retry-After": {"50"}}},
		"while waiting for the sign-in": {Path: clienttest.TokenPath, Status: http.StatusBadGateway, Times: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}}, func(t *testing.T, env clienttest.Env) {
				env.Team.Inject(fault)

				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()

				if took := clienttest.Elapsed(func() {
					if _, err := env.Client().KnowledgeModels(ctx); err == nil {
						t.Error("the cancelled call succeeded")
					}
				}); took > 200*time.Millisecond {
					t.Errorf("stopping took %s", took)
				}
			})
		})
	}
}

func TestMalformedCredentialsAreRejectedWithoutQuotingThem(t *testing.T) {
	t.Parallel()

	for name, credentials := range map[string]transport.Credentials{
		"line break inside": {Mode: transport.ModeApplicationKey, Key: transport.NewSecret("abcdefgh\nijkl")},
		"space inside":      {Mode: transport.ModeUserKey, Key: transport.NewSecret("abcdefgh ijkl")},
		"no key":            {Mode: transport.ModeAccessToken, Key: transport.NewSecret(" \n")},
		"no secret":         {Mode: transport.ModeOAuthClient, ClientID: "id"},
		"no id":             {Mode: transport.ModeOAuthClient, ClientSecret: transport.NewSecret("abcdefgh")},
		"no refresh token":  {Mode: transport.ModeRefreshToken, ClientID: "id"},
		"nothing":           {},
		"not ASCII":         {Mode: transport.ModeApplicationKey, Key: transport.NewSecret("abcdefgh…")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := client.New(client.Options{
				Options: transport.Options{
					BaseURL: "https://acme.eu-1.celonis.cloud", Credentials: credentials, MaxConcurrentRequests: 1,
					RequestTimeout: time.Second, MaxRetryWait: time.Second,
				},
				PageSize: 1,
			})
			if err == nil || strings.Contains(err.Error(), "abcdefgh") {
				t.Errorf("error = %v", err)
			}
		})
	}
}

func TestRefreshCompletesAfterItsCallerIsCancelled(t *testing.T) {
	t.Parallel()

	oauthClient := oauth.DefaultClient()
	oauthClient.RefreshTokens = []string{"first-refresh-token"}

	options := simulator.Options{
		Intelligence: intelligence.Options{KnowledgeModels: 3}, OAuth: oauth.Options{Clients: []oauth.Client{oauthClient}, RotateRefreshTokens: true}, Server: server.Options{Latency: time.Second},
	}
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		credentials := transport.Credentials{
			Mode: transport.ModeRefreshToken, ClientID: oauthClient.ID, ClientSecret: transport.NewSecret(oauthClient.Secret),
			RefreshToken: transport.NewSecret("first-refresh-token"),
		}
		celonis := env.Client(with(credentials))

		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()

		_, err := celonis.KnowledgeModels(ctx)
		clienttest.WantError(t, err, transport.ReasonCanceled)
		time.Sleep(time.Minute)

		if first := env.Team.Journal()[0]; first.Path != clienttest.TokenPath || first.Status != http.StatusOK {
			t.Errorf("the refresh ended with status %d", first.Status)
		}

		if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
			t.Errorf("the rotated token was lost: %v", err)
		}

		// The rotated refresh token is also used if the same credentials specify another authentication method.
		credentials.AuthMethod = transport.AuthMethodPost
		if _, err := celonis.Token(t.Context(), transport.TokenRequest{Credentials: credentials, Scopes: []string{modelsScope}}); err != nil {
			t.Error(err)
		}
	})
}

func TestTokenForAnotherClientIsRequestedFromTheConfiguredEndpoint(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Respond("/elsewhere/token", http.StatusOK, clienttest.JSONType, `{"access_token": "token-from-elsewhere", "expires_in": 899}`)

		own := clienttest.Credentials()
		own.TokenURL = "http://localhost/elsewhere/token"
		otherCredentials := transport.Credentials{Mode: transport.ModeOAuthClient, ClientID: "other", ClientSecret: transport.NewSecret("other-secret")}

		token, err := env.Client(with(own)).Token(t.Context(), transport.TokenRequest{Credentials: otherCredentials})
		if err != nil || token.AccessToken.Reveal() != "token-from-elsewhere" {
			t.Errorf("error = %v", err)
		}

		env.WantRequests(0, 0)
	})
}

func TestShortLivedTokenIsReused(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 20}, OAuth: oauth.Options{TokenLifetime: 40 * time.Second}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		for _, model := range intelligence.GenerateKnowledgeModels(20, 0) {
			if _, err := celonis.KnowledgeModel(t.Context(), model.ID()); err != nil {
				t.Fatal(err)
			}

			time.Sleep(time.Second)
		}

		env.WantRequests(1, 0)
	})
}
