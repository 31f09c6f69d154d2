package paging

import (
	"context"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// pagingService is a service with a list, and with one of the plausible readings of each thing that the vendor leaves open.
type pagingService struct {
	Items int
	// largest is the largest page. Where it is not announced, it is one of the licences'.
	largest   int
	announces string // "used", "asked" or "nothing".
	counts    string // What total counts: "all", "page" or "nothing".
	pastEnd   string // "empty", "error" or "last page".
	// skips is the page size that a page begins after a multiple of: "used" or "asked".
	skips string
}

func drawService(t *rapid.T) pagingService {
	service := pagingService{
		Items:     rapid.IntRange(0, 700).Draw(t, "items"),
		largest:   rapid.IntRange(1, 300).Draw(t, "largest page"),
		announces: rapid.SampledFrom([]string{"used", "asked", "nothing"}).Draw(t, "announces"),
		counts:    rapid.SampledFrom([]string{"all", "page", "nothing"}).Draw(t, "total counts"),
		pastEnd:   rapid.SampledFrom([]string{"empty", "error", "last page"}).Draw(t, "past the end"),
		skips:     rapid.SampledFrom([]string{"used", "asked"}).Draw(t, "skips pages of the size"),
	}
	if service.announces == "asked" {
		service.largest = rapid.SampledFrom([]int{50, 100, 500}).Draw(t, "licence's page")
	}

	return service
}

// fetch answers a page as the service would.
func (s pagingService) fetch(_ context.Context, index, size int) (Page[int], error) {
	used := min(size, s.largest)

	begin := index * used
	if s.skips == "asked" {
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

	answered := Page[int]{Total: -1}
	for item := begin; item < min(begin+used, s.Items); item++ {
		answered.Items = append(answered.Items, item)
	}

	switch s.announces {
	case "used":
		answered.Size = used
	case "asked":
		answered.Size = size
	}

	switch s.counts {
	case "all":
		answered.Total = s.Items
	case "page":
		answered.Total = len(answered.Items)
	}

	return answered, nil
}

// TestListsAreWholeOrAnError: whatever the service means by its answers, no list is cut short without an error.
func TestListsAreWholeOrAnError(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		service := drawService(t)

		size := rapid.IntRange(1, 600).Draw(t, "page size")
		countsAll := service.counts == "all" && rapid.Bool().Draw(t, "which is known")
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
			t.Fatalf("a service that does nothing strange: %v", err)
		}

		for index, item := range got {
			if item != index {
				t.Fatalf("item %d is %d", index, item)
			}
		}
	})
}

// TestRowsAreTheFirstOnes: rows without identity come up to the limit, and truncated tells the truth.
func TestRowsAreTheFirstOnes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		service := drawService(t)
		service.pastEnd = "empty" // A last page that comes again cannot be told from rows that are alike.
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
