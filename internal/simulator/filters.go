package simulator

// listFilters answers GET /knowledge-models/{km_id}/filters. What a filter does is not shown.
func (k *knowledgeModels) listFilters(c *call) answer {
	return k.listElements(c, func(model KnowledgeModel) []object {
		filters := k.contents.schema(model).Filters
		items := make([]object, len(filters))

		for i, filter := range filters {
			items[i] = object{"id": filter.ID}
			c.optionals(items[i], "name", filter.Name, "description", filter.Description)
		}

		return items
	})
}
