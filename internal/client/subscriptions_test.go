package client_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

func anything(client.Subscription) bool { return true }

func TestSubscriptionLifeCycleForEachReading(t *testing.T) {
	t.Parallel()

	for name, options := range map[string]intelligence.SubscriptionOptions{
		"default":                            {},
		"number as id":                       {CreatedID: intelligence.SubscriptionIDNumber},
		"bare text as id":                    {CreatedID: intelligence.SubscriptionIDText},
		"create returns 200":                 {CreateReturnsOK: true},
		"update returns 204":                 {UpdateReturnsNoContent: true},
		"omitted fields kept":                {UpdateKeepsOmitted: true},
		"paused after update":                {UpdateLeavesPaused: true},
		"repetition rejected":                {RefuseRepeats: true},
		"update pauses, repetition rejected": {RefuseRepeats: true, UpdateLeavesPaused: true},
		"listed late by reads":               {ListedAfterReads: 2},
		"listed late by time":                {ListedAfter: 5 * time.Second},
		"delisted late":                      {DelistedAfterReads: 1},
		"no configurations":                  {NoConfigurations: intelligence.ConfigurationsAbsent},
		"null configurations":                {NoConfigurations: intelligence.ConfigurationsNull},
		"other counter":                      {LatestSucceedOffset: true},
		"offset dates":                       {Dates: intelligence.DatesWithOffset},
		"normalised addresses":               {NormaliseURIs: true},
		"old items":                          {OldListItems: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			clienttest.InBubble(t, clienttest.SubscriptionTeam(options), func(t *testing.T, env clienttest.Env) {
				t.Helper()

				celonis := env.Client()
				ctx := t.Context()

				id, err := celonis.CreateSubscription(ctx, clienttest.SubscriptionSpec("orders"))
				if err != nil {
					t.Fatal(err)
				}

				if _, err := celonis.PauseSubscription(ctx, id); err != nil {
					t.Fatal(err)
				}

				found, err := celonis.ChangedSubscription(ctx, id, anything)
				if err != nil || found.Name != "orders" || found.TriggerID != "blocked" || found.Status != client.SubscriptionPaused {
					t.Fatalf("after the create: %+v, error = %v", found, err)
				}

				changed := clienttest.SubscriptionSpec("renamed")
				changed.SkipErrors, changed.Headers = true, nil

				if err := celonis.UpdateSubscription(ctx, id, changed); err != nil {
					t.Fatal(err)
				}

				found, err = celonis.ChangedSubscription(ctx, id, func(subscription client.Subscription) bool { return subscription.Name == "renamed" })
				if err != nil || !found.SkipErrors || (found.Status == client.SubscriptionPaused) != options.UpdateLeavesPaused {
					t.Fatalf("after the change: %+v, error = %v", found, err)
				}

				if stored := env.Team.Subscriptions(); len(stored) != 1 || len(stored[0].CallbackHeaders) != 0 || stored[0].Name != "renamed" {
					t.Fatalf("stored: %+v", stored)
				}

				for range 2 { // Resuming a subscription that is not paused succeeds.
					if _, err := celonis.ResumeSubscription(ctx, id); err != nil {
						t.Fatal(err)
					}
				}

				for range 2 { // Pausing a paused subscription succeeds.
					if _, err := celonis.PauseSubscription(ctx, id); err != nil {
						t.Fatal(err)
					}
				}

				if found, err = celonis.Subscription(ctx, id); err != nil || found.Status != client.SubscriptionPaused {
					t.Fatalf("after pausing: %+v, error = %v", found, err)
				}

				celonis = env.Client() // A new client represents a later run.

				for range 2 { // Deleting a missing subscription succeeds.
					if err := celonis.DeleteSubscription(ctx, id); err != nil {
						t.Fatal(err)
					}
				}

				// The client can create an identical subscription, although the list may still show the deleted subscription.
				if _, err := celonis.CreateSubscription(ctx, changed); err != nil {
					t.Fatal(err)
				}

				if stored := env.Team.Subscriptions(); len(stored) != 1 {
					t.Fatalf("stored: %+v", stored)
				}
			})
		})
	}
}

func TestSubscriptionFieldsAreReadFromTheList(t *testing.T) {
	t.Parallel()

	existing := clienttest.ExistingSubscriptions(1)[0]
	existing.SkipErrors, existing.OwnerName, existing.Status = true, "Integration", intelligence.SubscriptionFailed
	existing.Created = time.Date(2026, 2, 1, 8, 0, 0, 0, time.UTC)

	clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{Existing: []intelligence.Subscription{existing}, Dates: intelligence.DatesWithOffset}),
		func(t *testing.T, env clienttest.Env) {
			t.Helper()

			got, err := env.Client().SubscriptionByName(t.Context(), "Existing 000")
			want := client.Subscription{
				ID: "existing-000", Name: "Existing 000", Status: client.SubscriptionFailed, KnowledgeModelID: "order-to-cash.otc-km",
				TriggerID: "other", CallbackURI: "https://hooks.example.com/existing", SkipErrors: true, OwnerName: "Integration",
				CreatedAt: "2026-02-01T08:00:00Z",
			}

			if err != nil || got != want {
				t.Errorf("SubscriptionByName() = %+v, %v\nwant %+v", got, err, want)
			}
		})
}

func TestManySubscriptionsAreReadWithOneListing(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{Existing: clienttest.ExistingSubscriptions(100)}), func(t *testing.T, env clienttest.Env) {
		t.Helper()

		celonis := env.Client()
		group, ctx := errgroup.WithContext(t.Context())
		group.SetLimit(10)

		for _, subscription := range clienttest.ExistingSubscriptions(100) {
			group.Go(func() error {
				_, err := celonis.Subscription(ctx, subscription.ID)

				return err
			})
		}

		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}

		if got := env.Team.Count(http.MethodGet, clienttest.SubscriptionsPath); got != 2 {
			t.Errorf("%d list requests, want the 2 pages of one listing", got)
		}
	})
}

// If other creates of this run are in progress, the list grows while it is read.
func TestChangingListIsReadAgain(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		times, lists int
		succeeds     bool
		took         time.Duration
	}{
		"twice":   {times: 2, lists: 3, succeeds: true, took: time.Second},
		"forever": {times: -1, lists: 8, took: 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{Existing: clienttest.ExistingSubscriptions(60)}), func(t *testing.T, env clienttest.Env) {
				t.Helper()

				env.Team.Inject(simulator.Fault{
					Method: http.MethodGet, Path: clienttest.SubscriptionsPath, Query: map[string]string{"page": "1"}, ChangeTotal: 1, Times: test.times,
				})

				took := clienttest.Elapsed(func() {
					all, err := env.Client().Subscriptions(t.Context())
					if test.succeeds && (err != nil || len(all) != 60) {
						t.Errorf("%d subscriptions, error = %v", len(all), err)
					}

					if !test.succeeds {
						clienttest.WantError(t, err, transport.ReasonInvalidResponse, "the list changed while it was being read")
					}
				})

				if took != test.took {
					t.Errorf("the list took %s, want %s", took, test.took)
				}

				env.WantCount(2*test.lists, http.MethodGet, clienttest.SubscriptionsPath)
			})
		})
	}
}

func TestWriteInvalidatesTheList(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{Existing: clienttest.ExistingSubscriptions(1)}), func(t *testing.T, env clienttest.Env) {
		t.Helper()

		celonis := env.Client()
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
		if !slices.Equal(statuses, want) || env.Team.Count(http.MethodGet, clienttest.SubscriptionsPath) != 2 {
			t.Errorf("statuses = %v after %d list requests", statuses, env.Team.Count(http.MethodGet, clienttest.SubscriptionsPath))
		}
	})
}
