package client

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// maxTeamPage is the maximum page size of the Team API's lists and of version 1 of the Audit Log API. It is also the default. Sources: the
// OpenAPI file of the Team API; developer.celonis.com/celonis-apis/audit-log-api.
const maxTeamPage = 200

// teamList describes a list of the Team API or of version 1 of the Audit Log API. Its pages contain items of type I, which are converted to
// values of type T.
type teamList[I, T any] struct {
	client *Client
	area   transport.Area
	// name identifies the list in error messages.
	name string
	path []string
	// query contains parameters to send in addition to the page number and size.
	query url.Values
	// span is the requested time range, or nil if the list has none.
	span *requestedSpan
	// convert returns an error for an unusable item.
	convert func(I) (T, error)
	// id returns the value's unique key; same reports whether two values without a unique key are equal. Exactly one of id and same is nil.
	id   func(T) string
	same func(a, b T) bool
	// limit is the maximum number of values to read, or 0 for all.
	limit int
}

// teamEnvelope is a page of a [teamList]. Source: the page schemas of the Team API.
type teamEnvelope[I any] struct {
	Content    transport.JSONArray[I] `json:"content"`
	PageSize   transport.LenientInt   `json:"pageSize"`
	TotalCount *transport.LenientInt  `json:"totalCount"`
}

// pages returns a reader for the list.
func (l teamList[I, T]) pages() paging.Reader[T] {
	size := l.client.reportPageSize(maxTeamPage)

	if l.limit > 0 {
		size = min(size, l.limit+1) // Request one item more, to find out whether the list continues.
	}

	return paging.Reader[T]{
		Name: l.name, Fetch: l.page, ID: l.id, Same: l.same, Size: size, Concurrent: l.client.Concurrent, Limit: l.limit,
	}
}

// reportPageSize returns the page size for a list whose maximum page size is documented and independent of the licence. To save requests, it
// returns that maximum, unless the configured page size is below the default.
func (c *Client) reportPageSize(largest int) int {
	if c.pageSize < DefaultPageSize {
		return min(c.pageSize, largest)
	}

	return largest
}

// page reads a page. The request for the first page of a time range determines which time format the service accepts.
func (l teamList[I, T]) page(ctx context.Context, index, size int) (paging.Page[T], error) {
	if l.span == nil {
		return l.fetch(ctx, index, size, nil)
	}

	fetch := func(hasZone bool) (paging.Page[T], error) { return l.fetch(ctx, index, size, l.span.query(hasZone)) }
	if index > 0 {
		return fetch(l.span.hasZone.Load())
	}

	return paging.InEitherFormat(l.span.hasZone, fetch)
}

func (l teamList[I, T]) fetch(ctx context.Context, index, size int, span url.Values) (paging.Page[T], error) {
	query := url.Values{"pageNumber": {strconv.Itoa(index)}, "pageSize": {strconv.Itoa(size)}}
	maps.Copy(query, l.query)
	maps.Copy(query, span)

	req := transport.Request{Area: l.area, Method: http.MethodGet, Path: l.path, Query: query}

	return paging.Call(ctx, l.client.Caller, req, func(resp transport.Reply) (paging.Page[T], error) { return l.decode(resp, index) })
}

func (l teamList[I, T]) decode(resp transport.Reply, index int) (paging.Page[T], error) {
	// The service may return 204 for a page without items. Source: the OpenAPI file of the Team API.
	if resp.Status == http.StatusNoContent {
		return paging.Page[T]{Total: -1}, nil
	}

	var body teamEnvelope[I]
	if err := transport.Decode(resp, l.name, &body); err != nil {
		return paging.Page[T]{}, err
	}

	if body.Content == nil {
		return paging.Page[T]{}, transport.InvalidResponse(resp.Status, "%s: the response has no `content`", l.name)
	}

	page := paging.Page[T]{Total: -1, Size: max(int(body.PageSize), 0)}
	if body.TotalCount != nil {
		page.Total = int(*body.TotalCount)
	}

	items, err := convertItems(body.Content, l.convert)
	if err != nil {
		return paging.Page[T]{}, transport.InvalidResponse(resp.Status, "%s: page %d: %v", l.name, index, err)
	}

	page.Items = items

	return page, nil
}

// convertItems converts a page's items to values. The error for an unusable item contains the item's position.
func convertItems[I, T any](items []I, convert func(I) (T, error)) ([]T, error) {
	values := make([]T, 0, len(items))

	for position, item := range items {
		value, err := convert(item)
		if err != nil {
			return nil, fmt.Errorf("item %d %w", position, err)
		}

		values = append(values, value)
	}

	return values, nil
}
