package client

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// TeamMember is a member of the team. Source: schema MemberProfileExternalTransport of the Team API, in which all fields are optional.
type TeamMember struct {
	// UserID is empty if Celonis does not return it.
	UserID string
	// Name and Email are parsed from a single string that the service returns.
	Name, Email  string
	Role, Status string
	// LastLogin is an RFC 3339 time in UTC if the service's text has the documented format. Otherwise, it is that text unchanged. It is empty for a
	// member who has never signed in.
	LastLogin string
	// InactivityDays is the number of days since the last login, or nil if the service does not return it.
	InactivityDays *int
	// Groups are sorted by name.
	Groups []MemberGroup
}

// MemberGroup is a group that a member belongs to. The service does not return the group's id.
type MemberGroup struct{ Name, Role string }

// TeamMembers returns all members of the team, sorted by id. If includeInternal is true, the result includes internal members. The vendor does
// not explain this term, which probably means Celonis staff. The returned slice is shared, so callers must not modify it. Source: operation
// getMemberProfileExternalTransport of the Team API, which requires the includeInternal parameter although it has a default.
func (c *Client) TeamMembers(ctx context.Context, includeInternal bool) ([]TeamMember, error) {
	list := c.teamMembers(includeInternal)
	key := paging.KeyOf(AreaTeamMembers, list.path, list.query.Encode())

	members, _, err := paging.Shared(ctx, c.Caller, key, time.Time{}, func(ctx context.Context) ([]TeamMember, error) {
		members, _, err := list.pages().All(ctx)

		slices.SortFunc(members, func(a, b TeamMember) int {
			return cmp.Or(cmp.Compare(a.UserID, b.UserID), cmp.Compare(a.identity(), b.identity()))
		})

		return members, err
	})

	return members, err
}

func (c *Client) teamMembers(includeInternal bool) teamList[memberItem, TeamMember] {
	return teamList[memberItem, TeamMember]{
		client: c, area: AreaTeamMembers, name: "the list of team members", path: []string{"api", "external", "members"},
		query: url.Values{"includeInternal": {strconv.FormatBool(includeInternal)}}, convert: memberItem.member, id: TeamMember.identity,
	}
}

// identity returns the unique key of a member. A member without an id is identified by e-mail address or, if that is also missing, by name.
func (m TeamMember) identity() string {
	return m.UserID + "\x00" + cmp.Or(m.UserID, m.Email, m.Name)
}

type memberItem struct {
	UserID           transport.LenientString `json:"userId"`
	NameAndEmail     transport.LenientString `json:"nameAndEmail"`
	UserRole         transport.LenientString `json:"userRole"`
	Status           transport.LenientString `json:"status"`
	LastLogin        transport.LenientString `json:"lastLogin"`
	InactivityPeriod *transport.LenientInt   `json:"inactivityPeriod"`
	Group            transport.JSONArray[struct {
		Name     transport.LenientString `json:"name"`
		TeamRole transport.LenientString `json:"teamRole"`
	}] `json:"group"`
}

func (i memberItem) member() (TeamMember, error) {
	member := TeamMember{
		UserID: string(i.UserID), Role: string(i.UserRole), Status: string(i.Status), LastLogin: parseLastLogin(string(i.LastLogin)),
	}
	member.Name, member.Email = splitNameAndEmail(string(i.NameAndEmail))

	if member.UserID == "" && member.Name == "" && member.Email == "" {
		return member, errors.New("is a member without an id, name or e-mail address")
	}

	if i.InactivityPeriod != nil {
		days := int(*i.InactivityPeriod)
		member.InactivityDays = &days
	}

	for _, group := range i.Group {
		member.Groups = append(member.Groups, MemberGroup{Name: string(group.Name), Role: string(group.TeamRole)})
	}

	slices.SortFunc(member.Groups, func(a, b MemberGroup) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Role, b.Role))
	})

	return member, nil
}

// splitNameAndEmail splits "Name (email)" at the last parenthesis, because a name may contain parentheses. Any other text is an e-mail address
// if it looks like one, and a name otherwise.
func splitNameAndEmail(text string) (name, email string) {
	text = strings.TrimSpace(text)

	if open := strings.LastIndex(text, "("); open >= 0 && strings.HasSuffix(text, ")") {
		inside := strings.TrimSpace(text[open+1 : len(text)-1])
		if inside == "" || strings.Contains(inside, "@") {
			return strings.TrimSpace(text[:open]), inside
		}
	}

	if strings.Contains(text, "@") && !strings.ContainsFunc(text, unicode.IsSpace) {
		return "", text
	}

	return text, ""
}

// parseLastLogin converts "12/10/2023, 6:49:07 AM UTC", with the month first, to RFC 3339. Newer Java versions write a narrow no-break
// space before AM and PM. Other text is returned unchanged.
func parseLastLogin(text string) string {
	plain := strings.Join(strings.Fields(text), " ")

	if at, err := time.Parse("1/2/2006, 3:04:05 PM UTC", plain); err == nil {
		return at.UTC().Format(time.RFC3339)
	}

	if at, err := time.Parse(time.RFC3339, plain); err == nil {
		return at.UTC().Format(time.RFC3339)
	}

	return strings.TrimSpace(text)
}
