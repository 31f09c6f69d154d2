package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type knowledgeModelFiltersModel struct {
	KnowledgeModelID string        `tfsdk:"knowledge_model_id"`
	NameRegex        types.String  `tfsdk:"name_regex"`
	Filters          []filterEntry `tfsdk:"filters"`
}

type filterEntry struct {
	ID          string  `tfsdk:"id"`
	Name        *string `tfsdk:"name"`
	Description *string `tfsdk:"description"`
}

func newKnowledgeModelFiltersDataSource() datasource.DataSource {
	return &dataSource[knowledgeModelFiltersModel]{
		name:    "knowledge_model_filters",
		summary: "Unable to list filters",
		read: func(ctx context.Context, celonis *client.Client, model *knowledgeModelFiltersModel) error {
			filters, err := celonis.Filters(ctx, model.KnowledgeModelID)
			if err != nil {
				return blameModel(err)
			}

			filters, err = selectByName(filters, model.NameRegex, func(filter client.Filter) string { return filter.Name })
			model.Filters = convertAll(filters, func(filter client.Filter) filterEntry {
				return filterEntry{ID: filter.ID, Name: textOrNull(filter.Name), Description: textOrNull(filter.Description)}
			})

			return err
		},
		schema: schema.Schema{
			MarkdownDescription: "Lists the filters that a Knowledge Model defines. Use the filter ids in the `filter_ids` argument of " +
				"`celonis_knowledge_model_data`." +
				knowledgeModelAccess,
			Attributes: map[string]schema.Attribute{
				"knowledge_model_id": knowledgeModelIDAttribute(),
				"name_regex":         nameRegexAttribute("the filter name"),
				"filters": computedList("Filters, sorted by id.", map[string]schema.Attribute{
					"id":          computedText("Id of the filter, case-sensitive. Studio shows the id in the model editor, under Filters."),
					"name":        computedText("Name of the filter, null if it has none."),
					"description": computedText("Description of the filter, null if it has none."),
				}),
			},
		},
	}
}
