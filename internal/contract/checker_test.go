package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// checker compares all API requests and responses with the vendor's OpenAPI files.
type checker struct {
	files []file
	next  http.RoundTripper

	mu sync.Mutex
	// refusals describes the requests and responses that violate the vendor's files.
	refusals []string
	// seen counts the responses by operation and status.
	seen map[string]int
}

// isDescribed reports whether the vendor's files describe the API at a path. No file describes the token endpoint.
func isDescribed(path string) bool {
	return slices.ContainsFunc([]string{"/intelligence/api/", "/api/external/", "/api/authorization/external/"}, func(prefix string) bool {
		return strings.HasPrefix(path, prefix)
	})
}

// RoundTrip implements [http.RoundTripper].
func (c *checker) RoundTrip(r *http.Request) (*http.Response, error) {
	if !isDescribed(r.URL.Path) {
		return c.next.RoundTrip(r)
	}

	var body []byte

	if r.Body != nil {
		read, err := io.ReadAll(r.Body)
		if err = errors.Join(err, r.Body.Close()); err != nil {
			return nil, err
		}

		body = read
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}

	input, err := c.request(r, body)
	c.note(r, "the request", err)

	resp, err := c.next.RoundTrip(r)
	if err != nil || input == nil {
		return resp, err
	}

	content, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}

	resp.Body = io.NopCloser(bytes.NewReader(content))

	c.note(r, fmt.Sprintf("the response %d", resp.StatusCode), checkResponse(r.Context(), input, resp, content))

	c.mu.Lock()
	c.seen[fmt.Sprintf("%s %d", input.Route.Operation.OperationID, resp.StatusCode)]++
	c.mu.Unlock()

	return resp, nil
}

func (c *checker) note(r *http.Request, what string, err error) {
	if err == nil {
		return
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	c.refusals = append(c.refusals, fmt.Sprintf("%s %s: %s: %v", r.Method, r.URL.RequestURI(), what, err))
}

// refused returns the violations found since its previous call.
func (c *checker) refused() []string {
	c.mu.Lock()
	defer c.mu.Unlock()

	refused := c.refusals
	c.refusals = nil

	return refused
}

// request checks a request. The result is nil if the vendor's files do not contain the operation.
func (c *checker) request(r *http.Request, body []byte) (*openapi3filter.RequestValidationInput, error) {
	// Check a copy, because the check reads the body and may change the request.
	checked := r.Clone(r.Context())
	checked.Body, checked.GetBody = nil, nil // GetBody returns the body that the client intended to send, but the check needs the body that was sent.

	if body != nil {
		checked.Body = io.NopCloser(bytes.NewReader(body))
	}

	route, variables, err := operationOf(c.files, checked)
	if err != nil {
		return nil, err
	}

	input := &openapi3filter.RequestValidationInput{
		Request: checked, PathParams: variables, Route: route, QueryParams: checked.URL.Query(),
		Options: &openapi3filter.Options{
			IncludeResponseStatus: true, RejectWhenRequestBodyNotSpecified: true, SkipSettingDefaults: true,
			AuthenticationFunc: func(_ context.Context, input *openapi3filter.AuthenticationInput) error {
				if input.RequestValidationInput.Request.Header.Get("Authorization") == "" {
					return errors.New("the Authorization header is missing")
				}

				return nil
			},
		},
	}

	return input, errors.Join(openapi3filter.ValidateRequest(r.Context(), input), checkNames(route, checked, body))
}

// checkNames reports undeclared request parameters, which the validator accepts.
func checkNames(route *routers.Route, r *http.Request, body []byte) error {
	var errs []error

	declared := slices.Concat(route.PathItem.Parameters, route.Operation.Parameters)
	for _, name := range slices.Sorted(maps.Keys(r.URL.Query())) {
		if declared.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			errs = append(errs, fmt.Errorf("the query parameter %q is not declared", name))
		}
	}

	if route.Operation.RequestBody == nil {
		return errors.Join(errs...)
	}

	return errors.Join(append(errs, checkKeys(route.Operation.RequestBody.Value.Content, r.Header, body))...)
}

// checkResponse checks the status, the content type, the headers and the body of a response.
func checkResponse(ctx context.Context, input *openapi3filter.RequestValidationInput, resp *http.Response, body []byte) error {
	err := openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: resp.StatusCode, Header: resp.Header,
		Body: io.NopCloser(bytes.NewReader(body)), Options: input.Options,
	})

	declared := input.Route.Operation.Responses.Status(resp.StatusCode)
	if declared == nil {
		return err
	}

	return errors.Join(err, checkKeys(declared.Value.Content, resp.Header, body))
}

// checkKeys reports undeclared keys in a JSON body.
func checkKeys(content openapi3.Content, header http.Header, body []byte) error {
	media := content.Get(header.Get("Content-Type"))
	if media == nil || len(body) == 0 {
		return nil // The validator has already reported the problem.
	}

	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // Rows contain numbers that a float cannot represent exactly.

	var value any
	if err := decoder.Decode(&value); err != nil {
		return err
	}

	var errs []error
	for _, path := range undeclared(media.Schema.Value, value, "") {
		errs = append(errs, fmt.Errorf("the key %s is not declared", path))
	}

	return errors.Join(errs...)
}
