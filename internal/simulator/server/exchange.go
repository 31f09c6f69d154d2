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

// MaxBody is the maximum size of a request body in bytes. If a body is larger than MaxBody, the server reads and discards at most maxWaste
// further bytes.
const (
	MaxBody  = 1 << 20
	maxWaste = 16 << 20
)

// exchange handles one request from its arrival to its response.
type exchange struct {
	server   *Server
	w        http.ResponseWriter
	r        *http.Request
	entry    *Entry
	body     []byte
	tooLarge bool
	fault    Fault
	planned  *plannedFault // the pending fault that applies; nil = none
	happened Fault         // the part of the fault that took effect
	admitted bool
	left     bool
}

// ServeHTTP serves the token endpoint and the APIs, and returns HTML pages for all other paths.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{server: s, w: w, r: r, entry: s.journal.arrive(r, s.now())}
	defer x.leave()

	x.readBody()

	body := journalBody(r.Header.Get("Content-Type"), x.body)

	random := s.randomFaults.next()

	if x.fault, x.planned = s.faults.take(r, s.returnsPages(r)); x.planned == nil {
		x.fault = random
	}

	x.happened = x.fault.certain()
	s.journal.update(func() {
		x.entry.Fault = x.happened.name()
		x.entry.Body = body
	})

	x.send(x.reply()) //nolint:contextcheck // The exchange uses its request's context.
}

// readBody reads the whole body. readBody must run first, because net/http detects a disconnected client only after the body has been read.
func (x *exchange) readBody() {
	body, err := readInTime(x.w, x.r, io.LimitReader(x.r.Body, MaxBody+1))
	if err != nil {
		panic(http.ErrAbortHandler) // The client has disconnected.
	}

	if len(body) <= MaxBody {
		x.body = body

		return
	}

	x.tooLarge = true

	// Close the connection if the body is larger than MaxBody and maxWaste together.
	wasted, err := io.Copy(io.Discard, io.LimitReader(x.r.Body, maxWaste+1))
	if err != nil || wasted > maxWaste {
		panic(http.ErrAbortHandler)
	}
}

// reply executes the request and returns the response. A fault that replaces the response takes precedence.
func (x *exchange) reply() Response {
	if x.fault.ExpireTokens {
		x.server.tokens.ExpireTokens()
	}

	path := x.r.URL.EscapedPath()
	isAPI := x.server.isAPI(path)
	form := x.tokenForm(path)
	whole, replaced := x.fault.wholeResponse()

	var limit verdict

	if isAPI && !replaced {
		limit = x.server.limits.admit(x.server.now())
		x.admitted = !limit.exceeded
	}

	x.wait()

	var reply Response

	// Errors use the area's format even if no operation matches.
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

// serveAPI serves an API request. If Options.DecomposedText is set, serveAPI converts text in requests to NFC and text in responses to NFD.
func (x *exchange) serveAPI() Response {
	if !x.server.opts.DecomposedText {
		return x.server.serveAPI(x)
	}

	x.body = norm.NFC.Bytes(x.body)
	reply := x.server.serveAPI(x)
	reply.Body = norm.NFD.Bytes(reply.Body)

	return reply
}

// tokenForm parses the form of a token request and adds it to the journal.
func (x *exchange) tokenForm(path string) TokenForm {
	if path != tokenPath {
		return TokenForm{}
	}

	form := x.server.tokens.ParseForm(x.r.Header.Get("Content-Type"), x.body)
	x.server.journal.update(func() { x.entry.Form = maskValues(form.Values) })

	return form
}

// wait pauses for the configured latency and the fault's delay or, if Fault.Hang is set, until the client disconnects. If the fault resets the
// connection or the client disconnects, the function panics instead of returning.
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

// pause waits until the duration has elapsed or the context is done.
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

// leave removes the request from the requests in flight. Further calls have no effect.
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

// send writes the response, or the part of it that the fault permits.
func (x *exchange) send(reply Response) {
	cut := x.fault.CutBodyAt > 0 && len(reply.Body) > 0
	if cut && !x.fault.ResetAfter {
		x.happened.CutBodyAt = x.fault.CutBodyAt
	}

	// Update the journal first, because the client may act on the response before this function returns.
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
		_ = http.NewResponseController(x.w).Flush() // Flush fails only if the client has disconnected.

		panic(http.ErrAbortHandler)
	}

	x.write(reply.Body)
}

// write sends part of the body. It ignores errors, which mean that the client has disconnected.
func (x *exchange) write(body []byte) {
	_, _ = x.w.Write(body)
}

// reset closes the connection abruptly, with a RST if it is a TCP connection.
func (x *exchange) reset() {
	conn, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // In HTTP/2, net/http resets the stream. In tests without a server, the panic ends the request.
	}

	// Close the underlying connection, because closing the TLS connection would send a close notification.
	if wrapped, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = wrapped.NetConn()
	}

	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // If SetLinger fails, the connection ends with a FIN, which is also acceptable.
	}

	_ = conn.Close()

	panic(http.ErrAbortHandler)
}
