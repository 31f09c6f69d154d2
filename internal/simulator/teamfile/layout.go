package teamfile

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// place maps a field of [simulator.Options] to a key in the file. Both are dotted paths.
type place struct{ field, key string }

// readings is the section for all fields that the places function does not list.
const readings = "readings"

// notInFile is the key of fields that a file cannot describe.
const notInFile = "-"

// places returns the fields of [simulator.Options] that describe the team itself, in file order. All other fields select behaviour that the
// vendor does not specify. The keys of these other fields are in the `readings` section and are derived from the field names, so a new option
// needs no entry here.
func places() []place {
	return []place{
		{"Server.Licence", "licence"},
		{"Server.MaxPageSize", "limits.max_page_size"},
		{"Intelligence.RowLimit", "limits.max_rows"},
		{"Server.RequestsPerSecond", "limits.requests_per_second"},
		{"Server.RequestsPerDay", "limits.requests_per_day"},
		{"Server.MaxConcurrent", "limits.max_concurrent_requests"},
		{"Subscriptions.Max", "limits.max_subscriptions"},
		{"Reports.MaxPageSize", "limits.max_report_page_size"},
		{"Reports.AuditV2MaxLimit", "limits.max_audit_page_size"},
		{"SCIM.MaxCount", "limits.max_scim_page_size"},
		{"SCIM.Seats", "limits.seats"},
		{"Server.InactiveAPIs", "inactive_apis"},

		{"Intelligence.Models", "knowledge_models"},
		{"SCIM.Users", "users"},
		{"SCIM.Groups", "groups"},
		{"Subscriptions.Existing", "subscriptions"},
		{"Reports.Grants", "permissions"},
		{"Reports.TeamMembers", "team_members"},
		{"Reports.Logins", "login_events"},
		{"Reports.Audits", "audit_events"},

		{"OAuth.Clients", "oauth_clients"},
		{"OAuth.ApplicationKeys", "application_keys"},
		{"OAuth.UserKeys", "user_api_keys"},

		{"Intelligence.KnowledgeModels", "generated.knowledge_models"},
		{"Intelligence.RowsPerRecord", "generated.rows_per_record"},
		{"SCIM.GeneratedUsers", "generated.users"},
		{"SCIM.GeneratedGroups", "generated.groups"},
		{"Subscriptions.Count", "generated.subscriptions"},
		{"Reports.Permissions", "generated.permissions"},
		{"Reports.Members", "generated.team_members"},
		{"Reports.LoginEvents", "generated.login_events"},
		{"Reports.AuditEvents", "generated.audit_events"},
		{"Seed", "generated.seed"},

		{"Server.Latency", "latency"},
		{"Server.Faults", "faults"},
		{"Now", notInFile},

		{"Server", readings},
		{"Intelligence", "readings.knowledge_models"},
	}
}

// names returns the keys that cannot be derived from the name of the Go field. If a struct has the key ".", its keys are inlined into the
// mapping of the enclosing struct.
func names() map[string]string {
	return map[string]string{
		"Intelligence.Models[].ExtendedID": "extended_knowledge_model_id",
		"Intelligence.Models[].Content":    inline,
		"Subscriptions.Existing[].Created": "created_at",
	}
}

const inline = "."

// required returns the keys that every element of a list must contain.
func required() map[string][]string {
	return map[string][]string{
		"Intelligence.Models[]":                             {"package_key", "key", "name"},
		"Intelligence.Models[].Content.Records[]":           {"id"},
		"Intelligence.Models[].Content.Records[].Fields[]":  {"id", "type"},
		"Intelligence.Models[].Content.KPIs[]":              {"id", "record_id"},
		"Intelligence.Models[].Content.KPIs[].Parameters[]": {"id"},
		"Intelligence.Models[].Content.Filters[]":           {"id", "expression"},
		"Intelligence.Models[].Content.Triggers[]":          {"id", "record_id"},
		"SCIM.Users[]":                   {"user_name"},
		"SCIM.Groups[]":                  {"display_name"},
		"Subscriptions.Existing[]":       {"name", "knowledge_model_id", "trigger_id", "callback_uri"},
		"Reports.TeamMembers[].Groups[]": {"name"},
		"Reports.Logins[]":               {"time"},
		"Reports.Audits[]":               {"time"},
		"OAuth.Clients[]":                {"id"},
		"OAuth.ApplicationKeys[]":        {"value"},
		"OAuth.UserKeys[]":               {"value"},
	}
}

// closedLists returns the permitted values of string fields whose type does not define them.
func closedLists() map[string][]string {
	roles := []string{"MEMBER", "ANALYST", "ADMIN"}
	services := []string{server.ServiceSCIM, server.ServiceLoginHistory, server.ServiceAuditLogs}

	return map[string][]string{
		"Server.Licence": {"S", "M", "L", "XL"},
		"Server.InactiveAPIs[]": {
			"knowledge-models", "subscriptions", "scim", "team-members", "login-history", "permissions", "audit-logs",
		},
		"SCIM.KeptWhenOmitted[]":              scim.Attributes(),
		"SCIM.IgnoredByPUT[]":                 scim.Attributes(),
		"SCIM.Users[].Role":                   roles,
		"SCIM.Groups[].Role":                  roles,
		"OAuth.Clients[].AuthMethods[]":       {"client_secret_basic", "client_secret_post"},
		"OAuth.Clients[].Services[]":          services,
		"OAuth.ApplicationKeys[].Services[]":  services,
		"OAuth.UserKeys[].Services[]":         services,
		"Reports.TeamMembers[].Role":          roles,
		"Reports.TeamMembers[].Status":        {"Active", "Invited", "Locked"},
		"Reports.TeamMembers[].Groups[].Role": roles,
		"Reports.Grants[].Role":               roles,
		"Intelligence.Models[].Content.Records[].Fields[].Type": {
			"string", "date", "integer", "boolean", "number", "datetime", "timestamp", "float",
		},
	}
}

// kind is the type of a value in the file.
type kind int

const (
	object   kind = iota // a mapping with known keys
	table                // a mapping with any keys
	list                 //
	text                 //
	word                 // a string from a fixed set
	boolean              //
	number               // a whole number, at least 0
	share                // a number from 0 to 1
	duration             // a duration such as 1.5s
	moment               // a time in RFC 3339
	anything             // any JSON value
)

// node describes a value in the file.
type node struct {
	kind    kind
	keys    []*key   // the keys of an object
	element *node    // the elements of a table or list
	words   []string // the permitted values of a word
	most    uint64   // the maximum of a number
}

// key describes a key in a mapping.
type key struct {
	name     string
	value    *node
	required bool

	// path, such as "SCIM.Users", and index identify the field within the containing struct. Both are empty for a section, because the section's
	// keys describe fields of the same struct.
	path  string
	index []int
	// owner is the type that declares the field. The field's comment serves as the description of the key.
	owner reflect.Type
	field string
}

// isSection reports whether the key is a section: a mapping that groups fields of the same struct.
func (k *key) isSection() bool { return k.value.kind == object && k.path == "" }

// isBase reports whether the key is "base", which selects the initial team and does not describe a field.
func (k *key) isBase() bool { return k.value.kind != object && k.path == "" }

// layout returns the node that describes a whole team file.
func layout() *node {
	l := layouter{places: map[string]string{}, names: names(), required: required(), closedLists: closedLists()}
	for _, place := range places() {
		l.places[place.field] = place.key
	}

	root := &node{kind: object, keys: []*key{{name: baseKey, value: &node{kind: word, words: []string{baseEmpty, baseDefault}}}}}
	l.addFields(root, reflect.TypeFor[simulator.Options](), nil, "", readings)

	order := []string{baseKey}
	for _, place := range places() {
		order = append(order, place.key)
	}

	root.sort("", append(order, readings))

	return root
}

// layouter builds the nodes that describe a team file.
type layouter struct {
	places                map[string]string
	names                 map[string]string
	required, closedLists map[string][]string
}

// addFields adds the fields of an options struct. Fields that the places function does not list are added to the given section.
func (l layouter) addFields(root *node, options reflect.Type, index []int, path, section string) {
	for field := range options.Fields() {
		to := append(slices.Clone(index), field.Index...)

		if field.Anonymous {
			l.addFields(root, field.Type, to, path, section)

			continue
		}

		from := join(path, field.Name)

		into, ok := l.places[from]
		if !ok {
			into = join(section, keyOf(field.Name))
		}

		switch {
		case into == notInFile:
		case isStruct(field.Type):
			l.addFields(root, field.Type, to, from, into)
		default:
			value := l.node(field.Type, from)
			if value.kind == number && field.Type.Kind() == reflect.Int {
				value.most = mostOf(into)
			}

			root.add(into, &key{value: value, path: from, index: to, owner: options, field: field.Name})
		}
	}
}

// MaxGenerated is the maximum number of generated objects per type. It limits memory usage.
const MaxGenerated = 1_000_000

// mostOf returns the largest number that a key allows, which is MaxGenerated for counts of generated objects.
func mostOf(path string) uint64 {
	if strings.HasPrefix(path, "generated.") {
		return MaxGenerated
	}

	return math.MaxInt32
}

// add adds a key at a path and creates missing sections.
func (n *node) add(path string, k *key) {
	section, nested, isNested := strings.Cut(path, ".")
	if !isNested {
		k.name = section
		n.keys = append(n.keys, k)

		return
	}

	if n.key(section) == nil {
		n.keys = append(n.keys, &key{name: section, value: &node{kind: object}})
	}

	n.key(section).value.add(nested, k)
}

// sort puts the keys of a section in order: first the given paths in their order, then the other keys, with sections last.
func (n *node) sort(path string, order []string) {
	rank := func(k *key) int {
		isHere := func(ordered string) bool { return strings.HasPrefix(ordered+".", join(path, k.name)+".") }
		if i := slices.IndexFunc(order, isHere); i >= 0 {
			return i
		}

		if k.isSection() {
			return len(order) + 1
		}

		return len(order)
	}

	slices.SortStableFunc(n.keys, func(a, b *key) int { return rank(a) - rank(b) })

	for _, k := range n.keys {
		if k.isSection() {
			k.value.sort(join(path, k.name), order)
		}
	}
}

func (n *node) key(name string) *key {
	i := slices.IndexFunc(n.keys, func(k *key) bool { return k.name == name })
	if i < 0 {
		return nil
	}

	return n.keys[i]
}

// node returns the node that describes the values of a type. path is the path of the field that contains the values.
func (l layouter) node(of reflect.Type, path string) *node {
	if words := l.wordsOf(of, path); words != nil {
		return &node{kind: word, words: words}
	}

	switch of {
	case reflect.TypeFor[time.Duration]():
		return &node{kind: duration}
	case reflect.TypeFor[time.Time]():
		return &node{kind: moment}
	}

	switch of.Kind() {
	case reflect.Bool:
		return &node{kind: boolean}
	case reflect.Int, reflect.Uint64:
		return &node{kind: number, most: math.MaxInt64}
	case reflect.Float64:
		return &node{kind: share}
	case reflect.String:
		return &node{kind: text}
	case reflect.Interface:
		return &node{kind: anything}
	case reflect.Slice:
		return &node{kind: list, element: l.node(of.Elem(), path+"[]")}
	case reflect.Map:
		return &node{kind: table, element: l.node(of.Elem(), path+"[]")}
	case reflect.Pointer:
		return l.node(of.Elem(), path)
	case reflect.Struct:
		described := &node{kind: object}
		l.addElements(described, element{of: of, path: path, required: l.required[path]})

		return described
	default:
		panic(path + " has the type " + of.String() + ", which a team file cannot represent")
	}
}

// element is a struct in a list, or a struct that is inlined into a list element.
type element struct {
	of       reflect.Type
	path     string // path from the options
	inner    string // path from the struct in the list
	index    []int  // index path from the struct in the list
	required []string
}

// addElements adds the fields of an element.
func (l layouter) addElements(n *node, e element) {
	for field := range e.of.Fields() {
		path, inner, index := join(e.path, field.Name), join(e.inner, field.Name), append(slices.Clone(e.index), field.Index...)

		name, ok := l.names[path]
		if !ok {
			name = keyOf(field.Name)
		}

		if name == inline {
			l.addElements(n, element{field.Type.Elem(), path, inner, index, nil})

			continue
		}

		n.add(name, &key{
			value: l.node(field.Type, path), required: slices.Contains(e.required, name),
			path: inner, index: index, owner: e.of, field: field.Name,
		})
	}
}

// wordsOf returns the permitted values of a field, as defined by its type or by closedLists.
func (l layouter) wordsOf(of reflect.Type, path string) []string {
	method, ok := of.MethodByName("Words")
	if !ok {
		return l.closedLists[path]
	}

	words := method.Func.Call([]reflect.Value{reflect.Zero(of)})[0]

	allowed := make([]string, words.Len())
	for i := range allowed {
		allowed[i] = words.Index(i).String()
	}

	return allowed
}

func isStruct(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != reflect.TypeFor[time.Time]()
}

func join(path, name string) string {
	if path == "" {
		return name
	}

	return path + "." + name
}
