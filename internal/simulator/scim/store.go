package scim

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// scimEntry is a user or group with what the service knows of it besides. A list may still show one that is deleted.
type scimEntry[T any] struct {
	value            T
	id               string
	place            uint64 // in the order of lists
	version          int
	created, changed time.Time
	// The numbers of the listings that show it first and no longer; gone 0 = it exists.
	listed, gone int
	// before is what listings show until the one numbered changeListed.
	before       T
	changeListed int
	// groups are the ids of the groups that a user is in.
	groups map[string]struct{}
}

// scimStore holds the users or the groups. The area's lock guards it.
type scimStore[T any] struct {
	scim   *Directory
	nameOf func(T) string
	byID   map[string]*scimEntry[T]
	byName map[string]*scimEntry[T] // without case
	// order holds those that lists show, by place: it has the deleted ones that they still show as well.
	order    []*scimEntry[T]
	added    uint64
	listings int // how many have begun
	requests int // for lists
}

// newSCIMStore makes an empty store with room for as many entries as are going to be generated.
func newSCIMStore[T any](s *Directory, room int, nameOf func(T) string) *scimStore[T] {
	return &scimStore[T]{
		scim: s, nameOf: nameOf, byID: make(map[string]*scimEntry[T], room), byName: make(map[string]*scimEntry[T], room),
		order: make([]*scimEntry[T], 0, room),
	}
}

// named finds the entry with the name, case aside.
func (st *scimStore[T]) named(name string) (*scimEntry[T], bool) {
	entry, ok := st.byName[strings.ToLower(name)]

	return entry, ok
}

// freeID makes up an id.
func (st *scimStore[T]) freeID() string {
	for {
		id := randomUUID(st.scim.ids)
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

	if late := st.scim.opts.ListedLate; late > 0 {
		entry.listed = st.listings + 1 + late
	}

	st.byID[id] = entry
	st.byName[strings.ToLower(st.nameOf(value))] = entry

	i, _ := slices.BinarySearchFunc(st.order, entry, comparePlaces)
	st.order = slices.Insert(st.order, i, entry)

	return entry
}

// placeOf is where an entry that is added now stands in lists.
func (st *scimStore[T]) placeOf(id string) uint64 {
	if st.scim.opts.Order != OrderShuffled {
		return st.added
	}

	hash := fnv.New64a()
	_, _ = hash.Write([]byte(id)) // A hash never fails.
	_, _ = hash.Write(binary.LittleEndian.AppendUint64(nil, st.scim.seed))

	return hash.Sum64()
}

func comparePlaces[T any](a, b *scimEntry[T]) int {
	return cmp.Or(cmp.Compare(a.place, b.place), strings.Compare(a.id, b.id))
}

// replace changes the value of an entry; its new name is free or its own.
func (st *scimStore[T]) replace(entry *scimEntry[T], value T) {
	delete(st.byName, strings.ToLower(st.nameOf(entry.value)))
	st.byName[strings.ToLower(st.nameOf(value))] = entry

	if late := st.scim.opts.ChangesListedLate; late > 0 {
		if entry.changeListed <= st.listings {
			entry.before = entry.value
		}

		entry.changeListed = st.listings + 1 + late
	}

	entry.value = value
	entry.version++
	entry.changed = st.scim.now()
}

// remove deletes an entry. Lists may show it on.
func (st *scimStore[T]) remove(entry *scimEntry[T]) {
	delete(st.byID, entry.id)
	delete(st.byName, strings.ToLower(st.nameOf(entry.value)))

	if after := st.scim.opts.ListedAfterDelete; after > 0 {
		entry.gone = st.listings + 1 + after

		return
	}

	st.unlist(entry)
}

// forget takes an insertion back: nothing of it is left.
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

// listAll lets lists show all that is there.
func (st *scimStore[T]) listAll() {
	for _, entry := range st.order {
		entry.listed = 0
	}
}

// beginListing counts a listing.
func (st *scimStore[T]) beginListing() {
	st.listings++

	if st.scim.opts.ListedAfterDelete > 0 {
		st.order = slices.DeleteFunc(st.order, func(entry *scimEntry[T]) bool {
			return entry.gone > 0 && entry.gone <= st.listings
		})
	}
}

// shown are the entries that a list shows now, in its order. It is good until the lock is released.
func (st *scimStore[T]) shown() []*scimEntry[T] {
	st.requests++

	entries := st.order

	if st.scim.opts.ListedLate > 0 {
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

// asListed is an entry as a listing shows it.
func (st *scimStore[T]) asListed(entry *scimEntry[T]) *scimEntry[T] {
	if entry.changeListed <= st.listings {
		return entry
	}

	old := *entry
	old.value = entry.before

	return &old
}

// existing are the values that are not deleted, in the order of lists.
func (st *scimStore[T]) existing() []T {
	values := make([]T, 0, len(st.byID))

	for _, entry := range st.order {
		if entry.gone == 0 {
			values = append(values, entry.value)
		}
	}

	return values
}

// randomUUID makes a UUID of version 4.
func randomUUID(random *rand.Rand) string {
	const versionMask, version, variantMask, variant = 0x0fff, 0x4000, 0x3fff, 0x8000

	high, low := random.Uint64(), random.Uint64()

	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x",
		high>>32, high>>16&0xffff, high&versionMask|version,
		low>>48&variantMask|variant, low&(1<<48-1))
}
