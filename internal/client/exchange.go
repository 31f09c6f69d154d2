package client

import (
	"context"
	"io"
)

// exchange is one logical request with all of its attempts, carried by the request's context through the transport.
// Attempts follow one another, so it needs no lock.
type exchange struct {
	// area is what is called, empty for a token endpoint.
	area Area
	// repeatable says that the request may be sent again although an earlier attempt may have been carried out.
	repeatable bool
	// outlives says that an attempt under way is brought to its end although the caller's context has ended.
	outlives bool
	// mayHaveHappened says that an attempt was sent, and not refused: the service may have carried it out.
	mayHaveHappened bool
	// attempts counts how often the request was sent.
	attempts int
	// stream reads a successful answer while it arrives; nil for answers that are kept whole.
	stream func(io.Reader) error
	// unreachable counts the attempts that failed because no connection could be opened.
	unreachable int
	// token is what the last attempt was signed with, nil for a static key.
	token *Token
}

type exchangeKey struct{}

func withExchange(ctx context.Context, current *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, current)
}

// exchangeOf returns the exchange of a request's context. There always is one behind [Client.send] and [signer.grant].
func exchangeOf(ctx context.Context) *exchange {
	if current, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return current
	}

	return &exchange{}
}
