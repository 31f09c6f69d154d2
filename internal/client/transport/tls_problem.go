package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"
)

// TLSProblem is why two sides could not agree on an encrypted connection.
type TLSProblem string

// The problems that call for different remedies.
const (
	// TLSUnknownAuthority is a certificate that no trusted authority has signed.
	TLSUnknownAuthority TLSProblem = "unknown authority"
	// TLSExpired is a certificate whose time is over.
	TLSExpired TLSProblem = "expired certificate"
	// TLSNotYetValid is a certificate whose time has not begun.
	TLSNotYetValid TLSProblem = "certificate not yet valid"
	// TLSWrongHost is a certificate for other host names, or a server that does not serve the host.
	TLSWrongHost TLSProblem = "wrong host"
	// TLSBadCertificate is any other fault of the server's certificate.
	TLSBadCertificate TLSProblem = "bad certificate"
	// TLSClientCertificate is a server that requires a certificate of the client.
	TLSClientCertificate TLSProblem = "client certificate required"
	// TLSVersion is a server that supports neither TLS 1.2 nor 1.3.
	TLSVersion TLSProblem = "protocol version"
	// TLSHandshake is a server that refused the handshake without giving the reason.
	TLSHandshake TLSProblem = "handshake failure"
	// TLSPlainHTTP is a server that speaks plain HTTP.
	TLSPlainHTTP TLSProblem = "plain HTTP"
	// TLSOther is any other problem.
	TLSOther TLSProblem = "other"
)

// tlsProblemOf returns the TLS problem that an error stands for, and "" for an error of any other kind.
func tlsProblemOf(err error) TLSProblem {
	if problem := certificateProblem(err); problem != "" {
		return problem
	}

	if record, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		if string(record.RecordHeader[:]) == "HTTP/" {
			return TLSPlainHTTP
		}

		return TLSOther
	}

	if errors.Is(err, http.ErrSchemeMismatch) {
		return TLSPlainHTTP
	}

	// An alert is an operation of that name around a type that crypto/tls keeps to itself.
	if operation := tlsAlert(err); operation != nil {
		return alertProblem(operation)
	}

	if failed, ok := errors.AsType[*handshakeError](err); ok {
		// crypto/tls has no type for it. The texts are those of its handshakes with a server that is too old.
		if strings.Contains(failed.Error(), "unsupported protocol version") || strings.Contains(failed.Error(), "no supported versions") {
			return TLSVersion
		}

		return TLSOther
	}

	return ""
}

// certificateProblem returns what is wrong with the server's certificate.
func certificateProblem(err error) TLSProblem {
	var invalid x509.CertificateInvalidError

	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if invalid.Cert != nil && time.Now().Before(invalid.Cert.NotBefore) {
			return TLSNotYetValid
		}

		return TLSExpired
	case isType[x509.HostnameError](err):
		return TLSWrongHost
	case isType[x509.UnknownAuthorityError](err), isType[x509.SystemRootsError](err):
		return TLSUnknownAuthority
	case isType[*tls.CertificateVerificationError](err), isType[x509.CertificateInvalidError](err):
		return TLSBadCertificate
	default:
		return ""
	}
}

func isType[E error](err error) bool {
	_, ok := errors.AsType[E](err)

	return ok
}

// tlsAlert returns the alert that an error stands for.
func tlsAlert(err error) *net.OpError {
	for operation, ok := errors.AsType[*net.OpError](err); ok; operation, ok = errors.AsType[*net.OpError](operation.Err) {
		if operation.Op == "remote error" || operation.Op == "local error" {
			return operation
		}
	}

	return nil
}

// alertProblem returns what an alert means to a client that has no certificate.
// Source of the numbers: RFC 8446 section 6, RFC 5246 section 7.2.
func alertProblem(alert *net.OpError) TLSProblem {
	is := func(numbers ...uint8) bool {
		for _, number := range numbers {
			if alert.Err != nil && alert.Err.Error() == tls.AlertError(number).Error() {
				return true
			}
		}

		return false
	}

	switch {
	case alert.Op == "local error":
		return TLSOther
	case is(42, 43, 44, 45, 46, 48, 49, 116): // They are about the client's certificate, or about its access.
		return TLSClientCertificate
	case is(70, 86):
		return TLSVersion
	case is(40, 71):
		return TLSHandshake
	case is(112):
		return TLSWrongHost
	default:
		return TLSOther
	}
}

// isRefusedHandshake reports whether the server refused the connection for a reason that can only arise in the handshake. In
// TLS 1.3, the client may have sent its request by then, and no server reads it.
func isRefusedHandshake(err error) bool {
	problem := tlsProblemOf(err)

	return problem != "" && problem != TLSOther
}

// handshakeError is a failed TLS handshake. crypto/tls has no common type for them.
type handshakeError struct{ error }

// Unwrap returns the failure itself.
func (e *handshakeError) Unwrap() error { return e.error }

// unsentError is the failure of a request that was not sent, because there was no connection to send it on.
type unsentError struct{ error }

// Unwrap returns the failure itself.
func (e *unsentError) Unwrap() error { return e.error }

// isUnsent reports whether a request was surely not sent.
func isUnsent(err error) bool { return isType[*unsentError](err) || isDialFailure(err) }

// isDialFailure reports whether no connection could be opened, to the server or to the proxy.
func isDialFailure(err error) bool {
	for operation, ok := errors.AsType[*net.OpError](err); ok; operation, ok = errors.AsType[*net.OpError](operation.Err) {
		if operation.Op == "dial" {
			return true
		}
	}

	return isType[*net.DNSError](err)
}

// connecting observes how far an attempt gets with its connection. Its hooks may be called until after the attempt has ended.
type connecting struct {
	mu sync.Mutex
	// wanted and got say whether the attempt looked for a connection, and had one.
	wanted, got bool
	handshake   error
}

// trace returns a context in which a request is observed.
func (c *connecting) trace(ctx context.Context) context.Context {
	note := func(change func()) {
		c.mu.Lock()
		defer c.mu.Unlock()

		change()
	}

	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { note(func() { c.wanted = true }) },
		GotConn: func(httptrace.GotConnInfo) { note(func() { c.got = true }) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			note(func() { c.handshake = err })
		},
	})
}

// explain adds to an attempt's error what the connection's state says about it.
func (c *connecting) explain(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.handshake != nil && errors.Is(err, c.handshake) {
		timeout, ok := errors.AsType[net.Error](err)

		switch {
		case isBroken(err):
			err = fmt.Errorf("the connection broke off during the TLS handshake: %w", err)
		case !ok || !timeout.Timeout():
			err = &handshakeError{err}
		}
	}

	if c.wanted && !c.got {
		if c.handshake == nil && isBroken(err) {
			err = fmt.Errorf("the connection broke off before the request was sent: %w", err)
		}

		err = &unsentError{err}
	}

	return err
}

// isBroken reports whether an error is that of a connection that was lost, and not of what was said on it.
func isBroken(err error) bool {
	operation, ok := errors.AsType[*net.OpError](err)

	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || ok && (operation.Op == "read" || operation.Op == "write")
}

// nameHost puts the host first in the text of a failed name lookup: the resolver's address, which precedes it in Go's text, is
// of little interest.
func nameHost(err error) error {
	lookup, ok := errors.AsType[*net.DNSError](err)
	if !ok || lookup.Name == "" {
		return err
	}

	text := fmt.Sprintf("the host name %s does not resolve: %s", lookup.Name, lookup.Err)
	if !lookup.IsNotFound {
		text = fmt.Sprintf("the host name %s could not be looked up: %s", lookup.Name, lookup.Err)
	}

	if lookup.Server != "" {
		text += " (name server " + lookup.Server + ")"
	}

	if behind, ok := errors.AsType[*proxyError](err); ok {
		text = (&proxyError{proxy: behind.proxy, err: errors.New(text)}).Error()
	}

	return &rephrased{text: text, err: err}
}

// rephrased is an error with a text of our own.
type rephrased struct {
	text string
	err  error
}

// Error implements error.
func (e *rephrased) Error() string { return e.text }

// Unwrap returns the failure itself.
func (e *rephrased) Unwrap() error { return e.err }
