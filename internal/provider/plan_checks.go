package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// planChecks contains validators that run at plan time, and only on values that differ from the state. An existing object may violate a rule
// that applies only to new values, and a configuration that imports the object must repeat its values. A validator alone cannot make these
// exceptions, because it does not see the state.
type planChecks []validator.String

// checkedWhenChanged returns a plan modifier that validates a configured value unless the state contains the same value.
func checkedWhenChanged(checks ...validator.String) planChecks { return checks }

// Description implements [planmodifier.Describer].
func (c planChecks) Description(ctx context.Context) string {
	descriptions := make([]string, 0, len(c))
	for _, check := range c {
		descriptions = append(descriptions, check.Description(ctx))
	}

	return strings.Join(descriptions, ", ")
}

// MarkdownDescription implements [planmodifier.Describer].
func (c planChecks) MarkdownDescription(ctx context.Context) string { return c.Description(ctx) }

// PlanModifyString implements [planmodifier.String].
func (c planChecks) PlanModifyString(ctx context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if !isSet(req.ConfigValue) || req.ConfigValue.Equal(req.StateValue) {
		return
	}

	for _, check := range c {
		checked := &validator.StringResponse{}
		check.ValidateString(ctx, validator.StringRequest{
			Path: req.Path, PathExpression: req.PathExpression, Config: req.Config, ConfigValue: req.ConfigValue,
		}, checked)

		found := checked.Diagnostics
		if isSensitive(req.Path) { // Terraform would print the line, which may contain a literal secret.
			found = unlocated(found)
		}

		resp.Diagnostics.Append(found...)

		if found.HasError() { // The next check would probably report the same mistake.
			return
		}
	}
}

// PlanModifySet implements [planmodifier.Set]: it validates the elements that the state does not contain.
func (c planChecks) PlanModifySet(ctx context.Context, req planmodifier.SetRequest, resp *planmodifier.SetResponse) {
	held := make(map[string]bool)
	for _, text := range textsIn(req.StateValue) {
		held[text] = true
	}

	for _, text := range textsIn(req.ConfigValue) {
		if held[text] {
			continue
		}

		element := types.StringValue(text)
		checked := &planmodifier.StringResponse{}
		c.PlanModifyString(ctx, planmodifier.StringRequest{
			Path: req.Path.AtSetValue(element), PathExpression: req.PathExpression.AtSetValue(element), Config: req.Config, ConfigValue: element,
		}, checked)
		resp.Diagnostics.Append(checked.Diagnostics...)
	}
}
