package client_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// specOf returns the document that the client reads from a response body.
func specOf(t *testing.T, body string) (string, error) {
	t.Helper()

	var (
		document string
		err      error
	)

	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Respond(clienttest.ModelsPath+"/p.k/spec", http.StatusOK, "application/yaml", body)

		document, err = env.Client(clienttest.WithMaxBody(4<<20)).KnowledgeModelSpec(t.Context(), "p.k", false)
	})

	return document, err
}

func TestSpecIsReadAsYAML12(t *testing.T) {
	t.Parallel()

	for value, want := range map[string]string{
		// In YAML 1.1, these strings were booleans, numbers and times.
		"NO": `"NO"`, "no": `"no"`, "Yes": `"Yes"`, "on": `"on"`, "off": `"off"`, "y": `"y"`, "N": `"N"`,
		"12:30:45": `"12:30:45"`, "1_000": `"1_000"`, "2026-01-05": `"2026-01-05"`, "2026-01-05T09:00:00Z": `"2026-01-05T09:00:00Z"`,
		"0b11": `"0b11"`, "<<": `"<<"`, "=": `"="`, "tRUE": `"tRUE"`, "nULL": `"nULL"`,
		// Numbers retain their digits and leading zeros.
		"000408": `"000408"`, "017": `"017"`, "-007": `"-007"`, "00": `"00"`, "0": "0", "-0": "-0",
		"12345678901234567890123": "12345678901234567890123", "0.10000000000000000000001": "0.10000000000000000000001", "1.10": "1.10",
		"1e400": "1e400", "+5": "5", ".5": "0.5", "-.5e3": "-0.5e3", "5.": "5", "0o17": "15", "0x1F": "31",
		"0xFFFFFFFFFFFFFFFFFFFF": "1208925819614629174706175",
		// These values resemble numbers, but are not numbers in JSON.
		".inf": `".inf"`, "-.Inf": `"-.Inf"`, ".nan": `".nan"`, ".": `"."`, "-": "", "+": `"+"`, "e5": `"e5"`, "1.2.3": `"1.2.3"`, "0x": `"0x"`,
		// Booleans and null.
		"true": "true", "True": "true", "FALSE": "false", "~": "null", "Null": "null", "": "null",
		// Quotes, blocks and tags.
		`"5"`: `"5"`, `'true'`: `"true"`, `!!str 5`: `"5"`, `!!str true`: `"true"`, `!!int "5"`: "5", `!custom 5`: `"5"`,
		"!!timestamp 2026-01-05": `"2026-01-05"`, "|\n  5\nz: |\n  6": `"5\n","z":"6"`, ">-\n  a\n  b": `"a b"`,
		// Collections, anchors and keys.
		"{200: a, NO: b, 1.0: c, null: d}": `{"1.0":"c","200":"a","NO":"b","null":"d"}`, "&a [1, *b]": "",
		"{a: &a {x: 1}, b: *a}": `{"a":{"x":1},"b":{"x":1}}`, "{a: &a {x: 1}, b: {<<: *a}}": `{"a":{"x":1},"b":{"<<":{"x":1}}}`,
		"[]": "[]", "{}": "{}", "[a, [b]]": `["a",["b"]]`, `"<a>&\u00e9"`: `"<a>&é"`,
	} {
		got, err := specOf(t, "info: x\nvalue: "+value)

		if want == "" {
			if err == nil {
				t.Errorf("%q: specOf() = %s, want an error", value, got)
			}

			continue
		}

		if document := `{"info":"x","value":` + want + `}`; err != nil || got != document {
			t.Errorf("%q: specOf() = %s, %v\nwant %s", value, got, err, document)
		}
	}
}

func TestSpecMayStateItsVersionOfYAML(t *testing.T) {
	t.Parallel()

	for _, start := range []string{
		"%YAML 1.2\n---\n", "%YAML 1.2\r\n---\r\n", "%YAML 1.1\n---\n", "# A comment\n\n%YAML 1.2 # and more\n---\n", "%TAG ! tag:x,2026:\n%YAML 1.2\n---\n",
		"---\n",
	} {
		if got, err := specOf(t, start+"info: NO\nx: |\n  %YAML 1.2"); err != nil || got != `{"info":"NO","x":"%YAML 1.2"}` {
			t.Errorf("%q: specOf() = %s, %v", start, got, err)
		}
	}

	_, err := specOf(t, "%YAML 2.0\n---\ninfo: x")
	clienttest.WantError(t, err, transport.ReasonInvalidResponse, "the response is neither JSON nor YAML")
}

// Text from a word processor may contain characters that end a line in YAML 1.1, but not in YAML 1.2.
func TestYAML11LineBreaksDoNotEndALine(t *testing.T) {
	t.Parallel()

	body := "info: a\u0085b\nc\u2028d: \"e\u2028f\u2029g\"\nh: 'i\u2028j'\nk: |\n  l\u2028m\nn: \uE000\uE002\n"

	got, err := specOf(t, body)

	want := `{"c\u2028d":"e\u2028f\u2029g","h":"i\u2028j","info":"a` + "\u0085" + `b","k":"l\u2028m\n","n":"` + "\uE000\uE002" + `"}`
	if err != nil || got != want {
		t.Errorf("specOf() = %s, %v\nwant %s", got, err, want)
	}
}

func TestFaultyYAMLIsAnError(t *testing.T) {
	t.Parallel()

	laughs := "info: x\na: &a [" + strings.Repeat("lol, ", 9) + "lol]\n"
	for level := 'b'; level <= 'k'; level++ {
		previous := string(level - 1)
		laughs += fmt.Sprintf("%c: &%c [%s*%s]\n", level, level, strings.Repeat("*"+previous+", ", 9), previous) //nolint:perfsprint // Ten times.
	}

	for name, test := range map[string]struct{ body, message string }{
		"duplicate key":           {"info: x\na: 1\na: 2", "line 3"},
		"key in two spellings":    {"info: x\n\"1\": a\n1: b", "occurs twice"},
		"duplicate nested key":    {"info: {a: 1, 'a': 2}", "occurs twice"},
		"a sequence as key":       {"info: x\n[a]: 1", "key"},
		"two documents":           {"info: x\n---\ninfo: y", "more than one document"},
		"recursive anchor":        {"info: &a [*a]", "the response is neither JSON nor YAML"},
		"nested recursive anchor": {"info: &a {b: {c: *a}}", "the response is neither JSON nor YAML"},
		"many aliases":            {laughs, "larger than 4 MiB"},
		"aliases of a long text":  {"info: &a " + strings.Repeat("x", 1<<18) + "\nb: [" + strings.Repeat("*a, ", 20) + "]", "larger than 4 MiB"},
		"deep nesting":            {"info: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "deep"},
		"very deep nesting":       {"info: " + strings.Repeat("[", 500_000), "the response is neither JSON nor YAML"},
		"very many values":        {"info: x\nb: [" + strings.Repeat("a,", 1_100_000) + "]", "more than 1000000 values"},
		"missing anchor":          {"info: *a", "the response is neither JSON nor YAML"},
		"tab as indentation":      {"info:\n\ta: 1", "the response is neither JSON nor YAML"},
		"comment only":            {"# info", "the response"},
		"an unknown tag of a map": {"info: x\n? !!binary\n: 1\n: : ", "the response"},
	} {
		_, err := specOf(t, test.body)
		if failed := clienttest.WantError(t, err, transport.ReasonInvalidResponse, "the OpenAPI document of p.k", test.message); len(failed.Detail) > 300 {
			t.Errorf("%s: the error is %d characters long", name, len(failed.Detail))
		}
	}
}
