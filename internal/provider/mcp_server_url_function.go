package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

type mcpServerURLFunction struct{}

func newMCPServerURLFunction() function.Function { return mcpServerURLFunction{} }

// Metadata implements [function.Function].
func (mcpServerURLFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "mcp_server_url"
}

// Definition implements [function.Function].
func (mcpServerURLFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Builds the URL of an MCP server.",
		MarkdownDescription: "Returns the URL at which an MCP client can reach an MCP server of the team. The client needs a token with the " +
			"`mcp-asset.tools:execute` scope. The function only builds the URL and sends no request, so it cannot check that the server " +
			"exists.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "base_url", MarkdownDescription: "Address of the team, or the URL of any of its pages."},
			function.StringParameter{
				Name:                "asset_id",
				MarkdownDescription: "Id of the MCP server asset, which is the last part of the URL that Celonis shows for the MCP server.",
			},
		},
		Return: function.StringReturn{},
	}
}

// Run computes the result.
func (mcpServerURLFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var address, assetID string
	if resp.Error = req.Arguments.Get(ctx, &address, &assetID); resp.Error != nil {
		return
	}

	baseURL, err := transport.ParseBaseURL(address)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, "The URL cannot be used: "+err.Error())

		return
	}

	serverURL, err := client.MCPServerURL(baseURL, assetID)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(1, "Invalid asset id: "+err.Error())

		return
	}

	resp.Error = resp.Result.Set(ctx, serverURL)
}
