package server

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// PipeServer is a real HTTP server with in-memory connections. Unlike sockets, these connections work in [testing/synctest] bubbles, which
// have a fake clock.
type PipeServer struct {
	server   *http.Server
	listener *pipeListener
	serving  sync.WaitGroup // the goroutine that accepts connections
	conns    sync.WaitGroup // the goroutines that serve connections
}

// ServePipe starts an HTTP server with in-memory connections. The caller must close the server.
func (s *Server) ServePipe() *PipeServer {
	p := &PipeServer{listener: &pipeListener{accept: make(chan net.Conn), closed: make(chan struct{})}}
	p.server = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: time.Minute,
		ConnState:         p.track,
	}

	p.serving.Go(func() {
		_ = p.server.Serve(p.listener) // Serve always returns ErrServerClosed, because the listener fails only when it is closed.
	})

	return p
}

// track counts open connections, because [http.Server.Close] does not wait for their goroutines.
func (p *PipeServer) track(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		p.conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		p.conns.Done()
	case http.StateActive, http.StateIdle:
	}
}

// DialContext connects to the server, regardless of the address. It has the signature of [http.Transport]'s DialContext field.
func (p *PipeServer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	client, server := net.Pipe()

	select {
	case p.listener.accept <- server:
		return client, nil
	case <-p.listener.closed:
		return nil, &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("%s: %w", addr, net.ErrClosed)}
	case <-ctx.Done():
		return nil, &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("%s: %w", addr, ctx.Err())}
	}
}

// Close closes all connections and waits for the requests in flight. It may be called more than once.
func (p *PipeServer) Close() error {
	// Wait until Serve returns, so that no connection is accepted afterwards.
	err := p.server.Close()

	p.serving.Wait()
	p.conns.Wait()

	if err != nil {
		return fmt.Errorf("close the in-memory server: %w", err)
	}

	return nil
}

// pipeListener passes the server end of each pipe to the server.
type pipeListener struct {
	accept chan net.Conn
	once   sync.Once
	closed chan struct{}
}

// Accept waits for the next connection.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.accept:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close makes Accept and DialContext fail.
func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })

	return nil
}

// Addr returns the address of a pipe.
func (*pipeListener) Addr() net.Addr {
	return pipeAddr{}
}

type pipeAddr struct{}

// Network returns the kind of network.
func (pipeAddr) Network() string { return "pipe" }

// String returns the address.
func (pipeAddr) String() string { return "pipe" }
