// Package simulatortest is the simulator's test harness. It sends requests to a team without using a network, and checks the replies. Only
// tests may import this package.
package simulatortest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

// Paths, scopes and content types that the tests of several packages use.
const (
	TokenPath         = "/oauth2/token"
	ModelsPath        = "/intelligence/api/knowledge-models"
	SubscriptionsPath = "/intelligence/api/subscriptions"
	MembersPath       = "/api/external/members"
	LoginEventsPath   = "/api/external/authentication-events"
	PermissionsPath   = "/api/authorization/external/permissions"
	AuditPath         = "/log/api/external/audit"

	ModelsScope = "intelligence.knowledge-models:read"

	FormType = "application/x-www-form-urlencoded"
)

// Team is a simulator under test.
type Team struct {
	*simulator.Simulator

	T *testing.T
}

// NewTeam returns a team with the given options.
func NewTeam(t *testing.T, opts simulator.Options) Team {
	t.Helper()

	s, err := simulator.New(opts)
	if err != nil {
		t.Fatalf("New: %v", err)
	}

	return Team{Simulator: s, T: t}
}

// Reply is the team's response to a request.
type Reply struct {
	T      *testing.T
	Status int
	Header http.Header
	Body   string
}

// Do sends a request. header contains alternating names and values.
func (tm Team) Do(method, target, body string, header ...string) Reply {
	tm.T.Helper()

	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}

	r := httptest.NewRequestWithContext(tm.T.Context(), method, "http://team.test"+target, content)
	for pair := range slices.Chunk(header, 2) {
		r.Header.Add(pair[0], pair[1])
	}

	recorder := httptest.NewRecorder()
	tm.ServeHTTP(recorder, r)

	return Reply{T: tm.T, Status: recorder.Code, Header: recorder.Header(), Body: recorder.Body.String()}
}

// Get sends a GET request with the default user key.
func (tm Team) Get(target string) Reply {
	tm.T.Helper()

	return tm.Do(http.MethodGet, target, "", authorization()...)
}

// Post sends a POST request with a JSON body and the default user key.
func (tm Team) Post(target, body string) Reply {
	tm.T.Helper()

	return tm.Do(http.MethodPost, target, body, append(authorization(), "Content-Type", "application/json")...)
}

// Put sends a PUT request with a JSON body and the default user key.
func (tm Team) Put(target, body string) Reply {
	tm.T.Helper()

	return tm.Do(http.MethodPut, target, body, append(authorization(), "Content-Type", "application/json")...)
}

// Patch sends a PATCH request with the default user key and without a body.
func (tm Team) Patch(target string) Reply {
	tm.T.Helper()

	return tm.Do(http.MethodPatch, target, "", authorization()...)
}

// Delete sends a DELETE request with the default user key.
func (tm Team) Delete(target string) Reply {
	tm.T.Helper()

	return tm.Do(http.MethodDelete, target, "", authorization()...)
}

func authorization() []string {
	return []string{"Authorization", "Bearer " + oauth.DefaultUserKey().Value}
}

// Steer sends a request to the team's control API.
func (tm Team) Steer(method, target, body string) Reply {
	tm.T.Helper()

	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(tm.T.Context(), method, "http://localhost"+target, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	simulator.Control(tm.Simulator).ServeHTTP(recorder, request)

	return Reply{T: tm.T, Status: recorder.Code, Header: recorder.Header(), Body: recorder.Body.String()}
}

// Ask sends a token request with a urlencoded form. form contains alternating names and values.
func (tm Team) Ask(form ...string) Reply {
	tm.T.Helper()

	return tm.Do(http.MethodPost, TokenPath, Encode(form...), "Content-Type", FormType)
}

// AskAsDefault sends a token request with the default client's credentials. form contains alternating names and values.
func (tm Team) AskAsDefault(form ...string) Reply {
	tm.T.Helper()

	client := oauth.DefaultClient()

	return tm.Ask(append(form, "client_id", client.ID, "client_secret", client.Secret)...)
}

// Token sends a token request for the default client and returns the access token.
func (tm Team) Token(scope string) string {
	tm.T.Helper()

	return tm.AskAsDefault("grant_type", "client_credentials", "scope", scope).Want(http.StatusOK).Text("access_token")
}

// Encode returns a urlencoded form. form contains alternating names and values.
func Encode(form ...string) string {
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Add(form[i], form[i+1])
	}

	return values.Encode()
}

// Want fails the test immediately unless the reply has the given status.
func (r Reply) Want(status int) Reply {
	r.T.Helper()

	if r.Status != status {
		r.T.Fatalf("status %d, want %d; body: %s", r.Status, status, r.Body)
	}

	return r
}

// WantError checks that the reply is a problem response with the given status and code.
func (r Reply) WantError(status int, code string) {
	r.T.Helper()
	r.Want(status)

	if got, _ := r.Object()["errorCode"].(string); got != code {
		r.T.Errorf("errorCode %q, want %q; body: %s", got, code, r.Body)
	}
}

// WantTokenError checks that the reply is an OAuth error with the given status and code.
func (r Reply) WantTokenError(status int, code string) {
	r.T.Helper()
	r.Want(status)

	if got := r.Object()["error"]; got != code {
		r.T.Errorf("error %v, want %q; body: %s", got, code, r.Body)
	}
}

// Object returns the body as a JSON object.
func (r Reply) Object() map[string]any {
	r.T.Helper()

	var object map[string]any
	if err := json.Unmarshal([]byte(r.Body), &object); err != nil {
		r.T.Fatalf("the body is not a JSON object: %v: %s", err, r.Body)
	}

	return object
}

// Text returns a string field of the JSON object in the body.
func (r Reply) Text(name string) string {
	r.T.Helper()

	text, _ := r.Object()[name].(string)

	return text
}

// Items returns the items of a list.
func (r Reply) Items() []map[string]any {
	r.T.Helper()

	content, _ := r.Want(http.StatusOK).Object()["content"].([]any)
	items := make([]map[string]any, len(content))

	for i := range content {
		items[i], _ = content[i].(map[string]any)
	}

	return items
}

// IDs returns the ids of a list's items.
func (r Reply) IDs() []string {
	r.T.Helper()
	r.Want(http.StatusOK)

	var page struct {
		Content []struct {
			ID string `json:"id"`
		} `json:"content"`
	}
	if err := json.Unmarshal([]byte(r.Body), &page); err != nil {
		r.T.Fatalf("the body is not a page: %v: %s", err, r.Body)
	}

	ids := make([]string, len(page.Content))
	for i, item := range page.Content {
		ids[i] = item.ID
	}

	return ids
}

// Model returns a published Knowledge Model.
func Model(packageKey, key, name string) intelligence.KnowledgeModel {
	return intelligence.KnowledgeModel{
		PackageKey: packageKey, Key: key, Name: name, Published: "2026-02-03 09:15:00", ExtendedID: "base.km",
	}
}

// Clock is a clock that tests can advance.
type Clock struct{ Now time.Time }

// Read returns the current time of the clock.
func (c *Clock) Read() time.Time { return c.Now }

// NewClock returns a clock that starts at a fixed time in 2026.
func NewClock() *Clock {
	return &Clock{Now: time.Date(2026, time.March, 4, 14, 3, 21, 250_000_000, time.UTC)}
}
