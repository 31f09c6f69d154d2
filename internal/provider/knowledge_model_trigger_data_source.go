package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type knowledgeModelTriggerModel struct {
	KnowledgeModelID string              `tfsdk:"knowledge_model_id"`
	ID               types.String        `tfsdk:"id"`
	Name             types.String        `tfsdk:"name"`
	RecordID         *string             `tfsdk:"record_id"`
	Fields           []triggerFieldEntry `tfsdk:"fields"`
}

type triggerFieldEntry struct {
	Name   *string `tfsdk:"name"`
	Type   *string `tfsdk:"type"`
	Format *string `tfsdk:"format"`
	Unit   *string `tfsdk:"unit"`
}

func newKnowledgeModelTriggerDataSource() datasource.DataSource {
	return &dataSource[knowledgeModelTriggerModel]{
		name:       "knowledge_model_trigger",
		summary:    "Unable to read trigger",
		read:       readKnowledgeModelTrigger,
		validators: idOr("name"),
		schema: schema.Schema{
			MarkdownDescription: "Looks up a trigger of a Knowledge Model by id or name, and returns the fields of its events. The provider " +
				"reads a model's list of triggers once per run, and each trigger's fields with one additional request. The Event Subscription " +
				"API must be activated for the team." +
				knowledgeModelAccess,
			Attributes: map[string]schema.Attribute{
				"knowledge_model_id": knowledgeModelIDAttribute(),
				"id": schema.StringAttribute{
					MarkdownDescription: "Id of the trigger, case-sensitive. Set exactly one of `id` and `name`. Defaults to the id of the trigger " +
						"found by `name`. The `celonis_knowledge_model_triggers` data source lists the ids.",
					Optional: true, Computed: true, Validators: []validator.String{notBlank()},
				},
				"name": schema.StringAttribute{
					MarkdownDescription: "Name of the trigger, case-sensitive. Set exactly one of `id` and `name`. If several triggers " +
						"have this name, the error lists their ids. Defaults to the name of the trigger found by `id`.",
					Optional: true, Computed: true, Validators: []validator.String{notBlank()},
				},
				"record_id": computedText("Id of the record whose changes fire the trigger, null if Celonis does not return it."),
				"fields": computedList("Fields of the trigger's events, in the order in which Celonis returns them.", map[string]schema.Attribute{
					"name": computedText("Name of the field."),
					"type": computedText("Type of the field's values: `string`, `date`, `time`, `integer`, `boolean`, `number`, `datetime`, " +
						"`timestamp` or `float`."),
					"format": computedText("Display format of the field's values, null if Celonis does not return it."),
					"unit":   computedText("Unit of the field's values, null if Celonis does not return it."),
				}),
			},
		},
	}
}

func readKnowledgeModelTrigger(ctx context.Context, celonis *client.Client, model *knowledgeModelTriggerModel) error {
	argument := path.Root("id")
	if model.ID.IsNull() {
		argument = path.Root("name")
	}

	trigger, err := celonis.Trigger(ctx, model.KnowledgeModelID, model.ID.ValueString(), model.Name.ValueString())
	if err != nil {
		return blamePart(argument, err)
	}

	model.ID = types.StringValue(trigger.ID)
	model.Name = types.StringPointerValue(textOrNull(trigger.Name))
	model.RecordID = textOrNull(trigger.RecordID)
	model.Fields = convertAll(trigger.Fields, func(field client.TriggerField) triggerFieldEntry {
		return triggerFieldEntry{
			Name: textOrNull(field.Name), Type: textOrNull(field.Type), Format: textOrNull(field.Format), Unit: textOrNull(field.Unit),
		}
	})

	return nil
}
