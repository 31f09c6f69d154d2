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
		name: "team_members",
		what: "Unable to list team members",
		read: func(ctx context.Context, celonis *client.Client, model *teamMembersModel) error {
			members, err := celonis.TeamMembers(ctx, model.IncludeInternal.IsNull() || model.IncludeInternal.ValueBool())
			model.Members = convertAll(members, newTeamMemberEntry)

			return err //nolint:wrapcheck // The generic part describes it.
		},
		schema: schema.Schema{
			MarkdownDescription: "Lists the members of the team with their roles, groups and last sign-in, for checks and for licence reports. " +
				"Names and e-mail addresses end up in the state. An OAuth client needs the scope `team.user-group-info:read`; Celonis names no " +
				"permission for this API, and those of an administrator of the team will do.",
			Attributes: map[string]schema.Attribute{
				"include_internal": schema.BoolAttribute{
					MarkdownDescription: "Whether internal members are listed too, whom Celonis does not explain: its own staff, probably. " +
						"Default: `true`.",
					Optional: true,
				},
				"members": computedList("The members, by `user_id`.", map[string]schema.Attribute{
					"user_id": computedText("Id of the member, null where Celonis does not tell it."),
					"name":    computedText("Name of the member: what Celonis writes before the address, null if there is none."),
					"email":   computedText("E-mail address of the member, null if there is none."),
					"role":    computedText("Role in the team, such as `ADMIN`, `ANALYST` or `MEMBER`; null if nothing is said."),
					"status":  computedText("Status in the team, such as `Active`; null if nothing is said."),
					"last_login": computedText("When the member last signed in, RFC 3339 in UTC; as Celonis writes it where that is no date of " +
						"the form that it documents. Null for a member who never did."),
					"inactivity_days": schema.Int64Attribute{
						MarkdownDescription: "Number of days without a sign-in, null where Celonis does not tell it. It grows from day to " +
							"day, and so do outputs of it.",
						Computed: true,
					},
					"groups": computedList("Groups of the member, by name. Celonis does not tell their ids here.", map[string]schema.Attribute{
						"name": computedText("Name of the group."),
						"role": computedText("Role that the group gives its members, null if nothing is said."),
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
