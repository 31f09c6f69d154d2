package teamfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// Print writes the team file that describes the options. Sections contain all of their keys; the elements of lists contain only the keys that
// are set.
func Print(w io.Writer, options simulator.Options) error {
	root := encode(layout(), reflect.ValueOf(options), true)

	var printed bytes.Buffer

	dumper, err := yaml.NewDumper(&printed, yaml.WithIndent(2), yaml.WithLineWidth(-1))
	if err != nil {
		return fmt.Errorf("write the team file: %w", err)
	}

	if err := dumper.Dump(root); err != nil {
		return fmt.Errorf("write the team file: %w", err)
	}

	if err := dumper.Close(); err != nil {
		return fmt.Errorf("write the team file: %w", err)
	}

	if _, err := w.Write(printed.Bytes()); err != nil {
		return fmt.Errorf("write the team file: %w", err)
	}

	return nil
}

// encode converts a value to a YAML node.
func encode(n *node, value reflect.Value, isSection bool) *yaml.Node {
	if value.Kind() == reflect.Pointer {
		value = value.Elem()
	}

	switch n.kind {
	case object:
		return encodeObject(n, value, isSection)
	case table:
		return encodeTable(n, value)
	case list:
		encoded := &yaml.Node{Kind: yaml.SequenceNode}
		for i := range value.Len() {
			encoded.Content = append(encoded.Content, encode(n.element, value.Index(i), false))
		}

		return inOneLine(encoded)
	case anything:
		return encodeAnything(value.Interface())
	case text, word:
		return scalar("!!str", value.String())
	case boolean:
		return scalar("!!bool", strconv.FormatBool(value.Bool()))
	case number:
		return scalar("!!int", fmt.Sprint(value.Interface()))
	case share:
		written := strconv.FormatFloat(value.Float(), 'f', -1, 64)

		return scalar(numberTag(written), written)
	case duration:
		return scalar("!!str", time.Duration(value.Int()).String())
	case moment:
		return scalar("!!timestamp", value.Interface().(time.Time).Format(time.RFC3339Nano)) //nolint:forcetypeassert // The kind guarantees the type.
	}

	panic("unknown kind of value")
}

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

func encodeObject(n *node, value reflect.Value, isSection bool) *yaml.Node {
	encoded := &yaml.Node{Kind: yaml.MappingNode}

	for _, k := range n.keys {
		if k.isBase() {
			continue // The printed file describes the whole team, so base is omitted.
		}

		field, ok := existing(value, k.index)
		if !ok || isUnset(k, field) || !isSection && field.IsZero() {
			continue
		}

		encoded.Content = append(encoded.Content, scalar("!!str", k.name), encode(k.value, field, k.isSection()))
	}

	if isSection {
		return encoded
	}

	return inOneLine(encoded)
}

// existing returns a field. It returns false if a struct that contains the field is nil.
func existing(value reflect.Value, index []int) (reflect.Value, bool) {
	for _, next := range index {
		if value.Kind() == reflect.Pointer {
			if value.IsNil() {
				return value, false
			}

			value = value.Elem()
		}

		value = value.Field(next)
	}

	return value, true
}

// isUnset reports whether the simulator replaces the value with a default.
func isUnset(k *key, value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Slice, reflect.Map, reflect.Interface, reflect.Pointer:
		return value.IsNil()
	case reflect.String:
		return k.value.kind == word && value.Len() == 0
	default:
		return false
	}
}

func encodeTable(n *node, value reflect.Value) *yaml.Node {
	encoded := &yaml.Node{Kind: yaml.MappingNode}

	names := make([]string, 0, value.Len())
	for _, name := range value.MapKeys() {
		names = append(names, name.String())
	}

	slices.Sort(names)

	for _, name := range names {
		element := value.MapIndex(reflect.ValueOf(name))
		encoded.Content = append(encoded.Content, scalar("!!str", name), encode(n.element, element, false))
	}

	return inOneLine(encoded)
}

// inOneLine selects the one-line style for a mapping or list that contains only short strings and numbers.
func inOneLine(n *yaml.Node) *yaml.Node {
	const most = 100

	length := 0

	for _, child := range n.Content {
		if child.Kind != yaml.ScalarNode {
			return n
		}

		length += len(child.Value) + len(": ")
	}

	if length <= most {
		n.Style = yaml.FlowStyle
	}

	return n
}

func encodeAnything(value any) *yaml.Node {
	switch value := value.(type) {
	case nil:
		return scalar("!!null", "null")
	case string:
		return scalar("!!str", value)
	case bool:
		return scalar("!!bool", strconv.FormatBool(value))
	case json.Number:
		return scalar(numberTag(value.String()), value.String())
	case []any:
		encoded := &yaml.Node{Kind: yaml.SequenceNode}
		for _, element := range value {
			encoded.Content = append(encoded.Content, encodeAnything(element))
		}

		return inOneLine(encoded)
	case map[string]any:
		encoded := &yaml.Node{Kind: yaml.MappingNode}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			encoded.Content = append(encoded.Content, scalar("!!str", name), encodeAnything(value[name]))
		}

		return inOneLine(encoded)
	default:
		return encodeAnything(throughJSON(value))
	}
}

// throughJSON converts an arbitrary value to one of the types that [encodeAnything] supports.
func throughJSON(value any) any {
	written, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}

	decoder := json.NewDecoder(bytes.NewReader(written))
	decoder.UseNumber()

	var read any
	if err := decoder.Decode(&read); err != nil {
		return fmt.Sprint(value)
	}

	return read
}

func numberTag(written string) string {
	if _, err := strconv.ParseInt(written, 10, 64); err == nil {
		return "!!int"
	}

	return "!!float"
}
