package doctor

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// object is a JSON object.
type object map[string]json.RawMessage

// objectOf decodes a JSON object. It returns nil for any other text.
func objectOf(text []byte) object {
	var decoded object
	if json.Unmarshal(text, &decoded) != nil {
		return nil
	}

	return decoded
}

// objects decodes the objects in an array. If the text ends within an item, it returns the preceding objects.
func objects(text []byte) []object {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if start, err := decoder.Token(); err != nil || start != json.Delim('[') {
		return nil
	}

	found := []object{}

	for decoder.More() {
		var item object
		if decoder.Decode(&item) != nil {
			break
		}

		found = append(found, item)
	}

	return found
}

// has returns true if a field is present, even if its value is null.
func (o object) has(name string) bool { return o[name] != nil }

// isNull reports whether a field is present and null.
func (o object) isNull(name string) bool { return bytes.Equal(o[name], []byte("null")) }

// text returns the value of a field that is a string or a number, and "" for any other field.
func (o object) text(name string) string {
	var text transport.LenientString
	if o[name] == nil || json.Unmarshal(o[name], &text) != nil {
		return ""
	}

	return string(text)
}

// number returns the value of a field that is a whole number. It returns false for any other field.
func (o object) number(name string) (int, bool) {
	number, err := strconv.Atoi(o.text(name))

	return number, err == nil
}

// object returns the value of a field that is an object, and nil for any other field.
func (o object) object(name string) object { return objectOf(o[name]) }

// objects returns the objects in a field that is an array, and nil for any other field.
func (o object) objects(name string) []object { return objects(o[name]) }

// isArray reports whether a field is an array.
func (o object) isArray(name string) bool { return bytes.HasPrefix(o[name], []byte("[")) }

// succeeded reports whether the request succeeded and the client accepted the body of the response.
func (r response) succeeded() bool {
	return r.failure == nil && r.status() < http.StatusMultipleChoices && r.status() != 0
}

func (r response) status() int { return r.Reply.Status }

// isRefused reports whether the service rejected the request's parameters.
func (r response) isRefused() bool { return r.status() == http.StatusBadRequest }

// body returns the JSON object in the response body, or nil if the body is anything else.
func (r response) body() object { return objectOf(r.Reply.Body) }

// isHTML reports whether the response is a web page.
func (r response) isHTML() bool {
	return r.failure != nil && r.failure.Reason == transport.ReasonHTML || bytes.HasPrefix(bytes.TrimSpace(r.Reply.Body), []byte("<"))
}

func (r response) isEmpty() bool { return len(bytes.TrimSpace(r.Reply.Body)) == 0 }

// mediaType returns the media type of the body, without parameters.
func (r response) mediaType() string {
	mediaType, _, err := mime.ParseMediaType(r.Reply.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}

	return mediaType
}

// errorForm returns the format of an error body, as a team file value. It returns an empty string for an unknown format.
func (r response) errorForm() string {
	body := r.body()

	switch {
	case r.isHTML():
		return "html"
	case r.isEmpty():
		return "empty"
	case body == nil:
		return "text"
	case strings.Contains(strings.ToLower(body.text("schemas")+string(body["schemas"])), "urn:ietf:params:scim:api:messages:2.0:error"):
		return "scim"
	case body.has("frontendErrorKey"):
		return "frontend"
	case body.isArray("errors"):
		return "list"
	case body.has("shortMessage") || body.has("reference"):
		return "reference"
	case body.has("errorCode") || body.has("title"):
		return "problem"
	case body.has("error"):
		return "oauth"
	default:
		return ""
	}
}

// why returns a short explanation for a response that does not show the behaviour in question.
func (r response) why() string {
	switch {
	case r.failure != nil && r.failure.Reason == transport.ReasonNotSent:
		return "The request limit was reached before this could be checked"
	case r.failure != nil:
		return "The request failed (" + responseText(r.failure) + ")"
	default:
		return "Not observable in this team's data"
	}
}
