// Benchmark measures requests, time, memory, start-up and size, and compares each result with the ideal, the limit and the cost of a naive
// implementation. If a result exceeds its limit, the program exits with 1.
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	simserver "github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// result is one line of the report.
type result struct {
	work            string
	measured, ideal float64
	unit            string
	// limit is the maximum ratio of measured to ideal.
	limit float64
	// plain is the cost of a naive implementation, which sends requests sequentially and does not cache responses.
	plain string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	exceeded, err := run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}

	if err != nil || exceeded {
		stop()
		os.Exit(1) //nolint:gocritic // stop was called.
	}
}

func run(ctx context.Context) (exceeded bool, err error) {
	fmt.Printf("%-62s %10s %10s %7s %7s  %s\n", "work", "measured", "ideal", "ratio", "limit", "naive implementation")

	for _, measure := range []func(context.Context) ([]result, error){
		listing, limited, lookups, subscriptions, refreshes, memberships, membershipResources, queries, largeGroups, programs,
	} {
		results, err := measure(ctx)
		if err != nil {
			return true, err
		}

		for _, row := range results {
			ratio := row.measured / row.ideal
			verdict := ""

			if ratio > row.limit {
				exceeded, verdict = true, "  ABOVE THE LIMIT"
			}

			fmt.Printf("%-62s %10s %10s %7.2f %7.2f  %s%s\n", row.work, quantity(row.measured, row.unit), quantity(row.ideal, row.unit),
				ratio, row.limit, row.plain, verdict)
		}
	}

	return exceeded, nil
}

func quantity(value float64, unit string) string {
	if unit == "" {
		return fmt.Sprintf("%.0f", value)
	}

	return fmt.Sprintf("%.1f %s", value, unit)
}

// listing reads 10,000 Knowledge Models in pages of 50, with a latency of 50 ms.
func listing(ctx context.Context) ([]result, error) {
	const (
		models     = 10_000
		pages      = models / client.DefaultPageSize
		latency    = 50 * time.Millisecond
		concurrent = transport.DefaultMaxConcurrentRequests
	)

	team, server, err := startTeam(simulator.Options{
		Server: simserver.Options{Latency: latency}, Intelligence: intelligence.Options{KnowledgeModels: models},
	})
	if err != nil {
		return nil, err
	}
	defer server.Close()

	took := func(concurrent int) (time.Duration, error) {
		celonis, err := newClient(server.URL, concurrent)
		if err != nil {
			return 0, err
		}

		// The token request is not part of the listing.
		if _, err := celonis.Token(ctx, transport.TokenRequest{Scopes: client.AreaKnowledgeModels.Scopes}); err != nil {
			return 0, err
		}

		team.ResetJournal()

		start := time.Now()
		listed, err := celonis.KnowledgeModels(ctx)

		if err == nil && len(listed) != models {
			err = fmt.Errorf("%d models were listed, want %d", len(listed), models)
		}

		return time.Since(start), err
	}

	serial, err := took(1)
	if err != nil {
		return nil, err
	}

	measured, err := took(concurrent)
	if err != nil {
		return nil, err
	}

	roundTrips := 1 + float64(pages-1)/concurrent

	return []result{
		{
			work: "list 10,000 models, 50 a page: requests", measured: float64(team.Count(http.MethodGet, modelsPath)), ideal: pages, limit: 1,
		},
		{
			work: "list 10,000 models, 50 ms latency, 10 concurrent: time", measured: milliseconds(measured),
			ideal: roundTrips * milliseconds(latency), unit: "ms", limit: 1.25,
			plain: fmt.Sprintf("%.0f ms, one page at a time", milliseconds(serial)),
		},
	}, nil
}

// lookups finds 100 of 1,000 Knowledge Models by name, once with a separate client for each name and once with a shared client.
func lookups(ctx context.Context) ([]result, error) {
	const (
		models = 1000
		names  = 100
		lists  = models / client.DefaultPageSize
	)

	team, server, err := startTeam(simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: models}})
	if err != nil {
		return nil, err
	}
	defer server.Close()

	all := intelligence.GenerateKnowledgeModels(models, 0)

	// requests looks up all names and returns the number of requests. clientFor returns the client for each name, which may be shared.
	requests := func(clientFor func() (*client.Client, error)) (int, error) {
		team.ResetJournal()

		for index := range names {
			celonis, err := clientFor()
			if err != nil {
				return 0, err
			}

			found, err := celonis.KnowledgeModelByName(ctx, all[index*models/names].Name)
			if err != nil {
				return 0, err
			}

			if want := all[index*models/names].ID(); found.ID != want {
				return 0, fmt.Errorf("found %s, want %s", found.ID, want)
			}
		}

		return len(team.Journal()), nil
	}

	plain, err := requests(func() (*client.Client, error) { return newClient(server.URL, 1) })
	if err != nil {
		return nil, err
	}

	shared, err := newClient(server.URL, transport.DefaultMaxConcurrentRequests)
	if err != nil {
		return nil, err
	}

	measured, err := requests(func() (*client.Client, error) { return shared, nil })
	if err != nil {
		return nil, err
	}

	return []result{{
		work: "100 lookups by name in 1,000 models: requests, token included", measured: float64(measured), ideal: lists + 1, limit: 1,
		plain: fmt.Sprintf("%d requests, without sharing", plain),
	}}, nil
}

const modelsPath = "/intelligence/api/knowledge-models"

func startTeam(options simulator.Options) (*simulator.Simulator, *httptest.Server, error) {
	team, err := simulator.New(options)
	if err != nil {
		return nil, nil, err
	}

	return team, httptest.NewServer(team), nil
}

// newClient returns a client without a rate limit.
func newClient(url string, concurrent int) (*client.Client, error) {
	return newLimitedClient(url, concurrent, 0)
}

func newLimitedClient(url string, concurrent, perSecond int) (*client.Client, error) {
	oauthClient := oauth.DefaultClient()

	return client.New(client.Options{
		Options: transport.Options{
			BaseURL: url,
			Credentials: transport.Credentials{
				Mode: transport.ModeOAuthClient, ClientID: oauthClient.ID, ClientSecret: transport.NewSecret(oauthClient.Secret),
			},
			MaxConcurrentRequests: concurrent, RequestTimeout: transport.DefaultRequestTimeout,
			MaxRetryWait: transport.DefaultMaxRetryWait, UserAgent: "benchmark", RequestsPerSecond: perSecond,
		},
		PageSize: client.DefaultPageSize,
	})
}

func milliseconds(span time.Duration) float64 {
	return float64(span) / float64(time.Millisecond)
}
