package scim_test

import (
	"maps"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// TestMain lowers the number of random checks, because each check runs a simulated team.
func TestMain(m *testing.M) {
	clienttest.SetRandomChecks(25)
	os.Exit(m.Run())
}

// For any concurrent calls and faults, a successful call takes effect, and a call that fails because of its user does not. Any other failed
// call may or may not take effect. Removing a user whom the run has added succeeds and changes nothing.
func TestMembershipsMatchTheLastCalls(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		options := clienttest.SCIMTeam(12, 0, func(o *scim.Options) {
			o.ETags = rapid.SampledFrom(o.ETags.Words()).Draw(r, "ETags")
			o.PUTResponse = rapid.SampledFrom(o.PUTResponse.Words()).Draw(r, "PUT response")
			o.EmptyMembers = rapid.SampledFrom(o.EmptyMembers.Words()).Draw(r, "empty members")
		})
		options.Server.Latency = time.Duration(rapid.IntRange(0, 40).Draw(r, "latency")) * time.Millisecond

		faults := rapid.SliceOfN(rapid.SampledFrom([]simulator.Fault{
			{Method: http.MethodPut, ResetAfter: true},
			{Method: http.MethodPut, Status: http.StatusBadGateway},
			{Method: http.MethodPut, Status: http.StatusPreconditionFailed},
			{Method: http.MethodPut, HTML: true},
			{Method: http.MethodPut, Status: http.StatusBadRequest},
			{Method: http.MethodGet, Reset: true},
			{Method: http.MethodGet, Status: http.StatusForbidden},
		}), 0, 6).Draw(r, "faults")
		skips := rapid.SliceOfN(rapid.IntRange(0, 8), len(faults), len(faults)).Draw(r, "skipped")

		type step struct {
			User  int
			Adds  bool
			Pause int
		}

		var steps [6][]step // Each caller uses two users that no other caller uses, so the order of its calls determines the outcome.
		for caller := range steps {
			steps[caller] = rapid.SliceOfN(rapid.Custom(func(r *rapid.T) step {
				return step{rapid.IntRange(0, 2).Draw(r, "user"), rapid.Bool().Draw(r, "adds"), rapid.IntRange(0, 60).Draw(r, "pause")}
			}), 0, 5).Draw(r, "steps")
		}

		clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
			var users []string
			for _, user := range env.Team.Users() {
				users = append(users, user.ID)
			}

			group := env.Team.AddGroup(scim.Group{DisplayName: "X", Members: users[:4]}).ID

			for index, fault := range faults {
				fault.Path, fault.Skip = clienttest.GroupsPath+"/*", skips[index]
				env.Team.Inject(fault)
			}

			celonis := env.Client(func(o *client.Options) { o.MaxRetries = 1 })

			var (
				callers sync.WaitGroup
				lock    sync.Mutex
				want    = make(map[string]bool) // This map contains only the users whose resulting membership is certain.
				added   = make(map[string]bool) // A value of false means that it is uncertain whether the user was added.
			)

			for index, id := range users {
				want[id] = index < 4
			}

			for caller := range steps {
				callers.Go(func() {
					for _, step := range steps[caller] {
						time.Sleep(time.Duration(step.Pause) * time.Millisecond)

						id := unknownID
						if step.User < 2 {
							id = users[caller*2+step.User]
						}

						change := celonis.RemoveGroupMember
						if step.Adds {
							change = celonis.AddGroupMember
						}

						err := change(t.Context(), group, id)

						lock.Lock()

						switch {
						case err == nil && id == unknownID && step.Adds:
							r.Errorf("adding an unknown user succeeded")
						case id == unknownID:
						case err == nil && (step.Adds || added[id]):
							want[id], added[id] = true, true
						case err == nil && !hasTried(added, id):
							want[id] = false
						default:
							delete(want, id)

							if step.Adds && !added[id] {
								added[id] = false
							}
						}

						lock.Unlock()
					}
				})
			}

			callers.Wait()

			members := env.Group(group).Members
			for _, id := range slices.Sorted(maps.Keys(want)) {
				if got := slices.Contains(members, id); got != want[id] {
					r.Errorf("user %s: is a member: %t, want %t", id, got, want[id])
				}
			}
		})
	})
}

func hasTried(added map[string]bool, id string) bool {
	_, found := added[id]

	return found
}
