package scim_test

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	clientscim "github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

func TestUserNamesAreResolvedWithOneList(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(300, 1), func(t *testing.T, env clienttest.Env) {
		group := env.Team.AddGroup(scim.Group{DisplayName: "X"}).ID
		celonis := env.Client()
		users := env.Team.Users()

		for index, user := range users[:20] {
			ids, err := celonis.ResolveUserNames(t.Context(), []string{strings.ToUpper(user.UserName), users[299].UserName})
			if err != nil || ids[strings.ToUpper(user.UserName)] != user.ID || ids[users[299].UserName] != users[299].ID {
				t.Fatalf("ids = %v, error = %v", ids, err)
			}

			// Changing a group does not invalidate user names.
			if err := celonis.ChangeGroupMembers(t.Context(), group, []string{users[index].ID}, nil); err != nil {
				t.Fatal(err)
			}
		}

		env.WantCount(2, http.MethodGet, clienttest.UsersPath)

		// The client does not request the list again to look up users whom the run has created or deleted.
		made, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "new@example.com"})
		if err != nil {
			t.Fatal(err)
		}

		if err := celonis.DeleteUser(t.Context(), users[7].ID); err != nil {
			t.Fatal(err)
		}

		ids, err := celonis.ResolveUserNames(t.Context(), []string{"NEW@example.com", users[8].UserName})
		if err != nil || ids["NEW@example.com"] != made.ID {
			t.Errorf("ids = %v, error = %v", ids, err)
		}

		env.WantCount(2, http.MethodGet, clienttest.UsersPath)

		ids, err = celonis.ResolveUserNames(t.Context(), []string{users[7].UserName, users[8].UserName})
		if !transport.IsNotFound(err) || ids[users[8].UserName] != users[8].ID {
			t.Errorf("ids = %v, error = %v", ids, err)
		}
	})
}

func TestMissingUserNamesAreLookedUpInAFreshList(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		if _, err := celonis.ResolveUserNames(t.Context(), []string{env.Team.Users()[0].UserName}); err != nil {
			t.Fatal(err)
		}

		time.Sleep(time.Second)

		later := env.Team.AddUser(scim.User{UserName: "later@example.com"})
		if ids, err := celonis.ResolveUserNames(t.Context(), []string{"later@example.com"}); err != nil || ids["later@example.com"] != later.ID {
			t.Errorf("ids = %v, error = %v", ids, err)
		}

		env.WantCount(2, http.MethodGet, clienttest.UsersPath)

		time.Sleep(time.Second)

		_, err := celonis.ResolveUserNames(t.Context(), []string{"bob@example.com", "later@example.com", "ada@example.com"})
		if want := `none of the 4 users that these credentials can see has the user name "ada@example.com" or "bob@example.com"`; err == nil ||
			!transport.IsNotFound(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %s", err, want)
		}

		env.WantCount(3, http.MethodGet, clienttest.UsersPath)
	})
}

func TestAmbiguousUserNamesAreReported(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(1, 0), func(t *testing.T, env clienttest.Env) {
		env.Respond(clienttest.UsersPath, http.StatusOK, "application/scim+json", `{"totalResults": 2, "Resources": [
			{"id": "one", "userName": "ada@example.com"}, {"id": "other", "userName": "Ada@example.com"}]}`)

		_, err := env.Client().ResolveUserNames(t.Context(), []string{"ADA@example.com"})
		if want := `several users have the same user name: "ADA@example.com" (one, other)`; err == nil ||
			transport.IsNotFound(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %s", err, want)
		}
	})
}

func TestKnownUserIDsSendsNoRequest(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(2, 0), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()
		user := env.Team.Users()[0]
		name := strings.ToUpper(user.UserName)

		if ids := celonis.KnownUserIDs([]string{name}); len(ids) > 0 {
			t.Errorf("ids = %v", ids)
		}

		env.WantCount(0, http.MethodGet, clienttest.UsersPath)

		if _, err := celonis.ResolveUserNames(t.Context(), []string{name}); err != nil {
			t.Fatal(err)
		}

		if ids := celonis.KnownUserIDs([]string{name, "nobody@example.com"}); !maps.Equal(ids, map[string]string{name: user.ID}) {
			t.Errorf("ids = %v", ids)
		}

		env.WantCount(1, http.MethodGet, clienttest.UsersPath)
	})
}

func TestMembersMissingFromTheListHaveNoUserName(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(2, 0), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()
		users := env.Team.Users()

		for range 3 {
			names, err := celonis.MemberUserNames(t.Context(), []string{users[0].ID, "hidden", users[1].ID}, []string{users[0].UserName})
			if err != nil || !maps.Equal(names, map[string]string{users[0].ID: users[0].UserName, users[1].ID: users[1].UserName}) {
				t.Errorf("names = %v, error = %v", names, err)
			}
		}

		env.WantCount(1, http.MethodGet, clienttest.UsersPath)
		env.WantCount(0, http.MethodGet, clienttest.UsersPath+"/*")
	})
}

// An earlier run has created the user.
func TestMembersListedLateHaveAUserName(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(2, 0, func(o *scim.Options) { o.ListedAfterReads = 5 }), func(t *testing.T, env clienttest.Env) {
		made, err := env.Client().CreateUser(t.Context(), clientscim.NewUser{UserName: "new@example.com"})
		if err != nil {
			t.Fatal(err)
		}

		names, err := env.Client().MemberUserNames(t.Context(), []string{made.ID}, []string{"New@example.com"})
		if err != nil || names[made.ID] != "new@example.com" {
			t.Errorf("names = %v, error = %v", names, err)
		}
	})
}

func TestManyMembersAreChangedWithOnePUT(t *testing.T) {
	t.Parallel()

	for _, etags := range scim.ETags("").Words() {
		t.Run(string(etags), func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(300, 0, func(o *scim.Options) { o.ETags = etags }), func(t *testing.T, env clienttest.Env) {
				ids := env.UserIDs(300)
				group := env.Team.AddGroup(scim.Group{DisplayName: "X", Members: ids[:10]}).ID
				path := clienttest.GroupsPath + "/" + group

				if err := env.Client().ChangeGroupMembers(t.Context(), group, ids[5:], ids[:5]); err != nil {
					t.Fatal(err)
				}

				if !slices.Equal(env.Group(group).Members, ids[5:]) {
					t.Errorf("members = %v", env.Group(group).Members)
				}

				env.WantCount(1, http.MethodPut, path)
				env.WantCount(2, http.MethodGet, path)

				if err := env.Client().ChangeGroupMembers(t.Context(), group, ids[5:], ids[:5]); err != nil {
					t.Fatal(err)
				}

				env.WantCount(1, http.MethodPut, path)
				env.WantCount(3, http.MethodGet, path)
			})
		})
	}
}

func TestChangeOfManyMembersIsAtomic(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(6, 0), func(t *testing.T, env clienttest.Env) {
		ids := env.UserIDs(6)
		group := env.Team.AddGroup(scim.Group{DisplayName: "X", Members: ids[:1]}).ID
		celonis := env.Client()

		// Both callers share their first PUT.
		failed := clienttest.Parallel(3, []string{"good", "bad", "single"}, func(edit string) error {
			switch edit {
			case "good":
				return celonis.ChangeGroupMembers(t.Context(), group, ids[1:3], nil)
			case "bad":
				return celonis.ChangeGroupMembers(t.Context(), group, []string{ids[3], "nobody-2", ids[4], "nobody-1"}, ids[:1])
			default:
				return celonis.AddGroupMember(t.Context(), group, ids[5])
			}
		})

		if !slices.Equal(slices.Collect(maps.Keys(failed)), []string{"bad"}) {
			t.Errorf("failed calls: %v", failed)
		}

		if unknown, ok := errors.AsType[*clientscim.UnknownUsersError](failed["bad"]); !ok || !slices.Equal(unknown.IDs, []string{"nobody-1", "nobody-2"}) {
			t.Errorf("failed[bad] = %v", failed["bad"])
		}

		if want := []string{ids[0], ids[1], ids[2], ids[5]}; !slices.Equal(env.Group(group).Members, want) {
			t.Errorf("members = %v, want %v", env.Group(group).Members, want)
		}
	})
}

func TestChangeOfManyMembersKeepsUsersAddedByTheRun(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(4, 0), func(t *testing.T, env clienttest.Env) {
		ids := env.UserIDs(4)
		group := env.Team.AddGroup(scim.Group{DisplayName: "X", Members: ids}).ID
		celonis := env.Client()

		if err := celonis.ChangeGroupMembers(t.Context(), group, ids[1:2], nil); err != nil { // The user was already a member.
			t.Fatal(err)
		}

		if err := celonis.ChangeGroupMembers(t.Context(), group, nil, ids[:3]); err != nil {
			t.Fatal(err)
		}

		if want := []string{ids[1], ids[3]}; !slices.Equal(env.Group(group).Members, want) {
			t.Errorf("members = %v, want %v", env.Group(group).Members, want)
		}
	})
}

func TestFoldedTextsAreEqualIfTheTextsAre(t *testing.T) {
	t.Parallel()

	texts := []string{"ada@example.com", "ADA@Example.com", "K@example.com", "\u212a@example.com", "\u00e9@x", "E\u0301@x", "s", "\u017f", "b"}
	for _, a := range texts {
		for _, b := range texts {
			if want := transport.SameTextFold(a, b); (transport.FoldText(a) == transport.FoldText(b)) != want {
				t.Errorf("%q and %q fold to the same text: want %t", a, b, want)
			}
		}
	}
}
