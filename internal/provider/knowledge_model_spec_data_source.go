package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type knowledgeModelSpecModel struct {
	KnowledgeModelID string     `tfsdk:"knowledge_model_id"`
	Curated          types.Bool `tfsdk:"curated"`
	OpenAPI          *string    `tfsdk:"openapi"`
}

func newKnowledgeModelSpecDataSource() datasource.DataSource {
	return &dataSource[knowledgeModelSpecModel]{
		name: "knowledge_model_spec",
		what: "Unable to read OpenAPI document",
		read: func(ctx context.Context, celonis *client.Client, model *knowledgeModelSpecModel) error {
			document, err := celonis.KnowledgeModelSpec(ctx, model.KnowledgeModelID, model.Curated.ValueBool())
			model.OpenAPI = &document

			return blameModel(err)
		},
		schema: schema.Schema{
			MarkdownDescription: "Reads the OpenAPI document that Celonis generates from a Knowledge Model, for API gateways and AI agents. " +
				"**Beta** at Celonis: it may change there." + knowledgeModelAccess,
			Attributes: map[string]schema.Attribute{
				"knowledge_model_id": knowledgeModelIDAttribute(),
				"curated": schema.BoolAttribute{
					MarkdownDescription: "Ask for the form that Celonis has curated for AI agents. Default: `false`.", Optional: true,
				},
				"openapi": computedText("The OpenAPI document as JSON with sorted keys, whether Celonis sends JSON or YAML. `jsondecode` and " +
					"`yamlencode` turn it into what you need."),
			},
		},
	}
}
