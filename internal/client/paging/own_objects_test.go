package paging_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	clientscim "github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

func TestRunKeepsMembershipsThatItHasAdded(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		// before is the number of initial members. createsFirst is true if the run creates memberships before it destroys others.
		before                int
		createsFirst          bool
		puts, gets, remaining int
	}{
		"already member, then destroyed": {before: 3, createsFirst: true, puts: 0, gets: 1, remaining: 3},
		"added, then destroyed":          {before: 0, createsFirst: true, puts: 1, gets: 2, remaining: 3},
		"destroyed, then added":          {before: 3, puts: 2, gets: 3, remaining: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
				ids := env.UserIDs(3)
				group := env.Team.AddGroup(scim.Group{DisplayName: "X", Members: ids[:test.before]}).ID
				celonis := env.Client()

				steps := []func(id string) error{
					func(id string) error { return celonis.RemoveGroupMember(t.Context(), group, id) },
					func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) },
				}
				if test.createsFirst {
					slices.Reverse(steps)
				}

				for _, step := range steps {
					if failed := clienttest.Parallel(3, ids, step); len(failed) > 0 {
						t.Error(failed)
					}
				}

				if got := env.Group(group).Members; len(got) != test.remaining {
					t.Errorf("members = %v", got)
				}

				env.WantCount(test.puts, http.MethodPut, clienttest.GroupsPath+"/*")
				env.WantCount(test.gets, http.MethodGet, clienttest.GroupsPath+"/*")
			})
		})
	}
}

func TestRunKeepsMembersOfTheGroupResource(t *testing.T) {
	t.Parallel()

	for name, changes := range map[string][]func(t *testing.T, celonis *client.Client, group string, ids []string) error{
		"group update first":  {setMembers, removeFirst},
		"group update second": {removeFirst, setMembers},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
				ids := env.UserIDs(3)
				group := env.Team.AddGroup(scim.Group{DisplayName: "X", Members: ids}).ID
				celonis := env.Client()

				for _, change := range changes {
					if err := change(t, celonis, group, ids); err != nil {
						t.Error(err)
					}
				}

				if got := env.Group(group).Members; !slices.Equal(got, ids[:2]) {
					t.Errorf("members = %v", got)
				}
			})
		})
	}
}

// setMembers makes the first two users the members of a group, and declares the remaining users to be former members.
func setMembers(t *testing.T, celonis *client.Client, group string, ids []string) error {
	t.Helper()

	wanted, former := ids[:2], ids[2:]
	_, err := celonis.UpdateGroup(t.Context(), group, clientscim.GroupChange{MemberIDs: &wanted, FormerMemberIDs: &former})

	return err
}

func removeFirst(t *testing.T, celonis *client.Client, group string, ids []string) error {
	t.Helper()

	return celonis.RemoveGroupMember(t.Context(), group, ids[0])
}

func TestGroupKeepsAMemberThatAMembershipAdded(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
		ids := env.UserIDs(3)
		group := env.Team.AddGroup(scim.Group{DisplayName: "X", Members: ids}).ID
		celonis := env.Client()

		if err := celonis.AddGroupMember(t.Context(), group, ids[2]); err != nil {
			t.Error(err)
		}

		for _, former := range []*[]string{&ids, nil} {
			if _, err := celonis.UpdateGroup(t.Context(), group, clientscim.GroupChange{MemberIDs: &[]string{ids[0]}, FormerMemberIDs: former}); err != nil {
				t.Error(err)
			}

			if got := env.Group(group).Members; !slices.Equal(got, []string{ids[0], ids[2]}) {
				t.Errorf("members = %v", got)
			}
		}
	})
}

// withDuplicates runs a test for each possible response to the creation of a duplicate.
func withDuplicates(t *testing.T, test func(t *testing.T, env clienttest.Env)) {
	t.Helper()

	for _, word := range scim.Duplicate("").Words() {
		t.Run(string(word), func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(0, 0, func(o *scim.Options) {
				o.DuplicateUser, o.DuplicateGroup, o.ListedAfterReads = word, word, 2
			}), test)
		})
	}
}

func TestSecondResourceWithAnObjectFails(t *testing.T) {
	t.Parallel()
	withDuplicates(t, func(t *testing.T, env clienttest.Env) {
		t.Helper()

		celonis := env.Client()

		user, userErr := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com"})
		group, groupErr := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X"})

		if userErr != nil || groupErr != nil {
			t.Fatal(userErr, groupErr)
		}

		second, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "ADA@example.com"})
		if got := clienttest.WantError(t, err, transport.ReasonExists, user.ID); second.ID != "" || got.ExistingID != user.ID || !got.IsManaged {
			t.Errorf("created %+v; %+v", second, got)
		}

		secondGroup, err := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X"})
		if got := clienttest.WantError(t, err, transport.ReasonExists, group.ID); secondGroup.ID != "" || got.ExistingID != group.ID || !got.IsManaged {
			t.Errorf("created %+v; %+v", secondGroup, got)
		}
	})
}

func TestSecondResourceWithAChangedObjectFails(t *testing.T) {
	t.Parallel()
	withDuplicates(t, func(t *testing.T, env clienttest.Env) {
		t.Helper()

		id := env.Team.AddGroup(scim.Group{DisplayName: "Before"}).ID
		celonis := env.Client()

		if _, err := celonis.UpdateGroup(t.Context(), id, clientscim.GroupChange{DisplayName: new("X")}); err != nil {
			t.Fatal(err)
		}

		_, err := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X"})
		if got := clienttest.WantError(t, err, transport.ReasonExists); got.ExistingID != id || !got.IsManaged {
			t.Errorf("error = %+v", got)
		}

		_ = clienttest.WantError(t, celonis.DeleteGroup(t.Context(), id), transport.ReasonManaged)
		env.WantCount(0, http.MethodDelete, clienttest.GroupsPath+"/*")
	})
}

// The error may recommend an import only if the object existed before the run.
func TestExistingObjectIsNotManagedByTheRun(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SCIMTeam(0, 0), func(t *testing.T, env clienttest.Env) {
		id := env.Team.AddGroup(scim.Group{DisplayName: "X"}).ID

		_, err := env.Client().CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X"})
		if got := clienttest.WantError(t, err, transport.ReasonExists); got.ExistingID != id || got.IsManaged {
			t.Errorf("error = %+v", got)
		}
	})
}

func TestRunDoesNotDeleteObjectsThatItCreated(t *testing.T) {
	t.Parallel()

	options := clienttest.SCIMTeam(0, 0)
	options.Intelligence.Models, options.Subscriptions = clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{}).Intelligence.Models, intelligence.SubscriptionOptions{}

	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		user, userErr := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com"})
		group, groupErr := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X"})
		subscription, subscriptionErr := celonis.CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders"))

		if userErr != nil || groupErr != nil || subscriptionErr != nil {
			t.Fatal(userErr, groupErr, subscriptionErr)
		}

		_ = clienttest.WantError(t, celonis.DeleteUser(t.Context(), user.ID), transport.ReasonManaged, user.ID)
		_ = clienttest.WantError(t, celonis.DeleteGroup(t.Context(), group.ID), transport.ReasonManaged, group.ID)
		_ = clienttest.WantError(t, celonis.DeleteSubscription(t.Context(), subscription), transport.ReasonManaged, subscription)
		env.WantCount(0, http.MethodDelete, "/*")

		if len(env.Team.Users()) != 1 || len(env.Team.Groups()) != 1 || len(env.Team.Subscriptions()) != 1 {
			t.Error("the run deleted an object that it had created")
		}

		// A later run may delete the object, even after creating a replacement with a different id.
		next := env.Client()
		if _, err := next.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "Y"}); err != nil {
			t.Error(err)
		}

		if err := next.DeleteGroup(t.Context(), group.ID); err != nil || len(env.Team.Groups()) != 1 {
			t.Errorf("error = %v, remaining groups = %+v", err, env.Team.Groups())
		}
	})
}

// A service may keep a person's id after the person has left the team.
func TestUserWithAFormerIDCanBeCreated(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SCIMTeam(1, 0), func(t *testing.T, env clienttest.Env) {
		user := env.Team.Users()[0]
		celonis := env.Client()

		if err := celonis.DeleteUser(t.Context(), user.ID); err != nil {
			t.Fatal(err)
		}

		env.Team.AddUser(user)
		env.Team.Inject(simulator.Fault{
			Method: http.MethodPost, Path: clienttest.UsersPath, Status: http.StatusCreated, Body: `{"id": "` + user.ID + `", "userName": "` + user.UserName + `"}`,
		})

		made, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: user.UserName})
		if err != nil || made.ID != user.ID {
			t.Errorf("made = %+v, error = %v", made, err)
		}
	})
}

func TestLookupsShowChangesOfThisRunDespiteLateLists(t *testing.T) {
	t.Parallel()

	late := func(o *scim.Options) {
		o.ListedAfterReads, o.DelistedAfterReads, o.UpdatesListedAfterReads = 50, 50, 50
	}
	clienttest.InBubble(t, clienttest.SCIMTeam(3, 2, late), func(t *testing.T, env clienttest.Env) {
		users, groups := env.Team.Users(), env.Team.Groups()
		celonis := env.Client()

		ada, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "Ada@example.com", DisplayName: "Ada"})
		if err != nil {
			t.Fatal(err)
		}

		team, err := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "Analysts", MemberIDs: []string{ada.ID}})
		if err != nil {
			t.Fatal(err)
		}

		changed, err := celonis.UpdateUser(t.Context(), users[1].ID, clientscim.UserChange{DisplayName: new("Changed")})
		if err != nil {
			t.Fatal(err)
		}

		renamed, err := celonis.UpdateGroup(t.Context(), groups[1].ID, clientscim.GroupChange{DisplayName: new("Renamed")})
		if err != nil {
			t.Fatal(err)
		}

		for _, err := range []error{
			celonis.DeleteUser(t.Context(), users[0].ID), celonis.DeleteGroup(t.Context(), groups[0].ID),
			celonis.AddGroupMember(t.Context(), team.ID, users[2].ID),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}

		time.Sleep(time.Minute)

		// Look up by name.
		if got, err := celonis.FindUser(t.Context(), "ADA@example.com"); err != nil || got != ada {
			t.Errorf("FindUser() = %+v, %v", got, err)
		}

		if got, err := celonis.FindUser(t.Context(), users[1].UserName); err != nil || got != changed {
			t.Errorf("FindUser() = %+v, %v", got, err)
		}

		if got, err := celonis.FindGroup(t.Context(), "Analysts"); err != nil || len(got.MemberIDs) != 2 {
			t.Errorf("FindGroup() = %+v, %v", got, err)
		}

		if got, err := celonis.FindGroup(t.Context(), "Renamed"); err != nil || got.ID != renamed.ID {
			t.Errorf("FindGroup() = %+v, %v", got, err)
		}

		_, err = celonis.FindUser(t.Context(), users[0].UserName)
		clienttest.WantError(t, err, transport.ReasonNotFound)

		for _, name := range []string{groups[0].DisplayName, groups[1].DisplayName} {
			_, err = celonis.FindGroup(t.Context(), name)
			clienttest.WantError(t, err, transport.ReasonNotFound)
		}

		// Compare the ids of all listed objects.
		var userIDs, groupIDs []string

		allUsers, err := celonis.Users(t.Context())
		for _, user := range allUsers {
			userIDs = append(userIDs, user.ID)
		}

		want := []string{users[1].ID, users[2].ID, ada.ID}
		slices.Sort(want)

		if err != nil || !slices.Equal(userIDs, want) || !slices.Contains(allUsers, changed) {
			t.Errorf("users = %+v, error = %v", allUsers, err)
		}

		allGroups, err := celonis.Groups(t.Context())
		for _, group := range allGroups {
			groupIDs = append(groupIDs, group.ID)
		}

		want = []string{groups[1].ID, team.ID}
		slices.Sort(want)

		if err != nil || !slices.Equal(groupIDs, want) {
			t.Errorf("groups = %+v, error = %v", allGroups, err)
		}

		// The list still contains this deleted user.
		_, err = celonis.User(t.Context(), users[0].ID)
		clienttest.WantError(t, err, transport.ReasonNotFound)
	})
}

// A lookup sends no additional requests if the list already shows the objects that the run has created or changed.
func TestLookupsInCurrentListsSendNoAdditionalRequest(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		for _, name := range []string{"a@example.com", "b@example.com"} {
			if _, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: name, DisplayName: name}); err != nil {
				t.Fatal(err)
			}
		}

		if _, err := celonis.UpdateUser(t.Context(), env.Team.Users()[0].ID, clientscim.UserChange{DisplayName: new("Changed")}); err != nil {
			t.Fatal(err)
		}

		env.Team.ResetJournal()

		if all, err := celonis.Users(t.Context()); err != nil || len(all) != 5 {
			t.Errorf("list = %+v, error = %v", all, err)
		}

		if _, err := celonis.FindUser(t.Context(), "a@example.com"); err != nil {
			t.Error(err)
		}

		env.WantCount(1, http.MethodGet, clienttest.UsersPath)
		env.WantCount(0, http.MethodGet, clienttest.UsersPath+"/*")
	})
}

// The run creates an object, which another program then deletes.
func TestObjectDeletedByAnotherProgramIsNotListed(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SCIMTeam(1, 0), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		made, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com"})
		if err != nil {
			t.Fatal(err)
		}

		env.Team.RemoveUser(made.ID)

		if all, err := celonis.Users(t.Context()); err != nil || len(all) != 1 {
			t.Errorf("list = %+v, error = %v", all, err)
		}

		_, err = celonis.FindUser(t.Context(), "ada@example.com")
		clienttest.WantError(t, err, transport.ReasonNotFound)
	})
}

func TestSubscriptionsShowChangesOfThisRunDespiteLateLists(t *testing.T) {
	t.Parallel()

	options := clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{ListedAfter: time.Hour, DelistedAfter: time.Hour, Existing: clienttest.ExistingSubscriptions(2)})
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		id, err := celonis.CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders"))
		if err != nil {
			t.Fatal(err)
		}

		if err := celonis.DeleteSubscription(t.Context(), "existing-000"); err != nil {
			t.Fatal(err)
		}

		if found, err := celonis.SubscriptionByName(t.Context(), "orders"); err != nil || found.ID != id || found.TriggerID == "" {
			t.Errorf("SubscriptionByName() = %+v, %v", found, err)
		}

		_, err = celonis.Subscription(t.Context(), "existing-000")
		clienttest.WantError(t, err, transport.ReasonNotFound)

		all, err := celonis.Subscriptions(t.Context())
		if err != nil || len(all) != 2 || !slices.ContainsFunc(all, func(subscription client.Subscription) bool { return subscription.ID == id }) {
			t.Errorf("list = %+v, error = %v", all, err)
		}
	})
}

// The lists still show an object that the run has deleted or renamed, and the outcome of a create with the object's old name is unknown.
func TestReplacedObjectIsNotMistakenForTheNewOne(t *testing.T) {
	t.Parallel()

	for name, lost := range map[string]simulator.Fault{"not applied": {Reset: true}, "applied": {ResetAfter: true}} {
		for index, unknown := range slices.Repeat(scim.UnknownID("").Words(), 2) {
			extras := scim.Extras("").Words()[index/4] // Test responses with and without the creation time.

			t.Run(name+" "+string(unknown)+" "+string(extras), func(t *testing.T) {
				t.Parallel()

				late := func(o *scim.Options) {
					o.DelistedAfterReads, o.UpdatesListedAfterReads, o.UnknownID, o.Extras = 50, 50, unknown, extras
				}
				clienttest.InBubble(t, clienttest.SCIMTeam(0, 0, late), func(t *testing.T, env clienttest.Env) {
					user := env.Team.AddUser(scim.User{UserName: "ada@example.com"}).ID
					group := env.Team.AddGroup(scim.Group{DisplayName: "X", ExternalID: "x"}).ID
					renamed := env.Team.AddGroup(scim.Group{DisplayName: "Y", ExternalID: "y"}).ID

					time.Sleep(time.Hour)

					celonis := env.Client()
					if err := errors.Join(celonis.DeleteUser(t.Context(), user), celonis.DeleteGroup(t.Context(), group)); err != nil {
						t.Fatal(err)
					}

					if _, err := celonis.UpdateGroup(t.Context(), renamed, clientscim.GroupChange{DisplayName: new("Z")}); err != nil {
						t.Fatal(err)
					}

					for _, path := range []string{clienttest.UsersPath, clienttest.GroupsPath} {
						fault := lost
						fault.Method, fault.Path = http.MethodPost, path
						env.Team.Inject(fault)
					}

					newUser, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com"})
					if err != nil || len(env.Team.Users()) != 1 || newUser.ID != env.Team.Users()[0].ID {
						t.Errorf("created %+v, error %v; the team contains %+v", newUser, err, env.Team.Users())
					}

					x, err := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X", ExternalID: "x"})
					if err != nil || env.Group(x.ID).DisplayName != "X" {
						t.Errorf("created %+v, error %v; the team contains %+v", x, err, env.Team.Groups())
					}

					fault := lost
					fault.Method, fault.Path = http.MethodPost, clienttest.GroupsPath
					env.Team.Inject(fault)

					y, err := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "Y", ExternalID: "y"})
					if err != nil || env.Group(y.ID).DisplayName != "Y" || len(env.Team.Groups()) != 3 {
						t.Errorf("created %+v, error %v; the team contains %+v", y, err, env.Team.Groups())
					}
				})
			})
		}
	}
}
