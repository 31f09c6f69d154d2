package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

type groupLookupModel struct {
	ID             types.String `tfsdk:"id"`
	DisplayName    types.String `tfsdk:"display_name"`
	ExternalID     *string      `tfsdk:"external_id"`
	Role           *string      `tfsdk:"role"`
	IncludeMembers types.Bool   `tfsdk:"include_members"`
	MemberIDs      stringSet    `tfsdk:"member_ids"`
}

func newGroupDataSource() datasource.DataSource {
	attributes := groupResults("Ids of the users in the group.")
	attributes["id"] = schema.StringAttribute{
		MarkdownDescription: "Id of the group. Set exactly one of `id` and `display_name`. Defaults to the id of the group found by " +
			"`display_name`. The `celonis_groups` data source lists the ids.",
		Optional: true, Computed: true, Validators: []validator.String{notBlank()},
	}
	attributes["display_name"] = schema.StringAttribute{
		MarkdownDescription: "Name of the group, case-sensitive. Set exactly one of `id` and `display_name`. If several groups have this " +
			"name, the error lists their ids. Defaults to the name of the group found by `id`.",
		Optional: true, Computed: true, Validators: []validator.String{notBlank()},
	}

	attributes["include_members"] = includeMembersAttribute("If `include_members` is `false`, looking up many groups takes fewer than one " +
		"request per group.")

	return &dataSource[groupLookupModel]{
		name:       "group",
		summary:    "Unable to read group",
		read:       readGroupLookup,
		validators: idOr("display_name"),
		schema: schema.Schema{
			MarkdownDescription: "Looks up a group of the team by id or name, and returns its members. For lookups by name, the provider reads " +
				"the list of all groups once per run, because Celonis does not document a way to search for groups by name." +
				scimAccess,
			Attributes: attributes,
		},
	}
}

func readGroupLookup(ctx context.Context, celonis *client.Client, model *groupLookupModel) error {
	id := model.ID.ValueString()

	if model.ID.IsNull() {
		found, err := celonis.FindGroup(ctx, model.DisplayName.ValueString())
		if err != nil {
			return blame(path.Root("display_name"), err)
		}

		id = found.ID
	}

	read := celonis.GroupWithoutMembers
	if wantsMembers(model.IncludeMembers) {
		read = celonis.Group
	}

	found, err := read(ctx, id)
	if err != nil {
		return blameGroupID(ctx, celonis, id, err)
	}

	model.ID = types.StringValue(found.ID)
	model.DisplayName = types.StringPointerValue(textOrNull(found.DisplayName))
	model.ExternalID, model.Role, model.MemberIDs = textOrNull(found.ExternalID), textOrNull(found.Role), membersOf(found, model.IncludeMembers)

	return nil
}

// blameGroupID attaches a failure to `id`. If the value is a group's name instead of its id, the advice says so.
func blameGroupID(ctx context.Context, celonis *client.Client, id string, err error) error {
	if transport.IsNotFound(err) {
		if hint := groupNameHint(ctx, celonis, "id", id); hint != "" {
			return &attributeError{
				attribute: path.Root("id"), err: err, advice: hint + " To look up the group by name, set `display_name` instead.",
			}
		}
	}

	return blame(path.Root("id"), err)
}
