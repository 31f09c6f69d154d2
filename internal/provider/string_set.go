package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// stringSetType is the type of a set of strings that may have thousands of elements. The framework compares the elements of its own sets pairwise,
// which takes almost a minute for 3,000 elements. stringSetType uses a map instead.
type stringSetType struct{ basetypes.SetType }

func newStringSetType() stringSetType {
	return stringSetType{basetypes.SetType{ElemType: types.StringType}}
}

// Equal implements [attr.Type].
func (t stringSetType) Equal(other attr.Type) bool {
	_, ok := other.(stringSetType)

	return ok
}

// String implements [attr.Type].
func (t stringSetType) String() string { return "stringSetType" }

// ValueType implements [attr.Type].
func (t stringSetType) ValueType(context.Context) attr.Value { return stringSet{} }

// ValueFromSet implements [basetypes.SetTypable].
func (t stringSetType) ValueFromSet(_ context.Context, set basetypes.SetValue) (basetypes.SetValuable, diag.Diagnostics) {
	return stringSet{set}, nil
}

// ValueFromTerraform implements [attr.Type].
func (t stringSetType) ValueFromTerraform(ctx context.Context, value tftypes.Value) (attr.Value, error) {
	converted, err := t.SetType.ValueFromTerraform(ctx, value)
	if err != nil {
		return nil, err
	}

	set, ok := converted.(basetypes.SetValue)
	if !ok {
		return nil, fmt.Errorf("unexpected value type %T", converted)
	}

	return stringSet{set}, nil
}

// stringSet is a value of [stringSetType].
type stringSet struct{ basetypes.SetValue }

// newStringSet returns a known set of strings.
func newStringSet(texts []string) stringSet {
	return stringSet{types.SetValueMust(types.StringType, convertAll(texts, func(text string) attr.Value { return types.StringValue(text) }))}
}

// nullStringSet returns the null set.
func nullStringSet() stringSet { return stringSet{types.SetNull(types.StringType)} }

// Type implements [attr.Value].
func (s stringSet) Type(context.Context) attr.Type { return newStringSetType() }

// Equal implements [attr.Value].
func (s stringSet) Equal(other attr.Value) bool {
	set, ok := other.(stringSet)

	return ok && s.IsNull() == set.IsNull() && s.IsUnknown() == set.IsUnknown() && s.hasSameElements(set)
}

// hasSameElements compares the elements, which are unique in each set.
func (s stringSet) hasSameElements(other stringSet) bool {
	elements, others := s.Elements(), other.Elements()
	if len(elements) != len(others) {
		return false
	}

	found := make(map[attr.Value]bool, len(elements))
	for _, element := range elements {
		found[element] = true
	}

	for _, element := range others {
		if !found[element] {
			return false
		}
	}

	return true
}

// SetSemanticEquals implements [basetypes.SetValuableWithSemanticEquals]. If this method reports that two sets are
// equal, the framework does not compare their elements.
func (s stringSet) SetSemanticEquals(_ context.Context, other basetypes.SetValuable) (bool, diag.Diagnostics) {
	return s.Equal(other), nil
}

// ValidateAttribute implements [xattr.ValidateableAttribute] in place of the framework's own search for duplicates.
func (s stringSet) ValidateAttribute(_ context.Context, req xattr.ValidateAttributeRequest, resp *xattr.ValidateAttributeResponse) {
	found := make(map[attr.Value]bool, len(s.Elements()))

	for _, element := range s.Elements() {
		if found[element] && !element.IsUnknown() {
			resp.Diagnostics.AddAttributeError(req.Path, "Duplicate set element", fmt.Sprintf("The set contains %s twice.", element))
		}

		found[element] = true
	}
}
