package team

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Member is a team member as returned by the Team API.
type Member struct {
	// ID is the user id of the member.
	ID string
	// Name is the name of the member.
	Name string
	// Email is the member's e-mail address.
	Email string
	// Role is the member's role in the team.
	Role string
	// Status is the status of the member in the team.
	Status string
	// LastLogin is the time of the member's last sign-in. By default, the member has never signed in.
	LastLogin time.Time
	// Groups are the member's groups.
	Groups []MemberGroup
	// Internal marks an internal member. Responses to requests with `includeInternal=false` omit internal members.
	Internal bool
}

// MemberGroup is a group that a member belongs to.
type MemberGroup struct {
	// Name is the name of the group.
	Name string
	// Role is the role that the group grants its members.
	Role string
}

// teamMembers serves the members endpoint of the Team API, which returns the team's current users and the members in Options. Further members
// are generated on demand, so that a team with 100,000 members needs little memory.
type teamMembers struct {
	opts   *Options
	people people
	count  int // number of generated members
	given  []Member
	now    func() time.Time
}

func newTeamMembers(opts *Options, people people, now func() time.Time) *teamMembers {
	return &teamMembers{
		opts: opts, people: people, count: opts.Members, given: opts.TeamMembers, now: now,
	}
}

// list serves GET /members.
func (m *teamMembers) list(c *server.Call) server.Response {
	request, problem := m.opts.pageRequest(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	internal := true

	switch text := c.Query.Get("includeInternal"); {
	case text == "false":
		internal = false
	case text == "true":
	case c.Query.Has("includeInternal") || m.opts.IncludeInternal == Required:
		return c.Fail(server.Failure{
			Status:    http.StatusBadRequest,
			Code:      server.CodeMismatch,
			Detail:    "The parameter includeInternal must be true or false.",
			Attribute: "includeInternal",
		})
	}

	external := make([]Member, 0, len(m.given))

	for _, member := range slices.Concat(m.given, m.people.members()) {
		if internal || !member.Internal {
			external = append(external, member)
		}
	}

	count := m.count
	if !internal {
		count = externalPeople(count)
	}

	return m.opts.respondPage(c, request, server.Listing{
		Count: len(external) + count,
		Item: func(i int) server.Object {
			if i < len(external) {
				return m.item(c, external[i])
			}

			i -= len(external)
			if !internal {
				i = externalPerson(i)
			}

			return m.item(c, m.people.member(i))
		},
		Generated: func(i int) server.Object { return m.item(c, m.people.member(i)) },
	})
}

func (m *teamMembers) item(c *server.Call, member Member) server.Object {
	item := server.Object{}
	c.Optional(item, "userId", member.ID)
	c.Optional(item, "nameAndEmail", strings.TrimSpace(fmt.Sprintf("%s (%s)", member.Name, member.Email)))
	c.Optional(item, "userRole", member.Role)
	c.Optional(item, "status", member.Status)

	signedIn := !member.LastLogin.IsZero()
	last := member.LastLogin.UTC().Format("1/2/2006, 3:04:05 PM UTC")

	if m.opts.NarrowSpaces {
		last = strings.NewReplacer(" AM", "\u202fAM", " PM", "\u202fPM").Replace(last)
	}

	c.OptionalValue(item, "lastLogin", last, signedIn)
	c.OptionalValue(item, "inactivityPeriod", int(m.now().Sub(member.LastLogin).Hours()/24), signedIn)

	groups := make([]server.Object, 0, len(member.Groups))

	for _, group := range member.Groups {
		shown := server.Object{"name": group.Name}
		c.Optional(shown, "teamRole", group.Role)
		groups = append(groups, m.opts.report(shown))
	}

	c.OptionalValue(item, "group", groups, len(groups) > 0)

	return item
}

// area describes the members endpoint of the Team API (see the vendor's OpenAPI file). The vendor does not document any required permission.
func (m *teamMembers) area() server.Area {
	return server.Area{
		Name:   "team-members",
		Prefix: teamPrefix,
		Scope:  "team.user-group-info:read",
		Routes: []server.Route{
			{
				Method: http.MethodGet, Pattern: teamPrefix + "/members",
				Query: []string{"pageNumber", "pageSize", "includeInternal"}, Serve: m.list, Pages: true,
			},
		},
	}
}

// teamPrefix is the path prefix of the Team API.
const teamPrefix = "/api/external"
