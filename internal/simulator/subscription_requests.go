package simulator

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// subscriptionRequest is the body of a creation and of an update.
type subscriptionRequest struct {
	name              string
	uri               string
	headers           map[string]string // nil = there are none
	skipErrors        bool
	hasHeaders        bool
	hasConfigurations bool
}

// The limits of the vendor's OpenAPI file of subscriptions.
const (
	longestName        = 1024 // characters
	longestURI         = 1024 // characters
	largestHeaders     = 8192 // bytes, of names and values
	protocolHTTPS      = "HTTPS"
	configurationSkips = "SKIP_ERRORS"
)

// request reads the body as strictly as the schema in the vendor's OpenAPI file can be read. Where the vendor's
// error catalog has no code for a mistake, that of a like mistake in the Knowledge Model API is a guess.
func (s *subscriptions) request(c *call) (subscriptionRequest, *failure) {
	if problem := c.requireJSON(); problem != nil {
		return subscriptionRequest{}, problem
	}

	b := &bodyReader{}

	root := b.object("the body", c.body, "name", "callbackInfo", "configurations")
	requireMembers(b, root, "name", "callbackInfo")

	callback := b.object("callbackInfo", root["callbackInfo"], "uri", "protocol", "headers")
	requireMembers(b, callback, "uri", "protocol")

	asked := subscriptionRequest{
		name:       requiredText(b, "name", root["name"], longestName),
		uri:        requiredText(b, "uri", callback["uri"], longestURI),
		headers:    readCallbackHeaders(b, callback["headers"]),
		hasHeaders: callback["headers"] != nil,
		skipErrors: readConfigurations(b, root["configurations"]), hasConfigurations: root["configurations"] != nil,
	}

	if protocol := b.text("protocol", callback["protocol"]); protocol != nil && *protocol != protocolHTTPS {
		b.fail(badRequest(codeIllegal, "protocol", "The protocol must be %s.", protocolHTTPS))
	}

	if b.problem != nil {
		return subscriptionRequest{}, b.problem
	}

	if s.opts.TrimNames {
		asked.name = strings.TrimSpace(asked.name)
		checkLength(b, "name", asked.name, longestName)
	}

	asked.uri = s.callbackURI(b, asked.uri)

	return asked, b.problem
}

// requireMembers names the first member that is missing.
func requireMembers(b *bodyReader, members map[string]json.RawMessage, names ...string) {
	for _, name := range names {
		if _, ok := members[name]; b.problem == nil && !ok {
			b.fail(badRequest(codeMissing, name, "%s is missing.", name))
		}
	}
}

// requiredText reads a string that must not be empty; most is in characters.
func requiredText(b *bodyReader, name string, raw json.RawMessage, most int) string {
	text := b.text(name, raw)
	if text == nil {
		return ""
	}

	checkLength(b, name, *text, most)

	return *text
}

func checkLength(b *bodyReader, name, text string, most int) {
	if text == "" || utf8.RuneCountInString(text) > most {
		b.fail(badRequest(codeConstraint, name, "[%s: size must be between 1 and %d]", name, most))
	}
}

// callbackURI checks the URI and returns it as the team stores it.
func (s *subscriptions) callbackURI(b *bodyReader, text string) string {
	uri, err := url.Parse(text)
	if err != nil || !strings.EqualFold(uri.Scheme, "https") || uri.Hostname() == "" || strings.ContainsAny(text, " \t\r\n") {
		b.fail(badRequest("SUBSCRIPTION_URI_ILLEGAL", "uri", "The URI does not fit the protocol."))

		return ""
	}

	host := strings.ToLower(uri.Hostname())

	if slices.ContainsFunc(s.opts.UnreachableHosts, func(unreachable string) bool {
		unreachable = strings.ToLower(unreachable)

		return host == unreachable || strings.HasPrefix(unreachable, ".") && strings.HasSuffix(host, unreachable)
	}) {
		b.fail(badRequest("SUBSCRIPTION_CALLBACK_FAILED", "uri", "The callback cannot be reached."))
	}

	if !s.opts.NormaliseURIs {
		return text
	}

	uri.Host = strings.TrimSuffix(strings.ToLower(uri.Host), ":443")

	return uri.String() // Parse has put the scheme in lower case.
}

// readCallbackHeaders reads the headers, whose names are compared as HTTP does it: without case.
func readCallbackHeaders(b *bodyReader, raw json.RawMessage) map[string]string {
	if raw == nil {
		return nil
	}

	headers := map[string]string{}
	seen := map[string]bool{}
	size := 0

	decoder := json.NewDecoder(bytes.NewReader(raw))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		b.fail(badRequest(codeIllegal, "headers", "headers is no JSON object."))

		return nil
	}

	for decoder.More() {
		token, _ := decoder.Token() // The JSON is valid.
		name, _ := token.(string)

		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			b.fail(badRequest(codeIllegal, "headers", "headers is no JSON object."))

			return nil
		}

		text := b.text("headers", value)
		if text == nil {
			return nil
		}

		folded := strings.ToLower(name)
		if seen[folded] {
			b.fail(badRequest(codeIllegal, "headers", "The header %q is repeated.", name))
		}

		b.fail(checkHeader(folded, *text))

		headers[name], seen[folded] = *text, true
		size += len(name) + len(*text)
	}

	if size > largestHeaders {
		b.fail(badRequest(codeConstraint, "headers", "The headers have more than %d bytes.", largestHeaders))
	}

	return headers
}

// checkHeader checks one header with its name in lower case.
func checkHeader(name, value string) *failure {
	switch {
	case strings.TrimSpace(name) == "" || strings.TrimSpace(value) == "":
		return badRequest("SUBSCRIPTION_EMPTY_HEADER", "headers", "A header has no name or no value.")
	case !slices.Contains([]string{"authorization", "content-type", "user-agent", "host", "accept"}, name):
		return badRequest(codeIllegal, "headers", "The header %q is not allowed.", name)
	case strings.ContainsAny(value, "\r\n\x00"):
		return badRequest(codeIllegal, "headers", "The value of the header %q has control characters.", name)
	default:
		return nil
	}
}

// readConfigurations reads the configurations and tells whether errors are skipped.
func readConfigurations(b *bodyReader, raw json.RawMessage) bool {
	configurations := b.texts("configurations", raw)

	for i, configuration := range configurations {
		if configuration != configurationSkips {
			b.fail(badRequest(codeIllegal, "configurations", "The configuration %q is unknown.", configuration))
		}

		if i > 0 {
			b.fail(badRequest(codeConstraint, "configurations", "[configurations: must be unique]"))
		}
	}

	return len(configurations) > 0
}
