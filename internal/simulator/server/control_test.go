package server_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func TestControlReturnsAndClearsTheJournal(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	if got := tm.Steer(http.MethodGet, "/-/journal", ""); got.Body != "[]\n" {
		t.Errorf("the empty journal is returned as %q", got.Body)
	}

	tm.Get(simulatortest.ModelsPath)

	var entries []simulator.Entry

	got := tm.Steer(http.MethodGet, "/-/journal", "").Want(http.StatusOK)
	if err := json.Unmarshal([]byte(got.Body), &entries); err != nil || len(entries) != 1 || entries[0].Path != simulatortest.ModelsPath {
		t.Errorf("body = %s, error = %v", got.Body, err)
	}

	if !strings.Contains(got.Body, `"path":"`+simulatortest.ModelsPath+`"`) || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%v %s", got.Header, got.Body)
	}

	tm.Steer(http.MethodDelete, "/-/journal", "").Want(http.StatusNoContent)

	if len(tm.Journal()) != 0 {
		t.Error("the journal is not empty")
	}
}

func TestControlInjectsFaults(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		tm := simulatortest.NewTeam(t, simulator.Options{})
		tm.Steer(http.MethodPost, "/-/faults",
			`{"method":"GET","path":"/intelligence/*","skip":1,"times":2,"status":503,"header":{"x-a":["b"]},"delay":"1.5s"}`).
			Want(http.StatusNoContent)

		start := time.Now()

		for _, want := range []int{200, 503, 503, 200} {
			tm.Get(simulatortest.ModelsPath).Want(want)
		}

		if waited := time.Since(start); waited != 3*time.Second {
			t.Errorf("the response took %v", waited)
		}
	})
}

func TestControlRejectsInvalidFaults(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})

	for _, body := range []string{
		"", "x", "[]", "{}", `{"path":"/x"}`, `{"stauts":500}`, `{"status":500,"tmies":2}`, `{"delay":"soon"}`, `{"delay":5}`,
		`{"status":99}`, `{"status":101}`, `{"status":199}`, `{"status":600}`, `{"status":-1}`, `{"status":500,"skip":-1}`,
		`{"status":500,"times":-2}`, `{"status":500,"delay":"-1s"}`, `{"status":500,"cutBodyAt":-1}`,
		`{"status":500,"redirectStatus":302}`, `{"redirect":"/","redirectStatus":200}`,
	} {
		tm.Steer(http.MethodPost, "/-/faults", body).Want(http.StatusBadRequest)
	}

	tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)
}

func TestControlExpiresTokens(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	header := "Bearer " + tm.Token(simulatortest.ModelsScope)

	tm.Steer(http.MethodPost, "/-/expire-tokens", "").Want(http.StatusNoContent)
	tm.Do(http.MethodGet, simulatortest.ModelsPath, "", "Authorization", header).Want(http.StatusUnauthorized)
}

func TestControlRejectsOtherPaths(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	tm.Steer(http.MethodPut, "/-/faults", "").Want(http.StatusMethodNotAllowed)
	tm.Steer(http.MethodGet, "/-/nothing", "").Want(http.StatusNotFound)
	tm.Steer(http.MethodGet, simulatortest.ModelsPath, "").Want(http.StatusNotFound)
}

func TestControlListsAndRemovesFaults(t *testing.T) {
	t.Parallel()

	const first, second = `{"path":"/x","query":{"page":"2"},"skip":1,"times":2,"status":503,"delay":"1.5s"}`,
		`{"times":-1,"endlessPages":true}`

	tm := simulatortest.NewTeam(t, simulator.Options{})
	if got := tm.Steer(http.MethodGet, "/-/faults", "").Want(http.StatusOK); got.Body != "[]\n" {
		t.Errorf("the empty list of faults is returned as %q", got.Body)
	}

	for _, fault := range []string{first, second} {
		tm.Steer(http.MethodPost, "/-/faults", fault).Want(http.StatusNoContent)
	}

	got := tm.Steer(http.MethodGet, "/-/faults", "").Want(http.StatusOK)

	var listed []json.RawMessage
	if err := json.Unmarshal([]byte(got.Body), &listed); err != nil || len(listed) != 2 || string(listed[1]) != second {
		t.Fatalf("body = %s, error = %v", got.Body, err)
	}

	for _, part := range []string{`"query":{"page":"2"}`, `"skip":1`, `"times":2`, `"status":503`, `"delay":"1.5s"`} {
		if !strings.Contains(string(listed[0]), part) {
			t.Errorf("%s lacks %s", listed[0], part)
		}
	}

	tm.Steer(http.MethodDelete, "/-/faults", "").Want(http.StatusNoContent)

	// The JSON of a listed fault can be posted to inject the fault again.
	tm.Steer(http.MethodPost, "/-/faults", string(listed[0])).Want(http.StatusNoContent)

	if pending := tm.PendingFaults(); len(pending) != 1 || pending[0].Delay != 1500*time.Millisecond {
		t.Errorf("pending faults = %+v", pending)
	}
}

func TestControlRespondsOnlyToItsOwnHosts(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	server := httptest.NewServer(simulator.Control(tm.Simulator, "simulator.example"))
	t.Cleanup(server.Close)

	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}

	for host, want := range map[string]int{
		"localhost": 200, "localhost:" + port: 200, "LOCALHOST:1": 200, "127.0.0.1:" + port: 200, "127.0.0.2": 200, "[::1]:" + port: 200,
		"simulator.example": 200, "Simulator.example:80": 200,
		"attacker.example": 403, "attacker.example:" + port: 403, "localhost.attacker.example": 403, "team.localhost": 403,
		"127.0.0.1.attacker.example": 403, "10.0.0.1": 403, "192.0.2.1:" + port: 403, "[fe80::1]": 403,
	} {
		for _, method := range []string{http.MethodGet, http.MethodDelete} {
			request, err := http.NewRequestWithContext(t.Context(), method, server.URL+"/-/faults", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}

			request.Host = host

			response, err := server.Client().Do(request)
			if err != nil {
				t.Fatal(err)
			}

			_ = response.Body.Close()

			if got := response.StatusCode; got != want && (want != 200 || got != http.StatusNoContent) {
				t.Errorf("%s for %s: status %d, want %d", method, host, got, want)
			}
		}
	}
}

func TestControlRejectsRequestsFromOtherSites(t *testing.T) {
	t.Parallel()

	const fault = `{"status":503}`

	for name, test := range map[string]struct {
		header map[string]string
		want   int
	}{
		"script":                     {nil, http.StatusNoContent},
		"JSON with a charset":        {map[string]string{"Content-Type": "application/json; charset=utf-8"}, http.StatusNoContent},
		"simulator's own page":       {map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, http.StatusNoContent},
		"typed into the address bar": {map[string]string{"Sec-Fetch-Site": "none"}, http.StatusNoContent},
		"page on another site":       {map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://attacker.example"}, http.StatusForbidden},
		"page on the same site":      {map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:3000"}, http.StatusForbidden},
		"older browser":              {map[string]string{"Origin": "https://attacker.example"}, http.StatusForbidden},
		"page without an origin":     {map[string]string{"Origin": "null"}, http.StatusForbidden},
		"form":                       {map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, http.StatusUnsupportedMediaType},
		"plain text":                 {map[string]string{"Content-Type": "text/plain"}, http.StatusUnsupportedMediaType},
		"no Content-Type":            {map[string]string{"Content-Type": ""}, http.StatusUnsupportedMediaType},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tm := simulatortest.NewTeam(t, simulator.Options{})
			recorder := httptest.NewRecorder()
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/-/faults", strings.NewReader(fault))
			request.Header.Set("Content-Type", "application/json")

			for name, value := range test.header {
				request.Header.Set(name, value)
			}

			simulator.Control(tm.Simulator).ServeHTTP(recorder, request)

			if recorder.Code != test.want {
				t.Errorf("status %d, want %d: %s", recorder.Code, test.want, recorder.Body)
			}

			if injected := len(tm.PendingFaults()) == 1; injected != (test.want == http.StatusNoContent) {
				t.Errorf("fault injected: %t", injected)
			}
		})
	}
}

func TestBodySizeAndTimeAreLimited(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	tm.Steer(http.MethodPost, "/-/faults", strings.Repeat(" ", 2<<20)).Want(http.StatusRequestEntityTooLarge)

	for name, serve := range map[string]func(*simulator.Simulator) http.Handler{
		"/-/faults":     func(s *simulator.Simulator) http.Handler { return simulator.Control(s) },
		"/-/scim/users": func(s *simulator.Simulator) http.Handler { return simulator.Control(s) },
		"/oauth2/token": func(s *simulator.Simulator) http.Handler { return s },
	} {
		synctest.Test(t, func(t *testing.T) {
			team, err := simulator.New(simulator.Options{})
			if err != nil {
				t.Fatal(err)
			}

			client, server := net.Pipe()
			listener := &oneConnection{conn: server, closed: make(chan struct{})}
			running := &http.Server{Handler: serve(team), ReadHeaderTimeout: time.Minute}

			go func() { _ = running.Serve(listener) }()

			start := time.Now()

			if _, err := io.WriteString(client, "POST "+name+" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"+
				"Content-Length: 20\r\n\r\n{"); err != nil {
				t.Fatal(err)
			}

			response, _ := io.ReadAll(client) // ReadAll returns only when the server closes the connection.
			if waited := time.Since(start); waited != 10*time.Second {
				t.Errorf("%s: the simulator waited for %s", name, waited)
			}

			if strings.HasPrefix(name, "/-/") && !strings.Contains(string(response), "408 Request Timeout") {
				t.Errorf("%s: response = %q", name, response)
			}

			_ = running.Close()
			_ = client.Close()
		})
	}
}

// oneConnection is a listener that accepts a single connection.
type oneConnection struct {
	conn   net.Conn
	once   sync.Once
	closed chan struct{}
}

// Accept returns the connection on the first call. Further calls block until Close.
func (o *oneConnection) Accept() (net.Conn, error) {
	if conn := o.conn; conn != nil {
		o.conn = nil

		return conn, nil
	}

	<-o.closed

	return nil, net.ErrClosed
}

// Close unblocks Accept.
func (o *oneConnection) Close() error {
	o.once.Do(func() { close(o.closed) })

	return nil
}

// Addr returns the address of a pipe.
func (*oneConnection) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }
