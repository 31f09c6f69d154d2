package provider

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

// notBlank refuses an empty text: it would silently fall back to the environment, or be dropped on the wire.
func notBlank() validator.String {
	return stringCheck{description: "must not be empty", problem: func(value string) string { return problemOfEmpty(strings.TrimSpace(value)) }}
}

// notEmpty is notBlank for values in which an imported object may hold whitespace.
func notEmpty() validator.String {
	return stringCheck{description: "must not be empty", problem: problemOfEmpty}
}

func problemOfEmpty(value string) string {
	if value == "" {
		return "It must not be empty. Where the attribute is optional, leave it out instead."
	}

	return ""
}

// oneScope refuses several scopes in one text.
func oneScope() validator.String {
	return stringvalidator.RegexMatches(regexp.MustCompile(`^\S+$`), "must be one scope, without white space")
}

// stringCheck is a validator made of a function that says what is wrong, or nothing.
type stringCheck struct {
	description string
	problem     func(value string) string
}

// Description implements [validator.Describer].
func (c stringCheck) Description(context.Context) string { return c.description }

// MarkdownDescription implements [validator.Describer].
func (c stringCheck) MarkdownDescription(context.Context) string { return c.description }

// ValidateString implements [validator.String]. It does not quote the value, which may hold a secret.
func (c stringCheck) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}

	if problem := c.problem(req.ConfigValue.ValueString()); problem != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid value for "+req.Path.String(), problem)
	}
}

// parsedBy refuses what parse does. What is empty is for notBlank to refuse.
func parsedBy[T any](parse func(string) (T, error)) validator.String {
	return stringCheck{description: "must be well formed", problem: func(value string) string {
		if _, err := parse(value); err != nil && strings.TrimSpace(value) != "" {
			return "The value cannot be used: " + endSentence(err.Error())
		}

		return ""
	}}
}

func durationAboveZero() validator.String {
	return stringCheck{description: "must be a duration above zero, such as 30s", problem: func(value string) string {
		if span, err := time.ParseDuration(strings.TrimSpace(value)); err != nil || span <= 0 {
			return "It must be a duration above zero, such as 30s or 2m."
		}

		return ""
	}}
}

func pemCertificate() validator.String {
	return stringCheck{description: "must hold certificates in PEM form", problem: func(value string) string {
		if _, _, err := client.ParseCertificates(value); err != nil {
			return "It cannot be used: " + err.Error() + ". To read a file, write file(\"proxy-ca.pem\"), not its path."
		}

		return ""
	}}
}

// trimmed refuses white space around a text: a service may drop it, and the next plan would want it back. What is empty is for
// notBlank to refuse.
func trimmed() validator.String {
	return stringCheck{description: "must have no white space around it", problem: func(value string) string {
		if trimmed := strings.TrimSpace(value); trimmed != value && trimmed != "" {
			return "It must have no white space around it."
		}

		return ""
	}}
}

// noNulls refuses null elements, which would be dropped silently.
func noNulls() nullCheck { return nullCheck{} }

// nullCheck is a validator of lists and sets.
type nullCheck struct{}

// Description implements [validator.Describer].
func (nullCheck) Description(context.Context) string { return "must not hold null" }

// MarkdownDescription implements [validator.Describer].
func (c nullCheck) MarkdownDescription(ctx context.Context) string { return c.Description(ctx) }

// ValidateList implements [validator.List].
func (nullCheck) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	for index, element := range req.ConfigValue.Elements() {
		if element.IsNull() {
			resp.Diagnostics.AddAttributeError(req.Path.AtListIndex(index), "Invalid value for "+req.Path.String(), fmt.Sprintf(
				"Element %d of `%s` is null. Leave the element out, for example with `compact`. The first element is 0.", index, req.Path))
		}
	}
}

// ValidateSet implements [validator.Set]. Elements of a set have no index.
func (nullCheck) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	for _, element := range req.ConfigValue.Elements() {
		if element.IsNull() {
			resp.Diagnostics.AddAttributeError(req.Path, "Invalid value for "+req.Path.String(), fmt.Sprintf(
				"An element of `%s` is null. Leave the element out, for example with `compact`.", req.Path))

			return
		}
	}
}

// configCheck is a validator of a data source's whole configuration, made of a function that says what is wrong with it.
type configCheck struct {
	description string
	check       func(ctx context.Context, config tfsdk.Config, problems *diag.Diagnostics)
}

// Description implements [datasource.ConfigValidator].
func (c configCheck) Description(context.Context) string { return c.description }

// MarkdownDescription implements [datasource.ConfigValidator].
func (c configCheck) MarkdownDescription(context.Context) string { return c.description }

// ValidateDataSource implements [datasource.ConfigValidator].
func (c configCheck) ValidateDataSource(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	c.check(ctx, req.Config, &resp.Diagnostics)
}
