package provider

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// gatedRun is a run that changes the members of a group. A test can delay the run's requests for the group.
type gatedRun struct {
	workspace

	mu sync.Mutex
	// gate intercepts each request for the group. The request proceeds when gate calls next. Requests with the same method are numbered from
	// 1, and nth is the request's number.
	gate   func(method string, nth int, next func())
	counts map[string]int
}

// hold sets the gate, or removes the current gate if gate is nil.
func (g *gatedRun) hold(gate func(method string, nth int, next func())) {
	g.mu.Lock()
	defer g.mu.Unlock()

	g.gate, g.counts = gate, map[string]int{}
}

// pass forwards a request for the group when the gate lets it through.
func (g *gatedRun) pass(method string, next func()) {
	g.mu.Lock()

	if g.gate == nil {
		g.mu.Unlock()
		next()

		return
	}

	g.counts[method]++
	gate, nth := g.gate, g.counts[method]
	g.mu.Unlock()
	gate(method, nth, next)
}

// newGatedRun returns a run of a configuration. The run's requests pass through a separate server in front of the team.
func newGatedRun(t *testing.T, team *simulator.Simulator, env environment, config string) *gatedRun {
	t.Helper()

	run := &gatedRun{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next := func() { team.ServeHTTP(w, r) }

		if strings.HasPrefix(r.URL.Path, groupsPath) {
			run.pass(r.Method, next)
		} else {
			next()
		}
	}))
	t.Cleanup(server.Close)

	run.workspace = newWorkspace(t, env.but(environment{"CELONIS_URL": server.URL}), config)

	return run
}

// membersAtOnce returns a resource that always adds the users to the group in one change, regardless of the CLI's speed.
func membersAtOnce(from, to int) string {
	return fmt.Sprintf(`resource "celonis_group_members" "this" {
  group_id = "group-1"
  user_ids = ["%s"]
}
`, strings.Join(idsOf(people(to))[from:], `", "`))
}

// TestAccTwoRunsOnOneGroupConverge executes the whole second run between the first run's read of the group and the first run's change.
func TestAccTwoRunsOnOneGroupConverge(t *testing.T) {
	t.Parallel()

	for _, etags := range scim.ETags("").Words() {
		t.Run(string(etags), func(t *testing.T) {
			t.Parallel()

			options := oneGroup(6)
			options.ETags = etags
			team, env := startTeam(t, simulator.Options{SCIM: options})
			one, other := newGatedRun(t, team, env, memberships("0", "3")), newGatedRun(t, team, env, memberships("3", "6"))

			one.hold(func(method string, nth int, next func()) {
				if method == http.MethodPut && nth == 1 {
					other.must("apply", "-auto-approve")
					wantMembers(t, team, "Analysts", idsOf(people(6))[3:]...)
				}

				next()
			})

			one.must("apply", "-auto-approve")

			one.hold(nil)
			isGuarded := etags == scim.ETagsEnforced || etags == scim.ETagsRequired

			// Without ETags, neither run can detect the conflict, because the second run has already ended. The next plan of the second
			// configuration shows the lost memberships.
			if output, changes := other.planned(); changes == isGuarded {
				t.Errorf("the other run's next plan contains changes: %t\n%s", changes, output)
			}

			other.must("apply", "-auto-approve")
			one.mustPlanNothing()
			other.mustPlanNothing()
			wantMembers(t, team, "Analysts", idsOf(people(6))...)
		})
	}
}

// TestAccOverwrittenRunRestoresItsMemberships lets the second run send a stale change after the first run's change, but before the first
// run reads the group back.
func TestAccOverwrittenRunRestoresItsMemberships(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(6)})
	one, other := newGatedRun(t, team, env, membersAtOnce(0, 3)), newGatedRun(t, team, env, membersAtOnce(3, 6))

	isStale, hasChanged, isOverwritten := make(chan struct{}), make(chan struct{}), make(chan struct{})
	wait := func(event chan struct{}) {
		select {
		case <-event:
		case <-t.Context().Done():
		}
	}

	other.hold(func(method string, nth int, next func()) {
		if method != http.MethodPut || nth > 1 {
			next()

			return
		}

		close(isStale)
		wait(hasChanged)
		next()
		close(isOverwritten)
	})

	// The reads for the plan precede the change, so the first read after the change is the read-back.
	var readsBack atomic.Bool

	one.hold(func(method string, nth int, next func()) {
		switch {
		case method == http.MethodPut && nth == 1:
			readsBack.Store(true)
		case method == http.MethodGet && readsBack.Swap(false):
			wantMembers(t, team, "Analysts", idsOf(people(6))[:3]...)
			close(hasChanged)
			wait(isOverwritten)
			wantMembers(t, team, "Analysts", idsOf(people(6))[3:]...)
		}

		next()
	})

	outcome := make(chan error, 1)

	go func() {
		_, err := other.run("apply", "-auto-approve")
		outcome <- err
	}()

	wait(isStale)
	one.must("apply", "-auto-approve")

	if err := <-outcome; err != nil {
		t.Errorf("the other run failed: %v", err)
	}

	wantMembers(t, team, "Analysts", idsOf(people(6))...)

	one.hold(nil)
	other.hold(nil)
	one.mustPlanNothing()
	other.mustPlanNothing()
}

// TestAccRepeatedlyOverwrittenRunFails simulates another program that undoes each change until the run fails.
func TestAccRepeatedlyOverwrittenRunFails(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(3)})
	run := newGatedRun(t, team, env, memberships("0", "3"))
	run.hold(func(_ string, _ int, next func()) {
		team.ChangeGroup("group-1", func(group *scim.Group) { group.Members = []string{"user-001"} })
		next()
	})

	output, err := run.run("apply", "-auto-approve")
	if err == nil {
		t.Fatalf("the apply succeeded:\n%s", output)
	}

	wantParts(t, output, `with celonis_group_member.this["user-000"]`, `with celonis_group_member.this["user-002"]`,
		"these users are not in the group: user-00", "another program may have changed the group at the same time", "What to do: ")

	run.hold(nil)
	output, _ = run.planned()
	wantParts(t, output, "Plan: 2 to add, 0 to change, 0 to destroy.")
	run.must("apply", "-auto-approve")
	wantMembers(t, team, "Analysts", idsOf(people(3))...)
}
