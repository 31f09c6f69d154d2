package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
)

type usersModel struct {
	NameRegex types.String `tfsdk:"name_regex"`
	Users     []userEntry  `tfsdk:"users"`
}

type userEntry struct {
	ID          string  `tfsdk:"id"`
	UserName    *string `tfsdk:"user_name"`
	DisplayName *string `tfsdk:"display_name"`
	ExternalID  *string `tfsdk:"external_id"`
	Role        *string `tfsdk:"role"`
}

func newUsersDataSource() datasource.DataSource {
	attributes := userResults()
	attributes["id"] = computedText("Id of the user.")
	attributes["user_name"] = computedText("E-mail address of the user.")

	return &dataSource[usersModel]{
		name:    "users",
		summary: "Unable to list users",
		read:    readUsers,
		schema: schema.Schema{
			MarkdownDescription: "Lists the users of the team, in pages of 200. The `celonis_team_members` data source returns more details about " +
				"each person, such as the last sign-in." +
				scimAccess,
			Attributes: map[string]schema.Attribute{
				"name_regex": nameRegexAttribute("the e-mail address"),
				"users":      computedList("Users, sorted by id.", attributes),
			},
		},
	}
}

// userResults returns the computed attributes that both user data sources share.
func userResults() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"display_name": computedText("Name of the user, null if Celonis does not return it."),
		"external_id":  computedText("Id of the user in your identity provider, null if there is none."),
		"role": computedText("Role of the user, as Celonis returns it: `MEMBER`, `ANALYST` or `ADMIN`. Celonis does not document whether groups " +
			"can raise this role. Null if Celonis returns no role."),
	}
}

func readUsers(ctx context.Context, celonis *client.Client, model *usersModel) error {
	all, err := celonis.Users(ctx)
	if err != nil {
		return err
	}

	all, err = selectByName(all, model.NameRegex, func(user scim.User) string { return user.UserName })
	model.Users = convertAll(all, newUserEntry)

	return err
}

func newUserEntry(user scim.User) userEntry {
	return userEntry{
		ID: user.ID, UserName: textOrNull(user.UserName), DisplayName: textOrNull(user.DisplayName),
		ExternalID: textOrNull(user.ExternalID), Role: textOrNull(user.Role),
	}
}
