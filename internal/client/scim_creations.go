package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// scimUniqueness is what SCIM calls the fault that a name is taken. Source: RFC 7644 section 3.12.
const scimUniqueness = "uniqueness"

// scimCreation is the creation of one object. Nothing is asked beforehand: what came of it is worked out from the answer, and
// from the list only where the answer leaves that open.
type scimCreation[T any] struct {
	scimKind[T]

	// wanted is the name, and wishes what else is asked for, the members of a group too where there shall be any.
	wanted string
	wishes scimWishes
	// body holds what is sent.
	body  document
	begun time.Time
	// needsProof says that the name does not tell whose an object is: those of groups are words that anybody may have come up with,
	// and a user name belongs to one person.
	needsProof bool
	shared     *creations[version]
}

// outcome is what a creation answered. There is no document where the answer is empty or names no object.
type outcome struct {
	status int
	made   version
}

// carryOut creates the object. If it was made and is not as asked for, both the object and an error are returned.
func (n scimCreation[T]) carryOut(ctx context.Context) (none T, err error) {
	name := n.wanted
	if n.nameWithoutCase {
		name = strings.ToLower(name)
	}

	endTurn, err := n.shared.takeTurn(ctx, name)
	if err != nil {
		return none, err
	}
	defer endTurn()

	n.begun = time.Now()
	status := 0

	made, isFound, err := creation[version]{
		client: n.client, shared: n.shared, what: fmt.Sprintf("the %s with the %s %q", n.noun, plainName(n.name), n.wanted),
		list: n.versions, find: n.findOwn, id: version.id,
		send: func(ctx context.Context) (version, error) {
			got, err := n.send(ctx)
			status = got.status

			return got.made, err
		},
	}.carryOut(ctx)

	failure, _ := errors.AsType[*Error](err)

	switch {
	case made.document == nil && failure != nil && !failure.OutcomeUnknown &&
		(failure.Status == http.StatusConflict || failure.Status == http.StatusBadRequest):
		return none, n.refused(ctx, failure)
	case made.document == nil:
		return none, err
	}

	value, valueErr := n.value(made)
	if !isFound {
		value, valueErr = n.accept(ctx, outcome{status: status, made: made})
	}

	id := n.idOf(value)

	switch {
	case id == "":
		return none, valueErr
	case !n.claim(ctx, id, value):
		return none, n.exists(&Error{
			Reason: ReasonExists, Area: AreaSCIM, Status: status, Detail: "the service returned a " + n.noun + " that exists",
		}, id)
	case valueErr != nil:
		return value, valueErr
	default:
		return value, err
	}
}

// send sends the create once. A response that does not show the object is an error: the list shows what happened.
func (n scimCreation[T]) send(ctx context.Context) (got outcome, err error) {
	wish := scimRequest{method: http.MethodPost, path: []string{n.path}, body: n.body.encode(), ignoreCancel: true}
	err = n.client.sendSCIM(ctx, wish, func(answered Reply) (err error) {
		got, err = n.decodeOutcome(answered)

		return err
	})

	return got, err
}

func (n scimCreation[T]) decodeOutcome(answered Reply) (outcome, error) {
	got := outcome{status: answered.Status}

	made, err := n.decode(answered)
	if err != nil {
		return got, err
	}

	name := attributeWish{n.name, n.wanted}
	if came, _ := made.document.text(n.name); came != "" && !name.isGranted(came) {
		return got, InvalidResponse(answered.Status, "the %s %q was to be created, and %q came", n.noun, n.wanted, came)
	}

	got.made = made

	return got, nil
}

// accept makes sure that an object is the one that was asked for. A service may answer the creation of what exists with the
// object that exists: that shows where it is older than the request, or has what nobody asked for. One that is younger than the
// tolerance between clocks, or whose age is not shown, and that is just as asked for is taken for new.
func (n scimCreation[T]) accept(ctx context.Context, got outcome) (T, error) {
	value, err := n.value(got.made)
	if err != nil {
		return value, err
	}

	contradictions, isPartial, err := n.contradictions(got.made.document)
	if err != nil {
		return value, err
	}

	created, isKnown := n.isNew(got.made)
	isOld := isKnown && !created

	// Even a 201 does not prove whose a group is: to take another one over, and delete it one day, is worse than an error.
	if isOld && (n.needsProof || got.status != http.StatusCreated) ||
		got.status != http.StatusCreated && !isKnown && len(contradictions) > 0 {
		var none T

		return none, n.exists(&Error{Reason: ReasonExists, Area: AreaSCIM, Status: got.status}, n.idOf(value))
	}

	id := n.idOf(value)
	if len(contradictions) > 0 {
		return value, n.notAsAsked(id, contradictions)
	}

	if !isPartial {
		return value, nil
	}

	after, differences, err := n.compare(ctx, id, n.wishes, nil)
	if err != nil {
		return value, err
	}

	if len(differences) > 0 {
		return value, n.notAsAsked(id, differences)
	}

	return n.value(after)
}

// notAsAsked makes the error for an object that was created otherwise than asked for.
func (n scimCreation[T]) notAsAsked(id string, differences []string) *Error {
	return n.failure(ReasonNotTaken, http.MethodPost, []string{n.path},
		"the %s %q was created with the id %s, and %s", n.noun, n.wanted, id, strings.Join(differences, "; "))
}

// contradictions says what an object has otherwise than asked for. Attributes that it does not show are none; isPartial says that
// there are some. An external id that nobody asked for is one: a service must not make it up (RFC 7643 section 3.1); so are
// members.
func (n scimCreation[T]) contradictions(d document) (contradictions []string, isPartial bool, err error) {
	shown := scimWishes{}

	for _, wish := range n.wishes.attributes {
		got, err := d.value(wish.attribute)
		if err != nil {
			return nil, false, err
		}

		if got == "" {
			isPartial = true
		} else {
			shown.attributes = append(shown.attributes, wish)
		}
	}

	if _, asked := n.body[attributeExternalID]; !asked {
		shown.attributes = append(shown.attributes, attributeWish{attribute: attributeExternalID})
	}

	members, known, err := d.members()
	if err != nil {
		return nil, false, err
	}

	if known && (n.wishes.members != nil || len(members) > 0) {
		wanted := n.wishes.members
		if wanted == nil {
			wanted = &[]string{}
		}

		shown.members = wanted
	}

	contradictions, err = shown.differences(d)

	return contradictions, isPartial || n.wishes.members != nil && !known, err
}

// isNew reports whether an object was made since the request was begun, as far as the service shows it.
func (n scimCreation[T]) isNew(made version) (isNew, isKnown bool) {
	meta := made.document.meta()
	if meta == nil {
		return false, false
	}

	text, err := meta.text("created")
	if err != nil {
		return false, false
	}

	created, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return false, false
	}

	// By the service's clock, where it shows it: the one here may be wrong.
	begun := n.begun
	if !made.served.IsZero() {
		begun = made.served.Add(-made.arrived.Sub(n.begun))
	}

	return !created.Before(begun.Add(-clockTolerance)), true
}

// lateListing is how long a list may take to show an object that was just created. The vendor documents nothing about it.
const lateListing = time.Second

// refused finds out whether a creation was refused because the name is taken. The documented status for that stands for other
// mistakes too. Source: operation createUser of the SCIM API.
func (n scimCreation[T]) refused(ctx context.Context, failure *Error) error {
	isDuplicate := failure.Status == http.StatusConflict || strings.EqualFold(failure.Code, scimUniqueness)
	existing, err := n.findFresh(ctx, n.wanted)

	// If somebody else created it a moment ago, the list may not show it yet.
	if IsNotFound(err) && Sleep(ctx, lateListing) == nil {
		existing, err = n.findFresh(ctx, n.wanted)
	}

	switch {
	case err == nil:
		return n.exists(failure, n.idOf(existing))
	case isAmbiguous(err):
		copied := failure.WithNote("%v", err)
		copied.Reason = ReasonExists

		return copied
	case isDuplicate:
		copied := *failure
		copied.Reason = ReasonExists

		return &copied
	default:
		return failure
	}
}

// exists makes the error for a name that is taken.
func (n scimCreation[T]) exists(failure *Error, id string) *Error {
	copied := failure.WithNote("A %s with the %s %q exists already, with the id %s", n.noun, plainName(n.name), n.wanted, id)
	copied.Reason, copied.ExistingID, copied.IsManaged = ReasonExists, id, n.own.manages(id)

	if copied.Method == "" {
		made := n.failure(ReasonExists, http.MethodPost, []string{n.path}, "")
		copied.Method, copied.Path = made.Method, made.Path
	}

	n.client.redactor.clean(copied)

	return copied
}

// findOwn returns the listed object of the name if it cannot well be another one: it is as asked for, and the service shows that
// it is new; or it shows no age, and the name or the external id belongs to nothing else, or an earlier listing lacked it. An
// object that is older than the request, or that this run has created otherwise, proves that the name was taken.
func (n scimCreation[T]) findOwn(ctx context.Context, objects []version, appeared bool) (own, unsure []version, err error) {
	isNamed := func(object version) bool {
		name, _ := object.document.text(n.name)

		return attributeWish{n.name, n.wanted}.isGranted(name)
	}

	for _, object := range objects {
		if !isNamed(object) {
			continue
		}

		// The list may still show an object that this run has deleted or renamed to make room for the new one.
		if listed, err := n.convert(object.document); err == nil && !n.agrees(listed) {
			current, err := n.read(ctx, object.id())
			failure, _ := errors.AsType[*Error](err)

			switch {
			case failure != nil && failure.Status == http.StatusNotFound || err == nil && !isNamed(current): // Whatever form the 404 has.
				continue
			case err != nil:
				unsure = append(unsure, object)

				continue
			}

			object = current
		}

		created, isKnown := n.isNew(object)
		if n.shared.isOwn(object.id()) || isKnown && !created {
			return nil, nil, n.exists(&Error{Reason: ReasonExists, Area: AreaSCIM}, object.id())
		}

		_, hasExternalID := n.body[attributeExternalID]

		whole, isAsAsked := n.isAsAsked(ctx, object)
		if isAsAsked && (isKnown || appeared || hasExternalID || !n.needsProof) {
			own = append(own, whole)
		} else {
			unsure = append(unsure, object)
		}
	}

	return own, unsure, nil
}

// isAsAsked reports whether a listed object is as asked for. It reads the object by id only if the list does not show all
// attributes.
func (n scimCreation[T]) isAsAsked(ctx context.Context, object version) (version, bool) {
	contradictions, isPartial, err := n.contradictions(object.document)
	if err != nil || len(contradictions) > 0 || !isPartial {
		return object, err == nil && len(contradictions) == 0
	}

	object, err = n.read(ctx, object.id())
	if err != nil {
		return object, false
	}

	contradictions, _, err = n.contradictions(object.document)
	if err != nil || len(contradictions) > 0 {
		return object, false
	}

	differences, err := n.wishes.differences(object.document)

	return object, err == nil && len(differences) == 0
}

func isAmbiguous(err error) bool {
	failure, ok := errors.AsType[*Error](err)

	return ok && failure.Reason == ReasonAmbiguous
}
