package simulator

import (
	"fmt"
	"net/http"
	"slices"
)

// pagesOfGroups is how groups are listed.
func (s *scim) pagesOfGroups() scimPages[SCIMGroup] {
	return scimPages[SCIMGroup]{
		store:      s.groups,
		attributes: scimGroupAttributes(),
		filterable: []string{scimDisplayName},
		valueOf:    func(entry *scimEntry[SCIMGroup], _ string) string { return entry.value.DisplayName },
		object: func(c *call, entry *scimEntry[SCIMGroup]) object {
			return s.groupObject(c, entry, true)
		},
		madeUp: func(id string, i int) SCIMGroup {
			return SCIMGroup{ID: id, DisplayName: fmt.Sprintf("Made up - %09d", i), Role: roleMember}
		},
	}
}

// listGroups answers GET /Groups.
func (s *scim) listGroups(c *call) answer { return s.pagesOfGroups().list(c) }

// searchGroups answers POST /Groups/.search.
func (s *scim) searchGroups(c *call) answer { return s.pagesOfGroups().search(c) }

// groupDetail answers GET /Groups/{id}.
func (s *scim) groupDetail(c *call) answer {
	projection, problem := projectionOf(c, scimGroupAttributes())
	if problem != nil {
		return c.fail(*problem)
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	entry, ok := s.groups.byID[c.vars["id"]]
	if !ok {
		return s.notFound(c)
	}

	return s.answerOne(http.StatusOK, projection.apply(s.groupObject(c, entry, false)), s.groupMeta(c, entry))
}

// createGroup answers POST /Groups.
func (s *scim) createGroup(c *call) answer {
	draft, problem := s.draft(c, urnSCIMGroup, false)
	if problem == nil && draft.displayName.text == "" {
		problem = scimRefusal(scimInvalidValue, scimDisplayName, "displayName is missing.")
	}

	if problem != nil {
		return c.fail(*problem)
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if existing, taken := s.groups.named(draft.displayName.text); taken {
		if s.opts.DuplicateGroup == SCIMDuplicateExisting {
			return s.answerOne(http.StatusOK, s.groupObject(c, existing, false), s.groupMeta(c, existing))
		}

		return c.fail(*s.duplicate(s.opts.DuplicateGroup, scimDisplayName))
	}

	if problem := s.checkMembers(draft.members, ""); problem != nil {
		return c.fail(*problem)
	}

	group := SCIMGroup{
		ID: s.groups.freeID(), DisplayName: draft.displayName.text, ExternalID: draft.externalID.text,
		Role: s.groupRole(draft.role), Members: draft.members,
	}

	var entry *scimEntry[SCIMGroup]

	if !s.withinSeats(
		func() { entry = s.insertGroup(group.ID, group) },
		func() { s.leave(entry.id, group.Members); s.groups.forget(entry) },
	) {
		return c.fail(*licenceExceeded())
	}

	return s.answerCreated(s.groupObject(c, entry, false), s.groupMeta(c, entry))
}

// checkMembers refuses unknown members and those who are in too many groups with the group of the id. Who is in it already
// may stay, whatever the number.
func (s *scim) checkMembers(members []string, groupID string) *failure {
	for _, id := range members {
		user, known := s.users.byID[id]
		if !known {
			return scimRefusal(scimInvalidValue, scimMembers, "The member %s does not exist.", id)
		}

		if _, member := user.groups[groupID]; !member && len(user.groups) >= mostGroupsOfAUser {
			return scimRefusal(scimInvalidValue, scimMembers, "The user %s is in %d groups already.", id, mostGroupsOfAUser)
		}
	}

	return nil
}

// groupRole is the role of a group, or the one of a group without.
func (s *scim) groupRole(role scimText) string {
	if s.opts.GroupsWithoutRole {
		return role.text
	}

	return role.orMember()
}

// replaceGroup answers PUT /Groups/{id}.
func (s *scim) replaceGroup(c *call) answer {
	projection, problem := projectionOf(c, scimGroupAttributes())
	if problem != nil {
		return c.fail(*problem)
	}

	draft, problem := s.draft(c, urnSCIMGroup, true)
	if problem != nil {
		return c.fail(*problem)
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	entry, ok := s.groups.byID[c.vars["id"]]
	if !ok {
		return s.notFound(c)
	}

	if problem := s.checkMatch(c, scimVersion(entry)); problem != nil {
		return c.fail(*problem)
	}

	group, problem := s.replacement(entry, draft)
	if problem != nil {
		return c.fail(*problem)
	}

	before := *entry

	if !s.withinSeats(
		func() { s.setGroup(entry, group) },
		func() { s.setGroup(entry, before.value); entry.version, entry.changed = before.version, before.changed },
	) {
		return c.fail(*licenceExceeded())
	}

	return s.answerReplaced(projection.apply(s.groupObject(c, entry, false)), s.groupMeta(c, entry))
}

// replacement is the group that a PUT makes of an entry.
func (s *scim) replacement(entry *scimEntry[SCIMGroup], draft scimDraft) (SCIMGroup, *failure) {
	if problem := draft.checkSentBack(entry.id, nil); problem != nil {
		return SCIMGroup{}, problem
	}

	group := entry.value.clone()

	s.take(scimDisplayName, draft.displayName, &group.DisplayName)
	s.take(scimExternalID, draft.externalID, &group.ExternalID)
	s.take(scimRole, scimText{draft.role.given, s.groupRole(draft.role)}, &group.Role)

	if s.takes(scimMembers, draft.membersGiven) {
		group.Members = slices.Clone(draft.members)
	}

	if group.DisplayName == "" {
		return SCIMGroup{}, scimRefusal(scimInvalidValue, scimDisplayName, "displayName is missing.")
	}

	if other, taken := s.groups.named(group.DisplayName); taken && other != entry {
		return SCIMGroup{}, s.duplicate(s.opts.DuplicateGroup, scimDisplayName)
	}

	// Members that the options do not let in are looked at all the same.
	return group, s.checkMembers(draft.members, entry.id)
}

// deleteGroup answers DELETE /Groups/{id}.
func (s *scim) deleteGroup(c *call) answer {
	s.mu.Lock()
	defer s.mu.Unlock()

	entry, ok := s.groups.byID[c.vars["id"]]
	if !ok {
		return s.answerUnknownDeleted(c)
	}

	if problem := s.checkMatch(c, scimVersion(entry)); problem != nil {
		return c.fail(*problem)
	}

	s.removeGroup(entry)

	return s.answerDeleted()
}
