package scim

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
)

// singleReads is the number of different objects that a run reads by id before it considers reading the list.
const singleReads = 10

// readPlan decides whether objects are read by id or through the whole list. Because the number of later reads is unknown, the decision is a ski
// rental problem. The plan never spends more requests on lists than reading every object by id would have taken so far. The total number of requests
// is therefore at most twice the minimum. Writes do not change the plan.
type readPlan struct {
	mu sync.Mutex
	// countedAt contains the time at which each id was last counted.
	countedAt map[string]time.Time
	// reads is the number of requests that reading every object by id would have taken. listed is the number of requests that lists have taken.
	reads, listed int
	// pages is the number of pages in the list, or 0 until it is known.
	pages int
	// isOff is true if reading the list saves no requests.
	isOff bool
}

// readStep is a way to read an object that is not cached.
type readStep int

const (
	readSingly readStep = iota
	readFirstPage
	readList
)

// count adds a read of an object to the plan. Repeated reads of the same object within [paging.SharedFor] count once.
func (p *readPlan) count(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.countedAt == nil {
		p.countedAt = make(map[string]time.Time)
	}

	if at, isCounted := p.countedAt[id]; !isCounted || time.Since(at) >= paging.SharedFor {
		p.countedAt[id] = time.Now()
		p.reads++
	}
}

// next decides how to proceed with an object that is not cached. The first page of a list determines the number of pages, and is not read again while
// it is cached.
func (p *readPlan) next(holdsFirst bool) readStep {
	p.mu.Lock()
	defer p.mu.Unlock()

	switch {
	case p.isOff || len(p.countedAt) <= singleReads:
		return readSingly
	case p.pages == 0:
		return readFirstPage
	}

	left := p.pages
	if holdsFirst {
		left--
	}

	if p.listed+left <= p.reads {
		return readList
	}

	return readSingly
}

// giveUp makes the plan read all objects by id from now on.
func (p *readPlan) giveUp() {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.isOff = true
}

// fetched counts a request for a page.
func (p *readPlan) fetched() {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.listed++
}

// learn derives the number of pages from the first page's total and size, and records it.
func (p *readPlan) learn(total, size int) {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.pages = 1
	if size > 0 {
		p.pages = (total + size - 1) / size
	}
}

// get returns an object, from the run's cache if possible. The serves function reports whether the listed form of an object is sufficient. An object
// that the list lacks is read by id before it is reported as missing.
func (k *kind) get(ctx context.Context, plan *readPlan, id string, serves func(version) bool) (version, error) {
	plan.count(id)

	if !k.client.caller.Holds(paging.KeyOf(Area, k.objectPath(id), "")) {
		if object, ok, err := k.fromList(ctx, plan, id, serves); ok || err != nil {
			return object, err
		}
	}

	return k.readShared(ctx, id, time.Time{})
}

// readShared returns an object that was read by id at or after notBefore, from the run's cache if possible.
func (k *kind) readShared(ctx context.Context, id string, notBefore time.Time) (version, error) {
	object, _, err := paging.Shared(ctx, k.client.caller, paging.KeyOf(Area, k.objectPath(id), ""), notBefore,
		func(ctx context.Context) (version, error) { return k.read(ctx, id) })

	return object, err
}

// fromList looks for an object in the first page of the list, and then in the whole list. It reads an uncached page or list only if the plan
// calls for it. If a list cannot be read, fromList returns no error, because objects can be read by id instead.
func (k *kind) fromList(ctx context.Context, plan *readPlan, id string, serves func(version) bool) (found version, ok bool, err error) {
	firstKey := paging.KeyOf(Area, []string{k.path}, "first page")

	if !k.client.caller.Holds(k.key()) {
		step, holdsFirst := plan.next(false), k.client.caller.Holds(firstKey)
		if holdsFirst || step == readFirstPage {
			first, err := k.firstPage(ctx, plan, firstKey)
			if found, ok, err = k.pick(ctx, plan, first.Items, err, id, serves); ok || err != nil {
				return found, ok, err
			}

			step = plan.next(true)
		}

		if step != readList {
			return version{}, false, nil
		}
	}

	objects, _, err := paging.Shared(ctx, k.client.caller, k.key(), time.Time{}, func(ctx context.Context) ([]version, error) {
		return k.listFrom(ctx, plan, firstKey)
	})

	return k.pick(ctx, plan, objects, err, id, serves)
}

// pick returns an object from a list that is sorted by id. failed is the error from reading that list.
func (k *kind) pick(
	ctx context.Context, plan *readPlan, objects []version, failed error, id string, serves func(version) bool,
) (found version, ok bool, err error) {
	if failed != nil {
		if ctx.Err() != nil {
			return version{}, false, failed // The caller was cancelled.
		}

		plan.giveUp()

		return version{}, false, nil
	}

	index, ok := slices.BinarySearchFunc(objects, id, func(object version, id string) int { return cmp.Compare(object.id, id) })
	if !ok || !agrees(objects[index], k.creations.Own.Get(id)) {
		return version{}, false, nil
	}

	if serves(objects[index]) {
		return objects[index], true, nil
	}

	if !slices.ContainsFunc(objects, serves) {
		plan.giveUp()
	}

	return version{}, false, nil
}

// listFrom reads the whole list. It takes the first page from the cache if possible.
func (k *kind) listFrom(ctx context.Context, plan *readPlan, firstKey paging.Key) ([]version, error) {
	holdsFirst := k.client.caller.Holds(firstKey)

	return k.listWith(ctx, func(ctx context.Context, index, size int) (paging.Page[version], error) {
		if index == 0 && holdsFirst {
			holdsFirst = false // If the list changes while it is being read, the next attempt must not use the cached page.

			return k.firstPage(ctx, plan, firstKey)
		}

		plan.fetched()

		objects, err := k.page(ctx, index, size)
		if err == nil && index == 0 {
			plan.learn(objects.Total, len(objects.Items))
		}

		return objects, err
	})
}

// firstPage returns the first page, sorted by id, from the run's cache if possible.
func (k *kind) firstPage(ctx context.Context, plan *readPlan, key paging.Key) (paging.Page[version], error) {
	first, _, err := paging.Shared(ctx, k.client.caller, key, time.Time{}, func(ctx context.Context) (paging.Page[version], error) {
		plan.fetched()

		objects, err := k.page(ctx, 0, pageSize)
		if err != nil {
			return objects, err
		}

		plan.learn(objects.Total, len(objects.Items))
		slices.SortFunc(objects.Items, compareIDs)

		return objects, nil
	})

	return first, err
}
