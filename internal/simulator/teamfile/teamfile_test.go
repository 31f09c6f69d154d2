package teamfile

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	simteam "github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

func TestKeysAreDerivedFromFieldNames(t *testing.T) {
	t.Parallel()

	for field, want := range map[string]string{
		"Total": "total", "KPIParameterNesting": "kpi_parameter_nesting", "APIsOff": "apis_off", "NormaliseURIs": "normalise_uris",
		"ETags": "etags", "OAuth": "oauth", "AuditV2MaxLimit": "audit_v2_max_limit", "IgnoredByPUT": "ignored_by_put", "ID": "id", "KPIs": "kpis",
		"ErrorsAsJSON": "errors_as_json", "IPAddress": "ip_address", "UserIDs": "user_ids",
	} {
		if got := keyOf(field); got != want {
			t.Errorf("keyOf(%s) = %s, want %s", field, got, want)
		}
	}
}

// visit calls a function for each key below a node, unless the key is a section or the base. path is the path of the field that the node
// describes.
func visit(n *node, path string, do func(k *key, path string)) {
	for _, k := range n.keys {
		at := path
		if k.path != "" {
			at = join(path, k.path)
			do(k, at)
		}

		below := k.value
		for below.element != nil {
			below, at = below.element, at+"[]"
		}

		visit(below, at, do)
	}
}

// fieldsOf returns the paths of all fields that must have a key in the file.
func fieldsOf(of reflect.Type, path string) []string {
	if of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
		return fieldsOf(of.Elem(), path+"[]")
	}

	if of.Kind() == reflect.Pointer {
		return fieldsOf(of.Elem(), path)
	}

	if !isStruct(of) {
		return nil
	}

	var all []string

	for field := range of.Fields() {
		at := join(path, field.Name)
		if field.Anonymous {
			at = path
		}

		below := fieldsOf(field.Type, at)
		if field.Type.Kind() != reflect.Struct && field.Type.Kind() != reflect.Pointer || below == nil {
			all = append(all, at)
		}

		all = append(all, below...)
	}

	return all
}

func TestEachOptionHasAKey(t *testing.T) {
	t.Parallel()

	var described []string

	visit(layout(), "", func(_ *key, path string) { described = append(described, path) })

	all := fieldsOf(reflect.TypeFor[simulator.Options](), "")
	if len(all) < 200 {
		t.Fatalf("only %d fields: %v", len(all), all)
	}

	for _, field := range all {
		if !slices.Contains(described, field) && field != "Now" && field != "Reports.Audits[].Diff" {
			t.Errorf("%s has no key", field)
		}
	}

	for _, place := range places() {
		if !slices.ContainsFunc(all, func(field string) bool { return strings.HasPrefix(field+".", place.field+".") }) {
			t.Errorf("the field %s does not exist", place.field)
		}
	}
}

func TestExceptionsReferToExistingFields(t *testing.T) {
	t.Parallel()

	all, keys := fieldsOf(reflect.TypeFor[simulator.Options](), ""), map[string][]string{}

	visit(layout(), "", func(k *key, path string) {
		owner := strings.TrimSuffix(path, "."+k.path)
		keys[owner] = append(keys[owner], k.name)
	})

	isField := func(path string) bool {
		return slices.ContainsFunc(all, func(field string) bool { return strings.HasPrefix(field+".", strings.TrimSuffix(path, "[]")+".") })
	}

	for path := range names() {
		if !isField(path) {
			t.Errorf("names: the field %s does not exist", path)
		}
	}

	for path := range closedLists() {
		if !isField(path) {
			t.Errorf("closedLists: the field %s does not exist", path)
		}
	}

	for path, required := range required() {
		for _, key := range required {
			if !slices.Contains(keys[path], key) {
				t.Errorf("required: %s has no key %s", path, key)
			}
		}
	}
}

// fill sets every field to a non-zero value.
func fill(n *node, target reflect.Value) {
	switch n.kind {
	case object:
		for _, k := range n.keys {
			if !k.isBase() {
				fill(k.value, fieldOf(target, k.index))
			}
		}
	case table:
		element := reflect.New(target.Type().Elem()).Elem()
		fill(n.element, element)
		target.Set(reflect.MakeMap(target.Type()))
		target.SetMapIndex(reflect.ValueOf("null"), element)
	case list:
		target.Set(reflect.MakeSlice(target.Type(), 2, 2))
		fill(n.element, target.Index(0))
		fill(n.element, target.Index(1))
	case text:
		target.SetString("012: '#\n")
	case word:
		target.SetString(n.words[len(n.words)-1])
	case boolean:
		target.SetBool(true)
	case number:
		if target.Kind() == reflect.Uint64 {
			target.SetUint(42)
		} else {
			target.SetInt(42)
		}
	case share:
		target.SetFloat(0.125)
	case duration:
		target.SetInt(int64(90 * time.Second))
	case moment:
		target.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)))
	case anything:
		target.Set(reflect.ValueOf([]any{nil, true, "true", map[string]any{"a b": "2026-01-01"}}))
	}
}

func printed(t *testing.T, options simulator.Options) string {
	t.Helper()

	var file bytes.Buffer
	if err := Print(&file, options); err != nil {
		t.Fatal(err)
	}

	return file.String()
}

func TestEachOptionIsPrintedAndDecoded(t *testing.T) {
	t.Parallel()

	var want simulator.Options

	fill(layout(), reflect.ValueOf(&want).Elem())

	file := printed(t, want)

	document, problem := parse([]byte(file))
	if problem != nil {
		t.Fatal(*problem)
	}

	got, d := decode(document)
	if len(d.problems) > 0 {
		t.Error(d.problems)
	}

	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v\nfrom\n%s", got, want, file)
	}
}

func TestZeroOptionsArePrintedAndDecoded(t *testing.T) {
	t.Parallel()

	team, err := Load("team.yaml", []byte("base: empty"))
	if err != nil || !reflect.DeepEqual(team, simulator.Options{}) {
		t.Errorf("team = %+v, error = %v", team, err)
	}
}

func TestBaseCanBeTheDefaultTeam(t *testing.T) {
	t.Parallel()

	team, err := Load("team.yaml", []byte("base: default\ngroups: []\nreadings: {total: page}\n"))
	if err != nil {
		t.Fatal(err)
	}

	want := simulator.DefaultTeam()
	want.Server.Total, want.SCIM.Groups = server.TotalCountsPage, []scim.Group{}

	if !reflect.DeepEqual(team, want) {
		t.Errorf("team = %+v, want %+v", team, want)
	}
}

func TestProblemsContainLineAndRemedy(t *testing.T) {
	t.Parallel()

	const model = "knowledge_models:\n- package_key: p\n  key: k\n  name: n\n  triggers: [{id: T, record_id: R}]\n" +
		"  records:\n  - id: R\n    fields: [{id: A, type: string}]"

	for file, want := range map[string]string{
		// Keys.
		"licence: M\nuser: []\n":             "team.yaml:2: user: is not a known key; did you mean users?",
		"users:\n- {user_name: a, rol: x}\n": "team.yaml:2: users[0].rol: is not a known key; did you mean role?",
		"users: [{User-Name: a}]\n":          "team.yaml:1: users[0].User-Name: is not a known key; did you mean user_name?",
		"groups: [{name: a}]\n":              "team.yaml:1: groups[0].name: is not a known key; did you mean display_name?",
		"total: page\n":                      "team.yaml:1: total: is not a known key here; did you mean limits.seats.total or readings.total?",
		"limits: {seats: {zzzzzzzzzzzz: 1}}": "team.yaml:1: limits.seats.zzzzzzzzzzzz: is not a known key; expected one of total, members, analysts, admins",
		"licence: M\n\nlicence: L\n":         "team.yaml:3: licence: is repeated; the first occurrence is on line 1",
		"users: [{display_name: a}]":         "team.yaml:1: users[0]: must contain the key user_name",
		"users:\n- user_name:\n":             "team.yaml:2: users[0].user_name: must not be empty",
		"users: [{user_name: ''}]":           "team.yaml:1: users[0].user_name: must not be empty",
		"? [a]\n: b\n":                       "team.yaml:1: uses a list as a key; keys must be strings",
		"x: &x {licence: M}\n<<: *x\n":       "team.yaml:2: uses the merge key <<, which is not supported",

		// Types.
		"users: none\n":               `team.yaml:1: users: must be a list, not "none"`,
		"users: {a: b}\n":             "team.yaml:1: users: must be a list, not a mapping",
		"users: [a]\n":                `team.yaml:1: users[0]: must be a mapping, not "a"`,
		"users:\n-\n":                 "team.yaml:2: users[0]: has no value",
		"readings: []\n":              "team.yaml:1: readings: must be a mapping, not a list",
		"users: [{user_name: [a]}]\n": "team.yaml:1: users[0].user_name: must be a string, not a list",
		"users: [{user_name: a, external_id: 042}]":                        "team.yaml:1: users[0].external_id: must be a string, not the number 042; put it in quotes",
		"readings: {omit_page_size: 'yes'}\n":                              `team.yaml:1: readings.omit_page_size: must be true or false, not "yes"`,
		"readings: {omit_page_size: 1}\n":                                  "team.yaml:1: readings.omit_page_size: must be true or false, not the number 1",
		"generated: {users: -1}\n":                                         "team.yaml:1: generated.users: must be a whole number from 0 to 1000000, not the number -1",
		"generated: {users: 1000001}\n":                                    "team.yaml:1: generated.users: must be a whole number from 0 to 1000000, not the number 1000001",
		"generated: {users: 1.5}\n":                                        "team.yaml:1: generated.users: must be a whole number from 0 to 1000000, not the number 1.5",
		"faults: {rate: 1.5}\n":                                            "team.yaml:1: faults.rate: must be a number from 0 to 1, not the number 1.5",
		"faults: {rate: -1}\n":                                             "team.yaml:1: faults.rate: must be a number from 0 to 1, not the number -1",
		"faults: {rate: .nan}\n":                                           "team.yaml:1: faults.rate: must be a number from 0 to 1, not the number .nan",
		"faults: {rate: '0.1'}\n":                                          `team.yaml:1: faults.rate: must be a number from 0 to 1, not "0.1"`,
		"faults: {kinds: [restet]}\n":                                      `team.yaml:1: faults.kinds[0]: "restet" is not one of reset, reset-after, cut-body, bad-gateway, rate-limit, retry-after, unavailable, slow; did you mean reset?`,
		"faults: {kind: reset}\n":                                          "team.yaml:1: faults.kind: is not a known key; did you mean kinds?",
		"generated: {users: '3'}\n":                                        `team.yaml:1: generated.users: must be a whole number from 0 to 1000000, not "3"`,
		"latency: 5\n":                                                     "team.yaml:1: latency: must be a duration such as 1.5s, 200ms or 15m, not the number 5",
		"latency: -5s\n":                                                   `team.yaml:1: latency: must be a duration such as 1.5s, 200ms or 15m, not "-5s"`,
		"login_events: [{time: 2026-01-02}]\n":                             `team.yaml:1: login_events[0].time: must be a time such as 2026-01-31T08:00:00Z, not "2026-01-02"`,
		"audit_events: [{time: 2026-01-31T08:00:00Z, message: {a: .inf}}]": "team.yaml:1: audit_events[0].message.a: is .inf, which JSON cannot represent; put it in quotes if it is a string",

		// Values.
		"readings:\n  total: pages\n":         `team.yaml:2: readings.total: "pages" is not one of all, page, absent; did you mean page?`,
		"readings: {no_such: {}}":             "team.yaml:1: readings.no_such: is not a known key; expected one of ",
		"inactive_apis: [scim, scmi]\n":       `team.yaml:1: inactive_apis[1]: "scmi" is not one of knowledge-models, subscriptions, scim, team-members, login-history, permissions, audit-logs; did you mean scim?`,
		"licence: XXL\n":                      `team.yaml:1: licence: "XXL" is not one of S, M, L, XL; did you mean XL?`,
		"base: defalt\n":                      `team.yaml:1: base: "defalt" is not one of empty, default; did you mean default?`,
		"users: [{user_name: a, role: BOSS}]": `team.yaml:1: users[0].role: "BOSS" is not one of MEMBER, ANALYST, ADMIN`,

		"licence: S\nlimits:\n  max_report_page_size: 201\n":           "team.yaml:3: limits.max_report_page_size: must be at most 200",
		"licence: S\nlimits:\n  max_audit_page_size: 501\n":            "team.yaml:3: limits.max_audit_page_size: must be at most 500",
		"licence: S\ngenerated:\n  subscriptions: 1\n":                 "team.yaml:3: generated.subscriptions: requires a trigger",
		"licence: S\nuser_api_keys:\n- value: a b\n":                   "team.yaml:3: user_api_keys: contains a key that is empty or contains whitespace",
		"oauth_clients: [{id: a, auth_methods: [client_secret_post]}]": `team.yaml: client "a" has authentication methods but no secret`,

		// Names.
		"users:\n- user_name: a@b.c\n- user_name: A@b.c\n":                                                           `team.yaml:3: users[1].user_name: "a@b.c" is repeated; the first occurrence is on line 2`,
		"users:\n- {id: x, user_name: a}\n- {id: x, user_name: b}\n":                                                 `team.yaml:3: users[1].id: "x" is repeated; the first occurrence is on line 2`,
		"groups:\n- display_name: R\n- display_name: r\n":                                                            `team.yaml:3: groups[1].display_name: "r" is repeated; the first occurrence is on line 2`,
		"users: [{user_name: ada}]\ngroups:\n- display_name: R\n  members:\n  - adda":                                `team.yaml:5: groups[0].members[0]: "adda" is not a user in this file; did you mean ada?`,
		"oauth_clients: [{id: a, secret: s}, {id: a, secret: s}]":                                                    `team.yaml:1: oauth_clients[1].id: "a" is repeated; the first occurrence is on line 1`,
		model + "\n- {package_key: p, key: k, name: Again}":                                                          `team.yaml:9: knowledge_models[1].key: "p.k" is repeated; the first occurrence is on line 3`,
		model + "\n  kpis: [{id: K, record_id: Q}]":                                                                  `team.yaml:9: knowledge_models[0].kpis[0].record_id: "Q" is not a record in this file, which defines R`,
		model + "\n  kpis: [{id: K, record_id: R, field_id: NONE}]":                                                  `team.yaml:9: knowledge_models[0].kpis[0].field_id: "NONE" is not a field of the R record in this file, which defines A`,
		model + "\n  filters: [{id: F, expression: R.A eq}]":                                                         `team.yaml: the Knowledge Model "p.k": the filter "F": `,
		model + "\n    rows:\n    - {A: x}\n    - {AB: x}":                                                           `team.yaml:11: knowledge_models[0].records[0].rows[1]: "AB" is not a field of the R record in this file; did you mean A?`,
		model + "\nsubscriptions: [{name: s, knowledge_model_id: p.q, trigger_id: T, callback_uri: 'https://x.y'}]":  `team.yaml:9: subscriptions[0].knowledge_model_id: "p.q" is not a Knowledge Model in this file; did you mean p.k?`,
		model + "\nsubscriptions: [{name: s, knowledge_model_id: p.k, trigger_id: TT, callback_uri: 'https://x.y'}]": `team.yaml:9: subscriptions[0].trigger_id: "TT" is not a trigger of p.k in this file; did you mean T?`,
		model + "\n  - {id: R}": `team.yaml:9: knowledge_models[0].records[1].id: "R" is repeated; the first occurrence is on line 7`,
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()

			_, err := Load("team.yaml", []byte(file))
			if err == nil || !strings.Contains("\n"+err.Error()+"\n", "\n"+want) {
				t.Errorf("%v\nwant\n%s", err, want)
			}
		})
	}
}

func TestProblemsAreReportedInTheOrderOfTheFile(t *testing.T) {
	t.Parallel()

	_, err := Load("team.yaml", []byte("licence: XXL\nusers:\n- rol: 1\n- user_name: []\nreadings: {total: x}\n"))

	problems, ok := errors.AsType[*Error](err)
	if !ok || len(problems.Problems) != 5 {
		t.Fatal(err)
	}

	lines := make([]int, len(problems.Problems))
	for i, problem := range problems.Problems {
		lines[i] = problem.Line
	}

	if !slices.Equal(lines, []int{1, 3, 3, 4, 5}) {
		t.Errorf("lines = %v in\n%v", lines, err)
	}
}

func TestLongListsOfProblemsAreTruncated(t *testing.T) {
	t.Parallel()

	_, err := Load("team.yaml", []byte("users: ["+strings.Repeat("1,", 40)+"]"))
	if err == nil || strings.Count(err.Error(), "\n") != 25 || !strings.HasSuffix(err.Error(), "team.yaml: and 15 more problems") {
		t.Error(err)
	}
}

func TestErrorsForUnreadableFiles(t *testing.T) {
	t.Parallel()

	var bomb strings.Builder

	bomb.WriteString("x: &a [1]\n")

	for i := range 25 {
		fmt.Fprintf(&bomb, "x%d: &%c [*%c, *%c]\n", i, 'b'+i, 'a'+i, 'a'+i)
	}

	for name, test := range map[string]struct{ file, want string }{
		"empty":              {"", "team.yaml: is empty"},
		"only comments":      {"# nothing yet\n", "team.yaml: is empty"},
		"null":               {"null", "team.yaml: is empty"},
		"scalar":             {"hello", `team.yaml:1: must contain a mapping with keys such as users, not "hello"`},
		"list":               {"\n- users", "team.yaml:2: must contain a mapping with keys such as users, not a list"},
		"binary":             {"\x89PNG\r\n\xff", "team.yaml: is not UTF-8 text"},
		"tab as indentation": {"users:\n\t- a", "team.yaml:2: is not valid YAML or JSON: "},
		"unclosed bracket":   {"licence: S\nusers: [", "is not valid YAML or JSON: "},
		"unknown anchor":     {"users: *u", "is not valid YAML or JSON: "},
		"two documents":      {"licence: S\n---\nlicence: M\n", "team.yaml:2: contains a second document"},
		"too large":          {strings.Repeat(" ", MaxSize+1), "team.yaml: is larger than 16 MiB"},
		"too many values":    {"users: [" + strings.Repeat(",", maxMarks+1), "team.yaml: contains more than 1000000 values"},
		"too deep":           {"audit_events: [{message: {a: " + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}}]", "is nested deeper than 50 levels"},
		"deep and unclosed":  {strings.Repeat("[", 900_000), "is not valid YAML or JSON: "},
		"cycle":              {"audit_events: [{message: &a {b: *a}}]", "is nested deeper than 50 levels"},
		"alias bomb":         {bomb.String() + "audit_events: [{message: {a: *z}}]", "repeats more than 100000 values through aliases"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := Load("team.yaml", []byte(test.file))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%.2000v\nwant\n%s", err, test.want)
			}
		})
	}
}

func TestJSONFilesAreRead(t *testing.T) {
	t.Parallel()

	const file = "{\n\t\"users\": [\n\t\t{\"user_name\": \"a@example.com\",\t\"display_name\": \"\\ud83d\\ude00\\/\\u00e9 \\\\ud83d\\\\ude00\"}\n\t],\n\t\"latency\": \"1s\"}"

	team, err := Load("team.json", []byte(file))
	if err != nil {
		t.Fatal(err)
	}

	if got := team.SCIM.Users[0].DisplayName; got != "😀/é \\ud83d\\ude00" || team.Server.Latency != time.Second {
		t.Errorf("display name = %q, latency = %s", got, team.Server.Latency)
	}

	_, err = Load("team.json", []byte("{\n\t\"users\": [],\n\t\"usrs\": []\n}"))
	if err == nil || err.Error() != "team.json:3: usrs: is not a known key; did you mean users?" {
		t.Error(err)
	}
}

func TestRowsKeepTheirValues(t *testing.T) {
	t.Parallel()

	team, err := Load("team.yaml", []byte(`
knowledge_models:
  - package_key: p
    key: k
    name: n
    records:
      - id: R
        fields: [{id: A, type: string}]
        rows:
          - A: 1250.50
          - A: 2026-01-02
          - A: "2"
          - A: true
          - A: null
          - A: yes
`))
	if err != nil {
		t.Fatal(err)
	}

	got := fmt.Sprintf("%#v", team.Intelligence.Models[0].Content.Records[0].Rows)
	for _, want := range []string{`{"A":"1250.50"}`, `{"A":"2026-01-02"}`, `{"A":"2"}`, `{"A":true}`, `{"A":interface {}(nil)}`, `{"A":"yes"}`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing from %s", want, got)
		}
	}
}

// For example, 204 looks like a number, and null looks like a missing value.
func TestWordsThatLookLikeOtherTypesNeedNoQuotes(t *testing.T) {
	t.Parallel()

	team, err := Load("team.yaml", []byte("readings: {scim: {create_status: 201, empty_members: null}, reports: {no_content: \"200\"}}"))
	if err != nil || team.SCIM.CreateStatus != scim.CreateCreated || team.SCIM.EmptyMembers != scim.MembersNull ||
		team.Reports.NoContent != simteam.NoContentEmpty {
		t.Errorf("team = %+v, error = %v", team, err)
	}
}

func TestKeysWithoutValuesCountAsAbsent(t *testing.T) {
	t.Parallel()

	team, err := Load("team.yaml", []byte("users:\nlicence: ~\nreadings:\n  total:\n"))
	if err != nil || !reflect.DeepEqual(team, simulator.Options{}) {
		t.Errorf("team = %+v, error = %v", team, err)
	}

	team, err = Load("team.yaml", []byte("knowledge_models: [{package_key: p, key: k, name: n, records: null}]"))
	if err != nil || team.Intelligence.Models[0].Content != nil {
		t.Errorf("the content is not generated: %+v, error = %v", team, err)
	}
}

func TestAnchorsCanBeUsed(t *testing.T) {
	t.Parallel()

	team, err := Load("team.yaml", []byte("oauth_clients:\n- {id: a, secret: s, scopes: &all [audit.log:read]}\n- {id: b, secret: s, scopes: *all}\n"))
	if err != nil || len(team.OAuth.Clients) != 2 || !slices.Equal(team.OAuth.Clients[1].Scopes, []string{"audit.log:read"}) {
		t.Errorf("clients = %+v, error = %v", team.OAuth.Clients, err)
	}
}

func TestMembersMayBeUserNames(t *testing.T) {
	t.Parallel()

	options, err := Load("team.yaml", []byte(`
users: [{id: "1", user_name: Ada@example.com}, {user_name: grace@example.com}]
groups: [{display_name: Readers, members: [ada@EXAMPLE.com, grace@example.com]}, {display_name: Writers, members: ["1"]}]
`))
	if err != nil {
		t.Fatal(err)
	}

	team, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}

	users, groups := team.Users(), team.Groups()
	if len(groups) != 2 || !slices.Equal(groups[0].Members, []string{"1", users[1].ID}) || !slices.Equal(groups[1].Members, []string{"1"}) {
		t.Errorf("%+v, %+v", users, groups)
	}
}

// The simulator must accept every value in the closed lists, and the list of APIs must contain all of the simulator's APIs.
func TestClosedListsMatchTheSimulator(t *testing.T) {
	t.Parallel()

	all := func(path string) string { return "[" + strings.Join(closedLists()[path], ", ") + "]" }
	files := []string{
		"inactive_apis: " + all("Server.InactiveAPIs[]"),
		"readings: {scim: {kept_when_omitted: " + all("SCIM.KeptWhenOmitted[]") + ", ignored_by_put: " + all("SCIM.IgnoredByPUT[]") + "}}",
		"oauth_clients: [{id: a, secret: s, auth_methods: " + all("OAuth.Clients[].AuthMethods[]") + ", services: " +
			all("OAuth.Clients[].Services[]") + "}]",
	}

	for _, licence := range closedLists()["Server.Licence"] {
		files = append(files, "licence: "+licence)
	}

	for _, role := range closedLists()["SCIM.Users[].Role"] {
		files = append(files, "users: [{user_name: a, role: "+role+"}]\ngroups: [{display_name: a, role: "+role+"}]")
	}

	for _, kind := range closedLists()["Intelligence.Models[].Content.Records[].Fields[].Type"] {
		files = append(files, "knowledge_models: [{package_key: p, key: k, name: n, records: [{id: R, fields: [{id: F, type: "+kind+"}]}]}]")
	}

	for _, file := range files {
		if _, err := Load("team.yaml", []byte(file)); err != nil {
			t.Errorf("%s: error = %v", file, err)
		}
	}

	_, err := simulator.New(simulator.Options{Server: server.Options{InactiveAPIs: []string{"none"}}})
	if known := strings.Join(closedLists()["Server.InactiveAPIs[]"], ", "); err == nil || !strings.HasSuffix(err.Error(), "the known APIs are "+known) {
		t.Errorf("the simulator's APIs differ from %s: %v", known, err)
	}
}

func TestPermissionsReferToUsersAndGroupsByName(t *testing.T) {
	t.Parallel()

	options, err := Load("team.yaml", []byte(`
users: [{id: "1", user_name: ada@example.com, display_name: Ada, role: ADMIN}]
groups: [{id: "2", display_name: Readers, role: MEMBER}]
permissions:
  - {subject_type: USER, subject_name: Ada@example.com, service: studio, actions: [USE]}
  - {subject_type: GROUP, subject_name: Readers, service: studio, actions: [USE]}
  - {subject_type: GROUP, subject_name: Ada, service: studio, actions: [USE]}
`))
	if err != nil {
		t.Fatal(err)
	}

	team, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}

	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/authorization/external/permissions", http.NoBody)
	request.Header.Set("Authorization", "Bearer "+oauth.DefaultUserKey().Value)

	recorder := httptest.NewRecorder()
	team.ServeHTTP(recorder, request)

	for _, want := range []string{`"subjectId":"1"`, `"subjectName":"Ada"`, `"role":"ADMIN"`, `"subjectId":"2"`, `"role":"MEMBER"`} {
		if body := recorder.Body.String(); strings.Count(body, want) == 0 || strings.Count(body, `"subjectId":`) > 3 {
			t.Errorf("%s is missing from the response with status %d: %s", want, recorder.Code, body)
		}
	}
}
