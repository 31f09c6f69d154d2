package client_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// leftBehind is a subscription that is what spec("orders") asks for.
func leftBehind() simulator.Subscription {
	return simulator.Subscription{
		ID: "left-behind", Name: "orders", KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "blocked",
		CallbackURI: "https://hooks.example.com/orders",
	}
}

// problemOf is an error of the service with a code.
func problemOf(code string) string {
	return `{"title": "Not found", "status": 404, "detail": "Nothing here.", "errorCode": "` + code + `"}`
}

// What to look for is what a user needs most, however much else there is to say.
func TestWhatToLookForIsNeverCutOff(t *testing.T) {
	t.Parallel()

	const many = 1000

	for name, test := range map[string]struct {
		answer string
		change func(*client.SubscriptionSpec)
	}{
		"long answer": {answer: `{"title": "Server error", "detail": "` + strings.Repeat("at line 1, ", many) + `"}`},
		"long name":   {change: func(s *client.SubscriptionSpec) { s.Name = strings.Repeat("n", many) }},
		"long address": {change: func(s *client.SubscriptionSpec) {
			s.CallbackURI = "https://hooks.example.com/" + strings.Repeat("x", many)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			inBubble(t, withTrigger(simulator.SubscriptionOptions{}), func(t *testing.T, w world) {
				t.Helper()

				wanted := spec("orders")
				if test.change != nil {
					test.change(&wanted)
				}

				w.team.Inject(simulator.Fault{
					Method: http.MethodPost, Path: creationPath, Status: http.StatusInternalServerError, Body: test.answer,
				})

				celonis := w.client(func(options *client.Options) { options.MaxRetries = 0 })
				_, err := celonis.CreateSubscription(t.Context(), wanted)
				got := failure(t, err, client.ReasonStatus, "Look for the subscription named", wanted.Name, "blocked",
					"order-to-cash.otc-km", wanted.CallbackURI)

				if !got.OutcomeUnknown || !strings.HasSuffix(got.Note, wanted.CallbackURI) || strings.Contains(got.Detail, wanted.CallbackURI) {
					t.Errorf("unknown %t, note %q", got.OutcomeUnknown, got.Note)
				}
			})
		})
	}
}

func TestLostCreationSaysThatTheListCouldNotBeRead(t *testing.T) {
	t.Parallel()

	inBubble(t, withTrigger(simulator.SubscriptionOptions{}), func(t *testing.T, w world) {
		t.Helper()

		w.team.Inject(simulator.Fault{Method: http.MethodPost, Path: creationPath, ResetAfter: true})
		w.team.Inject(simulator.Fault{Method: http.MethodGet, Path: subscriptionsPath, Skip: 1, Status: http.StatusForbidden})

		_, err := w.client().CreateSubscription(t.Context(), spec("orders"))
		got := failure(t, err, client.ReasonConnection, "the list could not be read to find out", "status 403", "Look for", `"orders"`, "blocked")

		if !got.OutcomeUnknown {
			t.Error("the outcome counts as known")
		}
	})
}

// What frees a name in the same run comes before the creation, and the list that the run began with does not show it.
func TestNameThatWasFreedIsFree(t *testing.T) {
	t.Parallel()

	for name, free := range map[string]func(t *testing.T, celonis *client.Client, team *simulator.Simulator){
		"renamed in this run": func(t *testing.T, celonis *client.Client, _ *simulator.Simulator) {
			t.Helper()

			other := spec("orders")
			other.Name = "orders (old)"

			if err := celonis.UpdateSubscription(t.Context(), "left-behind", other); err != nil {
				t.Fatal(err)
			}
		},
		"deleted in this run": func(t *testing.T, celonis *client.Client, _ *simulator.Simulator) {
			t.Helper()

			if err := celonis.DeleteSubscription(t.Context(), "left-behind"); err != nil {
				t.Fatal(err)
			}
		},
		"renamed by somebody else": func(_ *testing.T, _ *client.Client, team *simulator.Simulator) {
			team.ChangeSubscription("left-behind", func(s *simulator.Subscription) { s.Name = "orders (old)" })
		},
		"deleted by somebody else": func(_ *testing.T, _ *client.Client, team *simulator.Simulator) {
			team.DeleteSubscription("left-behind")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			// As if the list came late: what this run has changed is known without it.
			options := simulator.SubscriptionOptions{
				Existing: []simulator.Subscription{leftBehind()}, UpdatesListedAfter: time.Hour, DelistedAfter: time.Hour,
			}
			if strings.HasSuffix(name, "else") {
				options.DelistedAfter = 0
			}

			inBubble(t, withTrigger(options), func(t *testing.T, w world) {
				t.Helper()

				celonis := w.client()
				if _, err := celonis.CreateSubscription(t.Context(), spec("another")); err != nil { // It reads the list.
					t.Fatal(err)
				}

				free(t, celonis, w.team)
				time.Sleep(8 * time.Second) // That list serves for ten.

				if _, err := celonis.CreateSubscription(t.Context(), spec("orders")); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestTwinWithAHiddenCallbackIsRefusedAsSuch(t *testing.T) {
	t.Parallel()

	options := simulator.SubscriptionOptions{Existing: []simulator.Subscription{leftBehind()}, OldListItems: true}

	inBubble(t, withTrigger(options), func(t *testing.T, w world) {
		t.Helper()

		_, err := w.client().CreateSubscription(t.Context(), spec("orders"))
		failure(t, err, client.ReasonExists, "whose callback Celonis does not show", "left-behind")
	})
}

// A subscription that does not deliver is not paused, which is all that resuming is about.
func TestResumingWhatIsNotPausedIsNoFailure(t *testing.T) {
	t.Parallel()

	for _, status := range []simulator.SubscriptionStatus{
		simulator.SubscriptionFailed, simulator.SubscriptionSuspended, simulator.SubscriptionRejected,
	} {
		stopped := existing(1)
		stopped[0].Status = status

		inBubble(t, withTrigger(simulator.SubscriptionOptions{Existing: stopped}), func(t *testing.T, w world) {
			t.Helper()

			got, err := w.client().ResumeSubscription(t.Context(), "existing-000")
			if err != nil || got != client.SubscriptionStatus(status) {
				t.Errorf("a %s subscription is %q, %v", status, got, err)
			}
		})
	}
}

func TestActionsReturnTheStatusAfterThem(t *testing.T) {
	t.Parallel()

	for _, refuse := range []bool{false, true} {
		inBubble(t, withTrigger(simulator.SubscriptionOptions{Existing: existing(1), RefuseRepeats: refuse}), func(t *testing.T, w world) {
			t.Helper()

			celonis := w.client()

			for range 2 {
				if got, err := celonis.PauseSubscription(t.Context(), "existing-000"); err != nil || got != client.SubscriptionPaused {
					t.Errorf("paused it is %q, %v", got, err)
				}
			}

			for range 2 {
				if got, err := celonis.ResumeSubscription(t.Context(), "existing-000"); err != nil || got != client.SubscriptionActive {
					t.Errorf("resumed it is %q, %v", got, err)
				}
			}
		})
	}
}

// A 404 may be about something else than the subscription, such as its model. The list knows better then.
func TestDeletionAsksTheListAboutOtherNotFoundErrors(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		code     string
		isListed bool
		listing  simulator.Fault
		works    bool
		lists    int
	}{
		"the subscription":           {code: "SUBSCRIPTION_SUBSCRIPTION_NOTFOUND", isListed: true, works: true},
		"the model, and it is there": {code: "KM_MODEL_NOTFOUND", isListed: true, lists: 1},
		"the model, and it is gone":  {code: "KM_MODEL_NOTFOUND", works: true, lists: 1},
		"the trigger, and is there":  {code: "SUBSCRIPTION_TRIGGER_NOTFOUND", isListed: true, lists: 1},
		"the trigger, and it is gone": {
			code: "SUBSCRIPTION_TRIGGER_NOTFOUND", works: true, lists: 1,
		},
		"the model, and the list is refused": {
			code: "KM_MODEL_NOTFOUND", listing: simulator.Fault{Path: subscriptionsPath, Status: http.StatusForbidden}, lists: 1,
		},
		"the path": {code: "GENERAL_NOTFOUND_PATH"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := simulator.SubscriptionOptions{}
			if test.isListed {
				options.Existing = existing(1)
			}

			inBubble(t, withTrigger(options), func(t *testing.T, w world) {
				t.Helper()

				w.team.Inject(simulator.Fault{Method: http.MethodDelete, Status: http.StatusNotFound, Body: problemOf(test.code), Times: -1})

				if test.listing.Status != 0 {
					w.team.Inject(test.listing)
				}

				if err := w.client().DeleteSubscription(t.Context(), "existing-000"); (err == nil) != test.works {
					t.Errorf("it ends with %v", err)
				}

				w.wantCount(test.lists, http.MethodGet, subscriptionsPath)
			})
		})
	}
}

// Terraform works on ten at a time, and a listing serves all that were under way together.
func TestCreationsOfOneTimeShareAListing(t *testing.T) {
	t.Parallel()

	const (
		count       = 40 // One page of the list, so that requests are listings.
		parallelism = 10
	)

	for name, test := range map[string]struct {
		apart time.Duration // Each begins up to so much later.
		most  int
	}{
		"at once": {time.Millisecond, 1 + count/parallelism}, "apart": {150 * time.Millisecond, 1 + count/4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := withTrigger(simulator.SubscriptionOptions{})
			options.Server.Latency = 50 * time.Millisecond

			inBubble(t, options, func(t *testing.T, w world) {
				t.Helper()

				for index := range count { // None takes as long as another.
					w.team.Inject(simulator.Fault{
						Method: http.MethodPost, Path: creationPath, Delay: time.Duration(1+index*37%100) * time.Millisecond,
					})
				}

				celonis := w.client()
				group, ctx := errgroup.WithContext(t.Context())
				group.SetLimit(parallelism)

				for index := range count {
					group.Go(func() error {
						time.Sleep(time.Duration(index*61%100) * test.apart / 100)

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

				if got := w.team.Count(http.MethodGet, subscriptionsPath); got > test.most {
					t.Errorf("%d listings for %d creations, want at most %d", got, count, test.most)
				}
			})
		})
	}
}

func TestChangeIsAwaitedWhereItIsListedLate(t *testing.T) {
	t.Parallel()

	for name, options := range map[string]simulator.SubscriptionOptions{
		"by reads": {UpdatesListedAfterReads: 2}, "by time": {UpdatesListedAfter: 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options.Existing = existing(1)

			inBubble(t, withTrigger(options), func(t *testing.T, w world) {
				t.Helper()

				celonis := w.client()
				changed := spec("orders")
				changed.TriggerID = "other"

				if err := celonis.UpdateSubscription(t.Context(), "existing-000", changed); err != nil {
					t.Fatal(err)
				}

				took := elapsed(func() {
					found, err := celonis.ChangedSubscription(t.Context(), "existing-000", func(one client.Subscription) bool {
						return one.Name == "orders"
					})
					if err != nil || found.CallbackURI != changed.CallbackURI {
						t.Errorf("it is %+v, %v", found, err)
					}
				})

				if most := 7 * time.Second; took > most { // After one second, two and four it looks again.
					t.Errorf("it took %s, want at most %s", took, most)
				}
			})
		})
	}
}

func TestErrorsHoldNoHeaderOfTheCallback(t *testing.T) {
	t.Parallel()

	for name, isMasked := range map[string]bool{
		"Authorization": true, "authorization": true, "User-Agent": true, "Host": true, "Accept": false, "Content-Type": false,
	} {
		inBubble(t, withTrigger(simulator.SubscriptionOptions{}), func(t *testing.T, w world) {
			t.Helper()

			const refusal = `{"title": "Bad Request", "detail": "The value %[1]s of Basic %[1]s cannot be sent", "errorCode": "SUBSCRIPTION_EMPTY_HEADER"}`

			for index, value := range []string{headerSecret, "Token " + headerSecret} {
				w.team.Inject(simulator.Fault{
					Method: http.MethodPost, Path: creationPath, Status: http.StatusBadRequest, Body: fmt.Sprintf(refusal, headerSecret),
				})

				wanted := spec("orders")
				wanted.Headers = map[string]client.Secret{name: client.NewSecret(value)}

				_, err := w.client().CreateSubscription(t.Context(), wanted)
				if failure(t, err, client.ReasonStatus, "***"); strings.Contains(err.Error(), headerSecret) == isMasked {
					t.Errorf("%s, %d: %v", name, index, err)
				}
			}
		})
	}
}
