package provider

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// TestEveryAttributeReachesTheService sets each attribute, and then each environment variable, to a value whose effect the service can
// observe.
func TestEveryAttributeReachesTheService(t *testing.T) {
	t.Parallel()

	const many = 30

	all := intelligence.GenerateKnowledgeModels(many, 0)

	for name, test := range map[string]struct {
		configure func(m *providerModel, url string)
		env       environment
		options   simulator.Options
		seen      func(*simulator.Simulator, time.Duration) bool
	}{
		"token_url": {
			func(m *providerModel, url string) { m.TokenURL = set(url + "/elsewhere") },
			environment{"CELONIS_TOKEN_URL": "URL/elsewhere"},
			simulator.Options{},
			func(team *simulator.Simulator, _ time.Duration) bool {
				return team.Count(http.MethodPost, "/elsewhere") > 0
			},
		},
		"scopes": {
			func(m *providerModel, _ string) {
				m.Scopes = types.SetValueMust(types.StringType, []attr.Value{set("audit.log:read"), set("intelligence.knowledge-models:read")})
			},
			environment{"CELONIS_SCOPES": " intelligence.knowledge-models:read  audit.log:read "},
			simulator.Options{},
			func(team *simulator.Simulator, _ time.Duration) bool {
				return team.Journal()[0].Form.Get("scope") == "audit.log:read intelligence.knowledge-models:read"
			},
		},
		"auth_method": {
			func(m *providerModel, _ string) { m.AuthMethod = set("client_secret_post") },
			environment{"CELONIS_AUTH_METHOD": "client_secret_post"},
			simulator.Options{},
			func(team *simulator.Simulator, _ time.Duration) bool {
				return team.Journal()[0].Form.Has("client_secret")
			},
		},
		"page_size": {
			func(m *providerModel, _ string) { m.PageSize = types.Int64Value(3) },
			environment{"CELONIS_PAGE_SIZE": "3"},
			simulator.Options{},
			func(team *simulator.Simulator, _ time.Duration) bool {
				return team.Count(http.MethodGet, modelsPath) == many/3
			},
		},
		"max_concurrent_requests": {
			func(m *providerModel, _ string) {
				m.MaxConcurrentRequests, m.PageSize = types.Int64Value(2), types.Int64Value(1)
			},
			environment{"CELONIS_MAX_CONCURRENT_REQUESTS": "2", "CELONIS_PAGE_SIZE": "1"},
			simulator.Options{Server: server.Options{Latency: 5 * time.Millisecond}},
			func(team *simulator.Simulator, _ time.Duration) bool { return team.MaxInFlight() == 2 },
		},
		"requests_per_second": {
			func(m *providerModel, _ string) {
				m.RequestsPerSecond, m.PageSize = types.Int64Value(many-1), types.Int64Value(1)
			},
			environment{"CELONIS_REQUESTS_PER_SECOND": strconv.Itoa(many - 1), "CELONIS_PAGE_SIZE": "1"},
			simulator.Options{},
			func(_ *simulator.Simulator, took time.Duration) bool { return took >= time.Second },
		},
	} {
		for _, source := range []string{"configuration", "environment"} {
			t.Run(name+" from the "+source, func(t *testing.T) {
				t.Parallel()

				options := test.options
				options.Intelligence.Models = all
				team, env := startTeam(t, options)
				config := emptyModel()

				if source == "configuration" {
					test.configure(&config, env["CELONIS_URL"])
				} else {
					for variable, value := range test.env {
						env[variable] = strings.ReplaceAll(value, "URL", env["CELONIS_URL"])
					}
				}

				made, diagnostics := (&celonisProvider{version: "test", env: env.lookup}).connect(t.Context(), config, "1.11.4")
				wantText(t, texts(diagnostics, diag.SeverityError))

				start := time.Now()
				_, err := made.client.KnowledgeModels(t.Context())

				if (err != nil) != (name == "token_url") || !test.seen(team, time.Since(start)) {
					t.Errorf("the setting has no effect (error %v)", err)
				}
			})
		}
	}
}
