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

	// clockTolerance is the maximum difference between the clocks of the service's machines.
	clockTolerance = time.Minute

	// lateListing is the maximum time until a list shows a new object. The vendor does not document one.
	lateListing = time.Second
)

// creation creates one object. It sends no request beforehand: the response shows the outcome or, if it does not, the list does.
type creation struct {
	*kind

	// wanted is the name, and desired the requested attributes, including the members of a group if there are any.
	wanted  string
	desired desired
	body    document
	begun   time.Time
}

// newCreation returns the creation of an object with a name.
func (k *kind) newCreation(name string) *creation {
	schemas := []string{k.schema}
	if k.extension != "" {
		schemas = append(schemas, k.extension)
	}

	encoded, _ := json.Marshal(schemas) //nolint:errchkjson // Strings always become JSON.

	made := &creation{kind: k, wanted: name, body: document{attributeSchemas: encoded}}
	made.body.set(k.name, name)

	return made
}

// add requests a value for an attribute unless it is empty.
func (c *creation) add(name, value string) {
	if value != "" {
		c.body.set(name, value)
		c.desired = c.desired.with(name, &value)
	}
}

// carryOut creates the object. If the object was created with other attributes than requested, carryOut returns both the object and an
// error.
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
			Reason: transport.ReasonExists, Area: Area, Status: status, Detail: "the service returned a " + c.noun + " that exists",
		}, made.id)
	case mismatch != nil:
		return made, mismatch
	default:
		return made, err
	}
}

// send sends the create request once. A response that does not show the object is an error; the caller then looks for the object in the list.
func (c *creation) send(ctx context.Context) (made version, status int, err error) {
	req := request{method: http.MethodPost, path: []string{c.path}, body: c.body.encode(), ignoreCancel: true}
	err = c.client.send(ctx, req, func(resp transport.Reply) (err error) {
		status = resp.Status
		made, err = c.decode(resp)

		if name := c.nameOf(made); err == nil && name != "" && !c.isNamed(made, c.wanted) {
			err = transport.InvalidResponse(status, "the response is about %[3]q instead of the %[1]s %[2]q", c.noun, c.wanted, name)
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

// named reads a new object by id if the create response contains only the id, so that later lookups find it by name. If there is no such object,
// or the object has another name, the response does not show the outcome of the create.
func (c *creation) named(ctx context.Context, status int, made version) (version, error) {
	current, err := c.read(ctx, made.id)
	failure, _ := errors.AsType[*transport.Error](err)

	switch {
	case failure != nil && failure.Status == http.StatusNotFound || err == nil && !c.isNamed(current, c.wanted): // Any form of 404.
		failure := transport.InvalidResponse(status, "the %s %q was to be created, and the response contains the id %s of another object",
			c.noun, c.wanted, made.id)
		failure.MayHaveBeenApplied = true

		return version{}, failure
	case err != nil:
		return made, nil //nolint:nilerr // Later lookups report the failure.
	default:
		return current, nil
	}
}

// claim records that this run has created an object. It returns false if the run manages the object already: a service may respond to a
// duplicate with the existing object, and if two resources managed it, deleting one would delete the other's object.
func (c *creation) claim(made version) bool {
	return c.creations.Own.Created(made.id, made)
}

// accept checks that an object is the requested one. A service may respond to a create with an object that existed before: such an object is
// older than the request, or has attributes that were not requested. An object counts as new if its age is unknown or within clockTolerance, and
// its attributes are as requested.
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

// notAsRequested returns the error for an object that was created with other attributes than requested.
func (c *creation) notAsRequested(id string, differences []string) *transport.Error {
	return c.client.failure(transport.ReasonNotApplied, http.MethodPost, []string{c.path},
		"the %s %q was created with the id %s, and %s", c.noun, c.wanted, id, strings.Join(differences, "; "))
}

// contradictions describes the attributes that differ from the request. Attributes that the response omits do not count; isPartial is true if it
// omits any. An external id or members that were not requested contradict the request: a service must not invent an external id (RFC 7643
// section 3.1).
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

// isNew reports whether the service shows that an object was created after the request began.
func (c *creation) isNew(made version) (isNew, isKnown bool) {
	created, err := time.Parse(time.RFC3339, made.document.meta().text("created"))
	if err != nil {
		return false, false
	}

	// Use the service's clock if its time is known: the local clock may be wrong.
	begun := c.begun
	if !made.served.IsZero() {
		begun = made.served.Add(-made.arrived.Sub(c.begun))
	}

	return !created.Before(begun.Add(-clockTolerance)), true
}

// refused determines whether a create was rejected because the name is taken. The documented status also stands for other mistakes. Source:
// operation createUser of the SCIM API.
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
	copied := failure.WithNote("A %s with the %s %q exists already, with the id %s", c.noun, plainName(c.name), c.wanted, id)
	copied.Reason, copied.ExistingID, copied.IsManaged = transport.ReasonExists, id, c.creations.Own.Manages(id)

	if copied.Method == "" {
		made := c.client.failure(transport.ReasonExists, http.MethodPost, []string{c.path}, "")
		copied.Method, copied.Path = made.Method, made.Path
	}

	c.client.caller.Clean(copied)

	return copied
}

// findOwn returns the listed objects that this creation must have made, and those that it may have made. An object must come from this creation
// if it is as requested and the service shows that it is new; or if the service does not show its age, and its name or external id is unique, or
// an earlier listing lacked it. An object that is older than the request, or that this run has created otherwise, proves that the name was
// taken.
func (c *creation) findOwn(ctx context.Context, objects []version, appeared bool) (own, unsure []version, err error) {
	for _, object := range objects {
		if !c.isNamed(object, c.wanted) {
			continue
		}

		// Except for a new object, the list may be out of date: the object may have been deleted, or renamed to free its name.
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

// isAsRequested reports whether a listed object has the requested attributes. It reads the object by id only if the list omits some of them.
func (c *creation) isAsRequested(ctx context.Context, object version) (version, bool) {
	contradictions, isPartial := c.contradictions(object)
	if len(contradictions) > 0 || !isPartial {
		return object, len(contradictions) == 0
	}

	object, err := c.read(ctx, object.id)
	if err != nil {
		return object, false
	}

	contradictions, _ = c.contradictions(object)

	return object, len(contradictions) == 0 && len(c.desired.differences(object)) == 0
}

func isAmbiguous(err error) bool {
	failure, ok := errors.AsType[*transport.Error](err)

	return ok && failure.Reason == transport.ReasonAmbiguous
}
