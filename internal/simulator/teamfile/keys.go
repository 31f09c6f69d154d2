package teamfile

import (
	"strings"
	"unicode"
)

// keyOf derives a key from the name of a Go field: KPIParameterNesting becomes kpi_parameter_nesting.
func keyOf(field string) string {
	var parts []string

	for field != "" {
		word := firstWord(field)
		parts = append(parts, strings.ToLower(word))
		field = field[len(word):]
	}

	return strings.Join(parts, "_")
}

// firstWord returns the first word of a Go name. An initialism is one word, including the s of its plural: APIsOff starts with APIs.
func firstWord(name string) string {
	for _, mixed := range []string{"ETag", "OAuth"} {
		if rest, ok := strings.CutPrefix(name, mixed); ok {
			return name[:len(mixed)+plural(rest)]
		}
	}

	capitals := len(name) - len(strings.TrimLeftFunc(name, unicode.IsUpper))
	rest := name[capitals:]

	if capitals > 1 {
		if s := plural(rest); s > 0 || rest == "" {
			return name[:capitals+s]
		}

		if unicode.IsLower(rune(rest[0])) {
			return name[:capitals-1]
		}
	}

	if next := strings.IndexFunc(rest, unicode.IsUpper); next >= 0 {
		return name[:capitals+next]
	}

	return name
}

// plural returns 1 if the given rest of a name starts with a plural s, and 0 otherwise.
func plural(rest string) int {
	if rest == "s" || len(rest) > 1 && rest[0] == 's' && unicode.IsUpper(rune(rest[1])) {
		return 1
	}

	return 0
}
