package paging

import "context"

// FirstPage is what the first page of a list holds.
type FirstPage struct {
	// What names the objects of the list.
	What string
	// Items is the number of objects on the page. Total is the number of objects in the list according to the response, or -1.
	Items, Total int
}

// ReadFirst reads the first page of a list.
func ReadFirst[T any](
	ctx context.Context, what string, fetch func(ctx context.Context, index, size int) (Page[T], error), size int,
) ([]FirstPage, error) {
	page, err := fetch(ctx, 0, size)
	if err != nil {
		return nil, err
	}

	return []FirstPage{{What: what, Items: len(page.Items), Total: page.Total}}, nil
}
