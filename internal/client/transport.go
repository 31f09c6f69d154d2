package client

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
	// maxBody is the largest answer that is kept whole, in bytes.
	maxBody = 64 << 20

	// maxStream is the largest answer that is read while it arrives, in bytes.
	maxStream = 1 << 30
)

// maxRedirects is the number of redirects that one request may follow, all within its origin.
const maxRedirects = 3

// stayAtOrigin is an [http.Client] redirect policy: credentials never go to another host or down to http, and only reads
// follow at all, since a redirected write would turn into a read.
func stayAtOrigin(req *http.Request, via []*http.Request) error {
	first := via[0]

	var problem string

	switch {
	case origin(req.URL) != origin(first.URL):
		problem = "it answered with a redirect to " + origin(req.URL)
	case first.Method != http.MethodGet && first.Method != http.MethodHead:
		problem = "it answered a " + first.Method + " with a redirect"
	case len(via) > maxRedirects:
		problem = fmt.Sprintf("it answered with more than %d redirects", maxRedirects)
	default:
		return nil
	}

	return &Error{Reason: ReasonRedirect, Detail: problem + ", which was not followed"}
}

// buffered is the step of the transport that makes one attempt: it bounds its time and reads its whole answer, so that a
// connection that breaks within the body fails the attempt, and can be tried again. An attempt whose outcome nobody could
// find out later is not broken off by a cancelled run, only by its own time.
type buffered struct {
	timeout time.Duration
	// limit bounds an answer that is kept whole, and streamLimit one that is read while it arrives, in bytes after decompression.
	limit, streamLimit int64
	next               http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (b *buffered) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if ctx.Err() == nil && exchangeOf(ctx).outlives {
		ctx = context.WithoutCancel(ctx)
	}

	ctx, cancel := context.WithTimeoutCause(ctx, b.timeout, errAttemptTimeout)
	defer cancel()

	var opening connecting

	resp, err := b.next.RoundTrip(req.WithContext(opening.trace(ctx)))
	if err != nil {
		return nil, opening.explain(b.explain(ctx, err))
	}
	defer resp.Body.Close()

	if read := exchangeOf(ctx).stream; read != nil && resp.StatusCode == http.StatusOK {
		return b.streamed(ctx, resp, read)
	}

	return b.whole(ctx, resp, resp.Body)
}

// streamed gives the body to read while it arrives. A body that breaks off fails the attempt, like one that is kept whole.
func (b *buffered) streamed(ctx context.Context, resp *http.Response, read func(io.Reader) error) (*http.Response, error) {
	source := &trackedReader{source: io.LimitReader(resp.Body, b.streamLimit+1)}
	body := bufio.NewReaderSize(source, 64<<10)

	start, _ := body.Peek(512) // An error comes again with the first read.
	if isWebPage(resp.Header, trim(start)) {
		return b.whole(ctx, resp, body)
	}

	if bytes.HasPrefix(start, []byte(byteOrderMark)) {
		_, _ = body.Discard(len(byteOrderMark)) // They were peeked at.
	}

	switch err := read(body); {
	case source.count > b.streamLimit:
		return nil, tooLarge(resp.StatusCode, b.streamLimit)
	case source.err != nil:
		return nil, b.explain(ctx, fmt.Errorf("the answer broke off after %d bytes: %w", source.count, source.err))
	case err != nil:
		return nil, err
	}

	resp.Body, resp.ContentLength = http.NoBody, source.count

	return resp, nil
}

// trackedReader counts what it reads, and keeps the error that ended it early.
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

	return count, err //nolint:wrapcheck // A reader passes on what it gets.
}

func tooLarge(status int, limit int64) *Error {
	return &Error{Reason: ReasonTooLarge, Status: status, Detail: fmt.Sprintf("the response is larger than %d MiB", limit>>20)}
}

// whole reads a body into memory.
func (b *buffered) whole(ctx context.Context, resp *http.Response, source io.Reader) (*http.Response, error) {
	body, err := io.ReadAll(io.LimitReader(source, b.limit+1))

	switch {
	case int64(len(body)) > b.limit:
		return nil, tooLarge(resp.StatusCode, b.limit)
	case err != nil:
		return nil, b.explain(ctx, fmt.Errorf("the answer broke off after %d bytes: %w", len(body), err))
	}

	body = trim(body)
	if resp.StatusCode < http.StatusMultipleChoices && isWebPage(resp.Header, body) {
		return nil, &Error{
			Reason: ReasonHTML, Status: resp.StatusCode,
			Detail: "a web page" + titleOf(body) + " in the place of the API's answer",
		}
	}

	if bytes.HasPrefix(body, []byte("{")) {
		// Whatever the service says that it is: the token library takes plain text for a form.
		resp.Header.Set("Content-Type", "application/json")
	}

	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))

	return resp, nil
}

// errAttemptTimeout marks an attempt that ran out of its own time, which may be tried again, unlike its caller's.
var errAttemptTimeout = errors.New("no complete answer")

// explain turns err into the timeout of this attempt where that is what happened.
func (b *buffered) explain(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errAttemptTimeout) {
		return fmt.Errorf("%w within %s", errAttemptTimeout, b.timeout)
	}

	return err
}

// logged is the step of the transport that writes one line for each attempt: no body, and of the headers only those that
// tell about limits.
type logged struct {
	logger   *slog.Logger
	redactor *redactor
	next     http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (l *logged) RoundTrip(req *http.Request) (*http.Response, error) {
	current := exchangeOf(req.Context())
	current.attempts++
	start := time.Now()

	resp, err := l.next.RoundTrip(req)
	current.mayHaveHappened = current.mayHaveHappened || !surelyNotCarriedOut(resp, err)

	fields := []any{
		slog.String("method", req.Method),
		slog.String("url", l.redactor.show(logURL(req.URL))),
		slog.Int("attempt", current.attempts),
		slog.Duration("duration", time.Since(start)),
	}

	if err != nil {
		fields = append(fields, slog.String("error", l.redactor.show(err.Error())))
		l.logger.WarnContext(req.Context(), "Celonis gave no usable answer", fields...)

		return nil, err //nolint:wrapcheck // A transport passes on what it gets.
	}

	fields = append(fields, slog.Int("status", resp.StatusCode), slog.Int64("bytes", resp.ContentLength))

	for _, name := range []string{"Retry-After", "X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset"} {
		if value := resp.Header.Get(name); value != "" {
			fields = append(fields, slog.String(strings.ToLower(name), l.redactor.show(value)))
		}
	}

	l.logger.DebugContext(req.Context(), "Celonis answered", fields...)

	return resp, nil
}

// surelyNotCarriedOut reports whether an attempt was never sent, or was refused as a whole.
func surelyNotCarriedOut(resp *http.Response, err error) bool {
	if err != nil {
		failure, ok := errors.AsType[*Error](err)

		return isUnsent(err) || isRefusedHandshake(err) || ok && isRefusedStatus(failure.Status)
	}

	return isRefusedStatus(resp.StatusCode)
}

func isRefusedStatus(status int) bool {
	return status >= http.StatusMultipleChoices && status < http.StatusInternalServerError && status != http.StatusRequestTimeout
}

// logURL returns the URL without user information.
func logURL(address *url.URL) string {
	shown := *address
	shown.User = nil

	return shown.String()
}

// named is the step of the transport that says who is asking. Redirects and token requests pass it too.
type named struct {
	userAgent string
	next      http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (n *named) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("User-Agent", n.userAgent)

	return n.next.RoundTrip(req) //nolint:wrapcheck // A transport passes on what it gets.
}

// DetailCanceled is the detail of a [ReasonCanceled] about which there is no more to say.
const DetailCanceled = "the run was cancelled"

// newTransportError turns the failure to get an answer into an [Error].
func newTransportError(ctx context.Context, err error) *Error {
	var (
		failure *Error
		wrapped *url.Error
	)

	if errors.As(err, &failure) {
		return failure
	}

	// Its text repeats the URL, which the error has a field for.
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}

	failure = &Error{Reason: ReasonConnection, cause: nameHost(err)}
	if behind, ok := errors.AsType[*proxyError](err); ok {
		failure.Proxy = behind.proxy
	}

	switch problem := tlsProblemOf(err); {
	case ctx.Err() != nil:
		return &Error{Reason: ReasonCanceled, Detail: DetailCanceled, cause: context.Cause(ctx)}
	case errors.Is(err, errAttemptTimeout):
		failure.Reason = ReasonTimeout
	case problem != "":
		failure.Reason, failure.TLSProblem = ReasonTLS, problem
	}

	return failure
}
