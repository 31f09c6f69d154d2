package scim

import (
	"context"
	"slices"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// HasGroupMember reports whether a user is in a group, according to [Client.GroupMemberIDs].
func (c *Client) HasGroupMember(ctx context.Context, groupID, userID string) (bool, error) {
	isMember := func(memberIDs []string) bool {
		_, isMember := slices.BinarySearch(memberIDs, userID)

		return isMember
	}
	memberIDs, err := c.GroupMemberIDs(ctx, groupID, isMember)

	return isMember(memberIDs), err
}

// GroupMemberIDs returns the sorted ids of a group's members. It returns the members from [Client.Group] if isSufficient accepts them.
// Otherwise, it reads the group by id in a request that starts after the call, because a list may be incomplete and a shared response may be
// outdated. The slice is shared: do not change it.
func (c *Client) GroupMemberIDs(ctx context.Context, groupID string, isSufficient func(memberIDs []string) bool) ([]string, error) {
	start := time.Now()

	group, err := c.groupWithMembers(ctx, groupID)
	if err != nil || isSufficient(group.memberIDs) {
		return group.memberIDs, err
	}

	group, err = c.groups.readShared(ctx, groupID, start)

	return group.memberIDs, err
}

// AddGroupMember adds a user to a group. Adding an existing member succeeds without a change. In SCIM, members are an attribute of their group,
// and a group is replaced as a whole. Therefore, concurrent calls for the same group share one PUT, and one read that shows the outcome. If the
// service rejects a user, only the call for that user fails.
//
// Other programs may change the group at the same time. A service with ETags rejects changes to an outdated version. Without ETags, a change
// may be lost. AddGroupMember detects this when it reads the group back, and repeats the change a few times before it fails with
// [transport.ReasonNotApplied]. If a change is lost after its call has returned, the next call for the group fails with that reason. Changes
// that are lost after the run's last call for the group go unnoticed. If the service omits some members of a large group from its response, the
// next PUT removes these members, which also goes unnoticed.
func (c *Client) AddGroupMember(ctx context.Context, groupID, userID string) error {
	return c.editors.of(groupID).queue.do(ctx, &groupEdit{wanted: map[string]bool{userID: true}})
}

// RemoveGroupMember removes a user from a group, in the same way as [Client.AddGroupMember] adds a user. It succeeds if the user is not in the
// group. It also succeeds, without removing the user, if this run has added the user, or has tried to add the user when the user was already a
// member. Without this exception, if Terraform created a replacement before it destroyed the old resource, destroying the old resource would remove
// the replacement's membership.
func (c *Client) RemoveGroupMember(ctx context.Context, groupID, userID string) error {
	return c.editors.of(groupID).queue.do(ctx, &groupEdit{wanted: map[string]bool{userID: false}})
}

// ChangeGroupMembers adds users to a group and removes others with one PUT, which the service applies completely or not at all. Regardless of
// the number of users, it reads the group, sends one PUT and reads the group back. If nothing changes, it sends only the first read. It shares
// these requests with concurrent calls, as [Client.AddGroupMember] does. Adding existing members and removing users who are not members
// succeeds without a change. A user in both lists is added. Users whom this run has added are not removed, as in [Client.RemoveGroupMember]. If
// the service rejects the change and the list of users lacks some of the users to add, the error is an [*UnknownUsersError].
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
		return err // The caller needs the original rejection.
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

// UnknownUsersError means that the service rejected users who do not exist, or whom the credentials cannot see.
type UnknownUsersError struct {
	// IDs are the sorted ids of the unknown users.
	IDs     []string
	refusal error
}

// Error implements error.
func (e *UnknownUsersError) Error() string {
	return "unknown users: " + listed(e.IDs) + ": " + e.refusal.Error()
}

// Unwrap returns the rejection.
func (e *UnknownUsersError) Unwrap() error { return e.refusal }
