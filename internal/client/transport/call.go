package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Call sends a request and passes the response to read, unless the response is an error. Every failure is an [Error] that names the
// request and may be shown, except for other errors that read returns.
func Call[T any](ctx context.Context, t *Transport, req Request, read func(Reply) (T, error)) (value T, err error) {
	resp, out, err := t.attempt(ctx, req)

	switch {
	case err != nil:
		err = AsError(ctx, err)
	case resp.Status >= http.StatusMultipleChoices:
		failure := newStatusError(req.Area, resp.Status, resp.Body)
		failure.RetryAt = retryAt(resp)
		err = failure
	case resp.Status == http.StatusPartialContent: // No request asks for a part.
		err = InvalidResponse(resp.Status, "the response is only a part of the answer")
	default:
		value, err = read(resp)
	}

	if failure, ok := errors.AsType[*Error](err); ok {
		err = t.complete(*failure, req, out)
	}

	return value, err
}

// complete fills in what the failure's origin did not know. It works on a copy: a refusal to sign in is shared.
func (t *Transport) complete(failure Error, req Request, out sent) *Error {
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

	t.redactor.clean(&failure)

	return &failure
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
	// IgnoreCancel says that an attempt in flight continues when the caller's context ends, until its own timeout: its outcome would be
	// unknown otherwise, and it cannot be repeated.
	IgnoreCancel bool
	// OnlyReads marks a POST that changes nothing: it may be repeated.
	OnlyReads bool
	// Repeatable marks a PATCH that may be applied twice.
	Repeatable bool
	// Stream reads the body of a 200 while it arrives, for responses that may be too large to keep; the reply has no body then. Every
	// attempt calls it again.
	Stream func(io.Reader) error
}

// IsRead reports whether the request changes nothing.
func (r Request) IsRead() bool { return r.OnlyReads || r.Method == http.MethodGet }

// isRepeatable reports whether applying the request twice does no harm.
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
