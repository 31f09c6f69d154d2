package scim

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// scimMeta is the `meta` attribute of a resource.
type scimMeta struct {
	resourceType, location, version string
	created, changed                time.Time
}

func (s *Directory) userMeta(c *server.Call, user *scimEntry[User]) scimMeta {
	return scimMetaOf(s, c, "User", user)
}

func (s *Directory) groupMeta(c *server.Call, group *scimEntry[Group]) scimMeta {
	return scimMetaOf(s, c, "Group", group)
}

func scimMetaOf[T any](s *Directory, c *server.Call, resourceType string, entry *scimEntry[T]) scimMeta {
	return scimMeta{
		resourceType: resourceType,
		location:     s.location(c, resourceType, entry.id),
		version:      scimVersion(entry),
		created:      entry.created,
		changed:      entry.changed,
	}
}

// scimVersion returns the ETag of an entry.
func scimVersion[T any](entry *scimEntry[T]) string {
	return fmt.Sprintf(`W/"%d"`, entry.version)
}

func (s *Directory) location(c *server.Call, resourceType, id string) string {
	return c.Origin + string(s.opts.Base) + "/" + resourceType + "s/" + id
}

// addMeta adds `meta` to a response unless the options omit it.
func (s *Directory) addMeta(body server.Object, meta scimMeta) {
	if s.opts.Extras == ExtrasNone && s.opts.ETags == ETagsNone {
		return
	}

	shown := server.Object{
		"resourceType": meta.resourceType,
		"location":     meta.location,
		"created":      meta.created.UTC().Format(time.RFC3339),
		"lastModified": meta.changed.UTC().Format(time.RFC3339),
	}

	if s.opts.ETags != ETagsNone {
		shown["version"] = meta.version
	}

	body["meta"] = shown
}

// userObject returns the JSON object of a user in responses.
func (s *Directory) userObject(c *server.Call, entry *scimEntry[User]) server.Object {
	user := entry.value
	body := server.Object{
		scimSchemas: []string{urnSCIMUser, urnSCIMExtension}, "id": entry.id, scimUserName: s.shownUserName(user),
	}

	c.Optional(body, scimDisplayName, user.DisplayName)
	c.Optional(body, scimExternalID, user.ExternalID)

	role := user.Role
	if s.opts.EffectiveRoles && entry.gone == 0 {
		role = s.effectiveRole(entry)
	}

	s.addRole(c, body, role)
	s.addMeta(body, s.userMeta(c, entry))

	if s.opts.Extras == ExtrasAll {
		maps.Copy(body, s.userExtras(entry))
		body["groups"] = s.groupsOf(c, entry)
	}

	return body
}

func (s *Directory) shownUserName(user User) string {
	if s.opts.LowerCaseUserNames {
		return strings.ToLower(user.UserName)
	}

	return user.UserName
}

// userExtras returns the undocumented attributes of a user, except `groups`.
func (s *Directory) userExtras(entry *scimEntry[User]) server.Object {
	return server.Object{
		"active": !entry.value.Inactive,
		"name":   server.Object{"formatted": entry.value.DisplayName},
		"emails": []server.Object{{"value": s.shownUserName(entry.value), "type": "work", "primary": true}},
		"locale": "en",
	}
}

// groupsOf returns the `groups` attribute of a user in responses.
func (s *Directory) groupsOf(c *server.Call, user *scimEntry[User]) []server.Object {
	entries := make([]*scimEntry[Group], 0, len(user.groups))

	for id := range user.groups {
		if group, exists := s.groups.byID[id]; exists {
			entries = append(entries, group)
		}
	}

	slices.SortFunc(entries, comparePlaces)

	groups := make([]server.Object, len(entries))
	for i, group := range entries {
		groups[i] = server.Object{
			"value": group.id, "display": group.value.DisplayName, "type": "direct", "$ref": s.location(c, "Group", group.id),
		}
	}

	return groups
}

// groupObject returns the JSON object of a group in responses.
func (s *Directory) groupObject(c *server.Call, entry *scimEntry[Group], inList bool) server.Object {
	group := entry.value
	body := server.Object{scimSchemas: []string{urnSCIMGroup}, "id": entry.id, scimDisplayName: group.DisplayName}

	if s.opts.RoleLocation == RoleInExtension {
		body[scimSchemas] = []string{urnSCIMGroup, urnSCIMExtension}
	}

	c.Optional(body, scimExternalID, group.ExternalID)
	s.addRole(c, body, group.Role)
	s.addMeta(body, s.groupMeta(c, entry))

	if !inList || !s.opts.NoMembersInLists {
		s.addMembers(c, body, group.Members)
	}

	return body
}

func (s *Directory) addMembers(c *server.Call, body server.Object, members []string) {
	if len(members) == 0 {
		switch s.opts.EmptyMembers {
		case MembersEmptyArray:
			body[scimMembers] = []server.Object{}
		case MembersAbsent:
		case MembersNull:
			body[scimMembers] = nil
		}

		return
	}

	if s.opts.MaxReturnedMembers > 0 {
		members = members[:min(len(members), s.opts.MaxReturnedMembers)]
	}

	elements := make([]server.Object, len(members))
	for i, id := range members {
		elements[i] = server.Object{"value": id}

		if s.opts.MemberElements == MembersValue {
			continue
		}

		elements[i]["type"] = "User"
		elements[i]["$ref"] = s.location(c, "User", id)

		if user, exists := s.users.byID[id]; exists { // A listing may still include a deleted group whose member has also been deleted.
			elements[i]["display"] = user.value.DisplayName
		}
	}

	body[scimMembers] = elements
}

// addRole adds a role to a response at the configured location.
func (s *Directory) addRole(c *server.Call, body server.Object, role string) {
	if s.opts.LowerCaseRoles {
		role = strings.ToLower(role)
	}

	switch s.opts.RoleLocation {
	case RoleOnTop:
		c.Optional(body, scimRole, role)
	case RoleInExtension:
		inside := server.Object{}
		c.Optional(inside, scimRole, role)
		body[urnSCIMExtension] = inside
	case RoleAbsent:
	}
}

// scimProjection selects the attributes of a response.
type scimProjection struct {
	only, without []string // if only is nil, all attributes are selected
}

// projectionOf reads the `attributes` and `excludedAttributes` query parameters.
func projectionOf(c *server.Call, resourceAttributes []string) (scimProjection, *server.Failure) {
	split := func(name string) []string {
		if !c.Query.Has(name) {
			return nil
		}

		return strings.Split(c.Query.Get(name), ",")
	}

	return newSCIMProjection(split("attributes"), split("excludedAttributes"), resourceAttributes)
}

// newSCIMProjection returns a projection, or a failure if an attribute is unknown or the request contains both attributes and
// excludedAttributes. The vendor documents neither case.
func newSCIMProjection(only, without, known []string) (scimProjection, *server.Failure) {
	if only != nil && without != nil {
		return scimProjection{}, scimRefusal(scimInvalidValue, "attributes",
			"attributes and excludedAttributes cannot be used together.")
	}

	for _, name := range slices.Concat(only, without) {
		if !slices.ContainsFunc(known, func(attribute string) bool { return strings.EqualFold(name, attribute) }) {
			return scimProjection{}, scimRefusal(scimInvalidValue, "attributes", "The attribute %q is unknown.", name)
		}
	}

	return scimProjection{only: only, without: without}, nil
}

// apply removes the attributes that are not selected. The schemas and id attributes are always returned (RFC 7643 section 7).
func (p scimProjection) apply(body server.Object) server.Object {
	among := func(names []string, name string) bool {
		return slices.ContainsFunc(names, func(attribute string) bool { return strings.EqualFold(name, attribute) })
	}

	for name := range body {
		if name == "id" || name == scimSchemas {
			continue
		}

		if p.only != nil && !among(p.only, name) || among(p.without, name) {
			delete(body, name)
		}
	}

	return body
}

// scimUserAttributes returns the attributes that a projection of users may select.
func scimUserAttributes() []string {
	return append([]string{
		scimSchemas, "id", "meta", scimUserName, scimDisplayName, scimExternalID, scimRole, urnSCIMExtension,
	}, scimUserExtras()...)
}

// scimGroupAttributes returns the attributes that a projection of groups may select.
func scimGroupAttributes() []string {
	return []string{scimSchemas, "id", "meta", scimDisplayName, scimExternalID, scimRole, scimMembers, urnSCIMExtension}
}

// listResponse returns all resources in a single list response.
func (s *Directory) listResponse(resources []server.Object) server.Response {
	return s.respond(http.StatusOK, server.Object{
		scimSchemas: []string{urnSCIMList}, "totalResults": len(resources), "startIndex": 1,
		"itemsPerPage": len(resources), "Resources": resources,
	})
}
