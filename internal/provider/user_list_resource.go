package provider

import (
	"cmp"
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
)

type userListModel struct {
	Role        types.String `tfsdk:"role"`
	EmailDomain types.String `tfsdk:"email_domain"`
}

func newUserListResource() list.ListResource {
	return &listResource[userListModel, userModel]{
		name: "user", summary: "Unable to list users", list: listUsers,
		schema: schema.Schema{
			MarkdownDescription: "Lists the users of the team, sorted by id, for `terraform query`. The display name of each result is the " +
				"user's e-mail address. The provider reads the list of users once per query, for all `list` blocks." +
				scimAccess,
			Attributes: map[string]schema.Attribute{
				"role": listedRole("users"),
				"email_domain": schema.StringAttribute{
					MarkdownDescription: "E-mail domain of the users to list, such as `example.com`, case-insensitive. Subdomains do not match. " +
						"Defaults to all domains.",
					Optional: true, Validators: []validator.String{notBlank(), emailDomain()},
				},
			},
		},
	}
}

// listedRole returns the argument that filters objects by role. objects is the plural noun used in the description, such as "users".
func listedRole(objects string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Role of the " + objects + " to list: `MEMBER`, `ANALYST` or `ADMIN`, case-insensitive. The filter never " +
			"matches " + objects + " whose role Celonis does not return. Defaults to all roles.",
		Optional: true, Validators: []validator.String{stringvalidator.OneOfCaseInsensitive(scim.Roles()...)},
	}
}

// emailDomain rejects any text other than a domain.
func emailDomain() validator.String {
	return stringCheck{description: "must be a domain", problem: func(value string) string {
		if strings.ContainsAny(value, "@*/ ") {
			return "The value must be the domain alone: the part of the e-mail addresses after the @ sign, such as example.com."
		}

		return ""
	}}
}

func listUsers(ctx context.Context, celonis *client.Client, config *userListModel) ([]listedObject[userModel], error) {
	users, err := celonis.Users(ctx)
	if err != nil {
		return nil, err
	}

	var listed []listedObject[userModel]

	for _, user := range users {
		domain := user.UserName[strings.LastIndex(user.UserName, "@")+1:]
		if !matchesFold(config.Role, user.Role) || !matchesFold(config.EmailDomain, domain) {
			continue
		}

		object := listedObject[userModel]{displayName: cmp.Or(user.UserName, user.ID), identity: map[string]string{"id": user.ID}}
		object.model.compare(user)
		listed = append(listed, object)
	}

	return listed, nil
}
