package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type knowledgeModelModel struct {
	ID         types.String `tfsdk:"id"`
	Name       types.String `tfsdk:"name"`
	PackageKey *string      `tfsdk:"package_key"`
	Key        *string      `tfsdk:"key"`
	ExtendedID *string      `tfsdk:"extended_knowledge_model_id"`
}

func newKnowledgeModelDataSource() datasource.DataSource {
	return &dataSource[knowledgeModelModel]{
		name:       "knowledge_model",
		what:       "Unable to read Knowledge Model",
		read:       readKnowledgeModel,
		validators: idOr("name"),
		schema: schema.Schema{
			MarkdownDescription: "Looks one Knowledge Model up, by id or by name. An OAuth client needs the scope " +
				"`intelligence.knowledge-models:read`, and every identity needs `USE PACKAGE` on the Studio package of the model (Studio > the " +
				"package > Permissions); a model without it looks as if it did not exist.\n\n" +
				"Any number of lookups by name in one run share one listing; each different id costs one request.",
			Attributes: map[string]schema.Attribute{
				"id": schema.StringAttribute{
					MarkdownDescription: "Id of the model, `<package_key>.<key>`, case sensitive. The list data source shows it, and Studio " +
						"shows both keys in the settings of the package and of the model. Exactly one of `id` and `name`.",
					Optional: true, Computed: true, Validators: []validator.String{notBlank(), parsedBy(parseKnowledgeModelID)},
				},
				"name": schema.StringAttribute{
					MarkdownDescription: "Name of the model as Studio shows it, case sensitive. A name that several models have is an error " +
						"that lists their ids. Exactly one of `id` and `name`.",
					Optional: true, Computed: true, Validators: []validator.String{notBlank()},
				},
				"package_key": schema.StringAttribute{
					MarkdownDescription: "Key of the Studio package: the part of the id before the dot.", Computed: true,
				},
				"key": schema.StringAttribute{
					MarkdownDescription: "Key of the model within its package: the part of the id after the dot.", Computed: true,
				},
				"extended_knowledge_model_id": schema.StringAttribute{
					MarkdownDescription: "Id of the Knowledge Model that this one extends, null if it extends none. **Always null in a lookup " +
						"by `name`**: the listing that serves all names does not tell it, and asking for each model would cost a request. Look " +
						"the model up by `id` where you need it.", Computed: true,
				},
			},
		},
	}
}

// parseKnowledgeModelID is [client.SplitKnowledgeModelID] in the form that a validator takes.
func parseKnowledgeModelID(id string) (string, error) {
	packageKey, _, err := client.SplitKnowledgeModelID(id)

	return packageKey, err //nolint:wrapcheck // The validator describes it.
}

func readKnowledgeModel(ctx context.Context, celonis *client.Client, model *knowledgeModelModel) error {
	if model.ID.IsNull() {
		found, err := celonis.KnowledgeModelByName(ctx, model.Name.ValueString())
		if err != nil {
			return blame(path.Root("name"), err)
		}

		model.ID = types.StringValue(found.ID)
	} else {
		found, err := celonis.KnowledgeModel(ctx, model.ID.ValueString())
		if err != nil {
			return blame(path.Root("id"), err)
		}

		model.Name = types.StringPointerValue(textOrNull(found.Name))
		model.ExtendedID = textOrNull(found.ExtendedID)
	}

	packageKey, key := splitID(model.ID.ValueString())
	model.PackageKey, model.Key = textOrNull(packageKey), textOrNull(key)

	return nil
}
