package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// SubscriptionStatus is the state of an event subscription. Celonis may add further states.
type SubscriptionStatus string

// The states of a subscription. Sources: the schema Subscription of the Event Subscription API;
// developer.celonis.com/process-intelligence-apis/subscription-api/overview and …/notifications.
const (
	// SubscriptionActive means that the subscription delivers events.
	SubscriptionActive SubscriptionStatus = "active"
	// SubscriptionPaused means that the subscription collects events, and delivers them when it is resumed.
	SubscriptionPaused SubscriptionStatus = "paused"
	// SubscriptionFailed means that Celonis could not reach the callback. Celonis automatically retries the delivery for 8 hours.
	SubscriptionFailed SubscriptionStatus = "failed"
	// SubscriptionSuspended means that deliveries have failed for too long. The subscription becomes active again only when it is changed.
	SubscriptionSuspended SubscriptionStatus = "suspended"
	// SubscriptionRejected means that the callback rejected an event.
	SubscriptionRejected SubscriptionStatus = "rejected"
)

// Subscription is an event subscription as it appears in the list. No response contains the callback's headers. Source: operation
// getSubscriptions of the Event Subscription API.
type Subscription struct {
	ID, Name                    string
	Status                      SubscriptionStatus
	KnowledgeModelID, TriggerID string
	// CallbackURI is empty if the service does not return it, as in older versions of the API.
	CallbackURI string
	// SkipErrors is true if events whose delivery fails are dropped.
	SkipErrors bool
	OwnerName  string
	// CreatedAt and LastDeliveredAt are RFC 3339 times in UTC. If the service returns text that is not a date-time, they contain that text. They are
	// empty if the service returns no time.
	CreatedAt, LastDeliveredAt string
}

// Subscriptions returns all subscriptions that the client's identity can see, sorted by id, including subscriptions that this run has created
// but that the service does not list yet. The returned slice is shared, so callers must not modify it.
func (c *Client) Subscriptions(ctx context.Context) ([]Subscription, error) {
	listed, err := c.subscriptions().all(ctx)
	if err != nil {
		return nil, err
	}

	return c.withOwnSubscriptions(listed), nil
}

// withOwnSubscriptions returns a list without the subscriptions that this run has deleted, and with the subscriptions that it has created or
// changed. The service may list created and deleted subscriptions late.
func (c *Client) withOwnSubscriptions(listed []Subscription) []Subscription {
	own := c.subscriptionCreations.Own.All()
	if len(own) == 0 {
		return listed
	}

	subscriptions := make([]Subscription, 0, len(listed)+len(own))

	for _, subscription := range listed {
		if own[subscription.ID].State != paging.OwnDeleted {
			subscriptions = append(subscriptions, subscription)
		}

		delete(own, subscription.ID)
	}

	for _, missing := range own {
		if missing.State == paging.OwnManaged {
			subscriptions = append(subscriptions, missing.Value)
		}
	}

	slices.SortFunc(subscriptions, func(a, b Subscription) int { return cmp.Compare(a.ID, b.ID) })

	return subscriptions
}

// Subscription returns one subscription. The API has no request for a single subscription, so Subscription looks for it in the list, which concurrent
// calls share. It reports the subscription as missing only if a complete list that was requested after the call began does not contain it.
func (c *Client) Subscription(ctx context.Context, id string) (Subscription, error) {
	return c.findSubscription(ctx, paging.Lookup[Subscription]{
		Area: AreaSubscriptions, Plural: "subscriptions", Property: "id", Wanted: id,
		Value: func(subscription Subscription) string { return subscription.ID },
	})
}

// SubscriptionByName returns the only subscription with the given name. The error's reason is [transport.ReasonNotFound] if no subscription has
// the name, and [transport.ReasonAmbiguous] if several subscriptions have it.
func (c *Client) SubscriptionByName(ctx context.Context, name string) (Subscription, error) {
	return c.findSubscription(ctx, paging.Lookup[Subscription]{
		Area: AreaSubscriptions, Plural: "subscriptions", Property: "name", Wanted: name,
		Value: func(subscription Subscription) string { return subscription.Name },
	})
}

func (c *Client) findSubscription(ctx context.Context, search paging.Lookup[Subscription]) (Subscription, error) {
	list := c.subscriptions()

	return paging.Find(ctx, c.Caller, list.key(), list.read, func(listed []Subscription) (Subscription, error) {
		return search.In(c.withOwnSubscriptions(listed), list.id)
	})
}

func (c *Client) subscriptions() list[subscriptionItem, Subscription] {
	return list[subscriptionItem, Subscription]{
		client: c, area: AreaSubscriptions, name: "the list of subscriptions", path: subscriptionsPath(),
		convert: subscriptionItem.subscription,
		id:      func(subscription Subscription) string { return subscription.ID },
		isBusy:  true,
	}
}

func subscriptionsPath(segments ...string) []string {
	return append([]string{"intelligence", "api", "subscriptions"}, segments...)
}

type subscriptionItem struct {
	ID               transport.LenientString `json:"id"`
	Name             transport.LenientString `json:"name"`
	Status           transport.LenientString `json:"status"`
	KnowledgeModelID transport.LenientString `json:"knowledgeModelId"`
	TriggerID        transport.LenientString `json:"triggerId"`
	Configurations   lenientTexts            `json:"configurations"`
	LastDeliveredAt  transport.LenientString `json:"latestSucceedEvent"`
	CreatedAt        transport.LenientString `json:"creationDate"`
	OwnerName        transport.LenientString `json:"ownerName"`
	Callback         struct {
		URI transport.LenientString `json:"uri"`
	} `json:"callbackInfo"`
}

func (i subscriptionItem) subscription() Subscription {
	return Subscription{
		ID: string(i.ID), Name: string(i.Name), Status: SubscriptionStatus(strings.ToLower(string(i.Status))),
		KnowledgeModelID: string(i.KnowledgeModelID), TriggerID: string(i.TriggerID), CallbackURI: string(i.Callback.URI),
		SkipErrors: slices.Contains(i.Configurations, skipErrors), OwnerName: string(i.OwnerName),
		CreatedAt: dateTime(string(i.CreatedAt)), LastDeliveredAt: dateTime(string(i.LastDeliveredAt)),
	}
}

// lenientTexts decodes an array of strings, a single string, or null.
type lenientTexts []string

// UnmarshalJSON implements [json.Unmarshaler].
func (t *lenientTexts) UnmarshalJSON(raw []byte) error {
	if !bytes.HasPrefix(raw, []byte("[")) {
		raw = slices.Concat([]byte("["), raw, []byte("]"))
	}

	var texts []transport.LenientString
	if err := json.Unmarshal(raw, &texts); err != nil {
		return err
	}

	*t = nil

	for _, text := range texts {
		if text != "" {
			*t = append(*t, string(text))
		}
	}

	return nil
}
