package transport

import (
	"fmt"
	"log/slog"
	"strings"
)

// mask replaces secrets in output.
const mask = "***"

// Redacted is embedded in structs that contain plaintext secrets. A struct that embeds Redacted prints as *** with every fmt verb, in JSON and in
// logs. fmt cannot call methods on unexported fields, so an outer struct must either hold such a struct behind a pointer or embed Redacted itself.
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

// Secret contains a credential, behind a pointer for the reason given in [Redacted].
type Secret struct {
	Redacted

	value *string
}

// NewSecret trims leading and trailing whitespace from value. A pasted line break would make the header invalid, and net/http would quote the
// header in its error.
func NewSecret(value string) Secret {
	value = strings.TrimSpace(value)

	return Secret{value: &value}
}

// Reveal returns the secret itself. The result must never reach an error or a log.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}

	return *s.value
}

// IsEmpty reports whether the secret is empty or unset.
func (s Secret) IsEmpty() bool { return s.Reveal() == "" }
