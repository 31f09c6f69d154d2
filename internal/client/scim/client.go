// Package scim reads and changes the users, groups and memberships of a team. It works on documents: users.go and groups.go convert them.
//
// Files call only downwards, in this order:
//
//	users.go, groups.go, group_members.go  what the provider calls
//	group_editor.go, group_queue.go        changes to one group, for all callers of a run
//	creation.go, changes.go                create; update and delete
//	reads.go, corrections.go               read by id or with the list; what the run itself has changed
//	kind.go                                users or groups: one object, and the list
//	desired.go, members.go, documents.go   pure functions on documents
//	client.go, base_path.go                one request, at the path where the API is
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
	Permission: "the permission User Provisioning > SCIM (Admin & Settings > Permissions), and SCIM must be switched on for the team (Admin & " +
		"Settings > Settings > Enable SCIM)",
	GoneCodes: []string{"urn:ietf:params:scim:api:messages:2.0:Error"},
}

// Client calls the team's SCIM API. The vendor documents the API only in part, so Client remembers what it has learned about the API in this
// run.
type Client struct {
	caller *paging.Caller
	// configured is the path of the API, nil if it must be discovered.
	configured []string
	// bases holds the path at which the API was found or confirmed.
	bases memo.Memo[struct{}, []string]
	// found is the path that was found, for messages.
	found atomic.Pointer[[]string]
	// confirmed is true if the SCIM API has returned an object at the path. ServiceProviderConfig then need not confirm the path.
	confirmed atomic.Bool
	// guards is true if the API rejects a change whose If-Match is not the current version. The API may declare this, or have done so before. An
	// ETag alone does not show it: web frameworks add one to any response.
	guards atomic.Bool
	// asJSON is true if the API does not accept the media type that RFC 7644 prescribes.
	asJSON atomic.Bool
	// rejectsPageSize is true if the API rejects the documented page size.
	rejectsPageSize atomic.Bool

	users, groups *kind
	// userReads, groupReads and groupHeadReads plan the reads of users, of groups, and of groups without their members.
	userReads, groupReads, groupHeadReads readPlan
	editors                               groupEditors
	// directory holds the list of users by name and by id.
	directory memo.Memo[struct{}, *userDirectory]
}

// New returns a client of the SCIM API at a path, or at the path that it discovers if basePath is empty. It sends nothing.
func New(caller *paging.Caller, basePath string) (*Client, error) {
	made := &Client{caller: caller}

	if basePath != "" {
		path, err := ParseBasePath(basePath)
		if err != nil {
			return nil, fmt.Errorf("the SCIM base path: %w", err)
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
	// ifMatch is the ETag that the object must still have, empty for any.
	ifMatch string
	// isObject is true if the path is that of a single object. Only then does a 404 mean that the object does not exist.
	isObject     bool
	ignoreCancel bool
}

const (
	mediaType     = "application/scim+json" // RFC 7644 section 3.1.
	jsonMediaType = "application/json"
)

// at returns the whole request.
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

// send calls the SCIM API at its path.
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

		return failure.WithNote("it could not be confirmed that the SCIM API is at this path: %v", unsure)
	}

	return failure
}

// sendAt calls the SCIM API at a path. If the API rejects the SCIM media type, the client sends plain JSON for the rest of the run: the vendor
// does not document which of the two Celonis accepts.
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

// failure returns an error that is not about a single response.
func (c *Client) failure(reason transport.Reason, method string, path []string, format string, values ...any) *transport.Error {
	made := &transport.Error{
		Reason: reason, Area: Area, Method: method, Path: transport.Request{Path: slices.Concat(c.knownBase(), path)}.Location(),
		Detail: transport.Printable(fmt.Sprintf(format, values...)),
	}
	c.caller.Clean(made)

	return made
}
