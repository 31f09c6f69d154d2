package provider

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

func TestSCIMBasePathIsValidated(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		variable, attribute string
		problem             string
	}{
		"in the environment":              {variable: " /scim/v2/ "},
		"in the configuration":            {attribute: "/user-provisioning/scim/v2", variable: "https://ignored.example.com"},
		"nowhere":                         {},
		"a URL":                           {attribute: "https://acme.eu-1.celonis.cloud/scim/v2", problem: "it is a URL: specify only the path"},
		"another host":                    {attribute: "//evil.example.com/scim", problem: "it is a URL"},
		"without a slash":                 {attribute: "scim/v2", problem: "must begin with a slash"},
		"parent folder":                   {attribute: "/scim/../oauth2", problem: `".." is not a valid path segment`},
		"escaped":                         {attribute: "/scim%2Fv2", problem: `"scim%2Fv2" is not a valid path segment`},
		"with a query":                    {attribute: "/scim/v2?x=1", problem: `"v2?x=1" is not a valid path segment`},
		"with a fragment":                 {attribute: "/scim/v2#x", problem: "is not a valid path segment"},
		"with an empty segment":           {attribute: "/scim//v2", problem: "is not a valid path segment"},
		"root":                            {attribute: "/", problem: "is not a valid path segment"},
		"URL in the environment":          {variable: "https://acme.eu-1.celonis.cloud/scim/v2", problem: "the environment variable CELONIS_SCIM_BASE_PATH"},
		"with a query in the environment": {variable: "/scim/v2?x=1", problem: "the environment variable CELONIS_SCIM_BASE_PATH"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			env := environment{"CELONIS_URL": address, "CELONIS_ACCESS_TOKEN": "some-token", "CELONIS_SCIM_BASE_PATH": test.variable}
			got, diagnostics := connected(t, env, func(model *providerModel) {
				if test.attribute != "" {
					model.SCIMBasePath = set(test.attribute)
				}
			})

			if test.problem == "" {
				wantText(t, texts(diagnostics, diag.SeverityError))
			} else {
				wantText(t, texts(diagnostics, diag.SeverityError), "[scim_base_path] Invalid scim_base_path", test.problem)
			}

			if (got.client == nil) != (test.problem != "") {
				t.Errorf("got client %v", got.client)
			}
		})
	}
}

func TestUnknownSCIMBasePathDoesNotFallBackToTheEnvironment(t *testing.T) {
	t.Parallel()

	env := environment{"CELONIS_URL": address, "CELONIS_ACCESS_TOKEN": "some-token", "CELONIS_SCIM_BASE_PATH": "/scim/v2"}

	got, diagnostics := connected(t, env, func(model *providerModel) { model.SCIMBasePath = types.StringUnknown() })
	if got.client != nil || len(got.unknown) != 1 || got.unknown[0] != "scim_base_path" || diagnostics.HasError() {
		t.Errorf("got client %v, unknown attributes %q and diagnostics %v", got.client, got.unknown, diagnostics)
	}
}

// TestAccErrorsWithoutSCIMContainAdvice covers teams without a SCIM API at the documented paths.
func TestAccErrorsWithoutSCIMContainAdvice(t *testing.T) {
	t.Parallel()

	const (
		advice      = "What to do: Set `scim_base_path` to the path of the team's SCIM API"
		permission  = "the User Provisioning > SCIM permission"
		scimRefused = `{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "403", "detail": "SCIM is not for you."}`
	)

	for name, test := range map[string]struct {
		status int
		body   string
		parts  []string
	}{
		"pages":         {http.StatusNotFound, "<html><title>Page not found</title></html>", []string{"Page not found", advice, permission}},
		"sign-in pages": {http.StatusOK, "<html><title>Login</title></html>", []string{"Login", advice, permission}},
		"nothing":       {http.StatusNotFound, "", []string{"status 404", advice, permission}},
		"unauthorized": {
			http.StatusUnauthorized, `{"error": "Unauthorized"}`,
			[]string{"status 401: Unauthorized", "Celonis rejected the credentials", "CELONIS_CLIENT_SECRET"},
		},
		"not activated": {http.StatusForbidden, "", []string{"status 403", "is not activated for the team", permission}},
		"forbidden":     {http.StatusForbidden, scimRefused, []string{"SCIM is not for you", "Check the permissions", permission, "user-provisioning.scim"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/oauth2/") {
					team.ServeHTTP(w, r)

					return
				}

				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}))
			t.Cleanup(server.Close)

			output, err := newWorkspace(t, env.but(environment{"CELONIS_URL": server.URL}), `data "celonis_users" "all" {}`).run("plan")
			if err == nil {
				t.Errorf("the read succeeded:\n%s", output)
			}

			wantParts(t, output, append(test.parts, "Unable to list users", "No SCIM API responded at /scim/v2 (", "/user-provisioning/scim/v2 (",
				"/api/user-provisioning/scim/v2 (")...)
		})
	}
}
