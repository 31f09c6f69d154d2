package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Call sends a request and passes a successful response to the read function. If the request fails, Call returns an [Error] that identifies the
// request and is safe to show. If the read function returns an error that is not an [Error], Call returns it unchanged.
func Call[T any](ctx context.Context, t *Transport, req Request, read func(Reply) (T, error)) (value T, err error) {
	resp, out, err := t.attempt(ctx, req)

	switch {
	case err != nil:
		err = AsError(ctx, err)
	case resp.Status >= http.StatusMultipleChoices:
		failure := newStatusError(req.Area, resp.Status, resp.Body)
		failure.RetryAt = retryAt(resp)
		err = failure
	case resp.Status == http.StatusPartialContent: // The client never sends a Range header.
		err = InvalidResponse(resp.Status, "the response is incomplete: it contains only part of the requested data")
	default:
		value, err = read(resp)
	}

	if failure, ok := errors.AsType[*Error](err); ok {
		err = t.complete(*failure, req, out)
	}

	return value, err
}

// complete returns a copy of the failure that includes the request's details. The original stays unchanged, because callers share the error of a
// rejected sign-in.
func (t *Transport) complete(failure Error, req Request, out sent) *Error {
	failure.Area, failure.MayHaveBeenApplied = req.Area, out.mayHaveBeenApplied
	if failure.Reason == ReasonRateLimited && failure.Status == 0 {
		addition := "; the provider stopped retrying this request"

		switch {
		case out.attempts == 0:
			addition = "; this request was not sent"
		case out.mayHaveBeenApplied && !req.IsRead():
			addition += ", but an earlier attempt may have taken effect"
		}

		failure.Detail = strings.TrimSuffix(failure.Detail, ".") + addition
	}

	if failure.Method == "" && out.attempts > 0 {
		failure.Method, failure.Path, failure.Attempts = req.Method, req.Location(), out.attempts
	}

	if out.token != nil && failure.Scopes == nil {
		failure.Scopes = out.token.Scopes
	}

	t.redactor.clean(&failure)

	return &failure
}

// Request is one API request. The body may contain secrets, such as a callback's headers.
type Request struct {
	Redacted

	Area   Area
	Method string
	// Path contains the unescaped path segments after the team's address.
	Path  []string
	Query url.Values
	// Header contains additional headers, which may override the default Content-Type, application/json.
	Header http.Header
	// Body is sent as JSON.
	Body []byte
	// IgnoreCancel lets an attempt in flight continue until its own timeout when the caller's context is cancelled. IgnoreCancel is meant for
	// requests that cannot be repeated, because cancelling such a request would leave its outcome unknown.
	IgnoreCancel bool
	// OnlyReads marks a POST that changes nothing and may be repeated.
	OnlyReads bool
	// Repeatable marks a PATCH that may be applied twice.
	Repeatable bool
	// Stream reads the body of a 200 response as it arrives, because the body may be too large to keep in memory. The body of the [Reply] is then
	// empty. Stream is called again for each attempt that returns a 200.
	Stream func(io.Reader) error
}

// IsRead reports whether the request changes nothing.
func (r Request) IsRead() bool { return r.OnlyReads || r.Method == http.MethodGet }

// isRepeatable reports whether the request can safely be applied twice.
func (r Request) isRepeatable() bool {
	return r.IsRead() || r.Repeatable || (r.Method != http.MethodPost && r.Method != http.MethodPatch)
}

// Location returns the escaped path.
func (r Request) Location() string {
	var path strings.Builder

	for _, segment := range r.Path {
		path.WriteString("/" + url.PathEscape(segment))
	}

	return path.String()
}
