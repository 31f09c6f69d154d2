package simulatortest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// SCIMPage is a page of users or groups.
type SCIMPage struct {
	Schemas                                []string
	TotalResults, StartIndex, ItemsPerPage int
	Resources                              []map[string]any
}

// IDs returns the ids of the resources on the page.
func (p SCIMPage) IDs() []string {
	ids := make([]string, len(p.Resources))
	for i, resource := range p.Resources {
		ids[i], _ = resource["id"].(string)
	}

	return ids
}

// SCIMPage returns the body as a page and checks its envelope.
func (r Reply) SCIMPage() SCIMPage {
	r.T.Helper()
	r.Want(http.StatusOK)

	var page SCIMPage
	if err := json.Unmarshal([]byte(r.Body), &page); err != nil {
		r.T.Fatalf("%v: %s", err, r.Body)
	}

	if !slices.Equal(page.Schemas, []string{"urn:ietf:params:scim:api:messages:2.0:ListResponse"}) ||
		page.ItemsPerPage != len(page.Resources) {
		r.T.Errorf("%s", r.Body)
	}

	return page
}

// SCIM sends a request with the default user key. header contains alternating names and values.
func (tm Team) SCIM(method, target, body string, header ...string) Reply {
	tm.T.Helper()

	header = append(header, authorization()...)
	if body != "" && !slices.Contains(header, "Content-Type") {
		header = append(header, "Content-Type", "application/scim+json")
	}

	return tm.Do(method, target, body, header...)
}

// User returns a user as stored in the team.
func (tm Team) User(id string) scim.User {
	tm.T.Helper()

	users := tm.Users()
	i := slices.IndexFunc(users, func(user scim.User) bool { return user.ID == id })

	if i < 0 {
		tm.T.Fatalf("the team contains no user %s", id)
	}

	return users[i]
}

// Group returns a group as stored in the team.
func (tm Team) Group(id string) scim.Group {
	tm.T.Helper()

	groups := tm.Groups()
	i := slices.IndexFunc(groups, func(group scim.Group) bool { return group.ID == id })

	if i < 0 {
		tm.T.Fatalf("the team contains no group %s", id)
	}

	return groups[i]
}

// WantSCIMError checks that the reply is a SCIM error with the given status and scimType, and that its detail contains the given text.
func (r Reply) WantSCIMError(status int, kind, detail string) {
	r.T.Helper()
	r.Want(status)

	var body struct {
		Schemas                  []string
		Status, Detail, ScimType string
	}
	if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
		r.T.Fatalf("%v: %s", err, r.Body)
	}

	if body.Status != strconv.Itoa(status) || body.ScimType != kind || !strings.Contains(body.Detail, detail) ||
		!slices.Equal(body.Schemas, []string{"urn:ietf:params:scim:api:messages:2.0:Error"}) {
		r.T.Errorf("body = %s, want scimType %q and %q", r.Body, kind, detail)
	}
}
