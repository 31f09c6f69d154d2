package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type oauthScopesFunction struct{}

func newOAuthScopesFunction() function.Function { return oauthScopesFunction{} }

// Metadata implements [function.Function].
func (oauthScopesFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "oauth_scopes"
}

// Definition implements [function.Function].
func (oauthScopesFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Lists the documented OAuth scopes.",
		MarkdownDescription: "Returns a map from each documented OAuth scope to a description of what the scope allows. Use the map to check " +
			"a list of scopes before you request a token, or to find the available scopes.",
		Return: function.MapReturn{ElementType: types.StringType},
	}
}

// Run computes the result.
func (oauthScopesFunction) Run(ctx context.Context, _ function.RunRequest, resp *function.RunResponse) {
	resp.Error = resp.Result.Set(ctx, client.Scopes())
}
