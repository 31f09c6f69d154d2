package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/teamfile"
)

// program is a running simulator.
type program struct {
	t      *testing.T
	url    string
	stdout string
	stop   func() error
}

// start runs the program on a free port until the test ends.
func start(t *testing.T, args ...string) program {
	t.Helper()

	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	ended := make(chan error, 1)

	go func() {
		err := run(ctx, append([]string{"-address", "127.0.0.1:0"}, args...), writer)
		_ = writer.CloseWithError(io.EOF)

		ended <- err
	}()

	t.Cleanup(func() { _ = reader.Close() })

	// A single read is sufficient, because the program prints all variables in one write.
	buffer := make([]byte, 1<<16)

	n, err := reader.Read(buffer)
	if err != nil {
		t.Fatalf("the program printed nothing: error = %v, exit error = %v", err, <-ended)
	}

	p := program{t: t, stdout: string(buffer[:n]), stop: func() error {
		cancel()

		last, err := io.ReadAll(reader)
		if want := "# celonis-simulator has stopped.\n"; err != nil || string(last) != want {
			t.Errorf("last line = %q, error = %v, want %q", last, err, want)
		}

		return <-ended
	}}

	match := regexp.MustCompile(`(?m)^export CELONIS_URL=(http://127\.0\.0\.1:\d+)$`).FindStringSubmatch(p.stdout)
	if match == nil {
		t.Fatalf("the output contains no URL: %s", p.stdout)
	}

	p.url = match[1]

	return p
}

func (p program) ask(method, target, body, authorization string) (int, string) {
	p.t.Helper()

	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+target, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}

	if strings.HasPrefix(target, "/-/") {
		r.Header.Set("Content-Type", "application/json")
	}

	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

	response, err := client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()

	content, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}

	return response.StatusCode, string(content)
}

const list = "/intelligence/api/knowledge-models"

func TestProgramServesATeamAndItsControl(t *testing.T) {
	t.Parallel()

	p := start(t, "-models", "7", "-team", teamFile(t, "base: default\nreadings: {total: absent}"))
	models := 7 + len(simulator.DefaultTeam().Intelligence.Models)

	key := "Bearer " + oauth.DefaultUserKey().Value

	status, body := p.ask(http.MethodGet, list, "", key)
	if status != http.StatusOK || strings.Count(body, `"id"`) != models || strings.Contains(body, "total") {
		t.Errorf("status = %d, body = %s", status, body)
	}

	if status, body := p.ask(http.MethodGet, "/-/journal", "", ""); status != 200 || strings.Count(body, `"path"`) != 1 {
		t.Errorf("status = %d, body = %s", status, body)
	}

	if status, body := p.ask(http.MethodPost, "/-/faults", `{"status":503}`, ""); status != http.StatusNoContent {
		t.Errorf("status = %d, body = %s", status, body)
	}

	if status, _ := p.ask(http.MethodGet, list, "", key); status != http.StatusServiceUnavailable {
		t.Errorf("the fault had no effect: status = %d", status)
	}

	// The program must pass paths with duplicate slashes to the team unchanged.
	if status, _ := p.ask(http.MethodGet, "/intelligence/api//x", "", key); status != http.StatusNotFound {
		t.Errorf("status = %d", status)
	}

	if err := p.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func TestProgramPrintsTheVariablesToExport(t *testing.T) {
	t.Parallel()

	file := filepath.Join(t.TempDir(), "team.env")
	if err := os.WriteFile(file, []byte("stale"), 0o600); err != nil {
		t.Fatal(err)
	}

	p := start(t, "-env-file", file)

	written, err := os.ReadFile(file) //nolint:gosec // The test creates this file.
	if err != nil || string(written) != p.stdout {
		t.Errorf("file = %q, error = %v; standard output = %q", written, err, p.stdout)
	}

	client := oauth.DefaultClient()
	for _, line := range []string{
		"export CELONIS_CLIENT_ID=" + client.ID,
		"export CELONIS_CLIENT_SECRET=" + client.Secret,
		"# export CELONIS_APP_KEY=" + oauth.DefaultApplicationKey().Value,
		"# export CELONIS_API_KEY=" + oauth.DefaultUserKey().Value,
		"# export CELONIS_REFRESH_TOKEN=" + client.RefreshTokens[0],
		"# The team is ready. It is kept in memory; changes are lost when the simulator stops.",
	} {
		if !strings.Contains(p.stdout, line+"\n") {
			t.Errorf("%q is missing from %s", line, p.stdout)
		}
	}

	if err := p.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func TestStaleEnvironmentFileIsRemovedBeforeListening(t *testing.T) {
	t.Parallel()

	file := filepath.Join(t.TempDir(), "team.env")
	if err := os.WriteFile(file, []byte("stale"), 0o600); err != nil {
		t.Fatal(err)
	}

	if err := run(t.Context(), []string{"-env-file", file, "-address", "no address"}, io.Discard); err == nil {
		t.Error("the program listened on an invalid address")
	}

	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the stale file was not removed: error = %v", err)
	}
}

func TestEnvironmentFileIsRemovedWhenTheProgramStops(t *testing.T) {
	t.Parallel()

	file := filepath.Join(t.TempDir(), "team.env")
	first := start(t, "-env-file", file)

	if err := first.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}

	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the file was not removed: error = %v", err)
	}

	// The program must not remove a file that another program has written.
	second := start(t, "-env-file", file)

	if err := os.WriteFile(file, []byte("another's"), 0o600); err != nil {
		t.Fatal(err)
	}

	if err := second.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}

	if content, err := os.ReadFile(file); string(content) != "another's" { //nolint:gosec // The test creates this file.
		t.Errorf("file = %q, error = %v", content, err)
	}
}

func TestStoppingDoesNotWaitForHangingRequests(t *testing.T) {
	t.Parallel()

	p := start(t)
	p.ask(http.MethodPost, "/-/faults", `{"hang":true}`, "")

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}

	ended := make(chan error, 1)

	go func() {
		response, err := http.DefaultClient.Do(r)
		if err == nil {
			err = response.Body.Close()
		}

		ended <- err
	}()

	for body := ""; !strings.Contains(body, `"fault":"hang"`); {
		_, body = p.ask(http.MethodGet, "/-/journal", "", "")
	}

	if err := p.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}

	if err := <-ended; err == nil {
		t.Error("the hanging request received a response")
	}
}

func TestFaultFlagsMakeRequestsFail(t *testing.T) {
	t.Parallel()

	p := start(t, "-fault-rate", "1", "-fault-seed", "2", "-team", teamFile(t, "faults: {rate: 0.5, kinds: [unavailable]}\n"))

	for range 3 {
		if status, body := p.ask(http.MethodGet, "/scim/v2/Users", "", ""); status != http.StatusServiceUnavailable {
			t.Errorf("status = %d: %s", status, body)
		}
	}

	if _, body := p.ask(http.MethodGet, "/-/journal/faults", "", ""); body != `{"requests":3,"faults":{"unavailable":3}}`+"\n" {
		t.Errorf("counts = %s", body)
	}

	if err := p.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func TestInvalidArgumentsAreReported(t *testing.T) {
	t.Parallel()

	broken := teamFile(t, "usrs: []\nreadings: {total: x}\n")

	for want, args := range map[string][]string{
		"not a loopback address":                       {"-address", ":0"},
		"unexpected argument \"x\"":                    {"x"},
		"-models: must be a whole number from 0":       {"-models", "many"},
		"-users: must be a whole number from 0":        {"-users", "-1"},
		"-groups: must be a whole number from 0":       {"-groups", "1000001"},
		"-fault-rate: must be a number from 0 to 1":    {"-fault-rate", "1.1"},
		"-fault-rate: must be a number from 0 to":      {"-fault-rate", "NaN"},
		"-fault-rate: must be a number from":           {"-fault-rate", "10%"},
		"-fault-seed: must be a whole number":          {"-fault-seed", "-1"},
		"set all other options in a team file (-team)": {"-total", "page"},
		"listen":             {"-address", "no address"},
		"environment file":   {"-address", "127.0.0.1:0", "-env-file", "/no/such/folder/f"},
		"open the team file": {"-team", "/no/such/file"},
		broken + ":1: usrs: is not a known key; did y":  {"-team", broken},
		broken + ":2: readings.total: \"x\" is not one": {"-team", broken, "-print-team"},
	} {
		var stdout bytes.Buffer

		err := run(t.Context(), args, &stdout)
		if err == nil || !strings.Contains(err.Error(), want) || stdout.Len() > 0 {
			t.Errorf("%v: error = %v, want %q; stdout = %q", args, err, want, &stdout)
		}
	}
}

// teamFile writes a team file and returns its path.
func teamFile(t *testing.T, text string) string {
	t.Helper()

	name := filepath.Join(t.TempDir(), "team.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}

	return name
}

func TestRemoteAddressesRequireAFlag(t *testing.T) {
	t.Parallel()

	p := start(t, "-allow-remote", "-address", ":0")
	if status, _ := p.ask(http.MethodGet, "/-/journal", "", ""); status != http.StatusOK {
		t.Errorf("status = %d", status)
	}

	if err := p.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func TestHelpListsEachFlagAndFitsOnAScreen(t *testing.T) {
	t.Parallel()

	const width, height = 80, 24

	for _, flag := range []string{"-h", "-help"} {
		var stdout bytes.Buffer
		if err := run(t.Context(), []string{flag}, &stdout); err != nil {
			t.Fatal(err)
		}

		lines := strings.Split(stdout.String(), "\n")
		if len(lines) > height {
			t.Errorf("the help is %d lines long", len(lines))
		}

		for _, line := range lines {
			if len(line) > width {
				t.Errorf("a line of the help is too long: %s", line)
			}
		}

		for _, want := range []string{
			"-team FILE", "-models", "-users", "-groups", "-fault-rate", "-fault-seed", "-print-team ", "-print-team-schema", "-address", "-env-file", "-allow-remote",
			"-version",
			"/-/journal", "/-/faults", "/-/expire-tokens", "/-/subscriptions", "/-/events", "/-/scim/users", "/-/scim/groups",
		} {
			if !strings.Contains(stdout.String(), want) {
				t.Errorf("%q is missing from the help", want)
			}
		}
	}
}

func TestVersionIsPrinted(t *testing.T) {
	t.Parallel()

	var stdout bytes.Buffer
	if err := run(t.Context(), []string{"-version"}, &stdout); err != nil || stdout.String() != "celonis-simulator dev\n" {
		t.Errorf("stdout = %q, error = %v", stdout.String(), err)
	}
}

func TestSizeFlagsOverrideTheTeam(t *testing.T) {
	t.Parallel()

	file := teamFile(t, "generated: {knowledge_models: 4, users: 5, groups: 6}")

	for _, test := range []struct {
		args                  []string
		models, users, groups int
	}{
		{nil, 120, 450, 30},
		{[]string{"-models=1", "-users=2", "-groups=0"}, 1, 2, 0},
		{[]string{"-team", file}, 4, 5, 6},
		{[]string{"-users=2", "-team", file}, 4, 2, 6},
	} {
		parsed, err := parseFlags(test.args)
		if err != nil {
			t.Fatal(err)
		}

		team := parsed.options
		if team.Intelligence.KnowledgeModels != test.models || team.SCIM.GeneratedUsers != test.users || team.SCIM.GeneratedGroups != test.groups {
			t.Errorf("%v: %d models, %d users, %d groups", test.args, team.Intelligence.KnowledgeModels, team.SCIM.GeneratedUsers, team.SCIM.GeneratedGroups)
		}
	}
}

func TestDefaultTeamIsServedWithoutAFile(t *testing.T) {
	t.Parallel()

	parsed, err := parseFlags(nil)
	if err != nil || !reflect.DeepEqual(parsed.options, simulator.DefaultTeam()) {
		t.Errorf("options = %+v, error = %v", parsed.options, err)
	}
}

// TestPrintedTeamDescribesTheSameTeam checks that the program accepts the team file that it prints.
func TestPrintedTeamDescribesTheSameTeam(t *testing.T) {
	t.Parallel()

	for _, args := range [][]string{
		{"-models=1"},
		{"-team", teamFile(t, "licence: L\nreadings: {total: page}\noauth_clients: [{id: a, secret: b, scopes: []}]\napplication_keys: []\n")},
	} {
		var first, second bytes.Buffer

		if err := run(t.Context(), append(args, "-print-team"), &first); err != nil {
			t.Fatal(err)
		}

		if err := run(t.Context(), []string{"-team", teamFile(t, first.String()), "-print-team"}, &second); err != nil {
			t.Fatal(err)
		}

		if first.String() != second.String() {
			t.Errorf("%s\nbecomes\n%s", &first, &second)
		}

		for _, line := range []string{"  token_lifetime: 14m59s\n", "  past_end: empty\n", "user_api_keys:\n- {value: "} {
			if !strings.Contains(first.String(), line) {
				t.Errorf("%q is missing from\n%s", line, &first)
			}
		}
	}
}

func TestSchemaIsPrinted(t *testing.T) {
	t.Parallel()

	var stdout bytes.Buffer
	if err := run(t.Context(), []string{"-print-team-schema"}, &stdout); err != nil || stdout.String() != teamfile.Schema {
		t.Errorf("error = %v, stdout = %s", err, &stdout)
	}
}

func TestVariablesMatchTheTeam(t *testing.T) {
	t.Parallel()

	for file, want := range map[string]string{
		"oauth_clients: [{id: my client, secret: it's, scopes: []}]\napplication_keys: []\nuser_api_keys: []": `
export CELONIS_CLIENT_ID='my client'
export CELONIS_CLIENT_SECRET='it'\''s'
# The team`,
		"oauth_clients: [{id: public, refresh_tokens: [r1, r2]}]\napplication_keys: [{value: k}]\nuser_api_keys: []": `
export CELONIS_CLIENT_ID=public
export CELONIS_REFRESH_TOKEN=r1
# To sign in with a key, export one of these variables and unset CELONIS_CLIENT_ID and CELONIS_CLIENT_SECRET:
# export CELONIS_APP_KEY=k
# The team`,
		"oauth_clients: []\napplication_keys: []\nuser_api_keys: [{value: k}]": `
export CELONIS_API_KEY=k
# The team`,
	} {
		team, err := parseFlags([]string{"-team", teamFile(t, file)})
		if err != nil {
			t.Fatal(err)
		}

		if got := environmentOf(team.options, "http://localhost:1"); !strings.HasPrefix(got, "export CELONIS_URL=http://localhost:1"+want) {
			t.Errorf("%s\nwant\n%s", got, want)
		}
	}
}

func TestProgramServesUsersAndGroups(t *testing.T) {
	t.Parallel()

	p := start(t, "-users", "5", "-groups", "2", "-team", teamFile(t, "base: default\nreadings: {scim: {base: /user-provisioning/scim/v2}}"))
	key := "Bearer " + oauth.DefaultUserKey().Value

	users := len(simulator.DefaultTeam().SCIM.Users) + 5 + 1

	if status, body := p.ask(http.MethodPost, "/-/scim/users", `{"userName":"outside@example.com"}`, ""); status != http.StatusOK {
		t.Errorf("status = %d, body = %s", status, body)
	}

	status, body := p.ask(http.MethodGet, "/user-provisioning/scim/v2/Users", "", key)
	if status != http.StatusOK || !strings.Contains(body, fmt.Sprintf(`"totalResults":%d`, users)) || !strings.Contains(body, "outside@example.com") {
		t.Errorf("status = %d, body = %s", status, body)
	}

	if status, body := p.ask(http.MethodGet, "/scim/v2/Users", "", key); status != http.StatusNotFound {
		t.Errorf("status = %d, body = %s", status, body)
	}

	if err := p.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func TestErrorForAPortInUseMentionsTheFlag(t *testing.T) {
	t.Parallel()

	p := start(t)

	err := run(t.Context(), []string{"-address", strings.TrimPrefix(p.url, "http://")}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "address already in use; use -address 127.0.0.1:0 to listen on a free port") {
		t.Errorf("error = %v", err)
	}

	if err := p.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

// TestPrintedRefreshTokenWorksWithThePrintedClient signs in only with variables that the program prints.
func TestPrintedRefreshTokenWorksWithThePrintedClient(t *testing.T) {
	t.Parallel()

	p := start(t)
	value := func(name string) string {
		match := regexp.MustCompile(`export CELONIS_` + name + `=(\S+)`).FindStringSubmatch(p.stdout)
		if match == nil {
			t.Fatalf("the program does not print %s:\n%s", name, p.stdout)
		}

		return match[1]
	}
	form := url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {value("REFRESH_TOKEN")},
		"client_id": {value("CLIENT_ID")}, "client_secret": {value("CLIENT_SECRET")}, "scope": {"audit.log:read"},
	}

	response, err := http.PostForm(p.url+"/oauth2/token", form) //nolint:noctx // The test uses PostForm because a simple client would.
	if err != nil {
		t.Fatal(err)
	}

	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("status = %d, error = %v", response.StatusCode, err)
	}

	if err := p.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}
