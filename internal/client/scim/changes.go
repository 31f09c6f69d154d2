package scim

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

const (
	// maxEdits is the maximum number of attempts to make a change while other programs change the same object.
	maxEdits = 5

	// maxLostEdits is the maximum number of times that a change is repeated because it was lost after the service had accepted it.
	maxLostEdits = 3

	// firstEditWait is the minimum wait before a change is repeated for the first time. The wait doubles with every repetition.
	firstEditWait = 100 * time.Millisecond
)

// update calls edit to change an object, and records that this run manages the object.
func (k *kind) update(ctx context.Context, id string, wanted desired) (version, error) {
	after, err := k.edit(ctx, id, wanted)
	if err == nil {
		k.creations.Own.Changed(id, after)
	}

	return after, err
}

// edit changes an object to the desired state. It reads the object, changes only the attributes that differ, and replaces the object unless
// another program has changed it in the meantime. It then reads the object back. If the service accepted the change without applying it, edit
// returns both the object and an error.
func (k *kind) edit(ctx context.Context, id string, wanted desired) (version, error) {
	lost := 0

	for attempt := 0; ; attempt++ {
		if err := editWait(ctx, attempt); err != nil {
			return version{}, err
		}

		current, err := k.read(ctx, id)
		if err != nil {
			return version{}, err
		}

		if !wanted.apply(current) {
			return current, nil
		}

		err = k.put(ctx, id, current.document, current.etag)
		if k.isConflict(ctx, id, err, current.etag) {
			if attempt+1 < maxEdits {
				continue
			}

			return version{}, k.contested(err)
		}

		if err != nil && !transport.MayHaveBeenApplied(err) {
			return version{}, err
		}

		after, differences, err := k.compare(ctx, id, wanted, err)
		if err != nil || len(differences) == 0 {
			return after, err
		}

		if lost++; wanted.members == nil || lost > maxLostEdits {
			return after, k.notApplied(id, differences)
		}
	}
}

// put replaces an object. It ignores the response, because a later read shows the outcome. [transport.ReasonNotFound] means that the object
// does not exist.
func (k *kind) put(ctx context.Context, id string, changed document, etag string) error {
	req := request{method: http.MethodPut, path: k.objectPath(id), body: changed.replacement(k.schema), ifMatch: etag}

	err := k.client.send(ctx, req, paging.Ignore)
	if failure, ok := errors.AsType[*transport.Error](err); !ok || failure.Status != http.StatusNotFound {
		return err
	}

	// The 404 may refer to the object or to a member it references.
	if _, readErr := k.read(ctx, id); transport.IsNotFound(readErr) {
		return readErr
	}

	return err
}

// compare reads an object back after a PUT, and describes how it differs from the desired state. failed is the error of a PUT that may have been
// applied. compare returns that error if the PUT was not applied, or if the object cannot be read.
func (k *kind) compare(ctx context.Context, id string, wanted desired, failed error) (version, []string, error) {
	after, err := k.read(ctx, id)
	if err != nil {
		return version{}, nil, cmp.Or(failed, err)
	}

	differences := wanted.differences(after)
	if len(differences) > 0 {
		err = failed
	}

	return after, differences, err
}

// editWait waits before a change is repeated. The wait grows with each repetition and is random, so that two programs that change the same
// object do not stay in step.
func editWait(ctx context.Context, attempt int) error {
	if attempt == 0 {
		return nil
	}

	span := firstEditWait << attempt
	if err := transport.Sleep(ctx, span/2+rand.N(span/2)); err != nil { //nolint:gosec // Jitter needs no secure randomness.
		return transport.AsError(ctx, err)
	}

	return nil
}

// isConflict reports whether a change was rejected because another program has changed the object since it was read. A 409 may also mean that a
// name is taken. Reading the object distinguishes the two cases. Sources: RFC 7644 sections 3.12 and 3.14.
func (k *kind) isConflict(ctx context.Context, id string, err error, etag string) bool {
	failure, ok := errors.AsType[*transport.Error](err)

	switch {
	case !ok || etag == "":
		return false
	case failure.Status == http.StatusConflict && !strings.EqualFold(failure.Code, uniqueness):
		current, readErr := k.read(ctx, id)

		return readErr == nil && current.etag != etag
	default:
		return failure.Status == http.StatusPreconditionFailed
	}
}

// contested returns the error for a conflict that persisted through all attempts.
func (k *kind) contested(err error) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return err
	}

	return failure.WithNote("Another program changed the %s during each of %d attempts to change it", k.noun, maxEdits)
}

// notApplied returns the error for a change that the service accepted but did not apply.
func (k *kind) notApplied(id string, differences []string) *transport.Error {
	return k.client.failure(transport.ReasonNotApplied, http.MethodPut, k.objectPath(id),
		"the service accepted the change but did not apply it: %s", strings.Join(differences, "; "))
}

// remove deletes an object. It also succeeds if the object does not exist. [transport.ReasonManaged] means that this run has created or changed
// the object, which therefore belongs to another resource.
func (k *kind) remove(ctx context.Context, id string) error {
	if k.creations.Own.Manages(id) {
		refusal := k.client.failure(transport.ReasonManaged, http.MethodDelete, k.objectPath(id),
			"this run has created or changed the %s %s for another resource", k.noun, id)
		refusal.ExistingID = id

		return refusal
	}

	err := k.sendRemoval(ctx, id)
	if err == nil {
		k.creations.Own.Deleted(id)
	}

	return err
}

func (k *kind) sendRemoval(ctx context.Context, id string) error {
	etag := ""

	for attempt := 0; ; attempt++ {
		if err := editWait(ctx, attempt); err != nil {
			return err
		}

		req := request{method: http.MethodDelete, path: k.objectPath(id), ifMatch: etag, isObject: true}

		err := k.client.send(ctx, req, paging.Ignore)
		if err == nil || transport.IsNotFound(err) {
			return nil
		}

		// The deletion applies to any version of the object, so If-Match is sent only if the service requires it.
		failure, ok := errors.AsType[*transport.Error](err)
		isConflict := k.isConflict(ctx, id, err, etag)
		insists := ok && failure.Status == http.StatusPreconditionRequired || isConflict

		switch {
		case isConflict && attempt+1 == maxEdits:
			return k.contested(err)
		case attempt+1 == maxEdits, !insists && !transport.MayHaveBeenApplied(err):
			return err
		}

		current, readErr := k.read(ctx, id)
		if transport.IsNotFound(readErr) {
			return nil
		}

		if readErr != nil || !insists || current.etag == "" {
			return err
		}

		etag = current.etag
	}
}
