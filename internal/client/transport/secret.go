package transport

import (
	"fmt"
	"log/slog"
	"strings"
)

// mask replaces every secret.
const mask = "***"

// Secret holds a credential. It prints as *** with every verb, in JSON and in logs.
//
// The value is behind a pointer: fmt cannot call methods on unexported fields of other structs, and would print a plain string there.
type Secret struct {
	value *string
}

// NewSecret wraps value without leading and trailing whitespace. A pasted line break would make the header invalid, and net/http would
// quote the header in its error.
func NewSecret(value string) Secret {
	value = strings.TrimSpace(value)

	return Secret{value: &value}
}

// Reveal returns the secret itself. Only code that sends it to Celonis may call this.
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
