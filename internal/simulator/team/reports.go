// Package team simulates the APIs that report on a team: members, login history, permissions and audit logs. A Directory provides the users
// and groups to which the reports refer.
package team

import (
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Directory provides the team's current users and groups, to which all reports refer.
type Directory interface {
	People() []Person
	Groups() []Group
}

// Person is a user of the team.
type Person struct {
	ID, Name, Email string
	// Role is ADMIN, ANALYST or MEMBER.
	Role string
	// Inactive is true for locked users.
	Inactive bool
	Joined   time.Time
	Groups   []MemberGroup
}

// Group is a group of the team. Role may be empty.
type Group struct{ ID, Name, Role string }

// New returns the areas that serve the team reports. The options must be valid.
func New(opts Options, directory Directory, seed uint64, now func() time.Time) []server.Area {
	people := newPeople(directory, seed, now())

	return []server.Area{
		newTeamMembers(&opts, people, now).area(), newLoginHistory(&opts, people).area(), newPermissions(&opts, people).area(),
		newAuditLogs(&opts, people).area(),
	}
}
