package client

import (
	"fmt"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// lookup is a search for one item of a list by a property of it.
type lookup[T any] struct {
	// area is where the list comes from.
	area transport.Area
	// what names the items in errors, in the plural.
	what string
	// property is the property to search by, id or name, and wanted its value.
	property, wanted string
	// value returns the item's property.
	value func(T) string
	// ignoreCase makes the search case-insensitive.
	ignoreCase bool
}

// in returns the one item of a list that has the wanted property. The reason of the error is [transport.ReasonNotFound] or [transport.ReasonAmbiguous],
// whose error lists the ids.
func (l lookup[T]) in(items []T, id func(T) string) (found T, err error) {
	var ids []string

	for _, item := range items {
		if l.matches(item) {
			found = item

			ids = append(ids, id(item))
		}
	}

	switch len(ids) {
	case 1:
		return found, nil
	case 0:
		detail := fmt.Sprintf("none of the %d %s that these credentials may see has the %s %q", len(items), l.what, l.property, l.wanted)
		if suggestion := l.suggestion(items); suggestion != "" {
			detail += ". " + suggestion
		}

		return found, &transport.Error{Reason: transport.ReasonNotFound, Area: l.area, Detail: detail}
	default:
		var none T

		return none, &transport.Error{
			Reason: transport.ReasonAmbiguous, Area: l.area, Detail: fmt.Sprintf(
				"%d %s have the %s %q: %s", len(ids), l.what, l.property, l.wanted, strings.Join(ids, ", ")),
		}
	}
}

// suggestion returns a question with the closest names. There is none for an id: ids that resemble each other have nothing in common.
func (l lookup[T]) suggestion(items []T) string {
	if l.property == "id" {
		return ""
	}

	names := make([]string, 0, len(items))
	for _, item := range items {
		names = append(names, l.value(item))
	}

	return suggest(l.wanted, names)
}

// matches reports whether an item has the wanted property.
func (l lookup[T]) matches(item T) bool {
	same := transport.SameText
	if l.ignoreCase {
		same = transport.SameTextFold
	}

	return same(l.value(item), l.wanted)
}
