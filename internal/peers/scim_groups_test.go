package peers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// createUsers creates the users with the numbers in the half-open interval [from, to), and returns the users' ids, sorted.
func createUsers(t *testing.T, celonis *client.Client, from, to int) []string {
	t.Helper()

	var group errgroup.Group

	group.SetLimit(20)

	ids := make([]string, to-from)

	for index := range ids {
		group.Go(func() error {
			user, err := celonis.CreateUser(t.Context(), scim.NewUser{UserName: fmt.Sprintf("user-%d@example.com", from+index)})
			ids[index] = user.ID

			return err
		})
	}

	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}

	slices.Sort(ids)

	return ids
}

func TestGroupLifeCycle(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)
	celonis, ctx := m.client(), t.Context()
	users := createUsers(t, celonis, 0, 3)

	made, err := celonis.CreateGroup(ctx, scim.NewGroup{
		DisplayName: "Finance / controlling", ExternalID: "grp-1", Role: "analyst", MemberIDs: users[:2],
	})
	if err != nil {
		t.Fatal(err)
	}

	for name, read := range map[string]func() (scim.Group, error){
		"created": func() (scim.Group, error) { return made, nil },
		"read":    func() (scim.Group, error) { return celonis.Group(ctx, made.ID) },
		"found":   func() (scim.Group, error) { return celonis.FindGroup(ctx, "Finance / controlling") },
	} {
		got, err := read()
		if err != nil || got.ID != made.ID || got.DisplayName != "Finance / controlling" || got.ExternalID != "grp-1" || got.Role != "ANALYST" ||
			!got.MembersKnown || !slices.Equal(got.MemberIDs, users[:2]) {
			t.Errorf("%s: read() = %+v, %v", name, got, err)
		}
	}

	for _, step := range []struct {
		change scim.GroupChange
		want   storedGroup
		users  []string
	}{
		{scim.GroupChange{DisplayName: new("Finance")}, storedGroup{DisplayName: "Finance", ExternalID: "grp-1", Role: "ANALYST"}, users[:2]},
		{scim.GroupChange{Role: new("MEMBER")}, storedGroup{DisplayName: "Finance", ExternalID: "grp-1", Role: "MEMBER"}, users[:2]},
		{scim.GroupChange{MemberIDs: new(users[1:])}, storedGroup{DisplayName: "Finance", ExternalID: "grp-1", Role: "MEMBER"}, users[1:]},
		{scim.GroupChange{ExternalID: new("")}, storedGroup{DisplayName: "Finance", Role: "MEMBER"}, users[1:]},
		{scim.GroupChange{MemberIDs: new([]string{})}, storedGroup{DisplayName: "Finance", Role: "MEMBER"}, []string{}},
	} {
		after, err := m.client().UpdateGroup(ctx, made.ID, step.change) // Use a new client, as a later run would.
		if err != nil {
			t.Fatal(err)
		}

		stored := m.group()
		if stored.DisplayName != step.want.DisplayName || stored.ExternalID != step.want.ExternalID || stored.Role != step.want.Role ||
			!slices.Equal(stored.memberIDs(), step.users) {
			t.Errorf("the server stores %+v, want %+v with the users %v", stored, step.want, step.users)
		}

		if after.DisplayName != step.want.DisplayName || after.Role != step.want.Role || !slices.Equal(after.MemberIDs, step.users) {
			t.Errorf("UpdateGroup() = %+v, want %+v with the users %v", after, step.want, step.users)
		}
	}

	celonis = m.client() // Use a new client, as a later run would.
	if err := celonis.DeleteGroup(ctx, made.ID); err != nil {
		t.Fatal(err)
	}

	if _, err := celonis.Group(ctx, made.ID); !transport.IsNotFound(err) {
		t.Errorf("after the deletion: error = %v, want ReasonNotFound", err)
	}

	if _, groups := m.store(); len(groups) != 0 {
		t.Errorf("the server still stores %+v", groups)
	}
}

func TestConcurrentMembershipChanges(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)
	celonis := m.client()
	users := createUsers(t, celonis, 0, 60)

	made, err := celonis.CreateGroup(t.Context(), scim.NewGroup{DisplayName: "Finance", Role: "ANALYST", MemberIDs: users[:20]})
	if err != nil {
		t.Fatal(err)
	}

	celonis = m.client() // Use a new client, as a later run would.

	var group errgroup.Group

	for index, id := range users {
		group.Go(func() error {
			if index < 20 {
				return celonis.RemoveGroupMember(t.Context(), made.ID, id)
			}

			return celonis.AddGroupMember(t.Context(), made.ID, id)
		})
	}

	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}

	stored := m.group()
	if !slices.Equal(stored.memberIDs(), users[20:]) || stored.DisplayName != "Finance" || stored.Role != "ANALYST" {
		t.Errorf("the server stores %+v, want the last 40 users as members", stored)
	}

	for id, want := range map[string]bool{users[0]: false, users[20]: true, users[59]: true} {
		if got, err := celonis.HasGroupMember(t.Context(), made.ID, id); err != nil || got != want {
			t.Errorf("user %s: HasGroupMember() = %t, %v, want %t", id, got, err, want)
		}
	}
}

func TestMembersKeepTheirAttributes(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)
	celonis := m.client()
	users := createUsers(t, celonis, 0, 2)

	m.send(http.MethodPost, basePath+"/Groups", fmt.Appendf(nil,
		`{"displayName": "Finance", "members": [{"value": %q, "display": "Ada", "type": "User"}]}`, users[0]), nil)

	if err := celonis.AddGroupMember(t.Context(), m.group().ID, users[1]); err != nil {
		t.Fatal(err)
	}

	want := []storedMember{{Value: users[0], Display: "Ada", Type: "User"}, {Value: users[1]}}
	if stored := m.group(); !slices.Equal(stored.Members, want) {
		t.Errorf("the server stores the members %+v, want %+v", stored.Members, want)
	}
}

func TestUnknownMemberFailsOnlyItsOwnCall(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)
	celonis := m.client()
	users := createUsers(t, celonis, 0, 10)

	made, err := celonis.CreateGroup(t.Context(), scim.NewGroup{DisplayName: "Finance"})
	if err != nil {
		t.Fatal(err)
	}

	var group errgroup.Group

	for _, id := range users {
		group.Go(func() error { return celonis.AddGroupMember(t.Context(), made.ID, id) })
	}

	err = celonis.AddGroupMember(t.Context(), made.ID, "nobody")
	if got := clienttest.WantError(t, err, transport.ReasonStatus); got.Code != "invalidValue" || !strings.Contains(got.Detail, "There is no user nobody") {
		t.Errorf("error = %v, want the server's text", got)
	}

	if err := group.Wait(); err != nil {
		t.Error(err)
	}

	if stored := m.group(); !slices.Equal(stored.memberIDs(), users) {
		t.Errorf("the server stores %+v, want all ten users", stored)
	}
}

func TestDeletedUserIsRemovedFromGroups(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)
	celonis := m.client()
	users := createUsers(t, m.client(), 0, 3) // Use a new client, as a later run would.

	made, err := celonis.CreateGroup(t.Context(), scim.NewGroup{DisplayName: "Finance", MemberIDs: users[:1]})
	if err != nil {
		t.Fatal(err)
	}

	if err := celonis.AddGroupMember(t.Context(), made.ID, users[1]); err != nil {
		t.Fatal(err)
	}

	if err := celonis.DeleteUser(t.Context(), users[1]); err != nil {
		t.Fatal(err)
	}

	if err := celonis.AddGroupMember(t.Context(), made.ID, users[2]); err != nil {
		t.Fatal(err)
	}

	if stored := m.group(); !slices.Equal(stored.memberIDs(), []string{users[0], users[2]}) {
		t.Errorf("the server stores %+v, want the first and the last user", stored)
	}
}
