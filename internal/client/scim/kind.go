package scim

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// pageSize is the page size to request, which is the documented default. Source: the `count` parameter of the SCIM API's search operation.
const pageSize = 200

// kind contains the properties in which users and groups differ, such as their path.
type kind struct {
	client *Client
	// noun is the word for one object in messages, path is the path of the objects relative to the base path, and schema is their core schema.
	noun, path, schema string
	// extension is a second schema that a create request lists, or empty if there is none.
	extension string
	// name is the attribute by which people identify an object. If ignoreCase is true, names are case-insensitive.
	name       string
	ignoreCase bool
	// sharesNames is true if several programs may choose the same name independently. In that case, a name does not prove who created the object.
	sharesNames bool
	// creations is shared by all calls that create an object of this kind, and records the objects that this run has created.
	creations *paging.Creations[version]
}

// version is the state of an object at a point in time.
type version struct {
	id       string
	document document
	// memberIDs are the ids of a group's members, sorted. hasMembers is true if the response contains the members attribute.
	memberIDs  []string
	hasMembers bool
	// isListed is true if the object comes from a list, which may omit attributes.
	isListed bool
	// etag is the value for If-Match, or empty if the service returns no ETag.
	etag string
	// isGuarded is true if the service rejects changes that are based on another version of the object.
	isGuarded bool
	// arrived is the time on the local clock when the response arrived. served is the time on the service's clock when the response was sent,
	// or zero if unknown.
	arrived, served time.Time
}

// newVersion returns the object in a response. It checks all attributes that this client reads.
func newVersion(resp transport.Reply, object document) (version, error) {
	made := version{id: object.text(attributeID), document: object, arrived: time.Now()}
	made.served, _ = http.ParseTime(resp.Header.Get("Date"))

	var errs []error

	for _, name := range textAttributes() {
		_, err := object.parse(name)
		errs = append(errs, err)
	}

	if made.id == "" {
		errs = append(errs, errors.New("it has no id"))
	}

	isKnown, err := object.eachMember(func(id string, _ json.RawMessage) { made.memberIDs = append(made.memberIDs, id) })
	made.hasMembers = isKnown

	slices.Sort(made.memberIDs)

	return made, errors.Join(append(errs, err)...)
}

func (v version) hasMember(userID string) bool {
	_, isMember := slices.BinarySearch(v.memberIDs, userID)

	return isMember
}

// fulfils reports whether each user mapped to true is a member of the group, and no user mapped to false is.
func (v version) fulfils(wanted map[string]bool) bool {
	for id, isMember := range wanted {
		if v.hasMember(id) != isMember {
			return false
		}
	}

	return true
}

// isSame reports whether a listed object equals an object that was read by id. Members are ignored if the list omits them.
func (v version) isSame(single version) bool {
	return !slices.ContainsFunc(textAttributes(), func(name string) bool { return v.document.text(name) != single.document.text(name) }) &&
		(!v.hasMembers || slices.Equal(v.memberIDs, single.memberIDs))
}

func (k *kind) objectPath(id string) []string { return []string{k.path, id} }

func (k *kind) key() paging.Key { return paging.KeyOf(Area, []string{k.path}, "") }

func (k *kind) nameOf(object version) string { return object.document.text(k.name) }

func (k *kind) isNamed(object version, name string) bool {
	return attribute{k.name, name}.matches(k.nameOf(object))
}

// read reads one object from the service, never from the cache.
func (k *kind) read(ctx context.Context, id string) (version, error) {
	var object version

	req := request{method: http.MethodGet, path: k.objectPath(id), isObject: true}
	err := k.client.send(ctx, req, func(resp transport.Reply) (err error) {
		object, err = k.decode(resp)
		if err != nil {
			return err
		}

		if !transport.SameText(object.id, id) {
			return transport.InvalidResponse(resp.Status, "the response describes %[3]q instead of the %[1]s %[2]q", k.noun, id, object.id)
		}

		return nil
	})
	if err != nil {
		return object, err
	}

	k.client.confirmed.Store(true)
	k.creations.Own.Seen(id, object)

	return object, nil
}

// decode reads a response that contains one object.
func (k *kind) decode(resp transport.Reply) (version, error) {
	var object document
	if err := transport.Decode(resp, "the "+k.noun, &object); err != nil {
		return version{}, err
	}

	made, err := newVersion(resp, object)
	if err != nil {
		return version{}, transport.InvalidResponse(resp.Status, "the %s: %v", k.noun, err)
	}

	made.etag = resp.Header.Get("ETag")
	made.isGuarded = made.etag != "" && k.client.guards.Load()

	if made.etag == "" {
		made.etag = object.meta().text("version")
		if made.etag != "" && !strings.HasSuffix(made.etag, `"`) {
			made.etag = `"` + made.etag + `"`
		}
	}

	return made, nil
}

// all returns all objects, sorted by id, from the run's cache if possible. The slice is shared: do not change it.
func (k *kind) all(ctx context.Context) ([]version, error) {
	objects, _, err := paging.Shared(ctx, k.client.caller, k.key(), time.Time{}, k.list)
	if err != nil {
		return nil, err
	}

	return k.corrected(ctx, objects, func(version) bool { return true })
}

// find returns the only object with the given name.
func (k *kind) find(ctx context.Context, name string) (version, error) {
	return paging.Find(ctx, k.client.caller, k.key(), k.list, func(objects []version) (version, error) { return k.findIn(ctx, objects, name) })
}

// findFresh is like find, but always requests a new list.
func (k *kind) findFresh(ctx context.Context, name string) (version, error) {
	objects, _, err := paging.Shared(ctx, k.client.caller, k.key(), time.Now(), k.list)
	if err != nil {
		return version{}, err
	}

	return k.findIn(ctx, objects, name)
}

// findIn returns the only object with the given name among the listed objects and the objects that this run has created.
func (k *kind) findIn(ctx context.Context, objects []version, name string) (version, error) {
	search := paging.Lookup[version]{
		Area: Area, Plural: k.noun + "s", Property: plainName(k.name), Wanted: name, Value: k.nameOf, IgnoreCase: k.ignoreCase,
	}

	objects, err := k.corrected(ctx, objects, search.Matches)
	if err != nil {
		return version{}, err
	}

	return search.In(objects, idOf)
}

func (k *kind) list(ctx context.Context) ([]version, error) { return k.listWith(ctx, k.page) }

// listWith reads the whole list, and calls the fetch function for each page.
func (k *kind) listWith(ctx context.Context, fetch func(ctx context.Context, index, size int) (paging.Page[version], error)) ([]version, error) {
	objects, _, err := paging.Reader[version]{
		Name: "the list of " + k.noun + "s", ID: idOf, Fetch: fetch, Size: pageSize, Concurrent: k.client.caller.Concurrent, CountsAll: true,
	}.All(ctx)

	slices.SortFunc(objects, compareIDs)

	return objects, err
}

func idOf(object version) string { return object.id }

func compareIDs(a, b version) int { return cmp.Compare(a.id, b.id) }

// listSteady reads the whole list. If the list changes while it is read, listSteady reads it again.
func (k *kind) listSteady(ctx context.Context) (objects []version, err error) {
	read := func() (err error) {
		objects, err = k.list(ctx)

		return err
	}

	err = paging.UntilSteady(ctx, read(), read)

	return objects, err
}

// page reads one page of the list. If the service rejects the size requested for the first page, the request is sent again without a size. Source:
// RFC 7644 section 3.4.2.4.
func (k *kind) page(ctx context.Context, index, size int) (paging.Page[version], error) {
	fetch := func(isUnsized bool) (paging.Page[version], error) {
		query := url.Values{"startIndex": {strconv.Itoa(index*size + 1)}}
		if !isUnsized {
			query.Set("count", strconv.Itoa(size))
		}

		return k.fetch(ctx, index, query)
	}

	if index > 0 {
		return fetch(false)
	}

	return paging.InEitherFormat(&k.client.rejectsPageSize, fetch)
}

// fetch reads one page. It sends no filter, because the vendor documents that filters are not supported. Sources: the SCIM API's operations search
// and search_1.
func (k *kind) fetch(ctx context.Context, index int, query url.Values) (paging.Page[version], error) {
	var objects paging.Page[version]

	req := request{method: http.MethodGet, path: []string{k.path}, query: query}
	err := k.client.send(ctx, req, func(resp transport.Reply) (err error) {
		objects, err = k.decodePage(resp, index)

		return err
	})
	if err == nil {
		k.client.confirmed.Store(true)
	}

	return objects, err
}

func (k *kind) decodePage(resp transport.Reply, index int) (paging.Page[version], error) {
	var (
		body struct {
			Total     *transport.LenientInt         `json:"totalResults"`
			Resources transport.JSONArray[document] `json:"Resources"`
		}
		name = "the list of " + k.noun + "s"
	)

	if err := transport.Decode(resp, name, &body); err != nil {
		return paging.Page[version]{}, err
	}

	if body.Total == nil || *body.Total < 0 {
		return paging.Page[version]{}, transport.InvalidResponse(resp.Status, "%s: the response does not contain the total number of items", name)
	}

	decoded := paging.Page[version]{Total: int(*body.Total), Items: make([]version, 0, len(body.Resources))}

	for _, resource := range body.Resources {
		object, err := newVersion(resp, resource)
		if err != nil {
			return paging.Page[version]{}, transport.InvalidResponse(resp.Status, "%s: an item on page %d: %v", name, index, err)
		}

		object.isListed = true
		decoded.Items = append(decoded.Items, object)
	}

	return decoded, nil
}
