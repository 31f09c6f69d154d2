package simulator_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// steer sends a request to the team's control API.
func (tm team) steer(method, target, body string) reply {
	tm.t.Helper()

	recorder := httptest.NewRecorder()
	simulator.Control(tm.Simulator).ServeHTTP(recorder,
		httptest.NewRequestWithContext(tm.t.Context(), method, target, strings.NewReader(body)))

	return reply{t: tm.t, status: recorder.Code, header: recorder.Header(), body: recorder.Body.String()}
}

func TestControlShowsAndEmptiesTheJournal(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	if got := tm.steer(http.MethodGet, "/-/journal", ""); got.body != "[]\n" {
		t.Errorf("an empty journal is %q", got.body)
	}

	tm.get(listPath)

	var entries []simulator.Entry

	got := tm.steer(http.MethodGet, "/-/journal", "").want(http.StatusOK)
	if err := json.Unmarshal([]byte(got.body), &entries); err != nil || len(entries) != 1 || entries[0].Path != listPath {
		t.Errorf("%s, %v", got.body, err)
	}

	if !strings.Contains(got.body, `"path":"`+listPath+`"`) || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("%v %s", got.header, got.body)
	}

	tm.steer(http.MethodDelete, "/-/journal", "").want(http.StatusNoContent)

	if len(tm.Journal()) != 0 {
		t.Error("the journal is not empty")
	}
}

func TestControlInjectsFaults(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		tm := newTeam(t, simulator.Options{})
		tm.steer(http.MethodPost, "/-/faults",
			`{"method":"GET","path":"/intelligence/*","skip":1,"times":2,"status":503,"header":{"x-a":["b"]},"delay":"1.5s"}`).
			want(http.StatusNoContent)

		start := time.Now()

		for _, want := range []int{200, 503, 503, 200} {
			tm.get(listPath).want(want)
		}

		if waited := time.Since(start); waited != 3*time.Second {
			t.Errorf("waited %v", waited)
		}
	})
}

func TestControlRefusesFaultsThatMakeNoSense(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})

	for _, body := range []string{
		"", "x", "[]", "{}", `{"path":"/x"}`, `{"stauts":500}`, `{"status":500,"tmies":2}`, `{"delay":"soon"}`, `{"delay":5}`,
		`{"status":99}`, `{"status":101}`, `{"status":199}`, `{"status":600}`, `{"status":-1}`, `{"status":500,"skip":-1}`,
		`{"status":500,"times":-2}`, `{"status":500,"delay":"-1s"}`, `{"status":500,"cutBodyAt":-1}`,
		`{"status":500,"redirectStatus":302}`, `{"redirect":"/","redirectStatus":200}`,
	} {
		tm.steer(http.MethodPost, "/-/faults", body).want(http.StatusBadRequest)
	}

	tm.get(listPath).want(http.StatusOK)
}

func TestControlExpiresTokens(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	header := "Bearer " + tm.token(kmScope)

	tm.steer(http.MethodPost, "/-/expire-tokens", "").want(http.StatusNoContent)
	tm.do(http.MethodGet, listPath, "", "Authorization", header).want(http.StatusUnauthorized)
}

func TestControlKnowsNothingElse(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	tm.steer(http.MethodPut, "/-/faults", "").want(http.StatusMethodNotAllowed)
	tm.steer(http.MethodGet, "/-/nothing", "").want(http.StatusNotFound)
	tm.steer(http.MethodGet, listPath, "").want(http.StatusNotFound)
}

func TestControlListsAndWithdrawsFaults(t *testing.T) {
	t.Parallel()

	const first, second = `{"path":"/x","query":{"page":"2"},"skip":1,"times":2,"status":503,"delay":"1.5s"}`,
		`{"times":-1,"endlessPages":true}`

	tm := newTeam(t, simulator.Options{})
	if got := tm.steer(http.MethodGet, "/-/faults", "").want(http.StatusOK); got.body != "[]\n" {
		t.Errorf("no faults are %q", got.body)
	}

	for _, fault := range []string{first, second} {
		tm.steer(http.MethodPost, "/-/faults", fault).want(http.StatusNoContent)
	}

	got := tm.steer(http.MethodGet, "/-/faults", "").want(http.StatusOK)

	var listed []json.RawMessage
	if err := json.Unmarshal([]byte(got.body), &listed); err != nil || len(listed) != 2 || string(listed[1]) != second {
		t.Fatalf("%s, %v", got.body, err)
	}

	for _, part := range []string{`"query":{"page":"2"}`, `"skip":1`, `"times":2`, `"status":503`, `"delay":"1.5s"`} {
		if !strings.Contains(string(listed[0]), part) {
			t.Errorf("%s lacks %s", listed[0], part)
		}
	}

	tm.steer(http.MethodDelete, "/-/faults", "").want(http.StatusNoContent)

	// What was listed can be sent back.
	tm.steer(http.MethodPost, "/-/faults", string(listed[0])).want(http.StatusNoContent)

	if left := tm.PendingFaults(); len(left) != 1 || left[0].Delay != 1500*time.Millisecond {
		t.Errorf("%+v is left", left)
	}
}
