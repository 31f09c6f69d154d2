package provider

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// matches reports whether a value matches an optional filter. A filter that is not set matches every value.
func matches(filter types.String, value string) bool {
	return filter.IsNull() || transport.SameText(filter.ValueString(), value)
}

// matchesFold is the case-insensitive variant of matches, and ignores leading and trailing whitespace in the filter.
func matchesFold(filter types.String, value string) bool {
	return filter.IsNull() || transport.SameTextFold(strings.TrimSpace(filter.ValueString()), value)
}

// matchesAnyFold is the variant of matchesFold for a set of filters, at least one of which must match.
func matchesAnyFold(filters types.Set, value string) bool {
	return filters.IsNull() || slices.ContainsFunc(textsIn(filters), func(filter string) bool { return transport.SameTextFold(filter, value) })
}
