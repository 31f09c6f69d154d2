package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type knowledgeModelRecordsModel struct {
	KnowledgeModelID string        `tfsdk:"knowledge_model_id"`
	NameRegex        types.String  `tfsdk:"name_regex"`
	Records          []recordEntry `tfsdk:"records"`
}

type recordEntry struct {
	ID               string  `tfsdk:"id"`
	Name             *string `tfsdk:"name"`
	Description      *string `tfsdk:"description"`
	ShortDisplayName *string `tfsdk:"short_display_name"`
	InternalNote     *string `tfsdk:"internal_note"`
}

func newKnowledgeModelRecordsDataSource() datasource.DataSource {
	return &dataSource[knowledgeModelRecordsModel]{
		name:    "knowledge_model_records",
		summary: "Unable to list records",
		read: func(ctx context.Context, celonis *client.Client, model *knowledgeModelRecordsModel) error {
			records, err := celonis.Records(ctx, model.KnowledgeModelID)
			if err != nil {
				return blameModel(err)
			}

			records, err = selectByName(records, model.NameRegex, func(record client.Record) string { return record.Name })
			model.Records = convertAll(records, newRecordEntry)

			return err
		},
		schema: schema.Schema{
			MarkdownDescription: "Lists the records of a Knowledge Model. The `celonis_knowledge_model_record` data source returns the fields of a " +
				"record." +
				knowledgeModelAccess,
			Attributes: map[string]schema.Attribute{
				"knowledge_model_id": knowledgeModelIDAttribute(),
				"name_regex":         nameRegexAttribute("the record name"),
				"records": computedList("Records, sorted by id.", map[string]schema.Attribute{
					"id":                 computedText("Id of the record, case-sensitive. Studio shows the id in the model editor, under Records."),
					"name":               computedText("Name of the record, null if it has none."),
					"description":        computedText("Description of the record, null if it has none."),
					"short_display_name": computedText("Short name of the record, null if it has none."),
					"internal_note":      computedText("Internal note by the model's authors, null if there is none."),
				}),
			},
		},
	}
}

func newRecordEntry(record client.Record) recordEntry {
	return recordEntry{
		ID: record.ID, Name: textOrNull(record.Name), Description: textOrNull(record.Description),
		ShortDisplayName: textOrNull(record.ShortDisplayName), InternalNote: textOrNull(record.InternalNote),
	}
}
