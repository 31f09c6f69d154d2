package intelligence

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// subscriptionRequest is the body of a create or update request.
type subscriptionRequest struct {
	name              string
	uri               string
	headers           map[string]string // nil = no headers
	skipErrors        bool
	hasHeaders        bool
	hasConfigurations bool
}

// The limits in the vendor's OpenAPI file for the Event Subscription API.
const (
	longestName        = 1024 // characters
	longestURI         = 1024 // characters
	largestHeaders     = 8192 // total bytes of names and values
	protocolHTTPS      = "HTTPS"
	configurationSkips = "SKIP_ERRORS"
)

// request reads the body and checks it strictly against the schema in the vendor's OpenAPI file. If the vendor's error catalog contains no code
// for an invalid value, the simulator guesses the code from a similar error in the Knowledge Model API.
func (s *SubscriptionService) request(c *server.Call) (subscriptionRequest, *server.Failure) {
	if problem := c.RequireJSON(); problem != nil {
		return subscriptionRequest{}, problem
	}

	b := &server.BodyReader{}

	root := b.Object("the body", c.Body, "name", "callbackInfo", "configurations")
	requireMembers(b, root, "name", "callbackInfo")

	callback := b.Object("callbackInfo", root["callbackInfo"], "uri", "protocol", "headers")
	requireMembers(b, callback, "uri", "protocol")

	request := subscriptionRequest{
		name:       requiredText(b, "name", root["name"], longestName),
		uri:        requiredText(b, "uri", callback["uri"], longestURI),
		headers:    readCallbackHeaders(b, callback["headers"]),
		hasHeaders: callback["headers"] != nil,
		skipErrors: readConfigurations(b, root["configurations"]), hasConfigurations: root["configurations"] != nil,
	}

	if protocol := b.Text("protocol", callback["protocol"]); protocol != nil && *protocol != protocolHTTPS {
		b.Fail(server.BadRequest(server.CodeIllegal, "protocol", "The protocol must be %s.", protocolHTTPS))
	}

	if b.Problem != nil {
		return subscriptionRequest{}, b.Problem
	}

	if s.opts.TrimNames {
		request.name = strings.TrimSpace(request.name)
		checkLength(b, "name", request.name, longestName)
	}

	request.uri = s.callbackURI(b, request.uri)

	return request, b.Problem
}

// requireMembers records a problem if one of the named members is missing.
func requireMembers(b *server.BodyReader, members map[string]json.RawMessage, names ...string) {
	for _, name := range names {
		if _, ok := members[name]; b.Problem == nil && !ok {
			b.Fail(server.BadRequest(server.CodeMissing, name, "%s is missing.", name))
		}
	}
}

// requiredText reads a non-empty string of at most the given number of characters.
func requiredText(b *server.BodyReader, name string, raw json.RawMessage, most int) string {
	text := b.Text(name, raw)
	if text == nil {
		return ""
	}

	checkLength(b, name, *text, most)

	return *text
}

func checkLength(b *server.BodyReader, name, text string, most int) {
	if text == "" || utf8.RuneCountInString(text) > most {
		b.Fail(server.BadRequest(server.CodeConstraint, name, "[%s: size must be between 1 and %d]", name, most))
	}
}

// callbackURI checks the requested URI and returns the URI that the team stores.
func (s *SubscriptionService) callbackURI(b *server.BodyReader, text string) string {
	uri, err := url.Parse(text)
	if err != nil || !strings.EqualFold(uri.Scheme, "https") || uri.Hostname() == "" || strings.ContainsAny(text, " \t\r\n") {
		b.Fail(server.BadRequest("SUBSCRIPTION_URI_ILLEGAL", "uri", "The URI does not fit the protocol."))

		return ""
	}

	host := strings.ToLower(uri.Hostname())

	if slices.ContainsFunc(s.opts.UnreachableHosts, func(unreachable string) bool {
		unreachable = strings.ToLower(unreachable)

		return host == unreachable || strings.HasPrefix(unreachable, ".") && strings.HasSuffix(host, unreachable)
	}) {
		b.Fail(server.BadRequest("SUBSCRIPTION_CALLBACK_FAILED", "uri", "The callback cannot be reached."))
	}

	if !s.opts.NormaliseURIs {
		return text
	}

	uri.Host = strings.TrimSuffix(strings.ToLower(uri.Host), ":443")

	return uri.String() // url.Parse has already converted the scheme to lower case.
}

// readCallbackHeaders reads the headers. As in HTTP, header names are case-insensitive.
func readCallbackHeaders(b *server.BodyReader, raw json.RawMessage) map[string]string {
	if raw == nil {
		return nil
	}

	headers := map[string]string{}
	seen := map[string]bool{}
	size := 0

	decoder := json.NewDecoder(bytes.NewReader(raw))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		b.Fail(server.BadRequest(server.CodeIllegal, "headers", "headers is not a JSON object."))

		return nil
	}

	for decoder.More() {
		token, _ := decoder.Token() // The JSON is valid.
		name, _ := token.(string)

		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			b.Fail(server.BadRequest(server.CodeIllegal, "headers", "headers is not a JSON object."))

			return nil
		}

		text := b.Text("headers", value)
		if text == nil {
			return nil
		}

		folded := strings.ToLower(name)
		if seen[folded] {
			b.Fail(server.BadRequest(server.CodeIllegal, "headers", "The header %q is repeated.", name))
		}

		b.Fail(checkHeader(folded, *text))

		headers[name], seen[folded] = *text, true
		size += len(name) + len(*text)
	}

	if size > largestHeaders {
		b.Fail(server.BadRequest(server.CodeConstraint, "headers", "The headers are larger than %d bytes.", largestHeaders))
	}

	return headers
}

// checkHeader checks a header. The name must be in lower case.
func checkHeader(name, value string) *server.Failure {
	switch {
	case strings.TrimSpace(name) == "" || strings.TrimSpace(value) == "":
		return server.BadRequest("SUBSCRIPTION_EMPTY_HEADER", "headers", "A header has no name or no value.")
	case !slices.Contains([]string{"authorization", "content-type", "user-agent", "host", "accept"}, name):
		return server.BadRequest(server.CodeIllegal, "headers", "The header %q is not allowed.", name)
	case strings.ContainsAny(value, "\r\n\x00"):
		return server.BadRequest(server.CodeIllegal, "headers", "The value of the header %q contains control characters.", name)
	default:
		return nil
	}
}

// readConfigurations reads the configurations and reports whether to skip errors.
func readConfigurations(b *server.BodyReader, raw json.RawMessage) bool {
	configurations := b.Texts("configurations", raw)

	for i, configuration := range configurations {
		if configuration != configurationSkips {
			b.Fail(server.BadRequest(server.CodeIllegal, "configurations", "The configuration %q is unknown.", configuration))
		}

		if i > 0 {
			b.Fail(server.BadRequest(server.CodeConstraint, "configurations", "[configurations: must be unique]"))
		}
	}

	return len(configurations) > 0
}
