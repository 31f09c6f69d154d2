package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func TestJournalRecordsRequestsInOrder(t *testing.T) {
	t.Parallel()

	now := simulatortest.NewClock()
	tm := simulatortest.NewTeam(t, simulator.Options{Now: now.Read})

	tm.Get(simulatortest.ModelsPath + "?page=1&sort=%2Bid")
	tm.Do(http.MethodPost, "/a%2Fb", "")

	entries := tm.Journal()
	if len(entries) != 2 {
		t.Fatalf("%d entries", len(entries))
	}

	first, second := entries[0], entries[1]
	if first.Method != http.MethodGet || first.Path != simulatortest.ModelsPath || first.Query.Get("sort") != "+id" ||
		first.Status != http.StatusOK || !first.Time.Equal(now.Now) || first.AuthScheme != "Bearer" {
		t.Errorf("first %+v", first)
	}

	if second.Method != http.MethodPost || second.Path != "/a%2Fb" || second.Status != http.StatusNotFound ||
		second.AuthScheme != "" || second.TokenFingerprint != "" {
		t.Errorf("second %+v", second)
	}
}

func TestJournalContainsNoSecrets(t *testing.T) {
	t.Parallel()

	const secret = "s3cr3t-v4lue"

	tm := simulatortest.NewTeam(t, simulator.Options{})

	for _, authorization := range []string{
		"Bearer " + secret, "AppKey " + secret, "Basic " + secret, secret, secret + " x", "Token " + secret,
	} {
		tm.Do(http.MethodGet, simulatortest.ModelsPath+"?access_token="+secret+"&client_secret="+secret, "",
			"Authorization", authorization, "Cookie", "session="+secret, "AppKey", secret,
			"Proxy-Authorization", "Basic "+secret)
	}

	tm.Ask("client_secret", secret, "refresh_token", secret, "code", secret, "password", secret)
	tm.Do(http.MethodPost, simulatortest.TokenPath, `{"client_secret":"`+secret+`"}`, "Content-Type", "application/json")

	text, err := json.Marshal(tm.Journal())
	if err != nil {
		t.Fatal(err)
	}

	if strings.Contains(string(text), secret) {
		t.Errorf("the journal contains the secret: %s", text)
	}
}

func TestJournalMasksRepeatedHeaders(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	tm.Do(http.MethodGet, simulatortest.ModelsPath, "", "Authorization", "", "Authorization", "Bearer hidden", "Cookie", "", "Cookie", "hidden")

	if header := fmt.Sprint(tm.Journal()[0].Header); strings.Contains(header, "hidden") {
		t.Errorf("the journal contains %s", header)
	}
}

func TestJournalContainsSchemeAndFingerprint(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})

	for _, header := range []string{"Bearer one", "bearer  one", "AppKey one", "Bearer two"} {
		tm.Do(http.MethodGet, simulatortest.ModelsPath, "", "Authorization", header)
	}

	entries := tm.Journal()

	if entries[1].AuthScheme != "bearer" || entries[2].AuthScheme != "AppKey" ||
		entries[2].Header.Get("Authorization") != "AppKey ***" {
		t.Errorf("schemes: %+v", entries)
	}

	if a, b, c := entries[0].TokenFingerprint, entries[1].TokenFingerprint, entries[3].TokenFingerprint; a == "" ||
		a != b || a == c {
		t.Errorf("fingerprints = %q, %q, %q", a, b, c)
	}
}

func TestJournalContainsTheTokenForm(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	tm.Inject(simulator.Fault{Skip: 1, Status: http.StatusBadGateway})

	for range 2 { // The journal contains the form even if a fault replaces the response.
		tm.AskAsDefault("grant_type", "client_credentials", "scope", simulatortest.ModelsScope)
	}

	for _, entry := range tm.Journal() {
		want := map[string][]string{
			"grant_type": {"client_credentials"}, "scope": {simulatortest.ModelsScope},
			"client_id": {oauth.DefaultClient().ID}, "client_secret": {"***"},
		}
		if got := map[string][]string(entry.Form); !reflect.DeepEqual(got, want) {
			t.Errorf("form = %v", got)
		}
	}
}

func TestCountByMethodAndPath(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	tm.Get(simulatortest.ModelsPath)
	tm.Get(simulatortest.ModelsPath + "?page=1")
	tm.Get(simulatortest.ModelsPath + "/p.km")
	tm.Do(http.MethodPost, simulatortest.ModelsPath, "")

	for _, test := range []struct {
		method, path string
		want         int
	}{
		{http.MethodGet, simulatortest.ModelsPath, 2},
		{"", simulatortest.ModelsPath, 3},
		{http.MethodGet, simulatortest.ModelsPath + "*", 3},
		{http.MethodGet, simulatortest.ModelsPath + "/*", 1},
		{"", "", 4},
		{http.MethodDelete, "*", 0},
	} {
		if got := tm.Count(test.method, test.path); got != test.want {
			t.Errorf("Count(%q, %q) = %d, want %d", test.method, test.path, got, test.want)
		}
	}
}

func TestResetJournalClearsEntriesAndMaximum(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	tm.Get(simulatortest.ModelsPath)
	tm.ResetJournal()

	if len(tm.Journal()) != 0 || tm.MaxInFlight() != 0 {
		t.Errorf("%d entries, maximum in flight = %d", len(tm.Journal()), tm.MaxInFlight())
	}
}

func TestJournalIsACopy(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	tm.Get(simulatortest.ModelsPath + "?page=0")

	entry := tm.Journal()[0]
	entry.Header.Set("Authorization", "changed")
	entry.Query.Set("page", "changed")

	if got := tm.Journal()[0]; got.Header.Get("Authorization") == "changed" || got.Query.Get("page") == "changed" {
		t.Errorf("a change to the copy changed the journal: %+v", got)
	}
}

func TestMaxInFlightCountsConcurrentRequests(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{Latency: time.Second}})

		var waiting sync.WaitGroup

		for range 3 {
			waiting.Go(func() { tm.Get(simulatortest.ModelsPath) })
		}

		synctest.Wait()

		if entry := tm.Journal()[0]; entry.Status != 0 {
			t.Errorf("a request without a response has the status %d", entry.Status)
		}

		waiting.Wait()

		for range 5 {
			tm.Get(simulatortest.ModelsPath)
		}

		if got := tm.MaxInFlight(); got != 3 {
			t.Errorf("maximum in flight = %d, want 3", got)
		}
	})
}

// impatient is a response writer that sends another request as soon as the status of the response has been written.
type impatient struct {
	http.ResponseWriter

	next func()
}

func (i impatient) WriteHeader(status int) {
	i.ResponseWriter.WriteHeader(status)
	i.next()
}

func TestCompletedRequestsAreNotInFlight(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{MaxConcurrent: 1}})

	tm.ServeHTTP(
		impatient{httptest.NewRecorder(), func() { tm.Get(simulatortest.ModelsPath).Want(http.StatusOK) }},
		httptest.NewRequestWithContext(t.Context(), http.MethodGet, simulatortest.ModelsPath, http.NoBody),
	)

	if got := tm.MaxInFlight(); got != 1 {
		t.Errorf("maximum in flight = %d, want 1", got)
	}
}
