package peers

import (
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

func TestAPIIsDiscovered(t *testing.T) {
	t.Parallel()

	celonis := newSCIMTeam(t).client()

	users, err := celonis.Users(t.Context())
	if err != nil || len(users) != 0 {
		t.Errorf("users = %v, error = %v, want no users", users, err)
	}

	groups, err := celonis.Groups(t.Context())
	if err != nil || len(groups) != 0 {
		t.Errorf("groups = %v, error = %v, want no groups", groups, err)
	}
}

func TestInvalidTokenErrorQuotesTheServer(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)
	m.token = "of-nobody"

	_, err := m.client().Users(t.Context())
	if got := clienttest.WantError(t, err, transport.ReasonUnauthorized); !strings.Contains(got.Detail, "No token of a team") {
		t.Errorf("detail = %q, want the server's text", got.Detail)
	}
}

// TestMistypedBasePathIsNotReportedAsAMissingObject uses a server that returns a SCIM error for unknown paths below its own path, and a web
// page for all other paths.
func TestMistypedBasePathIsNotReportedAsAMissingObject(t *testing.T) {
	t.Parallel()

	for name, path := range map[string]string{
		"outside the API": "/scim/v3",
		"below the API":   basePath + "/teams",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			celonis, ctx := newSCIMTeam(t).client(func(options *client.Options) { options.SCIMBasePath = path }), t.Context()

			for what, call := range map[string]func() error{
				"reading a user":  func() error { return errorOf(celonis.User(ctx, "some-id")) },
				"reading a group": func() error { return errorOf(celonis.Group(ctx, "some-id")) },
				"finding a user":  func() error { return errorOf(celonis.FindUser(ctx, "ada@example.com")) },
				"deleting a user": func() error { return celonis.DeleteUser(ctx, "some-id") },
				"leaving a group": func() error { return celonis.RemoveGroupMember(ctx, "some-id", "other-id") },
			} {
				if err := call(); err == nil || transport.IsNotFound(err) {
					t.Errorf("%s: error = %v, want an error that does not report a missing object", what, err)
				}
			}
		})
	}
}

// errorOf discards the value that a call returns, and returns the error.
func errorOf[T any](_ T, err error) error { return err }

func TestUnknownIDsAreNotFound(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)

	for name, celonis := range map[string]*client.Client{
		"discovered path": m.client(),
		"configured path": m.client(func(options *client.Options) { options.SCIMBasePath = basePath }),
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
				"joining a group":       func() error { return celonis.AddGroupMember(ctx, "some-id", "other-id") },
				"checking a membership": func() error { return errorOf(celonis.HasGroupMember(ctx, "some-id", "other-id")) },
				"finding a user":        func() error { return errorOf(celonis.FindUser(ctx, "ada@example.com")) },
				"finding a group":       func() error { return errorOf(celonis.FindGroup(ctx, "Finance")) },
			} {
				if err := call(); !transport.IsNotFound(err) {
					t.Errorf("%s: error = %v, want ReasonNotFound", what, err)
				}
			}

			if err := celonis.DeleteUser(ctx, "some-id"); err != nil {
				t.Errorf("deleting a missing user: error = %v", err)
			}

			if err := celonis.DeleteGroup(ctx, "some-id"); err != nil {
				t.Errorf("deleting a missing group: error = %v", err)
			}
		})
	}
}
