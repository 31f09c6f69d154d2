package client_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	clientscim "github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

func TestRunKeepsMembershipsThatItHasAdded(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		// before is how many of the users are in the group before; createsFirst is whether the run creates memberships before it destroys.
		before           int
		createsFirst     bool
		puts, gets, left int
	}{
		"taken over, then destroyed": {before: 3, createsFirst: true, puts: 0, gets: 1, left: 3},
		"added, then destroyed":      {before: 0, createsFirst: true, puts: 1, gets: 2, left: 3},
		"destroyed, then added":      {before: 3, puts: 2, gets: 3, left: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, scimTeam(3, 0), func(t *testing.T, w world) {
				ids := w.userIDs(3)
				group := w.team.AddGroup(scim.Group{DisplayName: "X", Members: ids[:test.before]}).ID
				celonis := w.client()

				steps := []func(id string) error{
					func(id string) error { return celonis.RemoveGroupMember(t.Context(), group, id) },
					func(id string) error { return celonis.AddGroupMember(t.Context(), group, id) },
				}
				if test.createsFirst {
					slices.Reverse(steps)
				}

				for _, step := range steps {
					if failed := atOnce(3, ids, step); len(failed) > 0 {
						t.Error(failed)
					}
				}

				if got := w.group(group).Members; len(got) != test.left {
					t.Errorf("members %v", got)
				}

				w.wantCount(test.puts, http.MethodPut, groupsPath+"/*")
				w.wantCount(test.gets, http.MethodGet, groupsPath+"/*")
			})
		})
	}
}

func TestRunKeepsMembersThatTheGroupItselfNames(t *testing.T) {
	t.Parallel()

	for name, changes := range map[string][]func(t *testing.T, celonis *client.Client, group string, ids []string) error{
		"the group first":  {nameMembers, removeFirst},
		"the group second": {removeFirst, nameMembers},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, scimTeam(3, 0), func(t *testing.T, w world) {
				ids := w.userIDs(3)
				group := w.team.AddGroup(scim.Group{DisplayName: "X", Members: ids}).ID
				celonis := w.client()

				for _, change := range changes {
					if err := change(t, celonis, group, ids); err != nil {
						t.Error(err)
					}
				}

				if got := w.group(group).Members; !slices.Equal(got, ids[:2]) {
					t.Errorf("members %v", got)
				}
			})
		})
	}
}

// nameMembers changes the members of a group to all but the last.
func nameMembers(t *testing.T, celonis *client.Client, group string, ids []string) error {
	t.Helper()

	wanted, former := ids[:2], ids[2:]
	_, err := celonis.UpdateGroup(t.Context(), group, clientscim.GroupChange{MemberIDs: &wanted, FormerMemberIDs: &former})

	return err
}

func removeFirst(t *testing.T, celonis *client.Client, group string, ids []string) error {
	t.Helper()

	return celonis.RemoveGroupMember(t.Context(), group, ids[0])
}

func TestGroupKeepsAMemberThatThisRunHasAddedOtherwise(t *testing.T) {
	t.Parallel()

	inBubble(t, scimTeam(3, 0), func(t *testing.T, w world) {
		ids := w.userIDs(3)
		group := w.team.AddGroup(scim.Group{DisplayName: "X", Members: ids}).ID
		celonis := w.client()

		if err := celonis.AddGroupMember(t.Context(), group, ids[2]); err != nil {
			t.Error(err)
		}

		for _, former := range []*[]string{&ids, nil} {
			if _, err := celonis.UpdateGroup(t.Context(), group, clientscim.GroupChange{MemberIDs: &[]string{ids[0]}, FormerMemberIDs: former}); err != nil {
				t.Error(err)
			}

			if got := w.group(group).Members; !slices.Equal(got, []string{ids[0], ids[2]}) {
				t.Errorf("members %v", got)
			}
		}
	})
}

// withDuplicates are the readings of what the creation of a duplicate gets.
func withDuplicates(t *testing.T, test func(t *testing.T, w world)) {
	t.Helper()

	for _, word := range scim.Duplicate("").Words() {
		t.Run(string(word), func(t *testing.T) {
			t.Parallel()
			inBubble(t, scimTeam(0, 0, func(o *scim.Options) {
				o.DuplicateUser, o.DuplicateGroup, o.ListedLate = word, word, 2
			}), test)
		})
	}
}

func TestSecondResourceWithAnObjectFails(t *testing.T) {
	t.Parallel()
	withDuplicates(t, func(t *testing.T, w world) {
		t.Helper()

		celonis := w.client()

		user, userErr := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com"})
		group, groupErr := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X"})

		if userErr != nil || groupErr != nil {
			t.Fatal(userErr, groupErr)
		}

		second, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "ADA@example.com"})
		if got := failure(t, err, transport.ReasonExists, user.ID); second.ID != "" || got.ExistingID != user.ID || !got.IsManaged {
			t.Errorf("created %+v; %+v", second, got)
		}

		other, err := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X"})
		if got := failure(t, err, transport.ReasonExists, group.ID); other.ID != "" || got.ExistingID != group.ID || !got.IsManaged {
			t.Errorf("created %+v; %+v", other, got)
		}
	})
}

func TestSecondResourceWithAChangedObjectFails(t *testing.T) {
	t.Parallel()
	withDuplicates(t, func(t *testing.T, w world) {
		t.Helper()

		id := w.team.AddGroup(scim.Group{DisplayName: "Before"}).ID
		celonis := w.client()

		if _, err := celonis.UpdateGroup(t.Context(), id, clientscim.GroupChange{DisplayName: new("X")}); err != nil {
			t.Fatal(err)
		}

		_, err := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X"})
		if got := failure(t, err, transport.ReasonExists); got.ExistingID != id || !got.IsManaged {
			t.Errorf("%+v", got)
		}

		_ = failure(t, celonis.DeleteGroup(t.Context(), id), transport.ReasonManaged)
		w.wantCount(0, http.MethodDelete, groupsPath+"/*")
	})
}

// TestObjectThatWasThereBeforeIsNotManagedHere is about the advice to import it.
func TestObjectThatWasThereBeforeIsNotManagedHere(t *testing.T) {
	t.Parallel()

	inBubble(t, scimTeam(0, 0), func(t *testing.T, w world) {
		id := w.team.AddGroup(scim.Group{DisplayName: "X"}).ID

		_, err := w.client().CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X"})
		if got := failure(t, err, transport.ReasonExists); got.ExistingID != id || got.IsManaged {
			t.Errorf("%+v", got)
		}
	})
}

func TestRunDoesNotDeleteWhatItHasCreated(t *testing.T) {
	t.Parallel()

	options := scimTeam(0, 0)
	options.Intelligence.Models, options.Subscriptions = withTrigger(intelligence.SubscriptionOptions{}).Intelligence.Models, intelligence.SubscriptionOptions{}

	inBubble(t, options, func(t *testing.T, w world) {
		celonis := w.client()

		user, userErr := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com"})
		group, groupErr := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X"})
		subscription, subscriptionErr := celonis.CreateSubscription(t.Context(), spec("orders"))

		if userErr != nil || groupErr != nil || subscriptionErr != nil {
			t.Fatal(userErr, groupErr, subscriptionErr)
		}

		_ = failure(t, celonis.DeleteUser(t.Context(), user.ID), transport.ReasonManaged, user.ID)
		_ = failure(t, celonis.DeleteGroup(t.Context(), group.ID), transport.ReasonManaged, group.ID)
		_ = failure(t, celonis.DeleteSubscription(t.Context(), subscription), transport.ReasonManaged, subscription)
		w.wantCount(0, http.MethodDelete, "/*")

		if len(w.team.Users()) != 1 || len(w.team.Groups()) != 1 || len(w.team.Subscriptions()) != 1 {
			t.Error("something was deleted")
		}

		// What is replaced has another id.
		next := w.client()
		if _, err := next.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "Y"}); err != nil {
			t.Error(err)
		}

		if err := next.DeleteGroup(t.Context(), group.ID); err != nil || len(w.team.Groups()) != 1 {
			t.Errorf("%v, left are %+v", err, w.team.Groups())
		}
	})
}

// TestUserWhoReturnsUnderTheSameIDIsCreated is about a service that keeps a person's id after the person has left the team.
func TestUserWhoReturnsUnderTheSameIDIsCreated(t *testing.T) {
	t.Parallel()

	inBubble(t, scimTeam(1, 0), func(t *testing.T, w world) {
		user := w.team.Users()[0]
		celonis := w.client()

		if err := celonis.DeleteUser(t.Context(), user.ID); err != nil {
			t.Fatal(err)
		}

		w.team.AddUser(user)
		w.team.Inject(simulator.Fault{
			Method: http.MethodPost, Path: usersPath, Status: http.StatusCreated, Body: `{"id": "` + user.ID + `", "userName": "` + user.UserName + `"}`,
		})

		made, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: user.UserName})
		if err != nil || made.ID != user.ID {
			t.Errorf("%+v, %v", made, err)
		}
	})
}

func TestLookupsShowWhatThisRunHasDoneHoweverLateListsAre(t *testing.T) {
	t.Parallel()

	late := func(o *scim.Options) { o.ListedLate, o.ListedAfterDelete, o.ChangesListedLate = 50, 50, 50 }
	inBubble(t, scimTeam(3, 2, late), func(t *testing.T, w world) {
		users, groups := w.team.Users(), w.team.Groups()
		celonis := w.client()

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

		// By name.
		if got, err := celonis.FindUser(t.Context(), "ADA@example.com"); err != nil || got != ada {
			t.Errorf("%+v, %v", got, err)
		}

		if got, err := celonis.FindUser(t.Context(), users[1].UserName); err != nil || got != changed {
			t.Errorf("%+v, %v", got, err)
		}

		if got, err := celonis.FindGroup(t.Context(), "Analysts"); err != nil || len(got.MemberIDs) != 2 {
			t.Errorf("%+v, %v", got, err)
		}

		if got, err := celonis.FindGroup(t.Context(), "Renamed"); err != nil || got.ID != renamed.ID {
			t.Errorf("%+v, %v", got, err)
		}

		_, err = celonis.FindUser(t.Context(), users[0].UserName)
		failure(t, err, transport.ReasonNotFound)

		for _, name := range []string{groups[0].DisplayName, groups[1].DisplayName} {
			_, err = celonis.FindGroup(t.Context(), name)
			failure(t, err, transport.ReasonNotFound)
		}

		// All of them, by id.
		var userIDs, groupIDs []string

		allUsers, err := celonis.Users(t.Context())
		for _, one := range allUsers {
			userIDs = append(userIDs, one.ID)
		}

		want := []string{users[1].ID, users[2].ID, ada.ID}
		slices.Sort(want)

		if err != nil || !slices.Equal(userIDs, want) || !slices.Contains(allUsers, changed) {
			t.Errorf("%+v, %v", allUsers, err)
		}

		allGroups, err := celonis.Groups(t.Context())
		for _, one := range allGroups {
			groupIDs = append(groupIDs, one.ID)
		}

		want = []string{groups[1].ID, team.ID}
		slices.Sort(want)

		if err != nil || !slices.Equal(groupIDs, want) {
			t.Errorf("%+v, %v", allGroups, err)
		}

		// A user of a listed id who is deleted.
		_, err = celonis.User(t.Context(), users[0].ID)
		failure(t, err, transport.ReasonNotFound)
	})
}

// TestLookupsCostNothingMoreWhereListsAreUpToDate counts the requests after a run has created and changed objects.
func TestLookupsCostNothingMoreWhereListsAreUpToDate(t *testing.T) {
	t.Parallel()

	inBubble(t, scimTeam(3, 0), func(t *testing.T, w world) {
		celonis := w.client()

		for _, name := range []string{"a@example.com", "b@example.com"} {
			if _, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: name, DisplayName: name}); err != nil {
				t.Fatal(err)
			}
		}

		if _, err := celonis.UpdateUser(t.Context(), w.team.Users()[0].ID, clientscim.UserChange{DisplayName: new("Changed")}); err != nil {
			t.Fatal(err)
		}

		w.team.ResetJournal()

		if all, err := celonis.Users(t.Context()); err != nil || len(all) != 5 {
			t.Errorf("%+v, %v", all, err)
		}

		if _, err := celonis.FindUser(t.Context(), "a@example.com"); err != nil {
			t.Error(err)
		}

		w.wantCount(1, http.MethodGet, usersPath)
		w.wantCount(0, http.MethodGet, usersPath+"/*")
	})
}

// TestObjectThatAnotherProgramDeletedIsNotShown: the run has created it, and does not insist.
func TestObjectThatAnotherProgramDeletedIsNotShown(t *testing.T) {
	t.Parallel()

	inBubble(t, scimTeam(1, 0), func(t *testing.T, w world) {
		celonis := w.client()

		made, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com"})
		if err != nil {
			t.Fatal(err)
		}

		w.team.RemoveUser(made.ID)

		if all, err := celonis.Users(t.Context()); err != nil || len(all) != 1 {
			t.Errorf("%+v, %v", all, err)
		}

		_, err = celonis.FindUser(t.Context(), "ada@example.com")
		failure(t, err, transport.ReasonNotFound)
	})
}

func TestSubscriptionsShowWhatThisRunHasDoneHoweverLateListsAre(t *testing.T) {
	t.Parallel()

	options := withTrigger(intelligence.SubscriptionOptions{ListedAfter: time.Hour, DelistedAfter: time.Hour, Existing: existing(2)})
	inBubble(t, options, func(t *testing.T, w world) {
		celonis := w.client()

		id, err := celonis.CreateSubscription(t.Context(), spec("orders"))
		if err != nil {
			t.Fatal(err)
		}

		if err := celonis.DeleteSubscription(t.Context(), "existing-000"); err != nil {
			t.Fatal(err)
		}

		if found, err := celonis.SubscriptionByName(t.Context(), "orders"); err != nil || found.ID != id || found.TriggerID == "" {
			t.Errorf("%+v, %v", found, err)
		}

		_, err = celonis.Subscription(t.Context(), "existing-000")
		failure(t, err, transport.ReasonNotFound)

		all, err := celonis.Subscriptions(t.Context())
		if err != nil || len(all) != 2 || !slices.ContainsFunc(all, func(one client.Subscription) bool { return one.ID == id }) {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// TestReplacedObjectIsNotTakenForTheNewOne is about a create whose outcome is unknown, while lists still show an object of the same
// name that the run has deleted or renamed before.
func TestReplacedObjectIsNotTakenForTheNewOne(t *testing.T) {
	t.Parallel()

	for name, lost := range map[string]simulator.Fault{"not applied": {Reset: true}, "applied": {ResetAfter: true}} {
		for index, unknown := range slices.Repeat(scim.UnknownID("").Words(), 2) {
			extras := scim.Extras("").Words()[index/4] // With and without the time of the creation.

			t.Run(name+" "+string(unknown)+" "+string(extras), func(t *testing.T) {
				t.Parallel()

				late := func(o *scim.Options) {
					o.ListedAfterDelete, o.ChangesListedLate, o.UnknownID, o.Extras = 50, 50, unknown, extras
				}
				inBubble(t, scimTeam(0, 0, late), func(t *testing.T, w world) {
					user := w.team.AddUser(scim.User{UserName: "ada@example.com"}).ID
					group := w.team.AddGroup(scim.Group{DisplayName: "X", ExternalID: "x"}).ID
					renamed := w.team.AddGroup(scim.Group{DisplayName: "Y", ExternalID: "y"}).ID

					time.Sleep(time.Hour)

					celonis := w.client()
					if err := errors.Join(celonis.DeleteUser(t.Context(), user), celonis.DeleteGroup(t.Context(), group)); err != nil {
						t.Fatal(err)
					}

					if _, err := celonis.UpdateGroup(t.Context(), renamed, clientscim.GroupChange{DisplayName: new("Z")}); err != nil {
						t.Fatal(err)
					}

					for _, path := range []string{usersPath, groupsPath} {
						fault := lost
						fault.Method, fault.Path = http.MethodPost, path
						w.team.Inject(fault)
					}

					newUser, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com"})
					if err != nil || len(w.team.Users()) != 1 || newUser.ID != w.team.Users()[0].ID {
						t.Errorf("%+v, %v; there are %+v", newUser, err, w.team.Users())
					}

					x, err := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X", ExternalID: "x"})
					if err != nil || w.group(x.ID).DisplayName != "X" {
						t.Errorf("%+v, %v; there are %+v", x, err, w.team.Groups())
					}

					fault := lost
					fault.Method, fault.Path = http.MethodPost, groupsPath
					w.team.Inject(fault)

					y, err := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "Y", ExternalID: "y"})
					if err != nil || w.group(y.ID).DisplayName != "Y" || len(w.team.Groups()) != 3 {
						t.Errorf("%+v, %v; there are %+v", y, err, w.team.Groups())
					}
				})
			})
		}
	}
}
