package transport

import (
	"bytes"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

const (
	// shortestSecret is the minimum length, in bytes, of the secrets that are masked. Masking shorter secrets could reveal them. For example, if
	// every "a" in a text is masked, a reader can guess that the secret is "a".
	shortestSecret = 6

	// maxTokenBytes is the maximum total size of the tokens that a redactor remembers. When the limit is exceeded, the oldest half is discarded,
	// because those tokens have expired.
	maxTokenBytes = 8 << 20

	// maxShownText is the length, in bytes, at which shown text is truncated. The search for secrets covers far more, up to maxErrorBody bytes, so a
	// secret that begins in the part that is shown is found even if it ends beyond that part.
	maxShownText = 16 << 10
)

// redactor removes secrets from external text, such as responses. An error body or a proxy's page may repeat the request in any encoding. The
// redactor covers the encodings that [decodedText.eachDecoding] decodes, individually or in combination.
type redactor struct {
	*knownSecrets
}

// knownSecrets are the secrets of a redactor. The redactor refers to them through a pointer, because fmt does not follow pointers inside structs.
type knownSecrets struct {
	Redacted

	mu sync.RWMutex
	// secrets are the values to search for, in folded form. Each key consists of the last bytes of a secret, because tokens from the same
	// service begin with the same bytes.
	secrets map[[shortestSecret]byte][][]byte
	// shortest is the length in bytes of the shortest secret that was ever added.
	shortest int
	// tokens are the secrets that may be discarded, oldest first.
	tokens     [][]byte
	tokenBytes int
}

// credentialShapes matches JSON Web Tokens, and anything that follows the name of an authorisation scheme and looks like a credential.
var credentialShapes = regexp.MustCompile(`(?i)\beyJ[\w-]+(?:\.[\w-]*){1,2}|\b(bearer|basic|appkey)(\s+|%20|\+)[\w.~+/%=:-]{8,}`)

func newRedactor(secrets ...Secret) *redactor {
	r := &redactor{knownSecrets: &knownSecrets{secrets: map[[shortestSecret]byte][][]byte{}, shortest: math.MaxInt}}
	for _, secret := range secrets {
		r.remember(secret)
	}

	return r
}

// remember adds a credential permanently.
func (r *redactor) remember(secret Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()

	for _, needle := range needles(secret) {
		r.add(needle)
	}
}

// rememberToken adds a token that the service issued. Old tokens are discarded, because a run may receive any number of tokens.
func (r *redactor) rememberToken(token Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()

	for _, needle := range needles(token) {
		if r.add(needle) {
			r.tokens = append(r.tokens, needle)
			r.tokenBytes += len(needle)
		}
	}

	if r.tokenBytes <= maxTokenBytes {
		return
	}

	for r.tokenBytes > maxTokenBytes/2 {
		r.forget(r.tokens[0])
		r.tokenBytes -= len(r.tokens[0])
		r.tokens = r.tokens[1:]
	}

	r.tokens = slices.Clone(r.tokens) // Free the memory of the discarded tokens.
}

// needles returns the values to search for: the secret itself and, if the secret appears to contain escape sequences, its decoded forms.
func needles(secret Secret) [][]byte {
	var found [][]byte

	newDecodedText(secret.Reveal()).unescaped(func(spelling decodedText) {
		if chars := spelling.folded().chars; len(chars) >= shortestSecret {
			found = append(found, chars)
		}
	})

	return found
}

func (r *redactor) add(needle []byte) bool {
	key := lastBytes(needle)
	if slices.ContainsFunc(r.secrets[key], func(other []byte) bool { return bytes.Equal(other, needle) }) {
		return false
	}

	r.secrets[key] = append(r.secrets[key], needle)
	r.shortest = min(r.shortest, len(needle))

	return true
}

func (r *redactor) forget(needle []byte) {
	key := lastBytes(needle)
	r.secrets[key] = slices.DeleteFunc(r.secrets[key], func(other []byte) bool { return bytes.Equal(other, needle) })

	if len(r.secrets[key]) == 0 {
		delete(r.secrets, key)
	}
}

func lastBytes(text []byte) [shortestSecret]byte {
	return [shortestSecret]byte(text[len(text)-shortestSecret:])
}

// show returns external text in a form that is safe to show: printable, on one line, and with *** in place of every known secret and everything
// that looks like a token. All external text must pass through this function before it is used in an error, a warning or a log.
func (r *redactor) show(text string) string {
	text = Printable(text)

	return credentialShapes.ReplaceAllStringFunc(r.mask(text), func(match string) string {
		scheme := credentialShapes.FindStringSubmatch(match)[1]

		return strings.TrimSpace(scheme + " " + mask)
	})
}

// mask returns text with *** in place of every known secret.
func (r *redactor) mask(text string) string {
	var (
		masked strings.Builder
		copied int
		end    = len(text)
	)

	if end > maxShownText {
		for end = maxShownText; !utf8.RuneStart(text[end]); {
			end--
		}
	}

	for _, secret := range r.find(text) {
		if secret.from >= end {
			break
		}

		masked.WriteString(text[copied:secret.from] + mask)
		copied = secret.to
	}

	if copied < end {
		masked.WriteString(text[copied:end])
	}

	if end < len(text) {
		masked.WriteString("…")
	}

	return masked.String()
}

// part is a range of bytes in a string. The to field is the position after the last byte.
type part struct{ from, to int }

// find returns the parts of a string that contain secrets, in order. Adjacent and overlapping parts are merged.
func (r *redactor) find(text string) []part {
	r.mu.RLock()
	defer r.mu.RUnlock()

	var found []part

	newDecodedText(text).eachDecoding(r.shortest, func(decoded decodedText) {
		folded := decoded.folded()

		for end := shortestSecret; end <= len(folded.chars); end++ {
			for _, secret := range r.secrets[lastBytes(folded.chars[:end])] {
				if bytes.HasSuffix(folded.chars[:end], secret) {
					found = append(found, part{folded.from[end-len(secret)], folded.to[end-1]})
				}
			}
		}
	})

	slices.SortFunc(found, func(a, b part) int { return a.from - b.from })

	merged := found[:0]

	for _, next := range found {
		if last := len(merged) - 1; last >= 0 && next.from <= merged[last].to {
			merged[last].to = max(merged[last].to, next.to)
		} else {
			merged = append(merged, next)
		}
	}

	return merged
}

// clean makes an error safe to show. Masking comes before truncation, because a truncated secret would not be found.
func (r *redactor) clean(failure *Error) {
	for _, text := range []*string{&failure.Code, &failure.Title, &failure.Detail, &failure.SupportID, &failure.Path, &failure.ExistingID} {
		*text = bounded(r.show(*text))
	}

	failure.Note = r.show(failure.Note) // A note contains advice, which is never truncated.

	failure.Scopes = slices.Clone(failure.Scopes)
	for index, scope := range failure.Scopes {
		failure.Scopes[index] = bounded(r.show(scope))
	}

	if failure.cause != nil {
		if text, shown := failure.cause.Error(), bounded(r.show(failure.cause.Error())); shown != text {
			failure.cause = shownError{text: shown, err: failure.cause}
		}
	}
}

// shownError is an error whose text is safe to show.
type shownError struct {
	text string
	err  error
}

// Error implements error.
func (e shownError) Error() string { return e.text }

// Unwrap returns the original error, for comparisons only. The original error's text must not be shown.
func (e shownError) Unwrap() error { return e.err }
