package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// TestDeletedObjectLeavesTheStateOfACLIWithoutIdentities sends the same messages as Terraform before 1.12, which does not store identities.
func TestDeletedObjectLeavesTheStateOfACLIWithoutIdentities(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})

	server, err := providerserver.NewProtocol6WithError(&celonisProvider{version: "test", env: env.lookup})()
	if err != nil {
		t.Fatal(err)
	}

	schema := schemaOf(t)

	configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: encoded(t, schema.Provider, nil)})
	if err != nil || len(configured.Diagnostics) > 0 {
		t.Fatalf("%v, %+v", err, configured)
	}

	const name = "celonis_subscription"

	read, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: name, CurrentState: encoded(t, schema.ResourceSchemas[name], map[string]any{"id": "deleted-meanwhile"}),
	})
	if err != nil || len(read.Diagnostics) != 1 || read.Diagnostics[0].Severity != tfprotov6.DiagnosticSeverityWarning {
		t.Fatalf("%v, %+v", err, read.Diagnostics)
	}

	if state, err := read.NewState.Unmarshal(schema.ResourceSchemas[name].ValueType()); err != nil || !state.IsNull() {
		t.Errorf("got state %v, %v", state, err)
	}
}
