package transport

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
)

// tokenSender sends one token request for golang.org/x/oauth2, which creates the request and parses the response.
type tokenSender struct {
	sender *sender
	// basic is set if the Basic credentials must be sent unencoded. The library always form-encodes Basic credentials, as RFC 6749 section 2.3.1
	// requires.
	basic *Credentials
	// attempts is the number of times that the request was sent.
	attempts int
}

// RoundTrip implements [http.RoundTripper]. RoundTrip returns an [Error] for any response without a usable token.
func (s *tokenSender) RoundTrip(req *http.Request) (*http.Response, error) {
	defer req.Body.Close()

	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the token request: %w", err)
	}

	ctx := req.Context()

	signed := req.Clone(ctx) // A RoundTripper must not change the request.
	if s.basic != nil {
		signed.SetBasicAuth(s.basic.ClientID, s.basic.ClientSecret.Reveal())
	}

	resp, err := s.attempt(ctx, message{
		method: req.Method, url: req.URL, origin: Origin(req.URL), header: signed.Header, body: body, isRepeatable: true,
		isToken: true,
	})
	if err != nil {
		return nil, err
	}

	token, err := readTokenReply(resp)
	if err != nil {
		return nil, err
	}

	return &http.Response{
		StatusCode: resp.Status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(token)),
		Request: req,
	}, nil
}

// attempt sends a token request and retries transient failures. Unlike [Transport.attempt], it needs no token, acquires no slot, and rejects
// every redirect, because a token request is a write.
func (s *tokenSender) attempt(ctx context.Context, msg message) (Reply, error) {
	retry := s.sender.newRetrier(msg)

	for {
		if err := s.sender.limiter.waitForPause(ctx); err != nil {
			return Reply{}, err
		}

		s.attempts++

		resp, err := s.sender.sendOnce(ctx, msg, s.attempts)
		if isRedirect(resp) {
			_, err := redirectTarget(msg, resp, 0)

			return Reply{}, err
		}

		wait, again := retry.next(ctx, resp, err)
		if !again {
			return resp, err
		}

		if err := Sleep(ctx, wait); err != nil {
			return Reply{}, err
		}
	}
}
