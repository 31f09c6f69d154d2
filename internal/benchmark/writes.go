package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	simserver "github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

const (
	parallelism = 10 // This is Terraform's default parallelism.
	roundTrip   = 20 * time.Millisecond

	subscriptionsPath = "/intelligence/api/subscriptions"
	usersPath         = "/scim/v2/Users"
	groupsPath        = "/scim/v2/Groups"
)

// atOnce calls a function for each index from 0 to work-1, with at most the given number of calls in parallel.
func atOnce(ctx context.Context, work, parallelism int, do func(ctx context.Context, index int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelism)

	for index := range work {
		group.Go(func() error { return do(ctx, index) })
	}

	return group.Wait()
}

// subscriptions refreshes 100 subscriptions and creates ten.
func subscriptions(ctx context.Context) ([]result, error) {
	const (
		count   = 100
		created = 10
		pages   = count / client.DefaultPageSize
	)

	team, server, err := startTeam(simulator.Options{
		Intelligence: intelligence.Options{KnowledgeModels: count}, Server: simserver.Options{Latency: roundTrip},
		Subscriptions: intelligence.SubscriptionOptions{Count: count},
	})
	if err != nil {
		return nil, err
	}
	defer server.Close()

	celonis, err := newClient(server.URL, parallelism)
	if err != nil {
		return nil, err
	}

	all := team.Subscriptions()

	err = atOnce(ctx, count, parallelism, func(ctx context.Context, index int) error {
		_, err := celonis.Subscription(ctx, all[index].ID)

		return err
	})
	refreshed := team.Count(http.MethodGet, subscriptionsPath)

	if err != nil {
		return nil, err
	}

	team.ResetJournal()

	if celonis, err = newClient(server.URL, parallelism); err != nil { // An apply runs in a different process from the plan.
		return nil, err
	}

	err = atOnce(ctx, created, parallelism, func(ctx context.Context, index int) error {
		id, err := celonis.CreateSubscription(ctx, client.SubscriptionSpec{
			KnowledgeModelID: all[0].KnowledgeModelID, TriggerID: all[0].TriggerID, Name: fmt.Sprintf("New %d", index),
			CallbackURI: "https://hooks.example.com/new",
		})
		if err != nil {
			return err
		}

		_, err = celonis.ChangedSubscription(ctx, id, func(client.Subscription) bool { return true })

		return err
	})

	// The ten new subscriptions add one page to the list.
	listings := float64(team.Count(http.MethodGet, subscriptionsPath)) / (pages + 0.5)

	return []result{
		{
			work: "refresh 100 subscriptions: list requests", measured: float64(refreshed), ideal: pages, limit: 1,
			plain: fmt.Sprintf("%d requests without sharing", count*pages),
		},
		{
			work: "create 10 subscriptions: creations", measured: float64(team.Count(http.MethodPost, "")) - 1, ideal: created, limit: 1,
		},
		{
			work: "create 10 subscriptions: listings", measured: listings, ideal: 2, limit: 1,
			plain: fmt.Sprintf("%d listings without sharing", created),
		},
	}, err
}

// refreshes measures a refresh of many managed users, and of a single user in a large team.
func refreshes(ctx context.Context) ([]result, error) {
	const (
		many  = 500
		large = 100_000
		pages = 3 // of 200
	)

	requests := func(team int, managed int) (lists, singles float64, err error) {
		simulated, server, err := startTeam(simulator.Options{
			Server: simserver.Options{Latency: roundTrip}, SCIM: scim.Options{GeneratedUsers: team},
		})
		if err != nil {
			return 0, 0, err
		}
		defer server.Close()

		celonis, err := newClient(server.URL, parallelism)
		if err != nil {
			return 0, 0, err
		}

		users := simulated.Users()

		err = atOnce(ctx, managed, parallelism, func(ctx context.Context, index int) error {
			user, err := celonis.User(ctx, users[index].ID)
			if err == nil && user.UserName != users[index].UserName {
				err = fmt.Errorf("the read returned %s, want %s", user.UserName, users[index].UserName)
			}

			return err
		})

		return float64(simulated.Count(http.MethodGet, usersPath)), float64(simulated.Count(http.MethodGet, usersPath+"/*")), err
	}

	manyLists, manySingles, err := requests(many, many)
	if err != nil {
		return nil, err
	}

	fewLists, fewSingles, err := requests(large, 1)

	return []result{
		{
			work: "refresh 500 users: list requests", measured: manyLists, ideal: pages, limit: 1,
			plain: fmt.Sprintf("%d requests, one by one", many),
		},
		{work: "refresh 500 users: single reads", measured: manySingles, ideal: 10, limit: 1},
		{
			work: "refresh 1 user in a team of 100,000: requests", measured: fewLists + fewSingles, ideal: 1, limit: 1,
			plain: fmt.Sprintf("%d requests for the whole list", large/200),
		},
	}, err
}

// memberships adds 200 users to a group, as a single apply does.
func memberships(ctx context.Context) ([]result, error) {
	const members = 200

	var results []result

	for _, parallelism := range []int{parallelism, 50} {
		team, server, err := startTeam(simulator.Options{
			Server: simserver.Options{Latency: roundTrip},
			SCIM:   scim.Options{GeneratedUsers: members, Groups: []scim.Group{{DisplayName: "Readers"}}},
		})
		if err != nil {
			return nil, err
		}

		celonis, err := newClient(server.URL, parallelism)
		if err != nil {
			server.Close()

			return nil, err
		}

		users, group := team.Users(), team.Groups()[0]

		err = atOnce(ctx, members, parallelism, func(ctx context.Context, index int) error {
			return celonis.AddGroupMember(ctx, group.ID, users[index].ID)
		})

		server.Close()

		if in := team.Groups()[0].Members; err == nil && len(slices.Compact(slices.Sorted(slices.Values(in)))) != members {
			err = errors.New("some users are not in the group")
		}

		if err != nil {
			return nil, err
		}

		ideal := 1 + 2*members/parallelism // The ideal is one read, plus one change and one read-back for each batch of concurrent memberships.
		results = append(results, result{
			work:     fmt.Sprintf("add 200 members to a group, %d at a time: requests", parallelism),
			measured: float64(team.Count("", groupsPath+"*")), ideal: float64(ideal), limit: 1,
			plain: fmt.Sprintf("%d requests, one by one", 3*members),
		})
	}

	return results, nil
}
