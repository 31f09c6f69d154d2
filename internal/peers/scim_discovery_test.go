package peers

import (
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

func TestFindsTheAPI(t *testing.T) {
	t.Parallel()

	celonis := newSCIMTeam(t).client()

	users, err := celonis.Users(t.Context())
	if err != nil || len(users) != 0 {
		t.Errorf("got %v, %v, want no users", users, err)
	}

	groups, err := celonis.Groups(t.Context())
	if err != nil || len(groups) != 0 {
		t.Errorf("got %v, %v, want no groups", groups, err)
	}
}

func TestTellsWhatTheServerSaysAboutAToken(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)
	m.token = "of-nobody"

	_, err := m.client().Users(t.Context())
	if got := clienttest.WantError(t, err, transport.ReasonUnauthorized); !strings.Contains(got.Detail, "No token of a team") {
		t.Errorf("got %q, want the server's words", got.Detail)
	}
}

// The server answers with an error of SCIM wherever it knows no path below its own, and with a web page elsewhere.
func TestMistypedBasePathMakesNothingLookDeleted(t *testing.T) {
	t.Parallel()

	for name, path := range map[string]string{
		"beside the API": "/scim/v3",
		"below the API":  basePath + "/teams",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			celonis, ctx := newSCIMTeam(t).client(func(options *client.Options) { options.SCIMBasePath = path }), t.Context()

			for what, call := range map[string]func() error{
				"reading a user":     func() error { return errorOf(celonis.User(ctx, "some-id")) },
				"reading a group":    func() error { return errorOf(celonis.Group(ctx, "some-id")) },
				"looking for a user": func() error { return errorOf(celonis.FindUser(ctx, "ada@example.com")) },
				"deleting a user":    func() error { return celonis.DeleteUser(ctx, "some-id") },
				"leaving a group":    func() error { return celonis.RemoveGroupMember(ctx, "some-id", "other-id") },
			} {
				if err := call(); err == nil || transport.IsNotFound(err) {
					t.Errorf("%s: got %v, want an error that does not say that it is gone", what, err)
				}
			}
		})
	}
}

// errorOf leaves the error of what a call returned.
func errorOf[T any](_ T, err error) error { return err }

func TestUnknownIDsAreNotFound(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)

	for name, celonis := range map[string]*client.Client{
		"path found":      m.client(),
		"path configured": m.client(func(options *client.Options) { options.SCIMBasePath = basePath }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			ctx := t.Context()

			for what, call := range map[string]func() error{
				"reading a user":  func() error { return errorOf(celonis.User(ctx, "some-id")) },
				"reading a group": func() error { return errorOf(celonis.Group(ctx, "some/id")) },
				"changing a user": func() error {
					return errorOf(celonis.UpdateUser(ctx, "some-id", scim.UserChange{Role: new("ADMIN")}))
				},
				"changing a group": func() error {
					return errorOf(celonis.UpdateGroup(ctx, "some-id", scim.GroupChange{Role: new("ADMIN")}))
				},
				"entering a group":    func() error { return celonis.AddGroupMember(ctx, "some-id", "other-id") },
				"asking for a member": func() error { return errorOf(celonis.HasGroupMember(ctx, "some-id", "other-id")) },
				"looking for a user":  func() error { return errorOf(celonis.FindUser(ctx, "ada@example.com")) },
				"looking for a group": func() error { return errorOf(celonis.FindGroup(ctx, "Finance")) },
			} {
				if err := call(); !transport.IsNotFound(err) {
					t.Errorf("%s: got %v, want that there is none", what, err)
				}
			}

			if err := celonis.DeleteUser(ctx, "some-id"); err != nil {
				t.Errorf("deleting a user who is gone: %v", err)
			}

			if err := celonis.DeleteGroup(ctx, "some-id"); err != nil {
				t.Errorf("deleting a group that is gone: %v", err)
			}
		})
	}
}
