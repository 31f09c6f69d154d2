package client_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	clientscim "github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// allIDs returns the ids of the team's users in the order of the list.
func (w world) allIDs() []string {
	w.t.Helper()

	users := w.team.Users()

	ids := make([]string, 0, len(users))
	for _, user := range users {
		ids = append(ids, user.ID)
	}

	return ids
}

// wantAtMost checks that a path has got no more than so many requests of a method.
func (w world) wantAtMost(most int, method, path string) {
	w.t.Helper()

	if got := w.team.Count(method, path); got > most {
		w.t.Errorf("%d × %s %s, want at most %d", got, method, path, most)
	}
}

// readUsers reads users as a refresh does, and makes sure that they are the right ones.
func (w world) readUsers(celonis *client.Client, parallel int, ids []string) {
	w.t.Helper()

	failed := atOnce(parallel, ids, func(id string) error {
		got, err := celonis.User(w.t.Context(), id)
		if err == nil && got.ID != id {
			return fmt.Errorf("%s came", got.ID)
		}

		return err
	})
	if len(failed) > 0 {
		w.t.Errorf("failed %v", failed)
	}
}

func TestARefreshOfManyUsersReadsTheListOnce(t *testing.T) {
	t.Parallel()

	for _, parallel := range []int{1, 10, 50} {
		for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
			t.Run(fmt.Sprintf("%d at once, latency %s", parallel, latency), func(t *testing.T) {
				t.Parallel()

				options := scimTeam(500, 0)
				options.Server.Latency = latency
				inBubble(t, options, func(_ *testing.T, w world) {
					w.readUsers(w.client(), parallel, w.allIDs())

					w.wantCount(1, http.MethodPost, TokenPath)
					w.wantCount(1, http.MethodGet, scimBase+configPath)
					w.wantAtMost(10, http.MethodGet, usersPath+"/*") // Who asks with ten others at once need not be among them.
					w.wantCount(3, http.MethodGet, usersPath)
				})
			})
		}
	}
}

func TestARefreshOfOneUserOfAHugeTeamIsOneRequest(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(100_000, 0), func(_ *testing.T, w world) {
		w.readUsers(w.client(), 1, w.allIDs()[77_777:77_778])
		w.wantCount(1, http.MethodGet, usersPath+"*")
	})
}

// TestListsNeverCostMoreThanSingleReads: neither is a huge team listed for a few users, nor many users of it read for ever.
func TestListsNeverCostMoreThanSingleReads(t *testing.T) {
	t.Parallel()

	for wanted, most := range map[int][2]int{ // Single reads and pages.
		10: {10, 0}, 11: {11, 1}, 50: {50, 1}, 99: {99, 1}, 100: {99, 100}, 400: {99, 100},
	} {
		t.Run(strconv.Itoa(wanted), func(t *testing.T) {
			t.Parallel()
			inBubble(t, scimTeam(2000, 0, func(o *scim.Options) { o.MaxCount = 20 }), func(_ *testing.T, w world) {
				ids := w.allIDs()
				w.readUsers(w.client(), 1, ids[len(ids)-wanted:])

				w.wantCount(most[0], http.MethodGet, usersPath+"/*")
				w.wantCount(most[1], http.MethodGet, usersPath)
			})
		})
	}
}

func TestTheFirstPageServesWhomItHolds(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(2000, 0, func(o *scim.Options) { o.MaxCount = 20 }), func(_ *testing.T, w world) {
		ids := w.allIDs()
		celonis := w.client()
		w.readUsers(celonis, 10, ids[1990:])
		for range 20 { // Within the time for which a page serves.
			w.readUsers(celonis, 10, ids[:20])
		}

		w.wantCount(10, http.MethodGet, usersPath+"/*")
		w.wantCount(1, http.MethodGet, usersPath)
	})
}

func TestAListThatGrowsAfterItsFirstPageIsReadFromTheStart(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(2000, 0, func(o *scim.Options) { o.MaxCount = 20 }), func(_ *testing.T, w world) {
		celonis := w.client()
		ids := w.allIDs()

		w.readUsers(celonis, 1, ids[1800:1850])
		w.team.AddUser(scim.User{UserName: "new@example.com"})
		w.readUsers(celonis, 1, ids[1850:])

		w.wantCount(99, http.MethodGet, usersPath+"/*")
		w.wantAtMost(1+10+101, http.MethodGet, usersPath)
	})
}

func TestALongRefreshListsAgain(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(150, 0, func(o *scim.Options) { o.MaxCount = 50 }), func(t *testing.T, w world) {
		celonis := w.client()

		for _, id := range w.allIDs() {
			w.readUsers(celonis, 1, []string{id})
			time.Sleep(time.Second)
		}

		singles, lists := w.team.Count(http.MethodGet, usersPath+"/*"), w.team.Count(http.MethodGet, usersPath)
		if singles > 20 || lists > 3*15 {
			t.Errorf("%d single reads, %d pages", singles, lists)
		}
	})
}

func TestEachRefreshOfALongRunCounts(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(150, 0, func(o *scim.Options) { o.MaxCount = 50 }), func(_ *testing.T, w world) {
		celonis := w.client()

		for range 20 {
			w.readUsers(celonis, 1, w.allIDs()[100:])
			time.Sleep(time.Minute)
		}

		w.wantCount(10, http.MethodGet, usersPath+"/*")
		w.wantAtMost(20*3, http.MethodGet, usersPath)
	})
}

func TestOneUserReadManyTimesIsNoReasonToListTheTeam(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(2000, 0, func(o *scim.Options) { o.MaxCount = 20 }), func(_ *testing.T, w world) {
		celonis := w.client()
		ids := w.allIDs()[1900:]

		w.readUsers(celonis, 1, ids[:11])

		for range 200 {
			w.readUsers(celonis, 1, ids[:1])
		}

		w.readUsers(celonis, 1, ids[11:12])
		w.wantCount(12, http.MethodGet, usersPath+"/*")
		w.wantCount(1, http.MethodGet, usersPath)
	})
}

func TestASlowRefreshIsNotListedForEachUser(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(150, 0, func(o *scim.Options) { o.MaxCount = 50 }), func(t *testing.T, w world) {
		celonis := w.client()

		for _, id := range w.allIDs()[50:] {
			w.readUsers(celonis, 1, []string{id})
			time.Sleep(time.Minute)
		}

		if lists := w.team.Count(http.MethodGet, usersPath); lists > 100 {
			t.Errorf("%d pages for 100 users", lists)
		}

		if all := w.team.Count(http.MethodGet, usersPath+"*"); all > 200 {
			t.Errorf("%d requests for 100 users", all)
		}
	})
}

func TestWritesDoNotMakeListsCheaper(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(150, 0, func(o *scim.Options) { o.MaxCount = 50 }), func(t *testing.T, w world) {
		celonis := w.client()
		w.readUsers(celonis, 10, w.allIDs()[130:])
		w.wantCount(3, http.MethodGet, usersPath)

		// After each write the list is out of date.
		for _, id := range w.allIDs()[50:130] {
			if err := celonis.DeleteUser(t.Context(), unknownID); err != nil {
				t.Fatal(err)
			}

			w.readUsers(celonis, 1, []string{id})
		}

		singles, lists := w.team.Count(http.MethodGet, usersPath+"/*"), w.team.Count(http.MethodGet, usersPath)
		if lists > 100 || singles > 100 {
			t.Errorf("%d single reads, %d pages", singles, lists)
		}
	})
}

func TestAUserWhoIsNotInTheListIsAskedFor(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(300, 0, func(o *scim.Options) { o.ListedLate = 5 }), func(t *testing.T, w world) {
		celonis := w.client()
		w.readUsers(celonis, 1, w.allIDs())

		late := w.team.AddUser(scim.User{UserName: "late@example.com"})
		w.readUsers(celonis, 1, []string{late.ID})

		_, err := celonis.User(t.Context(), unknownID)
		failure(t, err, transport.ReasonNotFound, "GET "+usersPath+"/"+unknownID)

		w.wantCount(12, http.MethodGet, usersPath+"/*")
		w.wantCount(2, http.MethodGet, usersPath)

		// What was read by itself serves although the list is out of date by now.
		later := []string{w.team.AddUser(scim.User{UserName: "later@example.com"}).ID}

		time.Sleep(9 * time.Second)
		w.readUsers(celonis, 1, later)
		w.team.ResetJournal()
		time.Sleep(2 * time.Second)
		w.readUsers(celonis, 1, later)
		w.wantCount(0, http.MethodGet, usersPath+"*")
	})
}

func TestAListThatCannotBeReadIsNoObstacle(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]func(*scim.Options){
		"unstable": func(o *scim.Options) { o.Order = scim.OrderUnstable },
		"refused":  func(o *scim.Options) { o.MaxCount, o.CountAboveMax = 50, scim.CountRefused },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, scimTeam(500, 0, change), func(t *testing.T, w world) {
				w.readUsers(w.client(), 10, w.allIDs()[:100])

				if lists := w.team.Count(http.MethodGet, usersPath); lists > 6 {
					t.Errorf("%d list requests", lists)
				}

				if singles := w.team.Count(http.MethodGet, usersPath+"/*"); singles > 100 {
					t.Errorf("%d single reads", singles)
				}
			})
		})
	}
}

func TestACancelledCallerLeavesTheListToOthers(t *testing.T) {
	t.Parallel()

	options := scimTeam(500, 0)
	options.Server.Latency = time.Second
	inBubble(t, options, func(t *testing.T, w world) {
		celonis := w.client()
		ids := w.allIDs()
		w.readUsers(celonis, 10, ids[:10])

		brief, cancel := contextWithTimeout(t, 500*time.Millisecond)
		defer cancel()

		_, err := celonis.User(brief, ids[10])
		failure(t, err, transport.ReasonCanceled)

		w.readUsers(celonis, 10, ids[11:])
		w.wantCount(10, http.MethodGet, usersPath+"/*")
		w.wantCount(4, http.MethodGet, usersPath)
	})
}

// TestListsWithoutMembersAreNotReadAgain: where the list shows the members of none, it is of no use, and of some where it shows them
// of some.
func TestListsWithoutMembersAreNotReadAgain(t *testing.T) {
	t.Parallel()

	for _, left := range []bool{false, true} {
		options := scimTeam(30, 0, func(o *scim.Options) {
			o.NoMembersInLists, o.EmptyMembers = left, scim.MembersAbsent
		})
		inBubble(t, options, func(t *testing.T, w world) {
			ids := w.userIDs(3)
			celonis := w.client()

			for index := range 60 {
				w.team.AddGroup(scim.Group{DisplayName: strconv.Itoa(index), Members: ids[:index%3]})
			}

			for _, group := range w.team.Groups() {
				if got, err := celonis.Group(t.Context(), group.ID); err != nil || !slices.Equal(got.MemberIDs, w.group(group.ID).Members) {
					t.Errorf("members %v, %v", got.MemberIDs, err)
				}

				time.Sleep(time.Second)
			}

			if left {
				w.wantCount(60, http.MethodGet, groupsPath+"/*")
				w.wantCount(1, http.MethodGet, groupsPath)
			} else {
				w.wantAtMost(10+17, http.MethodGet, groupsPath+"/*")
				w.wantAtMost(6, http.MethodGet, groupsPath)
			}
		})
	}
}

func TestCappedPagesAreCountedAsTheyCome(t *testing.T) {
	t.Parallel()

	// 500 users are 50 pages of ten: too much for 49 of them, not for 50.
	for wanted, want := range map[int][2]int{49: {49, 1}, 50: {49, 50}} {
		inBubble(t, scimTeam(500, 0, func(o *scim.Options) { o.MaxCount = 10 }), func(_ *testing.T, w world) {
			w.readUsers(w.client(), 1, w.allIDs()[500-wanted:])
			w.wantCount(want[0], http.MethodGet, usersPath+"/*")
			w.wantCount(want[1], http.MethodGet, usersPath)
		})
	}
}

func TestGroupsThatTheListShowsWithoutMembersAreReadByThemselves(t *testing.T) {
	t.Parallel()

	for _, empty := range scim.EmptyMembers("").Words() {
		for _, left := range []bool{false, true} {
			t.Run(fmt.Sprintf("empty %s, left out %t", empty, left), func(t *testing.T) {
				t.Parallel()

				options := scimTeam(30, 0, func(o *scim.Options) { o.NoMembersInLists, o.EmptyMembers = left, empty })
				inBubble(t, options, func(t *testing.T, w world) {
					ids := w.userIDs(3)

					var groups []string
					for index := range 40 {
						groups = append(groups, w.team.AddGroup(scim.Group{DisplayName: strconv.Itoa(index), Members: ids[:index%3]}).ID)
					}

					read := func(of func(id string) (clientscim.Group, error)) {
						t.Helper()

						failed := atOnce(10, groups, func(id string) error {
							group, err := of(id)
							if want := w.group(id).Members; err == nil && (group.MembersKnown && !slices.Equal(group.MemberIDs, want) || group.ID != id) {
								return fmt.Errorf("members %v", group.MemberIDs)
							}

							return err
						})
						if len(failed) > 0 {
							t.Errorf("failed %v", failed)
						}
					}

					celonis := w.client()
					read(func(id string) (clientscim.Group, error) { return celonis.GroupWithoutMembers(t.Context(), id) })
					w.wantAtMost(10, http.MethodGet, groupsPath+"/*")
					w.wantCount(1, http.MethodGet, groupsPath)

					w.team.ResetJournal()

					celonis = w.client()
					read(func(id string) (clientscim.Group, error) {
						group, err := celonis.Group(t.Context(), id)
						if err == nil && !group.MembersKnown {
							t.Errorf("the members of %s are unknown", id)
						}

						return group, err
					})

					singles := 10 + 14 // A third of all has none, which a list need not tell.
					if left {
						singles = 40
					}

					w.wantAtMost(singles, http.MethodGet, groupsPath+"/*")
					w.wantCount(1, http.MethodGet, groupsPath)
				})
			})
		}
	}
}

func TestManyMembershipsOfOneGroupAreOneRead(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(200, 0), func(t *testing.T, w world) {
		ids := w.userIDs(200)
		group := w.team.AddGroup(scim.Group{DisplayName: "X", Members: ids[:100]}).ID
		celonis := w.client()

		failed := atOnce(10, ids, func(id string) error {
			got, err := celonis.HasGroupMember(t.Context(), group, id)
			if want := slices.Contains(ids[:100], id); got != want {
				t.Errorf("member %t, want %t", got, want)
			}

			return err
		})
		if len(failed) > 0 {
			t.Errorf("failed %v", failed)
		}

		w.wantCount(1, http.MethodGet, groupsPath+"/*")
		w.wantCount(0, http.MethodGet, groupsPath)
	})
}

func TestAListThatSomebodyElseReadServesSingleReads(t *testing.T) {
	t.Parallel()
	inBubble(t, scimTeam(300, 0), func(t *testing.T, w world) {
		celonis := w.client()

		var group sync.WaitGroup

		group.Go(func() {
			if _, err := celonis.Users(t.Context()); err != nil {
				t.Error(err)
			}
		})
		group.Wait()

		w.readUsers(celonis, 10, w.allIDs())
		w.wantCount(2, http.MethodGet, usersPath+"*")
	})
}
