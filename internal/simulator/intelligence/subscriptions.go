package intelligence

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// SubscriptionService contains the team's event subscriptions and serves the Event Subscription API.
type SubscriptionService struct {
	SubscriptionEnvironment

	opts   SubscriptionOptions
	models *KnowledgeModels

	mu   sync.Mutex
	made int // the number of generated ids
	// used is the set of all subscription ids, including the ids of deleted subscriptions, because ids are never reused.
	used map[string]bool
	// listings is the number of requests for the first page of the list.
	listings int
	stored   []*storedSubscription
}

// SubscriptionEnvironment contains the team properties that subscriptions depend on.
type SubscriptionEnvironment struct {
	Seed     uint64
	Now      func() time.Time
	Licensed int    // the maximum number of subscriptions that the licence allows
	Owner    string // the owner of the generated subscriptions
}

// storedSubscription is a subscription with the data that determines how the subscription appears in the list.
type storedSubscription struct {
	Subscription

	late    bool // created by a request, so the list may still omit it
	deleted bool // deleted, but the list may still include it
	// The since field is the time at which the subscription was created or deleted; the listings field is the number of listings that had
	// started before that time.
	since    time.Time
	listings int

	// former contains the subscription's states before recent changes, oldest first. The list may still return the oldest state.
	former []formerSubscription
}

// formerSubscription is the state of a subscription before a change. The until field is the time of the change, and the listings field is
// the number of listings that had started before the change.
type formerSubscription struct {
	Subscription

	until    time.Time
	listings int
}

// NewSubscriptions returns a service with the existing and generated subscriptions in opts. Every subscription must refer to a trigger of
// one of the models.
func NewSubscriptions(opts SubscriptionOptions, models *KnowledgeModels, env SubscriptionEnvironment) (*SubscriptionService, error) {
	s := &SubscriptionService{SubscriptionEnvironment: env, opts: opts, models: models, used: map[string]bool{}}
	now := s.Now()

	generated, err := s.generate(opts.Count, now)
	if err != nil {
		return nil, err
	}

	// Add the existing subscriptions first, so that no generated id is equal to an existing id.
	for _, subscription := range slices.Concat(opts.Existing, generated) {
		if subscription.Name == "" || subscription.CallbackURI == "" {
			return nil, fmt.Errorf("%w: the subscription %q lacks a name or a callback URI", server.ErrOptions, subscription.ID)
		}

		if subscription.Status != "" && !slices.Contains(subscription.Status.Words(), subscription.Status) {
			return nil, fmt.Errorf("%w: the subscription %q has the unknown status %q", server.ErrOptions, subscription.ID, subscription.Status)
		}

		model, ok := models.find(subscription.KnowledgeModelID)
		if !ok || !slices.ContainsFunc(models.contents.schema(model).Triggers, func(trigger Trigger) bool {
			return trigger.ID == subscription.TriggerID
		}) {
			return nil, fmt.Errorf("%w: the subscription %q refers to the unknown trigger %q of the Knowledge Model %q",
				server.ErrOptions, subscription.ID, subscription.TriggerID, subscription.KnowledgeModelID)
		}

		if subscription.ID != "" && s.find(subscription.ID, now) != nil {
			return nil, fmt.Errorf("%w: the subscription %q is defined twice", server.ErrOptions, subscription.ID)
		}

		s.add(subscription, now)
	}

	return s, nil
}

// generate creates subscriptions to the first trigger of each model, then to the second trigger of each model, and so on.
func (s *SubscriptionService) generate(count int, now time.Time) ([]Subscription, error) {
	if count == 0 {
		return nil, nil
	}

	type place struct {
		model   string
		rank    int // position of the trigger in its model
		trigger Trigger
	}

	var triggers []place

	// Use at most one model per subscription, because a team may have thousands of models.
	for _, model := range s.models.byID[:min(count, len(s.models.byID))] {
		for rank, trigger := range s.models.contents.schema(model).Triggers {
			triggers = append(triggers, place{model.ID(), rank, trigger})
		}
	}

	slices.SortStableFunc(triggers, func(a, b place) int { return a.rank - b.rank })

	if len(triggers) == 0 {
		return nil, fmt.Errorf("%w: Subscriptions.Count requires a trigger", server.ErrOptions)
	}

	statuses := []SubscriptionStatus{SubscriptionPaused, SubscriptionFailed, SubscriptionSuspended, SubscriptionRejected}
	made := make([]Subscription, count)

	for i := range made {
		on := triggers[i%len(triggers)]
		made[i] = Subscription{
			Name:             fmt.Sprintf("%s - %03d", on.trigger.Name, i+1),
			KnowledgeModelID: on.model,
			TriggerID:        on.trigger.ID,
			CallbackURI:      fmt.Sprintf("https://hooks.example.com/celonis/%03d", i+1),
			SkipErrors:       i%3 == 0,
			Status:           SubscriptionActive,
			OwnerName:        s.Owner,
			Created:          now.Add(-time.Duration(count-i) * time.Hour).Truncate(time.Second),
		}

		if i%2 == 1 {
			made[i].Status = statuses[i/2%len(statuses)]
		}
	}

	return made, nil
}

// add stores a copy of a subscription, with defaults filled in, and returns its id.
func (s *SubscriptionService) add(subscription Subscription, now time.Time) string {
	subscription = subscription.clone()
	if subscription.ID == "" {
		subscription.ID = s.newID()
	}

	s.used[subscription.ID] = true

	subscription.complete(now)

	if existing := s.find(subscription.ID, now); existing != nil {
		existing.Subscription, existing.former = subscription, nil
	} else {
		s.stored = append(s.stored, &storedSubscription{Subscription: subscription})
	}

	return subscription.ID
}

// newID generates an id that no subscription has or had. Teams with the same seed generate the same ids.
func (s *SubscriptionService) newID() string {
	for {
		s.made++

		id := strconv.Itoa(1000 + s.made)

		if s.opts.CreatedID != SubscriptionIDNumber {
			random := server.RandomFor(s.Seed, "subscription", id)
			id = fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x",
				random.Uint32(), random.Uint32()>>16, random.Uint32()>>20, random.Uint32()>>20, random.Uint64()>>16)
		}

		if !s.used[id] {
			s.used[id] = true

			return id
		}
	}
}

// find returns the subscription with the given id, or nil if it does not exist or has been deleted.
func (s *SubscriptionService) find(id string, now time.Time) *storedSubscription {
	for _, subscription := range s.stored {
		if subscription.ID == id && !subscription.deleted {
			subscription.age(now)

			return subscription
		}
	}

	return nil
}

// delete deletes the subscription and reports whether it existed. Depending on the options, the list still includes the subscription for
// some time.
func (s *SubscriptionService) delete(id string, now time.Time) bool {
	deleted := s.find(id, now)
	if deleted == nil {
		return false
	}

	shown := s.isListed(deleted, now)
	deleted.deleted, deleted.since, deleted.listings = true, now, s.listings

	s.stored = slices.DeleteFunc(s.stored, func(stored *storedSubscription) bool {
		return stored == deleted && !shown || stored.deleted && !s.isListed(stored, now)
	})

	return true
}

// isListed reports whether the list includes the subscription.
func (s *SubscriptionService) isListed(subscription *storedSubscription, now time.Time) bool {
	o := &s.opts
	reads, age := s.listings-subscription.listings, now.Sub(subscription.since)

	switch {
	case subscription.deleted:
		return o.DelistedAfterReads > 0 && reads <= o.DelistedAfterReads || age < o.DelistedAfter
	case subscription.late:
		return (o.ListedAfterReads == 0 || reads > o.ListedAfterReads) && age >= o.ListedAfter
	default:
		return true
	}
}

// shown returns the subscription as it appears in the list. Depending on the options, the list returns the previous state for some time
// after a change.
func (s *SubscriptionService) shown(subscription *storedSubscription, now time.Time) *Subscription {
	o := &s.opts

	subscription.former = slices.DeleteFunc(subscription.former, func(before formerSubscription) bool {
		reads := s.listings - before.listings

		return (o.UpdatesListedAfterReads == 0 || reads > o.UpdatesListedAfterReads) && now.Sub(before.until) >= o.UpdatesListedAfter
	})

	if len(subscription.former) > 0 {
		return &subscription.former[0].Subscription
	}

	return &subscription.Subscription
}

// mayManage reports whether the caller may use and edit the package of the subscription's model.
func (s *SubscriptionService) mayManage(identity server.Identity, subscription *Subscription) bool {
	if identity.Packages == nil && identity.EditPackages == nil {
		return true
	}

	// A subscription can outlive its model, so take the package key from the model id. In the vendor's examples, package keys contain no
	// dots.
	packageKey, _, _ := strings.Cut(subscription.KnowledgeModelID, ".")

	if model, ok := s.models.find(subscription.KnowledgeModelID); ok {
		packageKey = model.PackageKey
	}

	return identity.MayUse(packageKey) && identity.MayEdit(packageKey)
}

// list serves GET /subscriptions. The list contains only subscriptions whose package the caller may use and edit.
func (s *SubscriptionService) list(c *server.Call) server.Response {
	request, problem := c.PageRequest("id", "name")
	if problem != nil {
		return c.Fail(*problem)
	}

	items := s.listed(c, request.Page == 0)
	s.models.sortElements(items, request)

	return c.PageResponse(request, server.Listing{
		Count: len(items),
		Item:  func(i int) server.Object { return items[i] },
		Generated: func(i int) server.Object {
			return s.item(c, &Subscription{
				ID: fmt.Sprintf("generated-%09d", i), Name: fmt.Sprintf("Generated - %09d", i), Status: SubscriptionActive,
			})
		},
	})
}

// listed selects the list items that the caller may manage. If isNew is true, the call counts as a new listing.
func (s *SubscriptionService) listed(c *server.Call, isNew bool) []server.Object {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.Now()

	if isNew {
		s.listings++
	}

	items := []server.Object{}

	for _, subscription := range s.stored {
		if !subscription.deleted {
			subscription.age(now)
		}

		if s.isListed(subscription, now) && s.mayManage(c.Identity, &subscription.Subscription) {
			items = append(items, s.item(c, s.shown(subscription, now)))
		}
	}

	return items
}

// item returns a subscription as an item of the list, without the callback headers.
func (s *SubscriptionService) item(c *server.Call, subscription *Subscription) server.Object {
	o := &s.opts
	item := server.Object{
		"id": subscription.ID, "name": subscription.Name, "status": subscription.Status, "knowledgeModelId": subscription.KnowledgeModelID,
		"triggerId": subscription.TriggerID,
	}

	switch {
	case subscription.SkipErrors:
		item["configurations"] = []string{configurationSkips}
	case o.NoConfigurations == ConfigurationsEmpty:
		item["configurations"] = []string{}
	case o.NoConfigurations == ConfigurationsNull:
		item["configurations"] = nil
	}

	latest := ""
	if !subscription.Latest.IsZero() {
		latest = o.Dates.format(subscription.Latest)
	}

	c.Optional(item, "latestSucceedEvent", latest)

	if o.OldListItems {
		return item
	}

	offsetName := "lastSuccessEventOffset"
	if o.LatestSucceedOffset {
		offsetName = "latestSucceedOffset"
	}

	for _, name := range []string{"offset", offsetName} {
		switch {
		case latest != "":
			item[name] = subscription.LatestOffset
		case c.Opts.NullFields:
			item[name] = nil
		}
	}

	c.Optionals(item, "creationDate", o.Dates.format(subscription.Created), "ownerName", subscription.OwnerName)
	item["callbackInfo"] = server.Object{"uri": subscription.CallbackURI, "protocol": protocolHTTPS}

	return item
}

// create serves POST /knowledge-models/{km_id}/triggers/{trigger_id}/subscriptions. Two identical requests create two subscriptions,
// because the vendor does not document any uniqueness constraint.
func (s *SubscriptionService) create(c *server.Call) server.Response {
	model, trigger, problem := s.models.requestedTrigger(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	if !c.Identity.MayEdit(model.PackageKey) {
		return c.Fail(server.AccessDenied())
	}

	request, problem := s.request(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	id, problem := s.accept(request, model.ID(), trigger.ID, c.Identity.Name)
	if problem != nil {
		return c.Fail(*problem)
	}

	status := http.StatusCreated
	if s.opts.CreateReturnsOK {
		status = http.StatusOK
	}

	return server.JSONResponse(status, server.TypeJSON, s.createdResponse(id))
}

// accept stores a new subscription and returns its id.
func (s *SubscriptionService) accept(request subscriptionRequest, modelID, triggerID, owner string) (string, *server.Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()

	count := 0

	for _, subscription := range s.stored {
		if !subscription.deleted {
			count++
		}
	}

	if most := s.most(); s.opts.RefuseBeyondMax && count >= most {
		return "", server.BadRequest(codeTooMany, "", "The maximum number of subscriptions is %d.", most)
	}

	now := s.Now()
	created := &storedSubscription{late: true, since: now, listings: s.listings, Subscription: Subscription{
		ID: s.newID(), Name: request.name, KnowledgeModelID: modelID, TriggerID: triggerID,
		CallbackURI: request.uri, CallbackHeaders: request.headers, SkipErrors: request.skipErrors, OwnerName: owner,
	}}

	created.complete(now)
	s.stored = append(s.stored, created)

	return created.ID, nil
}

// most is the maximum number of subscriptions: opts.Max if positive, otherwise the licence's maximum.
func (s *SubscriptionService) most() int {
	if s.opts.Max > 0 {
		return s.opts.Max
	}

	return s.Licensed
}

func (s *SubscriptionService) createdResponse(id string) any {
	switch s.opts.CreatedID {
	case SubscriptionIDText:
		return id
	case SubscriptionIDNumber:
		number, _ := strconv.Atoi(id) // newID has generated the id from a number.

		return server.Object{"id": number}
	case SubscriptionIDObject:
	}

	return server.Object{"id": id}
}

// update serves PUT /subscriptions/{subscription_id}.
func (s *SubscriptionService) update(c *server.Call) server.Response {
	reply := server.Response{Status: http.StatusOK}
	if s.opts.UpdateReturnsNoContent {
		reply.Status = http.StatusNoContent
	}

	return s.withSubscription(c, func(subscription *Subscription, now time.Time) (server.Response, *server.Failure) {
		request, problem := s.request(c)
		if problem != nil {
			return server.Response{}, problem
		}

		keep := s.opts.UpdateKeepsOmitted

		subscription.Name, subscription.CallbackURI = request.name, request.uri

		if request.hasHeaders || !keep {
			subscription.CallbackHeaders = request.headers
		}

		if request.hasConfigurations || !keep {
			subscription.SkipErrors = request.skipErrors
		}

		subscription.updated(&s.opts, now)

		return reply, nil
	})
}

// unsubscribe serves DELETE /subscriptions/{subscription_id}.
func (s *SubscriptionService) unsubscribe(c *server.Call) server.Response {
	return s.withSubscription(c, func(subscription *Subscription, now time.Time) (server.Response, *server.Failure) {
		s.delete(subscription.ID, now)

		return server.Response{Status: http.StatusNoContent}, nil
	})
}

// change creates a handler for a PATCH request that changes a subscription's state. The response has no body.
func (s *SubscriptionService) change(
	do func(subscription *Subscription, c *server.Call, now time.Time) *server.Failure,
) func(c *server.Call) server.Response {
	return func(c *server.Call) server.Response {
		return s.withSubscription(c, func(subscription *Subscription, now time.Time) (server.Response, *server.Failure) {
			return server.Response{Status: http.StatusNoContent}, do(subscription, c, now)
		})
	}
}

// nextEvents serves PATCH /subscriptions/{subscription_id}/events.
func (s *SubscriptionService) nextEvents(c *server.Call) server.Response {
	return s.withSubscription(c, func(subscription *Subscription, _ time.Time) (server.Response, *server.Failure) {
		first, events, problem := subscription.leftovers(server.DefaultPageSize)
		if problem != nil {
			return server.Response{}, problem
		}

		content := make([]server.Object, len(events))
		for i, event := range events {
			content[i] = s.event(subscription, first+i, event)
		}

		return server.JSONResponse(http.StatusOK, server.TypeJSON, server.Object{"pageSize": server.DefaultPageSize, "content": content}), nil
	})
}

func (s *SubscriptionService) event(subscription *Subscription, offset int, event SubscriptionEvent) server.Object {
	identifier := fmt.Sprintf("OBJECT-%d", offset)

	return server.Object{
		"subscriberId": subscription.ID, "triggerId": subscription.TriggerID, "offset": offset,
		"creationDate": s.opts.Dates.format(event.Created),
		"event": server.Object{
			"id": fmt.Sprintf("%s-%d", subscription.TriggerID, offset), "identifier": identifier, "typedIdentifier": identifier,
			"fields": []server.Object{{"id": "ID", "value": identifier, "type": "STRING", "isIdentifier": true}},
		},
	}
}

// withSubscription calls serve with the subscription in the request path, and returns the response. withSubscription fails if the subscription
// does not exist or the caller may not manage it.
func (s *SubscriptionService) withSubscription(
	c *server.Call, serve func(subscription *Subscription, now time.Time) (server.Response, *server.Failure),
) server.Response {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.Now()

	stored := s.find(c.Vars["subscription_id"], now)
	if stored == nil {
		return c.Fail(server.Failure{
			Status:    http.StatusNotFound,
			Code:      "SUBSCRIPTION_SUBSCRIPTION_NOTFOUND",
			Detail:    "The subscription does not exist.",
			Attribute: "subscription_id",
		})
	}

	if !s.mayManage(c.Identity, &stored.Subscription) {
		return c.Fail(server.AccessDenied())
	}

	before := formerSubscription{Subscription: stored.clone(), until: now, listings: s.listings}

	reply, problem := serve(&stored.Subscription, now)
	if problem != nil {
		return c.Fail(*problem)
	}

	stored.former = append(stored.former, before)

	return reply
}

// managing wraps a route so that it also requires the subscription scope and rejects unexpected bodies. The vendor
// does not document the response to unexpected bodies.
func managing(operation server.Route) server.Route {
	serve := operation.Serve
	operation.Serve = func(c *server.Call) server.Response {
		if !c.Identity.HasScope("intelligence.subscriptions:manage") {
			return c.Fail(server.AccessDenied())
		}

		if len(c.Body) > 0 && operation.Method != http.MethodPost && operation.Method != http.MethodPut {
			return c.Fail(*server.BadRequest(server.CodeIllegal, "", "The request must not have a body."))
		}

		return serve(c)
	}

	return operation
}

// Area describes the Event Subscription API. The vendor's OpenAPI file for this API includes triggers, which require only the Knowledge Model
// scope. Subscriptions require the subscription scope as well (developer.celonis.com/celonis-apis/auth and the changelog).
func (s *SubscriptionService) Area() server.Area {
	const (
		prefix   = "/intelligence/api"
		triggers = prefix + "/knowledge-models/{km_id}/triggers"
		trigger  = triggers + "/{trigger_id}"
		all      = prefix + "/subscriptions"
		single   = all + "/{subscription_id}"
	)

	o := &s.opts
	list := []string{"page", "pageSize", "sort"}

	pause := s.change(func(subscription *Subscription, _ *server.Call, now time.Time) *server.Failure {
		return subscription.pause(o, now)
	})
	resume := s.change(func(subscription *Subscription, _ *server.Call, now time.Time) *server.Failure {
		return subscription.resume(o, false, now)
	})
	resumeFromLatest := s.change(func(subscription *Subscription, _ *server.Call, now time.Time) *server.Failure {
		return subscription.resume(o, true, now)
	})
	replay := s.change(func(subscription *Subscription, c *server.Call, now time.Time) *server.Failure {
		from, problem := c.Integer("fromOffset", 0, 0)
		if problem != nil {
			return problem
		}

		return subscription.replay(from, now)
	})

	return server.Area{
		Name:   "subscriptions",
		Prefix: prefix,
		Scope:  "intelligence.knowledge-models:read",
		Routes: []server.Route{
			{Method: http.MethodGet, Pattern: triggers, Query: list, Serve: s.models.listTriggers, Pages: true},
			{Method: http.MethodGet, Pattern: trigger, Serve: s.models.triggerDetail},
			managing(server.Route{Method: http.MethodPost, Pattern: trigger + "/subscriptions", Serve: s.create}),
			managing(server.Route{Method: http.MethodGet, Pattern: all, Query: list, Serve: s.list, Pages: true}),
			managing(server.Route{Method: http.MethodPut, Pattern: single, Serve: s.update}),
			managing(server.Route{Method: http.MethodDelete, Pattern: single, Serve: s.unsubscribe}),
			managing(server.Route{Method: http.MethodPatch, Pattern: single + "/pause", Serve: pause}),
			managing(server.Route{Method: http.MethodPatch, Pattern: single + "/resume", Serve: resume}),
			managing(server.Route{Method: http.MethodPatch, Pattern: single + "/resume-from-latest", Serve: resumeFromLatest}),
			managing(server.Route{Method: http.MethodPatch, Pattern: single + "/replay", Query: []string{"fromOffset"}, Serve: replay}),
			managing(server.Route{Method: http.MethodPatch, Pattern: single + "/events", Serve: s.nextEvents}),
		},
	}
}
