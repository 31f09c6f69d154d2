package scim

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// agrees reports whether a listed object matches the run's own record of the object. Objects that this run has not changed always match.
func agrees(listed version, own paging.OwnObject[version]) bool {
	switch own.State {
	case paging.OwnManaged:
		return listed.isSame(own.Value)
	case paging.OwnDeleted:
		return false
	default:
		return true
	}
}

// corrected adds this run's changes to a list, because the service may list changes late. If the list and the run's own record disagree about an
// object that isWanted selects, the object is read by id.
func (k *kind) corrected(ctx context.Context, listed []version, isWanted func(version) bool) ([]version, error) {
	own := k.creations.Own.All()
	if len(own) == 0 {
		return listed, nil
	}

	var disputed []string

	objects := make([]version, 0, len(listed))

	for _, object := range listed {
		ownObject := own[object.id]

		switch {
		case agrees(object, ownObject):
			objects = append(objects, object)
		case ownObject.State == paging.OwnManaged && (isWanted(object) || isWanted(ownObject.Value)):
			disputed = append(disputed, object.id)
		}

		delete(own, object.id)
	}

	for id, ownObject := range own { // The list lacks these objects.
		if ownObject.State == paging.OwnManaged && isWanted(ownObject.Value) {
			disputed = append(disputed, id)
		}
	}

	read, err := k.readAll(ctx, disputed)
	if err != nil {
		return nil, err
	}

	objects = append(objects, read...)
	slices.SortFunc(objects, compareIDs)

	return objects, nil
}

// readAll reads objects by id, and skips objects that do not exist.
func (k *kind) readAll(ctx context.Context, ids []string) ([]version, error) {
	var (
		mu      sync.Mutex
		objects []version
	)

	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(k.client.caller.Concurrent)

	for _, id := range ids {
		group.Go(func() error {
			object, err := k.readShared(ctx, id, time.Time{})
			if err != nil && !transport.IsNotFound(err) {
				return err
			}

			mu.Lock()
			defer mu.Unlock()

			if err == nil {
				objects = append(objects, object)
			}

			return nil
		})
	}

	return objects, group.Wait()
}
