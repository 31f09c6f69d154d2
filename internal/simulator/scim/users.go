package scim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

func (s *Directory) pagesOfUsers() scimPages[User] {
	return scimPages[User]{
		store:      s.users,
		attributes: scimUserAttributes(),
		filterable: []string{scimUserName, scimDisplayName},
		valueOf: func(entry *scimEntry[User], attribute string) string {
			if attribute == scimUserName {
				return entry.value.UserName
			}

			return entry.value.DisplayName
		},
		object: s.userObject,
		generated: func(id string, i int) User {
			return User{ID: id, UserName: fmt.Sprintf("made.up.%09d@example.com", i), Role: RoleMember}
		},
	}
}

// listUsers serves GET /Users.
func (s *Directory) listUsers(c *server.Call) server.Response { return s.pagesOfUsers().list(c) }

// searchUsers serves POST /Users/.search.
func (s *Directory) searchUsers(c *server.Call) server.Response { return s.pagesOfUsers().search(c) }

// userDetail serves GET /Users/{id}.
func (s *Directory) userDetail(c *server.Call) server.Response {
	projection, problem := projectionOf(c, scimUserAttributes())
	if problem != nil {
		return c.Fail(*problem)
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	entry, ok := s.users.byID[c.Vars["id"]]
	if !ok {
		return s.notFound(c)
	}

	return s.respondOne(http.StatusOK, projection.apply(s.userObject(c, entry)), s.userMeta(c, entry))
}

// createUser serves POST /Users.
func (s *Directory) createUser(c *server.Call) server.Response {
	draft, problem := s.draft(c, urnSCIMUser, false)
	if problem == nil {
		problem = checkUserName(draft.userName.text)
	}

	if problem != nil {
		return c.Fail(*problem)
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if existing, taken := s.users.named(draft.userName.text); taken {
		if s.opts.DuplicateUser == DuplicateExisting {
			return s.respondOne(http.StatusOK, s.userObject(c, existing), s.userMeta(c, existing))
		}

		return c.Fail(*s.duplicate(s.opts.DuplicateUser, scimUserName))
	}

	user := User{
		ID: s.users.freeID(), UserName: draft.userName.text, DisplayName: draft.displayName.text,
		ExternalID: draft.externalID.text, Role: draft.role.orMember(), Invited: draft.invited,
	}

	var entry *scimEntry[User]

	if !s.withinSeats(
		func() { entry = s.users.insert(user.ID, user) },
		func() { s.users.forget(entry) },
	) {
		return c.Fail(*licenceExceeded())
	}

	return s.respondCreated(s.userObject(c, entry), s.userMeta(c, entry))
}

// checkUserName rejects a user name that is not an e-mail address. The vendor documents only that empty names are rejected.
func checkUserName(name string) *server.Failure {
	local, domain, _ := strings.Cut(name, "@")
	if local == "" || domain == "" || strings.ContainsAny(name, " \t\r\n") {
		return scimRefusal(scimInvalidValue, scimUserName, "userName must be an e-mail address.")
	}

	return nil
}

// replaceUser serves PUT /Users/{id}.
func (s *Directory) replaceUser(c *server.Call) server.Response {
	projection, problem := projectionOf(c, scimUserAttributes())
	if problem != nil {
		return c.Fail(*problem)
	}

	draft, problem := s.draft(c, urnSCIMUser, true)
	if problem != nil {
		return c.Fail(*problem)
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	entry, ok := s.users.byID[c.Vars["id"]]
	if !ok {
		return s.notFound(c)
	}

	if problem := s.checkMatch(c, scimVersion(entry)); problem != nil {
		return c.Fail(*problem)
	}

	if problem := draft.checkSentBack(entry.id, s.userExtras(entry)); problem != nil {
		return c.Fail(*problem)
	}

	before := *entry
	user := before.value

	if draft.userName.text == "" {
		return c.Fail(*scimRefusal(scimInvalidValue, scimUserName, "userName is missing."))
	}

	if !strings.EqualFold(draft.userName.text, user.UserName) {
		return c.Fail(*scimRefusal(scimMutability, scimUserName, "userName cannot be changed."))
	}

	s.take(scimDisplayName, draft.displayName, &user.DisplayName)
	s.take(scimExternalID, draft.externalID, &user.ExternalID)
	s.take(scimRole, scimText{draft.role.given, draft.role.orMember()}, &user.Role)

	if !s.withinSeats(
		func() { s.users.replace(entry, user) },
		func() {
			s.users.replace(entry, before.value)
			entry.version, entry.changed = before.version, before.changed
		},
	) {
		return c.Fail(*licenceExceeded())
	}

	return s.respondReplaced(projection.apply(s.userObject(c, entry)), s.userMeta(c, entry))
}

// take copies an attribute's value from a PUT request to the target, unless the options preserve the current value.
func (s *Directory) take(attribute string, given scimText, target *string) {
	if s.takes(attribute, given.given) {
		*target = given.text
	}
}

// takes reports whether a PUT request sets or clears the attribute. given is true if the request contains the attribute.
func (s *Directory) takes(attribute string, given bool) bool {
	return !slices.Contains(s.opts.IgnoredByPUT, attribute) && (given || !slices.Contains(s.opts.KeptWhenOmitted, attribute))
}

// orMember returns the role, or MEMBER if the role is empty.
func (t scimText) orMember() string {
	if t.text == "" {
		return RoleMember
	}

	return t.text
}

// deleteUser serves DELETE /Users/{id}.
func (s *Directory) deleteUser(c *server.Call) server.Response {
	s.mu.Lock()
	defer s.mu.Unlock()

	entry, ok := s.users.byID[c.Vars["id"]]
	if !ok {
		return s.respondUnknownDeleted(c)
	}

	if problem := s.checkMatch(c, scimVersion(entry)); problem != nil {
		return c.Fail(*problem)
	}

	s.removeUser(entry)

	return s.respondDeleted()
}
