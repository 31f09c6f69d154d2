// Package transport signs in to a team, sends requests within the service's limits, retries them, and removes secrets from the service's responses
// before they are shown. The package does not depend on any particular API.
//
// Files call only downwards, in this order:
//
//	call.go               one call: request and failure
//	attempts.go           the attempt loop: token, limiter, send once, then retry, renew the token or return
//	transport.go          options and construction
//	token.go              requests and caches tokens
//	token_sender.go       sends token requests; token_response.go reads the responses
//	sender.go             one attempt: time limit, body limit, redirects, log; observer.go observes it
//	retry.go, limiter.go  when a request may be sent, or sent again
//	network.go            connections; proxy.go, certificates.go, tls_problem.go
//	decode.go             lenient JSON
//	redact.go             redaction of all text from the service; spellings.go decodes the text
//	errors.go             the error type
//	credentials.go, secret.go, base_url.go, area.go, text.go  values
package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"
)

// The limits and defaults of the options.
const (
	DefaultRequestsPerSecond     = 20
	DefaultMaxConcurrentRequests = 10
	MaxMaxConcurrentRequests     = 50
	DefaultRequestTimeout        = 30 * time.Second
	DefaultMaxRetries            = 5
	MaxMaxRetries                = 20
	DefaultMaxRetryWait          = time.Minute
)

// Options configure a [Transport]. Zero values are used as given, except where a field's comment specifies a default.
type Options struct {
	// BaseURL is the team's address, https://<team>.<cluster>.celonis.cloud. [ParseBaseURL] documents the accepted forms.
	BaseURL     string
	Credentials Credentials
	// Scopes are requested with every token. If Scopes is empty, a token is requested with the scopes of the area that is called.
	Scopes []string
	// RequestsPerSecond is the maximum number of requests that arrive at the APIs in any second. 0 means no limit.
	RequestsPerSecond int
	// MaxConcurrentRequests is the maximum number of requests in flight, from 1 to 50.
	MaxConcurrentRequests int
	// RequestTimeout is the maximum duration of one attempt, including reading the response body.
	RequestTimeout time.Duration
	// MaxRetries is the maximum number of attempts after the first, from 0 to 20.
	MaxRetries int
	// MaxRetryWait is the maximum wait before a retry. If the service asks the client to wait longer, the call fails.
	MaxRetryWait time.Duration
	// CACertificate contains PEM certificates to trust in addition to the system roots. [ParseCertificates] documents the accepted forms.
	CACertificate string
	// Environment looks up the HTTPS_PROXY and NO_PROXY variables. If Environment is nil, no proxy is used.
	Environment func(name string) string
	// UserAgent is sent with every request.
	UserAgent string
	// Logger receives one line for each attempt. If Logger is nil, nothing is logged.
	Logger *slog.Logger
	// Observer observes each attempt, and may prevent an attempt. Observer may be nil.
	Observer Observer
	// Network replaces this package's connections in tests.
	Network http.RoundTripper
	// MaxBody is the maximum size of a response body that is kept in memory, in bytes after decompression. 0 means [DefaultMaxBody]. Tests set
	// lower limits, because reaching the default would take too long.
	MaxBody int64
}

// Transport sends requests to one team as one identity. A Transport is safe for concurrent use.
type Transport struct {
	baseURL     string
	credentials Credentials
	scopes      []string

	redactor *redactor
	sender   *sender
	signer   *signer
}

// New returns a transport without sending a request. The first call requests the first token.
func New(options Options) (*Transport, error) {
	baseURL, err := ParseBaseURL(options.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("invalid base URL: %w", err)
	}

	if err := errors.Join(options.Credentials.validate(), options.validate()); err != nil {
		return nil, err
	}

	credentials, err := options.Credentials.at(baseURL)
	if err != nil {
		return nil, err
	}

	proxies := newProxies(options.Environment)

	network := options.Network
	if network == nil {
		if err := CheckProxy(options.Environment, baseURL, credentials.TokenURL); err != nil {
			return nil, err
		}

		network, err = newNetwork(options.CACertificate, options.MaxConcurrentRequests, proxies)
		if err != nil {
			return nil, err
		}
	}

	logger := options.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}

	redactor := newRedactor(append(credentials.Secrets(), proxies.password())...)
	sender := &sender{
		network: network, limiter: newLimiter(options.MaxConcurrentRequests, options.RequestsPerSecond, options.MaxRetryWait),
		timeout: options.RequestTimeout, maxBody: cmp.Or(options.MaxBody, DefaultMaxBody), userAgent: options.UserAgent,
		redactor: redactor, logger: logger, observer: options.Observer,
		maxRetries: options.MaxRetries, maxRetryWait: options.MaxRetryWait,
	}

	return &Transport{
		baseURL: baseURL, credentials: credentials, scopes: SortedSet(options.Scopes),
		redactor: redactor, sender: sender, signer: &signer{sender: sender, redactor: redactor},
	}, nil
}

func (o Options) validate() error {
	if err := errors.Join(
		CheckRange("number of requests per second", o.RequestsPerSecond, 0, 1_000_000),
		CheckRange("number of concurrent requests", o.MaxConcurrentRequests, 1, MaxMaxConcurrentRequests),
		CheckRange("number of retries", o.MaxRetries, 0, MaxMaxRetries),
	); err != nil {
		return err
	}

	if o.RequestTimeout <= 0 || o.MaxRetryWait <= 0 {
		return errors.New("the request timeout and the maximum retry wait must be positive")
	}

	return nil
}

// CheckRange returns an error if value is out of range. name identifies the option in the error.
func CheckRange(name string, value, lowest, highest int) error {
	if value < lowest || value > highest {
		return fmt.Errorf("the %s is %d, but must be between %d and %d", name, value, lowest, highest)
	}

	return nil
}

// Credentials returns the transport's credentials.
func (t *Transport) Credentials() Credentials { return t.credentials }

// BaseURL returns the team's address, without a trailing slash.
func (t *Transport) BaseURL() string { return t.baseURL }

// Show returns text from the service in a form that is safe to show: on one line, printable and without secrets.
func (t *Transport) Show(text string) string { return t.redactor.show(text) }

// Clean makes an error safe to show. Errors from [Call] are already clean.
func (t *Transport) Clean(failure *Error) { t.redactor.clean(failure) }

// Remember registers a secret, which is masked in all text from then on.
func (t *Transport) Remember(secret Secret) { t.redactor.remember(secret) }

// Token returns an OAuth token, from the cache if a cached token remains valid for at least req.MinRemaining.
func (t *Transport) Token(ctx context.Context, req TokenRequest) (Token, error) {
	if req.Credentials.Mode == "" {
		req.Credentials = t.credentials
	} else {
		if err := req.Credentials.validate(); err != nil {
			return Token{}, err
		}

		if req.Credentials.TokenURL == "" {
			req.Credentials.TokenURL = t.credentials.TokenURL
		}

		var err error
		if req.Credentials, err = req.Credentials.at(t.baseURL); err != nil {
			return Token{}, err
		}

		for _, secret := range req.Credentials.Secrets() {
			t.redactor.remember(secret)
		}
	}

	if !req.Credentials.CanMint() {
		return Token{}, fmt.Errorf("requesting a token requires an OAuth client or a refresh token; the configured sign-in method, %s, "+
			"cannot request one", req.Credentials.Mode)
	}

	if req.Scopes = SortedSet(req.Scopes); len(req.Scopes) == 0 {
		req.Scopes = t.scopes
	}

	token, err := t.signer.token(ctx, req)
	if err != nil {
		return Token{}, AsError(ctx, err)
	}

	return token, nil
}

// tokenRequestFor returns the token request for calls to an area. The request contains the configured scopes or, if none are configured, the scopes
// that the area needs.
func (t *Transport) tokenRequestFor(area Area) TokenRequest {
	scopes := t.scopes
	if len(scopes) == 0 {
		scopes = SortedSet(area.Scopes)
	}

	return TokenRequest{Credentials: t.credentials, Scopes: scopes, MinRemaining: renewalMargin}
}

// SortedSet returns the values sorted and without duplicates.
func SortedSet(values []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(values)))
}
