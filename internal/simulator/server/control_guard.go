package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// bodyTimeout is the time within which a request body must arrive.
const bodyTimeout = 10 * time.Second

// GuardControl protects the control API, which requires no credentials, from web pages in a browser on the same machine. A malicious page could
// send requests to the simulator, and could make its own host name resolve to the simulator's address (DNS rebinding). Therefore, the Host
// header must identify the simulator, and cross-origin requests are rejected. A request with a body must have the Content-Type
// application/json, which a page cannot set without a preflight request. The hosts argument lists the host names that identify the
// simulator in addition to its addresses.
func GuardControl(next http.Handler, hosts []string) http.Handler {
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isOwnHost(r, hosts) {
			http.Error(w, fmt.Sprintf("The control API does not accept the host %q. Use the address that the simulator listens on.", r.Host),
				http.StatusForbidden)

			return
		}

		body, status, err := readControlBody(w, r)
		if err != nil {
			http.Error(w, err.Error(), status)

			return
		}

		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	}))
}

// isOwnHost reports whether the host of a request is localhost, a loopback address, the address that the request arrived at, or one of the
// given names.
func isOwnHost(r *http.Request, hosts []string) bool {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}

	host = strings.ToLower(strings.Trim(host, "[]"))

	if ip := net.ParseIP(host); ip != nil {
		local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)

		return ip.IsLoopback() || ok && local.IP.Equal(ip)
	}

	return host == "localhost" || slices.ContainsFunc(hosts, func(name string) bool { return strings.EqualFold(name, host) })
}

var (
	errNotJSON      = errors.New("the body must be JSON with the header Content-Type: application/json (with curl, use --json)")
	errBodyTooLarge = fmt.Errorf("the body is larger than %d bytes", MaxBody)
	errSlowBody     = fmt.Errorf("the body did not arrive within %s", bodyTimeout)
)

// readControlBody returns the body of a request, or the status and the error for the response.
func readControlBody(w http.ResponseWriter, r *http.Request) ([]byte, int, error) {
	body, err := readInTime(w, r, http.MaxBytesReader(w, r.Body, MaxBody))

	_, isTooLarge := errors.AsType[*http.MaxBytesError](err)

	switch {
	case isTooLarge:
		return nil, http.StatusRequestEntityTooLarge, errBodyTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, http.StatusRequestTimeout, errSlowBody
	case err != nil:
		return nil, http.StatusBadRequest, err
	case len(body) == 0:
		return nil, 0, nil
	}

	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != TypeJSON {
		return nil, http.StatusUnsupportedMediaType, errNotJSON
	}

	return body, 0, nil
}

// readInTime reads a whole body, with a deadline that applies only to the body. A server-wide deadline would also end requests to which the
// simulator intentionally responds late or never. After an error, the deadline remains set, so that the server does not wait for the
// remaining bytes of the body.
func readInTime(w http.ResponseWriter, r *http.Request, body io.Reader) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return []byte{}, nil
	}

	control := http.NewResponseController(w)
	hasDeadlines := control.SetReadDeadline(time.Now().Add(bodyTimeout)) == nil // The response recorders in tests do not support deadlines.

	read, err := io.ReadAll(body)
	if err == nil && hasDeadlines {
		err = control.SetReadDeadline(time.Time{})
	}

	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}

	return read, nil
}
