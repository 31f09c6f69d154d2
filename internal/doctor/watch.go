package doctor

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"sync"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// MaxRequests is the maximum number of requests that one examination may send, including token requests and retries.
const MaxRequests = 60

// errUsedUp is the error that [Watch.Allow] returns after [MaxRequests] requests.
var errUsedUp = fmt.Errorf("this run has sent the maximum of %d requests", MaxRequests)

// dataPath matches the path of the POST request that reads data. Apart from token requests, [Watch.Allow] permits no other POST request. Source:
// operation getKnowledgeModelQueryResultByUsingQueryInBody of the Knowledge Model API.
var dataPath = regexp.MustCompile(`^/intelligence/api/knowledge-models/[^/]+/data$`)

// Watch observes the client. It permits only read requests, counts the requests, and records the responses. Use a new Watch for each
// examination. The zero value is ready to use.
type Watch struct {
	mu        sync.Mutex
	requests  int
	exchanges []transport.Exchange
}

// Allow implements [transport.Observer].
func (w *Watch) Allow(next transport.Exchange) error {
	isRead := next.Method == http.MethodGet || next.Method == http.MethodPost && (next.IsToken || dataPath.MatchString(next.Path))
	if !isRead {
		return errors.New("celonis-doctor may send only read requests. This is a bug. Please report it")
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
func (w *Watch) Observe(exchange transport.Exchange) {
	w.mu.Lock()
	defer w.mu.Unlock()

	w.exchanges = append(w.exchanges, exchange)
}

// Requests returns the number of requests so far.
func (w *Watch) Requests() int {
	w.mu.Lock()
	defer w.mu.Unlock()

	return w.requests
}

// since returns the exchanges from the given position onwards, and the next position.
func (w *Watch) since(position int) ([]transport.Exchange, int) {
	w.mu.Lock()
	defer w.mu.Unlock()

	return w.exchanges[position:], len(w.exchanges)
}
