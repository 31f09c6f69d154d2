package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// CreateSubscription creates a subscription and returns its id. Creates are not idempotent in Celonis, so CreateSubscription refuses to create a
// second subscription with the same trigger, name and callback ([transport.ReasonExists]). If the outcome of a request is unknown, CreateSubscription
// looks for the subscription in the list, and repeats the request only if the list does not contain the subscription. If its requests turn out to
// have created more than one subscription, CreateSubscription returns the id of the subscription to keep, and an error with
// [transport.ReasonDuplicate]. If the outcome remains unknown, the error describes the subscription to look for.
func (c *Client) CreateSubscription(ctx context.Context, spec SubscriptionSpec) (string, error) {
	endTurn, err := c.subscriptionCreations.TakeTurn(ctx, strings.Join([]string{spec.KnowledgeModelID, spec.TriggerID, spec.Name}, "\n"))
	if err != nil {
		return "", err
	}
	defer endTurn()

	// ChangedSubscription waits while this create request is prepared and sent, but not while CreateSubscription then looks for the subscription in
	// the list.
	prepared := sync.OnceFunc(c.changes.begin())
	defer prepared()

	before, err := c.subscriptionsBefore(ctx)
	if err != nil {
		return "", err
	}

	if err := c.refuseDuplicate(ctx, before, spec); err != nil {
		return "", err
	}

	body, err := c.subscriptionBody(spec, false)
	if err != nil {
		return "", err
	}

	made, _, err := paging.Creation[Subscription]{
		Caller: c.Caller, Shared: c.subscriptionCreations, List: c.subscriptions().read, ID: c.subscriptions().id, Description: spec.describe(),
		Find: func(_ context.Context, listed []Subscription, _ bool) (own, unsure []Subscription, err error) {
			return slices.DeleteFunc(c.duplicatesIn(listed, spec), func(s Subscription) bool { return indexOf(before, s.ID) >= 0 }), nil, nil
		},
		Send: func(ctx context.Context) (made Subscription, err error) {
			defer c.changes.begin()()

			prepared()

			made.ID, err = c.sendSubscription(ctx, spec, body)

			return made, err
		},
	}.CarryOut(ctx)

	if made.ID != "" && !c.subscriptionCreations.Own.Created(made.ID, spec.listed(made.ID)) {
		return "", &transport.Error{
			Reason: transport.ReasonExists, Area: AreaSubscriptions, ExistingID: made.ID, IsManaged: true, Detail: fmt.Sprintf(
				"the service returned the subscription %s, which this run has already created or changed", made.ID),
		}
	}

	return made.ID, err
}

// subscriptionsBefore returns the list of subscriptions, which may be a few seconds old and may lack this run's latest changes. Such a list is
// sufficient to find subscriptions from an interrupted run. Concurrent calls to CreateSubscription can share the list, because their create requests
// do not invalidate it.
func (c *Client) subscriptionsBefore(ctx context.Context) ([]Subscription, error) {
	before, _, err := paging.Shared(ctx, c.Caller, paging.Key{Location: "the subscriptions before a creation"}, time.Time{}, c.Subscriptions)

	return before, err
}

// refuseDuplicate returns an error if a subscription with the same trigger, name and callback exists.
func (c *Client) refuseDuplicate(ctx context.Context, before []Subscription, spec SubscriptionSpec) error {
	if len(c.duplicatesIn(before, spec)) == 0 {
		return nil
	}

	fresh, err := c.freshSubscriptions(ctx) // The subscription may have been changed or deleted since the shared list was read.
	if err != nil {
		return err
	}

	duplicates := c.duplicatesIn(fresh, spec)
	if len(duplicates) == 0 {
		return nil
	}

	callback := "with this callback"
	if duplicates[0].CallbackURI == "" {
		callback = "whose callback Celonis does not return"
	}

	ids := make([]string, 0, len(duplicates))
	for _, subscription := range duplicates {
		ids = append(ids, subscription.ID)
	}

	return &transport.Error{
		Reason: transport.ReasonExists, Area: AreaSubscriptions, ExistingID: ids[0], Detail: fmt.Sprintf(
			"the trigger %s already has a subscription named %q %s: %s", spec.TriggerID, spec.Name, callback, strings.Join(ids, ", ")),
	}
}

// duplicatesIn returns the subscriptions with the same trigger, name and callback, except those that this run has created, changed or deleted.
func (c *Client) duplicatesIn(subscriptions []Subscription, spec SubscriptionSpec) []Subscription {
	var duplicates []Subscription

	for _, subscription := range subscriptions {
		if spec.matches(subscription) && c.subscriptionCreations.Own.Get(subscription.ID).State == paging.NotOwn {
			duplicates = append(duplicates, subscription)
		}
	}

	return duplicates
}

// sendSubscription sends one create request and returns the id from the response.
func (c *Client) sendSubscription(ctx context.Context, spec SubscriptionSpec, body []byte) (string, error) {
	return paging.Call(ctx, c.Caller, transport.Request{
		Area: AreaSubscriptions, Method: http.MethodPost, Path: append(knowledgeModelsPath(spec.KnowledgeModelID, "triggers", spec.TriggerID),
			"subscriptions"), Body: body, IgnoreCancel: true,
	}, createdID)
}

// createdID returns the id in the response to a create request. The response is {"id": …} with a string or a number or, in older versions of the API,
// the bare id. Source: operation createSubscription of the Event Subscription API, in its current and earlier versions.
func createdID(resp transport.Reply) (string, error) {
	var (
		id   transport.LenientString
		body struct {
			ID transport.LenientString `json:"id"`
		}
	)

	const name = "the created subscription"

	if trimmed := bytes.TrimSpace(resp.Body); len(trimmed) > 0 && trimmed[0] != '{' {
		if err := json.Unmarshal(trimmed, &id); err != nil {
			return "", transport.InvalidResponse(resp.Status, "%s: expected an id, got %s", name, transport.KindOf(trimmed))
		}

		body.ID = id
	} else if err := transport.Decode(resp, name, &body); err != nil {
		return "", err
	}

	if body.ID == "" {
		return "", transport.InvalidResponse(resp.Status, "%s: the response has no id", name)
	}

	return string(body.ID), nil
}
