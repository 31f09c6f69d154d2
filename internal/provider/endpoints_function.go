package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type endpointsFunction struct{}

func newEndpointsFunction() function.Function { return endpointsFunction{} }

// Metadata implements [function.Function].
func (endpointsFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "endpoints"
}

// Definition implements [function.Function].
func (endpointsFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Returns a team's URLs for use in other systems.",
		MarkdownDescription: "Returns an object with the URLs to enter in systems that call Celonis: `token_url` and `authorize_url` (OAuth), " +
			"`intelligence_api_url` (base URL of the Knowledge Model and Subscription APIs) and `openid_configuration_url` (OpenID discovery " +
			"document). The function only builds the URLs, and sends no request.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "base_url", MarkdownDescription: "Address of the team, or the URL of any of its pages."},
		},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"token_url": types.StringType, "authorize_url": types.StringType, "intelligence_api_url": types.StringType,
			"openid_configuration_url": types.StringType,
		}},
	}
}

// Run computes the result.
func (endpointsFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var address string
	if resp.Error = req.Arguments.Get(ctx, &address); resp.Error != nil {
		return
	}

	endpoints, err := client.EndpointsOf(address)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, "The URL cannot be used: "+err.Error())

		return
	}

	resp.Error = resp.Result.Set(ctx, struct {
		Token               string `tfsdk:"token_url"`
		Authorize           string `tfsdk:"authorize_url"`
		IntelligenceAPI     string `tfsdk:"intelligence_api_url"`
		OpenIDConfiguration string `tfsdk:"openid_configuration_url"`
	}(endpoints))
}
