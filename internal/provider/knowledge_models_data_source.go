package provider

import (
	"context"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

type knowledgeModelsModel struct {
	Sort            types.String          `tfsdk:"sort"`
	NameRegex       types.String          `tfsdk:"name_regex"`
	PackageKey      types.String          `tfsdk:"package_key"`
	IDs             []string              `tfsdk:"ids"`
	KnowledgeModels []knowledgeModelEntry `tfsdk:"knowledge_models"`

	// listed is the number of models before `name_regex` and `package_key` are applied.
	listed int
}

type knowledgeModelEntry struct {
	ID         string  `tfsdk:"id"`
	Name       *string `tfsdk:"name"`
	Published  *string `tfsdk:"published"`
	PackageKey *string `tfsdk:"package_key"`
	Key        *string `tfsdk:"key"`
}

// grantUsePackage is the advice given when the credentials cannot see any Knowledge Models.
const grantUsePackage = "in Studio, open the package that contains the Knowledge Model, and under Permissions grant USE PACKAGE to the OAuth " +
	"client or to the owner of the key."

func newKnowledgeModelsDataSource() datasource.DataSource {
	return &dataSource[knowledgeModelsModel]{
		name:    "knowledge_models",
		summary: "Unable to list Knowledge Models",
		read:    readKnowledgeModels,
		hint: func(model *knowledgeModelsModel) (summary, detail string) {
			if model.listed > 0 {
				return "", ""
			}

			return "Celonis lists no Knowledge Models", "The list is empty, even before any filter is applied. Instead of returning an error, " +
				"Celonis omits models that the credentials have no permission to see. A new OAuth client has no permissions.\n\nWhat to do: " +
				grantUsePackage
		},
		schema: schema.Schema{
			MarkdownDescription: "Lists the Knowledge Models that the credentials can see. Your Celonis account team must activate the " +
				"Knowledge Model API for the team. An OAuth client needs the `intelligence.knowledge-models:read` scope, and the client, key or " +
				"user needs the `USE PACKAGE` permission on the Studio package of each model (Studio > the package > " +
				"Permissions). Celonis omits models for which the `USE PACKAGE` permission is missing. If Celonis returns no models at all, the " +
				"provider shows a warning.",
			Attributes: map[string]schema.Attribute{
				"sort": schema.StringAttribute{
					MarkdownDescription: "Sort order of the results: `id` or `name`, or `-id` or `-name` for reverse order. Names are sorted " +
						"case-insensitively, and models with the same name are sorted by id. Defaults to `id`.",
					Optional: true, Validators: []validator.String{stringvalidator.OneOf("id", "-id", "name", "-name")},
				},
				"name_regex": nameRegexAttribute("the model name"),
				"package_key": schema.StringAttribute{
					MarkdownDescription: "Key of the Studio package that contains the models: the part of a model's id before " +
						"the dot. Defaults to all packages.",
					Optional: true, Validators: []validator.String{notBlank()},
				},
				"ids": schema.ListAttribute{
					MarkdownDescription: "Ids of the models, in the same order as `knowledge_models`.",
					Computed:            true, ElementType: types.StringType,
				},
				"knowledge_models": schema.ListNestedAttribute{
					MarkdownDescription: "Knowledge Models, in the order that `sort` specifies.",
					Computed:            true,
					NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
						"id": schema.StringAttribute{
							MarkdownDescription: "Id of the model, in the form `<package_key>.<key>`.", Computed: true,
						},
						"name": schema.StringAttribute{
							MarkdownDescription: "Name of the model as shown in Studio.", Computed: true,
						},
						"published": schema.StringAttribute{
							MarkdownDescription: "Time at which the model was last published, as Celonis returns it: `YYYY-MM-DD " +
								"HH:MM:SS`, without a time zone.", Computed: true,
						},
						"package_key": schema.StringAttribute{
							MarkdownDescription: "Key of the Studio package: the part of the id before the dot.", Computed: true,
						},
						"key": schema.StringAttribute{
							MarkdownDescription: "Key of the model within its package: the part of the id after the dot.", Computed: true,
						},
					}},
				},
			},
		},
	}
}

func readKnowledgeModels(ctx context.Context, celonis *client.Client, model *knowledgeModelsModel) error {
	all, err := celonis.KnowledgeModels(ctx)
	if err != nil {
		return err
	}

	model.listed = len(all)

	named, err := selectByName(all, model.NameRegex, func(one client.KnowledgeModel) string { return one.Name })
	if err != nil {
		return err
	}

	model.IDs = []string{}
	model.KnowledgeModels = []knowledgeModelEntry{}

	for _, one := range sortKnowledgeModels(named, model.Sort.ValueString()) {
		packageKey, key := splitID(one.ID)
		if !matches(model.PackageKey, packageKey) {
			continue
		}

		model.IDs = append(model.IDs, one.ID)
		model.KnowledgeModels = append(model.KnowledgeModels, knowledgeModelEntry{
			ID: one.ID, Name: textOrNull(one.Name), Published: textOrNull(one.Published),
			PackageKey: textOrNull(packageKey), Key: textOrNull(key),
		})
	}

	return nil
}

// sortKnowledgeModels returns a copy of models in the given order. The given models must already be sorted by id.
func sortKnowledgeModels(models []client.KnowledgeModel, order string) []client.KnowledgeModel {
	sorted := slices.Clone(models)

	if strings.TrimPrefix(order, "-") == "name" {
		sort.SliceStable(sorted, func(a, b int) bool {
			return sortName(sorted[a]) < sortName(sorted[b])
		})
	}

	if strings.HasPrefix(order, "-") {
		slices.Reverse(sorted)
	}

	return sorted
}

func sortName(model client.KnowledgeModel) string {
	return strings.ToLower(transport.NormalText(model.Name))
}

// splitID returns the two parts of a Knowledge Model's id. If the id is malformed, both parts are empty.
func splitID(id string) (packageKey, key string) {
	packageKey, key, err := client.SplitKnowledgeModelID(id)
	if err != nil {
		return "", ""
	}

	return packageKey, key
}
