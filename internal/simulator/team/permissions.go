package team

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Grant lists the actions that a subject may perform on an object, as in the Permissions API. The vendor does not document the values.
type Grant struct {
	// SubjectName is the name of the user, group or application that has the permission. A user can also be identified by e-mail address.
	SubjectName string
	// SubjectType is the type of the subject: USER, GROUP or APPLICATION.
	SubjectType string
	// SubjectID is the id of the subject. Defaults to the id of the user or group with the subject's name.
	SubjectID string
	// Groups are the names of the subject's groups.
	Groups []string
	// Role is the subject's role in the team.
	Role string
	// Service is the service to which the permission applies, such as package-manager.
	Service string
	// ObjectName is the name of the object to which the permission applies. If the permission applies to the whole service, omit
	// `object_name`, `object_type` and `object_id`.
	ObjectName string
	// ObjectType is the type of the object to which the permission applies, such as PACKAGE.
	ObjectType string
	// ObjectID is the id of the object to which the permission applies.
	ObjectID string
	// Actions are the permitted actions, such as USE_PACKAGE.
	Actions []string
}

// permissions serves the Permissions API.
type permissions struct {
	opts   *Options
	people people
	grants []Grant // the grants when the simulator started
}

func newPermissions(opts *Options, people people) *permissions {
	grants := people.grants(opts.Permissions)
	for _, grant := range opts.Grants {
		grants = append(grants, people.identified(grant))
	}

	return &permissions{opts: opts, people: people, grants: grants}
}

// identified adds the subject's id to a grant that identifies a user or group only by name.
func (p people) identified(grant Grant) Grant {
	if grant.SubjectID != "" {
		return grant
	}

	name := grant.SubjectName

	if i := slices.IndexFunc(p.users, func(user Member) bool {
		return grant.SubjectType == "USER" && (user.Name == name || strings.EqualFold(user.Email, name))
	}); i >= 0 {
		grant.SubjectID, grant.SubjectName, grant.Role = p.users[i].ID, p.users[i].Name, cmp.Or(grant.Role, p.users[i].Role)
	}

	if i := slices.IndexFunc(p.groups, func(group Group) bool { return grant.SubjectType == "GROUP" && group.Name == name }); i >= 0 {
		grant.SubjectID, grant.Role = p.groups[i].ID, cmp.Or(grant.Role, p.groups[i].Role)
	}

	return grant
}

// export serves GET /permissions. The response contains all permissions in a single document.
func (p *permissions) export(c *server.Call) server.Response {
	grants := p.people.current(p.grants)
	if len(grants) == 0 && p.opts.NoContent == NoContentStatus {
		return server.Response{Status: http.StatusNoContent}
	}

	items := make([]server.Object, 0, len(grants))

	for _, grant := range grants {
		item := server.Object{}
		for name, value := range map[string]string{
			"subjectName": grant.SubjectName, "subjectType": grant.SubjectType, "subjectId": grant.SubjectID,
			"groups": strings.Join(grant.Groups, p.opts.GroupsSeparator), "role": grant.Role, "service": grant.Service,
			"objectName": grant.ObjectName, "objectType": grant.ObjectType, "objectId": grant.ObjectID,
		} {
			c.Optional(item, name, value)
		}

		c.OptionalValue(item, "actions", grant.Actions, len(grant.Actions) > 0)
		items = append(items, p.opts.report(item))
	}

	return server.JSONResponse(http.StatusOK, server.TypeJSON, p.opts.report(server.Object{"permissions": items}))
}

// area describes the Permissions API (see the vendor's OpenAPI file, which also defines the error format). The vendor does not document any
// required permission.
func (p *permissions) area() server.Area {
	const prefix = "/api/authorization/external"

	return server.Area{
		Name:   "permissions",
		Prefix: prefix,
		Scope:  "authorization.permissions:read",
		Errors: server.ErrorFrontend,
		Routes: []server.Route{{Method: http.MethodGet, Pattern: prefix + "/permissions", Serve: p.export}},
	}
}
