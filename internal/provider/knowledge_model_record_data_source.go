package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type knowledgeModelRecordModel struct {
	recordEntry

	KnowledgeModelID string             `tfsdk:"knowledge_model_id"`
	Fields           []recordFieldEntry `tfsdk:"fields"`
}

type recordFieldEntry struct {
	recordEntry

	Type   *string `tfsdk:"type"`
	Format *string `tfsdk:"format"`
	Unit   *string `tfsdk:"unit"`
}

func newKnowledgeModelRecordDataSource() datasource.DataSource {
	return &dataSource[knowledgeModelRecordModel]{
		name:    "knowledge_model_record",
		summary: "Unable to read record",
		read: func(ctx context.Context, celonis *client.Client, model *knowledgeModelRecordModel) error {
			record, err := celonis.Record(ctx, model.KnowledgeModelID, model.ID)
			if err != nil {
				return blamePart(path.Root("id"), err)
			}

			model.recordEntry = newRecordEntry(record.Record)
			model.Fields = convertAll(record.Fields, func(field client.RecordField) recordFieldEntry {
				return recordFieldEntry{
					recordEntry: newRecordEntry(field.Record),
					Type:        textOrNull(field.Type), Format: textOrNull(field.Format), Unit: textOrNull(field.Unit),
				}
			})

			return nil
		},
		schema: schema.Schema{
			MarkdownDescription: "Reads a record of a Knowledge Model and the record's fields: attributes, augmented attributes and flags." +
				knowledgeModelAccess,
			Attributes: map[string]schema.Attribute{
				"knowledge_model_id": knowledgeModelIDAttribute(),
				"id": schema.StringAttribute{
					MarkdownDescription: "Id of the record, case-sensitive. The `celonis_knowledge_model_records` data source lists the ids.",
					Required:            true, Validators: []validator.String{notBlank()},
				},
				"name":               computedText("Name of the record, null if it has none."),
				"description":        computedText("Description of the record, null if it has none."),
				"short_display_name": computedText("Short name of the record, null if it has none."),
				"internal_note":      computedText("Internal note by the model's authors, null if there is none."),
				"fields": computedList("Fields of the record, in the order in which Celonis returns them.", map[string]schema.Attribute{
					"id": computedText("Id of the field, case-sensitive. To use the id in the `fields` argument of " +
						"`celonis_knowledge_model_data`, prefix it with the record's id and a dot, unless you set `record_id` there."),
					"name":               computedText("Name of the field, null if it has none."),
					"description":        computedText("Description of the field, null if it has none."),
					"short_display_name": computedText("Short name of the field, null if it has none."),
					"internal_note":      computedText("Internal note by the model's authors, null if there is none."),
					"type": computedText("Type of the field's values: `string`, `date`, `integer`, `boolean`, `number`, `datetime`, `timestamp` or " +
						"`float`."),
					"format": computedText("Display format of the field's values, such as `,.0f` or `%Y-%m-%d`. Null if Celonis returns no format."),
					"unit":   computedText("Unit of the field's values, null if Celonis does not return it."),
				}),
			},
		},
	}
}
