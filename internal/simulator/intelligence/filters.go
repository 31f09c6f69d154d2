package intelligence

import (
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// listFilters serves GET /knowledge-models/{km_id}/filters. The response does not contain the filters' expressions.
func (k *KnowledgeModels) listFilters(c *server.Call) server.Response {
	return k.listElements(c, func(model KnowledgeModel) []server.Object {
		filters := k.contents.schema(model).Filters
		items := make([]server.Object, len(filters))

		for i, filter := range filters {
			items[i] = server.Object{"id": filter.ID}
			c.Optionals(items[i], "name", filter.Name, "description", filter.Description)
		}

		return items
	})
}
