// Empty serves a provider without any resources. The benchmark uses it to measure the minimum cost of a provider that uses the same
// framework.
package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

type emptyProvider struct{}

// Metadata sets the provider's type name.
func (emptyProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "empty"
}

// Schema returns a schema without attributes.
func (emptyProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

// Configure does nothing.
func (emptyProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

// DataSources returns none.
func (emptyProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

// Resources returns none.
func (emptyProvider) Resources(context.Context) []func() resource.Resource { return nil }

func main() {
	err := providerserver.Serve(context.Background(), func() provider.Provider { return emptyProvider{} },
		providerserver.ServeOpts{Address: "registry.terraform.io/celonis-community/empty"})
	if err != nil {
		panic(err)
	}
}
