package transport_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

func TestEachFormOfTokenLifetimeIsRead(t *testing.T) {
	t.Parallel()

	const documented = 899 * time.Second

	for value, want := range map[string]time.Duration{
		"899": documented, "899.0": documented, `"899"`: documented, `"899.0"`: documented, `" 899 "`: documented, "8.99e2": documented,
		`"8.99E+2"`: documented, "600.9": 600 * time.Second, "0.4": time.Second, "null": documented, `""`: documented, "0": documented,
		"-1": documented, `"-1"`: documented, "-1e400": documented,
		"1e400": (1<<31 - 1) * time.Second, "9223372036854775808": (1<<31 - 1) * time.Second,
	} {
		clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
			env.Respond(clienttest.TokenPath, http.StatusOK, clienttest.JSONType, `{"access_token": "opaque-token", "expires_in": `+value+`}`)

			token, err := env.Client().Token(t.Context(), transport.TokenRequest{Scopes: []string{"a"}})
			if err != nil {
				t.Fatalf("%s: error = %v", value, err)
			}

			if got := time.Until(token.ExpiresAt); got != want {
				t.Errorf("%s: lifetime = %s, want %s", value, got, want)
			}
		})
	}
}

func TestEachFormOfTokenResponseIsRead(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct{ contentType, body string }{
		"labelled as HTML":        {"text/html; charset=utf-8", `{"access_token": "opaque-token", "scope": "a b", "expires_in": 899}`},
		"a form":                  {"application/x-www-form-urlencoded", "access_token=opaque-token&scope=a+b&expires_in=899.0&token_type=bearer"},
		"a form as plain text":    {"text/plain", "access_token=opaque-token&scope=a%20b"},
		"scopes in an array":      {clienttest.JSONType, `{"access_token": "opaque-token", "scope": ["b", "a"]}`},
		"null fields":             {clienttest.JSONType, `{"access_token": "opaque-token", "scope": "b a", "token_type": null, "error": null, "refresh_token": null}`},
		"unknown fields":          {clienttest.JSONType, `{"access_token": "opaque-token", "scope": " a  b ", "token_type": "BEARER", "id_token": {"x": [1]}}`},
		"whitespace around token": {clienttest.JSONType, `{"access_token": " opaque-token\n", "scope": "a b"}`},
	} {
		clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
			env.Respond(clienttest.TokenPath, http.StatusOK, test.contentType, test.body)

			token, err := env.Client().Token(t.Context(), transport.TokenRequest{Scopes: []string{"x"}})
			if err != nil || token.AccessToken.Reveal() != "opaque-token" || token.Type != "Bearer" || !slices.Equal(token.Scopes, []string{"a", "b"}) {
				t.Errorf("%s: token = %+v, error = %v", name, token, err)
			}

			env.WantRequests(1, 0)
		})
	}
}

func TestErrorNamesTheUnreadableTokenField(t *testing.T) {
	t.Parallel()

	for body, part := range map[string]string{
		`{"access_token": "opaque-token", "expires_in": "soon"}`:                "`expires_in` cannot be read: expected a number of seconds",
		`{"access_token": "opaque-token", "expires_in": "NaN"}`:                 "`expires_in` cannot be read",
		`{"access_token": "opaque-token", "expires_in": "Infinity"}`:            "`expires_in` cannot be read",
		`{"access_token": "opaque-token", "expires_in": true}`:                  "`expires_in` cannot be read",
		`{"access_token": "opaque-token", "expires_in": {"a": 1}}`:              "`expires_in` cannot be read",
		`{"access_token": "opaque-token", "expires_in": [899]}`:                 "`expires_in` cannot be read",
		`{"access_token": ["opaque-token"]}`:                                    "`access_token` cannot be read",
		`{"access_token": "opaque-token\r\nX-Evil: 1"}`:                         "`access_token` cannot be sent",
		`{"access_token": "opaque-token\u0000"}`:                                "`access_token` cannot be sent",
		`{"access_token": "opaque-tökén"}`:                                      "`access_token` cannot be sent",
		`{"access_token": "opaque-token", "token_type": "Bearer\r\nX-Evil: 1"}`: "`token_type` cannot be used",
		`{"access_token": "opaque-token", "token_type": "Bearer\n"}`:            "`token_type` cannot be used",
		`{"access_token": "opaque-token", "token_type": "Bearer x"}`:            "`token_type` cannot be used",
		`{"access_token": "opaque-token", "token_type": "Bearer\u202e"}`:        "`token_type` cannot be used",
		`{"access_token": "opaque-token", "token_type": {}}`:                    "`token_type` cannot be read",
		`{"access_token": "opaque-token", "scope": "a\r\nX-Evil: 1"}`:           "`scope` cannot be read",
		`{"access_token": "opaque-token", "scope": ["a", "b\u001b[31m"]}`:       "`scope` cannot be read",
		`{"access_token": "opaque-token", "scope": {"a": 1}}`:                   "`scope` cannot be read",
		`{"access_token": "opaque-token", "refresh_token": []}`:                 "`refresh_token` cannot be read",
		`{"access_token": ""}`:                                                  "the body has no `access_token`",
		`{"accessToken": "opaque-token"}`:                                       "the body has no `access_token`",
		`{"access_token": "opaque-token`:                                        "the body is not valid JSON",
		`["opaque-token"]`:                                                      "expected a JSON object, got an array",
		`opaque-token`:                                                          "expected a JSON object, got text that is not JSON",
		``:                                                                      "the body is empty",
	} {
		clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
			env.Team.Inject(simulator.Fault{Path: clienttest.TokenPath, Times: -1, Status: http.StatusOK, Body: body, Header: http.Header{"Content-Type": {clienttest.JSONType}}})

			_, err := env.Client().Token(t.Context(), transport.TokenRequest{Scopes: []string{"a"}})
			clienttest.WantError(t, err, transport.ReasonInvalidResponse, "invalid token response: "+part, "POST http://localhost/oauth2/token", "status 200")

			for _, secret := range []string{"opaque", "Evil", "\x1b", "\r"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s: the error contains %q: %v", body, secret, err)
				}
			}
		})
	}
}

func TestTokenInTheScopesIsMasked(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Respond(clienttest.TokenPath, http.StatusOK, clienttest.JSONType, `{"access_token": "opaque-token-of-this-run", "scope": "a opaque-token-of-this-run"}`)
		env.Respond(clienttest.ModelsPath, http.StatusForbidden, clienttest.JSONType, `{"errorCode": "ADMIN_ACCESS_ERROR", "detail": "\u001b[31mno\u202e"}`)

		_, err := env.Client().KnowledgeModels(t.Context())

		got := clienttest.WantError(t, err, transport.ReasonForbidden, "[31mno")
		if !slices.Equal(got.Scopes, []string{"a", "***"}) || strings.ContainsAny(err.Error(), "\x1b\u202e") {
			t.Errorf("scopes = %q, error = %q", got.Scopes, err)
		}
	})
}

func TestEachFormOfTokenErrorIsRead(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]simulator.Fault{
		"JSON":                 {Status: http.StatusBadRequest, Body: `{"error": "unsupported_grant_type", "error_description": "no\u001b[0m"}`},
		"JSON with status 200": {Status: http.StatusOK, Body: `{"error": "unsupported_grant_type"}`},
		"a form":               {Status: http.StatusBadRequest, Body: "error=unsupported_grant_type&error_description=no"},
	} {
		clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
			fault.Path, fault.Times = clienttest.TokenPath, -1
			env.Team.Inject(fault)

			_, err := env.Client().KnowledgeModels(t.Context())
			if got := clienttest.WantError(t, err, transport.ReasonSignIn); got.Code != "unsupported_grant_type" || strings.Contains(got.Detail, "error=") {
				t.Errorf("%s: error = %+v", name, got)
			}

			env.WantRequests(1, 0)
		})
	}
}

func TestTruncatedTokenErrorContainsNoPartOfASecret(t *testing.T) {
	t.Parallel()

	oauthClient := oauth.DefaultClient()
	oauthClient.Secret = strings.Repeat("0123456789abcdef", 8)

	clienttest.InBubble(t, simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{oauthClient}}}, func(t *testing.T, env clienttest.Env) {
		env.Respond(clienttest.TokenPath, http.StatusBadRequest, "text/plain", strings.Repeat(" ", 1<<20-64)+oauthClient.Secret)

		_, err := env.Client(with(transport.Credentials{
			Mode: transport.ModeOAuthClient, ClientID: oauthClient.ID, ClientSecret: transport.NewSecret(oauthClient.Secret),
		})).KnowledgeModels(t.Context())

		if failure, ok := errors.AsType[*transport.Error](err); !ok || strings.Contains(err.Error(), "0123456789abcdef") || failure.Status != http.StatusBadRequest {
			t.Errorf("error = %v", err)
		}
	})
}

func TestLenientTokenResponsesAreRead(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct{ contentType, body string }{
		"as plain text":       {"text/plain", `{"access_token": "opaque-token", "token_type": "bearer", "expires_in": "899"}`},
		"without a type":      {"", `{"access_token": "opaque-token"}`},
		"with a BOM":          {clienttest.JSONType, "\ufeff{\"access_token\": \"opaque-token\", \"scope\": null}"},
		"with scopes as list": {clienttest.JSONType, `{"access_token": "opaque-token", "scope": ["a"], "token_type": "Bearer"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
				env.Respond(clienttest.TokenPath, http.StatusOK, test.contentType, test.body)

				token, err := env.Client().Token(t.Context(), transport.TokenRequest{Scopes: []string{"a"}})
				if err != nil || token.AccessToken.Reveal() != "opaque-token" || token.Type != "Bearer" {
					t.Errorf("token = %+v, error = %v", token, err)
				}
			})
		})
	}
}

func TestErrorContainsTheResponsesToBothMethods(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.TokenPath, Status: http.StatusBadRequest, Body: "the scope is not allowed"})
		env.Team.Inject(simulator.Fault{Path: clienttest.TokenPath, Status: http.StatusUnauthorized, Body: `{"error": "invalid_client"}`})

		_, err := env.Client().KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonSignIn, "invalid_client", "an earlier request with client_secret_basic received status 400: the scope is not allowed")
	})
}

func TestResponseWithoutATokenIsReported(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		fault  simulator.Fault
		reason transport.Reason
		part   string
	}{
		"web page":                 {simulator.Fault{HTML: true}, transport.ReasonHTML, "a web page"},
		"missing token":            {simulator.Fault{Status: http.StatusOK, Body: `{"token_type": "Bearer"}`}, transport.ReasonInvalidResponse, "no `access_token`"},
		"truncated JSON":           {simulator.Fault{Status: http.StatusOK, Body: `{"access_token": "very-secret-token`}, transport.ReasonInvalidResponse, "the body is not valid JSON"},
		"404":                      {simulator.Fault{Status: http.StatusNotFound}, transport.ReasonStatus, "status 404"},
		"redirect to another host": {simulator.Fault{Redirect: "https://attacker.example/", RedirectStatus: http.StatusTemporaryRedirect}, transport.ReasonRedirect, "attacker.example"},
		"redirect within the team": {simulator.Fault{Redirect: "/login", RedirectStatus: http.StatusFound}, transport.ReasonRedirect, "a redirect of a POST"},
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
