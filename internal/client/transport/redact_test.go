package transport

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"mime/quotedprintable"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// awkwardSecret contains characters that escaping changes, and parts that look like escapes.
const awkwardSecret = `7f/c+s=W%41&lt;"q\x_~Zb/9+Kd==end`

// percentAll encodes every byte of a string with a format such as %%%02x.
func percentAll(text, format string) string {
	var encoded strings.Builder
	for _, char := range []byte(text) {
		fmt.Fprintf(&encoded, format, char)
	}

	return encoded.String()
}

func eachRune(text, format string) string {
	var encoded strings.Builder
	for _, char := range text {
		fmt.Fprintf(&encoded, format, char)
	}

	return encoded.String()
}

func inQuotedPrintable(t *testing.T, text string) string {
	t.Helper()

	var encoded strings.Builder

	writer := quotedprintable.NewWriter(&encoded)
	if _, err := writer.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}

	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}

	return encoded.String()
}

func inJSON(t *testing.T, text string) string {
	t.Helper()

	encoded, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}

	return string(encoded[1 : len(encoded)-1]) // Remove the quotation marks.
}

// spellingsOf returns a secret in each form in which a platform may encode it.
func spellingsOf(t *testing.T, secret string) map[string]string {
	t.Helper()

	query := url.QueryEscape(secret)
	basic := "my-client:" + secret
	formBasic := url.QueryEscape("my-client") + ":" + query
	standard := base64.StdEncoding.EncodeToString

	wrapped := standard([]byte(strings.Repeat("x", 50) + basic))
	lines := wrapped[:76] + "\r\n" + wrapped[76:]

	found := map[string]string{
		"unchanged":                      secret,
		"form-encoded":                   query,
		"percent, lower-case digits":     strings.NewReplacer("%2F", "%2f", "%2B", "%2b", "%3D", "%3d").Replace(query),
		"percent, every byte":            percentAll(secret, "%%%02x"),
		"percent, twice":                 url.QueryEscape(query),
		"percent, slashes only":          strings.ReplaceAll(secret, "/", "%2f"),
		"JSON":                           inJSON(t, secret),
		"JSON, slashes escaped":          strings.ReplaceAll(inJSON(t, secret), "/", `\/`),
		"JSON in JSON":                   inJSON(t, inJSON(t, secret)),
		"JSON, every character":          eachRune(secret, `\u%04x`),
		"JavaScript, every byte":         percentAll(secret, `\x%02X`),
		"HTML, named":                    html.EscapeString(secret),
		"HTML, decimal":                  eachRune(secret, "&#%d;"),
		"HTML, hexadecimal":              eachRune(secret, "&#x%X;"),
		"HTML, slash and plus by name":   strings.NewReplacer("/", "&sol;", "+", "&plus;", "=", "&equals;").Replace(html.EscapeString(secret)),
		"HTML around JSON":               html.EscapeString(inJSON(t, secret)),
		"JSON around percent":            inJSON(t, query),
		"quoted-printable":               inQuotedPrintable(t, strings.Repeat("long line ", 6)+secret),
		"base64":                         standard([]byte(secret)),
		"base64 for URLs, no padding":    base64.RawURLEncoding.EncodeToString([]byte(secret)),
		"base64 of id and secret":        standard([]byte(basic)),
		"base64 of form-encoded":         standard([]byte(formBasic)),
		"base64 of form, lower case":     standard([]byte(strings.ReplaceAll(formBasic, "%2F", "%2f"))),
		"base64, percent-encoded":        url.QueryEscape(standard([]byte(formBasic))),
		"base64, second alignment":       standard([]byte("x" + basic)),
		"base64, third alignment":        standard([]byte("xy" + basic)),
		"base64 within other base64":     "abc" + standard([]byte(basic)) + "abc",
		"base64 of a request":            standard([]byte("POST /oauth2/token\r\n\r\ngrant_type=a&client_secret=" + query + "&scope=b")),
		"base64 of base64":               standard([]byte("Authorization: Basic " + standard([]byte(basic)))),
		"base64 in several lines":        lines,
		"base64, in a path":              "/v1/echo/" + base64.RawURLEncoding.EncodeToString([]byte(basic)),
		"hex":                            hex.EncodeToString([]byte(secret)),
		"hex, upper case":                strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"hex, with colons":               strings.TrimSuffix(percentAll(secret, "%02x:"), ":"),
		"hex, after another digit":       "a" + hex.EncodeToString([]byte(secret)),
		"hex of the Basic credentials":   hex.EncodeToString([]byte("Basic " + standard([]byte(basic)))),
		"after an equals sign":           "client_secret=" + query,
		"in several lines":               strings.ReplaceAll(secret, "e", "e\r\n  "),
		"with invisible characters":      strings.ReplaceAll(secret, "a", "a\u200b\x1b"),
		"UTF-16 in base64":               standard([]byte(strings.Join(strings.Split(basic, ""), "\x00"))),
		"JSON, four times":               inJSON(t, inJSON(t, inJSON(t, inJSON(t, secret)))),
		"C, octal":                       percentAll(secret, `\%03o`),
		"C, octal, some characters":      strings.NewReplacer("/", `\057`, "+", `\053`, "=", `\075`).Replace(secret),
		"Python, every character":        eachRune(secret, `\U%08x`),
		"hex, with hyphens":              strings.TrimSuffix(percentAll(secret, "%02X-"), "-"),
		"hex, with commas":               strings.TrimSuffix(percentAll(secret, "%02x, "), ", "),
		"bytes as numbers":               strings.TrimSuffix("["+percentAll(secret, "%d,"), ",") + "]",
		"bytes as numbers, with spaces":  strings.TrimSuffix("["+percentAll(secret, "%d, "), ", ") + "]",
		"bytes as numbers, Go":           fmt.Sprint([]byte(secret)), //nolint:staticcheck // The bytes must be printed as numbers.
		"with soft hyphens in HTML":      strings.ReplaceAll(html.EscapeString(secret), "d", "d&shy;"),
		"invisible escape in JSON":       strings.ReplaceAll(inJSON(t, secret), "e", `e\u200b`),
		"UTF-16 in hex":                  hex.EncodeToString([]byte(strings.Join(strings.Split(basic, ""), "\x00"))),
		"plus sign decoded as a space":   strings.ReplaceAll(secret, "+", " "),
		"plus sign as an encoded space":  strings.ReplaceAll(secret, "+", "%20"),
		"form in an escaped JSON string": `"body": "grant_type=x\u0026client_secret=` + query + `"`,
	}

	if !strings.ContainsAny(secret, "ßäü") { // Only ASCII is compared case-insensitively.
		found["upper case"] = strings.ToUpper(secret)
	}

	return found
}

func TestSecretIsRedactedInEachEncoding(t *testing.T) {
	t.Parallel()

	for _, secret := range []string{
		awkwardSecret, "0123456789abcdef0123456789abcdef", "ab/cd+ef==", "simple-secret-of-words", "übermäßig&geheim/9", "AAAAAAAAAAAAAAAA", `a%41b/c%2Fd`,
	} {
		texts := newRedactor(NewSecret(secret))

		for name, spelled := range spellingsOf(t, secret) {
			got := texts.show("before {" + spelled + "} after")
			if !strings.HasPrefix(got, "before {") || !strings.HasSuffix(got, "} after") || !strings.Contains(got, mask) {
				t.Errorf("%q, %s: show() = %q", secret, name, got)
			}

			if remaining, most := len(got)-len("before {***} after"), len(spelled)-len(secret)+2; remaining > most {
				t.Errorf("%q, %s: %q shows %d bytes of %d, want at most %d", secret, name, got, remaining, len(spelled), most)
			}
		}
	}
}

// A secret may be too short to search for, although the Basic credentials that contain it are long enough.
func TestShortSecretIsRedactedInBasicCredentials(t *testing.T) {
	t.Parallel()

	credentials := Credentials{ClientID: "client-4711", ClientSecret: NewSecret("a1+b2")}
	texts := newRedactor(credentials.Secrets()...)

	for _, text := range []string{
		"client-4711:a1+b2", "client-4711:a1%2Bb2", base64.StdEncoding.EncodeToString([]byte("client-4711:a1+b2")),
		"Authorization: " + base64.URLEncoding.EncodeToString([]byte("client-4711:a1%2Bb2")),
	} {
		if got := texts.show("before {" + text + "} after"); !strings.Contains(got, mask) || strings.Contains(got, text) {
			t.Errorf("show(%q) = %q", text, got)
		}
	}
}

func TestTextWithoutASecretIsUnchanged(t *testing.T) {
	t.Parallel()

	texts := newRedactor(NewSecret(awkwardSecret), NewSecret("short"), NewSecret(""))

	for _, text := range []string{
		"", "a short text", "GET /intelligence/api/knowledge-models/a%2Fb?x=%zz&y=1", `{"errorCode": "KM_MODEL_NOTFOUND"}`, "100 % of &amp; \\ & = + %",
		"Grüße, é 😀", "the id 0b6f8a54-2d1c-4e59-9a37-6c1f0e2d7b10", "&notanentity; &#xZZ; \\u12 \\uD800 %4",
	} {
		if got := texts.show(text); got != text {
			t.Errorf("show(%q) = %q", text, got)
		}
	}
}

func TestTruncationNeverLeavesHalfASecret(t *testing.T) {
	t.Parallel()

	secret := "0123456789-" + strings.Repeat("abcdefghij", 30) + "-9876543210"
	encoded, escaped := base64.StdEncoding.EncodeToString([]byte(secret)), percentAll(secret, `\u%04x`)
	texts := newRedactor(NewSecret(secret))

	for _, text := range []string{
		strings.Repeat("x ", maxErrorText/2-3) + secret,
		strings.Repeat(" ", maxErrorBody-20) + secret,
		strings.Repeat("\u200b", maxErrorBody/3-7) + secret,
		strings.Repeat(secret+" ", maxErrorBody/len(secret)+1),
		// These strings are shorter, because searching encoded text is slow with the race detector. The shorter strings are still far longer than the
		// text that is shown.
		strings.Repeat(encoded+"/", 10*maxErrorText/len(encoded)),
		strings.Repeat(escaped, 10*maxErrorText/len(escaped)),
	} {
		failure := newStatusError(Area{}, http.StatusBadRequest, []byte(text))
		texts.clean(failure)

		for _, half := range []string{"0123456789-", "abcdefghij", "-9876543210", `\u0061\u0062`, "YWJjZGVmZ2hp"} {
			if strings.Contains(failure.Error(), half) {
				t.Errorf("%q is visible in %q", half, failure)
			}
		}
	}
}

func TestCredentialsAreMaskedPermanently(t *testing.T) {
	t.Parallel()

	texts := newRedactor()
	texts.remember(NewSecret("ephemeral-credential"))

	filler := strings.Repeat("s", 2000)

	for index := range 6000 {
		texts.rememberToken(NewSecret(fmt.Sprintf("eyJhbGciOiJFUzM4NCJ9.%s-minted-%06d", filler, index)))
	}

	if got := texts.show("an ephemeral-credential"); got != "an ***" {
		t.Errorf("show() = %q", got)
	}

	if got := texts.show("eyJhbGciOiJFUzM4NCJ9." + filler + "-minted-005999"); got == "" || strings.Contains(got, "minted-005999") {
		t.Errorf("show() = %q", got)
	}

	if texts.tokenBytes > maxTokenBytes {
		t.Errorf("the redactor keeps %d bytes of tokens", texts.tokenBytes)
	}
}

func TestRedactionTimeIsBoundedForLongText(t *testing.T) {
	t.Parallel()

	texts := newRedactor()
	for index := range 2000 {
		texts.remember(NewSecret(fmt.Sprintf("credential-%04d-of-many", index)))
	}

	start := time.Now()

	for _, text := range []string{
		strings.Repeat("QUJD", 1<<12), strings.Repeat("%25", 1<<12), strings.Repeat(`\\`, 1<<12), strings.Repeat("&amp;", 1<<12), strings.Repeat("deadbeef ", 1<<11),
	} {
		texts.show(text)
	}

	// The limit leaves room for a busy machine, but is far below the time that a quadratic algorithm would take.
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("redaction took %s", took)
	}
}

func TestServiceTextIsMadePrintable(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"\x1b[31mred\x1b[0m":           "[31mred[0m",
		"a\r\nb\tc\u2028d":             "a b c d",
		"\u202eright to left\u2066":    "right to left",
		"bell\a null\x00 c1\u009b31m":  "bell null c131m",
		"invalid \xff\xfe UTF-8":       "invalid UTF-8",
		"zero\u200bwidth \ufeffmark":   "zerowidth mark",
		"tags \U000e0041\U000e0042 in": "tags in",
	} {
		if got := newRedactor().show(text); got != want {
			t.Errorf("%q: show() = %q, want %q", text, got, want)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("a=%7f%2Fc", "0123456789abcdef")
	f.Add("&#x41;QUJD\\u0041", awkwardSecret)

	f.Fuzz(func(t *testing.T, text, secret string) {
		if len(newDecodedText(secret).folded().chars) < shortestSecret {
			return // No service issues credentials that consist of backslashes.
		}

		got := newRedactor(NewSecret(secret)).show(text + "<" + secret + ">" + text)
		if secret = strings.TrimSpace(secret); len(Printable(secret)) >= 32 && Printable(secret) == secret && strings.Contains(got, secret) {
			t.Errorf("%q is visible in %q", secret, got)
		}
	})
}
