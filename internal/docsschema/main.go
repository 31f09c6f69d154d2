// Docsschema completes the provider schema that "make generate" obtains from a CLI. Docsschema reads the output of "providers schema -json"
// from standard input and adds the schemas of list resources and actions, which OpenTofu and older versions of Terraform omit. The result
// goes to standard output.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/celonis-community/terraform-provider-celonis/internal/provider"
)

func main() {
	if err := complete(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "docsschema:", err)
		os.Exit(1)
	}
}

// object is a JSON object.
type object = map[string]any

func complete(ctx context.Context, in io.Reader, out io.Writer) error {
	var document struct {
		FormatVersion string            `json:"format_version"`
		Schemas       map[string]object `json:"provider_schemas"`
	}
	if err := json.NewDecoder(in).Decode(&document); err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}

	if len(document.Schemas) != 1 {
		return fmt.Errorf("the schema describes %d providers, but must describe exactly one", len(document.Schemas))
	}

	server, err := providerserver.NewProtocol6WithError(provider.New("docs")())()
	if err != nil {
		return fmt.Errorf("start the provider: %w", err)
	}

	schema, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return fmt.Errorf("get the provider schema: %w", err)
	}

	lists, actions := object{}, object{}

	for name, list := range schema.ListResourceSchemas {
		if lists[name], err = jsonSchema(list); err != nil {
			return fmt.Errorf("list resource %s: %w", name, err)
		}
	}

	for name, action := range schema.ActionSchemas {
		if actions[name], err = jsonSchema(action.Schema); err != nil {
			return fmt.Errorf("action %s: %w", name, err)
		}
	}

	for _, only := range document.Schemas {
		only["list_resource_schemas"], only["action_schemas"] = lists, actions
	}

	if err := json.NewEncoder(out).Encode(document); err != nil {
		return fmt.Errorf("write the schema: %w", err)
	}

	return nil
}

// jsonSchema returns a schema in the format of Terraform's JSON output.
func jsonSchema(schema *tfprotov6.Schema) (object, error) {
	attributes := object{}

	for _, attribute := range schema.Block.Attributes {
		if attribute.NestedType != nil {
			return nil, errors.New(attribute.Name + " is a nested attribute, which docsschema does not support yet")
		}

		kind, err := attribute.Type.MarshalJSON() //nolint:staticcheck // No other function encodes types as Terraform's JSON does.
		if err != nil {
			return nil, fmt.Errorf("%s: %w", attribute.Name, err)
		}

		attributes[attribute.Name] = object{
			"type": json.RawMessage(kind), "description": attribute.Description, "description_kind": "markdown",
			"required": attribute.Required, "optional": attribute.Optional,
		}
	}

	return object{"version": schema.Version, "block": object{
		"attributes": attributes, "description": schema.Block.Description, "description_kind": "markdown",
	}}, nil
}
