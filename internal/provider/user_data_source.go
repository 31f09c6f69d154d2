package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

type userLookupModel struct {
	ID          types.String `tfsdk:"id"`
	UserName    types.String `tfsdk:"user_name"`
	DisplayName *string      `tfsdk:"display_name"`
	ExternalID  *string      `tfsdk:"external_id"`
	Role        *string      `tfsdk:"role"`
}

func newUserDataSource() datasource.DataSource {
	attributes := userResults()
	attributes["id"] = schema.StringAttribute{
		MarkdownDescription: "Id of the user. Set exactly one of `id` and `user_name`. Defaults to the id of the user found by `user_name`. The " +
			"`celonis_users` data source lists the ids.",
		Optional: true, Computed: true, Validators: []validator.String{notBlank()},
	}
	attributes["user_name"] = schema.StringAttribute{
		MarkdownDescription: "E-mail address of the user, case-insensitive. Set exactly one of `id` and `user_name`. Defaults to the " +
			"address of the user found by `id`.",
		Optional: true, Computed: true, Validators: []validator.String{notBlank()},
	}

	return &dataSource[userLookupModel]{
		name:       "user",
		summary:    "Unable to read user",
		read:       readUserLookup,
		validators: idOr("user_name"),
		schema: schema.Schema{
			MarkdownDescription: "Looks up a user of the team by id or e-mail address. For lookups by address, the provider reads the list of " +
				"all users once per run, because Celonis does not document a way to search for users." +
				scimAccess,
			Attributes: attributes,
		},
	}
}

func readUserLookup(ctx context.Context, celonis *client.Client, model *userLookupModel) error {
	argument, find, wanted := path.Root("id"), celonis.User, model.ID.ValueString()
	if model.ID.IsNull() {
		argument, find, wanted = path.Root("user_name"), celonis.FindUser, model.UserName.ValueString()
	}

	found, err := find(ctx, wanted)
	if hint := addressHint("id", model.ID.ValueString()); transport.IsNotFound(err) && hint != "" {
		return &attributeError{attribute: argument, err: err, advice: hint + " To look up the user by e-mail address, set `user_name` instead."}
	} else if err != nil {
		return blame(argument, err)
	}

	model.ID = types.StringValue(found.ID)
	model.UserName = shown(model.UserName, found.UserName)
	model.DisplayName, model.ExternalID, model.Role = textOrNull(found.DisplayName), textOrNull(found.ExternalID), textOrNull(found.Role)

	return nil
}
