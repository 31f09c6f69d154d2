package provider

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// readData reads a data source in the same way as Terraform, but without the CLI.
func readData(
	ctx context.Context, t *testing.T, env environment, source datasource.DataSource, arguments map[string]string,
) (diag.Diagnostics, tftypes.Value) {
	t.Helper()

	made, diagnostics := (&celonisProvider{version: "test", env: env.lookup}).connect(ctx, emptyModel(), "1.11.4")
	if diagnostics.HasError() {
		return diagnostics, tftypes.Value{}
	}

	var described datasource.SchemaResponse

	source.Schema(ctx, datasource.SchemaRequest{}, &described)

	var configured datasource.ConfigureResponse

	configurable, ok := source.(datasource.DataSourceWithConfigure)
	if !ok {
		t.Fatalf("%T does not implement Configure", source)
	}

	configurable.Configure(ctx, datasource.ConfigureRequest{ProviderData: made}, &configured)

	object, ok := described.Schema.Type().TerraformType(ctx).(tftypes.Object)
	if !ok {
		t.Fatal("the schema is not an object")
	}

	values := make(map[string]tftypes.Value)

	for name, kind := range object.AttributeTypes {
		values[name] = tftypes.NewValue(kind, nil)
		if value, given := arguments[name]; given {
			values[name] = tftypes.NewValue(kind, value)
		}
	}

	raw := tftypes.NewValue(object, values)
	resp := datasource.ReadResponse{State: tfsdk.State{Schema: described.Schema, Raw: tftypes.NewValue(object, nil)}}

	source.Read(ctx, datasource.ReadRequest{Config: tfsdk.Config{Schema: described.Schema, Raw: raw}}, &resp)

	return append(configured.Diagnostics, resp.Diagnostics...), resp.State.Raw
}

// TestErrorsContainAdvice covers failed connections and sign-ins, rejected requests, and unexpected responses.
func TestErrorsContainAdvice(t *testing.T) {
	t.Parallel()

	known := oauth.DefaultClient()
	post := known
	post.AuthMethods = []string{"client_secret_post"}
	audit := known
	audit.Scopes = []string{"audit.log:read"}

	onModels := func(fault simulator.Fault) *simulator.Fault {
		fault.Path, fault.Times = modelsPath, -1

		return &fault
	}
	onToken := func(fault simulator.Fault) *simulator.Fault {
		fault.Path, fault.Times = tokenPath, -1

		return &fault
	}

	for name, test := range map[string]struct {
		options simulator.Options
		env     environment
		fault   *simulator.Fault
		parts   []string
		// absent lists the advice for other causes, which must not be in the error.
		absent []string
	}{
		"wrong secret": {
			env: environment{"CELONIS_CLIENT_SECRET": "hunter2-wrong-secret"},
			parts: []string{
				"Unable to list Knowledge Models: Request: POST http://127.0.0.1:", "/oauth2/token", "status 401: invalid_client",
				"rejected with client_secret_basic and with client_secret_post",
				"client_secret from the environment variable CELONIS_CLIENT_SECRET", "regenerated",
			},
		},
		"client registered for the other authentication method": {
			options: simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{post}}}, env: environment{"CELONIS_AUTH_METHOD": "client_secret_basic"},
			parts: []string{"invalid_client", `registered for the other authentication method, set ` + "`auth_method`" + ` to "auto"`},
		},
		"scope for which the client is not registered": {
			options: simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{audit}}},
			parts: []string{
				"invalid_scope", "not registered for intelligence.knowledge-models:read. Add the missing scope in Celonis", "Define scopes",
			},
		},
		"used refresh token": {
			env:   environment{"CELONIS_REFRESH_TOKEN": "hunter2-refresh-token"},
			parts: []string{"invalid_grant", "The refresh token has expired, was revoked, or has already been used", "CELONIS_REFRESH_TOKEN"},
		},
		"401 for every request": {
			fault: onModels(simulator.Fault{Status: http.StatusUnauthorized, Body: `{"error": "Unauthorized"}`}),
			parts: []string{"GET http://127.0.0.1:", modelsPath + " (2 attempts)", "status 401: Unauthorized", "an OAuth client (client_id from"},
		},
		"401 for an access token": {
			env:   environment{"CELONIS_CLIENT_ID": "", "CELONIS_CLIENT_SECRET": "", "CELONIS_ACCESS_TOKEN": "hunter2-token"},
			parts: []string{"status 401", "an access token from the environment variable CELONIS_ACCESS_TOKEN", "about 15 minutes"},
		},
		"401 for a key of the other type": {
			env: environment{
				"CELONIS_CLIENT_ID": "", "CELONIS_CLIENT_SECRET": "", "CELONIS_APP_KEY": oauth.DefaultUserKey().Value,
			},
			parts: []string{"status 401", "an application key from the environment variable CELONIS_APP_KEY", "not interchangeable"},
		},
		"403 with a body": {
			options: simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{audit}, NarrowScopes: true}},
			env:     environment{"CELONIS_SCOPES": "audit.log:read intelligence.knowledge-models:read"},
			parts: []string{
				"status 403: ADMIN_ACCESS_ERROR", "What to do: The token lacks the scope intelligence.knowledge-models:read, which the",
				"it was granted only audit.log:read. Add the missing scope",
			},
		},
		"403 without a body": {
			options: simulator.Options{Server: server.Options{InactiveAPIs: []string{"knowledge-models"}}},
			parts:   []string{"status 403", "the Knowledge Model API is not activated for the team", "account team"},
		},
		"404 for an unknown path": {
			fault: onModels(simulator.Fault{Status: http.StatusNotFound, Body: `{"errorCode": "GENERAL_NOTFOUND_PATH"}`}),
			parts: []string{"GENERAL_NOTFOUND_PATH", "Check `base_url`"},
		},
		"429 without a retry time": {
			fault: onModels(simulator.Fault{Status: http.StatusTooManyRequests}),
			env:   environment{"CELONIS_MAX_RETRIES": "0"},
			parts: []string{"status 429", "requests_per_second"},
		},
		"503 with a retry time": {
			fault: onModels(simulator.Fault{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"7200"}}}),
			parts: []string{"status 503", "Retry after " + time.Now().UTC().Add(2*time.Hour).Format("2006-01-02T"), "`max_retry_wait` (20ms)"},
		},
		"429 because of the daily quota": {
			fault: onModels(simulator.Fault{
				Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"7200"}}, Body: `{"errorCode": "LIMIT_RATE_EXCEEDED"}`,
			}),
			parts: []string{"LIMIT_RATE_EXCEEDED", "Retry after " + time.Now().UTC().Add(2*time.Hour).Format("2006-01-02T"), "`max_retry_wait` (20ms)"},
		},
		"503 with a short wait": {
			fault:  onModels(simulator.Fault{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"1"}}}),
			env:    environment{"CELONIS_MAX_RETRIES": "0", "CELONIS_MAX_RETRY_WAIT": "60s"},
			parts:  []string{"status 503", "Retry after ", "If the problem persists, contact Celonis support."},
			absent: []string{"quota", "max_retry_wait"},
		},
		"502 with a retry time": {
			fault:  onModels(simulator.Fault{Status: http.StatusBadGateway, Header: http.Header{"Retry-After": {"7200"}}}),
			parts:  []string{"status 502", "Retry later"},
			absent: []string{"quota", "Retry after"},
		},
		"401 with a retry time": {
			fault: onModels(simulator.Fault{Status: http.StatusUnauthorized, Header: http.Header{"Retry-After": {"7200"}}}),
			parts: []string{"status 401", "Celonis rejected the credentials"}, absent: []string{"quota", "Retry after"},
		},
		"403 with a retry time": {
			fault: onModels(simulator.Fault{
				Status: http.StatusForbidden, Header: http.Header{"Retry-After": {"7200"}}, Body: `{"errorCode": "ADMIN_ACCESS_ERROR"}`,
			}),
			parts: []string{"status 403", "Check the permissions"}, absent: []string{"quota", "Retry after"},
		},
		"403 without a body, with a retry time": {
			fault: onModels(simulator.Fault{Status: http.StatusForbidden, Header: http.Header{"Retry-After": {"7200"}}}),
			parts: []string{"status 403", "is not activated"}, absent: []string{"quota", "Retry after"},
		},
		"401 from the token endpoint, with a retry time": {
			fault: onToken(simulator.Fault{
				Status: http.StatusUnauthorized, Header: http.Header{"Retry-After": {"7200"}}, Body: `{"error": "invalid_client"}`,
			}),
			parts: []string{"status 401", "Check that the id and the secret belong to the same client"}, absent: []string{"quota", "Retry after"},
		},
		"503 with a web page": {
			fault:  onModels(simulator.Fault{Status: http.StatusServiceUnavailable, Body: "<html><title>Maintenance</title></html>"}),
			env:    environment{"CELONIS_MAX_RETRIES": "0"},
			parts:  []string{`status 503: a web page titled "Maintenance"`, "Retry later"},
			absent: []string{"base_url", "The response is a web page"},
		},
		"522 with a web page": {
			fault:  onModels(simulator.Fault{Status: 522, Body: "<html><title>522: Connection timed out</title></html>"}),
			env:    environment{"CELONIS_MAX_RETRIES": "1"},
			parts:  []string{"(2 attempts)", "status 522: a web page titled", "Retry later"},
			absent: []string{"base_url", "The response is a web page"},
		},
		"502 from the token endpoint with a web page": {
			fault:  onToken(simulator.Fault{Status: http.StatusBadGateway, Body: "<html><title>Bad gateway</title></html>"}),
			env:    environment{"CELONIS_MAX_RETRIES": "0"},
			parts:  []string{"/oauth2/token", "status 502", "Retry later"},
			absent: []string{"base_url", "The response is a web page"},
		},
		"404 with a web page": {
			fault: onModels(simulator.Fault{Status: http.StatusNotFound, Body: "<html><title>Not here</title></html>"}),
			parts: []string{"status 404", "Check `base_url`"},
		},
		"408": {
			fault: onModels(simulator.Fault{Status: http.StatusRequestTimeout}), env: environment{"CELONIS_MAX_RETRIES": "0"},
			parts: []string{"status 408", "Retry later"}, absent: []string{"base_url"},
		},
		"500 with a support id": {
			fault: onModels(simulator.Fault{
				Status: http.StatusInternalServerError,
				Body:   `{"errorCode": "ADMIN_FATAL_ERROR", "detail": "Celonis Support ID: 0b6f8a54-2d1c-4e59-9a37-6c1f0e2d7b10"}`,
			}),
			env:   environment{"CELONIS_MAX_RETRIES": "1"},
			parts: []string{"(2 attempts)", "ADMIN_FATAL_ERROR", "quote the support id 0b6f8a54-2d1c-4e59-9a37-6c1f0e2d7b10"},
		},
		"web page": {
			fault: onModels(simulator.Fault{HTML: true}),
			parts: []string{"status 200: a web page titled", "Check `base_url`", "proxy"},
		},
		"web page instead of a token": {
			fault: onToken(simulator.Fault{HTML: true}), parts: []string{"POST http://127.0.0.1:", "a web page titled", "Check `base_url`"},
		},
		"truncated JSON": {
			fault: onModels(simulator.Fault{Status: http.StatusOK, Body: `{"content": [{"id": "a.b"`}),
			parts: []string{modelsPath, "the list of Knowledge Models: the response cannot be decoded", "Nothing was changed"},
		},
		"truncated response": {
			fault: onModels(simulator.Fault{CutBodyAt: 5}), env: environment{"CELONIS_MAX_RETRIES": "1"},
			parts: []string{"(2 attempts)", "the connection was lost after 5 bytes", "check the network and the proxy"},
		},
		"redirect to another host": {
			fault: onModels(simulator.Fault{Redirect: "https://login.example/?next=x"}),
			parts: []string{"a redirect to https://login.example, which was not followed", "only to the configured address"},
		},
		"no response": {
			fault: onModels(simulator.Fault{Hang: true}), env: environment{"CELONIS_REQUEST_TIMEOUT": "50ms", "CELONIS_MAX_RETRIES": "1"},
			parts: []string{"(2 attempts)", "no complete response within 50ms", "increase `request_timeout`"},
		},
		"no server listening": {
			env:   environment{"CELONIS_URL": "http://127.0.0.1:1", "CELONIS_MAX_RETRIES": "0"},
			parts: []string{"connection refused", "Start celonis-simulator, or correct `base_url`"},
		},
		"host name that does not exist": {
			env:   environment{"CELONIS_URL": "https://acme.invalid", "CELONIS_MAX_RETRIES": "0"},
			parts: []string{"Response: the host name acme.invalid ", "the host name in `base_url`"},
		},
		"no proxy listening": {
			env: environment{
				"CELONIS_URL": address, "CELONIS_MAX_RETRIES": "0", "HTTPS_PROXY": "http://hunter2:hunter2@127.0.0.1:1",
			},
			parts: []string{"cannot connect to the proxy 127.0.0.1:1: ", "the address of the proxy in the environment variable HTTPS_PROXY"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, test.options)
			if test.fault != nil {
				team.Inject(*test.fault)
			}

			diagnostics, state := readData(t.Context(), t, env.but(test.env), newKnowledgeModelsDataSource(), nil)
			wantText(t, texts(diagnostics, diag.SeverityError), append(test.parts, "What to do: ")...)

			for _, absent := range test.absent {
				if found := strings.Join(texts(diagnostics, diag.SeverityError), "\n"); strings.Contains(found, absent) {
					t.Errorf("unexpected %q in %s", absent, found)
				}
			}

			noSecretIn(t, diagnostics, "hunter2", known.Secret, oauth.DefaultUserKey().Value, "eyJ")

			if !state.IsNull() {
				t.Errorf("unexpected state: %s", state)
			}
		})
	}
}

func TestShortRateLimitWaitIsHonoured(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	team.Inject(simulator.Fault{Path: modelsPath, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"0.01"}}})

	diagnostics, _ := readData(t.Context(), t, env, newKnowledgeModelsDataSource(), nil)
	wantText(t, texts(diagnostics, diag.SeverityError))
	wantRequests(t, team, 1, 2, 0)
}

func TestCancelledRunIsReported(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{})
	team.Inject(simulator.Fault{Path: modelsPath, Hang: true, Times: -1})

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()

	diagnostics, _ := readData(ctx, t, env, newKnowledgeModelsDataSource(), nil)
	wantText(t, texts(diagnostics, diag.SeverityError), "The run was cancelled before a response arrived.")
}

func TestNotFoundPointsAtTheAttribute(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})

	for attribute, test := range map[string][2]string{
		"id":   {"order-to-cash.gone", "Check `id`: it must be an id, not a name, and ids are case-sensitive."},
		"name": {"Gone", "Check the spelling: ids and names are case-sensitive."},
	} {
		diagnostics, _ := readData(t.Context(), t, env, newKnowledgeModelDataSource(), map[string]string{attribute: test[0]})
		wantText(t, texts(diagnostics, diag.SeverityError),
			"["+attribute+"] Unable to read Knowledge Model", test[0], test[1], "A missing permission causes the same response", "USE PACKAGE")
	}
}

func TestReadWithoutAConnectionFails(t *testing.T) {
	t.Parallel()

	var found diag.Diagnostics

	if (*connection)(nil).use("Unable to list", &found) != nil {
		t.Error("use returns a client")
	}

	connectionFrom("something else", &found)

	if got := strings.Join(texts(found, diag.SeverityError), "\n"); strings.Count(got, "bug in the provider") != 2 {
		t.Errorf("got %s", got)
	}
}

// TestProxyAndTLSErrorsHaveSpecificAdvice checks that the advice matches the cause of the failure.
func TestProxyAndTLSErrorsHaveSpecificAdvice(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		failure       transport.Error
		parts, absent []string
	}{
		"unknown authority":  {transport.Error{TLSProblem: transport.TLSUnknownAuthority}, []string{"trusted authority", "`ca_certificate`", "`base_url`"}, nil},
		"expired":            {transport.Error{TLSProblem: transport.TLSExpired}, []string{"has expired", "renew", "clock"}, []string{"ca_certificate"}},
		"not yet valid":      {transport.Error{TLSProblem: transport.TLSNotYetValid}, []string{"Check this machine's clock"}, []string{"ca_certificate"}},
		"other host name":    {transport.Error{TLSProblem: transport.TLSWrongHost}, []string{"other host names", "`base_url`"}, []string{"ca_certificate"}},
		"client certificate": {transport.Error{TLSProblem: transport.TLSClientCertificate}, []string{"requires a client certificate"}, []string{"ca_certificate"}},
		"TLS 1.1":            {transport.Error{TLSProblem: transport.TLSVersion}, []string{"TLS 1.2"}, []string{"ca_certificate"}},
		"handshake":          {transport.Error{TLSProblem: transport.TLSHandshake}, []string{"rejected the TLS handshake"}, []string{"ca_certificate"}},
		"plain HTTP":         {transport.Error{TLSProblem: transport.TLSPlainHTTP}, []string{"plain HTTP", "port in `base_url`"}, []string{"ca_certificate"}},
		"plain HTTP proxy": {
			transport.Error{TLSProblem: transport.TLSPlainHTTP, Proxy: "proxy.example:443"},
			[]string{"begin HTTPS_PROXY with http://"},
			[]string{"ca_certificate", "base_url"},
		},
		"untrusted proxy": {
			transport.Error{TLSProblem: transport.TLSUnknownAuthority, Proxy: "proxy.example:443"},
			[]string{"The proxy's certificate", "`ca_certificate`"},
			[]string{"base_url"},
		},
		"other": {transport.Error{TLSProblem: transport.TLSOther}, []string{"`base_url`", "proxy"}, nil},
		"407":   {transport.Error{Reason: transport.ReasonProxy, ProxyStatus: 407}, []string{"user name and password", "HTTPS_PROXY", "percent-encode"}, []string{"base_url"}},
		"401 from a proxy": {
			transport.Error{Reason: transport.ReasonProxy, ProxyStatus: 401},
			[]string{"user name and password", "HTTPS_PROXY", "percent-encode"},
			[]string{"base_url"},
		},
		"403": {transport.Error{Reason: transport.ReasonProxy, ProxyStatus: 403}, []string{"allow connections", "NO_PROXY"}, []string{"base_url", "password"}},
		"502": {transport.Error{Reason: transport.ReasonProxy, ProxyStatus: 502}, []string{"Retry later", "operates the proxy"}, []string{"base_url", "password"}},
		"variable": {
			transport.Error{Reason: transport.ReasonProxy, Detail: "the HTTPS_PROXY environment variable cannot be used"},
			[]string{"Correct or unset the environment variable"},
			[]string{"base_url"},
		},
		"SOCKS proxy": {
			transport.Error{Reason: transport.ReasonProxy, Proxy: "proxy.example:1080"},
			[]string{"proxy's address, user name and password", "HTTPS_PROXY", "allow connections"},
			[]string{"base_url", "unset"},
		},
		"TLS failure at token_url": {
			transport.Error{TLSProblem: transport.TLSWrongHost, Path: "https://login.example/token", IsTokenRequest: true}, []string{"host name in `token_url`"}, []string{"base_url"},
		},
		"redirect from token_url": {
			transport.Error{Reason: transport.ReasonRedirect, Path: "https://login.example/token", IsTokenRequest: true}, []string{"set `token_url`"}, []string{"base_url"},
		},
		"token_url not reachable": {
			transport.Error{Reason: transport.ReasonConnection, Path: "https://login.example/token", IsTokenRequest: true}, []string{"the host name in `token_url`"}, []string{"base_url"},
		},
		"page from a firewall": {
			transport.Error{Reason: transport.ReasonHTML, Status: 403, Area: scim.Area}, []string{"firewall", "IP address"}, []string{"base_url", "scim_base_path"},
		},
		"page from a firewall at token_url": {
			transport.Error{Reason: transport.ReasonHTML, Status: 403, Path: "https://login.example/token", IsTokenRequest: true}, []string{"firewall"}, []string{"does not exist"},
		},
		"network that requires a sign-in": {
			transport.Error{Reason: transport.ReasonHTML, Status: 511}, []string{"network requires a sign-in"}, []string{"base_url"},
		},
		"localhost resolves to another host": {transport.Error{Reason: transport.ReasonNotLoopback}, []string{"127.0.0.1", "https"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			failure := test.failure
			if failure.TLSProblem != "" {
				failure.Reason = transport.ReasonTLS
			}

			advice := (&connection{tokenURLSource: "`token_url` in the provider configuration"}).advice(&failure)

			for _, part := range test.parts {
				if !strings.Contains(advice, part) {
					t.Errorf("the advice does not contain %q: %s", part, advice)
				}
			}

			for _, part := range test.absent {
				if strings.Contains(advice, part) {
					t.Errorf("the advice mentions %q: %s", part, advice)
				}
			}
		})
	}
}

func TestMissingScopesAreReportedOnlyIfTheyMayBeTheCause(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		failure transport.Error
		want    []string
	}{
		"403": {
			transport.Error{Reason: transport.ReasonForbidden, Status: 403, Area: scim.Area, Scopes: []string{"studio"}},
			[]string{"user-provisioning.scim"},
		},
		"403 with an empty body": {
			transport.Error{Reason: transport.ReasonNotActivated, Status: 403, Area: client.AreaAuditLogs, Scopes: []string{"studio"}},
			[]string{"audit.log:read"},
		},
		"one of two scopes missing": {
			transport.Error{
				Reason: transport.ReasonForbidden, Status: 403, Area: client.AreaSubscriptions, Scopes: []string{"intelligence.knowledge-models:read"},
			},
			[]string{"intelligence.subscriptions:manage"},
		},
		"no SCIM path found": {
			transport.Error{Reason: scim.ReasonNoSCIM, Status: 404, Area: scim.Area, Scopes: []string{"audit.log:read"}},
			[]string{"user-provisioning.scim"},
		},
		"scope present": {
			transport.Error{Reason: transport.ReasonForbidden, Status: 403, Area: scim.Area, Scopes: []string{"user-provisioning.scim"}}, nil,
		},
		"static key": {transport.Error{Reason: transport.ReasonForbidden, Status: 403, Area: scim.Area}, nil},
		"object that does not exist": {
			transport.Error{Reason: transport.ReasonNotFound, Status: 404, Area: scim.Area, Scopes: []string{"studio"}}, nil,
		},
		"server error": {transport.Error{Reason: transport.ReasonStatus, Status: 500, Area: scim.Area, Scopes: []string{"studio"}}, nil},
		"rejected sign-in": {
			transport.Error{Reason: transport.ReasonSignIn, Status: 401, Scopes: []string{"studio"}}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if got := missingScopes(&test.failure); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
