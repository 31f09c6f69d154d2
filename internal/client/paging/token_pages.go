package paging

import (
	"context"
	"slices"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// maxTokenItems bounds a list whose pages contain the token of the next page, because its length is unknown until its end.
const maxTokenItems = 100_000

// TokenPage is one page of such a list.
type TokenPage[T any] struct {
	Items []T
	// Next is the token of the next page, empty on the last one.
	Next string
}

// TokenReader reads a list whose pages contain the token of the next page, one after the other.
type TokenReader[T any] struct {
	// What names the list in errors.
	What string
	// Fetch requests the page of a token, and the first page without one.
	Fetch func(ctx context.Context, token string) (TokenPage[T], error)
	// Same compares items: a page is repeated if it contains the same items as the previous one.
	Same func(a, b T) bool
	// Take receives the items of each page, and reports whether they are enough.
	Take func(items []T) (enough bool)
}

// Follow reads page after page until there is no next one, or take has enough. A chain of pages that is circular or does not end is an
// error.
func (p TokenReader[T]) Follow(ctx context.Context) error {
	var (
		token string
		last  []T
		count int
	)

	seen := make(map[string]struct{})

	for index := range maxFollowed {
		got, err := p.Fetch(ctx, token)
		if err != nil {
			return err
		}

		if len(got.Items) > 0 && slices.EqualFunc(got.Items, last, p.Same) {
			return transport.InvalidResponse(0, "%s: page %d repeats what the page before held", p.What, index)
		}

		count += len(got.Items)

		switch _, known := seen[got.Next]; {
		case p.Take(got.Items), got.Next == "":
			return nil
		case known:
			return transport.InvalidResponse(0, "%s: page %d leads back to an earlier page", p.What, index)
		case count >= maxTokenItems:
			return transport.InvalidResponse(0, "%s: no end came within %d items, and more are not read", p.What, maxTokenItems)
		}

		seen[got.Next] = struct{}{}
		token, last = got.Next, got.Items
	}

	return transport.InvalidResponse(0, "%s: no last page came within %d pages", p.What, maxFollowed)
}
