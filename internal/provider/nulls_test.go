package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestNullElementsAreRejected covers every configurable list and set of strings, in every kind of object.
func TestNullElementsAreRejected(t *testing.T) {
	t.Parallel()

	server, err := providerserver.NewProtocol6WithError(New("test")())()
	if err != nil {
		t.Fatal(err)
	}

	schema := schemaOf(t)
	tried := 0

	try := func(kind string, schemas map[string]*tfprotov6.Schema, validate func(name string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error)) {
		for name, one := range schemas {
			for _, attribute := range one.Block.Attributes {
				isList := attribute.Type != nil && attribute.Type.Is(tftypes.List{ElementType: tftypes.String})
				isSet := attribute.Type != nil && attribute.Type.Is(tftypes.Set{ElementType: tftypes.String})

				if !attribute.Optional && !attribute.Required || !isList && !isSet {
					continue
				}

				tried++

				problems, err := validate(name, withNullElement(t, one, attribute))
				if err != nil {
					t.Fatal(err)
				}

				want := fmt.Sprintf("`%s` is null", attribute.Name)
				if isList {
					want = "Element 1 of " + want
				}

				if !strings.Contains(textOf(problems), want) {
					t.Errorf("%s %s: %s: want %q, got %s", kind, name, attribute.Name, want, textOf(problems))
				}
			}
		}
	}

	try("data", schema.DataSourceSchemas, func(name string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
		resp, err := server.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: config})

		return resp.Diagnostics, err
	})
	try("resource", schema.ResourceSchemas, func(name string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
		resp, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: config})

		return resp.Diagnostics, err
	})
	try("ephemeral", schema.EphemeralResourceSchemas, func(name string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
		resp, err := server.ValidateEphemeralResourceConfig(t.Context(), &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: name, Config: config})

		return resp.Diagnostics, err
	})
	try("provider", map[string]*tfprotov6.Schema{"celonis": schema.Provider}, func(_ string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
		resp, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: config})

		return resp.Diagnostics, err
	})

	if tried < 10 {
		t.Errorf("got %d attributes, want at least 10", tried)
	}
}

// withNullElement returns a configuration in which the attribute contains a string and a null element, and all other attributes are null.
func withNullElement(t *testing.T, schema *tfprotov6.Schema, attribute *tfprotov6.SchemaAttribute) *tfprotov6.DynamicValue {
	t.Helper()

	object, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		t.Fatal("a schema is not an object")
	}

	values := make(map[string]tftypes.Value, len(object.AttributeTypes))
	for name, kind := range object.AttributeTypes {
		values[name] = tftypes.NewValue(kind, nil)
	}

	values[attribute.Name] = tftypes.NewValue(attribute.Type, []tftypes.Value{
		tftypes.NewValue(tftypes.String, "A.B"), tftypes.NewValue(tftypes.String, nil),
	})

	config, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		t.Fatal(err)
	}

	return &config
}

func textOf(problems []*tfprotov6.Diagnostic) string {
	var text strings.Builder

	for _, problem := range problems {
		text.WriteString(problem.Summary + ": " + problem.Detail + "\n")
	}

	return text.String()
}
