package client

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Group is a group of users, as SCIM has it. Sources: those of [User], and operation createGroup.
type Group struct {
	// ID is made by the service.
	ID string
	// DisplayName is what people know the group by.
	DisplayName string
	// ExternalID is the id that the identity provider knows the group by.
	ExternalID string
	// Role is what the members are raised to: MEMBER, ANALYST or ADMIN, without case. Empty where the service does not show it.
	Role string
	// MemberIDs are the ids of the users in the group, sorted.
	MemberIDs []string
	// MembersKnown says that MemberIDs are told; a list may leave them out.
	MembersKnown bool
}

// NewGroup is a group to create. What is empty is left to the service.
type NewGroup struct {
	DisplayName, ExternalID, Role string
	// MemberIDs are the ids of the users to be in it.
	MemberIDs []string
}

// GroupChange is what to change of a group. What is nil stays as it is, whatever it is by then; an empty text takes the value away.
type GroupChange struct {
	DisplayName, ExternalID, Role *string
	// MemberIDs are all who are to be in the group, and nobody else.
	MemberIDs *[]string
	// FormerMemberIDs are who was in the group when MemberIDs was decided; who came meanwhile stays then. Nil takes everybody out who
	// is not in MemberIDs.
	FormerMemberIDs *[]string
}

// Groups returns all groups of the team, by id. The slice is shared: do not change it. Whether a list shows the members is not
// documented.
func (c *Client) Groups(ctx context.Context) ([]Group, error) { return c.groups().all(ctx) }

// FindGroup returns the group of a name. It reads the whole list, as [Client.FindUser] does.
func (c *Client) FindGroup(ctx context.Context, displayName string) (Group, error) {
	return c.groups().find(ctx, displayName)
}

// Group returns one group with its members, as [Client.User] returns a user.
func (c *Client) Group(ctx context.Context, id string) (Group, error) {
	// A list may leave the members out in whatever form: it tells of them where it names some.
	return c.groups().one(ctx, &c.scim.groups, id, func(group Group) bool { return len(group.MemberIDs) > 0 })
}

// GroupWithoutMembers is Group for those who do not care about the members: they may be unknown, where that saves requests.
func (c *Client) GroupWithoutMembers(ctx context.Context, id string) (Group, error) {
	return c.groups().one(ctx, &c.scim.groupHeads, id, func(Group) bool { return true })
}

// HasGroupMember reports whether a user is in a group, as [Client.Group] has it. A user is missing only if the group by itself,
// asked for since, says so: a list may be shorter, and an answer from before older.
func (c *Client) HasGroupMember(ctx context.Context, groupID, userID string) (bool, error) {
	start := time.Now()

	group, err := c.Group(ctx, groupID)
	if err != nil || slices.Contains(group.MemberIDs, userID) {
		return err == nil, err
	}

	group, err = c.groups().single(ctx, groupID, start)

	return slices.Contains(group.MemberIDs, userID), err
}

// CreateGroup makes a group. Errors are as of [Client.CreateUser]. If the outcome of the request is unknown, a group with the name
// counts as the new one only if it is as requested and the service shows that it is not older than the request. If the service does
// not show its age, it must have the requested external id, or an earlier list, read after the request, must have lacked it.
//
// The vendor says that a group is made only if there is none of its name. If the service returns the group that exists instead, this
// returns [ReasonExists] if the age or the attributes show it, or if this run has created or changed the group. Otherwise that goes
// unnoticed.
func (c *Client) CreateGroup(ctx context.Context, group NewGroup) (Group, error) {
	kind := c.groups()
	creation := scimCreation[Group]{
		scimKind: kind, shared: c.scim.groupCreations, wanted: group.DisplayName, body: kind.newDocument(), needsProof: true,
	}
	creation.body.set(attributeDisplayName, group.DisplayName)
	creation.add(attributeExternalID, group.ExternalID)
	creation.add(attributeRole, documentedRole(group.Role))

	if group.MemberIDs != nil {
		if err := creation.body.setMembers(sortedSet(group.MemberIDs)); err != nil {
			return Group{}, err
		}

		creation.wishes.members = &group.MemberIDs
	}

	made, err := creation.carryOut(ctx)
	if made.ID != "" {
		c.scim.editors.of(c, made.ID).keep(group.MemberIDs)
	}

	return made, err
}

// UpdateGroup changes a group as [Client.UpdateUser] changes a user. It takes its turn with [Client.AddGroupMember] and
// [Client.RemoveGroupMember].
func (c *Client) UpdateGroup(ctx context.Context, id string, change GroupChange) (Group, error) {
	wishes := scimWishes{}.with(attributeDisplayName, change.DisplayName).with(attributeExternalID, change.ExternalID).
		with(attributeRole, change.Role)

	if change.MemberIDs != nil {
		members := slices.Clone(*change.MemberIDs)
		wishes.members, wishes.former = &members, change.FormerMemberIDs
	}

	edit := &groupEdit{whole: &wishes}
	if err := c.scim.editors.of(c, id).do(ctx, edit); err != nil {
		return Group{}, err
	}

	return c.groups().value(edit.after)
}

// DeleteGroup deletes a group. It succeeds if there is no such group. [ReasonManaged] means that this run has created or changed the
// group, and so does not delete it.
func (c *Client) DeleteGroup(ctx context.Context, id string) error { return c.groups().remove(ctx, id) }

func (c *Client) groups() scimKind[Group] {
	return scimKind[Group]{
		client: c, noun: "group", path: "Groups", schema: "urn:ietf:params:scim:schemas:core:2.0:Group",
		name: attributeDisplayName, convert: groupOf,
		whole: func(group Group) Group {
			group.MembersKnown = true // By itself, a group without the attribute is a group without members.

			return group
		},
		nameOf: func(group Group) string { return group.DisplayName },
		idOf:   func(group Group) string { return group.ID },
		own:    &c.scim.ownGroups,
		isSame: func(listed, single Group) bool {
			return listed.DisplayName == single.DisplayName && listed.ExternalID == single.ExternalID && listed.Role == single.Role &&
				(!listed.MembersKnown || slices.Equal(listed.MemberIDs, single.MemberIDs))
		},
	}
}

func groupOf(d document) (Group, error) {
	common, err := userOf(d)
	members, known, membersErr := d.members()

	return Group{
		ID: common.ID, DisplayName: common.DisplayName, ExternalID: common.ExternalID, Role: common.Role,
		MemberIDs: memberIDs(members), MembersKnown: known,
	}, errors.Join(err, membersErr)
}
