package server

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// RequireJSON rejects a body whose content type is not JSON.
func (c *Call) RequireJSON() *Failure {
	mediaType, params, err := mime.ParseMediaType(c.ContentType)
	if charset := params["charset"]; err != nil || mediaType != TypeJSON || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return &Failure{Status: http.StatusUnsupportedMediaType, Detail: "The body must be application/json."}
	}

	return nil
}

// BodyReader reads the parts of a request body and records the first problem.
type BodyReader struct {
	Problem *Failure
}

// Fail records a problem, unless an earlier problem has already been recorded.
func (b *BodyReader) Fail(problem *Failure) {
	if b.Problem == nil {
		b.Problem = problem
	}
}

// IsNull reports whether a JSON value is null.
func IsNull(raw json.RawMessage) bool {
	return string(bytes.TrimSpace(raw)) == "null"
}

// Object reads an object, and rejects unknown and repeated keys. On its own, encoding/json would ignore the case of keys.
func (b *BodyReader) Object(name string, raw json.RawMessage, known ...string) map[string]json.RawMessage {
	if raw == nil {
		return nil
	}

	members := map[string]json.RawMessage{}
	malformed := BadRequest(CodeIllegal, name, "%s is not a JSON object.", name)

	decoder := json.NewDecoder(bytes.NewReader(raw))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') || !json.Valid(raw) {
		b.Fail(malformed)

		return nil
	}

	for decoder.More() {
		token, _ := decoder.Token() // The JSON is valid.
		key, _ := token.(string)

		var member json.RawMessage
		if err := decoder.Decode(&member); err != nil {
			b.Fail(malformed)

			return nil
		}

		if _, twice := members[key]; twice || !slices.Contains(known, key) {
			b.Fail(BadRequest(CodeIllegal, key, "The key %q in %s is unknown or repeated.", key, name))

			return nil
		}

		members[key] = member
	}

	return members
}

// Text reads a string, and returns nil if the value is missing.
func (b *BodyReader) Text(name string, raw json.RawMessage) *string {
	if raw == nil {
		return nil
	}

	var text *string

	if err := json.Unmarshal(raw, &text); err != nil || text == nil {
		b.Fail(BadRequest(CodeIllegal, name, "%s must be a string.", name))
	}

	return text
}

// Texts reads an array of strings.
func (b *BodyReader) Texts(name string, raw json.RawMessage) []string {
	if raw == nil {
		return nil
	}

	var items []*string

	err := json.Unmarshal(raw, &items)
	if err != nil || items == nil || slices.Contains(items, nil) {
		b.Fail(BadRequest(CodeIllegal, name, "%s must be an array of strings.", name))

		return nil
	}

	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = *item
	}

	return texts
}

// Integer reads an integer. A value that is not an integer or is out of range causes the same error code as an invalid
// page number in a query.
func (b *BodyReader) Integer(name string, raw json.RawMessage, least, most, byDefault int) int {
	if raw == nil {
		return byDefault
	}

	value, err := strconv.Atoi(string(bytes.TrimSpace(raw)))
	if err != nil || value < least || value > most {
		b.Fail(BadRequest(CodeMismatch, name, "%s must be an integer from %d to %d.", name, least, most))

		return byDefault
	}

	return value
}
