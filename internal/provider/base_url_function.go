package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

type baseURLFunction struct{}

func newBaseURLFunction() function.Function { return baseURLFunction{} }

// Metadata implements [function.Function].
func (baseURLFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "base_url"
}

// Definition implements [function.Function].
func (baseURLFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Builds the address of a team.",
		MarkdownDescription: "Returns the address of a team, `https://<team>.<cluster>.celonis.cloud`, for use as the provider's `base_url` or " +
			"elsewhere.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "team", MarkdownDescription: "Name of the team: the first label of its host name."},
			function.StringParameter{Name: "cluster", MarkdownDescription: "Cluster of the team: the second label of its host name, such as `eu-1`."},
		},
		Return: function.StringReturn{},
	}
}

// Run computes the result.
func (baseURLFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var team, cluster string
	if resp.Error = req.Arguments.Get(ctx, &team, &cluster); resp.Error != nil {
		return
	}

	baseURL, err := transport.BaseURL(team, cluster)
	if err != nil {
		resp.Error = function.NewFuncError("Invalid team or cluster: " + err.Error())

		return
	}

	resp.Error = resp.Result.Set(ctx, baseURL)
}
