package scim

import (
	"errors"
	"fmt"
	"slices"
)

// mostGroupsOfAUser is the documented maximum number of groups per user (developer.celonis.com/celonis-apis/scim-api, updateGroupWithPUT).
const mostGroupsOfAUser = 50

// addUser adds a user without a SCIM request.
func (s *Directory) addUser(user User) (User, error) {
	if user.ID == "" {
		user.ID = s.users.freeID()
	}

	if _, taken := s.users.byID[user.ID]; taken {
		return User{}, fmt.Errorf("the user %q is defined twice", user.ID)
	}

	user, err := s.checkedUser(user, nil)
	if err != nil {
		return User{}, err
	}

	s.users.insert(user.ID, user)

	return user, nil
}

// changeUser changes a user without a SCIM request.
func (s *Directory) changeUser(id string, change func(*User) error) (User, error) {
	entry, ok := s.users.byID[id]
	if !ok {
		return User{}, fmt.Errorf("%w: user %q", errNoSuchSCIM, id)
	}

	user := entry.value
	if err := change(&user); err != nil {
		return User{}, err
	}

	if user.ID != id {
		return User{}, fmt.Errorf("the id of the user %q must not change", id)
	}

	user, err := s.checkedUser(user, entry)
	if err != nil {
		return User{}, err
	}

	s.users.replace(entry, user)

	return user, nil
}

// checkedUser validates a user and fills in the default role. The before argument is the entry that the user replaces, or nil for a new user.
func (s *Directory) checkedUser(user User, before *scimEntry[User]) (User, error) {
	if user.Role == "" {
		user.Role = RoleMember
	}

	if user.UserName == "" {
		return User{}, fmt.Errorf("the user %q has no name", user.ID)
	}

	if other, taken := s.users.named(user.UserName); taken && other != before {
		return User{}, fmt.Errorf("the user name %q is defined twice", user.UserName)
	}

	return user, checkRole(user.Role)
}

// removeUser deletes a user and the user's memberships.
func (s *Directory) removeUser(entry *scimEntry[User]) {
	for id := range entry.groups {
		group := s.groups.byID[id]
		value := group.value.clone()
		value.Members = slices.DeleteFunc(value.Members, func(member string) bool { return member == entry.id })
		s.groups.replace(group, value)
	}

	s.users.remove(entry)
}

// addGroup adds a group without a SCIM request.
func (s *Directory) addGroup(group Group) (Group, error) {
	if group.ID == "" {
		group.ID = s.groups.freeID()
	}

	if _, taken := s.groups.byID[group.ID]; taken {
		return Group{}, fmt.Errorf("the group %q is defined twice", group.ID)
	}

	group = s.withMemberIDs(group)

	if err := s.checkGroup(group, nil); err != nil {
		return Group{}, err
	}

	s.insertGroup(group.ID, group.clone())

	return group, nil
}

// changeGroup changes a group without a SCIM request.
func (s *Directory) changeGroup(id string, change func(*Group) error) (Group, error) {
	entry, ok := s.groups.byID[id]
	if !ok {
		return Group{}, fmt.Errorf("%w: group %q", errNoSuchSCIM, id)
	}

	group := entry.value.clone()
	if err := change(&group); err != nil {
		return Group{}, err
	}

	if group.ID != id {
		return Group{}, fmt.Errorf("the id of the group %q must not change", id)
	}

	group = s.withMemberIDs(group)

	if err := s.checkGroup(group, entry); err != nil {
		return Group{}, err
	}

	s.setGroup(entry, group.clone())

	return group, nil
}

// withMemberIDs returns the group with its members' user names replaced by user ids.
func (s *Directory) withMemberIDs(group Group) Group {
	group = group.clone()

	for i, member := range group.Members {
		if user, ok := s.users.named(member); ok {
			group.Members[i] = user.id
		}
	}

	return group
}

// checkGroup returns an error if a group is invalid. The before argument is the entry that the group replaces, or nil for a new group.
func (s *Directory) checkGroup(group Group, before *scimEntry[Group]) error {
	if group.DisplayName == "" {
		return fmt.Errorf("the group %q has no name", group.ID)
	}

	if other, taken := s.groups.named(group.DisplayName); taken && other != before {
		return fmt.Errorf("the group name %q is defined twice", group.DisplayName)
	}

	seen := map[string]bool{}

	for _, id := range group.Members {
		if _, exists := s.users.byID[id]; !exists || seen[id] {
			return fmt.Errorf("the member %q of the group %q is unknown or repeated", id, group.DisplayName)
		}

		seen[id] = true
	}

	if group.Role == "" {
		return nil
	}

	return checkRole(group.Role)
}

// insertGroup adds a group and its memberships.
func (s *Directory) insertGroup(id string, group Group) *scimEntry[Group] {
	entry := s.groups.insert(id, group)
	s.join(entry.id, group.Members)

	return entry
}

// setGroup changes a group and its memberships.
func (s *Directory) setGroup(entry *scimEntry[Group], group Group) {
	s.leave(entry.id, entry.value.Members)
	s.groups.replace(entry, group)
	s.join(entry.id, group.Members)
}

// removeGroup deletes a group and its memberships.
func (s *Directory) removeGroup(entry *scimEntry[Group]) {
	s.leave(entry.id, entry.value.Members)
	s.groups.remove(entry)
}

func (s *Directory) join(groupID string, members []string) {
	for _, id := range members {
		user := s.users.byID[id]
		if user.groups == nil {
			user.groups = map[string]struct{}{}
		}

		user.groups[groupID] = struct{}{}
	}
}

func (s *Directory) leave(groupID string, members []string) {
	for _, id := range members {
		delete(s.users.byID[id].groups, groupID)
	}
}

// errNoSuchSCIM is the error for an unknown user or group id.
var errNoSuchSCIM = errors.New("no object has this id")

func checkRole(role string) error {
	if rankOfRole(role) == 0 {
		return fmt.Errorf("the role %q is not one of %s, %s, %s", role, RoleMember, RoleAnalyst, RoleAdmin)
	}

	return nil
}

// rankOfRole returns the rank of a role, or 0 if the role is invalid.
func rankOfRole(role string) int {
	return 1 + slices.Index([]string{RoleMember, RoleAnalyst, RoleAdmin}, role)
}

// effectiveRole returns the highest of the user's own role and the roles of the user's groups (docs.celonis.com, managing users).
func (s *Directory) effectiveRole(user *scimEntry[User]) string {
	highest := user.value.Role

	for id := range user.groups {
		if role := s.groups.byID[id].value.Role; rankOfRole(role) > rankOfRole(highest) {
			highest = role
		}
	}

	return highest
}

// takenSeats counts the users by effective role.
func (s *Directory) takenSeats() Seats {
	taken := Seats{Total: len(s.users.byID)}

	for _, user := range s.users.byID {
		switch s.effectiveRole(user) {
		case RoleAdmin:
			taken.Admins++
		case RoleAnalyst:
			taken.Analysts++
		default:
			taken.Members++
		}
	}

	return taken
}

// withinSeats makes a change and reports whether the licence permits it. If the change needs a seat that the licence does not include,
// withinSeats calls undo. A team that already exceeds its number of seats can still make changes that need no additional seat.
func (s *Directory) withinSeats(change, undo func()) bool {
	if s.opts.Seats == (Seats{}) {
		change()

		return true
	}

	before := s.takenSeats()

	change()

	after := s.takenSeats()
	limits := s.opts.Seats

	for _, seats := range []struct{ limit, before, after int }{
		{limits.Total, before.Total, after.Total},
		{limits.Members, before.Members, after.Members},
		{limits.Analysts, before.Analysts, after.Analysts},
		{limits.Admins, before.Admins, after.Admins},
	} {
		if seats.limit > 0 && seats.after > seats.limit && seats.after > seats.before {
			undo()

			return false
		}
	}

	return true
}
