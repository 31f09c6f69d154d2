package scim

import (
	"context"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
)

// FirstPages reads the first page of the users and of the groups. Programs that check access use it: one page does not replace the list.
func (c *Client) FirstPages(ctx context.Context) ([]paging.FirstPage, error) {
	users, err := paging.ReadFirst(ctx, "users", c.users.page, pageSize)
	if err != nil {
		return nil, err
	}

	groups, err := paging.ReadFirst(ctx, "groups", c.groups.page, pageSize)

	return append(users, groups...), err
}

// BasePath returns the path of the team's SCIM API, or "" if it is neither configured nor discovered yet.
func (c *Client) BasePath() []string { return c.knownBase() }
