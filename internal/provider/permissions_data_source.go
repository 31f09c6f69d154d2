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

	// unknown holds the filters that no permission of the team matches.
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
	const withoutCase = ", compared without case. Celonis documents no values: look at `permissions` without this filter. Default: all."

	return &dataSource[permissionsModel]{
		name: "permissions",
		what: "Unable to read permissions",
		read: func(ctx context.Context, celonis *client.Client, model *permissionsModel) error {
			found, err := celonis.Permissions(ctx, model.filter())
			model.Permissions, model.unknown = convertAll(found.Items, newPermissionEntry), found.Unknown

			return err //nolint:wrapcheck // The generic part describes it.
		},
		warn: warnOfUnknownFilters,
		schema: schema.Schema{
			MarkdownDescription: "Reads who may do what in the team, to assert it in `check` blocks: Celonis has no public API that grants " +
				"permissions. A permission must match all filters that are set. Celonis returns all permissions of the team at once, except for " +
				"those on data; these data sources share one request in a plan. Only an export of several ten megabytes may need more, and " +
				"then each data source needs filters: the provider reads up to 1 GiB and keeps the permissions that match. The permissions " +
				"are stored in the state. A filter with a value that no permission in the team has adds a warning, because a misspelled value " +
				"makes a check for missing permissions pass. An OAuth client needs the scope " +
				"`authorization.permissions:read`. Celonis does not document a permission for this API; those of a team administrator are " +
				"sufficient.",
			Attributes: map[string]schema.Attribute{
				"subject_type": permissionFilter("Kind of who has the permission, such as a user, a group or an application" + withoutCase),
				"subject_id": permissionFilter("Id of who has the permission, case sensitive; `user_id` of `celonis_team_members` probably holds " +
					"those of users. Default: all."),
				"subject_name": permissionFilter("Name of who has the permission, case sensitive. Default: all."),
				"service":      permissionFilter("Part of Celonis that the permission is for" + withoutCase),
				"object_type":  permissionFilter("Kind of what the permission is on" + withoutCase),
				"object_id":    permissionFilter("Id of what the permission is on, case sensitive. Default: all."),
				"action":       permissionFilter("What must be among the `actions`, such as `EDIT_SPACE`" + withoutCase),
				"permissions": computedList("The permissions, by type, name and id of the subject, then by service, then by type, name and id of "+
					"the object.", map[string]schema.Attribute{
					"subject_type": computedText("Kind of who has the permission, null if nothing is said."),
					"subject_id":   computedText("Id of who has the permission, null if nothing is said."),
					"subject_name": computedText("Name of who has the permission, null if nothing is said."),
					"groups":       computedText("Groups of who has the permission, in one text as Celonis writes it; null if there are none."),
					"role":         computedText("Role of who has the permission in the team, null if nothing is said."),
					"service":      computedText("Part of Celonis that the permission is for, null if nothing is said."),
					"object_type":  computedText("Kind of what the permission is on, null if nothing is said, as where it is for the whole service."),
					"object_id":    computedText("Id of what the permission is on, null if nothing is said."),
					"object_name":  computedText("Name of what the permission is on, null if nothing is said."),
					"actions": schema.ListAttribute{
						MarkdownDescription: "What is permitted, sorted; empty if nothing is said.", Computed: true, ElementType: types.StringType,
					},
				}),
			},
		},
	}
}

// permissionFilter is an argument that a permission must fulfil.
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

// warnOfUnknownFilters warns of filters that may be misspelled: a check that expects no permissions would pass.
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
				"No permission in the team has this `"+filter.attribute+"`, so the result is empty. A misspelled value looks the same, and a "+
					"check that expects no permissions passes.\n\nWhat to do: check the spelling, for example with this data source without "+
					"filters. If nobody is meant to have such a permission, ignore this warning.")
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
