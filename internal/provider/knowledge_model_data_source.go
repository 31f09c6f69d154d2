package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
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
		summary:    "Unable to read Knowledge Model",
		read:       readKnowledgeModel,
		validators: idOr("name"),
		schema: schema.Schema{
			MarkdownDescription: "Looks up a Knowledge Model by id or name. An OAuth client needs the `intelligence.knowledge-models:read` " +
				"scope, and the client, key or user needs the `USE PACKAGE` permission on the model's Studio package (Studio > the " +
				"package > Permissions); without this permission, the model appears not to exist.\n\nFor lookups by name, the provider reads the " +
				"list of models once per run. A lookup by id takes one request for each distinct id.",
			Attributes: map[string]schema.Attribute{
				"id": schema.StringAttribute{
					MarkdownDescription: "Id of the model, in the form `<package_key>.<key>`, case-sensitive. Set exactly one of `id` and `name`. " +
						"The `celonis_knowledge_models` data source lists the ids, and Studio shows the package's key in the package settings and " +
						"the model's key in the model settings.",
					Optional: true, Computed: true, Validators: []validator.String{notBlank(), parsedBy(parseKnowledgeModelID)},
				},
				"name": schema.StringAttribute{
					MarkdownDescription: "Name of the model as shown in Studio, case-sensitive. Set exactly one of `id` and `name`. If " +
						"several models have this name, the error lists their ids.",
					Optional: true, Computed: true, Validators: []validator.String{notBlank()},
				},
				"package_key": schema.StringAttribute{
					MarkdownDescription: "Key of the Studio package: the part of the id before the dot.", Computed: true,
				},
				"key": schema.StringAttribute{
					MarkdownDescription: "Key of the model within its package: the part of the id after the dot.", Computed: true,
				},
				"extended_knowledge_model_id": schema.StringAttribute{
					MarkdownDescription: "Id of the Knowledge Model that this model extends, null if it does not extend another model. **Always " +
						"null in a lookup by `name`**, because the list that the provider reads for such a lookup does not contain this id. To " +
						"read this id, look up the model by `id`.", Computed: true,
				},
			},
		},
	}
}

// parseKnowledgeModelID is [client.SplitKnowledgeModelID] with the signature that parsedBy requires.
func parseKnowledgeModelID(id string) (string, error) {
	packageKey, _, err := client.SplitKnowledgeModelID(id)

	return packageKey, err
}

func readKnowledgeModel(ctx context.Context, celonis *client.Client, model *knowledgeModelModel) error {
	if model.ID.IsNull() {
		found, err := celonis.KnowledgeModelByName(ctx, model.Name.ValueString())
		if failure, ok := errors.AsType[*transport.Error](err); ok && failure.ListIsEmpty {
			return &attributeError{attribute: path.Root("name"), err: err, advice: capitalised(grantUsePackage) + " Celonis omits models that the " +
				"credentials have no permission to see, and a new OAuth client has no permissions."}
		}

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
