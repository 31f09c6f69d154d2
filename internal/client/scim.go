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

// scimState is what a run has learned about the team's SCIM API, which the vendor describes only in part.
type scimState struct {
	// configured is where the API is, nil where that must be found out.
	configured []string
	// base is where the API was found, or confirmed to be.
	base memo.Memo[struct{}, []string]
	// found is what base has found, for those who only want to name it.
	found atomic.Pointer[[]string]
	// confirmed says that a SCIM API has answered there about what it holds, so that there is no need to ask it what it is.
	confirmed atomic.Bool
	// guards says that the API refuses to change another version than the one that is named: it says so of itself, or has done so.
	// An ETag alone is no sign: web frameworks add one to anything.
	guards atomic.Bool
	// asJSON says that the API does not take bodies of the type that RFC 7644 prescribes.
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
	// ifMatch is the version that the object must still have, empty for any.
	ifMatch string
	// isObject says that the path is the address of one object: only there a 404 means that something does not exist.
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

// sendSCIM is [Client.send] for the SCIM API, wherever it is.
func (c *Client) sendSCIM(ctx context.Context, wish scimRequest, read func(Reply) error) error {
	base, err := c.scimBase(ctx)
	if err != nil {
		return err
	}

	err = c.sendSCIMAt(ctx, base, wish, read)

	failure, ok := errors.AsType[*Error](err)
	if !ok || failure.Reason != ReasonNotFound {
		return err
	}

	if !wish.isObject {
		failure.Reason = ReasonStatus

		return failure
	}

	if unsure := c.confirmSCIM(ctx, base); unsure != nil {
		failure.Reason = ReasonStatus

		return failure.WithNote("whether the SCIM API is at this path at all could not be confirmed: %v", unsure)
	}

	return failure
}

// sendSCIMAt calls the SCIM API at a path. A type of body that it refuses is not tried a second time in a run: nothing says
// which one Celonis takes.
func (c *Client) sendSCIMAt(ctx context.Context, base []string, wish scimRequest, read func(Reply) error) error {
	asJSON := c.scim.asJSON.Load()
	err := c.send(ctx, wish.at(base, asJSON), read)

	failure, ok := errors.AsType[*Error](err)
	if ok && failure.Status == http.StatusPreconditionFailed {
		c.scim.guards.Store(true)
	}

	if ok && failure.Status == http.StatusUnsupportedMediaType && wish.body != nil && !asJSON {
		c.scim.asJSON.Store(true)

		return c.send(ctx, wish.at(base, true), read)
	}

	return err
}
