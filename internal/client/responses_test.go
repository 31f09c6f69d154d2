package client_test

import (
	"context"
	"net/http"
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

func TestRefreshOutlivesACancelledCaller(t *testing.T) {
	t.Parallel()

	known := oauth.DefaultClient()
	known.RefreshTokens = []string{"first-refresh-token"}

	options := simulator.Options{
		Intelligence: intelligence.Options{KnowledgeModels: 3}, OAuth: oauth.Options{Clients: []oauth.Client{known}, RotateRefreshTokens: true}, Server: server.Options{Latency: time.Second},
	}
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		credentials := transport.Credentials{
			Mode: transport.ModeRefreshToken, ClientID: known.ID, ClientSecret: transport.NewSecret(known.Secret),
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
			t.Errorf("the rotated token is lost: %v", err)
		}

		// The same token by another method is the same token.
		credentials.AuthMethod = transport.AuthMethodPost
		if _, err := celonis.Token(t.Context(), transport.TokenRequest{Credentials: credentials, Scopes: []string{modelsScope}}); err != nil {
			t.Error(err)
		}
	})
}

func TestTokenOfAnotherClientComesFromTheConfiguredEndpoint(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Respond("/elsewhere/token", http.StatusOK, jsonType, `{"access_token": "token-from-elsewhere", "expires_in": 899}`)

		own := clienttest.Credentials()
		own.TokenURL = "http://localhost/elsewhere/token"
		other := transport.Credentials{Mode: transport.ModeOAuthClient, ClientID: "other", ClientSecret: transport.NewSecret("other-secret")}

		token, err := env.Client(with(own)).Token(t.Context(), transport.TokenRequest{Credentials: other})
		if err != nil || token.AccessToken.Reveal() != "token-from-elsewhere" {
			t.Errorf("error %v", err)
		}

		env.WantRequests(0, 0)
	})
}

func TestTokenAnswersOfOddForms(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct{ contentType, body string }{
		"as plain text":       {"text/plain", `{"access_token": "opaque-token", "token_type": "bearer", "expires_in": "899"}`},
		"without a type":      {"", `{"access_token": "opaque-token"}`},
		"with a mark in it":   {jsonType, "\ufeff{\"access_token\": \"opaque-token\", \"scope\": null}"},
		"with scopes as list": {jsonType, `{"access_token": "opaque-token", "scope": ["a"], "token_type": "Bearer"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
				env.Respond(clienttest.TokenPath, http.StatusOK, test.contentType, test.body)

				token, err := env.Client().Token(t.Context(), transport.TokenRequest{Scopes: []string{"a"}})
				if err != nil || token.AccessToken.Reveal() != "opaque-token" || token.Type != "Bearer" {
					t.Errorf("got %+v, %v", token, err)
				}
			})
		})
	}
}

func TestShortLivedTokenServesSeveralRequests(t *testing.T) {
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

func TestBothAnswersShowWhereTheMethodsWereAnsweredDifferently(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.TokenPath, Status: http.StatusBadRequest, Body: "the scope is not allowed"})
		env.Team.Inject(simulator.Fault{Path: clienttest.TokenPath, Status: http.StatusUnauthorized, Body: `{"error": "invalid_client"}`})

		_, err := env.Client().KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonSignIn, "invalid_client", "with client_secret_basic it was status 400: the scope is not allowed")
	})
}

func TestWebPagesOfEveryKindAreRecognised(t *testing.T) {
	t.Parallel()

	for _, body := range []string{
		"<!DOCTYPE HTML><p>x", "\n <HTML>", "\ufeff<html>", "<?xml version=\"1.0\"?><html/>", "<title>x</title>", "<center>403</center>", "<!-- x --><html>",
	} {
		for _, status := range []int{http.StatusOK, http.StatusForbidden, http.StatusNotFound} {
			clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
				env.Respond(aModel, status, "application/octet-stream", body)

				_, err := env.Client().KnowledgeModel(t.Context(), "package.model-a")
				clienttest.WantError(t, err, transport.ReasonHTML)
			})
		}
	}
}

func TestCodeIsReadFromABodyWithOddParts(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Respond(aModel, http.StatusNotFound, jsonType, "\ufeff"+`{"errorCode": "KM_MODEL_NOTFOUND", "detail": [], "errors": {}, "title": 7}`)

		_, err := env.Client().KnowledgeModel(t.Context(), "package.model-a")
		clienttest.WantError(t, err, transport.ReasonNotFound, "KM_MODEL_NOTFOUND")
	})
}

func TestIdsThatLeadElsewhereAreNotSent(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		for _, id := range []string{"", ".", ".."} {
			_, err := env.Client().Record(t.Context(), "package.model-a", id)
			if err == nil || transport.IsNotFound(err) || len(env.Team.Journal()) > 0 {
				t.Errorf("%q: error %v", id, err)
			}
		}
	})
}

func TestWaitsNeverExceedTheLongest(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}, Server: server.Options{RateLimitReset: server.ResetAbsent}}, func(t *testing.T, env clienttest.Env) {
		// Without a hint, the waits are ours, and must never look like a demand of the service.
		env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Status: http.StatusTooManyRequests, Times: 15})

		celonis := env.Client(func(o *client.Options) { o.MaxRetries, o.MaxRetryWait = 20, 2*time.Millisecond })
		if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
