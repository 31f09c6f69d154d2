package paging_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// This test is a small-scale version of `make soak`. One request in five fails, including sign-ins, creates, changes and deletes. The order of
// concurrent requests differs between runs, so different requests fail in each run.
func TestTeamLifeCycleSucceedsDespiteRandomFaults(t *testing.T) {
	t.Parallel()

	for seed := range uint64(3) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()

			options := clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{Max: 100})
			options.Server.Faults = server.RandomFaults{Rate: 0.2, Seed: seed}

			clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
				life := faultyLife{t: t, env: env, celonis: env.Client(func(o *client.Options) { o.MaxRetries = patientRetries })}
				life.create()
				life.addMembers()
				life.remove()

				counts, faulted := env.Team.FaultCounts(), 0
				for _, count := range counts.Faults {
					faulted += count
				}

				if faulted < counts.Requests/10 {
					t.Errorf("too few requests failed: %v", counts)
				}

				synctest.Wait()
			})
		})
	}
}

// patientRetries is high enough that it is practically impossible for all attempts of a request to fail.
const patientRetries = 20

const (
	faultyUsers         = 20
	faultyGroups        = 4
	faultySubscriptions = 12
	faultyWorkers       = 50
)

// faultyLife takes a team through its life cycle while requests fail at random.
type faultyLife struct {
	t       *testing.T
	env     clienttest.Env
	celonis *client.Client
}

// parallel applies a function to all items concurrently, and fails the test for each error.
func (l faultyLife) parallel(items []string, work func(item string) error) {
	l.t.Helper()

	for item, err := range clienttest.Parallel(faultyWorkers, items, work) {
		l.t.Errorf("%s: error = %v", item, err)
	}
}

// create creates the users, groups and subscriptions, and checks that each of them exists exactly once.
func (l faultyLife) create() {
	l.t.Helper()

	kinds := createdKinds()
	counts := map[string]int{"user": faultyUsers, "group": faultyGroups, "subscription": faultySubscriptions}

	var items []string

	for kind, count := range counts {
		for i := range count {
			items = append(items, fmt.Sprintf("%s/%s-%d", kind, kind, i))
		}
	}

	l.parallel(items, func(item string) error {
		kind, name, _ := strings.Cut(item, "/")
		_, err := kinds[kind].create(l.t.Context(), l.celonis, name)

		return err
	})

	for name, kind := range kinds {
		if ids := kind.ids(l.env.Team); len(ids) != counts[name] {
			l.t.Errorf("%d objects of kind %s, want %d", len(ids), name, counts[name])
		}
	}
}

// addMembers makes every user a member of every group: one by one for half of the groups, all at once for the others.
func (l faultyLife) addMembers() {
	l.t.Helper()

	var users, changes []string

	for _, user := range l.env.Team.Users() {
		users = append(users, user.ID)
	}

	for i, group := range l.env.Team.Groups() {
		if i%2 == 0 {
			changes = append(changes, group.ID+"/")

			continue
		}

		for _, user := range users {
			changes = append(changes, group.ID+"/"+user)
		}
	}

	l.parallel(changes, func(change string) error {
		group, user, _ := strings.Cut(change, "/")
		if user != "" {
			return l.celonis.AddGroupMember(l.t.Context(), group, user)
		}

		return l.celonis.ChangeGroupMembers(l.t.Context(), group, users, nil)
	})

	slices.Sort(users)

	for _, group := range l.env.Team.Groups() {
		if members := slices.Sorted(slices.Values(group.Members)); !slices.Equal(members, users) {
			l.t.Errorf("group %s has %d members, want each of the %d users once", group.DisplayName, len(members), len(users))
		}
	}
}

// remove deletes everything with a new client, because a run refuses to delete objects that it has created.
func (l faultyLife) remove() {
	l.t.Helper()

	l.celonis = l.env.Client(func(o *client.Options) { o.MaxRetries = patientRetries })

	var items []string

	for kind, created := range createdKinds() {
		for _, id := range created.ids(l.env.Team) {
			items = append(items, kind+"/"+id)
		}
	}

	l.parallel(items, func(item string) error {
		kind, id, _ := strings.Cut(item, "/")

		switch kind {
		case "user":
			return l.celonis.DeleteUser(l.t.Context(), id)
		case "group":
			return l.celonis.DeleteGroup(l.t.Context(), id)
		default:
			return l.celonis.DeleteSubscription(l.t.Context(), id)
		}
	})

	if left := len(l.env.Team.Users()) + len(l.env.Team.Groups()) + len(l.env.Team.Subscriptions()); left > 0 {
		l.t.Errorf("%d objects remain", left)
	}
}
