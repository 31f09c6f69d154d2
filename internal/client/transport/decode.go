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

// LenientString reads a JSON string, or the number, boolean or null that some services return instead.
type LenientString string

// UnmarshalJSON implements [json.Unmarshaler].
func (s *LenientString) UnmarshalJSON(raw []byte) error {
	switch {
	case bytes.Equal(raw, []byte("null")):
		*s = ""
	case raw[0] == '"' && utf8.Valid(raw) && !bytes.ContainsRune(raw, '\\'):
		*s = LenientString(raw[1 : len(raw)-1]) // Most strings in long lists need no decoding.
	case raw[0] == '"':
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return fmt.Errorf("reading a string: %w", err)
		}

		*s = LenientString(text)
	case raw[0] == '{' || raw[0] == '[':
		return fmt.Errorf("expected text, got %s", KindOf(raw))
	default:
		*s = LenientString(raw)
	}

	return nil
}

// LenientInt reads a JSON integer, which may be written as a string. Declare the field as a pointer, which stays nil if the value is missing or
// null.
type LenientInt int

// UnmarshalJSON implements [json.Unmarshaler].
func (n *LenientInt) UnmarshalJSON(raw []byte) error {
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}

	value, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err != nil || value != float64(int(value)) {
		return fmt.Errorf("expected a whole number, got %s", KindOf(raw))
	}

	*n = LenientInt(value)

	return nil
}

// Decode reads the JSON object in a successful response into target. name identifies the response in the error.
func Decode(resp Reply, name string, target any) error {
	body := bytes.TrimSpace(resp.Body)

	var problem string

	switch {
	case len(body) == 0:
		problem = "the response is empty"
	case body[0] != '{':
		problem = "expected a JSON object, got " + KindOf(body)
	case HasTooManyValues(body):
		problem = fmt.Sprintf("the response contains more than %d values", MaxJSONValues)
	default:
		err := json.Unmarshal(body, target)
		if err == nil {
			return nil
		}

		problem = "the response cannot be decoded: " + err.Error()
		if errors.Is(err, errTooManyItems) {
			problem = err.Error()
		}
	}

	return InvalidResponse(resp.Status, "%s: %s", name, problem)
}

// MaxJSONValues is the maximum number of values in one response. The largest documented page contains 5000 rows with 200 fields each. The limit
// is necessary because a malicious response needs only two bytes for a value that takes far more memory when decoded.
const MaxJSONValues = 4_000_000

// HasTooManyValues reports whether a response contains more than [MaxJSONValues] values. The body is scanned once, without allocating memory.
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

// errTooManyItems is the error for an array that is too long.
var errTooManyItems = errors.New("too many items")

// TooManyItems returns the error for an array with more than limit items.
func TooManyItems(limit int) error {
	return fmt.Errorf("%w: the maximum is %d", errTooManyItems, limit)
}

// MaxPageSize is the maximum number of items on a page. Source: the documented maximum page size of the Knowledge Model API.
const MaxPageSize = 5000

// JSONArray decodes an array of items, such as the items of a page. The slice is nil if the array is missing or null. Decoding stops with an error if
// the array has more than [MaxPageSize] items.
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

// EachElement calls the visit function with each element of a JSON array. EachElement returns an error if the array has more than limit elements.
func EachElement(raw []byte, limit int, visit func(json.RawMessage) error) error {
	if !bytes.HasPrefix(raw, []byte("[")) {
		return fmt.Errorf("expected an array, got %s", KindOf(raw))
	}

	decoder := json.NewDecoder(bytes.NewReader(raw))
	if _, err := decoder.Token(); err != nil {
		return err
	}

	for count := 0; decoder.More(); count++ {
		if count == limit {
			return TooManyItems(limit)
		}

		var element json.RawMessage
		if err := decoder.Decode(&element); err != nil {
			return err
		}

		if err := visit(element); err != nil {
			return err
		}
	}

	return nil
}

// InvalidResponse returns the error for an unusable response.
func InvalidResponse(status int, format string, values ...any) *Error {
	return &Error{Reason: ReasonInvalidResponse, Status: status, Detail: Printable(fmt.Sprintf(format, values...))}
}

// KindOf describes the type of a JSON value in words. The description does not quote the value, which may be a secret.
func KindOf(raw []byte) string {
	switch {
	case !json.Valid(raw):
		return "text that is not JSON"
	case raw[0] == '"':
		return "text"
	case raw[0] == '{':
		return "an object"
	case raw[0] == '[':
		return "an array"
	default:
		return "a number or a boolean"
	}
}
