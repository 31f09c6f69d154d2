// Package paging reads whole lists, shares reads among the callers of a run, and looks up objects in lists, including objects that a request
// with an unknown outcome may have created. The package compares items only by id and equality, and does not depend on any particular API.
//
// Files call only downwards, in this order:
//
//	creations.go    create requests, and lookups if their outcome is unknown; own_objects.go records what the run has created, changed or deleted
//	lookup.go       finds one object in a list by a property; suggestions.go suggests similar names
//	shared_reads.go one response for many callers
//	pages.go        whole lists; token_pages.go reads lists in which each page contains a token for the next page
//	caller.go       one request
package paging

import (
	"context"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/memo"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// Caller calls one team's APIs and caches reads that are shared within a run.
type Caller struct {
	*transport.Transport

	// Concurrent is the maximum number of pages to request concurrently.
	Concurrent int
	// maxRetries is the maximum number of times that a create with an unknown outcome is sent again. maxRetryWait is the maximum wait before
	// each retry.
	maxRetries   int
	maxRetryWait time.Duration

	reads memo.Memo[Key, any]
}

// New returns a caller without sending a request.
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

// Send is like [Call], but for requests whose response contains no value.
func (c *Caller) Send(ctx context.Context, req transport.Request, read func(transport.Reply) error) error {
	_, err := Call(ctx, c, req, func(resp transport.Reply) (struct{}, error) { return struct{}{}, read(resp) })

	return err
}

// Ignore is a read function for [Caller.Send] that discards the response.
func Ignore(transport.Reply) error { return nil }
