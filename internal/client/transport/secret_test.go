package transport_test

import (
	"bytes"
	"encoding/json"
	"fmt"
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

func TestEncodedSecretsAreMasked(t *testing.T) {
	t.Parallel()

	oauthClient := oauth.DefaultClient()
	oauthClient.Secret = `s<e>c&r"et/of+no=team%and-long-enough-to-be-cut-in-the-middle-of-it`
	encoded, err := json.Marshal(oauthClient.Secret)
	if err != nil {
		t.Fatal(err)
	}

	inJSON := string(encoded[1 : len(encoded)-1]) // Remove the quotation marks.

	for name, fault := range map[string]simulator.Fault{
		"across the text limit": {Status: http.StatusBadRequest, Body: strings.Repeat("x ", 235) + oauthClient.Secret},
		"in an id of a list":    {Status: http.StatusOK, Body: `{"content": [{"id": "a.b"}], "total": "` + inJSON + `"}`},
		"in place of a list":    {Status: http.StatusOK, Body: `"` + inJSON + `"`},
		"as text":               {Status: http.StatusOK, Body: oauthClient.Secret, Header: http.Header{"Content-Type": {"text/plain"}}},
		"escaped in JSON":       {Status: http.StatusBadRequest, Body: `{"errorInformation": {"x": "` + inJSON + `"}}`},
		"escaped in HTML":       {Status: http.StatusBadRequest, Body: "<html><title>s&lt;e&gt;c&amp;r&#34;et/of+no=team%and-long-enough-to-be-cut-in-the-middle-of-it</title>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{oauthClient}}}, func(t *testing.T, env clienttest.Env) {
				fault.Path, fault.Times = clienttest.ModelsPath, -1
				env.Team.Inject(fault)

				_, err := env.Client(with(transport.Credentials{
					Mode: transport.ModeOAuthClient, ClientID: oauthClient.ID, ClientSecret: transport.NewSecret(oauthClient.Secret), AuthMethod: transport.AuthMethodPost,
				})).KnowledgeModels(t.Context())
				if err == nil || strings.Contains(err.Error(), "s<e>") || strings.Contains(err.Error(), "of+no=team") {
					t.Errorf("error = %v", err)
				}
			})
		})
	}
}

func TestIssuedTokenIsMasked(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Respond(clienttest.TokenPath, http.StatusOK, clienttest.JSONType, `{"access_token": "opaque-token-of-this-run", "expires_in": 899}`)
		env.Respond(clienttest.ModelsPath, http.StatusBadRequest, "text/plain", "what is opaque-token-of-this-run?")

		_, err := env.Client().KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonStatus, "what is ***?")
	})
}

func TestInvalidTokenResponseIsNotQuoted(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Respond(clienttest.TokenPath, http.StatusOK, clienttest.JSONType,
			`{"access_token": "opaque-secret", "refresh_token": "other-secret", "error": "x", "expires_in": {"a": 1}}`)

		_, err := env.Client().KnowledgeModels(t.Context())
		if err == nil || strings.Contains(err.Error(), "opaque") || strings.Contains(err.Error(), "other-secret") {
			t.Errorf("error = %v", err)
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
			t.Errorf("log = %s", log.String())
		}
	})
}

func TestSecretsInServiceTextsAreMasked(t *testing.T) {
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
							t.Errorf("the error contains %s: %s", leak, text)
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

func TestLogContainsEachAttemptAndNoSecret(t *testing.T) {
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
			"url=http://localhost/oauth2/token", "status=200", "status=502", "attempt=2", "x-ratelimit-remaining", "no usable response",
		} {
			if !strings.Contains(log.String(), part) {
				t.Errorf("the log lacks %q:\n%s", part, log.String())
			}
		}

		for _, leak := range []string{oauth.DefaultClient().Secret, "eyJ", "Bearer", "Basic", "content"} {
			if strings.Contains(log.String(), leak) {
				t.Errorf("the log contains %q:\n%s", leak, log.String())
			}
		}
	})
}

func TestSecretIsMaskedForEveryVerb(t *testing.T) {
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
			t.Errorf("the secret is visible in %s", text)
		}
	}

	if secret.Reveal() != "hunter2-hunter2" {
		t.Error("Reveal() does not return the secret")
	}
}
