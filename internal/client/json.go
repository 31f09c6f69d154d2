package client

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// flatten returns the elements of a JSON array and of its nested arrays. The vendor's examples nest some lists one level deeper than the
// schemas. For null, it returns an empty list.
func flatten(raw []byte) ([]json.RawMessage, error) {
	elements := []json.RawMessage{}

	if bytes.Equal(raw, []byte("null")) {
		return elements, nil
	}

	add := func(element json.RawMessage) error {
		if len(elements) == transport.MaxPageSize {
			return transport.TooManyItems(transport.MaxPageSize)
		}

		elements = append(elements, element)

		return nil
	}

	err := transport.EachElement(raw, transport.MaxPageSize, func(element json.RawMessage) error {
		if bytes.HasPrefix(element, []byte("[")) {
			return transport.EachElement(element, transport.MaxPageSize, add)
		}

		return add(element)
	})

	return elements, err
}

// parseDateTime parses an RFC 3339 date-time. The colon in the zone is optional. A date-time without a zone is assumed to be in UTC.
func parseDateTime(text string) (at time.Time, ok bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}

	return time.Time{}, false
}

// dateTime converts a date-time to UTC, and returns any other text unchanged.
func dateTime(text string) string {
	if at, ok := parseDateTime(text); ok {
		return at.Format(time.RFC3339Nano)
	}

	return text
}

// normaliseJSON returns a JSON value as text with sorted keys, so that the text does not depend on the order in which the service returns the
// keys. Numbers retain all of their digits.
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
