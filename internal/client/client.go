// Package client talks to Celonis over HTTP: it signs in, bounds and repeats requests, pages through lists and reads
// answers with leniency where the vendor's documents leave room. It knows nothing of Terraform.
//
// A request goes through these steps, each in a file of its own:
//
//	API area ─ shared reads ─ pages ─ attempts (token ─ limiter ─ send once ─ decide) ─ network
package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/memo"
)

// Limits of the options, and what they are where the caller has no wish.
const (
	DefaultPageSize              = 50
	MaxPageSize                  = 5000
	DefaultRequestsPerSecond     = 20
	DefaultMaxConcurrentRequests = 10
	MaxMaxConcurrentRequests     = 50
	DefaultRequestTimeout        = 30 * time.Second
	DefaultMaxRetries            = 5
	MaxMaxRetries                = 20
	DefaultMaxRetryWait          = time.Minute
)

// Options are what a [Client] is made from. Zero is a value, not a wish for the default.
type Options struct {
	// BaseURL is the team's address, https://<team>.<cluster>.celonis.cloud. See [ParseBaseURL] for what is accepted.
	BaseURL     string
	Credentials Credentials
	// Scopes are asked for in every token. Without any, each area asks for what it needs.
	Scopes []string
	// PageSize is the number of items to ask for in a page of a list, 1 to 5000. The licence sets the real maximum.
	PageSize int
	// RequestsPerSecond is the maximum number of requests that arrive at the APIs in any second. 0 means no limit.
	RequestsPerSecond int
	// MaxConcurrentRequests bounds how many requests are under way, 1 to 50.
	MaxConcurrentRequests int
	// RequestTimeout bounds one attempt, its body included.
	RequestTimeout time.Duration
	// MaxRetries is the number of attempts after the first, 0 to 20.
	MaxRetries int
	// MaxRetryWait is the longest wait before one retry. A service that asks for more gets an error.
	MaxRetryWait time.Duration
	// SCIMBasePath is where the team's SCIM API is, such as /scim/v2. Empty: the documented paths are asked. See
	// [ParseSCIMBasePath] for what is accepted.
	SCIMBasePath string
	// CACertificate is PEM text, trusted in addition to the system's roots. See [ParseCertificates] for what is accepted.
	CACertificate string
	// Environment looks up the variables HTTPS_PROXY and NO_PROXY. Without it, no proxy is used.
	Environment func(name string) string
	// UserAgent is sent with every request.
	UserAgent string
	// Logger gets a line for each attempt. None: nothing is logged.
	Logger *slog.Logger
	// Network sends requests in the place of the one that this package makes. For tests.
	Network http.RoundTripper
}

// Client calls one team's APIs as one identity. It does not change after [New] and may be used by any number of
// goroutines.
type Client struct {
	*SCIM

	baseURL     string
	credentials Credentials
	scopes      []string
	pageSize    int
	concurrent  int
	// maxRetries and maxRetryWait also limit how often, and after which wait, a create with an unknown outcome is sent again.
	maxRetries   int
	maxRetryWait time.Duration

	redactor  *redactor
	transport *transport
	signer    *signer
	reads     memo.Memo[readKey, any]
	changes   changeTracker
	// subscriptionCreations is shared by all creates of subscriptions.
	subscriptionCreations *creations[Subscription]
	audits                auditVersions
	permissionFilters     permissionFilters
}

// New makes a client. It sends nothing: the first call asks for the first token.
func New(options Options) (*Client, error) {
	baseURL, err := ParseBaseURL(options.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("the base URL: %w", err)
	}

	if err := errors.Join(options.Credentials.validate(), options.validate()); err != nil {
		return nil, err
	}

	credentials, err := options.Credentials.at(baseURL)
	if err != nil {
		return nil, err
	}

	var scimBase []string

	if options.SCIMBasePath != "" {
		path, err := ParseSCIMBasePath(options.SCIMBasePath)
		if err != nil {
			return nil, fmt.Errorf("the SCIM base path: %w", err)
		}

		scimBase = segments(path)
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

	client := &Client{
		baseURL: baseURL, credentials: credentials, scopes: sortedSet(options.Scopes), pageSize: options.PageSize,
		concurrent: options.MaxConcurrentRequests, redactor: newRedactor(append(credentials.Secrets(), proxies.password())...),
		maxRetries: options.MaxRetries, maxRetryWait: options.MaxRetryWait,
		subscriptionCreations: newCreations[Subscription](),
	}
	client.SCIM = newSCIM(client, scimBase)

	client.transport = &transport{
		network: network, limiter: newLimiter(options.MaxConcurrentRequests, options.RequestsPerSecond, options.MaxRetryWait),
		timeout: options.RequestTimeout, userAgent: options.UserAgent, redactor: client.redactor, logger: logger,
		maxRetries: options.MaxRetries, maxRetryWait: options.MaxRetryWait,
	}
	client.signer = &signer{transport: client.transport, redactor: client.redactor}

	return client, nil
}

func (o Options) validate() error {
	for _, option := range []struct {
		name              string
		value, low, upper int
	}{
		{"page size", o.PageSize, 1, MaxPageSize},
		{"number of requests per second", o.RequestsPerSecond, 0, 1_000_000},
		{"number of concurrent requests", o.MaxConcurrentRequests, 1, MaxMaxConcurrentRequests},
		{"number of retries", o.MaxRetries, 0, MaxMaxRetries},
	} {
		if option.value < option.low || option.value > option.upper {
			return fmt.Errorf("the %s is %d, and must be between %d and %d", option.name, option.value, option.low, option.upper)
		}
	}

	if o.RequestTimeout <= 0 || o.MaxRetryWait <= 0 {
		return errors.New("the request timeout and the longest retry wait must be more than nothing")
	}

	return nil
}

// at returns the credentials with the token endpoint that they are for.
func (c Credentials) at(baseURL string) (Credentials, error) {
	if c.TokenURL == "" {
		c.TokenURL = baseURL + TokenPath

		return c, nil
	}

	tokenURL, err := ParseTokenURL(c.TokenURL)
	if err != nil {
		return c, fmt.Errorf("the token URL: %w", err)
	}

	c.TokenURL = tokenURL

	return c, nil
}

// Credentials returns what the client signs in with.
func (c *Client) Credentials() Credentials { return c.credentials }

// Show returns a text that may hold words of the service as it may be shown: in one line, printable and without secrets.
func (c *Client) Show(text string) string { return c.redactor.show(text) }

// BaseURL returns the team's address, without a trailing slash.
func (c *Client) BaseURL() string { return c.baseURL }

// TokenRequest is what a caller of [Client.Token] wants.
type TokenRequest struct {
	// Credentials are whose token it is; the zero value means the client's own. They must be able to mint.
	Credentials Credentials
	// Scopes are asked for. Without any, the client's own are, and without those the service decides.
	Scopes []string
	// MinRemaining is how long the token must live at the least.
	MinRemaining time.Duration
}

// Token returns an OAuth token, from the run's cache while it lives for long enough.
func (c *Client) Token(ctx context.Context, request TokenRequest) (Token, error) {
	wish := grant{Credentials: c.credentials, scopes: sortedSet(request.Scopes)}

	if request.Credentials.Mode != "" {
		if err := request.Credentials.validate(); err != nil {
			return Token{}, err
		}

		if request.Credentials.TokenURL == "" {
			request.Credentials.TokenURL = c.credentials.TokenURL
		}

		credentials, err := request.Credentials.at(c.baseURL)
		if err != nil {
			return Token{}, err
		}

		wish.Credentials = credentials

		for _, secret := range credentials.Secrets() {
			c.redactor.remember(secret)
		}
	}

	if !wish.CanMint() {
		return Token{}, fmt.Errorf("a token needs an OAuth client or a refresh token, and these credentials are of the kind: %s", wish.Mode)
	}

	if len(wish.scopes) == 0 {
		wish.scopes = c.scopes
	}

	token, err := c.signer.token(ctx, wish, request.MinRemaining)
	if err != nil {
		return Token{}, AsError(ctx, err)
	}

	return token, nil
}

// grantFor returns the wish for a token that calls to area need: the configured scopes, else the least that will do.
func (c *Client) grantFor(area Area) grant {
	scopes := c.scopes
	if len(scopes) == 0 {
		scopes = sortedSet(area.Scopes())
	}

	return grant{Credentials: c.credentials, scopes: scopes}
}

// Request is one call to an API.
type Request struct {
	Area   Area
	Method string
	// Path holds the unescaped segments below the team's address.
	Path  []string
	Query url.Values
	// Header is sent beside what every request has; it may hold a Content-Type for the body other than application/json.
	Header http.Header
	// Body is sent as JSON.
	Body []byte
	// IgnoreCancel says that an attempt that is under way when the caller's context ends is not broken off: its outcome would be
	// unknown, and it cannot be repeated. It ends with its own timeout.
	IgnoreCancel bool
	// OnlyReads marks a POST that changes nothing: it may be repeated, and what was read before it stays good.
	OnlyReads bool
	// Repeatable marks a PATCH that may be carried out twice.
	Repeatable bool
	// Stream reads the body of a 200 while it arrives, for answers that may be too large to keep; the reply has no body then. Every
	// attempt calls it anew.
	Stream func(io.Reader) error
}

func (r Request) IsRead() bool { return r.OnlyReads || r.Method == http.MethodGet }

// isRepeatable reports whether carrying the request out twice does no harm.
func (r Request) isRepeatable() bool {
	return r.IsRead() || r.Repeatable || (r.Method != http.MethodPost && r.Method != http.MethodPatch)
}

// send makes a call and passes the response to read, whose errors are completed like all others. Any write, successful or not,
// invalidates the area's cached reads.
func (c *Client) send(ctx context.Context, req Request, read func(Reply) error) error {
	if !req.IsRead() {
		defer c.reads.Drop(func(key readKey) bool { return key.area == req.Area })
	}

	resp, out, err := c.attempt(ctx, req)

	switch {
	case err != nil:
		err = AsError(ctx, err)
	case resp.Status >= http.StatusMultipleChoices:
		failure := newStatusError(req.Area, resp.Status, resp.Body)
		failure.RetryAt = retryAt(resp)
		err = failure
	default:
		err = read(resp)
	}

	if failure, ok := errors.AsType[*Error](err); ok {
		return c.complete(*failure, req, out)
	}

	return err
}

// complete fills in what the failure's origin did not know. It works on a copy: a refusal to sign in is shared.
func (c *Client) complete(failure Error, req Request, out sent) *Error {
	failure.Area, failure.MayHaveBeenApplied = req.Area, out.mayHaveBeenApplied
	if failure.Reason == ReasonRateLimited && failure.Status == 0 {
		failure.Detail += "; this one was not sent"
		if out.attempts > 0 {
			failure.Detail += " again, and whether it was carried out before is not known"
		}
	}

	if failure.Method == "" && out.attempts > 0 {
		failure.Method, failure.Path, failure.Attempts = req.Method, req.Location(), out.attempts
	}

	if out.token != nil && failure.Scopes == nil {
		failure.Scopes = out.token.Scopes
	}

	c.redactor.clean(&failure)

	return &failure
}

// Location returns the escaped path.
func (r Request) Location() string {
	var path strings.Builder

	for _, segment := range r.Path {
		path.WriteString("/" + url.PathEscape(segment))
	}

	return path.String()
}

func sortedSet(values []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(values)))
}
