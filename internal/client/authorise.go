package client

import (
	"context"
	"net/http"
)

// signed is the step of the transport that attaches the credentials. It comes after the limiter, so that a request that had
// to wait never carries a token that has expired meanwhile.
type signed struct {
	// origin is the only place that gets the credentials.
	origin      string
	credentials Credentials
	// grantFor returns the wish for a token that an area needs.
	grantFor func(Area) grant
	signer   *signer
	next     http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (s *signed) RoundTrip(req *http.Request) (*http.Response, error) {
	if origin(req.URL) != s.origin {
		return nil, &Error{Reason: ReasonRedirect, Detail: "the request would leave " + s.origin}
	}

	value, err := s.authorization(req.Context())
	if err != nil {
		return nil, err
	}

	req = req.Clone(req.Context())
	req.Header.Set("Authorization", value)

	return s.next.RoundTrip(req) //nolint:wrapcheck // A transport passes on what it gets.
}

// warmed is the step of the transport that gets the token before the request takes a slot of the limiter: who waits for one
// must not keep others waiting.
type warmed struct {
	sign *signed
	next http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (w *warmed) RoundTrip(req *http.Request) (*http.Response, error) {
	if _, err := w.sign.authorization(req.Context()); err != nil {
		return nil, err
	}

	return w.next.RoundTrip(req) //nolint:wrapcheck // A transport passes on what it gets.
}

func (s *signed) authorization(ctx context.Context) (string, error) {
	if !s.credentials.CanMint() {
		scheme := "Bearer "
		if s.credentials.Mode == ModeApplicationKey {
			scheme = "AppKey "
		}

		return scheme + s.credentials.Key.Reveal(), nil
	}

	current := exchangeOf(ctx)

	token, err := s.signer.token(ctx, s.grantFor(current.area), renewalMargin)
	if err != nil {
		return "", err
	}

	current.token = &token

	return "Bearer " + token.AccessToken.Reveal(), nil
}
