package provider

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type knowledgeModelSpecModel struct {
	KnowledgeModelID string     `tfsdk:"knowledge_model_id"`
	Curated          types.Bool `tfsdk:"curated"`
	OpenAPI          *string    `tfsdk:"openapi"`
	OpenAPISHA256    *string    `tfsdk:"openapi_sha256"`
}

func newKnowledgeModelSpecDataSource() datasource.DataSource {
	return &dataSource[knowledgeModelSpecModel]{
		name:    "knowledge_model_spec",
		summary: "Unable to read OpenAPI document",
		read: func(ctx context.Context, celonis *client.Client, model *knowledgeModelSpecModel) error {
			document, err := celonis.KnowledgeModelSpec(ctx, model.KnowledgeModelID, model.Curated.ValueBool())
			if err != nil {
				return blameModel(err)
			}

			sum := fmt.Sprintf("%x", sha256.Sum256([]byte(document)))
			model.OpenAPI, model.OpenAPISHA256 = &document, &sum

			return nil
		},
		schema: schema.Schema{
			MarkdownDescription: "Reads the OpenAPI document that Celonis generates from a Knowledge Model, for API gateways and AI agents. **This " +
				"Celonis API is in beta** and may change." + knowledgeModelAccess,
			Attributes: map[string]schema.Attribute{
				"knowledge_model_id": knowledgeModelIDAttribute(),
				"curated": schema.BoolAttribute{
					MarkdownDescription: "Whether to read the version of the document that Celonis has curated for AI agents. Defaults " +
						"to `false`.", Optional: true,
				},
				"openapi": computedText("OpenAPI document as JSON with sorted keys, regardless of whether Celonis returns JSON or YAML. To " +
					"convert the document to YAML, use `jsondecode` and `yamlencode`."),
				"openapi_sha256": computedText("SHA-256 checksum of `openapi` in hexadecimal. The checksum changes only if the document changes, " +
					"so other resources can use it as a trigger in place of the document itself."),
			},
		},
	}
}
