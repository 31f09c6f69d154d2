package client

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// ReplaySubscription makes Celonis deliver the events of a subscription again, starting at an offset. It also activates a paused or failed
// subscription. The request is never repeated, because each replay delivers the events once more: [Error.OutcomeUnknown] is set if the request
// may have been applied. If Celonis rejects the request, ReplaySubscription also returns the status of the subscription, which may be the
// reason. Source: operation replaySubscriptionFromAnOffset of the Event Subscription API.
func (c *Client) ReplaySubscription(ctx context.Context, id string, fromOffset int64) (SubscriptionStatus, error) {
	return c.actOnSubscription(ctx, id, "replay", url.Values{"fromOffset": {strconv.FormatInt(fromOffset, 10)}})
}

// DiscardCollectedEvents makes a paused subscription deliver events again, without the events that it has collected; those are lost. The results
// are as in [Client.ReplaySubscription]. Source: operation resumeSubscriptionNoHistory of the Event Subscription API.
func (c *Client) DiscardCollectedEvents(ctx context.Context, id string) (SubscriptionStatus, error) {
	return c.actOnSubscription(ctx, id, "resume-from-latest", nil)
}

// actOnSubscription sends a request that must not be repeated.
func (c *Client) actOnSubscription(ctx context.Context, id, action string, query url.Values) (SubscriptionStatus, error) {
	defer c.changes.begin()()

	err := c.Send(ctx, transport.Request{
		Area: AreaSubscriptions, Method: http.MethodPatch, Path: subscriptionsPath(id, action), Query: query, IgnoreCancel: true,
	}, paging.Ignore)

	failure, ok := errors.AsType[*transport.Error](err)

	switch {
	case !ok:
		return "", err
	case failure.MayHaveBeenApplied:
		unsure := *failure
		unsure.OutcomeUnknown = true

		return "", &unsure
	case failure.Reason != transport.ReasonStatus || failure.Status >= http.StatusInternalServerError:
		return "", err
	}

	// The rejected request has invalidated the list, so this reads the list again.
	current, lookupErr := c.Subscription(ctx, id)
	if transport.IsNotFound(lookupErr) {
		return "", lookupErr
	}

	return current.Status, err
}
