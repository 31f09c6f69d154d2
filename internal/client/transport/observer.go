package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// Observer observes every attempt that a transport makes, including token requests. Observers are meant for programs that report on the service
// itself, so an observer receives the same status, headers and body as the transport's decoders.
type Observer interface {
	// Allow is called before each attempt, with an exchange that has no reply yet. If Allow returns an error, nothing is sent, and the call
	// fails with that error.
	Allow(next Exchange) error
	// Observe is called after each response.
	Observe(exchange Exchange)
}

// Exchange is a request and its response, without credentials.
type Exchange struct {
	Method string
	// Path is the escaped path.
	Path string
	// IsToken is true for a token request. Most values in the response body are then masked (see [maskToken]).
	IsToken bool
	// Reply is the response. The body of a streamed response is truncated to [maxObserved] bytes.
	Reply Reply
}

// maxObserved is the maximum number of bytes of a streamed body that an observer receives.
const maxObserved = 64 << 10

// observe passes a response to the observer. For an unusable response, observe passes only the status and, if the response is a web page, a
// placeholder body.
func (s *sender) observe(msg message, resp Reply, err error) {
	if failure, ok := errors.AsType[*Error](err); ok {
		resp = Reply{Status: failure.Status}
		if failure.Reason == ReasonHTML {
			resp.Body = []byte("<html>")
		}
	}

	if s.observer == nil || resp.Status == 0 {
		return
	}

	if resp.head != nil {
		resp.Body = resp.head
	}

	if msg.isToken {
		resp.Body = maskToken(resp.Body)
	}

	exchange := msg.exchange()
	exchange.Reply = resp
	s.observer.Observe(exchange)
}

func (m message) exchange() Exchange {
	return Exchange{Method: m.method, Path: m.url.EscapedPath(), IsToken: m.isToken}
}

// maskToken masks the field values in a token response, except in fields that never contain a secret. If the body is not a JSON object,
// maskToken replaces it with an HTML tag (for a web page) or with plain text.
func maskToken(body []byte) []byte {
	var fields map[string]json.RawMessage

	switch {
	case len(body) == 0:
		return nil
	case isHTML(body):
		return []byte("<html>")
	case json.Unmarshal(body, &fields) != nil:
		return []byte("***")
	}

	harmless := []string{"token_type", "scope", "expires_in", "error", "title", "status", "errorCode"}

	for name, value := range fields {
		if !slices.Contains(harmless, name) && !bytes.Equal(value, []byte("null")) {
			fields[name] = json.RawMessage(`"***"`)
		}
	}

	masked, err := json.Marshal(fields)
	if err != nil {
		return []byte("***")
	}

	return masked
}

// SignInFacts describes what a run has learned about its own OAuth client.
type SignInFacts struct {
	// Method is the authentication method that the token endpoint accepted. Method is empty if no method was accepted.
	Method AuthMethod
	// IsRaw is true if the endpoint accepted Basic credentials without the form-encoding that RFC 6749 requires. IsRaw is meaningful only if
	// FormsDiffer is true, that is, if form-encoding changes the id or the secret.
	IsRaw, FormsDiffer bool
	// IsRotated is true if the endpoint replaced the refresh token. The refresh token in the credentials may then no longer work.
	IsRotated bool
}

// SignInFacts returns what the run has learned about the transport's own OAuth client.
func (t *Transport) SignInFacts() SignInFacts {
	req := TokenRequest{Credentials: t.credentials}
	client := t.signer.client(req)

	client.mu.Lock()
	defer client.mu.Unlock()

	facts := SignInFacts{
		Method: client.method, FormsDiffer: len(basicForms(req)) > 1,
		IsRotated: !client.refreshToken.IsEmpty() && client.refreshToken.Reveal() != t.credentials.RefreshToken.Reveal(),
	}
	if facts.Method == authMethodRawBasic {
		facts.Method, facts.IsRaw = AuthMethodBasic, true
	}

	return facts
}
