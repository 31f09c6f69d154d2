package provider

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// configuredServer returns a configured provider. Tests call it over the plugin protocol, for example to cover features that the CLI under
// test may not support.
func configuredServer(t *testing.T, env environment) tfprotov6.ProviderServer {
	t.Helper()

	server, err := providerserver.NewProtocol6WithError(&celonisProvider{version: "test", env: env.lookup})()
	if err != nil {
		t.Fatal(err)
	}

	configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.12.0", Config: encoded(t, schemaOf(t).Provider, nil),
	})
	if err != nil || len(configured.Diagnostics) > 0 {
		t.Fatalf("%v, %+v", err, configured)
	}

	return server
}

var subscriptionIdentity = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}

func identityOf(t *testing.T, id string) *tfprotov6.ResourceIdentityData {
	t.Helper()

	data, err := tfprotov6.NewDynamicValue(subscriptionIdentity, tftypes.NewValue(subscriptionIdentity, map[string]tftypes.Value{
		"id": tftypes.NewValue(tftypes.String, id),
	}))
	if err != nil {
		t.Fatal(err)
	}

	return &tfprotov6.ResourceIdentityData{IdentityData: &data}
}

// wantIdentity checks the id in a resource identity.
func wantIdentity(t *testing.T, identity *tfprotov6.ResourceIdentityData, id string) {
	t.Helper()

	if identity == nil {
		t.Fatal("got no identity")
	}

	got, err := identity.IdentityData.Unmarshal(subscriptionIdentity)
	if err != nil {
		t.Fatal(err)
	}

	want, _ := identityOf(t, id).IdentityData.Unmarshal(subscriptionIdentity)
	if !got.Equal(want) {
		t.Errorf("got identity %s, want %s", got, want)
	}
}

func TestSubscriptionIsImportedByItsIdentity(t *testing.T) {
	t.Parallel()

	for name, request := range map[string]tfprotov6.ImportResourceStateRequest{
		"identity": {TypeName: "celonis_subscription", Identity: identityOf(t, "existing-000")},
		"id":       {TypeName: "celonis_subscription", ID: "existing-000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{
				Intelligence: intelligence.Options{Models: modelsForTests()}, Subscriptions: intelligence.SubscriptionOptions{Existing: existing(1)},
			})
			server := configuredServer(t, env)

			imported, err := server.ImportResourceState(t.Context(), &request)
			if err != nil || len(imported.Diagnostics) > 0 || len(imported.ImportedResources) != 1 {
				t.Fatalf("%v, %+v", err, imported)
			}

			one := imported.ImportedResources[0]
			wantIdentity(t, one.Identity, "existing-000")

			refresh := func() *tfprotov6.ReadResourceResponse {
				t.Helper()

				got, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
					TypeName: "celonis_subscription", CurrentState: one.State, Private: one.Private, CurrentIdentity: one.Identity,
				})
				if err != nil || len(got.Diagnostics) > 0 && got.Diagnostics[0].Severity == tfprotov6.DiagnosticSeverityError {
					t.Fatalf("%v, %+v", err, got.Diagnostics)
				}

				return got
			}

			wantIdentity(t, refresh().NewIdentity, "existing-000")

			// Read the object as a CLI that does not store identities would.
			one.Identity = nil

			got := refresh()
			wantIdentity(t, got.NewIdentity, "existing-000")

			one.State, one.Private = got.NewState, got.Private
			team.DeleteSubscription("existing-000")

			server = configuredServer(t, env) // Use a new provider, because the first one has cached the list.

			if state, err := refresh().NewState.Unmarshal(schemaOf(t).ResourceSchemas["celonis_subscription"].ValueType()); err != nil || !state.IsNull() {
				t.Errorf("got state %s, %v for a deleted object", state, err)
			}
		})
	}
}

func TestAccSubscriptionIsImportedByItsIdentity(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	wanted := minimalSubscription()

	resource.Test(t, resource.TestCase{
		// Terraform and OpenTofu support identities as of this version.
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"celonis": providerserver.NewProtocol6WithError(&celonisProvider{version: "test", env: env.lookup}),
		},
		Steps: []resource.TestStep{
			{
				Config: wanted.resource(),
				Check:  func(*terraform.State) error { return holds(team, wanted) },
			},
			{
				Config: wanted.resource(),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentity(thisAddress, map[string]knownvalue.Check{"id": knownvalue.NotNull()}),
				},
			},
			{ResourceName: thisAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

// TestUnlistedNewSubscriptionStaysInState covers a new subscription that Celonis does not list yet.
func TestUnlistedNewSubscriptionStaysInState(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	server := configuredServer(t, env)
	schema := schemaOf(t).ResourceSchemas["celonis_subscription"]

	for name, test := range map[string]struct {
		private map[string][]byte
		stays   bool
	}{
		"created a minute ago": {map[string][]byte{unlistedKey: []byte(time.Now().Add(-time.Minute).Format(`"` + time.RFC3339 + `"`))}, true},
		"created an hour ago":  {map[string][]byte{unlistedKey: []byte(time.Now().Add(-time.Hour).Format(`"` + time.RFC3339 + `"`))}, false},
		"unreadable":           {map[string][]byte{unlistedKey: []byte(`"soon"`)}, false},
		"already listed once":  {nil, false},
	} {
		private, err := json.Marshal(test.private)
		if err != nil {
			t.Fatal(err)
		}

		got, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
			TypeName: "celonis_subscription", Private: private, CurrentState: encoded(t, schema, map[string]any{
				"id": "5b1f", "knowledge_model_id": "order-to-cash.otc-km", "trigger_id": "trigger-1", "name": "Blocked orders",
				"callback": callbackOf(nil), "paused": false, "skip_errors": false,
			}),
		})
		if err != nil {
			t.Fatal(err)
		}

		state, err := got.NewState.Unmarshal(schema.ValueType())
		if err != nil || state.IsNull() == test.stays {
			t.Errorf("%s: got state %s, %v", name, state, err)
		}

		summary := "The subscription is no longer listed"
		if test.stays {
			summary = "The subscription is not listed yet"
		}

		if len(got.Diagnostics) != 1 || got.Diagnostics[0].Severity != tfprotov6.DiagnosticSeverityWarning ||
			got.Diagnostics[0].Summary != summary {
			t.Errorf("%s: got diagnostics %+v", name, got.Diagnostics)
		}
	}
}
