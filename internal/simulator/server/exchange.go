package server

import (
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/text/unicode/norm"
)

// maxBody is the largest request body, in bytes; of a larger one so much more is read, but not kept.
const (
	MaxBody  = 1 << 20
	maxWaste = 16 << 20
)

// exchange is the life of one request, from its arrival to its answer.
type exchange struct {
	server   *Server
	w        http.ResponseWriter
	r        *http.Request
	entry    *Entry
	body     []byte
	tooLarge bool
	fault    Fault
	planned  *plannedFault // where the fault comes from; nil = there is none
	happened Fault         // the part of the fault that took effect
	admitted bool
	left     bool
}

// ServeHTTP answers as the team would: the token endpoint, the APIs, and HTML for everything else.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{server: s, w: w, r: r, entry: s.journal.arrive(r, s.now())}
	defer x.leave()

	x.readBody()

	body := journalBody(r.Header.Get("Content-Type"), x.body)

	random := s.randomFaults.next()

	if x.fault, x.planned = s.faults.take(r, s.answersPages(r)); x.planned == nil {
		x.fault = random
	}

	x.happened = x.fault.certain()
	s.journal.update(func() {
		x.entry.Fault = x.happened.name()
		x.entry.Body = body
	})

	x.send(x.reply()) //nolint:contextcheck // The exchange waits by the context of its own request.
}

// readBody reads the whole body before anything else: net/http notices a client that goes away only after its end.
func (x *exchange) readBody() {
	body, err := readInTime(x.w, x.r, io.LimitReader(x.r.Body, MaxBody+1))
	if err != nil {
		panic(http.ErrAbortHandler) // The client is gone.
	}

	if len(body) <= MaxBody {
		x.body = body

		return
	}

	x.tooLarge = true

	// One byte more than may be wasted tells that the end is not near.
	wasted, err := io.Copy(io.Discard, io.LimitReader(x.r.Body, maxWaste+1))
	if err != nil || wasted > maxWaste {
		panic(http.ErrAbortHandler)
	}
}

// reply finds the answer, faults first.
func (x *exchange) reply() Response {
	if x.fault.ExpireTokens {
		x.server.tokens.ExpireTokens()
	}

	path := x.r.URL.EscapedPath()
	isAPI := x.server.isAPI(path)
	form := x.tokenForm(path)
	whole, replaced := x.fault.wholeAnswer()

	var limit verdict

	if isAPI && !replaced {
		limit = x.server.limits.admit(x.server.now())
		x.admitted = !limit.exceeded
	}

	x.wait()

	var reply Response

	// Whom no operation hears is refused in the shape of the area all the same.
	refusal := &Call{Opts: &x.server.opts, area: x.server.areaOf(path)}

	switch {
	case replaced:
		return x.fault.alter(whole)
	case x.tooLarge:
		reply = refusal.Fail(Failure{
			Status: http.StatusRequestEntityTooLarge,
			Detail: "The body is too large.",
		})
	case path == tokenPath:
		reply = x.server.tokens.Serve(x.r, form)
	case limit.exceeded:
		reply = refusal.Fail(limit.failure())
	case isAPI:
		reply = x.serveAPI()
	default:
		reply = x.server.serveElsewhere(path)
	}

	for name, value := range limit.header {
		reply = reply.With(name, value)
	}

	return x.fault.alter(reply)
}

// serveAPI serves a request of an API. Texts come and go decomposed if the team's are.
func (x *exchange) serveAPI() Response {
	if !x.server.opts.DecomposedText {
		return x.server.serveAPI(x)
	}

	x.body = norm.NFC.Bytes(x.body)
	reply := x.server.serveAPI(x)
	reply.Body = norm.NFD.Bytes(reply.Body)

	return reply
}

// tokenForm parses and journals the form of a token request.
func (x *exchange) tokenForm(path string) TokenForm {
	if path != tokenPath {
		return TokenForm{}
	}

	form := x.server.tokens.ParseForm(x.r.Header.Get("Content-Type"), x.body)
	x.server.journal.update(func() { x.entry.Form = maskValues(form.Values) })

	return form
}

// wait spends the latency and the fault's delay, and does not return if the fault says so or the client goes away.
func (x *exchange) wait() {
	ctx := x.r.Context()

	if x.fault.Hang {
		<-ctx.Done()
	} else {
		pause(ctx, x.server.opts.Latency+x.fault.Delay)
	}

	if ctx.Err() != nil {
		panic(http.ErrAbortHandler)
	}

	if x.fault.Reset {
		x.reset()
	}
}

// pause waits, at most until the context ends.
func pause(ctx context.Context, duration time.Duration) {
	if duration <= 0 {
		return
	}

	timer := time.NewTimer(duration)
	defer timer.Stop()

	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// leave ends the request's part in what counts as in flight.
func (x *exchange) leave() {
	if x.left {
		return
	}

	x.left = true

	x.server.journal.update(func() { x.entry.Fault = x.happened.name() })

	if x.planned != nil && x.happened.name() == "" {
		x.server.faults.giveBack(x.planned)
	}

	if x.admitted {
		x.server.limits.release()
	}

	x.server.journal.leave()
}

// send writes the answer, or as much of it as the fault leaves.
func (x *exchange) send(reply Response) {
	cut := x.fault.CutBodyAt > 0 && len(reply.Body) > 0
	if cut && !x.fault.ResetAfter {
		x.happened.CutBodyAt = x.fault.CutBodyAt
	}

	// First: the client may act on the answer before this function returns.
	x.leave()

	if x.fault.ResetAfter {
		x.reset()
	}

	x.server.journal.update(func() { x.entry.Status = reply.Status })
	maps.Copy(x.w.Header(), reply.Header)

	if len(reply.Body) > 0 {
		x.w.Header().Set("Content-Length", strconv.Itoa(len(reply.Body)))
	}

	x.w.WriteHeader(reply.Status)

	if cut {
		x.write(reply.Body[:min(x.fault.CutBodyAt, len(reply.Body)-1)])
		_ = http.NewResponseController(x.w).Flush() // It can only fail because the client is gone.

		panic(http.ErrAbortHandler)
	}

	x.write(reply.Body)
}

// write sends bytes; when it fails the client is gone, and nobody is left to tell.
func (x *exchange) write(body []byte) {
	_, _ = x.w.Write(body)
}

// reset cuts the connection: with a RST where it is TCP.
func (x *exchange) reset() {
	conn, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 or no server at all: net/http resets the stream.
	}

	// Closing the TLS connection itself would say goodbye properly.
	if wrapped, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = wrapped.NetConn()
	}

	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // Without it the cut is a FIN instead, which is a cut too.
	}

	_ = conn.Close()

	panic(http.ErrAbortHandler)
}
