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

// Fault is something that goes wrong on purpose. A request meets at most one fault: the first injected one that matches.
// Faults about lists are met only by requests for lists and data. A fault that had no effect on the request it met (a cut
// body where there was none, pages where the request was refused) waits for the next one.
type Fault struct {
	// Method and Path say which requests are meant: empty = any; Path is the escaped path and may end in "*".
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	// Query holds query parameters that the request must have with these values; an empty value also stands for none.
	Query map[string]string `json:"query,omitempty"`
	// Skip lets so many matching requests pass first (to the faults injected later); Times is how many are hit then:
	// 0 = 1, -1 = all.
	Skip  int `json:"skip,omitempty"`
	Times int `json:"times,omitempty"`

	// Status, Header and Body are a whole answer: the request is not carried out. With Status 0 the normal answer is
	// served, with Header added to it and Body, unless empty, instead of its own. A Body that begins as JSON does gets that
	// Content-Type if none is given; one that is given as "" is left out.
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Body   string      `json:"body,omitempty"`
	// Delay is waited before answering; it ends early when the request's context does.
	Delay time.Duration `json:"-"`
	// Hang never answers: it ends when the client goes away.
	Hang bool `json:"hang,omitempty"`
	// Reset cuts the connection without an answer (RST where it is TCP). Mind that net/http's client repeats an idempotent
	// request by itself when that happens on a connection it had used before.
	Reset bool `json:"reset,omitempty"`
	// ResetAfter carries the request out, then cuts the connection: the answer is lost.
	ResetAfter bool `json:"resetAfter,omitempty"`
	// CutBodyAt, if > 0, announces the answer's whole length, sends so many bytes of it (at most all but one), then cuts
	// the connection.
	CutBodyAt int `json:"cutBodyAt,omitempty"`
	// HTML answers 200 with the HTML of a login page.
	HTML bool `json:"html,omitempty"`
	// Redirect answers with this Location and RedirectStatus (0 = 302).
	Redirect       string `json:"redirect,omitempty"`
	RedirectStatus int    `json:"redirectStatus,omitempty"`
	// RepeatPage makes list endpoints serve the first page whatever page was asked; a page 0 always counts as full, because
	// the answered pageSize is at most what it holds.
	RepeatPage bool `json:"repeatPage,omitempty"`
	// EndlessPages makes list endpoints fill every page with new made-up items. A total that counts all items always
	// promises one more page.
	EndlessPages bool `json:"endlessPages,omitempty"`
	// ExpireTokens refuses every token issued so far, then serves normally.
	ExpireTokens bool `json:"expireTokens,omitempty"`
	// ChangeTotal is added to the total of list endpoints.
	ChangeTotal int `json:"changeTotal,omitempty"`

	kind FaultKind // of a random fault: its name in the journal
}

// Inject adds a fault behind the ones that are there. It panics if the fault makes no sense: it would do nothing or its
// numbers are out of range.
func (s *Server) Inject(f Fault) {
	if err := f.check(); err != nil {
		panic(err)
	}

	s.faults.add(f)
}

// PendingFaults are the faults that are still to come, in their order. Skip and Times are what is left of them.
func (s *Server) PendingFaults() []Fault {
	return s.faults.pending()
}

// ClearFaults withdraws all faults, random ones included. Requests that have met theirs already still suffer it.
func (s *Server) ClearFaults() {
	s.faults.clear()
	s.randomFaults.stop()
}

var (
	errNoEffect = errors.New("the fault has no effect")
	errNonsense = errors.New("the fault makes no sense")
)

// check refuses what would do nothing or something else than it says.
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
		{"skip is negative", f.Skip < 0},
		{"times is below -1", f.Times < all},
		{"delay is negative", f.Delay < 0},
		{"cutBodyAt is negative", f.CutBodyAt < 0},
		{"status is not from 200 to 599", f.Status != 0 && (f.Status < http.StatusOK || f.Status > lastStatus)},
		{"redirectStatus without redirect", f.RedirectStatus != 0 && f.Redirect == ""},
		{"redirectStatus is not from 300 to 399", f.RedirectStatus != 0 &&
			(f.RedirectStatus < firstRedirect || f.RedirectStatus >= http.StatusBadRequest)},
	} {
		if mistake.made {
			return fmt.Errorf("%w: %s", errNonsense, mistake.what)
		}
	}

	return nil
}

// faults is the script of what goes wrong.
type faults struct {
	mu     sync.Mutex
	script []*plannedFault
	// How many were ever added, and how many of these came before the last clearing.
	count, cleared int
}

// plannedFault is a fault in the script. Skip and Times are what is left of them.
type plannedFault struct {
	Fault

	number int // its place among all that were ever added
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

// take returns the fault that the request meets, if any, and counts it: as it is now, and its place in the script, which
// is nil if there is no fault.
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

// giveBack puts a fault that had no effect on its request back to its place.
func (f *faults) giveBack(fault *plannedFault) {
	f.mu.Lock()
	defer f.mu.Unlock()

	if fault.Times < 0 || fault.number <= f.cleared {
		return
	}

	fault.Times++

	i, there := slices.BinarySearchFunc(f.script, fault.number, func(other *plannedFault, number int) int {
		return other.number - number
	})
	if !there {
		f.script = slices.Insert(f.script, i, fault)
	}
}

// meets tells whether the fault is meant for a request and can have an effect on it.
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

// certain is the part of the fault that takes effect whatever the answer would be.
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

// name lists what the fault does, for the journal; empty if it does nothing. Of a random fault, it is the kind.
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

// wholeAnswer is the answer that replaces carrying the request out, if the fault has one.
func (f Fault) wholeAnswer() (Response, bool) {
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

// alter adds the fault's header and body to an answer.
func (f Fault) alter(a Response) Response {
	const typeHeader = "Content-Type"

	if f.Body != "" {
		a.Body = []byte(f.Body)

		// Without it net/http would guess, and JSON would become text/plain.
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

	// Without a value it is left out: net/http takes nil as a wish not to guess one either.
	if values, given := a.Header[typeHeader]; given && strings.Join(values, "") == "" {
		a.Header[typeHeader] = nil
	}

	return a
}

// looksLikeJSON tells whether a text begins as a JSON object or array does.
func looksLikeJSON(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n")

	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
}
