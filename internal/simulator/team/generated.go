package team

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// people generates team members and their events. The same seed always generates the same people.
type people struct {
	directory Directory
	seed      uint64
	until     time.Time // the time before which all events occur
	// These fields contain the users and groups that exist when the simulator starts. All reports refer to these users and groups. If the
	// team has no users, the reports refer to generated people instead.
	users  []Member
	groups []Group
}

// newPeople returns a generator for a team. It records the users and groups that the directory contains at this time.
func newPeople(directory Directory, seed uint64, until time.Time) people {
	p := people{directory: directory, seed: seed, until: until, groups: directory.Groups()}
	p.users = p.members()

	return p
}

// members returns the current users as team members.
func (p people) members() []Member {
	persons := p.directory.People()
	members := make([]Member, len(persons))

	for i, person := range persons {
		members[i] = p.memberOf(person)
	}

	return members
}

// memberOf returns a user as a team member. Users who joined after the simulator started have never signed in.
func (p people) memberOf(user Person) Member {
	random := server.RandomFor(p.seed, "member", user.ID)
	member := Member{
		ID: user.ID, Name: user.Name, Email: user.Email, Role: user.Role, Status: "Active", Groups: user.Groups,
		LastLogin: p.someTimeAgo(random), Internal: random.IntN(internalEvery) == 0,
	}

	switch {
	case user.Inactive:
		member.Status = "Locked"
	case user.Joined.After(p.until):
		member.Status, member.LastLogin, member.Internal = "Invited", time.Time{}, false
	}

	return member
}

// someTimeAgo returns a time within the last 400 days.
func (p people) someTimeAgo(random *rand.Rand) time.Time {
	return p.until.Add(-time.Duration(random.IntN(400*24*3600)) * time.Second).Truncate(time.Second)
}

// subject returns the i-th person who has permissions.
func (p people) subject(i int) Member {
	if len(p.users) > 0 {
		return p.users[i%len(p.users)]
	}

	return p.member(i)
}

// group returns the i-th group that reports refer to.
func (p people) group(i int) Group {
	if len(p.groups) > 0 {
		return p.groups[i%len(p.groups)]
	}

	name := fmt.Sprintf("Group %d", i%17)

	return Group{ID: server.UUID(server.RandomFor(p.seed, "group", name)), Name: name}
}

// One in internalEvery generated members is internal.
const internalEvery = 20

// externalPeople returns how many of the first count generated members are not internal.
func externalPeople(count int) int { return count - count/internalEvery }

// externalPerson returns the index, among all generated members, of the i-th member who is not internal.
func externalPerson(i int) int { return i + i/(internalEvery-1) }

// member generates the i-th member. The first member is an administrator.
func (p people) member(i int) Member {
	first := []string{"Ada", "Björn", "Chiara", "Dipa", "Émile", "Fatma", "Goran", "Hanna", "Ivo", "Jun", "Kofi", "Łucja"}
	last := []string{"Alvarez", "Brandt", "Chen", "Duval", "Eriksen", "Fischer", "García", "Haddad", "Ito", "Jansen", "Kowalska"}

	random := server.RandomFor(p.seed, "member", strconv.Itoa(i))
	name := first[i%len(first)] + " " + last[i/len(first)%len(last)]
	member := Member{
		ID: server.UUID(random), Name: name, Email: fmt.Sprintf("member-%d@example.com", i), Role: "MEMBER", Status: "Active",
		LastLogin: p.someTimeAgo(random),
	}

	switch {
	case i%50 == 0:
		member.Role = "ADMIN"
	case i%7 == 3:
		member.Role = "ANALYST"
	}

	if i%internalEvery == internalEvery-1 {
		member.Internal = true
		member.Name += " (Celonis)"
	}

	switch {
	case i%13 == 12:
		member.Status, member.LastLogin = "Invited", time.Time{}
	case i%29 == 28:
		member.Status = "Locked"
	}

	for group := range random.IntN(3) {
		member.Groups = append(member.Groups, MemberGroup{
			Name: p.group(i + group*5).Name, Role: []string{"MEMBER", "ANALYST"}[group%2],
		})
	}

	return member
}

// someone returns a random user. If the team has no users, it returns a random generated member instead.
func (p people) someone(random *rand.Rand, members int) Member {
	if len(p.users) > 0 {
		return p.users[random.IntN(len(p.users))]
	}

	if members == 0 {
		members = 20
	}

	return p.member(random.IntN(members))
}

// when returns the time of the i-th event if count events are distributed evenly.
func (p people) when(i, count int) time.Time {
	return p.until.Add(-time.Duration(i+1) * generatedSpan / time.Duration(count+1)).Truncate(time.Millisecond)
}

// logins generates sign-ins. One in nine sign-ins fails.
func (p people) logins(count, members int) []LoginEvent {
	events := make([]LoginEvent, 0, count)
	random := server.RandomFor(p.seed, "logins")

	for i := range count {
		event := LoginEvent{Type: "LOGIN_SSO", Email: p.someone(random, members).Email, Success: true, Time: p.when(i, count)}

		switch {
		case i%9 == 8:
			event.Type, event.Success = "BAD_CREDENTIALS", false
		case i%3 == 2:
			event.Type = "LOGOUT"
		}

		events = append(events, event)
	}

	return events
}

func (p people) audits(count, members int) []AuditEvent {
	events := make([]AuditEvent, 0, count)
	random := server.RandomFor(p.seed, "audits")

	for i := range count {
		actor, other := p.someone(random, members), p.someone(random, members)
		event := AuditEvent{
			UserID: actor.ID, UserRole: actor.Role, Event: "STUDIO_NODE_UPDATED", Time: p.when(i, count), Port: "443",
			IPAddress: fmt.Sprintf("192.0.2.%d", i%250), Message: map[string]any{"id": server.UUID(random), "nodeType": "ASSET"},
		}

		switch i % 5 {
		case 1:
			event.Event, event.Message = "TEAM_MEMBERSHIP_UPDATED", map[string]any{"email": other.Email}
			event.Diff = &AuditDiff{Old: "MEMBER", New: "ANALYST"}
		case 2:
			event.Event = "USER_JOIN_GROUP"
			event.Message = map[string]any{"email": other.Email, "groupName": p.group(i).Name}
			event.IPAddress, event.Port = "", ""
		case 3:
			event.Event = "PERMISSIONS_UPDATE"
			event.Message = map[string]any{
				"subjectDescription": other.Name, "subjectType": "USER", "objectDescription": "Finance",
				"oldPermission": []string{}, "newPermission": []string{"USE_PACKAGE"},
			}
		}

		events = append(events, event)
	}

	return events
}

// grants generates permissions. The services and actions are taken from the vendor's pages and clients.
func (p people) grants(count int) []Grant {
	grants := make([]Grant, 0, count)
	for i := range count {
		member := p.subject(i / 2)
		grant := Grant{
			SubjectName: member.Name, SubjectType: "USER", SubjectID: member.ID, Role: member.Role, Service: "package-manager",
			ObjectName: fmt.Sprintf("Package %d", i%23), ObjectType: "PACKAGE",
			ObjectID: server.UUID(server.RandomFor(p.seed, "package", strconv.Itoa(i%23))),
			Actions:  []string{"USE_PACKAGE"},
		}

		for _, group := range member.Groups {
			grant.Groups = append(grant.Groups, group.Name)
		}

		switch i % 4 {
		case 1:
			grant.Actions = []string{"USE_PACKAGE", "CREATE_PACKAGE"}
		case 2:
			grant.Service, grant.ObjectName, grant.ObjectType, grant.ObjectID = "event-collection", "", "", ""
			grant.Actions = []string{"USE_ALL_DATA_MODELS"}
		case 3:
			group := p.group(i / 4)
			grant.SubjectName, grant.SubjectType, grant.SubjectID, grant.Groups = group.Name, "GROUP", group.ID, nil
			grant.Role = group.Role
		}

		grants = append(grants, grant)
	}

	return grants
}

// current returns the grants of the current users and groups. It omits the grants of removed subjects, updates the name, role and groups of
// changed subjects, and adds one grant for each new user or group. All other grants remain unchanged.
func (p people) current(grants []Grant) []Grant {
	before := p.subjects(p.users, p.groups)
	now := p.subjects(p.members(), p.directory.Groups())

	all := make([]Grant, 0, len(grants))

	for _, grant := range grants {
		subject, exists := now.byID[grant.SubjectID]
		was, existed := before.byID[grant.SubjectID]

		switch {
		case exists && existed && !subject.sameAs(was):
			grant.SubjectName, grant.Role, grant.Groups = subject.SubjectName, subject.Role, subject.Groups
		case existed && !exists:
			continue
		}

		all = append(all, grant)
	}

	for _, id := range now.ids {
		if _, existed := before.byID[id]; !existed {
			all = append(all, now.byID[id])
		}
	}

	return all
}

// subjects contains one grant for each user and group, keyed by id.
type subjects struct {
	ids  []string
	byID map[string]Grant
}

func (people) subjects(users []Member, groups []Group) subjects {
	s := subjects{byID: make(map[string]Grant, len(users)+len(groups))}

	add := func(grant Grant) {
		grant.Service, grant.Actions = "package-manager", []string{"USE_PACKAGE"}
		s.ids = append(s.ids, grant.SubjectID)
		s.byID[grant.SubjectID] = grant
	}

	for _, user := range users {
		names := make([]string, len(user.Groups))
		for i, group := range user.Groups {
			names[i] = group.Name
		}

		add(Grant{SubjectName: user.Name, SubjectType: "USER", SubjectID: user.ID, Role: user.Role, Groups: names})
	}

	for _, group := range groups {
		add(Grant{SubjectName: group.Name, SubjectType: "GROUP", SubjectID: group.ID, Role: group.Role})
	}

	return s
}

// sameAs reports whether the subjects of two grants have the same name, role and groups.
func (g Grant) sameAs(other Grant) bool {
	return g.SubjectName == other.SubjectName && g.Role == other.Role && slices.Equal(g.Groups, other.Groups)
}

func orderEvents[E any](events []E, order EventOrder, seed uint64, timeOf func(E) time.Time) {
	slices.SortStableFunc(events, func(a, b E) int { return timeOf(b).Compare(timeOf(a)) })

	switch order {
	case OldestFirst:
		slices.Reverse(events)
	case NoOrder:
		random := server.RandomFor(seed, "events")
		random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	case NewestFirst:
	}
}

// eventsWithin returns the events in a time range without changing their order.
func eventsWithin[E any](opts *Options, events []E, from, to time.Time, timeOf func(E) time.Time) []E {
	if opts.IgnoreTimes || from.IsZero() && to.IsZero() {
		return events
	}

	return slices.DeleteFunc(slices.Clone(events), func(event E) bool {
		return !opts.Bounds.includes(timeOf(event), from, to)
	})
}
