package peers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

func TestUserLifeCycle(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)
	celonis, ctx, no := m.client(), t.Context(), false

	made, err := celonis.CreateUser(ctx, scim.NewUser{
		UserName: "Ada@example.com", DisplayName: "Ada Löwe", ExternalID: "hr-0001", Role: "analyst", SendInvitationEmail: &no,
	})
	if err != nil {
		t.Fatal(err)
	}

	want := scim.User{ID: made.ID, UserName: "Ada@example.com", DisplayName: "Ada Löwe", ExternalID: "hr-0001", Role: "ANALYST"}
	if made != want || made.ID == "" {
		t.Errorf("CreateUser() = %+v, want %+v", made, want)
	}

	stored := m.user()
	if stored.Role != "ANALYST" || stored.Invitation != "false" || stored.DisplayName != "Ada Löwe" || stored.ExternalID != "hr-0001" {
		t.Errorf("the server stores %+v", stored)
	}

	if got, err := celonis.User(ctx, made.ID); err != nil || got != want {
		t.Errorf("User() = %+v, %v, want %+v", got, err, want)
	}

	if got, err := celonis.FindUser(ctx, "aDA@example.COM"); err != nil || got != want {
		t.Errorf("FindUser() = %+v, %v, want %+v", got, err, want)
	}

	for _, step := range []struct {
		change scim.UserChange
		want   storedUser
	}{
		{scim.UserChange{DisplayName: new("Ada King")}, storedUser{DisplayName: "Ada King", ExternalID: "hr-0001", Role: "ANALYST"}},
		{scim.UserChange{Role: new("Admin")}, storedUser{DisplayName: "Ada King", ExternalID: "hr-0001", Role: "ADMIN"}},
		{scim.UserChange{ExternalID: new("")}, storedUser{DisplayName: "Ada King", Role: "ADMIN"}},
		{
			scim.UserChange{DisplayName: new("Ada"), ExternalID: new("hr-2"), Role: new("MEMBER")},
			storedUser{DisplayName: "Ada", ExternalID: "hr-2", Role: "MEMBER"},
		},
	} {
		after, err := celonis.UpdateUser(ctx, made.ID, step.change)
		if err != nil {
			t.Fatal(err)
		}

		stored := m.user()
		if stored.UserName != want.UserName || stored.DisplayName != step.want.DisplayName || stored.ExternalID != step.want.ExternalID ||
			stored.Role != step.want.Role {
			t.Errorf("the server stores %+v, want %+v", stored, step.want)
		}

		want := scim.User{
			ID: made.ID, UserName: want.UserName, DisplayName: step.want.DisplayName, ExternalID: step.want.ExternalID, Role: step.want.Role,
		}
		if after != want {
			t.Errorf("UpdateUser() = %+v, want %+v", after, want)
		}
	}

	celonis = m.client() // Use a new client, as a later run would.
	if err := celonis.DeleteUser(ctx, made.ID); err != nil {
		t.Fatal(err)
	}

	if _, err := celonis.User(ctx, made.ID); !transport.IsNotFound(err) {
		t.Errorf("after the deletion: error = %v, want ReasonNotFound", err)
	}

	if users, _ := m.store(); len(users) != 0 {
		t.Errorf("the server still stores %+v", users)
	}
}

func TestUpdateKeepsAttributesSetByOtherPrograms(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)
	celonis := m.client()

	m.send(http.MethodPost, basePath+"/Users", []byte(`{
		"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:celonis:params:scim:schemas:extension:2.0:User"],
		"userName": "ada@example.com", "title": "Countess", "active": false,
		"emails": [{"value": "ada@example.com", "primary": true}],
		"urn:celonis:params:scim:schemas:extension:2.0:User": {"role": "ANALYST"}
	}`), nil)

	// If a user is a member of a group, the server adds a read-only attribute to the user.
	before := m.user()
	if _, err := celonis.CreateGroup(t.Context(), scim.NewGroup{DisplayName: "Finance", MemberIDs: []string{before.ID}}); err != nil {
		t.Fatal(err)
	}

	after, err := celonis.UpdateUser(t.Context(), before.ID, scim.UserChange{DisplayName: new("Ada"), Role: new("ADMIN")})
	if err != nil {
		t.Fatal(err)
	}

	if want := (scim.User{ID: before.ID, UserName: "ada@example.com", DisplayName: "Ada", Role: "ADMIN"}); after != want {
		t.Errorf("UpdateUser() = %+v, want %+v", after, want)
	}

	stored := m.user()
	if stored.Title != "Countess" || stored.Active == nil || *stored.Active || !slices.Equal(stored.Emails, before.Emails) || len(stored.Emails) != 1 {
		t.Errorf("the server stores %+v, but stored %+v before", stored, before)
	}

	if stored.DisplayName != "Ada" || stored.Extension.Role != "ADMIN" || stored.Role != "" {
		t.Errorf("the server stores %+v, want the role in its previous location", stored)
	}
}

func TestRejectionsQuoteTheServer(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)
	celonis := m.client()

	_, err := celonis.CreateUser(t.Context(), scim.NewUser{UserName: "ada@example.com", Role: "OWNER"})
	got := clienttest.WantError(t, err, transport.ReasonStatus)

	if got.Status != http.StatusBadRequest || got.Code != "invalidValue" || !strings.Contains(got.Detail, "non-canonical") {
		t.Errorf("error = %v, want the server's text", got)
	}

	if users, _ := m.store(); len(users) != 0 {
		t.Errorf("the server stores %+v", users)
	}
}

func TestDuplicatesReportTheExistingID(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)
	celonis := m.client()

	user, err := celonis.CreateUser(t.Context(), scim.NewUser{UserName: "ada@example.com", Role: "ADMIN"})
	if err != nil {
		t.Fatal(err)
	}

	group, err := celonis.CreateGroup(t.Context(), scim.NewGroup{DisplayName: "Finance", Role: "ANALYST"})
	if err != nil {
		t.Fatal(err)
	}

	_, err = celonis.CreateUser(t.Context(), scim.NewUser{UserName: "ADA@example.com"})
	if got := clienttest.WantError(t, err, transport.ReasonExists); got.ExistingID != user.ID || got.Status != http.StatusConflict {
		t.Errorf("error = %v with the id %q, want %q", got, got.ExistingID, user.ID)
	}

	_, err = celonis.CreateGroup(t.Context(), scim.NewGroup{DisplayName: "Finance"})
	if got := clienttest.WantError(t, err, transport.ReasonExists); got.ExistingID != group.ID || got.Status != http.StatusConflict {
		t.Errorf("error = %v with the id %q, want %q", got, got.ExistingID, group.ID)
	}

	if stored := m.user(); stored.UserName != "ada@example.com" || stored.Role != "ADMIN" {
		t.Errorf("the server stores %+v", stored)
	}

	if stored := m.group(); stored.ID != group.ID || stored.Role != "ANALYST" {
		t.Errorf("the server stores %+v", stored)
	}
}

// TestAllPagesAreRead uses a server that returns the first page for any page past the end of the list.
func TestAllPagesAreRead(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)
	made := createUsers(t, m.client(), 0, 400)

	for _, count := range []int{400, 401} {
		if len(made) < count {
			made = append(made, createUsers(t, m.client(), len(made), count)...)
			slices.Sort(made)
		}

		celonis := m.client()

		users, err := celonis.Users(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		listed := make([]string, 0, len(users))
		for _, user := range users {
			listed = append(listed, user.ID)
		}

		if !slices.Equal(listed, made) {
			t.Errorf("the list contains %d users, want exactly the %d created users, sorted by id", len(listed), len(made))
		}

		last := users[len(users)-1]
		if got, err := celonis.FindUser(t.Context(), last.UserName); err != nil || got != last {
			t.Errorf("FindUser() = %+v, %v, want %+v", got, err, last)
		}
	}

	// Read so many users that the client uses the list.
	celonis := m.client()

	var group errgroup.Group

	group.SetLimit(10)

	for _, id := range made {
		group.Go(func() error {
			user, err := celonis.User(t.Context(), id)
			if err == nil && user.ID != id {
				return fmt.Errorf("the user %[2]s was returned as %+[1]v", user, id)
			}

			return err
		})
	}

	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}
