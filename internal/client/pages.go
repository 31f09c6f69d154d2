package client

import (
	"context"
	"errors"
	"fmt"
	"maps"
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

	return len(p.items) >= p.size
}

// pages is how one list is read, whatever the names of its parameters are.
type pages[T any] struct {
	// what names the list in errors.
	what string
	// fetch gets one page; index counts from 0.
	fetch func(ctx context.Context, index, size int) (page[T], error)
	// id returns what makes an item unique.
	id func(T) string
	// size is the page size to ask for, concurrent how many pages to ask for at once.
	size, concurrent int
}

// errListChanged says that a list was not the same from its first page to its last.
var errListChanged = errors.New("the list changed while it was read")

// all returns the whole list, each item once, in the order of the pages. A list that changes on the way is read once more
// from the start.
func (p pages[T]) all(ctx context.Context) ([]T, error) {
	items, err := p.once(ctx)
	if errors.Is(err, errListChanged) {
		items, err = p.once(ctx)
	}

	if errors.Is(err, errListChanged) {
		return nil, invalidAnswer(0, "%s: %v, twice in a row", p.what, err)
	}

	return items, err
}

func (p pages[T]) once(ctx context.Context) ([]T, error) {
	first, err := p.fetch(ctx, 0, p.size)
	if err != nil {
		return nil, err
	}

	switch {
	case first.total <= len(first.items):
		return p.follow(ctx, first)
	case len(first.items) == 0:
		return nil, invalidAnswer(0, "%s: %d items were announced, and the first page holds none", p.what, first.total)
	default: // More than this page holds proves that the total counts all items.
		return p.rest(ctx, first)
	}
}

// rest fetches all pages after the first at once, when the first one tells how many there are.
func (p pages[T]) rest(ctx context.Context, first page[T]) ([]T, error) {
	if first.total > maxItems {
		return nil, invalidAnswer(0, "%s: %d items were announced, and more than %d are not read", p.what, first.total, maxItems)
	}

	size := first.size
	if size == 0 {
		size = len(first.items)
	}

	got := make([]page[T], (first.total+size-1)/size)
	got[0] = first

	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.concurrent)

	for index := 1; index < len(got); index++ {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err //nolint:wrapcheck // The context's own error, or another page's.
			}

			next, err := p.fetch(ctx, index, size)
			got[index] = next

			return err
		})
	}

	if err := group.Wait(); err != nil {
		return nil, err //nolint:wrapcheck // It is fetch's.
	}

	return p.merge(first, got)
}

// merge puts the pages of a list with a known total together, and makes sure that nothing is missing.
func (p pages[T]) merge(first page[T], got []page[T]) ([]T, error) {
	items := make([]T, 0, first.total)
	seen := make(map[string]struct{}, first.total)

	for index, next := range got {
		if index > 0 && p.repeats(first, next) {
			return nil, p.repeated(index)
		}

		if next.total != first.total {
			return nil, fmt.Errorf("%w: %d items were announced at first, and %d on page %d",
				errListChanged, first.total, next.total, index)
		}

		items = p.add(items, seen, next.items)
	}

	if len(items) != first.total {
		return nil, fmt.Errorf("%w: %d items were announced, and %d different ones came", errListChanged, first.total, len(items))
	}

	return items, nil
}

// follow fetches page after page up to one that is not full, when the total does not tell how many there are.
func (p pages[T]) follow(ctx context.Context, first page[T]) ([]T, error) {
	seen := make(map[string]struct{}, len(first.items))
	items := p.add(nil, seen, first.items)

	size := p.size
	if first.size > 0 {
		size = first.size
	}

	for index, current := 1, first; current.isFull(); index++ {
		next, err := p.fetch(ctx, index, size)
		if err != nil {
			return nil, err
		}

		before := len(items)
		items = p.add(items, seen, next.items)

		if len(next.items) > 0 && len(items) == before {
			return nil, p.repeated(index)
		}

		if index == maxFollowed {
			return nil, invalidAnswer(0, "%s: no last page came within %d pages; a larger page size helps if the list is that long",
				p.what, maxFollowed)
		}

		current = next
	}

	return items, nil
}

func (p pages[T]) add(items []T, seen map[string]struct{}, more []T) []T {
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
func (p pages[T]) repeats(one, other page[T]) bool {
	return len(other.items) > 0 && maps.Equal(p.ids(one), p.ids(other))
}

func (p pages[T]) ids(of page[T]) map[string]struct{} {
	return maps.Collect(func(yield func(string, struct{}) bool) {
		for id := range slices.Values(of.items) {
			if !yield(p.id(id), struct{}{}) {
				return
			}
		}
	})
}

func (p pages[T]) repeated(index int) *Error {
	return invalidAnswer(0, "%s: page %d repeats what an earlier page held, so the service does not page", p.what, index)
}
