package transport

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"html"
	"math/big"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// spelling is one way in which a platform encodes a string.
type spelling struct {
	name  string
	write func(string) string
	// isEncoding is true for base64, hex and similar encodings, of which the redactor decodes only a few nested layers.
	isEncoding bool
}

func eachByte(format, separator string) func(string) string {
	return func(text string) string {
		parts := make([]string, 0, len(text))
		for _, char := range []byte(text) {
			parts = append(parts, fmt.Sprintf(format, char))
		}

		return strings.Join(parts, separator)
	}
}

// spellingLayers returns the spellings that the fuzzer combines.
func spellingLayers() []spelling {
	base64Of := func(encoding *base64.Encoding) func(string) string {
		return func(text string) string { return encoding.EncodeToString([]byte(text)) }
	}

	jsonOf := func(text string) string {
		encoded, _ := json.Marshal(text) //nolint:errchkjson // A string can always be encoded.

		return string(encoded[1 : len(encoded)-1]) // Remove the quotation marks.
	}

	quotedPrintableOf := func(text string) string {
		var encoded strings.Builder

		writer := quotedprintable.NewWriter(&encoded)
		_, _ = writer.Write([]byte(text))
		_ = writer.Close()

		return encoded.String()
	}

	base32Of := func(text string) string { return base32.StdEncoding.EncodeToString([]byte(text)) }

	return []spelling{
		{name: "form", write: url.QueryEscape},
		{name: "path", write: url.PathEscape},
		{name: "percent, every byte", write: eachByte("%%%02x", "")},
		{name: "JSON", write: jsonOf},
		{name: "JSON, every byte", write: eachByte(`\u%04x`, "")},
		{name: "HTML", write: html.EscapeString},
		{name: "HTML, every byte", write: eachByte("&#x%x;", "")},
		{name: "JavaScript, every byte", write: eachByte(`\x%02X`, "")},
		{name: "C, every byte", write: eachByte(`\%03o`, "")},
		{name: "base64", write: base64Of(base64.StdEncoding), isEncoding: true},
		{name: "base64 for URLs", write: base64Of(base64.RawURLEncoding), isEncoding: true},
		{name: "base64 of Basic credentials", write: func(text string) string { return base64.StdEncoding.EncodeToString([]byte("id:" + text)) }, isEncoding: true},
		{name: "base32", write: base32Of, isEncoding: true},
		{name: "base32, lower case, no padding", write: func(text string) string { return strings.ToLower(strings.TrimRight(base32Of(text), "=")) }, isEncoding: true},
		{name: "hex", write: func(text string) string { return hex.EncodeToString([]byte(text)) }, isEncoding: true},
		{name: "hex with colons", write: eachByte("%02X", ":"), isEncoding: true},
		{name: "hex with prefixes", write: eachByte("0x%02x", " "), isEncoding: true},
		{name: "hex with prefixes and commas", write: eachByte("0x%X", ", "), isEncoding: true},
		{name: "bytes", write: eachByte("%d", " "), isEncoding: true},
		{name: "bytes with commas", write: eachByte("%d", ","), isEncoding: true},
		{name: "quoted-printable", write: quotedPrintableOf, isEncoding: true},
		// In the next three spellings, digits of the same encoding stand directly before the secret, so the secret begins within a group of digits.
		{name: "base64 after digits", write: func(text string) string { return "abc" + base64.RawStdEncoding.EncodeToString([]byte(text)) }, isEncoding: true},
		{name: "base32 after digits", write: func(text string) string { return "ABC" + strings.TrimRight(base32Of(text), "=") }, isEncoding: true},
		{name: "hex after a digit", write: func(text string) string { return "a" + hex.EncodeToString([]byte(text)) }, isEncoding: true},
	}
}

// Regardless of how a platform encodes a secret, the shown text contains no part of the secret.
func FuzzSpelledSecret(f *testing.F) {
	layers := spellingLayers()

	for index := range layers {
		f.Add(awkwardSecret, []byte{byte(index)})
		f.Add("simple-secret-of-words", []byte{byte(index), 9})
		f.Add("0123456789abcdef0123456789abcdef", []byte{9, byte(index), 3})
		f.Add("eyJhbGciOiJFUzM4NCJ9.e30.c2lnbmF0dXJl", []byte{byte(index), 12, 9})
	}

	f.Fuzz(func(t *testing.T, secret string, chosen []byte) {
		secret = NewSecret(secret).Reveal()

		// Trim characters that comparisons ignore, because they may remain at either end of the mask. Also trim braces, which would look like the
		// braces that surround the secret in the text below.
		secret = strings.TrimFunc(secret, func(char rune) bool {
			return char > '~' || !isCompared(byte(char)) || char == '{' || char == '}' //nolint:gosec // The character is ASCII.
		})
		if len(secret) > 100 || len(newDecodedText(secret).folded().chars) < 16 || CheckSecret(secret) != nil || strings.Count(secret, secret[:1]) == len(secret) {
			return // Skip strings that no service would issue as credentials.
		}

		var (
			names                 []string
			spelled, around       = secret, ""
			padding               string
			escapes, allEncodings int
		)

		for _, choice := range chosen {
			layer := layers[int(choice)%len(layers)]
			if layer.isEncoding {
				allEncodings++
				escapes = 0
			} else {
				escapes++
			}

			// In quoted-printable text on a single line, the redactor cannot tell whether a space belongs to a soft line break, so it does not find
			// numbers separated by spaces.
			if layer.name == "quoted-printable" && strings.Contains(spelled, " ") {
				break
			}

			longer := layer.write(spelled)
			if escapes > 3 || allEncodings > nestedEncodings || len(longer) > 4000 {
				break
			}

			names = append(names, layer.name)
			spelled, around = longer, layer.write(around)

			padding = layer.write(padding) + longer[len(strings.TrimRight(longer, "=")):]
		}

		got := newRedactor(NewSecret(secret)).show("before {" + spelled + "} after")
		remaining := len(got) - len("before {***} after")

		// Two things may remain: a digit at either end, which may contain bits of a neighbouring character, and padding, which contains no part of
		// the secret.
		if most := len(around) + len(padding) + 8*len(spelled)/len(secret); !strings.Contains(got, mask) || remaining > most {
			t.Errorf("%q as %q: %q shows %d bytes of %q, want at most %d", secret, names, got, remaining, spelled, most)
		}

		if !strings.HasPrefix(got, "before {") || !strings.HasSuffix(got, "} after") {
			t.Errorf("%q as %q: %q masks the surrounding text", secret, names, got)
		}
	})
}

// No error body is shown with line breaks, control characters or credentials, and no error body makes an existing object look deleted.
func FuzzErrorBody(f *testing.F) {
	const secret = "the-client-secret-of-0123456789"

	for _, body := range []string{
		`{"title": "Not found", "detail": "no model", "errorCode": "KM_MODEL_NOTFOUND"}`, `{"error": "Unauthorized"}`,
		`{"error": "invalid_client", "error_description": "` + secret + `"}`,
		`{"frontendErrorKey": "key", "errorInformation": {"x": [1]}}`, `{"reference": "0f", "message": "m", "shortMessage": "s"}`,
		`{"errors": [{"attribute": "name", "error": "taken", "errorCode": "E"}]}`,
		`{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404", "detail": "gone", "scimType": "x"}`,
		"<html><title>Bad gateway\u202e</title>", "upstream said\r\n\x1b[31mno", "", "\ufeff{}", `{"errorCode": "GENERAL_NOTFOUND_PATH"}`, `[{"a": 1}]`,
		`{"detail": "support id: 0123456789abcdef"}`, `{"errorCode": ["KM_MODEL_NOTFOUND"]}`, `{"title": 12.5, "errors": {"a": 1}}`,
		`{"detail": "` + strings.Repeat("long ", 400) + `"}`, strings.Repeat("long ", 400), `{"errorCode": "` + strings.Repeat("E", 2000) + `"}`,
	} {
		for _, status := range []int{400, 401, 403, 404, 407, 429, 500, 502} {
			f.Add(status, []byte(body))
		}
	}

	area := Area{Name: "models", GoneCodes: []string{"KM_*_NOTFOUND", "urn:ietf:params:scim:api:messages:2.0:Error"}}
	texts := newRedactor(NewSecret(secret))

	f.Fuzz(func(t *testing.T, status int, body []byte) {
		failure := newStatusError(area, status, body)
		texts.clean(failure)

		for _, text := range []string{failure.Code, failure.Title, failure.Detail, failure.SupportID} {
			if utf8.RuneCountInString(text) > maxErrorText+1 {
				t.Errorf("the error text is too long (%d characters): %q", utf8.RuneCountInString(text), text)
			}
		}

		text := failure.Error()
		if strings.Contains(strings.ToLower(text), secret) || strings.ContainsFunc(text, func(char rune) bool { return !unicode.IsPrint(char) }) || !utf8.ValidString(text) {
			t.Errorf("error = %q", text)
		}

		if failure.Reason == ReasonNotFound && (status != http.StatusNotFound || !json.Valid(trim(body))) {
			t.Errorf("status %d with the body %q was reported as a missing object", status, body)
		}

		if isPassingStatus(status) && (failure.Reason == ReasonHTML || failure.Reason == ReasonNotActivated) {
			t.Errorf("status %d with the body %q has the reason %q", status, body, failure.Reason)
		}
	})
}

// A token response yields either a token that can be sent or an error that quotes none of the response's values.
func FuzzTokenResponse(f *testing.F) {
	for _, body := range []string{
		`{"access_token": "opaque-token", "token_type": "Bearer", "scope": "a b", "expires_in": 899, "refresh_token": "refresh-token"}`,
		`{"access_token": "opaque-token", "expires_in": "8.99e2", "scope": ["b", "a"]}`, "access_token=opaque-token&scope=a+b&expires_in=899.0",
		`{"error": "invalid_client"}`, "error=invalid_scope&error_description=no", `{"access_token": "opaque-token\r\nX-Evil: 1"}`,
		`{"access_token": {"a": 1}}`, `{"access_token": "opaque-token", "expires_in": 1e400}`, `{"access_token": "t", "expires_in": -1}`,
		`{"access_token": "t", "scope": "a\u202eb"}`, "", "null", `{"access_token": null}`, `{"access_token": true, "token_type": 7}`,
	} {
		for _, status := range []int{200, 400, 401} {
			f.Add(status, []byte(body))
		}
	}

	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 599 {
			return
		}

		encoded, err := readTokenReply(Reply{Status: status, Body: trim(body)})
		if err != nil {
			failure, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("%q: %v (%T)", body, err, err)
			}

			checkNothingIsRepeated(t, failure, body)

			return
		}

		var token tokenResponse
		if err := json.Unmarshal(encoded, &token); err != nil || status >= 300 {
			t.Fatalf("status %d, %q: token = %q, error = %v", status, body, encoded, err)
		}

		header := http.Header{"Authorization": {cmpOr(token.TokenType, "Bearer") + " " + token.AccessToken}}
		if token.AccessToken == "" || !isHeaderText(token.AccessToken) || token.ExpiresIn < 0 || strings.ContainsAny(header.Get("Authorization"), "\r\n") {
			t.Errorf("%q: token = %+v", body, token)
		}

		if Printable(token.Scope) != strings.Join(strings.Fields(token.Scope), " ") {
			t.Errorf("%q: scope = %q", body, token.Scope)
		}
	})
}

func cmpOr(value, otherwise string) string {
	if value == "" {
		return otherwise
	}

	return value
}

// checkNothingIsRepeated checks that an error about an unusable token response contains none of the response's values.
func checkNothingIsRepeated(t *testing.T, failure *Error, body []byte) {
	t.Helper()

	var fields map[string]any
	if failure.Reason != ReasonInvalidResponse || json.Unmarshal(body, &fields) != nil {
		return
	}

	for _, name := range []string{"access_token", "refresh_token"} {
		value, _ := fields[name].(string)
		if len(value) >= 12 && strings.Contains(failure.Error(), value) && !strings.Contains("invalid token response: "+name, value) {
			t.Errorf("%q: the error repeats the %s: %v", body, name, failure)
		}
	}
}

// No header causes a negative wait, or a wait longer than the maximum.
func FuzzWait(f *testing.F) {
	for _, value := range []string{
		"", "0", "1", "-1", "120", "1.5", "1e3", "NaN", "Inf", "-Inf", "1e400", "0x10", "1_000", "1764280800", "1764280800000", "99999999999999999999",
		"Fri, 27 Nov 2026 23:00:00 GMT", "Fri, 27 Nov 2026 22:00:00 GMT", "2026-11-27T23:00:00Z", "2026-11-27T23:00:00+0100", "2026-11-27 23:00:00",
		"9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "soon", " 7 ", "31622400", "31622401",
	} {
		for _, status := range []int{429, 503} {
			f.Add(status, value, "", "Fri, 27 Nov 2026 22:30:00 GMT")
			f.Add(status, "", value, "")
			f.Add(status, value, "3", value)
		}
	}

	f.Fuzz(func(t *testing.T, status int, retryAfter, reset, date string) {
		resp := Reply{Status: status, Header: http.Header{"Retry-After": {retryAfter}, "X-Ratelimit-Reset": {reset}, "Date": {date}}}

		wait, isRequested := requestedWait(resp)
		if isRequested != (wait > 0) || wait < 0 {
			t.Errorf("requestedWait() = %s, %t", wait, isRequested)
		}

		for attempt := range 25 {
			if next := retryWait(resp, attempt, time.Minute); isRequested && (next-wait).Abs() > time.Second || !isRequested && (next <= 0 || next > time.Minute) {
				t.Errorf("attempt %d waits %s; requested wait = %s (%t)", attempt, next, wait, isRequested)
			}
		}

		if again := shouldRetry(resp, nil, true, time.Minute); again && isRequested && wait > time.Minute {
			t.Errorf("the request is retried after %s", wait)
		}

		if seconds, err := strconv.Atoi(strings.TrimSpace(retryAfter)); err == nil && seconds > 0 && seconds < 366*24*3600 && wait != time.Duration(seconds)*time.Second {
			t.Errorf("Retry-After: %d is parsed as %s", seconds, wait)
		}

		limiter := newLimiter(1, 1, time.Minute)
		limiter.pauseFor(wait)

		if pause := limiter.pause(); pause > wait || wait > time.Second && pause < wait-time.Second {
			t.Errorf("pause = %s, want %s", pause, wait)
		}

		if at := retryAt(resp); isRequested == at.IsZero() || isRequested && at.Before(time.Now().Add(-time.Second)) && wait > 2*time.Second {
			t.Errorf("retryAt() = %s, although the requested wait is %s", at, wait)
		}
	})
}

// An address is either rejected or normalised to an origin that is safe for credentials: an https origin or this machine.
func FuzzAddress(f *testing.F) {
	for _, raw := range []string{
		"https://acme.eu-1.celonis.cloud", "acme.eu-1.celonis.cloud/", "HTTPS://Acme.EU-1.Celonis.Cloud:443/intelligence/api?x=1#y", "http://localhost:8080",
		"http://127.0.0.1", "http://[::1]:80/", "https://user:hunter2@acme.eu-1.celonis.cloud", "https:/acme.eu-1.celonis.cloud", "https://www.https://acme",
		"htps://acme", "<team>.eu-1.celonis.cloud", "acme", "acme.eu-1", "\ufeffhttps://acme.eu-1.celonis.cloud", "https://acme.eu-1.celonis.cloud.", "https://[::1%25eth0]",
		"https://xn--bcher-kva.example", "https://bücher.example", "javascript:alert(1)", "https://a.b:0443", "https://a.b:99999", "//a.b", "https://a.b/%zz", " ", "https://a b.c",
		"https://0x7f.1", "http://0.0.0.0", "http://localhost.", "https://a.b\\@c.d", "https://a.b?hunter2", "https://a.b#hunter2@c.d",
		"http://acme.localhost:8080", "LOCALHOST:8080", "http://LOCALHOST", "https://a.b:0", "https://a.b./x", "https://a!b.c", "https://-a.b", "https://a.b/token?x=1",
		"https://user:hunter2-hunter2-hunter2@acme.eu-1.celonis.cloud", "https://user:hunter2-hunter2-hunter2@a b.c", "acme.eu-1.celonis.cloud:443", "http://localhost:80", "//h", "https://h:0443", "1.2.3.4",
	} {
		f.Add(raw)
	}

	f.Fuzz(func(t *testing.T, raw string) {
		origin, err := ParseBaseURL(raw)
		if err != nil {
			shown := strings.ReplaceAll(err.Error(), "https://acme.eu-1.celonis.cloud", "") // Remove the example address from the message.
			if before, _, found := strings.Cut(raw, "@"); found {
				if _, password, found := strings.Cut(before, ":"); found && len(password) >= 20 && strings.Contains(shown, password) && !strings.Contains(password, "/") {
					t.Errorf("%q: the error quotes a possible password: %v", raw, err)
				}
			}

			return
		}

		address, err := url.Parse(origin)
		if err != nil || Origin(address) != origin {
			t.Fatalf("%q: Origin() is not idempotent for %q: error = %v", raw, origin, err)
		}

		if address.Host == "" || address.User != nil || address.Path != "" || address.RawQuery != "" || address.Fragment != "" || strings.ToLower(origin) != origin {
			t.Errorf("%q: origin = %q", raw, origin)
		}

		if address.Scheme != "https" && (address.Scheme != "http" || address.Hostname() != "localhost" && !net.ParseIP(address.Hostname()).IsLoopback()) {
			t.Errorf("%q: %q would send credentials unencrypted", raw, origin)
		}

		checkOrigin(t, raw, address, origin)

		if again, err := ParseBaseURL(origin); err != nil || again != origin {
			t.Errorf("%q is parsed as %q, and that as %q: error = %v", raw, origin, again, err)
		}

		// The request must go to the parsed address.
		if req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, origin+"/x", http.NoBody); err != nil || Origin(req.URL) != origin {
			t.Errorf("%q: no request can be sent to %q: %v", raw, origin, err)
		}

		tokenURL, err := ParseTokenURL(raw)
		if err == nil {
			parsed, parseErr := url.Parse(tokenURL)
			if parseErr != nil || parsed.User != nil || !strings.HasPrefix(tokenURL, origin+"/") || strings.ContainsAny(tokenURL, "?# ") {
				t.Errorf("%q: token URL = %q", raw, tokenURL)
			}

			if again, err := ParseTokenURL(tokenURL); err != nil || again != tokenURL {
				t.Errorf("%q is parsed as %q, and that as %q: error = %v", raw, tokenURL, again, err)
			}
		}
	})
}

// checkOrigin checks the host and port of an origin that was parsed from a string.
func checkOrigin(t *testing.T, raw string, address *url.URL, origin string) {
	t.Helper()

	host, port := address.Hostname(), address.Port()

	if net.ParseIP(host) == nil && strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || strings.HasPrefix(host, "-") || strings.HasSuffix(host, ".") {
		t.Errorf("%q: host = %q", raw, host)
	}

	number, err := strconv.Atoi(port)
	if port != "" && (err != nil || number < 1 || number > 65535) || address.Scheme == "https" && port == "443" || address.Scheme == "http" && port == "80" {
		t.Errorf("%q: port = %q", raw, port)
	}

	// Credentials before an @ sign must be rejected, not dropped.
	if authority, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(strings.ToLower(raw)), "https://"), "http://"), "/"); strings.HasPrefix(
		authority, "user:") && strings.Contains(authority, "@") {
		t.Errorf("%q: origin = %q", raw, origin)
	}

	// A redirect may contain the same origin in upper case.
	upper, err := url.Parse(strings.ToUpper(origin))
	if err != nil || Origin(upper) != origin {
		t.Errorf("%q: %q in upper case is a different origin, error = %v", raw, origin, err)
	}

	if again, err := ParseBaseURL(strings.ToUpper(origin)); err != nil || again != origin {
		t.Errorf("%q: %q in upper case is parsed as %q, error = %v", raw, origin, again, err)
	}
}

// Every id becomes one segment of a request's path, regardless of its characters, and the server decodes it unchanged.
func FuzzID(f *testing.F) {
	for _, id := range []string{
		"order-to-cash.otc-km", "a/b", "a%2Fb", "..", ".", "", "../../oauth2/token", "a?b#c", "a b+c", "ü/é", "\x00", "a\nb", "%zz", "//evil.example/x", "@evil", "a;b=c", "\xff", `a\b`,
	} {
		f.Add(id, "value of & a=query")
	}

	made, err := New(Options{
		BaseURL: "https://acme.eu-1.celonis.cloud", Credentials: Credentials{Mode: ModeUserKey, Key: NewSecret("a-user-key")}, MaxConcurrentRequests: 1,
		RequestTimeout: time.Second, MaxRetryWait: time.Second,
	})
	if err != nil {
		f.Fatal(err)
	}

	f.Fuzz(func(t *testing.T, id, value string) {
		msg, err := made.message(Request{Method: http.MethodGet, Path: []string{"api", id, "data"}, Query: url.Values{"q": {value}}})
		if id == "" || id == "." || id == ".." {
			if err == nil {
				t.Errorf("the request for the id %q is sent to %s", id, msg.url)
			}

			return
		}

		if err != nil {
			t.Fatalf("%q: error = %v", id, err)
		}

		req, err := http.NewRequestWithContext(context.Background(), msg.method, msg.url.String(), http.NoBody)
		if err != nil {
			t.Fatalf("%q: error = %v", id, err)
		}

		segments := strings.Split(req.URL.EscapedPath(), "/")
		if len(segments) != 4 || Origin(req.URL) != "https://acme.eu-1.celonis.cloud" || req.URL.Query().Get("q") != value || req.URL.Fragment != "" {
			t.Fatalf("the request for the id %q and the value %q is sent to %s", id, value, req.URL)
		}

		if arrived, err := url.PathUnescape(segments[2]); err != nil || arrived != id {
			t.Errorf("the id %q arrives as %q, error = %v", id, arrived, err)
		}
	})
}

// Text is either parsed as certificates or rejected with an error that does not quote any line of the text.
func FuzzCertificates(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}

	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}

	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		f.Fatal(err)
	}

	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		f.Fatal(err)
	}

	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	secret := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))

	for _, text := range []string{
		certificate, certificate + certificate, certificate + secret, secret, "# comment\n" + certificate, strings.ReplaceAll(certificate, "\n", "\r\n"), "\ufeff" + certificate, certificate[:100], strings.ReplaceAll(certificate, "-----", "—————"),
		strings.Replace(certificate, "MII", "MI*I", 1), "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "", "proxy-ca.pem", certificate + certificate[:40],
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Headers: map[string]string{"A": "b"}, Bytes: der})),
	} {
		f.Add(text)
	}

	f.Fuzz(func(t *testing.T, text string) {
		certificates, unusable, err := ParseCertificates(text)
		if (err == nil) != (len(certificates) > 0) {
			t.Errorf("%d certificates, error = %v", len(certificates), err)
		}

		if blocks := strings.Count(text, "-----BEGIN CERTIFICATE-----"); err == nil && len(certificates)+len(unusable) < blocks && blocks < 2 {
			t.Errorf("%d of %d blocks were read without an error", len(certificates)+len(unusable), blocks)
		}

		for _, problem := range append(slices.Clip(unusable), err) {
			if problem == nil {
				continue
			}

			for line := range strings.Lines(text) {
				if line = strings.TrimSpace(line); len(line) > 40 && strings.Contains(problem.Error(), line) {
					t.Errorf("the error quotes a line: %v", problem)
				}
			}
		}
	})
}

// A proxy variable is either used or rejected, and no error contains the proxy password.
func FuzzProxyVariables(f *testing.F) {
	for _, value := range []string{
		"http://proxy.example:3128", "proxy.example:3128", "http://me:%s@proxy.example", "socks5://me:%s@10.0.0.1:1080", "http://me:%s/@proxy", "ftp://me:%s@proxy",
		"http:/me:%s@proxy", "http://me:%s@", "http://me:%s@proxy:99999", "me:%s@proxy", "://%s", "http://me:%s@proxy/path", "http://[::1:%s", "\ufeffhttp://p:1",
	} {
		f.Add(value, "")
		f.Add(value, "acme.eu-1.celonis.cloud")
		f.Add(value, "https://acme.eu-1.celonis.cloud/ .example")
	}

	const password = "hunter2-of-the-proxy"

	f.Fuzz(func(t *testing.T, proxy, noProxy string) {
		proxy = strings.ReplaceAll(proxy, "%s", password)
		env := func(name string) string { return map[string]string{"HTTPS_PROXY": proxy, "NO_PROXY": noProxy}[name] }

		if err := CheckProxy(env, "https://acme.eu-1.celonis.cloud"); err != nil {
			if strings.Contains(err.Error(), password) {
				t.Errorf("%q: error = %v", proxy, err)
			}

			return
		}

		found := newProxies(env)

		address, err := found.forURL(mustParse(t, "https://acme.eu-1.celonis.cloud"))
		if err != nil || address != nil && address.Host == "" {
			t.Errorf("%q, %q: address = %v, error = %v", proxy, noProxy, address, err)
		}
	})
}

// If a value has the documented type, the lenient decoders accept the same input as encoding/json, and return the same values.
func FuzzLenientJSON(f *testing.F) {
	for _, raw := range []string{
		`"text"`, `"a\u00e9\n"`, `"\ud800"`, `12`, `1.5e3`, `"12"`, `"12.0"`, `-0`, `1e400`, `true`, `null`, `{}`, `[]`, `[1, "2", null]`, `[[1], [2, 3]]`, `""`, ` 7 `, "\"\xff\"", `"`, `99999999999999999999`,
	} {
		f.Add([]byte(raw))
	}

	f.Fuzz(func(t *testing.T, raw []byte) {
		if raw = bytes.TrimSpace(raw); !json.Valid(raw) {
			return // encoding/json calls the decoders only with valid JSON.
		}

		var (
			lenient    LenientString
			number     *LenientInt
			list       JSONArray[LenientString]
			plainText  string
			plainInt   int
			plainTexts []string
		)

		if err := json.Unmarshal(raw, &plainText); err == nil {
			if err := json.Unmarshal(raw, &lenient); err != nil || string(lenient) != plainText {
				t.Errorf("%q: string = %q, error = %v", raw, lenient, err)
			}
		}

		if err := json.Unmarshal(raw, &lenient); err == nil && raw[0] != '"' && strings.ContainsAny(string(lenient), "{[\"") {
			t.Errorf("%q: string = %q", raw, lenient)
		}

		if err := json.Unmarshal(raw, &plainInt); err == nil && plainInt < 1<<53 && plainInt > -1<<53 && strings.TrimSpace(string(raw)) != "null" {
			if err := json.Unmarshal(raw, &number); err != nil || number == nil || int(*number) != plainInt {
				t.Errorf("%q: number = %v, error = %v", raw, number, err)
			}
		}

		if err := json.Unmarshal(raw, &plainTexts); err == nil && len(plainTexts) <= MaxPageSize {
			if err := json.Unmarshal(raw, &list); err != nil || len(list) != len(plainTexts) || (list == nil) != (plainTexts == nil) {
				t.Errorf("%q: array = %q, error = %v", raw, list, err)
			}
		}

		if kind := KindOf(raw); kind == "text that is not JSON" {
			t.Errorf("%q: KindOf() = %s", raw, kind)
		}
	})
}
