package client

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// ownObjects are the objects of one kind that this run has created, changed or deleted, by id. The zero value is ready to use.
//
// A run is one plan or one apply. Within an apply, Terraform creates, changes or deletes each object once, so an object that the run
// has created or changed belongs to a resource that stays. Objects that the run merely read do not count: nothing tells whether one
// resource or two stand for them.
type ownObjects[T any] struct {
	mu   sync.Mutex
	byID map[string]ownObject[T]
}

// ownObject is an object as this run last saw it.
type ownObject[T any] struct {
	value     T
	isDeleted bool
}

// created records a new object. It reports false if the run already has created or changed an object with this id.
func (o *ownObjects[T]) created(id string, value T) bool {
	o.mu.Lock()
	defer o.mu.Unlock()

	if known, isOwn := o.byID[id]; isOwn && !known.isDeleted {
		return false
	}

	o.set(id, ownObject[T]{value: value})

	return true
}

// changed records what the run has made of an object.
func (o *ownObjects[T]) changed(id string, value T) {
	o.mu.Lock()
	defer o.mu.Unlock()

	o.set(id, ownObject[T]{value: value})
}

// deleted records that the run has deleted an object.
func (o *ownObjects[T]) deleted(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()

	o.set(id, ownObject[T]{isDeleted: true})
}

// seen replaces the value of an object if the run has created or changed it.
func (o *ownObjects[T]) seen(id string, value T) {
	o.mu.Lock()
	defer o.mu.Unlock()

	if known, isOwn := o.byID[id]; isOwn && !known.isDeleted {
		o.set(id, ownObject[T]{value: value})
	}
}

// set stores an object. The caller holds the lock.
func (o *ownObjects[T]) set(id string, object ownObject[T]) {
	if o.byID == nil {
		o.byID = make(map[string]ownObject[T])
	}

	o.byID[id] = object
}

// get returns an object, and whether the run has created, changed or deleted it.
func (o *ownObjects[T]) get(id string) (ownObject[T], bool) {
	o.mu.Lock()
	defer o.mu.Unlock()

	known, isOwn := o.byID[id]

	return known, isOwn
}

// manages reports whether the run has created or changed an object and has not deleted it.
func (o *ownObjects[T]) manages(id string) bool {
	known, isOwn := o.get(id)

	return isOwn && !known.isDeleted
}

// all returns all objects by id.
func (o *ownObjects[T]) all() map[string]ownObject[T] {
	o.mu.Lock()
	defer o.mu.Unlock()

	return maps.Clone(o.byID)
}

// claim records an object that a creation has made as this run's own. It reports false if the run has created or changed the object
// before: a service may respond to a duplicate with the object that exists, and removing one of two resources would then delete the
// object of the other.
func (n scimCreation[T]) claim(ctx context.Context, id string, made T) bool {
	if !n.own.created(id, made) {
		return false
	}

	if n.nameOf(made) == "" {
		_, _ = n.read(ctx, id) // It records the name, by which later lookups find the object. They fail by themselves if this does.
	}

	return n.shared.own(id)
}

// agrees reports whether an object that a list shows is what this run has left behind, as far as the run has touched it.
func (k scimKind[T]) agrees(listed T) bool {
	known, isOwn := k.own.get(k.idOf(listed))

	return !isOwn || !known.isDeleted && k.isSame(listed, known.value)
}

// corrected returns a list in which the objects that this run has created, changed or deleted are as the run left them: the service
// may list them late. An object on which the list and the run disagree is read by itself, unless isWanted says that the caller does not
// care about it. The list itself is shared, and stays as it is.
func (k scimKind[T]) corrected(ctx context.Context, listed []T, isWanted func(T) bool) ([]T, error) {
	own := k.own.all()
	if len(own) == 0 {
		return listed, nil
	}

	var disputed []string

	values := make([]T, 0, len(listed))

	for _, value := range listed {
		id := k.idOf(value)
		known, isOwn := own[id]

		switch {
		case !isOwn || !known.isDeleted && k.isSame(value, known.value):
			values = append(values, value)
		case !known.isDeleted && (isWanted(value) || isWanted(known.value)):
			disputed = append(disputed, id)
		}

		delete(own, id)
	}

	for id, known := range own { // Those that are not listed.
		if !known.isDeleted && isWanted(known.value) {
			disputed = append(disputed, id)
		}
	}

	read, err := k.readAll(ctx, disputed)
	if err != nil {
		return nil, err
	}

	values = append(values, read...)
	slices.SortFunc(values, func(a, b T) int { return cmp.Compare(k.idOf(a), k.idOf(b)) })

	return values, nil
}

// readAll reads objects one by one, and leaves out those that do not exist.
func (k scimKind[T]) readAll(ctx context.Context, ids []string) ([]T, error) {
	var (
		mu     sync.Mutex
		values []T
	)

	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(k.client.concurrent)

	for _, id := range ids {
		group.Go(func() error {
			value, err := k.single(ctx, id, time.Time{})
			if err != nil && !IsNotFound(err) {
				return err
			}

			mu.Lock()
			defer mu.Unlock()

			if err == nil {
				values = append(values, value)
			}

			return nil
		})
	}

	return values, group.Wait() //nolint:wrapcheck // It is single's.
}
