package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// LenientString reads a JSON string, and what services write in its place: a number, a boolean or null.
type LenientString string

// UnmarshalJSON implements [json.Unmarshaler].
func (s *LenientString) UnmarshalJSON(raw []byte) error {
	switch {
	case bytes.Equal(raw, []byte("null")):
		*s = ""
	case raw[0] == '"' && utf8.Valid(raw) && !bytes.ContainsRune(raw, '\\'):
		*s = LenientString(raw[1 : len(raw)-1]) // Long lists are made of texts like this one.
	case raw[0] == '"':
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return fmt.Errorf("reading a string: %w", err)
		}

		*s = LenientString(text)
	case raw[0] == '{' || raw[0] == '[':
		return fmt.Errorf("a text is expected, and %s came", KindOf(raw))
	default:
		*s = LenientString(raw)
	}

	return nil
}

// LenientInt reads a JSON integer, also written as a string. Its pointer is nil where the value is absent or null.
type LenientInt int

// UnmarshalJSON implements [json.Unmarshaler].
func (n *LenientInt) UnmarshalJSON(raw []byte) error {
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}

	value, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err != nil || value != float64(int(value)) {
		return fmt.Errorf("a whole number is expected, and %s came", KindOf(raw))
	}

	*n = LenientInt(value)

	return nil
}

// Decode reads the JSON object of a successful answer into target. what names it in the error.
func Decode(answered Reply, what string, target any) error {
	body := bytes.TrimSpace(answered.Body)

	var problem string

	switch {
	case len(body) == 0:
		problem = "the answer is empty"
	case body[0] != '{':
		problem = "the answer is no JSON object but " + KindOf(body)
	case HasTooManyValues(body):
		problem = fmt.Sprintf("the response holds more than %d values", MaxJSONValues)
	default:
		err := json.Unmarshal(body, target)
		if err == nil {
			return nil
		}

		problem = "the answer is no valid JSON: " + err.Error()
		if errors.Is(err, errTooManyItems) {
			problem = err.Error()
		}
	}

	return InvalidResponse(answered.Status, "%s: %s", what, problem)
}

// MaxJSONValues bounds how many values one response may hold. The largest documented page has 5000 rows of 200 fields, and a decoded
// value takes far more memory than the two bytes that it may have in a hostile response.
const MaxJSONValues = 4_000_000

// HasTooManyValues reports whether a response holds more values than any real one. It reads the text only once and keeps nothing.
func HasTooManyValues(body []byte) bool {
	if len(body) <= MaxJSONValues {
		return false
	}

	values, inText := 0, false

	for index := 0; index < len(body); index++ {
		switch char := body[index]; {
		case inText && char == '\\':
			index++
		case char == '"':
			inText = !inText
		case !inText && (char == ',' || char == '[' || char == '{'):
			values++
		}
	}

	return values > MaxJSONValues
}

// errTooManyItems says that an array is longer than it may be.
var errTooManyItems = errors.New("too many items")

// TooManyItems returns the error for an array of more than so many items.
func TooManyItems(most int) error {
	return fmt.Errorf("%w, at most %d are read", errTooManyItems, most)
}

// MaxPageSize is the most items that a page may hold. Source: the documented maximum of the Knowledge Model API's page size.
const MaxPageSize = 5000

// JSONArray is the items of a page, or of a part of an item. It is nil where there is no array. An array that is longer than the
// largest documented page is rejected before its other elements are decoded.
type JSONArray[T any] []T

// UnmarshalJSON implements [json.Unmarshaler].
func (a *JSONArray[T]) UnmarshalJSON(raw []byte) error {
	*a = nil

	if bytes.Equal(raw, []byte("null")) {
		return nil
	}

	elements := JSONArray[T]{}

	err := EachElement(raw, MaxPageSize, func(element json.RawMessage) error {
		var value T
		if err := json.Unmarshal(element, &value); err != nil {
			return err
		}

		elements = append(elements, value)

		return nil
	})
	*a = elements

	return err
}

// EachElement calls take with the elements of a JSON array, of which there may be so many.
func EachElement(raw []byte, most int, take func(json.RawMessage) error) error {
	if !bytes.HasPrefix(raw, []byte("[")) {
		return fmt.Errorf("an array is expected, and %s came", KindOf(raw))
	}

	decoder := json.NewDecoder(bytes.NewReader(raw))
	if _, err := decoder.Token(); err != nil {
		return err
	}

	for count := 0; decoder.More(); count++ {
		if count == most {
			return TooManyItems(most)
		}

		var element json.RawMessage
		if err := decoder.Decode(&element); err != nil {
			return err
		}

		if err := take(element); err != nil {
			return err
		}
	}

	return nil
}

// InvalidResponse makes the error for an answer that cannot be used.
func InvalidResponse(status int, format string, values ...any) *Error {
	return &Error{Reason: ReasonInvalidResponse, Status: status, Detail: Printable(fmt.Sprintf(format, values...))}
}

// KindOf says what a piece of JSON is. Its content is not repeated: it may be anything.
func KindOf(raw []byte) string {
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
