package provider

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type groupMemberListModel struct {
	GroupID types.String `tfsdk:"group_id"`
}

func newGroupMemberListResource() list.ListResource {
	return &listResource[groupMemberListModel, groupMemberModel]{
		name: "group_member", summary: "Unable to list the members of a group", list: listGroupMembers,
		schema: schema.Schema{
			MarkdownDescription: "Lists the memberships of one group, sorted by user id, for `terraform query`. The display name of each result " +
				"consists of the group's name and the user's e-mail address. The provider takes the e-mail addresses from the list of all " +
				"users, which it reads once per query, for all `list` blocks." +
				scimAccess,
			Attributes: map[string]schema.Attribute{
				"group_id": schema.StringAttribute{
					MarkdownDescription: "Id of the group. The `celonis_group` list resource and data source return the id.",
					Required:            true, Validators: []validator.String{notBlank()},
				},
			},
		},
	}
}

func listGroupMembers(
	ctx context.Context, celonis *client.Client, config *groupMemberListModel,
) ([]listedObject[groupMemberModel], error) {
	group, err := celonis.Group(ctx, config.GroupID.ValueString())
	if err != nil {
		return nil, blame(path.Root("group_id"), err)
	}

	users, err := celonis.Users(ctx)
	if err != nil {
		return nil, err
	}

	names := make(map[string]string, len(users))
	for _, user := range users {
		names[user.ID] = user.UserName
	}

	return convertAll(group.MemberIDs, func(userID string) listedObject[groupMemberModel] {
		object := listedObject[groupMemberModel]{
			displayName: cmp.Or(group.DisplayName, group.ID) + " / " + cmp.Or(names[userID], userID),
			identity:    map[string]string{"group_id": group.ID, "user_id": userID},
			model:       groupMemberModel{GroupID: types.StringValue(group.ID), UserID: types.StringValue(userID)},
		}
		object.model.setID()

		return object
	}), nil
}
