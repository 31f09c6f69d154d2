package simulator

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// failure is an API error before it takes one of the shapes.
type failure struct {
	status    int
	code      string // errorCode of the vendor's error catalogs; empty = none is documented
	detail    string
	attribute string // the parameter at fault, if one is
	scimType  string // RFC 7644 section 3.12; empty = none fits
}

// answer gives the failure its shape.
func (f failure) answer(shape ErrorShape, plainJSON bool) answer {
	title := http.StatusText(f.status)

	var (
		body        object
		contentType = typeJSON
	)

	switch shape {
	case ErrorText:
		return textAnswer(f.status, f.detail)
	case ErrorEmpty:
		return answer{status: f.status}
	case ErrorFrontend:
		body = object{"frontendErrorKey": f.code, "errorInformation": f.detail}
	case ErrorList:
		body = object{"errors": []object{{
			"attribute": f.attribute, "error": f.detail, "errorCode": f.code, "additionalInfo": "",
		}}}
	case ErrorReference:
		body = object{"reference": rand.Text(), "message": f.detail, "shortMessage": title}
	case ErrorSCIM:
		contentType = typeSCIM
		body = object{
			"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"},
			"status":  strconv.Itoa(f.status),
			"detail":  f.detail,
		}

		if f.scimType != "" {
			body["scimType"] = f.scimType
		}
	case ErrorProblem:
		contentType = typeProblem
		body = object{"title": title, "status": f.status, "detail": f.detail}

		if f.code != "" {
			body["errorCode"] = f.code
		}
	}

	if plainJSON {
		contentType = typeJSON
	}

	return jsonAnswer(f.status, contentType, body)
}

// codeMismatch is the error code for a parameter of another type. It is misspelt at the vendor too (common error catalog).
// That it also answers integers out of range is ours: the vendor does not document a code for them.
const codeMismatch = "GENERAL_PARAMETER_MISSMATCH"

// codeIllegal is the error code for a parameter that is not allowed. The vendor documents it for a sort of data that is not
// recordId.fieldId (Knowledge Model API, error catalog). Its other uses are ours, among them unknown and repeated
// parameters and bodies on GET: the vendor does not document a code for them.
const codeIllegal = "GENERAL_PARAMETER_ILLEGAL"

// The error codes for a parameter that is missing, and for one whose length or number is out of range.
const (
	codeMissing    = "GENERAL_PARAMETER_MISSING"
	codeConstraint = "GENERAL_CONSTRAINT_VIOLATION"
)

// badRequest is a 400.
func badRequest(code, attribute, format string, args ...any) *failure {
	return &failure{
		status: http.StatusBadRequest, code: code, detail: fmt.Sprintf(format, args...), attribute: attribute,
	}
}

// pathNotFound is the answer for a path below an API that it does not know (common error catalog).
func pathNotFound() failure {
	return failure{
		status: http.StatusNotFound,
		code:   "GENERAL_NOTFOUND_PATH",
		detail: "The requested path does not exist.",
	}
}

// accessDenied is the answer to a missing permission (common error catalog). That a missing scope is answered in the same
// way is ours: the vendor does not document a code for it.
func accessDenied() failure {
	return failure{
		status: http.StatusForbidden,
		code:   "ADMIN_ACCESS_ERROR",
		detail: "You have no permission on this resource.",
	}
}

// The errors of credentials.
var (
	errUnauthorized        = errors.New("unknown or expired credential")
	errMalformedCredential = errors.New("malformed Authorization header")
)

// unauthorized has its own two shapes (common error catalog): JSON, or plain text when the header's form is wrong.
func unauthorized(err error, plainJSON bool) answer {
	if errors.Is(err, errMalformedCredential) {
		return textAnswer(http.StatusUnauthorized, "Unauthorized").with("WWW-Authenticate", "Bearer")
	}

	contentType := typeProblem
	if plainJSON {
		contentType = typeJSON
	}

	return jsonAnswer(http.StatusUnauthorized, contentType, object{"error": "Unauthorized"}).
		with("WWW-Authenticate", "Bearer")
}
