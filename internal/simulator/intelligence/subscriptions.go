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

// SubscriptionService is the area of the Event Subscription API.
type SubscriptionService struct {
	SubscriptionEnvironment

	opts   SubscriptionOptions
	models *KnowledgeModels

	mu   sync.Mutex
	made int // the number of generated ids
	// listings counts the requests for the first page of the list.
	listings int
	stored   []*storedSubscription
}

// SubscriptionEnvironment is the part of the team on which subscriptions depend.
type SubscriptionEnvironment struct {
	Seed     uint64
	Now      func() time.Time
	Licensed int    // the number of subscriptions that the licence allows
	Owner    string // of the generated subscriptions
}

// storedSubscription is a subscription, with the data that decides whether the list shows it.
type storedSubscription struct {
	Subscription

	late    bool // a new one: the list may not show it yet
	deleted bool // the list may still show it
	// When it was created or deleted, as a time and as the number of earlier listings.
	since    time.Time
	listings int

	// former are the states before recent changes, which the list may still show, oldest first.
	former []formerSubscription
}

// formerSubscription is a subscription before a change, with the time of the change and the number of earlier listings.
type formerSubscription struct {
	Subscription

	until    time.Time
	listings int
}

// NewSubscriptions returns the event subscriptions to triggers of models.
func NewSubscriptions(opts SubscriptionOptions, models *KnowledgeModels, env SubscriptionEnvironment) (*SubscriptionService, error) {
	s := &SubscriptionService{SubscriptionEnvironment: env, opts: opts, models: models}
	now := s.Now()

	generated, err := s.generate(opts.Count, now)
	if err != nil {
		return nil, err
	}

	// The existing ones come first, so that no generated id is the same as one of theirs.
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
			return nil, fmt.Errorf("%w: the subscription %q names the unknown trigger %q of the Knowledge Model %q",
				server.ErrOptions, subscription.ID, subscription.TriggerID, subscription.KnowledgeModelID)
		}

		if subscription.ID != "" && s.find(subscription.ID, now) != nil {
			return nil, fmt.Errorf("%w: the subscription %q is there twice", server.ErrOptions, subscription.ID)
		}

		s.add(subscription, now)
	}

	return s, nil
}

// generate generates subscriptions: for the first triggers of all models, then for their second triggers and so on.
func (s *SubscriptionService) generate(count int, now time.Time) ([]Subscription, error) {
	if count == 0 {
		return nil, nil
	}

	type place struct {
		model   string
		rank    int // of the trigger in its model
		trigger Trigger
	}

	var triggers []place

	// There need not be more models than subscriptions; a team may have thousands of models.
	for _, model := range s.models.byID[:min(count, len(s.models.byID))] {
		for rank, trigger := range s.models.contents.schema(model).Triggers {
			triggers = append(triggers, place{model.ID(), rank, trigger})
		}
	}

	slices.SortStableFunc(triggers, func(a, b place) int { return a.rank - b.rank })

	if len(triggers) == 0 {
		return nil, fmt.Errorf("%w: Subscriptions.Count needs a trigger", server.ErrOptions)
	}

	others := []SubscriptionStatus{SubscriptionPaused, SubscriptionFailed, SubscriptionSuspended, SubscriptionRejected}
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
			made[i].Status = others[i/2%len(others)]
		}
	}

	return made, nil
}

// add stores a subscription unchanged, and returns its id.
func (s *SubscriptionService) add(subscription Subscription, now time.Time) string {
	subscription = subscription.clone()
	if subscription.ID == "" {
		subscription.ID = s.newID(now)
	}

	subscription.complete(now)

	if known := s.find(subscription.ID, now); known != nil {
		known.Subscription, known.former = subscription, nil
	} else {
		s.stored = append(s.stored, &storedSubscription{Subscription: subscription})
	}

	return subscription.ID
}

// newID generates a free id. Teams with the same seed generate the same ids.
func (s *SubscriptionService) newID(now time.Time) string {
	for {
		s.made++

		id := strconv.Itoa(1000 + s.made)

		if s.opts.CreatedID != SubscriptionIDNumber {
			random := server.RandomFor(s.Seed, "subscription", id)
			id = fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x",
				random.Uint32(), random.Uint32()>>16, random.Uint32()>>20, random.Uint32()>>20, random.Uint64()>>16)
		}

		if s.find(id, now) == nil {
			return id
		}
	}
}

// find returns the current subscription with the id, or nil.
func (s *SubscriptionService) find(id string, now time.Time) *storedSubscription {
	for _, one := range s.stored {
		if one.ID == id && !one.deleted {
			one.age(now)

			return one
		}
	}

	return nil
}

// delete removes the subscription, and reports whether there was one. The list shows it for a while if the options say so.
func (s *SubscriptionService) delete(id string, now time.Time) bool {
	one := s.find(id, now)
	if one == nil {
		return false
	}

	shown := s.isListed(one, now)
	one.deleted, one.since, one.listings = true, now, s.listings

	s.stored = slices.DeleteFunc(s.stored, func(other *storedSubscription) bool {
		return other == one && !shown || other.deleted && !s.isListed(other, now)
	})

	return true
}

// isListed reports whether the list shows the subscription.
func (s *SubscriptionService) isListed(one *storedSubscription, now time.Time) bool {
	o := &s.opts
	reads, age := s.listings-one.listings, now.Sub(one.since)

	switch {
	case one.deleted:
		return o.DelistedAfterReads > 0 && reads <= o.DelistedAfterReads || age < o.DelistedAfter
	case one.late:
		return (o.ListedAfterReads == 0 || reads > o.ListedAfterReads) && age >= o.ListedAfter
	default:
		return true
	}
}

// shown returns the subscription as the list shows it: for a while as it was before a change, if the options say so.
func (s *SubscriptionService) shown(one *storedSubscription, now time.Time) *Subscription {
	o := &s.opts

	one.former = slices.DeleteFunc(one.former, func(before formerSubscription) bool {
		reads := s.listings - before.listings

		return (o.UpdatesListedAfterReads == 0 || reads > o.UpdatesListedAfterReads) && now.Sub(before.until) >= o.UpdatesListedAfter
	})

	if len(one.former) > 0 {
		return &one.former[0].Subscription
	}

	return &one.Subscription
}

// mayManage reports whether the caller may use and edit the package of the subscription's model.
func (s *SubscriptionService) mayManage(who server.Identity, subscription *Subscription) bool {
	if who.Packages == nil && who.EditPackages == nil {
		return true
	}

	// A subscription may exist longer than its model, so take the package key from the id. In the vendor's examples, package keys contain
	// no dot.
	packageKey, _, _ := strings.Cut(subscription.KnowledgeModelID, ".")

	if model, ok := s.models.find(subscription.KnowledgeModelID); ok {
		packageKey = model.PackageKey
	}

	return who.MayUse(packageKey) && who.MayEdit(packageKey)
}

// list serves GET /subscriptions. It returns only subscriptions of packages that the caller may use and edit.
func (s *SubscriptionService) list(c *server.Call) server.Response {
	asked, problem := c.PageRequest("id", "name")
	if problem != nil {
		return c.Fail(*problem)
	}

	items := s.listed(c, asked.Page == 0)
	s.models.sortElements(items, asked)

	return c.PageResponse(asked, server.Listing{
		Count: len(items),
		Item:  func(i int) server.Object { return items[i] },
		Generated: func(i int) server.Object {
			return s.item(c, &Subscription{
				ID: fmt.Sprintf("made-up-%09d", i), Name: fmt.Sprintf("Made up - %09d", i), Status: SubscriptionActive,
			})
		},
	})
}

// listed returns the subscriptions that the list shows, and counts the listing.
func (s *SubscriptionService) listed(c *server.Call, isNew bool) []server.Object {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.Now()

	if isNew {
		s.listings++
	}

	items := []server.Object{}

	for _, one := range s.stored {
		if !one.deleted {
			one.age(now)
		}

		if s.isListed(one, now) && s.mayManage(c.Identity, &one.Subscription) {
			items = append(items, s.item(c, s.shown(one, now)))
		}
	}

	return items
}

// item is a subscription as the list shows it: never with its headers.
func (s *SubscriptionService) item(c *server.Call, one *Subscription) server.Object {
	o := &s.opts
	item := server.Object{
		"id": one.ID, "name": one.Name, "status": one.Status, "knowledgeModelId": one.KnowledgeModelID, "triggerId": one.TriggerID,
	}

	switch {
	case one.SkipErrors:
		item["configurations"] = []string{configurationSkips}
	case o.NoConfigurations == ConfigurationsEmpty:
		item["configurations"] = []string{}
	case o.NoConfigurations == ConfigurationsNull:
		item["configurations"] = nil
	}

	latest := ""
	if !one.Latest.IsZero() {
		latest = o.Dates.format(one.Latest)
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
			item[name] = one.LatestOffset
		case c.Opts.NullFields:
			item[name] = nil
		}
	}

	c.Optionals(item, "creationDate", o.Dates.format(one.Created), "ownerName", one.OwnerName)
	item["callbackInfo"] = server.Object{"uri": one.CallbackURI, "protocol": protocolHTTPS}

	return item
}

// create serves POST /knowledge-models/{km_id}/triggers/{trigger_id}/subscriptions. Two identical requests create two subscriptions,
// because the vendor does not document uniqueness.
func (s *SubscriptionService) create(c *server.Call) server.Response {
	model, trigger, problem := s.models.requestedTrigger(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	if !c.Identity.MayEdit(model.PackageKey) {
		return c.Fail(server.AccessDenied())
	}

	asked, problem := s.request(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	id, problem := s.accept(asked, model.ID(), trigger.ID, c.Identity.Name)
	if problem != nil {
		return c.Fail(*problem)
	}

	status := http.StatusCreated
	if s.opts.CreateReturnsOK {
		status = http.StatusOK
	}

	return server.JSONResponse(status, server.TypeJSON, s.createdResponse(id))
}

// accept stores a new subscription.
func (s *SubscriptionService) accept(asked subscriptionRequest, modelID, triggerID, owner string) (string, *server.Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()

	there := 0

	for _, one := range s.stored {
		if !one.deleted {
			there++
		}
	}

	if most := s.most(); s.opts.RefuseBeyondMax && there >= most {
		return "", server.BadRequest(codeTooMany, "", "The team may have %d subscriptions.", most)
	}

	now := s.Now()
	one := &storedSubscription{late: true, since: now, listings: s.listings, Subscription: Subscription{
		ID: s.newID(now), Name: asked.name, KnowledgeModelID: modelID, TriggerID: triggerID,
		CallbackURI: asked.uri, CallbackHeaders: asked.headers, SkipErrors: asked.skipErrors, OwnerName: owner,
	}}

	one.complete(now)
	s.stored = append(s.stored, one)

	return one.ID, nil
}

// most returns the maximum number of subscriptions.
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
		number, _ := strconv.Atoi(id) // newID generates it from a number.

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

	return s.with(c, func(one *Subscription, now time.Time) (server.Response, *server.Failure) {
		asked, problem := s.request(c)
		if problem != nil {
			return server.Response{}, problem
		}

		keep := s.opts.UpdateKeepsOmitted

		one.Name, one.CallbackURI = asked.name, asked.uri

		if asked.hasHeaders || !keep {
			one.CallbackHeaders = asked.headers
		}

		if asked.hasConfigurations || !keep {
			one.SkipErrors = asked.skipErrors
		}

		one.updated(&s.opts, now)

		return reply, nil
	})
}

// unsubscribe serves DELETE /subscriptions/{subscription_id}.
func (s *SubscriptionService) unsubscribe(c *server.Call) server.Response {
	return s.with(c, func(one *Subscription, now time.Time) (server.Response, *server.Failure) {
		s.delete(one.ID, now)

		return server.Response{Status: http.StatusNoContent}, nil
	})
}

// change serves a PATCH that changes the state. Its response has no body.
func (s *SubscriptionService) change(do func(one *Subscription, c *server.Call, now time.Time) *server.Failure) func(c *server.Call) server.Response {
	return func(c *server.Call) server.Response {
		return s.with(c, func(one *Subscription, now time.Time) (server.Response, *server.Failure) {
			return server.Response{Status: http.StatusNoContent}, do(one, c, now)
		})
	}
}

// nextEvents serves PATCH /subscriptions/{subscription_id}/events.
func (s *SubscriptionService) nextEvents(c *server.Call) server.Response {
	return s.with(c, func(one *Subscription, _ time.Time) (server.Response, *server.Failure) {
		first, events, problem := one.leftovers(server.DefaultPageSize)
		if problem != nil {
			return server.Response{}, problem
		}

		content := make([]server.Object, len(events))
		for i, event := range events {
			content[i] = s.event(one, first+i, event)
		}

		return server.JSONResponse(http.StatusOK, server.TypeJSON, server.Object{"pageSize": server.DefaultPageSize, "content": content}), nil
	})
}

func (s *SubscriptionService) event(one *Subscription, offset int, event SubscriptionEvent) server.Object {
	identifier := fmt.Sprintf("OBJECT-%d", offset)

	return server.Object{
		"subscriberId": one.ID, "triggerId": one.TriggerID, "offset": offset,
		"creationDate": s.opts.Dates.format(event.Created),
		"event": server.Object{
			"id": fmt.Sprintf("%s-%d", one.TriggerID, offset), "identifier": identifier, "typedIdentifier": identifier,
			"fields": []server.Object{{"id": "ID", "value": identifier, "type": "STRING", "isIdentifier": true}},
		},
	}
}

// with executes a request for the subscription in the path, if the caller may manage it.
func (s *SubscriptionService) with(c *server.Call, do func(one *Subscription, now time.Time) (server.Response, *server.Failure)) server.Response {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.Now()

	one := s.find(c.Vars["subscription_id"], now)
	if one == nil {
		return c.Fail(server.Failure{
			Status:    http.StatusNotFound,
			Code:      "SUBSCRIPTION_SUBSCRIPTION_NOTFOUND",
			Detail:    "The subscription does not exist.",
			Attribute: "subscription_id",
		})
	}

	if !s.mayManage(c.Identity, &one.Subscription) {
		return c.Fail(server.AccessDenied())
	}

	before := formerSubscription{Subscription: one.clone(), until: now, listings: s.listings}

	reply, problem := do(&one.Subscription, now)
	if problem != nil {
		return c.Fail(*problem)
	}

	one.former = append(one.former, before)

	return reply
}

// managing requires the scope of subscriptions in addition to that of the area, and rejects unexpected bodies, which the vendor does not
// document.
func managing(operation server.Route) server.Route {
	serve := operation.Serve
	operation.Serve = func(c *server.Call) server.Response {
		if !c.Identity.HasScope("intelligence.subscriptions:manage") {
			return c.Fail(server.AccessDenied())
		}

		if len(c.Body) > 0 && operation.Method != http.MethodPost && operation.Method != http.MethodPut {
			return c.Fail(*server.BadRequest(server.CodeIllegal, "", "The request has no body."))
		}

		return serve(c)
	}

	return operation
}

// Area describes the Event Subscription API. Triggers are part of its OpenAPI file, but require only the scope of Knowledge Models;
// subscriptions require both (developer.celonis.com/celonis-apis/auth and the changelog).
func (s *SubscriptionService) Area() server.Area {
	const (
		prefix   = "/intelligence/api"
		triggers = prefix + "/knowledge-models/{km_id}/triggers"
		trigger  = triggers + "/{trigger_id}"
		all      = prefix + "/subscriptions"
		one      = all + "/{subscription_id}"
	)

	o := &s.opts
	list := []string{"page", "pageSize", "sort"}

	pause := s.change(func(one *Subscription, _ *server.Call, now time.Time) *server.Failure { return one.pause(o, now) })
	resume := s.change(func(one *Subscription, _ *server.Call, now time.Time) *server.Failure {
		return one.resume(o, false, now)
	})
	resumeFromLatest := s.change(func(one *Subscription, _ *server.Call, now time.Time) *server.Failure {
		return one.resume(o, true, now)
	})
	replay := s.change(func(one *Subscription, c *server.Call, now time.Time) *server.Failure {
		from, problem := c.Integer("fromOffset", 0, 0)
		if problem != nil {
			return problem
		}

		return one.replay(from, now)
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
			managing(server.Route{Method: http.MethodPut, Pattern: one, Serve: s.update}),
			managing(server.Route{Method: http.MethodDelete, Pattern: one, Serve: s.unsubscribe}),
			managing(server.Route{Method: http.MethodPatch, Pattern: one + "/pause", Serve: pause}),
			managing(server.Route{Method: http.MethodPatch, Pattern: one + "/resume", Serve: resume}),
			managing(server.Route{Method: http.MethodPatch, Pattern: one + "/resume-from-latest", Serve: resumeFromLatest}),
			managing(server.Route{Method: http.MethodPatch, Pattern: one + "/replay", Query: []string{"fromOffset"}, Serve: replay}),
			managing(server.Route{Method: http.MethodPatch, Pattern: one + "/events", Serve: s.nextEvents}),
		},
	}
}
