package transport

import (
	"fmt"
	"log/slog"
	"strings"
)

// mask is shown in place of every secret.
const mask = "***"

// Redacted makes the struct that embeds it print as *** with every verb, in JSON and in logs. It is for structs that contain secrets in plain
// form. fmt cannot call methods on unexported fields of other structs, so another struct must contain such a struct behind a pointer, or
// embed Redacted itself.
type Redacted struct{}

// String implements [fmt.Stringer].
func (Redacted) String() string { return mask }

// GoString implements [fmt.GoStringer].
func (Redacted) GoString() string { return mask }

// Format implements [fmt.Formatter], so that %x, %q and %d hide the value too.
func (Redacted) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(mask)) }

// MarshalText implements [encoding.TextMarshaler], which encoding/json uses as well.
func (Redacted) MarshalText() ([]byte, error) { return []byte(mask), nil }

// LogValue implements [slog.LogValuer].
func (Redacted) LogValue() slog.Value { return slog.StringValue(mask) }

// Secret contains a credential, behind a pointer for the reason that [Redacted] states.
type Secret struct {
	Redacted

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
