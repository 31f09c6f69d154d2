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

type subscriptionLookupModel struct {
	ID               types.String `tfsdk:"id"`
	Name             types.String `tfsdk:"name"`
	Status           *string      `tfsdk:"status"`
	KnowledgeModelID *string      `tfsdk:"knowledge_model_id"`
	TriggerID        *string      `tfsdk:"trigger_id"`
	CallbackURI      *string      `tfsdk:"callback_uri"`
	SkipErrors       *bool        `tfsdk:"skip_errors"`
	OwnerName        *string      `tfsdk:"owner_name"`
	CreatedAt        *string      `tfsdk:"created_at"`
	LastDeliveredAt  *string      `tfsdk:"last_delivered_at"`
}

func newSubscriptionDataSource() datasource.DataSource {
	attributes := subscriptionResults()
	attributes["id"] = schema.StringAttribute{
		MarkdownDescription: "Id of the subscription, case-sensitive. Set exactly one of `id` and `name`. Defaults to the id of the subscription " +
			"found by `name`. The `celonis_subscriptions` data source lists the ids.",
		Optional: true, Computed: true, Validators: []validator.String{notBlank()},
	}
	attributes["name"] = schema.StringAttribute{
		MarkdownDescription: "Name of the subscription, case-sensitive. Set exactly one of `id` and `name`. If several subscriptions " +
			"have this name, the error lists their ids. Defaults to the name of the subscription found by `id`.",
		Optional: true, Computed: true, Validators: []validator.String{notBlank()},
	}

	return &dataSource[subscriptionLookupModel]{
		name:       "subscription",
		summary:    "Unable to read subscription",
		read:       readSubscriptionLookup,
		validators: idOr("name"),
		schema: schema.Schema{
			MarkdownDescription: "Looks up an event subscription by id or name. The provider reads the list of subscriptions once per run, " +
				"however many subscriptions you look up." + subscriptionAccess,
			Attributes: attributes,
		},
	}
}

func readSubscriptionLookup(ctx context.Context, celonis *client.Client, model *subscriptionLookupModel) error {
	argument, find, wanted := path.Root("id"), celonis.Subscription, model.ID.ValueString()
	if model.ID.IsNull() {
		argument, find, wanted = path.Root("name"), celonis.SubscriptionByName, model.Name.ValueString()
	}

	found, err := find(ctx, wanted)
	if err != nil {
		return blame(argument, err)
	}

	entry := newSubscriptionEntry(found)

	*model = subscriptionLookupModel{
		ID: types.StringValue(entry.ID), Name: types.StringPointerValue(entry.Name), Status: entry.Status,
		KnowledgeModelID: entry.KnowledgeModelID, TriggerID: entry.TriggerID, CallbackURI: entry.CallbackURI, SkipErrors: &entry.SkipErrors,
		OwnerName: entry.OwnerName, CreatedAt: entry.CreatedAt, LastDeliveredAt: entry.LastDeliveredAt,
	}

	return nil
}
