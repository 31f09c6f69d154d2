package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

type parseBaseURLFunction struct{}

func newParseBaseURLFunction() function.Function { return parseBaseURLFunction{} }

// Metadata implements [function.Function].
func (parseBaseURLFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "parse_base_url"
}

// Definition implements [function.Function].
func (parseBaseURLFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Splits the address of a team into its parts.",
		MarkdownDescription: "Returns an object with `team`, `cluster` and `base_url`. The URL can be the address of any page of the team, with or " +
			"without `https://`; its host must be `<team>.<cluster>.celonis.cloud`.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "url", MarkdownDescription: "Address of the team, or the URL of any of its pages."},
		},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"team": types.StringType, "cluster": types.StringType, "base_url": types.StringType,
		}},
	}
}

// Run computes the result.
func (parseBaseURLFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var address string
	if resp.Error = req.Arguments.Get(ctx, &address); resp.Error != nil {
		return
	}

	team, cluster, baseURL, err := transport.SplitBaseURL(address)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, "The URL cannot be used: "+err.Error())

		return
	}

	resp.Error = resp.Result.Set(ctx, struct {
		Team    string `tfsdk:"team"`
		Cluster string `tfsdk:"cluster"`
		BaseURL string `tfsdk:"base_url"`
	}{team, cluster, baseURL})
}
