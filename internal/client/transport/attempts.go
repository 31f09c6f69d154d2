package transport

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
)

// sent describes how a request was sent.
type sent struct {
	// attempts is the number of times that the request was sent.
	attempts int
	// mayHaveBeenApplied is true if an attempt may have reached the service and was not rejected.
	mayHaveBeenApplied bool
	// token is the token that authorised the last attempt. token is nil if the credentials cannot request tokens.
	token *Token
}

// attempt sends an API request, retries transient failures, renews the token once after a 401, and follows redirects of read requests if the
// target is on the team's host.
func (t *Transport) attempt(ctx context.Context, req Request) (Reply, sent, error) {
	var out sent

	msg, err := t.message(req)
	if err != nil {
		return Reply{}, out, err
	}

	address, redirects, renewed := msg.url, 0, false
	retry := t.sender.newRetrier(msg)

	for {
		// Obtain the token first, so that a request waiting for a token does not hold a slot.
		if out.token, err = t.currentToken(ctx, req.Area); err != nil {
			return Reply{}, out, err
		}

		if err := t.sender.limiter.acquire(ctx); err != nil {
			return Reply{}, out, err
		}

		// Get the token again, because the previous one may have expired during the wait.
		if out.token, err = t.currentToken(ctx, req.Area); err != nil {
			t.sender.limiter.release()

			return Reply{}, out, err
		}

		msg.header.Set("Authorization", t.authorization(out.token))

		out.attempts++
		resp, err := t.sender.sendOnce(ctx, msg, out.attempts)

		isExpired := resp.Status == http.StatusUnauthorized && out.token != nil && !renewed
		if isExpired { // Drop the token before the limiter admits the next request, so that the next request does not use it.
			t.signer.drop(t.tokenRequestFor(req.Area), *out.token)
		}

		t.sender.limiter.release()

		out.mayHaveBeenApplied = out.mayHaveBeenApplied || !surelyNotApplied(resp, err)

		if isRedirect(resp) {
			if msg.url, err = redirectTarget(msg, resp, redirects); err != nil {
				return Reply{}, out, err
			}

			redirects++

			continue
		}

		msg.url, redirects = address, 0

		if isExpired {
			retry.retries, renewed = 0, true

			continue
		}

		wait, again := retry.next(ctx, resp, err)
		if !again {
			return resp, out, err
		}

		if err := Sleep(ctx, wait); err != nil {
			return Reply{}, out, err
		}
	}
}

// message returns the HTTP request for a call, without credentials.
func (t *Transport) message(req Request) (message, error) {
	for _, segment := range req.Path {
		if segment == "" || segment == "." || segment == ".." {
			return message{}, &Error{Reason: ReasonStatus, Detail: fmt.Sprintf("%q is not a valid id: it would change the request's path", segment)}
		}
	}

	address, err := url.Parse(t.baseURL + req.Location())
	if err != nil {
		return message{}, fmt.Errorf("creating the request: %w", err)
	}

	address.RawQuery = req.Query.Encode()

	header := http.Header{"Accept": {"application/json, application/problem+json"}}
	if req.Body != nil {
		header.Set("Content-Type", "application/json")
	}

	maps.Copy(header, req.Header)

	return message{
		method: req.Method, url: address, origin: t.baseURL, header: header, body: req.Body,
		isRepeatable: req.isRepeatable(), ignoreCancel: req.IgnoreCancel, stream: req.Stream,
	}, nil
}

// currentToken returns a token for calls to an area, from the cache if possible. currentToken returns nil if the credentials cannot request tokens.
func (t *Transport) currentToken(ctx context.Context, area Area) (*Token, error) {
	if !t.credentials.CanMint() {
		return nil, nil //nolint:nilnil // Documented.
	}

	token, err := t.signer.token(ctx, t.tokenRequestFor(area))
	if err != nil {
		return nil, err
	}

	return &token, nil
}

// authorization returns the value of the Authorization header. token is nil if the credentials cannot request tokens.
func (t *Transport) authorization(token *Token) string {
	switch {
	case token != nil:
		return "Bearer " + token.AccessToken.Reveal()
	case t.credentials.Mode == ModeApplicationKey:
		return "AppKey " + t.credentials.Key.Reveal()
	default:
		return "Bearer " + t.credentials.Key.Reveal()
	}
}
