package server

import "slices"

// The service permissions that the APIs require. The simulator defines these names itself, because the vendor documents only the labels in
// the web application.
const (
	ServiceSCIM         = "scim"          // User Provisioning > SCIM (developer.celonis.com/celonis-apis/scim-api/configuring-scim-api)
	ServiceLoginHistory = "login-history" // Team > Use Login History API (docs.celonis.com, "Permissions")
	ServiceAuditLogs    = "audit-logs"    // Team > Use Audit Logs API (docs.celonis.com, "Permissions")
)

// Identity is the user or client that sent an API request.
type Identity struct {
	Key          bool     // a static key, to which scopes do not apply
	Name         string   // the owner of the objects that the identity creates
	Scopes       []string // of the access token
	Packages     []string // nil = all
	EditPackages []string // nil = all in Packages
	Services     []string // nil = all
}

// HasScope reports whether the identity may call APIs that require the scope. Keys need no scopes.
func (i Identity) HasScope(scope string) bool {
	return i.Key || slices.Contains(i.Scopes, scope)
}

// MayUse reports whether the identity has the USE PACKAGE permission for a package.
func (i Identity) MayUse(packageKey string) bool {
	return i.Packages == nil || slices.Contains(i.Packages, packageKey)
}

// MayEdit reports whether the identity has the USE PACKAGE and EDIT PACKAGE permissions for a package.
func (i Identity) MayEdit(packageKey string) bool {
	return i.EditPackages == nil || slices.Contains(i.EditPackages, packageKey)
}

// mayCall reports whether the identity has the service permission that an area requires. If service is empty, the area requires no service
// permission.
func (i Identity) mayCall(service string) bool {
	return service == "" || i.Services == nil || slices.Contains(i.Services, service)
}
