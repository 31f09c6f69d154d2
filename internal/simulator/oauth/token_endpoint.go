// Package oauth simulates a team's OAuth token endpoint, and stores the team's OAuth clients, access tokens and keys.
package oauth

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// grantRefresh is the grant_type of a token request with a refresh token.
const grantRefresh = "refresh_token"

// tokenFailure is an error that the token endpoint returns.
type tokenFailure struct {
	status      int
	code        string
	description string
}

func invalidRequest(description string) *tokenFailure {
	return &tokenFailure{http.StatusBadRequest, "invalid_request", description}
}

func invalidClient(description string) *tokenFailure {
	return &tokenFailure{http.StatusUnauthorized, "invalid_client", description}
}

// ParseForm parses the body, which may have either of the documented content types. It also accepts a request without a body, because the
// vendor's product documentation contains an example with grant_type and scope in the query.
func (t *TokenEndpoint) ParseForm(contentType string, body []byte) server.TokenForm {
	if len(body) == 0 {
		return server.TokenForm{}
	}

	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return server.TokenForm{Problem: "the content type is missing or malformed"}
	}

	switch mediaType {
	case "application/x-www-form-urlencoded":
		values, parseErr := url.ParseQuery(string(body))
		if parseErr != nil {
			return server.TokenForm{Problem: "the form is malformed"}
		}

		return server.TokenForm{Values: values}
	case "multipart/form-data":
		form, parseErr := multipart.NewReader(bytes.NewReader(body), params["boundary"]).ReadForm(server.MaxBody)
		if parseErr != nil || len(form.File) > 0 {
			return server.TokenForm{Problem: "the multipart form is malformed"}
		}

		return server.TokenForm{Values: form.Value}
	default:
		return server.TokenForm{Problem: "the content type is neither application/x-www-form-urlencoded nor multipart/form-data"}
	}
}

// Serve responds to a token request.
func (t *TokenEndpoint) Serve(r *http.Request, form server.TokenForm) server.Response {
	if r.Method != http.MethodPost {
		return t.tokenError(tokenFailure{
			http.StatusMethodNotAllowed, "invalid_request", "tokens must be requested with POST",
		}).With("Allow", http.MethodPost)
	}

	values, failed := mergeTokenParameters(form, r.URL.Query())
	if failed != nil {
		return t.tokenError(*failed)
	}

	client, failed := t.authenticateClient(r, values)
	if failed != nil {
		return t.tokenError(*failed)
	}

	scopes, failed := t.grant(client, values)
	if failed != nil {
		return t.tokenError(*failed)
	}

	refreshToken := ""
	if values.Get("grant_type") == grantRefresh {
		refreshToken = values.Get("refresh_token")
	}

	return t.tokenResponse(r, client, scopes, refreshToken)
}

// mergeTokenParameters combines the form with the query parameters grant_type and scope. Other query parameters, such as credentials, are
// ignored. Parameters without a value count as omitted, and repeated parameters are rejected (RFC 6749 section 3.2).
func mergeTokenParameters(form server.TokenForm, query url.Values) (url.Values, *tokenFailure) {
	if form.Problem != "" {
		return nil, invalidRequest(form.Problem)
	}

	merged := url.Values{}

	for name, values := range form.Values {
		merged[name] = slices.Clone(values)
	}

	for _, name := range []string{"grant_type", "scope"} {
		merged[name] = append(withValue(merged[name]), withValue(query[name])...)
	}

	for name, values := range merged {
		if len(values) > 1 {
			return nil, invalidRequest(fmt.Sprintf("the parameter %q is repeated", name))
		}
	}

	return merged, nil
}

// withValue returns a parameter's values, or nil if the parameter has a single, empty value.
func withValue(values []string) []string {
	if len(values) == 1 && values[0] == "" {
		return nil
	}

	return values
}

// authenticateClient checks the credentials in a token request and returns the client that sent the request. The client must use exactly one
// authentication method.
func (t *TokenEndpoint) authenticateClient(r *http.Request, values url.Values) (Client, *tokenFailure) {
	id, secret := values.Get("client_id"), values.Get("client_secret")
	method := authPost

	if header := r.Header.Get("Authorization"); header != "" {
		if secret != "" {
			return Client{}, invalidRequest("the client uses more than one authentication method")
		}

		basicID, basicSecret, ok := t.basicCredentials(header)
		if !ok {
			return Client{}, invalidClient("the Authorization header is malformed")
		}

		if id != "" && id != basicID {
			return Client{}, invalidRequest("client_id differs from the client id in the Authorization header")
		}

		id, secret, method = basicID, basicSecret, authBasic
	}

	for _, client := range t.opts.Clients {
		if client.ID != id {
			continue
		}

		public := client.Secret == "" && method == authPost
		if client.Secret != secret || !public && !client.allows(method) {
			break
		}

		return client, nil
	}

	return Client{}, invalidClient("unknown client, wrong secret or authentication method not allowed")
}

// basicCredentials extracts the client id and the secret from an Authorization header that uses client_secret_basic.
func (t *TokenEndpoint) basicCredentials(header string) (string, string, bool) {
	scheme, encoded, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", "", false
	}

	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "", "", false
	}

	id, secret, found := strings.Cut(string(decoded), ":")
	if !found || t.opts.RawBasicCredentials {
		return id, secret, found
	}

	id, idErr := url.QueryUnescape(id)
	secret, secretErr := url.QueryUnescape(secret)

	return id, secret, idErr == nil && secretErr == nil
}

// grant checks that the client may use the requested grant type, and returns the scopes for the access token.
func (t *TokenEndpoint) grant(client Client, values url.Values) ([]string, *tokenFailure) {
	switch values.Get("grant_type") {
	case "client_credentials":
		if client.Secret == "" {
			return nil, &tokenFailure{
				http.StatusBadRequest, "unauthorized_client", "a public client cannot use the client credentials grant",
			}
		}
	case grantRefresh:
		if values.Get("refresh_token") == "" {
			return nil, invalidRequest("refresh_token is missing")
		}

		if !t.validRefresh(values.Get("refresh_token"), client.ID) {
			return nil, invalidGrant()
		}
	case "":
		return nil, invalidRequest("grant_type is missing")
	default:
		return nil, &tokenFailure{http.StatusBadRequest, "unsupported_grant_type", "the grant is not supported"}
	}

	return t.grantScopes(client, values.Get("scope"))
}

func invalidGrant() *tokenFailure {
	return &tokenFailure{http.StatusBadRequest, "invalid_grant", "the refresh token is unknown, has already been used or belongs to another client"}
}

// grantScopes checks the requested scopes and returns the scopes for the access token. The requested scopes must be separated by single
// spaces.
func (t *TokenEndpoint) grantScopes(client Client, scope string) ([]string, *tokenFailure) {
	if scope == "" {
		if t.opts.ScopeOptional {
			return client.Scopes, nil
		}

		// For an omitted scope, RFC 6749 section 3.3 requires invalid_scope, but section 5.2 also permits invalid_request for any missing
		// parameter.
		if t.opts.MissingScopeIsInvalidRequest {
			return nil, invalidRequest("scope is missing")
		}

		return nil, invalidScope("scope is missing")
	}

	var granted []string

	for requested := range strings.SplitSeq(scope, " ") {
		registered := slices.Contains(client.Scopes, requested)
		if !registered && !t.opts.NarrowScopes {
			return nil, invalidScope("the client is not registered for the scope")
		}

		if registered && !slices.Contains(granted, requested) {
			granted = append(granted, requested)
		}
	}

	if granted == nil {
		return nil, invalidScope("the client is not registered for the scope")
	}

	return granted, nil
}

func invalidScope(description string) *tokenFailure {
	return &tokenFailure{http.StatusBadRequest, "invalid_scope", description}
}

// tokenResponse issues an access token and returns the response. refreshToken is empty for the client credentials grant.
func (t *TokenEndpoint) tokenResponse(r *http.Request, client Client, scopes []string, refreshToken string) server.Response {
	body := server.Object{"token_type": "Bearer", "scope": strings.Join(scopes, " ")}

	if refreshToken != "" && t.opts.RotateRefreshTokens {
		fresh, ok := t.rotate(refreshToken, client.ID)
		if !ok {
			return t.tokenError(*invalidGrant())
		}

		body["refresh_token"] = fresh
	}

	token, err := t.issue(client, scopes, t.opts.TokenLifetime, r.Host)
	if err != nil {
		return server.TextResponse(http.StatusInternalServerError, err.Error())
	}

	body["access_token"] = token

	if !t.opts.OmitExpiresIn {
		body["expires_in"] = expiresIn(t.opts.TokenLifetime)
	}

	return server.JSONResponse(http.StatusOK, server.TypeJSON, body).With("Cache-Control", "no-store").With("Pragma", "no-cache")
}

// expiresIn returns a lifetime in whole seconds. The result is at least 1, because clients may interpret 0 as unknown or unlimited.
func expiresIn(lifetime time.Duration) int64 {
	return max(1, int64(lifetime/time.Second))
}

// tokenError returns the response for a failure, in the configured format.
func (t *TokenEndpoint) tokenError(f tokenFailure) server.Response {
	var reply server.Response

	switch t.opts.TokenErrors {
	case TokenErrorOAuth:
		reply = server.JSONResponse(f.status, server.TypeJSON, server.Object{"error": f.code, "error_description": f.description})
	case TokenErrorProblem:
		reply = server.Failure{Status: f.status, Code: strings.ToUpper(f.code), Detail: f.description}.
			Response(server.ErrorProblem, t.errorsAsJSON)
	case TokenErrorText:
		reply = server.TextResponse(f.status, f.description)
	case TokenErrorEmpty:
		reply = server.Response{Status: f.status}
	}

	if f.status == http.StatusUnauthorized {
		reply = reply.With("WWW-Authenticate", "Basic")
	}

	return reply.With("Cache-Control", "no-store")
}
