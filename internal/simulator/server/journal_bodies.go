package server

import (
	"bytes"
	"encoding/json"
	"mime"
	"strings"
)

// longestJournalBody is the maximum size of a body in the journal, in bytes.
const longestJournalBody = 64 << 10

// journalBody returns a JSON body with masked secrets, or nil if the body is not JSON or is too large. It returns only objects and arrays,
// because a body that is a single value could be a secret.
func journalBody(contentType string, body []byte) json.RawMessage {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil || mediaType != TypeJSON && !strings.HasSuffix(mediaType, "+json") || len(body) > longestJournalBody {
		return nil
	}

	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()

	var value any
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		return nil
	}

	switch value.(type) {
	case map[string]any, []any:
	default:
		return nil
	}

	var masked bytes.Buffer

	encoder := json.NewEncoder(&masked)
	encoder.SetEscapeHTML(false)

	if err := encoder.Encode(maskBody(value, false)); err != nil {
		return nil
	}

	return bytes.TrimSpace(masked.Bytes())
}

// maskBody masks the value of every member whose name suggests that it contains secrets or callback headers. If the secret argument is
// true, the whole value is masked.
func maskBody(value any, secret bool) any {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			value[name] = maskBody(member, secret || mayHoldSecrets(name))
		}
	case []any:
		for i, element := range value {
			value[i] = maskBody(element, secret)
		}
	case nil:
	default:
		if secret {
			return Masked
		}
	}

	return value
}

func mayHoldSecrets(name string) bool {
	name = strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))

	for _, part := range []string{"header", "secret", "token", "password", "authorization", "credential", "cookie", "apikey", "appkey"} {
		if strings.Contains(name, part) {
			return true
		}
	}

	return false
}
