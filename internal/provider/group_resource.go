package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

type groupModel struct {
	ID              types.String `tfsdk:"id"`
	DisplayName     types.String `tfsdk:"display_name"`
	ExternalID      types.String `tfsdk:"external_id"`
	Role            types.String `tfsdk:"role"`
	MemberIDs       stringSet    `tfsdk:"member_ids"`
	MemberUserNames stringSet    `tfsdk:"member_user_names"`
}

func newGroupResource() resource.Resource {
	return &managedResource[groupModel]{
		name: "group", noun: "group",
		identity: map[string]string{"id": "Id of the group."},
		find:     findGroup,
		create:   createGroup,
		read:     readGroup,
		update:   updateGroup,
		delete: func(ctx context.Context, do *operation[groupModel]) error {
			return do.celonis.DeleteGroup(ctx, do.model.ID.ValueString())
		},
		plan: func(_ context.Context, do *operation[groupModel]) {
			if do.config.hasMembers() {
				warnOfUnseenMembers(do)
			}
		},
		memberships: func(celonis *client.Client, config, model *groupModel) groupMemberships {
			switch {
			case config != nil && !config.hasMembers():
				return groupMemberships{}
			case !model.MemberUserNames.IsNull():
				return groupMemberships{
					source: "`member_user_names` of celonis_group", groupID: model.ID.ValueString(),
					members: membersByName(celonis, textsIn(model.MemberUserNames)), isComplete: true,
				}
			default:
				return groupMemberships{
					source: "`member_ids` of celonis_group", groupID: model.ID.ValueString(), members: membersByID(textsIn(model.MemberIDs)),
					isComplete: true,
				}
			}
		},
		check: func(ctx context.Context, do *operation[groupModel]) error {
			if do.prior != nil {
				return nil
			}

			return checkUserIDs(ctx, do.celonis, "member_ids", do.model.MemberIDs)
		},
		exists: func(model *groupModel) bool { return isSet(model.ID) },
		schema: groupSchema(),
	}
}

func groupSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A group of users. The provider never changes attributes that you omit, and leaves the members alone if you set " +
			"neither `member_user_names` nor `member_ids`. Manage the members of a group either in this resource, with `member_user_names` or " +
			"`member_ids`, or with `celonis_group_member` or `celonis_group_members`. If you use both approaches for the " +
			"same group, the resources undo each other's changes." + scimAccess,
		Attributes: map[string]schema.Attribute{
			"id": idAttribute("Id of the group."),
			"display_name": schema.StringAttribute{
				MarkdownDescription: "Name of the group, at most 100 characters.",
				Required:            true,
				PlanModifiers: []planmodifier.String{
					checkedWhenChanged(notBlank(), trimmed(), stringvalidator.UTF8LengthAtMost(maxSCIMName)),
				},
			},
			"external_id": externalIDAttribute("group"),
			"role": roleAttribute("display_name", "Minimum role of every member: `MEMBER`, `ANALYST` or `ADMIN`, case-insensitive. Each member "+
				"uses a licence seat for this role or a higher one. **Removing `role = \"ADMIN\"` from the configuration does not revoke the role: "+
				"the members remain administrators.** To revoke the role, set `role = \"MEMBER\"`. Defaults to the current role in Celonis."),
			"member_ids": schema.SetAttribute{
				MarkdownDescription: "Ids of all users in the group. The provider removes all other members; an empty set removes all members. An " +
					"apply removes only members that its plan shows. Users who were members before this attribute was set, or who joined later, " +
					"appear in the next plan. When you import the group, the plan shows all members. By default, the provider does not manage the " +
					"members, and changes to the group do not affect them. The `celonis_user` resource and data source return the ids.",
				Optional: true, Computed: true, CustomType: newStringSetType(),
				Validators: []validator.Set{noNulls(), alternative{other: "member_user_names", isOptional: true}},
				PlanModifiers: []planmodifier.Set{
					checkedWhenChanged(notBlank(), trimmed(), noAddress()), unmanaged{other: "member_user_names"},
				},
			},
			"member_user_names": schema.SetAttribute{
				MarkdownDescription: "E-mail addresses of all users in the group, case-insensitive. Conflicts with `member_ids`. Plans show the " +
					"e-mail addresses of added and removed users instead of their ids. By default, the " +
					"provider does not manage the members. The `celonis_user` resource and data source return the addresses as `user_name`. If a " +
					"member is missing from the list of users, the plan shows the member's id. The provider looks up the users in the list of all " +
					"users, which it reads once per run, with one request per 200 users. To replace `member_ids` with this attribute, list the " +
					"same users here. The plan then shows every member in both attributes, but the apply changes only the members that differ.",
				Optional: true, Computed: true, CustomType: newStringSetType(),
				Validators:    []validator.Set{noNulls(), uniqueNames()},
				PlanModifiers: userNamesModifiers(unmanaged{other: "member_ids"}),
			},
		},
	}
}

// unmanaged is a plan modifier for the two member attributes, which the provider manages only if they are configured. If an attribute is not
// configured, unmanaged plans the state's value. For a new object, or if the other member attribute is configured, unmanaged plans null.
type unmanaged struct{ other string }

// Description implements [planmodifier.Describer].
func (unmanaged) Description(context.Context) string { return "is not changed unless it is configured" }

// MarkdownDescription implements [planmodifier.Describer].
func (m unmanaged) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

// PlanModifySet implements [planmodifier.Set].
func (m unmanaged) PlanModifySet(ctx context.Context, req planmodifier.SetRequest, resp *planmodifier.SetResponse) {
	other := nullStringSet()
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(m.other), &other)...)

	switch {
	case !req.ConfigValue.IsNull():
	case req.StateValue.IsNull() || !other.IsNull():
		resp.PlanValue = types.SetNull(req.PlanValue.ElementType(ctx))
	default:
		resp.PlanValue = req.StateValue
	}
}

// findGroup finds a group by name, or by id if no group has that name. If the list of groups contains the id, no additional request is
// necessary, so any number of imports by id share one list. If no group matches, the error mentions the name, because Terraform's own
// message for an unsuccessful import mentions only ids.
func findGroup(ctx context.Context, celonis *client.Client, text string) (map[string]string, error) {
	groups, err := celonis.Groups(ctx)
	hasName := func(group scim.Group) bool { return group.DisplayName == text }
	hasID := func(group scim.Group) bool { return group.ID == text }

	if err == nil && slices.ContainsFunc(groups, hasID) && !slices.ContainsFunc(groups, hasName) {
		return byID(ctx, celonis, text)
	}

	found, err := celonis.FindGroup(ctx, text)
	if transport.IsNotFound(err) {
		if _, unknown := celonis.Group(ctx, text); !transport.IsNotFound(unknown) {
			return byID(ctx, celonis, text)
		}
	}

	return map[string]string{"id": found.ID}, err
}

func createGroup(ctx context.Context, do *operation[groupModel]) error {
	model := do.model
	model.ID = types.StringNull()

	wanted := scim.NewGroup{
		DisplayName: model.DisplayName.ValueString(), ExternalID: model.ExternalID.ValueString(), Role: model.Role.ValueString(),
	}

	memberIDs, err := model.memberIDs(ctx, do.celonis)
	if err != nil {
		return err
	}

	wanted.MemberIDs = memberIDs

	created, err := do.celonis.CreateGroup(ctx, wanted)
	model.fill(created)

	err = warnIfDuplicated(do, "group", err)
	if err == nil {
		warnOfHiddenRole(do, do.config.Role, created.Role)
	}

	note := ""

	switch {
	case !model.MemberUserNames.IsNull():
		note = "The apply after the import removes every member that is not in `member_user_names`. The plan lists these members by id. To keep " +
			"them, remove `member_user_names` from the resource, or first add their e-mail addresses to it.\n\n"
	case !model.MemberIDs.IsNull():
		note = "The apply after the import removes every member that is not in `member_ids`. The plan lists these members by id. To keep them, " +
			"remove `member_ids` from the resource, or first add their ids to it.\n\n"
	}

	return importedAs(model.DisplayName, note, blameSCIM(err))
}

// readGroup reads the members if the state contains them, and also after an import, so that the plan shows whom the configuration would add and
// remove. During a read, the provider cannot tell whether the configuration manages the members.
func readGroup(ctx context.Context, do *operation[groupModel]) error {
	model := do.model
	wantsIDs := !model.MemberIDs.IsNull() || do.isImported(ctx)
	wantsNames := !model.MemberUserNames.IsNull()

	read := do.celonis.GroupWithoutMembers
	if wantsIDs || wantsNames {
		read = do.celonis.Group
	}

	found, err := read(ctx, model.ID.ValueString())
	if err != nil {
		return goneIfNotFound(err)
	}

	model.compare(found)

	if wantsIDs {
		model.MemberIDs = newStringSet(found.MemberIDs)
	}

	if wantsNames {
		return model.readUserNames(ctx, do.celonis, found.MemberIDs)
	}

	return nil
}

func (m *groupModel) readUserNames(ctx context.Context, celonis *client.Client, memberIDs []string) error {
	spelled := textsIn(m.MemberUserNames)

	names, err := celonis.MemberUserNames(ctx, memberIDs, spelled)
	if err != nil {
		return err
	}

	m.MemberUserNames = newStringSet(shownNames(memberIDs, names, spelled))

	return nil
}

// hasMembers reports whether a configuration manages the members.
func (m *groupModel) hasMembers() bool { return !m.MemberIDs.IsNull() || !m.MemberUserNames.IsNull() }

// memberIDs returns the ids of the configured members, or nil if the members are not managed.
func (m *groupModel) memberIDs(ctx context.Context, celonis *client.Client) ([]string, error) {
	switch {
	case !m.MemberUserNames.IsNull():
		ids, err := resolveUserNames(ctx, celonis, "member_user_names", textsIn(m.MemberUserNames))
		if err != nil {
			return nil, err
		}

		return slices.AppendSeq([]string{}, maps.Values(ids)), nil
	case !m.MemberIDs.IsNull():
		return textsIn(m.MemberIDs), nil
	default:
		return nil, nil
	}
}

// formerIDs returns the member ids in a state. For a member who is missing from the list of users, the state contains the id.
func (m *groupModel) formerIDs(ctx context.Context, celonis *client.Client) ([]string, error) {
	names := textsIn(m.MemberUserNames)

	ids, err := celonis.ResolveUserNames(ctx, slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.Contains(name, "@") }))
	if err != nil && !isUnresolved(err) {
		return nil, err
	}

	former := textsIn(m.MemberIDs)

	for _, name := range names {
		if id := ids[name]; id != "" {
			former = append(former, id)
		} else {
			former = append(former, name)
		}
	}

	return former, nil
}

// sameMembers reports whether the state contains exactly the members that the configuration manages.
func (m *groupModel) sameMembers(prior *groupModel) bool {
	return m.MemberIDs.Equal(prior.MemberIDs) && m.MemberUserNames.Equal(prior.MemberUserNames)
}

// compare updates the values that may have been changed outside Terraform, except for the members. Values that Celonis does not return
// remain unchanged.
func (m *groupModel) compare(found scim.Group) {
	m.ID = types.StringValue(found.ID)
	m.DisplayName = types.StringValue(found.DisplayName) // The attribute is required, so it must not be null, even if the name is empty.
	m.ExternalID = types.StringPointerValue(textOrNull(found.ExternalID))
	m.Role = shown(m.Role, found.Role)
}

// warnOfUnseenMembers warns if the members of a group were not managed before. In that case, the plan does not show the current members, and the
// apply does not remove any of them. The next plan shows the removals.
func warnOfUnseenMembers(do *operation[groupModel]) {
	if do.prior == nil || do.prior.hasMembers() {
		return
	}

	attribute := "member_ids"
	if !do.config.MemberUserNames.IsNull() {
		attribute = "member_user_names"
	}

	do.warn(path.Root(attribute), "The plan does not show the group's current members", fmt.Sprintf("Until now, this "+
		"resource did not manage the members of the group %s (%s). This apply adds the users in `%s`, but removes no members.\n\nWhat to do: "+
		"after this apply, run `terraform plan` again. That plan shows the other members, which the next apply would remove.",
		do.model.DisplayName.ValueString(), do.model.ID.ValueString(), attribute))
}

func updateGroup(ctx context.Context, do *operation[groupModel]) error {
	model, prior := do.model, do.prior
	change := scim.GroupChange{
		DisplayName: changed(model.DisplayName, prior.DisplayName), ExternalID: changed(model.ExternalID, prior.ExternalID),
		Role: changed(model.Role, prior.Role),
	}

	if do.config.hasMembers() && !model.sameMembers(prior) {
		ids, err := model.memberIDs(ctx, do.celonis)
		if err != nil {
			return err
		}

		// former is empty if the members were not managed before, so this apply does not remove any members.
		former, err := prior.formerIDs(ctx, do.celonis)
		if err != nil {
			return err
		}

		change.MemberIDs, change.FormerMemberIDs = &ids, &former
	}

	if change == (scim.GroupChange{}) {
		return nil
	}

	change.Role = configuredRole(do.config.Role)

	found, err := do.celonis.UpdateGroup(ctx, model.ID.ValueString(), change)
	if err != nil {
		return blameSCIM(err)
	}

	model.fill(found)

	if change.Role != nil {
		warnOfHiddenRole(do, do.config.Role, found.Role)
	}

	return nil
}

// fill replaces each value that is unknown in the plan with the value that Celonis returns.
func (m *groupModel) fill(found scim.Group) {
	m.ID = types.StringPointerValue(textOrNull(found.ID))
	m.ExternalID = plannedOr(m.ExternalID, found.ExternalID)
	m.Role = plannedOr(m.Role, found.Role)
}
