package simulator

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// listElements answers a page of a model's schema elements, which are objects with an id and a name.
func (k *knowledgeModels) listElements(c *call, elements func(model KnowledgeModel) []object) answer {
	model, problem := k.asked(c)
	if problem != nil {
		return c.fail(*problem)
	}

	asked, problem := c.pageRequest("id", "name")
	if problem != nil {
		return c.fail(*problem)
	}

	items := elements(model)
	k.sortElements(items, asked)

	return c.answerPage(asked, listing{
		count: len(items),
		item:  func(i int) object { return items[i] },
		madeUp: func(i int) object {
			return object{"id": fmt.Sprintf("MADE_UP_%09d", i), "name": fmt.Sprintf("Made up - %09d", i)}
		},
	})
}

// sortElements sorts without case; without a sort the order is constant, but none that a client could mistake for sorted.
func (k *knowledgeModels) sortElements(items []object, asked pageRequest) {
	slices.SortStableFunc(items, func(a, b object) int {
		if asked.sort == "" {
			return cmp.Compare(k.shuffled(textOf(a, "id")), k.shuffled(textOf(b, "id")))
		}

		order := cmp.Or(
			strings.Compare(strings.ToLower(textOf(a, asked.sort)), strings.ToLower(textOf(b, asked.sort))),
			strings.Compare(textOf(a, "id"), textOf(b, "id")),
		)
		if asked.descending {
			return -order
		}

		return order
	})
}

func textOf(item object, name string) string {
	text, _ := item[name].(string)

	return text
}
