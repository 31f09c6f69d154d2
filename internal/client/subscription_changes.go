package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// SubscriptionSpec is what a subscription should be. Celonis takes it whole, at a change too.
// Source: the schema SubscriptionRequest of the Event Subscription API.
type SubscriptionSpec struct {
	KnowledgeModelID, TriggerID string
	// Name has 1 to 1024 characters. It need not be unique.
	Name string
	// CallbackURI is an https address of 1 to 1024 characters that Celonis can reach.
	CallbackURI string
	// Headers are sent to the callback. Celonis takes the names Authorization, Content-Type, User-Agent, Host and Accept, and 8192
	// bytes in all.
	Headers map[string]Secret
	// SkipErrors drops events whose delivery fails.
	SkipErrors bool
}

// skipErrors is the only member that `configurations` of a subscription may have.
const skipErrors = "SKIP_ERRORS"

// listingPatience is how long a change may take to show up in the list. Celonis does not document how long that takes.
const listingPatience = 30 * time.Second

// CreateSubscription creates a subscription and returns its id. Creation is not idempotent at Celonis, so this refuses to make
// a second one like one that is there: same trigger, name and callback ([ReasonExists]). If the outcome of a request is unknown,
// the subscription is looked up in the list, and the create is sent again if the list does not contain it. [ReasonDuplicate] comes
// with an id: an earlier request has created another one. If the outcome remains unknown, the error says what to look for.
func (c *Client) CreateSubscription(ctx context.Context, spec SubscriptionSpec) (string, error) {
	endTurn, err := c.subscriptionCreations.takeTurn(ctx, strings.Join([]string{spec.KnowledgeModelID, spec.TriggerID, spec.Name}, "\n"))
	if err != nil {
		return "", err
	}
	defer endTurn()

	// Others wait with their listing for a create that is about to be sent, but not while its outcome is looked up.
	prepared := sync.OnceFunc(c.changes.begin())
	defer prepared()

	before, err := c.subscriptionsBefore(ctx)
	if err != nil {
		return "", err
	}

	if twins := c.twinsIn(before, spec); len(twins) > 0 {
		// It may have been changed or deleted since.
		fresh, err := c.freshSubscriptions(ctx)
		if err != nil {
			return "", err
		}

		if twins = c.twinsIn(fresh, spec); len(twins) > 0 {
			return "", twinError(spec, twins)
		}
	}

	body, err := c.bodyOf(spec, false)
	if err != nil {
		return "", err
	}

	made, _, err := creation[Subscription]{
		client: c, shared: c.subscriptionCreations, list: c.subscriptions().read, id: c.subscriptions().id,
		what: fmt.Sprintf("the subscription named %q of the trigger %s of %s with the callback %s", spec.Name, spec.TriggerID,
			spec.KnowledgeModelID, WithoutQuery(spec.CallbackURI)),
		find: func(_ context.Context, listed []Subscription, _ bool) (own, unsure []Subscription, err error) {
			return slices.DeleteFunc(c.twinsIn(listed, spec), func(one Subscription) bool { return indexOf(before, one.ID) >= 0 }), nil, nil
		},
		send: func(ctx context.Context) (made Subscription, err error) {
			defer c.changes.begin()()

			prepared()

			made.ID, err = c.sendSubscription(ctx, spec, body)

			return made, err
		},
	}.carryOut(ctx)

	if made.ID != "" && !c.changes.owned.created(made.ID, spec.listed(made.ID)) {
		return "", &Error{
			Reason: ReasonExists, Area: AreaSubscriptions, ExistingID: made.ID, IsManaged: true, Detail: fmt.Sprintf(
				"the service responded with the subscription %s, which this run has already created or changed", made.ID),
		}
	}

	return made.ID, err
}

// sendSubscription sends one create and returns the id from the response.
func (c *Client) sendSubscription(ctx context.Context, spec SubscriptionSpec, body []byte) (id string, err error) {
	err = c.send(ctx, Request{
		Area: AreaSubscriptions, Method: http.MethodPost, Path: append(knowledgeModelsPath(spec.KnowledgeModelID, "triggers", spec.TriggerID),
			"subscriptions"), Body: body, IgnoreCancel: true,
	}, func(answered Reply) (err error) {
		id, err = createdID(answered)

		return err
	})

	return id, err
}

// twinsIn returns the subscriptions that are what spec asks for, except for those that this run has made or changed.
func (c *Client) twinsIn(subscriptions []Subscription, spec SubscriptionSpec) []Subscription {
	return slices.DeleteFunc(matching(subscriptions, spec), func(one Subscription) bool {
		return c.changes.isOwn(one) || c.subscriptionCreations.isOwn(one.ID)
	})
}

func twinError(spec SubscriptionSpec, twins []Subscription) *Error {
	callback := "with this callback"
	if twins[0].CallbackURI == "" {
		callback = "whose callback Celonis does not show,"
	}

	return &Error{
		Reason: ReasonExists, Area: AreaSubscriptions, ExistingID: twins[0].ID, Detail: fmt.Sprintf(
			"the trigger %s has a subscription named %q %s already: %s", spec.TriggerID, spec.Name, callback, idsOf(twins)),
	}
}

// subscriptionsBefore returns the subscriptions of before this run's changes, or of a moment ago: enough to see what an
// interrupted run has left behind. Unlike the list that is read after a change, it serves all creations of one moment.
func (c *Client) subscriptionsBefore(ctx context.Context) ([]Subscription, error) {
	before, _, err := shared(ctx, c, readKey{location: "the subscriptions before a creation"}, time.Time{}, c.Subscriptions)

	return before, err
}

// matching returns the subscriptions that are what spec asks for, as far as the list shows it.
func matching(subscriptions []Subscription, spec SubscriptionSpec) []Subscription {
	var found []Subscription

	for _, one := range subscriptions {
		if SameText(one.KnowledgeModelID, spec.KnowledgeModelID) && SameText(one.TriggerID, spec.TriggerID) && SameText(one.Name, spec.Name) &&
			(one.CallbackURI == "" || IsSameURI(one.CallbackURI, spec.CallbackURI)) {
			found = append(found, one)
		}
	}

	return found
}

// listed returns a new subscription as the list is going to show it, as far as that is known.
func (s SubscriptionSpec) listed(id string) Subscription {
	return Subscription{
		ID: id, Name: s.Name, KnowledgeModelID: s.KnowledgeModelID, TriggerID: s.TriggerID, CallbackURI: s.CallbackURI, SkipErrors: s.SkipErrors,
	}
}

func idsOf(subscriptions []Subscription) string {
	ids := make([]string, 0, len(subscriptions))
	for _, one := range subscriptions {
		ids = append(ids, one.ID)
	}

	return strings.Join(ids, ", ")
}

// createdID reads the answer to a creation: {"id": …} with a string or a number, or the bare id, as older versions of the API
// answer. Source: operation createSubscription of the Event Subscription API, and its earlier versions.
func createdID(answered Reply) (string, error) {
	var (
		id   LenientString
		body struct {
			ID LenientString `json:"id"`
		}
	)

	const what = "the created subscription"

	if trimmed := bytes.TrimSpace(answered.Body); len(trimmed) > 0 && trimmed[0] != '{' {
		if err := json.Unmarshal(trimmed, &id); err != nil {
			return "", InvalidResponse(answered.Status, "%s: an id is expected, and %s came", what, KindOf(trimmed))
		}

		body.ID = id
	} else if err := Decode(answered, what, &body); err != nil {
		return "", err
	}

	if body.ID == "" {
		return "", InvalidResponse(answered.Status, "%s: the answer holds no id", what)
	}

	return string(body.ID), nil
}

// UpdateSubscription replaces everything of a subscription but its trigger. Celonis activates a failed or suspended one by that,
// and probably resumes a paused one. Source: operation updateSubscription; …/subscription-api/overview.
func (c *Client) UpdateSubscription(ctx context.Context, id string, spec SubscriptionSpec) error {
	defer c.changes.begin()()

	body, err := c.bodyOf(spec, true)
	if err != nil {
		return err
	}

	err = c.send(ctx, Request{Area: AreaSubscriptions, Method: http.MethodPut, Path: subscriptionsPath(id), Body: body}, ignore)
	if err == nil {
		c.changes.owned.changed(id, spec.listed(id))
	}

	return err
}

// PauseSubscription makes a subscription collect events, and returns its status after that. One that is paused already is left
// alone.
func (c *Client) PauseSubscription(ctx context.Context, id string) (SubscriptionStatus, error) {
	return c.switchSubscription(ctx, id, "pause", SubscriptionPaused, func(status SubscriptionStatus) bool {
		return status == SubscriptionPaused
	})
}

// ResumeSubscription makes a subscription deliver events again, first those that it has collected, and returns its status after
// that. One that is not paused is left alone, whatever else keeps it from delivering.
func (c *Client) ResumeSubscription(ctx context.Context, id string) (SubscriptionStatus, error) {
	return c.switchSubscription(ctx, id, "resume", SubscriptionActive, func(status SubscriptionStatus) bool {
		return status != "" && status != SubscriptionPaused
	})
}

// switchSubscription carries an action out, after which the status is the documented one. Celonis may refuse an action that was
// carried out before, so the list decides then.
func (c *Client) switchSubscription(
	ctx context.Context, id, action string, after SubscriptionStatus, done func(SubscriptionStatus) bool,
) (SubscriptionStatus, error) {
	defer c.changes.begin()()

	refused := c.send(ctx, Request{
		Area: AreaSubscriptions, Method: http.MethodPatch, Path: subscriptionsPath(id, action), Repeatable: true,
	}, ignore)

	if refused == nil {
		return after, nil
	}

	failure, ok := errors.AsType[*Error](refused)
	if !ok || failure.Status != http.StatusBadRequest && failure.Status != http.StatusConflict && !MayHaveBeenApplied(refused) {
		return "", refused
	}

	if listed, err := c.freshSubscriptions(ctx); err == nil {
		if index := indexOf(listed, id); index >= 0 && done(listed[index].Status) {
			return listed[index].Status, nil
		}
	}

	return "", refused
}

func indexOf(subscriptions []Subscription, id string) int {
	return slices.IndexFunc(subscriptions, func(one Subscription) bool { return one.ID == id })
}

// DeleteSubscription removes a subscription with all that Celonis keeps for it. One that is gone already is no error: Celonis
// says so of the subscription itself, or the list, which is asked where Celonis says it of anything else. [ReasonManaged] means that
// this run has created or changed the subscription, and so does not delete it.
func (c *Client) DeleteSubscription(ctx context.Context, id string) error {
	if c.changes.owned.manages(id) {
		return &Error{Reason: ReasonManaged, Area: AreaSubscriptions, ExistingID: id, Detail: fmt.Sprintf(
			"this run has created or changed the subscription %s for another resource", id)}
	}

	defer c.changes.begin()()

	err := c.send(ctx, Request{Area: AreaSubscriptions, Method: http.MethodDelete, Path: subscriptionsPath(id)}, ignore)

	if failure, ok := errors.AsType[*Error](err); ok && failure.Reason == ReasonNotFound {
		if failure.Code == "SUBSCRIPTION_SUBSCRIPTION_NOTFOUND" {
			err = nil
		} else if listed, listErr := c.freshSubscriptions(ctx); listErr == nil && indexOf(listed, id) < 0 {
			err = nil
		}
	}

	if err == nil {
		c.changes.owned.deleted(id)
	}

	return err
}

// ChangedSubscription returns a subscription after this run has created or changed it, once the list shows it as wanted. It
// waits for changes under way elsewhere in the run, so that one listing serves for all of them. [ReasonNotTaken] is a change
// that did not show up within half a minute.
func (c *Client) ChangedSubscription(ctx context.Context, id string, wanted func(Subscription) bool) (Subscription, error) {
	since, err := c.changes.settle(ctx)
	if err != nil {
		return Subscription{}, AsError(ctx, err)
	}

	var found *Subscription

	shown, err := c.listedWhen(ctx, since, listingPatience, func(subscriptions []Subscription) bool {
		if index := indexOf(subscriptions, id); index >= 0 {
			found = &subscriptions[index]
		}

		return found != nil && wanted(*found)
	})

	switch {
	case err != nil:
		return Subscription{}, err
	case shown:
		c.changes.owned.seen(id, *found)

		return *found, nil
	case found != nil:
		return *found, &Error{Reason: ReasonNotTaken, Area: AreaSubscriptions, Detail: fmt.Sprintf(
			"Celonis accepted the change of the subscription %s, and does not show it after half a minute: it lists the name %q, the callback "+
				"%q and the status %q", id, found.Name, WithoutQuery(found.CallbackURI), found.Status)}
	default:
		return Subscription{}, &Error{Reason: ReasonNotTaken, Area: AreaSubscriptions, Detail: fmt.Sprintf(
			"Celonis accepted the subscription %s, and does not list it after half a minute", id)}
	}
}

// listedWhen reads the list, asked for at or after since, until it is as wanted, and reports whether it was in time.
func (c *Client) listedWhen(
	ctx context.Context, since time.Time, patience time.Duration, wanted func([]Subscription) bool,
) (bool, error) {
	for delay := time.Second; ; delay *= 2 {
		listed, asked, err := c.subscriptionsSince(ctx, since)
		if err != nil || wanted(listed) {
			return err == nil, err
		}

		if patience <= 0 {
			return false, nil
		}

		if err := Sleep(ctx, delay); err != nil {
			return false, AsError(ctx, err)
		}

		patience -= delay
		// Counted from the listing that all of those who wait have seen, they share the next one too.
		since = asked.Add(delay / 2)
	}
}

// subscriptionsSince reads the list through a memory of its own, which no write drops: who has just changed something asks for
// a list of after that, and it is as good when others have changed something since.
func (c *Client) subscriptionsSince(ctx context.Context, since time.Time) ([]Subscription, time.Time, error) {
	return shared(ctx, c, readKey{location: "the subscriptions after a change"}, since, c.subscriptions().read)
}

// freshSubscriptions reads the list as it is now.
func (c *Client) freshSubscriptions(ctx context.Context) ([]Subscription, error) {
	list := c.subscriptions()
	listed, _, err := shared(ctx, c, list.key(), time.Now(), list.read)

	return listed, err
}

// bodyOf writes what Celonis takes. A change without headers sends none in so many words: those of before may stay otherwise.
func (c *Client) bodyOf(spec SubscriptionSpec, isChange bool) ([]byte, error) {
	type callback struct {
		URI      string             `json:"uri"`
		Protocol string             `json:"protocol"`
		Headers  *map[string]string `json:"headers,omitempty"`
	}

	body := struct {
		Name           string   `json:"name"`
		Callback       callback `json:"callbackInfo"`
		Configurations []string `json:"configurations"`
	}{Name: spec.Name, Callback: callback{URI: spec.CallbackURI, Protocol: "HTTPS"}, Configurations: []string{}}

	if spec.SkipErrors {
		body.Configurations = append(body.Configurations, skipErrors)
	}

	if _, query, _ := strings.Cut(spec.CallbackURI, "?"); query != "" { // It may be a token.
		c.redactor.remember(NewSecret(query))
	}

	headers := make(map[string]string, len(spec.Headers))

	for name, value := range spec.Headers {
		headers[name] = value.Reveal()

		if !strings.EqualFold(name, "Accept") && !strings.EqualFold(name, "Content-Type") { // An error of the service may repeat it.
			_, credentials, _ := strings.Cut(value.Reveal(), " ")

			c.redactor.remember(value)
			c.redactor.remember(NewSecret(credentials))
		}
	}

	if len(headers) > 0 || isChange {
		body.Callback.Headers = &headers
	}

	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("writing the subscription: %w", err)
	}

	return encoded, nil
}

// IsSameURI reports whether two addresses differ at most in what a service may normalise: the case of scheme and host, a default
// port, an empty path and the Unicode form.
func IsSameURI(one, other string) bool { return normalisedURI(one) == normalisedURI(other) }

func normalisedURI(address string) string {
	address = NormalText(address)

	parsed, err := url.Parse(address)
	if err != nil {
		return address
	}

	parsed.Scheme, parsed.Host = strings.ToLower(parsed.Scheme), strings.TrimSuffix(strings.ToLower(parsed.Host), ":443")
	if parsed.Path == "" {
		parsed.Path = "/"
	}

	return parsed.String()
}

// WithoutQuery returns an address for a message: what follows the path may be a token.
func WithoutQuery(address string) string {
	shown, _, _ := strings.Cut(address, "?")

	return shown
}

// ignore is for answers that say nothing but success.
func ignore(Reply) error { return nil }
