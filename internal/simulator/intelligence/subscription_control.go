package intelligence

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Subscriptions returns all of the team's subscriptions in creation order, including their callback headers. The result includes subscriptions
// that the API's list still omits.
func (s *SubscriptionService) Subscriptions() []Subscription {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.Now()
	all := []Subscription{}

	for _, subscription := range s.stored {
		if !subscription.deleted {
			subscription.age(now)
			all = append(all, subscription.clone())
		}
	}

	return all
}

// AddSubscription adds a subscription, or replaces the subscription with the same id, and returns the id. If the id is empty, AddSubscription
// generates one. The API's list includes the subscription immediately. AddSubscription does not check whether the trigger exists.
func (s *SubscriptionService) AddSubscription(subscription Subscription) string {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.add(subscription, s.Now())
}

// ChangeSubscription changes a subscription out of band, as another program would, and reports whether the subscription exists.
// ChangeSubscription ignores changes to the id. If the subscription is active after the change, the events that are waiting for delivery are
// delivered. The API's list returns the new state immediately. The change function must not call the Simulator.
func (s *SubscriptionService) ChangeSubscription(id string, change func(*Subscription)) bool {
	return s.changeSubscription(id, func(subscription *Subscription) error {
		change(subscription)

		return nil
	}) == nil
}

var errNoSubscription = errors.New("the subscription does not exist")

// changeSubscription changes a subscription. If the change function returns an error, the subscription remains unchanged.
func (s *SubscriptionService) changeSubscription(id string, change func(*Subscription) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.Now()

	stored := s.find(id, now)
	if stored == nil {
		return errNoSubscription
	}

	changed := stored.clone()
	if err := change(&changed); err != nil {
		return err
	}

	// Store a copy, because the caller may retain the pointer.
	stored.Subscription, stored.former = changed.clone(), nil
	stored.ID = id
	stored.set(changed.Status, now)

	return nil
}

// SetSubscriptionStatus changes the status of a subscription and reports whether the subscription exists.
func (s *SubscriptionService) SetSubscriptionStatus(id string, status SubscriptionStatus) bool {
	return s.ChangeSubscription(id, func(subscription *Subscription) { subscription.Status = status })
}

// DeleteSubscription deletes a subscription out of band, as another program would, and reports whether the subscription existed.
func (s *SubscriptionService) DeleteSubscription(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.delete(id, s.Now())
}

// FireEvents fires events for the subscription with the given id, or for all subscriptions to the trigger with the given id, and returns the
// number of affected subscriptions. The delivery argument is the simulated outcome of delivering these events. Events that are already waiting
// are delivered as soon as their subscription is active. To simulate the recovery of a failed subscription's callback, fire zero events with
// the outcome Delivered.
func (s *SubscriptionService) FireEvents(id string, count int, delivery Delivery) int {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.Now()
	hit := 0

	for _, subscription := range s.stored {
		if subscription.deleted || subscription.ID != id && subscription.TriggerID != id {
			continue
		}

		subscription.age(now)
		subscription.fire(count, delivery, now)

		hit++
	}

	return hit
}

// RouteControl adds the operations for subscriptions and events to the control API.
func (s *SubscriptionService) RouteControl(mux *http.ServeMux) {
	mux.HandleFunc("GET /-/subscriptions", func(w http.ResponseWriter, _ *http.Request) {
		all := s.Subscriptions()

		for i := range all {
			for name := range all[i].CallbackHeaders {
				all[i].CallbackHeaders[name] = server.Masked
			}
		}

		server.WriteJSON(w, all)
	})
	mux.HandleFunc("POST /-/subscriptions", func(w http.ResponseWriter, r *http.Request) {
		var subscription Subscription

		if err := decodeSubscription(r.Body, &subscription); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)

			return
		}

		server.WriteJSON(w, server.Object{"id": s.AddSubscription(subscription)})
	})
	mux.HandleFunc("PATCH /-/subscriptions/{id}", func(w http.ResponseWriter, r *http.Request) {
		body := r.Body

		respondControl(w, s.changeSubscription(r.PathValue("id"), func(subscription *Subscription) error {
			return decodeSubscription(body, subscription)
		}))
	})
	mux.HandleFunc("DELETE /-/subscriptions/{id}", func(w http.ResponseWriter, r *http.Request) {
		var err error
		if !s.DeleteSubscription(r.PathValue("id")) {
			err = errNoSubscription
		}

		respondControl(w, err)
	})
	mux.HandleFunc("POST /-/events", func(w http.ResponseWriter, r *http.Request) {
		events, err := decodeEvents(r.Body)
		if err == nil && s.FireEvents(events.ID, events.Count, events.Delivery) == 0 {
			err = errNoSubscription
		}

		respondControl(w, err)
	})
}

// respondControl responds with 204, or with an error if err is not nil.
func respondControl(w http.ResponseWriter, err error) {
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, errNoSubscription):
		http.Error(w, err.Error(), http.StatusNotFound)
	default:
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

var errSubscription = errors.New("the subscription")

// decodeSubscription decodes JSON into an existing subscription. Fields that are not in the JSON keep their values. If the JSON contains
// callback headers, they replace all existing callback headers.
func decodeSubscription(body io.Reader, into *Subscription) error {
	before := into.CallbackHeaders
	into.CallbackHeaders = nil

	if err := server.DecodeStrictly(body, "subscription", into); err != nil {
		return err
	}

	if into.CallbackHeaders == nil {
		into.CallbackHeaders = before
	}

	switch {
	case into.Name == "" || into.KnowledgeModelID == "" || into.TriggerID == "" || into.CallbackURI == "":
		return fmt.Errorf("%w lacks a name, Knowledge Model, trigger or callback URI", errSubscription)
	case into.Status != "" && !slices.Contains(into.Status.Words(), into.Status):
		return fmt.Errorf("%w has the unknown status %q", errSubscription, into.Status)
	default:
		return nil
	}
}

// wireEvents is the JSON form of a request to fire events.
type wireEvents struct {
	ID       string   `json:"id"` // the id of a subscription or trigger
	Count    int      `json:"count"`
	Delivery Delivery `json:"delivery"` // empty = delivered
}

var errEvents = errors.New("the events")

func decodeEvents(body io.Reader) (wireEvents, error) {
	const most = 10_000

	var events wireEvents

	if err := server.DecodeStrictly(body, "events", &events); err != nil {
		return wireEvents{}, err
	}

	if events.Delivery == "" {
		events.Delivery = Delivered
	}

	if events.Count < 0 || events.Count > most || !slices.Contains(events.Delivery.Words(), events.Delivery) {
		return wireEvents{}, fmt.Errorf("%w: count must be between 0 and %d, and delivery must be one of %v",
			errEvents, most, events.Delivery.Words())
	}

	return events, nil
}
