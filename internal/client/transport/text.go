package transport

import (
	"strings"

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
