// Package scim simulates a team's SCIM API and stores the team's users and groups.
package scim

import (
	"fmt"
	"math/rand/v2"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// The SCIM URNs. The last URN is specific to Celonis (developer.celonis.com/celonis-apis/scim-api, createUser sample).
const (
	urnSCIMUser      = "urn:ietf:params:scim:schemas:core:2.0:User"
	urnSCIMGroup     = "urn:ietf:params:scim:schemas:core:2.0:Group"
	urnSCIMSchema    = "urn:ietf:params:scim:schemas:core:2.0:Schema"
	urnSCIMType      = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	urnSCIMConfig    = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	urnSCIMList      = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	urnSCIMSearch    = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
	urnSCIMExtension = "urn:celonis:params:scim:schemas:extension:2.0:User"
)

// The names of the attributes that are used in several files.
const (
	scimExternalID  = "externalId"
	scimUserName    = "userName"
	scimDisplayName = "displayName"
	scimRole        = "role"
	scimMembers     = "members"
	scimInvitation  = "sendEmailOnInvitation"
	scimSchemas     = "schemas"
)

// The error types of RFC 7644 section 3.12.
const (
	scimInvalidValue  = "invalidValue"
	scimInvalidSyntax = "invalidSyntax"
	scimInvalidFilter = "invalidFilter"
	scimMutability    = "mutability"
	scimUniqueness    = "uniqueness"
)

// The roles of users and groups. The vendor's samples contain MEMBER and ANALYST.
const (
	RoleMember  = "MEMBER"
	RoleAnalyst = "ANALYST"
	RoleAdmin   = "ADMIN"
)

// User is a user of the team.
type User struct {
	// ID is the id of the user, a UUID. By default, the simulator generates an id.
	ID string `json:"id"`
	// UserName is the user name, an e-mail address that must be unique in the team, regardless of case.
	UserName string `json:"userName"`
	// DisplayName is the display name of the user.
	DisplayName string `json:"displayName,omitempty"`
	// ExternalID is the id of the user in the identity provider.
	ExternalID string `json:"externalId,omitempty"`
	// Role is the role that is assigned directly to the user. Defaults to MEMBER.
	Role string `json:"role,omitempty"`
	// Inactive locks the user. A locked user still counts towards the maximum number of users.
	Inactive bool `json:"inactive,omitempty"`
	// Invited indicates that an invitation e-mail was requested when the user was created.
	Invited bool `json:"invited,omitempty"`
}

// Group is a group of the team.
type Group struct {
	// ID is the id of the group, a UUID. By default, the simulator generates an id.
	ID string `json:"id"`
	// DisplayName is the name of the group, which must be unique in the team, regardless of case.
	DisplayName string `json:"displayName"`
	// ExternalID is the id of the group in the identity provider.
	ExternalID string `json:"externalId,omitempty"`
	// Role is the minimum role of every group member. By default, the group does not affect its members' roles.
	Role string `json:"role,omitempty"`
	// Members are the user names or ids of the group's members, without duplicates.
	Members []string `json:"members,omitempty"`
}

// clone returns a deep copy.
func (g Group) clone() Group {
	g.Members = slices.Clone(g.Members)

	return g
}

// Directory contains the team's users and groups and serves the SCIM API.
type Directory struct {
	opts Options
	seed uint64
	now  func() time.Time

	mu     sync.Mutex
	ids    *rand.Rand
	users  *scimStore[User]
	groups *scimStore[Group]
}

// New returns a Directory that contains the configured and the generated users and groups.
func New(opts Options, seed uint64, now func() time.Time, clientIDs []string) (*Directory, error) {
	s := &Directory{opts: opts, seed: seed, now: now, ids: server.RandomFor(seed, "scim", "ids")}
	s.users = newSCIMStore(s, opts.GeneratedUsers, func(user User) string { return user.UserName })
	s.groups = newSCIMStore(s, opts.GeneratedGroups, func(group Group) string { return group.DisplayName })

	for _, user := range opts.Users {
		if _, err := s.addUser(user); err != nil {
			return nil, fmt.Errorf("%w: SCIM.Users: %w", server.ErrOptions, err)
		}
	}

	for _, group := range opts.Groups {
		if _, err := s.addGroup(group); err != nil {
			return nil, fmt.Errorf("%w: SCIM.Groups: %w", server.ErrOptions, err)
		}
	}

	s.generate()

	if opts.ClientsAsUsers {
		for _, id := range clientIDs {
			if _, err := s.addUser(User{UserName: id, DisplayName: id}); err != nil {
				return nil, fmt.Errorf("%w: SCIM.ClientsAsUsers: %w", server.ErrOptions, err)
			}
		}
	}

	s.users.listAll()
	s.groups.listAll()

	return s, nil
}

// Area describes the SCIM API. Where the vendor does not document a path for groups, the simulator derives one from the path for users.
func (s *Directory) Area() server.Area {
	base := string(s.opts.Base)
	projection := []string{"attributes", "excludedAttributes"}
	list := append([]string{"startIndex", "count", "filter"}, projection...)

	return server.Area{
		Name:        "scim",
		Prefix:      base,
		Scope:       "user-provisioning.scim",
		Service:     server.ServiceSCIM,
		Errors:      server.ErrorSCIM,
		PlainErrors: s.opts.ResponsesAsJSON,
		Elsewhere:   s.respondAtOtherBase,
		Routes: []server.Route{
			{Method: http.MethodGet, Pattern: base + "/ServiceProviderConfig", Serve: s.serveConfig},
			{Method: http.MethodGet, Pattern: base + "/Schemas", Serve: s.listSchemas},
			{Method: http.MethodGet, Pattern: base + "/Schemas/{id}", Serve: s.schemaDetail},
			{Method: http.MethodGet, Pattern: base + "/ResourceTypes", Serve: s.listResourceTypes},
			{Method: http.MethodGet, Pattern: base + "/ResourceTypes/{id}", Serve: s.resourceTypeDetail},
			{Method: http.MethodPost, Pattern: base + "/Bulk", Serve: s.bulk},

			{Method: http.MethodPost, Pattern: base + "/Users/.search", Serve: s.searchUsers, Pages: true},
			{Method: http.MethodGet, Pattern: base + "/Users", Query: list, Serve: s.listUsers, Pages: true},
			{Method: http.MethodPost, Pattern: base + "/Users", Serve: s.createUser},
			{Method: http.MethodGet, Pattern: base + "/Users/{id}", Query: projection, Serve: s.userDetail},
			{Method: http.MethodPut, Pattern: base + "/Users/{id}", Query: projection, Serve: s.replaceUser},
			{Method: http.MethodDelete, Pattern: base + "/Users/{id}", Serve: s.deleteUser},

			{Method: http.MethodPost, Pattern: base + "/Groups/.search", Serve: s.searchGroups, Pages: true},
			{Method: http.MethodGet, Pattern: base + "/Groups", Query: list, Serve: s.listGroups, Pages: true},
			{Method: http.MethodPost, Pattern: base + "/Groups", Serve: s.createGroup},
			{Method: http.MethodGet, Pattern: base + "/Groups/{id}", Query: projection, Serve: s.groupDetail},
			{Method: http.MethodPut, Pattern: base + "/Groups/{id}", Query: projection, Serve: s.replaceGroup},
			{Method: http.MethodDelete, Pattern: base + "/Groups/{id}", Serve: s.deleteGroup},
		},
	}
}

// bulk rejects bulk requests. Bulk operations are not simulated, because the provider never uses them and they only duplicate what the other
// endpoints do.
func (*Directory) bulk(c *server.Call) server.Response {
	return c.Fail(server.Failure{Status: http.StatusNotImplemented, Detail: "Bulk operations are not simulated."})
}

// isSCIMBase reports whether the path is a documented base path or one of its subpaths.
func isSCIMBase(path string) bool {
	return slices.ContainsFunc(Base("").Words(), func(base Base) bool {
		return path == string(base) || strings.HasPrefix(path, string(base)+"/")
	})
}

// respondAtOtherBase returns the response for a path below a base path that is documented but at which this team does not serve the SCIM API. It
// returns false for all other paths. It is not called for paths below the configured base path, which the area's routes serve.
func (s *Directory) respondAtOtherBase(path string) (server.Response, bool) {
	if !isSCIMBase(path) {
		return server.Response{}, false
	}

	return s.otherBase(), true
}

func (s *Directory) otherBase() server.Response {
	switch s.opts.OtherBases {
	case OtherLogin:
		return server.HTMLResponse(http.StatusOK, "Login")
	case OtherProblem:
		return server.PathNotFound().Response(server.ErrorProblem, false)
	case OtherEmpty:
		return server.Response{Status: http.StatusNotFound}
	case OtherUnauthorized:
		return server.Unauthorized(server.ErrUnauthorized, false)
	default:
		return server.HTMLResponse(http.StatusNotFound, "Page not found")
	}
}

// notFound returns the response to a request with an unknown id.
func (s *Directory) notFound(c *server.Call) server.Response {
	switch s.opts.UnknownID {
	case UnknownEmpty:
		return server.Response{Status: http.StatusNotFound}
	case UnknownProblem:
		return server.PathNotFound().Response(server.ErrorProblem, false)
	case UnknownHTML:
		return server.HTMLResponse(http.StatusNotFound, "Page not found")
	default:
		return c.Fail(server.Failure{
			Status: http.StatusNotFound, Detail: fmt.Sprintf("Resource %s not found.", c.Vars["id"]), Attribute: "id",
		})
	}
}

// respond returns a successful response with a body.
func (s *Directory) respond(status int, body server.Object) server.Response {
	contentType := server.TypeSCIM
	if s.opts.ResponsesAsJSON {
		contentType = server.TypeJSON
	}

	return server.JSONResponse(status, contentType, body)
}

// respondOne returns a successful response whose body is a single resource. meta is the metadata of the resource.
func (s *Directory) respondOne(status int, body server.Object, meta scimMeta) server.Response {
	reply := s.respond(status, body)

	if status == http.StatusCreated {
		reply = reply.With("Location", meta.location)
	}

	if s.enforcesETags() {
		reply = reply.With("ETag", meta.version)
	}

	return reply
}

func (s *Directory) respondCreated(body server.Object, meta scimMeta) server.Response {
	status := http.StatusOK
	if s.opts.CreateStatus == CreateCreated {
		status = http.StatusCreated
	}

	return s.respondOne(status, body, meta)
}

func (s *Directory) respondReplaced(body server.Object, meta scimMeta) server.Response {
	reply := s.respondOne(http.StatusOK, body, meta)

	switch s.opts.PUTResponse {
	case ReplaceBody:
		return reply
	case ReplaceEmpty:
	case ReplaceNoContent:
		reply.Status = http.StatusNoContent
	}

	reply.Body = nil
	reply.Header.Del("Content-Type")

	return reply
}

func (s *Directory) respondDeleted() server.Response {
	if s.opts.DeleteStatus == DeleteOK {
		return server.Response{Status: http.StatusOK}
	}

	return server.Response{Status: http.StatusNoContent}
}

// respondUnknownDeleted returns the response to a DELETE with an unknown id.
func (s *Directory) respondUnknownDeleted(c *server.Call) server.Response {
	if s.opts.DeleteUnknown == DeleteUnknownDone {
		return s.respondDeleted()
	}

	return s.notFound(c)
}

func (s *Directory) enforcesETags() bool {
	return s.opts.ETags == ETagsEnforced || s.opts.ETags == ETagsRequired
}

// checkMatch checks the If-Match header if the options enable versions. It fails if the header does not contain the current version, or if
// the header is required but missing.
func (s *Directory) checkMatch(c *server.Call, version string) *server.Failure {
	if !s.enforcesETags() {
		return nil
	}

	versions := strings.Split(strings.Join(c.Header.Values("If-Match"), ","), ",")
	for i := range versions {
		versions[i] = strings.TrimSpace(versions[i])
	}

	switch {
	case slices.Contains(versions, version), slices.Contains(versions, "*"):
		return nil
	case len(c.Header.Values("If-Match")) > 0:
		return &server.Failure{Status: http.StatusPreconditionFailed, Detail: "The resource has a different version."}
	case s.opts.ETags == ETagsRequired:
		return &server.Failure{Status: http.StatusPreconditionRequired, Detail: "The If-Match header is missing."}
	default:
		return nil
	}
}

// checkContentType rejects bodies whose content type the options do not accept.
func (s *Directory) checkContentType(c *server.Call) *server.Failure {
	allowed := []string{server.TypeSCIM, server.TypeJSON}

	switch s.opts.ContentTypes {
	case ContentBoth:
	case ContentSCIM:
		allowed = []string{server.TypeSCIM}
	case ContentJSON:
		allowed = []string{server.TypeJSON}
	}

	mediaType, params, err := mime.ParseMediaType(c.ContentType)
	charset := params["charset"]

	if err != nil || !slices.Contains(allowed, mediaType) || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return &server.Failure{
			Status: http.StatusUnsupportedMediaType, Detail: "The body must be " + strings.Join(allowed, " or ") + ".",
		}
	}

	return nil
}

// duplicate creates the failure for a name that is already taken.
func (*Directory) duplicate(how Duplicate, attribute string) *server.Failure {
	problem := &server.Failure{
		Status: http.StatusBadRequest, Detail: "The " + attribute + " is already taken.", Attribute: attribute,
	}

	switch how {
	case DuplicateBadRequest, DuplicateExisting:
	case DuplicateUniqueness:
		problem.ScimType = scimUniqueness
	case DuplicateConflict:
		problem.Status = http.StatusConflict
	case DuplicateRFC:
		problem.Status, problem.ScimType = http.StatusConflict, scimUniqueness
	}

	return problem
}

// scimRefusal returns a failure with the status 400.
func scimRefusal(scimType, attribute, format string, args ...any) *server.Failure {
	return &server.Failure{
		Status: http.StatusBadRequest, Detail: fmt.Sprintf(format, args...), Attribute: attribute, ScimType: scimType,
	}
}

// licenceExceeded returns the failure for a change that requires more seats than the licence includes. The vendor documents only the status
// code.
func licenceExceeded() *server.Failure {
	return &server.Failure{Status: http.StatusBadRequest, Detail: "The team's licence does not allow any more users with this role."}
}
