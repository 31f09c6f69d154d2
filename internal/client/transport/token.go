package transport

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/sync/semaphore"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/memo"
)

const (
	// renewalMargin is how long before its end a token is no longer used.
	renewalMargin = time.Minute

	// documentedLifetime is how long a token lives where the answer does not say.
	// Source: developer.celonis.com/celonis-apis/auth, "OAuth token response": expires_in is 899.
	documentedLifetime = 899 * time.Second
)

// Token is an OAuth access token.
type Token struct {
	AccessToken Secret
	// Type is the authorisation scheme, Bearer.
	Type string
	// Scopes are the granted scopes, sorted. They may differ from those asked for.
	Scopes []string
	// ExpiresAt is in UTC.
	ExpiresAt time.Time
}

// TokenRequest is a request to [Transport.Token]. Requests with equal credentials and scopes share a token.
type TokenRequest struct {
	// Credentials must be able to mint. The zero value stands for the transport's own credentials.
	Credentials Credentials
	// Scopes are the scopes to request. If there are none, the configured scopes are requested; if there are none either, the service
	// decides.
	Scopes []string
	// MinRemaining is the minimum remaining lifetime of the token.
	MinRemaining time.Duration
}

// tokenKey identifies a token request by its credentials and scopes. Secrets are hashed: keys must not be another place that holds them.
type tokenKey struct {
	mode                       Mode
	clientID, tokenURL, scopes string
	method                     AuthMethod
	secrets                    [sha256.Size]byte
}

func (r TokenRequest) key() tokenKey {
	return tokenKey{
		mode: r.Credentials.Mode, clientID: r.Credentials.ClientID, tokenURL: r.Credentials.TokenURL, method: r.Credentials.AuthMethod,
		scopes:  strings.Join(r.Scopes, " "),
		secrets: sha256.Sum256([]byte(r.Credentials.ClientSecret.Reveal() + "\x00" + r.Credentials.RefreshToken.Reveal())),
	}
}

// identity is the key of what requests of one OAuth client have in common, whatever their scopes.
func (r TokenRequest) identity() tokenKey {
	key := r.key()
	key.scopes, key.method = "", ""

	return key
}

// signer mints tokens and keeps them: one per credentials and scopes, whatever the number of callers.
type signer struct {
	sender   *sender
	redactor *redactor
	tokens   memo.Memo[tokenKey, minted]

	mu      sync.Mutex
	clients map[tokenKey]*oauthClient
}

// minted is the outcome of a token request. A refusal is kept too: credentials do not get better during a run, and every
// further try would cost a request and may lock the client.
type minted struct {
	token   Token
	refusal error
}

// oauthClient is what a run learns about one client.
type oauthClient struct {
	// turn lets one refresh at a time through: a rotated refresh token is good for one use.
	turn *semaphore.Weighted

	mu           sync.Mutex
	method       AuthMethod // What worked; empty before.
	refreshToken Secret     // The latest; empty before the first rotation.
}

// token returns a token that lives for at least req.MinRemaining, from the cache where it can.
func (s *signer) token(ctx context.Context, req TokenRequest) (Token, error) {
	lives := func(known memo.Result[minted]) bool {
		remaining, half := time.Until(known.Value.token.ExpiresAt), known.Value.token.ExpiresAt.Sub(known.EndedAt)/2

		// A token that lives for less than the margin serves for half its life, or each request would cost another one.
		return known.Value.refusal != nil || remaining >= req.MinRemaining || (req.MinRemaining <= renewalMargin && remaining >= half && half > 0)
	}

	known, err := s.tokens.Get(ctx, req.key(), time.Time{}, lives, func(ctx context.Context) (minted, error) {
		token, err := s.mint(ctx, req)
		if isRefusal(err) {
			return minted{refusal: err}, nil
		}

		return minted{token: token}, err
	})
	if err == nil {
		err = known.Value.refusal
	}

	return known.Value.token, err
}

// drop forgets a token that the service refused. Whoever got a newer one meanwhile keeps it.
func (s *signer) drop(req TokenRequest, refused Token) {
	s.tokens.Forget(req.key(), func(known memo.Result[minted]) bool {
		return known.Value.token.AccessToken.Reveal() == refused.AccessToken.Reveal()
	})
}

func (s *signer) client(req TokenRequest) *oauthClient {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.clients == nil {
		s.clients = make(map[tokenKey]*oauthClient)
	}

	known := s.clients[req.identity()]
	if known == nil {
		known = &oauthClient{turn: semaphore.NewWeighted(1)}
		s.clients[req.identity()] = known
	}

	return known
}

// mint asks the token endpoint, in the order in which its client may authenticate.
func (s *signer) mint(ctx context.Context, req TokenRequest) (Token, error) {
	client := s.client(req)

	if req.Credentials.Mode == ModeRefreshToken {
		if err := client.turn.Acquire(ctx, 1); err != nil {
			return Token{}, err
		}
		defer client.turn.Release(1)

		// A refresh that is broken off uses the refresh token up and loses the next one. It has an end of its own.
		ctx = context.WithoutCancel(ctx)
	}

	methods := client.methods(req)

	var failures []*Error

	for _, method := range methods {
		token, err := s.request(ctx, req, client, method)
		if err == nil {
			client.learn(method)

			return token, nil
		}

		failure, ok := errors.AsType[*Error](err)
		if !ok {
			return Token{}, err
		}

		failures = append(failures, failure)

		if !isAuthenticationFailure(failure) {
			if isRefusal(failure) {
				client.learn(method) // The client was recognised; the request itself was refused.
			}

			break
		}
	}

	return Token{}, summarise(methods, failures)
}

// summarise returns the last failure, with what the methods before it were answered: any of them may be the one to mend.
func summarise(methods []AuthMethod, failures []*Error) *Error {
	last := failures[len(failures)-1]
	if len(failures) < 2 || methods[len(failures)-1] != AuthMethodPost || !isAuthenticationFailure(last) {
		return last
	}

	addition := fmt.Sprintf("refused by %s and by %s alike", AuthMethodBasic, AuthMethodPost)
	if first := failures[len(failures)-2]; first.Response() != last.Response() {
		addition = fmt.Sprintf("that was with %s; with %s it was %s", AuthMethodPost, AuthMethodBasic, first.Response())
	}

	last.Detail = strings.TrimPrefix(last.Detail+"; "+addition, "; ")

	return last
}

// methods returns the client authentication methods to try, in their order.
func (c *oauthClient) methods(req TokenRequest) []AuthMethod {
	c.mu.Lock()
	defer c.mu.Unlock()

	switch {
	case req.Credentials.ClientSecret.IsEmpty():
		return []AuthMethod{AuthMethodPost} // A public client names itself in the form. Source: RFC 6749 section 3.2.1.
	case req.Credentials.AuthMethod == AuthMethodPost:
		return []AuthMethod{AuthMethodPost}
	case req.Credentials.AuthMethod == AuthMethodBasic && c.method != AuthMethodBasic && c.method != authMethodRawBasic:
		return basicForms(req)
	case c.method != "":
		return []AuthMethod{c.method}
	default:
		return append(basicForms(req), AuthMethodPost)
	}
}

// basicForms returns the forms that Basic credentials may have: as they are, which is how the vendor words it, and
// form-encoded before, as RFC 6749 section 2.3.1 has it. For most credentials they are the same.
func basicForms(req TokenRequest) []AuthMethod {
	if encoded := req.Credentials.ClientID + req.Credentials.ClientSecret.Reveal(); url.QueryEscape(encoded) != encoded {
		return []AuthMethod{authMethodRawBasic, AuthMethodBasic}
	}

	return []AuthMethod{AuthMethodBasic}
}

// authMethodRawBasic is AuthMethodBasic without the form-encoding that the token library does.
const authMethodRawBasic AuthMethod = "client_secret_basic, unencoded"

func (c *oauthClient) learn(method AuthMethod) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.method = method
}

// request sends one token request. The library's client credentials grant carries the refresh token grant too, because its
// own refresh sends no scope, which the vendor documents: developer.celonis.com/celonis-apis/auth, "OAuth token renewal".
func (s *signer) request(ctx context.Context, req TokenRequest, client *oauthClient, method AuthMethod) (Token, error) {
	config := clientcredentials.Config{
		ClientID: req.Credentials.ClientID, ClientSecret: req.Credentials.ClientSecret.Reveal(),
		TokenURL: req.Credentials.TokenURL, Scopes: req.Scopes, AuthStyle: oauth2.AuthStyleInHeader,
	}
	if method == AuthMethodPost {
		config.AuthStyle = oauth2.AuthStyleInParams
	}

	if req.Credentials.Mode == ModeRefreshToken {
		config.EndpointParams = map[string][]string{
			"grant_type": {"refresh_token"}, "refresh_token": {client.currentRefreshToken(req).Reveal()},
		}
	}

	sender := &tokenSender{sender: s.sender}
	if method == authMethodRawBasic {
		sender.basic = &req.Credentials
	}

	// This is how the library takes the client to send with.
	minted, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: sender}))
	if err != nil {
		failure := AsError(ctx, err)
		failure.Method, failure.Path = http.MethodPost, req.Credentials.TokenURL
		failure.Scopes, failure.Attempts = req.Scopes, sender.attempts
		s.redactor.clean(failure)

		return Token{}, failure
	}

	token := newToken(minted, req)
	s.redactor.rememberToken(token.AccessToken)

	if rotated := NewSecret(minted.RefreshToken); req.Credentials.Mode == ModeRefreshToken && !rotated.IsEmpty() {
		s.redactor.rememberToken(rotated)
		client.rotate(rotated)
	}

	return token, nil
}

func (c *oauthClient) currentRefreshToken(req TokenRequest) Secret {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.refreshToken.IsEmpty() {
		return req.Credentials.RefreshToken
	}

	return c.refreshToken
}

func (c *oauthClient) rotate(to Secret) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.refreshToken = to
}

func newToken(minted *oauth2.Token, req TokenRequest) Token {
	token := Token{
		AccessToken: NewSecret(minted.AccessToken), Type: minted.Type(), Scopes: slices.Clone(req.Scopes),
		ExpiresAt: minted.Expiry.UTC().Truncate(time.Second),
	}

	if granted, ok := minted.Extra("scope").(string); ok && granted != "" {
		token.Scopes = strings.Fields(granted)
	}

	slices.Sort(token.Scopes)

	if minted.Expiry.IsZero() {
		token.ExpiresAt = time.Now().Add(documentedLifetime).UTC().Truncate(time.Second)
	}

	return token
}

// isRefusal reports whether the token endpoint said no for good.
func isRefusal(err error) bool {
	failure, ok := errors.AsType[*Error](err)

	return ok && failure.Reason == ReasonSignIn
}

// isAuthenticationFailure reports whether the other client authentication method may work. Bodies of token errors are not
// documented, so only codes that speak of something else rule it out.
func isAuthenticationFailure(failure *Error) bool {
	switch strings.ToLower(failure.Code) {
	case "invalid_scope", "invalid_grant":
		return false
	default:
		return failure.Reason == ReasonSignIn && !failure.IsGrantRefused()
	}
}
