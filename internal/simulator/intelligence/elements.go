package intelligence

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// listElements serves a list of a model's schema elements, which have an id and a name. The given function returns all elements of
// a model.
func (k *KnowledgeModels) listElements(c *server.Call, elements func(model KnowledgeModel) []server.Object) server.Response {
	model, problem := k.requestedModel(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	request, problem := c.PageRequest("id", "name")
	if problem != nil {
		return c.Fail(*problem)
	}

	items := elements(model)
	k.sortElements(items, request)

	return c.PageResponse(request, server.Listing{
		Count: len(items),
		Item:  func(i int) server.Object { return items[i] },
		Generated: func(i int) server.Object {
			return server.Object{"id": fmt.Sprintf("GENERATED_%09d", i), "name": fmt.Sprintf("Generated - %09d", i)}
		},
	})
}

// sortElements sorts items case-insensitively by the requested field. Without a sort field, the items keep their fixed order, which does
// not depend on any field.
func (k *KnowledgeModels) sortElements(items []server.Object, request server.PageRequest) {
	slices.SortStableFunc(items, func(a, b server.Object) int {
		if request.Sort == "" {
			return cmp.Compare(k.shuffled(textOf(a, "id")), k.shuffled(textOf(b, "id")))
		}

		order := cmp.Or(
			strings.Compare(strings.ToLower(textOf(a, request.Sort)), strings.ToLower(textOf(b, request.Sort))),
			strings.Compare(textOf(a, "id"), textOf(b, "id")),
		)
		if request.Descending {
			return -order
		}

		return order
	})
}

func textOf(item server.Object, name string) string {
	text, _ := item[name].(string)

	return text
}
