package transport

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

const (
	// shortestSecret is the length in bytes below which a secret is not searched for: replacing every "a" in a text
	// would tell more than it hides.
	shortestSecret = 6

	// maxTokenBytes bounds the memory for minted tokens. Beyond it, the oldest half is forgotten: those have expired.
	maxTokenBytes = 8 << 20

	// maxShownText is how much of a text is shown at most, in bytes. It is well below the maxErrorBody that are searched, so
	// that a secret that begins in the part that is shown is searched for as a whole.
	maxShownText = 16 << 10
)

// redactor makes texts from outside fit to be shown. An error body or a proxy's page may echo the request, in whatever
// spelling its platform writes: see [decodedText.eachDecoding] for those that are covered, alone or in combination.
type redactor struct {
	mu sync.RWMutex
	// secrets are searched for. They are folded, and indexed by their last bytes, since tokens of one service begin alike.
	secrets map[[shortestSecret]byte][][]byte
	// tokens are those of the secrets that may be forgotten, the oldest first.
	tokens     [][]byte
	tokenBytes int
}

// credentialShapes matches a JSON Web Token, and whatever follows the name of an authorisation scheme.
var credentialShapes = regexp.MustCompile(`(?i)\beyJ[\w-]+(?:\.[\w-]*){1,2}|\b(bearer|basic|appkey)(\s+|%20|\+)[\w.~+/%=:-]{8,}`)

func newRedactor(secrets ...Secret) *redactor {
	made := &redactor{secrets: map[[shortestSecret]byte][][]byte{}}
	for _, secret := range secrets {
		made.remember(secret)
	}

	return made
}

// remember adds a credential that came up during the run, for good.
func (r *redactor) remember(secret Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()

	for _, needle := range needles(secret) {
		r.add(needle)
	}
}

// rememberToken adds a token that the service has minted. There may be any number of these, so old ones are forgotten.
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

	r.tokens = slices.Clone(r.tokens) // What was forgotten must not stay in memory.
}

// needles returns what is searched for because of a secret: the secret, and what is left of it where it looks like an escape
// itself.
func needles(secret Secret) [][]byte {
	var found [][]byte

	newDecodedText(secret.Reveal()).unescaped(func(spelling decodedText) {
		if chars, _ := spelling.folded(); len(chars) >= shortestSecret {
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

// show returns a text from outside as it may be shown: printable, in one line, and with *** in the place of every known secret
// and of everything that looks like a token. This is the one place that every such text goes through, be it for an error, a
// warning or a log.
func (r *redactor) show(text string) string {
	text = Printable(text)

	return credentialShapes.ReplaceAllStringFunc(r.mask(text), func(match string) string {
		scheme := credentialShapes.FindStringSubmatch(match)[1]

		return strings.TrimSpace(scheme + " " + mask)
	})
}

// mask returns text with *** in the place of every known secret.
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

// find returns the parts of a text that spell secrets, in their order. They do not touch one another.
func (r *redactor) find(text string) []decodedByte {
	r.mu.RLock()
	defer r.mu.RUnlock()

	if len(r.secrets) == 0 {
		return nil
	}

	var found []decodedByte

	newDecodedText(text).eachDecoding(func(decoded decodedText) {
		chars, at := decoded.folded()

		for end := shortestSecret; end <= len(chars); end++ {
			for _, secret := range r.secrets[lastBytes(chars[:end])] {
				if bytes.HasSuffix(chars[:end], secret) {
					found = append(found, decodedByte{from: decoded[at[end-len(secret)]].from, to: decoded[at[end-1]].to})
				}
			}
		}
	})

	slices.SortFunc(found, func(a, b decodedByte) int { return a.from - b.from })

	merged := found[:0]

	for _, one := range found {
		if last := len(merged) - 1; last >= 0 && one.from <= merged[last].to {
			merged[last].to = max(merged[last].to, one.to)
		} else {
			merged = append(merged, one)
		}
	}

	return merged
}

// clean makes the texts of an error fit to be shown, and only then bounds them: half a secret would not be found.
func (r *redactor) clean(failure *Error) {
	for _, text := range []*string{&failure.Code, &failure.Title, &failure.Detail, &failure.SupportID, &failure.Path, &failure.ExistingID} {
		*text = bounded(r.show(*text))
	}

	failure.Note = r.show(failure.Note) // It says what to do, and is not shortened.

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

// shownError is an error with a text that may be shown.
type shownError struct {
	text string
	err  error
}

// Error implements error.
func (e shownError) Error() string { return e.text }

// Unwrap returns the error itself, to be compared and not to be shown.
func (e shownError) Unwrap() error { return e.err }
