package paging

import (
	"context"
	"slices"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// maxTokenItems is the maximum length of a list in which each page contains a token for the next page. The length of such a list is unknown
// until the last page.
const maxTokenItems = 100_000

// TokenPage is one page of a list in which each page contains a token for the next page.
type TokenPage[T any] struct {
	Items []T
	// Next is the token for the next page, or "" on the last page.
	Next string
}

// TokenReader reads a list in which each page contains a token for the next page. Pages are requested one at a time.
type TokenReader[T any] struct {
	// Name identifies the list in error messages.
	Name string
	// Fetch reads the page that a token identifies. An empty token identifies the first page.
	Fetch func(ctx context.Context, token string) (TokenPage[T], error)
	// Same compares items. A page counts as repeated if it contains the same items as the previous page.
	Same func(a, b T) bool
	// Take receives the items of each page, and returns true once it has enough items.
	Take func(items []T) (enough bool)
}

// Follow reads page after page until there is no next page or Take has enough items. Follow returns an error if a page leads back to an earlier page,
// or if the list does not end.
func (p TokenReader[T]) Follow(ctx context.Context) error {
	var (
		token string
		last  []T
		count int
	)

	seen := make(map[string]struct{})

	for index := range maxFollowed {
		page, err := p.Fetch(ctx, token)
		if err != nil {
			return err
		}

		if len(page.Items) > 0 && slices.EqualFunc(page.Items, last, p.Same) {
			return transport.InvalidResponse(0, "%s: page %d repeats the previous page", p.Name, index)
		}

		count += len(page.Items)

		switch _, isRepeated := seen[page.Next]; {
		case p.Take(page.Items), page.Next == "":
			return nil
		case isRepeated:
			return transport.InvalidResponse(0, "%s: page %d leads back to an earlier page", p.Name, index)
		case count >= maxTokenItems:
			return transport.InvalidResponse(0, "%s: the list has more than %d items, the maximum supported", p.Name, maxTokenItems)
		}

		seen[page.Next] = struct{}{}
		token, last = page.Next, page.Items
	}

	return transport.InvalidResponse(0, "%s: the list had not ended after %d pages", p.Name, maxFollowed)
}
