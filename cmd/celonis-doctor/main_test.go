package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/teamfile"
)

type outcome struct {
	status         int
	stdout, stderr string
}

func (o outcome) all() string { return o.stdout + o.stderr }

// words returns the output without line breaks, so that tests can search for whole sentences.
func (o outcome) words() string { return strings.Join(strings.Fields(o.all()), " ") }

func examine(t *testing.T, url string, env map[string]string, args ...string) outcome {
	t.Helper()

	oauthClient := oauth.DefaultClient()
	variables := map[string]string{
		"CELONIS_URL": url, "CELONIS_CLIENT_ID": oauthClient.ID, "CELONIS_CLIENT_SECRET": oauthClient.Secret,
		"CELONIS_REQUESTS_PER_SECOND": "0", "CELONIS_MAX_RETRIES": "0",
	}
	maps.Copy(variables, env)

	var stdout, stderr bytes.Buffer

	status := run(t.Context(), args, func(name string) string { return variables[name] }, &stdout, &stderr)
	found := outcome{status: status, stdout: stdout.String(), stderr: stderr.String()}

	for line := range strings.SplitSeq(found.all(), "\n") {
		if len([]rune(line)) > 80 && strings.Contains(strings.TrimSpace(line), " ") && !slices.Contains(args, "json") {
			t.Errorf("a line of %d columns is too long: %s", len([]rune(line)), line)
		}
	}

	return found
}

// serve starts serving a team, and returns the team and its address. The server stops when the test ends.
func serve(t *testing.T, options simulator.Options) (*simulator.Simulator, string) {
	t.Helper()

	team, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}

	server := httptest.NewServer(team)
	t.Cleanup(server.Close)

	return team, server.URL
}

// withClient returns a team whose only OAuth client is a modified copy of the default client.
func withClient(change func(*oauth.Client)) simulator.Options {
	oauthClient := oauth.DefaultClient()
	change(&oauthClient)

	options := simulator.DefaultTeam()
	options.OAuth.Clients = []oauth.Client{oauthClient}

	return options
}

func without(values []string, removed ...string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(value string) bool { return slices.Contains(removed, value) })
}

func TestReportStatesWhyAnAreaFails(t *testing.T) {
	t.Parallel()

	scopes := oauth.DefaultClient().Scopes

	for name, example := range map[string]struct {
		options simulator.Options
		fault   *simulator.Fault
		env     map[string]string
		args    []string
		// The report must contain every string in the want field and no string in the never field.
		want, never []string
		// most is the maximum number of requests. 0 means no maximum.
		most int
	}{
		"wrong secret": {
			options: simulator.DefaultTeam(), env: map[string]string{"CELONIS_CLIENT_SECRET": "a-wrong-secret"},
			want: []string{
				"FAILED knowledge-models sign-in refused", "Response: status 401, invalid_client",
				"Check that the id and the secret belong to the same client", "Not checked, because they would fail in the same way: subscriptions, scim", "0 of 7 areas work",
			},
			never: []string{"a-wrong-secret", "READINGS"}, most: 2,
		},
		"wrong authentication method": {
			options: withClient(func(client *oauth.Client) { client.AuthMethods = []string{"client_secret_post"} }),
			env:     map[string]string{"CELONIS_AUTH_METHOD": "client_secret_basic"},
			want:    []string{"sign-in refused", "set CELONIS_AUTH_METHOD to \"auto\""}, most: 1,
		},
		"scope missing": {
			options: withClient(func(client *oauth.Client) { client.Scopes = without(scopes, "audit.log:read") }),
			want: []string{
				"FAILED audit-logs scope missing: the OAuth client is not registered for audit.log:read", "Define scopes", "6 of 7 areas work",
			},
			never: []string{"set `scopes`", "CELONIS_SCOPES"}, // Setting scopes in the configuration would not add the missing scope to the client.
		},
		"one of two scopes missing": {
			options: withClient(func(client *oauth.Client) { client.Scopes = without(scopes, "intelligence.subscriptions:manage") }),
			want: []string{
				"FAILED subscriptions scope missing: the OAuth client is not registered for intelligence.subscriptions:manage Request",
				"The OAuth client is not registered for intelligence.subscriptions:manage. Add", "6 of 7 areas work",
			},
		},
		"one of two scopes missing, without an error code": {
			options: func() simulator.Options {
				options := withClient(func(client *oauth.Client) { client.Scopes = without(scopes, "intelligence.subscriptions:manage") })
				options.OAuth.TokenErrors = oauth.TokenErrorEmpty

				return options
			}(),
			want: []string{"can get tokens for other areas, but not for intelligence.subscriptions:manage Request"},
		},
		"configured scopes": {
			options: withClient(func(client *oauth.Client) { client.Scopes = []string{"audit.log:read"} }),
			env:     map[string]string{"CELONIS_SCOPES": "audit.log:read team.login-history:read"}, args: []string{"-areas", "audit-logs"},
			want: []string{
				"scope missing: the OAuth client is not registered for audit.log:read or team.login-history:read",
				"or remove the unregistered scopes from CELONIS_SCOPES.",
			},
		},
		"scope missing, dropped by the token endpoint": {
			options: func() simulator.Options {
				options := withClient(func(client *oauth.Client) { client.Scopes = without(scopes, "intelligence.subscriptions:manage") })
				options.OAuth.NarrowScopes = true

				return options
			}(),
			want: []string{"FAILED subscriptions scope missing: the token lacks intelligence.subscriptions:manage", "6 of 7 areas work"},
		},
		"scope missing, without an error code": {
			options: func() simulator.Options {
				options := withClient(func(client *oauth.Client) { client.Scopes = without(scopes, "audit.log:read") })
				options.OAuth.TokenErrors = oauth.TokenErrorEmpty

				return options
			}(),
			want: []string{"FAILED audit-logs scope missing: the OAuth client can get tokens for other areas, but not for audit.log:read"},
		},
		"permission missing": {
			options: withClient(func(client *oauth.Client) { client.Services = []string{server.ServiceSCIM, server.ServiceAuditLogs} }),
			want: []string{
				"FAILED login-history permission missing", "Response: status 403, ADMIN_ACCESS_ERROR", "Team > Use Login History API",
				"Admin & Settings > Permissions", "6 of 7 areas work",
			},
		},
		"403 without a body": {
			options: func() simulator.Options {
				options := simulator.DefaultTeam()
				options.Server.InactiveAPIs = []string{"permissions"}

				return options
			}(),
			want: []string{"FAILED permissions not activated: a 403 with an empty body", "ask your Celonis account team to activate it"},
		},
		"HTML": {
			options: simulator.DefaultTeam(), fault: &simulator.Fault{Path: "/intelligence/*", HTML: true, Times: 100},
			want: []string{
				"FAILED knowledge-models not reachable: a web page instead of an API response", "Check CELONIS_URL: it must be",
				"works scim",
			},
		},
		"HTML from the token endpoint": {
			options: simulator.DefaultTeam(), fault: &simulator.Fault{Path: "/oauth2/token", HTML: true, Times: 100},
			want: []string{
				"FAILED knowledge-models not reachable: a web page", "The token URL does not exist", "Not checked, because they would fail in the same way: subscriptions",
			},
			never: []string{"FAILED scim"}, most: 1,
		},
		"HTML from the token endpoint, SCIM only": {
			options: simulator.DefaultTeam(), fault: &simulator.Fault{Path: "/oauth2/token", HTML: true, Times: 100}, args: []string{"-areas", "scim"},
			want:  []string{"FAILED scim not reachable: a web page", "Request: POST", "The token URL does not exist"},
			never: []string{"no SCIM API", "scim_base_path"}, most: 1,
		},
		"inactive SCIM": {
			options: func() simulator.Options {
				options := simulator.DefaultTeam()
				options.Server.InactiveAPIs = []string{"scim"}

				return options
			}(),
			want: []string{
				"FAILED scim not activated", "Response: /scim/v2: status 403; /user-provisioning/scim/v2: status 404", "Enable SCIM",
			},
		},
		"no SCIM": {
			options: simulator.DefaultTeam(), fault: &simulator.Fault{Path: "/scim/*", Status: 404, Times: 100},
			want: []string{"FAILED scim not found: no SCIM API at the documented paths", "/scim/v2: status 404", "Set CELONIS_SCIM_BASE_PATH"},
		},
		"daily quota": {
			options: func() simulator.Options {
				options := simulator.DefaultTeam()
				options.Server.RequestsPerDay = 1

				return options
			}(),
			want: []string{
				"works knowledge-models", "FAILED subscriptions rate limited", "Response: status 429, LIMIT_RATE_EXCEEDED", "Retry after",
				"Not checked, because they would fail in the same way: scim", "How a 429 response indicates when to retry: seconds",
			},
			most: 4, // one token request and one API request for each of the two areas
		},
		"daily quota that the examination uses up": {
			options: func() simulator.Options {
				options := simulator.DefaultTeam()
				options.Server.RequestsPerDay = 10

				return options
			}(),
			want: []string{"7 of 7 areas work", "The request failed (status 429, LIMIT_RATE_EXCEEDED)"}, most: 7 + 10 + 3,
		},
		"no API at the path": {
			options: simulator.DefaultTeam(), fault: &simulator.Fault{Path: "/api/authorization/*", Status: 404, Times: 100},
			want: []string{"FAILED permissions", "What to do: Check CELONIS_URL"}, never: []string{"this object"},
		},
		"no model": {
			options: withClient(func(client *oauth.Client) { client.Packages = []string{} }),
			want: []string{
				"works knowledge-models 0 Knowledge Models", "The credentials cannot see any Knowledge Models", "USE PACKAGE on the Studio package",
				"7 of 7 areas work",
			},
		},
		"some areas": {
			options: simulator.DefaultTeam(), args: []string{"-areas", "scim, permissions"},
			want: []string{"works scim", "works permissions", "2 of 2 areas work"}, never: []string{"works knowledge-models"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, url := serve(t, example.options)
			if example.fault != nil {
				team.Inject(*example.fault)
			}

			found := examine(t, url, example.env, example.args...)

			for _, text := range example.want {
				if !strings.Contains(found.words(), text) {
					t.Errorf("%q is missing from\n%s", text, found.all())
				}
			}

			for _, text := range example.never {
				if strings.Contains(found.all(), text) {
					t.Errorf("%q occurs in\n%s", text, found.all())
				}
			}

			isGood := !strings.Contains(found.all(), "FAILED")
			if isGood != (found.status == exitWorks) {
				t.Errorf("exit status = %d with the output\n%s", found.status, found.all())
			}

			if count := len(team.Journal()); example.most > 0 && count > example.most {
				t.Errorf("the examination sent %d requests", count)
			}
		})
	}
}

// TestReportCountsASingleObject examines a team with one object of each kind.
func TestReportCountsASingleObject(t *testing.T) {
	t.Parallel()

	load := func(text string) simulator.Options {
		options, err := teamfile.Load("team.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}

		return options
	}
	_, url := serve(t, load(`
knowledge_models:
- {package_key: p, key: k, name: Model, records: [{id: R, name: R, fields: [{id: F, name: F, type: string}], rows: [{F: x}]}], triggers: [{id: t, name: T, record_id: R}]}
users: [{id: u, user_name: a@example.com, display_name: A, role: MEMBER}]
groups: [{id: g, display_name: G, members: [a@example.com]}]
subscriptions: [{id: s, name: S, knowledge_model_id: p.k, trigger_id: t, callback_uri: "https://a.example.com"}]
readings: {scim: {filter: ignore}}
`))

	found := examine(t, url, nil)
	if wrong := regexp.MustCompile(`\b1 (?:Knowledge |event |team |audit )?(?:users|groups|Models|subscriptions|members|sign-ins|permissions|events|rows|objects|areas)\b`).
		FindAllString(found.words(), -1); wrong != nil {
		t.Errorf("%q are in\n%s", wrong, found.all())
	}

	for _, want := range []string{"1 Knowledge Model ", "1 user, 1 group ", "1 event subscription "} {
		if !strings.Contains(found.words(), want) {
			t.Errorf("%q is missing from\n%s", want, found.all())
		}
	}

	if found = examine(t, url, nil, "-areas", "scim"); !strings.Contains(found.words(), "1 of 1 area works.") {
		t.Errorf("got\n%s", found.all())
	}
}

// TestReportDistinguishesConnectionFailures covers a host name that does not resolve, a closed port, a proxy and a TLS failure.
func TestReportDistinguishesConnectionFailures(t *testing.T) {
	t.Parallel()

	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	t.Cleanup(proxy.Close)

	expired, authority := expiredServer(t)

	for name, example := range map[string]struct {
		url  string
		env  map[string]string
		want []string
	}{
		"name": {"https://acme.eu-1.celonis.invalid", nil, []string{"not reachable: the host name does not resolve"}},
		"port": {"http://127.0.0.1:1", nil, []string{"not reachable: no connection"}},
		"proxy": {
			"https://acme.eu-1.celonis.cloud",
			map[string]string{"HTTPS_PROXY": strings.Replace(proxy.URL, "http://", "http://user:a-proxy-secret@", 1)},
			[]string{"not reachable: the proxy rejected the request", "403 Forbidden", "Ask whoever operates the proxy"},
		},
		"expired certificate": {
			expired,
			map[string]string{"CELONIS_CA_CERTIFICATE": authority},
			[]string{"not reachable: TLS: expired certificate", "has expired: ask whoever operates it to renew the certificate"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			found := examine(t, example.url, example.env)

			for _, text := range append(example.want, "0 of 7 areas work", "Not checked, because they would fail in the same way") {
				if !strings.Contains(found.words(), text) {
					t.Errorf("%q is missing from\n%s", text, found.all())
				}
			}

			if found.status != exitFailed || strings.Contains(found.all(), "a-proxy-secret") {
				t.Errorf("exit status = %d with the output\n%s", found.status, found.all())
			}
		})
	}
}

// expiredServer starts a server with an expired certificate, and returns its address and the certificate.
func expiredServer(t *testing.T) (url, authority string) {
	t.Helper()

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}

	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}

	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}

	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)

	return server.URL, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}))
}

func TestSCIMIsFoundAtEachPath(t *testing.T) {
	t.Parallel()

	for _, base := range scim.Base("").Words() {
		t.Run(string(base), func(t *testing.T) {
			t.Parallel()

			options := simulator.DefaultTeam()
			options.SCIM.Base = base
			_, url := serve(t, options)

			if found := examine(t, url, nil, "-areas", "scim"); !strings.Contains(found.stdout, "Path of the SCIM API: "+string(base)) {
				t.Error(found.all())
			}
		})
	}
}

// TestReportContainsNoSecretsAndNoPersons adds a recognisable string to every secret and to every value that identifies a person.
func TestReportContainsNoSecretsAndNoPersons(t *testing.T) {
	t.Parallel()

	const mark = "Recognisable"

	options := withClient(func(client *oauth.Client) {
		client.Secret = mark + "-secret"
		client.RefreshTokens = []string{mark + "-refresh-token"}
		client.Scopes = without(client.Scopes, "audit.log:read")
	})
	options.OAuth.RotateRefreshTokens = true
	options.SCIM.GeneratedUsers, options.SCIM.GeneratedGroups = 0, 0
	options.SCIM.Users = []scim.User{{UserName: mark + "@example.com", DisplayName: mark + " Person", ExternalID: mark}}
	options.SCIM.Groups = []scim.Group{{DisplayName: mark + " group", Members: []string{mark + "@example.com"}}}
	options.Reports.Grants, options.Subscriptions.Existing = nil, nil
	options.Server.Errors = server.ErrorText

	for name, env := range map[string]map[string]string{
		"client":        {"CELONIS_CLIENT_SECRET": mark + "-secret"},
		"refresh token": {"CELONIS_CLIENT_SECRET": mark + "-secret", "CELONIS_REFRESH_TOKEN": mark + "-refresh-token"},
		"wrong secret":  {"CELONIS_CLIENT_SECRET": mark + "-wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, url := serve(t, options)
			team.Inject(simulator.Fault{Path: "/api/external/members", Status: 500, Body: mark + "@example.com may not do this", Times: 100})

			file := filepath.Join(t.TempDir(), "team.yaml")
			text := examine(t, url, env, "-readings", file)

			readings, err := os.ReadFile(file) //nolint:gosec // The path comes from the test.
			if err != nil {
				t.Fatal(err)
			}

			_, url = serve(t, options)
			encoded := examine(t, url, env, "-format", "json")

			for _, written := range []string{text.all(), encoded.all(), string(readings)} {
				if strings.Contains(strings.ToLower(written), strings.ToLower(mark)) || strings.Contains(written, "eyJ") {
					t.Errorf("the mark occurs in\n%s", written)
				}
			}

			if strings.Contains(string(readings), "127.0.0.1") {
				t.Errorf("the address occurs in\n%s", readings)
			}

			if name == "refresh token" && !strings.Contains(text.words(), "replaced the refresh token") {
				t.Errorf("the report does not mention the rotation:\n%s", text.all())
			}
		})
	}
}

func TestJSONContainsTheReport(t *testing.T) {
	t.Parallel()

	_, url := serve(t, simulator.DefaultTeam())

	found := examine(t, url, nil, "-format", "json", "-areas", "knowledge-models")

	var report struct {
		Requests int
		Areas    []struct {
			Area, Status string
			Counts       []struct {
				What      string
				FirstPage int `json:"first_page"`
				Total     int
			}
		}
		Readings []struct {
			Key, Fact, Unseen string
			Value             any
		}
	}

	if err := json.Unmarshal([]byte(found.stdout), &report); err != nil {
		t.Fatalf("error = %v in %s", err, found.stdout)
	}

	if len(report.Areas) != 1 || report.Areas[0].Status != "works" || report.Areas[0].Counts[0].Total != 122 || report.Requests == 0 {
		t.Errorf("report = %+v", report)
	}

	for _, reading := range report.Readings {
		if reading.Key == "" || reading.Fact == "" || (reading.Value == nil) == (reading.Unseen == "") {
			t.Errorf("reading = %+v", reading)
		}
	}
}

func TestReadingsFileDescribesATeam(t *testing.T) {
	t.Parallel()

	_, url := serve(t, simulator.DefaultTeam())
	file := filepath.Join(t.TempDir(), "team.yaml")

	if found := examine(t, url, nil, "-readings", file); found.status != exitWorks {
		t.Fatal(found.all())
	}

	content, err := os.ReadFile(file) //nolint:gosec // The path comes from the test.
	if err != nil {
		t.Fatal(err)
	}

	if _, err := teamfile.Load(file, content); err != nil {
		t.Errorf("%v\n%s", err, content)
	}
}

func TestArgumentsAndEnvironmentAreValidated(t *testing.T) {
	t.Parallel()

	for name, example := range map[string]struct {
		args []string
		env  map[string]string
		want string
	}{
		"flag":       {args: []string{"-area", "scim"}, want: "-h lists all flags"},
		"argument":   {args: []string{"scim"}, want: `unexpected argument "scim"`},
		"area":       {args: []string{"-areas", "scim,users"}, want: `"users" is not an area; the areas are knowledge-models, subscriptions, scim`},
		"format":     {args: []string{"-format", "xml"}, want: `must be text or json`},
		"no address": {env: map[string]string{"CELONIS_URL": ""}, want: "Set one of: - CELONIS_URL, such as https://"},
		"team alone": {env: map[string]string{"CELONIS_URL": "", "CELONIS_TEAM": "a"}, want: "Set CELONIS_CLUSTER too, or set the whole address in CELONIS_URL"},
		"two teams": {
			env:  map[string]string{"CELONIS_URL": "https://a.eu-1.celonis.cloud", "CELONIS_TEAM": "b", "CELONIS_CLUSTER": "eu-1"},
			want: "Unset CELONIS_URL or the other two variables.",
		},
		"credentials": {
			env: map[string]string{"CELONIS_CLIENT_ID": "", "CELONIS_CLIENT_SECRET": ""},
			want: "The environment does not contain complete credentials. Use one of: - an OAuth client (recommended): CELONIS_CLIENT_ID and " +
				"CELONIS_CLIENT_SECRET - a refresh token: CELONIS_REFRESH_TOKEN with CELONIS_CLIENT_ID - an access token: CELONIS_ACCESS_TOKEN -",
		},
		"no secret":       {env: map[string]string{"CELONIS_CLIENT_SECRET": ""}, want: "also needs CELONIS_CLIENT_SECRET."},
		"two sign-ins":    {env: map[string]string{"CELONIS_APP_KEY": "a-key"}, want: "(CELONIS_APP_KEY). Unset all but one."},
		"no whole number": {env: map[string]string{"CELONIS_PAGE_SIZE": "x"}, want: "CELONIS_PAGE_SIZE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			found := examine(t, "http://127.0.0.1:1", example.env, example.args...)
			if found.status != exitUsage || found.stdout != "" || !strings.Contains(found.words(), example.want) {
				t.Errorf("exit status = %d with the output\n%s", found.status, found.all())
			}

			// The user configures this program with environment variables, not provider attributes.
			if strings.Contains(found.all(), "`") || strings.Contains(found.all(), "provider configuration") {
				t.Errorf("the output mentions attributes of the provider:\n%s", found.all())
			}
		})
	}

	if found := examine(t, "", nil, "-h"); found.status != exitWorks || found.stdout != help {
		t.Errorf("examine() = %+v", found)
	}
}
