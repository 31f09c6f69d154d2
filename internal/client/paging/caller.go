// Package paging reads whole lists, shares reads among the callers of a run, and looks objects up in lists, including objects whose create
// has an unknown outcome. It depends on ids and equality, not on any API.
//
// Files call only downwards, in this order:
//
//	creations.go    creates whose outcome is looked up; own_objects.go records what the run has created, changed or deleted
//	lookup.go       one object of a list, by a property; suggestions.go
//	shared_reads.go one response for many callers
//	pages.go        whole lists; token_pages.go
//	caller.go       one request
package paging

import (
	"context"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/memo"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// Caller calls the APIs of one team, and keeps the reads that the callers of a run share.
type Caller struct {
	*transport.Transport

	// Concurrent is the number of pages to request at once.
	Concurrent int
	// maxRetries limits how often a create with an unknown outcome is sent again, and maxRetryWait the wait before each time.
	maxRetries   int
	maxRetryWait time.Duration

	reads memo.Memo[Key, any]
}

// New returns a caller. It sends nothing.
func New(options transport.Options) (*Caller, error) {
	made, err := transport.New(options)
	if err != nil {
		return nil, err
	}

	return &Caller{
		Transport: made, Concurrent: options.MaxConcurrentRequests, maxRetries: options.MaxRetries, maxRetryWait: options.MaxRetryWait,
	}, nil
}

// Call sends a request and reads its response. Any write, successful or not, invalidates the area's cached reads.
func Call[T any](ctx context.Context, c *Caller, req transport.Request, read func(transport.Reply) (T, error)) (T, error) {
	if !req.IsRead() {
		defer c.reads.Drop(func(key Key) bool { return key.Area == req.Area.Name })
	}

	return transport.Call(ctx, c.Transport, req, read)
}

// Send sends a request whose response contains no value. Otherwise it does the same as [Call].
func (c *Caller) Send(ctx context.Context, req transport.Request, read func(transport.Reply) error) error {
	_, err := Call(ctx, c, req, func(resp transport.Reply) (struct{}, error) { return struct{}{}, read(resp) })

	return err
}

// Ignore is for responses whose body does not matter.
func Ignore(transport.Reply) error { return nil }
