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

func TestLifeOfAUser(t *testing.T) {
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
		t.Errorf("created %+v, want %+v", made, want)
	}

	kept := m.user()
	if kept.Role != "ANALYST" || kept.Invitation != "false" || kept.DisplayName != "Ada Löwe" || kept.ExternalID != "hr-0001" {
		t.Errorf("the server keeps %+v", kept)
	}

	if got, err := celonis.User(ctx, made.ID); err != nil || got != want {
		t.Errorf("read %+v, %v, want %+v", got, err, want)
	}

	if got, err := celonis.FindUser(ctx, "aDA@example.COM"); err != nil || got != want {
		t.Errorf("found %+v, %v, want %+v", got, err, want)
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

		kept := m.user()
		if kept.UserName != want.UserName || kept.DisplayName != step.want.DisplayName || kept.ExternalID != step.want.ExternalID ||
			kept.Role != step.want.Role {
			t.Errorf("the server keeps %+v, want %+v", kept, step.want)
		}

		want := scim.User{
			ID: made.ID, UserName: want.UserName, DisplayName: step.want.DisplayName, ExternalID: step.want.ExternalID, Role: step.want.Role,
		}
		if after != want {
			t.Errorf("changed to %+v, want %+v", after, want)
		}
	}

	celonis = m.client() // Another run.
	if err := celonis.DeleteUser(ctx, made.ID); err != nil {
		t.Fatal(err)
	}

	if _, err := celonis.User(ctx, made.ID); !transport.IsNotFound(err) {
		t.Errorf("got %v after the deletion, want that there is none", err)
	}

	if users, _ := m.store(); len(users) != 0 {
		t.Errorf("the server still keeps %+v", users)
	}
}

func TestChangeLeavesWhatOthersHaveSet(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)
	celonis := m.client()

	m.send(http.MethodPost, basePath+"/Users", []byte(`{
		"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:celonis:params:scim:schemas:extension:2.0:User"],
		"userName": "ada@example.com", "title": "Countess", "active": false,
		"emails": [{"value": "ada@example.com", "primary": true}],
		"urn:celonis:params:scim:schemas:extension:2.0:User": {"role": "ANALYST"}
	}`), nil)

	// A group makes the server add an attribute to the user that nobody may set.
	before := m.user()
	if _, err := celonis.CreateGroup(t.Context(), scim.NewGroup{DisplayName: "Finance", MemberIDs: []string{before.ID}}); err != nil {
		t.Fatal(err)
	}

	after, err := celonis.UpdateUser(t.Context(), before.ID, scim.UserChange{DisplayName: new("Ada"), Role: new("ADMIN")})
	if err != nil {
		t.Fatal(err)
	}

	if want := (scim.User{ID: before.ID, UserName: "ada@example.com", DisplayName: "Ada", Role: "ADMIN"}); after != want {
		t.Errorf("changed to %+v, want %+v", after, want)
	}

	kept := m.user()
	if kept.Title != "Countess" || kept.Active == nil || *kept.Active || !slices.Equal(kept.Emails, before.Emails) || len(kept.Emails) != 1 {
		t.Errorf("the server keeps %+v, and kept %+v before", kept, before)
	}

	if kept.DisplayName != "Ada" || kept.Extension.Role != "ADMIN" || kept.Role != "" {
		t.Errorf("the server keeps %+v, want the role where it was", kept)
	}
}

func TestRefusalsSpeakInTheServersWords(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)
	celonis := m.client()

	_, err := celonis.CreateUser(t.Context(), scim.NewUser{UserName: "ada@example.com", Role: "OWNER"})
	got := clienttest.WantError(t, err, transport.ReasonStatus)

	if got.Status != http.StatusBadRequest || got.Code != "invalidValue" || !strings.Contains(got.Detail, "non-canonical") {
		t.Errorf("got %v, want the server's words", got)
	}

	if users, _ := m.store(); len(users) != 0 {
		t.Errorf("the server keeps %+v", users)
	}
}

func TestDuplicatesNameWhatExists(t *testing.T) {
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
		t.Errorf("got %v with the id %q, want %q", got, got.ExistingID, user.ID)
	}

	_, err = celonis.CreateGroup(t.Context(), scim.NewGroup{DisplayName: "Finance"})
	if got := clienttest.WantError(t, err, transport.ReasonExists); got.ExistingID != group.ID || got.Status != http.StatusConflict {
		t.Errorf("got %v with the id %q, want %q", got, got.ExistingID, group.ID)
	}

	if kept := m.user(); kept.UserName != "ada@example.com" || kept.Role != "ADMIN" {
		t.Errorf("the server keeps %+v", kept)
	}

	if kept := m.group(); kept.ID != group.ID || kept.Role != "ANALYST" {
		t.Errorf("the server keeps %+v", kept)
	}
}

// Asked for what is past the end of a list, the server answers with its beginning.
func TestReadsAllPages(t *testing.T) {
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
			t.Errorf("%d users listed, want the %d that were created, by id", len(listed), len(made))
		}

		last := users[len(users)-1]
		if got, err := celonis.FindUser(t.Context(), last.UserName); err != nil || got != last {
			t.Errorf("found %+v, %v, want %+v", got, err, last)
		}
	}

	// So many that they are answered from the list.
	celonis := m.client()

	var group errgroup.Group

	group.SetLimit(10)

	for _, id := range made {
		group.Go(func() error {
			user, err := celonis.User(t.Context(), id)
			if err == nil && user.ID != id {
				return fmt.Errorf("got %+v for %s", user, id)
			}

			return err
		})
	}

	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}
