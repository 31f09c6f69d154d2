package simulator

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// requireJSON refuses a body of another content type.
func (c *call) requireJSON() *failure {
	mediaType, params, err := mime.ParseMediaType(c.contentType)
	if charset := params["charset"]; err != nil || mediaType != typeJSON || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return &failure{status: http.StatusUnsupportedMediaType, detail: "The body must be application/json."}
	}

	return nil
}

// bodyReader reads the parts of a body and keeps the first problem.
type bodyReader struct {
	problem *failure
}

func (b *bodyReader) fail(problem *failure) {
	if b.problem == nil {
		b.problem = problem
	}
}

func isNull(raw json.RawMessage) bool {
	return string(bytes.TrimSpace(raw)) == "null"
}

// object reads an object with no other keys than the known ones, none of them twice. encoding/json alone would take a key
// in another case.
func (b *bodyReader) object(name string, raw json.RawMessage, known ...string) map[string]json.RawMessage {
	if raw == nil {
		return nil
	}

	members := map[string]json.RawMessage{}
	malformed := badRequest(codeIllegal, name, "%s is no JSON object.", name)

	decoder := json.NewDecoder(bytes.NewReader(raw))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') || !json.Valid(raw) {
		b.fail(malformed)

		return nil
	}

	for decoder.More() {
		token, _ := decoder.Token() // The JSON is valid.
		key, _ := token.(string)

		var member json.RawMessage
		if err := decoder.Decode(&member); err != nil {
			b.fail(malformed)

			return nil
		}

		if _, twice := members[key]; twice || !slices.Contains(known, key) {
			b.fail(badRequest(codeIllegal, key, "The key %q in %s is unknown or repeated.", key, name))

			return nil
		}

		members[key] = member
	}

	return members
}

// text reads a string; nil = it is not there.
func (b *bodyReader) text(name string, raw json.RawMessage) *string {
	if raw == nil {
		return nil
	}

	var text *string

	if err := json.Unmarshal(raw, &text); err != nil || text == nil {
		b.fail(badRequest(codeIllegal, name, "%s must be a string.", name))
	}

	return text
}

// texts reads an array of strings.
func (b *bodyReader) texts(name string, raw json.RawMessage) []string {
	if raw == nil {
		return nil
	}

	var items []*string

	err := json.Unmarshal(raw, &items)
	if err != nil || items == nil || slices.Contains(items, nil) {
		b.fail(badRequest(codeIllegal, name, "%s must be an array of strings.", name))

		return nil
	}

	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = *item
	}

	return texts
}

// integer reads an integer; what is none has the code that a page number in a query has.
func (b *bodyReader) integer(name string, raw json.RawMessage, least, most, byDefault int) int {
	if raw == nil {
		return byDefault
	}

	value, err := strconv.Atoi(string(bytes.TrimSpace(raw)))
	if err != nil || value < least || value > most {
		b.fail(badRequest(codeMismatch, name, "%s must be an integer from %d to %d.", name, least, most))

		return byDefault
	}

	return value
}
