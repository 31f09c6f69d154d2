package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type subscriptionsModel struct {
	KnowledgeModelID types.String        `tfsdk:"knowledge_model_id"`
	TriggerID        types.String        `tfsdk:"trigger_id"`
	Status           types.String        `tfsdk:"status"`
	Subscriptions    []subscriptionEntry `tfsdk:"subscriptions"`
}

type subscriptionEntry struct {
	ID               string  `tfsdk:"id"`
	Name             *string `tfsdk:"name"`
	Status           *string `tfsdk:"status"`
	KnowledgeModelID *string `tfsdk:"knowledge_model_id"`
	TriggerID        *string `tfsdk:"trigger_id"`
	CallbackURI      *string `tfsdk:"callback_uri"`
	SkipErrors       bool    `tfsdk:"skip_errors"`
	OwnerName        *string `tfsdk:"owner_name"`
	CreatedAt        *string `tfsdk:"created_at"`
	LastDeliveredAt  *string `tfsdk:"last_delivered_at"`
}

func newSubscriptionsDataSource() datasource.DataSource {
	attributes := subscriptionResults()
	attributes["id"] = computedText("Id of the subscription.")
	attributes["name"] = computedText("Name of the subscription, null if Celonis does not return it.")

	return &dataSource[subscriptionsModel]{
		name:    "subscriptions",
		summary: "Unable to list subscriptions",
		read:    readSubscriptions,
		schema: schema.Schema{
			MarkdownDescription: "Lists the event subscriptions that the credentials can see. The provider reads the list once per run, for all " +
				"data sources of this type and all subscriptions that Terraform refreshes." +
				subscriptionAccess,
			Attributes: map[string]schema.Attribute{
				"knowledge_model_id": schema.StringAttribute{
					MarkdownDescription: "Id of the Knowledge Model to return subscriptions for, in the form `<package_key>.<key>`, " +
						"case-sensitive. Defaults to all models. The `celonis_knowledge_model` and `celonis_knowledge_models` data sources " +
						"return the id.",
					Optional: true, Validators: []validator.String{notBlank(), parsedBy(parseKnowledgeModelID)},
				},
				"trigger_id": schema.StringAttribute{
					MarkdownDescription: "Id of the trigger to return subscriptions for, case-sensitive. Defaults to all triggers. The " +
						"`celonis_knowledge_model_triggers` data source lists the ids.",
					Optional: true, Validators: []validator.String{notBlank()},
				},
				"status": schema.StringAttribute{
					MarkdownDescription: "State of the subscriptions to return, case-insensitive: `active`, `paused`, `failed`, " +
						"`suspended` or `rejected`. Defaults to all states.",
					Optional: true, Validators: []validator.String{notBlank()},
				},
				"subscriptions": computedList("Subscriptions, sorted by id.", attributes),
			},
		},
	}
}

// subscriptionResults returns the computed attributes that both subscription data sources share.
func subscriptionResults() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"status": computedText("State of the subscription: `active`, `paused`, `failed`, `suspended` or `rejected`. Celonis may add other " +
			"states. Null if Celonis returns no state."),
		"knowledge_model_id": computedText("Id of the Knowledge Model that defines the trigger, null if Celonis does not return it."),
		"trigger_id":         computedText("Id of the trigger, null if Celonis does not return it."),
		"callback_uri":       computedText("Address to which Celonis sends events, null if Celonis does not return it."),
		"skip_errors": schema.BoolAttribute{
			MarkdownDescription: "Whether Celonis drops events that it cannot deliver.", Computed: true,
		},
		"owner_name": computedText("Name of the identity that created the subscription, null if Celonis does not return it."),
		"created_at": computedText("Time at which the subscription was created, in RFC 3339 format and UTC. Null if Celonis returns no time."),
		"last_delivered_at": computedText("Time at which the last event was delivered, in RFC 3339 format and UTC. Null if no event has been " +
			"delivered or Celonis does not return the time."),
	}
}

func readSubscriptions(ctx context.Context, celonis *client.Client, model *subscriptionsModel) error {
	all, err := celonis.Subscriptions(ctx)
	if err != nil {
		return err
	}

	model.Subscriptions = []subscriptionEntry{}

	for _, one := range all {
		if matchesSubscription(one, model.KnowledgeModelID, model.TriggerID, model.Status) {
			model.Subscriptions = append(model.Subscriptions, newSubscriptionEntry(one))
		}
	}

	return nil
}

// matchesSubscription reports whether a subscription matches the optional filters of a listing.
func matchesSubscription(subscription client.Subscription, knowledgeModelID, triggerID, status types.String) bool {
	return matches(knowledgeModelID, subscription.KnowledgeModelID) && matches(triggerID, subscription.TriggerID) &&
		matchesFold(status, string(subscription.Status))
}

func newSubscriptionEntry(one client.Subscription) subscriptionEntry {
	return subscriptionEntry{
		ID: one.ID, Name: textOrNull(one.Name), Status: textOrNull(string(one.Status)), KnowledgeModelID: textOrNull(one.KnowledgeModelID),
		TriggerID: textOrNull(one.TriggerID), CallbackURI: textOrNull(one.CallbackURI), SkipErrors: one.SkipErrors,
		OwnerName: textOrNull(one.OwnerName), CreatedAt: textOrNull(one.CreatedAt), LastDeliveredAt: textOrNull(one.LastDeliveredAt),
	}
}
