package simulator

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strconv"
)

// answer is a whole HTTP answer. Handlers return one instead of writing it, so that a fault can alter, cut or drop it.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// object is a JSON object.
type object map[string]any

const (
	typeJSON    = "application/json"
	typeProblem = "application/problem+json"
	typeSCIM    = "application/scim+json"
	typeText    = "text/plain; charset=utf-8"
	typeHTML    = "text/html; charset=utf-8"
)

// with returns the answer with a header set.
func (a answer) with(name, value string) answer {
	if a.header == nil {
		a.header = http.Header{}
	}

	a.header.Set(name, value)

	return a
}

func jsonAnswer(status int, contentType string, value any) answer {
	body, err := json.Marshal(value)
	if err != nil {
		// Only a programming mistake gets here: the values are made of strings, numbers, maps and slices.
		return textAnswer(http.StatusInternalServerError, fmt.Sprintf("simulator: %v", err))
	}

	return answer{status: status, body: body}.with("Content-Type", contentType)
}

func textAnswer(status int, text string) answer {
	return answer{status: status, body: []byte(text)}.with("Content-Type", typeText)
}

// htmlAnswer is a page of the web application that every team has beside its APIs.
func htmlAnswer(status int, title string) answer {
	title = html.EscapeString(title)
	page := "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Celonis – " + title + "</title></head>" +
		"<body><h1>" + title + "</h1></body></html>\n"

	return answer{status: status, body: []byte(page)}.with("Content-Type", typeHTML)
}

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
