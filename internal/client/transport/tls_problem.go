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

// TLSProblem is the cause of a failed TLS connection.
type TLSProblem string

// The TLS problems. Each problem has its own remedy.
const (
	// TLSUnknownAuthority means that no trusted authority signed the server's certificate.
	TLSUnknownAuthority TLSProblem = "unknown authority"
	// TLSExpired means that the certificate has expired.
	TLSExpired TLSProblem = "expired certificate"
	// TLSNotYetValid means that the certificate is not valid yet.
	TLSNotYetValid TLSProblem = "certificate not yet valid"
	// TLSWrongHost means that the certificate is for other host names, or that the server does not serve the host.
	TLSWrongHost TLSProblem = "wrong host"
	// TLSBadCertificate means that the certificate is invalid for any other reason.
	TLSBadCertificate TLSProblem = "bad certificate"
	// TLSClientCertificate means that the server requires a client certificate.
	TLSClientCertificate TLSProblem = "client certificate required"
	// TLSVersion means that the server supports neither TLS 1.2 nor TLS 1.3.
	TLSVersion TLSProblem = "protocol version"
	// TLSHandshake means that the server rejected the handshake without giving a reason.
	TLSHandshake TLSProblem = "handshake failure"
	// TLSPlainHTTP means that the server speaks plain HTTP.
	TLSPlainHTTP TLSProblem = "plain HTTP"
	// TLSOther covers all other TLS problems.
	TLSOther TLSProblem = "other"
)

// tlsProblemOf returns the TLS problem that caused an error, or "" for any other error.
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

	// An alert is an OpError that wraps an unexported type of crypto/tls.
	if operation := tlsAlert(err); operation != nil {
		return alertProblem(operation)
	}

	if failed, ok := errors.AsType[*handshakeError](err); ok {
		// crypto/tls has no error type for a server that supports only older versions, so compare the messages.
		if strings.Contains(failed.Error(), "unsupported protocol version") || strings.Contains(failed.Error(), "no supported versions") {
			return TLSVersion
		}

		return TLSOther
	}

	return ""
}

// certificateProblem returns the certificate problem that caused an error, or "" for any other error.
func certificateProblem(err error) TLSProblem {
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err)

	switch {
	case isInvalid && invalid.Reason == x509.Expired:
		if invalid.Cert != nil && time.Now().Before(invalid.Cert.NotBefore) {
			return TLSNotYetValid
		}

		return TLSExpired
	case isType[x509.HostnameError](err):
		return TLSWrongHost
	case isType[x509.UnknownAuthorityError](err), isType[x509.SystemRootsError](err):
		return TLSUnknownAuthority
	case isInvalid, isType[*tls.CertificateVerificationError](err):
		return TLSBadCertificate
	default:
		return ""
	}
}

func isType[E error](err error) bool {
	_, ok := errors.AsType[E](err)

	return ok
}

// tlsAlert returns the TLS alert that caused an error, or nil.
func tlsAlert(err error) *net.OpError {
	for operation, ok := errors.AsType[*net.OpError](err); ok; operation, ok = errors.AsType[*net.OpError](operation.Err) {
		if operation.Op == "remote error" || operation.Op == "local error" {
			return operation
		}
	}

	return nil
}

// alertProblem returns the problem that a TLS alert indicates, given that the client sent no certificate. Sources of the alert numbers: RFC 8446
// section 6, RFC 5246 section 7.2.
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
	case is(42, 43, 44, 45, 46, 48, 49, 116): // These alerts refer to the client's certificate or access rights.
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

// isRefusedHandshake reports whether the handshake failed for a reason that cannot occur after a completed handshake. In TLS 1.3, the client may
// have sent its request before the failure, but the server does not read that request.
func isRefusedHandshake(err error) bool {
	problem := tlsProblemOf(err)

	return problem != "" && problem != TLSOther
}

// handshakeError is a failed TLS handshake. crypto/tls has no common type for these failures.
type handshakeError struct{ error }

// Unwrap returns the original error.
func (e *handshakeError) Unwrap() error { return e.error }

// unsentError is the error for a request that was not sent because there was no connection.
type unsentError struct{ error }

// Unwrap returns the original error.
func (e *unsentError) Unwrap() error { return e.error }

// isUnsent reports whether a request was certainly not sent.
func isUnsent(err error) bool { return isType[*unsentError](err) || isDialFailure(err) }

// isDialFailure reports whether opening a connection to the server or the proxy failed.
func isDialFailure(err error) bool {
	for operation, ok := errors.AsType[*net.OpError](err); ok; operation, ok = errors.AsType[*net.OpError](operation.Err) {
		if operation.Op == "dial" {
			return true
		}
	}

	return isType[*net.DNSError](err)
}

// connecting holds the state of the connection that one attempt at a request uses. The hooks that record the state may run after the
// attempt has ended.
type connecting struct {
	mu sync.Mutex
	// requested is true once the attempt has requested a connection, and obtained is true once the attempt has a connection.
	requested, obtained bool
	handshake           error
}

// trace returns a context that records a request's connection.
func (c *connecting) trace(ctx context.Context) context.Context {
	note := func(change func()) {
		c.mu.Lock()
		defer c.mu.Unlock()

		change()
	}

	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { note(func() { c.requested = true }) },
		GotConn: func(httptrace.GotConnInfo) { note(func() { c.obtained = true }) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			note(func() { c.handshake = err })
		},
	})
}

// explain adds the state of the connection to an attempt's error.
func (c *connecting) explain(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.handshake != nil && errors.Is(err, c.handshake) {
		timeout, ok := errors.AsType[net.Error](err)

		switch {
		case isBroken(err):
			err = fmt.Errorf("the connection was lost during the TLS handshake: %w", err)
		case !ok || !timeout.Timeout():
			err = &handshakeError{err}
		}
	}

	if c.requested && !c.obtained {
		if c.handshake == nil && isBroken(err) {
			err = fmt.Errorf("the connection was lost before the request was sent: %w", err)
		}

		err = &unsentError{err}
	}

	return err
}

// isBroken reports whether an error means that the connection was lost.
func isBroken(err error) bool {
	operation, ok := errors.AsType[*net.OpError](err)

	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || ok && (operation.Op == "read" || operation.Op == "write")
}

// nameHost rewords the error of a failed name lookup so that it begins with the host name. Go's wording begins with the resolver's address, which
// is less useful.
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

// rephrased is an error with a different text.
type rephrased struct {
	text string
	err  error
}

// Error implements error.
func (e *rephrased) Error() string { return e.text }

// Unwrap returns the original error.
func (e *rephrased) Unwrap() error { return e.err }
