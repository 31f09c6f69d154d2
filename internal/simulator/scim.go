package simulator

import (
	"fmt"
	"math/rand/v2"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// The URNs of SCIM. The last one is of Celonis (developer.celonis.com/celonis-apis/scim-api, sample of createUser).
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

// The attributes that more than one place speaks of.
const (
	scimExternalID  = "externalId"
	scimUserName    = "userName"
	scimDisplayName = "displayName"
	scimRole        = "role"
	scimMembers     = "members"
	scimInvitation  = "sendEmailOnInvitation"
	scimSchemas     = "schemas"
)

// The kinds of mistakes of RFC 7644 section 3.12.
const (
	scimInvalidValue  = "invalidValue"
	scimInvalidSyntax = "invalidSyntax"
	scimInvalidFilter = "invalidFilter"
	scimMutability    = "mutability"
	scimUniqueness    = "uniqueness"
)

// The roles of users and groups. The vendor's samples show MEMBER and ANALYST.
const (
	roleMember  = "MEMBER"
	roleAnalyst = "ANALYST"
	roleAdmin   = "ADMIN"
)

// SCIMUser is a user of the team.
type SCIMUser struct {
	// ID is a UUID. By default, it is generated.
	ID string `json:"id"`
	// UserName is the e-mail address. It must be unique in the team, regardless of case.
	UserName string `json:"userName"`
	// DisplayName is the name to show.
	DisplayName string `json:"displayName,omitempty"`
	// ExternalID is the id at the identity provider.
	ExternalID string `json:"externalId,omitempty"`
	// Role is the user's own role. Defaults to MEMBER.
	Role string `json:"role,omitempty"`
	// Inactive locks the user, who keeps the seat.
	Inactive bool `json:"inactive,omitempty"`
	// Invited states that an e-mail was requested when the user was created.
	Invited bool `json:"invited,omitempty"`
}

// SCIMGroup is a group of the team.
type SCIMGroup struct {
	// ID is a UUID. By default, it is generated.
	ID string `json:"id"`
	// DisplayName is the name. It must be unique in the team, regardless of case.
	DisplayName string `json:"displayName"`
	// ExternalID is the id at the identity provider.
	ExternalID string `json:"externalId,omitempty"`
	// Role is at least the role of every member. By default, the group does not change the role of its members.
	Role string `json:"role,omitempty"`
	// Members are the user names or ids of the members, each once.
	Members []string `json:"members,omitempty"`
}

// clone is a copy that shares nothing.
func (g SCIMGroup) clone() SCIMGroup {
	g.Members = slices.Clone(g.Members)

	return g
}

// scim is the area of users and groups.
type scim struct {
	opts SCIMOptions
	seed uint64
	now  func() time.Time

	mu     sync.Mutex
	ids    *rand.Rand
	users  *scimStore[SCIMUser]
	groups *scimStore[SCIMGroup]
}

func newSCIM(opts SCIMOptions, seed uint64, now func() time.Time, clientIDs []string) (*scim, error) {
	s := &scim{opts: opts, seed: seed, now: now, ids: randomFor(seed, "scim", "ids")}
	s.users = newSCIMStore(s, opts.GeneratedUsers, func(user SCIMUser) string { return user.UserName })
	s.groups = newSCIMStore(s, opts.GeneratedGroups, func(group SCIMGroup) string { return group.DisplayName })

	for _, user := range opts.Users {
		if _, err := s.addUser(user); err != nil {
			return nil, fmt.Errorf("%w: SCIM.Users: %w", errOptions, err)
		}
	}

	for _, group := range opts.Groups {
		if _, err := s.addGroup(group); err != nil {
			return nil, fmt.Errorf("%w: SCIM.Groups: %w", errOptions, err)
		}
	}

	s.generate()

	if opts.ClientsAsUsers {
		for _, id := range clientIDs {
			if _, err := s.addUser(SCIMUser{UserName: id, DisplayName: id}); err != nil {
				return nil, fmt.Errorf("%w: SCIM.ClientsAsUsers: %w", errOptions, err)
			}
		}
	}

	s.users.listAll()
	s.groups.listAll()

	return s, nil
}

// area describes SCIM. The paths of groups that the vendor's pages do not show are those of users.
func (s *scim) area() area {
	base := string(s.opts.Base)
	one := []string{"attributes", "excludedAttributes"}
	list := append([]string{"startIndex", "count", "filter"}, one...)

	return area{
		name:        "scim",
		prefix:      base,
		scope:       "user-provisioning.scim",
		service:     ServiceSCIM,
		errors:      ErrorSCIM,
		plainErrors: s.opts.AnswersAsJSON,
		elsewhere:   s.answerOtherBase,
		routes: []route{
			{http.MethodGet, base + "/ServiceProviderConfig", nil, s.serveConfig, false},
			{http.MethodGet, base + "/Schemas", nil, s.listSchemas, false},
			{http.MethodGet, base + "/Schemas/{id}", nil, s.schemaDetail, false},
			{http.MethodGet, base + "/ResourceTypes", nil, s.listResourceTypes, false},
			{http.MethodGet, base + "/ResourceTypes/{id}", nil, s.resourceTypeDetail, false},
			{http.MethodPost, base + "/Bulk", nil, s.bulk, false},

			{http.MethodPost, base + "/Users/.search", nil, s.searchUsers, true},
			{http.MethodGet, base + "/Users", list, s.listUsers, true},
			{http.MethodPost, base + "/Users", nil, s.createUser, false},
			{http.MethodGet, base + "/Users/{id}", one, s.userDetail, false},
			{http.MethodPut, base + "/Users/{id}", one, s.replaceUser, false},
			{http.MethodDelete, base + "/Users/{id}", nil, s.deleteUser, false},

			{http.MethodPost, base + "/Groups/.search", nil, s.searchGroups, true},
			{http.MethodGet, base + "/Groups", list, s.listGroups, true},
			{http.MethodPost, base + "/Groups", nil, s.createGroup, false},
			{http.MethodGet, base + "/Groups/{id}", one, s.groupDetail, false},
			{http.MethodPut, base + "/Groups/{id}", one, s.replaceGroup, false},
			{http.MethodDelete, base + "/Groups/{id}", nil, s.deleteGroup, false},
		},
	}
}

// bulk refuses what the service offers: it would only do again what the operations here do one by one, and nothing that
// the simulator is for sends it.
func (*scim) bulk(c *call) answer {
	return c.fail(failure{status: http.StatusNotImplemented, detail: "Bulk operations are not simulated."})
}

// isSCIMBase tells whether the path lies below a documented base.
func isSCIMBase(path string) bool {
	return slices.ContainsFunc(SCIMBase("").Words(), func(base SCIMBase) bool {
		return path == string(base) || strings.HasPrefix(path, string(base)+"/")
	})
}

// answerOtherBase is the answer below a base that SCIM is not served under, if the path is below one.
func (s *scim) answerOtherBase(path string) (answer, bool) {
	if !isSCIMBase(path) { // The one that SCIM is served under belongs to the area.
		return answer{}, false
	}

	return s.otherBase(), true
}

func (s *scim) otherBase() answer {
	switch s.opts.OtherBases {
	case SCIMOtherLogin:
		return htmlAnswer(http.StatusOK, "Login")
	case SCIMOtherProblem:
		return pathNotFound().answer(ErrorProblem, false)
	case SCIMOtherEmpty:
		return answer{status: http.StatusNotFound}
	case SCIMOtherUnauthorized:
		return unauthorized(errUnauthorized, false)
	default:
		return htmlAnswer(http.StatusNotFound, "Page not found")
	}
}

// notFound is the answer for an id that nobody has.
func (s *scim) notFound(c *call) answer {
	switch s.opts.UnknownID {
	case SCIMUnknownEmpty:
		return answer{status: http.StatusNotFound}
	case SCIMUnknownProblem:
		return pathNotFound().answer(ErrorProblem, false)
	case SCIMUnknownHTML:
		return htmlAnswer(http.StatusNotFound, "Page not found")
	default:
		return c.fail(failure{
			status: http.StatusNotFound, detail: fmt.Sprintf("Resource %s not found.", c.vars["id"]), attribute: "id",
		})
	}
}

// answer is a success with a body.
func (s *scim) answer(status int, body object) answer {
	contentType := typeSCIM
	if s.opts.AnswersAsJSON {
		contentType = typeJSON
	}

	return jsonAnswer(status, contentType, body)
}

// answerOne is a success with one resource as its body; meta is what it says about itself.
func (s *scim) answerOne(status int, body object, meta scimMeta) answer {
	reply := s.answer(status, body)

	if status == http.StatusCreated {
		reply = reply.with("Location", meta.location)
	}

	if s.enforcesETags() {
		reply = reply.with("ETag", meta.version)
	}

	return reply
}

// answerCreated is the answer to a creation.
func (s *scim) answerCreated(body object, meta scimMeta) answer {
	status := http.StatusOK
	if s.opts.CreateStatus == SCIMCreateCreated {
		status = http.StatusCreated
	}

	return s.answerOne(status, body, meta)
}

// answerReplaced is the answer to a PUT.
func (s *scim) answerReplaced(body object, meta scimMeta) answer {
	reply := s.answerOne(http.StatusOK, body, meta)

	switch s.opts.ReplaceAnswer {
	case SCIMReplaceBody:
		return reply
	case SCIMReplaceEmpty:
	case SCIMReplaceNoContent:
		reply.status = http.StatusNoContent
	}

	reply.body = nil
	reply.header.Del("Content-Type")

	return reply
}

// answerDeleted is the answer to a DELETE.
func (s *scim) answerDeleted() answer {
	if s.opts.DeleteAnswer == SCIMDeleteOK {
		return answer{status: http.StatusOK}
	}

	return answer{status: http.StatusNoContent}
}

// answerUnknownDeleted is the answer to the DELETE of something unknown.
func (s *scim) answerUnknownDeleted(c *call) answer {
	if s.opts.DeleteUnknown == SCIMDeleteUnknownDone {
		return s.answerDeleted()
	}

	return s.notFound(c)
}

func (s *scim) enforcesETags() bool {
	return s.opts.ETags == SCIMETagsEnforced || s.opts.ETags == SCIMETagsRequired
}

// checkMatch compares If-Match with the version of what is to be changed.
func (s *scim) checkMatch(c *call, version string) *failure {
	if !s.enforcesETags() {
		return nil
	}

	asked := strings.Split(strings.Join(c.header.Values("If-Match"), ","), ",")
	for i := range asked {
		asked[i] = strings.TrimSpace(asked[i])
	}

	switch {
	case slices.Contains(asked, version), slices.Contains(asked, "*"):
		return nil
	case len(c.header.Values("If-Match")) > 0:
		return &failure{status: http.StatusPreconditionFailed, detail: "The resource has another version."}
	case s.opts.ETags == SCIMETagsRequired:
		return &failure{status: http.StatusPreconditionRequired, detail: "The header If-Match is missing."}
	default:
		return nil
	}
}

// checkContentType refuses bodies of another type.
func (s *scim) checkContentType(c *call) *failure {
	allowed := []string{typeSCIM, typeJSON}

	switch s.opts.ContentTypes {
	case SCIMContentBoth:
	case SCIMContentSCIM:
		allowed = []string{typeSCIM}
	case SCIMContentJSON:
		allowed = []string{typeJSON}
	}

	mediaType, params, err := mime.ParseMediaType(c.contentType)
	charset := params["charset"]

	if err != nil || !slices.Contains(allowed, mediaType) || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return &failure{
			status: http.StatusUnsupportedMediaType, detail: "The body must be " + strings.Join(allowed, " or ") + ".",
		}
	}

	return nil
}

// duplicate is the failure for a name that is taken.
func (*scim) duplicate(how SCIMDuplicate, attribute string) *failure {
	problem := &failure{
		status: http.StatusBadRequest, detail: "The " + attribute + " is taken.", attribute: attribute,
	}

	switch how {
	case SCIMDuplicateBadRequest, SCIMDuplicateExisting:
	case SCIMDuplicateUniqueness:
		problem.scimType = scimUniqueness
	case SCIMDuplicateConflict:
		problem.status = http.StatusConflict
	case SCIMDuplicateRFC:
		problem.status, problem.scimType = http.StatusConflict, scimUniqueness
	}

	return problem
}

// scimRefusal is a 400.
func scimRefusal(scimType, attribute, format string, args ...any) *failure {
	return &failure{
		status: http.StatusBadRequest, detail: fmt.Sprintf(format, args...), attribute: attribute, scimType: scimType,
	}
}

// licenceExceeded is the failure for a seat that the licence does not have; the vendor documents the status alone.
func licenceExceeded() *failure {
	return &failure{status: http.StatusBadRequest, detail: "The licence of the team does not allow more users of this role."}
}
