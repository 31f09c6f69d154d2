package client

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// numbers returns so many numbers, and those of each page differ from those of the others.
func numbers(page, count int) []int {
	items := make([]int, count)
	for index := range items {
		items[index] = page*count + index
	}

	return items
}

func wantInvalidAnswer(t *testing.T, err error, part string) {
	t.Helper()

	if failure, ok := errors.AsType[*transport.Error](err); !ok || failure.Reason != transport.ReasonInvalidResponse || !strings.Contains(err.Error(), part) {
		t.Errorf("got %v, want an invalid answer: %s", err, part)
	}
}

func TestListThatNeverEndsIsGivenUp(t *testing.T) {
	t.Parallel()

	for _, size := range []int{0, 3, 50} { // 0: the service does not return the page size.
		for _, total := range []int{-1, 3} {
			t.Run(fmt.Sprintf("size %d, total %d", size, total), func(t *testing.T) {
				t.Parallel()

				fetched := 0
				items, _, err := pages[int]{
					what: "the list", id: strconv.Itoa, size: 50, concurrent: 10,
					fetch: func(_ context.Context, index, _ int) (page[int], error) {
						fetched++

						return page[int]{items: numbers(index, max(size, 3)), size: size, total: total}, nil
					},
				}.all(t.Context())
				wantInvalidAnswer(t, err, "the list: no last page came within 1000 pages")

				if len(items) != 0 || fetched != maxFollowed {
					t.Errorf("%d items, %d pages", len(items), fetched)
				}
			})
		}
	}
}

func TestLogThatIsTooLongIsGivenUp(t *testing.T) {
	t.Parallel()

	fetched := 0
	err := tokenPages[int]{
		what: "the log", same: func(a, b int) bool { return a == b }, take: func([]int) bool { return false },
		fetch: func(context.Context, string) (tokenPage[int], error) {
			fetched++

			return tokenPage[int]{items: numbers(fetched, 5000), next: strconv.Itoa(fetched)}, nil
		},
	}.follow(t.Context())
	wantInvalidAnswer(t, err, "the log: no end came within 100000 items")

	if fetched != 20 {
		t.Errorf("%d pages", fetched)
	}
}
