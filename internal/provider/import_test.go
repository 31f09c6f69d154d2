package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// identities returns the names of each resource's identity attributes.
func identities() map[string][]string {
	return map[string][]string{
		"celonis_user": {"id"}, "celonis_group": {"id"}, "celonis_subscription": {"id"}, "celonis_group_member": {"group_id", "user_id"},
	}
}

// identityOrNull returns an identity. A nil value becomes null.
func identityOrNull(t *testing.T, values map[string]any) *tfprotov6.ResourceIdentityData {
	t.Helper()

	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}
	texts := map[string]tftypes.Value{}

	for name, value := range values {
		kind.AttributeTypes[name] = tftypes.String
		texts[name] = tftypes.NewValue(tftypes.String, value)
	}

	data, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, texts))
	if err != nil {
		t.Fatal(err)
	}

	return &tfprotov6.ResourceIdentityData{IdentityData: &data}
}

// TestImportRejectsAnIncompleteIdentity uses the plugin protocol, because Terraform before 1.12 cannot import by identity.
func TestImportRejectsAnIncompleteIdentity(t *testing.T) {
	t.Parallel()

	for typeName, names := range identities() {
		for _, missing := range names {
			for word, value := range map[string]any{"null": nil, "empty": "", "blank": " \t"} {
				t.Run(typeName+" "+missing+" "+word, func(t *testing.T) {
					t.Parallel()

					team, env := startTeam(t, simulator.Options{SCIM: oneGroup(1, "user-000")})

					values := map[string]any{}
					for _, name := range names {
						values[name] = "some-id"
					}

					values[missing] = value

					imported, err := configuredServer(t, env).ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
						TypeName: typeName, Identity: identityOrNull(t, values),
					})
					if err != nil || !protocolDiagnostics(imported.Diagnostics).hasError() {
						t.Fatalf("%v, %+v", err, imported)
					}

					text := protocolDiagnostics(imported.Diagnostics).text()
					wantParts(t, text, "Unable to import ", "`"+missing+"` is null or empty")

					if strings.Contains(text, "base_url") || len(team.Journal()) > 0 {
						t.Errorf("got %d requests and the error %s", len(team.Journal()), text)
					}
				})
			}
		}
	}
}

// TestImportWithoutIDAndIdentityIsAnError covers a request that no CLI should send.
func TestImportWithoutIDAndIdentityIsAnError(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{})

	for typeName := range identities() {
		imported, err := configuredServer(t, env).ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: typeName})
		if err != nil || !protocolDiagnostics(imported.Diagnostics).hasError() {
			t.Errorf("%s: %v, %+v", typeName, err, imported)
		}
	}
}

// TestImportOfAMissingObjectReturnsTheProvidersError checks that Terraform does not report a "non-existent remote object" instead.
func TestImportOfAMissingObjectReturnsTheProvidersError(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		resource string
		// id is the import id. If id is empty, the import uses the identity.
		id       string
		identity map[string]any
		parts    []string
	}{
		"user":               {"celonis_user", "", map[string]any{"id": "nobody"}, []string{"Unable to import user", "Users/nobody", "spelling"}},
		"user by id":         {"celonis_user", "nobody", nil, []string{"Unable to import user", "Users/nobody", "spelling"}},
		"user by address":    {"celonis_user", "nobody@example.com", nil, []string{"Unable to import user", `"nobody@example.com"`, "spelling"}},
		"group":              {"celonis_group", "", map[string]any{"id": "none"}, []string{"Unable to import group", "Groups/none", "spelling"}},
		"group by name":      {"celonis_group", "None", nil, []string{"Unable to import group", `"None"`, "spelling"}},
		"subscription":       {"celonis_subscription", "", map[string]any{"id": "none"}, []string{"Unable to import subscription", "none", "spelling"}},
		"subscription by id": {"celonis_subscription", "none", nil, []string{"Unable to import subscription", "none", "spelling"}},
		"membership of another user": {
			"celonis_group_member", "",
			map[string]any{"group_id": "group-1", "user_id": "user-001"},
			[]string{"Unable to import membership", "The user user-001 is not a member of the group group-1."},
		},
		"membership of another user by id": {
			"celonis_group_member", "group-1/user-001", nil,
			[]string{"Unable to import membership", "The user user-001 is not a member of the group group-1."},
		},
		"membership of an unknown group": {
			"celonis_group_member", "",
			map[string]any{"group_id": "none", "user_id": "user-000"},
			[]string{"Unable to import membership", "Groups/none", "spelling"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, SCIM: oneGroup(2, "user-000")})

			request := &tfprotov6.ImportResourceStateRequest{TypeName: test.resource, ID: test.id}
			if test.identity != nil {
				request.Identity = identityOrNull(t, test.identity)
			}

			diagnostics := importedAndRead(t, env, request)
			wantParts(t, diagnostics.text(), test.parts...)

			if len(diagnostics) != 1 || !diagnostics.hasError() {
				t.Errorf("unexpected diagnostics: %s", diagnostics.text())
			}
		})
	}
}

// importedAndRead imports an object and reads it, as Terraform does, and returns the diagnostics of both steps.
func importedAndRead(t *testing.T, env environment, request *tfprotov6.ImportResourceStateRequest) protocolDiagnostics {
	t.Helper()

	server := configuredServer(t, env)

	imported, err := server.ImportResourceState(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}

	if protocolDiagnostics(imported.Diagnostics).hasError() {
		return imported.Diagnostics
	}

	object := imported.ImportedResources[0]

	read, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: request.TypeName, CurrentState: object.State, Private: object.Private, CurrentIdentity: object.Identity,
	})
	if err != nil {
		t.Fatal(err)
	}

	return append(imported.Diagnostics, read.Diagnostics...)
}

// TestObjectDeletedAfterItsImportLeavesTheState checks that only the read directly after an import fails.
func TestObjectDeletedAfterItsImportLeavesTheState(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(1)})
	server, schema := configuredServer(t, env), schemaOf(t).ResourceSchemas["celonis_group"]

	imported, err := server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: "celonis_group", ID: "group-1"})
	if err != nil || len(imported.Diagnostics) > 0 {
		t.Fatalf("%v, %+v", err, imported)
	}

	object := &protocolObject{
		t: t, env: env, typeName: "celonis_group", schema: schema, private: imported.ImportedResources[0].Private,
		state: tftypes.NewValue(schema.ValueType(), nil),
	}
	object.state = object.decode(imported.ImportedResources[0].State)

	if diagnostics := object.refresh(); diagnostics.hasError() {
		t.Fatal(diagnostics.text())
	}

	team.RemoveGroup("group-1")

	if diagnostics := object.refresh(); len(diagnostics) > 0 || !object.state.IsNull() {
		t.Errorf("got state %s and diagnostics %s", object.state, diagnostics.text())
	}
}

func TestAccImportOfAMissingObjectReturnsTheProvidersError(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, SCIM: oneGroup(2)})

	for address, id := range map[string]string{
		"celonis_user.this": "nobody", "celonis_group.this": "None", "celonis_group_member.this": "group-1/user-001", "celonis_subscription.this": "none",
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()

			const resources = `
				resource "celonis_user" "this" { user_name = "ada@example.com" }
				resource "celonis_group" "this" { display_name = "Managed" }
				resource "celonis_group_member" "this" {
				  group_id = "group-1"
				  user_id  = "user-001"
				}
				resource "celonis_subscription" "this" {
				  knowledge_model_id = "order-to-cash.otc-km"
				  trigger_id         = "trigger-1"
				  name               = "Blocked orders"
				  callback           = { uri = "https://hooks.example.com/blocked" }
				}
				`

			w := newWorkspace(t, env, resources)

			asCommand, err := w.run("import", address, id)
			if err == nil {
				t.Error("the import succeeded")
			}

			w.reconfigure(resources + importOf(address, id))

			asBlock, err := w.run("plan")
			if err == nil {
				t.Error("the plan succeeded")
			}

			for _, output := range []string{asCommand, asBlock} {
				wantParts(t, output, "Error: Unable to import ")

				if strings.Contains(output, "non-existent remote object") {
					t.Errorf("Terraform reported its own error:\n%s", output)
				}
			}
		})
	}
}
