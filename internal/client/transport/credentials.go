package transport

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Mode is a sign-in method.
type Mode string

// The sign-in methods. Source: developer.celonis.com/celonis-apis/auth.
const (
	// ModeOAuthClient uses the client credentials grant to request tokens.
	ModeOAuthClient Mode = "OAuth client"
	// ModeRefreshToken uses the refresh token grant to request tokens.
	ModeRefreshToken Mode = "refresh token"
	// ModeAccessToken sends an existing token.
	ModeAccessToken Mode = "access token"
	// ModeApplicationKey sends an application key. The vendor will discontinue application keys.
	ModeApplicationKey Mode = "application key"
	// ModeUserKey sends a user API key. The vendor will discontinue user API keys.
	ModeUserKey Mode = "user API key"
)

// AuthMethod is how an OAuth client proves its identity to the token endpoint. The method is chosen when the client is registered. Source:
// developer.celonis.com/celonis-apis/auth, "OAuth client Authentication Methods".
type AuthMethod string

// The client authentication methods.
const (
	// AuthMethodAuto tries client_secret_basic, then client_secret_post, and remembers the method that worked.
	AuthMethodAuto AuthMethod = "auto"
	// AuthMethodBasic sends the credentials in the Authorization header.
	AuthMethodBasic AuthMethod = "client_secret_basic"
	// AuthMethodPost sends the credentials as form fields.
	AuthMethodPost AuthMethod = "client_secret_post"
)

// Credentials identify a user or an OAuth client.
type Credentials struct {
	Mode Mode
	// ClientID, ClientSecret, AuthMethod, RefreshToken and TokenURL apply to the two OAuth grants. A public client with a refresh token has no
	// secret. If TokenURL is empty, the team's own endpoint is used.
	ClientID     string
	ClientSecret Secret
	AuthMethod   AuthMethod
	RefreshToken Secret
	TokenURL     string
	// Key is the access token, application key or user API key for the other modes.
	Key Secret
}

// CanMint reports whether the credentials can request tokens.
func (c Credentials) CanMint() bool {
	return c.Mode == ModeOAuthClient || c.Mode == ModeRefreshToken
}

// IsStaticKey reports whether the credentials are an application key or a user API key, both of which the vendor will discontinue.
func (c Credentials) IsStaticKey() bool {
	return c.Mode == ModeApplicationKey || c.Mode == ModeUserKey
}

func (c Credentials) validate() error {
	switch c.Mode {
	case ModeOAuthClient:
		return errors.Join(checkSecret("client ID", NewSecret(c.ClientID), true), checkSecret("client secret", c.ClientSecret, true))
	case ModeRefreshToken:
		return errors.Join(
			checkSecret("client ID", NewSecret(c.ClientID), true),
			checkSecret("client secret", c.ClientSecret, false),
			checkSecret("refresh token", c.RefreshToken, true),
		)
	case ModeAccessToken, ModeApplicationKey, ModeUserKey:
		return checkSecret(string(c.Mode), c.Key, true)
	default:
		return errors.New("no credentials")
	}
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

// CheckSecret rejects a value that contains anything other than the credential itself, because net/http would quote an invalid header value in its
// error. The error from CheckSecret points out the likely copying mistake, but does not quote the value.
func CheckSecret(value string) error {
	lower := strings.ToLower(value)

	if strings.HasPrefix(lower, "authorization:") {
		return errors.New("the value begins with `Authorization:`. Remove the header name and the word after it")
	}

	for _, scheme := range []string{"Bearer", "AppKey", "Basic", "Token"} {
		if rest, found := strings.CutPrefix(lower, strings.ToLower(scheme)); found && strings.TrimLeft(rest, " \t:=") != rest {
			return fmt.Errorf("the value begins with the word %s. Remove that word: the provider adds the correct one", scheme)
		}
	}

	if _, quoted := Unquote(value); quoted {
		return errors.New("the value is in quotation marks. Remove the quotation marks")
	}

	if strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}") && strings.Contains(value, ":") {
		return errors.New("the value is a JSON object. Use only the credential in that object")
	}

	if value == "…" || value == "..." || strings.HasPrefix(value, "<") && strings.HasSuffix(value, ">") {
		return errors.New("the value is a placeholder. Replace it with the credential that Celonis issued")
	}

	for _, char := range value {
		switch {
		case char == '\n' || char == '\r':
			return errors.New("the value contains a line break. Make sure that you copy the whole value and nothing else")
		case unicode.IsSpace(char):
			return errors.New("the value contains whitespace. Make sure that you copy the whole value and nothing else")
		case char > unicode.MaxASCII:
			return errors.New("the value contains a non-ASCII character, such as a typographic quotation mark or dash. " +
				"Copy the credential again from its source")
		case unicode.IsControl(char):
			return errors.New("the value contains a control character. Copy the credential again from its source")
		}
	}

	return nil
}

// Unquote removes the quotation marks around a value, and reports whether there were any. Shells remove quotation marks, but most parsers of
// .env files keep them.
func Unquote(value string) (unquoted string, quoted bool) {
	for _, marks := range [][2]string{{`"`, `"`}, {"'", "'"}, {"`", "`"}, {"“", "”"}, {"‘", "’"}, {"„", "“"}, {"«", "»"}} {
		if inner, found := strings.CutPrefix(value, marks[0]); found && strings.HasSuffix(inner, marks[1]) {
			return strings.TrimSpace(strings.TrimSuffix(inner, marks[1])), true
		}
	}

	return value, false
}

// isHeaderText reports whether a value can be sent in a header.
func isHeaderText(value string) bool {
	return !strings.ContainsFunc(value, func(char rune) bool { return char <= ' ' || char > '~' })
}

// Secrets returns the values that must not appear in any output, including the `id:secret` form of Basic credentials. Some of the values may be
// empty.
func (c Credentials) Secrets() []Secret {
	secrets := []Secret{c.ClientSecret, c.RefreshToken, c.Key}
	if !c.ClientSecret.IsEmpty() {
		secrets = append(secrets, NewSecret(c.ClientID+":"+c.ClientSecret.Reveal()))
	}

	return secrets
}

// at returns the credentials for use with the team at baseURL: TokenURL is normalised, and defaults to that team's token endpoint.
func (c Credentials) at(baseURL string) (Credentials, error) {
	if c.TokenURL == "" {
		c.TokenURL = baseURL + TokenPath

		return c, nil
	}

	tokenURL, err := ParseTokenURL(c.TokenURL)
	if err != nil {
		return c, fmt.Errorf("invalid token URL: %w", err)
	}

	c.TokenURL = tokenURL

	return c, nil
}
