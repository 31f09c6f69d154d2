package oauth

import (
	"cmp"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// TokenEndpoint issues access tokens and keeps track of the valid access and refresh tokens.
type TokenEndpoint struct {
	opts         Options
	errorsAsJSON bool // the value of server.Options.ErrorsAsJSON
	now          func() time.Time

	mu      sync.Mutex
	access  map[string]accessToken
	refresh map[string]string // refresh token → client id
}

type accessToken struct {
	owner   server.Identity
	expires time.Time
}

// ExpireTokens invalidates every access token issued so far. Refresh tokens remain valid.
func (t *TokenEndpoint) ExpireTokens() {
	t.mu.Lock()
	defer t.mu.Unlock()

	clear(t.access)
}

// New returns the token endpoint of a team.
func New(opts Options, now func() time.Time, errorsAsJSON bool) *TokenEndpoint {
	t := &TokenEndpoint{opts: opts, now: now, errorsAsJSON: errorsAsJSON, access: map[string]accessToken{}, refresh: map[string]string{}}

	for _, client := range opts.Clients {
		for _, token := range client.RefreshTokens {
			t.refresh[token] = client.ID
		}
	}

	return t
}

// identify returns the identity to which a valid access token was issued.
func (t *TokenEndpoint) identify(token string) (server.Identity, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()

	found, ok := t.access[token]
	if !ok || !t.now().Before(found.expires) {
		return server.Identity{}, false
	}

	return found.owner, true
}

func (t *TokenEndpoint) issue(client Client, scopes []string, lifetime time.Duration, host string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()

	now := t.now()

	maps.DeleteFunc(t.access, func(_ string, token accessToken) bool { return !now.Before(token.expires) })

	token, err := makeToken(client.ID, host, scopes, now, lifetime)
	if err != nil {
		return "", err
	}

	t.access[token] = accessToken{
		owner: server.Identity{
			Name: cmp.Or(client.Name, client.ID), Scopes: slices.Clone(scopes),
			Packages: client.Packages, EditPackages: client.EditPackages, Services: client.Services,
		},
		expires: now.Add(lifetime),
	}

	return token, nil
}

// validRefresh reports whether a refresh token belongs to the client.
func (t *TokenEndpoint) validRefresh(token, clientID string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()

	owner, ok := t.refresh[token]

	return ok && owner == clientID
}

// rotate replaces a refresh token with a new token. If several requests use the same refresh token, only the first request succeeds.
func (t *TokenEndpoint) rotate(token, clientID string) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()

	if owner, ok := t.refresh[token]; !ok || owner != clientID {
		return "", false
	}

	delete(t.refresh, token)

	fresh := "simulated-refresh-token-" + rand.Text()
	t.refresh[fresh] = clientID

	return fresh, true
}

// makeToken returns an access token that looks like the vendor's sample: an ES384 JWT with the same claims, but without a valid signature. Each
// token is unique, so a simulator never accepts a token that another simulator has issued. As in the sample, the lifetime in the claims is one
// second longer than expires_in.
func makeToken(clientID, host string, scopes []string, issued time.Time, lifetime time.Duration) (string, error) {
	id := rand.Text()

	header, err := json.Marshal(server.Object{"kid": "simulated-es384", "alg": "ES384"})
	if err != nil {
		return "", fmt.Errorf("encode the token's header: %w", err)
	}

	claims, err := json.Marshal(server.Object{
		"aud":   []string{clientID, host},
		"azp":   clientID,
		"iss":   "https://" + host,
		"scope": scopes,
		"nbf":   issued.Unix(),
		"iat":   issued.Unix(),
		"exp":   issued.Unix() + expiresIn(lifetime) + 1,
		"jti":   id,
	})
	if err != nil {
		return "", fmt.Errorf("encode the token's claims: %w", err)
	}

	// An ES384 signature consists of two 48-byte numbers.
	first, second := sha512.Sum384([]byte("r"+id)), sha512.Sum384([]byte("s"+id))
	signature := slices.Concat(first[:], second[:])
	encode := base64.RawURLEncoding.EncodeToString

	return encode(header) + "." + encode(claims) + "." + encode(signature), nil
}
