package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestUnknownProviderConfigurationIsDeferredIfAllowed uses the plugin protocol, because no released CLI allows deferral by default.
func TestUnknownProviderConfigurationIsDeferredIfAllowed(t *testing.T) {
	t.Parallel()

	for _, allowed := range []bool{true, false} {
		server, err := providerserver.NewProtocol6WithError(&celonisProvider{version: "test", env: environment{}.lookup})()
		if err != nil {
			t.Fatal(err)
		}

		schema := schemaOf(t)

		configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
			TerraformVersion:   "1.11.4",
			Config:             encoded(t, schema.Provider, map[string]any{"base_url": tftypes.UnknownValue, "access_token": "some-token"}),
			ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{DeferralAllowed: allowed},
		})
		if err != nil || len(configured.Diagnostics) > 0 {
			t.Fatalf("allowed %t: %v, %+v", allowed, err, configured)
		}

		read, err := server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
			TypeName:           "celonis_knowledge_models",
			Config:             encoded(t, schema.DataSourceSchemas["celonis_knowledge_models"], nil),
			ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: allowed},
		})
		if err != nil {
			t.Fatal(err)
		}

		deferred := read.Deferred != nil && read.Deferred.Reason == tfprotov6.DeferredReasonProviderConfigUnknown
		if deferred != allowed || (len(read.Diagnostics) > 0) == allowed {
			t.Errorf("allowed %t: deferred %t, %d diagnostics", allowed, deferred, len(read.Diagnostics))
		}
	}
}

// encoded encodes a configuration in the format of the plugin protocol. Attributes that the given map omits become null.
func encoded(t *testing.T, schema *tfprotov6.Schema, given map[string]any) *tfprotov6.DynamicValue {
	t.Helper()

	object, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		t.Fatal("the schema is not an object")
	}

	values := make(map[string]tftypes.Value)
	for name, kind := range object.AttributeTypes {
		values[name] = tftypes.NewValue(kind, given[name])
	}

	value, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		t.Fatal(err)
	}

	return &value
}
