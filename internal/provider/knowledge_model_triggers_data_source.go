package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type knowledgeModelTriggersModel struct {
	KnowledgeModelID string         `tfsdk:"knowledge_model_id"`
	NameRegex        types.String   `tfsdk:"name_regex"`
	Triggers         []triggerEntry `tfsdk:"triggers"`
}

type triggerEntry struct {
	ID       string  `tfsdk:"id"`
	Name     *string `tfsdk:"name"`
	RecordID *string `tfsdk:"record_id"`
}

func newKnowledgeModelTriggersDataSource() datasource.DataSource {
	return &dataSource[knowledgeModelTriggersModel]{
		name:    "knowledge_model_triggers",
		summary: "Unable to list triggers",
		read: func(ctx context.Context, celonis *client.Client, model *knowledgeModelTriggersModel) error {
			triggers, err := celonis.Triggers(ctx, model.KnowledgeModelID)
			if err != nil {
				return blameModel(err)
			}

			triggers, err = selectByName(triggers, model.NameRegex, func(trigger client.Trigger) string { return trigger.Name })
			model.Triggers = convertAll(triggers, func(trigger client.Trigger) triggerEntry {
				return triggerEntry{ID: trigger.ID, Name: textOrNull(trigger.Name), RecordID: textOrNull(trigger.RecordID)}
			})

			return err
		},
		schema: schema.Schema{
			MarkdownDescription: "Lists the triggers of a Knowledge Model. To receive a trigger's events, create an event subscription. The " +
				"Event Subscription API must be activated for the team." + knowledgeModelAccess,
			Attributes: map[string]schema.Attribute{
				"knowledge_model_id": knowledgeModelIDAttribute(),
				"name_regex":         nameRegexAttribute("the trigger name"),
				"triggers": computedList("Triggers, sorted by id.", map[string]schema.Attribute{
					"id":        computedText("Id of the trigger, case-sensitive. Studio shows the id in the model editor, under Triggers."),
					"name":      computedText("Name of the trigger, null if it has none."),
					"record_id": computedText("Id of the record whose changes fire the trigger, null if Celonis does not return it."),
				}),
			},
		},
	}
}
