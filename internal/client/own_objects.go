package client

import (
	"maps"
	"sync"
)

// ownObjects is the record of the objects of one kind that this run has created, changed or deleted, by id. The zero value is ready to
// use.
//
// A run is one plan or one apply. Within an apply, Terraform creates, changes or deletes each object once, so an object that the run
// has created or changed belongs to a resource that stays. Objects that the run has only read do not count: nothing shows whether one
// resource or two manage them.
type ownObjects[T any] struct {
	mu   sync.Mutex
	byID map[string]ownObject[T]
}

// ownObject is an object as this run last saw it. The value is set for those that it manages.
type ownObject[T any] struct {
	state ownState
	value T
}

// ownState says what the run has done with an object.
type ownState int

const (
	// notOwn objects were not touched by this run.
	notOwn ownState = iota
	// ownManaged objects were created or changed.
	ownManaged
	// ownDeleted objects were deleted.
	ownDeleted
	// ownSurplus objects were created a second time by mistake: the user is asked to delete them.
	ownSurplus
)

// created records a new object. It reports false if a create must not return the object, because the run manages it already or asks
// the user to delete it.
func (o *ownObjects[T]) created(id string, value T) bool {
	o.mu.Lock()
	defer o.mu.Unlock()

	if state := o.byID[id].state; state == ownManaged || state == ownSurplus {
		return false
	}

	o.set(id, ownObject[T]{state: ownManaged, value: value})

	return true
}

// changed records an object after a change.
func (o *ownObjects[T]) changed(id string, value T) {
	o.mu.Lock()
	defer o.mu.Unlock()

	o.set(id, ownObject[T]{state: ownManaged, value: value})
}

// seen replaces the value of an object that the run manages.
func (o *ownObjects[T]) seen(id string, value T) {
	o.mu.Lock()
	defer o.mu.Unlock()

	if o.byID[id].state == ownManaged {
		o.set(id, ownObject[T]{state: ownManaged, value: value})
	}
}

// deleted records that the run has deleted an object.
func (o *ownObjects[T]) deleted(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()

	o.set(id, ownObject[T]{state: ownDeleted})
}

// surplus records an object that the run has created by mistake, unless the run manages it.
func (o *ownObjects[T]) surplus(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()

	if o.byID[id].state != ownManaged {
		o.set(id, ownObject[T]{state: ownSurplus})
	}
}

// set stores an object. The caller holds the lock.
func (o *ownObjects[T]) set(id string, object ownObject[T]) {
	if o.byID == nil {
		o.byID = make(map[string]ownObject[T])
	}

	o.byID[id] = object
}

// get returns what the run knows about an object.
func (o *ownObjects[T]) get(id string) ownObject[T] {
	o.mu.Lock()
	defer o.mu.Unlock()

	return o.byID[id]
}

// manages reports whether the run has created or changed an object and has not deleted it.
func (o *ownObjects[T]) manages(id string) bool { return o.get(id).state == ownManaged }

// all returns all objects by id.
func (o *ownObjects[T]) all() map[string]ownObject[T] {
	o.mu.Lock()
	defer o.mu.Unlock()

	return maps.Clone(o.byID)
}
