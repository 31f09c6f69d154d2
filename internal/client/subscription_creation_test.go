package client_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// leftBehind returns a subscription that matches clienttest.SubscriptionSpec("orders").
func leftBehind() intelligence.Subscription {
	return intelligence.Subscription{
		ID: "left-behind", Name: "orders", KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "blocked",
		CallbackURI: "https://hooks.example.com/orders",
	}
}

// The advice on what to look for must not be truncated, regardless of the length of the error.
func TestErrorDescribesTheSubscriptionToLookFor(t *testing.T) {
	t.Parallel()

	const many = 1000

	for name, test := range map[string]struct {
		answer string
		change func(*client.SubscriptionSpec)
	}{
		"long response": {answer: `{"title": "Server error", "detail": "` + strings.Repeat("at line 1, ", many) + `"}`},
		"long name":     {change: func(s *client.SubscriptionSpec) { s.Name = strings.Repeat("n", many) }},
		"long address": {change: func(s *client.SubscriptionSpec) {
			s.CallbackURI = "https://hooks.example.com/" + strings.Repeat("x", many)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{}), func(t *testing.T, env clienttest.Env) {
				t.Helper()

				spec := clienttest.SubscriptionSpec("orders")
				if test.change != nil {
					test.change(&spec)
				}

				env.Team.Inject(simulator.Fault{
					Method: http.MethodPost, Path: clienttest.CreationPath, Status: http.StatusInternalServerError, Body: test.answer,
				})

				celonis := env.Client(func(options *client.Options) { options.MaxRetries = 0 })
				_, err := celonis.CreateSubscription(t.Context(), spec)
				got := clienttest.WantError(t, err, transport.ReasonStatus, "Look for the subscription named", spec.Name, "blocked",
					"order-to-cash.otc-km", spec.CallbackURI)

				if !got.OutcomeUnknown || !strings.HasSuffix(got.Note, spec.CallbackURI) || strings.Contains(got.Detail, spec.CallbackURI) {
					t.Errorf("outcome unknown %t, note %q", got.OutcomeUnknown, got.Note)
				}
			})
		})
	}
}

func TestLostResponseIsReportedIfTheListCannotBeRead(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{}), func(t *testing.T, env clienttest.Env) {
		t.Helper()

		env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.CreationPath, ResetAfter: true})
		env.Team.Inject(simulator.Fault{Method: http.MethodGet, Path: clienttest.SubscriptionsPath, Skip: 1, Status: http.StatusForbidden})

		_, err := env.Client().CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders"))
		got := clienttest.WantError(t, err, transport.ReasonConnection, "the list could not be read", "status 403", "Look for", `"orders"`, "blocked")

		if !got.OutcomeUnknown {
			t.Error("OutcomeUnknown is false")
		}
	})
}

// The name is freed before the create, but the list from the start of the run still contains it.
func TestNameCanBeReusedAfterDelete(t *testing.T) {
	t.Parallel()

	for name, free := range map[string]func(t *testing.T, celonis *client.Client, team *simulator.Simulator){
		"renamed in this run": func(t *testing.T, celonis *client.Client, _ *simulator.Simulator) {
			t.Helper()

			renamed := clienttest.SubscriptionSpec("orders")
			renamed.Name = "orders (old)"

			if err := celonis.UpdateSubscription(t.Context(), "left-behind", renamed); err != nil {
				t.Fatal(err)
			}
		},
		"deleted in this run": func(t *testing.T, celonis *client.Client, _ *simulator.Simulator) {
			t.Helper()

			if err := celonis.DeleteSubscription(t.Context(), "left-behind"); err != nil {
				t.Fatal(err)
			}
		},
		"renamed by another user": func(_ *testing.T, _ *client.Client, team *simulator.Simulator) {
			team.ChangeSubscription("left-behind", func(s *intelligence.Subscription) { s.Name = "orders (old)" })
		},
		"deleted by another user": func(_ *testing.T, _ *client.Client, team *simulator.Simulator) {
			team.DeleteSubscription("left-behind")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			// The list shows changes late, so only the run's own record of its changes shows that the name is free.
			options := intelligence.SubscriptionOptions{
				Existing: []intelligence.Subscription{leftBehind()}, UpdatesListedAfter: time.Hour, DelistedAfter: time.Hour,
			}
			if strings.HasSuffix(name, "by another user") {
				options.DelistedAfter = 0
			}

			clienttest.InBubble(t, clienttest.SubscriptionTeam(options), func(t *testing.T, env clienttest.Env) {
				t.Helper()

				celonis := env.Client()
				if _, err := celonis.CreateSubscription(t.Context(), clienttest.SubscriptionSpec("another")); err != nil { // This call reads the list.
					t.Fatal(err)
				}

				free(t, celonis, env.Team)
				time.Sleep(8 * time.Second) // The list remains cached for ten seconds.

				if _, err := celonis.CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders")); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestDuplicateWithAHiddenCallbackIsNotCreated(t *testing.T) {
	t.Parallel()

	options := intelligence.SubscriptionOptions{Existing: []intelligence.Subscription{leftBehind()}, OldListItems: true}

	clienttest.InBubble(t, clienttest.SubscriptionTeam(options), func(t *testing.T, env clienttest.Env) {
		t.Helper()

		_, err := env.Client().CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders"))
		clienttest.WantError(t, err, transport.ReasonExists, "whose callback Celonis does not return", "left-behind")
	})
}

// Terraform works on ten resources at a time. All creates that are in progress at the same time share a list request.
func TestConcurrentCreationsShareAListing(t *testing.T) {
	t.Parallel()

	const (
		count       = 40 // All subscriptions fit on one page, so each list request reads the whole list.
		parallelism = 10
	)

	for name, test := range map[string]struct {
		apart time.Duration // Each CreateSubscription call starts after a delay of at most this length.
		most  int
	}{
		"concurrent": {time.Millisecond, 1 + count/parallelism}, "staggered": {150 * time.Millisecond, 1 + count/4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{})
			options.Server.Latency = 50 * time.Millisecond

			clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
				t.Helper()

				for index := range count { // Each create request takes a different amount of time.
					env.Team.Inject(simulator.Fault{
						Method: http.MethodPost, Path: clienttest.CreationPath, Delay: time.Duration(1+index*37%100) * time.Millisecond,
					})
				}

				celonis := env.Client()
				group, ctx := errgroup.WithContext(t.Context())
				group.SetLimit(parallelism)

				for index := range count {
					group.Go(func() error {
						time.Sleep(time.Duration(index*61%100) * test.apart / 100)

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

				if got := env.Team.Count(http.MethodGet, clienttest.SubscriptionsPath); got > test.most {
					t.Errorf("%d listings for %d creates, want at most %d", got, count, test.most)
				}
			})
		})
	}
}

func TestTenCreatesShareTwoListings(t *testing.T) {
	t.Parallel()

	options := clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{})
	options.Server.Latency = 50 * time.Millisecond

	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		t.Helper()

		celonis := env.Client()
		group, ctx := errgroup.WithContext(t.Context())

		for index := range 10 {
			group.Go(func() error {
				time.Sleep(time.Duration(index) * 10 * time.Millisecond) // The calls start at short intervals.

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

		creations, lists := env.Team.Count(http.MethodPost, clienttest.CreationPath), env.Team.Count(http.MethodGet, clienttest.SubscriptionsPath)
		if creations != 10 || lists > 2 {
			t.Errorf("%d creates and %d list requests, want 10 and at most 2", creations, lists)
		}
	})
}

func TestConcurrentCreationsShareTheSearchForDuplicates(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{}), func(t *testing.T, env clienttest.Env) {
		t.Helper()

		celonis := env.Client()

		for index := range 5 {
			if _, err := celonis.CreateSubscription(t.Context(), clienttest.SubscriptionSpec(fmt.Sprintf("orders-%d", index))); err != nil {
				t.Fatal(err)
			}
		}

		if lists := env.Team.Count(http.MethodGet, clienttest.SubscriptionsPath); lists != 1 {
			t.Errorf("%d list requests, want 1", lists)
		}
	})
}

func TestDuplicateIsNotCreated(t *testing.T) {
	t.Parallel()

	twin := intelligence.Subscription{
		ID: "left-behind", Name: "orders", KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "blocked",
		CallbackURI: "https://HOOKS.example.com:443/orders",
	}

	clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{Existing: []intelligence.Subscription{twin}}), func(t *testing.T, env clienttest.Env) {
		t.Helper()

		_, err := env.Client().CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders"))

		if got := clienttest.WantError(t, err, transport.ReasonExists, "blocked", `"orders"`, "left-behind"); got.ExistingID != "left-behind" {
			t.Errorf("existing id = %q", got.ExistingID)
		}

		if got := env.Team.Count(http.MethodPost, clienttest.CreationPath); got != 0 {
			t.Errorf("%d creates, want none", got)
		}

		for _, change := range []func(*client.SubscriptionSpec){
			func(s *client.SubscriptionSpec) { s.Name = "others" },
			func(s *client.SubscriptionSpec) { s.TriggerID = "other" },
			func(s *client.SubscriptionSpec) { s.CallbackURI += "/elsewhere" },
		} {
			differs := clienttest.SubscriptionSpec("orders")
			change(&differs)

			if _, err := env.Client().CreateSubscription(t.Context(), differs); err != nil {
				t.Error(err)
			}
		}
	})
}

// A configuration may contain two identical subscriptions, which are created concurrently or in sequence.
func TestDuplicateCheckIgnoresSubscriptionsOfTheRun(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{}), func(t *testing.T, env clienttest.Env) {
		t.Helper()

		celonis := env.Client()

		for range 2 {
			if _, err := celonis.CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders")); err != nil {
				t.Fatal(err)
			}

			time.Sleep(time.Minute)
		}
	})
}

func TestDuplicateCheckIgnoresDeletedSubscriptions(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{DelistedAfter: time.Hour}), func(t *testing.T, env clienttest.Env) {
		t.Helper()

		id, err := env.Client().CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders"))
		if err != nil {
			t.Fatal(err)
		}

		celonis := env.Client() // A later run replaces the subscription.
		if err := celonis.DeleteSubscription(t.Context(), id); err != nil {
			t.Fatal(err)
		}

		if _, err := celonis.CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders")); err != nil {
			t.Error(err)
		}
	})
}

func TestSubscriptionIsFoundAfterALostResponse(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		fault   simulator.Fault
		options intelligence.SubscriptionOptions
	}{
		"lost response":      {fault: simulator.Fault{ResetAfter: true}},
		"truncated response": {fault: simulator.Fault{CutBodyAt: 5}},
		"web page":           {fault: simulator.Fault{Body: "<html></html>"}},
		"null id":            {fault: simulator.Fault{Body: `{"id": null}`}},
		"array":              {fault: simulator.Fault{Body: `[]`}},
		"listed late":        {fault: simulator.Fault{ResetAfter: true}, options: intelligence.SubscriptionOptions{ListedAfterReads: 1}},
		"list without URIs":  {fault: simulator.Fault{ResetAfter: true}, options: intelligence.SubscriptionOptions{OldListItems: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			test.options.Existing = clienttest.ExistingSubscriptions(3)

			clienttest.InBubble(t, clienttest.SubscriptionTeam(test.options), func(t *testing.T, env clienttest.Env) {
				t.Helper()

				test.fault.Method = http.MethodPost
				test.fault.Path = clienttest.CreationPath
				env.Team.Inject(test.fault)

				id, err := env.Client().CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders"))
				if err != nil {
					t.Fatal(err)
				}

				stored := env.Team.Subscriptions()
				if len(stored) != 4 || stored[3].ID != id {
					t.Errorf("created %q; the team contains %+v", id, stored)
				}
			})
		})
	}
}

func TestErrorForALostCreateSaysWhatToLookFor(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		fault  simulator.Fault
		reason transport.Reason
		parts  []string
	}{
		"connection reset": {simulator.Fault{Reset: true}, transport.ReasonConnection, nil},
		"no response":      {simulator.Fault{Hang: true}, transport.ReasonTimeout, nil},
		"gateway timeout":  {simulator.Fault{Status: http.StatusGatewayTimeout}, transport.ReasonStatus, []string{"504"}},
		"sign-in page":     {simulator.Fault{HTML: true}, transport.ReasonHTML, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{}), func(t *testing.T, env clienttest.Env) {
				t.Helper()

				test.fault.Method, test.fault.Path, test.fault.Times = http.MethodPost, clienttest.CreationPath, -1
				env.Team.Inject(test.fault)

				_, err := env.Client().CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders"))
				got := clienttest.WantError(t, err, test.reason, append(test.parts, "It is unknown whether the object was created", "two complete lists did not contain the object",
					`"orders"`, "blocked", "https://hooks.example.com/orders")...)

				if !got.OutcomeUnknown {
					t.Error("OutcomeUnknown is false")
				}

				env.WantCount(1+transport.DefaultMaxRetries, http.MethodPost, clienttest.CreationPath)
			})
		})
	}
}

func TestRejectedCreateIsNotLookedUp(t *testing.T) {
	t.Parallel()

	for _, status := range []int{400, 401, 403, 404, 409, 413} {
		clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{}), func(t *testing.T, env clienttest.Env) {
			t.Helper()

			env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.CreationPath, Status: status, Body: "<html>", Times: -1})

			_, err := env.Client().CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders"))
			if err == nil || strings.Contains(err.Error(), "unknown") {
				t.Errorf("status %d: error = %v, want a known outcome", status, err)
			}

			if got := env.Team.Count(http.MethodGet, clienttest.SubscriptionsPath); got != 1 {
				t.Errorf("status %d: %d list requests, want 1", status, got)
			}
		})
	}
}

// dialFails is a network that cannot send requests for one path.
type dialFails struct {
	path string
	next http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (d dialFails) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Path == d.path {
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}

	return d.next.RoundTrip(req)
}

func TestUnsentCreateIsNotLookedUp(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{}), func(t *testing.T, env clienttest.Env) {
		t.Helper()

		celonis := env.Client(func(options *client.Options) { options.Network = dialFails{clienttest.CreationPath, env.Network} })

		_, err := celonis.CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders"))
		if clienttest.WantError(t, err, transport.ReasonConnection); strings.Contains(err.Error(), "unknown") {
			t.Error(err)
		}
	})
}

func TestCancelledCreateWithALostResponseIsFound(t *testing.T) {
	t.Parallel()

	options := clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{})
	options.Server.Latency = time.Second

	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		t.Helper()

		// This is enough time for the token request, the list request, and half of the create request.
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()

		env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.CreationPath, ResetAfter: true})

		id, err := env.Client().CreateSubscription(ctx, clienttest.SubscriptionSpec("orders"))
		if stored := env.Team.Subscriptions(); err != nil || len(stored) != 1 || stored[0].ID != id {
			t.Errorf("created %q, error = %v; the team contains %+v", id, err, stored)
		}
	})
}

func TestCancelledCreateReturnsItsID(t *testing.T) {
	t.Parallel()

	options := clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{})
	options.Server.Latency = time.Second

	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		t.Helper()

		ctx, cancel := context.WithCancel(t.Context())

		go func() {
			for env.Team.Count(http.MethodPost, clienttest.CreationPath) == 0 {
				time.Sleep(100 * time.Millisecond)
			}

			cancel()
		}()

		id, err := env.Client().CreateSubscription(ctx, clienttest.SubscriptionSpec("orders"))
		if stored := env.Team.Subscriptions(); err != nil || len(stored) != 1 || stored[0].ID != id {
			t.Errorf("created %q, error = %v; the team contains %+v", id, err, stored)
		}
	})
}

func TestCancelledCreateIsNotSentAgain(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{}), func(t *testing.T, env clienttest.Env) {
		t.Helper()

		ctx, cancel := context.WithCancel(t.Context())
		env.Team.Inject(simulator.Fault{
			Method: http.MethodPost, Path: clienttest.CreationPath, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"30"}}, Times: -1,
		})

		go func() {
			time.Sleep(10 * time.Second)
			cancel()
		}()

		took := clienttest.Elapsed(func() {
			_, err := env.Client().CreateSubscription(ctx, clienttest.SubscriptionSpec("orders"))
			clienttest.WantError(t, err, transport.ReasonCanceled)
		})

		if took > 20*time.Second {
			t.Errorf("the create took %s", took)
		}
	})
}
