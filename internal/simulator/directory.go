package simulator

// directory shows the users and groups that SCIM manages to the reports on the team.
type directory struct{ users *scim }

// People are the users.
func (d directory) People() []Person {
	accounts := d.users.Accounts()
	persons := make([]Person, len(accounts))

	for i, account := range accounts {
		persons[i] = Person{
			ID: account.ID, Name: account.DisplayName, Email: account.UserName, Role: account.Role, Inactive: account.Inactive,
			Joined: account.Created,
		}

		for _, group := range account.Groups {
			persons[i].Groups = append(persons[i].Groups, MemberGroup{Name: group.DisplayName, Role: group.Role})
		}
	}

	return persons
}

// Groups are the groups.
func (d directory) Groups() []Group {
	all := d.users.Groups()
	groups := make([]Group, len(all))

	for i, group := range all {
		groups[i] = Group{ID: group.ID, Name: group.DisplayName, Role: group.Role}
	}

	return groups
}
