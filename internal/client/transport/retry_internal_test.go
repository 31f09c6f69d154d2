package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"testing"
	"time"
)

// A request that may have been applied is repeated only if applying it twice is safe.
func TestShouldRetryByStatus(t *testing.T) {
	t.Parallel()

	for status, repeated := range map[int][2]bool{ // The first value is for repeatable requests, and the second is for all others.
		200: {false, false}, 400: {false, false}, 401: {false, false}, 403: {false, false}, 404: {false, false}, 409: {false, false},
		408: {true, false}, 429: {true, true}, 500: {true, false}, 501: {false, false}, 502: {true, false}, 503: {true, false}, 504: {true, false},
		505: {false, false}, 506: {false, false}, 507: {true, false}, 508: {false, false}, 511: {false, false}, 519: {false, false},
		520: {true, false}, 522: {true, false}, 524: {true, false}, 525: {true, false}, 530: {true, false}, 531: {false, false},
	} {
		for index, repeatable := range []bool{true, false} {
			if got := shouldRetry(Reply{Status: status}, nil, repeatable, time.Minute); got != repeated[index] {
				t.Errorf("status %d, repeatable %t: shouldRetry() = %t", status, repeatable, got)
			}
		}
	}
}

func TestShouldRetryByError(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		err      error
		repeated [2]bool
	}{
		"connection refused":  {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, [2]bool{true, true}},
		"name server failure": {&net.OpError{Op: "dial", Err: &net.DNSError{IsTemporary: true}}, [2]bool{true, true}},
		"unknown host name":   {&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}, [2]bool{true, true}},
		"unreachable proxy": {
			&proxyError{err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}, [2]bool{true, true},
		},
		"never sent":                {&unsentError{io.EOF}, [2]bool{true, true}},
		"proxy requires a password": {&Error{Reason: ReasonProxy, ProxyStatus: 407}, [2]bool{false, false}},
		"host forbidden by proxy":   {&Error{Reason: ReasonProxy, ProxyStatus: 403}, [2]bool{false, false}},
		"proxy outage":              {&Error{Reason: ReasonProxy, ProxyStatus: 502}, [2]bool{true, true}},
		"invalid proxy variable":    {&Error{Reason: ReasonProxy}, [2]bool{false, false}},
		"connection reset":          {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, [2]bool{true, false}},
		"attempt timeout":           {fmt.Errorf("%w within 30s", errAttemptTimeout), [2]bool{true, false}},
		"rejected redirect":         {&Error{Reason: ReasonRedirect}, [2]bool{false, false}},
		"unknown authority":         {&tls.CertificateVerificationError{Err: errors.New("x")}, [2]bool{false, false}},
		"alert from the server":     {&net.OpError{Op: "remote error", Err: errors.New("tls: certificate required")}, [2]bool{false, false}},
		"http on the https port":    {fmt.Errorf("x: %w", http.ErrSchemeMismatch), [2]bool{false, false}},
	} {
		for index, repeatable := range []bool{true, false} {
			if got := retryableError(test.err, repeatable); got != test.repeated[index] {
				t.Errorf("%s, repeatable %t: retryableError() = %t", name, repeatable, got)
			}
		}
	}
}

func TestOnlyReadsAndIdempotentWritesAreRepeatable(t *testing.T) {
	t.Parallel()

	for _, req := range []struct {
		Request

		want bool
	}{
		{Request{Method: http.MethodGet}, true},
		{Request{Method: http.MethodPut}, true},
		{Request{Method: http.MethodDelete}, true},
		{Request{Method: http.MethodPost}, false},
		{Request{Method: http.MethodPatch}, false},
		{Request{Method: http.MethodPost, OnlyReads: true}, true},
	} {
		if got := req.isRepeatable(); got != req.want {
			t.Errorf("%s, OnlyReads %t: isRepeatable() = %t", req.Method, req.OnlyReads, got)
		}
	}
}

func TestCredentialsStayAtTheirOrigin(t *testing.T) {
	t.Parallel()

	for _, address := range []string{"http://acme.eu-1.celonis.cloud/x", "https://acme.eu-1.celonis.cloud:8443/x", "https://other.example"} {
		target, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}

		// The sender has no network, so sending a request would panic.
		msg := message{method: http.MethodGet, url: target, origin: "https://acme.eu-1.celonis.cloud"}
		if _, err := new(sender).sendOnce(t.Context(), msg, 1); err == nil {
			t.Errorf("credentials were sent to %s", address)
		}
	}
}

func TestEachFormOfRetryAfterIsParsed(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

	for value, want := range map[string]time.Duration{
		"7": 7 * time.Second, "0.5": 500 * time.Millisecond, "1795348830": 30 * time.Second, "1795348830000": 30 * time.Second,
		"2026-11-22T12:00:30Z": 30 * time.Second, "2026-11-22T13:00:30+0100": 30 * time.Second, "2026-11-22T12:00:30.000+00:00": 30 * time.Second,
		"2026-11-22 12:00:30": 30 * time.Second, "Sun, 22 Nov 2026 12:00:30 GMT": 30 * time.Second,
	} {
		if got, ok := parseWait(value, now); !ok || got != want {
			t.Errorf("%s: parseWait() = %s, %t, want %s", value, got, ok, want)
		}
	}
}
