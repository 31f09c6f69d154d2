package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
)

type groupsModel struct {
	NameRegex      types.String `tfsdk:"name_regex"`
	IncludeMembers types.Bool   `tfsdk:"include_members"`
	Groups         []groupEntry `tfsdk:"groups"`
}

type groupEntry struct {
	ID          string    `tfsdk:"id"`
	DisplayName *string   `tfsdk:"display_name"`
	ExternalID  *string   `tfsdk:"external_id"`
	Role        *string   `tfsdk:"role"`
	MemberIDs   stringSet `tfsdk:"member_ids"`
}

func newGroupsDataSource() datasource.DataSource {
	attributes := groupResults("Ids of the users in the group, null if Celonis omits them from its list of groups. If the list omits the ids, " +
		"use the `celonis_group` data source.")
	attributes["id"] = computedText("Id of the group.")
	attributes["display_name"] = computedText("Name of the group, null if Celonis does not return it.")

	return &dataSource[groupsModel]{
		name:    "groups",
		summary: "Unable to list groups",
		read:    readGroups,
		schema: schema.Schema{
			MarkdownDescription: "Lists the groups of the team, in pages of 200." + scimAccess,
			Attributes: map[string]schema.Attribute{
				"name_regex":      nameRegexAttribute("the group name"),
				"include_members": includeMembersAttribute("The member ids of large groups increase the size of the state."),
				"groups":          computedList("Groups, sorted by id.", attributes),
			},
		},
	}
}

// groupResults returns the computed attributes that both group data sources share.
func groupResults(members string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"external_id": computedText("Id of the group in your identity provider, null if there is none."),
		"role": computedText("Role of the group, as Celonis returns it: `MEMBER`, `ANALYST` or `ADMIN`. Every member has at least this role. " +
			"Null if Celonis returns no role."),
		"member_ids": schema.SetAttribute{MarkdownDescription: members, Computed: true, CustomType: newStringSetType()},
	}
}

func readGroups(ctx context.Context, celonis *client.Client, model *groupsModel) error {
	all, err := celonis.Groups(ctx)
	if err != nil {
		return err
	}

	all, err = selectByName(all, model.NameRegex, func(group scim.Group) string { return group.DisplayName })
	model.Groups = convertAll(all, func(group scim.Group) groupEntry {
		return groupEntry{
			ID: group.ID, DisplayName: textOrNull(group.DisplayName), ExternalID: textOrNull(group.ExternalID), Role: textOrNull(group.Role),
			MemberIDs: membersOf(group, model.IncludeMembers),
		}
	})

	return err
}

// includeMembersAttribute returns the argument that controls whether the results include the members. cost describes the cost of including
// them.
func includeMembersAttribute(cost string) schema.BoolAttribute {
	return schema.BoolAttribute{
		MarkdownDescription: "Whether to return `member_ids`, which is null otherwise. " + cost + " Defaults to `true`.", Optional: true,
	}
}

// membersOf returns the members of a group, or null if they are unknown or not requested.
func membersOf(group scim.Group, include types.Bool) stringSet {
	if !group.MembersKnown || !wantsMembers(include) {
		return nullStringSet()
	}

	return newStringSet(group.MemberIDs)
}

// wantsMembers reports whether include_members is true, which is its default.
func wantsMembers(include types.Bool) bool { return include.IsNull() || include.ValueBool() }
