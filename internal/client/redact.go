package client

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

const (
	// shortestSecret is the length in bytes below which a secret is not searched for: replacing every "a" in a text
	// would tell more than it hides.
	shortestSecret = 6

	// rememberedTokens bounds how many spellings of minted tokens a redactor searches for.
	rememberedTokens = 512
)

// redactor removes credentials from texts that came from outside: an error body or a proxy's page may echo the request.
type redactor struct {
	credentials *regexp.Regexp

	mu     sync.RWMutex
	fixed  []string
	minted []string
}

func newRedactor(secrets ...Secret) *redactor {
	redactor := &redactor{
		// A JSON Web Token, and whatever follows the name of an authorisation scheme.
		credentials: regexp.MustCompile(`(?i)\beyJ[\w-]+(?:\.[\w-]*){1,2}|\b(bearer|basic|appkey)(\s+|%20|\+)[\w.~+/%=:-]{8,}`),
	}

	for _, secret := range secrets {
		redactor.fixed = append(redactor.fixed, spellings(secret)...)
	}

	return redactor
}

// remember adds a secret that came up during the run, such as a minted token. The oldest are forgotten.
func (r *redactor) remember(secret Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()

	for _, form := range spellings(secret) {
		if !slices.Contains(r.fixed, form) && !slices.Contains(r.minted, form) {
			r.minted = append(r.minted, form)
		}
	}

	if surplus := len(r.minted) - rememberedTokens; surplus > 0 {
		r.minted = r.minted[surplus:]
	}
}

// redact returns text with *** in the place of every known secret and of everything that looks like a token.
func (r *redactor) redact(text string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()

	for _, secrets := range [][]string{r.fixed, r.minted} {
		for _, secret := range secrets {
			text = strings.ReplaceAll(text, secret, mask)
		}
	}

	return r.credentials.ReplaceAllStringFunc(text, func(match string) string {
		scheme := r.credentials.FindStringSubmatch(match)[1]

		return strings.TrimSpace(scheme + " " + mask)
	})
}

// clean redacts the texts of an error, and only then bounds them: half a secret would not be found.
func (r *redactor) clean(failure *Error) {
	for _, text := range []*string{&failure.Code, &failure.Title, &failure.Detail, &failure.SupportID, &failure.Path, &failure.ExistingID} {
		*text = bounded(r.redact(*text))
	}

	failure.Note = r.redact(failure.Note) // It says what to do, and is cut nowhere.

	if failure.cause != nil {
		if text := failure.cause.Error(); r.redact(text) != text {
			failure.cause = errors.New(r.redact(text))
		}
	}
}

// spellings returns the forms in which a secret can turn up in a text.
func spellings(secret Secret) []string {
	value := secret.Reveal()
	if len(value) < shortestSecret {
		return nil
	}

	forms := []string{
		value, base64.StdEncoding.EncodeToString([]byte(value)), url.QueryEscape(value), html.EscapeString(value),
	}

	if encoded, err := json.Marshal(value); err == nil {
		forms = append(forms, string(bytes.Trim(encoded, `"`)))
	}

	slices.Sort(forms)

	return slices.Compact(forms)
}
