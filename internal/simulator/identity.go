package simulator

import "slices"

// The permissions on services that the APIs here ask for, under words of our own: the vendor names them only as its web
// application shows them.
const (
	ServiceSCIM         = "scim"          // User Provisioning > SCIM (developer.celonis.com/celonis-apis/scim-api/configuring-scim-api)
	ServiceLoginHistory = "login-history" // Team > Use Login History API (docs.celonis.com, "Permissions")
	ServiceAuditLogs    = "audit-logs"    // Team > Use Audit Logs API (docs.celonis.com, "Permissions")
)

// identity is who stands behind an API request.
type identity struct {
	key          bool     // a static key: not bound by scopes
	name         string   // as the owner of what it makes
	scopes       []string // of the access token
	packages     []string // nil = all
	editPackages []string // nil = all of packages
	services     []string // nil = all
}

func (i identity) hasScope(scope string) bool {
	return i.key || slices.Contains(i.scopes, scope)
}

func (i identity) mayUse(packageKey string) bool {
	return i.packages == nil || slices.Contains(i.packages, packageKey)
}

// mayEdit is asked about packages that the identity may use.
func (i identity) mayEdit(packageKey string) bool {
	return i.editPackages == nil || slices.Contains(i.editPackages, packageKey)
}

// mayCall tells whether the identity has the permission on the service that an area asks for; empty = it asks for none.
func (i identity) mayCall(service string) bool {
	return service == "" || i.services == nil || slices.Contains(i.services, service)
}
