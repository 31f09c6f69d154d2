package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// Observer observes every attempt of a transport, including token requests. It is for programs that report on the service itself: the status,
// headers and bodies that it receives are those that the transport decodes.
type Observer interface {
	// Allow is called before each attempt; the exchange has no reply yet. If Allow returns an error, nothing is sent, and the call fails with
	// that error.
	Allow(next Exchange) error
	// Observe is called with each response.
	Observe(exchange Exchange)
}

// Exchange is a request and its response, without credentials.
type Exchange struct {
	Method string
	// Path is the escaped path.
	Path string
	// IsToken is true for a token request. The body of its response then contains only values of known fields.
	IsToken bool
	// Reply is the response. The body of a streamed response is truncated to [maxObserved] bytes.
	Reply Reply
}

// maxObserved is the maximum number of bytes that an observer receives of a body that is not kept in memory.
const maxObserved = 64 << 10

// observe passes a response to the observer. For a response that cannot be used, it passes the status and whether the response is a web page.
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

// maskToken replaces the values of all fields of a token response, except for fields that never contain a secret. A body that is not a JSON
// object is replaced as a whole, but its replacement still counts as text or as a web page.
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

// SignInFacts are what a run has learned about its own OAuth client.
type SignInFacts struct {
	// Method is the authentication method that the token endpoint accepted, empty if it has accepted none.
	Method AuthMethod
	// IsRaw is true if the endpoint accepted unencoded Basic credentials instead of the form-encoding of RFC 6749. It is meaningful only if
	// FormsDiffer, which is true if form-encoding changes the id or the secret.
	IsRaw, FormsDiffer bool
	// IsRotated is true if the endpoint has replaced the refresh token: the one in the credentials may no longer work.
	IsRotated bool
}

// SignInFacts returns what the run has learned about the OAuth client of the transport's own credentials.
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
