package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type teamMembersModel struct {
	IncludeInternal types.Bool        `tfsdk:"include_internal"`
	Members         []teamMemberEntry `tfsdk:"members"`
}

type teamMemberEntry struct {
	UserID         *string            `tfsdk:"user_id"`
	Name           *string            `tfsdk:"name"`
	Email          *string            `tfsdk:"email"`
	Role           *string            `tfsdk:"role"`
	Status         *string            `tfsdk:"status"`
	LastLogin      *string            `tfsdk:"last_login"`
	InactivityDays *int64             `tfsdk:"inactivity_days"`
	Groups         []memberGroupEntry `tfsdk:"groups"`
}

type memberGroupEntry struct {
	Name *string `tfsdk:"name"`
	Role *string `tfsdk:"role"`
}

func newTeamMembersDataSource() datasource.DataSource {
	return &dataSource[teamMembersModel]{
		name:    "team_members",
		summary: "Unable to list team members",
		read: func(ctx context.Context, celonis *client.Client, model *teamMembersModel) error {
			members, err := celonis.TeamMembers(ctx, model.IncludeInternal.IsNull() || model.IncludeInternal.ValueBool())
			model.Members = convertAll(members, newTeamMemberEntry)

			return err
		},
		schema: schema.Schema{
			MarkdownDescription: "Lists the team members with their roles, groups and last sign-in, for checks and licence reports. Names and " +
				"e-mail addresses are stored in the state. An OAuth client needs the `team.user-group-info:read` scope. Celonis does not document " +
				"a permission for this API; team administrator permissions are sufficient.",
			Attributes: map[string]schema.Attribute{
				"include_internal": schema.BoolAttribute{
					MarkdownDescription: "Whether to include internal members. Celonis does not document which members are internal; they are " +
						"probably Celonis staff. Defaults to `true`.",
					Optional: true,
				},
				"members": computedList("Team members, sorted by `user_id`.", map[string]schema.Attribute{
					"user_id": computedText("Id of the member, null if Celonis does not return it."),
					"name": computedText("Name of the member, which Celonis returns in one string with the e-mail address. Null if the member " +
						"has no name."),
					"email": computedText("E-mail address of the member, null if Celonis does not return it."),
					"role": computedText("Role of the member in the team, such as `ADMIN`, `ANALYST` or `MEMBER`. Null if Celonis returns no " +
						"role."),
					"status": computedText("Status of the member in the team, such as `Active`. Null if Celonis returns no status."),
					"last_login": computedText("Time of the member's last sign-in, in RFC 3339 format and UTC. A time in an undocumented format is " +
						"returned unchanged. Null if the member has never signed in."),
					"inactivity_days": schema.Int64Attribute{
						MarkdownDescription: "Number of days since the last sign-in, null if Celonis does not return it. The value, and therefore " +
							"any output that uses it, changes every day.",
						Computed: true,
					},
					"groups": computedList("Groups of the member, sorted by name. This API does not return group ids.", map[string]schema.Attribute{
						"name": computedText("Name of the group."),
						"role": computedText("Role that the group grants its members, null if Celonis does not return it."),
					}),
				}),
			},
		},
	}
}

func newTeamMemberEntry(member client.TeamMember) teamMemberEntry {
	entry := teamMemberEntry{
		UserID: textOrNull(member.UserID), Name: textOrNull(member.Name), Email: textOrNull(member.Email), Role: textOrNull(member.Role),
		Status: textOrNull(member.Status), LastLogin: textOrNull(member.LastLogin),
		Groups: convertAll(member.Groups, func(group client.MemberGroup) memberGroupEntry {
			return memberGroupEntry{Name: textOrNull(group.Name), Role: textOrNull(group.Role)}
		}),
	}

	if member.InactivityDays != nil {
		days := int64(*member.InactivityDays)
		entry.InactivityDays = &days
	}

	return entry
}
