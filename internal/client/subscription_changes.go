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

// listingPatience is the maximum time until the list shows a change. Celonis does not document one.
const listingPatience = 30 * time.Second

// UpdateSubscription replaces all attributes of a subscription except its trigger. This activates a failed or suspended subscription, and
// probably resumes a paused one. Source: operation updateSubscription; …/subscription-api/overview.
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

// subscriptionBody returns the body of a request, and makes sure that no error or log repeats its secrets.
func (c *Client) subscriptionBody(spec SubscriptionSpec, isChange bool) ([]byte, error) {
	for _, secret := range spec.secrets() {
		c.Remember(secret)
	}

	return spec.body(isChange)
}

// PauseSubscription makes a subscription collect events instead of delivering them, and returns its status afterwards. It does not change a
// paused subscription.
func (c *Client) PauseSubscription(ctx context.Context, id string) (SubscriptionStatus, error) {
	return c.switchSubscription(ctx, id, "pause", SubscriptionPaused, func(status SubscriptionStatus) bool {
		return status == SubscriptionPaused
	})
}

// ResumeSubscription makes a subscription deliver events again, starting with those that it has collected, and returns its status afterwards. It
// does not change a subscription that is not paused, even if that does not deliver events for another reason.
func (c *Client) ResumeSubscription(ctx context.Context, id string) (SubscriptionStatus, error) {
	return c.switchSubscription(ctx, id, "resume", SubscriptionActive, func(status SubscriptionStatus) bool {
		return status != "" && status != SubscriptionPaused
	})
}

// switchSubscription sends an action that leads to the documented status. Celonis may reject an action that was applied before, so the list
// shows the outcome in that case.
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

// DeleteSubscription deletes a subscription with everything that Celonis stores for it. It succeeds if the subscription does not exist: if
// Celonis reports this, or if Celonis reports that another object is missing and the list lacks the subscription. [transport.ReasonManaged]
// means that this run has created or changed the subscription, and so does not delete it.
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

// ChangedSubscription returns a subscription that this run has created or changed, once the list shows the requested state. It waits for
// concurrent changes of the run, so that one listing serves all of them. [transport.ReasonNotApplied] means that the change did not appear
// within half a minute.
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
			"Celonis accepted the change to the subscription %s, but does not show it after half a minute: it lists the name %q, the callback "+
				"%q and the status %q", id, found.Name, WithoutQuery(found.CallbackURI), found.Status)}
	default:
		return Subscription{}, &transport.Error{Reason: transport.ReasonNotApplied, Area: AreaSubscriptions, Detail: fmt.Sprintf(
			"Celonis accepted the subscription %s, but does not list it after half a minute", id)}
	}
}

// listedWhen reads the list, requested at or after since, until it shows the requested state, and reports whether that happened in time.
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
		// All callers that have used this listing share the next one, because their waits start at the same time.
		since = requestedAt.Add(delay / 2)
	}
}

// subscriptionsSince reads the list through a cache that writes do not invalidate: a caller needs a list from after its own change, and later
// changes by other callers are harmless.
func (c *Client) subscriptionsSince(ctx context.Context, since time.Time) ([]Subscription, time.Time, error) {
	return paging.Shared(ctx, c.Caller, paging.Key{Location: "the subscriptions after a change"}, since, c.subscriptions().read)
}

// freshSubscriptions requests the list now.
func (c *Client) freshSubscriptions(ctx context.Context) ([]Subscription, error) {
	list := c.subscriptions()
	subscriptions, _, err := paging.Shared(ctx, c.Caller, list.key(), time.Now(), list.read)

	return subscriptions, err
}

func indexOf(subscriptions []Subscription, id string) int {
	return slices.IndexFunc(subscriptions, func(subscription Subscription) bool { return subscription.ID == id })
}
