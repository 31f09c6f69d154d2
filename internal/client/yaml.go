package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

const (
	// maxYAMLDepth is the maximum nesting depth of a document, including aliases.
	maxYAMLDepth = 1000

	// maxYAMLValues is the approximate maximum number of values in a document. Each value takes a few hundred bytes of memory.
	maxYAMLValues = 1_000_000

	// yamlNodeSize is the approximate amount of memory, in bytes, that a value takes up in addition to its text.
	yamlNodeSize = 64
)

// These patterns match the plain scalars that are not text in the YAML 1.2 core schema. Source: yaml.org/spec/1.2.2, section 10.3.2.
var (
	yamlNull   = regexp.MustCompile(`^(null|Null|NULL|~|)$`)
	yamlTrue   = regexp.MustCompile(`^(true|True|TRUE)$`)
	yamlFalse  = regexp.MustCompile(`^(false|False|FALSE)$`)
	yamlNumber = regexp.MustCompile(`^([-+]?)(0|[1-9][0-9]*|)(?:\.([0-9]*))?([eE][-+]?[0-9]+)?$`)
	yamlBased  = regexp.MustCompile(`^0(o[0-7]+|x[0-9a-fA-F]+)$`)
)

// yamlDirective matches a version directive and everything that may precede it.
var yamlDirective = regexp.MustCompile(`^((?:[ \t]*(?:#.*)?\r?\n|%TAG.*\n)*%YAML[ \t]+)1\.[0-9]+`)

// parseYAML converts a YAML 1.2 document to values for [json.Marshal]. Numbers retain all of their digits. Infinity, NaN and numbers with
// leading zeros become text, because JSON cannot express them. maxSize is the maximum size of the document with its aliases resolved: the
// length of its text, plus yamlNodeSize for each value.
func parseYAML(text []byte, maxSize int64) (any, error) {
	values := 0

	for _, mark := range []string{"\n", ",", "[", "{"} {
		values += bytes.Count(text, []byte(mark))
	}

	if values > maxYAMLValues {
		return nil, fmt.Errorf("the document contains more than %d values", maxYAMLValues)
	}

	// The library rejects any version except 1.1, but parses every version in the same way.
	text = yamlDirective.ReplaceAll(text, []byte("${1}1.1"))
	text, breaks := replaceYAMLBreaks(text)

	decoder := yaml.NewDecoder(bytes.NewReader(text))

	var document yaml.Node
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}

	var next yaml.Node
	if err := decoder.Decode(&next); !errors.Is(err, io.EOF) {
		return nil, errors.New("the text contains more than one document")
	}

	reader := yamlReader{maxSize: maxSize, left: maxSize, breaks: breaks}

	return reader.value(&document, 0)
}

// replaceYAMLBreaks finds the characters that end a line in YAML 1.1 but not in YAML 1.2. It replaces them with characters that do not occur in the
// text, and returns a replacer that restores the original characters in a value. Source: yaml.org/spec/1.2.2, section 5.4.
func replaceYAMLBreaks(text []byte) (replaced []byte, undo *strings.Replacer) {
	var forth, back []string

	substitute := '\uE000' // The first private-use character.

	for _, char := range []string{"\u0085", "\u2028", "\u2029"} {
		if !bytes.Contains(text, []byte(char)) {
			continue
		}

		for bytes.ContainsRune(text, substitute) {
			substitute++
		}

		forth, back = append(forth, char, string(substitute)), append(back, string(substitute), char)
		substitute++
	}

	if forth != nil {
		text = []byte(strings.NewReplacer(forth...).Replace(string(text)))
	}

	return text, strings.NewReplacer(back...)
}

// yamlReader converts nodes to values.
type yamlReader struct {
	// breaks reverses [replaceYAMLBreaks].
	breaks *strings.Replacer
	// left is the part of maxSize that is still available. An alias repeats the content of its anchor, so a few aliases can expand to any size.
	left int64
	// maxSize is the initial value of left.
	maxSize int64
}

func (r *yamlReader) value(node *yaml.Node, depth int) (any, error) {
	r.left -= yamlNodeSize + int64(len(node.Value))

	switch {
	case depth > maxYAMLDepth:
		return nil, fmt.Errorf("line %d: the nesting is deeper than %d levels", node.Line, maxYAMLDepth)
	case r.left < 0:
		return nil, fmt.Errorf("line %d: with its aliases resolved, the document is larger than %d MiB", node.Line, r.maxSize>>20)
	}

	switch node.Kind {
	case yaml.DocumentNode:
		if len(node.Content) != 1 {
			return nil, errors.New("the document contains no value")
		}

		return r.value(node.Content[0], depth)
	case yaml.AliasNode:
		return r.value(node.Alias, depth+1)
	case yaml.SequenceNode:
		return r.sequence(node, depth)
	case yaml.MappingNode:
		return r.mapping(node, depth)
	case yaml.ScalarNode:
		return r.scalar(node), nil
	default:
		return nil, fmt.Errorf("line %d: unknown kind of value", node.Line)
	}
}

func (r *yamlReader) sequence(node *yaml.Node, depth int) (any, error) {
	values := make([]any, 0, len(node.Content))

	for _, element := range node.Content {
		value, err := r.value(element, depth+1)
		if err != nil {
			return nil, err
		}

		values = append(values, value)
	}

	return values, nil
}

// mapping converts a mapping node, whose keys become text exactly as written, even if they are numbers, such as the response code 200.
func (r *yamlReader) mapping(node *yaml.Node, depth int) (any, error) {
	values := make(map[string]any, len(node.Content)/2)

	for index := 0; index+1 < len(node.Content); index += 2 {
		key := node.Content[index]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}

		if key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("line %d: a key is not a scalar", key.Line)
		}

		name := r.breaks.Replace(key.Value)
		if _, twice := values[name]; twice {
			return nil, fmt.Errorf("line %d: a key occurs twice", key.Line)
		}

		r.left -= int64(len(name))

		value, err := r.value(node.Content[index+1], depth+1)
		if err != nil {
			return nil, err
		}

		values[name] = value
	}

	return values, nil
}

// scalar converts a scalar node. Quoted scalars, block scalars and scalars with the string tag are text.
func (r *yamlReader) scalar(node *yaml.Node) any {
	isPlain := node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	if isTagged := node.Style&yaml.TaggedStyle != 0; isTagged {
		isPlain = strings.HasPrefix(node.Tag, "!!") && node.Tag != "!!str" && node.Tag != "!!binary" && node.Tag != "!!timestamp"
	}

	if !isPlain {
		return r.breaks.Replace(node.Value)
	}

	switch text := node.Value; {
	case yamlNull.MatchString(text):
		return nil
	case yamlTrue.MatchString(text):
		return true
	case yamlFalse.MatchString(text):
		return false
	case yamlBased.MatchString(text):
		number, ok := new(big.Int).SetString(text, 0)
		if !ok {
			return text
		}

		return json.Number(number.String())
	default:
		return yamlDecimal(r.breaks.Replace(text))
	}
}

// yamlDecimal returns a decimal number as JSON, with all of its digits. It returns any other text unchanged.
func yamlDecimal(text string) any {
	parts := yamlNumber.FindStringSubmatch(text)
	if parts == nil || parts[2] == "" && parts[3] == "" {
		return text
	}

	number := strings.TrimPrefix(parts[1], "+") + parts[2]
	if parts[2] == "" {
		number += "0"
	}

	if parts[3] != "" {
		number += "." + parts[3]
	}

	return json.Number(number + parts[4])
}
