package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// TestUndocumentedRolesAreRejectedAtPlanTime covers users and groups. The plan must fail before an apply can delete or create an object.
func TestUndocumentedRolesAreRejectedAtPlanTime(t *testing.T) {
	t.Parallel()

	names := map[string]string{"celonis_user": "user_name", "celonis_group": "display_name"}

	for typeName, name := range names {
		for role, isAccepted := range map[string]bool{
			"MEMBER": true, "Analyst": true, "admin": true, "ANALIST": false, "VIEWER": false, "ADMINISTRATOR": false,
		} {
			t.Run(typeName+" "+role, func(t *testing.T) {
				t.Parallel()

				_, env := startTeam(t, simulator.Options{})
				object := newProtocolObject(t, env, typeName)

				_, diags := object.tryPlan(map[string]any{name: "ada@example.com", "role": role})
				if diags.hasError() == isAccepted {
					t.Fatalf("the plan with %q succeeded", diags.text())
				}

				if isAccepted {
					return
				}

				if got := diags[0].Attribute.String(); got != `AttributeName("role")` {
					t.Errorf("the error points at %s", got)
				}

				for _, part := range []string{role, "MEMBER", "ANALYST", "ADMIN"} {
					if !strings.Contains(diags[0].Detail, part) {
						t.Errorf("%q is missing from %q", part, diags[0].Detail)
					}
				}
			})
		}

		t.Run(typeName+" with an unknown role", func(t *testing.T) {
			t.Parallel()

			_, env := startTeam(t, simulator.Options{})

			if _, diags := newProtocolObject(t, env, typeName).tryPlan(map[string]any{name: "ada@example.com", "role": tftypes.UnknownValue}); diags.hasError() {
				t.Error(diags.text())
			}
		})
	}
}

// TestRoleThatCelonisReturnedIsAccepted imports a user and a group with a role that Celonis does not document.
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

			object := newProtocolObject(t, env, typeName)
			object.mustImport("1")

			if step, diags := object.tryPlan(test.given); diags.hasError() || !step.state.Equal(object.state) {
				t.Errorf("the plan of %s changes the role: %s", step.state, diags.text())
			}

			test.given["role"] = "VIEWERS"

			if _, diags := object.tryPlan(test.given); !diags.hasError() {
				t.Error("the plan accepted a different undocumented role")
			}
		})
	}
}
