package scim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/memo"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// ReasonNoSCIM means that no SCIM API responded at any of the paths at which the client looks for it.
const ReasonNoSCIM transport.Reason = "no SCIM API"

// BasePaths returns the paths that the vendor's pages document for the SCIM API, likeliest first. The pages contradict each other. Sources:
// developer.celonis.com/celonis-apis/scim-api/configuring-scim-api; an older copy of the OpenAPI file;
// developer.celonis.com/celonis-apis/scim-api/overview.
func BasePaths() []string {
	return []string{"/scim/v2", "/user-provisioning/scim/v2", "/api/user-provisioning/scim/v2"}
}

var (
	wholeURL    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:|^//`)
	pathSegment = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)
)

// ParseBasePath parses the path of the SCIM API, relative to the team's address, such as /scim/v2. It returns the path without a trailing slash. It
// rejects whole URLs, ambiguous paths, and paths that could lead to another endpoint.
func ParseBasePath(raw string) (string, error) {
	path := strings.TrimSpace(raw)

	switch {
	case path == "":
		return "", errors.New("the path is empty")
	case wholeURL.MatchString(path):
		return "", errors.New("it is a URL: specify only the path below the team's address, such as /scim/v2")
	case !strings.HasPrefix(path, "/"):
		return "", errors.New("it must begin with a slash, such as /scim/v2")
	}

	path = strings.TrimSuffix(path, "/")
	for _, segment := range segments(path) {
		if !pathSegment.MatchString(segment) || segment == "." || segment == ".." {
			return "", fmt.Errorf("%q is not a valid path segment: use only letters, digits, hyphens, dots, "+
				"underscores and tildes, separated by single slashes", segment)
		}
	}

	return path, nil
}

// segments returns the parts of a path that begins with a slash.
func segments(path string) []string { return strings.Split(strings.TrimPrefix(path, "/"), "/") }

// base returns the path of the SCIM API, which is discovered once per run unless it is configured. If the discovery fails, all callers that
// wait for it receive the error, which is not cached.
func (c *Client) base(ctx context.Context) ([]string, error) {
	if c.configured != nil {
		return c.configured, nil
	}

	return c.findBase(ctx, c.discover)
}

// knownBase returns the path of the SCIM API without sending a request, or nil if the path is not known yet.
func (c *Client) knownBase() []string {
	if found := c.found.Load(); found != nil {
		return *found
	}

	return c.configured
}

// confirm checks that a SCIM API exists at the configured path. Without this check, a mistyped path would make every object look deleted.
func (c *Client) confirm(ctx context.Context, base []string) error {
	if c.confirmed.Load() {
		return nil
	}

	_, err := c.findBase(ctx, func(ctx context.Context) ([]string, error) { return base, c.probe(ctx, base) })

	return err
}

func (c *Client) findBase(ctx context.Context, load func(context.Context) ([]string, error)) ([]string, error) {
	found, err := c.bases.Get(ctx, struct{}{}, time.Time{}, func(memo.Result[[]string]) bool { return true }, load)
	if err != nil {
		return nil, transport.AsError(ctx, err)
	}

	return found.Value, nil
}

// discover tries the documented paths in order. A path without the API may return any response, so only failures that do not depend on the path
// end the search.
func (c *Client) discover(ctx context.Context) ([]string, error) {
	failures := make([]*transport.Error, 0, len(BasePaths()))

	for _, path := range BasePaths() {
		err := c.probe(ctx, segments(path))
		if err == nil {
			found := segments(path)
			c.found.Store(&found)

			return found, nil
		}

		failure, ok := errors.AsType[*transport.Error](err)
		if !ok || failure.IsTokenRequest || !isAboutPath(failure) {
			return nil, err
		}

		failures = append(failures, failure)
	}

	return nil, noAPI(failures)
}

// isAboutPath reports whether the failure may mean that there is no API at the path.
func isAboutPath(failure *transport.Error) bool {
	switch failure.Reason {
	case transport.ReasonStatus, transport.ReasonNotFound, transport.ReasonUnauthorized, transport.ReasonForbidden,
		transport.ReasonNotActivated, transport.ReasonHTML, transport.ReasonInvalidResponse, transport.ReasonTooLarge, transport.ReasonRedirect:
		return failure.Status < http.StatusInternalServerError && failure.Status != http.StatusRequestTimeout
	default:
		return false
	}
}

// noAPI returns one error that lists each path's response. The error is based on the first refusal that gives a reason. If no refusal gives a reason,
// the error is based on the first refusal or, failing that, on the first failure.
func noAPI(failures []*transport.Error) *transport.Error {
	refused := func(failure *transport.Error) bool {
		return failure.Status == http.StatusUnauthorized || failure.Status == http.StatusForbidden
	}
	index := slices.IndexFunc(failures, func(failure *transport.Error) bool {
		return refused(failure) && (failure.Code != "" || failure.Title != "" || failure.Detail != "")
	})
	index = max(0, index)

	if !refused(failures[index]) {
		index = max(0, slices.IndexFunc(failures, refused))
	}

	refusal := *failures[index]
	if !refused(&refusal) {
		refusal.Reason = ReasonNoSCIM
	}

	responses := make([]string, 0, len(failures))

	for at, failure := range failures {
		text := []rune(failure.Response())
		if len(text) > maxResponseText {
			text = append(text[:maxResponseText], '…')
		}

		responses = append(responses, fmt.Sprintf("%s (%s)", BasePaths()[at], string(text)))
	}

	return refusal.WithNote("No SCIM API responded at %s", strings.Join(responses, ", "))
}

// maxResponseText is the maximum number of characters that an error quotes from each path's response.
const maxResponseText = 120

// probe requests ServiceProviderConfig to check whether there is a SCIM API at a path.
func (c *Client) probe(ctx context.Context, base []string) error {
	req := request{method: http.MethodGet, path: []string{"ServiceProviderConfig"}}

	return c.sendAt(ctx, base, req, func(resp transport.Reply) error {
		var body document
		if err := transport.Decode(resp, "the SCIM service provider configuration", &body); err != nil {
			return err
		}

		if !body.isServiceProviderConfig() {
			return transport.InvalidResponse(resp.Status, "a JSON object that is not a SCIM service provider configuration")
		}

		var etag struct {
			Supported bool `json:"supported"`
		}

		if json.Unmarshal(body.raw("etag"), &etag) == nil && etag.Supported {
			c.guards.Store(true)
		}

		return nil
	})
}

// isServiceProviderConfig reports whether a document is a service provider configuration (RFC 7643 section 5), judging by its schema or its required
// attributes.
func (d document) isServiceProviderConfig() bool {
	var schemas []string
	if json.Unmarshal(d.raw("schemas"), &schemas) == nil && slices.ContainsFunc(schemas, func(schema string) bool {
		return strings.EqualFold(schema, "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig")
	}) {
		return true
	}

	return !slices.ContainsFunc([]string{"patch", "bulk", "filter", "etag"}, func(name string) bool { return d.raw(name) == nil })
}
