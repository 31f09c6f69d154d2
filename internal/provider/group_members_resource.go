package provider

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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

type groupMembersModel struct {
	ID        types.String `tfsdk:"id"`
	GroupID   types.String `tfsdk:"group_id"`
	UserIDs   stringSet    `tfsdk:"user_ids"`
	UserNames stringSet    `tfsdk:"user_names"`

	// resolved contains the sorted user ids, regardless of which attribute is set.
	resolved []string `tfsdk:"-"`
}

func newGroupMembersResource() resource.Resource {
	return &managedResource[groupMembersModel]{
		name: "group_members", noun: "set of memberships",
		identity:   map[string]string{"group_id": "Id of the group.", "user_ids": "Ids of the users."},
		findLists:  findGroupMembers,
		identified: func(model *groupMembersModel) map[string]any { return map[string]any{"user_ids": model.resolved} },
		create:     createGroupMembers,
		read:       readGroupMembers,
		update:     updateGroupMembers,
		delete:     deleteGroupMembers,
		memberships: func(celonis *client.Client, _, model *groupMembersModel) groupMemberships {
			managed := groupMemberships{
				source: "celonis_group_members", groupID: model.GroupID.ValueString(), members: membersByID(textsIn(model.UserIDs)),
			}
			if !model.UserNames.IsNull() {
				managed.members = membersByName(celonis, textsIn(model.UserNames))
			}

			return managed
		},
		check:  checkGroupMembers,
		exists: func(model *groupMembersModel) bool { return isSet(model.ID) },
		schema: groupMembersSchema(),
	}
}

func groupMembersSchema() schema.Schema {
	const notEmpty = "To remove the memberships, remove the resource."

	return schema.Schema{
		MarkdownDescription: "The memberships of several users in one group. The resource does not manage other members, so several resources can " +
			"manage different members of one group. Each change costs three requests (reading the group, updating it and reading it back), " +
			"regardless of the number of users, and applies either to all users or to none. If some of the memberships already exist, the " +
			"resource takes them over. Destroying the resource removes only its own users from the group, except for users whom another " +
			"resource has added to the group in the same run. If a user was removed outside Terraform, the next apply adds the user again. If a " +
			"new `group_id` is not known until apply and turns out to be wrong, the existing memberships are lost, because Terraform destroys them " +
			"first. To be safe, create the new group in an earlier apply. You can import a set of memberships by `<group>/<user>,<user>,…`, where " +
			"`<group>` is the id or the name of the group and each `<user>` is the id or the e-mail address of a user." + scimAccess,
		Attributes: map[string]schema.Attribute{
			"id":       idAttribute("Id of the set of memberships. The id does not change when users are added or removed."),
			"group_id": membershipGroupID(),
			"user_ids": schema.SetAttribute{
				MarkdownDescription: "Ids of the users. Set exactly one of `user_ids` and `user_names`; neither has a default. The `celonis_user` " +
					"resource and data source return the ids. For teams with many thousands of users, use ids to avoid reading the list of all " +
					"users.",
				Optional: true, CustomType: newStringSetType(),
				Validators: []validator.Set{
					noNulls(), notEmptySet(notEmpty),
					alternative{other: "user_names"},
				},
				PlanModifiers: []planmodifier.Set{checkedWhenChanged(notBlank(), trimmed(), noAddress())},
			},
			"user_names": schema.SetAttribute{
				MarkdownDescription: "E-mail addresses of the users, case-insensitive. Set exactly one of `user_ids` and `user_names`; neither " +
					"has a default. With this attribute, plans show the e-mail addresses of added and removed users instead of their ids. The " +
					"`celonis_user` resource and data source return the addresses as `user_name`. The provider looks up the users in the list of " +
					"all users, which it reads once per run, with one request per 200 users.",
				Optional: true, CustomType: newStringSetType(),
				Validators:    []validator.Set{noNulls(), notEmptySet(notEmpty), uniqueNames()},
				PlanModifiers: userNamesModifiers(),
			},
		},
	}
}

// checkGroupMembers verifies, before a replacement, that the new group exists, because Terraform destroys the existing memberships first. For a new
// set, checkGroupMembers looks up only ids that look like names.
func checkGroupMembers(ctx context.Context, do *operation[groupMembersModel]) error {
	if do.prior != nil {
		return checkGroupID(ctx, do.celonis, do.model.GroupID, do.prior.GroupID, " The existing memberships are kept until the plan succeeds.")
	}

	return joined(
		checkGroupID(ctx, do.celonis, do.model.GroupID, types.StringNull(), ""),
		checkUserIDs(ctx, do.celonis, "user_ids", do.model.UserIDs),
	)
}

// resolve fills m.resolved, and looks up the ids of users that are configured by name.
func (m *groupMembersModel) resolve(ctx context.Context, celonis *client.Client) error {
	m.resolved = textsIn(m.UserIDs)

	if !m.UserNames.IsNull() {
		ids, err := resolveUserNames(ctx, celonis, "user_names", textsIn(m.UserNames))
		if err != nil {
			return err
		}

		for _, id := range ids {
			m.resolved = append(m.resolved, id)
		}
	}

	slices.Sort(m.resolved)

	return nil
}

// managedIDs returns the user ids in a state, except those of users who no longer exist.
func (m *groupMembersModel) managedIDs(ctx context.Context, celonis *client.Client) ([]string, error) {
	if !m.UserNames.IsNull() {
		return userIDsOf(ctx, celonis, textsIn(m.UserNames))
	}

	return textsIn(m.UserIDs), nil
}

func createGroupMembers(ctx context.Context, do *operation[groupMembersModel]) error {
	model := do.model
	model.ID = types.StringNull()

	if err := model.resolve(ctx, do.celonis); err != nil {
		return err
	}

	if err := do.celonis.ChangeGroupMembers(ctx, model.GroupID.ValueString(), model.resolved, nil); err != nil {
		return blameGroupMembers(ctx, do, err)
	}

	model.setID()

	return nil
}

// setID derives an id from the group and the initial users, because several resources may manage members of the same group.
func (m *groupMembersModel) setID() {
	const characters = 16

	sum := sha256.Sum256([]byte(strings.Join(m.resolved, "\x00")))
	m.ID = types.StringValue(m.GroupID.ValueString() + "/" + hex.EncodeToString(sum[:])[:characters])
}

// readGroupMembers determines which of the configured users are members of the group.
func readGroupMembers(ctx context.Context, do *operation[groupMembersModel]) error {
	model := do.model

	read := model.readByID
	if !model.UserNames.IsNull() {
		read = model.readByName
	}

	if err := read(ctx, do.celonis); err != nil {
		return goneIfNotFound(err)
	}

	if len(model.resolved) == 0 {
		return &goneError{fmt.Errorf("none of the users is a member of the group %s. If this configuration should add them, remove the "+
			"import block", model.GroupID.ValueString())}
	}

	slices.Sort(model.resolved)

	if model.ID.IsNull() {
		model.setID()
	}

	return nil
}

func (m *groupMembersModel) readByID(ctx context.Context, celonis *client.Client) error {
	ids := textsIn(m.UserIDs)

	memberIDs, err := celonis.GroupMemberIDs(ctx, m.GroupID.ValueString(), func(memberIDs []string) bool {
		return len(missingFrom(memberIDs, ids)) == 0
	})
	if err != nil {
		return err
	}

	m.resolved = missingFrom(missingFrom(memberIDs, ids), ids)
	m.UserIDs = newStringSet(m.resolved)

	return nil
}

func (m *groupMembersModel) readByName(ctx context.Context, celonis *client.Client) error {
	var (
		names   map[string]string
		err     error
		spelled = textsIn(m.UserNames)
	)

	look := func(memberIDs []string) bool {
		names, err = celonis.MemberUserNames(ctx, memberIDs, spelled)

		return err != nil || len(namesWithout(spelled, slices.Collect(maps.Values(names)))) == 0
	}

	memberIDs, readErr := celonis.GroupMemberIDs(ctx, m.GroupID.ValueString(), look)
	if readErr == nil && err == nil {
		look(memberIDs)
	}

	if err := cmp.Or(readErr, err); err != nil {
		return err
	}

	var members []string

	for id, name := range names {
		if len(namesWithout([]string{name}, spelled)) == 0 {
			m.resolved = append(m.resolved, id)
			members = append(members, name)
		}
	}

	m.UserIDs = nullStringSet() // An import sets both attributes.
	m.UserNames = newStringSet(namesWithout(spelled, namesWithout(spelled, members)))

	return nil
}

// missingFrom returns the elements of texts that are not in list.
func missingFrom(list, texts []string) []string {
	listed := make(map[string]bool, len(list))
	for _, text := range list {
		listed[text] = true
	}

	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return listed[text] })
}

// updateGroupMembers adds all users, not only the new ones, to protect existing memberships from removal by another resource in the same run.
func updateGroupMembers(ctx context.Context, do *operation[groupMembersModel]) error {
	model := do.model

	if err := model.resolve(ctx, do.celonis); err != nil {
		return err
	}

	former, err := do.prior.managedIDs(ctx, do.celonis)
	if err != nil {
		return err
	}

	err = do.celonis.ChangeGroupMembers(ctx, model.GroupID.ValueString(), model.resolved, missingFrom(model.resolved, former))

	return blameGroupMembers(ctx, do, err)
}

func deleteGroupMembers(ctx context.Context, do *operation[groupMembersModel]) error {
	ids, err := do.model.managedIDs(ctx, do.celonis)
	if err != nil {
		return err
	}

	err = do.celonis.ChangeGroupMembers(ctx, do.model.GroupID.ValueString(), nil, ids)
	if transport.IsNotFound(err) { // The group no longer exists, and neither do its memberships.
		return nil
	}

	return blameSCIM(err)
}

// blameGroupMembers attaches a failure to the invalid attribute.
func blameGroupMembers(ctx context.Context, do *operation[groupMembersModel], err error) error {
	const again = "If the group was deleted after Terraform last read it, plan again. "

	if unknown, ok := errors.AsType[*scim.UnknownUsersError](err); ok {
		attribute := "user_ids"
		if !do.model.UserNames.IsNull() {
			attribute = "user_names"
		}

		return &attributeError{attribute: path.Root(attribute), err: err, advice: fmt.Sprintf("Remove or correct the ids of users who "+
			"do not exist or are not visible to these credentials: %s. No membership was changed. Ids are case-sensitive.",
			strings.Join(unknown.IDs, ", "))}
	}

	if transport.IsNotFound(err) {
		return wrongGroupID(ctx, do.celonis, do.model.GroupID.ValueString(), err, "The group does not exist, or these credentials cannot see "+
			"it. "+again+"Otherwise, check `group_id`: it must be the id of a group, not a name, and ids are case-sensitive.", "")
	}

	return blameSCIM(err)
}

// findGroupMembers finds memberships by `<group>/<user>,<user>,…`. Users are specified by id or e-mail address. If every user is specified
// by address, the imported resource also contains `user_names`.
func findGroupMembers(ctx context.Context, celonis *client.Client, text string) (map[string]any, error) {
	found, err := findByGroupAndUsers(text, func(groupText, usersText string) (map[string]any, error) {
		group, err := findGroup(ctx, celonis, groupText)
		if err != nil {
			return nil, err
		}

		var ids, names []string

		for user := range strings.SplitSeq(usersText, ",") {
			if user = strings.TrimSpace(user); strings.Contains(user, "@") {
				names = append(names, user)
			} else {
				ids = append(ids, user)
			}
		}

		resolved, err := celonis.ResolveUserNames(ctx, names)
		if err != nil {
			return nil, err
		}

		values := map[string]any{"group_id": group["id"]}
		if len(ids) == 0 {
			values["user_names"] = names
		}

		for _, id := range resolved {
			ids = append(ids, id)
		}

		slices.Sort(ids)
		values["user_ids"] = slices.Compact(ids)

		return values, nil
	})
	if found == nil && err == nil {
		return nil, fmt.Errorf("%q does not have the form <group>/<user>,<user>,…, where the group is an id or a name, and each user is an id or "+
			"an e-mail address", text)
	}

	return found, err
}
