package teamfile

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

var update = flag.Bool("update", false, "rewrite the schema and the tables in the guide")

// comments collects the comments on fields and on permitted values in the simulator's source. The keys of the returned map are
// "package.Type.Field" for fields and "package.Type value" for permitted values.
func comments(t *testing.T) map[string]string {
	t.Helper()

	found := map[string]string{}

	err := filepath.WalkDir("..", func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}

		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}

		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				fields, ok := n.Type.(*ast.StructType)
				if !ok {
					return true
				}

				for _, field := range fields.Fields.List {
					for _, name := range field.Names {
						found[file.Name.Name+"."+n.Name.Name+"."+name.Name] = oneLine(field.Doc, field.Comment)
					}
				}
			case *ast.ValueSpec:
				of, isNamed := n.Type.(*ast.Ident)
				if !isNamed || len(n.Values) != 1 {
					return true
				}

				if literal, ok := n.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
					value, _ := strconv.Unquote(literal.Value)
					found[file.Name.Name+"."+of.Name+" "+value] = oneLine(n.Comment)
				}
			}

			return true
		})

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	return found
}

func oneLine(groups ...*ast.CommentGroup) string {
	for _, group := range groups {
		if text := group.Text(); text != "" {
			return strings.Join(strings.Fields(text), " ")
		}
	}

	return ""
}

// describer derives the descriptions of keys from the comments in the source.
type describer struct {
	comments map[string]string
}

// description returns the comment on a key's field, without the Go name. For example, "Latency is the delay before every response." becomes
// "The delay before every response.".
func (d describer) description(k *key) string {
	if k.isBase() {
		return baseDescription
	}

	if k.isSection() {
		return sections()[k.name]
	}

	text := d.comments[k.owner.String()+"."+k.field]
	if rest, ok := strings.CutPrefix(text, k.field+" "); ok {
		for _, verb := range []string{"is ", "are "} {
			rest = strings.TrimPrefix(rest, verb)
		}

		text = rest
	}

	if text == "" {
		return ""
	}

	return strings.ToUpper(text[:1]) + text[1:]
}

// meanings returns, for a key whose value is a word, the comment on each permitted value.
func (d describer) meanings(k *key) (list []string) {
	of := k.value.elementOrSelf()
	if of.kind != word || k.isBase() {
		return nil
	}

	field, ok := k.owner.FieldByName(k.field)
	if !ok {
		return nil
	}

	kind := field.Type
	if kind.Kind() == reflect.Slice {
		kind = kind.Elem()
	}

	if kind == reflect.TypeFor[string]() {
		return nil // Words in closed lists need no explanation.
	}

	for _, word := range of.words {
		meaning := d.comments[kind.String()+" "+word]
		meaning = strings.TrimSpace(strings.TrimSuffix(meaning, "(default)"))
		list = append(list, meaning)
	}

	return list
}

// The following keys have no field, so their descriptions are defined here.
const baseDescription = "The team that the file builds on: an empty team, or the default team, which celonis-simulator serves without a team " +
	"file. Defaults to empty. A list in the file replaces the corresponding list of the base team."

func sections() map[string]string {
	return map[string]string{
		"limits":           "The limits that the licence and the service impose.",
		"oauth":            "The behaviour of the token endpoint.",
		"knowledge_models": "The behaviour of Knowledge Models and their data.",
		"seats":            "The maximum number of users that the licence allows, by role. 0 means no limit.",
		"faults":           "Makes requests fail at random, to test the error handling of clients.",
		"generated":        "The number of objects that the simulator generates in addition to the objects in the team file.",
		"readings":         "The behaviour to simulate where Celonis's documentation is silent or contradicts itself.",
		"scim":             "The behaviour of the SCIM API for users and groups.",
		"reports":          "The behaviour of the reports on team members, login history, permissions and audit logs.",
		"subscriptions":    "The behaviour of event subscriptions.",
	}
}

// schema contains the keywords of JSON Schema that describe a team file.
type schema struct {
	Schema      string      `json:"$schema,omitempty"`
	Title       string      `json:"title,omitempty"`
	Description string      `json:"description,omitempty"`
	Type        string      `json:"type,omitempty"`
	Enum        []any       `json:"enum,omitempty"`
	Format      string      `json:"format,omitempty"`
	Pattern     string      `json:"pattern,omitempty"`
	Minimum     *uint64     `json:"minimum,omitempty"`
	Maximum     *uint64     `json:"maximum,omitempty"`
	Items       *schema     `json:"items,omitempty"`
	Properties  *properties `json:"properties,omitempty"`
	Required    []string    `json:"required,omitempty"`
	Additional  any         `json:"additionalProperties,omitempty"`
}

// properties preserves the order of the keys.
type properties struct {
	names   []string
	schemas []*schema
}

func (p *properties) MarshalJSON() ([]byte, error) {
	var written bytes.Buffer

	for i, name := range p.names {
		value, err := json.Marshal(p.schemas[i])
		if err != nil {
			return nil, err
		}

		fmt.Fprintf(&written, ",%q:%s", name, value)
	}

	return append(append([]byte("{"), bytes.TrimPrefix(written.Bytes(), []byte(","))...), '}'), nil
}

func (d describer) schema(n *node) *schema {
	switch n.kind {
	case object:
		s := &schema{Type: "object", Properties: &properties{}, Additional: json.RawMessage("false")}

		for _, k := range n.keys {
			value := d.schema(k.value)
			value.Description = d.description(k)

			if list := d.wordList(k); list != "" {
				value.Description += " " + list
			}

			s.Properties.names = append(s.Properties.names, k.name)
			s.Properties.schemas = append(s.Properties.schemas, value)

			if k.required {
				s.Required = append(s.Required, k.name)
			}
		}

		return s
	case table:
		return &schema{Type: "object", Additional: d.schema(n.element)}
	case list:
		return &schema{Type: "array", Items: d.schema(n.element)}
	case text:
		return &schema{Type: "string"}
	case word:
		return &schema{Enum: spellings(n.words)}
	case boolean:
		return &schema{Type: "boolean"}
	case number:
		return &schema{Type: "integer", Minimum: new(uint64), Maximum: &n.most}
	case share:
		return &schema{Type: "number", Minimum: new(uint64), Maximum: new(uint64(1))}
	case duration:
		return &schema{Type: "string", Pattern: `^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$|^0$`}
	case moment:
		return &schema{Type: "string", Format: "date-time"}
	case anything:
	}

	return &schema{}
}

// wordList returns a sentence that lists the permitted words for a key, or for each element if the key is a list.
func (d describer) wordList(k *key) string {
	values := d.values(k, "")
	if len(values) == 0 {
		return ""
	}

	return "Values: " + strings.Join(values, "; ") + "."
}

// values returns the permitted words for a key, or for each element if the key is a list. Each word is in quotes and followed by its meaning.
func (d describer) values(k *key, quote string) []string {
	of := k.value.elementOrSelf()
	if of.kind != word {
		return nil
	}

	meanings := d.meanings(k)
	parts := make([]string, len(of.words))

	for i, value := range of.words {
		parts[i] = quote + value + quote

		if meanings != nil && i == 0 && k.value.kind == word {
			parts[i] += " (default)"
		}

		if meanings != nil && meanings[i] != "" {
			parts[i] += ": " + meanings[i]
		}
	}

	return parts
}

// spellings returns the words and, for words such as null and 204, also the value (null or a number) that YAML reads if the word is not in
// quotes.
func spellings(words []string) []any {
	all := make([]any, 0, len(words))
	for _, word := range words {
		all = append(all, word)
	}

	for _, word := range words {
		if word == "null" {
			all = append(all, nil)
		} else if number, err := strconv.Atoi(word); err == nil {
			all = append(all, number)
		}
	}

	return all
}

func TestSchemaIsCurrent(t *testing.T) {
	t.Parallel()

	generated := describer{comments(t)}.schema(layout())
	generated.Schema = "http://json-schema.org/draft-07/schema#"
	generated.Title = "celonis-simulator team file"

	var written bytes.Buffer

	encoder := json.NewEncoder(&written)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)

	if err := encoder.Encode(generated); err != nil {
		t.Fatal(err)
	}

	if *update {
		if err := os.WriteFile("team.schema.json", written.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}

		return // Schema, which is embedded, still contains the previous file.
	}

	if written.String() != Schema {
		t.Error("team.schema.json is out of date: run go test ./internal/simulator/teamfile -update")
	}
}

// Every key needs a description, because the team file reference and the schema show it.
func TestEachKeyHasADescription(t *testing.T) {
	t.Parallel()

	d := describer{comments(t)}
	goName := regexp.MustCompile(`\b(Options|SCIM)\.[A-Z]|\b[A-Z][a-z]+[A-Z][a-z]\w*|\bnil\b`)

	var check func(n *node, path string)

	check = func(n *node, path string) {
		for n.element != nil {
			n, path = n.element, path+"[]"
		}

		for _, k := range n.keys {
			at := join(path, k.name)
			text := d.description(k)

			switch {
			case text == "":
				t.Errorf("%s has no description: write a comment for %v.%s", at, k.owner, k.field)
			case !strings.HasSuffix(text, "."):
				t.Errorf("the description of %s does not end in a full stop: %s", at, text)
			case goName.MatchString(strings.ReplaceAll(text+d.wordList(k), "AppKey", "")):
				t.Errorf("the description of %s contains a Go identifier: %s", at, text)
			}

			check(k.value, at)
		}
	}

	check(layout(), "")
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()

	document, err := jsonschema.UnmarshalJSON(strings.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}

	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("team.schema.json", document); err != nil {
		t.Fatal(err)
	}

	compiled, err := compiler.Compile("team.schema.json")
	if err != nil {
		t.Fatal(err)
	}

	return compiled
}

// validate validates a YAML file against the schema, as editors do.
func validate(t *testing.T, file []byte) error {
	t.Helper()

	var value any
	if err := yaml.Unmarshal(file, &value); err != nil {
		t.Fatal(err)
	}

	asJSON, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}

	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}

	return compiledSchema(t).Validate(document)
}

func TestSchemaAcceptsPrintedFiles(t *testing.T) {
	t.Parallel()

	var everything simulator.Options

	fill(layout(), reflect.ValueOf(&everything).Elem())

	if err := validate(t, []byte(printed(t, everything))); err != nil {
		t.Error(err)
	}
}

const (
	guide         = "../../../templates/guides/team-file-reference.md.tmpl"
	startOfTables = "<!-- The tables below are generated: go test ./internal/simulator/teamfile -update -->\n"
)

// tables returns the reference tables of the guide: one table for each top-level section and each section of `readings`.
func (d describer) tables() string {
	var plain, nested, written strings.Builder

	var section func(k *key, path string)

	section = func(k *key, path string) {
		fmt.Fprintf(&nested, "\n## `%s`\n\n%s\n\n| key | description |\n|---|---|\n", path, d.description(k))

		var sections []*key

		for _, inner := range k.value.elementOrSelf().keys {
			if inner.isSection() && path == readings {
				sections = append(sections, inner)
			} else {
				d.rows(&nested, inner, inner.name)
			}
		}

		for _, inner := range sections {
			section(inner, join(path, inner.name))
		}
	}

	for _, k := range layout().keys {
		if k.value.elementOrSelf().kind == object {
			section(k, k.name)
		} else {
			d.rows(&plain, k, k.name)
		}
	}

	fmt.Fprintf(&written, "\n## Single values\n\n| key | description |\n|---|---|\n%s%s", &plain, &nested)

	return written.String()
}

func (n *node) elementOrSelf() *node {
	if n.kind == list {
		return n.element
	}

	return n
}

// rows writes table rows: one for the key, and one for each key below it.
func (d describer) rows(table *strings.Builder, k *key, path string) {
	below := k.value.elementOrSelf()
	value := below.title()

	if k.value.kind == list {
		value = "list of " + below.titles()
		path += "[]"
	}

	if k.required {
		value += ", required"
	}

	description := d.description(k)
	if values := d.values(k, "`"); slices.ContainsFunc(values, func(value string) bool { return strings.Contains(value, ": ") }) {
		description += "<br>• " + strings.Join(values, "<br>• ")
	} else if len(values) > 0 {
		description += " Values: " + strings.Join(values, ", ") + "."
	}

	fmt.Fprintf(table, "| `%s`<br>%s | %s |\n", strings.TrimSuffix(path, "[]"), value, strings.ReplaceAll(description, "|", `\|`))

	for _, inner := range below.keys {
		d.rows(table, inner, join(path, inner.name))
	}
}

// title returns the name that the tables use for a kind of value.
func (n *node) title() string {
	return map[kind]string{
		object: "mapping", table: "mapping", text: "string", word: "one of the values", boolean: "true or false", number: "number", share: "number from 0 to 1",
		duration: "duration", moment: "time", anything: "anything",
	}[n.kind]
}

func (n *node) titles() string {
	return map[kind]string{object: "mappings", table: "mappings", text: "strings", word: "values"}[n.kind]
}

func TestGuideContainsTheTables(t *testing.T) {
	t.Parallel()

	page, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}

	head, tables, ok := strings.Cut(string(page), startOfTables)
	want := describer{comments(t)}.tables()

	if *update && ok {
		if err := os.WriteFile(guide, []byte(head+startOfTables+want), 0o600); err != nil { //nolint:gosec // The file is part of this repository.
			t.Fatal(err)
		}

		tables = want
	}

	if tables != want {
		t.Error("the tables in " + guide + " are out of date: run go test ./internal/simulator/teamfile -update")
	}
}

// The team file in the guide must also be valid according to the schema, which editors use.
func TestExampleIsValid(t *testing.T) {
	t.Parallel()

	file, err := os.ReadFile("../../../examples/guides/testing_a_module/team.yaml")
	if err != nil {
		t.Fatal(err)
	}

	if _, err := Load("team.yaml", file); err != nil {
		t.Error(err)
	}

	if err := validate(t, file); err != nil {
		t.Error(err)
	}
}

// The schema must reject the files that the simulator rejects.
func TestSchemaRejectsWhatTheDecoderRejects(t *testing.T) {
	t.Parallel()

	for _, file := range []string{
		"usrs: []", "users: {}", "users: [{}]", "users: [{user_name: 1}]", "licence: XXL", "readings: {total: 1}", "latency: 5", "latency: 5x",
		"generated: {users: -1}", "generated: {users: 1000001}", "readings: {omit_page_size: 1}", "inactive_apis: [x]", "base: x",
		"knowledge_models: [{package_key: p, key: k, name: n, records: [{id: R, fields: [{id: F, type: text}]}]}]",
	} {
		if err := validate(t, []byte(file)); err == nil {
			t.Errorf("the schema accepts %s", file)
		}

		if _, err := Load("team.yaml", []byte(file)); err == nil {
			t.Errorf("Load accepts %s", file)
		}
	}
}

// The guide shows the problems that result from two mistakes in the example file. The test makes the same two mistakes.
func TestGuideContainsTheActualProblems(t *testing.T) {
	t.Parallel()

	file, err := os.ReadFile("../../../examples/guides/testing_a_module/team.yaml")
	if err != nil {
		t.Fatal(err)
	}

	page, err := os.ReadFile("../../../templates/guides/simulator.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}

	mistaken := strings.NewReplacer("    role:", "    roles:", "total: page", "total: pages").Replace(string(file))

	if _, err := Load("team.yaml", []byte(mistaken)); err == nil || !strings.Contains(string(page), "celonis-simulator: "+err.Error()+"\n") {
		t.Errorf("the guide does not contain\n%v", err)
	}
}
