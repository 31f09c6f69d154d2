package teamfile

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agext/levenshtein"
	"go.yaml.in/yaml/v4"
)

const (
	// maxDepth is the maximum nesting depth of values, including aliases. A team needs at most eight levels; the message of an audit event
	// may need a few more.
	maxDepth = 50

	// maxRepeated is the maximum number of values that aliases may repeat. The limit is necessary because a few nested aliases can expand
	// to an enormous number of values.
	maxRepeated = 100_000
)

// spot identifies a value in the file by the path of its key and the path of the corresponding Go field.
type spot struct{ key, field string }

func (s spot) at(k *key) spot {
	to := spot{join(s.key, k.name), s.field}
	if k.path != "" {
		to.field = join(s.field, k.path)
	}

	return to
}

func (s spot) element(i int) spot {
	index := fmt.Sprintf("[%d]", i)

	return spot{s.key + index, s.field + index}
}

// decoder reads YAML nodes into Go values and collects all problems.
type decoder struct {
	layout   *node
	problems []Problem
	// found maps a path such as SCIM.Users[2].Role to the position of the field.
	found map[string]position
	// left is the number of values that may still be read.
	left int
}

// position is the position of a value in the file.
type position struct {
	line int
	key  string
}

// count returns the number of values in a node, without resolving aliases.
func count(y *yaml.Node) int {
	all := 1
	for _, child := range y.Content {
		all += count(child)
	}

	return all
}

func (d *decoder) failf(y *yaml.Node, at spot, format string, args ...any) {
	d.problems = append(d.problems, Problem{Line: y.Line, Key: at.key, Text: fmt.Sprintf(format, args...)})
}

// value decodes the node y into the target. After a problem, the target retains its previous value.
func (d *decoder) value(n *node, y *yaml.Node, target reflect.Value, at spot, depth int) {
	y = resolve(y)
	d.left--

	switch {
	case d.left < 0:
		if d.left == -1 {
			d.failf(y, at, "repeats more than %d values through aliases", maxRepeated)
		}

		return
	case depth > maxDepth:
		d.failf(y, at, "is nested deeper than %d levels", maxDepth)

		return
	}

	if at.field != "" && n.kind != anything {
		d.found[at.field] = position{y.Line, at.key}
	}

	if n.isAbsent(y) {
		return
	}

	switch n.kind {
	case object:
		if d.isKind(y, yaml.MappingNode, "a mapping", at) {
			d.object(n, y, target, at, depth)
		}
	case table:
		if d.isKind(y, yaml.MappingNode, "a mapping", at) {
			d.table(n, y, target, at, depth)
		}
	case list:
		if d.isKind(y, yaml.SequenceNode, "a list", at) {
			d.list(n, y, target, at, depth)
		}
	case anything:
		if read := d.anything(y, at, depth); read != nil {
			target.Set(reflect.ValueOf(read))
		}
	default:
		d.scalar(n, y, target, at)
	}
}

// resolve returns the node to which an alias refers, or the node itself if it is not an alias.
func resolve(y *yaml.Node) *yaml.Node {
	for y.Kind == yaml.AliasNode {
		y = y.Alias
	}

	return y
}

// isAbsent reports whether a key has no value, which is equivalent to a missing key. If null is a permitted word, it counts as a value.
func (n *node) isAbsent(y *yaml.Node) bool {
	y = resolve(y)

	return isNull(y) && (n.kind != word || !slices.Contains(n.words, y.Value))
}

func isNull(y *yaml.Node) bool { return y.Kind == yaml.ScalarNode && y.ShortTag() == "!!null" }

func (d *decoder) isKind(y *yaml.Node, kind yaml.Kind, want string, at spot) bool {
	if y.Kind != kind {
		d.failf(y, at, "must be %s, not %s", want, kindOf(y))
	}

	return y.Kind == kind
}

func kindOf(y *yaml.Node) string {
	switch y.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	default:
	}

	switch y.ShortTag() {
	case "!!bool":
		return y.Value
	case "!!int", "!!float":
		return "the number " + y.Value
	default:
		return strconv.Quote(y.Value)
	}
}

// pairs calls a function for each key of a mapping and reports repeated keys.
func (d *decoder) pairs(y *yaml.Node, at spot, do func(name, value *yaml.Node)) {
	lines := map[string]int{}

	for i := 0; i+1 < len(y.Content); i += 2 {
		name := resolve(y.Content[i])

		first, isRepeated := lines[name.Value]

		switch {
		case name.Kind != yaml.ScalarNode:
			d.failf(name, at, "uses %s as a key; keys must be strings", kindOf(name))
		case name.ShortTag() == "!!merge":
			d.failf(name, at, "uses the merge key <<, which is not supported")
		case isRepeated:
			d.failf(name, spot{key: join(at.key, name.Value)}, "is repeated; the first occurrence is on line %d", first)
		default:
			lines[name.Value] = name.Line
			do(name, y.Content[i+1])
		}
	}
}

func (d *decoder) object(n *node, y *yaml.Node, target reflect.Value, at spot, depth int) {
	present := map[string]bool{}

	d.pairs(y, at, func(name, value *yaml.Node) {
		k := n.key(name.Value)
		if k == nil {
			closest := n.closest(name.Value)
			present[closest] = true // Do not also report that the closest key is missing.

			d.failf(name, spot{key: join(at.key, name.Value)}, "%s", unknownKey(d.layout, n, name.Value, closest))

			return
		}

		present[k.name] = true

		if k.value.isAbsent(value) {
			if k.required {
				d.failf(value, at.at(k), "must not be empty")
			}

			return
		}

		to := reflect.ValueOf(new(string)).Elem() // The base key has no field, so read its value into a temporary variable.
		if !k.isBase() {
			to = fieldOf(target, k.index)
		}

		before := len(d.problems)
		d.value(k.value, value, to, at.at(k), depth+1)

		if k.required && to.IsZero() && len(d.problems) == before {
			d.failf(value, at.at(k), "must not be empty")
		}
	})

	for _, k := range n.keys {
		if k.required && !present[k.name] {
			d.failf(y, at, "must contain the key %s", k.name)
		}
	}
}

// fieldOf returns a field. If a struct that contains the field is nil, it allocates the struct.
func fieldOf(target reflect.Value, index []int) reflect.Value {
	for _, i := range index {
		if target.Kind() == reflect.Pointer {
			if target.IsNil() {
				target.Set(reflect.New(target.Type().Elem()))
			}

			target = target.Elem()
		}

		target = target.Field(i)
	}

	if target.Kind() == reflect.Pointer {
		if target.IsNil() {
			target.Set(reflect.New(target.Type().Elem()))
		}

		target = target.Elem()
	}

	return target
}

// unknownKey describes an unknown key and suggests known keys.
func unknownKey(root, n *node, name, closest string) string {
	if closest != "" {
		return fmt.Sprintf("is not a known key; did you mean %s?", closest)
	}

	if elsewhere := root.pathsTo(name, ""); len(elsewhere) > 0 {
		return "is not a known key here; did you mean " + strings.Join(elsewhere, " or ") + "?"
	}

	names := make([]string, len(n.keys))
	for i, k := range n.keys {
		names[i] = k.name
	}

	return "is not a known key; expected one of " + strings.Join(names, ", ")
}

// closest returns the key whose name is most similar to a misspelled name, or "".
func (n *node) closest(name string) string {
	names := make([]string, len(n.keys))
	for i, k := range n.keys {
		names[i] = k.name
	}

	return closest(name, names)
}

// closest returns the candidate that is most similar to a misspelled name. If no candidate is similar enough, but exactly one
// candidate starts or ends with the name as a whole word, such as display_name for name, closest returns that candidate. Otherwise, it
// returns "".
func closest(name string, among []string) string {
	const lettersPerTypo, maxLength = 2, 100
	if len(name) > maxLength {
		return ""
	}

	written := strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(name))
	best, bestDistance := "", 1+len(name)/lettersPerTypo

	for _, candidate := range among {
		if distance := levenshtein.Distance(written, strings.ToLower(candidate), nil); distance < bestDistance {
			best, bestDistance = candidate, distance
		}
	}

	if best != "" || written == "" {
		return best
	}

	var longer []string

	for _, candidate := range among {
		if strings.HasPrefix(candidate, written+"_") || strings.HasSuffix(candidate, "_"+written) {
			longer = append(longer, candidate)
		}
	}

	if len(longer) == 1 {
		return longer[0]
	}

	return ""
}

// pathsTo returns the paths of all keys with the given name, such as readings.total.
func (n *node) pathsTo(name, path string) []string {
	var found []string

	for _, k := range n.keys {
		at := join(path, k.name)
		if k.name == name {
			found = append(found, at)
		}

		if k.isSection() {
			found = append(found, k.value.pathsTo(name, at)...)
		}
	}

	return found
}

func (d *decoder) table(n *node, y *yaml.Node, target reflect.Value, at spot, depth int) {
	read := reflect.MakeMap(target.Type())

	d.pairs(y, at, func(name, value *yaml.Node) {
		element := reflect.New(target.Type().Elem()).Elem()
		d.value(n.element, value, element, spot{join(at.key, name.Value), fmt.Sprintf("%s[%q]", at.field, name.Value)}, depth+1)
		read.SetMapIndex(reflect.ValueOf(name.Value), element)
	})

	target.Set(read)
}

func (d *decoder) list(n *node, y *yaml.Node, target reflect.Value, at spot, depth int) {
	read := reflect.MakeSlice(target.Type(), len(y.Content), len(y.Content))

	for i, element := range y.Content {
		if isNull(element) && n.element.kind != anything {
			d.failf(element, at.element(i), "has no value")

			continue
		}

		d.value(n.element, element, read.Index(i), at.element(i), depth+1)
	}

	target.Set(read)
}

// anything decodes an arbitrary JSON value. The result is nil, a string, a bool, a [json.Number], or a slice or map of these types.
func (d *decoder) anything(y *yaml.Node, at spot, depth int) any {
	switch y.Kind {
	case yaml.SequenceNode:
		var read []any

		d.list(&node{kind: list, element: &node{kind: anything}}, y, reflect.ValueOf(&read).Elem(), at, depth)

		return read
	case yaml.MappingNode:
		var read map[string]any

		d.table(&node{kind: table, element: &node{kind: anything}}, y, reflect.ValueOf(&read).Elem(), at, depth)

		return read
	default:
	}

	switch y.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(y.Value, "true")
	case "!!int", "!!float":
		if !json.Valid([]byte(y.Value)) {
			d.failf(y, at, "is %s, which JSON cannot represent; put it in quotes if it is a string", y.Value)
		}

		return json.Number(y.Value)
	default:
		return y.Value
	}
}

func (d *decoder) scalar(n *node, y *yaml.Node, target reflect.Value, at spot) {
	if y.Kind != yaml.ScalarNode {
		d.failf(y, at, "must be %s, not %s", n.want(), kindOf(y))

		return
	}

	tag := y.ShortTag()
	isText := tag == "!!str" || tag == "!!timestamp" // A date without quotes is a string in YAML 1.2.

	switch {
	case n.kind == word:
		if slices.Contains(n.words, y.Value) {
			target.SetString(y.Value)

			return
		}

		d.failf(y, at, "%s", unknownWord(n, y.Value))
	case n.kind == text && isText:
		target.SetString(y.Value)
	case n.kind == text && y.Style == 0:
		d.failf(y, at, "must be a string, not %s; put it in quotes", kindOf(y))
	case n.kind == boolean && tag == "!!bool":
		target.SetBool(strings.EqualFold(y.Value, "true"))
	case n.kind == number && tag == "!!int" && setNumber(target, y.Value, n.most),
		n.kind == share && (tag == "!!int" || tag == "!!float") && setShare(target, y.Value),
		n.kind == duration && isText && setDuration(target, y.Value),
		n.kind == moment && isText && setMoment(target, y.Value):
	default:
		d.failf(y, at, "must be %s, not %s", n.want(), kindOf(y))
	}
}

func unknownWord(n *node, value string) string {
	message := fmt.Sprintf("%q is not one of %s", value, strings.Join(n.words, ", "))
	if meant := closest(value, n.words); meant != "" {
		message += "; did you mean " + meant + "?"
	}

	return message
}

// want returns a description of the permitted values.
func (n *node) want() string {
	switch n.kind {
	case object, table:
		return "a mapping"
	case list:
		return "a list"
	case text:
		return "a string"
	case word:
		return "one of " + strings.Join(n.words, ", ")
	case boolean:
		return "true or false"
	case number:
		return fmt.Sprintf("a whole number from 0 to %d", n.most)
	case share:
		return "a number from 0 to 1"
	case duration:
		return "a duration such as 1.5s, 200ms or 15m"
	case moment:
		return "a time such as 2026-01-31T08:00:00Z"
	case anything:
	}

	return "a value"
}

func setNumber(target reflect.Value, written string, most uint64) bool {
	read, err := strconv.ParseUint(written, 10, 63)
	if err != nil || read > most {
		return false
	}

	if target.Kind() == reflect.Uint64 {
		target.SetUint(read)
	} else {
		target.SetInt(int64(read)) // The value fits in 63 bits.
	}

	return true
}

func setShare(target reflect.Value, written string) bool {
	read, err := strconv.ParseFloat(written, 64)
	if err != nil || !(read >= 0 && read <= 1) { // The condition also rejects NaN.
		return false
	}

	target.SetFloat(read)

	return true
}

func setDuration(target reflect.Value, written string) bool {
	read, err := time.ParseDuration(written)
	if err != nil || read < 0 {
		return false
	}

	target.SetInt(int64(read))

	return true
}

func setMoment(target reflect.Value, written string) bool {
	read, err := time.Parse(time.RFC3339, written)
	if err != nil {
		return false
	}

	target.Set(reflect.ValueOf(read))

	return true
}
