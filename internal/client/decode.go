package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// lenientString reads a JSON string, and what services write in its place: a number, a boolean or null.
type lenientString string

// UnmarshalJSON implements [json.Unmarshaler].
func (s *lenientString) UnmarshalJSON(raw []byte) error {
	switch {
	case bytes.Equal(raw, []byte("null")):
		*s = ""
	case raw[0] == '"' && utf8.Valid(raw) && !bytes.ContainsRune(raw, '\\'):
		*s = lenientString(raw[1 : len(raw)-1]) // Long lists are made of texts like this one.
	case raw[0] == '"':
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return fmt.Errorf("reading a string: %w", err)
		}

		*s = lenientString(text)
	case raw[0] == '{' || raw[0] == '[':
		return fmt.Errorf("a text is expected, and %s came", kindOf(raw))
	default:
		*s = lenientString(raw)
	}

	return nil
}

// lenientInt reads a JSON integer, also written as a string. Its pointer is nil where the value is absent or null.
type lenientInt int

// UnmarshalJSON implements [json.Unmarshaler].
func (n *lenientInt) UnmarshalJSON(raw []byte) error {
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}

	value, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err != nil || value != float64(int(value)) {
		return fmt.Errorf("a whole number is expected, and %s came", kindOf(raw))
	}

	*n = lenientInt(value)

	return nil
}

// decode reads the JSON object of a successful answer into target. what names it in the error.
func decode(answered reply, what string, target any) error {
	body := bytes.TrimSpace(answered.body)

	var problem string

	switch {
	case len(body) == 0:
		problem = "the answer is empty"
	case body[0] != '{':
		problem = "the answer is no JSON object but " + kindOf(body)
	default:
		err := json.Unmarshal(body, target)
		if err == nil {
			return nil
		}

		problem = "the answer is no valid JSON: " + err.Error()
	}

	return invalidAnswer(answered.status, "%s: %s", what, problem)
}

// invalidAnswer makes the error for an answer that cannot be used.
func invalidAnswer(status int, format string, values ...any) *Error {
	return &Error{Reason: ReasonInvalidAnswer, Status: status, Detail: printable(fmt.Sprintf(format, values...))}
}

// kindOf says what a piece of JSON is. Its content is not repeated: it may be anything.
func kindOf(raw []byte) string {
	switch {
	case !json.Valid(raw):
		return "text that is no JSON"
	case raw[0] == '"':
		return "a text"
	case raw[0] == '{':
		return "an object"
	case raw[0] == '[':
		return "an array"
	default:
		return "a number or a boolean"
	}
}

// flatten returns the elements of a JSON array, and of the arrays in it, since the vendor's examples nest some lists once
// more than the schemas say. Null is an empty list.
func flatten(raw []byte) ([]json.RawMessage, error) {
	var outer []json.RawMessage
	if err := json.Unmarshal(raw, &outer); err != nil {
		return nil, err
	}

	elements := make([]json.RawMessage, 0, len(outer))

	for _, element := range outer {
		if !bytes.HasPrefix(element, []byte("[")) {
			elements = append(elements, element)

			continue
		}

		var inner []json.RawMessage
		if err := json.Unmarshal(element, &inner); err != nil {
			return nil, err
		}

		elements = append(elements, inner...)
	}

	return elements, nil
}

// parseDateTime reads a date-time of RFC 3339, whose zone may have no colon or be missing, which means UTC.
func parseDateTime(text string) (at time.Time, ok bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}

	return time.Time{}, false
}

// normaliseJSON returns a JSON value as text with sorted keys, and with numbers that keep their digits: the same value is the
// same text, whatever the service's order is.
func normaliseJSON(raw []byte) (string, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()

	var value any
	if err := decoder.Decode(&value); err != nil {
		return "", err
	}

	var normalised bytes.Buffer

	encoder := json.NewEncoder(&normalised)
	encoder.SetEscapeHTML(false)

	if err := encoder.Encode(value); err != nil {
		return "", err
	}

	return string(bytes.TrimSpace(normalised.Bytes())), nil
}
