package intelligence

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// compareCells compares a field's value with another value or with a literal in a filter expression. Numbers of any size are compared exactly,
// and times are compared with a precision of one second. The bool result reports whether the values are comparable; nil is not comparable.
func compareCells(fieldType string, a, b any) (int, bool) {
	switch fieldType {
	case FieldInteger, FieldNumber, fieldFloat:
		if first, second, ok := cellIntegers(a, b); ok {
			return cmp.Compare(first, second), true
		}

		first, ok := cellNumber(a)
		second, also := cellNumber(b)

		if !ok || !also {
			return 0, false
		}

		return first.Cmp(second), true
	case FieldBoolean:
		first, ok := a.(bool)
		second, also := b.(bool)

		return cmp.Compare(truth(first), truth(second)), ok && also
	case FieldDate, fieldDateTime, fieldTimestamp:
		first, ok := cellTime(fieldType, a)
		second, also := cellTime(fieldType, b)

		return first.Compare(second), ok && also
	default:
		first, ok := a.(string)
		second, also := b.(string)

		return strings.Compare(first, second), ok && also
	}
}

// sortCells compares two values of a field for sorting. If the values are not comparable, sortCells compares their texts.
func sortCells(fieldType string, a, b any) int {
	// Timestamps within the same second may differ in their fractional seconds.
	if order, ok := compareCells(fieldType, a, b); ok && (order != 0 || fieldType != fieldTimestamp) {
		return order
	}

	return strings.Compare(cellText(a), cellText(b))
}

func truth(value bool) int {
	if value {
		return 1
	}

	return 0
}

// cellIntegers returns two values as 64-bit integers if possible. Sorting 64-bit integers is far faster than sorting arbitrarily large numbers.
func cellIntegers(a, b any) (first, second int64, ok bool) {
	left, ok := a.(json.Number)
	right, also := b.(json.Number)

	if !ok || !also {
		return 0, 0, false
	}

	first, err := strconv.ParseInt(left.String(), 10, 64)
	if err != nil {
		return 0, 0, false
	}

	second, err = strconv.ParseInt(right.String(), 10, 64)

	return first, second, err == nil
}

func cellNumber(value any) (*big.Float, bool) {
	switch value := value.(type) {
	case *big.Float:
		return value, true
	case json.Number:
		return bigNumber(value.String())
	default:
		return nil, false
	}
}

func cellTime(fieldType string, value any) (time.Time, bool) {
	var (
		found time.Time
		ok    bool
	)

	switch value := value.(type) {
	case time.Time:
		found, ok = value, true
	case string:
		found, ok = moment(value)
	}

	if fieldType == FieldDate {
		return found.Truncate(24 * time.Hour), ok
	}

	return found.Truncate(time.Second), ok
}

// cellText returns the text of a value, for searching and sorting. The text of nil is empty.
func cellText(value any) string {
	if value == nil {
		return ""
	}

	return fmt.Sprint(value)
}
