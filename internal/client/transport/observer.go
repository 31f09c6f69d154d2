package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// Observer watches every attempt of a transport, token requests included. It is for programs that report on the service itself: the
// status, headers and bodies that it sees are those that the transport decodes.
type Observer interface {
	// Allow is called before each attempt, without a reply. If it returns an error, nothing is sent, and the call fails with that error.
	Allow(next Exchange) error
	// Observe is called with each response.
	Observe(seen Exchange)
}

// Exchange is a request and its response, without credentials.
type Exchange struct {
	Method string
	// Path is the escaped path.
	Path string
	// IsToken says that this is a token request. The body of its response then holds no values but those of known fields.
	IsToken bool
	// Reply is the response. The body of a stream ends after [maxObserved] bytes.
	Reply Reply
}

// maxObserved is how much of a body that is not kept whole an observer sees, in bytes.
const maxObserved = 64 << 10

// observe shows a response to the observer. Of a response that cannot be used, it shows the status, and whether it is a web page.
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

	seen := msg.exchange()
	seen.Reply = resp
	s.observer.Observe(seen)
}

func (m message) exchange() Exchange {
	return Exchange{Method: m.method, Path: m.url.EscapedPath(), IsToken: m.isToken}
}

// maskToken replaces the values of all fields of a token response, except for those that never hold a secret. A body that is no JSON
// object is replaced as a whole, but stays text or a web page.
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

	known := []string{"token_type", "scope", "expires_in", "error", "title", "status", "errorCode"}

	for name, value := range fields {
		if !slices.Contains(known, name) && !bytes.Equal(value, []byte("null")) {
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
	// Method is the authentication method that the token endpoint has accepted, empty if it has accepted none.
	Method AuthMethod
	// IsRaw says that it has accepted Basic credentials as they are, without the form-encoding of RFC 6749. It is only meaningful if
	// FormsDiffer, which says that id and secret look different when they are encoded.
	IsRaw, FormsDiffer bool
	// IsRotated says that it has replaced the refresh token: the one in the credentials may no longer work.
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
