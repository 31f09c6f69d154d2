package scim_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	clientscim "github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// allIDs returns the ids of the team's users in list order.
func allIDs(env clienttest.Env) []string {
	env.T.Helper()

	users := env.Team.Users()

	ids := make([]string, 0, len(users))
	for _, user := range users {
		ids = append(ids, user.ID)
	}

	return ids
}

// readUsers reads users as a refresh does, and checks that the correct users are returned.
func readUsers(env clienttest.Env, celonis *client.Client, parallel int, ids []string) {
	env.T.Helper()

	failed := clienttest.Parallel(parallel, ids, func(id string) error {
		user, err := celonis.User(env.T.Context(), id)
		if err == nil && user.ID != id {
			return fmt.Errorf("got the user %s", user.ID)
		}

		return err
	})
	if len(failed) > 0 {
		env.T.Errorf("failed calls: %v", failed)
	}
}

func TestRefreshOfManyUsersReadsTheListOnce(t *testing.T) {
	t.Parallel()

	for _, parallel := range []int{1, 10, 50} {
		for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
			t.Run(fmt.Sprintf("%d concurrent reads, latency %s", parallel, latency), func(t *testing.T) {
				t.Parallel()

				options := clienttest.SCIMTeam(500, 0)
				options.Server.Latency = latency
				clienttest.InBubble(t, options, func(_ *testing.T, env clienttest.Env) {
					readUsers(env, env.Client(), parallel, allIDs(env))

					env.WantCount(1, http.MethodPost, clienttest.TokenPath)
					env.WantCount(1, http.MethodGet, clienttest.SCIMPath+configPath)
					env.WantAtMost(10, http.MethodGet, clienttest.UsersPath+"/*") // Only the first users are read by id. Concurrent reads wait for the list.
					env.WantCount(3, http.MethodGet, clienttest.UsersPath)
				})
			})
		}
	}
}

func TestRefreshOfOneUserSendsOneRequest(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(10_000, 0), func(_ *testing.T, env clienttest.Env) {
		readUsers(env, env.Client(), 1, allIDs(env)[7_777:7_778])
		env.WantCount(1, http.MethodGet, clienttest.UsersPath+"*")
	})
}

// For a few users of a large team, the client does not read the list. For many users, it reads the list instead of each user.
func TestListsNeverCostMoreThanSingleReads(t *testing.T) {
	t.Parallel()

	for users, most := range map[int][2]int{ // Each pair contains the expected number of reads by id and the expected number of pages.
		10: {10, 0}, 11: {11, 1}, 50: {50, 1}, 99: {99, 1}, 100: {99, 100}, 400: {99, 100},
	} {
		t.Run(strconv.Itoa(users), func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(2000, 0, func(o *scim.Options) { o.MaxCount = 20 }), func(_ *testing.T, env clienttest.Env) {
				ids := allIDs(env)
				readUsers(env, env.Client(), 1, ids[len(ids)-users:])

				env.WantCount(most[0], http.MethodGet, clienttest.UsersPath+"/*")
				env.WantCount(most[1], http.MethodGet, clienttest.UsersPath)
			})
		})
	}
}

func TestUsersOnTheFirstPageNeedNoRequest(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(2000, 0, func(o *scim.Options) { o.MaxCount = 20 }), func(_ *testing.T, env clienttest.Env) {
		ids := allIDs(env)
		celonis := env.Client()
		readUsers(env, celonis, 10, ids[1990:])
		for range 20 { // The loop ends before the cached first page expires.
			readUsers(env, celonis, 10, ids[:20])
		}

		env.WantCount(10, http.MethodGet, clienttest.UsersPath+"/*")
		env.WantCount(1, http.MethodGet, clienttest.UsersPath)
	})
}

func TestListThatGrowsAfterItsFirstPageIsReadFromTheStart(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(2000, 0, func(o *scim.Options) { o.MaxCount = 20 }), func(_ *testing.T, env clienttest.Env) {
		celonis := env.Client()
		ids := allIDs(env)

		readUsers(env, celonis, 1, ids[1800:1850])
		env.Team.AddUser(scim.User{UserName: "new@example.com"})
		readUsers(env, celonis, 1, ids[1850:])

		env.WantCount(99, http.MethodGet, clienttest.UsersPath+"/*")
		env.WantAtMost(1+10+101, http.MethodGet, clienttest.UsersPath)
	})
}

func TestLongRefreshListsAgain(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(150, 0, func(o *scim.Options) { o.MaxCount = 50 }), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		for _, id := range allIDs(env) {
			readUsers(env, celonis, 1, []string{id})
			time.Sleep(time.Second)
		}

		singles, lists := env.Team.Count(http.MethodGet, clienttest.UsersPath+"/*"), env.Team.Count(http.MethodGet, clienttest.UsersPath)
		if singles > 20 || lists > 3*15 {
			t.Errorf("%d single reads and %d pages", singles, lists)
		}
	})
}

func TestEachRefreshOfALongRunCounts(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(150, 0, func(o *scim.Options) { o.MaxCount = 50 }), func(_ *testing.T, env clienttest.Env) {
		celonis := env.Client()

		for range 20 {
			readUsers(env, celonis, 1, allIDs(env)[100:])
			time.Sleep(time.Minute)
		}

		env.WantCount(10, http.MethodGet, clienttest.UsersPath+"/*")
		env.WantAtMost(20*3, http.MethodGet, clienttest.UsersPath)
	})
}

func TestRepeatedReadsOfOneUserDoNotReadTheList(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(2000, 0, func(o *scim.Options) { o.MaxCount = 20 }), func(_ *testing.T, env clienttest.Env) {
		celonis := env.Client()
		ids := allIDs(env)[1900:]

		readUsers(env, celonis, 1, ids[:11])

		for range 200 {
			readUsers(env, celonis, 1, ids[:1])
		}

		readUsers(env, celonis, 1, ids[11:12])
		env.WantCount(12, http.MethodGet, clienttest.UsersPath+"/*")
		env.WantCount(1, http.MethodGet, clienttest.UsersPath)
	})
}

func TestSlowRefreshDoesNotReadTheListForEachUser(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(150, 0, func(o *scim.Options) { o.MaxCount = 50 }), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		for _, id := range allIDs(env)[50:] {
			readUsers(env, celonis, 1, []string{id})
			time.Sleep(time.Minute)
		}

		if lists := env.Team.Count(http.MethodGet, clienttest.UsersPath); lists > 100 {
			t.Errorf("%d pages for 100 users", lists)
		}

		if all := env.Team.Count(http.MethodGet, clienttest.UsersPath+"*"); all > 200 {
			t.Errorf("%d requests for 100 users", all)
		}
	})
}

func TestWritesDoNotMakeListsCheaper(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(150, 0, func(o *scim.Options) { o.MaxCount = 50 }), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()
		readUsers(env, celonis, 10, allIDs(env)[130:])
		env.WantCount(3, http.MethodGet, clienttest.UsersPath)

		// Each write invalidates the list.
		for _, id := range allIDs(env)[50:130] {
			if err := celonis.DeleteUser(t.Context(), unknownID); err != nil {
				t.Fatal(err)
			}

			readUsers(env, celonis, 1, []string{id})
		}

		singles, lists := env.Team.Count(http.MethodGet, clienttest.UsersPath+"/*"), env.Team.Count(http.MethodGet, clienttest.UsersPath)
		if lists > 100 || singles > 100 {
			t.Errorf("%d single reads and %d pages", singles, lists)
		}
	})
}

func TestUserMissingFromTheListIsReadByID(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(300, 0, func(o *scim.Options) { o.ListedAfterReads = 5 }), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()
		readUsers(env, celonis, 1, allIDs(env))

		late := env.Team.AddUser(scim.User{UserName: "late@example.com"})
		readUsers(env, celonis, 1, []string{late.ID})

		_, err := celonis.User(t.Context(), unknownID)
		clienttest.WantError(t, err, transport.ReasonNotFound, "GET "+clienttest.UsersPath+"/"+unknownID)

		env.WantCount(12, http.MethodGet, clienttest.UsersPath+"/*")
		env.WantCount(2, http.MethodGet, clienttest.UsersPath)

		// The cached read by id is still valid, although the list is outdated.
		later := []string{env.Team.AddUser(scim.User{UserName: "later@example.com"}).ID}

		time.Sleep(9 * time.Second)
		readUsers(env, celonis, 1, later)
		env.Team.ResetJournal()
		time.Sleep(2 * time.Second)
		readUsers(env, celonis, 1, later)
		env.WantCount(0, http.MethodGet, clienttest.UsersPath+"*")
	})
}

func TestUsersAreReadByIDIfTheListFails(t *testing.T) {
	t.Parallel()

	unstable := func(o *scim.Options) { o.Order = scim.OrderUnstable }
	clienttest.InBubble(t, clienttest.SCIMTeam(500, 0, unstable), func(t *testing.T, env clienttest.Env) {
		readUsers(env, env.Client(), 10, allIDs(env)[:100])

		if lists := env.Team.Count(http.MethodGet, clienttest.UsersPath); lists > 6 {
			t.Errorf("%d list requests", lists)
		}

		if singles := env.Team.Count(http.MethodGet, clienttest.UsersPath+"/*"); singles > 100 {
			t.Errorf("%d single reads", singles)
		}
	})
}

func TestCancelledCallerDoesNotCancelTheSharedList(t *testing.T) {
	t.Parallel()

	options := clienttest.SCIMTeam(500, 0)
	options.Server.Latency = time.Second
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()
		ids := allIDs(env)
		readUsers(env, celonis, 10, ids[:10])

		brief, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()

		_, err := celonis.User(brief, ids[10])
		clienttest.WantError(t, err, transport.ReasonCanceled)

		readUsers(env, celonis, 10, ids[11:])
		env.WantCount(10, http.MethodGet, clienttest.UsersPath+"/*")
		env.WantCount(4, http.MethodGet, clienttest.UsersPath)
	})
}

// The client does not use lists without members. Lists that omit the members attribute only for empty groups are still used for groups that have
// members.
func TestListsWithoutMembersAreNotReadAgain(t *testing.T) {
	t.Parallel()

	for _, noMembers := range []bool{false, true} {
		options := clienttest.SCIMTeam(30, 0, func(o *scim.Options) {
			o.NoMembersInLists, o.EmptyMembers = noMembers, scim.MembersAbsent
		})
		clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
			ids := env.UserIDs(3)
			celonis := env.Client()

			for index := range 60 {
				env.Team.AddGroup(scim.Group{DisplayName: strconv.Itoa(index), Members: ids[:index%3]})
			}

			for _, group := range env.Team.Groups() {
				if got, err := celonis.Group(t.Context(), group.ID); err != nil || !slices.Equal(got.MemberIDs, env.Group(group.ID).Members) {
					t.Errorf("members %v, error %v", got.MemberIDs, err)
				}

				time.Sleep(time.Second)
			}

			if noMembers {
				env.WantCount(60, http.MethodGet, clienttest.GroupsPath+"/*")
				env.WantCount(1, http.MethodGet, clienttest.GroupsPath)
			} else {
				env.WantAtMost(10+17, http.MethodGet, clienttest.GroupsPath+"/*")
				env.WantAtMost(6, http.MethodGet, clienttest.GroupsPath)
			}
		})
	}
}

func TestPageSizeIsTakenFromTheResponse(t *testing.T) {
	t.Parallel()

	// With ten users per page, the list of 500 users has 50 pages. The client does not read so many pages for 49 users, but does so for 50.
	for users, want := range map[int][2]int{49: {49, 1}, 50: {49, 50}} {
		clienttest.InBubble(t, clienttest.SCIMTeam(500, 0, func(o *scim.Options) { o.MaxCount = 10 }), func(_ *testing.T, env clienttest.Env) {
			readUsers(env, env.Client(), 1, allIDs(env)[500-users:])
			env.WantCount(want[0], http.MethodGet, clienttest.UsersPath+"/*")
			env.WantCount(want[1], http.MethodGet, clienttest.UsersPath)
		})
	}
}

func TestGroupsListedWithoutMembersAreReadByID(t *testing.T) {
	t.Parallel()

	for _, empty := range scim.EmptyMembers("").Words() {
		for _, noMembers := range []bool{false, true} {
			t.Run(fmt.Sprintf("empty members %s, no members in lists %t", empty, noMembers), func(t *testing.T) {
				t.Parallel()

				options := clienttest.SCIMTeam(30, 0, func(o *scim.Options) { o.NoMembersInLists, o.EmptyMembers = noMembers, empty })
				clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
					ids := env.UserIDs(3)

					var groups []string
					for index := range 40 {
						groups = append(groups, env.Team.AddGroup(scim.Group{DisplayName: strconv.Itoa(index), Members: ids[:index%3]}).ID)
					}

					read := func(of func(id string) (clientscim.Group, error)) {
						t.Helper()

						failed := clienttest.Parallel(10, groups, func(id string) error {
							group, err := of(id)
							if want := env.Group(id).Members; err == nil && (group.MembersKnown && !slices.Equal(group.MemberIDs, want) || group.ID != id) {
								return fmt.Errorf("members %v", group.MemberIDs)
							}

							return err
						})
						if len(failed) > 0 {
							t.Errorf("failed calls: %v", failed)
						}
					}

					celonis := env.Client()
					read(func(id string) (clientscim.Group, error) { return celonis.GroupWithoutMembers(t.Context(), id) })
					env.WantAtMost(10, http.MethodGet, clienttest.GroupsPath+"/*")
					env.WantCount(1, http.MethodGet, clienttest.GroupsPath)

					env.Team.ResetJournal()

					celonis = env.Client()
					read(func(id string) (clientscim.Group, error) {
						group, err := celonis.Group(t.Context(), id)
						if err == nil && !group.MembersKnown {
							t.Errorf("MembersKnown is false for group %s", id)
						}

						return group, err
					})

					singles := 10 + 14 // A third of the groups have no members. Some lists do not show that a group is empty.
					if noMembers {
						singles = 40
					}

					env.WantAtMost(singles, http.MethodGet, clienttest.GroupsPath+"/*")
					env.WantCount(1, http.MethodGet, clienttest.GroupsPath)
				})
			})
		}
	}
}

func TestMembershipsOfOneGroupShareOneRead(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(200, 0), func(t *testing.T, env clienttest.Env) {
		ids := env.UserIDs(200)
		group := env.Team.AddGroup(scim.Group{DisplayName: "X", Members: ids[:100]}).ID
		celonis := env.Client()

		failed := clienttest.Parallel(10, ids, func(id string) error {
			got, err := celonis.HasGroupMember(t.Context(), group, id)
			if want := slices.Contains(ids[:100], id); got != want {
				t.Errorf("HasGroupMember() = %t, want %t", got, want)
			}

			return err
		})
		if len(failed) > 0 {
			t.Errorf("failed calls: %v", failed)
		}

		env.WantCount(1, http.MethodGet, clienttest.GroupsPath+"/*")
		env.WantCount(0, http.MethodGet, clienttest.GroupsPath)
	})
}

func TestSingleReadsReuseACachedList(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(300, 0), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		var group sync.WaitGroup

		group.Go(func() {
			if _, err := celonis.Users(t.Context()); err != nil {
				t.Error(err)
			}
		})
		group.Wait()

		readUsers(env, celonis, 10, allIDs(env))
		env.WantCount(2, http.MethodGet, clienttest.UsersPath+"*")
	})
}
