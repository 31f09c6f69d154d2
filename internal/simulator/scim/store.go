package scim

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// scimEntry is a user or group with additional data of the service. A list may still show a deleted entry.
type scimEntry[T any] struct {
	value            T
	id               string
	place            uint64 // in the order of lists
	version          int
	created, changed time.Time
	// listed is the number of the first listing that shows the entry, and gone the number of the first listing that no longer does. gone is 0 if
	// the entry exists.
	listed, gone int
	// before is the former state, which listings show until the listing with the number changeListed.
	before       T
	changeListed int
	// groups are the ids of the groups that a user is in.
	groups map[string]struct{}
}

// scimStore contains the users or the groups. The area's lock guards it.
type scimStore[T any] struct {
	scim   *Directory
	nameOf func(T) string
	byID   map[string]*scimEntry[T]
	byName map[string]*scimEntry[T] // case-insensitively
	// order contains the entries that lists show, by position, including deleted entries that lists still show.
	order    []*scimEntry[T]
	added    uint64
	listings int // the number of listings that were started
	requests int // the number of requests for lists
}

// newSCIMStore returns an empty store with capacity for the entries that will be generated.
func newSCIMStore[T any](s *Directory, room int, nameOf func(T) string) *scimStore[T] {
	return &scimStore[T]{
		scim: s, nameOf: nameOf, byID: make(map[string]*scimEntry[T], room), byName: make(map[string]*scimEntry[T], room),
		order: make([]*scimEntry[T], 0, room),
	}
}

// named finds the entry with a case-insensitive name.
func (st *scimStore[T]) named(name string) (*scimEntry[T], bool) {
	entry, ok := st.byName[strings.ToLower(name)]

	return entry, ok
}

// freeID generates an id.
func (st *scimStore[T]) freeID() string {
	for {
		id := server.UUID(st.scim.ids)
		if _, taken := st.byID[id]; !taken {
			return id
		}
	}
}

// insert adds a value whose id and name are free.
func (st *scimStore[T]) insert(id string, value T) *scimEntry[T] {
	now := st.scim.now()
	entry := &scimEntry[T]{value: value, id: id, place: st.placeOf(id), version: 1, created: now, changed: now}
	st.added++

	if late := st.scim.opts.ListedAfterReads; late > 0 {
		entry.listed = st.listings + 1 + late
	}

	st.byID[id] = entry
	st.byName[strings.ToLower(st.nameOf(value))] = entry

	i, _ := slices.BinarySearchFunc(st.order, entry, comparePlaces)
	st.order = slices.Insert(st.order, i, entry)

	return entry
}

// placeOf returns the position of a new entry in lists.
func (st *scimStore[T]) placeOf(id string) uint64 {
	if st.scim.opts.Order != OrderShuffled {
		return st.added
	}

	hash := fnv.New64a()
	_, _ = hash.Write([]byte(id)) // Writing to a hash never fails.
	_, _ = hash.Write(binary.LittleEndian.AppendUint64(nil, st.scim.seed))

	return hash.Sum64()
}

func comparePlaces[T any](a, b *scimEntry[T]) int {
	return cmp.Or(cmp.Compare(a.place, b.place), strings.Compare(a.id, b.id))
}

// replace changes the value of an entry. Its new name must be unused or its own.
func (st *scimStore[T]) replace(entry *scimEntry[T], value T) {
	delete(st.byName, strings.ToLower(st.nameOf(entry.value)))
	st.byName[strings.ToLower(st.nameOf(value))] = entry

	if late := st.scim.opts.UpdatesListedAfterReads; late > 0 {
		if entry.changeListed <= st.listings {
			entry.before = entry.value
		}

		entry.changeListed = st.listings + 1 + late
	}

	entry.value = value
	entry.version++
	entry.changed = st.scim.now()
}

// remove deletes an entry. Lists may still show it.
func (st *scimStore[T]) remove(entry *scimEntry[T]) {
	delete(st.byID, entry.id)
	delete(st.byName, strings.ToLower(st.nameOf(entry.value)))

	if after := st.scim.opts.DelistedAfterReads; after > 0 {
		entry.gone = st.listings + 1 + after

		return
	}

	st.unlist(entry)
}

// forget reverts an insertion completely.
func (st *scimStore[T]) forget(entry *scimEntry[T]) {
	delete(st.byID, entry.id)
	delete(st.byName, strings.ToLower(st.nameOf(entry.value)))
	st.unlist(entry)
}

func (st *scimStore[T]) unlist(entry *scimEntry[T]) {
	if i, found := slices.BinarySearchFunc(st.order, entry, comparePlaces); found {
		st.order = slices.Delete(st.order, i, i+1)
	}
}

// listAll makes lists show all existing entries.
func (st *scimStore[T]) listAll() {
	for _, entry := range st.order {
		entry.listed = 0
	}
}

// beginListing counts a listing.
func (st *scimStore[T]) beginListing() {
	st.listings++

	if st.scim.opts.DelistedAfterReads > 0 {
		st.order = slices.DeleteFunc(st.order, func(entry *scimEntry[T]) bool {
			return entry.gone > 0 && entry.gone <= st.listings
		})
	}
}

// shown returns the entries that a list shows now, in order. The result is valid until the lock is released.
func (st *scimStore[T]) shown() []*scimEntry[T] {
	st.requests++

	entries := st.order

	if st.scim.opts.ListedAfterReads > 0 {
		entries = slices.DeleteFunc(slices.Clone(entries), func(entry *scimEntry[T]) bool {
			return entry.listed > st.listings
		})
	}

	if st.scim.opts.Order == OrderUnstable && len(entries) > 0 {
		first := st.requests % len(entries)
		entries = slices.Concat(entries[first:], entries[:first])
	}

	return entries
}

// asListed returns an entry as a listing shows it.
func (st *scimStore[T]) asListed(entry *scimEntry[T]) *scimEntry[T] {
	if entry.changeListed <= st.listings {
		return entry
	}

	old := *entry
	old.value = entry.before

	return &old
}

// existing returns the values that are not deleted, in the order of lists.
func (st *scimStore[T]) existing() []T {
	values := make([]T, 0, len(st.byID))

	for _, entry := range st.order {
		if entry.gone == 0 {
			values = append(values, entry.value)
		}
	}

	return values
}
