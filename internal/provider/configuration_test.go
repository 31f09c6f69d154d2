package provider

import (
	"context"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// environment is a set of environment variables.
type environment map[string]string

func (e environment) lookup(name string) string { return e[name] }

// emptyModel is an empty provider block.
func emptyModel() providerModel {
	return providerModel{Scopes: types.SetNull(types.StringType)}
}

const address = "https://acme.eu-1.celonis.cloud"

// connected returns the connection that the provider creates from an environment and a provider block. The block is empty, except for the
// values that the configure function sets.
func connected(t *testing.T, env environment, configure func(*providerModel)) (*connection, diag.Diagnostics) {
	t.Helper()

	config := emptyModel()
	if configure != nil {
		configure(&config)
	}

	return (&celonisProvider{version: "test", env: env.lookup}).connect(t.Context(), config, "1.11.4")
}

// texts returns the text of each diagnostic with the given severity. If a diagnostic points at an attribute, the text begins with the
// attribute's path.
func texts(diagnostics diag.Diagnostics, severity diag.Severity) []string {
	var found []string

	for _, one := range diagnostics {
		if one.Severity() != severity {
			continue
		}

		text := one.Summary() + ": " + one.Detail()
		if located, ok := one.(diag.DiagnosticWithPath); ok {
			text = "[" + located.Path().String() + "] " + text
		}

		found = append(found, text)
	}

	return found
}

func wantText(t *testing.T, found []string, parts ...string) {
	t.Helper()

	if len(parts) == 0 {
		if len(found) > 0 {
			t.Errorf("unexpected diagnostics: %q", found)
		}

		return
	}

	all := strings.Join(found, "\n")
	for _, part := range parts {
		if !strings.Contains(all, part) {
			t.Errorf("%q does not contain %q", all, part)
		}
	}
}

func noSecretIn(t *testing.T, diagnostics diag.Diagnostics, secrets ...string) {
	t.Helper()

	for _, text := range append(texts(diagnostics, diag.SeverityError), texts(diagnostics, diag.SeverityWarning)...) {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("a secret is visible in %q", text)
			}
		}
	}
}

func set(value string) types.String { return types.StringValue(value) }

func TestBaseURLFromConfigurationAndEnvironment(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		env       environment
		configure func(*providerModel)
		want      string
		errors    []string
	}{
		"from base_url":        {nil, func(m *providerModel) { m.BaseURL = set(address + "/x") }, address, nil},
		"from the environment": {environment{"CELONIS_URL": " acme.eu-1.celonis.cloud/ "}, nil, address, nil},
		"configuration takes precedence over the environment":   {environment{"CELONIS_URL": "https://b.eu-1.celonis.cloud"}, func(m *providerModel) { m.BaseURL = set(address) }, address, nil},
		"from team and cluster":                                 {nil, func(m *providerModel) { m.Team, m.Cluster = set("acme"), set("eu-1") }, address, nil},
		"from CELONIS_TEAM and CELONIS_CLUSTER":                 {environment{"CELONIS_TEAM": "acme", "CELONIS_CLUSTER": "eu-1"}, nil, address, nil},
		"team in the configuration, cluster in the environment": {environment{"CELONIS_CLUSTER": "eu-1"}, func(m *providerModel) { m.Team = set("acme") }, address, nil},
		"team and cluster take precedence over CELONIS_URL":     {environment{"CELONIS_URL": "https://b.eu-1.celonis.cloud"}, func(m *providerModel) { m.Team, m.Cluster = set("acme"), set("eu-1") }, address, nil},
		"base_url takes precedence over team and cluster":       {environment{"CELONIS_TEAM": "b", "CELONIS_CLUSTER": "eu-1"}, func(m *providerModel) { m.BaseURL = set(address) }, address, nil},
		"the same address twice in the environment":             {environment{"CELONIS_URL": address, "CELONIS_TEAM": "acme", "CELONIS_CLUSTER": "eu-1"}, nil, address, nil},
		"two teams in the environment": {
			environment{"CELONIS_URL": address, "CELONIS_TEAM": "b", "CELONIS_CLUSTER": "eu-1"},
			nil, "",
			[]string{"Conflicting Celonis teams in the environment", "CELONIS_TEAM"},
		},
		"team without cluster": {
			nil, func(m *providerModel) { m.Team = set("acme") }, "",
			[]string{"[cluster] Celonis cluster not configured", "`team` in the provider configuration", "CELONIS_CLUSTER"},
		},
		"cluster without team": {
			environment{"CELONIS_CLUSTER": "eu-1"},
			nil, "",
			[]string{"[team] Celonis team not configured", "the environment variable CELONIS_CLUSTER", "CELONIS_TEAM"},
		},
		"nothing":          {environment{"CELONIS_URL": " "}, nil, "", []string{"Celonis team not configured", "CELONIS_URL", "`base_url`", "CELONIS_CLUSTER"}},
		"no team label":    {nil, func(m *providerModel) { m.Team, m.Cluster = set("acme.eu-1"), set("eu-1") }, "", []string{"[team]", "must be a single host name label"}},
		"plain http":       {environment{"CELONIS_URL": "http://acme.eu-1.celonis.cloud"}, nil, "", []string{"[base_url]", "CELONIS_URL", "use https"}},
		"user information": {environment{"CELONIS_URL": "https://u:hunter2-hunter2@acme.eu-1.celonis.cloud"}, nil, "", []string{"user information"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			env := environment{"CELONIS_ACCESS_TOKEN": "some-token"}
			maps.Copy(env, test.env)

			got, diagnostics := connected(t, env, test.configure)
			wantText(t, texts(diagnostics, diag.SeverityError), test.errors...)
			noSecretIn(t, diagnostics, "hunter2", "some-token")

			if test.want != "" && (got.client == nil || got.client.BaseURL() != test.want) {
				t.Errorf("got %+v, want %s", got.client, test.want)
			}
		})
	}
}

func TestSignInMethodIsSelected(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		env       environment
		configure func(*providerModel)
		want      transport.Mode
		source    string
		warnings  []string
		errors    []string
	}{
		"OAuth client in the configuration": {
			nil, func(m *providerModel) { m.ClientID, m.ClientSecret = set("id"), set(" hunter2-secret\n") },
			transport.ModeOAuthClient, "`client_secret` in the provider configuration", nil, nil,
		},
		"OAuth client in the environment": {
			environment{"CELONIS_CLIENT_ID": "id", "CELONIS_CLIENT_SECRET": "hunter2-secret"},
			nil,
			transport.ModeOAuthClient, "the environment variable CELONIS_CLIENT_SECRET", nil, nil,
		},
		"id in the configuration, secret in the environment": {
			environment{"CELONIS_CLIENT_SECRET": "hunter2-secret"},
			func(m *providerModel) { m.ClientID = set("id") },
			transport.ModeOAuthClient, "client_id from `client_id` in the provider configuration, client_secret from the environment variable " +
				"CELONIS_CLIENT_SECRET", nil, nil,
		},
		"refresh token": {
			nil, func(m *providerModel) { m.ClientID, m.RefreshToken = set("id"), set("hunter2-refresh") },
			transport.ModeRefreshToken, "`refresh_token` in the provider configuration", nil, nil,
		},
		"refresh token in the environment, with secret": {
			environment{"CELONIS_CLIENT_ID": "id", "CELONIS_CLIENT_SECRET": "hunter2-secret", "CELONIS_REFRESH_TOKEN": "hunter2-refresh"},
			nil,
			transport.ModeRefreshToken, "CELONIS_REFRESH_TOKEN", nil, nil,
		},
		"id in the configuration, refresh token in the environment": {
			environment{"CELONIS_REFRESH_TOKEN": "hunter2-refresh"},
			func(m *providerModel) { m.ClientID = set("id") },
			transport.ModeRefreshToken, "CELONIS_REFRESH_TOKEN", nil, nil,
		},
		"access token": {nil, func(m *providerModel) { m.AccessToken = set("hunter2-token") }, transport.ModeAccessToken, "`access_token`", nil, nil},
		"application key": {
			nil, func(m *providerModel) { m.AppKey = set("hunter2-key") }, transport.ModeApplicationKey, "`app_key`",
			[]string{"Celonis will discontinue static keys", `the guide "From application keys to OAuth"`, "migrating-to-oauth"},
			nil,
		},
		"user API key": {
			environment{"CELONIS_API_KEY": "hunter2-key"},
			nil, transport.ModeUserKey, "CELONIS_API_KEY",
			[]string{"Celonis will discontinue static keys"},
			nil,
		},
		"PyCelonis, no type": {
			environment{"CELONIS_API_TOKEN": "hunter2-key"}, nil, transport.ModeApplicationKey, "CELONIS_API_TOKEN", []string{"discontinue"}, nil,
		},
		"PyCelonis, APP_KEY": {
			environment{"CELONIS_API_TOKEN": "hunter2-key", "CELONIS_KEY_TYPE": "APP_KEY"},
			nil, transport.ModeApplicationKey,
			"CELONIS_API_TOKEN",
			[]string{"discontinue"},
			nil,
		},
		"PyCelonis, APPLICATION_KEY": {
			environment{"CELONIS_API_TOKEN": "hunter2-key", "CELONIS_KEY_TYPE": "APPLICATION_KEY"},
			nil, transport.ModeApplicationKey,
			"CELONIS_API_TOKEN",
			[]string{"discontinue"},
			nil,
		},
		"PyCelonis, USER_KEY": {
			environment{"CELONIS_API_TOKEN": "hunter2-key", "CELONIS_KEY_TYPE": "user_key"},
			nil, transport.ModeUserKey,
			"CELONIS_API_TOKEN",
			[]string{"discontinue"},
			nil,
		},
		"content-cli, BEARER": {
			environment{"CELONIS_API_TOKEN": "hunter2-key", "CELONIS_KEY_TYPE": "BEARER"},
			nil, transport.ModeUserKey,
			"CELONIS_API_TOKEN",
			[]string{"discontinue"},
			nil,
		},
		"PyCelonis, unknown type": {
			environment{"CELONIS_API_TOKEN": "hunter2-key", "CELONIS_KEY_TYPE": "KEY"},
			nil, "", "", nil,
			[]string{"Invalid CELONIS_KEY_TYPE", "APPLICATION_KEY"},
		},
		"configuration takes precedence over the whole environment": {
			environment{"CELONIS_APP_KEY": "hunter2-key", "CELONIS_API_TOKEN": "hunter2-key", "CELONIS_CLIENT_ID": "other", "CELONIS_URL": ""},
			func(m *providerModel) { m.AccessToken = set("hunter2-token") },
			transport.ModeAccessToken, "`access_token`",
			nil, nil, // No warning is expected, because another provider block probably uses the environment.
		},
		"key in the configuration takes precedence over the whole environment": {
			environment{"CELONIS_APP_KEY": "hunter2-key", "CELONIS_API_TOKEN": "hunter2-key", "CELONIS_CLIENT_ID": "other"},
			func(m *providerModel) { m.APIKey = set("hunter2-other-key") },
			transport.ModeUserKey, "`api_key`",
			[]string{"Environment variables ignored", "not used: CELONIS_CLIENT_ID, CELONIS_APP_KEY, CELONIS_API_TOKEN"},
			nil,
		},
		"access token and client id in the environment": {
			environment{"CELONIS_ACCESS_TOKEN": "hunter2-token", "CELONIS_CLIENT_ID": "id"},
			nil, transport.ModeAccessToken, "CELONIS_ACCESS_TOKEN",
			[]string{"not used: CELONIS_CLIENT_ID"},
			nil,
		},
		"complete client in the configuration ignores a refresh token": {
			environment{"CELONIS_REFRESH_TOKEN": "hunter2-refresh"},
			func(m *providerModel) { m.ClientID, m.ClientSecret = set("id"), set("hunter2-secret") },
			transport.ModeOAuthClient, "`client_secret`",
			[]string{"CELONIS_REFRESH_TOKEN"},
			nil,
		},
		"client id alone in the environment cannot sign in": {
			environment{"CELONIS_CLIENT_ID": "id", "CELONIS_APP_KEY": "hunter2-key"},
			nil, transport.ModeApplicationKey, "CELONIS_APP_KEY",
			[]string{"not used: CELONIS_CLIENT_ID"},
			nil,
		},
		"two methods in the environment": {
			environment{"CELONIS_CLIENT_ID": "id", "CELONIS_CLIENT_SECRET": "hunter2-secret", "CELONIS_APP_KEY": "hunter2-key"},
			nil, "", "", nil,
			[]string{"Multiple sign-in methods configured", "CELONIS_CLIENT_ID, CELONIS_CLIENT_SECRET", "CELONIS_APP_KEY"},
		},
		"two keys in the environment": {
			environment{"CELONIS_API_TOKEN": "hunter2-key", "CELONIS_API_KEY": "hunter2-key"},
			nil, "", "", nil,
			[]string{"Multiple sign-in methods", "CELONIS_API_TOKEN", "CELONIS_API_KEY"},
		},
		"two methods in the configuration": {
			nil, func(m *providerModel) { m.AppKey, m.APIKey = set("hunter2-key"), set("hunter2-key") }, "", "", nil,
			[]string{"Multiple sign-in methods", "`app_key`", "`api_key`"},
		},
		"empty variables count as unset": {
			environment{"CELONIS_APP_KEY": "", "CELONIS_API_KEY": " \n", "CELONIS_ACCESS_TOKEN": "hunter2-token"},
			nil,
			transport.ModeAccessToken, "CELONIS_ACCESS_TOKEN", nil, nil,
		},
		"none": {
			nil, nil, "", "", nil,
			[]string{"No credentials for Celonis", "CELONIS_CLIENT_SECRET", "`refresh_token`", "`access_token`", "`app_key`", "`api_key`", "CELONIS_API_TOKEN"},
		},
		"id without secret": {
			nil, func(m *providerModel) { m.ClientID = set("id") }, "", "", nil,
			[]string{"Missing client_secret", "CELONIS_CLIENT_SECRET"},
		},
		"secret without id": {
			environment{"CELONIS_CLIENT_SECRET": "hunter2-secret"}, nil, "", "", nil, []string{"[client_id] Missing client_id", "CELONIS_CLIENT_ID"},
		},
		"refresh token without id": {
			environment{"CELONIS_REFRESH_TOKEN": "hunter2-refresh"}, nil, "", "", nil, []string{"[client_id] Missing client_id"},
		},
		"key with a line break": {
			nil, func(m *providerModel) { m.AppKey = set("hunter2\nof-two-lines") }, "", "", nil,
			[]string{"Invalid value for app_key", "contains a line break", "`app_key` in the provider configuration"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, diagnostics := connected(t, test.env, func(m *providerModel) {
				m.BaseURL = set(address)
				if test.configure != nil {
					test.configure(m)
				}
			})
			wantText(t, texts(diagnostics, diag.SeverityError), test.errors...)
			wantText(t, texts(diagnostics, diag.SeverityWarning), test.warnings...)
			noSecretIn(t, diagnostics, "hunter2")

			if test.errors != nil {
				return
			}

			credentials := got.client.Credentials()
			if credentials.Mode != test.want || !strings.Contains(got.signIn, test.source) {
				t.Errorf("got sign-in with %s (%s), want %s from %s", credentials.Mode, got.signIn, test.want, test.source)
			}

			for _, secret := range []transport.Secret{credentials.ClientSecret, credentials.Key, credentials.RefreshToken} {
				if strings.TrimSpace(secret.Reveal()) != secret.Reveal() {
					t.Error("the secret still has surrounding whitespace")
				}
			}
		})
	}
}

func TestUnknownValuesDoNotFallBackToTheEnvironment(t *testing.T) {
	t.Parallel()

	// If an unknown attribute fell back to the environment, the provider would use one of these values.
	env := environment{
		"CELONIS_URL": "https://wrong.eu-1.celonis.cloud", "CELONIS_TEAM": "wrong", "CELONIS_CLUSTER": "eu-1",
		"CELONIS_APP_KEY": "hunter2-key", "CELONIS_PAGE_SIZE": "7", "CELONIS_SCOPES": "studio", "CELONIS_TOKEN_URL": "https://wrong.example",
	}

	for name, configure := range map[string]func(*providerModel){
		"base_url":                func(m *providerModel) { m.BaseURL = types.StringUnknown() },
		"team":                    func(m *providerModel) { m.Team, m.BaseURL = types.StringUnknown(), types.StringNull() },
		"cluster":                 func(m *providerModel) { m.Cluster, m.BaseURL = types.StringUnknown(), types.StringNull() },
		"client_id":               func(m *providerModel) { m.ClientID, m.AccessToken = types.StringUnknown(), types.StringNull() },
		"client_secret":           func(m *providerModel) { m.ClientSecret, m.AccessToken = types.StringUnknown(), types.StringNull() },
		"refresh_token":           func(m *providerModel) { m.RefreshToken, m.AccessToken = types.StringUnknown(), types.StringNull() },
		"access_token":            func(m *providerModel) { m.AccessToken = types.StringUnknown() },
		"app_key":                 func(m *providerModel) { m.AppKey, m.AccessToken = types.StringUnknown(), types.StringNull() },
		"api_key":                 func(m *providerModel) { m.APIKey, m.AccessToken = types.StringUnknown(), types.StringNull() },
		"auth_method":             func(m *providerModel) { m.AuthMethod = types.StringUnknown() },
		"scopes":                  func(m *providerModel) { m.Scopes = types.SetUnknown(types.StringType) },
		"token_url":               func(m *providerModel) { m.TokenURL = types.StringUnknown() },
		"page_size":               func(m *providerModel) { m.PageSize = types.Int64Unknown() },
		"requests_per_second":     func(m *providerModel) { m.RequestsPerSecond = types.Int64Unknown() },
		"max_concurrent_requests": func(m *providerModel) { m.MaxConcurrentRequests = types.Int64Unknown() },
		"request_timeout":         func(m *providerModel) { m.RequestTimeout = types.StringUnknown() },
		"max_retries":             func(m *providerModel) { m.MaxRetries = types.Int64Unknown() },
		"max_retry_wait":          func(m *providerModel) { m.MaxRetryWait = types.StringUnknown() },
		"ca_certificate":          func(m *providerModel) { m.CACertificate = types.StringUnknown() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, diagnostics := connected(t, env, func(m *providerModel) {
				m.BaseURL, m.AccessToken = set(address), set("hunter2-token")
				configure(m)
			})
			wantText(t, texts(diagnostics, diag.SeverityError))

			if got.client != nil || !slices.Equal(got.unknown, []string{name}) {
				t.Fatalf("got client %v and unknown attributes %v", got.client, got.unknown)
			}

			var found diag.Diagnostics

			if got.use("Unable to list", &found) != nil {
				t.Error("use returns a client")
			}

			wantText(t, texts(found, diag.SeverityError), "Unable to list: ", "`"+name+"`", "not known yet", "-target")
		})
	}
}

func TestUnknownScopeMakesScopesUnknown(t *testing.T) {
	t.Parallel()

	got, diagnostics := connected(t, nil, func(m *providerModel) {
		m.BaseURL, m.AccessToken = set(address), set("hunter2-token")
		m.Scopes = types.SetValueMust(types.StringType, []attr.Value{set("studio"), types.StringUnknown()})
	})
	wantText(t, texts(diagnostics, diag.SeverityError))

	if got.client != nil || !slices.Equal(got.unknown, []string{"scopes"}) {
		t.Errorf("got client %v and unknown attributes %v", got.client, got.unknown)
	}
}

func TestSettingsFromTheEnvironmentAreChecked(t *testing.T) {
	t.Parallel()

	for name, value := range map[string]string{
		"CELONIS_PAGE_SIZE": "0", "CELONIS_REQUESTS_PER_SECOND": "-1", "CELONIS_MAX_CONCURRENT_REQUESTS": "51", "CELONIS_MAX_RETRIES": "many",
		"CELONIS_REQUEST_TIMEOUT": "30", "CELONIS_MAX_RETRY_WAIT": "-1s", "CELONIS_AUTH_METHOD": "digest", "CELONIS_TOKEN_URL": "http://x.example",
		"CELONIS_CA_CERTIFICATE": "proxy-ca.pem",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, diagnostics := connected(t, environment{name: value, "CELONIS_URL": address, "CELONIS_ACCESS_TOKEN": "t"}, nil)
			attribute := strings.ToLower(strings.TrimPrefix(name, "CELONIS_"))
			wantText(t, texts(diagnostics, diag.SeverityError), "["+attribute+"] Invalid", "the environment variable "+name)
		})
	}
}

func TestSettingsReachTheService(t *testing.T) {
	t.Parallel()

	var requests []string

	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, r.URL.Query().Get("pageSize")+" "+r.UserAgent())

		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(server.Close)

	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))

	for name, configure := range map[string]func(*providerModel, environment){
		"from the configuration": func(m *providerModel, env environment) {
			m.BaseURL, m.AccessToken, m.CACertificate = set(server.URL), set("token-token"), set(certificate)
			m.PageSize, m.MaxRetries, m.RequestsPerSecond = types.Int64Value(7), types.Int64Value(1), types.Int64Value(0)
			m.MaxRetryWait = set("1ms")
			// The configuration must take precedence over all of these variables.
			env["CELONIS_PAGE_SIZE"], env["CELONIS_MAX_RETRIES"], env["CELONIS_MAX_RETRY_WAIT"] = "8", "5", "1h"
		},
		"from the environment": func(_ *providerModel, env environment) {
			env["CELONIS_URL"], env["CELONIS_ACCESS_TOKEN"], env["CELONIS_CA_CERTIFICATE"] = server.URL, "token-token", certificate
			env["CELONIS_PAGE_SIZE"], env["CELONIS_MAX_RETRIES"], env["CELONIS_MAX_RETRY_WAIT"] = "7", "1", "1ms"
		},
	} {
		requests = nil

		config, env := emptyModel(), environment{}
		configure(&config, env)

		made, diagnostics := (&celonisProvider{version: "1.2.3", env: env.lookup}).connect(context.Background(), config, "1.11.4")
		wantText(t, texts(diagnostics, diag.SeverityError))

		if _, err := made.client.KnowledgeModels(t.Context()); err == nil {
			t.Error("no error")
		}

		if want := "7 terraform-provider-celonis/1.2.3 Terraform/1.11.4"; !slices.Equal(requests, []string{want, want}) {
			t.Errorf("%s: got requests %q, want %q twice", name, requests, want)
		}
	}
}

// TestInvalidProxyVariableIsReportedBeforeAnyRequest covers proxy variables that Go would silently ignore, so that requests would bypass
// the proxy.
func TestInvalidProxyVariableIsReportedBeforeAnyRequest(t *testing.T) {
	t.Parallel()

	signedIn := environment{"CELONIS_URL": address, "CELONIS_ACCESS_TOKEN": "token-token"}

	for name, test := range map[string]struct {
		env  environment
		want []string
	}{
		"carriage return":             {environment{"HTTPS_PROXY": "http://user:hunter2@proxy.example:3128\r"}, []string{"Invalid proxy configuration", "HTTPS_PROXY environment variable"}},
		"stray percent sign":          {environment{"https_proxy": "http://user:hunter2%@proxy.example:3128"}, []string{"https_proxy environment variable", "Percent-encode"}},
		"exception as a URL":          {environment{"HTTPS_PROXY": "proxy:3128", "NO_PROXY": address}, []string{"NO_PROXY environment variable", "acme.eu-1.celonis.cloud"}},
		"for the token endpoint only": {environment{"HTTPS_PROXY": "%", "NO_PROXY": "celonis.cloud", "CELONIS_TOKEN_URL": "login.example"}, []string{"HTTPS_PROXY environment variable"}},
		"proxy not needed":            {environment{"HTTPS_PROXY": "%", "NO_PROXY": "celonis.cloud", "HTTP_PROXY": "%", "ALL_PROXY": "%"}, nil},
		"loopback":                    {environment{"HTTPS_PROXY": "%", "CELONIS_URL": "http://localhost:8080"}, nil},
		"usable":                      {environment{"HTTPS_PROXY": "http://user:hunter2%25@proxy.example:3128"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			env := signedIn.but(test.env)
			if env["CELONIS_TOKEN_URL"] != "" {
				env = env.but(environment{"CELONIS_ACCESS_TOKEN": "", "CELONIS_CLIENT_ID": "id", "CELONIS_CLIENT_SECRET": "hunter2-secret"})
			}

			_, diagnostics := connected(t, env, nil)
			wantText(t, texts(diagnostics, diag.SeverityError), test.want...)
			noSecretIn(t, diagnostics, "hunter2")
		})
	}
}

func TestCertificateThatGoRejectsCausesAWarning(t *testing.T) {
	t.Parallel()

	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)

	block := func(der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	good := server.Certificate().Raw
	// This PEM block is intact, but contains an empty ASN.1 sequence instead of a certificate.
	odd := block([]byte{0x30, 0x00})

	_, diagnostics := connected(t, environment{"CELONIS_ACCESS_TOKEN": "token-token", "CELONIS_CA_CERTIFICATE": block(good) + odd}, func(m *providerModel) {
		m.BaseURL = set(address)
	})
	wantText(t, texts(diagnostics, diag.SeverityError))
	wantText(t, texts(diagnostics, diag.SeverityWarning), "[ca_certificate] Certificate not used", "block 2 of 2: x509: ",
		"the environment variable CELONIS_CA_CERTIFICATE", "The provider uses the remaining certificates")

	_, diagnostics = connected(t, environment{"CELONIS_ACCESS_TOKEN": "token-token"}, func(m *providerModel) {
		m.BaseURL, m.CACertificate = set(address), set("\ufeff"+block(good)+block(good[:50]))
	})
	wantText(t, texts(diagnostics, diag.SeverityError), "[ca_certificate] Invalid value for ca_certificate", "block 2 of 2 is not a certificate")
}
