package client

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

const (
	// maxItems bounds a list whose total is announced.
	maxItems = 1_000_000

	// maxFollowed bounds the pages of a list without a total, for a service that never sends a last page.
	maxFollowed = 1000
)

// page is one page of a list.
type page[T any] struct {
	items []T
	// total is the announced number of items, -1 if there is none. The vendor documents that it counts the items in the page;
	// it may count all. Source: the page schemas of the Knowledge Model and Subscription APIs.
	total int
	// size is the page size that the service used, 0 if it does not return it. The licence may cap the requested size.
	size int
}

// isFull reports whether more pages may follow. If the service does not return the page size, only an empty page is the last.
func (p page[T]) isFull() bool {
	if p.size == 0 {
		return len(p.items) > 0
	}

	return len(p.items) >= p.size || isLicenceCap(len(p.items))
}

// isLicenceCap reports whether the licence may have capped a page of that many items, although the service announces the requested
// size. Source: developer.celonis.com, Knowledge Model API, terms.
func isLicenceCap(items int) bool {
	return items == 50 || items == 100 || items == 500
}

// pages reads one list, whatever its parameters are called.
type pages[T any] struct {
	// what names the list in errors.
	what string
	// fetch requests one page; index counts from 0.
	fetch func(ctx context.Context, index, size int) (page[T], error)
	// id returns what makes an item unique; nil if items have no identity, as rows of data.
	id func(T) string
	// same compares items that have no identity: a page is repeated if all of its items are the same. Nil if many items may be the
	// same, as rows of data.
	same func(a, b T) bool
	// size is the page size to request, concurrent the number of pages to request at once.
	size, concurrent int
	// limit is the number of items to read, 0 for all.
	limit int
	// reachable is the maximum number of items that the service returns, 0 for all.
	reachable int
	// countsAll says that a total certainly counts all items, not only those in its page.
	countsAll bool
}

// errListChanged says that a list changed between its first page and its last.
var errListChanged = errors.New("the list changed while it was read")

// all returns the list up to the limit, each item once, in the order of the pages, and whether there is more. If the list changes
// while it is read, all reads it once more from the start.
func (p pages[T]) all(ctx context.Context) (items []T, more bool, err error) {
	items, more, err = p.once(ctx)
	if errors.Is(err, errListChanged) {
		items, more, err = p.once(ctx)
	}

	if errors.Is(err, errListChanged) {
		failure := transport.InvalidResponse(0, "%s: %v, twice in a row", p.what, err)
		failure.ListChanged = true

		return nil, false, failure
	}

	if p.limit > 0 && len(items) > p.limit {
		return items[:p.limit], true, err
	}

	return items, more, err
}

// hasListChanged reports whether a list could not be read because it kept changing.
func hasListChanged(err error) bool {
	failure, ok := errors.AsType[*transport.Error](err)

	return ok && failure.ListChanged
}

// untilSteady repeats reading a list that kept changing, after one second, two and four.
func untilSteady(ctx context.Context, err error, read func() error) error {
	for wait := time.Second; hasListChanged(err) && wait <= 4*time.Second; wait *= 2 {
		if err := transport.Sleep(ctx, wait); err != nil {
			return transport.AsError(ctx, err)
		}

		err = read()
	}

	return err
}

func (p pages[T]) once(ctx context.Context) (items []T, more bool, err error) {
	first, err := p.fetch(ctx, 0, p.size)
	if err != nil {
		return nil, false, err
	}

	switch {
	case !p.countsAll && first.total <= len(first.items):
		return p.follow(ctx, first)
	case first.total < len(first.items):
		return nil, false, transport.InvalidResponse(0, "%s: %d items were announced, and the first page holds %d", p.what, first.total, len(first.items))
	case first.total == 0:
		return nil, false, nil
	case len(first.items) == 0:
		return nil, false, transport.InvalidResponse(0, "%s: %d items were announced, and the first page holds none", p.what, first.total)
	default: // A total above the number of items in this page counts all items.
		items, err = p.rest(ctx, first)

		return items, first.total > len(items), err
	}
}

// rest fetches all pages after the first concurrently, once the first page shows how many there are.
func (p pages[T]) rest(ctx context.Context, first page[T]) ([]T, error) {
	total := first.total
	if p.reachable > 0 {
		total = min(total, p.reachable)
	}

	wanted := total
	if p.limit > 0 {
		wanted = min(wanted, p.limit)
	}

	if wanted > maxItems {
		return nil, transport.InvalidResponse(0, "%s: %d items were announced, and more than %d are not read", p.what, first.total, maxItems)
	}

	// More pages follow, or this is the only one: so its length is the page size, whatever was requested and announced.
	size := len(first.items)

	fetched := make([]page[T], (wanted+size-1)/size)
	fetched[0] = first

	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.concurrent)

	for index := 1; index < len(fetched); index++ {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}

			next, err := p.fetch(ctx, index, size)
			if err != nil {
				return err
			}

			fetched[index] = next

			// Failing here saves the requests for the remaining pages.
			return p.check(first, next, index, min(size, total-index*size))
		})
	}

	if err := group.Wait(); err != nil {
		return nil, err
	}

	return p.merge(fetched, min(total, len(fetched)*size))
}

// check compares a page of a list with a known total with the first page.
func (p pages[T]) check(first, next page[T], index, wanted int) error {
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

// merge joins the pages of a list with a known total, and checks that no item is missing.
func (p pages[T]) merge(fetched []page[T], wanted int) ([]T, error) {
	items := make([]T, 0, wanted)
	seen := make(map[string]struct{}, wanted)

	for _, current := range fetched {
		items = p.add(items, seen, current.items)
	}

	if len(items) != wanted {
		return nil, fmt.Errorf("%w: of %d items %d were due, and %d different ones came", errListChanged, fetched[0].total, wanted, len(items))
	}

	return items, nil
}

// follow fetches page after page up to one that is not full, if the total does not show how many pages there are.
func (p pages[T]) follow(ctx context.Context, first page[T]) (items []T, more bool, err error) {
	seen := make(map[string]struct{}, len(first.items))
	items = p.add(nil, seen, first.items)

	// Requesting the actual size of the first page makes the pages fit together whether it was capped or not.
	size := len(first.items)

	for index, current := 1, first; current.isFull(); index++ {
		if p.limit > 0 && len(items) > p.limit {
			return items, true, nil
		}

		if p.reachable > 0 && len(items) >= p.reachable {
			break
		}

		if index == maxFollowed {
			return nil, false, transport.InvalidResponse(0, "%s: no last page came within %d pages; a larger page size helps if the list is that long",
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
		case added < len(next.items): // An item that appears twice has moved, so another may have been missed.
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

// isBeyond reports whether there are, or may be, more items than the service returns. If one page held all of these, and the total
// is as large, a page with one item shows which of the two the total counts, so that the page size makes no difference.
func (p pages[T]) isBeyond(ctx context.Context, first page[T]) (bool, error) {
	if first.total < p.reachable {
		return true, nil
	}

	single, err := p.fetch(ctx, 0, 1)
	if err != nil {
		return false, err
	}

	return single.total <= len(single.items) || single.total > p.reachable, nil
}

func (p pages[T]) add(items []T, seen map[string]struct{}, more []T) []T {
	if p.id == nil {
		return append(items, more...)
	}

	for _, item := range more {
		id := p.id(item)
		if _, isKnown := seen[id]; !isKnown {
			seen[id] = struct{}{}
			items = append(items, item)
		}
	}

	return items
}

// repeats reports whether two pages hold the same items.
func (p pages[T]) repeats(one, other page[T]) bool {
	if p.id == nil {
		return p.same != nil && len(other.items) > 0 && slices.EqualFunc(one.items, other.items, p.same)
	}

	return len(other.items) > 0 && maps.Equal(p.ids(one), p.ids(other))
}

func (p pages[T]) ids(of page[T]) map[string]struct{} {
	ids := make(map[string]struct{}, len(of.items))
	for _, item := range of.items {
		ids[p.id(item)] = struct{}{}
	}

	return ids
}

// pastEnd explains the refusal of a page that was requested only to see whether it exists. The list may have ended there, but it
// remains an error: a possibly truncated list is never returned.
func (p pages[T]) pastEnd(err error, index, size int) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok || (failure.Status != http.StatusBadRequest && failure.Status != http.StatusNotFound) {
		return err
	}

	return failure.WithNote("Page %d was asked for because page %d was full; if the list ends there, another page size than %d helps",
		index, index-1, size)
}

func (p pages[T]) repeated(index int) *transport.Error {
	return transport.InvalidResponse(0, "%s: page %d repeats what an earlier page held: the service does not page, or the list ended with the "+
		"page before, and then another page size helps", p.what, index)
}
