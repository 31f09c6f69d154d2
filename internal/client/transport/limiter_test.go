package transport_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// timeToList lists the Knowledge Models and returns how long that takes.
func timeToList(t *testing.T, latency time.Duration, models, perSecond int) time.Duration {
	t.Helper()

	var took time.Duration

	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: models}, Server: server.Options{Latency: latency}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client(func(o *client.Options) { o.RequestsPerSecond = perSecond })

		took = clienttest.Elapsed(func() {
			if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
				t.Fatal(err)
			}
		})

		env.WantRequests(1, models/client.DefaultPageSize)
	})

	return took
}

func TestShortListTakesAsLongAsWithoutALimit(t *testing.T) {
	t.Parallel()

	const latency = 50 * time.Millisecond

	limited := timeToList(t, latency, 1000, transport.DefaultRequestsPerSecond)
	if unlimited := timeToList(t, latency, 1000, 0); limited != unlimited {
		t.Errorf("20 pages took %s with the default limit, and %s without", limited, unlimited)
	}
}

func TestLongListUsesButNeverExceedsTheRateLimit(t *testing.T) {
	t.Parallel()

	const (
		models    = 1000
		pageSize  = 10
		perSecond = transport.DefaultRequestsPerSecond
	)

	for _, latency := range []time.Duration{0, time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond} {
		t.Run(fmt.Sprint(latency), func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: models}, Server: server.Options{Latency: latency}}, func(t *testing.T, env clienttest.Env) {
				celonis := env.Client(func(o *client.Options) { o.RequestsPerSecond, o.PageSize = perSecond, pageSize })

				took := clienttest.Elapsed(func() {
					if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
						t.Fatal(err)
					}
				})

				var arrivals []time.Time

				for _, entry := range env.Team.Journal() {
					if entry.Method == http.MethodGet {
						arrivals = append(arrivals, entry.Time)
					}
				}

				slices.SortFunc(arrivals, time.Time.Compare)

				for index := perSecond; index < len(arrivals); index++ {
					if span := arrivals[index].Sub(arrivals[index-perSecond]); span < time.Second {
						t.Fatalf("%d requests arrived within %s", perSecond+1, span)
					}
				}

				if average := float64(len(arrivals)) / took.Seconds(); average < 15 {
					t.Errorf("%.1f requests per second on average, want at least 15", average)
				}
			})
		})
	}
}

func TestTokenRequestsUseNoSlot(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client(func(o *client.Options) { o.RequestsPerSecond = 1 })

		if took := clienttest.Elapsed(func() {
			if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
				t.Fatal(err)
			}
		}); took != 0 {
			t.Errorf("a token and one page took %s at one request per second", took)
		}

		env.WantRequests(1, 1)
	})
}

func TestRequestsStayWithinTheRateLimit(t *testing.T) {
	t.Parallel()

	options := simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 400}, Server: server.Options{RequestsPerSecond: transport.DefaultRequestsPerSecond}}
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client(func(o *client.Options) { o.RequestsPerSecond, o.PageSize = transport.DefaultRequestsPerSecond, 10 })

		if took := clienttest.Elapsed(func() {
			if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
				t.Fatal(err)
			}
		}); took.Round(time.Millisecond) != time.Second {
			t.Errorf("a token and 40 pages took %s at 20 requests per second", took)
		}

		env.WantRequests(1, 40) // No 429 was received.
	})
}

func TestConcurrentRequestsAreLimited(t *testing.T) {
	t.Parallel()

	for _, most := range []int{1, 3, 50} {
		t.Run(strconv.Itoa(most), func(t *testing.T) {
			t.Parallel()

			options := simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 1000}, Server: server.Options{Latency: time.Second, MaxConcurrent: most}}
			clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
				celonis := env.Client(func(o *client.Options) { o.MaxConcurrentRequests, o.PageSize = most, 10 })
				if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
					t.Fatal(err)
				}

				env.WantRequests(1, 100)

				if got := env.Team.MaxInFlight(); got != most {
					t.Errorf("%d concurrent requests, want %d", got, most)
				}
			})
		})
	}
}

func TestListIsCompleteDespiteTheServiceRateLimit(t *testing.T) {
	t.Parallel()

	// The client has no rate limit, but the service does.
	options := simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 1000}, Server: server.Options{RequestsPerSecond: 5, Latency: 10 * time.Millisecond}}
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		got, err := env.Client().KnowledgeModels(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		clienttest.WantModels(t, got, intelligence.GenerateKnowledgeModels(1000, 0))
	})
}

func TestQueuedRequestsWaitForThePause(t *testing.T) {
	t.Parallel()

	all := intelligence.GenerateKnowledgeModels(5, 0)

	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 5}, Server: server.Options{Latency: time.Second}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{
			Path: clienttest.ModelsPath + "/*", Delay: time.Second, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"30"}},
		})

		celonis := env.Client(func(o *client.Options) { o.MaxConcurrentRequests = 1 })

		var group sync.WaitGroup
		for _, model := range all {
			group.Go(func() {
				if _, err := celonis.KnowledgeModel(t.Context(), model.ID()); err != nil {
					t.Error(err)
				}
			})
		}

		time.Sleep(20 * time.Second)

		if got := env.Team.Count(http.MethodGet, clienttest.ModelsPath+"/*"); got != 1 {
			t.Errorf("%d requests before the pause ended, want 1", got)
		}

		group.Wait()
	})
}
