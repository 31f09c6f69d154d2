package contract

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// undeclared returns the paths of the keys that a JSON value contains but the schema does not declare. This check is necessary because the
// vendor's schemas require hardly any keys and permit additional ones, so a misspelled key would be valid.
func undeclared(schema *openapi3.Schema, value any, path string) []string {
	var found []string

	switch value := value.(type) {
	case []any:
		if schema.Items == nil {
			return nil
		}

		for i, element := range value {
			found = append(found, undeclared(schema.Items.Value, element, fmt.Sprintf("%s[%d]", path, i))...)
		}
	case map[string]any:
		declared, open := properties(schema)

		for _, key := range slices.Sorted(maps.Keys(value)) {
			below := strings.TrimPrefix(path+"."+key, ".")

			property, ok := declared[key]
			if ok {
				found = append(found, undeclared(property, value[key], below)...)
			} else if !open {
				found = append(found, below)
			}
		}
	}

	return found
}

// properties returns the properties that the schema declares for an object. open is true if the object may contain other keys. A schema
// permits other keys if it says so explicitly, declares no properties, or has alternatives, which the validator checks.
func properties(schema *openapi3.Schema) (declared map[string]*openapi3.Schema, open bool) {
	declared = map[string]*openapi3.Schema{}

	additional := schema.AdditionalProperties
	open = additional.Schema != nil || (additional.Has != nil && *additional.Has) || len(schema.OneOf) > 0 || len(schema.AnyOf) > 0

	for name, property := range schema.Properties {
		declared[name] = property.Value
	}

	for _, part := range schema.AllOf {
		inherited, _ := properties(part.Value)
		maps.Copy(declared, inherited)
	}

	return declared, open || len(declared) == 0
}
