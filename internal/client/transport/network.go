package transport

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"
)

// network sends requests over its own connections.
type network struct {
	proxies proxies
	// secure handles https. plain handles http, which must not leave the machine, so the plain transport uses no proxy and dials only
	// loopback addresses.
	secure, plain *http.Transport
}

// newNetwork returns a network that trusts the given PEM certificates in addition to the system roots.
func newNetwork(certificates string, connections int, proxies proxies) (*network, error) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}

	if certificates != "" {
		trusted, _, err := ParseCertificates(certificates)
		if err != nil {
			return nil, fmt.Errorf("invalid CA certificates: %w", err)
		}

		for _, certificate := range trusted {
			roots.AddCert(certificate)
		}
	}

	dialer := net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	local := dialer
	local.Control = dialLoopback

	return &network{
		proxies: proxies,
		secure: &http.Transport{
			Proxy:                  func(req *http.Request) (*url.URL, error) { return proxies.forURL(req.URL) },
			OnProxyConnectResponse: onConnectResponse,
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    10 * time.Second,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    connections,
			IdleConnTimeout:        90 * time.Second,
		},
		plain: &http.Transport{
			DialContext:         local.DialContext,
			MaxIdleConnsPerHost: connections,
			IdleConnTimeout:     90 * time.Second,
		},
	}, nil
}

// RoundTrip implements [http.RoundTripper].
func (n *network) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "https" {
		return n.plain.RoundTrip(req)
	}

	resp, err := n.secure.RoundTrip(req)
	if err != nil {
		return nil, withProxy(n.proxies.address, err)
	}

	return resp, nil
}

// dialLoopback rejects addresses that are not loopback addresses. The check runs after name resolution, because a resolver may return any address for
// localhost, and the credentials would be sent to that address unencrypted.
func dialLoopback(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return &Error{
			Reason: ReasonNotLoopback,
			Detail: fmt.Sprintf("the host name resolves to %s, which is not a loopback address; plain http would send the credentials "+
				"there unencrypted", address),
		}
	}

	return nil
}
