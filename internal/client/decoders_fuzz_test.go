package client

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// decodedJSON decodes a JSON value with encoding/json, and preserves the digits of numbers.
func decodedJSON(raw []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()

	err = decoder.Decode(&value)

	return value, err
}

// FuzzDataPage checks that a page is either rejected or decoded to the rows of the response, with each value exactly as written.
func FuzzDataPage(f *testing.F) {
	for _, rows := range []string{
		`[]`, `[{}]`, `[{"a": 12345678901234567890, "b": 1.50, "c": 1e400, "d": -0.0}]`, `[{"a": null}, {"a": ""}, {"a": "null"}, {"a": "é\n"}]`, `[{"a": true, "b": false}]`,
		`[{"a": {"b": [1, 2]}}, {"a": [ ]}]`, `[[{"a": "x"}], [{"a": "y"}]]`, `[1]`, `[null]`, `["x"]`, `{"a": 1}`, `null`, `[{"a": "b"}, 7]`,
	} {
		f.Add([]byte(`{"content": {"headers": [{"id": "a"}], "data": ` + rows + `}, "pageSize": 50, "total": 3}`))
	}

	for _, body := range []string{`{"content": {"headers": []}}`, `{"content": {}}`, `{"content": null}`, `{}`, `{"content": []}`} {
		f.Add([]byte(body))
	}

	f.Fuzz(func(t *testing.T, body []byte) {
		page, _, err := decodeDataPage(transport.Reply{Status: http.StatusOK, Body: body}, "the data")
		if err != nil {
			return
		}

		// Decode into a struct, as the client does, because decodedJSON would handle duplicate keys, and keys that differ only in case, in another
		// way.
		var written struct {
			Content struct {
				Data json.RawMessage `json:"data"`
			} `json:"content"`
		}
		if json.Unmarshal(body, &written) != nil || written.Content.Data == nil {
			t.Fatalf("%q: %d rows of a response without data", body, len(page.Items))
		}

		rows := rowsIn(t, written.Content.Data)
		if len(rows) != len(page.Items) {
			t.Fatalf("%q: %d rows, want %d", body, len(page.Items), len(rows))
		}

		for index, row := range page.Items {
			if !slices.Equal(slices.Sorted(maps.Keys(row)), slices.Sorted(maps.Keys(rows[index]))) {
				t.Errorf("%q: the row %d has the columns %v", body, index, slices.Sorted(maps.Keys(row)))
			}

			for name, value := range row {
				if !isWrittenAs(rows[index][name], value) {
					t.Errorf("%q: the value of %q in row %d is %v, want %v", body, name, index, value, rows[index][name])
				}
			}
		}
	})
}

// rowsIn returns the objects in an array and in its nested arrays.
func rowsIn(t *testing.T, raw []byte) (rows []map[string]any) {
	t.Helper()

	value, err := decodedJSON(raw)
	if err != nil {
		t.Fatal(err)
	}

	elements, _ := value.([]any)
	for _, element := range elements {
		inner, isArray := element.([]any)
		if !isArray {
			inner = []any{element}
		}

		for _, one := range inner {
			row, isObject := one.(map[string]any)
			if !isObject {
				t.Errorf("%s: %v is not a row, want an error", raw, one)
			}

			rows = append(rows, row)
		}
	}

	return rows
}

// isWrittenAs reports whether a cell's text represents the given JSON value.
func isWrittenAs(value any, text *string) bool {
	switch value := value.(type) {
	case nil:
		return text == nil
	case string:
		return text != nil && *text == value
	case json.Number:
		return text != nil && *text == value.String()
	case bool:
		return text != nil && *text == map[bool]string{true: "true", false: "false"}[value]
	default:
		if text == nil {
			return false
		}

		again, err := decodedJSON([]byte(*text))

		return err == nil && reflect.DeepEqual(again, value)
	}
}

// FuzzSpecDocument checks that the returned OpenAPI document contains the response's values, and that the document does not depend on how the
// response spells those values.
func FuzzSpecDocument(f *testing.F) {
	for _, body := range []string{
		`{"openapi": "3.0.1", "info": {"title": "<b> & c", "n": 12345678901234567890, "m": 1.50}}`, `{"info": {"b": [], "a": null}, "x": 1e400}`, `{"paths": {}}`, `{"swagger": "2.0"}`,
		`{}`, `{"info": null}`, `[1]`, "openapi: 3.0.1\ninfo: {title: x, n: 1.50}\n", "info: no\n", "info: yes\n", "info: 010\n", "info: ~\n", "info: 1\n---\ninfo: 2\n", "a: 1\na: 2\ninfo: 3\n",
		"swagger: '2.0'\n", "text", "", "info: &a [x]\nb: *a\n", "info: &a [*a]\n", "info: 0x1F\n", "info: '010'\n", "openapi: !!str 3\n",
		"a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n" +
			"d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ninfo: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n", "info: " + strings.Repeat("[", 1500) + strings.Repeat("]", 1500),
	} {
		f.Add([]byte(body))
	}

	const limit = 64 << 10

	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > limit {
			return
		}

		normalise := func(body []byte) (string, error) {
			return normaliseSpec(transport.Reply{Status: http.StatusOK, Body: body}, "the document", limit)
		}

		document, err := normalise(body)
		if err != nil {
			return
		}

		value, err := decodedJSON([]byte(document))
		parts, isObject := value.(map[string]any)

		if err != nil || !isObject {
			t.Fatalf("%q: the document is %q, %v", body, document, err)
		}

		_, isVersioned := parts["openapi"]
		_, hasInfo := parts["info"]

		if _, hasPaths := parts["paths"]; !isVersioned && !hasInfo && !hasPaths {
			t.Errorf("%q: %q is not an OpenAPI document", body, document)
		}

		if len(document) > 2*limit {
			t.Errorf("%q: the document has %d bytes", body, len(document))
		}

		if strings.Contains(document, `\u003c`) && !bytes.Contains(body, []byte(`\u003c`)) {
			t.Errorf("%q: %q escapes HTML", body, document)
		}

		if again, err := normalise([]byte(document)); err != nil || again != document {
			t.Errorf("%q: %q becomes %q, %v", body, document, again, err)
		}

		if trimmed := bytes.TrimSpace(body); bytes.HasPrefix(trimmed, []byte("{")) && json.Valid(trimmed) {
			if want, err := decodedJSON(trimmed); err != nil || !reflect.DeepEqual(value, want) {
				t.Errorf("%q: the document is %q, %v", body, document, err)
			}
		}

		// In YAML 1.2, these words are text, as are numbers with leading zeros.
		for written, want := range map[string]any{"info: no": "no", "info: yes": "yes", "info: 010": "010"} {
			if string(bytes.TrimSpace(body)) == written && parts["info"] != want {
				t.Errorf("%q: info is %v", body, parts["info"])
			}
		}
	})
}
