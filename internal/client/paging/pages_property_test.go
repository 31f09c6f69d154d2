package paging

import (
	"context"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// pagingService serves a list in pages. Where the vendor's documentation is ambiguous, the service follows one plausible interpretation.
type pagingService struct {
	Items int
	// largest is the maximum page size. If the service returns the requested page size instead of the actual one, largest is one of the licences'
	// page size limits.
	largest     int
	returnsSize string // "used", "requested" or "nothing".
	counts      string // "all" if the total counts all items, "page" if it counts those on the page, or "nothing" if there is no total.
	pastEnd     string // "empty", "error" or "last page".
	// skips is "requested" if a page starts at a multiple of the requested size, or "used" if it starts at a multiple of the actual size.
	skips string
}

func drawService(t *rapid.T) pagingService {
	service := pagingService{
		Items:       rapid.IntRange(0, 700).Draw(t, "items"),
		largest:     rapid.IntRange(1, 300).Draw(t, "largest page"),
		returnsSize: rapid.SampledFrom([]string{"used", "requested", "nothing"}).Draw(t, "returnsSize"),
		counts:      rapid.SampledFrom([]string{"all", "page", "nothing"}).Draw(t, "total counts"),
		pastEnd:     rapid.SampledFrom([]string{"empty", "error", "last page"}).Draw(t, "past the end"),
		skips:       rapid.SampledFrom([]string{"used", "requested"}).Draw(t, "skips pages of the size"),
	}
	if service.returnsSize == "requested" {
		service.largest = rapid.SampledFrom([]int{50, 100, 500}).Draw(t, "page size of the licence")
	}

	return service
}

func (s pagingService) fetch(_ context.Context, index, size int) (Page[int], error) {
	used := min(size, s.largest)

	begin := index * used
	if s.skips == "requested" {
		begin = index * size
	}

	if index > 0 && begin >= s.Items {
		switch s.pastEnd {
		case "error":
			return Page[int]{}, &transport.Error{Reason: transport.ReasonStatus, Status: 400}
		case "last page":
			begin = max(0, (s.Items-1)/used) * used
		}
	}

	page := Page[int]{Total: -1}
	for item := begin; item < min(begin+used, s.Items); item++ {
		page.Items = append(page.Items, item)
	}

	switch s.returnsSize {
	case "used":
		page.Size = used
	case "requested":
		page.Size = size
	}

	switch s.counts {
	case "all":
		page.Total = s.Items
	case "page":
		page.Total = len(page.Items)
	}

	return page, nil
}

// Regardless of the service's paging behaviour, no list is truncated without an error.
func TestListsAreCompleteOrAnError(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		service := drawService(t)

		size := rapid.IntRange(1, 600).Draw(t, "page size")
		countsAll := service.counts == "all" && rapid.Bool().Draw(t, "client knows that total counts all")
		fetched := 0

		got, more, err := Reader[int]{
			Name: "the list", ID: strconv.Itoa, Size: size, Concurrent: 1, CountsAll: countsAll,
			Fetch: func(ctx context.Context, index, size int) (Page[int], error) {
				fetched++

				return service.fetch(ctx, index, size)
			},
		}.All(context.Background())

		used := min(size, service.largest)
		if want := max(1, (service.Items+used-1)/used); countsAll && (fetched != want || err != nil) {
			t.Fatalf("%d pages fetched, want %d: %v", fetched, want, err)
		}

		switch {
		case err == nil && (len(got) != service.Items || more):
			t.Fatalf("%d of %d items, more %t, and no error", len(got), service.Items, more)
		case err != nil && service.pastEnd == "empty":
			t.Fatalf("error = %v for a service with an empty page past the end", err)
		}

		for index, item := range got {
			if item != index {
				t.Fatalf("item %d is %d", index, item)
			}
		}
	})
}

// If rows have no ids, [Reader.All] returns the rows up to the limit, and correctly reports whether there are more.
func TestFirstRowsAreReturned(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		service := drawService(t)
		service.pastEnd = "empty" // A repeated last page cannot be distinguished from a page of equal rows.
		limit := rapid.IntRange(1, 800).Draw(t, "limit")

		got, more, err := Reader[int]{
			Name: "the rows", Fetch: service.fetch, Size: min(rapid.IntRange(1, 600).Draw(t, "page size"), limit+1), Concurrent: 4,
			Limit: limit, Reachable: 5000,
		}.All(context.Background())
		if err != nil || len(got) != min(limit, service.Items) || more != (service.Items > limit) {
			t.Fatalf("%d of %d rows, limit %d, more %t: %v", len(got), service.Items, limit, more, err)
		}

		for index, item := range got {
			if item != index {
				t.Fatalf("row %d is %d", index, item)
			}
		}
	})
}
