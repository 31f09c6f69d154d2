package provider

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// update makes TestGoldenCopyOfTheSchema rewrite the golden copy (go test ./internal/provider -run Golden -update).
var update = flag.Bool("update", false, "rewrite the golden copy of the schema")

const golden = "testdata/schema.txt"

// described is an attribute of the provider or of an object, together with its path.
type described struct {
	*tfprotov6.SchemaAttribute

	kind, path string
}

// line describes the attribute's path, type and flags in one line.
func (d described) line() string {
	var properties []string

	for name, holds := range map[string]bool{
		"required": d.Required, "optional": d.Optional, "computed": d.Computed, "sensitive": d.Sensitive, "write-only": d.WriteOnly,
		"deprecated": d.Deprecated,
	} {
		if holds {
			properties = append(properties, name)
		}
	}

	slices.Sort(properties)

	kind := "nested list of objects"
	if d.NestedType == nil {
		kind = d.Type.String()
	} else if d.NestedType.Nesting != tfprotov6.SchemaObjectNestingModeList {
		kind = "nested " + d.NestedType.Nesting.String()
	}

	return fmt.Sprintf("%s %s: %s, %s", d.kind, d.path, kind, strings.Join(properties, ", "))
}

func schemaOf(t *testing.T) *tfprotov6.GetProviderSchemaResponse {
	t.Helper()

	schema, err := wholeSchema()
	if err != nil || len(schema.Diagnostics) > 0 {
		t.Fatalf("%v, %+v", err, schema.Diagnostics)
	}

	return schema
}

// wholeSchema composes the schema once for all tests, which only read it.
var wholeSchema = sync.OnceValues(func() (*tfprotov6.GetProviderSchemaResponse, error) {
	server, err := providerserver.NewProtocol6WithError(New("test")())()
	if err != nil {
		return nil, err
	}

	return server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
})

// everyAttribute returns all attributes of all schemas, including nested attributes.
func everyAttribute(t *testing.T) []described {
	t.Helper()

	schema := schemaOf(t)

	var found []described

	add := func(kind string, schemas map[string]*tfprotov6.Schema) {
		for _, name := range slices.Sorted(maps.Keys(schemas)) {
			if len(schemas[name].Block.BlockTypes) > 0 {
				t.Errorf("%s %s contains blocks. Use nested attributes", kind, name)
			}

			found = append(found, nested(kind, name, schemas[name].Block.Attributes)...)
		}
	}

	add("provider", map[string]*tfprotov6.Schema{"celonis": schema.Provider})
	add("data", schema.DataSourceSchemas)
	add("ephemeral", schema.EphemeralResourceSchemas)
	add("list", schema.ListResourceSchemas)
	add("resource", schema.ResourceSchemas)

	actions := make(map[string]*tfprotov6.Schema)
	for name, action := range schema.ActionSchemas {
		actions[name] = action.Schema
	}

	add("action", actions)

	return found
}

func nested(kind, path string, attributes []*tfprotov6.SchemaAttribute) []described {
	var found []described

	for _, attribute := range attributes {
		one := described{kind: kind, path: path + "." + attribute.Name, SchemaAttribute: attribute}
		found = append(found, one)

		if attribute.NestedType != nil {
			found = append(found, nested(kind, one.path, attribute.NestedType.Attributes)...)
		}
	}

	return found
}

func TestEveryAttributeIsDescribed(t *testing.T) {
	t.Parallel()

	// The descriptions of these attributes need no default, because a configuration without the attribute must contain an alternative.
	withoutDefault := regexp.MustCompile(`celonis\.(base_url|team|cluster|client_id|client_secret|refresh_token|access_token|app_key|api_key)$|` +
		`^celonis_knowledge_model\.(id|name)$`)

	for _, one := range everyAttribute(t) {
		text := one.Description
		if one.NestedType != nil && text == "" {
			t.Errorf("%s has no description", one.path)
		}

		if !strings.HasSuffix(text, ".") {
			t.Errorf("%s: the description does not end in a full stop: %q", one.path, text)
		}

		if one.DescriptionKind != tfprotov6.StringKindMarkdown {
			t.Errorf("%s: the description is not Markdown", one.path)
		}

		if one.Optional && !withoutDefault.MatchString(one.path) && !strings.Contains(strings.ToLower(text), "default") {
			t.Errorf("%s: the description does not state the default: %q", one.path, text)
		}

		if one.kind == "provider" && !strings.Contains(strings.Join(strings.Fields(text), " "),
			"Environment variable: `CELONIS_"+strings.ToUpper(strings.TrimPrefix(strings.Replace(one.Name, "base_url", "url", 1), "celonis."))+"`") {
			t.Errorf("%s: the description does not mention the environment variable: %q", one.path, text)
		}
	}
}

func TestAttributesNamedLikeSecretsAreSensitive(t *testing.T) {
	t.Parallel()

	secret := regexp.MustCompile(`secret|token|key|password|authorization|header`)
	harmless := map[string]string{
		"token_url":   "an address",
		"token_type":  "always Bearer",
		"package_key": "key of a Studio package, part of ids",
		"key":         "key of a Knowledge Model, part of ids",

		"celonis_knowledge_model_data.headers":             "the columns of data",
		"celonis_subscription.callback.headers_wo_version": "a number",
	}

	for _, one := range everyAttribute(t) {
		_, everywhere := harmless[one.Name]
		_, here := harmless[one.path]

		if !everywhere && !here && secret.MatchString(one.Name) && !one.Sensitive && !one.WriteOnly {
			t.Errorf("%s: the name suggests a secret. Make the attribute sensitive or write-only, or add it to `harmless` in this test", one.path)
		}
	}
}

func TestFunctionsAreDescribed(t *testing.T) {
	t.Parallel()

	for name, function := range schemaOf(t).Functions {
		if !strings.HasSuffix(function.Summary, ".") || !strings.HasSuffix(function.Description, ".") {
			t.Errorf("%s: summary %q, description %q", name, function.Summary, function.Description)
		}

		for _, parameter := range function.Parameters {
			if !strings.HasSuffix(parameter.Description, ".") {
				t.Errorf("%s: parameter %s: %q", name, parameter.Name, parameter.Description)
			}
		}
	}
}

// TestGoldenCopyOfTheSchema makes every schema change visible in reviews.
func TestGoldenCopyOfTheSchema(t *testing.T) {
	t.Parallel()

	var lines []string

	for _, one := range everyAttribute(t) {
		lines = append(lines, one.line())
	}

	for name, function := range schemaOf(t).Functions {
		parameters := make([]string, 0, len(function.Parameters))
		for _, parameter := range function.Parameters {
			parameters = append(parameters, parameter.Name+" "+parameter.Type.String())
		}

		lines = append(lines, fmt.Sprintf("function %s(%s): %s", name, strings.Join(parameters, ", "), function.Return.Type))
	}

	slices.Sort(lines)

	got := strings.Join(lines, "\n") + "\n"
	if *update {
		write(t, filepath.FromSlash(golden), got)
	}

	if want := read(t, filepath.FromSlash(golden)); got != want {
		t.Errorf("the schema differs from %s:\n%s\nIf the change is intended, run: go test ./internal/provider -run Golden -update",
			golden, changedLines(strings.Split(want, "\n"), lines))
	}
}

// changedLines returns a diff of two sorted lists of lines.
func changedLines(before, after []string) string {
	var changes []string

	for _, line := range before {
		if line != "" && !slices.Contains(after, line) {
			changes = append(changes, "- "+line)
		}
	}

	for _, line := range after {
		if !slices.Contains(before, line) {
			changes = append(changes, "+ "+line)
		}
	}

	// Sort the lines so that a changed line follows its old version.
	slices.SortStableFunc(changes, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })

	return strings.Join(changes, "\n")
}

func TestChangedLinesReturnsADiff(t *testing.T) {
	t.Parallel()

	got := changedLines([]string{"a: string", "b: bool", "c: number", ""}, []string{"a: string", "b: number", "d: string"})
	if want := "- b: bool\n+ b: number\n- c: number\n+ d: string"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
