package client

import (
	"context"
	"net/http"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// detail describes an object of the Knowledge Model API that has its own path. The last segment of the path is the object's id.
type detail[B, T any] struct {
	client *Client
	// kind is the word for the object in error messages, such as "trigger".
	kind string
	path []string
	// convert returns the object that a response body describes, and the object's id.
	convert func(B) (id string, value T)
}

// read returns the object, from the run's cache if possible. It returns an error if the response describes a different object.
func (d detail[B, T]) read(ctx context.Context) (T, error) {
	value, _, err := paging.Shared(ctx, d.client.Caller, paging.KeyOf(AreaKnowledgeModels, d.path, ""), time.Time{}, d.load)

	return value, err
}

func (d detail[B, T]) load(ctx context.Context) (T, error) {
	requestedID := d.path[len(d.path)-1]

	req := transport.Request{Area: AreaKnowledgeModels, Method: http.MethodGet, Path: d.path}

	return paging.Call(ctx, d.client.Caller, req, func(resp transport.Reply) (value T, err error) {
		var body B
		if err := transport.Decode(resp, "the "+d.kind+" "+requestedID, &body); err != nil {
			return value, err
		}

		id, value := d.convert(body)
		if !transport.SameText(id, requestedID) {
			return value, transport.InvalidResponse(resp.Status, "the response describes %[3]q instead of the %[1]s %[2]q", d.kind, requestedID, id)
		}

		return value, nil
	})
}
