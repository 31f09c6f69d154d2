package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const aTeam = "https://acme.eu-1.celonis.cloud"

func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

// networkClient returns a client that opens real connections, and has a static key and short waits.
func networkClient(t *testing.T, baseURL string, change func(*Options)) *Transport {
	t.Helper()

	options := Options{
		BaseURL: baseURL, Credentials: Credentials{Mode: ModeUserKey, Key: NewSecret("some-user-key")},
		MaxConcurrentRequests: 1, RequestTimeout: 20 * time.Second, MaxRetries: 3, MaxRetryWait: time.Millisecond,
	}
	if change != nil {
		change(&options)
	}

	made, err := New(options)
	if err != nil {
		t.Fatal(err)
	}

	return made
}

func withEnvironment(variables map[string]string) func(*Options) {
	return func(o *Options) { o.Environment = environment(variables) }
}

// call sends a request, and returns the error, or nil if the request succeeds.
func call(t *testing.T, c *Transport, method string) *Error {
	t.Helper()

	var body []byte
	if method == http.MethodPost {
		body = []byte(`{"some": "object"}`)
	}

	req := Request{Area: Area{Name: "Some API"}, Method: method, Path: []string{"x"}, Body: body}

	_, err := Call(t.Context(), c, req, func(Reply) (struct{}, error) { return struct{}{}, nil })
	if err == nil {
		return nil
	}

	failure, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error = %T %v, want a transport.Error", err, err)
	}

	return failure
}

// closedPort returns a local address on which no program listens.
func closedPort(t *testing.T) string {
	t.Helper()

	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}

	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}

	return listener.Addr().String()
}

func TestUnusableProxyVariableIsAnError(t *testing.T) {
	t.Parallel()

	for name, value := range map[string]string{
		"carriage return":           "http://user:hunter2@proxy.example:3128\r",
		"line feed":                 "http://user:hunter2@proxy.example:3128\n",
		"leading space":             " http://user:hunter2@proxy.example:3128",
		"space in the host":         "http://user:hunter2@proxy .example:3128",
		"invisible character":       "http://user:hunter2@\u200bproxy.example:3128",
		"stray percent sign":        "http://user:hunter2%@proxy.example:3128",
		"percent sign without host": "user:hunter2%zz@proxy.example",
		"number sign in password":   "http://user:hunter2#x@proxy.example:3128",
		"slash in password":         "http://user:hunter2/x@proxy.example:3128",
		"digits before the slash":   "http://user:12/hunter2@proxy.example:3128",
		"question mark in password": "http://user:12?hunter2@proxy.example:3128",
		"unknown scheme":            "socks4://user:hunter2@proxy.example:1080",
		"mistyped scheme":           "htp://user:hunter2@proxy.example:3128",
		"one slash":                 "http:/user:hunter2@proxy.example:3128",
		"no slash":                  "http:user:hunter2@proxy.example:3128",
		"doubled scheme":            "http://http://user:hunter2@proxy.example:3128",
		"no host":                   "http://user:hunter2@:3128",
		"port alone":                ":3128",
		"scheme alone":              "http://",
		"port out of range":         "http://user:hunter2@proxy.example:70000",
		"port 0":                    "http://user:hunter2@proxy.example:0",
		"port that is a word":       "http://user:hunter2@proxy.example:http",
		"path":                      "http://proxy.example:3128/hunter2.pac",
		"quotation marks":           `"http://user:hunter2@proxy.example:3128"`,
	} {
		for _, variable := range []string{"HTTPS_PROXY", "https_proxy"} {
			t.Run(name+" in "+variable, func(t *testing.T) {
				t.Parallel()

				env := environment(map[string]string{variable: value})

				err := CheckProxy(env, aTeam)
				if err == nil || !strings.Contains(err.Error(), variable) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("error = %v, want an error that names the variable without its value", err)
				}

				// The check covers only the given URLs. A request to another URL fails instead of connecting directly.
				proxy, err := newProxies(env).forURL(mustParse(t, aTeam))
				if err == nil || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("forURL() = %v, %v, want an error", proxy, err)
				}

				_, err = New(Options{
					BaseURL: aTeam, Credentials: Credentials{Mode: ModeUserKey, Key: NewSecret("some-user-key")},
					MaxConcurrentRequests: 1, RequestTimeout: time.Second, MaxRetryWait: time.Second, Environment: env,
				})
				if err == nil || !strings.Contains(err.Error(), variable) {
					t.Errorf("error = %v", err)
				}
			})
		}
	}
}

func TestProxyIsChosenFromTheEnvironment(t *testing.T) {
	t.Parallel()

	const proxy = "http://user:p%40ss@proxy.example:3128"

	for name, test := range map[string]struct {
		variables map[string]string
		url, want string
	}{
		"none":                      {nil, aTeam, ""},
		"HTTPS_PROXY":               {map[string]string{"HTTPS_PROXY": proxy}, aTeam, proxy},
		"https_proxy":               {map[string]string{"https_proxy": proxy}, aTeam, proxy},
		"both":                      {map[string]string{"HTTPS_PROXY": proxy, "https_proxy": "http://other"}, aTeam, proxy},
		"no scheme":                 {map[string]string{"HTTPS_PROXY": "user:pw@proxy.example:3128"}, aTeam, "http://user:pw@proxy.example:3128"},
		"no port":                   {map[string]string{"HTTPS_PROXY": "proxy"}, aTeam, "http://proxy"},
		"IPv6":                      {map[string]string{"HTTPS_PROXY": "http://[fd00::1]:3128/"}, aTeam, "http://[fd00::1]:3128/"},
		"https":                     {map[string]string{"HTTPS_PROXY": "https://proxy.example"}, aTeam, "https://proxy.example"},
		"SOCKS":                     {map[string]string{"HTTPS_PROXY": "socks5h://proxy.example:1080"}, aTeam, "socks5h://proxy.example:1080"},
		"byte order mark":           {map[string]string{"HTTPS_PROXY": "\ufeff" + proxy}, aTeam, proxy},
		"HTTP_PROXY does not apply": {map[string]string{"HTTP_PROXY": "%", "ALL_PROXY": "%"}, aTeam, ""},
		"excepted host":             {map[string]string{"HTTPS_PROXY": "%", "NO_PROXY": "10.0.0.0/8, .celonis.cloud"}, aTeam, ""},
		"excepted host, lower case": {map[string]string{"HTTPS_PROXY": "%", "no_proxy": "acme.eu-1.celonis.cloud\r"}, aTeam, ""},
		"all hosts excepted":        {map[string]string{"HTTPS_PROXY": "%", "NO_PROXY": "*"}, aTeam, ""},
		"another host excepted":     {map[string]string{"HTTPS_PROXY": proxy, "NO_PROXY": "http://x, 192.168.*, other.celonis.cloud"}, aTeam, proxy},
		"loopback":                  {map[string]string{"HTTPS_PROXY": proxy}, "https://127.0.0.1:8443", ""},
		"localhost":                 {map[string]string{"HTTPS_PROXY": proxy}, "https://localhost:8443", ""},
		"subdomain of localhost":    {map[string]string{"HTTPS_PROXY": proxy}, "https://acme.localhost", proxy},
		"http":                      {map[string]string{"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy}, "http://localhost:8080", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			env := environment(test.variables)
			if err := CheckProxy(env, test.url); err != nil {
				t.Errorf("CheckProxy() = %v", err)
			}

			got, err := newProxies(env).forURL(mustParse(t, test.url))
			if err != nil || (got == nil) != (test.want == "") || got != nil && got.String() != test.want {
				t.Errorf("forURL() = %v, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestExceptionWithoutEffectIsAnError(t *testing.T) {
	t.Parallel()

	for _, value := range []string{
		"https://acme.eu-1.celonis.cloud", "https://acme.eu-1.celonis.cloud/x,localhost", "localhost acme.eu-1.celonis.cloud",
		"localhost;.celonis.cloud", `"celonis.cloud"`, "other,'acme.eu-1.celonis.cloud'", "\ufeff'acme.eu-1.celonis.cloud:443'",
	} {
		err := CheckProxy(environment(map[string]string{"HTTPS_PROXY": "proxy.example", "NO_PROXY": value}), aTeam)
		if err == nil || !strings.Contains(err.Error(), "NO_PROXY") || !strings.Contains(err.Error(), "acme.eu-1.celonis.cloud") {
			t.Errorf("%q: error = %v", value, err)
		}
	}
}

func TestProxyRefusalIsReported(t *testing.T) {
	t.Parallel()

	for status, attempts := range map[int]int32{
		407: 1, 401: 1, 403: 1, 400: 1, 302: 1, 405: 1, 500: 4, 502: 4, 503: 4, 504: 4, 522: 4,
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			t.Run(fmt.Sprintf("%d %s", status, method), func(t *testing.T) {
				t.Parallel()

				var connects atomic.Int32

				proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					connects.Add(1)

					if req.Method != http.MethodConnect || req.Host != "acme.eu-1.celonis.cloud:443" || req.Header.Get("Authorization") != "" {
						t.Errorf("the proxy received %s %s with %v", req.Method, req.Host, req.Header)
					}

					w.Header().Set("Retry-After", "3600")
					w.WriteHeader(status)
					_, _ = io.WriteString(w, "<html><title>Squid</title></html>")
				}))
				t.Cleanup(proxy.Close)

				address := strings.Replace(proxy.URL, "http://", "http://user:hunter2@", 1)
				c := networkClient(t, aTeam, withEnvironment(map[string]string{"HTTPS_PROXY": address}))

				got := call(t, c, method)
				if got.Reason != ReasonProxy || got.ProxyStatus != status || got.Status != 0 || "http://"+got.Proxy != proxy.URL {
					t.Errorf("reason = %s: %+v", got.Reason, got)
				}

				for _, part := range []string{
					"the proxy " + got.Proxy + " refused to connect to acme.eu-1.celonis.cloud:443", fmt.Sprintf(": %d", status),
				} {
					if !strings.Contains(got.Error(), part) {
						t.Errorf("the error lacks %q: %v", part, got)
					}
				}

				if strings.Contains(got.Error(), "hunter2") {
					t.Errorf("the error contains the password: %v", got)
				}

				isAboutAccount := strings.Contains(got.Error(), "the user name and password came from HTTPS_PROXY")
				if want := status == http.StatusProxyAuthRequired || status == http.StatusUnauthorized; isAboutAccount != want {
					t.Errorf("the error mentions the account: %t, want %t: %v", isAboutAccount, want, got)
				}

				if connects.Load() != attempts || got.MayHaveBeenApplied {
					t.Errorf("%d attempts, want %d; may have been applied: %t", connects.Load(), attempts, got.MayHaveBeenApplied)
				}
			})
		}
	}
}

// socksProxy starts a SOCKS proxy that responds to each message from a client with the next of the given replies.
func socksProxy(t *testing.T, connects *atomic.Int32, replies ...string) string {
	t.Helper()

	return acceptingServer(t, func(conn net.Conn) {
		defer conn.Close()

		connects.Add(1)

		for _, reply := range replies {
			if _, err := conn.Read(make([]byte, 512)); err != nil {
				return
			}

			_, _ = io.WriteString(conn, reply)
		}

		_, _ = io.Copy(io.Discard, conn)
	})
}

func TestSOCKSProxyRefusalIsReported(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		part    string
		replies []string
	}{
		"no common authentication method":  {"no acceptable authentication methods", []string{"\x05\xff"}},
		"wrong password":                   {"username/password authentication failed", []string{"\x05\x02", "\x01\x01"}},
		"not allowed by the proxy's rules": {"connection not allowed by ruleset", []string{"\x05\x00", "\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"}},
		"host unreachable":                 {"host unreachable", []string{"\x05\x00", "\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00"}},
		"HTTP response":                    {"unexpected protocol version 72", []string{"HTTP/1.1 400 Bad Request\r\n\r\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var connects atomic.Int32

			address := socksProxy(t, &connects, test.replies...)
			c := networkClient(t, aTeam, withEnvironment(map[string]string{"HTTPS_PROXY": "socks5://user:hunter2@" + address}))

			got := call(t, c, http.MethodPost)
			if got == nil || got.Reason != ReasonProxy || got.Proxy != address || got.MayHaveBeenApplied || connects.Load() != 1 {
				t.Fatalf("%d attempts: %+v", connects.Load(), got)
			}

			want := "the proxy " + address + " refused to connect to acme.eu-1.celonis.cloud:443: "
			if text := got.Error(); !strings.Contains(text, want) || !strings.Contains(text, test.part) || strings.Contains(text, "hunter2") {
				t.Errorf("call() = %q, want %q and %q", text, want, test.part)
			}
		})
	}
}

func TestProxyPasswordIsRedacted(t *testing.T) {
	t.Parallel()

	for _, scheme := range []string{"http://", "https://", "socks5://", ""} {
		const address = "user:p%40ss-hunter2@proxy.example:3128"

		c := networkClient(t, aTeam, withEnvironment(map[string]string{"HTTPS_PROXY": scheme + address}))

		for _, text := range []string{"p@ss-hunter2", "see " + scheme + address, "Basic dXNlcjpwQHNzLWh1bnRlcjI=", "dXNlcjpwQHNzLWh1bnRlcjI="} {
			if shown := c.Show(text); !strings.Contains(shown, "***") || strings.Contains(shown, "hunter2") {
				t.Errorf("with the proxy %q, the text %q is shown as %q", scheme+address, text, shown)
			}
		}
	}

	for _, address := range []string{"", "http://proxy.example:3128", "http://user@proxy.example:3128"} {
		c := networkClient(t, aTeam, withEnvironment(map[string]string{"HTTPS_PROXY": address}))

		if shown := c.Show("user@proxy.example:3128"); shown != "user@proxy.example:3128" {
			t.Errorf("with the proxy %q, the text is shown as %q", address, shown)
		}
	}
}

// A proxy that inspects TLS responds in place of the service.
func TestProxyWithinTheTunnelIsReported(t *testing.T) {
	t.Parallel()

	for _, body := range []string{"", "<html><title>Squid</title></html>", `{"error": "Proxy Authentication Required"}`} {
		var requests atomic.Int32

		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests.Add(1)
			w.WriteHeader(http.StatusProxyAuthRequired)
			_, _ = io.WriteString(w, body)
		}))
		t.Cleanup(server.Close)

		got := call(t, networkClient(t, server.URL, nil), http.MethodGet)
		if got == nil || got.Reason != ReasonProxy || got.ProxyStatus != http.StatusProxyAuthRequired || requests.Load() != 1 {
			t.Errorf("%q: %d requests, error = %+v", body, requests.Load(), got)
		}
	}
}

// A request that did not reach a server may be repeated, even if the request is not otherwise repeatable.
func TestRequestThatReachedNoServerIsRepeated(t *testing.T) {
	t.Parallel()

	silent := silentServer(t)
	closing := acceptingServer(t, func(conn net.Conn) { _ = conn.Close() })

	for name, test := range map[string]struct {
		baseURL, proxy, part string
		attempts             int
	}{
		"closed port":             {"https://" + closedPort(t), "", "connection refused", 3},
		"closed proxy port":       {aTeam, "http://" + closedPort(t), "cannot connect to the proxy 127.0.0.1:", 3},
		"closed SOCKS proxy port": {aTeam, "socks5://" + closedPort(t), "cannot connect to the proxy 127.0.0.1:", 3},
		"closed TLS proxy port":   {aTeam, "https://" + closedPort(t), "cannot connect to the proxy 127.0.0.1:", 3},
		"unknown host name":       {"https://acme.invalid", "", "the host name acme.invalid ", 3},
		"unknown proxy host name": {aTeam, "http://proxy.invalid:3128", "cannot connect to the proxy proxy.invalid:3128: the host name proxy.invalid ", 3},
		"server disconnects":      {"https://" + closing, "", "during the TLS handshake", 4},
		"proxy disconnects":       {aTeam, "http://" + closing, "before the request was sent", 4},
		"SOCKS proxy disconnects": {aTeam, "socks5://" + closing, "", 4},
		"server does not respond": {"https://" + silent, "", "no complete response", 4},
		"proxy does not respond":  {aTeam, "http://" + silent, "no complete response", 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			c := networkClient(t, test.baseURL, func(o *Options) {
				withEnvironment(map[string]string{"HTTPS_PROXY": test.proxy})(o)

				if strings.Contains(name, "does not respond") {
					o.RequestTimeout = 50 * time.Millisecond
				}
			})

			got := call(t, c, http.MethodPost)
			if got == nil || !strings.Contains(got.Error(), test.part) {
				t.Fatalf("call() = %v, want %q", got, test.part)
			}

			if got.MayHaveBeenApplied || got.Attempts != test.attempts {
				t.Errorf("%d attempts, want %d; may have been applied: %t (%v)", got.Attempts, test.attempts, got.MayHaveBeenApplied, got)
			}
		})
	}
}

// acceptingServer starts a server that passes each connection to a function, and returns the server's address.
func acceptingServer(t *testing.T, serve func(net.Conn)) string {
	t.Helper()

	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = listener.Close() })

	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}

			go serve(conn)
		}
	}()

	return listener.Addr().String()
}

// silentServer reads all input and never responds.
func silentServer(t *testing.T) string {
	t.Helper()

	return acceptingServer(t, func(conn net.Conn) {
		_, _ = io.Copy(io.Discard, conn)
		_ = conn.Close()
	})
}
