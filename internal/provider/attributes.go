package provider

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// knowledgeModelAccess is the text about required permissions in the description of each data source that reads a Knowledge Model.
const knowledgeModelAccess = " Your Celonis account team must activate the Knowledge Model API for the team. An OAuth client needs the " +
	"`intelligence.knowledge-models:read` scope, and the client, key or user needs the `USE PACKAGE` permission on the model's " +
	"Studio package (Studio > the package > Permissions)."

// scimAccess is the text about required permissions in the description of each resource and data source for users or groups.
const scimAccess = " SCIM must be enabled for the team (Admin & Settings > Settings > Enable SCIM). An OAuth client needs the " +
	"`user-provisioning.scim` scope, and the client, key or user needs the User Provisioning > SCIM permission (Admin & Settings > " +
	"Permissions)."

// knowledgeModelIDAttribute returns the argument that identifies the Knowledge Model to read.
func knowledgeModelIDAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Id of the Knowledge Model, in the form `<package_key>.<key>`, case-sensitive. The `celonis_knowledge_model` and " +
			"`celonis_knowledge_models` data sources return the id.",
		Required: true, Validators: []validator.String{notBlank(), parsedBy(parseKnowledgeModelID)},
	}
}

// idOr requires either the id or the argument with the given name, but not both.
func idOr(name string) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot(name))}
}

// nameRegexAttribute returns the argument that filters a data source's results by name. subject describes the text that must match.
func nameRegexAttribute(subject string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: nameRegexDescription(subject), Optional: true, Validators: nameRegexValidators()}
}

func nameRegexDescription(subject string) string {
	return "Regular expression ([RE2](https://github.com/google/re2/wiki/Syntax)) that must match part of " + subject +
		". A leading `(?i)` makes the match case-insensitive. By default, all values match."
}

func nameRegexValidators() []validator.String {
	return []validator.String{notBlank(), parsedBy(regexp.Compile)}
}

// selectByName returns the items whose name matches `name_regex`, or all items if `name_regex` is null. selectByName converts names to NFC, because
// Terraform also normalises the expression.
func selectByName[T any](items []T, nameRegex types.String, name func(T) string) ([]T, error) {
	if nameRegex.IsNull() {
		return items, nil
	}

	expression, err := regexp.Compile(nameRegex.ValueString())
	if err != nil {
		return nil, err
	}

	var selected []T

	for _, item := range items {
		if expression.MatchString(transport.NormalText(name(item))) {
			selected = append(selected, item)
		}
	}

	return selected, nil
}

func computedText(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Computed: true}
}

func computedList(description string, attributes map[string]schema.Attribute) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		MarkdownDescription: description, Computed: true, NestedObject: schema.NestedAttributeObject{Attributes: attributes},
	}
}

// convertAll converts each item, and returns an empty list rather than null.
func convertAll[S, T any](items []S, convert func(S) T) []T {
	converted := make([]T, 0, len(items))
	for _, item := range items {
		converted = append(converted, convert(item))
	}

	return converted
}

// collection is a list or a set.
type collection interface {
	IsUnknown() bool
	Elements() []attr.Value
}

// isSet reports whether a string is known and not null.
func isSet(value types.String) bool { return !value.IsNull() && !value.IsUnknown() }

// textOrNull returns null for a string that the service omits or leaves empty.
func textOrNull(text string) *string {
	if text == "" {
		return nil
	}

	return &text
}

// textsIn returns the known elements of a collection of strings.
func textsIn(set collection) []string {
	texts, _ := knownTexts(set)

	return texts
}

// knownTexts returns the known elements of a collection of strings, and reports whether all elements are known.
func knownTexts(collection collection) (texts []string, complete bool) {
	complete = !collection.IsUnknown()
	texts = []string{}

	for _, element := range collection.Elements() {
		text, ok := element.(types.String)
		if !ok || text.IsUnknown() || text.IsNull() {
			complete = false

			continue
		}

		texts = append(texts, text.ValueString())
	}

	return texts, complete
}
