package scim

import (
	"context"
	"slices"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// HasGroupMember reports whether a user is in a group, as [Client.GroupMemberIDs] returns the members.
func (c *Client) HasGroupMember(ctx context.Context, groupID, userID string) (bool, error) {
	isMember := func(memberIDs []string) bool {
		_, isMember := slices.BinarySearch(memberIDs, userID)

		return isMember
	}
	memberIDs, err := c.GroupMemberIDs(ctx, groupID, isMember)

	return isMember(memberIDs), err
}

// GroupMemberIDs returns the ids of the members of a group, sorted, as [Client.Group] returns them if these are sufficient. Otherwise, users
// are missing only if a later response with the group itself lacks them: a list may be shorter, and a shared response older. The slice is
// shared: do not change it.
func (c *Client) GroupMemberIDs(ctx context.Context, groupID string, isSufficient func(memberIDs []string) bool) ([]string, error) {
	start := time.Now()

	group, err := c.groupWithMembers(ctx, groupID)
	if err != nil || isSufficient(group.memberIDs) {
		return group.memberIDs, err
	}

	group, err = c.groups.readShared(ctx, groupID, start)

	return group.memberIDs, err
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
	return c.editors.of(groupID).queue.do(ctx, &groupEdit{wanted: map[string]bool{userID: true}})
}

// RemoveGroupMember removes a user from a group, as [Client.AddGroupMember] adds one. It succeeds if the user is not in the group. It
// also succeeds, without a removal, if this run has added the user or has found the user there when it wanted to: a resource may be
// created before the one that it replaces is destroyed, and both manage the same membership.
func (c *Client) RemoveGroupMember(ctx context.Context, groupID, userID string) error {
	return c.editors.of(groupID).queue.do(ctx, &groupEdit{wanted: map[string]bool{userID: false}})
}

// ChangeGroupMembers adds users to a group and removes others, all of them with one PUT or none of them. It costs one read, one PUT and one
// read back however many users there are, and only the read if nothing changes; it shares these requests as [Client.AddGroupMember] does.
// Adding existing members and removing others succeeds without a change. A user in both lists is added. Removals of users whom this run
// has added are left out, as in [Client.RemoveGroupMember]. If the service rejects the change and the list of users lacks some of those
// who were to be added, the error is an [*UnknownUsersError].
func (c *Client) ChangeGroupMembers(ctx context.Context, groupID string, add, remove []string) error {
	wanted := make(map[string]bool, len(add)+len(remove))
	for _, id := range remove {
		wanted[id] = false
	}

	for _, id := range add {
		wanted[id] = true
	}

	if len(wanted) == 0 {
		return nil
	}

	err := c.editors.of(groupID).queue.do(ctx, &groupEdit{wanted: wanted})
	if !isAboutValues(err) {
		return err
	}

	users, listErr := c.users.all(ctx)
	if listErr != nil {
		return err // The rejection is what the caller has to know.
	}

	ids := make([]string, 0, len(users))
	for _, user := range users {
		ids = append(ids, user.id)
	}

	if unknown := without(transport.SortedSet(add), ids); len(unknown) > 0 {
		return &UnknownUsersError{IDs: unknown, refusal: err}
	}

	return err
}

// UnknownUsersError is the rejection of users who do not exist, or whom the credentials may not see.
type UnknownUsersError struct {
	// IDs are the ids of the users, sorted.
	IDs     []string
	refusal error
}

// Error implements error.
func (e *UnknownUsersError) Error() string {
	return "unknown users: " + listed(e.IDs) + ": " + e.refusal.Error()
}

// Unwrap returns the rejection.
func (e *UnknownUsersError) Unwrap() error { return e.refusal }
