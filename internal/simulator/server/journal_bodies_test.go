package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func TestJournalMasksSecretsInBodies(t *testing.T) {
	t.Parallel()

	for body, want := range map[string]string{
		simulatortest.HookWithHeaders("a", `{"Authorization": "hidden", "Accept": "hidden"}`): `{"callbackInfo":{"headers":{"Accept":"***","Authorization":"***"},` +
			`"protocol":"HTTPS","uri":"https://hooks.example.com"},"name":"a"}`,
		`{"Headers": [["Accept", "hidden"], 1, true, null]}`:                        `{"Headers":[["***","***"],"***","***",null]}`,
		`{"callback_header": "hidden", "authorization": {"value": "hidden"}}`:       `{"authorization":{"value":"***"},"callback_header":"***"}`,
		`{"a": [{"clientSecret": "hidden", "access-token": "hidden", "b": 1e400}]}`: `{"a":[{"access-token":"***","b":1e400,"clientSecret":"***"}]}`,
		`{"api_key": "hidden", "Password": "hidden", "AppKey": "hidden"}`:           `{"AppKey":"***","Password":"***","api_key":"***"}`,
		`{"userCredentials": ["hidden"], "cookie": "hidden"}`:                       `{"cookie":"***","userCredentials":["***"]}`,
		`[{"name": "<ä>"}]`: `[{"name":"<ä>"}]`,
		`{}`:                `{}`,
		`"hidden"`:          "",
		`{"a": "hidden"`:    "",
		`{} {"b": "x"}`:     "",
		`hidden`:            "",
		"":                  "",
	} {
		tm := simulatortest.NewTeam(t, simulator.Options{})
		tm.Post("/x", body)

		if got := string(tm.Journal()[0].Body); got != want {
			t.Errorf("%s: the journal contains %s, want %s", body, got, want)
		}
	}
}

func TestJournalContainsOnlyJSONBodies(t *testing.T) {
	t.Parallel()

	for contentType, isKept := range map[string]bool{
		"application/json": true, "application/json; charset=utf-8": true, "application/scim+json": true,
		"": false, "text/plain": false, simulatortest.FormType: false, "text/json": false, "application/": false,
	} {
		tm := simulatortest.NewTeam(t, simulator.Options{})
		tm.Do(http.MethodPut, "/x", `{"a":1}`, "Content-Type", contentType)

		if got := tm.Journal()[0].Body; (got != nil) != isKept {
			t.Errorf("Content-Type %q: the journal contains %s", contentType, got)
		}
	}
}

func TestJournalOmitsLargeBodies(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	for _, length := range []int{64 << 10, 64<<10 + 1} {
		tm.Post("/x", `{"a":"`+strings.Repeat("x", length-len(`{"a":""}`))+`"}`)
	}

	if entries := tm.Journal(); len(entries[0].Body) != 64<<10 || entries[1].Body != nil {
		t.Errorf("the journal contains %d and %d bytes", len(entries[0].Body), len(entries[1].Body))
	}
}

func TestControlReturnsBodiesInTheJournal(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	tm.Inject(simulator.Fault{Skip: 1, Status: http.StatusBadGateway})

	for range 2 { // The journal contains the body even if a fault replaces the response.
		tm.Post(simulatortest.CreationPath, simulatortest.HookWithHeaders("a", `{"Accept": "hidden"}`))
	}

	got := tm.Steer(http.MethodGet, "/-/journal", "").Want(http.StatusOK).Body
	if strings.Contains(got, "hidden") || strings.Count(got, `"headers":{"Accept":"***"}`) != 2 {
		t.Errorf("journal = %s", got)
	}

	entries := tm.Journal()
	copy(entries[0].Body, "changed")

	if !json.Valid(tm.Journal()[0].Body) {
		t.Error("Journal() does not return a copy")
	}
}
