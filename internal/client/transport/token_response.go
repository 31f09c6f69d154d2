package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// readTokenReply parses a token endpoint's response leniently, and returns the token in the format that the OAuth library expects. readTokenReply
// replaces the library's own parser, whose errors quote whole bodies and do not name the invalid field. If the response contains no usable token,
// readTokenReply returns an [Error].
func readTokenReply(resp Reply) ([]byte, error) {
	if resp.Status >= http.StatusMultipleChoices {
		return nil, newTokenError(resp)
	}

	fields, err := readTokenFields(resp.Body)
	if err != nil {
		return nil, InvalidResponse(resp.Status, "invalid token response: %s", err)
	}

	if fields["error"] != nil { // Some services return errors with status 200.
		return nil, newTokenError(resp)
	}

	token, err := readToken(fields)
	if err != nil {
		return nil, InvalidResponse(resp.Status, "invalid token response: %s", err)
	}

	encoded, err := json.Marshal(token.tokenFields) //nolint:gosec // The encoded token is passed only to the OAuth library.
	if err != nil {
		return nil, fmt.Errorf("encoding a token: %w", err)
	}

	return encoded, nil
}

// tokenResponse is a response from the token endpoint, which prints as *** because it contains secrets.
type tokenResponse struct {
	Redacted
	tokenFields
}

// tokenFields are the token response fields that the client uses. Source: RFC 6749 section 5.1.
type tokenFields struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"`
	Scope        string `json:"scope,omitempty"`
	// ExpiresIn is the lifetime in seconds, or 0 if the response does not specify it.
	ExpiresIn int32 `json:"expires_in,omitempty"`
}

// readTokenFields returns a token response's fields, without null values. The response may be JSON, or the URL-encoded form that some services send
// instead.
func readTokenFields(body []byte) (map[string]json.RawMessage, error) {
	fields := map[string]json.RawMessage{}

	switch {
	case len(body) == 0:
		return nil, errors.New("the body is empty")
	case body[0] == '{':
		if err := json.Unmarshal(body, &fields); err != nil {
			return nil, fmt.Errorf("the body is not valid JSON: %w", err)
		}
	default:
		form, err := url.ParseQuery(string(body))
		if err != nil || !form.Has("access_token") && !form.Has("error") {
			return nil, fmt.Errorf("expected a JSON object, got %s", KindOf(body))
		}

		for name := range form {
			if fields[name], err = json.Marshal(form.Get(name)); err != nil {
				return nil, fmt.Errorf("the body is not a valid form: %w", err)
			}
		}
	}

	for name, value := range fields {
		if bytes.Equal(value, []byte("null")) {
			delete(fields, name)
		}
	}

	return fields, nil
}

// authScheme matches the name of an authentication scheme, which is a token as defined in RFC 9110 section 5.6.2.
var authScheme = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// readToken parses the fields of a token response. Its errors name the invalid field and never quote the field's value.
func readToken(fields map[string]json.RawMessage) (token tokenResponse, err error) {
	for _, field := range []struct {
		name  string
		value *string
	}{
		{"access_token", &token.AccessToken}, {"token_type", &token.TokenType}, {"refresh_token", &token.RefreshToken},
	} {
		var text LenientString
		if err := unmarshalField(fields[field.name], &text); err != nil {
			return token, fmt.Errorf("`%s` cannot be read: %w", field.name, err)
		}

		*field.value = string(text)
	}

	token.AccessToken = strings.TrimSpace(token.AccessToken)

	if token.Scope, err = readScope(fields["scope"]); err != nil {
		return token, fmt.Errorf("`scope` cannot be read: %w", err)
	}

	if token.ExpiresIn, err = readLifetime(fields["expires_in"]); err != nil {
		return token, fmt.Errorf("`expires_in` cannot be read: %w", err)
	}

	switch {
	case token.AccessToken == "":
		return token, errors.New("the body has no `access_token`")
	case !isHeaderText(token.AccessToken):
		return token, errors.New("`access_token` cannot be sent: it contains characters that are not valid in a header")
	case token.TokenType != "" && !authScheme.MatchString(token.TokenType):
		return token, errors.New("`token_type` cannot be used: it contains characters that are not valid in a header")
	default:
		return token, nil
	}
}

// unmarshalField decodes a field into target. If the field is missing, target stays unchanged.
func unmarshalField(raw json.RawMessage, target any) error {
	if raw == nil {
		return nil
	}

	return json.Unmarshal(raw, target)
}

// readScope returns the granted scopes, separated by spaces. Some services return an array instead of a string.
func readScope(raw json.RawMessage) (string, error) {
	var scopes []LenientString

	if bytes.HasPrefix(raw, []byte("[")) {
		if err := json.Unmarshal(raw, &scopes); err != nil {
			return "", errors.New("expected a string or an array of strings")
		}
	} else {
		var scope LenientString
		if err := unmarshalField(raw, &scope); err != nil {
			return "", err
		}

		scopes = append(scopes, scope)
	}

	joined := make([]string, 0, len(scopes))
	for _, scope := range scopes {
		joined = append(joined, strings.Trim(string(scope), " "))
	}

	scope := strings.Trim(strings.Join(joined, " "), " ")

	// Source: RFC 6749 section 3.3.
	if strings.ContainsFunc(scope, func(char rune) bool { return char < ' ' || char > '~' }) {
		return "", errors.New("the value contains characters that are not valid in a scope")
	}

	return scope, nil
}

// readLifetime parses a number of seconds, which may be a JSON string. If the value is missing, zero or negative, the lifetime counts as unspecified,
// and readLifetime returns 0. Some services return -1 for a token that does not expire.
func readLifetime(raw json.RawMessage) (int32, error) {
	var text LenientString
	if err := unmarshalField(raw, &text); err != nil {
		return 0, fmt.Errorf("expected a number of seconds, got %s", KindOf(raw))
	}

	trimmed := strings.TrimSpace(string(text))
	if trimmed == "" {
		return 0, nil
	}

	seconds, err := strconv.ParseFloat(trimmed, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || math.IsNaN(seconds) || err == nil && math.IsInf(seconds, 0) {
		return 0, fmt.Errorf("expected a number of seconds, got %s", KindOf(raw))
	}

	switch {
	case seconds <= 0:
		return 0, nil
	case seconds < 1:
		return 1, nil
	default:
		return int32(min(seconds, math.MaxInt32)), nil
	}
}

// newTokenError converts an error response of a token endpoint to an [Error].
func newTokenError(resp Reply) *Error {
	failure := newStatusError(Area{}, resp.Status, resp.Body)

	if fields, err := readTokenFields(resp.Body); err == nil && failure.Code == "" {
		failure.Code = Printable(plain(fields["error"]))
		if resp.Body[0] != '{' { // Detail quotes the whole form, so replace Detail with the description.
			failure.Detail = Printable(plain(fields["error_description"]))
		}
	}

	if failure.Title == failure.Code {
		failure.Title = ""
	}

	failure.RetryAt = retryAt(resp)

	switch failure.Status {
	case http.StatusOK, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		if failure.Reason != ReasonHTML {
			failure.Reason = ReasonSignIn
		}
	}

	return failure
}
