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

// TestRepetitionByMethodAndStatus: what may have been carried out is repeated only where that does no harm.
func TestRepetitionByMethodAndStatus(t *testing.T) {
	t.Parallel()

	for status, repeated := range map[int][2]bool{ // Of a repeatable request, and of one that is not.
		200: {false, false}, 400: {false, false}, 401: {false, false}, 403: {false, false}, 404: {false, false}, 409: {false, false},
		408: {true, false}, 429: {true, true}, 500: {true, false}, 501: {false, false}, 502: {true, false}, 503: {true, false}, 504: {true, false},
		505: {false, false}, 506: {false, false}, 507: {true, false}, 508: {false, false}, 511: {false, false}, 519: {false, false},
		520: {true, false}, 522: {true, false}, 524: {true, false}, 525: {true, false}, 530: {true, false}, 531: {false, false},
	} {
		for index, repeatable := range []bool{true, false} {
			if got := shouldRetry(Reply{Status: status}, nil, repeatable, time.Minute); got != repeated[index] {
				t.Errorf("status %d, repeatable %t: retried %t", status, repeatable, got)
			}
		}
	}
}

func TestRepetitionByError(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		err      error
		repeated [2]bool
	}{
		"connection refused":      {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, [2]bool{true, true}},
		"name server has a fault": {&net.OpError{Op: "dial", Err: &net.DNSError{IsTemporary: true}}, [2]bool{true, true}},
		"name does not exist":     {&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}, [2]bool{true, true}},
		"proxy is unreachable": {
			&proxyError{err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}, [2]bool{true, true},
		},
		"never sent":               {&unsentError{io.EOF}, [2]bool{true, true}},
		"proxy wants a password":   {&Error{Reason: ReasonProxy, ProxyStatus: 407}, [2]bool{false, false}},
		"proxy forbids the host":   {&Error{Reason: ReasonProxy, ProxyStatus: 403}, [2]bool{false, false}},
		"proxy has an outage":      {&Error{Reason: ReasonProxy, ProxyStatus: 502}, [2]bool{true, true}},
		"proxy variable is broken": {&Error{Reason: ReasonProxy}, [2]bool{false, false}},
		"connection reset":         {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, [2]bool{true, false}},
		"time ran out":             {fmt.Errorf("%w within 30s", errAttemptTimeout), [2]bool{true, false}},
		"refusal of our own":       {&Error{Reason: ReasonRedirect}, [2]bool{false, false}},
		"unknown authority":        {&tls.CertificateVerificationError{Err: errors.New("x")}, [2]bool{false, false}},
		"alert of the server":      {&net.OpError{Op: "remote error", Err: errors.New("tls: certificate required")}, [2]bool{false, false}},
		"http on the https port":   {fmt.Errorf("x: %w", http.ErrSchemeMismatch), [2]bool{false, false}},
	} {
		for index, repeatable := range []bool{true, false} {
			if got := retryableError(test.err, repeatable); got != test.repeated[index] {
				t.Errorf("%s, repeatable %t: retried %t", name, repeatable, got)
			}
		}
	}
}

func TestOnlyReadsAndIdempotentWritesAreRepeatable(t *testing.T) {
	t.Parallel()

	for _, wish := range []struct {
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
		if got := wish.isRepeatable(); got != wish.want {
			t.Errorf("%s, only reads %t: %t", wish.Method, wish.OnlyReads, got)
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

		// Without a network, anything that is sent panics.
		msg := message{method: http.MethodGet, url: target, origin: "https://acme.eu-1.celonis.cloud"}
		if _, err := new(sender).sendOnce(t.Context(), msg, 1); err == nil {
			t.Errorf("%s got the credentials", address)
		}
	}
}

func TestRetryAfterIsReadInEveryForm(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

	for value, want := range map[string]time.Duration{
		"7": 7 * time.Second, "0.5": 500 * time.Millisecond, "1795348830": 30 * time.Second, "1795348830000": 30 * time.Second,
		"2026-11-22T12:00:30Z": 30 * time.Second, "2026-11-22T13:00:30+0100": 30 * time.Second, "2026-11-22T12:00:30.000+00:00": 30 * time.Second,
		"2026-11-22 12:00:30": 30 * time.Second, "Sun, 22 Nov 2026 12:00:30 GMT": 30 * time.Second,
	} {
		if got, ok := parseWait(value, now); !ok || got != want {
			t.Errorf("%s: got %s, %t, want %s", value, got, ok, want)
		}
	}
}
