package doctor

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"sync"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// MaxRequests bounds the requests of one examination, token requests and retries included.
const MaxRequests = 60

// errUsedUp ends an examination that has made [MaxRequests] requests.
var errUsedUp = fmt.Errorf("the examination has made %d requests, and makes no more", MaxRequests)

// dataPath is the path of the only POST to an API that changes nothing.
// Source: operation getKnowledgeModelQueryResultByUsingQueryInBody of the Knowledge Model API.
var dataPath = regexp.MustCompile(`^/intelligence/api/knowledge-models/[^/]+/data$`)

// Watch stands in front of the network: it lets only reads through, counts the requests, and keeps the responses. Its zero value is ready
// for one examination.
type Watch struct {
	mu       sync.Mutex
	requests int
	seen     []transport.Exchange
}

// Allow implements [transport.Observer].
func (w *Watch) Allow(next transport.Exchange) error {
	isRead := next.Method == http.MethodGet || next.Method == http.MethodPost && (next.IsToken || dataPath.MatchString(next.Path))
	if !isRead {
		return errors.New("the examination only reads: this is a bug, please report it")
	}

	w.mu.Lock()
	defer w.mu.Unlock()

	if w.requests == MaxRequests {
		return errUsedUp
	}

	w.requests++

	return nil
}

// Observe implements [transport.Observer].
func (w *Watch) Observe(seen transport.Exchange) {
	w.mu.Lock()
	defer w.mu.Unlock()

	w.seen = append(w.seen, seen)
}

// Requests returns the number of requests so far.
func (w *Watch) Requests() int {
	w.mu.Lock()
	defer w.mu.Unlock()

	return w.requests
}

// since returns the exchanges from a position on, and the position after them.
func (w *Watch) since(position int) ([]transport.Exchange, int) {
	w.mu.Lock()
	defer w.mu.Unlock()

	return w.seen[position:], len(w.seen)
}
