package oauth

import (
	"errors"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Options describe the team's credentials and token endpoint.
type Options struct {
	// Clients are the OAuth clients. By default, the team has one client, which is registered for every scope. Set an empty list to define
	// none.
	Clients []Client
	// ApplicationKeys are the application keys, which requests send as `Authorization: AppKey …`. By default, the team has one application
	// key. Set an empty list to define none.
	ApplicationKeys []Key
	// UserKeys are the user API keys, which requests send as `Authorization: Bearer …`. By default, the team has one user API key. Set an
	// empty list to define none.
	UserKeys []Key

	// ScopeOptional grants all scopes of the client if a token request omits `scope`. Otherwise, a token request without `scope` fails with
	// 400.
	ScopeOptional bool
	// MissingScopeIsInvalidRequest returns the error invalid_request instead of invalid_scope (RFC 6749, section 3.3) if a token request
	// omits `scope`.
	MissingScopeIsInvalidRequest bool
	// RawBasicCredentials decodes basic authentication as base64(id:secret), as the documentation suggests. Otherwise, clients must
	// form-encode the id and the secret first (RFC 6749, section 2.3.1).
	RawBasicCredentials bool
	// TokenLifetime is the lifetime of access tokens. 0s means 899 seconds, the lifetime in the documented example.
	TokenLifetime time.Duration
	// OmitExpiresIn omits `expires_in` from token responses.
	OmitExpiresIn bool
	// RotateRefreshTokens returns a new refresh token with each refresh and invalidates the old refresh token.
	RotateRefreshTokens bool
	// NarrowScopes drops requested scopes that the client is not registered for, instead of returning invalid_scope. A request without any
	// registered scope still fails.
	NarrowScopes bool
	// TokenErrors is the format of the token endpoint's errors. Not documented.
	TokenErrors TokenErrorShape
}

// TokenErrorShape is the format of the token endpoint's errors.
type TokenErrorShape string

// The formats of the token endpoint's errors.
const (
	TokenErrorOAuth   TokenErrorShape = "oauth"   // OAuth error, RFC 6749, section 5.2 (default)
	TokenErrorProblem TokenErrorShape = "problem" // problem JSON with an errorCode, as returned by the APIs
	TokenErrorText    TokenErrorShape = "text"    // plain text
	TokenErrorEmpty   TokenErrorShape = "empty"   // without a body
)

// Words returns the allowed values, default first.
func (TokenErrorShape) Words() []TokenErrorShape {
	return []TokenErrorShape{TokenErrorOAuth, TokenErrorProblem, TokenErrorText, TokenErrorEmpty}
}

const defaultTokenLifetime = 899 * time.Second

// SetDefaults sets defaults and returns an error that lists all invalid options.
func (o *Options) SetDefaults() error {
	if o.Clients == nil {
		o.Clients = []Client{DefaultClient()}
	}

	if o.ApplicationKeys == nil {
		o.ApplicationKeys = []Key{DefaultApplicationKey()}
	}

	if o.UserKeys == nil {
		o.UserKeys = []Key{DefaultUserKey()}
	}

	if o.TokenLifetime == 0 {
		o.TokenLifetime = defaultTokenLifetime
	}

	return errors.Join(
		server.CheckWord("TokenErrors", &o.TokenErrors),
		server.CheckNotNegative("TokenLifetime", o.TokenLifetime),
		checkClients(o.Clients, o.RawBasicCredentials),
		checkKeys("ApplicationKeys", o.ApplicationKeys),
		checkKeys("UserKeys", o.UserKeys),
	)
}
