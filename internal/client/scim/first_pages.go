package scim

import (
	"context"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
)

// FirstPages reads the first page of the list of users and of the list of groups. It is meant for programs that check access.
func (c *Client) FirstPages(ctx context.Context) ([]paging.FirstPage, error) {
	users, err := paging.ReadFirst(ctx, "users", c.users.page, pageSize)
	if err != nil {
		return nil, err
	}

	groups, err := paging.ReadFirst(ctx, "groups", c.groups.page, pageSize)

	return append(users, groups...), err
}

// BasePath returns the path of the team's SCIM API, or nil if the path is neither configured nor discovered yet.
func (c *Client) BasePath() []string { return c.knownBase() }
