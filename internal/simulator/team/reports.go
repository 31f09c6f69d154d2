// Package team implements the APIs that report on a simulated team: members, login history, permissions and audit logs. The users and
// groups that the reports are about are passed in as a Directory.
package team

import (
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Directory provides the current users and groups of the team. All reports are about them.
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

// New returns the areas of the reports on the team. The options must be valid.
func New(opts Options, directory Directory, seed uint64, now func() time.Time) []server.Area {
	people := newPeople(directory, seed, now())

	return []server.Area{
		newTeamMembers(&opts, people, now).area(), newLoginHistory(&opts, people).area(), newPermissions(&opts, people).area(),
		newAuditLogs(&opts, people).area(),
	}
}
