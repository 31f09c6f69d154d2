package doctor

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// unknownScope is a scope that no client has.
const unknownScope = "celonis-doctor.no-such-scope:read"

// readSignIn examines token requests and records how the token endpoint behaves. It does not use a refresh token more often than the access
// checks require.
func (e *examination) readSignIn(ctx context.Context) {
	credentials := e.team.Client.Credentials()

	if !credentials.CanMint() {
		e.unseen("The credentials contain neither an OAuth client nor a refresh token", keysOf(sectionSignIn)...)

		return
	}

	granted := e.readGranted()

	if len(e.works) == 0 || granted == "" {
		e.unseen("Celonis issued no token", keysOf(sectionSignIn)...)

		return
	}

	facts := e.team.Client.SignInFacts()

	switch {
	case credentials.Mode != transport.ModeRefreshToken:
		e.unseen("The credentials contain no refresh token", "readings.oauth.rotate_refresh_tokens")
	default:
		e.settle("readings.oauth.rotate_refresh_tokens", facts.IsRotated, "token refreshes during this run")
	}

	const raw = "readings.oauth.raw_basic_credentials"

	switch {
	case facts.Method != transport.AuthMethodBasic:
		e.unseen("The client does not use the authentication method "+string(transport.AuthMethodBasic), raw)
	case facts.FormsDiffer:
		e.settle(raw, facts.IsRaw, "a client id or secret that form encoding changes")
	default:
		e.unseen("Form encoding does not change this client id and secret", raw)
	}

	if credentials.Mode == transport.ModeRefreshToken {
		e.unseen("Observable only by using the refresh token again", keysOf(sectionSignIn)...)

		return
	}

	e.readScopes(ctx, granted)
}

// readGranted examines the tokens issued so far. It returns a scope that the client has.
func (e *examination) readGranted() string {
	const (
		omitKey     = "readings.oauth.omit_expires_in"
		lifetimeKey = "readings.oauth.token_lifetime"
	)

	granted := ""

	for _, area := range e.areas {
		for _, exchange := range e.pages[area.Name] {
			body := objectOf(exchange.Reply.Body)
			if !exchange.IsToken || !body.has("access_token") {
				continue
			}

			granted = area.Area.Scopes[0]

			if scopes := strings.Fields(body.text("scope")); len(scopes) > 0 {
				granted = scopes[0]
			}

			e.settle(omitKey, !body.has("expires_in"), "a token response")

			if seconds, err := strconv.Atoi(body.text("expires_in")); err == nil && seconds > 0 {
				e.settle(lifetimeKey, (time.Duration(seconds) * time.Second).String(), "`expires_in` of a token response")
			}
		}
	}

	e.unseen("Token responses omit the lifetime", lifetimeKey)

	return granted
}

// readScopes requests a token without a scope, and one with a scope that does not exist.
func (e *examination) readScopes(ctx context.Context, granted string) {
	const (
		optionalKey = "readings.oauth.scope_optional"
		invalidKey  = "readings.oauth.missing_scope_is_invalid_request"
		narrowKey   = "readings.oauth.narrow_scopes"
	)

	switch without, isSent := e.token(ctx); {
	case !isSent:
		e.unseen("CELONIS_SCOPES is set, so every request contains scopes", optionalKey, invalidKey)
	case without.failure == nil:
		e.settle(optionalKey, true, "a token request without `scope`")
		e.unseen("`scope` may be omitted", invalidKey)
	case without.failure.Reason != transport.ReasonSignIn:
		e.unseen(without.why(), optionalKey, invalidKey)
	default:
		e.settle(optionalKey, false, "a token request without `scope`: status %d", without.status())
		e.readTokenError(without)

		switch code := strings.ToLower(without.failure.Code); code {
		case "invalid_request", "invalid_scope":
			e.settle(invalidKey, code == "invalid_request", "a token request without `scope`")
		default:
			e.unseen("The token error contains neither invalid_request nor invalid_scope", invalidKey)
		}
	}

	both, _ := e.token(ctx, granted, unknownScope)

	switch {
	case both.failure == nil:
		e.settle(narrowKey, true, "a token request with one known and one unknown scope")
	case both.failure.Reason == transport.ReasonSignIn:
		e.settle(narrowKey, false, "a token request with one known and one unknown scope: status %d", both.status())
		e.readTokenError(both)
	default:
		e.unseen(both.why(), narrowKey)
	}

	if !e.isSettled("readings.oauth.token_errors") {
		unknown, _ := e.token(ctx, unknownScope)
		e.readTokenError(unknown)
	}
}

// token sends a token request, but does not use the returned token. isSent is false if the client returned a cached token for the configured
// scopes instead of sending a request.
func (e *examination) token(ctx context.Context, scopes ...string) (resp response, isSent bool) {
	if e.limited != nil {
		return response{failure: e.limited}, true
	}

	requests := e.team.Watch.Requests()

	_, err := e.team.Client.Token(ctx, transport.TokenRequest{Scopes: scopes})
	if err != nil {
		resp.failure = transport.AsError(ctx, err)
		resp.Reply.Status = resp.failure.Status
	}

	exchanges, position := e.team.Watch.since(e.position)
	e.position = position

	if len(exchanges) > 0 {
		resp.Exchange = exchanges[len(exchanges)-1]
	}

	return resp, e.team.Watch.Requests() > requests || err != nil
}

// readTokenError examines the format of a token error.
func (e *examination) readTokenError(resp response) {
	const key = "readings.oauth.token_errors"

	if resp.failure == nil || resp.status() < http.StatusBadRequest {
		return
	}

	switch form := resp.errorForm(); form {
	case "oauth", "problem", "text", "empty":
		e.settle(key, form, "%s", fmt.Sprintf("a rejected token request: status %d", resp.status()))
	default:
		e.unseen("Token errors are in an unknown format", key)
	}
}
