package paging

import "context"

// FirstPage describes the first page of a list.
type FirstPage struct {
	// The plural noun for the listed objects, such as "team members".
	What string
	// Items is the number of objects on the page. Total is the number of objects in the list according to the response, or -1 if unknown.
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
