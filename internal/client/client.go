// Package client calls the Celonis APIs: Knowledge Models, event subscriptions, users and groups, and the team reports. It is independent of
// Terraform. The transport package sends the requests.
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

// Options configure a [Client]. Zero values are used as given, except where a field's comment specifies a default.
type Options struct {
	transport.Options

	// PageSize is the number of items to request per page of a list, from 1 to 5000. The licence may set a lower maximum.
	PageSize int
	// SCIMBasePath is the path of the team's SCIM API, such as /scim/v2. If it is empty, the client tries the documented paths.
	// [scim.ParseBasePath] documents the accepted forms.
	SCIMBasePath string
	// MaxPermissions is the maximum amount of memory, in bytes, that the team's permissions may take up. If they take up more, the client keeps only
	// the permissions that match the filters, and the limit applies to each filter's permissions. Permissions take up about twice as much memory as
	// their JSON. 0 means 128 MiB. Tests set lower limits.
	MaxPermissions int64
}

// Client calls one team's APIs as one identity. It is safe for concurrent use.
type Client struct {
	*paging.Caller
	*scim.Client

	pageSize int
	// maxBody and maxPermissions are the MaxBody and MaxPermissions options, or their defaults.
	maxBody, maxPermissions int64

	changes changeTracker
	// subscriptionCreations is shared by all calls that create a subscription.
	subscriptionCreations *paging.Creations[Subscription]
	audits                auditVersions
	// loginTimesHaveZone and auditTimesHaveZone determine whether the times that the run sends to the login history and audit log endpoints have a
	// zone. If an endpoint rejects the current format, the run switches to the other format.
	loginTimesHaveZone, auditTimesHaveZone atomic.Bool
	permissionFilters                      permissionFilters
}

// New returns a client without sending a request. The first call requests the first token.
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
