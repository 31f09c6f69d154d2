package server

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Entry is one request in the journal. An entry never contains a credential.
type Entry struct {
	Time   time.Time  `json:"time"`
	Method string     `json:"method"`
	Path   string     `json:"path"` // escaped, as received
	Query  url.Values `json:"query,omitempty"`
	// Header contains the request's headers, with Authorization replaced by "<scheme> ***" and Cookie by "***".
	Header     http.Header `json:"header,omitempty"`
	AuthScheme string      `json:"authScheme,omitempty"`
	// TokenFingerprint is a short hash of the credential.
	TokenFingerprint string `json:"tokenFingerprint,omitempty"`
	// Form contains the form parameters of a token request, with secrets replaced by "***".
	Form url.Values `json:"form,omitempty"`
	// Body is the JSON object or array in the request body, with secrets and the values of callback headers replaced by "***". Body is nil
	// if the request contains neither an object nor an array, or if the body is larger than 64 KiB.
	Body json.RawMessage `json:"body,omitempty"`
	// Status is the status code of the response, or 0 if no response has been sent.
	Status int `json:"status"`
	// Fault describes the fault that affected the request, or is empty if there was none.
	Fault string `json:"fault,omitempty"`
}

// Masked is the text that replaces secrets in the journal.
const Masked = "***"

// journal records all requests. Requests in flight still update their entries, so read or write an entry only while holding the lock.
type journal struct {
	mu          sync.Mutex
	entries     []*Entry
	inFlight    int
	maxInFlight int
}

// Journal returns all requests in the order in which they arrived.
func (s *Server) Journal() []Entry {
	return s.journal.snapshot()
}

// ResetJournal clears the journal and resets MaxInFlight.
func (s *Server) ResetJournal() {
	s.journal.reset()
}

// Count returns the number of requests in the journal with the given method and escaped path. An empty method matches any method. A path that
// ends in "*" matches all paths with that prefix.
func (s *Server) Count(method, path string) int {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()

	count := 0

	for _, entry := range s.journal.entries {
		if matches(method, path, entry.Method, entry.Path) {
			count++
		}
	}

	return count
}

// FaultCounts contains the number of requests in the journal, in total and by fault.
type FaultCounts struct {
	Requests int            `json:"requests"` // all requests, with and without a fault
	Faults   map[string]int `json:"faults"`   // requests with a fault, by [Entry.Fault]
}

// FaultCounts counts the requests in the journal, in total and by fault.
func (s *Server) FaultCounts() FaultCounts {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()

	counts := FaultCounts{Requests: len(s.journal.entries), Faults: map[string]int{}}

	for _, entry := range s.journal.entries {
		if entry.Fault != "" {
			counts.Faults[entry.Fault]++
		}
	}

	return counts
}

// MaxInFlight returns the highest number of requests that were served concurrently, including token requests. A request counts until just
// before its response is sent, so the number is 1 for a client that sends its requests sequentially.
func (s *Server) MaxInFlight() int {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()

	return s.journal.maxInFlight
}

func (j *journal) snapshot() []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()

	entries := make([]Entry, len(j.entries))

	for i, entry := range j.entries {
		entries[i] = *entry
		entries[i].Query = maps.Clone(entry.Query)
		entries[i].Header = entry.Header.Clone()
		entries[i].Form = maps.Clone(entry.Form)
		entries[i].Body = slices.Clone(entry.Body)
	}

	return entries
}

func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()

	j.entries = nil
	j.maxInFlight = j.inFlight
}

func (j *journal) arrive(r *http.Request, now time.Time) *Entry {
	scheme, fingerprint := describeCredential(r.Header.Get("Authorization"))
	entry := &Entry{
		Time:             now,
		Method:           r.Method,
		Path:             r.URL.EscapedPath(),
		Query:            maskValues(r.URL.Query()),
		Header:           maskHeader(r.Header, scheme),
		AuthScheme:       scheme,
		TokenFingerprint: fingerprint,
	}

	j.mu.Lock()
	defer j.mu.Unlock()

	j.entries = append(j.entries, entry)
	j.inFlight++
	j.maxInFlight = max(j.maxInFlight, j.inFlight)

	return entry
}

func (j *journal) leave() {
	j.mu.Lock()
	defer j.mu.Unlock()

	j.inFlight--
}

// update holds the lock while the given function modifies the entry of a request in flight.
func (j *journal) update(change func()) {
	j.mu.Lock()
	defer j.mu.Unlock()

	change()
}

// describeCredential returns the scheme and a fingerprint of an Authorization header. It returns only known schemes, because an unknown
// scheme could be a key that was sent without a scheme.
func describeCredential(header string) (string, string) {
	scheme, credential, found := strings.Cut(header, " ")
	if !found || credential == "" {
		return "", ""
	}

	isKnown := slices.ContainsFunc([]string{"Bearer", "AppKey", "Basic"}, func(name string) bool {
		return strings.EqualFold(name, scheme)
	})
	if !isKnown {
		return "", ""
	}

	const fingerprintBytes = 6

	sum := sha256.Sum256([]byte(strings.TrimLeft(credential, " ")))

	return scheme, hex.EncodeToString(sum[:fingerprintBytes])
}

func maskHeader(header http.Header, scheme string) http.Header {
	clone := header.Clone()

	// Keys belong in the Authorization header, but the vendor's OpenAPI files also mention an AppKey header.
	for _, name := range []string{"Authorization", "Proxy-Authorization", "Cookie", "Appkey"} {
		if len(clone.Values(name)) == 0 {
			continue
		}

		clone.Set(name, Masked)

		if name == "Authorization" {
			clone.Set(name, strings.TrimSpace(scheme+" "+Masked))
		}
	}

	return clone
}

// maskValues replaces the secrets in a form or query.
func maskValues(values url.Values) url.Values {
	clone := maps.Clone(values)

	for name := range clone {
		switch strings.ToLower(name) {
		case "client_secret", "refresh_token", "access_token", "code", "password", "assertion", "client_assertion",
			"app_key", "appkey", "api_key", "apikey", "token", "authorization":
			clone[name] = []string{Masked}
		}
	}

	return clone
}

// matches reports whether a request has the given method and matches the path pattern. An empty method or pattern matches any request, and a
// trailing "*" matches any suffix.
func matches(method, pattern, requestMethod, requestPath string) bool {
	if method != "" && method != requestMethod {
		return false
	}

	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(requestPath, prefix)
	}

	return pattern == "" || pattern == requestPath
}
