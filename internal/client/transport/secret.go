package transport

import (
	"fmt"
	"log/slog"
	"strings"
)

// mask is what stands in the place of every secret.
const mask = "***"

// Secret holds a credential and prints as *** in every verb, in JSON and in logs.
//
// The value sits behind a pointer: fmt cannot call methods on the unexported fields of another struct, and would print
// a plain string there.
type Secret struct {
	value *string
}

// NewSecret wraps value without the white space around it: a pasted line end would otherwise break the header that
// carries the secret, and net/http would quote the header in its error.
func NewSecret(value string) Secret {
	value = strings.TrimSpace(value)

	return Secret{value: &value}
}

// Reveal returns the secret itself. Only what sends it to Celonis may call this.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}

	return *s.value
}

// IsEmpty reports whether there is no secret.
func (s Secret) IsEmpty() bool { return s.Reveal() == "" }

// String implements [fmt.Stringer].
func (Secret) String() string { return mask }

// GoString implements [fmt.GoStringer].
func (Secret) GoString() string { return mask }

// Format implements [fmt.Formatter], so that %x, %q and %d hide the value too.
func (Secret) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(mask)) }

// MarshalText implements [encoding.TextMarshaler], which encoding/json uses as well.
func (Secret) MarshalText() ([]byte, error) { return []byte(mask), nil }

// LogValue implements [slog.LogValuer].
func (Secret) LogValue() slog.Value { return slog.StringValue(mask) }
