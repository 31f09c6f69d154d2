package simulator_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func TestMembersAndPermissionsMatchTheUsers(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.DefaultTeam())
	users, groups := map[string]string{}, map[string]string{}

	for _, user := range tm.Users() {
		users[user.ID] = user.DisplayName + " (" + user.UserName + ")"
	}

	for _, group := range tm.Groups() {
		groups[group.ID] = group.DisplayName
	}

	members := allMembers(tm)
	if len(members) != len(users) || len(users) < 450 {
		t.Errorf("%d users, but %d members", len(users), len(members))
	}

	for id, name := range members {
		if name != users[id] {
			t.Errorf("the member %s is %q, but the user is %q", id, name, users[id])
		}
	}

	var export struct {
		Permissions []struct{ SubjectID, SubjectName, SubjectType string }
	}

	body := tm.Get(simulatortest.PermissionsPath).Want(http.StatusOK).Body
	if err := json.Unmarshal([]byte(body), &export); err != nil || len(export.Permissions) < 250 {
		t.Fatalf("%d permissions, error = %v", len(export.Permissions), err)
	}

	for _, permission := range export.Permissions {
		switch permission.SubjectType {
		case "USER":
			if !strings.HasPrefix(users[permission.SubjectID], permission.SubjectName+" (") {
				t.Errorf("%q (%s) has permissions, but the user is %q", permission.SubjectName, permission.SubjectID, users[permission.SubjectID])
			}
		case "GROUP":
			if groups[permission.SubjectID] != permission.SubjectName {
				t.Errorf("%q (%s) has permissions, but is not a group", permission.SubjectName, permission.SubjectID)
			}
		}
	}

	emails := strings.Join(slices.Collect(maps.Values(users)), " ")
	for _, email := range tm.Get(simulatortest.LoginEventsPath).ReportPage().Values("email") {
		if !strings.Contains(emails, "("+email+")") {
			t.Errorf("%q has signed in, but is not a user", email)
		}
	}

	for _, id := range tm.Get(simulatortest.AuditPath).ReportPage().Values("userId") {
		if users[id] == "" {
			t.Errorf("%q is in the audit log, but is not a user", id)
		}
	}
}

func TestMembersFollowChangesOfUsers(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.DefaultTeam())
	before := allMembers(tm)
	added := tm.AddUser(scim.User{UserName: "ada.lovelace@example.com", DisplayName: "Ada Lovelace"})

	after := allMembers(tm)
	if len(after) != len(before)+1 || after[added.ID] != "Ada Lovelace (ada.lovelace@example.com)" {
		t.Errorf("%d members, want %d; the new member is %q", len(after), len(before)+1, after[added.ID])
	}
}

func TestDefaultTeamNamesAreEasyToType(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.DefaultTeam())

	var names []string
	for _, group := range tm.Groups() {
		names = append(names, group.DisplayName)
	}

	for _, model := range intelligence.GenerateKnowledgeModels(500, 0) {
		names = append(names, model.Name)

		for _, trigger := range intelligence.GenerateContent(model.ID(), 0, 1).Triggers {
			names = append(names, trigger.Name)
		}
	}

	for _, name := range names {
		if strings.ContainsFunc(name, func(r rune) bool { return r > '~' }) {
			t.Errorf("%q contains a character that is not on every keyboard", name)
		}
	}
}

// allMembers returns the name and e-mail address of each member, keyed by id.
func allMembers(tm simulatortest.Team) map[string]string {
	members := map[string]string{}

	for number := 0; ; number++ {
		page := tm.Get(simulatortest.MembersPath + "?includeInternal=true&pageNumber=" + string(rune('0'+number)))
		if page.Status != http.StatusOK {
			return members
		}

		ids, names := page.ReportPage().Values("userId"), page.ReportPage().Values("nameAndEmail")
		for i, id := range ids {
			members[id] = names[i]
		}
	}
}
