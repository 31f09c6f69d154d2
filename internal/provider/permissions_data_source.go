package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type permissionsModel struct {
	SubjectType types.String      `tfsdk:"subject_type"`
	SubjectID   types.String      `tfsdk:"subject_id"`
	SubjectName types.String      `tfsdk:"subject_name"`
	Service     types.String      `tfsdk:"service"`
	ObjectType  types.String      `tfsdk:"object_type"`
	ObjectID    types.String      `tfsdk:"object_id"`
	Action      types.String      `tfsdk:"action"`
	Permissions []permissionEntry `tfsdk:"permissions"`

	// unknown contains the filters that match no permission in the team.
	unknown client.PermissionFilter
}

type permissionEntry struct {
	SubjectType *string  `tfsdk:"subject_type"`
	SubjectID   *string  `tfsdk:"subject_id"`
	SubjectName *string  `tfsdk:"subject_name"`
	Groups      *string  `tfsdk:"groups"`
	Role        *string  `tfsdk:"role"`
	Service     *string  `tfsdk:"service"`
	ObjectType  *string  `tfsdk:"object_type"`
	ObjectID    *string  `tfsdk:"object_id"`
	ObjectName  *string  `tfsdk:"object_name"`
	Actions     []string `tfsdk:"actions"`
}

func newPermissionsDataSource() datasource.DataSource {
	const withoutCase = ", case-insensitive. By default, all values match. Celonis does not document the possible values. To find the values in " +
		"use, read `permissions` without this filter."

	return &dataSource[permissionsModel]{
		name:    "permissions",
		summary: "Unable to read permissions",
		read: func(ctx context.Context, celonis *client.Client, model *permissionsModel) error {
			found, err := celonis.Permissions(ctx, model.filter())
			model.Permissions, model.unknown = convertAll(found.Items, newPermissionEntry), found.Unknown

			return err
		},
		warn: warnOfUnknownFilters,
		schema: schema.Schema{
			MarkdownDescription: "Reads the permissions in the team, for example to verify them in `check` blocks. Celonis has no public API " +
				"that grants permissions. The data source returns permissions that match all configured filters. Celonis returns all " +
				"permissions of the team, except data permissions, in one response. In a plan, all `celonis_permissions` data sources share one " +
				"response. If the response is tens of megabytes in size, the provider may need additional requests, unless you set a filter in " +
				"each data source. The provider reads up to 1 GiB and keeps only the matching permissions. The permissions are stored in the " +
				"state. If no permission in the team matches the value of a filter, the provider shows a warning, because a check that expects " +
				"no permissions would also pass if the value were misspelled. An OAuth client needs the `authorization.permissions:read` scope. " +
				"Celonis does not document which permission this API requires; team administrator permissions are sufficient.",
			Attributes: map[string]schema.Attribute{
				"subject_type": permissionFilter("Type of the subject that has the permission, such as a user, a group or an application" +
					withoutCase),
				"subject_id": permissionFilter("Id of the subject that has the permission, case-sensitive. By default, all ids match. A user's " +
					"subject id is probably the `user_id` that `celonis_team_members` returns."),
				"subject_name": permissionFilter("Name of the subject that has the permission, case-sensitive. By default, all names match."),
				"service":      permissionFilter("Celonis service that the permission applies to" + withoutCase),
				"object_type":  permissionFilter("Type of the object that the permission applies to" + withoutCase),
				"object_id":    permissionFilter("Id of the object that the permission applies to, case-sensitive. By default, all ids match."),
				"action":       permissionFilter("Action that the permission must allow, such as `EDIT_SPACE`" + withoutCase),
				"permissions": computedList("Permissions, sorted by the subject's type, name and id, then by service, then by the "+
					"object's type, name and id.", map[string]schema.Attribute{
					"subject_type": computedText("Type of the subject that has the permission, null if Celonis does not return it."),
					"subject_id":   computedText("Id of the subject, null if Celonis does not return it."),
					"subject_name": computedText("Name of the subject, null if Celonis does not return it."),
					"groups": computedText("Groups of the subject in a single string, exactly as Celonis returns it. Null if the subject " +
						"has no groups."),
					"role":    computedText("Role of the subject in the team, null if Celonis does not return it."),
					"service": computedText("Celonis service that the permission applies to, null if Celonis does not return it."),
					"object_type": computedText("Type of the object that the permission applies to. Null if Celonis returns no type, for " +
						"example because the permission applies to the whole service."),
					"object_id":   computedText("Id of the object, null if Celonis does not return it."),
					"object_name": computedText("Name of the object, null if Celonis does not return it."),
					"actions": schema.ListAttribute{
						MarkdownDescription: "Actions that the permission allows, sorted. Empty if Celonis returns no actions.",
						Computed:            true, ElementType: types.StringType,
					},
				}),
			},
		},
	}
}

// permissionFilter returns an optional argument that filters the permissions by one of their properties.
func permissionFilter(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Optional: true, Validators: []validator.String{notBlank()}}
}

func (m *permissionsModel) filter() client.PermissionFilter {
	return client.PermissionFilter{
		SubjectType: m.SubjectType.ValueString(), SubjectID: m.SubjectID.ValueString(), SubjectName: m.SubjectName.ValueString(),
		Service: m.Service.ValueString(), ObjectType: m.ObjectType.ValueString(), ObjectID: m.ObjectID.ValueString(),
		Action: m.Action.ValueString(),
	}
}

// warnOfUnknownFilters warns about filters that match no permission in the team. If such a filter is misspelled, a check that expects no
// permissions would pass by mistake.
func warnOfUnknownFilters(model *permissionsModel, diagnostics *diag.Diagnostics) {
	unknown := model.unknown

	for _, filter := range []struct{ attribute, value string }{
		{"subject_type", unknown.SubjectType},
		{"subject_id", unknown.SubjectID},
		{"subject_name", unknown.SubjectName},
		{"service", unknown.Service},
		{"object_type", unknown.ObjectType},
		{"object_id", unknown.ObjectID},
		{"action", unknown.Action},
	} {
		if filter.value != "" {
			diagnostics.AddAttributeWarning(path.Root(filter.attribute), "No permission matches "+filter.attribute,
				"No permission in the team has this `"+filter.attribute+"`, so the result is empty. A misspelled value would also produce an empty "+
					"result, so a check that expects no permissions would pass.\n\nWhat to do: check the spelling, for example with this data "+
					"source without filters. If no such permission should exist, ignore this warning.")
		}
	}
}

func newPermissionEntry(permission client.Permission) permissionEntry {
	return permissionEntry{
		SubjectType: textOrNull(permission.SubjectType), SubjectID: textOrNull(permission.SubjectID),
		SubjectName: textOrNull(permission.SubjectName), Groups: textOrNull(permission.Groups), Role: textOrNull(permission.Role),
		Service: textOrNull(permission.Service), ObjectType: textOrNull(permission.ObjectType), ObjectID: textOrNull(permission.ObjectID),
		ObjectName: textOrNull(permission.ObjectName), Actions: permission.Actions,
	}
}
