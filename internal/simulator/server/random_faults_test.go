package server_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func failing(faults server.RandomFaults) simulator.Options {
	return simulator.Options{Server: server.Options{Faults: faults}}
}

// journalFaults returns the faults of all requests in the journal.
func journalFaults(tm simulatortest.Team) []string {
	faults := make([]string, 0, len(tm.Journal()))
	for _, entry := range tm.Journal() {
		faults = append(faults, entry.Fault)
	}

	return faults
}

// try calls a function that sends a request directly to the handler. It recovers from the panics with which some
// faults close the connection.
func try(request func()) {
	defer func() { _ = recover() }()

	request()
}

func TestRandomFaultsHaveTheConfiguredRateAndKinds(t *testing.T) {
	t.Parallel()

	const requests = 2000

	synctest.Test(t, func(t *testing.T) {
		tm := simulatortest.NewTeam(t, failing(server.RandomFaults{Rate: 0.2, Seed: 3}))

		for range requests {
			try(func() { tm.Get(simulatortest.ModelsPath) })
		}

		counts := tm.FaultCounts()
		faulted := 0

		for _, kind := range server.FaultKind("").Words() {
			faulted += counts.Faults[string(kind)]

			if each := counts.Faults[string(kind)]; each < requests/80 || each > requests/20 {
				t.Errorf("%d of %d requests have the fault %s", each, requests, kind)
			}
		}

		if counts.Requests != requests || faulted < requests/6 || faulted > requests/4 || len(counts.Faults) != 8 {
			t.Errorf("counts = %+v", counts)
		}
	})
}

func TestSeedDeterminesWhichRequestsFail(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		run := func(seed uint64, targets ...string) []string {
			tm := simulatortest.NewTeam(t, failing(server.RandomFaults{Rate: 0.5, Seed: seed}))

			for i := range 40 {
				try(func() { tm.Get(targets[i%len(targets)]) })
			}

			return journalFaults(tm)
		}

		first := run(1, simulatortest.ModelsPath)
		if second := run(1, simulatortest.ModelsPath, "/no/such/path"); !slices.Equal(first, second) {
			t.Errorf("the faults differ for the same seed:\n%q\n%q", first, second)
		}

		if second := run(2, simulatortest.ModelsPath); slices.Equal(first, second) {
			t.Error("the faults are the same for different seeds")
		}
	})
}

func TestEachKindOfRandomFault(t *testing.T) {
	t.Parallel()

	status := func(status int, header, value string) func(*http.Response, string, error) bool {
		return func(r *http.Response, _ string, err error) bool {
			return err == nil && r.StatusCode == status && r.Header.Get(header) == value
		}
	}
	isCut := func(_ *http.Response, body string, err error) bool { return err != nil && body == "" }

	for kind, isRight := range map[server.FaultKind]func(*http.Response, string, error) bool{
		server.FaultReset:      isCut,
		server.FaultResetAfter: isCut,
		server.FaultCutBody: func(r *http.Response, body string, err error) bool {
			return err != nil && r.StatusCode == http.StatusOK && body != "" && r.ContentLength > int64(len(body))
		},
		server.FaultBadGateway:  status(http.StatusBadGateway, "Content-Type", "text/html; charset=utf-8"),
		server.FaultRateLimit:   status(http.StatusTooManyRequests, "Retry-After", ""),
		server.FaultRetryAfter:  status(http.StatusTooManyRequests, "Retry-After", "1"),
		server.FaultUnavailable: status(http.StatusServiceUnavailable, "", ""),
		server.FaultSlow:        status(http.StatusOK, "Content-Type", "application/json"),
	} {
		v := overSockets(t, failing(server.RandomFaults{Rate: 1, Kinds: []server.FaultKind{kind}, SlowBy: time.Millisecond}),
			httptest.NewServer)

		response, body, err := v.fetch(t.Context(), simulatortest.ModelsPath)
		if !isRight(response, body, err) {
			t.Errorf("%s: %+v %q %v", kind, response, body, err)
		}

		if counted := v.FaultCounts(); !reflect.DeepEqual(counted.Faults, map[string]int{string(kind): 1}) {
			t.Errorf("%s: counts = %v", kind, counted)
		}
	}
}

func TestRandomFaultsAffectSignInsAndCreates(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, failing(server.RandomFaults{Rate: 1, Kinds: []server.FaultKind{server.FaultUnavailable}}))

	tm.AskAsDefault("grant_type", "client_credentials").Want(http.StatusServiceUnavailable)
	tm.Do(http.MethodPost, "/scim/v2/Users", `{"userName":"a@example.com"}`).Want(http.StatusServiceUnavailable)

	if len(tm.Users()) != 0 {
		t.Errorf("users = %v", tm.Users())
	}
}

func TestRequestsWithLostResponsesAreExecuted(t *testing.T) {
	t.Parallel()

	for kind, want := range map[server.FaultKind]int{server.FaultReset: 0, server.FaultResetAfter: 1, server.FaultCutBody: 1} {
		tm := simulatortest.NewTeam(t, failing(server.RandomFaults{Rate: 1, Kinds: []server.FaultKind{kind}}))

		try(func() {
			tm.SCIM(http.MethodPost, "/scim/v2/Users",
				`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a@example.com"}`)
		})

		if users := len(tm.Users()); users != want {
			t.Errorf("%s: %d users, want %d", kind, users, want)
		}
	}
}

func TestScriptedFaultsTakePrecedenceOverRandomFaults(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, failing(server.RandomFaults{Rate: 1, Kinds: []server.FaultKind{server.FaultUnavailable}}))
	tm.Inject(simulator.Fault{Status: http.StatusTeapot, Times: 2})

	for _, want := range []int{http.StatusTeapot, http.StatusTeapot, http.StatusServiceUnavailable} {
		tm.Get(simulatortest.ModelsPath).Want(want)
	}

	tm.Steer(http.MethodDelete, "/-/faults", "").Want(http.StatusNoContent)
	tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)

	if got := tm.Steer(http.MethodGet, "/-/journal/faults", "").Want(http.StatusOK).Body; got !=
		`{"requests":4,"faults":{"status":2,"unavailable":1}}`+"\n" {
		t.Error(got)
	}
}

func TestResponsesWithoutABodyAreNotTruncated(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, failing(server.RandomFaults{Rate: 1, Kinds: []server.FaultKind{server.FaultCutBody}}))
	user := tm.AddUser(scim.User{UserName: "a@example.com"})
	tm.SCIM(http.MethodDelete, "/scim/v2/Users/"+user.ID, "").Want(http.StatusNoContent)

	if faults := journalFaults(tm); !slices.Equal(faults, []string{""}) {
		t.Errorf("faults = %q", faults)
	}
}

func TestRandomFaultOptionsAreValidated(t *testing.T) {
	t.Parallel()

	for want, faults := range map[string]server.RandomFaults{
		"Faults.Rate must be between 0 and 1":     {Rate: 1.01},
		"Faults.SlowBy must not be negative":      {SlowBy: -1},
		`Faults.Kinds[1] "explode" is not one of`: {Kinds: []server.FaultKind{server.FaultReset, "explode"}},
		"Rate must be between 0 and 1":            {Rate: -0.5},
	} {
		if _, err := simulator.New(failing(faults)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error = %v, want %q", faults, err, want)
		}
	}
}
