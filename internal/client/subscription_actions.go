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
// subscription. The request is never repeated, because each replay delivers the events again. If the request may have been applied,
// OutcomeUnknown is set in the [transport.Error]. If Celonis rejects the request, ReplaySubscription also returns the subscription's status,
// which may be the reason for the rejection. Source: operation replaySubscriptionFromAnOffset of the Event Subscription API.
func (c *Client) ReplaySubscription(ctx context.Context, id string, fromOffset int64) (SubscriptionStatus, error) {
	return c.actOnSubscription(ctx, id, "replay", url.Values{"fromOffset": {strconv.FormatInt(fromOffset, 10)}})
}

// DiscardCollectedEvents resumes a paused subscription and discards the events that it has collected. It returns the same results as
// [Client.ReplaySubscription]. Source: operation resumeSubscriptionNoHistory of the Event Subscription API.
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

	// The rejected request has invalidated the cached list, so this call requests a new one.
	current, lookupErr := c.Subscription(ctx, id)
	if transport.IsNotFound(lookupErr) {
		return "", lookupErr
	}

	return current.Status, err
}
