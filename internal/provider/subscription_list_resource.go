package provider

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type subscriptionListModel struct {
	KnowledgeModelID types.String `tfsdk:"knowledge_model_id"`
	TriggerID        types.String `tfsdk:"trigger_id"`
	Status           types.String `tfsdk:"status"`
}

func newSubscriptionListResource() list.ListResource {
	return &listResource[subscriptionListModel, subscriptionModel]{
		name: "subscription", summary: "Unable to list subscriptions", list: listSubscriptions,
		schema: schema.Schema{
			MarkdownDescription: "Lists the event subscriptions that the credentials can see, sorted by id, for `terraform query`. The display " +
				"name of each result is the name of the subscription. The provider reads the list of subscriptions once per query, for all " +
				"`list` blocks. Celonis never returns headers, so add them to the generated configuration." +
				subscriptionAccess,
			Attributes: map[string]schema.Attribute{
				"knowledge_model_id": schema.StringAttribute{
					MarkdownDescription: "Id of the Knowledge Model to list subscriptions for, in the form `<package_key>.<key>`, " +
						"case-sensitive. Defaults to all models.",
					Optional: true, Validators: []validator.String{notBlank(), parsedBy(parseKnowledgeModelID)},
				},
				"trigger_id": schema.StringAttribute{
					MarkdownDescription: "Id of the trigger to list subscriptions for, case-sensitive. Defaults to all triggers.",
					Optional:            true, Validators: []validator.String{notBlank()},
				},
				"status": schema.StringAttribute{
					MarkdownDescription: "State of the subscriptions to list, case-insensitive: `active`, `paused`, `failed`, `suspended` or " +
						"`rejected`. Defaults to all states.",
					Optional: true, Validators: []validator.String{notBlank()},
				},
			},
		},
	}
}

func listSubscriptions(
	ctx context.Context, celonis *client.Client, config *subscriptionListModel,
) ([]listedObject[subscriptionModel], error) {
	subscriptions, err := celonis.Subscriptions(ctx)
	if err != nil {
		return nil, err
	}

	var listed []listedObject[subscriptionModel]

	for _, subscription := range subscriptions {
		if !matchesSubscription(subscription, config.KnowledgeModelID, config.TriggerID, config.Status) {
			continue
		}

		object := listedObject[subscriptionModel]{
			displayName: cmp.Or(subscription.Name, subscription.ID), identity: map[string]string{"id": subscription.ID},
		}
		object.model.ID = types.StringValue(subscription.ID)
		object.model.fill(subscription)
		object.model.compare(subscription)
		listed = append(listed, object)
	}

	return listed, nil
}
