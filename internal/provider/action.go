package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

// providerAction implements the behaviour that all actions share. Each action has its own file, which defines its schema, its configuration
// model C and its API call.
type providerAction[C any] struct {
	// name is the type name without the provider's prefix.
	name   string
	schema schema.Schema
	// summary is the diagnostic summary if the action fails.
	summary string
	// invoke executes the action. progress prints a line for the user.
	invoke func(ctx context.Context, celonis *client.Client, config *C, progress func(line string)) error

	connection *connection
}

// Metadata implements [action.Action].
func (a *providerAction[C]) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + a.name
}

// Schema implements [action.Action].
func (a *providerAction[C]) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = a.schema
}

// Configure stores the provider's connection.
func (a *providerAction[C]) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.connection = connectionFrom(req.ProviderData, &resp.Diagnostics)
}

// Invoke executes the action.
func (a *providerAction[C]) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	celonis := a.connection.use(a.summary, &resp.Diagnostics)
	if celonis == nil {
		return
	}

	var config C
	if resp.Diagnostics.Append(req.Config.Get(ctx, &config)...); resp.Diagnostics.HasError() {
		return
	}

	err := a.invoke(ctx, celonis, &config, func(line string) {
		resp.SendProgress(action.InvokeProgressEvent{Message: a.connection.show(line)})
	})
	if err != nil {
		a.connection.report(&resp.Diagnostics, a.summary, err)
	}
}
