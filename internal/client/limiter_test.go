package client_test

import (
	"fmt"
	"net/http"
	"slices"
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

func TestLongListUsesTheRateAndNeverExceedsIt(t *testing.T) {
	t.Parallel()

	const (
		models    = 5000
		perSecond = transport.DefaultRequestsPerSecond
	)

	for _, latency := range []time.Duration{0, time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond} {
		t.Run(fmt.Sprint(latency), func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: models}, Server: server.Options{Latency: latency}}, func(t *testing.T, env clienttest.Env) {
				celonis := env.Client(func(o *client.Options) { o.RequestsPerSecond = perSecond })

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

func TestTokenRequestsTakeNoSlot(t *testing.T) {
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
