package transport

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// rawServer counts requests, responds to each request with the given bytes, and then closes the connection.
func rawServer(t *testing.T, respond func(io.Writer)) (address string, requests *atomic.Int32) {
	t.Helper()

	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = listener.Close() })

	requests = &atomic.Int32{}

	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}

			go func() {
				defer conn.Close()

				if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
					return
				}

				requests.Add(1)
				respond(conn)
			}()
		}
	}()

	return "http://" + listener.Addr().String(), requests
}

// TestResponsesThatAreNotHTTPAreErrors checks that a call returns either the whole value or a typed error, whatever bytes it receives, and that a
// create is never repeated.
func TestResponsesThatAreNotHTTPAreErrors(t *testing.T) {
	t.Parallel()

	text := func(text string) func(io.Writer) {
		return func(w io.Writer) { _, _ = io.WriteString(w, text) }
	}
	endless := func(first, repeated string) func(io.Writer) {
		return func(w io.Writer) {
			_, err := io.WriteString(w, first)
			for err == nil {
				_, err = io.WriteString(w, repeated)
			}
		}
	}

	const hints = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"

	for name, test := range map[string]struct {
		respond func(io.Writer)
		want    string // want is the expected body or error reason.
	}{
		"two lengths":                {text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\n{}   "), string(ReasonConnection)},
		"the same length twice":      {text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}"), "{}"},
		"a negative length":          {text("HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}"), string(ReasonConnection)},
		"too short":                  {text("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"), string(ReasonConnection)},
		"a length and chunks":        {text("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), "{}"},
		"chunks without an end":      {text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"), string(ReasonConnection)},
		"an invalid chunk size":      {text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n{}\r\n0\r\n\r\n"), string(ReasonConnection)},
		"an unknown coding":          {text("HTTP/1.1 200 OK\r\nTransfer-Encoding: br\r\n\r\n{}"), string(ReasonConnection)},
		"trailers":                   {text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Location, Set-Cookie\r\n\r\n2\r\n{}\r\n0\r\nLocation: https://evil.example/\r\nSet-Cookie: a=b\r\n\r\n"), "{}"},
		"body without a length":      {text("HTTP/1.0 200 OK\r\n\r\n{}"), "{}"},
		"a few interim responses":    {text(hints + "HTTP/1.1 100 Continue\r\n\r\n" + hints + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), "{}"},
		"endless interim responses":  {endless("", hints), string(ReasonConnection)},
		"an endless header":          {endless("HTTP/1.1 200 OK\r\n", "X: "+strings.Repeat("x", 4000)+"\r\n"), string(ReasonConnection)},
		"an endless line":            {endless("HTTP/1.1 200 ", strings.Repeat("x", 4000)), string(ReasonConnection)},
		"another protocol":           {text("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n{}"), string(ReasonInvalidResponse)},
		"SSH":                        {text("SSH-2.0-OpenSSH_9.6\r\n"), string(ReasonConnection)},
		"no status":                  {text("HTTP/1.1 OK\r\n\r\n"), string(ReasonConnection)},
		"a status of three zeros":    {text("HTTP/1.1 000 Nothing\r\nContent-Length: 2\r\n\r\n{}"), string(ReasonInvalidResponse)},
		"nothing":                    {text(""), string(ReasonConnection)},
		"invalid gzip":               {text("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"), string(ReasonConnection)},
		"cookies":                    {text("HTTP/1.1 200 OK\r\nSet-Cookie: session=1; Path=/\r\nContent-Length: 2\r\n\r\n{}"), "{}"},
		"line break in the location": {text("HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\n\tx\r\nContent-Length: 0\r\n\r\n"), string(ReasonRedirect)},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			t.Run(name+", "+method, func(t *testing.T) {
				t.Parallel()

				address, requests := rawServer(t, test.respond)

				made, err := New(Options{
					BaseURL: address, Credentials: Credentials{Mode: ModeUserKey, Key: NewSecret("a-user-key")}, MaxConcurrentRequests: 1,
					RequestTimeout: time.Minute, MaxRetries: 1, MaxRetryWait: time.Millisecond,
				})
				if err != nil {
					t.Fatal(err)
				}

				got, err := Call(t.Context(), made, Request{Method: method, Path: []string{"x"}, Body: []byte("{}")}, func(resp Reply) (string, error) {
					return string(resp.Body), nil
				})
				if failure, ok := errors.AsType[*Error](err); ok {
					got = string(failure.Reason)
				} else if err != nil {
					got = fmt.Sprintf("%v (%T)", err, err)
				}

				if got != test.want {
					t.Errorf("%s, want %s: %v", got, test.want, err)
				}

				if most := map[string]int32{http.MethodGet: 2, http.MethodPost: 1}[method]; requests.Load() > most {
					t.Errorf("%d requests were sent, want at most %d", requests.Load(), most)
				}
			})
		}
	}
}
