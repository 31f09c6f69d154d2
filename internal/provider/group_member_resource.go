package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

type groupMemberModel struct {
	ID       types.String `tfsdk:"id"`
	GroupID  types.String `tfsdk:"group_id"`
	UserID   types.String `tfsdk:"user_id"`
	UserName types.String `tfsdk:"user_name"`
}

func newGroupMemberResource() resource.Resource {
	return &managedResource[groupMemberModel]{
		name: "group_member", noun: "membership",
		identity: map[string]string{"group_id": "Id of the group.", "user_id": "Id of the user."},
		find:     findGroupMember,
		create:   createGroupMember,
		read:     readGroupMember,
		update: func(context.Context, *operation[groupMemberModel]) error {
			return nil // An update changes only the spelling of the user name. Every other change replaces the membership.
		},
		delete: func(ctx context.Context, do *operation[groupMemberModel]) error {
			err := do.celonis.RemoveGroupMember(ctx, do.model.GroupID.ValueString(), do.model.UserID.ValueString())
			if transport.IsNotFound(err) { // The group no longer exists, and neither do its memberships.
				return nil
			}

			return blameSCIM(err)
		},
		memberships: func(_ *client.Client, _, model *groupMemberModel) groupMemberships {
			return groupMemberships{
				source: "celonis_group_member", groupID: model.GroupID.ValueString(),
				members: []member{{id: model.UserID.ValueString(), userName: model.UserName.ValueString()}},
			}
		},
		check:  checkGroupMember,
		exists: func(model *groupMemberModel) bool { return isSet(model.ID) },
		schema: schema.Schema{
			MarkdownDescription: "The membership of one user in one group. The resource does not manage other members. The provider combines " +
				"concurrent changes to memberships of the same group into shared requests. If the membership already exists, the resource takes it " +
				"over. A run never removes a membership that it has added or taken over. If you change `group_id` or `user_id` to a value that is " +
				"known only after apply, and that value turns out to be wrong, the existing membership is lost, because Terraform destroys it " +
				"first. To keep the membership in such a case, create the group or the user in an earlier apply. Do not use this resource for a " +
				"group whose `celonis_group` resource sets `member_ids` or `member_user_names`: the two resources would undo each other's changes. " +
				"You can import a membership by `<group>/<user>`, where `<group>` is the id or the name of the group and `<user>` is the id or the " +
				"e-mail address of the user. The `group_id` argument, however, must be an id." +
				scimAccess,
			Attributes: map[string]schema.Attribute{
				"id":       idAttribute("Id of the membership: `<group_id>/<user_id>`."),
				"group_id": membershipGroupID(),
				"user_id": schema.StringAttribute{
					MarkdownDescription: "Id of the user. Set exactly one of `user_id` and `user_name`; neither has a default. Changing this " +
						"forces a new resource. The `celonis_user` resource and data source return the id.",
					Optional: true, Computed: true,
					Validators: []validator.String{notBlank(), alternative{other: "user_name"}},
					PlanModifiers: []planmodifier.String{
						checkedWhenChanged(trimmed(), noAddress()), stringplanmodifier.UseStateForUnknown(),
						stringplanmodifier.RequiresReplaceIfConfigured(),
					},
				},
				"user_name": schema.StringAttribute{
					MarkdownDescription: "E-mail address of the user, case-insensitive. Set exactly one of `user_id` and `user_name`; neither has " +
						"a default. Changing this to the address of another user forces a new resource. The `celonis_user` resource and data " +
						"source return the address. The provider looks up the user in the list of all users, which it reads once per run, with one " +
						"request per 200 users.",
					Optional: true, Computed: true, Validators: []validator.String{notBlank()},
					PlanModifiers: []planmodifier.String{
						checkedWhenChanged(trimmed(), emailAddress()), sameWithoutCase(), plannedText{}, replacedUserName(),
					},
				},
			},
		},
	}
}

// replacedUserName returns a plan modifier that forces a new resource if the user name changes. If the state contains no user name,
// replaceForUserName decides instead.
func replacedUserName() planmodifier.String {
	const description = "Changing this to the address of another user forces a new resource."

	return stringplanmodifier.RequiresReplaceIf(
		func(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
			resp.RequiresReplace = !req.ConfigValue.IsNull() && !req.StateValue.IsNull()
		}, description, description)
}

// replaceForUserName forces a new resource if the configuration switches from a user's id to the name of a different user.
func replaceForUserName(ctx context.Context, do *operation[groupMemberModel]) error {
	if !do.prior.UserName.IsNull() || do.config.UserName.IsNull() {
		return nil
	}

	name := do.model.UserName
	if isSet(name) {
		ids, err := do.celonis.ResolveUserNames(ctx, []string{name.ValueString()})
		if err != nil && !isUnresolved(err) {
			return err
		}

		if ids[name.ValueString()] == do.prior.UserID.ValueString() {
			return nil
		}
	}

	do.requireReplace(path.Root("user_name"))

	return nil
}

// checkGroupMember verifies, before a replacement, that the new group and the new user exist. Without this check, a mistyped id, or a name in
// place of an id, would destroy the existing membership. For a new membership, checkGroupMember looks up only ids that look like names.
func checkGroupMember(ctx context.Context, do *operation[groupMemberModel]) error {
	var (
		prior groupMemberModel
		note  string
	)

	if do.prior != nil {
		prior, note = *do.prior, " The existing membership is kept until the plan succeeds."

		if err := replaceForUserName(ctx, do); err != nil {
			return err
		}
	}

	groupProblem := checkGroupID(ctx, do.celonis, do.model.GroupID, prior.GroupID, note)

	var userProblem error

	if userID := do.model.UserID; mustExist(userID, prior.UserID) {
		_, err := do.celonis.User(ctx, userID.ValueString())
		if transport.IsNotFound(err) {
			userProblem = wrongUserID(do, err, "Set `user_id` to the id of a user: use the `id` of the `celonis_user` "+
				"resource or data source. Ids are case-sensitive.", note)
		}
	}

	return joined(groupProblem, userProblem)
}

// checkGroupID verifies that the group of a membership exists.
func checkGroupID(ctx context.Context, celonis *client.Client, planned, prior types.String, note string) error {
	if !mustExist(planned, prior) {
		return nil
	}

	_, err := celonis.GroupWithoutMembers(ctx, planned.ValueString())
	if !transport.IsNotFound(err) { // The apply reports any other failure.
		return nil
	}

	return wrongGroupID(ctx, celonis, planned.ValueString(), err, "Set `group_id` to the id of a group, not its name: use the `id` of the "+
		"`celonis_group` resource or data source. Ids are case-sensitive.", note)
}

// mustExist reports whether the plan must look up an id, which is the case if the id replaces another id or looks like a name.
func mustExist(planned, prior types.String) bool {
	return isSet(planned) && !planned.Equal(prior) && (isSet(prior) || looksLikeName(planned.ValueString()))
}

// looksLikeName reports whether an id is probably a name. Ids that Celonis generates contain digits and no whitespace, so a value in that form
// needs no additional request.
func looksLikeName(id string) bool {
	return strings.ContainsFunc(id, unicode.IsSpace) || !strings.ContainsFunc(id, unicode.IsDigit)
}

func wrongGroupID(ctx context.Context, celonis *client.Client, groupID string, err error, advice, note string) error {
	if hint := groupNameHint(ctx, celonis, "group_id", groupID); hint != "" {
		advice = hint + " The `celonis_group` resource and data source return the id."
	}

	return &attributeError{attribute: path.Root("group_id"), err: err, advice: advice + note}
}

func wrongUserID(do *operation[groupMemberModel], err error, advice, note string) error {
	if hint := addressHint("user_id", do.model.UserID.ValueString()); hint != "" {
		advice = hint + " The `celonis_user` resource and data source return the id."
	}

	return &attributeError{attribute: path.Root("user_id"), err: err, advice: advice + note}
}

func membershipGroupID() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Id of the group. Changing this forces a new resource. The `celonis_group` resource and data source return the id.",
		Required:            true, Validators: []validator.String{notBlank()},
		PlanModifiers: []planmodifier.String{checkedWhenChanged(trimmed()), stringplanmodifier.RequiresReplace()},
	}
}

// findGroupMember finds a membership by `<group>/<user>`, where `<group>` is an id or a name and `<user>` is an id or an e-mail address.
// Names and addresses may contain slashes, so findGroupMember tries each slash as the separator, starting with the last. All attempts share
// the same lists.
func findGroupMember(ctx context.Context, celonis *client.Client, text string) (map[string]string, error) {
	found, err := findByGroupAndUsers(text, func(groupText, userText string) (map[string]string, error) {
		return findGroupAndUser(ctx, celonis, groupText, userText)
	})
	if found == nil && err == nil {
		return nil, fmt.Errorf("%q does not have the form <group>/<user>, where the group is an id or a name, and the user is an id or an "+
			"e-mail address", text)
	}

	return found, err
}

// findByGroupAndUsers splits a string at a slash, starting with the last slash, and calls find with the two parts. If find reports that an object
// does not exist, the next attempt uses the preceding slash. If no attempt succeeds, findByGroupAndUsers returns the first error.
func findByGroupAndUsers[T any](text string, find func(groupText, userText string) (map[string]T, error)) (map[string]T, error) {
	var problem error

	for separator := strings.LastIndex(text, "/"); separator > 0; separator = strings.LastIndex(text[:separator], "/") {
		if separator == len(text)-1 {
			continue
		}

		found, err := find(text[:separator], text[separator+1:])
		if err == nil || !transport.IsNotFound(err) {
			return found, err
		}

		problem = cmp.Or(problem, err)
	}

	return nil, problem
}

func findGroupAndUser(ctx context.Context, celonis *client.Client, groupText, userText string) (map[string]string, error) {
	group, err := findGroup(ctx, celonis, groupText)
	if err != nil {
		return nil, err
	}

	user, err := findUser(ctx, celonis, userText)
	if err != nil {
		return nil, err
	}

	found := map[string]string{"group_id": group["id"], "user_id": user["id"]}
	if user["id"] != userText {
		found["user_name"] = userText
	}

	return found, nil
}

func createGroupMember(ctx context.Context, do *operation[groupMemberModel]) error {
	model := do.model
	model.ID = types.StringNull()

	if do.config.UserID.IsNull() {
		name := model.UserName.ValueString()

		ids, err := resolveUserNames(ctx, do.celonis, "user_name", []string{name})
		if err != nil {
			return err
		}

		model.UserID = types.StringValue(ids[name])
	}

	if err := do.celonis.AddGroupMember(ctx, model.GroupID.ValueString(), model.UserID.ValueString()); err != nil {
		return blameGroupMember(ctx, do, err)
	}

	model.setID()

	return nil
}

// blameGroupMember reports each invalid id. blameGroupMember looks up the user, because Celonis may return the same response for an unknown user as
// for any other invalid change to the group.
func blameGroupMember(ctx context.Context, do *operation[groupMemberModel], err error) error {
	const advice = "The %[1]s does not exist, or these credentials cannot see it. If the %[1]s was deleted after Terraform last read it, plan " +
		"again. Otherwise, check `%[1]s_id`: it must be the id of a %[1]s, not %[2]s, and ids are case-sensitive."

	failure, ok := errors.AsType[*transport.Error](err)
	if !ok || !transport.IsNotFound(err) && !isRejectedUpdate(failure) {
		return blameSCIM(err)
	}

	var groupProblem, userProblem error

	if transport.IsNotFound(err) {
		groupProblem = wrongGroupID(ctx, do.celonis, do.model.GroupID.ValueString(), err, fmt.Sprintf(advice, "group", "a name"), "")
	}

	if _, err := do.celonis.User(ctx, do.model.UserID.ValueString()); transport.IsNotFound(err) {
		userProblem = wrongUserID(do, err, fmt.Sprintf(advice, "user", "a name or an e-mail address"), "")
	}

	return cmp.Or(joined(groupProblem, userProblem), blameSCIM(err))
}

func (m *groupMemberModel) setID() {
	m.ID = types.StringValue(m.GroupID.ValueString() + "/" + m.UserID.ValueString())
}

func readGroupMember(ctx context.Context, do *operation[groupMemberModel]) error {
	model := do.model

	isMember, err := do.celonis.HasGroupMember(ctx, model.GroupID.ValueString(), model.UserID.ValueString())

	switch {
	case err != nil:
		return goneIfNotFound(err)
	case !isMember:
		return &goneError{fmt.Errorf("the user %s is not a member of the group %s. If this configuration should add the user, remove "+
			"the import block", model.UserID.ValueString(), model.GroupID.ValueString())}
	}

	model.setID()

	return nil
}
