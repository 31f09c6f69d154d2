package client

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"golang.org/x/sync/errgroup"
)

const (
	// maxItems bounds a list whose total is announced.
	maxItems = 1_000_000

	// maxFollowed bounds the pages of a list whose end is not announced, for a service that never sends a last page.
	maxFollowed = 1000
)

// page is one page of a list.
type page[T any] struct {
	items []T
	// total is the announced number of items, -1 without one. The vendor's text says that it counts those in the page;
	// it may count all. Source: the page schemas of the Knowledge Model and Subscription APIs.
	total int
	// size is the page size that the service used, 0 where it does not say. The licence may cap what was asked for.
	size int
}

// isFull reports whether more may follow. Where the service does not say how large a page is, only an empty one is the last.
func (p page[T]) isFull() bool {
	if p.size == 0 {
		return len(p.items) > 0
	}

	return len(p.items) >= p.size || isLicenceCap(len(p.items))
}

// isLicenceCap reports whether a page of that many items may have been cut to what the licence allows, although the service
// announces the size that was asked for. Source: developer.celonis.com, Knowledge Model API, terms.
func isLicenceCap(items int) bool {
	return items == 50 || items == 100 || items == 500
}

// pages is how one list is read, whatever the names of its parameters are.
type pages[T any] struct {
	// what names the list in errors.
	what string
	// fetch gets one page; index counts from 0.
	fetch func(ctx context.Context, index, size int) (page[T], error)
	// id returns what makes an item unique; nil where items have no identity, as rows of data.
	id func(T) string
	// same compares items that have no identity: a page that holds the same ones as another repeats it. Nil where many items
	// may be the same, as rows of data.
	same func(a, b T) bool
	// size is the page size to ask for, concurrent how many pages to ask for at once.
	size, concurrent int
	// limit is the number of items that are wanted, 0 for all.
	limit int
	// reachable is the number of items that the service hands out at the most, 0 for all.
	reachable int
	// countsAll says that a total surely counts all items, not only those in its page.
	countsAll bool
}

// pageReader is pages for pointers to the items. All of these look alike to the compiler, which makes the code below but once for
// them: it would be a good part of the program otherwise.
type pageReader[T any] struct {
	what             string
	fetch            func(ctx context.Context, index, size int) (page[T], error)
	id               func(T) string
	same             func(a, b T) bool
	size, concurrent int
	limit, reachable int
	countsAll        bool
}

// all returns the list up to the limit, each item once, in the order of the pages, and whether there is more. A list that
// changes on the way is read once more from the start.
func (p pages[T]) all(ctx context.Context) (items []T, more bool, err error) {
	reader := pageReader[*T]{
		what: p.what, size: p.size, concurrent: p.concurrent, limit: p.limit, reachable: p.reachable, countsAll: p.countsAll,
		fetch: func(ctx context.Context, index, size int) (page[*T], error) {
			got, err := p.fetch(ctx, index, size)
			pointers := make([]*T, len(got.items))

			for at := range got.items {
				pointers[at] = &got.items[at]
			}

			return page[*T]{items: pointers, total: got.total, size: got.size}, err
		},
	}

	if p.id != nil {
		reader.id = func(item *T) string { return p.id(*item) }
	}

	if p.same != nil {
		reader.same = func(a, b *T) bool { return p.same(*a, *b) }
	}

	pointers, more, err := reader.all(ctx)

	for _, item := range pointers {
		items = append(items, *item)
	}

	return items, more, err
}

// errListChanged says that a list was not the same from its first page to its last.
var errListChanged = errors.New("the list changed while it was read")

func (p pageReader[T]) all(ctx context.Context) (items []T, more bool, err error) {
	items, more, err = p.once(ctx)
	if errors.Is(err, errListChanged) {
		items, more, err = p.once(ctx)
	}

	if errors.Is(err, errListChanged) {
		failure := invalidAnswer(0, "%s: %v, twice in a row", p.what, err)
		failure.listChanged = true

		return nil, false, failure
	}

	if p.limit > 0 && len(items) > p.limit {
		return items[:p.limit], true, err
	}

	return items, more, err
}

// hasListChanged reports whether a list could not be read because it changed all the time.
func hasListChanged(err error) bool {
	failure, ok := errors.AsType[*Error](err)

	return ok && failure.listChanged
}

func (p pageReader[T]) once(ctx context.Context) (items []T, more bool, err error) {
	first, err := p.fetch(ctx, 0, p.size)
	if err != nil {
		return nil, false, err
	}

	switch {
	case !p.countsAll && first.total <= len(first.items):
		return p.follow(ctx, first)
	case first.total < len(first.items):
		return nil, false, invalidAnswer(0, "%s: %d items were announced, and the first page holds %d", p.what, first.total, len(first.items))
	case first.total == 0:
		return nil, false, nil
	case len(first.items) == 0:
		return nil, false, invalidAnswer(0, "%s: %d items were announced, and the first page holds none", p.what, first.total)
	default: // More than this page holds proves that the total counts all items, where that was not sure.
		items, err = p.rest(ctx, first)

		return items, first.total > len(items), err
	}
}

// rest fetches all pages after the first at once, when the first one tells how many there are.
func (p pageReader[T]) rest(ctx context.Context, first page[T]) ([]T, error) {
	total := first.total
	if p.reachable > 0 {
		total = min(total, p.reachable)
	}

	wanted := total
	if p.limit > 0 {
		wanted = min(wanted, p.limit)
	}

	if wanted > maxItems {
		return nil, invalidAnswer(0, "%s: %d items were announced, and more than %d are not read", p.what, first.total, maxItems)
	}

	// More follows, or this is the only page: so it is as large as pages are, whatever was asked for and announced.
	size := len(first.items)

	got := make([]page[T], (wanted+size-1)/size)
	got[0] = first

	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.concurrent)

	for index := 1; index < len(got); index++ {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err //nolint:wrapcheck // The context's own error, or another page's.
			}

			next, err := p.fetch(ctx, index, size)
			if err != nil {
				return err
			}

			got[index] = next

			// Found out now, it saves the pages that are still to come.
			return p.check(first, next, index, min(size, total-index*size))
		})
	}

	if err := group.Wait(); err != nil {
		return nil, err //nolint:wrapcheck // It is fetch's.
	}

	return p.merge(first, got, min(total, len(got)*size))
}

// check makes sure that a page of a list with a known total is what it should be.
func (p pageReader[T]) check(first, next page[T], index, wanted int) error {
	switch {
	case p.repeats(first, next):
		return p.repeated(index)
	case next.total != first.total:
		return fmt.Errorf("%w: %d items were announced at first, and %d on page %d", errListChanged, first.total, next.total, index)
	case len(next.items) < wanted:
		return fmt.Errorf("%w: page %d should hold %d items, and held %d", errListChanged, index, wanted, len(next.items))
	default:
		return nil
	}
}

// merge puts the pages of a list with a known total together, and makes sure that nothing is missing.
func (p pageReader[T]) merge(first page[T], got []page[T], wanted int) ([]T, error) {
	items := make([]T, 0, wanted)
	seen := make(map[string]struct{}, wanted)

	for _, next := range got {
		items = p.add(items, seen, next.items)
	}

	if len(items) != wanted {
		return nil, fmt.Errorf("%w: of %d items %d were due, and %d different ones came", errListChanged, first.total, wanted, len(items))
	}

	return items, nil
}

// follow fetches page after page up to one that is not full, when the total does not tell how many there are.
func (p pageReader[T]) follow(ctx context.Context, first page[T]) (items []T, more bool, err error) {
	seen := make(map[string]struct{}, len(first.items))
	items = p.add(nil, seen, first.items)

	// The size of the first page, asked for in so many words, makes the pages fit together whether it was capped or not.
	size := len(first.items)

	for index, current := 1, first; current.isFull(); index++ {
		if p.limit > 0 && len(items) > p.limit {
			return items, true, nil
		}

		if p.reachable > 0 && len(items) >= p.reachable {
			break
		}

		if index == maxFollowed {
			return nil, false, invalidAnswer(0, "%s: no last page came within %d pages; a larger page size helps if the list is that long",
				p.what, maxFollowed)
		}

		next, err := p.fetch(ctx, index, size)
		if err != nil {
			return nil, false, p.pastEnd(err, index, size)
		}

		if p.id == nil && p.repeats(current, next) {
			return nil, false, p.repeated(index)
		}

		before := len(items)
		items = p.add(items, seen, next.items)

		switch added := len(items) - before; {
		case len(next.items) > 0 && added == 0:
			return nil, false, p.repeated(index)
		case added < len(next.items): // What came twice has moved, and something else has slipped past.
			return nil, false, fmt.Errorf("%w: page %d holds items of earlier pages", errListChanged, index)
		}

		current = next
	}

	if p.reachable > 0 && len(items) >= p.reachable {
		more, err = p.isBeyond(ctx, first)

		return items, more, err
	}

	return items, false, nil
}

// isBeyond reports whether there are, or may be, more items than the service returns at most. Where one page held all of these, and
// the total is as large, a page with one item shows which of the two the total counts, so that the page size makes no difference.
func (p pageReader[T]) isBeyond(ctx context.Context, first page[T]) (bool, error) {
	if first.total < p.reachable {
		return true, nil
	}

	single, err := p.fetch(ctx, 0, 1)
	if err != nil {
		return false, err
	}

	return single.total <= len(single.items) || single.total > p.reachable, nil
}

func (p pageReader[T]) add(items []T, seen map[string]struct{}, more []T) []T {
	if p.id == nil {
		return append(items, more...)
	}

	for _, item := range more {
		id := p.id(item)
		if _, known := seen[id]; !known {
			seen[id] = struct{}{}
			items = append(items, item)
		}
	}

	return items
}

// repeats reports whether two pages hold the same items.
func (p pageReader[T]) repeats(one, other page[T]) bool {
	if p.id == nil {
		return p.same != nil && len(other.items) > 0 && slices.EqualFunc(one.items, other.items, p.same)
	}

	return len(other.items) > 0 && maps.Equal(p.ids(one), p.ids(other))
}

func (p pageReader[T]) ids(of page[T]) map[string]struct{} {
	return maps.Collect(func(yield func(string, struct{}) bool) {
		for id := range slices.Values(of.items) {
			if !yield(p.id(id), struct{}{}) {
				return
			}
		}
	})
}

// pastEnd adds to a refusal of a page that was asked for only to see whether it exists. It may mean that the list has ended,
// and may mean anything else: a list that might be cut short is no list.
func (p pageReader[T]) pastEnd(err error, index, size int) error {
	failure, ok := errors.AsType[*Error](err)
	if !ok || (failure.Status != http.StatusBadRequest && failure.Status != http.StatusNotFound) {
		return err
	}

	return failure.explained("Page %d was asked for because page %d was full; if the list ends there, another page size than %d helps",
		index, index-1, size)
}

func (p pageReader[T]) repeated(index int) *Error {
	return invalidAnswer(0, "%s: page %d repeats what an earlier page held: the service does not page, or the list ended with the "+
		"page before, and then another page size helps", p.what, index)
}
