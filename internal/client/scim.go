package client

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/memo"
)

// scimState is what a run has learned about the team's SCIM API, which the vendor documents only in part.
type scimState struct {
	// configured is the path of the API, nil if it must be discovered.
	configured []string
	// base is the path at which the API was found or confirmed.
	base memo.Memo[struct{}, []string]
	// found is the path that was found, for messages.
	found atomic.Pointer[[]string]
	// confirmed says that a SCIM API has returned an object there, so that ServiceProviderConfig need not confirm the path.
	confirmed atomic.Bool
	// guards says that the API rejects a change to another version than the one in If-Match: it declares that, or has done it. An ETag
	// alone does not show that, because web frameworks add one to any response.
	guards atomic.Bool
	// asJSON says that the API does not accept bodies of the type that RFC 7644 prescribes.
	asJSON atomic.Bool

	users, groups *scimKind
	// userReads, groupReads and groupHeadReads plan the reads of users, of groups, and of groups without their members.
	userReads, groupReads, groupHeadReads readPlan
	editors                               groupEditors
}

// scimRequest is one call below the base path of the SCIM API.
type scimRequest struct {
	method string
	path   []string
	query  url.Values
	body   []byte
	// ifMatch is the ETag that the object must still have, empty for any.
	ifMatch string
	// isObject says that the path is that of one object: only then does a 404 mean that the object does not exist.
	isObject     bool
	ignoreCancel bool
}

const (
	scimMediaType = "application/scim+json" // RFC 7644 section 3.1.
	jsonMediaType = "application/json"
)

// at returns the whole request.
func (r scimRequest) at(base []string, asJSON bool) Request {
	header := http.Header{"Accept": {scimMediaType + ", " + jsonMediaType}}
	if r.body != nil && !asJSON {
		header.Set("Content-Type", scimMediaType)
	}

	if r.ifMatch != "" {
		header.Set("If-Match", r.ifMatch)
	}

	return Request{
		Area: AreaSCIM, Method: r.method, Path: slices.Concat(base, r.path), Query: r.query, Header: header, Body: r.body,
		IgnoreCancel: r.ignoreCancel,
	}
}

// sendSCIM is [Client.send] for the SCIM API, at the path where it is.
func (c *Client) sendSCIM(ctx context.Context, req scimRequest, read func(Reply) error) error {
	base, err := c.scimBase(ctx)
	if err != nil {
		return err
	}

	err = c.sendSCIMAt(ctx, base, req, read)

	failure, ok := errors.AsType[*Error](err)
	if !ok || failure.Reason != ReasonNotFound {
		return err
	}

	if !req.isObject {
		failure.Reason = ReasonStatus

		return failure
	}

	if unsure := c.confirmSCIM(ctx, base); unsure != nil {
		failure.Reason = ReasonStatus

		return failure.WithNote("whether the SCIM API is at this path at all could not be confirmed: %v", unsure)
	}

	return failure
}

// sendSCIMAt calls the SCIM API at a path. If the API rejects the media type of SCIM, the rest of the run sends plain JSON: the vendor does
// not document which of them Celonis accepts.
func (c *Client) sendSCIMAt(ctx context.Context, base []string, req scimRequest, read func(Reply) error) error {
	asJSON := c.scim.asJSON.Load()
	err := c.send(ctx, req.at(base, asJSON), read)

	failure, ok := errors.AsType[*Error](err)
	if ok && failure.Status == http.StatusPreconditionFailed {
		c.scim.guards.Store(true)
	}

	if ok && failure.Status == http.StatusUnsupportedMediaType && req.body != nil && !asJSON {
		c.scim.asJSON.Store(true)

		return c.send(ctx, req.at(base, true), read)
	}

	return err
}
