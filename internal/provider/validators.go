package provider

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

const quotedProblem = "The value is enclosed in quotation marks. Remove them."

const notBlankProblem = "The value must not be empty. If the attribute is optional, omit it instead."

// notBlank rejects a blank string, because the provider would otherwise silently fall back to the environment, or the service would drop the value.
func notBlank() validator.String {
	return stringCheck{description: "must not be empty", problem: func(value string) string { return problemOfEmpty(strings.TrimSpace(value)) }}
}

// notEmpty rejects only an empty string. An imported object may have a value that consists of whitespace.
func notEmpty() validator.String {
	return stringCheck{description: "must not be empty", problem: problemOfEmpty}
}

func problemOfEmpty(value string) string {
	if value == "" {
		return notBlankProblem
	}

	return ""
}

// oneScope rejects a string that contains several scopes.
func oneScope() validator.String {
	return stringvalidator.RegexMatches(regexp.MustCompile(`^[^\s,]+$`), "must be one scope, without whitespace or commas")
}

// credential rejects a value that contains anything in addition to the secret itself, such as a scheme, quotation marks or line breaks.
func credential() validator.String {
	return stringCheck{description: "must contain only the credential", problem: func(value string) string {
		if strings.TrimSpace(value) == "" {
			return notBlankProblem
		}

		if err := transport.CheckSecret(strings.TrimSpace(value)); err != nil {
			return "The value cannot be sent: " + err.Error() + "."
		}

		return ""
	}}
}

// secret returns the validators for a sensitive attribute: the credential validator, followed by the given validators. None of them reports a
// location.
func secret(others ...validator.String) []validator.String {
	all := []validator.String{unlocatedString{credential()}}
	for _, other := range others {
		all = append(all, unlocatedString{other})
	}

	return all
}

// unlocatedString and its siblings remove the location from a validator's diagnostics, because Terraform prints the configuration lines at that
// location, and they may contain a literal secret. Use them for sensitive attributes, and for attributes of an object that contains a sensitive
// attribute.
type (
	unlocatedString struct{ validator.String }
	unlocatedInt64  struct{ validator.Int64 }
	unlocatedMap    struct{ validator.Map }
)

// ValidateString implements [validator.String].
func (v unlocatedString) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	var found validator.StringResponse

	v.String.ValidateString(ctx, req, &found)
	resp.Diagnostics.Append(unlocated(found.Diagnostics)...)
}

// ValidateInt64 implements [validator.Int64].
func (v unlocatedInt64) ValidateInt64(ctx context.Context, req validator.Int64Request, resp *validator.Int64Response) {
	var found validator.Int64Response

	v.Int64.ValidateInt64(ctx, req, &found)
	resp.Diagnostics.Append(unlocated(found.Diagnostics)...)
}

// ValidateMap implements [validator.Map].
func (v unlocatedMap) ValidateMap(ctx context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	var found validator.MapResponse

	v.Map.ValidateMap(ctx, req, &found)
	resp.Diagnostics.Append(unlocated(found.Diagnostics)...)
}

// unlocated removes the locations from the diagnostics, and mentions the attribute in the text of each diagnostic instead.
func unlocated(located diag.Diagnostics) diag.Diagnostics {
	var found diag.Diagnostics

	for _, one := range located {
		detail := one.Detail()
		if at, ok := one.(diag.DiagnosticWithPath); ok {
			detail = withAttribute(one.Summary(), detail, at.Path())
		}

		if one.Severity() == diag.SeverityError {
			found.AddError(one.Summary(), detail)
		} else {
			found.AddWarning(one.Summary(), detail)
		}
	}

	return found
}

// withAttribute adds the attribute to a detail, unless the text already mentions it.
func withAttribute(summary, detail string, at path.Path) string {
	if strings.Contains(summary+detail, at.String()) {
		return detail
	}

	return "Attribute: " + at.String() + "\n\n" + detail
}

// mayContainSecret reports whether a value that is not meant to be secret may contain a secret. Examples are a password in a URL, even a malformed
// one, and a private key in place of a certificate.
func mayContainSecret(value string) bool {
	if strings.Contains(value, "PRIVATE KEY") {
		return true
	}

	before, _, found := strings.Cut(value, "@")

	return found && strings.Contains(before, ":")
}

// isSensitive reports whether a location belongs to a sensitive attribute, or to an attribute that contains a sensitive attribute.
func isSensitive(at path.Path) bool {
	first, _ := at.Steps().NextStep()
	name, ok := first.(path.PathStepAttributeName)

	return ok && (slices.Contains(secretAttributes(), string(name)) || name == "callback")
}

// secretAttributes returns the names of the sensitive attributes of the provider and of the ephemeral resource.
func secretAttributes() []string {
	return []string{"client_secret", "refresh_token", "access_token", "app_key", "api_key"}
}

// stringCheck is a validator based on a function that returns the problem, or an empty string if the value is valid.
type stringCheck struct {
	description string
	problem     func(value string) string
}

// Description implements [validator.Describer].
func (c stringCheck) Description(context.Context) string { return c.description }

// MarkdownDescription implements [validator.Describer].
func (c stringCheck) MarkdownDescription(context.Context) string { return c.description }

// ValidateString implements [validator.String]. ValidateString does not quote the value, which may contain a secret.
func (c stringCheck) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}

	value := req.ConfigValue.ValueString()

	problem := c.problem(value)
	if problem == "" {
		return
	}

	if _, quoted := transport.Unquote(strings.TrimSpace(value)); quoted {
		problem = quotedProblem
	}

	found := diag.Diagnostics{diag.NewAttributeErrorDiagnostic(req.Path, "Invalid value for "+req.Path.String(), problem)}
	if isSensitive(req.Path) || mayContainSecret(value) {
		found = unlocated(found)
	}

	resp.Diagnostics.Append(found...)
}

// parsedBy rejects values for which parse returns an error, and ignores blank values, which notBlank checks.
func parsedBy[T any](parse func(string) (T, error)) validator.String {
	return stringCheck{description: "must be well-formed", problem: func(value string) string {
		if _, err := parse(value); err != nil && strings.TrimSpace(value) != "" {
			return "The value cannot be used: " + endSentence(err.Error())
		}

		return ""
	}}
}

func durationAboveZero() validator.String {
	return stringCheck{description: "must be a positive duration, such as 30s", problem: func(value string) string {
		if span, err := time.ParseDuration(strings.TrimSpace(value)); err != nil || span <= 0 {
			return "The value must be a positive duration, such as 30s or 2m."
		}

		return ""
	}}
}

func pemCertificate() validator.String {
	return stringCheck{description: "must contain certificates in PEM format", problem: func(value string) string {
		if _, _, err := transport.ParseCertificates(value); err != nil {
			return "The value cannot be used: " + err.Error() + ". If the value is the path of a file, use file(\"proxy-ca.pem\") instead."
		}

		return ""
	}}
}

// trimmed rejects leading and trailing whitespace. The service may remove such whitespace, and the next plan would then show a change. trimmed
// ignores blank values, which notBlank checks.
func trimmed() validator.String {
	return stringCheck{description: "must not have leading or trailing whitespace", problem: func(value string) string {
		if trimmed := strings.TrimSpace(value); trimmed != value && trimmed != "" {
			return "The value must not have leading or trailing whitespace."
		}

		return ""
	}}
}

// noAddress rejects e-mail addresses where a user's id is required.
func noAddress() validator.String {
	return stringCheck{description: "must be an id, not an e-mail address", problem: func(value string) string {
		if strings.Contains(value, "@") {
			return "The value must be the id of a user, not an e-mail address: use the `id` of the `celonis_user` resource or data source."
		}

		return ""
	}}
}

// noNulls rejects null elements, which would otherwise be dropped silently.
func noNulls() nullCheck { return nullCheck{} }

type nullCheck struct{}

// Description implements [validator.Describer].
func (nullCheck) Description(context.Context) string { return "must not contain null" }

// MarkdownDescription implements [validator.Describer].
func (c nullCheck) MarkdownDescription(ctx context.Context) string { return c.Description(ctx) }

// ValidateList implements [validator.List].
func (nullCheck) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	for index, element := range req.ConfigValue.Elements() {
		if element.IsNull() {
			resp.Diagnostics.AddAttributeError(req.Path.AtListIndex(index), "Invalid value for "+req.Path.String(), fmt.Sprintf(
				"Element %d of `%s` is null (elements are numbered from 0). Remove the element, for example with `compact`.", index, req.Path))
		}
	}
}

// ValidateSet implements [validator.Set]. Elements of a set have no index.
func (nullCheck) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	for _, element := range req.ConfigValue.Elements() {
		if element.IsNull() {
			resp.Diagnostics.AddAttributeError(req.Path, "Invalid value for "+req.Path.String(), fmt.Sprintf(
				"An element of `%s` is null. Remove the element, for example with `compact`.", req.Path))

			return
		}
	}
}

// configCheck validates the whole configuration of a data source. The check function adds any problems to the diagnostics.
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
