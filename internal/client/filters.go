package client

import (
	"context"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// Filter describes a filter that is defined in a Knowledge Model. Source: operation getFilters of the Knowledge Model API.
type Filter struct {
	ID, Name, Description string
}

// Filters returns all filters of a Knowledge Model, sorted by id. The returned slice is shared, so callers must not modify it.
func (c *Client) Filters(ctx context.Context, modelID string) ([]Filter, error) {
	return list[filterItem, Filter]{
		client: c, area: AreaKnowledgeModels, name: "the list of filters of " + modelID,
		path: knowledgeModelsPath(modelID, "filters"),
		convert: func(item filterItem) Filter {
			return Filter{ID: string(item.ID), Name: string(item.Name), Description: string(item.Description)}
		},
		id: func(filter Filter) string { return filter.ID },
	}.all(ctx)
}

type filterItem struct {
	ID          transport.LenientString `json:"id"`
	Name        transport.LenientString `json:"name"`
	Description transport.LenientString `json:"description"`
}
