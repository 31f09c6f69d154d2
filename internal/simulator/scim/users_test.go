package scim_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

const (
	usersPath  = "/scim/v2/Users"
	groupsPath = "/scim/v2/Groups"
	scimScope  = "user-provisioning.scim"
	scimType   = "application/scim+json"

	userURN      = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupURN     = "urn:ietf:params:scim:schemas:core:2.0:Group"
	extensionURN = "urn:celonis:params:scim:schemas:extension:2.0:User"
	searchURN    = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

	adaID = "0b6f8a54-2d1c-4e59-9a37-6c1f0e2d7b10"
	bobID = "5c0a2f0e-77aa-43f5-8a43-0d0a5f6b9c21"
	grpID = "f0f1c1aa-2f19-4f0f-b7a3-5d6e2f3b4c5d"
)

// newSCIMTeam returns a team with Ada, Bob and a group that contains Ada.
func newSCIMTeam(t *testing.T, opts scim.Options) simulatortest.Team {
	t.Helper()

	return simulatortest.NewTeam(t, simulator.Options{SCIM: withPeople(opts), Now: simulatortest.NewClock().Read})
}

func withPeople(opts scim.Options) scim.Options {
	opts.Users = []scim.User{
		{ID: adaID, UserName: "Ada@example.com", DisplayName: "Ada Example", ExternalID: "hr-1", Role: "MEMBER"},
		{ID: bobID, UserName: "bob@example.com"},
	}
	opts.Groups = []scim.Group{
		{ID: grpID, DisplayName: "Finance analysts", ExternalID: "grp-1", Role: "ANALYST", Members: []string{adaID}},
	}

	return opts
}

func TestGeneratedIDsAvoidExistingAndDeletedOnes(t *testing.T) {
	t.Parallel()

	create := func(tm simulatortest.Team) string {
		return fmt.Sprint(tm.SCIM("POST", usersPath, userBody(`"userName": "new@example.com"`)).Want(http.StatusOK).Object()["id"])
	}

	id := create(simulatortest.NewTeam(t, simulator.Options{}))
	existing := simulator.Options{SCIM: scim.Options{Users: []scim.User{{ID: id, UserName: "old@example.com"}}}}

	if got := create(simulatortest.NewTeam(t, existing)); got == id {
		t.Errorf("the id %s of an existing user was generated again", got)
	}

	tm := simulatortest.NewTeam(t, existing)
	tm.SCIM("DELETE", usersPath+"/"+id, "").Want(http.StatusNoContent)

	if got := create(tm); got == id {
		t.Errorf("the id %s of a deleted user was generated again", got)
	}
}

// userBody and groupBody return a request body that contains the schema and the given JSON members.
func userBody(members string) string { return scimBody(userURN, members) }

func groupBody(members string) string { return scimBody(groupURN, members) }

func scimBody(urn, members string) string {
	if members != "" {
		members = "," + members
	}

	return `{"schemas":["` + urn + `"]` + members + `}`
}

func TestUserLifeCycle(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})
	created := tm.SCIM(http.MethodPost, usersPath, `{"schemas":["`+userURN+`","`+extensionURN+`"],"userName":"Cleo@example.com",
		"displayName":"Cleo","externalId":"hr-3","role":"analyst","sendEmailOnInvitation":"true"}`).Want(http.StatusOK)
	id := created.Text("id")

	want := map[string]any{
		"schemas": []any{userURN, extensionURN}, "id": id, "userName": "Cleo@example.com", "displayName": "Cleo",
		"externalId": "hr-3", "role": "ANALYST",
		"meta": map[string]any{
			"resourceType": "User", "location": "http://team.test" + usersPath + "/" + id,
			"created": "2026-03-04T14:03:21Z", "lastModified": "2026-03-04T14:03:21Z",
		},
	}
	if !reflect.DeepEqual(created.Object(), want) || created.Header.Get("Content-Type") != scimType {
		t.Errorf("body = %v, want %v", created.Object(), want)
	}

	if got := tm.User(id); got != (scim.User{
		ID: id, UserName: "Cleo@example.com", DisplayName: "Cleo", ExternalID: "hr-3", Role: "ANALYST", Invited: true,
	}) {
		t.Errorf("stored %+v", got)
	}

	if got := tm.SCIM(http.MethodGet, usersPath+"/"+id, "").Want(http.StatusOK); got.Body != created.Body {
		t.Errorf("the GET returned %s, want %s", got.Body, created.Body)
	}

	// The PUT clears omitted attributes and resets the role to MEMBER.
	replaced := tm.SCIM(http.MethodPut, usersPath+"/"+id, userBody(`"userName":"cleo@EXAMPLE.com"`)).Want(http.StatusOK)
	if got := tm.User(id); got != (scim.User{ID: id, UserName: "Cleo@example.com", Role: "MEMBER", Invited: true}) {
		t.Errorf("stored %+v", got)
	}

	if _, hasName := replaced.Object()["displayName"]; hasName || replaced.Text("role") != "MEMBER" {
		t.Errorf("the PUT returned %s", replaced.Body)
	}

	if got := tm.SCIM(http.MethodDelete, usersPath+"/"+id, "").Want(http.StatusNoContent); got.Body != "" {
		t.Errorf("the DELETE returned %s", got.Body)
	}

	tm.SCIM(http.MethodGet, usersPath+"/"+id, "").WantSCIMError(http.StatusNotFound, "", id)
	tm.SCIM(http.MethodPut, usersPath+"/"+id, userBody(`"userName":"cleo@example.com"`)).Want(http.StatusNotFound)
	tm.SCIM(http.MethodDelete, usersPath+"/"+id, "").Want(http.StatusNotFound)
}

func TestUserCreatedWithoutARoleIsAMember(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})
	for _, role := range []string{"", `,"role":null`} {
		name := fmt.Sprintf("x%d@example.com", len(role))
		got := tm.SCIM(http.MethodPost, usersPath, userBody(`"userName":"`+name+`"`+role)).Want(http.StatusOK)

		if got.Text("role") != "MEMBER" || tm.User(got.Text("id")).Invited {
			t.Errorf("%s: body = %s", role, got.Body)
		}
	}
}

func TestInvalidUsersAreRejected(t *testing.T) {
	t.Parallel()

	long := strings.Repeat("ö", 101)

	for name, test := range map[string]struct{ method, body, kind, detail string }{
		"not JSON":              {"", `{"schemas":`, "invalidSyntax", "JSON"},
		"an array":              {"", `[]`, "invalidValue", "not a JSON object"},
		"no schemas":            {"", `{"userName":"x@example.com"}`, "invalidValue", userURN},
		"different schema":      {"", `{"schemas":["` + groupURN + `"],"userName":"x@example.com"}`, "invalidValue", groupURN},
		"repeated schema":       {"", `{"schemas":["` + userURN + `","` + userURN + `"],"userName":"x@example.com"}`, "invalidValue", "repeated"},
		"extension alone":       {"", `{"schemas":["` + extensionURN + `"],"userName":"x@example.com"}`, "invalidValue", userURN},
		"misspelt member":       {"", userBody(`"username":"x@example.com"`), "invalidValue", "username"},
		"repeated member":       {"", userBody(`"userName":"x@example.com","userName":"x@example.com"`), "invalidValue", "repeated"},
		"id in a create":        {"", userBody(`"userName":"x@example.com","id":"1"`), "invalidValue", `"id"`},
		"active in a create":    {"", userBody(`"userName":"x@example.com","active":true`), "invalidValue", `"active"`},
		"members of a user":     {"", userBody(`"userName":"x@example.com","members":[]`), "invalidValue", `"members"`},
		"no user name":          {"", userBody(""), "invalidValue", "e-mail"},
		"empty user name":       {"", userBody(`"userName":""`), "invalidValue", "e-mail"},
		"null as user name":     {"", userBody(`"userName":null`), "invalidValue", "e-mail"},
		"number as user name":   {"", userBody(`"userName":7`), "invalidValue", "string"},
		"not an e-mail address": {"", userBody(`"userName":"ada"`), "invalidValue", "e-mail"},
		"whitespace in e-mail":  {"", userBody(`"userName":"a b@example.com"`), "invalidValue", "e-mail"},
		"long name":             {"", userBody(`"userName":"x@example.com","displayName":"` + long + `"`), "invalidValue", "100"},
		"unknown role":          {"", userBody(`"userName":"x@example.com","role":"VIEWER"`), "invalidValue", "VIEWER"},
		"empty role":            {"", userBody(`"userName":"x@example.com","role":""`), "invalidValue", "role"},
		"boolean invitation":    {"", userBody(`"userName":"x@example.com","sendEmailOnInvitation":true`), "invalidValue", "sendEmail"},
		"invalid invitation":    {"", userBody(`"userName":"x@example.com","sendEmailOnInvitation":"yes"`), "invalidValue", "sendEmail"},
		"taken name":            {"", userBody(`"userName":"ADA@example.com"`), "", "taken"},
		"role in the extension": {"", userBody(`"userName":"x@example.com","` + extensionURN + `":{"role":"ADMIN"}`), "invalidValue", "extension"},

		"changed name":        {"PUT", userBody(`"userName":"x@example.com"`), "mutability", "userName"},
		"no name in a PUT":    {"PUT", userBody(`"displayName":"x"`), "invalidValue", "userName is missing"},
		"different id":        {"PUT", userBody(`"userName":"ada@example.com","id":"` + bobID + `"`), "mutability", "id"},
		"changed active":      {"PUT", userBody(`"userName":"ada@example.com","active":false`), "mutability", "active"},
		"changed emails":      {"PUT", userBody(`"userName":"ada@example.com","emails":[]`), "mutability", "emails"},
		"invitation in a PUT": {"PUT", userBody(`"userName":"ada@example.com","sendEmailOnInvitation":"true"`), "mutability", "create"},
		"long name in a PUT":  {"PUT", userBody(`"userName":"ada@example.com","displayName":"` + long + `"`), "invalidValue", "100"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tm := newSCIMTeam(t, scim.Options{})
			before := tm.Users()

			method, target := http.MethodPost, usersPath
			if test.method != "" {
				method, target = test.method, usersPath+"/"+adaID
			}

			tm.SCIM(method, target, test.body).WantSCIMError(http.StatusBadRequest, test.kind, test.detail)

			if after := tm.Users(); !slices.Equal(before, after) {
				t.Errorf("%+v became %+v", before, after)
			}
		})
	}
}

func TestUserNameOf100CharactersIsAccepted(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})
	tm.SCIM(http.MethodPost, usersPath, userBody(`"userName":"x@example.com","displayName":"`+strings.Repeat("ö", 100)+`"`)).
		Want(http.StatusOK)
}

func TestPUTAcceptsTheBodyOfAGET(t *testing.T) {
	t.Parallel()

	for _, place := range scim.RoleLocation("").Words() {
		tm := newSCIMTeam(t, scim.Options{Extras: scim.ExtrasAll, RoleLocation: place})
		for _, target := range []string{usersPath + "/" + adaID, groupsPath + "/" + grpID} {
			before := tm.SCIM(http.MethodGet, target, "").Want(http.StatusOK)
			got := tm.SCIM(http.MethodPut, target, before.Body).Want(http.StatusOK)

			if place != scim.RoleAbsent && got.Body != before.Body {
				t.Errorf("the PUT of %s returned %s", before.Body, got.Body)
			}
		}
	}
}

func TestDeletedUserIsRemovedFromGroups(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})
	tm.ChangeGroup(grpID, func(group *scim.Group) { group.Members = []string{bobID, adaID} })
	tm.SCIM(http.MethodDelete, usersPath+"/"+adaID, "").Want(http.StatusNoContent)

	if got := tm.Group(grpID).Members; !slices.Equal(got, []string{bobID}) {
		t.Errorf("members = %v", got)
	}
}

func TestLicenceLimitsUsersByEffectiveRole(t *testing.T) {
	t.Parallel()

	const ada, bob, group = usersPath + "/" + adaID, usersPath + "/" + bobID, groupsPath + "/" + grpID

	cleo := userBody(`"userName":"cleo@example.com","role":"ANALYST"`)

	for name, test := range map[string]struct {
		seats                scim.Seats
		method, target, body string
		want                 int
	}{
		"one more user":               {scim.Seats{Total: 2}, "POST", usersPath, cleo, 400},
		"the last seat":               {scim.Seats{Total: 3}, "POST", usersPath, cleo, 200},
		"one more analyst":            {scim.Seats{Analysts: 1}, "POST", usersPath, cleo, 400},
		"one more member":             {scim.Seats{Members: 1}, "POST", usersPath, userBody(`"userName":"c@example.com"`), 400},
		"promoted user":               {scim.Seats{Analysts: 1}, "PUT", bob, userBody(`"userName":"bob@example.com","role":"ANALYST"`), 400},
		"promoted to effective role":  {scim.Seats{Analysts: 1}, "PUT", ada, userBody(`"userName":"ada@example.com","role":"ANALYST"`), 200},
		"promoted user, enough seats": {scim.Seats{Analysts: 2}, "PUT", bob, userBody(`"userName":"bob@example.com","role":"ANALYST"`), 200},
		"group with a higher role":    {scim.Seats{Admins: 1}, "PUT", group, groupBody(`"displayName":"F","role":"ADMIN","members":[{"value":"` + adaID + `"},{"value":"` + bobID + `"}]`), 400},
		"additional group member":     {scim.Seats{Analysts: 1}, "PUT", group, groupBody(`"displayName":"F","role":"ANALYST","members":[{"value":"` + adaID + `"},{"value":"` + bobID + `"}]`), 400},
		"new group":                   {scim.Seats{Analysts: 1}, "POST", groupsPath, groupBody(`"displayName":"N","role":"ANALYST","members":[{"value":"` + bobID + `"}]`), 400},
		"change that needs no seat":   {scim.Seats{Total: 1}, "PUT", bob, userBody(`"userName":"bob@example.com","displayName":"B"`), 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tm := newSCIMTeam(t, scim.Options{Seats: test.seats, ETags: scim.ETagsMeta})
			users, groups := tm.SCIM(http.MethodGet, usersPath, "").Body, tm.SCIM(http.MethodGet, groupsPath, "").Body
			got := tm.SCIM(test.method, test.target, test.body).Want(test.want)

			if test.want == http.StatusOK {
				return
			}

			got.WantSCIMError(http.StatusBadRequest, "", "licence")

			// The rejected change must not change any versions either.
			if tm.SCIM(http.MethodGet, usersPath, "").Body != users || tm.SCIM(http.MethodGet, groupsPath, "").Body != groups {
				t.Error("the rejected change modified the team")
			}
		})
	}
}
