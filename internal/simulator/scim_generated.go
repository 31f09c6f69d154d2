package simulator

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// generate adds the made-up users and groups. They depend on the seed alone, and the first ones not on how many there are.
func (s *scim) generate() {
	names := randomFor(s.seed, "scim", "users")

	for i := range s.opts.GeneratedUsers {
		user := generatedUser(names, i)
		if _, taken := s.users.named(user.UserName); taken {
			continue // One of Options.SCIM.Users has the name already, and counts instead.
		}

		user.ID = s.users.freeID()
		s.users.insert(user.ID, user)
	}

	random := randomFor(s.seed, "scim", "groups")

	for i := range s.opts.GeneratedGroups {
		group := generatedGroup(random, i)
		if _, taken := s.groups.named(group.DisplayName); taken {
			continue
		}

		group.ID = s.groups.freeID()
		group.Members = s.someUsers(random)
		s.insertGroup(group.ID, group)
	}
}

// generatedUser makes up the i-th user: about one of 50 is an admin, one of five an analyst.
func generatedUser(random *rand.Rand, i int) SCIMUser {
	given := []string{
		"Ada", "Björn", "Chloé", "Dmitri", "Elif", "Femi", "Grace", "Hiroshi", "Inès", "Jan", "Katarzyna", "Liam", "Mei",
		"Nour", "Oluwaseun", "Priya", "Quentin", "Rosa", "Søren", "Tomás", "Uma", "Viktor", "Wanjiru", "Ximena", "Yara", "Zoë",
	}
	family := []string{
		"Adeyemi", "Bauer", "Chen", "Dubois", "Eriksson", "Fischer", "García", "Haddad", "Ivanov", "Jansen", "Kowalska",
		"Lopez", "Müller", "Nakamura", "O'Neill", "Patel", "Quiroga", "Rossi", "Silva", "Takahashi", "Usman", "Vogel",
	}
	first, last := given[random.IntN(len(given))], family[random.IntN(len(family))]
	user := SCIMUser{
		UserName:    fmt.Sprintf("%s.%s.%d@example.com", asciiName(first), asciiName(last), i+1),
		DisplayName: first + " " + last,
		Role:        roleMember,
	}

	const oneOf, analysts = 50, 10

	switch share := random.IntN(oneOf); {
	case share == 0:
		user.Role = roleAdmin
	case share <= analysts:
		user.Role = roleAnalyst
	}

	if random.IntN(3) > 0 { // Two thirds come from an identity provider.
		user.ExternalID = fmt.Sprintf("hr-%06d", i+1)
	}

	return user
}

// asciiName is a name as mail addresses have it.
func asciiName(name string) string {
	return strings.NewReplacer("ö", "oe", "ü", "ue", "ø", "o", "é", "e", "è", "e", "ë", "e", "á", "a", "í", "i", "'", "").
		Replace(strings.ToLower(name))
}

// generatedGroup makes up the i-th group, without members. From the second round of names on they carry its number.
func generatedGroup(random *rand.Rand, i int) SCIMGroup {
	departments := []string{
		"Finance", "Procurement", "Sales", "Logistics", "Production", "IT", "Human Resources", "Audit", "Customer Service",
	}
	kinds := []struct{ name, role string }{{"readers", roleMember}, {"analysts", roleAnalyst}, {"admins", roleAdmin}}

	kind := kinds[i/len(departments)%len(kinds)]
	group := SCIMGroup{DisplayName: departments[i%len(departments)] + " " + kind.name, Role: kind.role}

	if round := i / (len(departments) * len(kinds)); round > 0 {
		group.DisplayName = fmt.Sprintf("%s %d", group.DisplayName, round+1)
	}

	if random.IntN(2) == 0 {
		group.ExternalID = fmt.Sprintf("grp-%06d", i+1)
	}

	return group
}

// someUsers are the ids of at most 40 users who can be in another group.
func (s *scim) someUsers(random *rand.Rand) []string {
	const most = 41

	var ids []string

	if len(s.users.order) == 0 {
		return nil
	}

	for range random.IntN(most) {
		user := s.users.order[random.IntN(len(s.users.order))]
		if len(user.groups) < mostGroupsOfAUser && !slices.Contains(ids, user.id) {
			ids = append(ids, user.id)
		}
	}

	return ids
}
