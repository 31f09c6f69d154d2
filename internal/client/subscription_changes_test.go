package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// problemOf returns an error body with the given code.
func problemOf(code string) string {
	return `{"title": "Not found", "status": 404, "detail": "Nothing here.", "errorCode": "` + code + `"}`
}

// Resuming succeeds for any subscription that is not paused, even if the subscription delivers no events.
func TestResumingASubscriptionThatIsNotPausedSucceeds(t *testing.T) {
	t.Parallel()

	for _, status := range []intelligence.SubscriptionStatus{
		intelligence.SubscriptionFailed, intelligence.SubscriptionSuspended, intelligence.SubscriptionRejected,
	} {
		stopped := clienttest.ExistingSubscriptions(1)
		stopped[0].Status = status

		clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{Existing: stopped}), func(t *testing.T, env clienttest.Env) {
			t.Helper()

			got, err := env.Client().ResumeSubscription(t.Context(), "existing-000")
			if err != nil || got != client.SubscriptionStatus(status) {
				t.Errorf("resuming a %s subscription returned %q, error = %v", status, got, err)
			}
		})
	}
}

func TestActionsReturnTheNewStatus(t *testing.T) {
	t.Parallel()

	for _, refuse := range []bool{false, true} {
		clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{Existing: clienttest.ExistingSubscriptions(1), RefuseRepeats: refuse}), func(t *testing.T, env clienttest.Env) {
			t.Helper()

			celonis := env.Client()

			for range 2 {
				if got, err := celonis.PauseSubscription(t.Context(), "existing-000"); err != nil || got != client.SubscriptionPaused {
					t.Errorf("PauseSubscription() = %q, %v", got, err)
				}
			}

			for range 2 {
				if got, err := celonis.ResumeSubscription(t.Context(), "existing-000"); err != nil || got != client.SubscriptionActive {
					t.Errorf("ResumeSubscription() = %q, %v", got, err)
				}
			}
		})
	}
}

// A 404 may refer to an object other than the subscription, such as its model. In that case, the list shows whether the subscription exists.
func TestDeletionReadsTheListAfterOtherNotFoundErrors(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		code     string
		isListed bool
		listing  simulator.Fault
		succeeds bool
		lists    int
	}{
		"subscription not found":      {code: "SUBSCRIPTION_SUBSCRIPTION_NOTFOUND", isListed: true, succeeds: true},
		"model not found, listed":     {code: "KM_MODEL_NOTFOUND", isListed: true, lists: 1},
		"model not found, not listed": {code: "KM_MODEL_NOTFOUND", succeeds: true, lists: 1},
		"trigger not found, listed":   {code: "SUBSCRIPTION_TRIGGER_NOTFOUND", isListed: true, lists: 1},
		"trigger not found, not listed": {
			code: "SUBSCRIPTION_TRIGGER_NOTFOUND", succeeds: true, lists: 1,
		},
		"model not found, no access to the list": {
			code: "KM_MODEL_NOTFOUND", listing: simulator.Fault{Path: clienttest.SubscriptionsPath, Status: http.StatusForbidden}, lists: 1,
		},
		"path not found": {code: "GENERAL_NOTFOUND_PATH"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := intelligence.SubscriptionOptions{}
			if test.isListed {
				options.Existing = clienttest.ExistingSubscriptions(1)
			}

			clienttest.InBubble(t, clienttest.SubscriptionTeam(options), func(t *testing.T, env clienttest.Env) {
				t.Helper()

				env.Team.Inject(simulator.Fault{Method: http.MethodDelete, Status: http.StatusNotFound, Body: problemOf(test.code), Times: -1})

				if test.listing.Status != 0 {
					env.Team.Inject(test.listing)
				}

				if err := env.Client().DeleteSubscription(t.Context(), "existing-000"); (err == nil) != test.succeeds {
					t.Errorf("DeleteSubscription() = %v", err)
				}

				env.WantCount(test.lists, http.MethodGet, clienttest.SubscriptionsPath)
			})
		})
	}
}

func TestChangeThatIsListedLateIsAwaited(t *testing.T) {
	t.Parallel()

	for name, options := range map[string]intelligence.SubscriptionOptions{
		"by reads": {UpdatesListedAfterReads: 2}, "by time": {UpdatesListedAfter: 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options.Existing = clienttest.ExistingSubscriptions(1)

			clienttest.InBubble(t, clienttest.SubscriptionTeam(options), func(t *testing.T, env clienttest.Env) {
				t.Helper()

				celonis := env.Client()
				changed := clienttest.SubscriptionSpec("orders")
				changed.TriggerID = "other"

				if err := celonis.UpdateSubscription(t.Context(), "existing-000", changed); err != nil {
					t.Fatal(err)
				}

				took := clienttest.Elapsed(func() {
					found, err := celonis.ChangedSubscription(t.Context(), "existing-000", func(subscription client.Subscription) bool {
						return subscription.Name == "orders"
					})
					if err != nil || found.CallbackURI != changed.CallbackURI {
						t.Errorf("ChangedSubscription() = %+v, %v", found, err)
					}
				})

				if most := 7 * time.Second; took > most { // The list is requested again after one, two and four seconds.
					t.Errorf("the wait took %s, want at most %s", took, most)
				}
			})
		})
	}
}

func TestErrorsNeverContainACallbackHeader(t *testing.T) {
	t.Parallel()

	for name, isMasked := range map[string]bool{
		"Authorization": true, "authorization": true, "User-Agent": true, "Host": true, "Accept": false, "Content-Type": false,
	} {
		clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{}), func(t *testing.T, env clienttest.Env) {
			t.Helper()

			const refusal = `{"title": "Bad Request", "detail": "The value %[1]s of Basic %[1]s cannot be sent", "errorCode": "SUBSCRIPTION_EMPTY_HEADER"}`

			for index, value := range []string{clienttest.HeaderSecret, "Token " + clienttest.HeaderSecret} {
				env.Team.Inject(simulator.Fault{
					Method: http.MethodPost, Path: clienttest.CreationPath, Status: http.StatusBadRequest, Body: fmt.Sprintf(refusal, clienttest.HeaderSecret),
				})

				spec := clienttest.SubscriptionSpec("orders")
				spec.Headers = map[string]transport.Secret{name: transport.NewSecret(value)}

				_, err := env.Client().CreateSubscription(t.Context(), spec)
				if clienttest.WantError(t, err, transport.ReasonStatus, "***"); strings.Contains(err.Error(), clienttest.HeaderSecret) == isMasked {
					t.Errorf("%s, %d: error = %v", name, index, err)
				}
			}
		})
	}
}

func TestChangeThatIsNeverListedIsReported(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{ListedAfter: time.Hour, Existing: clienttest.ExistingSubscriptions(1)}), func(t *testing.T, env clienttest.Env) {
		t.Helper()

		celonis := env.Client()

		id, err := celonis.CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders"))
		if err != nil {
			t.Fatal(err)
		}

		_, err = celonis.ChangedSubscription(t.Context(), id, anything)
		clienttest.WantError(t, err, transport.ReasonNotApplied, id, "did not list it")

		never := func(client.Subscription) bool { return false }
		_, err = celonis.ChangedSubscription(t.Context(), "existing-000", never)
		clienttest.WantError(t, err, transport.ReasonNotApplied, "existing-000", `"Existing 000"`, `"active"`)

		_, err = env.Client().Subscription(t.Context(), id) // A new client represents a later run.
		clienttest.WantError(t, err, transport.ReasonNotFound, id)
	})
}

// Ten callers share the list requests while they wait for the list to show their changes.
func TestWaitingForALateListingIsShared(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{ListedAfter: 2500 * time.Millisecond}), func(t *testing.T, env clienttest.Env) {
		t.Helper()

		celonis := env.Client()
		group, ctx := errgroup.WithContext(t.Context())

		for index := range 10 {
			group.Go(func() error {
				id, err := celonis.CreateSubscription(ctx, clienttest.SubscriptionSpec(fmt.Sprintf("orders-%d", index)))
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

		// The list is requested before the create requests, after them, and one and three seconds later.
		if lists := env.Team.Count(http.MethodGet, clienttest.SubscriptionsPath); lists > 4 {
			t.Errorf("%d list requests, want at most 4", lists)
		}
	})
}

func TestPauseWithALostResponseIsLookedUp(t *testing.T) {
	t.Parallel()

	for _, refuse := range []bool{false, true} {
		clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{Existing: clienttest.ExistingSubscriptions(1), RefuseRepeats: refuse}), func(t *testing.T, env clienttest.Env) {
			t.Helper()

			env.Team.Inject(simulator.Fault{Method: http.MethodPatch, ResetAfter: true})

			if _, err := env.Client().PauseSubscription(t.Context(), "existing-000"); err != nil {
				t.Error(err)
			}

			if got := env.Team.Subscriptions()[0].Status; got != intelligence.SubscriptionPaused {
				t.Errorf("status = %s, want paused", got)
			}
		})
	}
}

func TestPauseIsRepeated(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{Existing: clienttest.ExistingSubscriptions(1)}), func(t *testing.T, env clienttest.Env) {
		t.Helper()

		env.Team.Inject(simulator.Fault{Method: http.MethodPatch, Status: http.StatusServiceUnavailable, Times: 2})

		if _, err := env.Client().PauseSubscription(t.Context(), "existing-000"); err != nil {
			t.Error(err)
		}

		if got := env.Team.Count(http.MethodGet, clienttest.SubscriptionsPath); got != 0 {
			t.Errorf("%d list requests, want none", got)
		}
	})
}

func TestRejectedPauseIsAnError(t *testing.T) {
	t.Parallel()

	failed := clienttest.ExistingSubscriptions(1)
	failed[0].Status = intelligence.SubscriptionFailed

	clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{Existing: failed}), func(t *testing.T, env clienttest.Env) {
		t.Helper()

		_, err := env.Client().PauseSubscription(t.Context(), "existing-000")
		if got := clienttest.WantError(t, err, transport.ReasonStatus); got.Status != http.StatusBadRequest {
			t.Errorf("status = %d, want 400", got.Status)
		}

		_, err = env.Client().PauseSubscription(t.Context(), "nobody")
		clienttest.WantError(t, err, transport.ReasonNotFound)

		err = env.Client().UpdateSubscription(t.Context(), "nobody", clienttest.SubscriptionSpec("orders"))
		clienttest.WantError(t, err, transport.ReasonNotFound)
	})
}

func TestDeletionSucceedsOnlyIfTheServiceReportsIt(t *testing.T) {
	t.Parallel()

	for _, body := range []string{"", `{"errorCode": "GENERAL_NOTFOUND_PATH", "title": "Not Found"}`, `{"errorCode": "LIMIT_NOTFOUND"}`, "<html>"} {
		clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{Existing: clienttest.ExistingSubscriptions(1)}), func(t *testing.T, env clienttest.Env) {
			t.Helper()

			env.Team.Inject(simulator.Fault{Method: http.MethodDelete, Status: http.StatusNotFound, Body: body, Times: -1})

			if err := env.Client().DeleteSubscription(t.Context(), "existing-000"); err == nil || transport.IsNotFound(err) {
				t.Errorf("%q: error = %v", body, err)
			}
		})
	}
}

// The callback's query may contain a token.
func TestErrorsNeverContainTheCallbackQuery(t *testing.T) {
	t.Parallel()

	const query = "token=no-token-of-any-callback"

	secret := clienttest.SubscriptionSpec("orders")
	secret.CallbackURI += "?" + query

	for name, fails := range map[string]func(ctx context.Context, env clienttest.Env) error{
		"lost response": func(ctx context.Context, env clienttest.Env) error {
			env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.CreationPath, Reset: true, Times: -1})
			_, err := env.Client().CreateSubscription(ctx, secret)

			return err
		},
		"existing subscription": func(ctx context.Context, env clienttest.Env) error {
			if _, err := env.Client().CreateSubscription(ctx, secret); err != nil {
				return err
			}

			_, err := env.Client().CreateSubscription(ctx, secret)

			return err
		},
		"change not applied": func(ctx context.Context, env clienttest.Env) error {
			celonis := env.Client()

			id, err := celonis.CreateSubscription(ctx, secret)
			if err == nil {
				_, err = celonis.ChangedSubscription(ctx, id, func(client.Subscription) bool { return false })
			}

			return err
		},
		"quoted by the service": func(ctx context.Context, env clienttest.Env) error {
			env.Team.Inject(simulator.Fault{
				Method: http.MethodPost, Path: clienttest.CreationPath, Status: http.StatusBadRequest, Body: `{"detail": "` + secret.CallbackURI + ` is refused"}`,
			})
			_, err := env.Client().CreateSubscription(ctx, secret)

			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{}), func(t *testing.T, env clienttest.Env) {
				t.Helper()

				if err := fails(t.Context(), env); err == nil || !strings.Contains(err.Error(), "orders") || strings.Contains(err.Error(), query) {
					t.Errorf("error = %v, want an error without the query", err)
				}
			})
		})
	}
}

func TestSameURI(t *testing.T) {
	t.Parallel()

	for _, pair := range []struct {
		a, b string
		same bool
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
		if got := client.IsSameURI(pair.a, pair.b); got != pair.same {
			t.Errorf("IsSameURI(%s, %s) = %t", pair.a, pair.b, got)
		}
	}
}

// A change that is still in progress delays a caller only until that change ends or the caller is cancelled.
func TestWaitingForPendingChangesEnds(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{Existing: clienttest.ExistingSubscriptions(2)}), func(t *testing.T, env clienttest.Env) {
		t.Helper()

		env.Team.Inject(simulator.Fault{Method: http.MethodPatch, Path: clienttest.SubscriptionsPath + "/existing-001/*", Delay: 20 * time.Second, Times: -1})

		celonis := env.Client()
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
		clienttest.WantError(t, err, transport.ReasonCanceled)

		took := clienttest.Elapsed(func() { _, err = celonis.ChangedSubscription(t.Context(), "existing-000", anything) })
		if err != nil || took > 20*time.Second {
			t.Errorf("error = %v after %s", err, took)
		}

		cancel()

		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
