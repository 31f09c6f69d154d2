package simulator

import "time"

// Directory is the users and groups of the team as they are now. Whatever the team reports is about them.
type Directory interface {
	People() []Person
	Groups() []Group
}

// Person is a user of the team.
type Person struct {
	ID, Name, Email string
	// Role is ADMIN, ANALYST or MEMBER.
	Role string
	// Inactive users are locked.
	Inactive bool
	Joined   time.Time
	Groups   []MemberGroup
}

// Group is a group of the team. Role may be empty.
type Group struct{ ID, Name, Role string }

// newReports returns the areas of the reports on the team. The options have been checked.
func newReports(opts ReportOptions, directory Directory, seed uint64, now func() time.Time) []area {
	people := newPeople(directory, seed, now())

	return []area{
		newTeamMembers(&opts, people, now).area(), newLoginHistory(&opts, people).area(), newPermissions(&opts, people).area(),
		newAuditLogs(&opts, people).area(),
	}
}
