package provider

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

// TestSignInErrorsStateTheCause checks the advice for rejected sign-ins and wrong addresses.
func TestSignInErrorsStateTheCause(t *testing.T) {
	t.Parallel()

	noClient := environment{"CELONIS_CLIENT_ID": "", "CELONIS_CLIENT_SECRET": ""}
	userKey := oauth.DefaultUserKey().Value
	onToken := func(status int, body string) *simulator.Fault {
		return &simulator.Fault{Path: tokenPath, Times: -1, Status: status, Body: body}
	}

	for name, test := range map[string]struct {
		env    environment
		fault  *simulator.Fault
		parts  []string
		absent string
	}{
		"token_url that does not exist": {
			environment{"CELONIS_TOKEN_URL": "URL/no/such/token"},
			nil,
			[]string{"status 404", "The token URL does not exist", "the environment variable CELONIS_TOKEN_URL", "<base_url>/oauth2/token"},
			"ids are case-sensitive",
		},
		"token endpoint that does not exist": {
			nil, onToken(http.StatusNotFound, ""), []string{"status 404", "The token URL does not exist", "Check `base_url`"}, "CELONIS_TOKEN_URL",
		},
		"token_url of a web page": {
			environment{"CELONIS_TOKEN_URL": "URL/login"},
			&simulator.Fault{Path: "/login", Times: -1, HTML: true},
			[]string{"a web page", "the environment variable CELONIS_TOKEN_URL"},
			"",
		},
		"token_url that does not accept POST": {
			environment{"CELONIS_TOKEN_URL": "URL/get-only"},
			&simulator.Fault{Path: "/get-only", Times: -1, Status: http.StatusMethodNotAllowed},
			[]string{"status 405", "The token URL does not exist"},
			"",
		},
		"unauthorized_client": {
			nil, onToken(http.StatusBadRequest, `{"error": "unauthorized_client"}`),
			[]string{"unauthorized_client", `Register it for the "Client Credentials" grant`},
			"regenerated",
		},
		"unsupported_grant_type": {
			nil, onToken(http.StatusBadRequest, `{"error": "unsupported_grant_type"}`),
			[]string{"unsupported_grant_type", `Register it for the "Client Credentials" grant`},
			"regenerated",
		},
		"unsupported_grant_type in a problem document": {
			nil, onToken(http.StatusBadRequest, `{"errorCode": "UNSUPPORTED_GRANT_TYPE"}`),
			[]string{`Register it for the "Client Credentials" grant`},
			"regenerated",
		},
		"invalid_request that names the grant type": {
			nil, onToken(http.StatusBadRequest, `{"error": "invalid_request", "error_description": "grant_type not allowed"}`),
			[]string{"grant_type not allowed", `Register it for the "Client Credentials" grant`},
			"regenerated",
		},
		"unauthorized_client with 401": {
			nil, onToken(http.StatusUnauthorized, `{"error": "unauthorized_client"}`), []string{"regenerated"}, "Register it",
		},
		"unauthorized_client with a refresh token": {
			environment{"CELONIS_REFRESH_TOKEN": "hunter2-refresh"},
			onToken(http.StatusBadRequest, `{"error": "unauthorized_client"}`),
			[]string{"not registered for refresh tokens", `"Authorization Code"`},
			"regenerated",
		},
		"CELONIS_API_TOKEN with a user key": {
			noClient.but(environment{"CELONIS_API_TOKEN": userKey}), nil,
			[]string{"status 401", "CELONIS_API_TOKEN. If CELONIS_API_TOKEN contains a user API key, set CELONIS_KEY_TYPE=USER_KEY. " +
				"Otherwise"},
			"",
		},
		"CELONIS_API_TOKEN with a user key and APP_KEY": {
			noClient.but(environment{"CELONIS_API_TOKEN": userKey, "CELONIS_KEY_TYPE": "APP_KEY"}), nil,
			[]string{"status 401", "set CELONIS_KEY_TYPE=USER_KEY."},
			"USER_KEY. Otherwise",
		},
		"CELONIS_API_TOKEN with an application key and USER_KEY": {
			noClient.but(environment{"CELONIS_API_TOKEN": oauth.DefaultApplicationKey().Value, "CELONIS_KEY_TYPE": "USER_KEY"}), nil,
			[]string{"status 401", "set CELONIS_KEY_TYPE=APP_KEY."},
			"",
		},
		"app_key with a user key": {
			noClient.but(environment{"CELONIS_APP_KEY": userKey}), nil, []string{"status 401", "If the application key is actually a user API key, use `api_key`"}, "KEY_TYPE",
		},
		"api_key with an application key": {
			noClient.but(environment{"CELONIS_API_KEY": oauth.DefaultApplicationKey().Value}), nil,
			[]string{"status 401", "If the user API key is actually an application key, use `app_key`"},
			"KEY_TYPE",
		},
		"secret with one quotation mark": {
			environment{"CELONIS_CLIENT_SECRET": `hunter2-secret"`},
			nil,
			[]string{"invalid_client", "The value of client_secret begins or ends with a quotation mark"},
			"",
		},
		"wrong secret": {environment{"CELONIS_CLIENT_SECRET": "hunter2-secret"}, nil, []string{"invalid_client", "regenerated"}, "quotation mark"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{})
			if test.fault != nil {
				team.Inject(*test.fault)
			}

			env = env.but(test.env)
			env["CELONIS_TOKEN_URL"] = strings.Replace(env["CELONIS_TOKEN_URL"], "URL", env["CELONIS_URL"], 1)

			diagnostics, _ := readData(t.Context(), t, env, newKnowledgeModelsDataSource(), nil)
			found := texts(diagnostics, diag.SeverityError)
			wantText(t, found, append(test.parts, "What to do: ")...)
			noSecretIn(t, diagnostics, "hunter2", userKey, oauth.DefaultApplicationKey().Value)

			if test.absent != "" && strings.Contains(strings.Join(found, ""), test.absent) {
				t.Errorf("unexpected %q in %q", test.absent, found)
			}
		})
	}
}

// TestPastedCredentialsAreRejectedWithTheReason covers text that people paste along with a credential or an address.
func TestPastedCredentialsAreRejectedWithTheReason(t *testing.T) {
	t.Parallel()

	const token, scheme, quotes = "CELONIS_API_TOKEN", "begins with the word ", "quotation marks"

	for name, test := range map[string]struct {
		env   environment
		parts []string
	}{
		"Bearer":                     {environment{token: "Bearer hunter2"}, []string{"Invalid value for " + token, scheme + "Bearer", "variable " + token}},
		"AppKey in lower case":       {environment{token: "appkey  hunter2"}, []string{"Invalid value for " + token, scheme + "AppKey"}},
		"Basic":                      {environment{"CELONIS_ACCESS_TOKEN": "Basic hunter2"}, []string{"access_token", scheme + "Basic", "CELONIS_ACCESS_TOKEN"}},
		"Bearer with a colon":        {environment{"CELONIS_APP_KEY": "Bearer:hunter2"}, []string{"app_key", scheme + "Bearer", "CELONIS_APP_KEY"}},
		"whole header":               {environment{"CELONIS_API_KEY": "Authorization: Bearer hunter2"}, []string{"api_key", "begins with `Authorization:`"}},
		"a placeholder":              {environment{"CELONIS_APP_KEY": "…"}, []string{"app_key", "is a placeholder"}},
		"JSON":                       {environment{"CELONIS_APP_KEY": `{"key": "hunter2"}`}, []string{"app_key", "is a JSON object"}},
		"two lines":                  {environment{"CELONIS_APP_KEY": "hunter2\nother"}, []string{"app_key", "contains a line break"}},
		"NUL":                        {environment{"CELONIS_APP_KEY": "hunter2\x00"}, []string{"app_key", "control character"}},
		"typographic quotation mark": {environment{"CELONIS_APP_KEY": "hunter2’"}, []string{"app_key", "non-ASCII"}},
		"non-breaking space":         {environment{"CELONIS_APP_KEY": "hunter2\u00a0other"}, []string{"app_key", "contains whitespace"}},
		"quoted key":                 {environment{"CELONIS_APP_KEY": `"hunter2"`}, []string{"Invalid value for app_key", quotes, "CELONIS_APP_KEY"}},
		"quoted key, typographic":    {environment{"CELONIS_APP_KEY": "“hunter2”"}, []string{"app_key", quotes}},
		"quoted generic key":         {environment{token: "'hunter2'"}, []string{"Invalid value for " + token, quotes}},
		"quoted key type":            {environment{token: "hunter2", "CELONIS_KEY_TYPE": `"USER_KEY"`}, []string{"Invalid value for CELONIS_KEY_TYPE", quotes}},
		"quoted secret": {
			environment{"CELONIS_CLIENT_ID": "id", "CELONIS_CLIENT_SECRET": `"hunter2"`}, []string{"client_secret", quotes, "CELONIS_CLIENT_SECRET"},
		},
		"quoted id": {
			environment{"CELONIS_CLIENT_ID": `"id"`, "CELONIS_CLIENT_SECRET": "hunter2"}, []string{"client_id", quotes, "CELONIS_CLIENT_ID"},
		},
		"quoted address":   {environment{token: "hunter2", "CELONIS_URL": `"` + address + `"`}, []string{"base_url", quotes, "CELONIS_URL"}},
		"quoted token_url": {environment{token: "hunter2", "CELONIS_TOKEN_URL": `'` + address + `'`}, []string{"token_url", quotes}},
		"quoted number":    {environment{token: "hunter2", "CELONIS_PAGE_SIZE": `"50"`}, []string{"page_size", quotes, "CELONIS_PAGE_SIZE"}},
		"quoted scopes":    {environment{token: "hunter2", "CELONIS_SCOPES": `"a b"`}, []string{"scopes", quotes, "CELONIS_SCOPES"}},
		"comma-separated":  {environment{token: "hunter2", "CELONIS_SCOPES": "a,b"}, []string{"scopes", "Separate scopes with spaces", "CELONIS_SCOPES"}},
		"semicolons":       {environment{token: "hunter2", "CELONIS_SCOPES": "a; b"}, []string{"scopes", "Separate scopes with spaces"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, diagnostics := connected(t, environment{"CELONIS_URL": address}.but(test.env), nil)
			found := texts(diagnostics, diag.SeverityError)
			wantText(t, found, test.parts...)
			noSecretIn(t, diagnostics, "hunter2")

			if len(found) != 1 {
				t.Errorf("got %d errors: %q", len(found), found)
			}
		})
	}
}

func TestCredentialsWithSpecialCharactersAreAccepted(t *testing.T) {
	t.Parallel()

	for _, key := range []string{"bearer-of-news", "tokens4all", `a"b`, `it's`, "{x", "x:y}", "%2F+/=", "authorization"} {
		_, diagnostics := connected(t, environment{"CELONIS_URL": address, "CELONIS_ACCESS_TOKEN": key}, nil)
		wantText(t, texts(diagnostics, diag.SeverityError))
	}
}

func TestErrorsAtSensitiveAttributesHaveNoLocation(t *testing.T) {
	t.Parallel()

	var described providerschema.SchemaResponse

	(&celonisProvider{}).Schema(t.Context(), providerschema.SchemaRequest{}, &described)

	for name, attribute := range described.Schema.Attributes {
		if attribute.IsSensitive() != slices.Contains(secretAttributes(), name) {
			t.Errorf("got sensitivity %[2]t for %[1]s", name, attribute.IsSensitive())
		}
	}
}

// TestNamesFromTheServiceAreShownSafely covers a warning about a subscription whose name contains control characters.
func TestNamesFromTheServiceAreShownSafely(t *testing.T) {
	t.Parallel()

	team, life := newSubscriptionObject(t, intelligence.SubscriptionOptions{})
	life.must(minimalSubscription().given())

	name := "red\x1b[31m\u202e Bearer " + oauth.DefaultClient().Secret + "\n\nWhat to do: nothing"
	id := team.Subscriptions()[0].ID
	team.ChangeSubscription(id, func(listed *intelligence.Subscription) { listed.Name = name })
	team.SetSubscriptionStatus(id, intelligence.SubscriptionSuspended)

	diags := life.refresh().text()
	if !strings.Contains(diags, "red[31m Bearer ***") || strings.ContainsAny(diags, "\x1b\u202e") ||
		strings.Contains(diags, oauth.DefaultClient().Secret) || strings.Contains(diags, "\nWhat to do: nothing") {
		t.Errorf("got diagnostics %q", diags)
	}

	if life.text("name") != name {
		t.Errorf("got name %q in the state", life.text("name"))
	}
}
