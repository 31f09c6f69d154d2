package paging

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// TestChangingListLosesNoItem: if a list grows or shrinks while it is read, the result is an error, or it contains every item that was there
// all the time, once. A service whose total does not count all items can hide that an item has moved to a page that was read before, so its
// lists only grow here.
func TestChangingListLosesNoItem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var (
			items     = rapid.SliceOfNDistinct(rapid.IntRange(0, 1000), 0, 60, rapid.ID).Draw(t, "items")
			changes   = rapid.SliceOfN(rapid.IntRange(0, 1000), 0, 8).Draw(t, "changed items") // Often enough in both reads.
			times     = rapid.SliceOfN(rapid.IntRange(0, 10), len(changes), len(changes)).Draw(t, "fetches before each change")
			countsAll = rapid.Bool().Draw(t, "total counts all")
			shrinks   = countsAll && rapid.Bool().Draw(t, "the list shrinks")
			size      = rapid.IntRange(1, 20).Draw(t, "page size")
			fetched   = 0
		)

		slices.Sort(items)
		constant := slices.Clone(items)

		for index, item := range changes {
			if len(items) > 0 && shrinks { // One that is there.
				changes[index] = items[item%len(items)]
			}
		}

		constant = slices.DeleteFunc(constant, func(item int) bool { return shrinks && slices.Contains(changes, item) })

		got, _, err := Reader[int]{
			Name: "the list", ID: strconv.Itoa, Size: size, Concurrent: 1, CountsAll: countsAll,
			Fetch: func(_ context.Context, index, size int) (Page[int], error) {
				for position, item := range changes {
					if times[position] != fetched {
						continue
					}

					if at, isThere := slices.BinarySearch(items, item); isThere && shrinks {
						items = slices.Delete(items, at, at+1)
					} else if !isThere && !shrinks {
						items = slices.Insert(items, at, item)
					}
				}

				fetched++

				page := Page[int]{Total: -1, Size: size, Items: slices.Clone(items[min(index*size, len(items)):min(index*size+size, len(items))])}
				if countsAll {
					page.Total = len(items)
				}

				return page, nil
			},
		}.All(context.Background())
		if err != nil {
			if len(changes) == 0 {
				t.Fatal(err)
			}

			return
		}

		if len(slices.Compact(slices.Sorted(slices.Values(got)))) != len(got) {
			t.Fatalf("the items are %v", got)
		}

		for _, item := range constant {
			if !slices.Contains(got, item) {
				t.Fatalf("the item %d is missing in %v", item, got)
			}
		}
	})
}
