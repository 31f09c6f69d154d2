package intelligence

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// listElements answers a page of a model's schema elements, which are objects with an id and a name.
func (k *KnowledgeModels) listElements(c *server.Call, elements func(model KnowledgeModel) []server.Object) server.Response {
	model, problem := k.requestedModel(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	asked, problem := c.PageRequest("id", "name")
	if problem != nil {
		return c.Fail(*problem)
	}

	items := elements(model)
	k.sortElements(items, asked)

	return c.PageResponse(asked, server.Listing{
		Count: len(items),
		Item:  func(i int) server.Object { return items[i] },
		Generated: func(i int) server.Object {
			return server.Object{"id": fmt.Sprintf("MADE_UP_%09d", i), "name": fmt.Sprintf("Made up - %09d", i)}
		},
	})
}

// sortElements sorts case-insensitively. Without a sort, the order is constant but visibly unsorted.
func (k *KnowledgeModels) sortElements(items []server.Object, asked server.PageRequest) {
	slices.SortStableFunc(items, func(a, b server.Object) int {
		if asked.Sort == "" {
			return cmp.Compare(k.shuffled(textOf(a, "id")), k.shuffled(textOf(b, "id")))
		}

		order := cmp.Or(
			strings.Compare(strings.ToLower(textOf(a, asked.Sort)), strings.ToLower(textOf(b, asked.Sort))),
			strings.Compare(textOf(a, "id"), textOf(b, "id")),
		)
		if asked.Descending {
			return -order
		}

		return order
	})
}

func textOf(item server.Object, name string) string {
	text, _ := item[name].(string)

	return text
}
