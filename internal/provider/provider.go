// Package provider implements the Terraform provider with its data sources, resources, list resources, ephemeral resources, actions and
// functions.
package provider

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// celonisProvider implements the provider. The state of a run is stored in its [connection].
type celonisProvider struct {
	version string
	env     lookup
	// userAgent and observer are set by [FromEnvironment]. By default, the User-Agent identifies Terraform, and there is no observer.
	userAgent string
	observer  transport.Observer
}

var (
	_ provider.ProviderWithValidateConfig     = (*celonisProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*celonisProvider)(nil)
	_ provider.ProviderWithListResources      = (*celonisProvider)(nil)
	_ provider.ProviderWithActions            = (*celonisProvider)(nil)
	_ provider.ProviderWithFunctions          = (*celonisProvider)(nil)
)

// New returns a function that creates the provider. version is part of the User-Agent.
func New(version string) func() provider.Provider {
	return func() provider.Provider {
		return &celonisProvider{version: version, env: os.Getenv}
	}
}

type providerModel struct {
	transport.Redacted `tfsdk:"-"`

	BaseURL               types.String `tfsdk:"base_url"`
	Team                  types.String `tfsdk:"team"`
	Cluster               types.String `tfsdk:"cluster"`
	ClientID              types.String `tfsdk:"client_id"`
	ClientSecret          types.String `tfsdk:"client_secret"`
	AuthMethod            types.String `tfsdk:"auth_method"`
	Scopes                types.Set    `tfsdk:"scopes"`
	RefreshToken          types.String `tfsdk:"refresh_token"`
	TokenURL              types.String `tfsdk:"token_url"`
	AccessToken           types.String `tfsdk:"access_token"`
	AppKey                types.String `tfsdk:"app_key"`
	APIKey                types.String `tfsdk:"api_key"`
	PageSize              types.Int64  `tfsdk:"page_size"`
	RequestsPerSecond     types.Int64  `tfsdk:"requests_per_second"`
	MaxConcurrentRequests types.Int64  `tfsdk:"max_concurrent_requests"`
	RequestTimeout        types.String `tfsdk:"request_timeout"`
	MaxRetries            types.Int64  `tfsdk:"max_retries"`
	MaxRetryWait          types.String `tfsdk:"max_retry_wait"`
	CACertificate         types.String `tfsdk:"ca_certificate"`
	SCIMBasePath          types.String `tfsdk:"scim_base_path"`
}

// Metadata sets the type name of the provider.
func (p *celonisProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "celonis"
	resp.Version = p.version
}

// Schema describes the provider's configuration.
func (p *celonisProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The Celonis provider manages the users, groups, memberships and event subscriptions of a " +
			"[Celonis](https://www.celonis.com) team. It also reads Knowledge Models, team members, permissions, the login history and the " +
			"audit log, and mints OAuth tokens. Every attribute can also be set with an environment variable; the configuration takes " +
			"precedence. An empty environment variable counts as unset.",
		Attributes: map[string]schema.Attribute{
			"base_url": schema.StringAttribute{
				MarkdownDescription: "Address of the team, `https://<team>.<cluster>.celonis.cloud`, as shown in the browser when you are " +
					"signed in. The URL of any of the team's pages also works, because the provider uses only its origin. The scheme defaults " +
					"to https. Plain http is accepted only for `localhost` and loopback IP addresses. Conflicts with `team` and `cluster`, " +
					"which you can set instead. Environment variable: `CELONIS_URL`.",
				Optional: true, Validators: []validator.String{notBlank(), parsedBy(transport.ParseBaseURL)},
			},
			"team": schema.StringAttribute{
				MarkdownDescription: "First label of the team's host name: `acme` in `https://acme.eu-1.celonis.cloud`. Set `team` and " +
					"`cluster` together, instead of `base_url`. Environment variable: `CELONIS_TEAM`.",
				Optional: true, Validators: []validator.String{notBlank(), parsedBy(parseTeam)},
			},
			"cluster": schema.StringAttribute{
				MarkdownDescription: "Second label of the team's host name: `eu-1` in `https://acme.eu-1.celonis.cloud`. Set `cluster` and " +
					"`team` together, instead of `base_url`. Environment variable: `CELONIS_CLUSTER`.",
				Optional: true, Validators: []validator.String{notBlank(), parsedBy(parseCluster)},
			},
			"client_id": schema.StringAttribute{
				MarkdownDescription: "Id of an OAuth client. Signing in with `client_id` and `client_secret` is recommended. Environment " +
					"variable: `CELONIS_CLIENT_ID`. Celonis shows the id under Admin & Settings > Applications.",
				Optional: true, Validators: []validator.String{credential()},
			},
			"client_secret": schema.StringAttribute{
				MarkdownDescription: "Secret of the OAuth client. Environment variable: `CELONIS_CLIENT_SECRET`. Celonis shows the " +
					"secret once, when the client is created or the secret is regenerated.",
				Optional: true, Sensitive: true, Validators: secret(),
			},
			"auth_method": schema.StringAttribute{
				MarkdownDescription: "Authentication method of the OAuth client, as selected when the client was registered: " +
					"`client_secret_basic`, `client_secret_post` or `auto`. With `auto`, the provider first tries basic, then post, and remembers " +
					"which method worked. Defaults to `auto`. Environment variable: `CELONIS_AUTH_METHOD`.",
				Optional: true, Validators: []validator.String{stringvalidator.OneOf(authMethods()...)},
			},
			"scopes": schema.SetAttribute{
				MarkdownDescription: "OAuth scopes to request for every token. The client must be registered for these scopes (Admin & Settings " +
					"> Applications > Define scopes). By default, the provider requests a separate token for each API area, with only the " +
					"scopes that the area needs. Environment variable: `CELONIS_SCOPES`, with spaces between the scopes. The `oauth_scopes` " +
					"function lists the scopes that Celonis documents.",
				Optional: true, ElementType: types.StringType,
				Validators: []validator.Set{setvalidator.SizeAtLeast(1), noNulls(), setvalidator.ValueStringsAre(oneScope())},
			},
			"refresh_token": schema.StringAttribute{
				MarkdownDescription: "OAuth refresh token, used with `client_id`, and with `client_secret` unless the client is public. If Celonis " +
					"rotates refresh tokens, the provider keeps the new token only in memory and loses it when the provider process exits, which " +
					"happens after the plan and again after the apply. Environment variable: `CELONIS_REFRESH_TOKEN`. The authorization code grant " +
					"returns a refresh token.",
				Optional: true, Sensitive: true, Validators: secret(),
			},
			"token_url": schema.StringAttribute{
				MarkdownDescription: "Address of the OAuth token endpoint. Plain http is accepted only for `localhost` and loopback IP " +
					"addresses. Defaults to `<base_url>/oauth2/token`, the endpoint that Celonis documents. Environment variable: " +
					"`CELONIS_TOKEN_URL`.",
				Optional: true, Validators: []validator.String{notBlank(), parsedBy(transport.ParseTokenURL)},
			},
			"access_token": schema.StringAttribute{
				MarkdownDescription: "OAuth access token, sent unchanged. An access token expires after about 15 minutes, and the provider " +
					"cannot renew it. Environment variable: `CELONIS_ACCESS_TOKEN`. The `celonis_oauth_token` ephemeral resource returns an " +
					"access token.",
				Optional: true, Sensitive: true, Validators: secret(),
			},
			"app_key": schema.StringAttribute{
				MarkdownDescription: "Application key, sent as `Authorization: AppKey …`. Celonis has announced that it will discontinue " +
					"application keys. Environment variable: `CELONIS_APP_KEY`. Celonis shows the key once, when you create it under Admin & " +
					"Settings > Applications.",
				Optional: true, Sensitive: true, Validators: secret(),
			},
			"api_key": schema.StringAttribute{
				MarkdownDescription: "User API key, sent as `Authorization: Bearer …`. Celonis has announced that it will discontinue user API " +
					"keys. Environment variable: `CELONIS_API_KEY`. Create the key in Celonis under Edit Profile > API keys.",
				Optional: true, Sensitive: true, Validators: secret(),
			},
			"page_size": schema.Int64Attribute{
				MarkdownDescription: "Number of items per page when the provider reads a list, 1 to 5000. The actual maximum depends on the " +
					"licence: 50 for S, 100 for M, 500 for L and 5000 for XL. Defaults to 50. Environment variable: `CELONIS_PAGE_SIZE`.",
				Optional: true, Validators: []validator.Int64{int64validator.Between(1, transport.MaxPageSize)},
			},
			"requests_per_second": schema.Int64Attribute{
				MarkdownDescription: "Maximum number of requests per second for the whole run; 0 means no limit. Defaults to 20, the limit that " +
					"Celonis documents. Environment variable: `CELONIS_REQUESTS_PER_SECOND`.",
				Optional: true, Validators: []validator.Int64{int64validator.Between(0, maxRequestsPerSecond)},
			},
			"max_concurrent_requests": schema.Int64Attribute{
				MarkdownDescription: "Maximum number of concurrent requests, 1 to 50. Defaults to 10. Environment variable: " +
					"`CELONIS_MAX_CONCURRENT_REQUESTS`.",
				Optional: true, Validators: []validator.Int64{int64validator.Between(1, transport.MaxMaxConcurrentRequests)},
			},
			"request_timeout": schema.StringAttribute{
				MarkdownDescription: "Timeout for each attempt of a request, including the response, such as `30s`. Defaults to `30s`. Environment " +
					"variable: `CELONIS_REQUEST_TIMEOUT`.",
				Optional: true, Validators: []validator.String{durationAboveZero()},
			},
			"max_retries": schema.Int64Attribute{
				MarkdownDescription: "Maximum number of retries for each failed request, 0 to 20. The provider retries a request only if " +
					"repeating it is safe. If it is unknown whether a create succeeded, the provider repeats the create only if the " +
					"object is missing from two complete lists that were read at least five seconds apart. Defaults to 5. Environment variable: " +
					"`CELONIS_MAX_RETRIES`.",
				Optional: true, Validators: []validator.Int64{int64validator.Between(0, transport.MaxMaxRetries)},
			},
			"max_retry_wait": schema.StringAttribute{
				MarkdownDescription: "Maximum wait before a retry, such as `60s`. If Celonis asks for a longer wait, for example because the " +
					"daily quota is used up, the request fails with an error that shows when the wait ends. Defaults to `60s`. Environment " +
					"variable: `CELONIS_MAX_RETRY_WAIT`.",
				Optional: true, Validators: []validator.String{durationAboveZero()},
			},
			"ca_certificate": schema.StringAttribute{
				MarkdownDescription: "CA certificates in PEM format, such as `file(\"proxy-ca.pem\")`, that the provider trusts in addition to " +
					"the system's certificates. You need this argument if a proxy inspects TLS. Every PEM block must contain a well-formed " +
					"certificate. If Go rejects a well-formed certificate, the provider shows a warning and does not use that certificate. By " +
					"default, the provider trusts only the system's certificates. Environment variable: `CELONIS_CA_CERTIFICATE`. Ask your network " +
					"team for the certificates. To configure a proxy, set `HTTPS_PROXY` and `NO_PROXY`.",
				Optional: true, Validators: []validator.String{notBlank(), pemCertificate()},
			},
			"scim_base_path": schema.StringAttribute{
				MarkdownDescription: "Path of the team's SCIM API, such as `/scim/v2`. By default, the provider tries the three documented " +
					"paths once per run: `/scim/v2`, `/user-provisioning/scim/v2` and `/api/user-provisioning/scim/v2`. If you set " +
					"`scim_base_path`, the provider does not search for the path. Environment variable: `CELONIS_SCIM_BASE_PATH`. The " +
					"path is part of the tenant URL under which your identity provider reaches Celonis.",
				Optional: true, Validators: []validator.String{notBlank(), parsedBy(scim.ParseBasePath)},
			},
		},
	}
}

// parseTeam and parseCluster each validate one label of the team's host name.
func parseTeam(team string) (string, error) { return transport.BaseURL(team, "eu-1") }

func parseCluster(cluster string) (string, error) { return transport.BaseURL("acme", cluster) }

// maxRequestsPerSecond is the largest valid value, far above the rate that Celonis accepts.
const maxRequestsPerSecond = 1_000_000

func authMethods() []string {
	return []string{string(transport.AuthMethodAuto), string(transport.AuthMethodBasic), string(transport.AuthMethodPost)}
}

// ValidateConfig reports errors that can be found without the environment. ValidateConfig does not check unknown values.
func (p *celonisProvider) ValidateConfig(
	ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse,
) {
	var config providerModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &config)...); resp.Diagnostics.HasError() {
		return
	}

	read := settings{env: func(string) string { return "" }}
	resp.Diagnostics.Append(read.signInValues(config).checkOneWay()...)

	if isSet(config.BaseURL) && (isSet(config.Team) || isSet(config.Cluster)) {
		resp.Diagnostics.AddAttributeError(path.Root("base_url"), "Conflicting team addresses",
			"The provider configuration contains `base_url` and also `team` or `cluster`. Keep either `base_url`, or `team` and "+
				"`cluster`.")
	}
}

// Configure creates the client from the configuration and the environment, without sending requests.
func (p *celonisProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config providerModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &config)...); resp.Diagnostics.HasError() {
		return
	}

	connected, diagnostics := p.connect(ctx, config, req.TerraformVersion)
	if resp.Diagnostics.Append(diagnostics...); resp.Diagnostics.HasError() {
		return
	}

	if len(connected.unknown) > 0 && req.ClientCapabilities.DeferralAllowed {
		resp.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}
	}

	resp.DataSourceData = connected
	resp.ResourceData = connected
	resp.EphemeralResourceData = connected
	resp.ListResourceData = connected
	resp.ActionData = connected
}

// connect creates the connection for a configuration.
func (p *celonisProvider) connect(
	ctx context.Context, config providerModel, terraformVersion string,
) (*connection, diag.Diagnostics) {
	read := &settings{env: p.env}
	options := client.Options{
		Options: transport.Options{
			BaseURL: read.baseURL(config),
			RequestsPerSecond: read.number("requests_per_second", "CELONIS_REQUESTS_PER_SECOND", config.RequestsPerSecond,
				0, maxRequestsPerSecond, transport.DefaultRequestsPerSecond),
			MaxConcurrentRequests: read.number("max_concurrent_requests", "CELONIS_MAX_CONCURRENT_REQUESTS", config.MaxConcurrentRequests,
				1, transport.MaxMaxConcurrentRequests, transport.DefaultMaxConcurrentRequests),
			MaxRetries: read.number("max_retries", "CELONIS_MAX_RETRIES", config.MaxRetries, 0, transport.MaxMaxRetries, transport.DefaultMaxRetries),
			RequestTimeout: read.duration("request_timeout", "CELONIS_REQUEST_TIMEOUT", config.RequestTimeout,
				transport.DefaultRequestTimeout),
			MaxRetryWait:  read.duration("max_retry_wait", "CELONIS_MAX_RETRY_WAIT", config.MaxRetryWait, transport.DefaultMaxRetryWait),
			CACertificate: read.certificate(config),
			Environment:   p.env,
			Scopes:        read.scopes(ctx, config),
			UserAgent:     cmp.Or(p.userAgent, fmt.Sprintf("terraform-provider-celonis/%s Terraform/%s", p.version, terraformVersion)),
			Observer:      p.observer,
		},
		PageSize: read.number("page_size", "CELONIS_PAGE_SIZE", config.PageSize, 1, transport.MaxPageSize, client.DefaultPageSize),
		SCIMBasePath: read.checkedURL(
			read.text("scim_base_path", "CELONIS_SCIM_BASE_PATH", config.SCIMBasePath), scim.ParseBasePath),
	}

	chosen := read.signIn(config)
	options.Credentials = chosen.credentials
	options.Credentials.AuthMethod = read.authMethod(config)
	tokenURL := read.text("token_url", "CELONIS_TOKEN_URL", config.TokenURL)
	options.Credentials.TokenURL = read.checkedURL(tokenURL, transport.ParseTokenURL)

	connected := &connection{
		signIn: chosen.sources, checkFirst: chosen.checkFirst, maxRetryWait: options.MaxRetryWait, unknown: read.unknown,
		overlaps: &overlaps{}, planned: &plannedObjects{}, hinted: &sync.Map{},
	}

	if tokenURL.value != "" {
		connected.tokenURLSource = tokenURL.source()
	}

	if len(read.unknown) == 0 { // An unknown attribute may still supply a missing value.
		read.diagnostics.Append(read.missing...)
	}

	if err := transport.CheckProxy(p.env, options.BaseURL, options.Credentials.TokenURL); err != nil {
		read.diagnostics.AddError("Invalid proxy configuration", sentence(err)+"\n\nCorrect or unset the variable. With an invalid value, requests "+
			"would bypass the proxy or go to the wrong host.")
	}

	if len(read.unknown) > 0 || read.diagnostics.HasError() {
		return connected, read.diagnostics
	}

	if p.observer == nil { // Outside Terraform, there is no Terraform log.
		options.Logger = slog.New(newLogHandler(options.Credentials))
	}

	made, err := client.New(options)
	if err != nil {
		read.diagnostics.AddError("Invalid provider configuration",
			"The Celonis client cannot be created: "+err.Error()+".\n\nThe provider signs in with "+chosen.sources+".")
	}

	connected.client = made

	return connected, read.diagnostics
}

// DataSources returns the data sources.
func (p *celonisProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newAuditEventsDataSource,
		newGroupDataSource,
		newGroupsDataSource,
		newKnowledgeModelDataDataSource,
		newKnowledgeModelDataSource,
		newKnowledgeModelFiltersDataSource,
		newKnowledgeModelKPIsDataSource,
		newKnowledgeModelRecordDataSource,
		newKnowledgeModelRecordsDataSource,
		newKnowledgeModelSpecDataSource,
		newKnowledgeModelTriggerDataSource,
		newKnowledgeModelTriggersDataSource,
		newKnowledgeModelsDataSource,
		newLoginEventsDataSource,
		newPermissionsDataSource,
		newSubscriptionDataSource,
		newSubscriptionsDataSource,
		newTeamMembersDataSource,
		newUserDataSource,
		newUsersDataSource,
	}
}

// Resources returns the managed resources.
func (p *celonisProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		newGroupResource,
		newGroupMemberResource, newGroupMembersResource,
		newSubscriptionResource,
		newUserResource,
	}
}

// EphemeralResources returns the ephemeral resources.
func (p *celonisProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newOAuthTokenEphemeralResource}
}

// ListResources returns the list resources, which the terraform query command of Terraform 1.14 and newer uses.
func (p *celonisProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{
		newGroupListResource,
		newGroupMemberListResource,
		newSubscriptionListResource,
		newUserListResource,
	}
}

// Actions returns the actions, which need Terraform 1.14 or newer.
func (p *celonisProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{newSubscriptionReplayAction, newSubscriptionDiscardCollectedEventsAction}
}

// Functions returns the functions, which work without any provider configuration.
func (p *celonisProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		newBaseURLFunction,
		newEndpointsFunction,
		newMCPServerURLFunction,
		newODataStringFunction,
		newOAuthScopesFunction,
		newParseBaseURLFunction,
		newParseDataPoolURLFunction,
		newParseKnowledgeModelIDFunction,
	}
}
