package provider

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/sync/errgroup"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

type groupListModel struct {
	Role           types.String `tfsdk:"role"`
	NameRegex      types.String `tfsdk:"name_regex"`
	IncludeMembers types.Bool   `tfsdk:"include_members"`
}

func newGroupListResource() list.ListResource {
	return &listResource[groupListModel, groupModel]{
		name: "group", summary: "Unable to list groups", list: listGroups,
		schema: schema.Schema{
			MarkdownDescription: "Lists the groups of the team, sorted by id, for `terraform query`. The display name of each result is the " +
				"name of the group. The provider reads the list of groups once per query, for all `list` blocks." +
				scimAccess,
			Attributes: map[string]schema.Attribute{
				"role": listedRole("groups"),
				"name_regex": schema.StringAttribute{
					MarkdownDescription: nameRegexDescription("the group name"), Optional: true, Validators: nameRegexValidators(),
				},
				"include_members": schema.BoolAttribute{
					MarkdownDescription: "Whether to return `member_ids`. If `true`, the generated configuration manages all members of the " +
						"groups. If Celonis's list of groups does not contain the members, reading them costs one additional request per group. " +
						"Defaults to `false`, in which case `member_ids` is null.",
					Optional: true,
				},
			},
		},
	}
}

func listGroups(ctx context.Context, celonis *client.Client, config *groupListModel) ([]listedObject[groupModel], error) {
	groups, err := celonis.Groups(ctx)
	if err != nil {
		return nil, err
	}

	groups, err = selectByName(groups, config.NameRegex, func(group scim.Group) string { return group.DisplayName })
	if err != nil {
		return nil, err
	}

	var selected []scim.Group

	for _, group := range groups {
		if matchesFold(config.Role, group.Role) {
			selected = append(selected, group)
		}
	}

	if config.IncludeMembers.ValueBool() {
		if err := readMembers(ctx, celonis, selected); err != nil {
			return nil, err
		}
	}

	return convertAll(selected, func(group scim.Group) listedObject[groupModel] {
		object := listedObject[groupModel]{displayName: cmp.Or(group.DisplayName, group.ID), identity: map[string]string{"id": group.ID}}
		object.model.MemberIDs, object.model.MemberUserNames = nullStringSet(), nullStringSet()
		object.model.compare(group)

		if config.IncludeMembers.ValueBool() {
			object.model.MemberIDs = newStringSet(group.MemberIDs)
		}

		return object
	}), nil
}

// readMembers adds the members to the groups, because the list of groups may omit them.
func readMembers(ctx context.Context, celonis *client.Client, groups []scim.Group) error {
	reads, ctx := errgroup.WithContext(ctx)
	reads.SetLimit(transport.DefaultMaxConcurrentRequests)

	for index := range groups {
		reads.Go(func() (err error) {
			groups[index], err = celonis.Group(ctx, groups[index].ID)

			return err
		})
	}

	return reads.Wait()
}
