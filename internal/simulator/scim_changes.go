package simulator

import (
	"errors"
	"fmt"
	"slices"
)

// mostGroupsOfAUser is the documented limit (developer.celonis.com/celonis-apis/scim-api, updateGroupWithPUT).
const mostGroupsOfAUser = 50

// addUser adds a user from outside the API.
func (s *scim) addUser(user SCIMUser) (SCIMUser, error) {
	if user.ID == "" {
		user.ID = s.users.freeID()
	}

	if _, taken := s.users.byID[user.ID]; taken {
		return SCIMUser{}, fmt.Errorf("the user %q is there twice", user.ID)
	}

	user, err := s.checkedUser(user, nil)
	if err != nil {
		return SCIMUser{}, err
	}

	s.users.insert(user.ID, user)

	return user, nil
}

// changeUser changes a user from outside the API.
func (s *scim) changeUser(id string, change func(*SCIMUser) error) (SCIMUser, error) {
	entry, ok := s.users.byID[id]
	if !ok {
		return SCIMUser{}, fmt.Errorf("%w: user %q", errNoSuchSCIM, id)
	}

	user := entry.value
	if err := change(&user); err != nil {
		return SCIMUser{}, err
	}

	if user.ID != id {
		return SCIMUser{}, fmt.Errorf("the id of the user %q cannot change", id)
	}

	user, err := s.checkedUser(user, entry)
	if err != nil {
		return SCIMUser{}, err
	}

	s.users.replace(entry, user)

	return user, nil
}

// checkedUser is the user that is to be stored, with its role filled in. before is the entry that it replaces.
func (s *scim) checkedUser(user SCIMUser, before *scimEntry[SCIMUser]) (SCIMUser, error) {
	if user.Role == "" {
		user.Role = roleMember
	}

	if user.UserName == "" {
		return SCIMUser{}, fmt.Errorf("the user %q has no name", user.ID)
	}

	if other, taken := s.users.named(user.UserName); taken && other != before {
		return SCIMUser{}, fmt.Errorf("the user name %q is there twice", user.UserName)
	}

	return user, checkRole(user.Role)
}

// removeUser deletes a user and his memberships.
func (s *scim) removeUser(entry *scimEntry[SCIMUser]) {
	for id := range entry.groups {
		group := s.groups.byID[id]
		value := group.value.clone()
		value.Members = slices.DeleteFunc(value.Members, func(member string) bool { return member == entry.id })
		s.groups.replace(group, value)
	}

	s.users.remove(entry)
}

// addGroup adds a group from outside the API.
func (s *scim) addGroup(group SCIMGroup) (SCIMGroup, error) {
	if group.ID == "" {
		group.ID = s.groups.freeID()
	}

	if _, taken := s.groups.byID[group.ID]; taken {
		return SCIMGroup{}, fmt.Errorf("the group %q is there twice", group.ID)
	}

	group = s.withMemberIDs(group)

	if err := s.checkGroup(group, nil); err != nil {
		return SCIMGroup{}, err
	}

	s.insertGroup(group.ID, group.clone())

	return group, nil
}

// changeGroup changes a group from outside the API.
func (s *scim) changeGroup(id string, change func(*SCIMGroup) error) (SCIMGroup, error) {
	entry, ok := s.groups.byID[id]
	if !ok {
		return SCIMGroup{}, fmt.Errorf("%w: group %q", errNoSuchSCIM, id)
	}

	group := entry.value.clone()
	if err := change(&group); err != nil {
		return SCIMGroup{}, err
	}

	if group.ID != id {
		return SCIMGroup{}, fmt.Errorf("the id of the group %q cannot change", id)
	}

	group = s.withMemberIDs(group)

	if err := s.checkGroup(group, entry); err != nil {
		return SCIMGroup{}, err
	}

	s.setGroup(entry, group.clone())

	return group, nil
}

// withMemberIDs replaces user names among the members by the ids of those users.
func (s *scim) withMemberIDs(group SCIMGroup) SCIMGroup {
	group = group.clone()

	for i, member := range group.Members {
		if user, ok := s.users.named(member); ok {
			group.Members[i] = user.id
		}
	}

	return group
}

// checkGroup says what is wrong with a group that is to be stored. before is the entry that it replaces.
func (s *scim) checkGroup(group SCIMGroup, before *scimEntry[SCIMGroup]) error {
	if group.DisplayName == "" {
		return fmt.Errorf("the group %q has no name", group.ID)
	}

	if other, taken := s.groups.named(group.DisplayName); taken && other != before {
		return fmt.Errorf("the group name %q is there twice", group.DisplayName)
	}

	seen := map[string]bool{}

	for _, id := range group.Members {
		if _, known := s.users.byID[id]; !known || seen[id] {
			return fmt.Errorf("the group %q has the unknown or repeated member %q", group.DisplayName, id)
		}

		seen[id] = true
	}

	if group.Role == "" {
		return nil
	}

	return checkRole(group.Role)
}

// insertGroup adds a group and its memberships.
func (s *scim) insertGroup(id string, group SCIMGroup) *scimEntry[SCIMGroup] {
	entry := s.groups.insert(id, group)
	s.join(entry.id, group.Members)

	return entry
}

// setGroup changes a group and its memberships.
func (s *scim) setGroup(entry *scimEntry[SCIMGroup], group SCIMGroup) {
	s.leave(entry.id, entry.value.Members)
	s.groups.replace(entry, group)
	s.join(entry.id, group.Members)
}

// removeGroup deletes a group and its memberships.
func (s *scim) removeGroup(entry *scimEntry[SCIMGroup]) {
	s.leave(entry.id, entry.value.Members)
	s.groups.remove(entry)
}

func (s *scim) join(groupID string, members []string) {
	for _, id := range members {
		user := s.users.byID[id]
		if user.groups == nil {
			user.groups = map[string]struct{}{}
		}

		user.groups[groupID] = struct{}{}
	}
}

func (s *scim) leave(groupID string, members []string) {
	for _, id := range members {
		delete(s.users.byID[id].groups, groupID)
	}
}

// errNoSuchSCIM says that nobody has an id.
var errNoSuchSCIM = errors.New("there is none with this id")

// checkRole refuses what is no role.
func checkRole(role string) error {
	if rankOfRole(role) == 0 {
		return fmt.Errorf("the role %q is none of %s, %s, %s", role, roleMember, roleAnalyst, roleAdmin)
	}

	return nil
}

// rankOfRole orders the roles; 0 = it is none.
func rankOfRole(role string) int {
	return 1 + slices.Index([]string{roleMember, roleAnalyst, roleAdmin}, role)
}

// effectiveRole is the highest of a user's own role and those of his groups (docs.celonis.com, managing users).
func (s *scim) effectiveRole(user *scimEntry[SCIMUser]) string {
	highest := user.value.Role

	for id := range user.groups {
		if role := s.groups.byID[id].value.Role; rankOfRole(role) > rankOfRole(highest) {
			highest = role
		}
	}

	return highest
}

// takenSeats counts the users by effective role.
func (s *scim) takenSeats() SCIMSeats {
	taken := SCIMSeats{Total: len(s.users.byID)}

	for _, user := range s.users.byID {
		switch s.effectiveRole(user) {
		case roleAdmin:
			taken.Admins++
		case roleAnalyst:
			taken.Analysts++
		default:
			taken.Members++
		}
	}

	return taken
}

// withinSeats carries a change out and takes it back if it needs a seat that the licence does not have. A team that has
// too many users already may still change what takes none.
func (s *scim) withinSeats(change, undo func()) bool {
	if s.opts.Seats == (SCIMSeats{}) {
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
