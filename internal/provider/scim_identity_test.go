package provider

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// identityWith returns an identity with the given attributes.
func identityWith(t *testing.T, values map[string]string) *tfprotov6.ResourceIdentityData {
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

// TestUsersGroupsAndMembershipsHaveIdentities uses the plugin protocol, because some of the CLIs under test do not support identities.
func TestUsersGroupsAndMembershipsHaveIdentities(t *testing.T) {
	t.Parallel()

	membership := map[string]string{"group_id": "group-1", "user_id": "user-000"}

	for name, test := range map[string]struct {
		resource string
		// id is the import id. If id is empty, the import uses the identity.
		id       string
		identity map[string]string
		// The shows map contains some of the attributes that the imported state must have.
		shows map[string]string
	}{
		"user":                {"celonis_user", "", map[string]string{"id": "user-000"}, map[string]string{"user_name": "Person.000@Example.com"}},
		"user by id":          {"celonis_user", "user-000", map[string]string{"id": "user-000"}, map[string]string{"external_id": "hr-000"}},
		"user by address":     {"celonis_user", "PERSON.000@example.com", map[string]string{"id": "user-000"}, map[string]string{"role": "MEMBER"}},
		"group":               {"celonis_group", "", map[string]string{"id": "group-1"}, map[string]string{"display_name": "Analysts"}},
		"group by name":       {"celonis_group", "Analysts", map[string]string{"id": "group-1"}, map[string]string{"external_id": "grp-1"}},
		"membership":          {"celonis_group_member", "", membership, map[string]string{"id": "group-1/user-000"}},
		"membership by an id": {"celonis_group_member", "group-1/user-000", membership, map[string]string{"id": "group-1/user-000"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: oneGroup(1, "user-000")})
			server := configuredServer(t, env)

			request := &tfprotov6.ImportResourceStateRequest{TypeName: test.resource, ID: test.id}

			if test.id == "" {
				request.Identity = identityWith(t, test.identity)
			}

			imported, err := server.ImportResourceState(t.Context(), request)
			if err != nil || len(imported.Diagnostics) > 0 || len(imported.ImportedResources) != 1 {
				t.Fatalf("%v, %+v", err, imported)
			}

			one := imported.ImportedResources[0]
			// The request omits the identity, as if the CLI had not stored one yet.
			refreshed := func() *tfprotov6.ReadResourceResponse {
				t.Helper()

				got, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
					TypeName: test.resource, CurrentState: one.State, Private: one.Private,
				})
				if err != nil || len(got.Diagnostics) > 0 {
					t.Fatalf("%v, %+v", err, got.Diagnostics)
				}

				return got
			}

			got := refreshed()
			for _, has := range []*tfprotov6.ResourceIdentityData{one.Identity, got.NewIdentity} {
				if has == nil || !isSameIdentity(t, has, test.identity) {
					t.Errorf("got identity %+v, want %v", has, test.identity)
				}
			}

			wantTexts(t, got.NewState, schemaOf(t).ResourceSchemas[test.resource], test.shows)

			// A deleted object is removed from the state, even if the read request contains an identity.
			one.State, one.Private = got.NewState, got.Private
			team.RemoveGroup("group-1")
			team.RemoveUser("user-000")

			server = configuredServer(t, env) // Use a new provider, because the first one has cached its reads.

			state, err := refreshed().NewState.Unmarshal(schemaOf(t).ResourceSchemas[test.resource].ValueType())
			if err != nil || !state.IsNull() {
				t.Errorf("got state %s, %v for a deleted object", state, err)
			}
		})
	}
}

// isSameIdentity compares an identity with the expected attributes.
func isSameIdentity(t *testing.T, identity *tfprotov6.ResourceIdentityData, want map[string]string) bool {
	t.Helper()

	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}
	for name := range want {
		kind.AttributeTypes[name] = tftypes.String
	}

	got, err := identity.IdentityData.Unmarshal(kind)
	if err != nil {
		t.Fatal(err)
	}

	return maps.Equal(textsOf(t, got), want)
}

// wantTexts checks the given string attributes in a state.
func wantTexts(t *testing.T, state *tfprotov6.DynamicValue, schema *tfprotov6.Schema, want map[string]string) {
	t.Helper()

	decoded, err := state.Unmarshal(schema.ValueType())
	if err != nil {
		t.Fatal(err)
	}

	got := textsOf(t, decoded)
	for name, value := range want {
		if got[name] != value {
			t.Errorf("got %[2]q for %[1]s, want %[3]q", name, got[name], value)
		}
	}
}

// textsOf returns the string attributes of an object.
func textsOf(t *testing.T, object tftypes.Value) map[string]string {
	t.Helper()

	var values map[string]tftypes.Value
	if err := object.As(&values); err != nil {
		t.Fatal(err)
	}

	texts := map[string]string{}

	for name, value := range values {
		var text string
		if value.Type().Is(tftypes.String) && !value.IsNull() && value.As(&text) == nil {
			texts[name] = text
		}
	}

	return texts
}

func TestAccUsersGroupsAndMembershipsAreImportedByIdentity(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{SCIM: oneGroup(1)})
	config := strings.Join([]string{user(`user_name = "ada@example.com"`), group(`display_name = "Managed"`), `
		resource "celonis_group_member" "this" {
		  group_id = celonis_group.this.id
		  user_id  = celonis_user.this.id
		}`}, "\n")

	steps := []resource.TestStep{{Config: config}}
	for _, address := range []string{"celonis_user.this", "celonis_group.this", "celonis_group_member.this"} {
		steps = append(steps, resource.TestStep{ResourceName: address, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity})
	}

	resource.Test(t, resource.TestCase{
		// Terraform and OpenTofu support identities as of this version.
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"celonis": providerserver.NewProtocol6WithError(&celonisProvider{version: "test", env: env.lookup}),
		},
		Steps: steps,
	})
}
