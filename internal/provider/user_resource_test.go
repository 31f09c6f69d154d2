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

// user is the resource "this".
func user(arguments ...string) string {
	return "resource \"celonis_user\" \"this\" {\n" + strings.Join(arguments, "\n") + "\n}\n"
}

// importOf is an import block.
func importOf(address, id string) string {
	return "import {\n  to = " + address + "\n  id = \"" + id + "\"\n}\n"
}

func TestAccUserIsComparedWithoutCase(t *testing.T) {
	t.Parallel()

	for name, options := range map[string]scim.Options{
		"as given": {}, "in lower case": {LowerCaseUserNames: true, LowerCaseRoles: true},
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
				t.Errorf("a plan made %d writes", got)
			}

			w.reconfigure(user(`user_name = "Ada.Lovelace@example.com"`, `role = "Analyst"`))
			wantParts(t, w.must("apply", "-auto-approve"), "# forces replacement", "1 added, 0 changed, 1 destroyed")

			if before, after := userAt(team, "ada@example.com"), userAt(team, "ada.lovelace@example.com"); before.ID != "" || after.Role != "ANALYST" {
				t.Errorf("Celonis has %+v and %+v", before, after)
			}

			w.mustPlanNothing()
		})
	}
}

// TestAccUserKeepsWhatTheConfigurationLeavesOut is about both readings of a PUT that leaves attributes out.
func TestAccUserKeepsWhatTheConfigurationLeavesOut(t *testing.T) {
	t.Parallel()

	for name, kept := range map[string][]string{"omitted is emptied": nil, "omitted is kept": scim.Attributes()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: scim.Options{Users: people(1), KeptWhenOmitted: kept}})
			want := people(1)[0]
			name := `user_name = "` + want.UserName + `"`

			w := newWorkspace(t, env, user(name)+importOf("celonis_user.this", want.ID))
			w.must("apply", "-auto-approve")

			// Somebody else sets what is left out, and does so between plan and apply.
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
				t.Errorf("what is left out made %d writes", got)
			}

			// Another e-mail about the invitation is none that could be sent.
			w.reconfigure(user(name, "send_invitation_email = true"))
			w.must("apply", "-auto-approve")
			w.mustPlanNothing()

			if got := writes(team); got != 0 {
				t.Errorf("an invitation of somebody who is there made %d writes", got)
			}
		})
	}
}

// TestAccCreatedOtherwiseThanAskedForIsInTheState has a service that grants less than was asked for.
func TestAccCreatedOtherwiseThanAskedForIsInTheState(t *testing.T) {
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
		t.Fatalf("it worked:\n%s", output)
	}

	ada, analysts := userAt(team, "ada@example.com"), groupAt(team, "Analysts")
	wantParts(t, output,
		"with celonis_user.this", `the user "ada@example.com" was created with the id `+ada.ID+`, and role should be "ANALYST" but is "MEMBER"`,
		"with celonis_group.this", `the group "Analysts" was created with the id `+analysts.ID+`, and role should be "ANALYST" but is "MEMBER"`,
		"What to do: The object is in the state, marked as tainted, so the next plan replaces it.")

	output, changes := w.planned()
	wantParts(t, output, "celonis_user.this is tainted", "celonis_group.this is tainted", "Plan: 2 to add, 0 to change, 2 to destroy.", ada.ID, analysts.ID)

	if !changes {
		t.Error("the next plan changes nothing")
	}

	w.must("destroy", "-auto-approve")

	if users, groups := len(team.Users()), len(team.Groups()); users+groups != 0 {
		t.Errorf("%d users and %d groups are left", users, groups)
	}
}

// A service that replaces the whole user and shows no role gets the role with every change.
func TestAccUserKeepsARoleThatIsNotShown(t *testing.T) {
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
			return fmt.Errorf("the role is %s", got)
		}

		return nil
	}

	acceptance(t, env, step{config: config("Ada"), check: hasRole}, step{config: config("Ada L."), check: hasRole})
}
