package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type parseDataPoolURLFunction struct{}

func newParseDataPoolURLFunction() function.Function { return parseDataPoolURLFunction{} }

// Metadata implements [function.Function].
func (parseDataPoolURLFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "parse_data_pool_url"
}

// Definition implements [function.Function].
func (parseDataPoolURLFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Reads the team's address and the data pool id from a link.",
		MarkdownDescription: "Returns an object with the `base_url` and `data_pool_id` that a system needs to push data to Celonis. The link is " +
			"the address of the data pool's page: `https://<team>.<cluster>.celonis.cloud/data-pool/<id>`, or of a page below it. The path " +
			"`/integration/ui/pools/<id>` is also accepted.",
		Parameters: []function.Parameter{
			function.StringParameter{
				Name:                "url",
				MarkdownDescription: "Link to the data pool's page. Open the data pool under Data Integration in Celonis and copy the address.",
			},
		},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{"base_url": types.StringType, "data_pool_id": types.StringType}},
	}
}

// Run computes the result.
func (parseDataPoolURLFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var link string
	if resp.Error = req.Arguments.Get(ctx, &link); resp.Error != nil {
		return
	}

	baseURL, dataPoolID, err := client.ParseDataPoolURL(link)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, "The URL cannot be used: "+err.Error())

		return
	}

	resp.Error = resp.Result.Set(ctx, struct {
		BaseURL    string `tfsdk:"base_url"`
		DataPoolID string `tfsdk:"data_pool_id"`
	}{baseURL, dataPoolID})
}
