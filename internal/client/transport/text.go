package transport

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// NormalText converts text to NFC, the Unicode form in which Terraform stores strings. Celonis may return another Unicode form. For example, names
// pasted from macOS often contain letters and accents as separate characters (NFD).
func NormalText(text string) string { return norm.NFC.String(text) }

// SameText reports whether two strings are equal, regardless of their Unicode forms.
func SameText(a, b string) bool { return a == b || NormalText(a) == NormalText(b) }

// SameTextFold is a case-insensitive [SameText]. SameTextFold also compares the decomposed forms, because some accented letters exist as a single
// character in only one case.
func SameTextFold(a, b string) bool {
	return strings.EqualFold(a, b) || strings.EqualFold(norm.NFD.String(a), norm.NFD.String(b))
}

// FoldText returns a map key for a string. Strings that are equal according to [SameTextFold] have the same key.
func FoldText(text string) string {
	return strings.Map(func(r rune) rune {
		smallest := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			smallest = min(smallest, next)
		}

		return smallest
	}, norm.NFD.String(text))
}
