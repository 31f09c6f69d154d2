package paging

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// If a list grows or shrinks while it is being read, the result is either an error or a list that contains, exactly once, every item that was present
// throughout. If the total does not count all items, this test deletes no items, because a deletion could move an item to a page that has already
// been read, and the client could not notice.
func TestChangingListLosesNoItem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var (
			items = rapid.SliceOfNDistinct(rapid.IntRange(0, 1000), 0, 60, rapid.ID).Draw(t, "items")
			// Eight changes are enough to disrupt both attempts to read the list.
			changes   = rapid.SliceOfN(rapid.IntRange(0, 1000), 0, 8).Draw(t, "changed items")
			times     = rapid.SliceOfN(rapid.IntRange(0, 10), len(changes), len(changes)).Draw(t, "requests before each change")
			countsAll = rapid.Bool().Draw(t, "total counts all items")
			shrinks   = countsAll && rapid.Bool().Draw(t, "the list shrinks")
			size      = rapid.IntRange(1, 20).Draw(t, "page size")
			fetched   = 0
		)

		slices.Sort(items)
		constant := slices.Clone(items)

		for index, item := range changes {
			if len(items) > 0 && shrinks { // Only an existing item can be deleted.
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

					if at, exists := slices.BinarySearch(items, item); exists && shrinks {
						items = slices.Delete(items, at, at+1)
					} else if !exists && !shrinks {
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
			t.Fatalf("items = %v, want each once", got)
		}

		for _, item := range constant {
			if !slices.Contains(got, item) {
				t.Fatalf("item %d is missing in %v", item, got)
			}
		}
	})
}

// An item inserted at the start of a list moves the only item of the first page to the second page.
func TestListIsReadAgainIfAnInsertedItemCausesARepetition(t *testing.T) {
	t.Parallel()

	for name, list := range map[string]struct{ countsAll, hasTotal, hasSize bool }{
		"without a total or a page size": {},
		"with a page size":               {hasSize: true},
		"with a total":                   {hasTotal: true},
		"with a total that counts all":   {hasTotal: true, countsAll: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var (
				items   = []string{"b", "c"}
				fetched = 0
			)

			got, _, err := Reader[string]{
				Name: "the list", ID: func(item string) string { return item }, Size: 1, Concurrent: 1, CountsAll: list.countsAll,
				Fetch: func(_ context.Context, index, size int) (Page[string], error) {
					page := Page[string]{Total: -1, Items: slices.Clone(items[min(index*size, len(items)):min(index*size+size, len(items))])}
					if list.hasTotal {
						page.Total = 2
					}

					if list.hasSize {
						page.Size = size
					}

					if fetched++; fetched == 1 {
						items = []string{"a", "b"}
					}

					return page, nil
				},
			}.All(t.Context())
			if err != nil || !slices.Equal(got, []string{"a", "b"}) {
				t.Errorf("All() = %v, error = %v", got, err)
			}
		})
	}
}
