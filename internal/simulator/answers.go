package simulator

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
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
