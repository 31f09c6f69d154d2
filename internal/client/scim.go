package client

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/memo"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// AreaSCIM is the SCIM API: users and groups. A 404 is about an object only if its body is a SCIM error.
// Sources: developer.celonis.com/celonis-apis/auth, "Scopes"; docs.celonis.com, "Permissions"; RFC 7644 section 3.12.
//
//nolint:gochecknoglobals // It never changes.
var AreaSCIM = transport.Area{
	Name:   "SCIM API",
	Scopes: []string{"user-provisioning.scim"},
	Permission: "the permission User Provisioning > SCIM (Admin & Settings > Permissions), and SCIM must be switched on for the team (Admin & " +
		"Settings > Settings > Enable SCIM)",
	GoneCodes: []string{"urn:ietf:params:scim:api:messages:2.0:Error"},
}

// SCIM calls the team's SCIM API. The vendor documents it only in part, so SCIM remembers what the run has learned about it.
type SCIM struct {
	client *Client
	// configured is the path of the API, nil if it must be discovered.
	configured []string
	// bases holds the path at which the API was found or confirmed.
	bases memo.Memo[struct{}, []string]
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

// newSCIM returns a client of the SCIM API at a path, or at the path that it discovers.
func newSCIM(client *Client, path []string) *SCIM {
	scim := &SCIM{client: client, configured: path}
	scim.users, scim.groups = newUsers(scim), newGroups(scim)
	scim.editors.groups = scim.groups

	return scim
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
func (r scimRequest) at(base []string, asJSON bool) transport.Request {
	header := http.Header{"Accept": {scimMediaType + ", " + jsonMediaType}}
	if r.body != nil && !asJSON {
		header.Set("Content-Type", scimMediaType)
	}

	if r.ifMatch != "" {
		header.Set("If-Match", r.ifMatch)
	}

	return transport.Request{
		Area: AreaSCIM, Method: r.method, Path: slices.Concat(base, r.path), Query: r.query, Header: header, Body: r.body,
		IgnoreCancel: r.ignoreCancel,
	}
}

// send calls the SCIM API at the path where it is.
func (s *SCIM) send(ctx context.Context, req scimRequest, read func(transport.Reply) error) error {
	base, err := s.base(ctx)
	if err != nil {
		return err
	}

	err = s.sendAt(ctx, base, req, read)

	failure, ok := errors.AsType[*transport.Error](err)
	if !ok || failure.Reason != transport.ReasonNotFound {
		return err
	}

	if !req.isObject {
		failure.Reason = transport.ReasonStatus

		return failure
	}

	if unsure := s.confirm(ctx, base); unsure != nil {
		failure.Reason = transport.ReasonStatus

		return failure.WithNote("whether the SCIM API is at this path at all could not be confirmed: %v", unsure)
	}

	return failure
}

// sendAt calls the SCIM API at a path. If the API rejects the media type of SCIM, the rest of the run sends plain JSON: the vendor does
// not document which of them Celonis accepts.
func (s *SCIM) sendAt(ctx context.Context, base []string, req scimRequest, read func(transport.Reply) error) error {
	asJSON := s.asJSON.Load()
	err := s.client.Send(ctx, req.at(base, asJSON), read)

	failure, ok := errors.AsType[*transport.Error](err)
	if ok && failure.Status == http.StatusPreconditionFailed {
		s.guards.Store(true)
	}

	if ok && failure.Status == http.StatusUnsupportedMediaType && req.body != nil && !asJSON {
		s.asJSON.Store(true)

		return s.client.Send(ctx, req.at(base, true), read)
	}

	return err
}
