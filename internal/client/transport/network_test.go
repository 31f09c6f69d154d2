package transport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

func mustParse(t *testing.T, raw string) *url.URL {
	t.Helper()

	address, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}

	return address
}

// certificate creates a self-signed certificate for 127.0.0.1.
func certificate(t *testing.T, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}

	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	if change != nil {
		change(template)
	}

	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}

	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func pemText(certificate tls.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}))
}

// tlsServer serves an empty list over TLS.
func tlsServer(t *testing.T, config *tls.Config) string {
	t.Helper()

	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "{}")
	}))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.TLS = config
	server.StartTLS()
	t.Cleanup(server.Close)

	return server.URL
}

func TestTLSFailuresAreDistinguished(t *testing.T) {
	t.Parallel()

	good := certificate(t, nil)
	expired := certificate(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	early := certificate(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(30 * time.Minute) })
	foreign := certificate(t, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.example"} })
	unfit := certificate(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning} })

	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)

	plainHTTPS := strings.Replace(plain.URL, "http://", "https://", 1)
	garbage := "https://" + acceptingServer(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, "220 mail.example ESMTP\r\n")
		_, _ = io.Copy(io.Discard, conn)
		_ = conn.Close()
	})

	for name, test := range map[string]struct {
		url, proxy string
		trusted    tls.Certificate
		want       TLSProblem
	}{
		"unknown authority":  {url: tlsServer(t, &tls.Config{Certificates: []tls.Certificate{good}}), trusted: unfit, want: TLSUnknownAuthority},
		"expired":            {url: tlsServer(t, &tls.Config{Certificates: []tls.Certificate{expired}}), trusted: expired, want: TLSExpired},
		"not yet valid":      {url: tlsServer(t, &tls.Config{Certificates: []tls.Certificate{early}}), trusted: early, want: TLSNotYetValid},
		"wrong host name":    {url: tlsServer(t, &tls.Config{Certificates: []tls.Certificate{foreign}}), trusted: foreign, want: TLSWrongHost},
		"client certificate": {url: tlsServer(t, &tls.Config{Certificates: []tls.Certificate{unfit}}), trusted: unfit, want: TLSBadCertificate},
		"client certificate, TLS 1.3": {
			url:     tlsServer(t, &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert}),
			trusted: good, want: TLSClientCertificate,
		},
		"client certificate, TLS 1.2": {
			url: tlsServer(t, &tls.Config{ //nolint:gosec // An old server.
				Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12,
			}),
			trusted: good, want: TLSHandshake, // Many servers send an alert that gives no reason.
		},
		"TLS 1.1 only": {
			url: tlsServer(t, &tls.Config{ //nolint:gosec // An old server.
				Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
			}),
			trusted: good, want: TLSVersion,
		},
		"no common cipher": {
			url: tlsServer(t, &tls.Config{
				Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, //nolint:gosec // An old server.
			}),
			trusted: good, want: TLSHandshake,
		},
		"plain HTTP on the port":     {url: plainHTTPS, trusted: good, want: TLSPlainHTTP},
		"neither TLS nor HTTP":       {url: garbage, trusted: good, want: TLSOther},
		"TLS proxy that speaks HTTP": {url: aTeam, proxy: plainHTTPS, trusted: good, want: TLSPlainHTTP},
		"TLS proxy that is not trusted": {
			url: aTeam, proxy: tlsServer(t, &tls.Config{Certificates: []tls.Certificate{good}}), trusted: unfit, want: TLSUnknownAuthority,
		},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			t.Run(name+" "+method, func(t *testing.T) {
				t.Parallel()

				c := networkClient(t, test.url, func(o *Options) {
					o.CACertificate = pemText(test.trusted)
					withEnvironment(map[string]string{"HTTPS_PROXY": test.proxy})(o)
				})

				got := call(t, c, method)
				if got == nil || got.Reason != ReasonTLS || got.TLSProblem != test.want {
					t.Fatalf("call() = %+v, want %s", got, test.want)
				}

				if got.Attempts != 1 || got.MayHaveBeenApplied || (got.Proxy == "") != (test.proxy == "") {
					t.Errorf("%d attempts, may have been applied: %t, proxy %q: %v", got.Attempts, got.MayHaveBeenApplied, got.Proxy, got)
				}
			})
		}
	}
}

// An alert in the middle of a connection does not show whether the request was applied.
func TestRequestMayHaveBeenAppliedIfTheConnectionFailsAfterTheHandshake(t *testing.T) {
	t.Parallel()

	good := certificate(t, nil)
	address := acceptingServer(t, func(conn net.Conn) {
		server := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS12})
		_, _ = server.Read(make([]byte, 1024))
		_, _ = conn.Write([]byte("This is not a TLS record."))
		_ = conn.Close()
	})

	c := networkClient(t, "https://"+address, func(o *Options) { o.CACertificate = pemText(good) })

	got := call(t, c, http.MethodPost)
	if got == nil || !got.MayHaveBeenApplied || got.Attempts != 1 {
		t.Errorf("call() = %+v", got)
	}
}

func TestPlainHTTPStaysOnTheMachine(t *testing.T) {
	t.Parallel()

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	t.Cleanup(server.Close)

	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		t.Errorf("the proxy received %s %s with Authorization %q", req.Method, req.URL, req.Header.Get("Authorization"))
	}))
	t.Cleanup(proxy.Close)

	everywhere := map[string]string{}
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"} {
		everywhere[name] = proxy.URL
	}

	_, port, err := net.SplitHostPort(mustParse(t, server.URL).Host)
	if err != nil {
		t.Fatal(err)
	}

	for _, host := range []string{"127.0.0.1", "localhost"} {
		if got := call(t, networkClient(t, "http://"+host+":"+port, withEnvironment(everywhere)), http.MethodGet); got != nil {
			t.Errorf("%s: call() = %v", host, got)
		}
	}
}

func TestPlainHTTPDialsLoopbackAddressesOnly(t *testing.T) {
	t.Parallel()

	for address, want := range map[string]bool{
		"127.0.0.1:80": true, "127.9.9.9:80": true, "[::1]:80": true, "[::ffff:127.0.0.1]:80": true,
		"93.184.216.34:80": false, "10.0.0.1:80": false, "0.0.0.0:80": false, "[::]:80": false, "[fe80::1%eth0]:80": false, "localhost:80": false,
		"": false,
	} {
		if err := dialLoopback("tcp", address, nil); (err == nil) != want {
			t.Errorf("%q: error = %v", address, err)
		}
	}

	// A resolver might return the address of another machine for localhost. The test uses an address in 192.0.2.0/24, which is reserved for
	// documentation.
	opened, err := newNetwork("", 1, proxies{})
	if err != nil {
		t.Fatal(err)
	}

	resolved := roundTripFunc(func(req *http.Request) (*http.Response, error) {
		req = req.Clone(req.Context())
		req.URL.Host = "192.0.2.1:80"

		return opened.RoundTrip(req)
	})

	got := call(t, networkClient(t, "http://localhost", func(o *Options) { o.Network = resolved }), http.MethodPost)
	if got == nil || got.Reason != ReasonNotLoopback || !strings.Contains(got.Error(), "192.0.2.1:80") || got.Attempts != 1 || got.MayHaveBeenApplied {
		t.Errorf("call() = %+v", got)
	}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

// RoundTrip implements [http.RoundTripper].
func (f roundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// Older versions of Go's HTTP/2 client loop forever when they send a body to this server, and no timeout ends the loop.
func TestServerWithAnEmptyMaximumFrameSizeDoesNotBlockTheClient(t *testing.T) {
	t.Parallel()

	good := certificate(t, nil)
	address := acceptingServer(t, func(conn net.Conn) {
		defer conn.Close()

		server := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2"}})
		framer := http2.NewFramer(server, server)

		if _, err := io.CopyN(io.Discard, server, int64(len(http2.ClientPreface))); err != nil {
			return
		}

		_ = framer.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 0})

		for {
			if _, err := framer.ReadFrame(); err != nil {
				return
			}
		}
	})

	c := networkClient(t, "https://"+address, func(o *Options) {
		o.CACertificate, o.MaxRetries, o.RequestTimeout = pemText(good), 0, time.Second
	})

	ended := make(chan *Error, 1)
	go func() { ended <- call(t, c, http.MethodPost) }()

	select {
	case got := <-ended:
		if got == nil {
			t.Error("the request succeeded")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the request did not end")
	}
}

func TestCertificatesAreReadInEachFileFormat(t *testing.T) {
	t.Parallel()

	first, second := pemText(certificate(t, nil)), pemText(certificate(t, nil))
	bom := byteOrderMark

	for name, text := range map[string]string{
		"plain":                        first + second,
		"byte order mark at the start": bom + first + second,
		"byte order mark in between":   first + bom + second,
		"byte order marks everywhere":  bom + first + bom + second + bom,
		"byte order mark and CRLF":     strings.ReplaceAll(bom+first+bom+second, "\n", "\r\n"),
		"CRLF":                         strings.ReplaceAll(first+second, "\n", "\r\n"),
		"CR line endings":              strings.ReplaceAll(first+second, "\n", "\r"),
		"indented":                     "    " + strings.ReplaceAll(first+second, "\n", "\n    "),
		"trailing spaces":              strings.ReplaceAll(first+second, "\n", "  \n"),
		"no final line ending":         first + strings.TrimSpace(second),
		"empty lines and comments":     "# Corporate roots\n\n" + first + "\nsubject=CN = second -- END\n\n" + second + "\n# end\n",
		"BEGIN X509 CERTIFICATE":       strings.ReplaceAll(first, " CERTIFICATE", " X509 CERTIFICATE") + second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, unusable, err := ParseCertificates(text)
			if err != nil || len(got) != 2 || len(unusable) != 0 {
				t.Errorf("%d certificates, unusable = %v, error = %v", len(got), unusable, err)
			}
		})
	}
}

func TestErrorStatesTheNumberOfADamagedCertificate(t *testing.T) {
	t.Parallel()

	good := certificate(t, nil)
	certificatePEM := pemText(good)
	cut := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: good.Certificate[0][:100]}))
	long := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: append(slices.Clip(good.Certificate[0]), 5, 0)}))
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("hunter2")}))

	for name, test := range map[string][2]string{
		"base64 with a stray character": {certificatePEM + strings.Replace(certificatePEM, "MII", "MI*I", 1) + certificatePEM, "block 2 of 3 cannot be decoded"},
		"incomplete base64":             {certificatePEM + certificatePEM[:200], "block 2 of 2 cannot be decoded"},
		"missing last line":             {strings.Replace(certificatePEM, "-----END CERTIFICATE-----", "", 1) + certificatePEM, "block 1 of 2 cannot be decoded"},
		"missing first line":            {certificatePEM + strings.Replace(certificatePEM, "-----BEGIN CERTIFICATE-----", "", 1), "block 1 of 1 cannot be decoded"},
		"missing first line in block 1": {strings.Replace(certificatePEM, "-----BEGIN CERTIFICATE-----", "", 1) + certificatePEM, "block 1 of 2 cannot be decoded"},
		"missing dash":                  {certificatePEM + strings.Replace(certificatePEM, "-----BEGIN", "----BEGIN", 1), "block 2 of 2 cannot be decoded"},
		"missing dash in the last line": {certificatePEM + strings.Replace(certificatePEM, "ATE-----\nM", "ATE----\nM", 1), "block 2 of 2 cannot be decoded"},
		"different last line":           {strings.Replace(certificatePEM, "END CERTIFICATE", "END CERT", 1) + certificatePEM, "block 1 of 2 cannot be decoded"},
		"incomplete DER":                {certificatePEM + cut, "block 2 of 2 is not a certificate"},
		"data after the DER":            {certificatePEM + long, "block 2 of 2 is not a certificate"},
		"private key":                   {certificatePEM + key, `block 2 of 2 is of type "PRIVATE KEY"`},
		"typographic dashes":            {certificatePEM + strings.ReplaceAll(certificatePEM, "-----", "—————"), "block 2 of 2 cannot be decoded"},
		"quoted lines":                  {certificatePEM + "> " + strings.ReplaceAll(certificatePEM, "\n", "\n> "), "block 2 of 2 cannot be decoded"},
		"quotation marks":               {certificatePEM + `"` + certificatePEM + `"`, "block 2 of 2 cannot be decoded"},
		"on one line":                   {certificatePEM + strings.ReplaceAll(certificatePEM, "\n", " "), "block 2 of 2 cannot be decoded"},
		"escaped line breaks":           {certificatePEM + strings.ReplaceAll(certificatePEM, "\n", `\n`), "block 2 of 2 cannot be decoded"},
		"file name as text":             {"proxy-ca.pem", "no certificate in PEM format"},
		"byte order mark alone":         {byteOrderMark, "no certificate in PEM format"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, _, err := ParseCertificates(test[0])
			if err == nil || !strings.Contains(err.Error(), test[1]) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%d certificates, error = %v, want %q", len(got), err, test[1])
			}
		})
	}
}

// A corporate bundle may contain a root certificate with a negative serial number.
func TestCertificateRejectedByGoDoesNotAffectOthers(t *testing.T) {
	t.Parallel()

	good := certificate(t, nil)
	odd := strings.Replace(string(good.Certificate[0]), "\x02\x01\x01", "\x02\x01\x81", 1) // The serial number becomes -127.
	negative := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte(odd)}))

	got, unusable, err := ParseCertificates(pemText(good) + negative)
	if err != nil || len(got) != 1 || len(unusable) != 1 || !strings.Contains(unusable[0].Error(), "block 2 of 2: x509: negative serial number") {
		t.Errorf("%d certificates, unusable = %v, error = %v", len(got), unusable, err)
	}

	if _, _, err := ParseCertificates(negative); err == nil || !strings.Contains(err.Error(), "negative serial number") {
		t.Errorf("error = %v", err)
	}

	server := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{good}})
	if got := call(t, networkClient(t, server, func(o *Options) { o.CACertificate = negative + pemText(good) }), http.MethodGet); got != nil {
		t.Errorf("call() = %v", got)
	}
}
