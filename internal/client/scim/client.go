// Package scim reads and changes a team's users, groups and memberships. It operates on SCIM documents, which users.go and groups.go convert to
// users and groups.
//
// Files call only downwards, in this order:
//
//	users.go, groups.go, group_members.go  the functions that the provider calls
//	group_editor.go, group_queue.go        changes to one group, for all callers of a run
//	creation.go, changes.go                creates; updates and deletes
//	reads.go, corrections.go               reads by id or through the list; corrections for the run's own changes
//	kind.go                                users or groups: one object, and the list
//	desired.go, members.go, documents.go   pure functions on documents
//	client.go, base_path.go                one request; the path of the API
package scim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/memo"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// Area is the SCIM API: users and groups. A 404 refers to an object only if its body is a SCIM error. Sources:
// developer.celonis.com/celonis-apis/auth, "Scopes"; docs.celonis.com, "Permissions"; RFC 7644 section 3.12.
//
//nolint:gochecknoglobals // It never changes.
var Area = transport.Area{
	Name:   "SCIM API",
	Scopes: []string{"user-provisioning.scim"},
	Permission: "the User Provisioning > SCIM permission (Admin & Settings > Permissions), and SCIM must be enabled for the team (Admin & Settings " +
		"> Settings > Enable SCIM)",
	GoneCodes: []string{"urn:ietf:params:scim:api:messages:2.0:Error"},
}

// Client calls the team's SCIM API. The API is only partially documented, so Client remembers what it has learned about the API during the run.
type Client struct {
	caller *paging.Caller
	// configured is the path of the API, or nil if the path must be discovered.
	configured []string
	// bases caches the path at which the API was found or confirmed.
	bases memo.Memo[struct{}, []string]
	// found is the discovered path, for use in messages.
	found atomic.Pointer[[]string]
	// confirmed is true if the SCIM API has returned an object at the path. In that case, the client does not need to request
	// ServiceProviderConfig to confirm the path.
	confirmed atomic.Bool
	// guards is true once the API has shown that it rejects a change whose If-Match header does not contain the current version. The API shows this
	// by declaring support for ETags in its ServiceProviderConfig, or by rejecting such a change. An ETag alone proves nothing, because web
	// frameworks add ETags to any response.
	guards atomic.Bool
	// asJSON is true if the API does not accept the media type that RFC 7644 prescribes.
	asJSON atomic.Bool
	// rejectsPageSize is true if the API rejects the documented page size.
	rejectsPageSize atomic.Bool

	users, groups *kind
	// userReads, groupReads and groupHeadReads plan the reads of users, of groups, and of groups without their members.
	userReads, groupReads, groupHeadReads readPlan
	editors                               groupEditors
	// directory caches the list of users by name and by id.
	directory memo.Memo[struct{}, *userDirectory]
}

// New returns a client for the SCIM API at basePath, without sending a request. If basePath is empty, the client discovers the path.
func New(caller *paging.Caller, basePath string) (*Client, error) {
	made := &Client{caller: caller}

	if basePath != "" {
		path, err := ParseBasePath(basePath)
		if err != nil {
			return nil, fmt.Errorf("invalid SCIM base path: %w", err)
		}

		made.configured = segments(path)
	}

	made.users, made.groups = newUsers(made), newGroups(made)
	made.editors.groups = made.groups

	return made, nil
}

// request is one call to the SCIM API.
type request struct {
	method string
	path   []string
	query  url.Values
	body   []byte
	// ifMatch is the ETag that the object must still have, or empty to accept any ETag.
	ifMatch string
	// isObject is true if the path identifies a single object. Only in that case does a 404 mean that the object does not exist.
	isObject     bool
	ignoreCancel bool
}

const (
	mediaType     = "application/scim+json" // RFC 7644 section 3.1.
	jsonMediaType = "application/json"
)

// at returns the request to send to the API at the given base path.
func (r request) at(base []string, asJSON bool) transport.Request {
	header := http.Header{"Accept": {mediaType + ", " + jsonMediaType}}
	if r.body != nil && !asJSON {
		header.Set("Content-Type", mediaType)
	}

	if r.ifMatch != "" {
		header.Set("If-Match", r.ifMatch)
	}

	return transport.Request{
		Area: Area, Method: r.method, Path: slices.Concat(base, r.path), Query: r.query, Header: header, Body: r.body,
		IgnoreCancel: r.ignoreCancel,
	}
}

func (c *Client) send(ctx context.Context, req request, read func(transport.Reply) error) error {
	base, err := c.base(ctx)
	if err != nil {
		return err
	}

	err = c.sendAt(ctx, base, req, read)

	failure, ok := errors.AsType[*transport.Error](err)
	if !ok || failure.Reason != transport.ReasonNotFound {
		return err
	}

	if !req.isObject {
		failure.Reason = transport.ReasonStatus

		return failure
	}

	if unsure := c.confirm(ctx, base); unsure != nil {
		failure.Reason = transport.ReasonStatus

		return failure.WithNote("unable to confirm that the SCIM API is at this path: %v", unsure)
	}

	return failure
}

// sendAt calls the SCIM API at a base path. If the API rejects the SCIM media type, the client sends plain JSON for the remainder of the run.
// The vendor does not document which of the two media types Celonis accepts.
func (c *Client) sendAt(ctx context.Context, base []string, req request, read func(transport.Reply) error) error {
	asJSON := c.asJSON.Load()
	err := c.caller.Send(ctx, req.at(base, asJSON), read)

	failure, ok := errors.AsType[*transport.Error](err)
	if ok && failure.Status == http.StatusPreconditionFailed {
		c.guards.Store(true)
	}

	if ok && failure.Status == http.StatusUnsupportedMediaType && req.body != nil && !asJSON {
		c.asJSON.Store(true)

		return c.caller.Send(ctx, req.at(base, true), read)
	}

	return err
}

// failure returns an error that was not caused by a single response.
func (c *Client) failure(reason transport.Reason, method string, path []string, format string, values ...any) *transport.Error {
	made := &transport.Error{
		Reason: reason, Area: Area, Method: method, Path: transport.Request{Path: slices.Concat(c.knownBase(), path)}.Location(),
		Detail: transport.Printable(fmt.Sprintf(format, values...)),
	}
	c.caller.Clean(made)

	return made
}
