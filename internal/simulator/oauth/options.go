package oauth

import (
	"errors"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Options describe the credentials of the team and its token endpoint.
type Options struct {
	// Clients are the OAuth clients. By default, there is one client with every scope; an empty list means none.
	Clients []Client
	// ApplicationKeys are sent as `Authorization: AppKey …`. By default, there is one; an empty list means none.
	ApplicationKeys []Key
	// UserKeys are sent as `Authorization: Bearer …`. By default, there is one; an empty list means none.
	UserKeys []Key

	// ScopeOptional lets a token request omit `scope` and receive all scopes of the client. Otherwise, such a request fails with
	// 400.
	ScopeOptional bool
	// MissingScopeIsInvalidRequest returns the error invalid_request if `scope` is missing, instead of invalid_scope (RFC 6749,
	// section 3.3).
	MissingScopeIsInvalidRequest bool
	// RawBasicCredentials decodes basic authentication as base64(id:secret), as the documentation suggests. Otherwise, both parts are
	// form-encoded first (RFC 6749, section 2.3.1).
	RawBasicCredentials bool
	// TokenLifetime is the lifetime of access tokens. 0s means 899 seconds, as in the documented example.
	TokenLifetime time.Duration
	// OmitExpiresIn omits `expires_in` from token responses.
	OmitExpiresIn bool
	// RotateRefreshTokens returns a new refresh token for each refresh and invalidates the old one.
	RotateRefreshTokens bool
	// NarrowScopes drops scopes that the client lacks instead of returning invalid_scope, unless none is left.
	NarrowScopes bool
	// TokenErrors selects the form of errors of the token endpoint. Not documented.
	TokenErrors TokenErrorShape
}

// TokenErrorShape is the form of the token endpoint's errors.
type TokenErrorShape string

// The shapes of token errors.
const (
	TokenErrorOAuth   TokenErrorShape = "oauth"   // RFC 6749 section 5.2 (default)
	TokenErrorProblem TokenErrorShape = "problem" // problem JSON with an errorCode, as from the APIs
	TokenErrorText    TokenErrorShape = "text"    // plain text
	TokenErrorEmpty   TokenErrorShape = "empty"   // no body
)

// Words lists the allowed values, the default first.
func (TokenErrorShape) Words() []TokenErrorShape {
	return []TokenErrorShape{TokenErrorOAuth, TokenErrorProblem, TokenErrorText, TokenErrorEmpty}
}

const defaultTokenLifetime = 899 * time.Second

// SetDefaults sets defaults and returns an error with all invalid options.
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
