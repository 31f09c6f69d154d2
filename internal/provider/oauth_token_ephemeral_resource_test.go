package provider

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

// echoed returns a configuration that copies the results of an ephemeral resource to the state, so that a test can check them.
func echoed(arguments string) string {
	return `
		ephemeral "celonis_oauth_token" "this" {
` + arguments + `
}
		provider "echo" { data = ephemeral.celonis_oauth_token.this }
		resource "echo" "this" {}`
}

func resultIs(name string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("echo.this", tfjsonpath.New("data").AtMapKey(name), check)
}

func TestAccOAuthTokenHasAllAttributes(t *testing.T) {
	t.Parallel()

	other := oauth.Client{
		ID: "other", Secret: "other-secret-value", AuthMethods: []string{"client_secret_post"}, Scopes: []string{"audit.log:read", "studio"},
		RefreshTokens: []string{"other-refresh-token"},
	}
	_, env := startTeam(t, simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{oauth.DefaultClient(), other}, ScopeOptional: true}})
	scopes := func(names ...string) knownvalue.Check {
		checks := make([]knownvalue.Check, 0, len(names))
		for _, name := range names {
			checks = append(checks, knownvalue.StringExact(name))
		}

		return knownvalue.SetExact(checks)
	}

	// The echo resource never changes after its creation, so each step needs its own test case.
	for _, step := range []step{
		{
			config: echoed(`scopes = ["intelligence.knowledge-models:read", "audit.log:read"]`),
			state: []statecheck.StateCheck{
				resultIs("access_token", knownvalue.StringRegexp(regexp.MustCompile(`^eyJ[\w-]+\.[\w-]+\.[\w-]+$`))),
				resultIs("authorization_header", knownvalue.StringRegexp(regexp.MustCompile(`^Bearer eyJ`))),
				resultIs("token_type", knownvalue.StringExact("Bearer")),
				resultIs("scopes", scopes("audit.log:read", "intelligence.knowledge-models:read")),
				resultIs("expires_at", knownvalue.StringFunc(func(value string) error {
					at, err := time.Parse("2006-01-02T15:04:05Z", value)
					if left := time.Until(at); err != nil || left < 10*time.Minute || left > 15*time.Minute {
						return fmt.Errorf("%q is in %s: %w", value, left, err)
					}

					return nil
				})),
			},
		},
		{
			config: echoed(`
				client_id     = "other"
				client_secret = "other-secret-value"`),
			state: []statecheck.StateCheck{resultIs("scopes", scopes("audit.log:read", "studio"))},
		},
		{
			config: echoed(`
				client_id     = "other"
				client_secret = "other-secret-value"
				auth_method   = "client_secret_post"
				refresh_token = "other-refresh-token"
				token_url     = "` + env["CELONIS_URL"] + `"
				scopes        = ["studio"]
				min_remaining = "10m"`),
			state: []statecheck.StateCheck{resultIs("scopes", scopes("studio"))},
		},
	} {
		acceptance(t, env, step)
	}
}

func TestAccFailedOAuthTokenStatesTheReason(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{})

	for _, messages := range []map[string]string{
		// If any argument is invalid, the CLI does not open the ephemeral resource.
		{
			`client_secret = "other"`:            `(?s)Invalid\s+Attribute\s+Combination.*client_id`,
			`scopes = []`:                        `(?s)scopes.*at\s+least\s+1`,
			`scopes = ["studio audit.log:read"]`: `(?s)one\s+scope`,
			`min_remaining = "0s"`:               `(?s)min_remaining.*positive\s+duration`,
			`min_remaining = "soon"`:             `(?s)min_remaining.*positive\s+duration`,
			`auth_method = "digest"`:             `(?s)auth_method.*client_secret_basic`,
			`token_url = "https://x.example"`:    `(?s)Invalid\s+Attribute\s+Combination.*client_id`,
			`token_url = "http://x.example"`:     `(?s)use\s+https`,
		},
		{
			`client_id = "other"`: `(?s)client_id.*requires\s+.client_secret.\s+or\s+.refresh_token.`,
			`scopes = ["studio"]`: `(?s)Unable to get an OAuth token.*invalid_scope.*not\s+registered\s+for\s+studio.*Define\s+scopes`,
			``:                    `(?s)status 400.*The\s+request\s+contained\s+no\s+scopes.*Set\s+.scopes.\s+to\s+scopes`,
			`
			client_id     = "other"
			client_secret = "some-secret-of-mine"
			scopes        = ["studio"]`: `(?s)invalid_client.*from\s+the\s+arguments\s+of\s+this\s+ephemeral\s+resource`,
			`
			scopes        = ["audit.log:read"]
			min_remaining = "16m"`: `(?s)A\s+new\s+token\s+is\s+valid\s+for\s+14m5\ds,\s+but\s+.min_remaining.\s+is\s+16m0s`,
		},
	} {
		var refusals []refusal

		for arguments, message := range messages {
			refusals = append(refusals, refusal{"ephemeral \"celonis_oauth_token\" \"x\" {\n" + arguments + "\n}", message})
		}

		mustRefuse(t, env, "", refusals...)
	}
}

func TestAccOAuthTokenRequiresAnOAuthSignIn(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{})
	known := oauth.DefaultClient()
	keyed := environment{"CELONIS_URL": env["CELONIS_URL"], "CELONIS_APP_KEY": oauth.DefaultApplicationKey().Value}

	acceptance(t, keyed,
		step{
			config: echoed(`scopes = ["audit.log:read"]`),
			fails:  regexp.MustCompile(`(?s)an\s+application\s+key,\s+which\s+cannot\s+request\s+OAuth\s+tokens.*client_secret`),
		},
		step{
			config: echoed(`
				client_id     = "` + known.ID + `"
				client_secret = "` + known.Secret + `"
				scopes        = ["audit.log:read"]`),
			state: []statecheck.StateCheck{resultIs("token_type", knownvalue.StringExact("Bearer"))},
		},
	)
}

// TestAccFiveTokensInOneApplyCostOneRequest runs the built provider as a separate program. The CLI applies a saved plan with a single process
// of that program.
func TestAccFiveTokensInOneApplyCostOneRequest(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	w := newProgramWorkspace(t, env, `
		ephemeral "celonis_oauth_token" "this" {
		  count  = 5
		  scopes = ["intelligence.knowledge-models:read"]
		}
		provider "celonis" {
		  alias        = "reader"
		  access_token = ephemeral.celonis_oauth_token.this[4].access_token
		}
		data "celonis_knowledge_model" "read_when_applying" {
		  provider = celonis.reader
		  id       = terraform_data.id.output
		}
		resource "terraform_data" "id" {
		  input = "order-to-cash.base"
		}`)

	w.must("plan", "-out=plan")
	team.ResetJournal()
	w.must("apply", "plan")
	wantRequests(t, team, 1, 0, 1)
}

func TestAccOAuthTokenWithMissingScopesIsRejected(t *testing.T) {
	t.Parallel()

	known := oauth.DefaultClient()
	known.Scopes = []string{"audit.log:read"}

	_, env := startTeam(t, simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{known}, NarrowScopes: true}})
	acceptance(t, env, step{
		config: echoed(`scopes = ["audit.log:read", "studio"]`),
		fails:  regexp.MustCompile(`(?s)The\s+token\s+lacks\s+studio:\s+it\s+was\s+granted\s+only\s+audit.log:read`),
	})
}

func TestAccOAuthTokenArgumentsReachTheService(t *testing.T) {
	t.Parallel()

	other := oauth.Client{
		ID: "other", Secret: "other-secret-value", AuthMethods: []string{"client_secret_basic", "client_secret_post"},
		Scopes: []string{"studio"}, RefreshTokens: []string{"other-refresh-token"},
	}
	team, env := startTeam(t, simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{oauth.DefaultClient(), other}}})
	team.Inject(simulator.Fault{Path: "/elsewhere", Times: -1, Status: http.StatusOK, Body: `{"access_token": "from-elsewhere", "expires_in": 899}`})

	acceptance(t, env, step{
		config: echoed(`
			client_id     = " other "
			client_secret = "other-secret-value"
			token_url     = "` + env["CELONIS_URL"] + `/elsewhere"
			scopes        = ["studio"]`),
		state: []statecheck.StateCheck{resultIs("access_token", knownvalue.StringExact("from-elsewhere"))},
	})
	team.ResetJournal()
	acceptance(t, env, step{config: echoed(`
			client_id     = "other"
			client_secret = "other-secret-value"
			auth_method   = "client_secret_post"
			refresh_token = "other-refresh-token"
			scopes        = ["studio"]`)})

	for _, entry := range team.Journal() {
		if form := entry.Form; form.Get("client_id") != "other" || form.Get("grant_type") != "refresh_token" || form.Get("scope") != "studio" {
			t.Errorf("got form %v", form)
		}
	}
}
