package client

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// singleReads is how many different objects of a run are read one by one before the list is thought of.
const singleReads = 10

// readPlan decides whether objects are read one by one or with the whole list. How many more will be wanted is not known, as for
// somebody who may rent skis day by day or buy them: never to spend more on lists than single reads have cost so far, or would
// have, makes the whole cost at most twice what it could have been. Writes leave this account alone.
type readPlan struct {
	mu sync.Mutex
	// asked holds when each id was last counted.
	asked map[string]time.Time
	// reads is how many requests it would have taken to read every object by itself; listed is how many requests lists took.
	reads, listed int
	// pages is how many the list has, 0 while that is not known.
	pages int
	// isOff says that the list is of no help.
	isOff bool
}

// readStep is what to do for an object that nothing in memory shows.
type readStep int

const (
	readSingly readStep = iota
	readFirstPage
	readList
)

// count notes that an object is wanted. Within the time for which an answer is shared, it would be read once.
func (p *readPlan) count(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.asked == nil {
		p.asked = make(map[string]time.Time)
	}

	if at, known := p.asked[id]; !known || time.Since(at) >= sharedFor {
		p.asked[id] = time.Now()
		p.reads++
	}
}

// next says what to do. The first page of a list tells how many there are, and need not be read again while it is held.
func (p *readPlan) next(holdsFirst bool) readStep {
	p.mu.Lock()
	defer p.mu.Unlock()

	switch {
	case p.isOff || len(p.asked) <= singleReads:
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

// giveUp ends the use of lists.
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

// learn takes from a first page how many there are.
func (p *readPlan) learn(total, size int) {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.pages = 1
	if size > 0 {
		p.pages = (total + size - 1) / size
	}
}

// one returns an object, from the run's memory where it can. serves says whether an object as the list has it will do. What the
// list lacks is asked for by itself before it is reported as missing.
func (k scimKind[T]) one(ctx context.Context, plan *readPlan, id string, serves func(T) bool) (T, error) {
	plan.count(id)

	if !holds(k.client, keyOf(AreaSCIM, k.objectPath(id), "")) {
		if value, found, err := k.inList(ctx, plan, id, serves); found || err != nil {
			return value, err
		}
	}

	return k.single(ctx, id, time.Time{})
}

// single returns an object as it is by itself, asked for at or after notBefore, from the run's memory where it can.
func (k scimKind[T]) single(ctx context.Context, id string, notBefore time.Time) (T, error) {
	value, _, err := shared(ctx, k.client, keyOf(AreaSCIM, k.objectPath(id), ""), notBefore, func(ctx context.Context) (none T, err error) {
		got, err := k.read(ctx, id)
		if err != nil {
			return none, err
		}

		return k.value(got)
	})

	return value, err
}

// inList looks for an object in the list, or in its first page, where memory holds these or the plan is to read them. A list that
// cannot be read is no obstacle: objects can be read by themselves.
func (k scimKind[T]) inList(ctx context.Context, plan *readPlan, id string, serves func(T) bool) (found T, ok bool, err error) {
	firstKey := keyOf(AreaSCIM, []string{k.path}, "first page")

	if !holds(k.client, k.key()) {
		step, holdsFirst := plan.next(false), holds(k.client, firstKey)
		if holdsFirst || step == readFirstPage {
			first, err := k.firstPage(ctx, plan, firstKey)
			if found, ok, err = k.among(ctx, plan, first.items, err, id, serves); ok || err != nil {
				return found, ok, err
			}

			step = plan.next(true)
		}

		if step != readList {
			return found, false, nil
		}
	}

	values, _, err := shared(ctx, k.client, k.key(), time.Time{}, func(ctx context.Context) ([]T, error) {
		return k.listFrom(ctx, plan, firstKey)
	})

	return k.among(ctx, plan, values, err, id, serves)
}

// among looks for an object among those that were read, by id, unless that failed.
func (k scimKind[T]) among(
	ctx context.Context, plan *readPlan, values []T, failed error, id string, serves func(T) bool,
) (found T, ok bool, err error) {
	if failed != nil {
		if ctx.Err() != nil {
			return found, false, failed // It is this caller's alone.
		}

		plan.giveUp()

		return found, false, nil
	}

	index, ok := slices.BinarySearchFunc(values, id, func(value T, id string) int { return cmp.Compare(k.idOf(value), id) })
	if ok && !k.agrees(values[index]) {
		return found, false, nil
	}

	if ok && serves(values[index]) {
		return values[index], true, nil
	}

	if ok && !slices.ContainsFunc(values, serves) {
		plan.giveUp()
	}

	return found, false, nil
}

// listFrom reads the whole list, beginning with the first page that memory holds.
func (k scimKind[T]) listFrom(ctx context.Context, plan *readPlan, firstKey readKey) ([]T, error) {
	holdsFirst := holds(k.client, firstKey)

	return k.listWith(ctx, func(ctx context.Context, index, size int) (page[T], error) {
		if index == 0 && holdsFirst {
			holdsFirst = false // A list that changes on the way is read from the start.

			return k.firstPage(ctx, plan, firstKey)
		}

		plan.fetched()

		got, err := k.page(ctx, index, size)
		if err == nil && index == 0 {
			plan.learn(got.total, len(got.items))
		}

		return got, err
	})
}

// firstPage returns the first page, by id, from the run's memory where it can.
func (k scimKind[T]) firstPage(ctx context.Context, plan *readPlan, key readKey) (page[T], error) {
	first, _, err := shared(ctx, k.client, key, time.Time{}, func(ctx context.Context) (page[T], error) {
		plan.fetched()

		got, err := k.page(ctx, 0, scimPageSize)
		if err != nil {
			return got, err
		}

		plan.learn(got.total, len(got.items))
		slices.SortFunc(got.items, func(a, b T) int { return cmp.Compare(k.idOf(a), k.idOf(b)) })

		return got, nil
	})

	return first, err
}
