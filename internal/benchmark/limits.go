package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	simserver "github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// limited measures how fast a client lists Knowledge Models with the default limit of requests per second. The limit must have almost no
// effect on the time to read a short list. While the client reads a long list, it must make full use of the limit without exceeding it.
func limited(ctx context.Context) ([]result, error) {
	const (
		latency   = 50 * time.Millisecond
		short     = 1000
		long      = 5000
		repeats   = 5
		perSecond = transport.DefaultRequestsPerSecond
		// leastPerSecond is the minimum average rate for a long list.
		leastPerSecond = 15.0
		longPages      = long / client.DefaultPageSize
	)

	var with, without []time.Duration

	for range repeats {
		took, _, err := timeToList(ctx, short, latency, perSecond)
		if err != nil {
			return nil, err
		}

		with = append(with, took)

		if took, _, err = timeToList(ctx, short, latency, 0); err != nil {
			return nil, err
		}

		without = append(without, took)
	}

	slices.Sort(with)
	slices.Sort(without)

	took, arrivals, err := timeToList(ctx, long, latency, perSecond)
	if err != nil {
		return nil, err
	}

	return []result{
		{
			work: "list 1,000 models, default limit, compared with no limit: time", measured: milliseconds(with[repeats/2]),
			ideal: milliseconds(without[repeats/2]), unit: "ms", limit: 1.25, plain: "about 1000 ms, if requests are spaced evenly",
		},
		{
			work: "list 5,000 models, default limit: maximum arrivals in a second", measured: float64(mostWithin(time.Second, arrivals)),
			ideal: perSecond, limit: 1,
		},
		{
			work: "list 5,000 models, default limit: time at 15 per second", measured: took.Seconds(), ideal: longPages / leastPerSecond,
			unit: "s", limit: 1, plain: fmt.Sprintf("%.1f requests per second on average", longPages/took.Seconds()),
		},
	}, nil
}

// timeToList lists the Knowledge Models of a new team with a new client, and returns the duration and the sorted arrival times of the
// requests.
func timeToList(ctx context.Context, models int, latency time.Duration, perSecond int) (time.Duration, []time.Time, error) {
	team, server, err := startTeam(simulator.Options{
		Server: simserver.Options{Latency: latency}, Intelligence: intelligence.Options{KnowledgeModels: models},
	})
	if err != nil {
		return 0, nil, err
	}
	defer server.Close()

	celonis, err := newLimitedClient(server.URL, transport.DefaultMaxConcurrentRequests, perSecond)
	if err != nil {
		return 0, nil, err
	}

	// The token request is not part of the listing.
	if _, err := celonis.Token(ctx, transport.TokenRequest{Scopes: client.AreaKnowledgeModels.Scopes}); err != nil {
		return 0, nil, err
	}

	start := time.Now()

	listed, err := celonis.KnowledgeModels(ctx)
	if err != nil {
		return 0, nil, err
	}

	took := time.Since(start)

	if len(listed) != models {
		return 0, nil, fmt.Errorf("%d models were listed, want %d", len(listed), models)
	}

	var arrivals []time.Time

	for _, entry := range team.Journal() {
		if entry.Method == http.MethodGet {
			arrivals = append(arrivals, entry.Time)
		}
	}

	slices.SortFunc(arrivals, time.Time.Compare)

	return took, arrivals, nil
}

// mostWithin returns the maximum number of arrivals in any time window of the given length.
func mostWithin(span time.Duration, arrivals []time.Time) int {
	most, first := 0, 0

	for last := range arrivals {
		for arrivals[last].Sub(arrivals[first]) >= span {
			first++
		}

		most = max(most, last-first+1)
	}

	return most
}
