package client

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// list describes a paged list of the Intelligence APIs. The client always reads the whole list. Its pages contain items of type I, which are
// converted to values of type T.
type list[I, T any] struct {
	client *Client
	area   transport.Area
	// name identifies the list in error messages.
	name    string
	path    []string
	convert func(I) T
	// id returns the value's unique key.
	id func(T) string
	// isBusy is true if this run may change the list while the list is being read. If such a list keeps changing, it is read again after a few
	// seconds.
	isBusy bool
}

// envelope is a page of a [list]. The `sort` field, which may be a string or an array, is ignored. Source: the page schemas of the Knowledge
// Model and Subscription APIs.
type envelope[I any] struct {
	Content  transport.JSONArray[I] `json:"content"`
	PageSize transport.LenientInt   `json:"pageSize"`
	Total    *transport.LenientInt  `json:"total"`
}

// all returns all values, sorted by id, from the run's cache if possible. The returned slice is shared, so callers must not modify it.
func (l list[I, T]) all(ctx context.Context) ([]T, error) {
	values, _, err := paging.Shared(ctx, l.client.Caller, l.key(), time.Time{}, l.read)

	return values, err
}

// find returns the only value that matches a search.
func (l list[I, T]) find(ctx context.Context, search paging.Lookup[T]) (T, error) {
	return paging.Find(ctx, l.client.Caller, l.key(), l.read, func(values []T) (T, error) { return search.In(values, l.id) })
}

func (l list[I, T]) key() paging.Key { return paging.KeyOf(l.area, l.path, "") }

// read reads all pages. It requests the items sorted by id, so that they do not move between pages.
func (l list[I, T]) read(ctx context.Context) ([]T, error) {
	var values []T

	readOnce := func() (err error) {
		values, _, err = paging.Reader[T]{
			Name: l.name, ID: l.id, Fetch: l.page, Size: l.client.pageSize, Concurrent: l.client.Concurrent,
		}.All(ctx)

		return err
	}

	err := readOnce()
	if l.isBusy {
		err = paging.UntilSteady(ctx, err, readOnce)
	}

	if err != nil {
		return nil, err
	}

	// The service sorts case-insensitively, but two ids may differ only in case.
	slices.SortFunc(values, func(a, b T) int { return cmp.Compare(l.id(a), l.id(b)) })

	return values, nil
}

func (l list[I, T]) page(ctx context.Context, index, size int) (paging.Page[T], error) {
	query := url.Values{"page": {strconv.Itoa(index)}, "pageSize": {strconv.Itoa(size)}, "sort": {"id"}}
	req := transport.Request{Area: l.area, Method: http.MethodGet, Path: l.path, Query: query}

	return paging.Call(ctx, l.client.Caller, req, func(resp transport.Reply) (paging.Page[T], error) { return l.decode(resp, index) })
}

func (l list[I, T]) decode(resp transport.Reply, index int) (paging.Page[T], error) {
	var body envelope[I]
	if err := transport.Decode(resp, l.name, &body); err != nil {
		return paging.Page[T]{}, err
	}

	if body.Content == nil {
		return paging.Page[T]{}, transport.InvalidResponse(resp.Status, "%s: the response has no `content`", l.name)
	}

	page := paging.Page[T]{Total: -1, Size: max(int(body.PageSize), 0)}
	if body.Total != nil {
		page.Total = int(*body.Total)
	}

	for _, listed := range body.Content {
		value := l.convert(listed)
		if l.id(value) == "" {
			return paging.Page[T]{}, transport.InvalidResponse(resp.Status, "%s: an item on page %d has no id", l.name, index)
		}

		page.Items = append(page.Items, value)
	}

	return page, nil
}
