package scim

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

func (s *Directory) pagesOfGroups() scimPages[Group] {
	return scimPages[Group]{
		store:      s.groups,
		attributes: scimGroupAttributes(),
		filterable: []string{scimDisplayName},
		valueOf:    func(entry *scimEntry[Group], _ string) string { return entry.value.DisplayName },
		object: func(c *server.Call, entry *scimEntry[Group]) server.Object {
			return s.groupObject(c, entry, true)
		},
		generated: func(id string, i int) Group {
			return Group{ID: id, DisplayName: fmt.Sprintf("Generated - %09d", i), Role: RoleMember}
		},
	}
}

// listGroups serves GET /Groups.
func (s *Directory) listGroups(c *server.Call) server.Response { return s.pagesOfGroups().list(c) }

// searchGroups serves POST /Groups/.search.
func (s *Directory) searchGroups(c *server.Call) server.Response { return s.pagesOfGroups().search(c) }

// groupDetail serves GET /Groups/{id}.
func (s *Directory) groupDetail(c *server.Call) server.Response {
	projection, problem := projectionOf(c, scimGroupAttributes())
	if problem != nil {
		return c.Fail(*problem)
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	entry, ok := s.groups.byID[c.Vars["id"]]
	if !ok {
		return s.notFound(c)
	}

	return s.respondOne(http.StatusOK, projection.apply(s.groupObject(c, entry, false)), s.groupMeta(c, entry))
}

// createGroup serves POST /Groups.
func (s *Directory) createGroup(c *server.Call) server.Response {
	draft, problem := s.draft(c, urnSCIMGroup, false)
	if problem == nil && draft.displayName.text == "" {
		problem = scimRefusal(scimInvalidValue, scimDisplayName, "displayName is missing.")
	}

	if problem != nil {
		return c.Fail(*problem)
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if existing, taken := s.groups.named(draft.displayName.text); taken {
		if s.opts.DuplicateGroup == DuplicateExisting {
			return s.respondOne(http.StatusOK, s.groupObject(c, existing, false), s.groupMeta(c, existing))
		}

		return c.Fail(*s.duplicate(s.opts.DuplicateGroup, scimDisplayName))
	}

	if problem := s.checkMembers(draft.members, ""); problem != nil {
		return c.Fail(*problem)
	}

	group := Group{
		ID: s.groups.freeID(), DisplayName: draft.displayName.text, ExternalID: draft.externalID.text,
		Role: s.groupRole(draft.role), Members: draft.members,
	}

	var entry *scimEntry[Group]

	if !s.withinSeats(
		func() { entry = s.insertGroup(group.ID, group) },
		func() { s.leave(entry.id, group.Members); s.groups.forget(entry) },
	) {
		return c.Fail(*licenceExceeded())
	}

	return s.respondCreated(s.groupObject(c, entry, false), s.groupMeta(c, entry))
}

// checkMembers rejects unknown members and new members who are already in the maximum number of groups. Existing members may remain.
func (s *Directory) checkMembers(members []string, groupID string) *server.Failure {
	for _, id := range members {
		user, known := s.users.byID[id]
		if !known {
			return scimRefusal(scimInvalidValue, scimMembers, "The member %s does not exist.", id)
		}

		if _, member := user.groups[groupID]; !member && len(user.groups) >= mostGroupsOfAUser {
			return scimRefusal(scimInvalidValue, scimMembers, "The user %s is already in %d groups.", id, mostGroupsOfAUser)
		}
	}

	return nil
}

// groupRole returns the role, or the configured default if the role is empty.
func (s *Directory) groupRole(role scimText) string {
	if s.opts.GroupsWithoutRole {
		return role.text
	}

	return role.orMember()
}

// replaceGroup serves PUT /Groups/{id}.
func (s *Directory) replaceGroup(c *server.Call) server.Response {
	projection, problem := projectionOf(c, scimGroupAttributes())
	if problem != nil {
		return c.Fail(*problem)
	}

	draft, problem := s.draft(c, urnSCIMGroup, true)
	if problem != nil {
		return c.Fail(*problem)
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	entry, ok := s.groups.byID[c.Vars["id"]]
	if !ok {
		return s.notFound(c)
	}

	if problem := s.checkMatch(c, scimVersion(entry)); problem != nil {
		return c.Fail(*problem)
	}

	group, problem := s.replacement(entry, draft)
	if problem != nil {
		return c.Fail(*problem)
	}

	before := *entry

	if !s.withinSeats(
		func() { s.setGroup(entry, group) },
		func() { s.setGroup(entry, before.value); entry.version, entry.changed = before.version, before.changed },
	) {
		return c.Fail(*licenceExceeded())
	}

	return s.respondReplaced(projection.apply(s.groupObject(c, entry, false)), s.groupMeta(c, entry))
}

// replacement returns the state of a group after a PUT.
func (s *Directory) replacement(entry *scimEntry[Group], draft scimDraft) (Group, *server.Failure) {
	if problem := draft.checkSentBack(entry.id, nil); problem != nil {
		return Group{}, problem
	}

	group := entry.value.clone()

	s.take(scimDisplayName, draft.displayName, &group.DisplayName)
	s.take(scimExternalID, draft.externalID, &group.ExternalID)
	s.take(scimRole, scimText{draft.role.given, s.groupRole(draft.role)}, &group.Role)

	if s.takes(scimMembers, draft.membersGiven) {
		group.Members = slices.Clone(draft.members)
	}

	if group.DisplayName == "" {
		return Group{}, scimRefusal(scimInvalidValue, scimDisplayName, "displayName is missing.")
	}

	if other, taken := s.groups.named(group.DisplayName); taken && other != entry {
		return Group{}, s.duplicate(s.opts.DuplicateGroup, scimDisplayName)
	}

	// Validate the members even if the options ignore them.
	return group, s.checkMembers(draft.members, entry.id)
}

// deleteGroup serves DELETE /Groups/{id}.
func (s *Directory) deleteGroup(c *server.Call) server.Response {
	s.mu.Lock()
	defer s.mu.Unlock()

	entry, ok := s.groups.byID[c.Vars["id"]]
	if !ok {
		return s.respondUnknownDeleted(c)
	}

	if problem := s.checkMatch(c, scimVersion(entry)); problem != nil {
		return c.Fail(*problem)
	}

	s.removeGroup(entry)

	return s.respondDeleted()
}
