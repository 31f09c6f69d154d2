package server

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Fault is an injected fault. At most one fault applies to a request: the first one that matches. Faults about lists apply only to requests for
// lists and data. If a fault would have no effect on a request (such as a truncated body if there is no body, or pages if the request is
// rejected), it waits for the next request.
type Fault struct {
	// Method and Path select requests: empty = any; Path is the escaped path and may end in "*".
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	// Query contains query parameters that the request must have with these values. An empty value also matches a missing parameter.
	Query map[string]string `json:"query,omitempty"`
	// Skip is the number of matching requests that the fault ignores first. Times is the number of requests to which it then applies: 0 = 1, -1
	// = all.
	Skip  int `json:"skip,omitempty"`
	Times int `json:"times,omitempty"`

	// Status, Header and Body replace the response; the request is not executed. If Status is 0, the normal response is served with the
	// additional Header, and with Body, unless it is empty, instead of its own body. If Body looks like JSON, that is the default
	// Content-Type; a Content-Type of "" omits the header.
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Body   string      `json:"body,omitempty"`
	// Delay is the time to wait before the response. It ends early if the request's context ends.
	Delay time.Duration `json:"-"`
	// Hang never responds. It ends when the client disconnects.
	Hang bool `json:"hang,omitempty"`
	// Reset closes the connection without a response (with a RST if it is TCP). Note that net/http's client automatically repeats an idempotent
	// request if this happens on a reused connection.
	Reset bool `json:"reset,omitempty"`
	// ResetAfter executes the request, then closes the connection, so that the response is lost.
	ResetAfter bool `json:"resetAfter,omitempty"`
	// CutBodyAt, if > 0, sends the response's full length in the header but only the given number of bytes of its body (at most all but one),
	// then closes the connection abruptly.
	CutBodyAt int `json:"cutBodyAt,omitempty"`
	// HTML responds with 200 and the HTML of a login page.
	HTML bool `json:"html,omitempty"`
	// Redirect responds with this Location and RedirectStatus (0 = 302).
	Redirect       string `json:"redirect,omitempty"`
	RedirectStatus int    `json:"redirectStatus,omitempty"`
	// RepeatPage makes list endpoints serve the first page whatever page is requested. Page 0 always counts as full, because the returned
	// pageSize is at most its number of items.
	RepeatPage bool `json:"repeatPage,omitempty"`
	// EndlessPages makes list endpoints fill every page with new generated items. A total that counts all items always includes one more
	// page.
	EndlessPages bool `json:"endlessPages,omitempty"`
	// ExpireTokens rejects every token issued so far, then serves normally.
	ExpireTokens bool `json:"expireTokens,omitempty"`
	// ChangeTotal is added to the total of list endpoints.
	ChangeTotal int `json:"changeTotal,omitempty"`

	kind FaultKind // of a random fault: its name in the journal
}

// Inject adds a fault after the existing ones. It panics if the fault is invalid: if it would have no effect, or if a number is out of range.
func (s *Server) Inject(f Fault) {
	if err := f.check(); err != nil {
		panic(err)
	}

	s.faults.add(f)
}

// PendingFaults returns the pending faults in order, with the remaining Skip and Times.
func (s *Server) PendingFaults() []Fault {
	return s.faults.pending()
}

// ClearFaults removes all faults, including random ones. Requests to which a fault already applies are still affected.
func (s *Server) ClearFaults() {
	s.faults.clear()
	s.randomFaults.stop()
}

var (
	errNoEffect = errors.New("the fault has no effect")
	errNonsense = errors.New("the fault is inconsistent")
)

// check rejects a fault that has no effect, or that contradicts itself.
func (f Fault) check() error {
	const (
		firstRedirect = 300
		lastStatus    = 599
		all           = -1
	)

	if f.name() == "" {
		return errNoEffect
	}

	for _, mistake := range []struct {
		what string
		made bool
	}{
		{"skip must not be negative", f.Skip < 0},
		{"times must be at least -1", f.Times < all},
		{"delay must not be negative", f.Delay < 0},
		{"cutBodyAt must not be negative", f.CutBodyAt < 0},
		{"status must be between 200 and 599", f.Status != 0 && (f.Status < http.StatusOK || f.Status > lastStatus)},
		{"redirectStatus requires redirect", f.RedirectStatus != 0 && f.Redirect == ""},
		{"redirectStatus must be between 300 and 399", f.RedirectStatus != 0 &&
			(f.RedirectStatus < firstRedirect || f.RedirectStatus >= http.StatusBadRequest)},
	} {
		if mistake.made {
			return fmt.Errorf("%w: %s", errNonsense, mistake.what)
		}
	}

	return nil
}

// faults is the script of faults.
type faults struct {
	mu     sync.Mutex
	script []*plannedFault
	// added is the number of faults that were ever added, and cleared the number of those that were added before the last clearing.
	count, cleared int
}

// plannedFault is a fault in the script, with the remaining Skip and Times.
type plannedFault struct {
	Fault

	number int // its position among all faults ever added
}

func (f *faults) add(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()

	if fault.Times == 0 {
		fault.Times = 1
	}

	f.count++
	f.script = append(f.script, &plannedFault{Fault: fault, number: f.count})
}

func (f *faults) pending() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()

	pending := make([]Fault, len(f.script))

	for i, fault := range f.script {
		pending[i] = fault.Fault
		pending[i].Query = maps.Clone(fault.Query)
		pending[i].Header = fault.Header.Clone()
	}

	return pending
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.script, f.cleared = nil, f.count
}

// take counts a request for the fault that applies to it. It returns the fault's current state, and its entry in the script, which is nil if no
// fault applies.
func (f *faults) take(r *http.Request, pages bool) (Fault, *plannedFault) {
	f.mu.Lock()
	defer f.mu.Unlock()

	for i, fault := range f.script {
		if !fault.meets(r, pages) {
			continue
		}

		if fault.Skip > 0 {
			fault.Skip--

			continue
		}

		if fault.Times > 0 {
			fault.Times--
		}

		if fault.Times == 0 {
			f.script = slices.Delete(f.script, i, i+1)
		}

		return fault.Fault, fault
	}

	return Fault{}, nil
}

// giveBack returns a fault that had no effect on its request to the script.
func (f *faults) giveBack(fault *plannedFault) {
	f.mu.Lock()
	defer f.mu.Unlock()

	if fault.Times < 0 || fault.number <= f.cleared {
		return
	}

	fault.Times++

	i, exists := slices.BinarySearchFunc(f.script, fault.number, func(other *plannedFault, number int) int {
		return other.number - number
	})
	if !exists {
		f.script = slices.Insert(f.script, i, fault)
	}
}

// meets reports whether the fault matches a request and can affect it.
func (f Fault) meets(r *http.Request, pages bool) bool {
	aboutLists := f.RepeatPage || f.EndlessPages || f.ChangeTotal != 0

	if aboutLists && !pages || !matches(f.Method, f.Path, r.Method, r.URL.EscapedPath()) {
		return false
	}

	query := r.URL.Query()

	for name, value := range f.Query {
		if query.Get(name) != value {
			return false
		}
	}

	return true
}

// certain returns the part of the fault that takes effect for any response.
func (f Fault) certain() Fault {
	switch {
	case f.Hang:
		return Fault{ExpireTokens: f.ExpireTokens, Hang: true}
	case f.Reset:
		return Fault{ExpireTokens: f.ExpireTokens, Delay: f.Delay, Reset: true, kind: f.kind}
	case f.HTML:
		f.Redirect, f.Status = "", 0
	case f.Redirect != "":
		f.Status = 0
	}

	f.CutBodyAt, f.RepeatPage, f.EndlessPages, f.ChangeTotal = 0, false, false, 0

	return f
}

// name returns the effects of the fault for the journal; empty if it has none. For a random fault, it returns the kind.
func (f Fault) name() string {
	var names []string

	for _, effect := range []struct {
		name string
		on   bool
	}{
		{"status", f.Status != 0},
		{"header", f.Status == 0 && len(f.Header) > 0},
		{"body", f.Status == 0 && f.Body != ""},
		{"delay", f.Delay > 0},
		{"hang", f.Hang},
		{"reset", f.Reset},
		{"reset-after", f.ResetAfter},
		{"cut-body", f.CutBodyAt > 0},
		{"html", f.HTML},
		{"redirect", f.Redirect != ""},
		{"repeat-page", f.RepeatPage},
		{"endless-pages", f.EndlessPages},
		{"expire-tokens", f.ExpireTokens},
		{"change-total", f.ChangeTotal != 0},
	} {
		if effect.on {
			names = append(names, effect.name)
		}
	}

	if len(names) > 0 && f.kind != "" {
		return string(f.kind)
	}

	return strings.Join(names, ",")
}

// wholeResponse returns the fault's response if it has one. The request is then not executed.
func (f Fault) wholeResponse() (Response, bool) {
	switch {
	case f.HTML:
		return HTMLResponse(http.StatusOK, "Login"), true
	case f.Redirect != "":
		status := f.RedirectStatus
		if status == 0 {
			status = http.StatusFound
		}

		return Response{Status: status, Header: http.Header{"Location": {f.Redirect}}}, true
	case f.Status != 0:
		return Response{Status: f.Status}, true
	default:
		return Response{}, false
	}
}

// alter adds the fault's header and body to a response.
func (f Fault) alter(a Response) Response {
	const typeHeader = "Content-Type"

	if f.Body != "" {
		a.Body = []byte(f.Body)

		// Without this header, net/http would guess a type, and label JSON as text/plain.
		if a.Header.Get(typeHeader) == "" && looksLikeJSON(f.Body) {
			a = a.With(typeHeader, TypeJSON)
		}
	}

	for name, values := range f.Header {
		for i, value := range values {
			if i == 0 {
				a = a.With(name, value)
			} else {
				a.Header.Add(name, value)
			}
		}
	}

	// An empty value omits the header: a nil value also prevents net/http from guessing one.
	if values, given := a.Header[typeHeader]; given && strings.Join(values, "") == "" {
		a.Header[typeHeader] = nil
	}

	return a
}

// looksLikeJSON reports whether text starts like a JSON object or array.
func looksLikeJSON(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n")

	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
}
