package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

// listResource implements the behaviour that all list resources share. Each list resource has its own file, which defines its schema, its
// configuration model C and its API call. M is the model of the listed resource.
type listResource[C, M any] struct {
	// name is the type name without the provider's prefix. The list resource and the listed resource have the same name.
	name   string
	schema schema.Schema
	// summary is the diagnostic summary if the listing fails.
	summary string
	// list returns the objects that the configuration selects, in a stable order.
	list func(ctx context.Context, celonis *client.Client, config *C) ([]listedObject[M], error)

	connection *connection
}

// listedObject is one result of a list resource.
type listedObject[M any] struct {
	// displayName is the name that terraform query prints.
	displayName string
	// identity contains the attributes of the resource's identity.
	identity map[string]string
	// model is the state that an import of the object would produce.
	model M
}

// Metadata sets the type name of the list resource.
func (r *listResource[C, M]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.name
}

// ListResourceConfigSchema describes the configuration.
func (r *listResource[C, M]) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = r.schema
}

// Configure stores the provider's connection.
func (r *listResource[C, M]) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.connection = connectionFrom(req.ProviderData, &resp.Diagnostics)
}

// List never returns more results than Terraform requests, because Terraform would silently drop the excess.
func (r *listResource[C, M]) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diagnostics diag.Diagnostics

	objects := r.selected(ctx, req, &diagnostics)
	if diagnostics.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diagnostics)

		return
	}

	stream.Results = func(push func(list.ListResult) bool) {
		for _, object := range objects {
			if !push(r.result(ctx, req, object)) {
				return
			}
		}
	}
}

// selected returns the objects that the configuration selects, up to the limit.
func (r *listResource[C, M]) selected(ctx context.Context, req list.ListRequest, diagnostics *diag.Diagnostics) []listedObject[M] {
	celonis := r.connection.use(r.summary, diagnostics)
	if celonis == nil {
		return nil
	}

	if req.Limit < 1 {
		diagnostics.AddError(r.summary, fmt.Sprintf("The list block has `limit = %d`, so nothing would be listed.\n\nWhat to do: set "+
			"`limit` to at least 1, or remove it. It defaults to 100.", req.Limit))

		return nil
	}

	var config C
	if diagnostics.Append(req.Config.Get(ctx, &config)...); diagnostics.HasError() {
		return nil
	}

	objects, err := r.list(ctx, celonis, &config)
	if err != nil {
		r.connection.report(diagnostics, r.summary, err)

		return nil
	}

	return objects[:min(int64(len(objects)), req.Limit)]
}

func (r *listResource[C, M]) result(ctx context.Context, req list.ListRequest, object listedObject[M]) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = r.connection.show(object.displayName)

	for name, value := range object.identity {
		result.Diagnostics.Append(result.Identity.SetAttribute(ctx, path.Root(name), value)...)
	}

	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, &object.model)...)
	}

	return result
}
