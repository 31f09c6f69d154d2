package client_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
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
				t.Run(fmt.Sprintf("%d at once, latency %s, ETags %s", parallel, latency, etags), func(t *testing.T) {
					t.Parallel()

					options := scimTeam(200, 1, func(o *scim.Options) { o.ETags = etags })
					options.Server.Latency = latency
					inBubble(t, options, func(t *testing.T, w world) {
						group := w.team.AddGroup(scim.Group{DisplayName: "X"}).ID
						ids := w.userIDs(200)
						celonis := w.client()

						failed := atOnce(parallel, ids, func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) })
						if len(failed) > 0 || !slices.Equal(w.group(group).Members, ids) {
							t.Errorf("%d members, %d failed", len(w.group(group).Members), len(failed))
						}

						puts := 200 / parallel
						w.wantCount(puts, http.MethodPut, groupsPath+"/"+group)
						w.wantCount(1+puts, http.MethodGet, groupsPath+"/"+group)

						w.team.ResetJournal()

						celonis = w.client() // Another run.
						failed = atOnce(parallel, ids[:100], func(id string) error { return celonis.RemoveGroupMember(t.Context(), group, id) })

						if len(failed) > 0 || !slices.Equal(w.group(group).Members, ids[100:]) {
							t.Errorf("%d members, %d failed", len(w.group(group).Members), len(failed))
						}

						w.wantCount(puts/2, http.MethodPut, groupsPath+"/"+group)
						w.wantCount(1+puts/2, http.MethodGet, groupsPath+"/"+group)
					})
				})
			}
		}
	}
}

// TestStragglersJoinTheNextBatch: callers that were answered together ask again one after the other, as slow as a program is
// that has other things to do.
func TestStragglersJoinTheNextBatch(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(16, 0), func(t *testing.T, w world) {
		group := w.team.AddGroup(scim.Group{DisplayName: "X"}).ID
		celonis := w.client()

		var callers sync.WaitGroup

		for caller := range 4 {
			callers.Go(func() {
				for round, user := range w.team.Users()[caller*4 : caller*4+4] {
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

		w.wantCount(4, http.MethodPut, groupsPath+"/*")
	})
}

func TestEndlessCallsDelayNobody(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(50, 0), func(t *testing.T, w world) {
		group := w.team.AddGroup(scim.Group{DisplayName: "X"}).ID
		celonis := w.client()

		var callers sync.WaitGroup

		for _, user := range w.team.Users() {
			callers.Go(func() {
				if took := elapsed(func() {
					if err := celonis.AddGroupMember(t.Context(), group, user.ID); err != nil {
						t.Error(err)
					}
				}); took > 500*time.Millisecond {
					t.Errorf("it took %s", took)
				}
			})
			time.Sleep(20 * time.Millisecond)
		}

		callers.Wait()
	})
}

func TestExistingMembershipsCostNoPUT(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(20, 0), func(t *testing.T, w world) {
		ids := w.userIDs(20)
		group := w.team.AddGroup(scim.Group{DisplayName: "X", Members: ids[:10]}).ID
		celonis := w.client()

		failed := atOnce(20, ids, func(id string) error {
			if slices.Contains(ids[:10], id) {
				return celonis.AddGroupMember(t.Context(), group, id)
			}

			return celonis.RemoveGroupMember(t.Context(), group, id)
		})
		if len(failed) > 0 {
			t.Errorf("failed %v", failed)
		}

		w.wantCount(1, http.MethodGet, groupsPath+"/*")
		w.wantCount(0, http.MethodPut, groupsPath+"/*")

		// What was read a while ago does not prove that somebody is a member.
		w.team.ChangeGroup(group, func(g *scim.Group) { g.Members = g.Members[1:] })

		if err := celonis.AddGroupMember(t.Context(), group, ids[0]); err != nil || !slices.Equal(w.group(group).Members, ids[:10]) {
			t.Errorf("members %v, %v", w.group(group).Members, err)
		}
	})
}

// TestKnownGroupIsReusedIfThatIsSafe: the last read back is sufficient to begin with if it is recent, or if the service
// would notice that the group has changed since.
func TestKnownGroupIsReusedIfThatIsSafe(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		etags      scim.ETags
		pause      time.Duration
		changed    bool
		gets, puts int
	}{
		"just now":                            {scim.ETagsNone, 500 * time.Millisecond, false, 1, 1},
		"a while ago":                         {scim.ETagsNone, 2 * time.Second, false, 2, 1},
		"a while ago, changed":                {scim.ETagsNone, 2 * time.Second, true, 2, 1},
		"a while ago, with a version to show": {scim.ETagsMeta, 2 * time.Second, true, 2, 1},
		"long ago, guarded":                   {scim.ETagsEnforced, time.Hour, false, 1, 1},
		"long ago, guarded, changed":          {scim.ETagsEnforced, time.Hour, true, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, scimTeam(5, 0, func(o *scim.Options) { o.ETags = test.etags }), func(t *testing.T, w world) {
				ids := w.userIDs(3)
				group := w.team.AddGroup(scim.Group{DisplayName: "X"}).ID
				celonis := w.client()

				if err := celonis.AddGroupMember(t.Context(), group, ids[0]); err != nil {
					t.Fatal(err)
				}

				time.Sleep(test.pause)

				want := ids[:2]
				if test.changed {
					w.team.ChangeGroup(group, func(g *scim.Group) { g.Members = append(g.Members, ids[2]) })

					want = ids
				}

				w.team.ResetJournal()

				if err := celonis.AddGroupMember(t.Context(), group, ids[1]); err != nil || !slices.Equal(w.group(group).Members, want) {
					t.Errorf("members %v, %v", w.group(group).Members, err)
				}

				w.wantCount(test.gets, http.MethodGet, groupsPath+"/*")
				w.wantCount(test.puts, http.MethodPut, groupsPath+"/*")
			})
		})
	}
}

func TestUpdateOfTheGroupServesTheNextMembership(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(3, 0), func(t *testing.T, w world) {
		ids := w.userIDs(3)
		group := w.team.AddGroup(scim.Group{DisplayName: "X"}).ID
		celonis := w.client()

		if _, err := celonis.UpdateGroup(t.Context(), group, clientscim.GroupChange{DisplayName: new("Y")}); err != nil {
			t.Error(err)
		}

		if err := celonis.AddGroupMember(t.Context(), group, ids[0]); err != nil {
			t.Error(err)
		}

		w.wantCount(3, http.MethodGet, groupsPath+"/*")

		// It is carried out, and fails all the same: what was known before is out of date.
		w.team.Inject(simulator.Fault{Method: http.MethodGet, Path: groupsPath + "/*", Skip: 1, Status: http.StatusForbidden})

		_, err := celonis.UpdateGroup(t.Context(), group, clientscim.GroupChange{DisplayName: new("Z")})
		failure(t, err, transport.ReasonNotActivated)

		if err := celonis.AddGroupMember(t.Context(), group, ids[1]); err != nil || w.group(group).DisplayName != "Z" {
			t.Errorf("named %s, %v", w.group(group).DisplayName, err)
		}
	})
}

func TestRejectedUserFailsNoOtherCall(t *testing.T) {
	t.Parallel()

	for _, etags := range scim.ETags("").Words() {
		t.Run(string(etags), func(t *testing.T) {
			t.Parallel()
			inBubble(t, scimTeam(40, 0, func(o *scim.Options) { o.ETags = etags }), func(t *testing.T, w world) {
				ids := w.userIDs(40)
				busy := ids[7]

				for index := range 50 {
					w.team.AddGroup(scim.Group{DisplayName: fmt.Sprintf("Busy %d", index), Members: []string{busy}})
				}

				group := w.team.AddGroup(scim.Group{DisplayName: "X"}).ID
				celonis := w.client()

				failed := atOnce(41, append(slices.Clone(ids), unknownID), func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) })
				if len(failed) != 2 {
					t.Errorf("failed %v", failed)
				}

				errBusy, errUnknown := failed[busy], failed[unknownID]
				failure(t, errBusy, transport.ReasonStatus, "status 400", busy+" is in 50 groups already")
				failure(t, errUnknown, transport.ReasonStatus, "status 400", unknownID+" does not exist")

				if got := w.group(group).Members; len(got) != 39 || slices.Contains(got, busy) {
					t.Errorf("%d members", len(got))
				}

				refused, done := 0, 0

				for _, entry := range w.team.Journal() {
					switch {
					case entry.Method == http.MethodPut && entry.Status == http.StatusBadRequest:
						refused++
					case entry.Method == http.MethodPut:
						done++
					}
				}

				if refused > 2*6+1 || done > 2*6 {
					t.Errorf("%d × PUT refused, %d carried out", refused, done)
				}

				w.wantCount(1+done, http.MethodGet, groupsPath+"/*") // A refusal changes nothing that would have to be read.
			})
		})
	}
}

// TestRejectionAfterAnotherProgramsChangeIsRetried: what was known of the group may hold a user who is deleted by now.
func TestRejectionAfterAnotherProgramsChangeIsRetried(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(5, 0), func(t *testing.T, w world) {
		ids := w.userIDs(5)
		group := w.team.AddGroup(scim.Group{DisplayName: "X", Members: ids[:2]}).ID
		celonis := w.client()

		if err := celonis.AddGroupMember(t.Context(), group, ids[2]); err != nil {
			t.Fatal(err)
		}

		w.team.RemoveUser(ids[0])

		if err := celonis.AddGroupMember(t.Context(), group, ids[3]); err != nil {
			t.Error(err)
		}

		if got := w.group(group).Members; !slices.Equal(got, ids[1:4]) {
			t.Errorf("members %v", got)
		}
	})
}

func TestFailureOfTheServiceFailsAllCalls(t *testing.T) {
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
		"no answer":   {simulator.Fault{Hang: true}, transport.ReasonTimeout, 2},
		"conflicting": {simulator.Fault{Status: http.StatusPreconditionFailed}, transport.ReasonStatus, 5},
		"too large":   {simulator.Fault{Status: http.StatusRequestEntityTooLarge}, transport.ReasonStatus, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, scimTeam(10, 0, func(o *scim.Options) { o.ETags = scim.ETagsEnforced }), func(t *testing.T, w world) {
				group := w.team.AddGroup(scim.Group{DisplayName: "X"}).ID
				test.fault.Method, test.fault.Path, test.fault.Times = http.MethodPut, groupsPath+"/*", -1
				w.team.Inject(test.fault)

				celonis := w.client(func(o *client.Options) { o.MaxRetries = 1 })

				failed := atOnce(10, w.userIDs(10), func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) })
				if len(failed) != 10 {
					t.Errorf("%d failed", len(failed))
				}

				for _, err := range failed {
					failure(t, err, test.reason)
				}

				w.wantCount(test.puts, http.MethodPut, groupsPath+"/*")

				if test.reason == transport.ReasonNotActivated {
					w.wantCount(1, http.MethodGet, groupsPath+"/*") // There is nothing to read back.
				}
			})
		})
	}
}

func TestReadBackShowsTheOutcomeOfALostPUT(t *testing.T) {
	t.Parallel()

	for _, etags := range scim.ETags("").Words() {
		inBubble(t, scimTeam(10, 0, func(o *scim.Options) { o.ETags = etags }), func(t *testing.T, w world) {
			ids := w.userIDs(10)
			group := w.team.AddGroup(scim.Group{DisplayName: "X"}).ID
			w.team.Inject(simulator.Fault{Method: http.MethodPut, Path: groupsPath + "/*", Times: 2, ResetAfter: true})

			celonis := w.client(func(o *client.Options) { o.MaxRetries = 1 })

			failed := atOnce(10, ids, func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) })
			if len(failed) != 0 || !slices.Equal(w.group(group).Members, ids) {
				t.Errorf("%s: failed %v", etags, failed)
			}
		})
	}
}

func TestMembersOfAGroupThatIsGone(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(5, 0), func(t *testing.T, w world) {
		celonis := w.client()

		for _, err := range atOnce(5, w.userIDs(5), func(id string) error { return celonis.AddGroupMember(t.Context(), unknownID, id) }) {
			failure(t, err, transport.ReasonNotFound)
		}

		_, err := celonis.HasGroupMember(t.Context(), unknownID, w.userIDs(1)[0])
		failure(t, err, transport.ReasonNotFound)

		// It goes between the read and the PUT.
		group := w.team.AddGroup(scim.Group{DisplayName: "X"}).ID
		w.team.Inject(simulator.Fault{Method: http.MethodPut, Path: groupsPath + "/*", Delay: 200 * time.Millisecond})
		time.AfterFunc(100*time.Millisecond, func() { w.team.RemoveGroup(group) })

		failed := atOnce(5, w.userIDs(5), func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) })
		if len(failed) != 5 {
			t.Errorf("failed %v", failed)
		}

		for _, err := range failed {
			failure(t, err, transport.ReasonNotFound)
		}

		w.wantCount(1, http.MethodPut, groupsPath+"/*")
	})
}

// TestTwoProgramsChangeOneGroup: with versions nothing is lost. Without them, whatever was lost before the last read back of a run
// is either there again in the end or was reported.
func TestTwoProgramsChangeOneGroup(t *testing.T) {
	t.Parallel()

	for _, etags := range scim.ETags("").Words() {
		for seed := range 5 {
			t.Run(fmt.Sprintf("%s, %d", etags, seed), func(t *testing.T) {
				t.Parallel()

				options := scimTeam(40, 0, func(o *scim.Options) { o.ETags = etags })
				options.Server.Latency = time.Duration(10+7*seed) * time.Millisecond
				inBubble(t, options, func(t *testing.T, w world) {
					ids := w.userIDs(40)
					group := w.team.AddGroup(scim.Group{DisplayName: "X"}).ID

					var (
						programs sync.WaitGroup
						failed   [2]map[string]error
					)

					for index := range 2 {
						celonis := w.client()

						programs.Go(func() {
							time.Sleep(time.Duration(index) * 13 * time.Millisecond)

							failed[index] = atOnce(5, ids[index*20:index*20+20], func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) })
						})
					}

					programs.Wait()

					members := w.group(group).Members

					if etags == scim.ETagsEnforced || etags == scim.ETagsRequired {
						for index := range failed {
							for id, err := range failed[index] { // Five lost races are possible.
								failure(t, err, transport.ReasonStatus, "another program")

								if slices.Contains(members, id) {
									t.Errorf("%s failed and is a member", id)
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
							failure(t, err, transport.ReasonNotApplied, "another program")
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
			inBubble(t, scimTeam(10, 0), func(t *testing.T, w world) {
				ids := w.userIDs(10)
				group := w.team.AddGroup(scim.Group{DisplayName: "X", Members: ids[9:]}).ID
				w.team.Inject(simulator.Fault{Method: http.MethodPut, Path: groupsPath + "/*", Status: http.StatusOK, Body: `{}`, Times: lost})

				celonis := w.client()
				failed := atOnce(5, ids[:5], func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) })

				if lost < 4 {
					if len(failed) > 0 || len(w.group(group).Members) != 6 {
						t.Errorf("failed %v", failed)
					}

					return
				}

				if len(failed) != 5 {
					t.Errorf("failed %v", failed)
				}

				for _, err := range failed {
					failure(t, err, transport.ReasonNotApplied, "not in the group", "another program", "PUT "+groupsPath+"/"+group)
				}

				w.wantCount(4, http.MethodPut, groupsPath+"/*")
			})
		})
	}
}

func TestUndoneMembershipIsReported(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(10, 0), func(t *testing.T, w world) {
		ids := w.userIDs(10)
		group := w.team.AddGroup(scim.Group{DisplayName: "X", Members: ids[:2]}).ID
		celonis := w.client()

		for _, err := range []error{
			celonis.AddGroupMember(t.Context(), group, ids[2]), celonis.RemoveGroupMember(t.Context(), group, ids[0]),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}

		w.team.ChangeGroup(group, func(g *scim.Group) { g.Members = ids[:2] })
		time.Sleep(2 * time.Second)

		err := celonis.AddGroupMember(t.Context(), group, ids[3])
		failure(t, err, transport.ReasonNotApplied, "another program has undone", ids[0]+", "+ids[2])

		if got := w.group(group).Members; !slices.Equal(got, []string{ids[0], ids[1], ids[3]}) {
			t.Errorf("members %v", got)
		}

		// Once is enough.
		if err := celonis.AddGroupMember(t.Context(), group, ids[4]); err != nil {
			t.Error(err)
		}

		// What this run does itself is not somebody else's.
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

		w.team.ChangeGroup(group, func(g *scim.Group) { g.Members = nil })
		time.Sleep(2 * time.Second)

		err = celonis.RemoveGroupMember(t.Context(), group, ids[8])
		failure(t, err, transport.ReasonNotApplied, "undone", ids[5])
	})
}

func TestContradictingCallsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(2, 0), func(t *testing.T, w world) {
		id := w.userIDs(1)[0]
		group := w.team.AddGroup(scim.Group{DisplayName: "X", Members: []string{id}}).ID
		celonis := w.client()

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
		w.wantCount(2, http.MethodPut, groupsPath+"/*") // The second removal would undo what the run has added.

		if got := w.group(group).Members; !slices.Equal(got, []string{id}) {
			t.Errorf("members %v", got)
		}
	})
}

func TestUpdateOfTheGroupWaitsForItsTurn(t *testing.T) {
	t.Parallel()

	options := scimTeam(30, 0)
	options.Server.Latency = 20 * time.Millisecond
	inBubble(t, options, func(t *testing.T, w world) {
		ids := w.userIDs(30)
		group := w.team.AddGroup(scim.Group{DisplayName: "X"}).ID
		celonis := w.client()

		var other sync.WaitGroup

		other.Go(func() {
			for index := range 5 {
				time.Sleep(33 * time.Millisecond)

				if _, err := celonis.UpdateGroup(t.Context(), group, clientscim.GroupChange{DisplayName: new(fmt.Sprint("X", index))}); err != nil {
					t.Error(err)
				}
			}
		})

		failed := atOnce(5, ids, func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) })
		other.Wait()

		if got := w.group(group); len(failed) > 0 || len(got.Members) != 30 || got.DisplayName != "X4" {
			t.Errorf("%d members, %s, failed %v", len(got.Members), got.DisplayName, failed)
		}
	})
}

func TestManyChangesOfManyGroups(t *testing.T) {
	t.Parallel()

	options := scimTeam(30, 0, func(o *scim.Options) { o.ETags = scim.ETagsEnforced })
	options.Server.Latency = 3 * time.Millisecond
	inBubble(t, options, func(t *testing.T, w world) {
		ids := w.userIDs(30)
		celonis := w.client()

		var groups, changes []string
		for index := range 15 {
			group := w.team.AddGroup(scim.Group{DisplayName: fmt.Sprint("X", index), Members: ids[:10]}).ID

			groups = append(groups, group)
			for _, id := range ids[5:25] {
				changes = append(changes, group+"/"+id)
			}
		}

		failed := atOnce(40, changes, func(change string) error {
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
			t.Errorf("failed %v", failed)
		}

		for _, group := range groups {
			got := w.group(group)
			if want := slices.Concat(ids[:5], ids[15:25]); !slices.Equal(got.Members, want) || got.Role != "ANALYST" {
				t.Errorf("%d members, want %d; role %s", len(got.Members), len(want), got.Role)
			}
		}
	})
}

func TestACancelledCallerLeaves(t *testing.T) {
	t.Parallel()

	options := scimTeam(10, 0)
	options.Server.Latency = time.Second
	inBubble(t, options, func(t *testing.T, w world) {
		ids := w.userIDs(10)
		group := w.team.AddGroup(scim.Group{DisplayName: "X"}).ID
		celonis := w.client()

		if _, err := celonis.Users(t.Context()); err != nil { // There is a token.
			t.Fatal(err)
		}

		gone, cancel := context.WithCancel(t.Context())
		cancel()

		err := celonis.AddGroupMember(gone, group, ids[0])
		failure(t, err, transport.ReasonCanceled)

		// While it gathers: the only one, and one of two.
		brief, cancel := contextWithTimeout(t, 10*time.Millisecond)
		defer cancel()

		err = celonis.AddGroupMember(brief, group, ids[0])
		failure(t, err, transport.ReasonCanceled)
		time.Sleep(time.Minute)
		w.wantCount(0, "", groupsPath+"/*")

		brief, cancel = contextWithTimeout(t, 10*time.Millisecond)
		defer cancel()

		var other sync.WaitGroup

		other.Go(func() {
			if err := celonis.AddGroupMember(t.Context(), group, ids[1]); err != nil {
				t.Error(err)
			}
		})

		err = celonis.AddGroupMember(brief, group, ids[0])
		failure(t, err, transport.ReasonCanceled)
		other.Wait()

		if got := w.group(group).Members; !slices.Equal(got, ids[1:2]) {
			t.Errorf("members %v", got)
		}

		// While it is carried out: the work ends when the last one has gone.
		w.team.Inject(simulator.Fault{Method: http.MethodGet, Path: groupsPath + "/*", Hang: true})
		time.Sleep(time.Minute)

		start := time.Now()

		for index := range 2 {
			other.Go(func() {
				leaving, cancel := contextWithTimeout(t, time.Duration(index+2)*time.Second)
				defer cancel()

				err := celonis.AddGroupMember(leaving, group, ids[index+2])
				failure(t, err, transport.ReasonCanceled)
			})
		}

		other.Wait()

		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("it took %s", took)
		}

		if took := elapsed(func() {
			if err := celonis.AddGroupMember(t.Context(), group, ids[5]); err != nil {
				t.Error(err)
			}
		}); took > 4*time.Second { // Gathering, and three requests.
			t.Errorf("it took %s", took)
		}
	})
}

func TestMembershipOfAnInvalidGroupFails(t *testing.T) {
	t.Parallel()

	for name, members := range map[string]string{
		"no array": `"members": {}`, "no objects": `"members": ["a"]`, "no ids": `"members": [{"display": "A"}]`,
	} {
		inBubble(t, scimTeam(1, 0), func(t *testing.T, w world) {
			w.answer(groupsPath+"/g", http.StatusOK, jsonType, `{"id": "g", "displayName": "X", `+members+`}`)

			err := w.client().AddGroupMember(t.Context(), "g", unknownID)
			failure(t, err, transport.ReasonInvalidResponse, "members")
			w.wantCount(0, http.MethodPut, groupsPath+"/*")

			if _, err := w.client().HasGroupMember(t.Context(), "g", unknownID); err == nil {
				t.Errorf("%s: no error", name)
			}
		})
	}
}

// TestMembershipsMatchTheLastCalls: whatever callers do at once and whatever goes wrong on the way, a call that ended well is
// true, one that failed because of its user is not, and the others are one or the other. A removal of a user whom the run has added ends
// well and changes nothing.
func TestMembershipsMatchTheLastCalls(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		options := scimTeam(12, 0, func(o *scim.Options) {
			o.ETags = rapid.SampledFrom(o.ETags.Words()).Draw(r, "ETags")
			o.ReplaceAnswer = rapid.SampledFrom(o.ReplaceAnswer.Words()).Draw(r, "answer to PUT")
			o.EmptyMembers = rapid.SampledFrom(o.EmptyMembers.Words()).Draw(r, "no members")
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

		var steps [6][]step // Each caller has two users of its own, so that the order of its calls is what counts.
		for caller := range steps {
			steps[caller] = rapid.SliceOfN(rapid.Custom(func(r *rapid.T) step {
				return step{rapid.IntRange(0, 2).Draw(r, "user"), rapid.Bool().Draw(r, "adds"), rapid.IntRange(0, 60).Draw(r, "pause")}
			}), 0, 5).Draw(r, "steps")
		}

		inBubble(t, options, func(t *testing.T, w world) {
			var users []string
			for _, user := range w.team.Users() {
				users = append(users, user.ID)
			}

			group := w.team.AddGroup(scim.Group{DisplayName: "X", Members: users[:4]}).ID

			for index, fault := range faults {
				fault.Path, fault.Skip = groupsPath+"/*", skips[index]
				w.team.Inject(fault)
			}

			celonis := w.client(func(o *client.Options) { o.MaxRetries = 1 })

			var (
				callers sync.WaitGroup
				lock    sync.Mutex
				want    = make(map[string]bool) // Of those who are known.
				added   = make(map[string]bool) // False: maybe.
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
							r.Errorf("an unknown user was added")
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

			members := w.group(group).Members
			for _, id := range slices.Sorted(maps.Keys(want)) {
				if got := slices.Contains(members, id); got != want[id] {
					r.Errorf("%s: member %t, want %t", id, got, want[id])
				}
			}
		})
	})
}

func hasTried(added map[string]bool, id string) bool {
	_, found := added[id]

	return found
}

func TestCallThatTimesOutReturnsItsCause(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(1, 0), func(t *testing.T, w world) {
		ctx, cancel := contextWithTimeout(t, time.Millisecond)
		defer cancel()

		err := w.client().AddGroupMember(ctx, unknownID, unknownID)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
}

func TestMembershipIsMissingOnlyInAFreshResponse(t *testing.T) {
	t.Parallel()

	inBubble(t, scimTeam(1, 0), func(t *testing.T, w world) {
		user := w.team.Users()[0].ID
		group := w.team.AddGroup(scim.Group{DisplayName: "X"}).ID
		celonis := w.client()

		if _, err := celonis.Group(t.Context(), group); err != nil {
			t.Fatal(err)
		}

		w.team.ChangeGroup(group, func(g *scim.Group) { g.Members = []string{user} })
		time.Sleep(time.Second) // What was read before still serves.

		if found, err := celonis.HasGroupMember(t.Context(), group, user); err != nil || !found {
			t.Errorf("%t, %v", found, err)
		}
	})
}
