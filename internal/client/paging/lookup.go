package paging

import (
	"fmt"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// Lookup describes how to find one item in a list by one of its properties.
type Lookup[T any] struct {
	// Area is the API that returns the list.
	Area transport.Area
	// Plural is the plural noun for the items, used in error messages.
	Plural string
	// Property is the property to search by, such as id or name. Wanted is the value to find.
	Property, Wanted string
	// Value returns the value of an item's property.
	Value func(T) string
	// IgnoreCase makes the search case-insensitive.
	IgnoreCase bool
}

// In looks through a list for the one item whose property has the wanted value. The error's reason is [transport.ReasonNotFound] if no item
// matches, and [transport.ReasonAmbiguous] if several items match. An ambiguity error lists the ids of the matching items.
func (l Lookup[T]) In(items []T, id func(T) string) (found T, err error) {
	var ids []string

	for _, item := range items {
		if l.Matches(item) {
			found = item

			ids = append(ids, id(item))
		}
	}

	switch len(ids) {
	case 1:
		return found, nil
	case 0:
		detail := fmt.Sprintf("none of the %d %s that these credentials can see has the %s %q", len(items), l.Plural, l.Property, l.Wanted)
		if suggestion := l.suggestion(items); suggestion != "" {
			detail += ". " + suggestion
		}

		return found, &transport.Error{Reason: transport.ReasonNotFound, Area: l.Area, Detail: detail, ListIsEmpty: len(items) == 0}
	default:
		var none T

		return none, &transport.Error{
			Reason: transport.ReasonAmbiguous, Area: l.Area, Detail: fmt.Sprintf(
				"%d %s have the %s %q: %s", len(ids), l.Plural, l.Property, l.Wanted, strings.Join(ids, ", ")),
		}
	}
}

// suggestion returns a "Did you mean" question with the names closest to the requested name. The result is "" for an id, because similar ids are
// unrelated.
func (l Lookup[T]) suggestion(items []T) string {
	if l.Property == "id" {
		return ""
	}

	names := make([]string, 0, len(items))
	for _, item := range items {
		names = append(names, l.Value(item))
	}

	return Suggest(l.Wanted, names)
}

// Matches reports whether an item's property has the wanted value.
func (l Lookup[T]) Matches(item T) bool {
	same := transport.SameText
	if l.IgnoreCase {
		same = transport.SameTextFold
	}

	return same(l.Value(item), l.Wanted)
}
