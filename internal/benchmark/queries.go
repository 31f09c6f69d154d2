package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// queries measures a single query that contains one list block for each kind of object that has a list resource.
func queries(ctx context.Context) ([]result, error) {
	const (
		users         = 500
		groups        = 40
		members       = 30
		subscriptions = 100
		listings      = (users+199)/200 + 1 + subscriptions/client.DefaultPageSize // The groups fit on a page of 200.
	)

	var teamGroups []scim.Group
	for index := range groups {
		teamGroups = append(teamGroups, scim.Group{DisplayName: fmt.Sprintf("Group %d", index)})
	}

	provider, err := connect(ctx, simulator.Options{
		Intelligence: intelligence.Options{KnowledgeModels: subscriptions}, SCIM: scim.Options{GeneratedUsers: users, Groups: teamGroups},
		Subscriptions: intelligence.SubscriptionOptions{Count: subscriptions},
	})
	if err != nil {
		return nil, err
	}
	defer provider.close()

	var everybody []string
	for _, user := range provider.team.Users() {
		everybody = append(everybody, user.ID)
	}

	provider.team.ChangeGroup(provider.team.Groups()[0].ID, func(group *scim.Group) { group.Members = everybody[:members] })

	all := map[string]int{"celonis_user": users, groupType: groups, "celonis_subscription": subscriptions}
	for kind, count := range all {
		if err := provider.query(ctx, kind, map[string]any{}, count); err != nil {
			return nil, err
		}
	}

	ofOneGroup := map[string]any{"group_id": provider.team.Groups()[0].ID}
	if err := provider.query(ctx, "celonis_group_member", ofOneGroup, members); err != nil {
		return nil, err
	}

	requests := provider.team.Count(http.MethodGet, usersPath+"*") + provider.team.Count(http.MethodGet, groupsPath+"*") +
		provider.team.Count(http.MethodGet, subscriptionsPath)

	return []result{{
		work: "query 500 users, 40 groups, 30 members, 100 subscriptions", measured: float64(requests), ideal: listings, limit: 1,
		plain: fmt.Sprintf("%d requests, one by one", users+groups+members+subscriptions),
	}}, nil
}

// query lists all objects of a kind, including their attributes, as a list block does.
func (p *connectedProvider) query(ctx context.Context, kind string, configured map[string]any, want int) error {
	config, err := object(p.schema.ListResourceSchemas[kind], configured)
	if err != nil {
		return err
	}

	server, ok := p.ProviderServer.(tfprotov6.ProviderServerWithListResource) //nolint:staticcheck // ProviderServer has no list methods.
	if !ok {
		return errors.New("the provider has no list resources")
	}

	stream, err := server.ListResource(ctx, &tfprotov6.ListResourceRequest{
		TypeName: kind, Config: config, Limit: int64(want + 1), IncludeResource: true,
	})
	if err != nil {
		return err
	}

	listed := 0

	for listing := range stream.Results {
		if err := firstError(listing.Diagnostics); err != nil {
			return err
		}

		listed++
	}

	if listed != want {
		return fmt.Errorf("%s: %d objects are listed, want %d", kind, listed, want)
	}

	return nil
}
