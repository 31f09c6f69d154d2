package client

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// NamedArea is an area and the short name by which users select it.
type NamedArea struct {
	Name string
	Area transport.Area
}

// Areas returns all areas, in the order in which the documentation lists them.
func Areas() []NamedArea {
	return []NamedArea{
		{"knowledge-models", AreaKnowledgeModels},
		{"subscriptions", AreaSubscriptions},
		{"scim", scim.Area},
		{"team-members", AreaTeamMembers},
		{"login-history", AreaLoginHistory},
		{"permissions", AreaPermissions},
		{"audit-logs", AreaAuditLogs},
	}
}

// ReportSpan is how far back [Client.FirstPages] reads events.
const ReportSpan = 30 * 24 * time.Hour

// FirstPages reads the first page of each of an area's lists, in the same way as the methods that read whole lists. It is meant for programs
// that check access. The permissions export has no pages, so FirstPages reads the whole export, but does not keep it in memory.
func (c *Client) FirstPages(ctx context.Context, area transport.Area) ([]paging.FirstPage, error) {
	now := time.Now()
	query := EventQuery{From: now.Add(-ReportSpan), To: now, MaxEvents: maxTeamPage}

	switch area.Name {
	case AreaKnowledgeModels.Name:
		return paging.ReadFirst(ctx, "Knowledge Models", c.knowledgeModels().page, c.pageSize)
	case AreaSubscriptions.Name:
		return paging.ReadFirst(ctx, "event subscriptions", c.subscriptions().page, c.pageSize)
	case AreaTeamMembers.Name:
		return paging.ReadFirst(ctx, "team members", c.teamMembers(true).page, c.reportPageSize(maxTeamPage))
	case AreaLoginHistory.Name:
		return paging.ReadFirst(ctx, "sign-ins in the last 30 days", c.loginEvents(query).page, c.reportPageSize(maxTeamPage))
	case AreaAuditLogs.Name:
		return c.firstAuditPage(ctx, query)
	case AreaPermissions.Name:
		return c.countPermissions(ctx)
	default:
		return c.Client.FirstPages(ctx)
	}
}

// firstAuditPage reads the first page of the audit log from the API version that the team supports.
func (c *Client) firstAuditPage(ctx context.Context, query EventQuery) ([]paging.FirstPage, error) {
	const what = "audit events in the last 30 days"

	pages, err := paging.ReadFirst(ctx, what, c.auditListV1(query).page, c.reportPageSize(maxTeamPage))
	if !meansNoEndpoint(err) {
		return pages, err
	}

	page, errV2 := c.auditPage(ctx, "", c.reportPageSize(maxAuditPage))

	switch {
	case errV2 == nil:
		return []paging.FirstPage{{What: "audit events", Items: len(page.Items), Total: -1}}, nil
	case meansNoEndpoint(errV2):
		return nil, neitherVersion(err)
	default:
		return nil, errV2
	}
}

func (c *Client) countPermissions(ctx context.Context) ([]paging.FirstPage, error) {
	var count int

	err := c.Send(ctx, transport.Request{
		Area: AreaPermissions, Method: http.MethodGet, Path: permissionsPath(),
		Stream: func(body io.Reader) error {
			count = 0 // An earlier attempt may have failed partway.

			return decodePermissions(body, func(Permission) { count++ })
		},
	}, paging.Ignore)
	if err != nil {
		return nil, err
	}

	return []paging.FirstPage{{What: "permissions", Items: count, Total: count}}, nil
}
