package simulator

import (
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

// directory provides the SCIM users and groups to the team reports.
type directory struct{ users *scim.Directory }

// People returns the team's users.
func (d directory) People() []team.Person {
	accounts := d.users.Accounts()
	persons := make([]team.Person, len(accounts))

	for i, account := range accounts {
		persons[i] = team.Person{
			ID: account.ID, Name: account.DisplayName, Email: account.UserName, Role: account.Role, Inactive: account.Inactive,
			Joined: account.Created,
		}

		for _, group := range account.Groups {
			persons[i].Groups = append(persons[i].Groups, team.MemberGroup{Name: group.DisplayName, Role: group.Role})
		}
	}

	return persons
}

// Groups returns the team's groups.
func (d directory) Groups() []team.Group {
	all := d.users.Groups()
	groups := make([]team.Group, len(all))

	for i, group := range all {
		groups[i] = team.Group{ID: group.ID, Name: group.DisplayName, Role: group.Role}
	}

	return groups
}
