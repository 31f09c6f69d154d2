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
}

// outcome is what a creation answered. There is no document where the answer is empty or names no object.
type outcome struct {
	status int
	made   version
}

// carryOut creates the object. If it was made and is not as asked for, both the object and an error are returned.
func (n scimCreation[T]) carryOut(ctx context.Context) (none T, err error) {
	n.begun = time.Now()

	var got outcome

	wish := scimRequest{method: http.MethodPost, path: []string{n.path}, body: n.body.encode(), outlives: true}
	err = n.client.sendSCIM(ctx, wish, func(answered reply) (err error) {
		got, err = n.decodeOutcome(answered)

		return err
	})

	failure, _ := errors.AsType[*Error](err)

	switch {
	case err == nil && got.made.document != nil:
		return n.accept(ctx, got)
	case err == nil:
		return n.lookUp(ctx)
	case failure == nil:
		return none, err
	case failure.Status == http.StatusConflict, failure.Status == http.StatusBadRequest:
		return none, n.refused(ctx, failure)
	case failure.mayHaveHappened:
		return n.adopt(ctx, failure)
	default:
		return none, err
	}
}

func (n scimCreation[T]) decodeOutcome(answered reply) (outcome, error) {
	got := outcome{status: answered.status}
	if len(answered.body) == 0 {
		return got, nil
	}

	made, err := n.decode(answered)
	if id, _ := made.document.text(attributeID); err != nil && made.document != nil && id == "" {
		return got, nil // JSON, and not about an object: the list tells.
	}

	if err != nil {
		return got, err
	}

	name := attributeWish{n.name, n.wanted}
	if came, _ := made.document.text(n.name); came != "" && !name.isGranted(came) {
		return got, invalidAnswer(answered.status, "the %s %q was to be created, and %q came", n.noun, n.wanted, came)
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

// lookUp returns an object that surely was created, by its name. A list may learn of it late.
func (n scimCreation[T]) lookUp(ctx context.Context) (found T, err error) {
	for attempt := range maxLookups {
		if attempt > 0 {
			if err := sleep(ctx, lookupWait); err != nil {
				return found, newTransportError(ctx, err)
			}
		}

		found, err = n.findFresh(ctx, n.wanted)
		if err == nil {
			made, err := n.read(ctx, n.idOf(found))
			if err != nil {
				return found, err
			}

			return n.accept(ctx, outcome{status: http.StatusOK, made: made})
		}

		if !IsNotFound(err) {
			break
		}
	}

	return found, n.failure(ReasonInvalidAnswer, http.MethodPost, []string{n.path},
		"the service created the %s %q without saying under which id, and it could not be found: %v. Look for the %s of that name in Celonis",
		n.noun, n.wanted, err, n.noun)
}

// refused finds out whether a creation was refused because the name is taken. The documented status for that stands for other
// mistakes too. Source: operation createUser of the SCIM API.
func (n scimCreation[T]) refused(ctx context.Context, failure *Error) error {
	isDuplicate := failure.Status == http.StatusConflict || strings.EqualFold(failure.Code, scimUniqueness)
	existing, err := n.findFresh(ctx, n.wanted)

	switch {
	case err == nil:
		return n.exists(failure, n.idOf(existing))
	case isAmbiguous(err):
		copied := failure.explained("%v", err)
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
	copied := failure.explained("A %s with the %s %q exists already, with the id %s", n.noun, n.name, n.wanted, id)
	copied.Reason, copied.ExistingID = ReasonExists, id

	if copied.Method == "" {
		made := n.failure(ReasonExists, http.MethodPost, []string{n.path}, "")
		copied.Method, copied.Path = made.Method, made.Path
	}

	n.client.redactor.clean(copied)

	return copied
}

// adopt looks for what a creation left behind whose answer was lost. An object of the name is returned only if it cannot well be
// another one: it is as asked for, and the service shows that it is new; or it shows no age, and the name or the external id
// belongs to nothing else. In doubt the error says what to look for.
func (n scimCreation[T]) adopt(ctx context.Context, failure *Error) (none T, err error) {
	found, err := n.findFresh(ctx, n.wanted)

	switch {
	case IsNotFound(err):
		return none, failure.explained("No %s with the %s %q was there afterwards", n.noun, n.name, n.wanted)
	case err != nil:
		return none, n.inDoubt(failure, "")
	}

	id := n.idOf(found)

	made, err := n.read(ctx, id)
	if err != nil {
		return none, n.inDoubt(failure, id)
	}

	contradictions, isPartial, err := n.contradictions(made.document)
	if err != nil || len(contradictions) > 0 {
		return none, n.inDoubt(failure, id)
	}

	if isPartial {
		if differences, err := n.wishes.differences(made.document); err != nil || len(differences) > 0 {
			return none, n.inDoubt(failure, id)
		}
	}

	isNew, isKnown := n.isNew(made)
	if _, proven := n.body[attributeExternalID]; isKnown && !isNew || !isKnown && n.needsProof && !proven {
		return none, n.inDoubt(failure, id)
	}

	return n.value(made)
}

// inDoubt says what to look for after a creation of which nobody knows whether it was carried out.
func (n scimCreation[T]) inDoubt(failure *Error, id string) *Error {
	text := fmt.Sprintf("Whether the %s was created is not known: look in Celonis for one with the %s %q", n.noun, n.name, n.wanted)
	if id != "" {
		text = fmt.Sprintf("Whether this created the %s is not known: one with the %s %q exists, with the id %s", n.noun, n.name, n.wanted, id)
	}

	explained := failure.explained("%s", text)
	explained.ExistingID = id
	n.client.redactor.clean(explained)

	return explained
}

func isAmbiguous(err error) bool {
	failure, ok := errors.AsType[*Error](err)

	return ok && failure.Reason == ReasonAmbiguous
}
