package paging

import (
	"maps"
	"sync"
)

// OwnObjects records, by id, the objects of one kind that this run has created, changed or deleted. The zero value is ready to use.
//
// A run is one plan or one apply. Within an apply, Terraform creates, changes or deletes each object once, so an object that the run has created or
// changed belongs to a resource that remains in the state. Objects that the run has only read are not recorded, because more than one resource may
// manage them.
type OwnObjects[T any] struct {
	mu   sync.Mutex
	byID map[string]OwnObject[T]
}

// OwnObject is an object as this run last saw it. Value is set only for objects that the run manages.
type OwnObject[T any] struct {
	State OwnState
	Value T
}

// OwnState describes what the run has done with an object.
type OwnState int

const (
	// NotOwn means that this run has not created, changed or deleted the object.
	NotOwn OwnState = iota
	// OwnManaged means that this run has created or changed the object.
	OwnManaged
	// OwnDeleted means that this run has deleted the object.
	OwnDeleted
	// OwnSurplus means that the object is an accidental duplicate. An error tells the user to delete the duplicate.
	OwnSurplus
)

// Created records a new object. Created returns false if a create must not return the object, because the run already manages the object or has told
// the user to delete it.
func (o *OwnObjects[T]) Created(id string, value T) bool {
	o.mu.Lock()
	defer o.mu.Unlock()

	if state := o.byID[id].State; state == OwnManaged || state == OwnSurplus {
		return false
	}

	o.set(id, OwnObject[T]{State: OwnManaged, Value: value})

	return true
}

// Changed records the new state of an object that the run has changed.
func (o *OwnObjects[T]) Changed(id string, value T) {
	o.mu.Lock()
	defer o.mu.Unlock()

	o.set(id, OwnObject[T]{State: OwnManaged, Value: value})
}

// Seen updates the recorded value of an object, if the run manages the object.
func (o *OwnObjects[T]) Seen(id string, value T) {
	o.mu.Lock()
	defer o.mu.Unlock()

	if o.byID[id].State == OwnManaged {
		o.set(id, OwnObject[T]{State: OwnManaged, Value: value})
	}
}

// Deleted records that the run has deleted an object.
func (o *OwnObjects[T]) Deleted(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()

	o.set(id, OwnObject[T]{State: OwnDeleted})
}

// surplus records an accidental duplicate, unless the run manages the object.
func (o *OwnObjects[T]) surplus(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()

	if o.byID[id].State != OwnManaged {
		o.set(id, OwnObject[T]{State: OwnSurplus})
	}
}

// set stores an object. The caller must hold the lock.
func (o *OwnObjects[T]) set(id string, object OwnObject[T]) {
	if o.byID == nil {
		o.byID = make(map[string]OwnObject[T])
	}

	o.byID[id] = object
}

// Get returns the run's record of an object.
func (o *OwnObjects[T]) Get(id string) OwnObject[T] {
	o.mu.Lock()
	defer o.mu.Unlock()

	return o.byID[id]
}

// Manages reports whether the run has created or changed an object and has not deleted it.
func (o *OwnObjects[T]) Manages(id string) bool { return o.Get(id).State == OwnManaged }

// All returns a copy of all records, keyed by id.
func (o *OwnObjects[T]) All() map[string]OwnObject[T] {
	o.mu.Lock()
	defer o.mu.Unlock()

	return maps.Clone(o.byID)
}
