package main

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	simserver "github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

const (
	membershipUsers  = 300
	membershipGroups = 40
	membershipCount  = 885
	// sharedList is the number of requests needed to list the users, in pages of 200.
	sharedList = 2
	// plainMemberships counts one read, one change and one read-back for each membership.
	plainMemberships = 3 * membershipCount
)

// membershipResources creates 885 memberships of 300 users in 40 groups, once with each suitable resource, and counts the requests.
func membershipResources(ctx context.Context) ([]result, error) {
	const (
		ids   = "by id"
		names = "by address"
		// perGroup counts one read, one change and one read-back for each group.
		perGroup = 3 * membershipGroups
	)

	var results []result

	for _, approach := range []struct {
		resource, users string
		ideal           float64
		// attribute is the name of the attribute that specifies the users.
		attribute string
	}{
		{resource: groupType, users: ids, attribute: "member_ids", ideal: perGroup},
		{resource: groupType, users: names, attribute: "member_user_names", ideal: perGroup + sharedList},
		{resource: "celonis_group_members", users: ids, attribute: "user_ids", ideal: perGroup},
		{resource: "celonis_group_members", users: names, attribute: "user_names", ideal: perGroup + sharedList},
		{resource: "celonis_group_member", users: ids, attribute: "user_id", ideal: plainMemberships},
		{resource: "celonis_group_member", users: names, attribute: "user_name", ideal: plainMemberships + sharedList},
	} {
		requests, err := countMemberships(ctx, approach.resource, approach.attribute, approach.users == names)
		if err != nil {
			return nil, err
		}

		results = append(results, result{
			work:     fmt.Sprintf("885 memberships, %s %s: requests", approach.resource, approach.users),
			measured: requests, ideal: approach.ideal, limit: 1,
			plain: fmt.Sprintf("%d requests, one by one", plainMemberships),
		})
	}

	return results, nil
}

// membership identifies a user and a group by their indices in the team's lists.
type membership struct{ group, user int }

// allMemberships distributes the users over the groups. Consecutive memberships are in different groups, much as Terraform would create
// them.
func allMemberships() []membership {
	// After this number of memberships, the combinations of group and user would repeat.
	const pairs = 600

	var all []membership
	for index := range membershipCount {
		all = append(all, membership{group: index % membershipGroups, user: (index + index/pairs) % membershipUsers})
	}

	return all
}

// countMemberships creates the memberships with one resource type, and returns the number of SCIM requests.
func countMemberships(ctx context.Context, kind, attribute string, byName bool) (float64, error) {
	var groups []scim.Group
	for index := range membershipGroups {
		groups = append(groups, scim.Group{ID: fmt.Sprintf("group-%d", index), DisplayName: fmt.Sprintf("Group %d", index)})
	}

	provider, err := connect(ctx, simulator.Options{
		Server: simserver.Options{Latency: roundTrip}, SCIM: scim.Options{GeneratedUsers: membershipUsers, Groups: groups},
	})
	if err != nil {
		return 0, err
	}
	defer provider.close()

	users := provider.team.Users()
	user := func(place int) string {
		if byName {
			return users[place].UserName
		}

		return users[place].ID
	}

	provider.team.ResetJournal()

	if kind == "celonis_group_member" {
		all := allMemberships()
		err = atOnce(ctx, len(all), parallelism, func(ctx context.Context, index int) error {
			return provider.apply(ctx, kind, nil, map[string]any{"group_id": groups[all[index].group].ID, attribute: user(all[index].user)})
		})
	} else {
		members := make([][]tftypes.Value, membershipGroups)
		for _, pair := range allMemberships() {
			members[pair.group] = append(members[pair.group], tftypes.NewValue(tftypes.String, user(pair.user)))
		}

		err = atOnce(ctx, membershipGroups, parallelism, func(ctx context.Context, index int) error {
			group := groups[index]
			if kind == groupType {
				return provider.apply(ctx, kind, map[string]any{"id": group.ID, "display_name": group.DisplayName},
					map[string]any{"display_name": group.DisplayName, attribute: members[index]})
			}

			return provider.apply(ctx, kind, nil, map[string]any{"group_id": group.ID, attribute: members[index]})
		})
	}

	if err != nil {
		return 0, fmt.Errorf("%s with %s: %w", kind, attribute, err)
	}

	made := 0
	for _, group := range provider.team.Groups() {
		made += len(group.Members)
	}

	if made != membershipCount {
		return 0, fmt.Errorf("%s with %s created %d memberships, want %d", kind, attribute, made, membershipCount)
	}

	return float64(provider.team.Count("", usersPath+"*") + provider.team.Count("", groupsPath+"*")), nil
}
