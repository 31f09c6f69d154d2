package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func TestStringSetsCompareLikeTheFrameworksSets(t *testing.T) {
	t.Parallel()

	text := func(value string) attr.Value { return types.StringValue(value) }
	sets := map[string]types.Set{
		"null": types.SetNull(types.StringType), "unknown": types.SetUnknown(types.StringType),
	}

	for name, elements := range map[string][]attr.Value{
		"empty": {}, "one": {text("a")}, "two": {text("a"), text("b")}, "two elements in a different order": {text("b"), text("a")}, "two " +
			"different elements": {text("a"), text("c")},
		"with an unknown element": {text("a"), types.StringUnknown()}, "with a null element": {text("a"), types.StringNull()}, "with an empty text": {text("a"), text("")},
	} {
		sets[name] = types.SetValueMust(types.StringType, elements)
	}

	for oneName, one := range sets {
		for otherName, other := range sets {
			if got, want := (stringSet{one}).Equal(stringSet{other}), one.Equal(other); got != want {
				t.Errorf("%s equals %s: got %t, want %t", oneName, otherName, got, want)
			}

			if got, diagnostics := (stringSet{one}).SetSemanticEquals(t.Context(), stringSet{other}); got != one.Equal(other) || len(diagnostics) > 0 {
				t.Errorf("%s is semantically equal to %s: %t, %v", oneName, otherName, got, diagnostics)
			}
		}

		if (stringSet{one}).Equal(one) {
			t.Errorf("%s equals a value of another type", oneName)
		}

		value, err := one.ToTerraformValue(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		converted, err := newStringSetType().ValueFromTerraform(t.Context(), value)
		if err != nil || !converted.Equal(stringSet{one}) || !converted.Type(t.Context()).Equal(newStringSetType()) {
			t.Errorf("%s was converted to %s, %v", oneName, converted, err)
		}
	}
}

func TestStringSetRejectsDuplicates(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		elements []attr.Value
		errors   int
	}{
		"none":                 {[]attr.Value{types.StringValue("a"), types.StringValue("b"), types.StringNull()}, 0},
		"two equal strings":    {[]attr.Value{types.StringValue("a"), types.StringValue("b"), types.StringValue("a")}, 1},
		"two null elements":    {[]attr.Value{types.StringNull(), types.StringNull()}, 1},
		"two unknown elements": {[]attr.Value{types.StringUnknown(), types.StringUnknown()}, 0},
	} {
		var resp xattr.ValidateAttributeResponse

		stringSet{types.SetValueMust(types.StringType, test.elements)}.ValidateAttribute(
			t.Context(), xattr.ValidateAttributeRequest{Path: path.Root("member_ids")}, &resp)

		if got := resp.Diagnostics.ErrorsCount(); got != test.errors {
			t.Errorf("%s: got %d errors, want %d", name, got, test.errors)
		}
	}
}

func TestStringSetTypeRejectsOtherValues(t *testing.T) {
	t.Parallel()

	if value, err := newStringSetType().ValueFromTerraform(t.Context(), tftypes.NewValue(tftypes.String, "a")); err == nil {
		t.Errorf("a string was converted to %s", value)
	}
}
