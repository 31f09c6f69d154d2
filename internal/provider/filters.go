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

// matchesFold is a case-insensitive matches that ignores whitespace around the filter.
func matchesFold(filter types.String, value string) bool {
	return filter.IsNull() || transport.SameTextFold(strings.TrimSpace(filter.ValueString()), value)
}

// matchesAnyFold is matchesFold for a set of filters, one of which must match.
func matchesAnyFold(filters types.Set, value string) bool {
	return filters.IsNull() || slices.ContainsFunc(textsIn(filters), func(filter string) bool { return transport.SameTextFold(filter, value) })
}
