// Package client calls the Celonis APIs: Knowledge Models, event subscriptions, users and groups, and the reports about a team. It is
// independent of Terraform. Package transport sends its requests.
package client

import (
	"cmp"
	"sync/atomic"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// DefaultPageSize is the default of the PageSize option.
const DefaultPageSize = 50

// Options configure a [Client]. Zero values are used as given; no defaults are applied.
type Options struct {
	transport.Options

	// PageSize is the number of items to request per page of a list, 1 to 5000. The licence may set a lower maximum.
	PageSize int
	// SCIMBasePath is the path of the team's SCIM API, such as /scim/v2. If it is empty, the client tries the documented paths. See
	// [scim.ParseBasePath] for what is accepted.
	SCIMBasePath string
	// MaxPermissions is the maximum memory in bytes for permissions: for all permissions, or for those that one filter selects. Permissions take
	// about twice their size as JSON. 0 means 128 MiB; tests set lower limits.
	MaxPermissions int64
}

// Client calls one team's APIs as one identity. It is immutable after [New], and any number of goroutines may use it.
type Client struct {
	*paging.Caller
	*scim.Client

	pageSize int
	// maxBody and maxPermissions are the options MaxBody and MaxPermissions, or their defaults.
	maxBody, maxPermissions int64

	changes changeTracker
	// subscriptionCreations is shared by all creates of subscriptions.
	subscriptionCreations *paging.Creations[Subscription]
	audits                auditVersions
	// loginTimesHaveZone and auditTimesHaveZone are the forms of times that the endpoints accept, as far as the run knows.
	loginTimesHaveZone, auditTimesHaveZone atomic.Bool
	permissionFilters                      permissionFilters
}

// New returns a client. It sends nothing: the first call requests the first token.
func New(options Options) (*Client, error) {
	caller, err := paging.New(options.Options)
	if err != nil {
		return nil, err
	}

	if err := transport.CheckRange("page size", options.PageSize, 1, transport.MaxPageSize); err != nil {
		return nil, err
	}

	users, err := scim.New(caller, options.SCIMBasePath)
	if err != nil {
		return nil, err
	}

	made := &Client{
		Caller: caller, Client: users, pageSize: options.PageSize, subscriptionCreations: paging.NewCreations[Subscription](),
		maxBody: cmp.Or(options.MaxBody, transport.DefaultMaxBody), maxPermissions: cmp.Or(options.MaxPermissions, 128<<20),
	}
	made.auditTimesHaveZone.Store(true)

	return made, nil
}
