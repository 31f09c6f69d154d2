package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// subscriptions is the area of the Event Subscription API.
type subscriptions struct {
	subscriptionEnv

	opts   SubscriptionOptions
	models *knowledgeModels

	mu   sync.Mutex
	made int // how many ids were made up
	// listings counts the requests for the first page of the list.
	listings int
	stored   []*storedSubscription
}

// subscriptionEnv is what subscriptions need of the rest of the team.
type subscriptionEnv struct {
	seed     uint64
	now      func() time.Time
	licensed int    // how many subscriptions the licence allows
	owner    string // of the generated subscriptions
}

// storedSubscription is a subscription with what decides whether the list shows it.
type storedSubscription struct {
	Subscription

	late    bool // a new one: the list may not show it yet
	deleted bool // the list may still show it
	// When it was created or deleted, as a time and as the number of listings before.
	since    time.Time
	listings int

	// former are the states that changes have ended and that the list may still show, the oldest first.
	former []formerSubscription
}

// formerSubscription is what a subscription was before a change, and when that came, as a time and as the number of listings
// before.
type formerSubscription struct {
	Subscription

	until    time.Time
	listings int
}

func newSubscriptions(opts SubscriptionOptions, models *knowledgeModels, env subscriptionEnv) (*subscriptions, error) {
	s := &subscriptions{subscriptionEnv: env, opts: opts, models: models}
	now := s.now()

	generated, err := s.generate(opts.Count, now)
	if err != nil {
		return nil, err
	}

	for _, subscription := range append(generated, opts.Existing...) {
		if subscription.Name == "" || subscription.CallbackURI == "" {
			return nil, fmt.Errorf("%w: the subscription %q lacks a name or a callback URI", errOptions, subscription.ID)
		}

		if subscription.Status != "" && !slices.Contains(subscription.Status.Words(), subscription.Status) {
			return nil, fmt.Errorf("%w: the subscription %q has the unknown status %q", errOptions, subscription.ID, subscription.Status)
		}

		model, ok := models.find(subscription.KnowledgeModelID)
		if !ok || !slices.ContainsFunc(models.contents.schema(model).Triggers, func(trigger Trigger) bool {
			return trigger.ID == subscription.TriggerID
		}) {
			return nil, fmt.Errorf("%w: the subscription %q names the unknown trigger %q of the Knowledge Model %q",
				errOptions, subscription.ID, subscription.TriggerID, subscription.KnowledgeModelID)
		}

		if subscription.ID != "" && s.find(subscription.ID, now) != nil {
			return nil, fmt.Errorf("%w: the subscription %q is there twice", errOptions, subscription.ID)
		}

		s.add(subscription, now)
	}

	return s, nil
}

// generate makes subscriptions up: on the first triggers of all models, then on their second ones and so on.
func (s *subscriptions) generate(count int, now time.Time) ([]Subscription, error) {
	if count == 0 {
		return nil, nil
	}

	type place struct {
		model   string
		rank    int // of the trigger in its model
		trigger Trigger
	}

	var triggers []place

	// As many models as there are subscriptions are enough, and a team may have thousands.
	for _, model := range s.models.byID[:min(count, len(s.models.byID))] {
		for rank, trigger := range s.models.contents.schema(model).Triggers {
			triggers = append(triggers, place{model.ID(), rank, trigger})
		}
	}

	slices.SortStableFunc(triggers, func(a, b place) int { return a.rank - b.rank })

	if len(triggers) == 0 {
		return nil, fmt.Errorf("%w: Subscriptions.Count needs a trigger", errOptions)
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
			OwnerName:        s.owner,
			Created:          now.Add(-time.Duration(count-i) * time.Hour).Truncate(time.Second),
		}

		if i%2 == 1 {
			made[i].Status = others[i/2%len(others)]
		}
	}

	return made, nil
}

// add stores a subscription as it is, and returns its id.
func (s *subscriptions) add(subscription Subscription, now time.Time) string {
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

// newID makes an id up that is not taken: the same ones in every team with the same seed.
func (s *subscriptions) newID(now time.Time) string {
	for {
		s.made++

		id := strconv.Itoa(1000 + s.made)

		if s.opts.CreateAnswer != SubscriptionIDNumber {
			random := randomFor(s.seed, "subscription", id)
			id = fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x",
				random.Uint32(), random.Uint32()>>16, random.Uint32()>>20, random.Uint32()>>20, random.Uint64()>>16)
		}

		if s.find(id, now) == nil {
			return id
		}
	}
}

// find returns the subscription with the id as it is at this time; nil = there is none.
func (s *subscriptions) find(id string, now time.Time) *storedSubscription {
	for _, one := range s.stored {
		if one.ID == id && !one.deleted {
			one.age(now)

			return one
		}
	}

	return nil
}

// delete removes the subscription, and tells whether there was one. The list shows it for a while if the options say so.
func (s *subscriptions) delete(id string, now time.Time) bool {
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

// isListed tells whether the list shows the subscription.
func (s *subscriptions) isListed(one *storedSubscription, now time.Time) bool {
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
func (s *subscriptions) shown(one *storedSubscription, now time.Time) *Subscription {
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

// mayManage tells whether the caller may use and edit the package of the subscription's model.
func (s *subscriptions) mayManage(who identity, subscription *Subscription) bool {
	if who.packages == nil && who.editPackages == nil {
		return true
	}

	// A subscription outlives its model; a key of a package has no dot in the vendor's examples.
	packageKey, _, _ := strings.Cut(subscription.KnowledgeModelID, ".")

	if model, ok := s.models.find(subscription.KnowledgeModelID); ok {
		packageKey = model.PackageKey
	}

	return who.mayUse(packageKey) && who.mayEdit(packageKey)
}

// list answers GET /subscriptions: only those of packages that the caller may use and edit.
func (s *subscriptions) list(c *call) answer {
	asked, problem := c.pageRequest("id", "name")
	if problem != nil {
		return c.fail(*problem)
	}

	items := s.listed(c, asked.page == 0)
	s.models.sortElements(items, asked)

	return c.answerPage(asked, listing{
		count: len(items),
		item:  func(i int) object { return items[i] },
		madeUp: func(i int) object {
			return s.item(c, &Subscription{
				ID: fmt.Sprintf("made-up-%09d", i), Name: fmt.Sprintf("Made up - %09d", i), Status: SubscriptionActive,
			})
		},
	})
}

// listed returns what the list shows, and counts the listing.
func (s *subscriptions) listed(c *call, isNew bool) []object {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.now()

	if isNew {
		s.listings++
	}

	items := []object{}

	for _, one := range s.stored {
		if !one.deleted {
			one.age(now)
		}

		if s.isListed(one, now) && s.mayManage(c.identity, &one.Subscription) {
			items = append(items, s.item(c, s.shown(one, now)))
		}
	}

	return items
}

// item is a subscription as the list shows it: never with its headers.
func (s *subscriptions) item(c *call, one *Subscription) object {
	o := &s.opts
	item := object{
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

	c.optional(item, "latestSucceedEvent", latest)

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
		case c.opts.NullFields:
			item[name] = nil
		}
	}

	c.optionals(item, "creationDate", o.Dates.format(one.Created), "ownerName", one.OwnerName)
	item["callbackInfo"] = object{"uri": one.CallbackURI, "protocol": protocolHTTPS}

	return item
}

// create answers POST /knowledge-models/{km_id}/triggers/{trigger_id}/subscriptions. Creating the same twice makes two: the
// vendor documents no uniqueness.
func (s *subscriptions) create(c *call) answer {
	model, trigger, problem := s.models.askedTrigger(c)
	if problem != nil {
		return c.fail(*problem)
	}

	if !c.identity.mayEdit(model.PackageKey) {
		return c.fail(accessDenied())
	}

	asked, problem := s.request(c)
	if problem != nil {
		return c.fail(*problem)
	}

	id, problem := s.accept(asked, model.ID(), trigger.ID, c.identity.name)
	if problem != nil {
		return c.fail(*problem)
	}

	status := http.StatusCreated
	if s.opts.CreateAnswersOK {
		status = http.StatusOK
	}

	return jsonAnswer(status, typeJSON, s.idAnswer(id))
}

// accept stores a new subscription.
func (s *subscriptions) accept(asked subscriptionRequest, modelID, triggerID, owner string) (string, *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()

	there := 0

	for _, one := range s.stored {
		if !one.deleted {
			there++
		}
	}

	if most := s.most(); s.opts.RefuseBeyondMax && there >= most {
		return "", badRequest(codeTooMany, "", "The team may have %d subscriptions.", most)
	}

	now := s.now()
	one := &storedSubscription{late: true, since: now, listings: s.listings, Subscription: Subscription{
		ID: s.newID(now), Name: asked.name, KnowledgeModelID: modelID, TriggerID: triggerID,
		CallbackURI: asked.uri, CallbackHeaders: asked.headers, SkipErrors: asked.skipErrors, OwnerName: owner,
	}}

	one.complete(now)
	s.stored = append(s.stored, one)

	return one.ID, nil
}

// most is how many subscriptions the team may have.
func (s *subscriptions) most() int {
	if s.opts.Max > 0 {
		return s.opts.Max
	}

	return s.licensed
}

func (s *subscriptions) idAnswer(id string) any {
	switch s.opts.CreateAnswer {
	case SubscriptionIDText:
		return id
	case SubscriptionIDNumber:
		number, _ := strconv.Atoi(id) // newID has made it of one.

		return object{"id": number}
	case SubscriptionIDObject:
	}

	return object{"id": id}
}

// update answers PUT /subscriptions/{subscription_id}.
func (s *subscriptions) update(c *call) answer {
	reply := answer{status: http.StatusOK}
	if s.opts.UpdateAnswersNoContent {
		reply.status = http.StatusNoContent
	}

	return s.with(c, func(one *Subscription, now time.Time) (answer, *failure) {
		asked, problem := s.request(c)
		if problem != nil {
			return answer{}, problem
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

// unsubscribe answers DELETE /subscriptions/{subscription_id}.
func (s *subscriptions) unsubscribe(c *call) answer {
	return s.with(c, func(one *Subscription, now time.Time) (answer, *failure) {
		s.delete(one.ID, now)

		return answer{status: http.StatusNoContent}, nil
	})
}

// change answers a PATCH that changes the state and has no body in its answer.
func (s *subscriptions) change(do func(one *Subscription, c *call, now time.Time) *failure) func(c *call) answer {
	return func(c *call) answer {
		return s.with(c, func(one *Subscription, now time.Time) (answer, *failure) {
			return answer{status: http.StatusNoContent}, do(one, c, now)
		})
	}
}

// nextEvents answers PATCH /subscriptions/{subscription_id}/events.
func (s *subscriptions) nextEvents(c *call) answer {
	return s.with(c, func(one *Subscription, _ time.Time) (answer, *failure) {
		first, events, problem := one.leftovers(defaultPageSize)
		if problem != nil {
			return answer{}, problem
		}

		content := make([]object, len(events))
		for i, event := range events {
			content[i] = s.event(one, first+i, event)
		}

		return jsonAnswer(http.StatusOK, typeJSON, object{"pageSize": defaultPageSize, "content": content}), nil
	})
}

func (s *subscriptions) event(one *Subscription, offset int, event SubscriptionEvent) object {
	identifier := fmt.Sprintf("OBJECT-%d", offset)

	return object{
		"subscriberId": one.ID, "triggerId": one.TriggerID, "offset": offset,
		"creationDate": s.opts.Dates.format(event.Created),
		"event": object{
			"id": fmt.Sprintf("%s-%d", one.TriggerID, offset), "identifier": identifier, "typedIdentifier": identifier,
			"fields": []object{{"id": "ID", "value": identifier, "type": "STRING", "isIdentifier": true}},
		},
	}
}

// with carries out a request for the subscription of the path, if the caller may manage it.
func (s *subscriptions) with(c *call, do func(one *Subscription, now time.Time) (answer, *failure)) answer {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.now()

	one := s.find(c.vars["subscription_id"], now)
	if one == nil {
		return c.fail(failure{
			status:    http.StatusNotFound,
			code:      "SUBSCRIPTION_SUBSCRIPTION_NOTFOUND",
			detail:    "The subscription does not exist.",
			attribute: "subscription_id",
		})
	}

	if !s.mayManage(c.identity, &one.Subscription) {
		return c.fail(accessDenied())
	}

	before := formerSubscription{Subscription: one.clone(), until: now, listings: s.listings}

	reply, problem := do(&one.Subscription, now)
	if problem != nil {
		return c.fail(*problem)
	}

	one.former = append(one.former, before)

	return reply
}

// managing adds the scope of subscriptions to the area's, and refuses a body where none belongs (which is ours).
func managing(operation route) route {
	serve := operation.serve
	operation.serve = func(c *call) answer {
		if !c.identity.hasScope("intelligence.subscriptions:manage") {
			return c.fail(accessDenied())
		}

		if len(c.body) > 0 && operation.method != http.MethodPost && operation.method != http.MethodPut {
			return c.fail(*badRequest(codeIllegal, "", "The request has no body."))
		}

		return serve(c)
	}

	return operation
}

// area describes the Event Subscription API. Triggers stand in its OpenAPI file, but ask for the scope of Knowledge Models
// alone; subscriptions ask for both (developer.celonis.com/celonis-apis/auth and the changelog).
func (s *subscriptions) area() area {
	const (
		prefix   = "/intelligence/api"
		triggers = prefix + "/knowledge-models/{km_id}/triggers"
		trigger  = triggers + "/{trigger_id}"
		all      = prefix + "/subscriptions"
		one      = all + "/{subscription_id}"
	)

	o := &s.opts
	list := []string{"page", "pageSize", "sort"}

	pause := s.change(func(one *Subscription, _ *call, now time.Time) *failure { return one.pause(o, now) })
	resume := s.change(func(one *Subscription, _ *call, now time.Time) *failure { return one.resume(o, false, now) })
	resumeFromLatest := s.change(func(one *Subscription, _ *call, now time.Time) *failure { return one.resume(o, true, now) })
	replay := s.change(func(one *Subscription, c *call, now time.Time) *failure {
		from, problem := c.integer("fromOffset", 0, 0)
		if problem != nil {
			return problem
		}

		return one.replay(from, now)
	})

	return area{
		name:   "subscriptions",
		prefix: prefix,
		scope:  "intelligence.knowledge-models:read",
		routes: []route{
			{http.MethodGet, triggers, list, s.models.listTriggers, true},
			{http.MethodGet, trigger, nil, s.models.triggerDetail, false},
			managing(route{http.MethodPost, trigger + "/subscriptions", nil, s.create, false}),
			managing(route{http.MethodGet, all, list, s.list, true}),
			managing(route{http.MethodPut, one, nil, s.update, false}),
			managing(route{http.MethodDelete, one, nil, s.unsubscribe, false}),
			managing(route{http.MethodPatch, one + "/pause", nil, pause, false}),
			managing(route{http.MethodPatch, one + "/resume", nil, resume, false}),
			managing(route{http.MethodPatch, one + "/resume-from-latest", nil, resumeFromLatest, false}),
			managing(route{http.MethodPatch, one + "/replay", []string{"fromOffset"}, replay, false}),
			managing(route{http.MethodPatch, one + "/events", nil, s.nextEvents, false}),
		},
	}
}
