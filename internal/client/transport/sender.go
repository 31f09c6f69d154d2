package transport

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// DefaultMaxBody is the default value of the MaxBody option.
	DefaultMaxBody = 64 << 20

	// maxStream is the maximum size of a streamed response body, in bytes after decompression.
	maxStream = 1 << 30
)

// sender makes individual attempts to send a message, which is either an API request or a token request. [Transport.attempt] and
// [tokenSender.attempt] decide what to do after an attempt.
type sender struct {
	network   http.RoundTripper
	limiter   *limiter
	timeout   time.Duration
	maxBody   int64
	userAgent string
	redactor  *redactor
	logger    *slog.Logger
	observer  Observer
	// maxRetries is the maximum number of retries, and maxRetryWait the maximum wait before each retry.
	maxRetries   int
	maxRetryWait time.Duration
}

// message is one HTTP request, which may be sent several times. Its header and body contain credentials.
type message struct {
	Redacted

	method string
	url    *url.URL
	// origin is the only scheme, host and port that the message may be sent to, because it contains credentials.
	origin string
	header http.Header
	body   []byte
	// isRepeatable is true if the message may be sent again after an attempt that may have been applied.
	isRepeatable bool
	// ignoreCancel is true if an attempt in flight continues when the caller's context is cancelled.
	ignoreCancel bool
	// stream reads the body of a 200 response as it arrives. If stream is nil, the body is kept in memory.
	stream func(io.Reader) error
	// isToken marks a token request.
	isToken bool
}

// Reply is a response. The body may contain a token. The body of a streamed response is empty.
type Reply struct {
	Redacted

	Status int
	Header http.Header
	Body   []byte
	// size is the size of the body in bytes.
	size int64
	// head is the beginning of a streamed body, for the observer.
	head []byte
	// isUnreadable is true if the body of an error response could not be read. Body then contains the read error.
	isUnreadable bool
}

// sendOnce makes one attempt: it sends the message, reads the whole response within the request timeout, and logs one line. number is the
// number of the attempt, starting at 1. A 429 pauses all requests of the run.
func (s *sender) sendOnce(ctx context.Context, msg message, number int) (Reply, error) {
	if Origin(msg.url) != msg.origin {
		return Reply{}, &Error{Reason: ReasonRedirect, Detail: "the request would be sent to a host other than " + msg.origin}
	}

	if s.observer != nil {
		if err := s.observer.Allow(msg.exchange()); err != nil {
			return Reply{}, &Error{Reason: ReasonNotSent, cause: err}
		}
	}

	start := time.Now()
	resp, err := s.roundTrip(ctx, msg)
	s.log(ctx, msg, number, time.Since(start), resp, err)

	s.observe(msg, resp, err)

	if err == nil && resp.Status == http.StatusTooManyRequests {
		s.limiter.pauseFor(retryWait(resp, number-1, s.maxRetryWait))
	}

	return resp, err
}

// roundTrip sends a message and reads the whole response. If the connection is lost while the body is being read, the attempt fails and can be
// retried.
func (s *sender) roundTrip(ctx context.Context, msg message) (Reply, error) {
	if ctx.Err() == nil && msg.ignoreCancel {
		ctx = context.WithoutCancel(ctx)
	}

	ctx, cancel := context.WithTimeoutCause(ctx, s.timeout, errAttemptTimeout)
	defer cancel()

	var opening connecting

	req, err := http.NewRequestWithContext(opening.trace(ctx), msg.method, msg.url.String(), bytes.NewReader(msg.body))
	if err != nil {
		return Reply{}, fmt.Errorf("creating the request: %w", err)
	}

	req.Header = msg.header.Clone()
	req.Header.Set("User-Agent", s.userAgent)

	resp, err := s.network.RoundTrip(req)
	if err != nil {
		return Reply{}, opening.explain(s.explain(ctx, err))
	}
	defer resp.Body.Close()

	if resp.StatusCode < http.StatusOK { // net/http returns a 101, whose body is the connection itself.
		return Reply{}, InvalidResponse(resp.StatusCode, "the service sent an interim response instead of a final one")
	}

	if msg.stream != nil && resp.StatusCode == http.StatusOK {
		return s.streamed(ctx, resp, msg.stream)
	}

	return s.whole(ctx, resp, resp.Body)
}

// streamed passes the response body to the read function as the body arrives. If the body is incomplete, the attempt fails.
func (s *sender) streamed(ctx context.Context, resp *http.Response, read func(io.Reader) error) (Reply, error) {
	source := &trackedReader{source: io.LimitReader(resp.Body, maxStream+1)}
	body := bufio.NewReaderSize(source, maxObserved)

	start, _ := body.Peek(512) // If Peek fails, the next read returns the same error.
	if isWebPage(resp.Header, trim(start)) {
		return s.whole(ctx, resp, body)
	}

	if bytes.HasPrefix(start, []byte(byteOrderMark)) {
		_, _ = body.Discard(len(byteOrderMark)) // Peek has buffered these bytes, so Discard cannot fail.
	}

	var head []byte

	if s.observer != nil {
		head, _ = body.Peek(maxObserved) // If Peek fails, the next read returns the same error.
		head = bytes.Clone(head)
	}

	switch err := read(body); {
	case source.count > maxStream:
		return Reply{}, tooLarge(resp.StatusCode, maxStream)
	case source.err != nil:
		return Reply{}, s.explain(ctx, fmt.Errorf("the connection was lost after %d bytes of the response: %w", source.count, source.err))
	case err != nil:
		return Reply{}, err
	}

	return Reply{Status: resp.StatusCode, Header: resp.Header, size: source.count, head: head}, nil
}

// trackedReader counts the bytes that it reads, and records any error that interrupts the read.
type trackedReader struct {
	source io.Reader
	count  int64
	err    error
}

// Read implements [io.Reader].
func (t *trackedReader) Read(buffer []byte) (int, error) {
	count, err := t.source.Read(buffer)
	t.count += int64(count)

	if err != nil && !errors.Is(err, io.EOF) {
		t.err = err
	}

	return count, err
}

func tooLarge(status int, limit int64) *Error {
	return &Error{Reason: ReasonTooLarge, Status: status, Detail: fmt.Sprintf("the response is larger than %d MiB", limit>>20)}
}

// whole returns a response after reading its body into memory.
func (s *sender) whole(ctx context.Context, resp *http.Response, source io.Reader) (Reply, error) {
	body, err := io.ReadAll(io.LimitReader(source, s.maxBody+1))

	switch {
	case int64(len(body)) > s.maxBody:
		return Reply{}, tooLarge(resp.StatusCode, s.maxBody)
	case err != nil && resp.StatusCode >= http.StatusMultipleChoices && !isCanceled(ctx):
		// The status and headers have arrived, so return them, even though the body is incomplete.
		problem := fmt.Sprintf("the connection was lost after %d bytes of the response body: %v", len(body), s.explain(ctx, err))

		return Reply{Status: resp.StatusCode, Header: resp.Header, Body: []byte(problem), size: int64(len(body)), isUnreadable: true}, nil
	case err != nil:
		return Reply{}, s.explain(ctx, fmt.Errorf("the connection was lost after %d bytes of the response: %w", len(body), err))
	}

	body = trim(body)
	if resp.StatusCode < http.StatusMultipleChoices && isWebPage(resp.Header, body) {
		return Reply{}, &Error{
			Reason: ReasonHTML, Status: resp.StatusCode,
			Detail: "a web page" + titleOf(body) + " instead of the API's response",
		}
	}

	return Reply{Status: resp.StatusCode, Header: resp.Header, Body: body, size: int64(len(body))}, nil
}

// errAttemptTimeout means that an attempt exceeded the request timeout. The attempt may be retried, unlike an attempt that ends because the caller's
// own deadline has passed.
var errAttemptTimeout = errors.New("no complete response")

// isCanceled reports whether the caller, rather than the request timeout, cancelled an attempt.
func isCanceled(ctx context.Context) bool {
	return ctx.Err() != nil && !errors.Is(context.Cause(ctx), errAttemptTimeout)
}

// explain replaces err with errAttemptTimeout if the attempt timed out.
func (s *sender) explain(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errAttemptTimeout) {
		return fmt.Errorf("%w within %s", errAttemptTimeout, s.timeout)
	}

	return err
}

// maxRedirects is the maximum number of redirects that one attempt follows.
const maxRedirects = 3

// isRedirect reports whether a response has both a redirect status and a Location header.
func isRedirect(resp Reply) bool {
	switch resp.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return resp.Header.Get("Location") != ""
	default:
		return false
	}
}

// redirectTarget returns the address to which a response redirects. redirectTarget rejects a redirect to another host or from https to http, which
// would expose the credentials. It also rejects a redirect of a write request, because the write would turn into a read. followed is the number of
// redirects before this one.
func redirectTarget(msg message, resp Reply, followed int) (*url.URL, error) {
	var problem string

	target, err := msg.url.Parse(resp.Header.Get("Location"))

	switch {
	case err != nil:
		problem = "a redirect to an invalid address"
	case Origin(target) != msg.origin:
		problem = "a redirect to " + Origin(target)
	case msg.method != http.MethodGet && msg.method != http.MethodHead:
		problem = "a redirect of a " + msg.method
	case followed == maxRedirects:
		problem = fmt.Sprintf("more than %d redirects", maxRedirects)
	default:
		return target, nil
	}

	return nil, &Error{Reason: ReasonRedirect, Detail: problem + ", which was not followed"}
}

// log writes one line about an attempt. The line contains no bodies, and no headers except those about rate limits.
func (s *sender) log(ctx context.Context, msg message, number int, took time.Duration, resp Reply, err error) {
	level := slog.LevelDebug
	if err != nil {
		level = slog.LevelWarn
	}

	if !s.logger.Enabled(ctx, level) {
		return // Skip disabled levels early, because redaction accounts for much of a request's processing time.
	}

	fields := []any{
		slog.String("method", msg.method),
		slog.String("url", s.redactor.show(logURL(msg.url))),
		slog.Int("attempt", number),
		slog.Duration("duration", took),
	}

	if err != nil {
		fields = append(fields, slog.String("error", s.redactor.show(err.Error())))
		s.logger.WarnContext(ctx, "Celonis returned no usable response", fields...)

		return
	}

	fields = append(fields, slog.Int("status", resp.Status), slog.Int64("bytes", resp.size))

	for _, name := range []string{"Retry-After", "X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset"} {
		if value := resp.Header.Get(name); value != "" {
			fields = append(fields, slog.String(strings.ToLower(name), s.redactor.show(value)))
		}
	}

	s.logger.DebugContext(ctx, "Celonis responded", fields...)
}

// logURL returns the URL without user information.
func logURL(address *url.URL) string {
	shown := *address
	shown.User = nil

	return shown.String()
}
