package paging

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// numbers returns the items of a page, which are numbers that occur on no other page. The count parameter is the number of items.
func numbers(page, count int) []int {
	items := make([]int, count)
	for index := range items {
		items[index] = page*count + index
	}

	return items
}

func wantInvalidResponse(t *testing.T, err error, part string) {
	t.Helper()

	if failure, ok := errors.AsType[*transport.Error](err); !ok || failure.Reason != transport.ReasonInvalidResponse || !strings.Contains(err.Error(), part) {
		t.Errorf("error = %v, want an invalid response: %s", err, part)
	}
}

func TestEndlessListIsAnError(t *testing.T) {
	t.Parallel()

	for _, size := range []int{0, 3, 50} { // 0 means that the service does not return the page size.
		for _, total := range []int{-1, 3} {
			t.Run(fmt.Sprintf("size %d, total %d", size, total), func(t *testing.T) {
				t.Parallel()

				fetched := 0
				items, _, err := Reader[int]{
					Name: "the list", ID: strconv.Itoa, Size: 50, Concurrent: 10,
					Fetch: func(_ context.Context, index, _ int) (Page[int], error) {
						fetched++

						return Page[int]{Items: numbers(index, max(size, 3)), Size: size, Total: total}, nil
					},
				}.All(t.Context())
				wantInvalidResponse(t, err, "the list: the list had not ended after 1000 pages")

				if len(items) != 0 || fetched != maxFollowed {
					t.Errorf("%d items from %d pages", len(items), fetched)
				}
			})
		}
	}
}

func TestTooLongLogIsAnError(t *testing.T) {
	t.Parallel()

	fetched := 0
	err := TokenReader[int]{
		Name: "the log", Same: func(a, b int) bool { return a == b }, Take: func([]int) bool { return false },
		Fetch: func(context.Context, string) (TokenPage[int], error) {
			fetched++

			return TokenPage[int]{Items: numbers(fetched, 5000), Next: strconv.Itoa(fetched)}, nil
		},
	}.Follow(t.Context())
	wantInvalidResponse(t, err, "the log: the list has more than 100000 items, the maximum supported")

	if fetched != 20 {
		t.Errorf("%d pages", fetched)
	}
}
