package simulator_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

const (
	listPath  = "/intelligence/api/knowledge-models"
	tokenPath = "/oauth2/token"
	kmScope   = "intelligence.knowledge-models:read"
	formType  = "application/x-www-form-urlencoded"
)

// team is a simulator under test, asked without a network.
type team struct {
	*simulator.Simulator

	t *testing.T
}

func newTeam(t *testing.T, opts simulator.Options) team {
	t.Helper()

	s, err := simulator.New(opts)
	if err != nil {
		t.Fatalf("New: %v", err)
	}

	return team{Simulator: s, t: t}
}

// reply is an answer of the team.
type reply struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// do sends a request; header is name, value, name, value and so on.
func (tm team) do(method, target, body string, header ...string) reply {
	tm.t.Helper()

	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}

	r := httptest.NewRequestWithContext(tm.t.Context(), method, "http://team.test"+target, content)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}

	recorder := httptest.NewRecorder()
	tm.ServeHTTP(recorder, r)

	return reply{t: tm.t, status: recorder.Code, header: recorder.Header(), body: recorder.Body.String()}
}

// get asks with the default user key.
func (tm team) get(target string) reply {
	tm.t.Helper()

	return tm.do(http.MethodGet, target, "", "Authorization", "Bearer "+oauth.DefaultUserKey().Value)
}

// ask sends a token request with a urlencoded form of name, value, name, value and so on.
func (tm team) ask(form ...string) reply {
	tm.t.Helper()

	return tm.do(http.MethodPost, tokenPath, encode(form...), "Content-Type", formType)
}

// askAsDefault adds the default client's credentials to the form.
func (tm team) askAsDefault(form ...string) reply {
	tm.t.Helper()

	client := oauth.DefaultClient()

	return tm.ask(append(form, "client_id", client.ID, "client_secret", client.Secret)...)
}

// token mints an access token for the default client.
func (tm team) token(scope string) string {
	tm.t.Helper()

	token, _ := tm.askAsDefault("grant_type", "client_credentials", "scope", scope).want(http.StatusOK).
		object()["access_token"].(string)

	return token
}

func encode(form ...string) string {
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Add(form[i], form[i+1])
	}

	return values.Encode()
}

// want fails the test unless the status is this one.
func (r reply) want(status int) reply {
	r.t.Helper()

	if r.status != status {
		r.t.Fatalf("status %d, want %d; body: %s", r.status, status, r.body)
	}

	return r
}

// wantError fails the test unless it is a problem with this status and code.
func (r reply) wantError(status int, code string) {
	r.t.Helper()
	r.want(status)

	if got, _ := r.object()["errorCode"].(string); got != code {
		r.t.Errorf("errorCode %q, want %q; body: %s", got, code, r.body)
	}
}

// wantTokenError fails the test unless it is an OAuth error with this status and code.
func (r reply) wantTokenError(status int, code string) {
	r.t.Helper()
	r.want(status)

	if got := r.object()["error"]; got != code {
		r.t.Errorf("error %v, want %q; body: %s", got, code, r.body)
	}
}

func (r reply) object() map[string]any {
	r.t.Helper()

	var object map[string]any
	if err := json.Unmarshal([]byte(r.body), &object); err != nil {
		r.t.Fatalf("the body is no JSON object: %v: %s", err, r.body)
	}

	return object
}

// ids are the ids in a list's content.
func (r reply) ids() []string {
	r.t.Helper()
	r.want(http.StatusOK)

	var page struct {
		Content []struct {
			ID string `json:"id"`
		} `json:"content"`
	}
	if err := json.Unmarshal([]byte(r.body), &page); err != nil {
		r.t.Fatalf("the body is no page: %v: %s", err, r.body)
	}

	ids := make([]string, len(page.Content))
	for i, item := range page.Content {
		ids[i] = item.ID
	}

	return ids
}

func model(packageKey, key, name string) intelligence.KnowledgeModel {
	return intelligence.KnowledgeModel{
		PackageKey: packageKey, Key: key, Name: name, Published: "2026-02-03 09:15:00", ExtendedID: "base.km",
	}
}

// clock is a clock that a test moves.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

func newClock() *clock {
	return &clock{now: time.Date(2026, time.March, 4, 14, 3, 21, 250_000_000, time.UTC)}
}
