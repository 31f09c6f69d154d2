package provider

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// user returns the configuration of the resource "this".
func user(arguments ...string) string {
	return "resource \"celonis_user\" \"this\" {\n" + strings.Join(arguments, "\n") + "\n}\n"
}

func importOf(address, id string) string {
	return "import {\n  to = " + address + "\n  id = \"" + id + "\"\n}\n"
}

func TestAccUserIsComparedCaseInsensitively(t *testing.T) {
	t.Parallel()

	for name, options := range map[string]scim.Options{
		"user names returned as configured": {}, "user names returned in lower case": {LowerCaseUserNames: true, LowerCaseRoles: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: options})
			w := newWorkspace(t, env, user(`user_name = "Ada@Example.com"`, `role = "analyst"`))
			w.must("apply", "-auto-approve")
			w.mustPlanNothing()

			team.ResetJournal()
			w.reconfigure(user(`user_name = "ADA@example.com"`, `role = "Analyst"`))
			w.mustPlanNothing()

			if got := writes(team); got != 0 {
				t.Errorf("got %d writes during a plan", got)
			}

			w.reconfigure(user(`user_name = "Ada.Lovelace@example.com"`, `role = "Analyst"`))
			wantParts(t, w.must("apply", "-auto-approve"), "# forces replacement", "1 added, 0 changed, 1 destroyed")

			if before, after := userAt(team, "ada@example.com"), userAt(team, "ada.lovelace@example.com"); before.ID != "" || after.Role != "ANALYST" {
				t.Errorf("got %+v and %+v in Celonis", before, after)
			}

			w.mustPlanNothing()
		})
	}
}

// TestAccUserKeepsOmittedAttributes covers a service that clears attributes that a PUT omits, and a service that keeps them.
func TestAccUserKeepsOmittedAttributes(t *testing.T) {
	t.Parallel()

	for name, kept := range map[string][]string{"omitted attributes are cleared": nil, "omitted attributes are kept": scim.Attributes()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: scim.Options{Users: people(1), KeptWhenOmitted: kept}})
			want := people(1)[0]
			name := `user_name = "` + want.UserName + `"`

			w := newWorkspace(t, env, user(name)+importOf("celonis_user.this", want.ID))
			w.must("apply", "-auto-approve")

			// Set the omitted attributes outside Terraform, between the plan and the apply.
			w.reconfigure(user(name, `display_name = "Renamed"`))
			w.must("plan", "-out=plan")
			team.ChangeUser(want.ID, func(user *scim.User) { user.ExternalID, user.Role = "set-outside", "ADMIN" })
			w.must("apply", "plan")

			want.DisplayName, want.ExternalID, want.Role = "Renamed", "set-outside", "ADMIN"
			wantUser(t, "renamed", userAt(team, want.UserName), want)
			w.mustPlanNothing()

			team.ResetJournal()
			w.reconfigure(user(name))
			w.mustPlanNothing()
			w.must("apply", "-auto-approve")
			wantUser(t, "left out", userAt(team, want.UserName), want)

			if got := writes(team); got != 0 {
				t.Errorf("got %d writes for omitted attributes", got)
			}

			// send_invitation_email has no effect on an existing user.
			w.reconfigure(user(name, "send_invitation_email = true"))
			w.must("apply", "-auto-approve")
			w.mustPlanNothing()

			if got := writes(team); got != 0 {
				t.Errorf("got %d writes for the invitation of an existing user", got)
			}
		})
	}
}

// TestAccObjectCreatedWithADifferentRoleIsInTheState covers a service that grants a lower role than requested.
func TestAccObjectCreatedWithADifferentRoleIsInTheState(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, scimPath) {
			body, _ := io.ReadAll(r.Body)
			body = bytes.ReplaceAll(body, []byte(`"ANALYST"`), []byte(`"MEMBER"`))
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		}

		team.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)

	w := newWorkspace(t, env.but(environment{"CELONIS_URL": server.URL}), user(`user_name = "ada@example.com"`, `role = "analyst"`)+`
		resource "celonis_group" "this" {
		  display_name = "Analysts"
		  role         = "analyst"
		}`)

	output, err := w.run("apply", "-auto-approve")
	if err == nil {
		t.Fatalf("the apply succeeded:\n%s", output)
	}

	ada, analysts := userAt(team, "ada@example.com"), groupAt(team, "Analysts")
	wantParts(t, output,
		"with celonis_user.this", `the user "ada@example.com" was created with the id `+ada.ID+`, but role should be "ANALYST" but is "MEMBER"`,
		"with celonis_group.this", `the group "Analysts" was created with the id `+analysts.ID+`, but role should be "ANALYST" but is "MEMBER"`,
		"What to do: The object is in the state, marked as tainted, so the next apply replaces it.")

	output, changes := w.planned()
	wantParts(t, output, "celonis_user.this is tainted", "celonis_group.this is tainted", "Plan: 2 to add, 0 to change, 2 to destroy.", ada.ID, analysts.ID)

	if !changes {
		t.Error("the next plan is empty")
	}

	w.must("destroy", "-auto-approve")

	if users, groups := len(team.Users()), len(team.Groups()); users+groups != 0 {
		t.Errorf("%d users and %d groups remain", users, groups)
	}
}

// TestAccUserKeepsARoleThatIsNotReturned covers a service that replaces the whole user and does not return the role. Every update must then
// contain the role.
func TestAccUserKeepsARoleThatIsNotReturned(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: scim.Options{RoleLocation: scim.RoleAbsent}})
	config := func(name string) string {
		return `resource "celonis_user" "this" {
			user_name = "ada@example.com"
			display_name = "` + name + `"
			role = "ADMIN"
		}`
	}
	hasRole := func() error {
		if got := team.Users()[0].Role; got != "ADMIN" {
			return fmt.Errorf("got role %s", got)
		}

		return nil
	}

	acceptance(t, env, step{config: config("Ada"), check: hasRole}, step{config: config("Ada L."), check: hasRole})
}
