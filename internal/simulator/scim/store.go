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

// scimEntry is a user or group together with its metadata. Listings may still include a deleted entry.
type scimEntry[T any] struct {
	value            T
	id               string
	place            uint64 // the position in lists
	version          int
	created, changed time.Time
	// The listed field contains the number of the first listing that includes the entry. The gone field contains the number of the first
	// listing that no longer includes the entry, or 0 if the entry has not been deleted.
	listed, gone int
	// The before field contains the previous state of the entry. Listings numbered below changeListed still return this state.
	before       T
	changeListed int
	// groups are the ids of the groups that a user belongs to.
	groups map[string]struct{}
}

// scimStore contains the users or the groups of a team. The Directory's lock guards the store.
type scimStore[T any] struct {
	scim   *Directory
	nameOf func(T) string
	byID   map[string]*scimEntry[T]
	byName map[string]*scimEntry[T] // keys in lower case
	// used contains every id ever assigned, including the ids of deleted entries, because an id is never used again.
	used map[string]struct{}
	// order contains all entries sorted by position, including deleted entries that listings still return.
	order    []*scimEntry[T]
	added    uint64
	listings int // the number of listings that have started
	requests int // the number of requests for lists
}

// newSCIMStore returns an empty store. room is the number of entries for which to allocate memory.
func newSCIMStore[T any](s *Directory, room int, nameOf func(T) string) *scimStore[T] {
	return &scimStore[T]{
		scim: s, nameOf: nameOf, byID: make(map[string]*scimEntry[T], room), byName: make(map[string]*scimEntry[T], room),
		order: make([]*scimEntry[T], 0, room), used: make(map[string]struct{}, room),
	}
}

// named returns the entry with the given name. Names are case-insensitive.
func (st *scimStore[T]) named(name string) (*scimEntry[T], bool) {
	entry, ok := st.byName[strings.ToLower(name)]

	return entry, ok
}

// freeID generates an id that no entry has ever had.
func (st *scimStore[T]) freeID() string {
	for {
		id := server.UUID(st.scim.ids)
		if _, used := st.used[id]; !used {
			return id
		}
	}
}

// insert adds an entry, whose id and name must be unused.
func (st *scimStore[T]) insert(id string, value T) *scimEntry[T] {
	now := st.scim.now()
	entry := &scimEntry[T]{value: value, id: id, place: st.placeOf(id), version: 1, created: now, changed: now}
	st.added++

	if late := st.scim.opts.ListedAfterReads; late > 0 {
		entry.listed = st.listings + 1 + late
	}

	st.byID[id], st.used[id] = entry, struct{}{}
	st.byName[strings.ToLower(st.nameOf(value))] = entry

	i, _ := slices.BinarySearchFunc(st.order, entry, comparePlaces)
	st.order = slices.Insert(st.order, i, entry)

	return entry
}

// placeOf returns the list position of a new entry.
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

// replace changes the value of an entry. No other entry may have the new name.
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

// remove deletes an entry. Depending on the options, the next few listings may still include the entry.
func (st *scimStore[T]) remove(entry *scimEntry[T]) {
	delete(st.byID, entry.id)
	delete(st.byName, strings.ToLower(st.nameOf(entry.value)))

	if after := st.scim.opts.DelistedAfterReads; after > 0 {
		entry.gone = st.listings + 1 + after

		return
	}

	st.unlist(entry)
}

// forget removes an entry as if it had never been inserted.
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

// listAll makes all existing entries visible in the next listing.
func (st *scimStore[T]) listAll() {
	for _, entry := range st.order {
		entry.listed = 0
	}
}

// beginListing starts a new listing and drops the deleted entries that it no longer includes.
func (st *scimStore[T]) beginListing() {
	st.listings++

	if st.scim.opts.DelistedAfterReads > 0 {
		st.order = slices.DeleteFunc(st.order, func(entry *scimEntry[T]) bool {
			return entry.gone > 0 && entry.gone <= st.listings
		})
	}
}

// shown returns the entries that the current listing includes, in order. The result is valid until the lock is released.
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

// asListed returns an entry in the state that the current listing shows.
func (st *scimStore[T]) asListed(entry *scimEntry[T]) *scimEntry[T] {
	if entry.changeListed <= st.listings {
		return entry
	}

	old := *entry
	old.value = entry.before

	return &old
}

// existing collects the values of all entries that have not been deleted, in list order.
func (st *scimStore[T]) existing() []T {
	values := make([]T, 0, len(st.byID))

	for _, entry := range st.order {
		if entry.gone == 0 {
			values = append(values, entry.value)
		}
	}

	return values
}
