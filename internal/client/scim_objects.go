package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// scimPageSize is how many objects a page of a list is asked for: the documented default.
	// Source: operation search of the SCIM API, parameter count.
	scimPageSize = 200

	// maxEdits is how often a change is tried against others who change the same object.
	maxEdits = 5

	// maxLostEdits is how often a change that was lost, although the service had accepted it, is made again.
	maxLostEdits = 3

	// firstEditWait bounds the wait before a change is tried again; every further one doubles it.
	firstEditWait = 100 * time.Millisecond

	// clockTolerance is by how much the clocks of a service's machines may differ.
	clockTolerance = time.Minute
)

// scimKind is how users or groups are read and changed.
type scimKind[T any] struct {
	client *Client
	// noun is what one object is called; path is where they are, below the base path; schema names their attributes.
	noun, path, schema string
	// extension is a second schema that a creation names, empty for none.
	extension string
	// name is the attribute by which people tell the objects apart, and nameOf its value. Some are without case.
	name            string
	nameOf          func(T) string
	nameWithoutCase bool
	idOf            func(T) string
	convert         func(document) (T, error)
	// whole completes an object that was read by itself, nil where there is nothing to complete.
	whole func(T) T
	// own are the objects that this run has created, changed or deleted. isSame reports whether an object in a list is what it is by
	// itself, as far as the list shows it.
	own    *ownObjects[T]
	isSame func(listed, single T) bool
}

// version is an object as it was at one time.
type version struct {
	document document
	// etag is the version to change, empty where the service shows none.
	etag string
	// isGuarded says that the service refuses to change another version.
	isGuarded bool
	// arrived is when it was read by the clock here, and served by the service's, zero where it does not say.
	arrived, served time.Time
}

func (v version) id() string {
	id, _ := v.document.text(attributeID)

	return id
}

// objectPath returns an object's path below the base path.
func (k scimKind[T]) objectPath(id string) []string { return []string{k.path, id} }

// key returns what the whole list is kept under.
func (k scimKind[T]) key() readKey { return keyOf(AreaSCIM, []string{k.path}, "") }

// read reads one object, always from the service.
func (k scimKind[T]) read(ctx context.Context, id string) (version, error) {
	var got version

	wish := scimRequest{method: http.MethodGet, path: k.objectPath(id), isObject: true}
	err := k.client.sendSCIM(ctx, wish, func(answered Reply) (err error) {
		got, err = k.decode(answered)
		if err != nil {
			return err
		}

		if came, _ := got.document.text(attributeID); !SameText(came, id) {
			return InvalidResponse(answered.Status, "the %s %q was asked for, and %q came", k.noun, id, came)
		}

		k.client.scim.confirmed.Store(true)

		return nil
	})
	if err != nil {
		return got, err
	}

	value, err := k.value(got)
	if err == nil {
		k.own.seen(id, value)
	}

	return got, err
}

// decode reads an answer that is one object.
func (k scimKind[T]) decode(answered Reply) (version, error) {
	got := version{etag: answered.Header.Get("ETag"), arrived: time.Now()}
	got.isGuarded = got.etag != "" && k.client.scim.guards.Load()

	if err := Decode(answered, "the "+k.noun, &got.document); err != nil {
		return got, err
	}

	if _, err := k.convert(got.document); err != nil {
		return got, InvalidResponse(answered.Status, "the %s: %v", k.noun, err)
	}

	got.served, _ = http.ParseTime(answered.Header.Get("Date"))

	if meta := got.document.meta(); got.etag == "" && meta != nil {
		got.etag, _ = meta.text("version")
		if got.etag != "" && !strings.HasSuffix(got.etag, `"`) {
			got.etag = `"` + got.etag + `"`
		}
	}

	return got, nil
}

// meta returns what the service says about an object, nil if nothing.
func (d document) meta() document {
	var meta document
	if json.Unmarshal(d.raw(attributeMeta), &meta) != nil {
		return nil
	}

	return meta
}

// value returns the object that a version holds.
func (k scimKind[T]) value(of version) (T, error) {
	value, err := k.convert(of.document)
	if err != nil { // It was convertible when it was read.
		return value, InvalidResponse(0, "the %s: %v", k.noun, err)
	}

	if k.whole != nil {
		value = k.whole(value)
	}

	return value, nil
}

// put replaces an object. What the answer says is not looked at: a read shows what became of it. [ReasonNotFound] means that there
// is no such object.
func (k scimKind[T]) put(ctx context.Context, id string, changed document, etag string) error {
	body, err := changed.replacement(k.schema)
	if err != nil {
		return fmt.Errorf("writing the %s: %w", k.noun, err)
	}

	wish := scimRequest{method: http.MethodPut, path: k.objectPath(id), body: body, ifMatch: etag}

	err = k.client.sendSCIM(ctx, wish, func(Reply) error { return nil })
	if failure, ok := errors.AsType[*Error](err); !ok || failure.Status != http.StatusNotFound {
		return err
	}

	// It may be about the object, and may be about one that is named in it.
	if _, readErr := k.read(ctx, id); IsNotFound(readErr) {
		return readErr
	}

	return err
}

// update is edit for an object that this run manages from now on.
func (k scimKind[T]) update(ctx context.Context, id string, wishes scimWishes) (version, error) {
	after, err := k.edit(ctx, id, wishes)
	if value, convertErr := k.value(after); err == nil && convertErr == nil {
		k.own.changed(id, value)
	}

	return after, err
}

// edit makes wishes true: it reads the object, changes what is not as wished and leaves everything else as it came, replaces the
// object unless somebody else changed it meanwhile, and reads back what became of it. The object is returned with an error too
// where the service took the change and did not carry it out.
func (k scimKind[T]) edit(ctx context.Context, id string, wishes scimWishes) (version, error) {
	lost := 0

	for attempt := 0; ; attempt++ {
		if err := editWait(ctx, attempt); err != nil {
			return version{}, err
		}

		current, err := k.read(ctx, id)
		if err != nil {
			return version{}, err
		}

		changed, err := wishes.apply(current.document)
		if err != nil || !changed {
			return current, err
		}

		err = k.put(ctx, id, current.document, current.etag)
		if k.isConflict(ctx, id, err, current.etag) {
			if attempt+1 < maxEdits {
				continue
			}

			return version{}, k.contested(err)
		}

		if err != nil && !MayHaveBeenApplied(err) {
			return version{}, err
		}

		after, differences, err := k.compare(ctx, id, wishes, err)
		if err != nil || len(differences) == 0 {
			return after, err
		}

		if lost++; wishes.members == nil || lost > maxLostEdits {
			return after, k.notTaken(id, differences)
		}
	}
}

// compare reads an object back after a PUT, and says what is not as wished. failed is how the PUT failed where nobody knows
// whether it was carried out: it counts only if it was not.
func (k scimKind[T]) compare(ctx context.Context, id string, wishes scimWishes, failed error) (version, []string, error) {
	after, err := k.read(ctx, id)
	if err != nil {
		return version{}, nil, cmp.Or(failed, err)
	}

	differences, err := wishes.differences(after.document)
	if len(differences) > 0 && failed != nil {
		err = failed
	}

	return after, differences, err
}

// editWait waits before a change is tried again: for longer each time, and for a random time, so that two programs which change
// the same object do not keep step.
func editWait(ctx context.Context, attempt int) error {
	if attempt == 0 {
		return nil
	}

	span := firstEditWait << attempt
	if err := Sleep(ctx, span/2+rand.N(span/2)); err != nil { //nolint:gosec // Jitter is no secret.
		return AsError(ctx, err)
	}

	return nil
}

// isConflict reports whether a change was refused because the object is not the version that was read. A 409 says that, and
// also that a name is taken: the object tells. Sources: RFC 7644 sections 3.12 and 3.14.
func (k scimKind[T]) isConflict(ctx context.Context, id string, err error, etag string) bool {
	failure, ok := errors.AsType[*Error](err)

	switch {
	case !ok || etag == "":
		return false
	case failure.Status == http.StatusConflict && !strings.EqualFold(failure.Code, scimUniqueness):
		current, readErr := k.read(ctx, id)

		return readErr == nil && current.etag != etag
	default:
		return failure.Status == http.StatusPreconditionFailed
	}
}

// contested adds to a conflict that remained how often it was met.
func (k scimKind[T]) contested(err error) error {
	failure, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}

	return failure.WithNote("The %s was changed by another program each of the %d times that this one tried to change it", k.noun, maxEdits)
}

// notTaken makes the error for a change that the service accepted and that is not there.
func (k scimKind[T]) notTaken(id string, differences []string) *Error {
	return k.failure(ReasonNotTaken, http.MethodPut, k.objectPath(id),
		"the service accepted the change, and afterwards %s", strings.Join(differences, "; "))
}

// failure makes an error for which no single answer stands.
func (k scimKind[T]) failure(reason Reason, method string, path []string, format string, values ...any) *Error {
	made := &Error{
		Reason: reason, Area: AreaSCIM, Method: method, Path: Request{Path: slices.Concat(k.client.knownSCIMBase(), path)}.Location(),
		Detail: Printable(fmt.Sprintf(format, values...)),
	}
	k.client.redactor.clean(made)

	return made
}

// remove deletes an object, and succeeds if there is none. [ReasonManaged] means that this run has created or changed the object, which
// therefore belongs to another resource.
func (k scimKind[T]) remove(ctx context.Context, id string) error {
	if k.own.manages(id) {
		refusal := k.failure(ReasonManaged, http.MethodDelete, k.objectPath(id), "this run has created or changed the %s %s for another resource",
			k.noun, id)
		refusal.ExistingID = id

		return refusal
	}

	err := k.sendRemoval(ctx, id)
	if err == nil {
		k.own.deleted(id)
	}

	return err
}

func (k scimKind[T]) sendRemoval(ctx context.Context, id string) error {
	etag := ""

	for attempt := 0; ; attempt++ {
		if err := editWait(ctx, attempt); err != nil {
			return err
		}

		wish := scimRequest{method: http.MethodDelete, path: k.objectPath(id), ifMatch: etag, isObject: true}

		err := k.client.sendSCIM(ctx, wish, func(Reply) error { return nil })
		if err == nil || IsNotFound(err) {
			return nil
		}

		// Whatever the object is like by now, it is to go: a version is only named for a service that insists.
		failure, ok := errors.AsType[*Error](err)
		isConflict := k.isConflict(ctx, id, err, etag)
		insists := ok && failure.Status == http.StatusPreconditionRequired || isConflict

		switch {
		case isConflict && attempt+1 == maxEdits:
			return k.contested(err)
		case attempt+1 == maxEdits, !insists && !MayHaveBeenApplied(err):
			return err
		}

		current, readErr := k.read(ctx, id)
		if IsNotFound(readErr) {
			return nil
		}

		if readErr != nil || !insists || current.etag == "" {
			return err
		}

		etag = current.etag
	}
}

// all returns all objects by id, from the run's memory where it can. The slice is shared: do not change it.
func (k scimKind[T]) all(ctx context.Context) ([]T, error) {
	listed, _, err := shared(ctx, k.client, k.key(), time.Time{}, k.list)
	if err != nil {
		return nil, err
	}

	return k.corrected(ctx, listed, func(T) bool { return true })
}

// find returns the one object of a name.
func (k scimKind[T]) find(ctx context.Context, name string) (T, error) {
	return find(ctx, k.client, k.key(), k.list, func(listed []T) (T, error) { return k.findIn(ctx, listed, name) })
}

// findFresh is find in a list that was asked for since.
func (k scimKind[T]) findFresh(ctx context.Context, name string) (found T, err error) {
	listed, _, err := shared(ctx, k.client, k.key(), time.Now(), k.list)
	if err != nil {
		return found, err
	}

	return k.findIn(ctx, listed, name)
}

// findIn returns the one object of a name among those that are listed and those that this run has created.
func (k scimKind[T]) findIn(ctx context.Context, listed []T, name string) (found T, err error) {
	search := lookup[T]{area: AreaSCIM, what: k.noun + "s", property: plainName(k.name), wanted: name, value: k.nameOf, ignoreCase: k.nameWithoutCase}

	values, err := k.corrected(ctx, listed, search.matches)
	if err != nil {
		return found, err
	}

	return search.in(values, k.idOf)
}

// list reads the whole list.
func (k scimKind[T]) list(ctx context.Context) ([]T, error) { return k.listWith(ctx, k.page) }

// listWith reads the whole list with a function for its pages.
func (k scimKind[T]) listWith(ctx context.Context, fetch func(context.Context, int, int) (page[T], error)) ([]T, error) {
	values, _, err := pages[T]{
		what: "the list of " + k.noun + "s", id: k.idOf, fetch: fetch, size: scimPageSize, concurrent: k.client.concurrent, countsAll: true,
	}.all(ctx)
	if err != nil {
		return nil, err
	}

	slices.SortFunc(values, func(a, b T) int { return cmp.Compare(k.idOf(a), k.idOf(b)) })

	return values, nil
}

// versions reads the whole list as the service shows it. A list that changes while it is read is read again.
func (k scimKind[T]) versions(ctx context.Context) (objects []version, err error) {
	whole := scimKind[version]{client: k.client, noun: k.noun, path: k.path, idOf: version.id}

	read := func() (err error) {
		objects, err = whole.listWith(ctx, func(ctx context.Context, index, size int) (page[version], error) {
			return whole.pageOf(ctx, index, size, func(answered Reply, object document) (version, error) {
				_, err := k.convert(object)
				served, _ := http.ParseTime(answered.Header.Get("Date"))

				return version{document: object, arrived: time.Now(), served: served}, err
			})
		})

		return err
	}

	err = untilSteady(ctx, read(), read)

	return objects, err
}

// page reads one page of the list. There is no filter in it: the vendor's pages say that none is supported.
// Sources: operations search and search_1 of the SCIM API; RFC 7644 section 3.4.2.4.
func (k scimKind[T]) page(ctx context.Context, index, size int) (page[T], error) {
	return k.pageOf(ctx, index, size, func(_ Reply, object document) (T, error) { return k.convert(object) })
}

func (k scimKind[T]) pageOf(
	ctx context.Context, index, size int, convert func(Reply, document) (T, error),
) (page[T], error) {
	var got page[T]

	wish := scimRequest{
		method: http.MethodGet, path: []string{k.path},
		query: url.Values{"startIndex": {strconv.Itoa(index*size + 1)}, "count": {strconv.Itoa(size)}},
	}
	err := k.client.sendSCIM(ctx, wish, func(answered Reply) (err error) {
		got, err = k.decodePage(answered, index, convert)

		return err
	})

	return got, err
}

func (k scimKind[T]) decodePage(answered Reply, index int, convert func(Reply, document) (T, error)) (page[T], error) {
	var (
		body struct {
			Total     *LenientInt         `json:"totalResults"`
			Resources JSONArray[document] `json:"Resources"`
		}
		what = "the list of " + k.noun + "s"
	)

	if err := Decode(answered, what, &body); err != nil {
		return page[T]{}, err
	}

	if body.Total == nil || *body.Total < 0 {
		return page[T]{}, InvalidResponse(answered.Status, "%s: the answer does not say how many there are", what)
	}

	got := page[T]{total: int(*body.Total), items: make([]T, 0, len(body.Resources))}

	for _, resource := range body.Resources {
		value, err := convert(answered, resource)
		if err != nil {
			return page[T]{}, InvalidResponse(answered.Status, "%s: an item on page %d: %v", what, index, err)
		}

		got.items = append(got.items, value)
	}

	k.client.scim.confirmed.Store(true)

	return got, nil
}
