package oauth

import (
	"errors"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Options describe the team's credentials and token endpoint.
type Options struct {
	// Clients are the team's OAuth clients. By default, the team has one client, which is registered for every scope. With an empty list, the
	// team has no OAuth clients.
	Clients []Client
	// ApplicationKeys are the team's application keys, which requests send as `Authorization: AppKey …`. By default, the team has one
	// application key. With an empty list, the team has no application keys.
	ApplicationKeys []Key
	// UserKeys are the team's user API keys, which requests send as `Authorization: Bearer …`. By default, the team has one user API key. With
	// an empty list, the team has no user API keys.
	UserKeys []Key

	// ScopeOptional grants all of the client's scopes if a token request omits `scope`. Otherwise, a token request without `scope` fails with
	// 400.
	ScopeOptional bool
	// MissingScopeIsInvalidRequest makes a token request without `scope` fail with invalid_request instead of invalid_scope (RFC 6749, section
	// 3.3).
	MissingScopeIsInvalidRequest bool
	// RawBasicCredentials decodes basic authentication as base64(id:secret), as the documentation suggests. Otherwise, clients must
	// form-encode the id and the secret first (RFC 6749, section 2.3.1).
	RawBasicCredentials bool
	// TokenLifetime is the lifetime of access tokens. 0s means 899 seconds, as in the documented example.
	TokenLifetime time.Duration
	// OmitExpiresIn omits `expires_in` from token responses.
	OmitExpiresIn bool
	// RotateRefreshTokens returns a new refresh token with each refresh and invalidates the old refresh token.
	RotateRefreshTokens bool
	// NarrowScopes drops requested scopes that the client is not registered for, instead of returning invalid_scope. A request still fails if
	// the client is registered for none of the requested scopes.
	NarrowScopes bool
	// TokenErrors is the format of the token endpoint's errors. Celonis does not document this format.
	TokenErrors TokenErrorShape
}

// TokenErrorShape is the format of the token endpoint's errors.
type TokenErrorShape string

// The formats of the token endpoint's errors.
const (
	TokenErrorOAuth   TokenErrorShape = "oauth"   // OAuth error as in RFC 6749, section 5.2 (default)
	TokenErrorProblem TokenErrorShape = "problem" // problem JSON with an errorCode, as returned by the APIs
	TokenErrorText    TokenErrorShape = "text"    // plain text
	TokenErrorEmpty   TokenErrorShape = "empty"   // without a body
)

// Words returns the allowed values, with the default first.
func (TokenErrorShape) Words() []TokenErrorShape {
	return []TokenErrorShape{TokenErrorOAuth, TokenErrorProblem, TokenErrorText, TokenErrorEmpty}
}

const defaultTokenLifetime = 899 * time.Second

// SetDefaults fills in the defaults and returns an error that lists all invalid options.
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
