package transport

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Reason classifies an [Error]. Callers choose their advice to the user based on the reason.
type Reason string

// The reasons why a call fails.
const (
	// ReasonStatus means that the response has an error status that no other reason covers.
	ReasonStatus Reason = "status"
	// ReasonUnauthorized means that the response is a 401. If the credentials can request tokens, a renewed token was rejected as well.
	ReasonUnauthorized Reason = "unauthorized"
	// ReasonForbidden means that the response is a 403 with a body.
	ReasonForbidden Reason = "forbidden"
	// ReasonNotActivated means that the response is a 403 with an empty body. Celonis documents this response for an API that is not enabled for
	// the team. Source: developer.celonis.com/celonis-apis/api-reference/common-error-catalog.
	ReasonNotActivated Reason = "not activated"
	// ReasonNotFound means that the object does not exist, according to a response that is documented for this case. The reason for any other 404 is
	// ReasonStatus.
	ReasonNotFound Reason = "not found"
	// ReasonAmbiguous means that several objects have the requested name.
	ReasonAmbiguous Reason = "ambiguous"
	// ReasonExists means that a create request was rejected because the object already exists.
	ReasonExists Reason = "exists"
	// ReasonDuplicate means that an object was created twice because the outcome of the first request was unknown. The call also returns one of
	// the objects, which the run keeps. ExistingID is the id of the other object.
	ReasonDuplicate Reason = "duplicate"
	// ReasonManaged means that a deletion was not sent because this run created or changed the object.
	ReasonManaged Reason = "managed"
	// ReasonNotApplied means that the service accepted a change but did not apply it.
	ReasonNotApplied Reason = "not applied"
	// ReasonRateLimited means that the response is a 429, or that the call was not sent because of an earlier 429.
	ReasonRateLimited Reason = "rate limited"
	// ReasonHTML means that the response is not an API response but a web page, such as a sign-in page or a proxy's error page.
	ReasonHTML Reason = "web page"
	// ReasonInvalidResponse means that the response is not JSON, is truncated or is inconsistent.
	ReasonInvalidResponse Reason = "invalid response"
	// ReasonTooLarge means that the response exceeds the size limit.
	ReasonTooLarge Reason = "too large"
	// ReasonRedirect means that a redirect was not followed, for example because it could send credentials to another host.
	ReasonRedirect Reason = "redirect"
	// ReasonTimeout means that an attempt took longer than the request timeout.
	ReasonTimeout Reason = "timeout"
	// ReasonTLS means that a TLS connection failed. [Error.TLSProblem] is the cause.
	ReasonTLS Reason = "tls"
	// ReasonProxy means that a proxy refused a connection, or that a proxy variable is unusable.
	ReasonProxy Reason = "proxy"
	// ReasonNotLoopback means that the host name in a plain http address resolves to another machine.
	ReasonNotLoopback Reason = "not loopback"
	// ReasonConnection means that the connection failed for any other reason.
	ReasonConnection Reason = "connection"
	// ReasonCanceled means that a call ended because its context was cancelled.
	ReasonCanceled Reason = "canceled"
	// ReasonNotSent means that the [Observer] did not allow a request.
	ReasonNotSent Reason = "not sent"
	// ReasonSignIn means that the token endpoint rejected a token request.
	ReasonSignIn Reason = "sign-in"
)

const (
	// maxErrorText is the maximum number of characters that an error quotes from a response.
	maxErrorText = 500

	// maxErrorBody is the maximum number of response bytes that are processed to build an error.
	maxErrorBody = 64 << 10
)

var (
	supportID = regexp.MustCompile(`(?i)support id:?\s*([0-9a-f-]{8,})`)
	pageTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
)

// Error describes a failed call, without credentials.
type Error struct {
	Reason Reason
	// Method and Path identify the request. For a token endpoint, Path is the whole URL. Method and Path are empty if no request was sent.
	Method, Path string
	// IsTokenRequest is true if the token request failed, so the API was not called.
	IsTokenRequest bool
	// Status is the HTTP status of the last response, or 0 if there was none.
	Status int
	// ProxyStatus is the HTTP status with which a proxy refused to open a connection, or 0 if no proxy refused.
	ProxyStatus int
	// Proxy is the host and port of the proxy, if the proxy caused the failure.
	Proxy string
	// TLSProblem is set for [ReasonTLS].
	TLSProblem TLSProblem
	// Code, Title and Detail come from the response. SupportID is the id to quote to the vendor's support.
	Code, Title, Detail, SupportID string
	// Note adds information that is not in the response, such as what to check. Note begins with a capital letter and does not end with a full stop.
	Note string
	// OutcomeUnknown is true if the client could not determine whether the request was applied.
	OutcomeUnknown bool
	// Attempts is the number of times that the request was sent.
	Attempts int
	// RetryAt is the time at which the service accepts requests again, if the response specifies it.
	RetryAt time.Time
	// ExistingID is the id of the object that already exists, for [ReasonManaged] and, if the id is known, for [ReasonExists]. For other reasons,
	// ExistingID is the id of an object that a request with an unknown outcome may have created.
	ExistingID string
	// IsManaged is true if this run created or changed the object with the id ExistingID, so another resource manages the object.
	IsManaged bool
	// Area is the API area that was called, or empty for a token endpoint.
	Area Area
	// Scopes are the requested OAuth scopes, or the scopes of the rejected token.
	Scopes []string

	// MayHaveBeenApplied is true if the service may have applied the request despite the failure.
	MayHaveBeenApplied bool
	// ListIsEmpty is true if a lookup failed because the list contains no objects at all.
	ListIsEmpty bool
	// ListChanged is true if a list kept changing while its pages were being read.
	ListChanged bool
	// isGone is true if the error code or the error body's schema indicates that an object does not exist.
	isGone bool
	cause  error
}

// Error implements error. The text contains the request, the response and the number of attempts.
func (e *Error) Error() string {
	var text strings.Builder

	if e.Method != "" {
		text.WriteString(e.Method + " " + e.Path + ": ")
	}

	response := e.Response()
	if e.Attempts > 1 || e.Note != "" {
		response = strings.TrimSuffix(response, ".") // The service's message may end with a full stop.
	}

	text.WriteString(response)

	if e.Attempts > 1 {
		fmt.Fprintf(&text, " (%d attempts)", e.Attempts)
	}

	if e.Note != "" {
		text.WriteString(". " + e.Note)
	}

	return text.String()
}

// Response describes the service's response on one line.
func (e *Error) Response() string {
	parts := make([]string, 0, 4)
	if e.Status != 0 {
		parts = append(parts, fmt.Sprintf("status %d", e.Status))
	}

	for _, part := range []string{e.Code, e.Title, e.Detail} {
		if part != "" && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}

	// A service message may end with a full stop, which must not precede a colon.
	for index := range len(parts) - 1 {
		parts[index] = strings.TrimSuffix(parts[index], ".")
	}

	if e.cause != nil {
		parts = append(parts, e.cause.Error())
	}

	if len(parts) == 0 {
		parts = append(parts, string(e.Reason))
	}

	return strings.Join(parts, ": ")
}

// IsProxyAccountRefused reports whether a proxy requires a user name and password, or rejected the configured credentials. tinyproxy 1.11
// returns 401 instead of 407 for a wrong password.
func (e *Error) IsProxyAccountRefused() bool {
	return e.ProxyStatus == http.StatusProxyAuthRequired || e.ProxyStatus == http.StatusUnauthorized
}

// IsGrantRefused reports whether a token endpoint recognised the OAuth client but rejected the grant. RFC 6749 section 5.2 defines two codes for this
// case: unauthorized_client and unsupported_grant_type. Some servers also return unauthorized_client for a wrong secret, but with status 401.
// Therefore, unauthorized_client with status 401 does not count as a rejected grant. If a client is not registered for the grant type, oidc-provider
// 9 returns invalid_request and mentions the grant type only in the description.
func (e *Error) IsGrantRefused() bool {
	switch strings.ToLower(e.Code) {
	case "unauthorized_client":
		return e.Status != http.StatusUnauthorized
	case "unsupported_grant_type":
		return true
	case "invalid_request":
		return strings.Contains(strings.ReplaceAll(strings.ToLower(e.Detail), "_", " "), "grant type")
	default:
		return false
	}
}

// Unwrap returns the cause of the failure. The cause is nil if the failure is an error response.
func (e *Error) Unwrap() error { return e.cause }

// IsRejected reports whether the service rejected the request as invalid, with status 400 or 422. A response that rejects the credentials does not
// count.
func IsRejected(err error) bool {
	failure, ok := errors.AsType[*Error](err)

	return ok && failure.Reason == ReasonStatus &&
		(failure.Status == http.StatusBadRequest || failure.Status == http.StatusUnprocessableEntity)
}

// WithNote returns a copy of the failure with an additional note.
func (e *Error) WithNote(format string, values ...any) *Error {
	note := Printable(fmt.Sprintf(format, values...))
	if note != "" {
		first, size := utf8.DecodeRuneInString(note)
		note = string(unicode.ToUpper(first)) + strings.TrimSuffix(note[size:], ".")
	}

	copied := *e
	if copied.Note != "" {
		copied.Note += ". "
	}

	copied.Note += note

	return &copied
}

// DetailCanceled is the default detail for [ReasonCanceled].
const DetailCanceled = "the run was cancelled"

// AsError converts the error of an attempt that received no response to an [Error].
func AsError(ctx context.Context, err error) *Error {
	if failure, ok := errors.AsType[*Error](err); ok {
		return failure
	}

	// A url.Error repeats the URL in its text, but [Error] has its own field for the URL.
	for wrapped, ok := errors.AsType[*url.Error](err); ok; wrapped, ok = errors.AsType[*url.Error](err) {
		err = wrapped.Err
	}

	failure := &Error{Reason: ReasonConnection, cause: nameHost(err)}
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

// IsNotFound reports whether an error means that the requested object does not exist.
func IsNotFound(err error) bool {
	failure, ok := errors.AsType[*Error](err)

	return ok && failure.Reason == ReasonNotFound
}

// MayHaveBeenApplied reports whether the service may have applied the request despite the error.
func MayHaveBeenApplied(err error) bool {
	failure, ok := errors.AsType[*Error](err)

	return ok && failure.MayHaveBeenApplied
}

// newStatusError converts an error response to an [Error]. The body may have one of the five documented formats, contain plain text or be empty. area
// is empty for a token endpoint.
func newStatusError(area Area, status int, body []byte) *Error {
	failure := &Error{Reason: ReasonStatus, Status: status, Area: area}

	trimmed := trim(body)

	switch {
	case isHTML(trimmed):
		failure.Detail = "a web page" + titleOf(trimmed)
	case len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '['):
		// Do not quote an unknown body, because it may contain a token.
		if !failure.readJSON(trimmed) {
			failure.Detail = "the body is JSON in an unknown format"
		}
	default:
		failure.Detail = Printable(string(trimmed))
	}

	failure.Reason = reasonFor(failure, len(trimmed) == 0, isHTML(trimmed))
	if failure.Reason == ReasonProxy {
		failure.ProxyStatus = status
	}

	if id := supportID.FindStringSubmatch(failure.Detail); id != nil {
		failure.SupportID = id[1]
	}

	return failure
}

func reasonFor(failure *Error, empty, html bool) Reason {
	switch failure.Status {
	case http.StatusUnauthorized:
		return ReasonUnauthorized
	case http.StatusForbidden:
		if empty {
			return ReasonNotActivated
		}

		if html {
			return ReasonHTML
		}

		return ReasonForbidden
	case http.StatusNotFound:
		if failure.isGone {
			return ReasonNotFound
		}
	case http.StatusTooManyRequests:
		return ReasonRateLimited
	case http.StatusProxyAuthRequired: // A proxy that inspects TLS may respond inside the tunnel.
		return ReasonProxy
	}

	// During an outage, gateways in front of the service respond with their own error pages.
	if html && !isPassingStatus(failure.Status) {
		return ReasonHTML
	}

	return ReasonStatus
}

// errorBody is the union of the error bodies that Celonis services send.
type errorBody struct {
	// The fields title, detail and errorCode come from the Problem schema of the public APIs. Source:
	// developer.celonis.com/celonis-apis/api-reference/common-error-catalog.
	Title     LenientString `json:"title"`
	Detail    LenientString `json:"detail"`
	ErrorCode LenientString `json:"errorCode"`
	// Some 401 responses have the body {"error": "Unauthorized"}. A token endpoint returns error and error_description (RFC 6749 section 5.2).
	Error            json.RawMessage `json:"error"`
	ErrorDescription LenientString   `json:"error_description"`
	// The Permissions API returns frontendErrorKey and errorInformation.
	FrontendErrorKey LenientString   `json:"frontendErrorKey"`
	ErrorInformation json.RawMessage `json:"errorInformation"`
	// Internal services report exceptions and validation errors in the next four fields.
	Reference    LenientString `json:"reference"`
	Message      LenientString `json:"message"`
	ShortMessage LenientString `json:"shortMessage"`
	Errors       []struct {
		Attribute LenientString `json:"attribute"`
		Error     LenientString `json:"error"`
		ErrorCode LenientString `json:"errorCode"`
	} `json:"errors"`
	// SCIM errors contain schemas and scimType (RFC 7644 section 3.12).
	Schemas  json.RawMessage `json:"schemas"`
	SCIMType LenientString   `json:"scimType"`
}

func (e *Error) readJSON(body []byte) bool {
	if !json.Valid(body) {
		return false
	}

	// If a field has an unexpected type, json.Unmarshal still decodes the other fields.
	var decoded errorBody

	_ = json.Unmarshal(body, &decoded)

	details := []string{string(decoded.Detail), string(decoded.ErrorDescription), plain(decoded.ErrorInformation), string(decoded.Message)}
	for _, entry := range decoded.Errors {
		details = append(details, strings.TrimPrefix(string(entry.Attribute)+": "+string(entry.Error), ": "))
	}

	details = slices.DeleteFunc(details, func(detail string) bool { return detail == "" })

	e.Code = Printable(cmp.Or(string(decoded.ErrorCode), string(decoded.FrontendErrorKey), string(decoded.SCIMType)))
	if e.Code == "" && len(decoded.Errors) > 0 {
		e.Code = Printable(string(decoded.Errors[0].ErrorCode))
	}

	e.Title = Printable(cmp.Or(string(decoded.Title), plain(decoded.Error), string(decoded.ShortMessage)))
	e.Detail = Printable(strings.Join(details, "; "))
	e.SupportID = Printable(string(decoded.Reference))
	schemas := strings.ToLower(string(decoded.Schemas))
	e.isGone = slices.ContainsFunc(e.Area.GoneCodes, func(pattern string) bool {
		matches, _ := path.Match(pattern, e.Code)

		return matches || strings.Contains(schemas, strings.ToLower(pattern))
	})

	return e.Code != "" || e.Title != "" || e.Detail != ""
}

// plain returns the text of a JSON string, or any other JSON value unchanged.
func plain(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}

	return string(raw)
}

// Printable returns text from a response as a single line, without control characters or any other characters that affect how a terminal displays
// text. The result is truncated after about maxErrorBody bytes.
func Printable(text string) string {
	var line strings.Builder

	for _, char := range text {
		switch {
		case unicode.IsSpace(char):
			if line.Len() > 0 && !strings.HasSuffix(line.String(), " ") {
				line.WriteByte(' ')
			}
		case char != utf8.RuneError && unicode.IsPrint(char):
			line.WriteRune(char)
		}

		if line.Len() >= maxErrorBody {
			break
		}
	}

	return strings.TrimSuffix(line.String(), " ")
}

// bounded truncates text that is too long for an error.
func bounded(text string) string {
	if runes := []rune(text); len(runes) > maxErrorText {
		return string(runes[:maxErrorText]) + "…"
	}

	return text
}

// trim removes a byte order mark, and leading and trailing whitespace, from a body.
func trim(body []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(body), []byte(byteOrderMark)))
}

// isHTML reports whether a trimmed body is HTML or XML, neither of which these APIs send.
func isHTML(body []byte) bool { return bytes.HasPrefix(body, []byte("<")) }

// isWebPage reports whether a successful response is a web page. The content takes precedence over the content type, so JSON that is labelled
// as HTML is not a web page.
func isWebPage(header http.Header, body []byte) bool {
	if len(body) == 0 || body[0] == '{' || body[0] == '[' {
		return false
	}

	return isHTML(body) || strings.HasPrefix(strings.ToLower(header.Get("Content-Type")), "text/html")
}

// titleOf returns the title of a web page, which often identifies the proxy that sent it.
func titleOf(page []byte) string {
	title := pageTitle.FindSubmatch(page[:min(len(page), maxErrorBody)])
	if title == nil {
		return ""
	}

	return fmt.Sprintf(" titled %q", Printable(string(title[1])))
}
