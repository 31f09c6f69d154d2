package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

// dataSource implements the behaviour that all data sources share. Each data source has its own file, which defines its schema, its model M
// and its API calls.
type dataSource[M any] struct {
	// name is the type name without the provider's prefix.
	name   string
	schema schema.Schema
	// summary is the diagnostic summary if a read fails.
	summary string
	// read fills in the model's results, according to the model's arguments.
	read func(ctx context.Context, celonis *client.Client, model *M) error
	// warn adds warnings about the results. warn may be nil.
	warn func(model *M, diagnostics *diag.Diagnostics)
	// hint returns a warning if Celonis probably withheld results, or else empty strings. A run shows each hint only once.
	hint func(model *M) (summary, detail string)
	// validators check the configuration as a whole.
	validators []datasource.ConfigValidator

	connection *connection
}

// Metadata sets the type name of the data source.
func (d *dataSource[M]) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + d.name
}

// Schema describes the data source.
func (d *dataSource[M]) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = d.schema
}

// ConfigValidators implements [datasource.DataSourceWithConfigValidators].
func (d *dataSource[M]) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return d.validators
}

// Configure stores the provider's connection.
func (d *dataSource[M]) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.connection = connectionFrom(req.ProviderData, &resp.Diagnostics)
}

// Read reads the configuration, calls Celonis and sets the state.
func (d *dataSource[M]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	celonis := d.connection.use(d.summary, &resp.Diagnostics)
	if celonis == nil {
		return
	}

	var model M
	if resp.Diagnostics.Append(req.Config.Get(ctx, &model)...); resp.Diagnostics.HasError() {
		return
	}

	if err := d.read(ctx, celonis, &model); err != nil {
		d.connection.report(&resp.Diagnostics, d.summary, err)

		return
	}

	if d.warn != nil {
		d.warn(&model, &resp.Diagnostics)
	}

	if d.hint != nil {
		if summary, detail := d.hint(&model); summary != "" && d.connection.isFirstHint(summary) {
			resp.Diagnostics.AddWarning(summary, detail+" The provider signs in with "+d.connection.signIn+".")
		}
	}

	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
