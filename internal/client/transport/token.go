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
	// renewalMargin is the remaining lifetime at which a token is renewed.
	renewalMargin = time.Minute

	// documentedLifetime is the assumed lifetime of a token if the response does not specify one. Source:
	// developer.celonis.com/celonis-apis/auth, "OAuth token response": expires_in is 899.
	documentedLifetime = 899 * time.Second
)

// Token is an OAuth access token.
type Token struct {
	AccessToken Secret
	// Type is the authorisation scheme, Bearer.
	Type string
	// Scopes are the granted scopes, sorted. The granted scopes may differ from the requested scopes.
	Scopes []string
	// ExpiresAt is in UTC.
	ExpiresAt time.Time
}

// TokenRequest is a request to [Transport.Token]. Requests with equal credentials and scopes share a token.
type TokenRequest struct {
	// Credentials must be able to request tokens. The zero value means the transport's own credentials.
	Credentials Credentials
	// Scopes are the scopes to request. If Scopes is empty, the configured scopes are requested. If no scopes are configured either, the service
	// decides which scopes to grant.
	Scopes []string
	// MinRemaining is the minimum remaining lifetime of the token.
	MinRemaining time.Duration
}

// tokenKey identifies a token request by its credentials and scopes. Secrets are hashed, so that keys do not contain them.
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

// identity returns the key of an OAuth client, which does not depend on the requested scopes or the authentication method.
func (r TokenRequest) identity() tokenKey {
	key := r.key()
	key.scopes, key.method = "", ""

	return key
}

// signer requests and caches tokens. All callers share one token for each combination of credentials and scopes.
type signer struct {
	sender   *sender
	redactor *redactor
	tokens   memo.Memo[tokenKey, minted]

	mu      sync.Mutex
	clients map[tokenKey]*oauthClient
}

// minted is the result of a token request: a token or a rejection. Rejections are also cached, because credentials do not become valid during a run,
// and further attempts would cost requests and could lock the client out.
type minted struct {
	token   Token
	refusal error
}

// oauthClient is the state of one OAuth client during a run.
type oauthClient struct {
	// turn is a lock that allows one refresh at a time, because a rotating refresh token can be used only once.
	turn *semaphore.Weighted

	mu sync.Mutex
	// method is the authentication method that worked, or "" if no method has worked yet.
	method AuthMethod
	// refreshToken is the latest rotated refresh token, which is empty before the first rotation.
	refreshToken Secret
}

// token returns a token that is valid for at least req.MinRemaining, from the cache if possible.
func (s *signer) token(ctx context.Context, req TokenRequest) (Token, error) {
	isUsable := func(cached memo.Result[minted]) bool {
		remaining, half := time.Until(cached.Value.token.ExpiresAt), cached.Value.token.ExpiresAt.Sub(cached.EndedAt)/2

		// If the entire lifetime of a token is shorter than the margin, use the token for half of its lifetime. Otherwise, every request would need a
		// new token.
		return cached.Value.refusal != nil || remaining >= req.MinRemaining || (req.MinRemaining <= renewalMargin && remaining >= half && half > 0)
	}

	cached, err := s.tokens.Get(ctx, req.key(), time.Time{}, isUsable, func(ctx context.Context) (minted, error) {
		token, err := s.mint(ctx, req)
		if isRefusal(err) {
			return minted{refusal: err}, nil
		}

		return minted{token: token}, err
	})
	if err == nil {
		err = cached.Value.refusal
	}

	return cached.Value.token, err
}

// drop removes a rejected token from the cache, unless a newer token has replaced it.
func (s *signer) drop(req TokenRequest, refused Token) {
	s.tokens.Forget(req.key(), func(cached memo.Result[minted]) bool {
		return cached.Value.token.AccessToken.Reveal() == refused.AccessToken.Reveal()
	})
}

func (s *signer) client(req TokenRequest) *oauthClient {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.clients == nil {
		s.clients = make(map[tokenKey]*oauthClient)
	}

	client := s.clients[req.identity()]
	if client == nil {
		client = &oauthClient{turn: semaphore.NewWeighted(1)}
		s.clients[req.identity()] = client
	}

	return client
}

// mint requests a token, trying the client's authentication methods in order.
func (s *signer) mint(ctx context.Context, req TokenRequest) (Token, error) {
	client := s.client(req)

	if req.Credentials.Mode == ModeRefreshToken {
		if err := client.turn.Acquire(ctx, 1); err != nil {
			return Token{}, err
		}
		defer client.turn.Release(1)

		// Cancelling a refresh could use up the refresh token and lose its successor. The request timeout still applies.
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
				client.learn(method) // The endpoint recognised the client, but rejected the request itself.
			}

			break
		}
	}

	return Token{}, summarise(methods, failures)
}

// summarise returns the last failure. If both authentication methods failed, the detail describes both failures, because the client may be registered
// for either method.
func summarise(methods []AuthMethod, failures []*Error) *Error {
	last := failures[len(failures)-1]
	if len(failures) < 2 || methods[len(failures)-1] != AuthMethodPost || !isAuthenticationFailure(last) {
		return last
	}

	addition := fmt.Sprintf("the credentials were rejected with %s and with %s", AuthMethodBasic, AuthMethodPost)
	if first := failures[len(failures)-2]; first.Response() != last.Response() {
		addition = fmt.Sprintf("this is the response to a request with %s; an earlier request with %s received %s",
			AuthMethodPost, AuthMethodBasic, first.Response())
	}

	last.Detail = strings.TrimPrefix(strings.TrimSuffix(last.Detail, ".")+"; "+addition, "; ")

	return last
}

// methods returns the client authentication methods to try, in order.
func (c *oauthClient) methods(req TokenRequest) []AuthMethod {
	c.mu.Lock()
	defer c.mu.Unlock()

	switch {
	case req.Credentials.ClientSecret.IsEmpty():
		return []AuthMethod{AuthMethodPost} // A public client sends its id in the form. Source: RFC 6749 section 3.2.1.
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

// basicForms returns the possible forms of Basic credentials: unencoded, as the vendor's documentation suggests, and form-encoded, as in RFC
// 6749 section 2.3.1. For most credentials, both forms are identical.
func basicForms(req TokenRequest) []AuthMethod {
	if encoded := req.Credentials.ClientID + req.Credentials.ClientSecret.Reveal(); url.QueryEscape(encoded) != encoded {
		return []AuthMethod{authMethodRawBasic, AuthMethodBasic}
	}

	return []AuthMethod{AuthMethodBasic}
}

// authMethodRawBasic is AuthMethodBasic without the OAuth library's form-encoding.
const authMethodRawBasic AuthMethod = "client_secret_basic, unencoded"

func (c *oauthClient) learn(method AuthMethod) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.method = method
}

// request sends one token request. A refresh also goes through the library's clientcredentials package, because the library's own refresh omits
// the scope that the vendor documents: developer.celonis.com/celonis-apis/auth, "OAuth token renewal".
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

	// The library reads its HTTP client from the context.
	minted, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: sender}))
	if err != nil {
		failure := AsError(ctx, err)
		failure.Method, failure.Path, failure.IsTokenRequest = http.MethodPost, req.Credentials.TokenURL, true
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

// isRefusal reports whether the token endpoint rejected the request permanently.
func isRefusal(err error) bool {
	failure, ok := errors.AsType[*Error](err)

	return ok && failure.Reason == ReasonSignIn
}

// isAuthenticationFailure reports whether another client authentication method might work. Token error bodies are not documented, so
// isAuthenticationFailure returns false only for codes that clearly mean something else.
func isAuthenticationFailure(failure *Error) bool {
	switch strings.ToLower(failure.Code) {
	case "invalid_scope", "invalid_grant":
		return false
	default:
		return failure.Reason == ReasonSignIn && !failure.IsGrantRefused()
	}
}
