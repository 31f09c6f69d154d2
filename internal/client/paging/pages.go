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
	// MaxItems is the maximum length of a list with a total.
	MaxItems = 1_000_000

	// maxFollowed is the maximum number of pages of a list without a total, because the service might never return a last page.
	maxFollowed = 1000
)

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	// Total is the returned number of items, -1 if the response contains none. The vendor documents that it counts the items on the page, but it
	// may count all items. Source: the page schemas of the Knowledge Model and Subscription APIs.
	Total int
	// Size is the page size that the service used, 0 if it does not return it. The licence may cap the requested size.
	Size int
}

// isFull reports whether more pages may follow. If the service does not return the page size, only an empty page is known to be the last.
func (p Page[T]) isFull() bool {
	if p.Size == 0 {
		return len(p.Items) > 0
	}

	return len(p.Items) >= p.Size || isLicenceCap(len(p.Items))
}

// isLicenceCap reports whether the licence may have capped a page at that many items although the service returns the requested size. Source:
// developer.celonis.com, Knowledge Model API, terms.
func isLicenceCap(items int) bool {
	return items == 50 || items == 100 || items == 500
}

// Reader reads one list, independently of the names of its paging parameters.
type Reader[T any] struct {
	// Name identifies the list in errors.
	Name string
	// Fetch requests one page; index counts from 0.
	Fetch func(ctx context.Context, index, size int) (Page[T], error)
	// ID returns an item's unique key. It is nil if items have no identity, such as rows of data.
	ID func(T) string
	// Same compares items without an identity: a page is a repetition if all of its items are the same. It is nil if many items may be equal,
	// such as rows of data.
	Same func(a, b T) bool
	// Size is the page size to request. Concurrent is the number of pages to request at once.
	Size, Concurrent int
	// Limit is the number of items to read, 0 for all.
	Limit int
	// Reachable is the maximum number of items that the service returns, 0 for all.
	Reachable int
	// CountsAll is true if a total counts all items, not only those on the page.
	CountsAll bool
}

var (
	// errListChanged means that a list changed between its first page and its last.
	errListChanged = errors.New("the list changed while it was read")

	// errPageRepeated means that a page contains only items of earlier pages. The list may have changed, for example if new items moved these
	// items to a later page. Otherwise, the service does not page, or it returns the last page for all pages after the end.
	errPageRepeated = errors.New("repeats an earlier page")
)

// All returns the list up to the limit, each item once, in the order of the pages, and whether there is more. If the list may have changed
// while it was read, All reads it once more from the start.
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
		return nil, false, transport.InvalidResponse(0, "%s: %v: either the service does not page, or the list ended with the page before; in "+
			"that case, use another page size", p.Name, err)
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

// UntilSteady reads a list again if it keeps changing, after waits of one, two and four seconds.
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
	default: // A total above the number of items on this page counts all items.
		items, err = p.rest(ctx, first)

		return items, first.Total > len(items), err
	}
}

// rest fetches all pages after the first concurrently, once the first page shows how many there are.
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

	// Either more pages follow or this page is the only one. In both cases its length is the page size, whatever size was requested or returned.
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

// check compares a page of a list with a known total with the first page.
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

// merge joins the pages of a list with a known total, and checks that no item is missing.
func (p Reader[T]) merge(fetched []Page[T], expected int) ([]T, error) {
	items := make([]T, 0, expected)
	seen := make(map[string]struct{}, expected)

	for _, current := range fetched {
		items = p.add(items, seen, current.Items)
	}

	if len(items) != expected {
		return nil, fmt.Errorf("%w: of %d items, %d were expected, but the pages contain %d different ones",
			errListChanged, fetched[0].Total, expected, len(items))
	}

	return items, nil
}

// follow fetches page after page up to one that is not full, if the total does not show how many pages there are.
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
			return nil, false, transport.InvalidResponse(0, "%s: there was no last page within %d pages; increase the page size if the list is that "+
				"long", p.Name, maxFollowed)
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
		case added < len(next.Items): // An item that appears twice has moved, so another may have been missed.
			return nil, false, fmt.Errorf("%w: page %d contains items of earlier pages", errListChanged, index)
		}

		current = next
	}

	if p.Reachable > 0 && len(items) >= p.Reachable {
		more, err = p.isBeyond(ctx, first)

		return items, more, err
	}

	return items, false, nil
}

// isBeyond reports whether there are, or may be, more items than the service returns. If one page contains all returned items, and the total
// equals their number, a page of one item shows whether the total counts all items or only those on the page.
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

// pastEnd explains the rejection of a page that was requested only to find out whether it exists. The list may have ended before it, but the
// rejection is still an error: a possibly truncated list is never returned.
func (p Reader[T]) pastEnd(err error, index, size int) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok || (failure.Status != http.StatusBadRequest && failure.Status != http.StatusNotFound) {
		return err
	}

	return failure.WithNote("Page %d was requested because page %d was full; if the list ends there, use another page size instead of %d",
		index, index-1, size)
}

func repeated(index int) error { return fmt.Errorf("page %d %w", index, errPageRepeated) }
