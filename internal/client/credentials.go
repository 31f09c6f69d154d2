package client

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Mode is a way to sign in.
type Mode string

// The ways to sign in. Source: developer.celonis.com/celonis-apis/auth.
const (
	// ModeOAuthClient asks for tokens with the client credentials grant.
	ModeOAuthClient Mode = "OAuth client"
	// ModeRefreshToken asks for tokens with the refresh token grant.
	ModeRefreshToken Mode = "refresh token"
	// ModeAccessToken sends a token that somebody else asked for.
	ModeAccessToken Mode = "access token"
	// ModeApplicationKey sends an application key. The vendor will discontinue these.
	ModeApplicationKey Mode = "application key"
	// ModeUserKey sends a user API key. The vendor will discontinue these.
	ModeUserKey Mode = "user API key"
)

// AuthMethod is how an OAuth client proves its identity to the token endpoint; which one a client may use is chosen when
// it is registered. Source: developer.celonis.com/celonis-apis/auth, "OAuth client Authentication Methods".
type AuthMethod string

// The client authentication methods.
const (
	// AuthMethodAuto tries basic, then post, and remembers what worked.
	AuthMethodAuto AuthMethod = "auto"
	// AuthMethodBasic sends the credentials in the Authorization header.
	AuthMethodBasic AuthMethod = "client_secret_basic"
	// AuthMethodPost sends the credentials as form fields.
	AuthMethodPost AuthMethod = "client_secret_post"
)

// Credentials are what one identity signs in with.
type Credentials struct {
	Mode Mode
	// ClientID, ClientSecret, AuthMethod, RefreshToken and TokenURL belong to the two OAuth grants. An empty secret is for
	// public clients with a refresh token. An empty TokenURL means the team's own endpoint.
	ClientID     string
	ClientSecret Secret
	AuthMethod   AuthMethod
	RefreshToken Secret
	TokenURL     string
	// Key is the access token, application key or user API key of the other modes.
	Key Secret
}

// CanMint reports whether the credentials get tokens from the token endpoint.
func (c Credentials) CanMint() bool {
	return c.Mode == ModeOAuthClient || c.Mode == ModeRefreshToken
}

// IsStaticKey reports whether the credentials are of a kind that the vendor will discontinue.
func (c Credentials) IsStaticKey() bool {
	return c.Mode == ModeApplicationKey || c.Mode == ModeUserKey
}

func (c Credentials) validate() error {
	switch c.Mode {
	case ModeOAuthClient:
		return errors.Join(checkPresent("client ID", c.ClientID), checkSecret("client secret", c.ClientSecret, true))
	case ModeRefreshToken:
		return errors.Join(
			checkPresent("client ID", c.ClientID),
			checkSecret("client secret", c.ClientSecret, false),
			checkSecret("refresh token", c.RefreshToken, true),
		)
	case ModeAccessToken, ModeApplicationKey, ModeUserKey:
		return checkSecret(string(c.Mode), c.Key, true)
	default:
		return errors.New("no credentials")
	}
}

func checkPresent(name, value string) error {
	if strings.TrimSpace(value) == "" {
		return fmt.Errorf("the %s is empty", name)
	}

	return nil
}

func checkSecret(name string, secret Secret, required bool) error {
	if required && secret.IsEmpty() {
		return fmt.Errorf("the %s is empty", name)
	}

	if err := CheckSecret(secret.Reveal()); err != nil {
		return fmt.Errorf("the %s cannot be sent: %w", name, err)
	}

	return nil
}

// CheckSecret refuses what no HTTP header can carry, before net/http quotes it in an error. Its error does not quote it.
func CheckSecret(value string) error {
	for _, char := range value {
		if char > unicode.MaxASCII || unicode.IsControl(char) || unicode.IsSpace(char) {
			return errors.New("it holds white space, a line end or another character that no credential has, as if it was not copied " +
				"whole or something else with it")
		}
	}

	return nil
}

// Secrets returns what must not show anywhere, the joint form of Basic credentials included. Some may be empty.
func (c Credentials) Secrets() []Secret {
	secrets := []Secret{c.ClientSecret, c.RefreshToken, c.Key}
	if !c.ClientSecret.IsEmpty() {
		secrets = append(secrets, NewSecret(c.ClientID+":"+c.ClientSecret.Reveal()))
	}

	return secrets
}
