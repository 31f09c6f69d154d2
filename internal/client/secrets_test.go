package client_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

func TestSecretsAreMaskedHoweverTheyComeBack(t *testing.T) {
	t.Parallel()

	known := oauth.DefaultClient()
	known.Secret = `s<e>c&r"et/of+no=team%and-long-enough-to-be-cut-in-the-middle-of-it`
	encoded, err := json.Marshal(known.Secret)
	if err != nil {
		t.Fatal(err)
	}

	inJSON := strings.Trim(string(encoded), `"`)

	for name, fault := range map[string]simulator.Fault{
		"across the bound of a text": {Status: http.StatusBadRequest, Body: strings.Repeat("x ", 235) + known.Secret},
		"in an id of a list":         {Status: http.StatusOK, Body: `{"content": [{"id": "a.b"}], "total": "` + inJSON + `"}`},
		"in place of a list":         {Status: http.StatusOK, Body: `"` + inJSON + `"`},
		"as text":                    {Status: http.StatusOK, Body: known.Secret, Header: http.Header{"Content-Type": {"text/plain"}}},
		"escaped in JSON":            {Status: http.StatusBadRequest, Body: `{"errorInformation": {"x": "` + inJSON + `"}}`},
		"escaped in HTML":            {Status: http.StatusBadRequest, Body: "<html><title>s&lt;e&gt;c&amp;r&#34;et/of+no=team%and-long-enough-to-be-cut-in-the-middle-of-it</title>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{known}}}, func(t *testing.T, env clienttest.Env) {
				fault.Path, fault.Times = clienttest.ModelsPath, -1
				env.Team.Inject(fault)

				_, err := env.Client(with(transport.Credentials{
					Mode: transport.ModeOAuthClient, ClientID: known.ID, ClientSecret: transport.NewSecret(known.Secret), AuthMethod: transport.AuthMethodPost,
				})).KnowledgeModels(t.Context())
				if err == nil || strings.Contains(err.Error(), "s<e>") || strings.Contains(err.Error(), "of+no=team") {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

func TestMintedTokenIsMaskedWhereItComesBack(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Respond(clienttest.TokenPath, http.StatusOK, jsonType, `{"access_token": "opaque-token-of-this-run", "expires_in": 899}`)
		env.Respond(clienttest.ModelsPath, http.StatusBadRequest, "text/plain", "what is opaque-token-of-this-run?")

		_, err := env.Client().KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonStatus, "what is ***?")
	})
}

func TestTokenInAFaultyTokenAnswerIsNotRepeated(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Respond(clienttest.TokenPath, http.StatusOK, jsonType,
			`{"access_token": "opaque-secret", "refresh_token": "other-secret", "error": "x", "expires_in": {"a": 1}}`)

		_, err := env.Client().KnowledgeModels(t.Context())
		if err == nil || strings.Contains(err.Error(), "opaque") || strings.Contains(err.Error(), "other-secret") {
			t.Errorf("error %v", err)
		}
	})
}

func TestLogMasksSecretsInURLs(t *testing.T) {
	t.Parallel()

	key := oauth.DefaultApplicationKey().Value

	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Redirect: "/login?echo=" + key})

		var log bytes.Buffer

		celonis := env.Client(with(transport.Credentials{Mode: transport.ModeApplicationKey, Key: transport.NewSecret(key)}), func(o *client.Options) {
			o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})

		_, err := celonis.KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonHTML)

		if !strings.Contains(log.String(), "/login?echo=***") || strings.Contains(log.String(), key) {
			t.Errorf("log %s", log.String())
		}
	})
}
