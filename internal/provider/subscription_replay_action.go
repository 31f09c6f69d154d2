package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

type subscriptionReplayModel struct {
	SubscriptionID types.String `tfsdk:"subscription_id"`
	FromOffset     types.Int64  `tfsdk:"from_offset"`
}

func newSubscriptionReplayAction() action.Action {
	return &providerAction[subscriptionReplayModel]{
		name: "subscription_replay", summary: "Unable to replay the subscription", invoke: replaySubscription,
		schema: schema.Schema{
			MarkdownDescription: "Redelivers an event subscription's events from a given offset onwards, for example if the callback has lost " +
				"events. A replay also activates a paused or failed subscription. If the subscription's resource sets `paused = true`, the next " +
				"apply pauses the subscription again. Celonis rejects a replay of a suspended or rejected subscription. The provider never retries " +
				"a replay, because each replay delivers the events again." +
				subscriptionAccess,
			Attributes: map[string]schema.Attribute{
				"subscription_id": actionSubscriptionID("replay"),
				"from_offset": schema.Int64Attribute{
					MarkdownDescription: "Offset of the first event to redeliver, at least 0. The callback receives the offset with each event. " +
						"Offset 0 replays all events that Celonis still stores.",
					Required: true, Validators: []validator.Int64{int64validator.AtLeast(0)},
				},
			},
		},
	}
}

// actionSubscriptionID returns the argument that identifies an action's subscription. purpose is the verb in its description, such as "replay".
func actionSubscriptionID(purpose string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Id of the subscription to " + purpose + ". The `celonis_subscription` resource and data source return the id.",
		Required:            true, Validators: []validator.String{notBlank()},
	}
}

func replaySubscription(ctx context.Context, celonis *client.Client, config *subscriptionReplayModel, progress func(string)) error {
	id, offset := config.SubscriptionID.ValueString(), config.FromOffset.ValueInt64()

	progress(fmt.Sprintf("Replaying the subscription %s from offset %d", id, offset))

	status, err := celonis.ReplaySubscription(ctx, id, offset)
	if err != nil {
		return blameAction(err, status, "A second replay would deliver the events again. First check whether the callback receives events with "+
			"this offset or a higher one; `last_delivered_at` in the `celonis_subscription` data source is the time of the last delivery. Invoke "+
			"the action again only if no events arrive.")
	}

	progress(fmt.Sprintf("Celonis accepted the replay, and is delivering the events from offset %d onwards in the background", offset))

	return nil
}

// blameAction adds advice to a failed action on a subscription. The status argument is empty if the provider does not know the subscription's
// status. The argument named unknown contains the advice to show if the action may have been carried out. Sources:
// developer.celonis.com/process-intelligence-apis/subscription-api, overview and notifications. Celonis does not document how a subscription
// leaves the rejected state.
func blameAction(err error, status client.SubscriptionStatus, unknown string) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return err
	}

	located := &attributeError{attribute: path.Empty(), err: err}

	const change = "change the subscription's resource, for example its `callback` or `headers_wo_version`: an update activates the subscription"

	switch {
	case failure.OutcomeUnknown:
		located.advice = "It is unknown whether Celonis carried out the action, so the provider did not repeat it. " + unknown
	case failure.Reason == transport.ReasonNotFound:
		located.attribute = path.Root("subscription_id")
	case status == client.SubscriptionSuspended:
		located.advice = "The subscription is suspended: Celonis was unable to deliver events to its callback for 8 hours. Make the callback " +
			"reachable, and " + change + ". Then invoke the action again."
	case status == client.SubscriptionRejected:
		located.advice = "The subscription is rejected, because its callback rejected an event. Fix the callback, and " + change + ". Then invoke " +
			"the action again."
	case status == client.SubscriptionFailed:
		located.advice = "The subscription has failed: Celonis cannot deliver events to its callback, and keeps retrying for 8 hours. Make the " +
			"callback reachable. Then wait until the subscription is active, or " + change + ". If the action is still needed, invoke it again."
	case status != "":
		located.advice = fmt.Sprintf("The subscription is %s. Compare the action's arguments with the response above.", status)
	}

	return located
}
