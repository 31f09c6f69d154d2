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

// Fault describes a failure that the simulator injects into matching requests. At most one fault applies to a request: the first fault that
// matches. Faults that alter pages apply only to requests for lists and data. A fault that has no effect on a request remains pending for the
// next request. For example, the response may have no body to truncate, or the request may be rejected before a page is returned.
type Fault struct {
	// Method and Path select the requests to which the fault applies. An empty Method or Path matches any request. Path is the escaped path and
	// may end in "*".
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	// Query contains the query parameters and values that the request must have. An empty value also matches a missing parameter.
	Query map[string]string `json:"query,omitempty"`
	// Skip is the number of matching requests to skip first. Times is the number of matching requests to which the fault then applies. 0 means
	// 1, and -1 means all.
	Skip  int `json:"skip,omitempty"`
	Times int `json:"times,omitempty"`

	// Status, Header and Body replace the response, and the request is not executed. If Status is 0, the request is executed: Header is added
	// to the normal response, and Body, if it is not empty, replaces the normal body. If Body looks like JSON, the Content-Type defaults to
	// JSON; a Content-Type of "" omits the header.
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Body   string      `json:"body,omitempty"`
	// Delay is the time to wait before the response. The wait ends early if the client disconnects.
	Delay time.Duration `json:"-"`
	// Hang never responds. The request ends when the client disconnects.
	Hang bool `json:"hang,omitempty"`
	// Reset closes the connection without a response (with a RST on TCP connections). If the connection was reused, net/http's client
	// automatically retries an idempotent request.
	Reset bool `json:"reset,omitempty"`
	// ResetAfter executes the request and then closes the connection, so that the response is lost.
	ResetAfter bool `json:"resetAfter,omitempty"`
	// CutBodyAt, if positive, is the number of body bytes to send before the connection is closed abruptly. The last byte of the body is never
	// sent. The Content-Length header still contains the full length.
	CutBodyAt int `json:"cutBodyAt,omitempty"`
	// HTML responds with 200 and an HTML login page.
	HTML bool `json:"html,omitempty"`
	// Redirect is the Location of a redirect response. RedirectStatus is the status code of the redirect response; 0 means 302.
	Redirect       string `json:"redirect,omitempty"`
	RedirectStatus int    `json:"redirectStatus,omitempty"`
	// RepeatPage makes list endpoints return the first page for every requested page. To make the first page look full, the pageSize in the
	// response is at most the number of items in the list.
	RepeatPage bool `json:"repeatPage,omitempty"`
	// EndlessPages makes list endpoints fill every page with newly generated items. With TotalCountsAll, the total always implies that one more
	// page follows.
	EndlessPages bool `json:"endlessPages,omitempty"`
	// ExpireTokens invalidates every access token that was issued before the request, and then serves the request normally.
	ExpireTokens bool `json:"expireTokens,omitempty"`
	// ChangeTotal is a number to add to the total in list responses.
	ChangeTotal int `json:"changeTotal,omitempty"`

	kind FaultKind // the kind of a random fault, which is its name in the journal
}

// Inject appends a fault to the pending faults. It panics if the fault has no effect or contains an invalid value.
func (s *Server) Inject(f Fault) {
	if err := f.check(); err != nil {
		panic(err)
	}

	s.faults.add(f)
}

// PendingFaults returns the pending faults in order, with their remaining Skip and Times.
func (s *Server) PendingFaults() []Fault {
	return s.faults.pending()
}

// ClearFaults removes all pending faults and stops random faults. Requests to which a fault already applies are still affected.
func (s *Server) ClearFaults() {
	s.faults.clear()
	s.randomFaults.stop()
}

var (
	errNoEffect = errors.New("the fault has no effect")
	errNonsense = errors.New("the fault is inconsistent")
)

// check returns an error if the fault has no effect or contains an invalid value.
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

// faults contains the pending faults.
type faults struct {
	mu     sync.Mutex
	script []*plannedFault
	// count is the number of faults added so far; cleared is the number added before the faults were last cleared.
	count, cleared int
}

// plannedFault is a pending fault with its remaining Skip and Times.
type plannedFault struct {
	Fault

	number int // its position among all faults added so far
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

// take returns the fault that applies to a request, and updates the remaining Skip and Times of the pending faults. The first result is a copy
// of the fault; the second result is the pending fault, or nil if no fault applies.
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

// giveBack makes a fault pending again after a request on which the fault had no effect, unless the faults have been cleared.
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

// certain computes the effects of the fault that do not depend on the response.
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

// name returns the name under which the journal records the fault: its effects or, for a random fault, its kind. The name is empty if the
// fault has no effect.
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

// wholeResponse returns the response with which the fault replaces the normal response, if any. A request whose response is replaced is not
// executed.
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

// alter returns the response after applying the fault's header and body.
func (f Fault) alter(a Response) Response {
	const typeHeader = "Content-Type"

	if f.Body != "" {
		a.Body = []byte(f.Body)

		// Without a Content-Type, net/http would guess the type and label JSON as text/plain.
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

	// An empty Content-Type omits the header. The nil value prevents net/http from guessing the type.
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
