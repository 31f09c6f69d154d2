package server

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
)

// Response is a complete HTTP response. Handlers return a Response instead of writing it, so that a fault can alter, truncate or drop it.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Object is a JSON object.
type Object map[string]any

// The content types of responses.
const (
	TypeJSON    = "application/json"
	typeProblem = "application/problem+json"
	TypeSCIM    = "application/scim+json"
	TypeText    = "text/plain; charset=utf-8"
	typeHTML    = "text/html; charset=utf-8"
)

// With returns a copy of the response with the header set.
func (a Response) With(name, value string) Response {
	if a.Header == nil {
		a.Header = http.Header{}
	}

	a.Header.Set(name, value)

	return a
}

// JSONResponse returns a response whose body is the JSON encoding of value.
func JSONResponse(status int, contentType string, value any) Response {
	body, err := json.Marshal(value)
	if err != nil {
		// Only a programming error can make encoding fail, because all values consist of strings, numbers, maps and slices.
		return TextResponse(http.StatusInternalServerError, fmt.Sprintf("simulator: %v", err))
	}

	return Response{Status: status, Body: body}.With("Content-Type", contentType)
}

// TextResponse returns a plain text response.
func TextResponse(status int, text string) Response {
	return Response{Status: status, Body: []byte(text)}.With("Content-Type", TypeText)
}

// HTMLResponse returns an HTML page of the web application, which every team serves in addition to its APIs.
func HTMLResponse(status int, title string) Response {
	title = html.EscapeString(title)
	page := "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Celonis – " + title + "</title></head>" +
		"<body><h1>" + title + "</h1></body></html>\n"

	return Response{Status: status, Body: []byte(page)}.With("Content-Type", typeHTML)
}
