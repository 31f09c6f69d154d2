package provider

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

// TestAccRunsLeaveNoSecrets searches the TRACE logs, the plan file, the plan as JSON, the state and the output of successful and failed
// runs.
func TestAccRunsLeaveNoSecrets(t *testing.T) {
	t.Parallel()

	known := oauth.DefaultClient()
	known.RefreshTokens = []string{"refresh-token-nobody-may-see"}
	options := simulator.Options{
		Intelligence: intelligence.Options{Models: modelsForTests()}, OAuth: oauth.Options{Clients: []oauth.Client{known}},
	}
	configuration := `
		variable "client_secret" {
		  type      = string
		  sensitive = true
		  ephemeral = true
		}
		ephemeral "celonis_oauth_token" "this" {
		  client_id     = "` + known.ID + `"
		  client_secret = var.client_secret
		  scopes        = ["intelligence.knowledge-models:read"]
		}
		provider "celonis" {
		  alias        = "reader"
		  access_token = ephemeral.celonis_oauth_token.this.access_token
		}
		data "celonis_knowledge_models" "reader" { provider = celonis.reader }
		data "celonis_knowledge_model" "own" { name = "Order to Cash" }
		resource "terraform_data" "id" { input = data.celonis_knowledge_model.own.id }
		output "ids" { value = data.celonis_knowledge_models.reader.ids }`

	for name, credentials := range map[string]environment{
		"OAuth client":    {},
		"refresh token":   {"CELONIS_REFRESH_TOKEN": known.RefreshTokens[0]},
		"application key": {"CELONIS_CLIENT_ID": "", "CELONIS_CLIENT_SECRET": "", "CELONIS_APP_KEY": oauth.DefaultApplicationKey().Value},
		"user API key":    {"CELONIS_CLIENT_ID": "", "CELONIS_CLIENT_SECRET": "", "CELONIS_API_KEY": oauth.DefaultUserKey().Value},
		"wrong key":       {"CELONIS_CLIENT_ID": "", "CELONIS_CLIENT_SECRET": "", "CELONIS_APP_KEY": "wrong-key-that-nobody-may-see"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, options)
			env = env.but(credentials).but(environment{"TF_LOG": "TRACE", "TF_VAR_client_secret": known.Secret})
			w := newProgramWorkspace(t, env, configuration)
			w = w.with("TF_LOG_PATH", filepath.Join(w.Folder, "trace.log"))

			// The fault simulates a proxy that repeats the request's credentials in a header name and in the body.
			team.Inject(simulator.Fault{Path: modelsPath, Skip: 1, Status: http.StatusBadGateway, Body: "<html><title>" + known.Secret + "</title></html>"})

			var all strings.Builder // the output and the errors of all commands

			for _, command := range [][]string{
				{"plan", "-out=plan"}, {"show", "-json", "plan"}, {"apply", "plan"}, {"show", "-json"}, {"plan"}, {"output", "-json"},
			} {
				output, err := w.run(command...)
				all.WriteString(output)

				if err != nil {
					if name != "wrong key" {
						t.Errorf("%v: %v\n%s", command, err, output)
					}

					break
				}
			}

			printed := all.String()
			write(t, filepath.Join(w.Folder, "printed.txt"), printed)

			if name != "wrong key" { // With a wrong key, the plan fails and there is no plan file.
				write(t, filepath.Join(w.Folder, "plan.unpacked"), unpacked(t, filepath.Join(w.Folder, "plan")))
			}

			if name == "wrong key" && !strings.Contains(printed, "Celonis rejected the credentials") {
				t.Errorf("the run did not fail with the expected error:\n%s", printed)
			}

			log := read(t, filepath.Join(w.Folder, "trace.log"))
			if !strings.Contains(log, "Celonis responded") || !strings.Contains(log, "status=200") {
				t.Error("the log contains no requests")
			}

			searchForSecrets(t, w.Folder, append(known.RefreshTokens, known.Secret, oauth.DefaultApplicationKey().Value,
				oauth.DefaultUserKey().Value, "wrong-key-that-nobody-may-see", "eyJhbGciOiJFUzM4NCI", "eyJ0eXAiOi")...)
		})
	}
}

// searchForSecrets searches all files of a run for the given secrets.
func searchForSecrets(t *testing.T, folder string, secrets ...string) {
	t.Helper()

	searched := map[string]bool{}

	err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "main.tf" {
			return err
		}

		searched[entry.Name()] = true
		content := read(t, file)

		for _, secret := range secrets {
			if strings.Contains(content, secret) {
				at := strings.Index(content, secret)
				t.Errorf("%s contains the secret %.8s…: %q", entry.Name(), secret, content[max(0, at-200):at])
			}
		}

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	for _, name := range []string{"trace.log", "printed.txt"} {
		if !searched[name] {
			t.Errorf("%s does not exist", name)
		}
	}
}

func TestAccUnknownProviderValuesFailInTheAffectedBlock(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	w := newProgramWorkspace(t, env, `
		resource "terraform_data" "team" { input = "https://acme.eu-1.celonis.cloud" }
		provider "celonis" {
		  alias    = "later"
		  base_url = terraform_data.team.output
		}
		data "celonis_knowledge_models" "now" {}
		data "celonis_knowledge_models" "later" { provider = celonis.later }
		output "ids" { value = data.celonis_knowledge_models.now.ids }
		output "url" { value = provider::celonis::base_url("acme", "eu-1") }`)

	output, err := w.run("plan")
	if err == nil {
		t.Errorf("the plan succeeded:\n%s", output)
	}

	got := words(output)
	for _, part := range []string{
		"with data.celonis_knowledge_models.later", "configuration is not known yet: `base_url` depends on something",
		"-target", "depends_on", `"accounts-payable.ap-km"`, "https://acme.eu-1.celonis.cloud",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is missing from\n%s", part, output)
		}
	}

	if strings.Count(got, "Error: ") != 1 {
		t.Errorf("got several errors, want one:\n%s", output)
	}

	// Only the provider block without an alias may send requests to the team in the environment.
	wantRequests(t, team, 1, 1, 0)
}

func TestAccHundredLookupsByNameCostOneListing(t *testing.T) {
	t.Parallel()

	const (
		models  = 1000
		lookups = 100
	)

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: models}})

	var names strings.Builder
	for index, model := range intelligence.GenerateKnowledgeModels(models, 0) {
		if index%(models/lookups) == 0 {
			fmt.Fprintf(&names, "%q,\n", model.Name)
		}
	}

	w := newWorkspace(t, env, `
		data "celonis_knowledge_model" "this" {
		  for_each = toset([`+names.String()+`])
		  name     = each.key
		}`)

	began := time.Now()

	w.must("plan")

	// On a slow machine, the plan may outlast the period for which a response is shared, and then reads the list again.
	lists := team.Count(http.MethodGet, modelsPath)
	if most := 20 * (1 + int(time.Since(began)/paging.SharedFor)); lists < 20 || lists > most {
		t.Errorf("got %d list requests, want 20, or at most %d on a slow machine", lists, most)
	}

	wantRequests(t, team, 1, lists, 0)
}

func TestAccValidationNeedsNoTeamAndNoCredentials(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct{ configuration, message string }{
		"two sign-in methods": {
			`provider "celonis" {
			  app_key   = "key"
			  client_id = "id"
			}`, "Multiple sign-in methods configured",
		},
		"conflicting addresses": {
			`provider "celonis" {
			  base_url = "acme.eu-1.celonis.cloud"
			  team     = "acme"
			}`, "Conflicting team addresses",
		},
		"plain http":          {`provider "celonis" { base_url = "http://acme.eu-1.celonis.cloud" }`, "use https"},
		"user information":    {`provider "celonis" { base_url = "https://u:hunter2@acme.eu-1.celonis.cloud" }`, "user information"},
		"malformed URL":       {`provider "celonis" { base_url = "https://acme eu-1" }`, "not a valid URL"},
		"empty secret":        {`provider "celonis" { client_secret = "" }`, "must not be empty"},
		"page size":           {`provider "celonis" { page_size = 5001 }`, "between 1 and 5000"},
		"concurrent requests": {`provider "celonis" { max_concurrent_requests = 0 }`, "between 1 and 50"},
		"retries":             {`provider "celonis" { max_retries = 21 }`, "between 0 and 20"},
		"timeout":             {`provider "celonis" { request_timeout = "30" }`, "duration"},
		"maximum retry wait":  {`provider "celonis" { max_retry_wait = "0s" }`, "positive duration"},
		"method":              {`provider "celonis" { auth_method = "basic" }`, "client_secret_basic"},
		"scopes":              {`provider "celonis" { scopes = ["a b"] }`, "one scope"},
		"certificate":         {`provider "celonis" { ca_certificate = "ca.pem" }`, "file("},
		"unknown value is not an error": {
			`variable "key" { type = string }
			provider "celonis" {
			  app_key = var.key
			  api_key = var.key
			}`, "Success",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			output, _ := newWorkspace(t, environment{}, test.configuration+`
				data "celonis_knowledge_models" "all" {}`).run("validate")
			if got := words(output); !strings.Contains(got, test.message) {
				t.Errorf("%q is missing from\n%s", test.message, output)
			}
		})
	}
}

// TestAccRealTeam reads a real team if CELONIS_URL and credentials are set.
func TestAccRealTeam(t *testing.T) {
	t.Parallel()

	env := environment{}

	for _, variable := range os.Environ() {
		// Keep the proxy variables, because the team may be behind a proxy.
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "CELONIS_") || strings.HasSuffix(strings.ToUpper(name), "_PROXY") ||
			strings.HasPrefix(name, "SSL_CERT_") {
			env[name] = value
		}
	}

	if env["CELONIS_URL"] == "" && env["CELONIS_TEAM"] == "" {
		t.Skip("this test reads a real team. Set CELONIS_URL and credentials, and use make test-real")
	}

	newProgramWorkspace(t, env, `
		data "celonis_knowledge_models" "all" {}
		data "celonis_knowledge_model" "first" {
		  count = length(data.celonis_knowledge_models.all.ids) > 0 ? 1 : 0
		  id    = data.celonis_knowledge_models.all.ids[0]
		}
		output "ids" { value = data.celonis_knowledge_models.all.ids }`).must("apply", "-auto-approve")
}
