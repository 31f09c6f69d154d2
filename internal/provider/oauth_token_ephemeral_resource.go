package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// defaultMinRemaining is the default of `min_remaining`.
const defaultMinRemaining = 5 * time.Minute

// oauthTokenEphemeralResource returns tokens. The type implements neither Renew, because Terraform cannot change a value after Open, nor Close,
// because Celonis does not document how to revoke a token.
type oauthTokenEphemeralResource struct {
	connection *connection
}

type oauthTokenModel struct {
	transport.Redacted `tfsdk:"-"`

	ClientID            types.String `tfsdk:"client_id"`
	ClientSecret        types.String `tfsdk:"client_secret"`
	AuthMethod          types.String `tfsdk:"auth_method"`
	Scopes              types.Set    `tfsdk:"scopes"`
	TokenURL            types.String `tfsdk:"token_url"`
	RefreshToken        types.String `tfsdk:"refresh_token"`
	MinRemaining        types.String `tfsdk:"min_remaining"`
	AccessToken         types.String `tfsdk:"access_token"`
	AuthorizationHeader types.String `tfsdk:"authorization_header"`
	TokenType           types.String `tfsdk:"token_type"`
	ExpiresAt           types.String `tfsdk:"expires_at"`
}

func newOAuthTokenEphemeralResource() ephemeral.EphemeralResource {
	return &oauthTokenEphemeralResource{}
}

// Metadata sets the type name of the ephemeral resource.
func (r *oauthTokenEphemeralResource) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_oauth_token"
}

// Schema describes the ephemeral resource.
func (r *oauthTokenEphemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Requests an OAuth access token that is stored neither in the plan nor in the state. Pass the token to another " +
			"provider's configuration or to a write-only argument. Requires Terraform 1.10 or OpenTofu 1.11.\n\nTerraform keeps the token out " +
			"of the plan and the state, but **the recipient may log the token**, especially at debug level. Request only the scopes that the " +
			"recipient needs.\n\nWithin a run, identical requests share one token until less than `min_remaining` of the token's lifetime " +
			"remains. A token cannot be renewed after it has been passed on, and Celonis does not document a way to revoke it. A token expires " +
			"about 15 minutes after it is issued.",
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				MarkdownDescription: "Id of an OAuth client. Defaults to the provider's client. Celonis shows the id under Admin & Settings > " +
					"Applications.",
				Optional: true, Validators: []validator.String{credential()},
			},
			"client_secret": schema.StringAttribute{
				MarkdownDescription: "Secret of the OAuth client that `client_id` identifies. Defaults to the provider's client secret, unless " +
					"`client_id` is set. Celonis shows the secret once, when the client is created.",
				Optional: true, Sensitive: true, Validators: secret(stringvalidator.AlsoRequires(path.MatchRoot("client_id"))),
			},
			"auth_method": schema.StringAttribute{
				MarkdownDescription: "Authentication method of the OAuth client: `auto`, `client_secret_basic` or `client_secret_post`. " +
					"Defaults to the provider's setting for the provider's client, and to `auto` for any other client.",
				Optional: true, Validators: []validator.String{stringvalidator.OneOf(authMethods()...)},
			},
			"scopes": schema.SetAttribute{
				MarkdownDescription: "OAuth scopes to request. Request only the scopes that the recipient needs. Defaults to the provider's " +
					"`scopes`. If neither is set, Celonis decides which scopes to grant, and this attribute contains the granted scopes. The " +
					"`oauth_scopes` function lists the scopes that Celonis documents.",
				Optional: true, Computed: true, ElementType: types.StringType,
				Validators: []validator.Set{setvalidator.SizeAtLeast(1), noNulls(), setvalidator.ValueStringsAre(oneScope())},
			},
			"token_url": schema.StringAttribute{
				MarkdownDescription: "Address of the OAuth token endpoint for the client that `client_id` identifies. Requires `client_id`, " +
					"because the provider sends its own credentials only to its own token endpoint. Defaults to the provider's token endpoint.",
				Optional: true, Validators: []validator.String{
					notBlank(), parsedBy(transport.ParseTokenURL), stringvalidator.AlsoRequires(path.MatchRoot("client_id")),
				},
			},
			"refresh_token": schema.StringAttribute{
				MarkdownDescription: "OAuth refresh token for the `refresh_token` grant. Defaults to the provider's refresh token, unless " +
					"`client_id` is set.",
				Optional: true, Sensitive: true, Validators: secret(),
			},
			"min_remaining": schema.StringAttribute{
				MarkdownDescription: "Minimum remaining lifetime of the token when it is returned, such as `5m`. Set this argument to the " +
					"longest time for which the run may need the token. A token is valid for about 15 minutes. Defaults to `5m`.",
				Optional: true, Validators: []validator.String{durationAboveZero()},
			},
			"access_token": schema.StringAttribute{
				MarkdownDescription: "OAuth access token that Celonis has issued.", Computed: true, Sensitive: true,
			},
			"authorization_header": schema.StringAttribute{
				MarkdownDescription: "Complete `Authorization` header value: the token type, a space and the token.", Computed: true, Sensitive: true,
			},
			"token_type": schema.StringAttribute{
				MarkdownDescription: "Type of the token, always `Bearer`.", Computed: true,
			},
			"expires_at": schema.StringAttribute{
				MarkdownDescription: "Time at which the token expires, in RFC 3339 format and UTC.", Computed: true,
			},
		},
	}
}

// Configure stores the provider's connection.
func (r *oauthTokenEphemeralResource) Configure(
	_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse,
) {
	r.connection = connectionFrom(req.ProviderData, &resp.Diagnostics)
}

// Open returns a token. If Terraform calls Open several times in one run, the calls share a cached token.
func (r *oauthTokenEphemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	const summary = "Unable to get an OAuth token"

	celonis := r.connection.use(summary, &resp.Diagnostics)
	if celonis == nil {
		return
	}

	var model oauthTokenModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &model)...); resp.Diagnostics.HasError() {
		return
	}

	request := transport.TokenRequest{MinRemaining: defaultMinRemaining}
	resp.Diagnostics.Append(model.Scopes.ElementsAs(ctx, &request.Scopes, false)...)

	if span, err := time.ParseDuration(strings.TrimSpace(model.MinRemaining.ValueString())); err == nil {
		request.MinRemaining = span
	}

	connected := *r.connection

	credentials, err := model.credentials(celonis.Credentials())
	if err != nil {
		connected.report(&resp.Diagnostics, summary, err)
	}

	if resp.Diagnostics.HasError() {
		return
	}

	if credentials.Mode != "" {
		request.Credentials = credentials
		connected.signIn, connected.checkFirst = withArticle(credentials.Mode)+" from the arguments of this ephemeral resource", ""
	}

	if !model.TokenURL.IsNull() {
		connected.tokenURLSource = "`token_url` of this ephemeral resource"
	}

	token, err := celonis.Token(ctx, request)
	if err != nil {
		connected.report(&resp.Diagnostics, summary, err)

		return
	}

	if remaining := time.Until(token.ExpiresAt); remaining < request.MinRemaining {
		connected.report(&resp.Diagnostics, summary, &attributeError{attribute: path.Root("min_remaining"), err: fmt.Errorf(
			"a new token is valid for %s, but `min_remaining` is %s. Decrease `min_remaining`, or split the run",
			remaining.Round(time.Second), request.MinRemaining)})

		return
	}

	model.AccessToken = types.StringValue(token.AccessToken.Reveal())
	model.AuthorizationHeader = types.StringValue(token.Type + " " + token.AccessToken.Reveal())
	model.TokenType = types.StringValue(token.Type)
	model.ExpiresAt = types.StringValue(token.ExpiresAt.Format(time.RFC3339))

	if missing := slices.DeleteFunc(request.Scopes, func(scope string) bool { return slices.Contains(token.Scopes, scope) }); len(missing) > 0 {
		connected.report(&resp.Diagnostics, summary, &attributeError{attribute: path.Root("scopes"), err: fmt.Errorf(
			"the token lacks %s: it was granted only %s. Add the missing scopes to the OAuth client (Admin & Settings > Applications > "+
				"the client > Define scopes), or request fewer scopes", strings.Join(missing, ", "), strings.Join(token.Scopes, ", "))})

		return
	}

	if model.Scopes.IsNull() { // Configured values must be returned unchanged.
		scopes, diagnostics := types.SetValueFrom(ctx, types.StringType, token.Scopes)
		resp.Diagnostics.Append(diagnostics...)

		model.Scopes = scopes
	}

	resp.Diagnostics.Append(resp.Result.Set(ctx, &model)...)
}

// credentials returns the credentials with which to request the token, or the zero value if no argument is set. If `client_id` is unset, the result
// is the provider's credentials, overridden by the other arguments. Otherwise, the result is the credentials of the client with that id.
func (m oauthTokenModel) credentials(own transport.Credentials) (transport.Credentials, error) {
	if m.ClientID.IsNull() && !own.CanMint() {
		return transport.Credentials{}, fmt.Errorf("the provider signs in with %s, which cannot request OAuth tokens. Set `client_id` "+
			"and `client_secret` here, or configure the provider with an OAuth client", withArticle(own.Mode))
	}

	if m.ClientID.IsNull() && m.RefreshToken.IsNull() && m.AuthMethod.IsNull() && m.TokenURL.IsNull() {
		return transport.Credentials{}, nil
	}

	wanted := transport.Credentials{}
	if m.ClientID.IsNull() {
		wanted = own
	}

	override(&wanted.ClientID, m.ClientID)
	override(&wanted.TokenURL, m.TokenURL)

	if !m.AuthMethod.IsNull() {
		wanted.AuthMethod = transport.AuthMethod(m.AuthMethod.ValueString())
	}

	if !m.ClientSecret.IsNull() {
		wanted.ClientSecret = transport.NewSecret(m.ClientSecret.ValueString())
	}

	if !m.RefreshToken.IsNull() {
		wanted.RefreshToken = transport.NewSecret(m.RefreshToken.ValueString())
	}

	wanted.Mode = transport.ModeOAuthClient
	if !wanted.RefreshToken.IsEmpty() {
		wanted.Mode = transport.ModeRefreshToken
	}

	if wanted.Mode == transport.ModeOAuthClient && wanted.ClientSecret.IsEmpty() {
		return transport.Credentials{}, &attributeError{
			attribute: path.Root("client_id"), err: errors.New("`client_id` requires `client_secret` or `refresh_token`"),
		}
	}

	return wanted, nil
}

func override(target *string, value types.String) {
	if !value.IsNull() {
		*target = strings.TrimSpace(value.ValueString())
	}
}
