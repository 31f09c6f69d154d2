package scim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

const (
	// uniqueness is the SCIM error type for a name that is taken. Source: RFC 7644 section 3.12.
	uniqueness = "uniqueness"

	// clockTolerance is the assumed maximum difference between the clocks of the service's machines.
	clockTolerance = time.Minute

	// lateListing is the time to wait for a new object to appear in a list. The vendor does not document how late the list may show an object.
	lateListing = time.Second
)

// creation creates one object. It does not look for the name first, because the response or, failing that, the list shows whether the name was taken.
type creation struct {
	*kind

	// wanted is the requested name. desired contains the requested attributes and, for a group, the requested members.
	wanted  string
	desired desired
	body    document
	begun   time.Time
}

func (k *kind) newCreation(name string) *creation {
	schemas := []string{k.schema}
	if k.extension != "" {
		schemas = append(schemas, k.extension)
	}

	encoded, _ := json.Marshal(schemas) //nolint:errchkjson // Strings can always be encoded.

	made := &creation{kind: k, wanted: name, body: document{attributeSchemas: encoded}}
	made.body.set(k.name, name)

	return made
}

// add adds an attribute to the create request, unless the value is empty.
func (c *creation) add(name, value string) {
	if value != "" {
		c.body.set(name, value)
		c.desired = c.desired.with(name, &value)
	}
}

// carryOut creates the object. If the attributes of the new object differ from the request, carryOut returns both the object and an error.
func (c *creation) carryOut(ctx context.Context) (version, error) {
	name := c.wanted
	if c.ignoreCase {
		name = strings.ToLower(name)
	}

	endTurn, err := c.creations.TakeTurn(ctx, name)
	if err != nil {
		return version{}, err
	}
	defer endTurn()

	c.begun = time.Now()
	status := 0

	made, isFound, err := paging.Creation[version]{
		Caller: c.client.caller, Shared: c.creations, Description: fmt.Sprintf("the %s with the %s %q", c.noun, plainName(c.name), c.wanted),
		List: c.listSteady, Find: c.findOwn, ID: idOf,
		Send: func(ctx context.Context) (made version, err error) {
			made, status, err = c.send(ctx)

			return made, err
		},
	}.CarryOut(ctx)

	failure, _ := errors.AsType[*transport.Error](err)

	switch {
	case made.id == "" && failure != nil && !failure.OutcomeUnknown &&
		(failure.Status == http.StatusConflict || failure.Status == http.StatusBadRequest):
		return version{}, c.refused(ctx, failure)
	case made.id == "":
		return version{}, err
	}

	var mismatch error
	if !isFound {
		made, mismatch = c.accept(ctx, status, made)
	}

	switch {
	case made.id == "":
		return version{}, mismatch
	case !c.claim(made):
		return version{}, c.exists(&transport.Error{
			Reason: transport.ReasonExists, Area: Area, Status: status, Detail: "the service returned a " + c.noun + " that already existed",
		}, made.id)
	case mismatch != nil:
		return made, mismatch
	default:
		return made, err
	}
}

// send sends the create request once. If the response does not contain the object, send returns an error, and the caller looks for the object
// in the list.
func (c *creation) send(ctx context.Context) (made version, status int, err error) {
	req := request{method: http.MethodPost, path: []string{c.path}, body: c.body.encode(), ignoreCancel: true}
	err = c.client.send(ctx, req, func(resp transport.Reply) (err error) {
		status = resp.Status
		made, err = c.decode(resp)

		if name := c.nameOf(made); err == nil && name != "" && !c.isNamed(made, c.wanted) {
			err = transport.InvalidResponse(status, "the response describes %[3]q instead of the %[1]s %[2]q", c.noun, c.wanted, name)
		}

		return err
	})
	if err == nil && c.nameOf(made) == "" {
		made, err = c.named(ctx, status, made)
	}

	if err != nil {
		return version{}, status, err
	}

	return made, status, nil
}

// named reads a new object by id. It is called if the response to the create request does not contain the name, which later lookups by name need. If
// the object does not exist or has another name, the response does not show the outcome of the request.
func (c *creation) named(ctx context.Context, status int, made version) (version, error) {
	current, err := c.read(ctx, made.id)
	failure, _ := errors.AsType[*transport.Error](err)

	switch {
	case failure != nil && failure.Status == http.StatusNotFound || err == nil && !c.isNamed(current, c.wanted): // Any form of 404.
		failure := transport.InvalidResponse(status,
			"the response to the create request contains the id %s, which is not the id of the %s %q",
			made.id, c.noun, c.wanted)
		failure.MayHaveBeenApplied = true

		return version{}, failure
	case err != nil:
		return made, nil //nolint:nilerr // Later lookups report the failure.
	default:
		return current, nil
	}
}

// claim registers an object as created by this run. It returns false if the run already manages the object, which happens if the service responds to
// a duplicate create request with the existing object. If two resources managed the same object, deleting one resource would delete the object that
// the other resource still manages.
func (c *creation) claim(made version) bool {
	return c.creations.Own.Created(made.id, made)
}

// accept checks that the service has returned the requested object. A service may respond to a create request with an object that already existed.
// Such an object is older than the request, or has attributes that were not requested. An object is assumed to be new if its attributes are as
// requested, and if its creation time is either unknown or at most clockTolerance before the request.
func (c *creation) accept(ctx context.Context, status int, made version) (version, error) {
	contradictions, isPartial := c.contradictions(made)
	isNew, isKnown := c.isNew(made)
	isOld := isKnown && !isNew

	// Even a 201 does not prove that this run created the group. Adopting another program's group, and later deleting it, is worse than an
	// error.
	if isOld && (c.sharesNames || status != http.StatusCreated) ||
		status != http.StatusCreated && !isKnown && len(contradictions) > 0 {
		return version{}, c.exists(&transport.Error{Reason: transport.ReasonExists, Area: Area, Status: status}, made.id)
	}

	if len(contradictions) > 0 {
		return made, c.notAsRequested(made.id, contradictions)
	}

	if !isPartial {
		return made, nil
	}

	after, differences, err := c.compare(ctx, made.id, c.desired, nil)
	if err != nil {
		return made, err
	}

	if len(differences) > 0 {
		return made, c.notAsRequested(made.id, differences)
	}

	return after, nil
}

// notAsRequested returns the error for an object whose attributes differ from the create request.
func (c *creation) notAsRequested(id string, differences []string) *transport.Error {
	return c.client.failure(transport.ReasonNotApplied, http.MethodPost, []string{c.path},
		"the %s %q was created with the id %s, but %s", c.noun, c.wanted, id, strings.Join(differences, "; "))
}

// contradictions describes the attributes that differ from the request. Attributes that the response omits do not count, but isPartial is true
// if the response omits any. An external id or members that were not requested contradict the request, because a service must not invent an
// external id (RFC 7643 section 3.1).
func (c *creation) contradictions(object version) (contradictions []string, isPartial bool) {
	var shown desired

	for _, wanted := range c.desired.attributes {
		if object.document.text(wanted.name) == "" {
			isPartial = true
		} else {
			shown.attributes = append(shown.attributes, wanted)
		}
	}

	if _, isRequested := c.body[attributeExternalID]; !isRequested {
		shown.attributes = append(shown.attributes, attribute{name: attributeExternalID})
	}

	switch {
	case !object.hasMembers:
		isPartial = isPartial || c.desired.members != nil
	case c.desired.members != nil:
		shown.members = c.desired.members
	default:
		shown.members = &[]string{}
	}

	return shown.differences(object), isPartial
}

// isNew reports whether an object was created after the request began, according to the service. isKnown is false if the service does not return
// the creation time.
func (c *creation) isNew(made version) (isNew, isKnown bool) {
	created, err := time.Parse(time.RFC3339, made.document.meta().text("created"))
	if err != nil {
		return false, false
	}

	// Use the service's clock if its time is known, because the local clock may be wrong.
	begun := c.begun
	if !made.served.IsZero() {
		begun = made.served.Add(-made.arrived.Sub(c.begun))
	}

	return !created.Before(begun.Add(-clockTolerance)), true
}

// refused determines whether a create request was rejected because the name is taken. The documented status is not proof of a taken name, because the
// service also returns that status for other errors. Source: operation createUser of the SCIM API.
func (c *creation) refused(ctx context.Context, failure *transport.Error) error {
	isDuplicate := failure.Status == http.StatusConflict || strings.EqualFold(failure.Code, uniqueness)
	existing, err := c.findFresh(ctx, c.wanted)

	// If another program has just created the object, the list may not show it yet.
	if transport.IsNotFound(err) && transport.Sleep(ctx, lateListing) == nil {
		existing, err = c.findFresh(ctx, c.wanted)
	}

	switch {
	case err == nil:
		return c.exists(failure, existing.id)
	case isAmbiguous(err):
		copied := failure.WithNote("%v", err)
		copied.Reason = transport.ReasonExists

		return copied
	case isDuplicate:
		copied := *failure
		copied.Reason = transport.ReasonExists

		return &copied
	default:
		return failure
	}
}

// exists returns the error for a name that is taken.
func (c *creation) exists(failure *transport.Error, id string) *transport.Error {
	copied := failure.WithNote("A %s with the %s %q already exists, with the id %s", c.noun, plainName(c.name), c.wanted, id)
	copied.Reason, copied.ExistingID, copied.IsManaged = transport.ReasonExists, id, c.creations.Own.Manages(id)

	if copied.Method == "" {
		made := c.client.failure(transport.ReasonExists, http.MethodPost, []string{c.path}, "")
		copied.Method, copied.Path = made.Method, made.Path
	}

	c.client.caller.Clean(copied)

	return copied
}

// findOwn returns the listed objects that this creation has certainly made, and those that it may have made. If an object has the requested
// attributes and the service shows that the object is new, this creation has certainly made it. If the service does not show the age of an object
// with the requested attributes, this creation has certainly made the object only if its name or external id is unique, or if an earlier list lacked
// the object. An object that is older than the request, or that another create request of this run has created, proves that the name was taken.
func (c *creation) findOwn(ctx context.Context, objects []version, appeared bool) (own, unsure []version, err error) {
	for _, object := range objects {
		if !c.isNamed(object, c.wanted) {
			continue
		}

		// Unless the object is new, read it by id. The list may be outdated: the object may since have been deleted or renamed.
		if isNew, _ := c.isNew(object); !isNew || !agrees(object, c.creations.Own.Get(object.id)) {
			current, err := c.read(ctx, object.id)
			failure, _ := errors.AsType[*transport.Error](err)

			switch {
			case failure != nil && failure.Status == http.StatusNotFound || err == nil && !c.isNamed(current, c.wanted): // Any form of 404.
				continue
			case err != nil:
				unsure = append(unsure, object)

				continue
			}

			object = current
		}

		isNew, isKnown := c.isNew(object)
		if state := c.creations.Own.Get(object.id).State; state == paging.OwnManaged || state == paging.OwnSurplus || isKnown && !isNew {
			return nil, nil, c.exists(&transport.Error{Reason: transport.ReasonExists, Area: Area}, object.id)
		}

		_, hasExternalID := c.body[attributeExternalID]

		whole, isAsRequested := c.isAsRequested(ctx, object)
		if isAsRequested && (isKnown || appeared || hasExternalID || !c.sharesNames) {
			own = append(own, whole)
		} else {
			unsure = append(unsure, object)
		}
	}

	return own, unsure, nil
}

// isAsRequested reports whether an object has the requested attributes. It reads a listed object by id only if the list omits requested
// attributes.
func (c *creation) isAsRequested(ctx context.Context, object version) (version, bool) {
	contradictions, isPartial := c.contradictions(object)
	if len(contradictions) > 0 || !isPartial {
		return object, len(contradictions) == 0
	}

	if object.isListed {
		var err error
		if object, err = c.read(ctx, object.id); err != nil {
			return object, false
		}

		contradictions, _ = c.contradictions(object)
	}

	return object, len(contradictions) == 0 && len(c.desired.differences(object)) == 0
}

func isAmbiguous(err error) bool {
	failure, ok := errors.AsType[*transport.Error](err)

	return ok && failure.Reason == transport.ReasonAmbiguous
}
