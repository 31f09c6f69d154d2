package scim

import (
	"context"
	"time"
)

// HasGroupMember reports whether a user is in a group, as [Client.Group] returns it. A user is missing only if a later response with the
// group itself lacks the user: a list may be shorter, and a shared response older.
func (c *Client) HasGroupMember(ctx context.Context, groupID, userID string) (bool, error) {
	start := time.Now()

	group, err := c.groupWithMembers(ctx, groupID)
	if err != nil || group.hasMember(userID) {
		return err == nil, err
	}

	group, err = c.groups.readShared(ctx, groupID, start)

	return group.hasMember(userID), err
}

// AddGroupMember adds a user to a group; adding an existing member succeeds without a change. SCIM has the members only as an attribute of
// their group and replaces the group as a whole, so concurrent calls about one group share requests: one PUT for all of them, and one
// read that shows the outcome. A user whom the service rejects fails no other call.
//
// Other programs may change the group at the same time. A service with ETags rejects changes to an outdated version; without ETags a
// change may be lost. The read back shows that, and the change is repeated a few times before the call fails with [transport.ReasonNotApplied]. If
// a change is lost after its call has ended, the next call about the group fails with that reason. Changes that are lost after the run's
// last call about the group go unnoticed, and so do members of a large group that the service omits from its response: the next PUT
// removes them.
func (c *Client) AddGroupMember(ctx context.Context, groupID, userID string) error {
	return c.editors.of(groupID).queue.do(ctx, &groupEdit{userID: userID, isMember: true})
}

// RemoveGroupMember removes a user from a group, as [Client.AddGroupMember] adds one. It succeeds if the user is not in the group. It
// also succeeds, without a removal, if this run has added the user or has found the user there when it wanted to: a resource may be
// created before the one that it replaces is destroyed, and both manage the same membership.
func (c *Client) RemoveGroupMember(ctx context.Context, groupID, userID string) error {
	return c.editors.of(groupID).queue.do(ctx, &groupEdit{userID: userID})
}
