package scim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// generate adds the generated users and groups. These users and groups depend only on the seed, so generating more of them does not change
// the first ones.
func (s *Directory) generate() {
	names := server.RandomFor(s.seed, "scim", "users")

	for i := range s.opts.GeneratedUsers {
		user := generatedUser(names, i)
		if _, taken := s.users.named(user.UserName); taken {
			continue // The options define a user with this name.
		}

		user.ID = s.users.freeID()
		s.users.insert(user.ID, user)
	}

	random := server.RandomFor(s.seed, "scim", "groups")

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

// personName is a name in two forms: for display names and for e-mail addresses.
type personName struct {
	written, ascii string
}

func givenNames() [26]personName {
	return [26]personName{
		{"Ada", "ada"},
		{"Björn", "bjoern"},
		{"Chloé", "chloe"},
		{"Dmitri", "dmitri"},
		{"Elif", "elif"},
		{"Femi", "femi"},
		{"Grace", "grace"},
		{"Hiroshi", "hiroshi"},
		{"Inès", "ines"},
		{"Jan", "jan"},
		{"Katarzyna", "katarzyna"},
		{"Liam", "liam"},
		{"Mei", "mei"},
		{"Nour", "nour"},
		{"Oluwaseun", "oluwaseun"},
		{"Priya", "priya"},
		{"Quentin", "quentin"},
		{"Rosa", "rosa"},
		{"Søren", "soren"},
		{"Tomás", "tomas"},
		{"Uma", "uma"},
		{"Viktor", "viktor"},
		{"Wanjiru", "wanjiru"},
		{"Ximena", "ximena"},
		{"Yara", "yara"},
		{"Zoë", "zoe"},
	}
}

func familyNames() [22]personName {
	return [22]personName{
		{"Adeyemi", "adeyemi"},
		{"Bauer", "bauer"},
		{"Chen", "chen"},
		{"Dubois", "dubois"},
		{"Eriksson", "eriksson"},
		{"Fischer", "fischer"},
		{"García", "garcia"},
		{"Haddad", "haddad"},
		{"Ivanov", "ivanov"},
		{"Jansen", "jansen"},
		{"Kowalska", "kowalska"},
		{"Lopez", "lopez"},
		{"Müller", "mueller"},
		{"Nakamura", "nakamura"},
		{"O'Neill", "oneill"},
		{"Patel", "patel"},
		{"Quiroga", "quiroga"},
		{"Rossi", "rossi"},
		{"Silva", "silva"},
		{"Takahashi", "takahashi"},
		{"Usman", "usman"},
		{"Vogel", "vogel"},
	}
}

// generatedUser generates the i-th user. About one in five users is an analyst. No generated user is an administrator, so the only
// administrators of a team are those that the options define.
func generatedUser(random *rand.Rand, i int) User {
	givens, families := givenNames(), familyNames()
	first, last := givens[random.IntN(len(givens))], families[random.IntN(len(families))]
	number := strconv.Itoa(i + 1)
	user := User{
		UserName:    first.ascii + "." + last.ascii + "." + number + "@example.com",
		DisplayName: first.written + " " + last.written,
		Role:        RoleMember,
	}

	if random.IntN(5) == 0 {
		user.Role = RoleAnalyst
	}

	if random.IntN(3) > 0 { // About two thirds of the users have an external id.
		user.ExternalID = fmt.Sprintf("hr-%06d", i+1)
	}

	return user
}

// generatedGroup generates the i-th group, without members. Once every combination of department and kind has been used, further names
// include a number. Finance is not among the departments, because examples in the documentation create groups for Finance.
func generatedGroup(random *rand.Rand, i int) Group {
	departments := []string{
		"Treasury", "Procurement", "Sales", "Logistics", "Production", "IT", "Human Resources", "Audit", "Customer Service",
	}
	kinds := []struct{ name, role string }{{"readers", RoleMember}, {"analysts", RoleAnalyst}, {"process owners", RoleAnalyst}}

	kind := kinds[i/len(departments)%len(kinds)]
	group := Group{DisplayName: departments[i%len(departments)] + " " + kind.name, Role: kind.role}

	if round := i / (len(departments) * len(kinds)); round > 0 {
		group.DisplayName = fmt.Sprintf("%s %d", group.DisplayName, round+1)
	}

	if random.IntN(2) == 0 {
		group.ExternalID = fmt.Sprintf("grp-%06d", i+1)
	}

	return group
}

// someUsers returns the ids of at most 40 random users who can still join a group.
func (s *Directory) someUsers(random *rand.Rand) []string {
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
