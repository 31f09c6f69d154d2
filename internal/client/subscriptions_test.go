package client_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

const (
	subscriptionsPath = "/intelligence/api/subscriptions"
	creationPath      = modelsPath + "/order-to-cash.otc-km/triggers/blocked/subscriptions"
	headerSecret      = "hook-secret-of-no-real-callback"
)

// withTrigger returns options of a team with the triggers that the tests subscribe to.
func withTrigger(options simulator.SubscriptionOptions) simulator.Options {
	record := simulator.Record{ID: "ORDER", Name: "Order", Fields: []simulator.Field{{ID: "ID", Name: "Id", Type: "string"}}}

	return simulator.Options{Subscriptions: options, Server: simulator.ServerOptions{Licence: "XL", MaxPageSize: 50}, Intelligence: simulator.IntelligenceOptions{Models: []simulator.KnowledgeModel{{
		PackageKey: "order-to-cash", Key: "otc-km", Name: "Order to Cash", Content: &simulator.Content{
			Records: []simulator.Record{record},
			Triggers: []simulator.Trigger{
				{ID: "blocked", Name: "Order blocked", RecordID: "ORDER"}, {ID: "other", Name: "Order changed", RecordID: "ORDER"},
			},
		},
	}}}}
}

func spec(name string) client.SubscriptionSpec {
	return client.SubscriptionSpec{
		KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "blocked", Name: name, CallbackURI: "https://hooks.example.com/" + name,
		Headers: map[string]client.Secret{"Authorization": client.NewSecret("Bearer " + headerSecret)},
	}
}

func existing(count int) []simulator.Subscription {
	all := make([]simulator.Subscription, 0, count)
	for index := range count {
		all = append(all, simulator.Subscription{
			ID: fmt.Sprintf("existing-%03d", index), Name: fmt.Sprintf("Existing %03d", index), KnowledgeModelID: "order-to-cash.otc-km",
			TriggerID: "other", CallbackURI: "https://hooks.example.com/existing",
		})
	}

	return all
}

func anything(client.Subscription) bool { return true }

func TestSubscriptionLivesWithEverySetting(t *testing.T) {
	t.Parallel()

	for name, options := range map[string]simulator.SubscriptionOptions{
		"default":                 {},
		"number as id":            {CreateAnswer: simulator.SubscriptionIDNumber},
		"bare text as id":         {CreateAnswer: simulator.SubscriptionIDText},
		"create answers 200":      {CreateAnswersOK: true},
		"update answers 204":      {UpdateAnswersNoContent: true},
		"update keeps omitted":    {UpdateKeepsOmitted: true},
		"update leaves paused":    {UpdateLeavesPaused: true},
		"repeats refused":         {RefuseRepeats: true},
		"repeats refused, paused": {RefuseRepeats: true, UpdateLeavesPaused: true},
		"listed late by reads":    {ListedAfterReads: 2},
		"listed late by time":     {ListedAfter: 5 * time.Second},
		"delisted late":           {DelistedAfterReads: 1},
		"no configurations":       {NoConfigurations: simulator.ConfigurationsAbsent},
		"null configurations":     {NoConfigurations: simulator.ConfigurationsNull},
		"other counter":           {LatestSucceedOffset: true},
		"offset dates":            {Dates: simulator.DatesWithOffset},
		"normalised addresses":    {NormaliseURIs: true},
		"old items":               {OldListItems: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			inBubble(t, withTrigger(options), func(t *testing.T, w world) {
				t.Helper()

				celonis := w.client()
				ctx := t.Context()

				id, err := celonis.CreateSubscription(ctx, spec("orders"))
				if err != nil {
					t.Fatal(err)
				}

				if _, err := celonis.PauseSubscription(ctx, id); err != nil {
					t.Fatal(err)
				}

				found, err := celonis.ChangedSubscription(ctx, id, anything)
				if err != nil || found.Name != "orders" || found.TriggerID != "blocked" || found.Status != client.SubscriptionPaused {
					t.Fatalf("created: %+v, %v", found, err)
				}

				changed := spec("renamed")
				changed.SkipErrors, changed.Headers = true, nil

				if err := celonis.UpdateSubscription(ctx, id, changed); err != nil {
					t.Fatal(err)
				}

				found, err = celonis.ChangedSubscription(ctx, id, func(one client.Subscription) bool { return one.Name == "renamed" })
				if err != nil || !found.SkipErrors || (found.Status == client.SubscriptionPaused) != options.UpdateLeavesPaused {
					t.Fatalf("changed: %+v, %v", found, err)
				}

				if stored := w.team.Subscriptions(); len(stored) != 1 || len(stored[0].CallbackHeaders) != 0 || stored[0].Name != "renamed" {
					t.Fatalf("stored: %+v", stored)
				}

				for range 2 { // A repeated one is no failure.
					if _, err := celonis.ResumeSubscription(ctx, id); err != nil {
						t.Fatal(err)
					}
				}

				for range 2 {
					if _, err := celonis.PauseSubscription(ctx, id); err != nil {
						t.Fatal(err)
					}
				}

				if found, err = celonis.Subscription(ctx, id); err != nil || found.Status != client.SubscriptionPaused {
					t.Fatalf("paused: %+v, %v", found, err)
				}

				celonis = w.client() // Another run.

				for range 2 { // Deleting what is gone is no failure.
					if err := celonis.DeleteSubscription(ctx, id); err != nil {
						t.Fatal(err)
					}
				}

				// One like it can be made again, although the list may still show the old one.
				if _, err := celonis.CreateSubscription(ctx, changed); err != nil {
					t.Fatal(err)
				}

				if stored := w.team.Subscriptions(); len(stored) != 1 {
					t.Fatalf("stored: %+v", stored)
				}
			})
		})
	}
}

func TestSubscriptionShowsWhatTheListHolds(t *testing.T) {
	t.Parallel()

	one := existing(1)[0]
	one.SkipErrors, one.OwnerName, one.Status = true, "Integration", simulator.SubscriptionFailed
	one.Created = time.Date(2026, 2, 1, 8, 0, 0, 0, time.UTC)

	inBubble(t, withTrigger(simulator.SubscriptionOptions{Existing: []simulator.Subscription{one}, Dates: simulator.DatesWithOffset}),
		func(t *testing.T, w world) {
			t.Helper()

			got, err := w.client().SubscriptionByName(t.Context(), "Existing 000")
			want := client.Subscription{
				ID: "existing-000", Name: "Existing 000", Status: client.SubscriptionFailed, KnowledgeModelID: "order-to-cash.otc-km",
				TriggerID: "other", CallbackURI: "https://hooks.example.com/existing", SkipErrors: true, OwnerName: "Integration",
				CreatedAt: "2026-02-01T08:00:00Z",
			}

			if err != nil || got != want {
				t.Errorf("got %+v, %v\nwant %+v", got, err, want)
			}
		})
}

func TestManySubscriptionsAreReadWithOneListing(t *testing.T) {
	t.Parallel()

	inBubble(t, withTrigger(simulator.SubscriptionOptions{Existing: existing(100)}), func(t *testing.T, w world) {
		t.Helper()

		celonis := w.client()
		group, ctx := errgroup.WithContext(t.Context())
		group.SetLimit(10)

		for _, one := range existing(100) {
			group.Go(func() error {
				_, err := celonis.Subscription(ctx, one.ID)

				return err
			})
		}

		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}

		if got := w.team.Count(http.MethodGet, subscriptionsPath); got != 2 {
			t.Errorf("%d list requests, want the 2 pages of one listing", got)
		}
	})
}

// Where others of this run are being created, the list grows while it is read.
func TestListThatChangesUnderWayIsReadAgain(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		times, lists int
		works        bool
		took         time.Duration
	}{
		"twice":    {times: 2, lists: 3, works: true, took: time.Second},
		"for ever": {times: -1, lists: 8, took: 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			inBubble(t, withTrigger(simulator.SubscriptionOptions{Existing: existing(60)}), func(t *testing.T, w world) {
				t.Helper()

				w.team.Inject(simulator.Fault{
					Method: http.MethodGet, Path: subscriptionsPath, Query: map[string]string{"page": "1"}, ChangeTotal: 1, Times: test.times,
				})

				took := elapsed(func() {
					all, err := w.client().Subscriptions(t.Context())
					if test.works && (err != nil || len(all) != 60) {
						t.Errorf("%d came, %v", len(all), err)
					}

					if !test.works {
						failure(t, err, client.ReasonInvalidAnswer, "the list changed while it was read")
					}
				})

				if took != test.took {
					t.Errorf("it took %s, want %s", took, test.took)
				}

				w.wantCount(2*test.lists, http.MethodGet, subscriptionsPath)
			})
		})
	}
}

func TestTenCreationsCostTwoListings(t *testing.T) {
	t.Parallel()

	options := withTrigger(simulator.SubscriptionOptions{})
	options.Server.Latency = 50 * time.Millisecond

	inBubble(t, options, func(t *testing.T, w world) {
		t.Helper()

		celonis := w.client()
		group, ctx := errgroup.WithContext(t.Context())

		for index := range 10 {
			group.Go(func() error {
				time.Sleep(time.Duration(index) * 10 * time.Millisecond) // They do not start as one.

				id, err := celonis.CreateSubscription(ctx, spec(fmt.Sprintf("orders-%d", index)))
				if err != nil {
					return err
				}

				_, err = celonis.ChangedSubscription(ctx, id, anything)

				return err
			})
		}

		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}

		creations, lists := w.team.Count(http.MethodPost, creationPath), w.team.Count(http.MethodGet, subscriptionsPath)
		if creations != 10 || lists > 2 {
			t.Errorf("%d creations and %d list requests, want 10 and at most 2", creations, lists)
		}
	})
}

func TestCreationsLookForTwinsTogether(t *testing.T) {
	t.Parallel()

	inBubble(t, withTrigger(simulator.SubscriptionOptions{}), func(t *testing.T, w world) {
		t.Helper()

		celonis := w.client()

		for index := range 5 {
			if _, err := celonis.CreateSubscription(t.Context(), spec(fmt.Sprintf("orders-%d", index))); err != nil {
				t.Fatal(err)
			}
		}

		if lists := w.team.Count(http.MethodGet, subscriptionsPath); lists != 1 {
			t.Errorf("%d list requests, want 1", lists)
		}
	})
}

func TestCreationRefusesATwin(t *testing.T) {
	t.Parallel()

	twin := simulator.Subscription{
		ID: "left-behind", Name: "orders", KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "blocked",
		CallbackURI: "https://HOOKS.example.com:443/orders",
	}

	inBubble(t, withTrigger(simulator.SubscriptionOptions{Existing: []simulator.Subscription{twin}}), func(t *testing.T, w world) {
		t.Helper()

		_, err := w.client().CreateSubscription(t.Context(), spec("orders"))

		if got := failure(t, err, client.ReasonExists, "blocked", `"orders"`, "left-behind"); got.ExistingID != "left-behind" {
			t.Errorf("existing id %q", got.ExistingID)
		}

		if got := w.team.Count(http.MethodPost, creationPath); got != 0 {
			t.Errorf("%d creations, want none", got)
		}

		for _, other := range []func(*client.SubscriptionSpec){
			func(s *client.SubscriptionSpec) { s.Name = "others" },
			func(s *client.SubscriptionSpec) { s.TriggerID = "other" },
			func(s *client.SubscriptionSpec) { s.CallbackURI += "/elsewhere" },
		} {
			differs := spec("orders")
			other(&differs)

			if _, err := w.client().CreateSubscription(t.Context(), differs); err != nil {
				t.Error(err)
			}
		}
	})
}

// Whoever configures two of a kind gets them, at once or one after the other.
func TestCreationTakesItsOwnForNoTwin(t *testing.T) {
	t.Parallel()

	inBubble(t, withTrigger(simulator.SubscriptionOptions{}), func(t *testing.T, w world) {
		t.Helper()

		celonis := w.client()

		for range 2 {
			if _, err := celonis.CreateSubscription(t.Context(), spec("orders")); err != nil {
				t.Fatal(err)
			}

			time.Sleep(time.Minute)
		}
	})
}

func TestCreationTakesWhatItDeletedForNoTwin(t *testing.T) {
	t.Parallel()

	inBubble(t, withTrigger(simulator.SubscriptionOptions{DelistedAfter: time.Hour}), func(t *testing.T, w world) {
		t.Helper()

		id, err := w.client().CreateSubscription(t.Context(), spec("orders"))
		if err != nil {
			t.Fatal(err)
		}

		celonis := w.client() // As in another run, which replaces it.
		if err := celonis.DeleteSubscription(t.Context(), id); err != nil {
			t.Fatal(err)
		}

		if _, err := celonis.CreateSubscription(t.Context(), spec("orders")); err != nil {
			t.Error(err)
		}
	})
}

func TestLostCreationIsFound(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		fault   simulator.Fault
		options simulator.SubscriptionOptions
	}{
		"connection cut":    {fault: simulator.Fault{ResetAfter: true}},
		"answer cut":        {fault: simulator.Fault{CutBodyAt: 5}},
		"answer is a page":  {fault: simulator.Fault{Body: "<html></html>"}},
		"answer is no id":   {fault: simulator.Fault{Body: `{"id": null}`}},
		"answer is a list":  {fault: simulator.Fault{Body: `[]`}},
		"listed late":       {fault: simulator.Fault{ResetAfter: true}, options: simulator.SubscriptionOptions{ListedAfterReads: 1}},
		"list without URIs": {fault: simulator.Fault{ResetAfter: true}, options: simulator.SubscriptionOptions{OldListItems: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			test.options.Existing = existing(3)

			inBubble(t, withTrigger(test.options), func(t *testing.T, w world) {
				t.Helper()

				test.fault.Method = http.MethodPost
				test.fault.Path = creationPath
				w.team.Inject(test.fault)

				id, err := w.client().CreateSubscription(t.Context(), spec("orders"))
				if err != nil {
					t.Fatal(err)
				}

				stored := w.team.Subscriptions()
				if len(stored) != 4 || stored[3].ID != id {
					t.Errorf("got %q, and stored is %+v", id, stored)
				}
			})
		})
	}
}

func TestLostCreationThatCannotBeFoundSaysWhatToLookFor(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		fault  simulator.Fault
		reason client.Reason
		parts  []string
	}{
		"connection cut before": {simulator.Fault{Reset: true}, client.ReasonConnection, nil},
		"answer never comes":    {simulator.Fault{Hang: true}, client.ReasonTimeout, nil},
		"gateway timeout":       {simulator.Fault{Status: http.StatusGatewayTimeout}, client.ReasonStatus, []string{"504"}},
		"sign-in page":          {simulator.Fault{HTML: true}, client.ReasonHTML, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			inBubble(t, withTrigger(simulator.SubscriptionOptions{}), func(t *testing.T, w world) {
				t.Helper()

				test.fault.Method, test.fault.Path, test.fault.Times = http.MethodPost, creationPath, -1
				w.team.Inject(test.fault)

				_, err := w.client().CreateSubscription(t.Context(), spec("orders"))
				got := failure(t, err, test.reason, append(test.parts, "Whether it was created is unknown", "two complete lists did not contain it",
					`"orders"`, "blocked", "https://hooks.example.com/orders")...)

				if !got.OutcomeUnknown {
					t.Error("the outcome counts as known")
				}

				w.wantCount(1+client.DefaultMaxRetries, http.MethodPost, creationPath)
			})
		})
	}
}

func TestRefusedCreationIsNotSearchedFor(t *testing.T) {
	t.Parallel()

	for _, status := range []int{400, 401, 403, 404, 409, 413} {
		inBubble(t, withTrigger(simulator.SubscriptionOptions{}), func(t *testing.T, w world) {
			t.Helper()

			w.team.Inject(simulator.Fault{Method: http.MethodPost, Path: creationPath, Status: status, Body: "<html>", Times: -1})

			_, err := w.client().CreateSubscription(t.Context(), spec("orders"))
			if err == nil || strings.Contains(err.Error(), "not known") {
				t.Errorf("status %d: %v", status, err)
			}

			if got := w.team.Count(http.MethodGet, subscriptionsPath); got != 1 {
				t.Errorf("status %d: %d list requests, want 1", status, got)
			}
		})
	}
}

// dialFails is a network on which nothing can be sent to one path.
type dialFails struct {
	path string
	next http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (d dialFails) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Path == d.path {
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}

	return d.next.RoundTrip(req) //nolint:wrapcheck // A transport passes on what it gets.
}

func TestCreationThatWasNeverSentIsNotSearchedFor(t *testing.T) {
	t.Parallel()

	inBubble(t, withTrigger(simulator.SubscriptionOptions{}), func(t *testing.T, w world) {
		t.Helper()

		celonis := w.client(func(options *client.Options) { options.Network = dialFails{creationPath, w.transport} })

		_, err := celonis.CreateSubscription(t.Context(), spec("orders"))
		if failure(t, err, client.ReasonConnection); strings.Contains(err.Error(), "not known") {
			t.Error(err)
		}
	})
}

func TestCancelledCreationThatIsLostIsFound(t *testing.T) {
	t.Parallel()

	options := withTrigger(simulator.SubscriptionOptions{})
	options.Server.Latency = time.Second

	inBubble(t, options, func(t *testing.T, w world) {
		t.Helper()

		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond) // Token, list, and half of the creation.
		defer cancel()

		w.team.Inject(simulator.Fault{Method: http.MethodPost, Path: creationPath, ResetAfter: true})

		id, err := w.client().CreateSubscription(ctx, spec("orders"))
		if stored := w.team.Subscriptions(); err != nil || len(stored) != 1 || stored[0].ID != id {
			t.Errorf("got %q, %v; stored is %+v", id, err, stored)
		}
	})
}

func TestCancelledCreationLearnsItsID(t *testing.T) {
	t.Parallel()

	options := withTrigger(simulator.SubscriptionOptions{})
	options.Server.Latency = time.Second

	inBubble(t, options, func(t *testing.T, w world) {
		t.Helper()

		ctx, cancel := context.WithCancel(t.Context())

		go func() {
			for w.team.Count(http.MethodPost, creationPath) == 0 {
				time.Sleep(100 * time.Millisecond)
			}

			cancel()
		}()

		id, err := w.client().CreateSubscription(ctx, spec("orders"))
		if stored := w.team.Subscriptions(); err != nil || len(stored) != 1 || stored[0].ID != id {
			t.Errorf("got %q, %v; stored is %+v", id, err, stored)
		}
	})
}

func TestCancelledCreationIsNotSentAnyMore(t *testing.T) {
	t.Parallel()

	inBubble(t, withTrigger(simulator.SubscriptionOptions{}), func(t *testing.T, w world) {
		t.Helper()

		ctx, cancel := context.WithCancel(t.Context())
		w.team.Inject(simulator.Fault{
			Method: http.MethodPost, Path: creationPath, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"30"}}, Times: -1,
		})

		go func() {
			time.Sleep(10 * time.Second)
			cancel()
		}()

		took := elapsed(func() {
			_, err := w.client().CreateSubscription(ctx, spec("orders"))
			failure(t, err, client.ReasonCanceled)
		})

		if took > 20*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

func TestChangeThatDoesNotShowIsReported(t *testing.T) {
	t.Parallel()

	inBubble(t, withTrigger(simulator.SubscriptionOptions{ListedAfter: time.Hour, Existing: existing(1)}), func(t *testing.T, w world) {
		t.Helper()

		celonis := w.client()

		id, err := celonis.CreateSubscription(t.Context(), spec("orders"))
		if err != nil {
			t.Fatal(err)
		}

		_, err = celonis.ChangedSubscription(t.Context(), id, anything)
		failure(t, err, client.ReasonNotTaken, id, "does not list it")

		never := func(client.Subscription) bool { return false }
		_, err = celonis.ChangedSubscription(t.Context(), "existing-000", never)
		failure(t, err, client.ReasonNotTaken, "existing-000", `"Existing 000"`, `"active"`)

		_, err = w.client().Subscription(t.Context(), id) // Another run.
		failure(t, err, client.ReasonNotFound, id)
	})
}

// Ten that wait for the same late listing look at it together.
func TestWaitingForALateListingIsShared(t *testing.T) {
	t.Parallel()

	inBubble(t, withTrigger(simulator.SubscriptionOptions{ListedAfter: 2500 * time.Millisecond}), func(t *testing.T, w world) {
		t.Helper()

		celonis := w.client()
		group, ctx := errgroup.WithContext(t.Context())

		for index := range 10 {
			group.Go(func() error {
				id, err := celonis.CreateSubscription(ctx, spec(fmt.Sprintf("orders-%d", index)))
				if err != nil {
					return err
				}

				_, err = celonis.ChangedSubscription(ctx, id, anything)

				return err
			})
		}

		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}

		// Before the creations, after them, and one and three seconds later.
		if lists := w.team.Count(http.MethodGet, subscriptionsPath); lists > 4 {
			t.Errorf("%d list requests, want at most 4", lists)
		}
	})
}

func TestLostPauseIsLookedUp(t *testing.T) {
	t.Parallel()

	for _, refuse := range []bool{false, true} {
		inBubble(t, withTrigger(simulator.SubscriptionOptions{Existing: existing(1), RefuseRepeats: refuse}), func(t *testing.T, w world) {
			t.Helper()

			w.team.Inject(simulator.Fault{Method: http.MethodPatch, ResetAfter: true})

			if _, err := w.client().PauseSubscription(t.Context(), "existing-000"); err != nil {
				t.Error(err)
			}

			if got := w.team.Subscriptions()[0].Status; got != simulator.SubscriptionPaused {
				t.Errorf("status %s", got)
			}
		})
	}
}

func TestPauseIsRepeated(t *testing.T) {
	t.Parallel()

	inBubble(t, withTrigger(simulator.SubscriptionOptions{Existing: existing(1)}), func(t *testing.T, w world) {
		t.Helper()

		w.team.Inject(simulator.Fault{Method: http.MethodPatch, Status: http.StatusServiceUnavailable, Times: 2})

		if _, err := w.client().PauseSubscription(t.Context(), "existing-000"); err != nil {
			t.Error(err)
		}

		if got := w.team.Count(http.MethodGet, subscriptionsPath); got != 0 {
			t.Errorf("%d list requests, want none", got)
		}
	})
}

func TestPauseThatIsRefusedIsAnError(t *testing.T) {
	t.Parallel()

	failed := existing(1)
	failed[0].Status = simulator.SubscriptionFailed

	inBubble(t, withTrigger(simulator.SubscriptionOptions{Existing: failed}), func(t *testing.T, w world) {
		t.Helper()

		_, err := w.client().PauseSubscription(t.Context(), "existing-000")
		if got := failure(t, err, client.ReasonStatus); got.Status != http.StatusBadRequest {
			t.Errorf("status %d", got.Status)
		}

		_, err = w.client().PauseSubscription(t.Context(), "nobody")
		failure(t, err, client.ReasonNotFound)

		err = w.client().UpdateSubscription(t.Context(), "nobody", spec("orders"))
		failure(t, err, client.ReasonNotFound)
	})
}

func TestDeletionTakesOnlyTheServicesWordForGone(t *testing.T) {
	t.Parallel()

	for _, body := range []string{"", `{"errorCode": "GENERAL_NOTFOUND_PATH", "title": "Not Found"}`, `{"errorCode": "LIMIT_NOTFOUND"}`, "<html>"} {
		inBubble(t, withTrigger(simulator.SubscriptionOptions{Existing: existing(1)}), func(t *testing.T, w world) {
			t.Helper()

			w.team.Inject(simulator.Fault{Method: http.MethodDelete, Status: http.StatusNotFound, Body: body, Times: -1})

			if err := w.client().DeleteSubscription(t.Context(), "existing-000"); err == nil || client.IsNotFound(err) {
				t.Errorf("%q: %v", body, err)
			}
		})
	}
}

func TestWriteMakesTheNextReadFresh(t *testing.T) {
	t.Parallel()

	inBubble(t, withTrigger(simulator.SubscriptionOptions{Existing: existing(1)}), func(t *testing.T, w world) {
		t.Helper()

		celonis := w.client()
		statuses := []client.SubscriptionStatus{}

		for _, change := range []func(context.Context, string) (client.SubscriptionStatus, error){
			celonis.PauseSubscription, celonis.ResumeSubscription,
		} {
			if _, err := change(t.Context(), "existing-000"); err != nil {
				t.Fatal(err)
			}

			for range 2 {
				found, err := celonis.Subscription(t.Context(), "existing-000")
				if err != nil {
					t.Fatal(err)
				}

				statuses = append(statuses, found.Status)
			}
		}

		want := []client.SubscriptionStatus{"paused", "paused", "active", "active"}
		if !slices.Equal(statuses, want) || w.team.Count(http.MethodGet, subscriptionsPath) != 2 {
			t.Errorf("statuses %v after %d list requests", statuses, w.team.Count(http.MethodGet, subscriptionsPath))
		}
	})
}

// The query of an address may be a token.
func TestErrorsHoldNoQueryOfTheCallback(t *testing.T) {
	t.Parallel()

	const query = "token=no-token-of-any-callback"

	secret := spec("orders")
	secret.CallbackURI += "?" + query

	for name, fails := range map[string]func(ctx context.Context, w world) error{
		"lost": func(ctx context.Context, w world) error {
			w.team.Inject(simulator.Fault{Method: http.MethodPost, Path: creationPath, Reset: true, Times: -1})
			_, err := w.client().CreateSubscription(ctx, secret)

			return err
		},
		"there already": func(ctx context.Context, w world) error {
			if _, err := w.client().CreateSubscription(ctx, secret); err != nil {
				return err
			}

			_, err := w.client().CreateSubscription(ctx, secret)

			return err
		},
		"not taken": func(ctx context.Context, w world) error {
			celonis := w.client()

			id, err := celonis.CreateSubscription(ctx, secret)
			if err == nil {
				_, err = celonis.ChangedSubscription(ctx, id, func(client.Subscription) bool { return false })
			}

			return err
		},
		"repeated by the service": func(ctx context.Context, w world) error {
			w.team.Inject(simulator.Fault{
				Method: http.MethodPost, Path: creationPath, Status: http.StatusBadRequest, Body: `{"detail": "` + secret.CallbackURI + ` is refused"}`,
			})
			_, err := w.client().CreateSubscription(ctx, secret)

			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			inBubble(t, withTrigger(simulator.SubscriptionOptions{}), func(t *testing.T, w world) {
				t.Helper()

				if err := fails(t.Context(), w); err == nil || !strings.Contains(err.Error(), "orders") || strings.Contains(err.Error(), query) {
					t.Errorf("the error is %v", err)
				}
			})
		})
	}
}

func TestSameURI(t *testing.T) {
	t.Parallel()

	for _, pair := range []struct {
		one, other string
		same       bool
	}{
		{"https://a.example/x", "https://a.example/x", true},
		{"https://a.example", "https://A.example:443/", true},
		{"HTTPS://a.example/x?q=1", "https://a.example/x?q=1", true},
		{"https://a.example/x", "https://a.example/X", false},
		{"https://a.example/x", "https://a.example/x/", false},
		{"https://a.example/x?q=1", "https://a.example/x?q=2", false},
		{"https://a.example:444/", "https://a.example/", false},
		{"%zz", "%zz", true},
	} {
		if got := client.IsSameURI(pair.one, pair.other); got != pair.same {
			t.Errorf("%s and %s: %t", pair.one, pair.other, got)
		}
	}
}

// A change that began while another was under way is not waited for.
func TestSettlingEnds(t *testing.T) {
	t.Parallel()

	inBubble(t, withTrigger(simulator.SubscriptionOptions{Existing: existing(2)}), func(t *testing.T, w world) {
		t.Helper()

		w.team.Inject(simulator.Fault{Method: http.MethodPatch, Path: subscriptionsPath + "/existing-001/*", Delay: 20 * time.Second, Times: -1})

		celonis := w.client()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)

		go func() {
			_, err := celonis.PauseSubscription(ctx, "existing-001")
			done <- err
		}()

		synctest.Wait()

		waiting, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()

		_, err := celonis.ChangedSubscription(waiting, "existing-000", anything)
		failure(t, err, client.ReasonCanceled)

		took := elapsed(func() { _, err = celonis.ChangedSubscription(t.Context(), "existing-000", anything) })
		if err != nil || took > 20*time.Second {
			t.Errorf("%v after %s", err, took)
		}

		cancel()

		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
