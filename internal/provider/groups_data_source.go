package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type groupsModel struct {
	Groups []groupEntry `tfsdk:"groups"`
}

type groupEntry struct {
	ID          string    `tfsdk:"id"`
	DisplayName *string   `tfsdk:"display_name"`
	ExternalID  *string   `tfsdk:"external_id"`
	Role        *string   `tfsdk:"role"`
	MemberIDs   stringSet `tfsdk:"member_ids"`
}

func newGroupsDataSource() datasource.DataSource {
	attributes := groupResults("Ids of the users in the group, null if Celonis's list of groups does not contain them. The data source " +
		"`celonis_group` returns them.")
	attributes["id"] = computedText("Id of the group.")
	attributes["display_name"] = computedText("Name of the group, null if Celonis does not return it.")

	return &dataSource[groupsModel]{
		name: "groups",
		what: "Unable to list groups",
		read: readGroups,
		schema: schema.Schema{
			MarkdownDescription: "Lists the groups of the team, in pages of 200." + scimAccess,
			Attributes: map[string]schema.Attribute{
				"groups": computedList("Groups, sorted by id.", attributes),
			},
		},
	}
}

// groupResults are the results that both data sources have.
func groupResults(members string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"external_id": computedText("Id of the group in your identity provider, null if there is none."),
		"role": computedText("Role of the group, as Celonis returns it: every member has at least this role, `MEMBER`, `ANALYST` or " +
			"`ADMIN`. Null if Celonis does not return it."),
		"member_ids": schema.SetAttribute{MarkdownDescription: members, Computed: true, CustomType: newStringSetType()},
	}
}

func readGroups(ctx context.Context, celonis *client.Client, model *groupsModel) error {
	all, err := celonis.Groups(ctx)
	if err != nil {
		return err //nolint:wrapcheck // The client's errors are for the user.
	}

	model.Groups = convertAll(all, func(group client.Group) groupEntry {
		return groupEntry{
			ID: group.ID, DisplayName: textOrNull(group.DisplayName), ExternalID: textOrNull(group.ExternalID), Role: textOrNull(group.Role),
			MemberIDs: membersOf(group),
		}
	})

	return nil
}

// membersOf returns the members of a group, null where they are not known.
func membersOf(group client.Group) stringSet {
	if !group.MembersKnown {
		return nullStringSet()
	}

	return newStringSet(group.MemberIDs)
}
