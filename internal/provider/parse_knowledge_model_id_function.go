package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type parseKnowledgeModelIDFunction struct{}

func newParseKnowledgeModelIDFunction() function.Function { return parseKnowledgeModelIDFunction{} }

// Metadata implements [function.Function].
func (parseKnowledgeModelIDFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "parse_knowledge_model_id"
}

// Definition implements [function.Function].
func (parseKnowledgeModelIDFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary:             "Splits the id of a Knowledge Model into its parts.",
		MarkdownDescription: "Returns an object with `package_key` and `key`, the parts of the id before and after its first dot.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "id", MarkdownDescription: "Id of a Knowledge Model, in the form `<package_key>.<key>`."},
		},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"package_key": types.StringType, "key": types.StringType,
		}},
	}
}

// Run computes the result.
func (parseKnowledgeModelIDFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var id string
	if resp.Error = req.Arguments.Get(ctx, &id); resp.Error != nil {
		return
	}

	packageKey, key, err := client.SplitKnowledgeModelID(id)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, "The id cannot be used: "+err.Error())

		return
	}

	resp.Error = resp.Result.Set(ctx, struct {
		PackageKey string `tfsdk:"package_key"`
		Key        string `tfsdk:"key"`
	}{packageKey, key})
}
