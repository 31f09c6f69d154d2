package client

import (
	"context"
	"slices"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// maxTokenItems bounds a list whose pages contain the token of the next page, because its length is unknown until its end.
const maxTokenItems = 100_000

// tokenPage is one page of such a list.
type tokenPage[T any] struct {
	items []T
	// next is the token of the next page, empty on the last one.
	next string
}

// tokenPages reads a list whose pages contain the token of the next page, one after the other.
type tokenPages[T any] struct {
	// what names the list in errors.
	what string
	// fetch requests the page of a token, and the first page without one.
	fetch func(ctx context.Context, token string) (tokenPage[T], error)
	// same compares items: a page is repeated if it contains the same items as the previous one.
	same func(a, b T) bool
	// take receives the items of each page, and reports whether they are enough.
	take func(items []T) (enough bool)
}

// follow reads page after page until there is no next one, or take has enough. A chain of pages that is circular or does not end is an
// error.
func (p tokenPages[T]) follow(ctx context.Context) error {
	var (
		token string
		last  []T
		count int
	)

	seen := make(map[string]struct{})

	for index := range maxFollowed {
		got, err := p.fetch(ctx, token)
		if err != nil {
			return err
		}

		if len(got.items) > 0 && slices.EqualFunc(got.items, last, p.same) {
			return transport.InvalidResponse(0, "%s: page %d repeats what the page before held", p.what, index)
		}

		count += len(got.items)

		switch _, known := seen[got.next]; {
		case p.take(got.items), got.next == "":
			return nil
		case known:
			return transport.InvalidResponse(0, "%s: page %d leads back to an earlier page", p.what, index)
		case count >= maxTokenItems:
			return transport.InvalidResponse(0, "%s: no end came within %d items, and more are not read", p.what, maxTokenItems)
		}

		seen[got.next] = struct{}{}
		token, last = got.next, got.items
	}

	return transport.InvalidResponse(0, "%s: no last page came within %d pages", p.what, maxFollowed)
}
