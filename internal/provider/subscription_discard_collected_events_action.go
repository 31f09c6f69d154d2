package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

type subscriptionDiscardModel struct {
	SubscriptionID types.String `tfsdk:"subscription_id"`
}

func newSubscriptionDiscardCollectedEventsAction() action.Action {
	return &providerAction[subscriptionDiscardModel]{
		name: "subscription_discard_collected_events", summary: "Unable to discard the collected events",
		invoke: discardCollectedEvents,
		schema: schema.Schema{
			MarkdownDescription: "Resumes a paused event subscription and discards the events that Celonis collected while it was paused. **The " +
				"collected events are lost.** Celonis delivers only the events that occur after the action. If the subscription's resource sets " +
				"`paused = true`, the next apply pauses the subscription again. To deliver the collected events instead, set `paused = false`." +
				subscriptionAccess,
			Attributes: map[string]schema.Attribute{"subscription_id": actionSubscriptionID("resume")},
		},
	}
}

func discardCollectedEvents(ctx context.Context, celonis *client.Client, config *subscriptionDiscardModel, progress func(string)) error {
	id := config.SubscriptionID.ValueString()

	progress(fmt.Sprintf("Discarding the events that the subscription %s has collected", id))

	status, err := celonis.DiscardCollectedEvents(ctx, id)
	if failure, ok := errors.AsType[*transport.Error](err); ok && status == client.SubscriptionActive && !failure.OutcomeUnknown {
		return &attributeError{attribute: path.Empty(), err: err, advice: "The subscription is active: it delivers events as they " +
			"occur, and does not collect them. To collect events, set `paused = true`."}
	}

	if err != nil {
		return blameAction(err, status, "Invoking the action again would also discard the events that were collected in the meantime. First check "+
			"the `status` in the `celonis_subscription` data source: `active` means that Celonis has carried out the action.")
	}

	progress("Celonis has discarded the collected events, and now delivers new events")

	return nil
}
