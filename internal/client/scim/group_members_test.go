package scim_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	clientscim "github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

func TestConcurrentMembershipsShareRequests(t *testing.T) {
	t.Parallel()

	for _, parallel := range []int{10, 50} {
		for _, latency := range []time.Duration{0, 50 * time.Millisecond, 3 * time.Second} {
			for _, etags := range scim.ETags("").Words() {
				t.Run(fmt.Sprintf("%d concurrent calls, latency %s, ETags %s", parallel, latency, etags), func(t *testing.T) {
					t.Parallel()

					options := clienttest.SCIMTeam(100, 1, func(o *scim.Options) { o.ETags = etags })
					options.Server.Latency = latency
					clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
						group := env.Team.AddGroup(scim.Group{DisplayName: "X"}).ID
						ids := env.UserIDs(100)
						celonis := env.Client()

						failed := clienttest.Parallel(parallel, ids, func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) })
						if len(failed) > 0 || !slices.Equal(env.Group(group).Members, ids) {
							t.Errorf("the group has %d members; %d calls failed", len(env.Group(group).Members), len(failed))
						}

						puts := 100 / parallel
						env.WantCount(puts, http.MethodPut, clienttest.GroupsPath+"/"+group)
						env.WantCount(1+puts, http.MethodGet, clienttest.GroupsPath+"/"+group)

						env.Team.ResetJournal()

						celonis = env.Client() // A new client represents a later run.
						failed = clienttest.Parallel(parallel, ids[:50], func(id string) error { return celonis.RemoveGroupMember(t.Context(), group, id) })

						if len(failed) > 0 || !slices.Equal(env.Group(group).Members, ids[50:]) {
							t.Errorf("the group has %d members; %d calls failed", len(env.Group(group).Members), len(failed))
						}

						env.WantCount(puts/2, http.MethodPut, clienttest.GroupsPath+"/"+group)
						env.WantCount(1+puts/2, http.MethodGet, clienttest.GroupsPath+"/"+group)
					})
				})
			}
		}
	}
}

// All callers return at the same time, and each caller makes its next call after a different delay.
func TestLateCallersJoinTheNextBatch(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(16, 0), func(t *testing.T, env clienttest.Env) {
		group := env.Team.AddGroup(scim.Group{DisplayName: "X"}).ID
		celonis := env.Client()

		var callers sync.WaitGroup

		for caller := range 4 {
			callers.Go(func() {
				for round, user := range env.Team.Users()[caller*4 : caller*4+4] {
					if round > 0 {
						time.Sleep(time.Duration(caller) * 30 * time.Millisecond)
					}

					if err := celonis.AddGroupMember(t.Context(), group, user.ID); err != nil {
						t.Error(err)
					}
				}
			})
		}

		callers.Wait()

		env.WantCount(4, http.MethodPut, clienttest.GroupsPath+"/*")
	})
}

func TestEndlessCallsDelayNoOtherCall(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(50, 0), func(t *testing.T, env clienttest.Env) {
		group := env.Team.AddGroup(scim.Group{DisplayName: "X"}).ID
		celonis := env.Client()

		var callers sync.WaitGroup

		for _, user := range env.Team.Users() {
			callers.Go(func() {
				if took := clienttest.Elapsed(func() {
					if err := celonis.AddGroupMember(t.Context(), group, user.ID); err != nil {
						t.Error(err)
					}
				}); took > 500*time.Millisecond {
					t.Errorf("the call took %s, want at most 500ms", took)
				}
			})
			time.Sleep(20 * time.Millisecond)
		}

		callers.Wait()
	})
}

func TestAddingExistingMembersSendsNoPUT(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(20, 0), func(t *testing.T, env clienttest.Env) {
		ids := env.UserIDs(20)
		group := env.Team.AddGroup(scim.Group{DisplayName: "X", Members: ids[:10]}).ID
		celonis := env.Client()

		failed := clienttest.Parallel(20, ids, func(id string) error {
			if slices.Contains(ids[:10], id) {
				return celonis.AddGroupMember(t.Context(), group, id)
			}

			return celonis.RemoveGroupMember(t.Context(), group, id)
		})
		if len(failed) > 0 {
			t.Errorf("failed calls: %v", failed)
		}

		env.WantCount(1, http.MethodGet, clienttest.GroupsPath+"/*")
		env.WantCount(0, http.MethodPut, clienttest.GroupsPath+"/*")

		// The group is read again, because an older response does not prove that a user is still a member.
		env.Team.ChangeGroup(group, func(g *scim.Group) { g.Members = g.Members[1:] })

		if err := celonis.AddGroupMember(t.Context(), group, ids[0]); err != nil || !slices.Equal(env.Group(group).Members, ids[:10]) {
			t.Errorf("members %v, error %v", env.Group(group).Members, err)
		}
	})
}

// The group that was last read back is reused if it is recent, or if the service would reject a change to an outdated version.
func TestCachedGroupIsReusedIfSafe(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		etags      scim.ETags
		pause      time.Duration
		changed    bool
		gets, puts int
	}{
		"recent":                                {scim.ETagsNone, 500 * time.Millisecond, false, 1, 1},
		"outdated":                              {scim.ETagsNone, 2 * time.Second, false, 2, 1},
		"outdated, group changed":               {scim.ETagsNone, 2 * time.Second, true, 2, 1},
		"outdated, versions not enforced":       {scim.ETagsMeta, 2 * time.Second, true, 2, 1},
		"old, versions enforced":                {scim.ETagsEnforced, time.Hour, false, 1, 1},
		"old, versions enforced, group changed": {scim.ETagsEnforced, time.Hour, true, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(5, 0, func(o *scim.Options) { o.ETags = test.etags }), func(t *testing.T, env clienttest.Env) {
				ids := env.UserIDs(3)
				group := env.Team.AddGroup(scim.Group{DisplayName: "X"}).ID
				celonis := env.Client()

				if err := celonis.AddGroupMember(t.Context(), group, ids[0]); err != nil {
					t.Fatal(err)
				}

				time.Sleep(test.pause)

				want := ids[:2]
				if test.changed {
					env.Team.ChangeGroup(group, func(g *scim.Group) { g.Members = append(g.Members, ids[2]) })

					want = ids
				}

				env.Team.ResetJournal()

				if err := celonis.AddGroupMember(t.Context(), group, ids[1]); err != nil || !slices.Equal(env.Group(group).Members, want) {
					t.Errorf("members %v, error %v", env.Group(group).Members, err)
				}

				env.WantCount(test.gets, http.MethodGet, clienttest.GroupsPath+"/*")
				env.WantCount(test.puts, http.MethodPut, clienttest.GroupsPath+"/*")
			})
		})
	}
}

func TestMembershipChangeReusesTheUpdatedGroup(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
		ids := env.UserIDs(3)
		group := env.Team.AddGroup(scim.Group{DisplayName: "X"}).ID
		celonis := env.Client()

		if _, err := celonis.UpdateGroup(t.Context(), group, clientscim.GroupChange{DisplayName: new("Y")}); err != nil {
			t.Error(err)
		}

		if err := celonis.AddGroupMember(t.Context(), group, ids[0]); err != nil {
			t.Error(err)
		}

		env.WantCount(3, http.MethodGet, clienttest.GroupsPath+"/*")

		// The service applies the PUT, but the client fails to read the group back, so the cached group is outdated.
		env.Team.Inject(simulator.Fault{Method: http.MethodGet, Path: clienttest.GroupsPath + "/*", Skip: 1, Status: http.StatusForbidden})

		_, err := celonis.UpdateGroup(t.Context(), group, clientscim.GroupChange{DisplayName: new("Z")})
		clienttest.WantError(t, err, transport.ReasonNotActivated)

		if err := celonis.AddGroupMember(t.Context(), group, ids[1]); err != nil || env.Group(group).DisplayName != "Z" {
			t.Errorf("display name %q, error %v; want Z", env.Group(group).DisplayName, err)
		}
	})
}

func TestRejectedUserFailsOnlyItsOwnCall(t *testing.T) {
	t.Parallel()

	for _, etags := range scim.ETags("").Words() {
		t.Run(string(etags), func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(40, 0, func(o *scim.Options) { o.ETags = etags }), func(t *testing.T, env clienttest.Env) {
				ids := env.UserIDs(40)
				busy := ids[7]

				for index := range 50 {
					env.Team.AddGroup(scim.Group{DisplayName: fmt.Sprintf("Busy %d", index), Members: []string{busy}})
				}

				group := env.Team.AddGroup(scim.Group{DisplayName: "X"}).ID
				celonis := env.Client()

				failed := clienttest.Parallel(41, append(slices.Clone(ids), unknownID), func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) })
				if len(failed) != 2 {
					t.Errorf("failed calls: %v", failed)
				}

				errBusy, errUnknown := failed[busy], failed[unknownID]
				clienttest.WantError(t, errBusy, transport.ReasonStatus, "status 400", busy+" is already in 50 groups")
				clienttest.WantError(t, errUnknown, transport.ReasonStatus, "status 400", unknownID+" does not exist")

				if got := env.Group(group).Members; len(got) != 39 || slices.Contains(got, busy) {
					t.Errorf("%d members", len(got))
				}

				rejected, applied := 0, 0

				for _, entry := range env.Team.Journal() {
					switch {
					case entry.Method == http.MethodPut && entry.Status == http.StatusBadRequest:
						rejected++
					case entry.Method == http.MethodPut:
						applied++
					}
				}

				if rejected > 2*6+1 || applied > 2*6 {
					t.Errorf("%d PUT requests were rejected and %d applied", rejected, applied)
				}

				env.WantCount(1+applied, http.MethodGet, clienttest.GroupsPath+"/*") // A rejection changes nothing, so there is nothing to read back.
			})
		})
	}
}

// The cached group may contain a user who has been deleted since.
func TestRejectionAfterAnotherProgramsChangeIsRetried(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(5, 0), func(t *testing.T, env clienttest.Env) {
		ids := env.UserIDs(5)
		group := env.Team.AddGroup(scim.Group{DisplayName: "X", Members: ids[:2]}).ID
		celonis := env.Client()

		if err := celonis.AddGroupMember(t.Context(), group, ids[2]); err != nil {
			t.Fatal(err)
		}

		env.Team.RemoveUser(ids[0])

		if err := celonis.AddGroupMember(t.Context(), group, ids[3]); err != nil {
			t.Error(err)
		}

		if got := env.Group(group).Members; !slices.Equal(got, ids[1:4]) {
			t.Errorf("members = %v", got)
		}
	})
}

func TestServiceFailureFailsAllCalls(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		fault  simulator.Fault
		reason transport.Reason
		puts   int
	}{
		"401":         {simulator.Fault{Status: http.StatusUnauthorized}, transport.ReasonUnauthorized, 2},
		"403":         {simulator.Fault{Status: http.StatusForbidden}, transport.ReasonNotActivated, 1},
		"429":         {simulator.Fault{Status: http.StatusTooManyRequests}, transport.ReasonRateLimited, 2},
		"500":         {simulator.Fault{Status: http.StatusInternalServerError}, transport.ReasonStatus, 2},
		"web page":    {simulator.Fault{HTML: true}, transport.ReasonHTML, 1},
		"no response": {simulator.Fault{Hang: true}, transport.ReasonTimeout, 2},
		"conflicting": {simulator.Fault{Status: http.StatusPreconditionFailed}, transport.ReasonStatus, 5},
		"too large":   {simulator.Fault{Status: http.StatusRequestEntityTooLarge}, transport.ReasonStatus, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(10, 0, func(o *scim.Options) { o.ETags = scim.ETagsEnforced }), func(t *testing.T, env clienttest.Env) {
				group := env.Team.AddGroup(scim.Group{DisplayName: "X"}).ID
				test.fault.Method, test.fault.Path, test.fault.Times = http.MethodPut, clienttest.GroupsPath+"/*", -1
				env.Team.Inject(test.fault)

				celonis := env.Client(func(o *client.Options) { o.MaxRetries = 1 })

				failed := clienttest.Parallel(10, env.UserIDs(10), func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) })
				if len(failed) != 10 {
					t.Errorf("%d failed", len(failed))
				}

				for _, err := range failed {
					clienttest.WantError(t, err, test.reason)
				}

				env.WantCount(test.puts, http.MethodPut, clienttest.GroupsPath+"/*")

				if test.reason == transport.ReasonNotActivated {
					env.WantCount(1, http.MethodGet, clienttest.GroupsPath+"/*") // The PUT was not applied, so there is nothing to read back.
				}
			})
		})
	}
}

func TestReadBackShowsTheOutcomeOfALostPUT(t *testing.T) {
	t.Parallel()

	for _, etags := range scim.ETags("").Words() {
		clienttest.InBubble(t, clienttest.SCIMTeam(10, 0, func(o *scim.Options) { o.ETags = etags }), func(t *testing.T, env clienttest.Env) {
			ids := env.UserIDs(10)
			group := env.Team.AddGroup(scim.Group{DisplayName: "X"}).ID
			env.Team.Inject(simulator.Fault{Method: http.MethodPut, Path: clienttest.GroupsPath + "/*", Times: 2, ResetAfter: true})

			celonis := env.Client(func(o *client.Options) { o.MaxRetries = 1 })

			failed := clienttest.Parallel(10, ids, func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) })
			if len(failed) != 0 || !slices.Equal(env.Group(group).Members, ids) {
				t.Errorf("ETags %s: failed calls: %v", etags, failed)
			}
		})
	}
}

func TestMembershipOfADeletedGroupIsNotFound(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(5, 0), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		for _, err := range clienttest.Parallel(5, env.UserIDs(5), func(id string) error { return celonis.AddGroupMember(t.Context(), unknownID, id) }) {
			clienttest.WantError(t, err, transport.ReasonNotFound)
		}

		_, err := celonis.HasGroupMember(t.Context(), unknownID, env.UserIDs(1)[0])
		clienttest.WantError(t, err, transport.ReasonNotFound)

		// The group is deleted between the read and the PUT.
		group := env.Team.AddGroup(scim.Group{DisplayName: "X"}).ID
		env.Team.Inject(simulator.Fault{Method: http.MethodPut, Path: clienttest.GroupsPath + "/*", Delay: 200 * time.Millisecond})
		time.AfterFunc(100*time.Millisecond, func() { env.Team.RemoveGroup(group) })

		failed := clienttest.Parallel(5, env.UserIDs(5), func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) })
		if len(failed) != 5 {
			t.Errorf("failed calls: %v", failed)
		}

		for _, err := range failed {
			clienttest.WantError(t, err, transport.ReasonNotFound)
		}

		env.WantCount(1, http.MethodPut, clienttest.GroupsPath+"/*")
	})
}

// If the service enforces versions, no change is lost. Otherwise, the client repeats or reports a lost change, provided that the run reads the group
// again.
func TestTwoProgramsChangeOneGroup(t *testing.T) {
	t.Parallel()

	for _, etags := range scim.ETags("").Words() {
		for seed := range 5 {
			t.Run(fmt.Sprintf("%s, %d", etags, seed), func(t *testing.T) {
				t.Parallel()

				options := clienttest.SCIMTeam(40, 0, func(o *scim.Options) { o.ETags = etags })
				options.Server.Latency = time.Duration(10+7*seed) * time.Millisecond
				clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
					ids := env.UserIDs(40)
					group := env.Team.AddGroup(scim.Group{DisplayName: "X"}).ID

					var (
						programs sync.WaitGroup
						failed   [2]map[string]error
					)

					for index := range 2 {
						celonis := env.Client()

						programs.Go(func() {
							time.Sleep(time.Duration(index) * 13 * time.Millisecond)

							failed[index] = clienttest.Parallel(5, ids[index*20:index*20+20], func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) })
						})
					}

					programs.Wait()

					members := env.Group(group).Members

					if etags == scim.ETagsEnforced || etags == scim.ETagsRequired {
						for index := range failed {
							for id, err := range failed[index] { // A call may lose the race five times.
								clienttest.WantError(t, err, transport.ReasonStatus, "another program")

								if slices.Contains(members, id) {
									t.Errorf("the call for %s failed, but the user is a member", id)
								}
							}
						}

						if want := 40 - len(failed[0]) - len(failed[1]); len(members) != want {
							t.Errorf("%d members, want %d", len(members), want)
						}

						return
					}

					for index := range failed {
						for _, err := range failed[index] {
							clienttest.WantError(t, err, transport.ReasonNotApplied, "another program")
						}
					}
				})
			})
		}
	}
}

func TestLostChangeIsRepeated(t *testing.T) {
	t.Parallel()

	for _, lost := range []int{1, 3, 4} {
		t.Run(fmt.Sprintf("%d times", lost), func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(10, 0), func(t *testing.T, env clienttest.Env) {
				ids := env.UserIDs(10)
				group := env.Team.AddGroup(scim.Group{DisplayName: "X", Members: ids[9:]}).ID
				env.Team.Inject(simulator.Fault{Method: http.MethodPut, Path: clienttest.GroupsPath + "/*", Status: http.StatusOK, Body: `{}`, Times: lost})

				celonis := env.Client()
				failed := clienttest.Parallel(5, ids[:5], func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) })

				if lost < 4 {
					if len(failed) > 0 || len(env.Group(group).Members) != 6 {
						t.Errorf("failed calls: %v", failed)
					}

					return
				}

				if len(failed) != 5 {
					t.Errorf("failed calls: %v", failed)
				}

				for _, err := range failed {
					clienttest.WantError(t, err, transport.ReasonNotApplied, "not in the group", "another program", "PUT "+clienttest.GroupsPath+"/"+group)
				}

				env.WantCount(4, http.MethodPut, clienttest.GroupsPath+"/*")
			})
		})
	}
}

func TestUndoneMembershipIsReported(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(10, 0), func(t *testing.T, env clienttest.Env) {
		ids := env.UserIDs(10)
		group := env.Team.AddGroup(scim.Group{DisplayName: "X", Members: ids[:2]}).ID
		celonis := env.Client()

		for _, err := range []error{
			celonis.AddGroupMember(t.Context(), group, ids[2]), celonis.RemoveGroupMember(t.Context(), group, ids[0]),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}

		env.Team.ChangeGroup(group, func(g *scim.Group) { g.Members = ids[:2] })
		time.Sleep(2 * time.Second)

		err := celonis.AddGroupMember(t.Context(), group, ids[3])
		clienttest.WantError(t, err, transport.ReasonNotApplied, "another program has undone", ids[0]+", "+ids[2])

		if got := env.Group(group).Members; !slices.Equal(got, []string{ids[0], ids[1], ids[3]}) {
			t.Errorf("members = %v", got)
		}

		// The undone changes are reported only once.
		if err := celonis.AddGroupMember(t.Context(), group, ids[4]); err != nil {
			t.Error(err)
		}

		// The run's own changes do not count as changes by other programs.
		if err := celonis.DeleteUser(t.Context(), ids[4]); err != nil {
			t.Error(err)
		}

		time.Sleep(2 * time.Second)

		if err := celonis.AddGroupMember(t.Context(), group, ids[7]); err != nil {
			t.Error(err)
		}

		if _, err := celonis.UpdateGroup(t.Context(), group, clientscim.GroupChange{MemberIDs: &[]string{ids[5]}}); err != nil {
			t.Error(err)
		}

		time.Sleep(2 * time.Second)

		if err := celonis.AddGroupMember(t.Context(), group, ids[6]); err != nil {
			t.Error(err)
		}

		env.Team.ChangeGroup(group, func(g *scim.Group) { g.Members = nil })
		time.Sleep(2 * time.Second)

		err = celonis.RemoveGroupMember(t.Context(), group, ids[8])
		clienttest.WantError(t, err, transport.ReasonNotApplied, "undone", ids[5])
	})
}

func TestContradictoryCallsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(2, 0), func(t *testing.T, env clienttest.Env) {
		id := env.UserIDs(1)[0]
		group := env.Team.AddGroup(scim.Group{DisplayName: "X", Members: []string{id}}).ID
		celonis := env.Client()

		var callers sync.WaitGroup

		for index := range 4 {
			callers.Go(func() {
				time.Sleep(time.Duration(index) * time.Millisecond)

				change := celonis.RemoveGroupMember
				if index%2 == 1 {
					change = celonis.AddGroupMember
				}

				if err := change(t.Context(), group, id); err != nil {
					t.Error(err)
				}
			})
		}

		callers.Wait()
		env.WantCount(2, http.MethodPut, clienttest.GroupsPath+"/*") // The second removal has no effect, because the run itself has added the user.

		if got := env.Group(group).Members; !slices.Equal(got, []string{id}) {
			t.Errorf("members = %v", got)
		}
	})
}

func TestGroupUpdateWaitsForItsTurn(t *testing.T) {
	t.Parallel()

	options := clienttest.SCIMTeam(30, 0)
	options.Server.Latency = 20 * time.Millisecond
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		ids := env.UserIDs(30)
		group := env.Team.AddGroup(scim.Group{DisplayName: "X"}).ID
		celonis := env.Client()

		var callers sync.WaitGroup

		callers.Go(func() {
			for index := range 5 {
				time.Sleep(33 * time.Millisecond)

				if _, err := celonis.UpdateGroup(t.Context(), group, clientscim.GroupChange{DisplayName: new(fmt.Sprint("X", index))}); err != nil {
					t.Error(err)
				}
			}
		})

		failed := clienttest.Parallel(5, ids, func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) })
		callers.Wait()

		if got := env.Group(group); len(failed) > 0 || len(got.Members) != 30 || got.DisplayName != "X4" {
			t.Errorf("the group %[2]s has %[1]d members; failed calls: %[3]v", len(got.Members), got.DisplayName, failed)
		}
	})
}

func TestManyChangesOfManyGroups(t *testing.T) {
	t.Parallel()

	options := clienttest.SCIMTeam(30, 0, func(o *scim.Options) { o.ETags = scim.ETagsEnforced })
	options.Server.Latency = 3 * time.Millisecond
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		ids := env.UserIDs(30)
		celonis := env.Client()

		var groups, changes []string
		for index := range 15 {
			group := env.Team.AddGroup(scim.Group{DisplayName: fmt.Sprint("X", index), Members: ids[:10]}).ID

			groups = append(groups, group)
			for _, id := range ids[5:25] {
				changes = append(changes, group+"/"+id)
			}
		}

		failed := clienttest.Parallel(40, changes, func(change string) error {
			group, id, _ := strings.Cut(change, "/")
			if _, err := celonis.HasGroupMember(t.Context(), group, id); err != nil {
				return err
			}

			if id < ids[15] {
				return celonis.RemoveGroupMember(t.Context(), group, id)
			}

			if id == ids[20] {
				if _, err := celonis.UpdateGroup(t.Context(), group, clientscim.GroupChange{Role: new("ANALYST")}); err != nil {
					return err
				}
			}

			return celonis.AddGroupMember(t.Context(), group, id)
		})
		if len(failed) > 0 {
			t.Errorf("failed calls: %v", failed)
		}

		for _, group := range groups {
			stored := env.Group(group)
			if want := slices.Concat(ids[:5], ids[15:25]); !slices.Equal(stored.Members, want) || stored.Role != "ANALYST" {
				t.Errorf("%d members, want %d; role %s", len(stored.Members), len(want), stored.Role)
			}
		}
	})
}

func TestCancelledCallerLeavesTheQueue(t *testing.T) {
	t.Parallel()

	options := clienttest.SCIMTeam(10, 0)
	options.Server.Latency = time.Second
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		ids := env.UserIDs(10)
		group := env.Team.AddGroup(scim.Group{DisplayName: "X"}).ID
		celonis := env.Client()

		if _, err := celonis.Users(t.Context()); err != nil { // Fetch a token first.
			t.Fatal(err)
		}

		canceled, cancel := context.WithCancel(t.Context())
		cancel()

		err := celonis.AddGroupMember(canceled, group, ids[0])
		clienttest.WantError(t, err, transport.ReasonCanceled)

		// While the queue gathers calls, the test first cancels the only caller, and later one of two callers.
		brief, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()

		err = celonis.AddGroupMember(brief, group, ids[0])
		clienttest.WantError(t, err, transport.ReasonCanceled)
		time.Sleep(time.Minute)
		env.WantCount(0, "", clienttest.GroupsPath+"/*")

		brief, cancel = context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()

		var others sync.WaitGroup

		others.Go(func() {
			if err := celonis.AddGroupMember(t.Context(), group, ids[1]); err != nil {
				t.Error(err)
			}
		})

		err = celonis.AddGroupMember(brief, group, ids[0])
		clienttest.WantError(t, err, transport.ReasonCanceled)
		others.Wait()

		if got := env.Group(group).Members; !slices.Equal(got, ids[1:2]) {
			t.Errorf("members = %v", got)
		}

		// Callers are cancelled while a batch is in progress. The work ends when the last caller has left.
		env.Team.Inject(simulator.Fault{Method: http.MethodGet, Path: clienttest.GroupsPath + "/*", Hang: true})
		time.Sleep(time.Minute)

		start := time.Now()

		for index := range 2 {
			others.Go(func() {
				leaving, cancel := context.WithTimeout(t.Context(), time.Duration(index+2)*time.Second)
				defer cancel()

				err := celonis.AddGroupMember(leaving, group, ids[index+2])
				clienttest.WantError(t, err, transport.ReasonCanceled)
			})
		}

		others.Wait()

		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("the calls took %s, want 3s", took)
		}

		if took := clienttest.Elapsed(func() {
			if err := celonis.AddGroupMember(t.Context(), group, ids[5]); err != nil {
				t.Error(err)
			}
		}); took > 4*time.Second { // This is the time that it takes to gather calls and to send three requests.
			t.Errorf("the call took %s, want at most 4s", took)
		}
	})
}

func TestMembershipOfAnInvalidGroupFails(t *testing.T) {
	t.Parallel()

	for name, members := range map[string]string{
		"not an array": `"members": {}`, "texts as members": `"members": ["a"]`, "members without ids": `"members": [{"display": "A"}]`,
	} {
		clienttest.InBubble(t, clienttest.SCIMTeam(1, 0), func(t *testing.T, env clienttest.Env) {
			env.Respond(clienttest.GroupsPath+"/g", http.StatusOK, clienttest.JSONType, `{"id": "g", "displayName": "X", `+members+`}`)

			err := env.Client().AddGroupMember(t.Context(), "g", unknownID)
			clienttest.WantError(t, err, transport.ReasonInvalidResponse, "members")
			env.WantCount(0, http.MethodPut, clienttest.GroupsPath+"/*")

			if _, err := env.Client().HasGroupMember(t.Context(), "g", unknownID); err == nil {
				t.Errorf("%s: AddGroupMember succeeded", name)
			}
		})
	}
}

func TestCallThatTimesOutReturnsItsCause(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(1, 0), func(t *testing.T, env clienttest.Env) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()

		err := env.Client().AddGroupMember(ctx, unknownID, unknownID)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
}

func TestMissingMembershipIsConfirmedByAFreshResponse(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SCIMTeam(1, 0), func(t *testing.T, env clienttest.Env) {
		user := env.Team.Users()[0].ID
		group := env.Team.AddGroup(scim.Group{DisplayName: "X"}).ID
		celonis := env.Client()

		if _, err := celonis.Group(t.Context(), group); err != nil {
			t.Fatal(err)
		}

		env.Team.ChangeGroup(group, func(g *scim.Group) { g.Members = []string{user} })
		time.Sleep(time.Second) // The cached group is still valid.

		if found, err := celonis.HasGroupMember(t.Context(), group, user); err != nil || !found {
			t.Errorf("HasGroupMember() = %t, %v", found, err)
		}
	})
}
