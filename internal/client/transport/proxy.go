package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/http/httpproxy"
)

// proxies decides which requests go through a proxy. The rules differ from [http.ProxyFromEnvironment] in three ways. An unusable value is an error,
// whereas net/http would connect directly. Plain http, which is allowed only for loopback addresses, never uses a proxy. The variables are read once
// per client instead of once per process.
type proxies struct {
	// variable is the name of the variable that specifies the proxy, as spelled in the environment.
	variable string
	// address is nil if no proxy is set, or if the variable's value cannot be used (see problem).
	address *url.URL
	problem error
	// noProxy is the value of NO_PROXY. The applies function reports whether requests to an https URL go through the proxy.
	noProxyVariable, noProxy string
	applies                  func(*url.URL) bool
}

// newProxies reads HTTPS_PROXY and NO_PROXY, in upper or lower case. If env is nil, there is no proxy.
func newProxies(env func(name string) string) proxies {
	if env == nil {
		return proxies{}
	}

	var (
		found proxies
		value string
	)

	found.variable, value = firstVariable(env, "HTTPS_PROXY", "https_proxy")
	found.noProxyVariable, found.noProxy = firstVariable(env, "NO_PROXY", "no_proxy")

	if value == "" {
		return found
	}

	found.applies = usesProxy(found.noProxy)
	found.address, found.problem = parseProxy(value)

	return found
}

// firstVariable returns the first variable that is set, in the order in which net/http reads them.
func firstVariable(env func(name string) string, names ...string) (name, value string) {
	for _, name := range names {
		if value := strings.Trim(env(name), byteOrderMark); value != "" {
			return name, value
		}
	}

	return names[0], ""
}

// usesProxy returns a function that reports whether requests to a URL go through the proxy, given the value of NO_PROXY.
func usesProxy(noProxy string) func(*url.URL) bool {
	config := httpproxy.Config{HTTPSProxy: "http://proxy.invalid", NoProxy: noProxy}
	choose := config.ProxyFunc()

	return func(address *url.URL) bool {
		proxy, err := choose(address)

		return proxy != nil && err == nil
	}
}

// CheckProxy checks the proxy variables for the given URLs, so that mistakes are reported before the first request. Variables that affect none of the
// URLs are ignored. The error names the variable but never quotes its value, which may contain a password.
func CheckProxy(env func(name string) string, addresses ...string) error {
	found := newProxies(env)

	for _, raw := range addresses {
		address, err := url.Parse(raw)
		if err != nil {
			continue // Other checks reject an invalid URL.
		}

		proxy, err := found.forURL(address)
		if err != nil {
			return err
		}

		if proxy == nil {
			continue
		}

		if err := found.checkExceptions(address); err != nil {
			return err
		}
	}

	return nil
}

// forURL returns the proxy for a URL, or nil for a direct connection.
func (p proxies) forURL(address *url.URL) (*url.URL, error) {
	if address.Scheme != "https" || p.applies == nil || !p.applies(address) {
		return nil, nil //nolint:nilnil // http.Transport.Proxy expects this if there is no proxy.
	}

	if p.problem != nil {
		return nil, &Error{
			Reason: ReasonProxy,
			Detail: fmt.Sprintf("the %s environment variable cannot be used: %v", p.variable, p.problem),
		}
	}

	return p.address, nil
}

// password returns the proxy's password, or an empty secret if there is none. The redactor needs the password, because the proxy's error pages may
// repeat it.
func (p proxies) password() Secret {
	if p.address == nil {
		return Secret{}
	}

	password, _ := p.address.User.Password()

	return NewSecret(password)
}

// checkExceptions rejects a NO_PROXY that lists the host of a URL in a form that has no effect, such as a whole URL or a list separated by spaces.
// Entries for other hosts are ignored, because they do not affect this provider.
func (p proxies) checkExceptions(address *url.URL) error {
	entries := strings.FieldsFunc(p.noProxy, func(char rune) bool {
		return char == ',' || char == ';' || unicode.IsSpace(char)
	})

	for _, entry := range entries {
		meant := strings.Trim(entry, byteOrderMark+`"'`)
		if _, rest, isURL := strings.Cut(meant, "://"); isURL {
			meant, _, _ = strings.Cut(rest, "/")
		}

		if !usesProxy(meant)(address) {
			return fmt.Errorf("the %s environment variable cannot be used: its entry for %s has no effect. Separate host names with "+
				"commas, and write them without a scheme, path or quotation marks", p.noProxyVariable, address.Hostname())
		}
	}

	return nil
}

// parseProxy parses a proxy address, which is either a URL or the host and port of an http proxy. Its errors do not quote the value.
func parseProxy(value string) (*url.URL, error) {
	if strings.ContainsFunc(value, func(char rune) bool { return unicode.IsSpace(char) || !unicode.IsPrint(char) }) {
		return nil, errors.New("the value contains a space, a line break or an invisible character")
	}

	if !strings.Contains(value, "://") {
		value = "http://" + value
	}

	address, err := url.Parse(value)
	if err != nil {
		return nil, errors.New("the value is not a URL such as http://user:password@proxy.example:3128. Percent-encode special characters in " +
			"the user name and the password")
	}

	switch {
	case !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, address.Scheme):
		return nil, errors.New("the value must begin with http://, https:// or socks5://")
	case (address.Path != "" && address.Path != "/") || address.RawQuery != "" || address.Fragment != "":
		// The password probably contains an unencoded slash, question mark or number sign, which the parser took for the end of the host.
		return nil, errors.New("only a host and a port may follow the scheme, the user name and the password. Percent-encode special " +
			"characters in the password")
	case !isHost(address.Hostname()) || !isPort(address.Port()),
		isSchemeName(address.Hostname()) || isSchemeName(address.User.Username()): // This catches http:/proxy and http:user@proxy.
		return nil, errors.New("the value does not contain a valid host and port")
	}

	return address, nil
}

// onConnectResponse converts a proxy's refusal to open a tunnel to an [Error], before net/http reduces it to text.
func onConnectResponse(_ context.Context, proxy *url.URL, request *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}

	status := strings.TrimSpace(fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode)))

	failure := &Error{
		Reason: ReasonProxy, ProxyStatus: resp.StatusCode, Proxy: proxy.Host,
		Detail: fmt.Sprintf("the proxy %s refused to connect to %s: %s", proxy.Host, request.Host, status),
	}

	switch {
	case !failure.IsProxyAccountRefused():
	case proxy.User != nil:
		failure.Detail += "; the user name and password came from HTTPS_PROXY"
	default:
		failure.Detail += "; no user name and password were sent"
	}

	return failure
}

// proxyError is a failure to reach a proxy.
type proxyError struct {
	proxy string
	err   error
}

// Error implements error.
func (e *proxyError) Error() string {
	return fmt.Sprintf("cannot connect to the proxy %s: %v", e.proxy, e.err)
}

// Unwrap returns the original error.
func (e *proxyError) Unwrap() error { return e.err }

// withProxy adds the proxy's address to an error if the proxy, rather than the server behind it, caused the failure.
func withProxy(proxy *url.URL, err error) error {
	operation, ok := errors.AsType[*net.OpError](err)

	switch {
	case !ok || proxy == nil:
		return err
	case operation.Op == "proxyconnect":
		return &proxyError{proxy: proxy.Host, err: operation.Err}
	case operation.Op == "socks connect" && isType[net.Error](operation.Err), operation.Op == "socks connect" && isBroken(operation.Err):
		return err // The connection to the proxy was lost.
	case operation.Op == "socks connect":
		return &Error{
			Reason: ReasonProxy, Proxy: proxy.Host,
			Detail: fmt.Sprintf("the proxy %s refused to connect to %s: %v", proxy.Host, operation.Addr, operation.Err),
		}
	default:
		return err
	}
}
