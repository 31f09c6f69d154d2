package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// listingPatience is the maximum time to wait for the list to show a change. Celonis does not document how long the list may be outdated.
const listingPatience = 30 * time.Second

// UpdateSubscription replaces all attributes of a subscription except its trigger. An update activates a failed or suspended subscription, and
// probably resumes a paused subscription. Source: operation updateSubscription; …/subscription-api/overview.
func (c *Client) UpdateSubscription(ctx context.Context, id string, spec SubscriptionSpec) error {
	defer c.changes.begin()()

	body, err := c.subscriptionBody(spec, true)
	if err != nil {
		return err
	}

	err = c.Send(ctx, transport.Request{Area: AreaSubscriptions, Method: http.MethodPut, Path: subscriptionsPath(id), Body: body}, paging.Ignore)
	if err == nil {
		c.subscriptionCreations.Own.Changed(id, spec.listed(id))
	}

	return err
}

// subscriptionBody returns a request body, and registers its secrets so that no error or log contains them.
func (c *Client) subscriptionBody(spec SubscriptionSpec, isChange bool) ([]byte, error) {
	for _, secret := range spec.secrets() {
		c.Remember(secret)
	}

	return spec.body(isChange)
}

// PauseSubscription makes a subscription collect events instead of delivering them, and returns the resulting status. It does not change a
// subscription that is already paused.
func (c *Client) PauseSubscription(ctx context.Context, id string) (SubscriptionStatus, error) {
	return c.switchSubscription(ctx, id, "pause", SubscriptionPaused, func(status SubscriptionStatus) bool {
		return status == SubscriptionPaused
	})
}

// ResumeSubscription makes a paused subscription deliver events again, starting with the events that it has collected, and returns the
// resulting status. It does not change a subscription that is not paused, even if the subscription delivers no events for another reason.
func (c *Client) ResumeSubscription(ctx context.Context, id string) (SubscriptionStatus, error) {
	return c.switchSubscription(ctx, id, "resume", SubscriptionActive, func(status SubscriptionStatus) bool {
		return status != "" && status != SubscriptionPaused
	})
}

// switchSubscription sends an action. The after argument must be the status that the vendor documents as the action's result; switchSubscription
// returns it if Celonis accepts the action. Celonis may reject an action that has already been applied. In that case, switchSubscription reads the
// resulting status from the list.
func (c *Client) switchSubscription(
	ctx context.Context, id, action string, after SubscriptionStatus, isDone func(SubscriptionStatus) bool,
) (SubscriptionStatus, error) {
	defer c.changes.begin()()

	refusal := c.Send(ctx, transport.Request{
		Area: AreaSubscriptions, Method: http.MethodPatch, Path: subscriptionsPath(id, action), Repeatable: true,
	}, paging.Ignore)

	if refusal == nil {
		return after, nil
	}

	failure, ok := errors.AsType[*transport.Error](refusal)
	if !ok || failure.Status != http.StatusBadRequest && failure.Status != http.StatusConflict && !transport.MayHaveBeenApplied(refusal) {
		return "", refusal
	}

	if subscriptions, err := c.freshSubscriptions(ctx); err == nil {
		if index := indexOf(subscriptions, id); index >= 0 && isDone(subscriptions[index].Status) {
			return subscriptions[index].Status, nil
		}
	}

	return "", refusal
}

// DeleteSubscription deletes a subscription and everything that Celonis stores for it. It also succeeds if Celonis reports that the
// subscription does not exist. If Celonis reports that another object is missing, DeleteSubscription succeeds only if the list lacks the
// subscription. [transport.ReasonManaged] means that this run has created or changed the subscription, so DeleteSubscription did not delete it.
func (c *Client) DeleteSubscription(ctx context.Context, id string) error {
	own := &c.subscriptionCreations.Own
	if own.Manages(id) {
		return &transport.Error{Reason: transport.ReasonManaged, Area: AreaSubscriptions, ExistingID: id, Detail: fmt.Sprintf(
			"this run has created or changed the subscription %s for another resource", id)}
	}

	defer c.changes.begin()()

	err := c.Send(ctx, transport.Request{Area: AreaSubscriptions, Method: http.MethodDelete, Path: subscriptionsPath(id)}, paging.Ignore)

	if failure, ok := errors.AsType[*transport.Error](err); ok && failure.Reason == transport.ReasonNotFound {
		if failure.Code == "SUBSCRIPTION_SUBSCRIPTION_NOTFOUND" {
			err = nil
		} else if subscriptions, listErr := c.freshSubscriptions(ctx); listErr == nil && indexOf(subscriptions, id) < 0 {
			err = nil
		}
	}

	if err == nil {
		own.Deleted(id)
	}

	return err
}

// ChangedSubscription returns a subscription that this run has created or changed, once the list shows the requested state. It first waits for the
// run's concurrent changes, so that all callers can share one list request. [transport.ReasonNotApplied] means that the list did not show the change
// within 30 seconds.
func (c *Client) ChangedSubscription(ctx context.Context, id string, isWanted func(Subscription) bool) (Subscription, error) {
	since, err := c.changes.waitForPending(ctx)
	if err != nil {
		return Subscription{}, err
	}

	var found *Subscription

	isShown, err := c.listedWhen(ctx, since, listingPatience, func(subscriptions []Subscription) bool {
		if index := indexOf(subscriptions, id); index >= 0 {
			found = &subscriptions[index]
		}

		return found != nil && isWanted(*found)
	})

	switch {
	case err != nil:
		return Subscription{}, err
	case isShown:
		c.subscriptionCreations.Own.Seen(id, *found)

		return *found, nil
	case found != nil:
		return *found, &transport.Error{Reason: transport.ReasonNotApplied, Area: AreaSubscriptions, Detail: fmt.Sprintf(
			"Celonis accepted the change to the subscription %s, but the list did not show it within 30 seconds. The list still shows the name %q, "+
				"callback %q and status %q", id, found.Name, WithoutQuery(found.CallbackURI), found.Status)}
	default:
		return Subscription{}, &transport.Error{Reason: transport.ReasonNotApplied, Area: AreaSubscriptions, Detail: fmt.Sprintf(
			"Celonis accepted the subscription %s, but did not list it within 30 seconds", id)}
	}
}

// listedWhen polls the list until it shows the expected state or patience has elapsed, and reports whether the list showed that state. It
// ignores lists that were requested before the since time.
func (c *Client) listedWhen(
	ctx context.Context, since time.Time, patience time.Duration, isWanted func([]Subscription) bool,
) (bool, error) {
	for delay := time.Second; ; delay *= 2 {
		subscriptions, requestedAt, err := c.subscriptionsSince(ctx, since)
		if err != nil || isWanted(subscriptions) {
			return err == nil, err
		}

		if patience <= 0 {
			return false, nil
		}

		if err := transport.Sleep(ctx, delay); err != nil {
			return false, transport.AsError(ctx, err)
		}

		patience -= delay
		// All callers that share this list also share the next one, because they wait until the same time.
		since = requestedAt.Add(delay / 2)
	}
}

// subscriptionsSince reads the list through a cache that writes do not invalidate. Each caller needs a list that was requested after its own change;
// later changes by other callers do not matter.
func (c *Client) subscriptionsSince(ctx context.Context, since time.Time) ([]Subscription, time.Time, error) {
	return paging.Shared(ctx, c.Caller, paging.Key{Location: "the subscriptions after a change"}, since, c.subscriptions().read)
}

func (c *Client) freshSubscriptions(ctx context.Context) ([]Subscription, error) {
	list := c.subscriptions()
	subscriptions, _, err := paging.Shared(ctx, c.Caller, list.key(), time.Now(), list.read)

	return subscriptions, err
}

func indexOf(subscriptions []Subscription, id string) int {
	return slices.IndexFunc(subscriptions, func(subscription Subscription) bool { return subscription.ID == id })
}
