package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// TestUndocumentedRolesAreRefusedWhenPlanned covers users and groups. The plan fails before anything is deleted or created.
func TestUndocumentedRolesAreRefusedWhenPlanned(t *testing.T) {
	t.Parallel()

	names := map[string]string{"celonis_user": "user_name", "celonis_group": "display_name"}

	for typeName, name := range names {
		for role, isAccepted := range map[string]bool{
			"MEMBER": true, "Analyst": true, "admin": true, "ANALIST": false, "VIEWER": false, "ADMINISTRATOR": false,
		} {
			t.Run(typeName+" "+role, func(t *testing.T) {
				t.Parallel()

				_, env := startTeam(t, simulator.Options{})
				object := newSpoken(t, env, typeName)

				_, said := object.tryPlan(map[string]any{name: "ada@example.com", "role": role})
				if said.hasError() == isAccepted {
					t.Fatalf("planned with %q", said.text())
				}

				if isAccepted {
					return
				}

				if got := said[0].Attribute.String(); got != `AttributeName("role")` {
					t.Errorf("the error is at %s", got)
				}

				for _, part := range []string{role, "MEMBER", "ANALYST", "ADMIN"} {
					if !strings.Contains(said[0].Detail, part) {
						t.Errorf("%q is not in %q", part, said[0].Detail)
					}
				}
			})
		}

		t.Run(typeName+" with an unknown role", func(t *testing.T) {
			t.Parallel()

			_, env := startTeam(t, simulator.Options{})

			if _, said := newSpoken(t, env, typeName).tryPlan(map[string]any{name: "ada@example.com", "role": tftypes.UnknownValue}); said.hasError() {
				t.Error(said.text())
			}
		})
	}
}

// TestRoleThatCelonisReturnedIsAccepted imports a user and a group with a role that the vendor does not document.
func TestRoleThatCelonisReturnedIsAccepted(t *testing.T) {
	t.Parallel()

	for typeName, test := range map[string]struct {
		path, body string
		given      map[string]any
	}{
		"celonis_user": {
			"/scim/v2/Users/1", `{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "1", "userName": "ada@example.com", "role": "VIEWER"}`,
			map[string]any{"user_name": "ada@example.com", "role": "VIEWER"},
		},
		"celonis_group": {
			"/scim/v2/Groups/1", `{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": "1", "displayName": "Viewers", "role": "VIEWER"}`,
			map[string]any{"display_name": "Viewers", "role": "viewer"},
		},
	} {
		t.Run(typeName, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{})
			team.Inject(simulator.Fault{Path: test.path, Status: http.StatusOK, Body: test.body, Times: -1})

			object := newSpoken(t, env, typeName)
			object.mustImport("1")

			if step, said := object.tryPlan(test.given); said.hasError() || !step.state.Equal(object.state) {
				t.Errorf("planned %s: %s", step.state, said.text())
			}

			test.given["role"] = "VIEWERS"

			if _, said := object.tryPlan(test.given); !said.hasError() {
				t.Error("another undocumented role was planned")
			}
		})
	}
}
