package doctor_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/doctor"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/teamfile"
)

// examine serves a team and examines the given areas.
func examine(t *testing.T, options simulator.Options, areas []string, change ...func(*client.Options)) (doctor.Report, *simulator.Simulator) {
	t.Helper()

	served, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}

	server := httptest.NewServer(served)
	defer server.Close()

	oauthClient := served.Options().OAuth.Clients[0]
	watch := &doctor.Watch{}
	clientOptions := client.Options{
		Options: transport.Options{
			BaseURL: server.URL, MaxConcurrentRequests: 1, RequestTimeout: 30 * time.Second, MaxRetryWait: time.Minute, Observer: watch,
			Credentials: transport.Credentials{
				Mode: transport.ModeOAuthClient, ClientID: oauthClient.ID, ClientSecret: transport.NewSecret(oauthClient.Secret),
			},
		},
		PageSize: client.DefaultPageSize,
	}

	for _, apply := range change {
		apply(&clientOptions)
	}

	made, err := client.New(clientOptions)
	if err != nil {
		t.Fatal(err)
	}

	report := doctor.Examine(t.Context(), doctor.Team{
		Client: made, Watch: watch, SignIn: "an OAuth client", Advice: func(*transport.Error) string { return "" },
	}, areas)

	return report, served
}

// valuesOf returns the permitted values of every team file key that describes a team's behaviour. It reads them from the schema.
func valuesOf(t *testing.T) map[string][]any {
	t.Helper()

	type node struct {
		Type                 any             `json:"type"`
		Enum                 []any           `json:"enum"`
		Properties           map[string]node `json:"properties"`
		AdditionalProperties json.RawMessage `json:"additionalProperties"`
	}

	var root node
	if err := json.Unmarshal([]byte(teamfile.Schema), &root); err != nil {
		t.Fatal(err)
	}

	// The schema does not list the permitted values of the following keys.
	values := map[string][]any{
		"readings.oauth.token_lifetime":     {"14m59s", "5m0s"},
		"readings.reports.groups_separator": {", ", "; ", "|"},
		"inactive_apis":                     {[]string{}, []string{"scim"}, []string{"permissions", "audit-logs"}},
		"limits.max_page_size":              {20, 50, 75},
		"limits.max_rows":                   {1_000, 5_000},
		"limits.max_scim_page_size":         {10, 25},
		"limits.max_report_page_size":       {10, 25},
		"limits.max_audit_page_size":        {10, 15},
	}

	var walk func(path string, at node)

	walk = func(path string, at node) {
		for name, property := range at.Properties {
			key := path + name

			switch {
			case len(property.Properties) > 0:
				walk(key+".", property)
			case values[key] != nil:
			case len(property.Enum) > 0:
				values[key] = texts(property.Enum)
			case property.Type == "boolean":
				values[key] = []any{false, true}
			default:
				values[key] = nil
			}
		}
	}

	walk("readings.", root.Properties["readings"])
	walk("limits.", root.Properties["limits"])
	values["licence"] = root.Properties["licence"].Enum

	return values
}

// texts selects the values that are strings. For some keys, the schema also lists numbers or null.
func texts(values []any) []any {
	return slices.DeleteFunc(slices.Clone(values), func(value any) bool {
		_, isText := value.(string)

		return !isText
	})
}

// sizes is the part of a team file that sets how many objects of each type are generated.
const sizes = "generated: {knowledge_models: 60, users: 30, groups: 5, login_events: 20, audit_events: 20, permissions: 60}\n"

// addContent adds to the default team the content that some readings require.
func addContent(options *simulator.Options) {
	options.Reports.Logins = []team.LoginEvent{{Type: "LOGIN", Email: "ada@example.com", Time: time.Now().Add(-time.Hour).Truncate(time.Second)}}
	options.SCIM.Users = append(options.SCIM.Users, scim.User{UserName: "Zoë.Ångström@Example.com", DisplayName: "Zoë Ångström"})
}

// circumstances returns a function that changes the options so that an examination can observe the given reading. The function complements
// addContent.
func circumstances(key string) func(*simulator.Options) {
	switch key {
	case "readings.rate_limit_reset":
		return func(options *simulator.Options) { options.Server.RequestsPerDay = 1 }
	case "readings.scim.count_above_max":
		return func(options *simulator.Options) { options.SCIM.GeneratedUsers, options.SCIM.MaxCount = 250, 200 }
	case "readings.oauth.raw_basic_credentials":
		return func(options *simulator.Options) {
			oauthClient := oauth.DefaultClient()
			oauthClient.Secret = "a+secret%2Bwith/marks"
			options.OAuth.Clients = []oauth.Client{oauthClient}
		}
	case "readings.scim.order":
		return func(options *simulator.Options) {
			var seconds atomic.Int64 // The simulator creates the users one second apart.

			start := time.Now().Add(-time.Hour)
			options.Now = func() time.Time { return start.Add(time.Duration(seconds.Add(1)) * time.Second) }
		}
	case "readings.reports.groups_separator":
		return func(options *simulator.Options) { options.SCIM.Groups = append(options.SCIM.Groups, bigGroups()...) }
	default:
		return func(*simulator.Options) {}
	}
}

// bigGroups returns two groups that share a member who has permissions.
func bigGroups() []scim.Group {
	const member = "d3a5b9e1-7c26-4f48-9b0d-5e1f8a6c2437"

	return []scim.Group{{DisplayName: "Blue", Members: []string{member}}, {DisplayName: "Green", Members: []string{member}}}
}

// areasFor returns the areas to examine for a reading.
func areasFor(key string) []string {
	switch {
	case key == "inactive_apis":
		return doctor.AreaNames()
	case key == "readings.scim.lower_case_user_names":
		return []string{"scim", "team-members"}
	case strings.Contains(key, "scim"), key == "readings.decomposed_text":
		return []string{"scim"}
	case strings.Contains(key, "subscriptions."):
		return []string{"subscriptions"}
	case strings.Contains(key, "report"), strings.Contains(key, "audit"):
		return []string{"team-members", "login-history", "permissions", "audit-logs"}
	default:
		return []string{"knowledge-models"}
	}
}

// withReading returns the options for a team in which a reading has the given value.
func withReading(t *testing.T, key string, value any) simulator.Options {
	t.Helper()

	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}

	path := strings.Split(key, ".")
	file := "base: default\n" + sizes + strings.Join(path, ": {") + ": " + string(encoded) + strings.Repeat("}", len(path)-1) + "\n"

	options, err := teamfile.Load("reading.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}

	return options
}

// seenAs returns the value that the report shows for a reading when the team is configured with the given value. The report may show a
// different value, because read requests cannot distinguish some values.
func seenAs(key string, value any) any {
	if key == "readings.scim.etags" && value == "required" {
		return "enforced"
	}

	return value
}

// TestReadingsDescribeATeamWithTheSameReadings checks that an examination recovers every simulator option that read requests can determine.
// It creates a second team from the readings of the first, and expects the same readings from both teams.
func TestReadingsDescribeATeamWithTheSameReadings(t *testing.T) {
	t.Parallel()

	var keys []string
	for _, reading := range doctor.Readings() {
		keys = append(keys, reading.Key)
	}

	values, unsettled := valuesOf(t), doctor.Unsettled()

	for key := range values {
		_, isUnsettled := unsettled[key]
		if isUnsettled == slices.Contains(keys, key) {
			t.Errorf("Readings and Unsettled must not both contain or both omit %s", key)
		}
	}

	for _, key := range slices.Concat(keys, slices.Sorted(maps.Keys(unsettled))) {
		if _, exists := values[key]; !exists {
			t.Errorf("%s is not a key of a team file", key)
		}
	}

	for _, key := range keys {
		for _, value := range values[key] {
			t.Run(fmt.Sprintf("%s=%v", key, value), func(t *testing.T) {
				t.Parallel()

				change := func(options *client.Options) {
					if key == "readings.oauth.rotate_refresh_tokens" {
						options.Credentials.Mode = transport.ModeRefreshToken
						options.Credentials.RefreshToken = transport.NewSecret(oauth.DefaultClient().RefreshTokens[0])
					}
				}

				first := withReading(t, key, value)
				addContent(&first)
				circumstances(key)(&first)

				before, _ := examine(t, first, areasFor(key), change)

				file, err := before.TeamFile()
				if err != nil {
					t.Fatal(err)
				}

				second, err := teamfile.Load("readings.yaml", []byte(file+sizes))
				if err != nil {
					t.Fatalf("%v\n%s", err, file)
				}

				addContent(&second)
				circumstances(key)(&second)

				after, _ := examine(t, second, areasFor(key), change)
				want := seenAs(key, value)

				for i, reading := range before.Readings {
					if reading.Key == key && !reflect.DeepEqual(reading.Value, want) {
						t.Errorf("the first team shows %v (%s%s), want %v", reading.Value, reading.Evidence, reading.Unseen, want)
					}

					if !reflect.DeepEqual(reading.Value, after.Readings[i].Value) {
						t.Errorf("%s: the first team shows %v (%s%s), the second %v (%s%s)", reading.Key, reading.Value, reading.Evidence,
							reading.Unseen, after.Readings[i].Value, after.Readings[i].Evidence, after.Readings[i].Unseen)
					}
				}
			})
		}
	}
}

// TestExaminationSendsOnlyReads checks that an examination stays within the request limit, and that it sends only GET requests, token
// requests and the POST request that reads data.
func TestExaminationSendsOnlyReads(t *testing.T) {
	t.Parallel()

	large := simulator.DefaultTeam()
	large.Intelligence.KnowledgeModels, large.SCIM.GeneratedUsers, large.SCIM.GeneratedGroups = 10_000, 10_000, 1_000

	for name, options := range map[string]simulator.Options{"default": simulator.DefaultTeam(), "10,000": large, "empty": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			report, served := examine(t, options, doctor.AreaNames())
			journal := served.Journal()

			for _, entry := range journal {
				isRead := entry.Method == http.MethodGet || entry.Path == "/oauth2/token" || strings.HasSuffix(entry.Path, "/data")
				if !isRead {
					t.Errorf("%s %s was sent", entry.Method, entry.Path)
				}
			}

			if len(journal) > doctor.MaxRequests || report.Requests != len(journal) {
				t.Errorf("%d requests were sent, but %d were reported", len(journal), report.Requests)
			}

			if !report.Works() {
				t.Errorf("areas = %+v", report.Areas)
			}

			t.Logf("%d requests", len(journal))
		})
	}
}

func TestWatchRejectsWritesAndStopsAtTheLimit(t *testing.T) {
	t.Parallel()

	var watch doctor.Watch

	for _, refused := range []transport.Exchange{
		{Method: http.MethodPost, Path: "/scim/v2/Users"},
		{Method: http.MethodPut, Path: "/scim/v2/Groups/1"},
		{Method: http.MethodDelete, Path: "/scim/v2/Users/1"},
		{Method: http.MethodPatch, Path: "/intelligence/api/subscriptions/1/pause"},
		{Method: http.MethodPost, Path: "/intelligence/api/knowledge-models/a.b/triggers/1/subscriptions"},
		{Method: http.MethodPost, Path: "/intelligence/api/knowledge-models/a.b/data/x"},
		{Method: http.MethodPut, Path: "/oauth2/token", IsToken: true},
	} {
		if watch.Allow(refused) == nil {
			t.Errorf("Watch allows %s %s", refused.Method, refused.Path)
		}
	}

	for range doctor.MaxRequests {
		if err := watch.Allow(transport.Exchange{Method: http.MethodGet, Path: "/"}); err != nil {
			t.Fatal(err)
		}
	}

	if watch.Allow(transport.Exchange{Method: http.MethodGet, Path: "/"}) == nil {
		t.Error("Watch allows a request beyond the limit")
	}

	if watch.Requests() != doctor.MaxRequests {
		t.Errorf("Watch counted %d requests", watch.Requests())
	}
}
