package paging

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
	// MaxItems is the maximum length of a list if the API's responses contain a total.
	MaxItems = 1_000_000

	// maxFollowed is the maximum number of pages to read from a list without a total. The limit guards against a service that never returns a last
	// page.
	maxFollowed = 1000
)

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	// Total is the number of items according to the response, or -1 if the response contains no total. The vendor documents the total as the number
	// of items on the page, but the service may count all items of the list. Source: the page schemas of the Knowledge Model and Subscription APIs.
	Total int
	// Size is the page size according to the response, or 0 if the response contains no page size. The licence may cap the requested size.
	Size int
}

// isFull reports whether more pages may follow. If the service does not return the page size, only an empty page is known to be the last.
func (p Page[T]) isFull() bool {
	if p.Size == 0 {
		return len(p.Items) > 0
	}

	return len(p.Items) >= p.Size || isLicenceCap(len(p.Items))
}

// isLicenceCap reports whether the licence may have capped a page at the given number of items. A response with a capped page may still report the
// requested page size. Source: developer.celonis.com, Knowledge Model API, terms.
func isLicenceCap(items int) bool {
	return items == 50 || items == 100 || items == 500
}

// Reader reads one list, whatever the list's paging parameters are called.
type Reader[T any] struct {
	// Name identifies the list in error messages.
	Name string
	// Fetch requests one page. The first page has the index 0.
	Fetch func(ctx context.Context, index, size int) (Page[T], error)
	// ID returns an item's unique key. ID is nil for items that have no unique key, such as data rows.
	ID func(T) string
	// Same compares items that have no unique key. A page counts as repeated if all of its items equal those of the previous page. Same is nil for
	// items that may legitimately be equal, such as data rows.
	Same func(a, b T) bool
	// Size is the page size to request. Concurrent is the maximum number of pages to request concurrently.
	Size, Concurrent int
	// Limit is the maximum number of items to read, or 0 for all.
	Limit int
	// Reachable is the maximum number of items that the service returns, or 0 if it returns all.
	Reachable int
	// CountsAll is true if totals count all items, not only those on the page.
	CountsAll bool
}

var (
	// errListChanged means that a list changed while its pages were being read.
	errListChanged = errors.New("the list changed while it was being read")

	// errPageRepeated means that a page contains only items from earlier pages. The list may have changed, for example because newly inserted items
	// pushed old ones to a later page. Otherwise, the service ignores the page number, or it returns the last page for every page after the end.
	errPageRepeated = errors.New("repeats an earlier page")
)

// All returns the items up to the limit, each item once and in page order, and reports whether there are more items. If the list may have
// changed while it was being read, All starts over once.
func (p Reader[T]) All(ctx context.Context) (items []T, more bool, err error) {
	items, more, err = p.once(ctx)
	if errors.Is(err, errListChanged) || errors.Is(err, errPageRepeated) {
		items, more, err = p.once(ctx)
	}

	switch {
	case errors.Is(err, errListChanged):
		failure := transport.InvalidResponse(0, "%s: %v, twice in a row", p.Name, err)
		failure.ListChanged = true

		return nil, false, failure
	case errors.Is(err, errPageRepeated):
		return nil, false, transport.InvalidResponse(0, "%s: %v. Either the service ignores the page number, or the list ended with the "+
			"previous page. If the list has ended, use a different page size", p.Name, err)
	}

	if p.Limit > 0 && len(items) > p.Limit {
		return items[:p.Limit], true, err
	}

	return items, more, err
}

// hasListChanged reports whether a list could not be read because it kept changing.
func hasListChanged(err error) bool {
	failure, ok := errors.AsType[*transport.Error](err)

	return ok && failure.ListChanged
}

// UntilSteady reads a list again if err shows that the list kept changing. There are up to three further attempts, after waits of one, two and four
// seconds.
func UntilSteady(ctx context.Context, err error, read func() error) error {
	for wait := time.Second; hasListChanged(err) && wait <= 4*time.Second; wait *= 2 {
		if err := transport.Sleep(ctx, wait); err != nil {
			return transport.AsError(ctx, err)
		}

		err = read()
	}

	return err
}

func (p Reader[T]) once(ctx context.Context) (items []T, more bool, err error) {
	first, err := p.Fetch(ctx, 0, p.Size)
	if err != nil {
		return nil, false, err
	}

	switch {
	case !p.CountsAll && first.Total <= len(first.Items):
		return p.follow(ctx, first)
	case first.Total < len(first.Items):
		return nil, false, transport.InvalidResponse(0, "%s: the total is %d, but the first page contains %d items", p.Name, first.Total,
			len(first.Items))
	case first.Total == 0:
		return nil, false, nil
	case len(first.Items) == 0:
		return nil, false, transport.InvalidResponse(0, "%s: the total is %d, but the first page is empty", p.Name, first.Total)
	default: // A total that exceeds the number of items on the first page must count all items.
		items, err = p.rest(ctx, first)

		return items, first.Total > len(items), err
	}
}

// rest fetches the remaining pages concurrently. The first page determines how many pages there are.
func (p Reader[T]) rest(ctx context.Context, first Page[T]) ([]T, error) {
	total := first.Total
	if p.Reachable > 0 {
		total = min(total, p.Reachable)
	}

	expected := total
	if p.Limit > 0 {
		expected = min(expected, p.Limit)
	}

	if expected > MaxItems {
		return nil, transport.InvalidResponse(0, "%s: the total is %d, but at most %d items are supported", p.Name, first.Total, MaxItems)
	}

	// Use the length of the first page as the page size, regardless of the size that was requested or returned. If the first page is also the
	// last, any size is correct.
	size := len(first.Items)

	fetched := make([]Page[T], (expected+size-1)/size)
	fetched[0] = first

	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.Concurrent)

	for index := 1; index < len(fetched); index++ {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}

			next, err := p.Fetch(ctx, index, size)
			if err != nil {
				return err
			}

			fetched[index] = next

			// Failing here avoids the requests for the remaining pages.
			return p.check(first, next, index, min(size, total-index*size))
		})
	}

	if err := group.Wait(); err != nil {
		return nil, err
	}

	return p.merge(fetched, min(total, len(fetched)*size))
}

// check compares a later page with the first page, whose total must be known.
func (p Reader[T]) check(first, next Page[T], index, expected int) error {
	switch {
	case p.repeats(first, next):
		return repeated(index)
	case next.Total != first.Total:
		return fmt.Errorf("%w: the total was %d at first, but %d on page %d", errListChanged, first.Total, next.Total, index)
	case len(next.Items) < expected:
		return fmt.Errorf("%w: page %d should contain %d items, but contains %d", errListChanged, index, expected, len(next.Items))
	default:
		return nil
	}
}

// merge combines the pages of a list with a known total, and checks that no item is missing.
func (p Reader[T]) merge(fetched []Page[T], expected int) ([]T, error) {
	items := make([]T, 0, expected)
	seen := make(map[string]struct{}, expected)

	for _, current := range fetched {
		items = p.add(items, seen, current.Items)
	}

	if len(items) != expected {
		return nil, fmt.Errorf("%w: the pages read should contain %d of the %d items, but contain %d distinct items",
			errListChanged, expected, fetched[0].Total, len(items))
	}

	return items, nil
}

// follow reads a list whose total does not determine the number of pages, by fetching page after page until a page is not full.
func (p Reader[T]) follow(ctx context.Context, first Page[T]) (items []T, more bool, err error) {
	seen := make(map[string]struct{}, len(first.Items))

	items = p.add(nil, seen, first.Items)
	if len(items) < len(first.Items) {
		return nil, false, fmt.Errorf("%w: page 0 contains an item twice", errListChanged)
	}

	// Requesting the actual size of the first page makes the pages contiguous whether the size was capped or not.
	size := len(first.Items)

	for index, current := 1, first; current.isFull(); index++ {
		if p.Limit > 0 && len(items) > p.Limit {
			return items, true, nil
		}

		if p.Reachable > 0 && len(items) >= p.Reachable {
			break
		}

		if index == maxFollowed {
			return nil, false, transport.InvalidResponse(0, "%s: the list had not ended after %d pages. If the list is that long, "+
				"increase the page size", p.Name, maxFollowed)
		}

		next, err := p.Fetch(ctx, index, size)
		if err != nil {
			return nil, false, p.pastEnd(err, index, size)
		}

		if p.ID == nil && p.repeats(current, next) {
			return nil, false, repeated(index)
		}

		before := len(items)
		items = p.add(items, seen, next.Items)

		switch added := len(items) - before; {
		case len(next.Items) > 0 && added == 0:
			return nil, false, repeated(index)
		case added < len(next.Items): // An item that appears twice has moved, so another item may have been missed.
			return nil, false, fmt.Errorf("%w: page %d repeats items from earlier pages", errListChanged, index)
		}

		current = next
	}

	if p.Reachable > 0 && len(items) >= p.Reachable {
		more, err = p.isBeyond(ctx, first)

		return items, more, err
	}

	return items, false, nil
}

// isBeyond reports whether there are, or may be, more items than the service returns. If the first page's total is at least Reachable, that total
// may count all items or only those on that page. Requesting a page of one item shows which.
func (p Reader[T]) isBeyond(ctx context.Context, first Page[T]) (bool, error) {
	if first.Total < p.Reachable {
		return true, nil
	}

	single, err := p.Fetch(ctx, 0, 1)
	if err != nil {
		return false, err
	}

	return single.Total <= len(single.Items) || single.Total > p.Reachable, nil
}

func (p Reader[T]) add(items []T, seen map[string]struct{}, more []T) []T {
	if p.ID == nil {
		return append(items, more...)
	}

	for _, item := range more {
		id := p.ID(item)
		if _, isKnown := seen[id]; !isKnown {
			seen[id] = struct{}{}
			items = append(items, item)
		}
	}

	return items
}

// repeats reports whether two pages contain the same items.
func (p Reader[T]) repeats(page, previous Page[T]) bool {
	if p.ID == nil {
		return p.Same != nil && len(previous.Items) > 0 && slices.EqualFunc(page.Items, previous.Items, p.Same)
	}

	return len(previous.Items) > 0 && maps.Equal(p.ids(page), p.ids(previous))
}

func (p Reader[T]) ids(of Page[T]) map[string]struct{} {
	ids := make(map[string]struct{}, len(of.Items))
	for _, item := range of.Items {
		ids[p.ID(item)] = struct{}{}
	}

	return ids
}

// pastEnd explains the rejection of a page that was requested only to determine whether it exists. The list may have ended before that page, but
// pastEnd still returns an error rather than a possibly truncated list.
func (p Reader[T]) pastEnd(err error, index, size int) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok || (failure.Status != http.StatusBadRequest && failure.Status != http.StatusNotFound) {
		return err
	}

	return failure.WithNote("Page %d was requested because page %d was full. If page %[2]d is the last page, use a page size other than %[3]d",
		index, index-1, size)
}

func repeated(index int) error { return fmt.Errorf("page %d %w", index, errPageRepeated) }
