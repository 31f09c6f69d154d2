package client

import (
	"context"
	"net/http"
	"time"
)

// detail is one object of the Knowledge Model API with a path of its own, whose last segment is the id.
type detail[B, T any] struct {
	client *Client
	// what names the kind of object in errors.
	what string
	path []string
	// convert returns the id in the response, and the object.
	convert func(B) (id string, value T)
}

// read returns the object, from the run's memory if possible. A response about another object is an error.
func (d detail[B, T]) read(ctx context.Context) (T, error) {
	value, _, err := shared(ctx, d.client, keyOf(AreaKnowledgeModels, d.path, ""), time.Time{}, d.load)

	return value, err
}

func (d detail[B, T]) load(ctx context.Context) (value T, err error) {
	wanted := d.path[len(d.path)-1]

	err = d.client.send(ctx, Request{Area: AreaKnowledgeModels, Method: http.MethodGet, Path: d.path}, func(answered Reply) error {
		var body B
		if err := Decode(answered, "the "+d.what+" "+wanted, &body); err != nil {
			return err
		}

		var id string
		if id, value = d.convert(body); !SameText(id, wanted) {
			return InvalidResponse(answered.Status, "the %s %q was asked for, and %q came", d.what, wanted, id)
		}

		return nil
	})

	return value, err
}
