package transport

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// NormalText returns a text in the form in which Terraform keeps every string (NFC). Celonis may return another form: names that were
// pasted from macOS often hold letters and accents as separate characters (NFD).
func NormalText(text string) string { return norm.NFC.String(text) }

// SameText reports whether two texts are equal, whichever Unicode form each is in.
func SameText(a, b string) bool { return a == b || NormalText(a) == NormalText(b) }

// SameTextFold is SameText without regard to case. It compares decomposed texts, because some letters with an accent exist as one
// character in one case only.
func SameTextFold(a, b string) bool {
	return strings.EqualFold(a, b) || strings.EqualFold(norm.NFD.String(a), norm.NFD.String(b))
}

// FoldText returns a text that is the same for all texts that [SameTextFold] regards as equal: a key for maps.
func FoldText(text string) string {
	return strings.Map(func(r rune) rune {
		smallest := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			smallest = min(smallest, next)
		}

		return smallest
	}, norm.NFD.String(text))
}
