package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

type odataStringFunction struct{}

func newODataStringFunction() function.Function { return odataStringFunction{} }

// Metadata implements [function.Function].
func (odataStringFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "odata_string"
}

// Definition implements [function.Function].
func (odataStringFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Quotes a string for a filter expression.",
		MarkdownDescription: "Returns the string as a literal for the `filter_expressions` argument of `celonis_knowledge_model_data`: enclosed " +
			"in single quotes, with embedded single quotes doubled. Use the function for every value that comes from a variable or another object.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "value", MarkdownDescription: "String to quote."},
		},
		Return: function.StringReturn{},
	}
}

// Run computes the result. Source: developer.celonis.com, Knowledge Model API, features/filtering-odata-typed.
func (odataStringFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var value string
	if resp.Error = req.Arguments.Get(ctx, &value); resp.Error != nil {
		return
	}

	resp.Error = resp.Result.Set(ctx, "'"+strings.ReplaceAll(value, "'", "''")+"'")
}
