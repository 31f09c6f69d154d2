package server

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// Failure is an API error, independent of its format.
type Failure struct {
	Status    int
	Code      string // the errorCode in the vendor's error catalogs; empty = no code is documented
	Detail    string
	Attribute string // the invalid parameter or attribute; empty = none
	ScimType  string // as in RFC 7644 section 3.12; empty = none applies
}

// Response returns the failure as a response in the given format.
func (f Failure) Response(shape ErrorShape, plainJSON bool) Response {
	title := http.StatusText(f.Status)

	var (
		body        Object
		contentType = TypeJSON
	)

	switch shape {
	case ErrorText:
		return TextResponse(f.Status, f.Detail)
	case ErrorEmpty:
		return Response{Status: f.Status}
	case ErrorFrontend:
		body = Object{"frontendErrorKey": f.Code, "errorInformation": f.Detail}
	case ErrorList:
		body = Object{"errors": []Object{{
			"attribute": f.Attribute, "error": f.Detail, "errorCode": f.Code, "additionalInfo": "",
		}}}
	case ErrorReference:
		body = Object{"reference": rand.Text(), "message": f.Detail, "shortMessage": title}
	case ErrorSCIM:
		contentType = TypeSCIM
		body = Object{
			"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"},
			"status":  strconv.Itoa(f.Status),
			"detail":  f.Detail,
		}

		if f.ScimType != "" {
			body["scimType"] = f.ScimType
		}
	case ErrorProblem:
		contentType = typeProblem
		body = Object{"title": title, "status": f.Status, "detail": f.Detail}

		if f.Code != "" {
			body["errorCode"] = f.Code
		}
	}

	if plainJSON {
		contentType = TypeJSON
	}

	return JSONResponse(f.Status, contentType, body)
}

// CodeMismatch is the error code for a parameter of the wrong type. The misspelling is the vendor's (common error catalog). The simulator also
// uses this code for integers that are out of range, for which the vendor does not document a code.
const CodeMismatch = "GENERAL_PARAMETER_MISSMATCH"

// CodeIllegal is the error code for a parameter that is not allowed. The vendor documents this code for requests that sort data by anything
// other than recordId.fieldId (Knowledge Model API, error catalog). The simulator also uses this code where the vendor does not document one,
// such as for unknown or repeated parameters and for GET requests with a body.
const CodeIllegal = "GENERAL_PARAMETER_ILLEGAL"

// The error codes for a missing parameter and for a parameter whose length or number of elements is out of range.
const (
	CodeMissing    = "GENERAL_PARAMETER_MISSING"
	CodeConstraint = "GENERAL_CONSTRAINT_VIOLATION"
)

// BadRequest returns a failure with the status 400.
func BadRequest(code, attribute, format string, args ...any) *Failure {
	return &Failure{
		Status: http.StatusBadRequest, Code: code, Detail: fmt.Sprintf(format, args...), Attribute: attribute,
	}
}

// PathNotFound returns the failure for an unknown path below an API's prefix (common error catalog).
func PathNotFound() Failure {
	return Failure{
		Status: http.StatusNotFound,
		Code:   "GENERAL_NOTFOUND_PATH",
		Detail: "The requested path does not exist.",
	}
}

// AccessDenied returns the failure for a missing permission (common error catalog). The simulator also uses this failure for a missing scope,
// for which the vendor does not document a code.
func AccessDenied() Failure {
	return Failure{
		Status: http.StatusForbidden,
		Code:   "ADMIN_ACCESS_ERROR",
		Detail: "You have no permission on this resource.",
	}
}

// The errors of TokenEndpoint.Authenticate.
var (
	ErrUnauthorized        = errors.New("unknown or expired credential")
	ErrMalformedCredential = errors.New("malformed Authorization header")
)

// Unauthorized returns a 401 response. The body is JSON in a format that only 401 responses use. If the Authorization header is malformed, the
// body is plain text (common error catalog).
func Unauthorized(err error, plainJSON bool) Response {
	if errors.Is(err, ErrMalformedCredential) {
		return TextResponse(http.StatusUnauthorized, "Unauthorized").With("WWW-Authenticate", "Bearer")
	}

	contentType := typeProblem
	if plainJSON {
		contentType = TypeJSON
	}

	return JSONResponse(http.StatusUnauthorized, contentType, Object{"error": "Unauthorized"}).
		With("WWW-Authenticate", "Bearer")
}
