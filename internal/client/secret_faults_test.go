package client_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

// secretMode is a sign-in method, with the secrets that must not be shown.
type secretMode struct {
	credentials transport.Credentials
	secrets     []string
}

// secretModes returns all sign-in methods. Their secrets contain characters that change under URL encoding and similar encodings.
func secretModes() map[string]secretMode {
	const (
		clientSecret = "cs/of+the=matrix%with&every-kind"
		refreshToken = "rt/of+the=matrix%with&every-kind"
		key          = "ky/of+the=matrix%with&every-kind"
	)

	oauthMode := func(method transport.AuthMethod) secretMode {
		return secretMode{transport.Credentials{
			Mode: transport.ModeOAuthClient, ClientID: "client-of-the-matrix", ClientSecret: transport.NewSecret(clientSecret), AuthMethod: method,
		}, []string{clientSecret}}
	}
	keyMode := func(mode transport.Mode) secretMode {
		return secretMode{transport.Credentials{Mode: mode, Key: transport.NewSecret(key)}, []string{key}}
	}

	return map[string]secretMode{
		"OAuth client, automatic": oauthMode(transport.AuthMethodAuto),
		"OAuth client, post":      oauthMode(transport.AuthMethodPost),
		"refresh token": {transport.Credentials{
			Mode: transport.ModeRefreshToken, ClientID: "client-of-the-matrix", ClientSecret: transport.NewSecret(clientSecret),
			RefreshToken: transport.NewSecret(refreshToken),
		}, []string{clientSecret, refreshToken}},
		"access token":    keyMode(transport.ModeAccessToken),
		"application key": keyMode(transport.ModeApplicationKey),
		"user API key":    keyMode(transport.ModeUserKey),
	}
}

// echoes are faults whose responses repeat the whole request, as debug pages and proxies do.
func echoes() []matrixFault {
	spellings := map[string]func(string) (contentType, body string){
		"as text": func(text string) (string, string) { return "text/plain", text },
		"in HTML": func(text string) (string, string) {
			return "text/html", "<html><title>" + html.EscapeString(text) + "</title></html>"
		},
		"in base64": func(text string) (string, string) {
			return "text/plain", base64.StdEncoding.EncodeToString([]byte(text))
		},
		"in a query": func(text string) (string, string) {
			return "text/plain", "https://login.example/?request=" + url.QueryEscape(text)
		},
		"in JSON": func(text string) (string, string) {
			encoded, _ := json.Marshal(map[string]any{"title": "Echo", "detail": text, "errorCode": text, "error": text, "support": text}) //nolint:errchkjson // Texts.

			return "application/json", string(encoded)
		},
		"in a SCIM error": func(text string) (string, string) {
			encoded, _ := json.Marshal(map[string]any{ //nolint:errchkjson // Texts.
				"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"}, "scimType": text, "detail": text,
			})

			return "application/json", string(encoded)
		},
		"as an object id": func(text string) (string, string) {
			encoded, _ := json.Marshal(map[string]any{"id": text, "userName": text, "content": text, "access_token": []string{text}}) //nolint:errchkjson // Texts.

			return "application/json", string(encoded)
		},
	}

	var faults []matrixFault

	for name, spell := range spellings {
		for _, status := range []int{200, 400, 401, 403, 404, 409, 429, 500} {
			for _, isToken := range []bool{false, true} {
				faults = append(faults, matrixFault{
					name: fmt.Sprintf("echo %s, status %d, sign-in %t", name, status, isToken), isToken: isToken, scope: everyRequest,
					change: func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
						contentType, body := spell(wholeRequest(req))

						return respond(req, status, http.Header{"Content-Type": {contentType}, "Retry-After": {req.Header.Get("Authorization")}}, body), nil
					},
				})
			}
		}
	}

	for _, isToken := range []bool{false, true} {
		faults = append(faults, matrixFault{
			name: fmt.Sprintf("echo in a redirect, sign-in %t", isToken), isToken: isToken, scope: everyRequest,
			change: func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
				return respond(req, http.StatusFound, http.Header{"Location": {"?echo=" + url.QueryEscape(wholeRequest(req))}}, ""), nil
			},
		}, matrixFault{
			name: fmt.Sprintf("echo in a failure, sign-in %t", isToken), isToken: isToken, scope: everyRequest,
			change: func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
				return nil, &url.Error{Op: "Post", URL: "http://localhost/?" + wholeRequest(req), Err: errors.New("net/http: cannot send " + wholeRequest(req))}
			},
		})
	}

	return faults
}

// wholeRequest returns the headers and the body of a request.
func wholeRequest(req *http.Request) string {
	var text strings.Builder

	_ = req.Header.Write(&text)

	if req.Body != nil {
		body, _ := io.ReadAll(req.Body)
		text.Write(body)
	}

	return text.String()
}

// This test combines each sign-in method with each fault, and logs at all levels. No secret may appear in a log line, or when the error, the
// client or the client's options are printed. Only a sample of the combinations runs by default.
func TestNoFaultRevealsASecret(t *testing.T) {
	t.Parallel()

	const callback = "cb/of+the=matrix%with&every-kind"

	methods := matrixMethods()
	calls := map[string]matrixCall{
		"KnowledgeModels": methods["KnowledgeModels"], "Permissions": methods["Permissions"], "CreateUser": methods["CreateUser"],
		"UpdateGroup": methods["UpdateGroup"],
		"CreateSubscription": func(ctx context.Context, c *client.Client) (any, error) {
			return c.CreateSubscription(ctx, client.SubscriptionSpec{
				KnowledgeModelID: fuzzedModel, TriggerID: matrixTrigger, Name: "of the matrix", CallbackURI: "https://hooks.example.com/?token=" + callback,
				Headers: map[string]transport.Secret{"Authorization": transport.NewSecret("Bearer " + callback)},
			})
		},
	}

	for modeName, mode := range secretModes() {
		t.Run(modeName, func(t *testing.T) {
			t.Parallel()

			for _, fault := range append(echoes(), matrixFaults()...) {
				for name, call := range calls {
					// Echoes in redirects and failures appear in different log lines from echoes in bodies. The test always runs all echoes in
					// redirects and failures, because there are only a few.
					isEcho := name == "KnowledgeModels" && strings.HasPrefix(fault.name, "echo in a ")
					if !*wholeMatrix && !isEcho && !isSampled(modeName+name+fault.title(), 60) {
						continue
					}

					if shown, secret := shownUnder(t, mode, call, fault, callback); secret != "" {
						t.Errorf("%s, %s: %q is visible in\n%s", name, fault.title(), secret, shown)
					}
				}
			}
		})
	}
}

// shownUnder makes a call while a fault is active. It returns all text that a user might see, and the secret that appears in this text, if any.
func shownUnder(t *testing.T, mode secretMode, call matrixCall, fault matrixFault, more string) (shown, secret string) {
	t.Helper()

	synctest.Test(t, func(t *testing.T) {
		options := matrixTeam()
		oauthClient := oauth.DefaultClient()
		oauthClient.ID, oauthClient.Secret, oauthClient.AuthMethods = "client-of-the-matrix", mode.credentials.ClientSecret.Reveal(), nil
		oauthClient.RefreshTokens = []string{mode.credentials.RefreshToken.Reveal()}

		if mode.credentials.ClientID != "" {
			options.OAuth.Clients = []oauth.Client{oauthClient}
		}

		team, err := simulator.New(options)
		if err != nil {
			t.Fatal(err)
		}

		if fault.inject != nil {
			team.Inject(*fault.inject)
		}

		var log bytes.Buffer

		clientOptions := client.Options{}
		network := &matrixNetwork{team: team, fault: fault}
		celonis := clienttest.NewClient(t, network, func(o *client.Options) {
			o.Credentials, o.MaxRetries, o.SCIMBasePath, o.MaxBody = mode.credentials, 1, "/scim/v2", matrixMaxBody
			o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.Level(-1000), AddSource: true}))
			clientOptions = *o
			clientOptions.Network, clientOptions.Logger = nil, nil
		})

		_, err = call(t.Context(), celonis)

		forms := []string{log.String(), fmt.Sprintf("%+v %#v %v", clientOptions, clientOptions, celonis), panicText(clientOptions.Credentials)}
		encoded, _ := json.Marshal(clientOptions.Credentials)
		forms = append(forms, string(encoded))

		if err != nil {
			encoded, _ := json.Marshal(err)
			forms = append(forms, err.Error(), fmt.Sprintf("%v %+v %#v %q %s", err, err, err, err, err), panicText(err), string(encoded))
		}

		shown = strings.Join(forms, "\n")
		for _, candidate := range append(mode.secrets, more) {
			// Look for the whole secret and for its beginning, as plain text and in the usual encodings.
			for _, form := range []string{candidate, url.QueryEscape(candidate), html.EscapeString(candidate), candidate[:12], url.QueryEscape(candidate)[:14], base64.StdEncoding.EncodeToString([]byte(candidate))[:16]} {
				if strings.Contains(shown, form) {
					secret = form
				}
			}
		}

		for _, token := range network.tokens {
			if len(token) > 20 && strings.Contains(shown, token[len(token)-20:]) {
				secret = token
			}
		}
	})

	return shown, secret
}

// panicText returns the text that a recovered panic prints for a value.
func panicText(value any) (text string) {
	defer func() { text = fmt.Sprintf("panic: %v %+v", value, recover()) }()

	panic(value)
}
