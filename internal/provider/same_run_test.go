package provider

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// replacedMemberships contains memberships that Terraform replaces by creating the new membership before it destroys the old one. Terraform
// uses this order if the membership sets create_before_destroy, or if a resource that depends on the membership sets it. The test adds a
// third case, in which a membership moves to another address while the destroy at the old address waits for a dependent resource.
const replacedMemberships = `
	resource "celonis_group_member" "direct" {
	  group_id = "group-1"
	  user_id  = "user-000"
	  lifecycle { create_before_destroy = true }
	}
	resource "celonis_group_member" "inherited" {
	  group_id = "group-1"
	  user_id  = "user-001"
	}
	resource "terraform_data" "dependent" {
	  triggers_replace = [celonis_group_member.inherited.id]
	  lifecycle { create_before_destroy = true }
	}
	`

func TestAccReplacedMembershipIsNotLost(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(3)})

	// Delay the deletion of the dependent resource until Terraform has read the membership at its new address.
	isRead, once := make(chan struct{}), sync.Once{}
	isRun := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			select {
			case <-isRead:
			case <-t.Context().Done():
			}
		}

		team.ServeHTTP(w, r)

		select {
		case <-isRun:
			if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/group-1") {
				once.Do(func() { close(isRead) })
			}
		default:
		}
	}))
	t.Cleanup(server.Close)

	w := newWorkspace(t, env.but(environment{"CELONIS_URL": server.URL}), replacedMemberships+`
		resource "celonis_group_member" "old" {
		  group_id = "group-1"
		  user_id  = "user-002"
		}
		resource "celonis_group" "dependent" { display_name = "After ${celonis_group_member.old.id}" }
		`)
	w.must("apply", "-auto-approve")
	w.must("taint", "celonis_group_member.inherited")
	w.reconfigure(replacedMemberships + `
		resource "celonis_group_member" "new" {
		  group_id = "group-1"
		  user_id  = "user-002"
		}
		`)
	w.must("plan", "-replace=celonis_group_member.direct", "-out=plan")
	close(isRun)
	wantParts(t, w.must("apply", "plan"), "celonis_group_member.direct (deposed object", "celonis_group_member.inherited (deposed object",
		"celonis_group_member.old: Destruction complete", "4 added, 0 changed, 5 destroyed")
	wantMembers(t, team, "Analysts", "user-000", "user-001", "user-002")
	w.mustPlanNothing()

	w.must("destroy", "-auto-approve")
	wantMembers(t, team, "Analysts")
}

func TestAccMembershipMovedToTheGroupIsNotLost(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: scim.Options{Users: people(3)}})
	w := newWorkspace(t, env, group(`display_name = "Analysts"`)+`
		resource "celonis_group_member" "this" {
		  for_each = toset(["user-000", "user-001"])
		  group_id = celonis_group.this.id
		  user_id  = each.key
		}`)
	w.must("apply", "-auto-approve")
	w.reconfigure(group(`display_name = "Analysts"`, `member_ids = ["user-001", "user-002"]`))
	w.must("apply", "-auto-approve")

	// user-000 is no longer a member. user-001 still is, because the group resource now manages that membership.
	wantMembers(t, team, "Analysts", "user-001", "user-002")
	w.mustPlanNothing()
}

// remainingResources contains the resources that the test does not remove from the configuration.
const remainingResources = `
	resource "celonis_user" "one" { user_name = "ada@example.com" }
	resource "celonis_group" "one" { display_name = "Analysts" }
	`

func TestAccTwoResourcesNeverManageTheSameObject(t *testing.T) {
	t.Parallel()

	for _, answer := range []scim.Duplicate{scim.DuplicateExisting, scim.DuplicateBadRequest} {
		t.Run(string(answer), func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: scim.Options{DuplicateUser: answer, DuplicateGroup: answer, ListedAfterReads: 2}})
			w := newWorkspace(t, env, remainingResources+`
				resource "celonis_user" "two" {
				  user_name  = "Ada@example.com"
				  depends_on = [celonis_user.one]
				}
				resource "celonis_group" "two" {
				  display_name = "Analysts"
				  depends_on   = [celonis_group.one]
				}`)

			output, err := w.run("apply", "-auto-approve")
			if err == nil || strings.Count(output, "Error: ") != 2 || strings.Contains(output, "import {") {
				t.Errorf("%v\n%s", err, output)
			}

			wantParts(t, output, "with celonis_user.two", "with celonis_group.two", "Another celonis_user in this configuration already "+
				"manages this user",
				"Another celonis_group in this configuration already manages this group")

			w.reconfigure(remainingResources)
			w.must("apply", "-auto-approve")

			if userAt(team, "ada@example.com").ID == "" || groupAt(team, "Analysts").ID == "" {
				t.Error("an object of the remaining resources was deleted")
			}
		})
	}
}

// TestAccGroupThatIsNotReplacedIsNotDeleted covers a service that returns the existing group instead of creating its replacement.
func TestAccGroupThatIsNotReplacedIsNotDeleted(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: scim.Options{DuplicateGroup: scim.DuplicateExisting}})
	w := newWorkspace(t, env, group(`display_name = "Analysts"`, "lifecycle {\n create_before_destroy = true\n}"))
	w.must("apply", "-auto-approve")
	wantParts(t, w.must("apply", "-auto-approve", "-replace=celonis_group.this"), "Warning: The group was not deleted",
		groupAt(team, "Analysts").ID, "remove `create_before_destroy`")

	if groupAt(team, "Analysts").ID == "" {
		t.Error("the group was deleted")
	}

	w.mustPlanNothing()
}

func TestAccLookupsShowChangesOfTheSameRun(t *testing.T) {
	t.Parallel()

	configuration := func(name string) string {
		return strings.ReplaceAll(`
			resource "celonis_user" "this" { user_name = "NAME@example.com" }
			resource "celonis_group" "this" {
			  display_name = "Group of NAME"
			  member_ids   = [celonis_user.this.id]
			}
			data "celonis_user" "this" {
			  user_name  = "NAME@example.com"
			  depends_on = [celonis_user.this]
			}
			data "celonis_group" "this" {
			  display_name = "Group of NAME"
			  depends_on   = [celonis_group.this]
			}
			data "celonis_users" "this" { depends_on = [celonis_user.this] }
			data "celonis_groups" "this" { depends_on = [celonis_group.this] }
			output "found" {
			  value = join(",", concat([data.celonis_user.this.user_name, data.celonis_group.this.display_name],
			    data.celonis_users.this.users[*].user_name, data.celonis_groups.this.groups[*].display_name))
			}`, "NAME", name)
	}

	_, env := startTeam(t, simulator.Options{SCIM: scim.Options{ListedAfterReads: 2, DelistedAfterReads: 2, UpdatesListedAfterReads: 2}})
	w := newWorkspace(t, env, configuration("ada"))
	wantParts(t, w.must("apply", "-auto-approve"), `found = "ada@example.com,Group of ada,ada@example.com,Group of ada"`)

	// This step replaces the user and renames the group.
	w.reconfigure(configuration("bob"))
	wantParts(t, w.must("apply", "-auto-approve"), `found = "bob@example.com,Group of bob,bob@example.com,Group of bob"`)
}
