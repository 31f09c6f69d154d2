package scim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

const putAda, putGroup = usersPath + "/" + adaID, groupsPath + "/" + grpID

func TestInvalidSCIMOptionsAreRejected(t *testing.T) {
	t.Parallel()

	for want, opts := range map[string]scim.Options{
		`SCIM.Base "x" is not one of /scim/v2, /user-provisioning/scim/v2, /api/user-provisioning/scim/v2`: {Base: "x"},

		`SCIM.OtherBases "x"`:                      {OtherBases: "x"},
		`SCIM.CreateStatus "x"`:                    {CreateStatus: "x"},
		`SCIM.DuplicateUser "x"`:                   {DuplicateUser: "x"},
		`SCIM.DuplicateGroup "x"`:                  {DuplicateGroup: "x"},
		`SCIM.PUTResponse "x"`:                     {PUTResponse: "x"},
		`SCIM.InvitationOnPUT "x"`:                 {InvitationOnPUT: "x"},
		`SCIM.DeleteStatus "x"`:                    {DeleteStatus: "x"},
		`SCIM.DeleteUnknown "x"`:                   {DeleteUnknown: "x"},
		`SCIM.UnknownID "x"`:                       {UnknownID: "x"},
		`SCIM.ETags "x"`:                           {ETags: "x"},
		`SCIM.ContentTypes "x"`:                    {ContentTypes: "x"},
		`SCIM.RoleLocation "x"`:                    {RoleLocation: "x"},
		`SCIM.Extras "x"`:                          {Extras: "x"},
		`SCIM.MemberElements "x"`:                  {MemberElements: "x"},
		`SCIM.EmptyMembers "x"`:                    {EmptyMembers: "x"},
		`SCIM.Filter "x"`:                          {Filter: "x"},
		`SCIM.CountAboveMax "x"`:                   {CountAboveMax: "x"},
		`SCIM.Order "x"`:                           {Order: "x"},
		`SCIM.KeptWhenOmitted "x"`:                 {KeptWhenOmitted: []string{"role", "x"}},
		`SCIM.IgnoredByPUT "userName"`:             {IgnoredByPUT: []string{"userName"}},
		"SCIM.GeneratedUsers must not be negative": {GeneratedUsers: -1}, "SCIM.GeneratedGroups must not be negative": {GeneratedGroups: -1},
		"SCIM.Seats.Total must not be negative":             {Seats: scim.Seats{Total: -1}},
		"SCIM.Seats.Members must not be negative":           {Seats: scim.Seats{Members: -1}},
		"SCIM.Seats.Analysts must not be negative":          {Seats: scim.Seats{Analysts: -1}},
		"SCIM.Seats.Admins must not be negative":            {Seats: scim.Seats{Admins: -1}},
		"SCIM.MaxReturnedMembers must not be negative":      {MaxReturnedMembers: -1},
		"SCIM.MaxCount must not be negative":                {MaxCount: -1},
		"SCIM.ListedAfterReads must not be negative":        {ListedAfterReads: -1},
		"SCIM.DelistedAfterReads must not be negative":      {DelistedAfterReads: -1},
		"SCIM.UpdatesListedAfterReads must not be negative": {UpdatesListedAfterReads: -1},

		`SCIM.Users: the user "u" is defined twice`: {Users: []scim.User{{ID: "u", UserName: "a"}, {ID: "u", UserName: "b"}}},
		`SCIM.Users: the user name "A" is defined`:  {Users: []scim.User{{UserName: "a"}, {UserName: "A"}}},
		`SCIM.Users: the user "u" has no name`:      {Users: []scim.User{{ID: "u"}}},
		`SCIM.Users: the role "x" is not one of`:    {Users: []scim.User{{UserName: "a", Role: "x"}}},
		`SCIM.Groups: the group "g" is defined`: {Groups: []scim.Group{
			{ID: "g", DisplayName: "a"}, {ID: "g", DisplayName: "b"},
		}},
		`SCIM.Groups: the group name "A" is defined`: {Groups: []scim.Group{{DisplayName: "a"}, {DisplayName: "A"}}},
		`SCIM.Groups: the group "g" has no name`:     {Groups: []scim.Group{{ID: "g"}}},
		`SCIM.Groups: the role "x" is not one of`:    {Groups: []scim.Group{{DisplayName: "a", Role: "x"}}},
		`the member "v" of the group "a" is unknown or repeated`: {
			Users: []scim.User{{ID: "v", UserName: "v"}}, Groups: []scim.Group{{DisplayName: "a", Members: []string{"v", "v"}}},
		},
		`the member "u" of the group "a" is unknown or repeated`: {Groups: []scim.Group{{DisplayName: "a", Members: []string{"u"}}}},
		"SCIM.ClientsAsUsers": {
			ClientsAsUsers: true, Users: []scim.User{{UserName: oauth.DefaultClient().ID}},
		},
	} {
		_, err := simulator.New(simulator.Options{SCIM: opts})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %q", err, want)
		}
	}
}

func TestSCIMIsServedAtOneBasePath(t *testing.T) {
	t.Parallel()

	words := scim.Base("").Words()

	for _, base := range words {
		for otherBases, want := range map[scim.OtherBases]struct {
			status                int
			contentType, contents string
		}{
			"":                     {404, "text/html; charset=utf-8", "Page not found"},
			scim.OtherHTML:         {404, "text/html; charset=utf-8", "Page not found"},
			scim.OtherLogin:        {200, "text/html; charset=utf-8", "Login"},
			scim.OtherProblem:      {404, "application/problem+json", "GENERAL_NOTFOUND_PATH"},
			scim.OtherEmpty:        {404, "", ""},
			scim.OtherUnauthorized: {401, "application/problem+json", "Unauthorized"},
		} {
			tm := simulatortest.NewTeam(t, simulator.Options{SCIM: scim.Options{Base: base, OtherBases: otherBases}})

			for _, path := range words {
				got := tm.SCIM(http.MethodGet, string(path)+"/ServiceProviderConfig", "")
				if bare := tm.SCIM(http.MethodGet, string(path), ""); path != base && bare.Body != got.Body {
					t.Errorf("%s: the base path itself returned %s", otherBases, bare.Body)
				}

				if path == base {
					got.Want(http.StatusOK)

					continue
				}

				if got.Want(want.status).Header.Get("Content-Type") != want.contentType || !strings.Contains(got.Body, want.contents) ||
					want.contents == "" && got.Body != "" {
					t.Errorf("%s: %s: header = %v, body = %s", otherBases, path, got.Header, got.Body)
				}
			}
		}
	}
}

func TestSCIMRequiresItsScopeAndPermission(t *testing.T) {
	t.Parallel()

	client := func(services ...string) oauth.Client {
		c := oauth.DefaultClient()
		c.Services = services

		return c
	}

	for name, test := range map[string]struct {
		client oauth.Client
		scope  string
		want   int
	}{
		"all permissions":     {client(), scimScope, 200},
		"required permission": {client("audit-logs", server.ServiceSCIM), scimScope, 200},
		"another permission":  {client("audit-logs"), scimScope, 403},
		"another scope":       {client(), simulatortest.ModelsScope, 403},
		"no permission":       {client([]string{}...), scimScope, 403},
	} {
		tm := simulatortest.NewTeam(t, simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{test.client}}})

		got := tm.Do(http.MethodGet, usersPath, "", "Authorization", "Bearer "+tm.Token(test.scope))
		if got.Status != test.want {
			t.Errorf("%s: status %d, body = %s", name, got.Status, got.Body)
		}

		if test.want == http.StatusForbidden {
			got.WantSCIMError(test.want, "", "permission")
		}

		// The service permission applies only to the SCIM API.
		tm.Do(http.MethodGet, simulatortest.ModelsPath, "", "Authorization", "Bearer "+tm.Token(simulatortest.ModelsScope)).Want(http.StatusOK)
	}
}

func TestKeysRequireTheSCIMPermission(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{
		OAuth: oauth.Options{
			UserKeys:        []oauth.Key{{Value: "with", Services: []string{server.ServiceSCIM}}},
			ApplicationKeys: []oauth.Key{{Value: "without", Services: []string{}}},
		},
	})
	tm.Do(http.MethodGet, usersPath, "", "Authorization", "Bearer with").Want(http.StatusOK)
	tm.Do(http.MethodGet, usersPath, "", "Authorization", "AppKey without").WantSCIMError(http.StatusForbidden, "", "permission")
	tm.Do(http.MethodGet, usersPath, "").Want(http.StatusUnauthorized)
}

func TestErrorsForUnknownPathsHaveTheFormatOfTheArea(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{RequestsPerDay: 5}, SCIM: scim.Options{}})

	for _, target := range []string{"/scim/v2", "/scim/v2/Nothing"} {
		tm.SCIM(http.MethodGet, target, "").WantSCIMError(http.StatusNotFound, "", "path")
	}

	got := tm.SCIM(http.MethodPatch, usersPath+"/"+adaID, "{}")
	got.WantSCIMError(http.StatusMethodNotAllowed, "", "method")

	if allow := got.Header.Get("Allow"); allow != "GET, PUT, DELETE" {
		t.Errorf("Allow = %s", allow)
	}

	tm.SCIM(http.MethodPost, usersPath, strings.Repeat("x", 1<<20+1)).WantSCIMError(http.StatusRequestEntityTooLarge, "", "large")
	tm.SCIM(http.MethodPost, "/scim/v2/Bulk", "{}").WantSCIMError(http.StatusNotImplemented, "", "Bulk")
	tm.SCIM(http.MethodGet, usersPath, "").WantSCIMError(http.StatusTooManyRequests, "", "rate limit")

	// Other areas have their own error format. Options.Errors overrides the format of every area.
	tm.Get(simulatortest.ModelsPath).WantError(http.StatusTooManyRequests, "LIMIT_RATE_EXCEEDED")

	frontendTeam := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{Errors: server.ErrorFrontend}})
	if got := frontendTeam.SCIM(http.MethodGet, "/scim/v2/x", "").Object(); got["frontendErrorKey"] != "GENERAL_NOTFOUND_PATH" {
		t.Errorf("body = %v", got)
	}

	frontendTeam.Get("/intelligence/api/x").Want(http.StatusNotFound)
	simulatortest.NewTeam(t, simulator.Options{}).Get("/intelligence/api/x").WantError(http.StatusNotFound, "GENERAL_NOTFOUND_PATH")

	if got := simulatortest.NewTeam(t, simulator.Options{}).Get("/scim/v2x").Want(http.StatusNotFound); !strings.Contains(got.Body, "<html") {
		t.Errorf("the response is not an HTML page of the web application: %s", got.Body)
	}
}

func TestInactiveSCIMReturns403WithoutABody(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{InactiveAPIs: []string{"scim"}}})
	if got := tm.SCIM(http.MethodGet, usersPath, "").Want(http.StatusForbidden); got.Body != "" {
		t.Errorf("body = %s", got.Body)
	}

	tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)
}

func TestCreateStatus(t *testing.T) {
	t.Parallel()

	for word, status := range map[scim.CreateStatus]int{
		scim.CreateOK: http.StatusOK, scim.CreateCreated: http.StatusCreated,
	} {
		tm := newSCIMTeam(t, scim.Options{CreateStatus: word})

		for target, body := range map[string]string{
			usersPath: userBody(`"userName":"x@example.com"`), groupsPath: groupBody(`"displayName":"X"`),
		} {
			got := tm.SCIM(http.MethodPost, target, body).Want(status)

			want := "http://team.test" + target + "/" + got.Text("id")
			if location := got.Header.Get("Location"); status == http.StatusCreated && location != want {
				t.Errorf("Location = %s, want %s", location, want)
			}
		}
	}
}

func TestDuplicates(t *testing.T) {
	t.Parallel()

	for word, want := range map[scim.Duplicate]struct {
		status int
		kind   string
	}{
		scim.DuplicateBadRequest: {400, ""},
		scim.DuplicateUniqueness: {400, "uniqueness"},
		scim.DuplicateConflict:   {409, ""},
		scim.DuplicateRFC:        {409, "uniqueness"},
		scim.DuplicateExisting:   {200, ""},
	} {
		users := newSCIMTeam(t, scim.Options{DuplicateUser: word, CreateStatus: scim.CreateCreated})
		groups := newSCIMTeam(t, scim.Options{DuplicateGroup: word, CreateStatus: scim.CreateCreated})
		user := users.SCIM(http.MethodPost, usersPath, userBody(`"userName":"ADA@example.com","displayName":"X"`))
		group := groups.SCIM(http.MethodPost, groupsPath, groupBody(`"displayName":"FINANCE analysts","role":"ADMIN"`))

		if want.status == http.StatusOK {
			if user.Want(want.status).Text("displayName") != "Ada Example" || group.Want(want.status).Text("role") != "ANALYST" {
				t.Errorf("user = %s, group = %s", user.Body, group.Body)
			}
		} else {
			user.WantSCIMError(want.status, want.kind, "taken")
			group.WantSCIMError(want.status, want.kind, "taken")
		}

		if len(users.Users()) != 2 || len(groups.Groups()) != 1 || users.User(adaID).DisplayName != "Ada Example" {
			t.Errorf("%s: the duplicate changed the team", word)
		}

		// Groups have a separate option, and a PUT never returns the existing object.
		users.SCIM(http.MethodPost, groupsPath, groupBody(`"displayName":"finance analysts"`)).Want(http.StatusBadRequest)

		groups.AddGroup(scim.Group{DisplayName: "Other"})

		renamed := groups.SCIM(http.MethodPut, putGroup, groupBody(`"displayName":"other"`))
		if want.status == http.StatusOK {
			want.status = http.StatusBadRequest
		}

		renamed.WantSCIMError(want.status, want.kind, "taken")
	}
}

func TestPUTResponses(t *testing.T) {
	t.Parallel()

	for word, want := range map[scim.PUTResponse]struct {
		status int
		body   bool
	}{
		scim.ReplaceBody: {200, true}, scim.ReplaceEmpty: {200, false}, scim.ReplaceNoContent: {204, false},
	} {
		tm := newSCIMTeam(t, scim.Options{PUTResponse: word, ETags: scim.ETagsEnforced})

		for target, body := range map[string]string{
			putAda: userBody(`"userName":"ada@example.com","displayName":"New"`), putGroup: groupBody(`"displayName":"New"`),
		} {
			got := tm.SCIM(http.MethodPut, target, body).Want(want.status)
			if (got.Body != "") != want.body || (got.Header.Get("Content-Type") != "") != want.body || got.Header.Get("ETag") != `W/"2"` {
				t.Errorf("%s: header = %v, body = %s", word, got.Header, got.Body)
			}

			if tm.SCIM(http.MethodGet, target, "").Text("displayName") != "New" {
				t.Errorf("%s: the PUT was not applied", word)
			}
		}
	}
}

func TestPUTMayKeepOmittedAttributes(t *testing.T) {
	t.Parallel()

	for _, attributeKept := range scim.Attributes() {
		tm := newSCIMTeam(t, scim.Options{KeptWhenOmitted: []string{attributeKept}})
		tm.ChangeUser(adaID, func(user *scim.User) { user.Role = "ADMIN" })

		tm.SCIM(http.MethodPut, putAda, userBody(`"userName":"ada@example.com"`)).Want(http.StatusOK)

		name := `"displayName":"Finance analysts"`
		if attributeKept == "displayName" {
			name = `"externalId":""`
		}

		tm.SCIM(http.MethodPut, putGroup, groupBody(name)).Want(http.StatusOK)

		user, group := tm.User(adaID), tm.Group(grpID)
		for attribute, is := range map[string]bool{
			"externalId": user.ExternalID != "" && group.ExternalID != "",
			"role":       user.Role == "ADMIN" && group.Role == "ANALYST",
			"members":    len(group.Members) == 1,
		} {
			if is != (attribute == attributeKept) {
				t.Errorf("if %s is kept: %s = %v; user = %+v, group = %+v", attributeKept, attribute, is, user, group)
			}
		}

		if (user.DisplayName != "") != (attributeKept == "displayName") || group.DisplayName != "Finance analysts" {
			t.Errorf("if %s is kept: user = %+v, group = %+v", attributeKept, user, group)
		}
	}

	// Neither null nor an empty string counts as omitted.
	tm := newSCIMTeam(t, scim.Options{KeptWhenOmitted: scim.Attributes()})
	tm.SCIM(http.MethodPut, putAda, userBody(`"userName":"ada@example.com","externalId":null,"displayName":""`)).Want(http.StatusOK)
	tm.SCIM(http.MethodPut, putGroup, groupBody(`"members":null`)).Want(http.StatusOK)

	if user, group := tm.User(adaID), tm.Group(grpID); user.ExternalID+user.DisplayName != "" || len(group.Members) > 0 {
		t.Errorf("%+v, %+v", user, group)
	}
}

func TestPUTMayIgnoreChanges(t *testing.T) {
	t.Parallel()

	for _, ignored := range scim.Attributes() {
		tm := newSCIMTeam(t, scim.Options{IgnoredByPUT: []string{ignored}})
		tm.SCIM(http.MethodPut, putAda,
			userBody(`"userName":"ada@example.com","displayName":"New","externalId":"new","role":"ADMIN"`)).Want(http.StatusOK)
		tm.SCIM(http.MethodPut, putGroup,
			groupBody(`"displayName":"New","externalId":"new","role":"ADMIN","members":[{"value":"`+bobID+`"}]`)).Want(http.StatusOK)

		user, group := tm.User(adaID), tm.Group(grpID)
		for attribute, changed := range map[string]bool{
			"externalId":  user.ExternalID == "new" && group.ExternalID == "new",
			"displayName": user.DisplayName == "New" && group.DisplayName == "New",
			"role":        user.Role == "ADMIN" && group.Role == "ADMIN",
			"members":     group.Members[0] == bobID,
		} {
			if changed == (attribute == ignored) {
				t.Errorf("if %s is ignored: %s = %v; user = %+v, group = %+v", ignored, attribute, changed, user, group)
			}
		}
	}
}

func TestInvitationOptions(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{BooleanInvitation: true, InvitationOnPUT: scim.InvitationIgnored})

	for i, test := range []struct {
		value string
		want  bool
	}{{`"true"`, true}, {`"false"`, false}, {"true", true}, {"false", false}} {
		body := userBody(fmt.Sprintf(`"userName":"x%d@example.com","sendEmailOnInvitation":%s`, i, test.value))
		if id := tm.SCIM(http.MethodPost, usersPath, body).Want(http.StatusOK).Text("id"); tm.User(id).Invited != test.want {
			t.Errorf("%s: User() = %+v", test.value, tm.User(id))
		}
	}

	tm.SCIM(http.MethodPut, putAda, userBody(`"userName":"ada@example.com","sendEmailOnInvitation":"true"`)).Want(http.StatusOK)
	tm.SCIM(http.MethodPost, usersPath, userBody(`"userName":"y@example.com","sendEmailOnInvitation":1`)).Want(http.StatusBadRequest)

	if tm.User(adaID).Invited {
		t.Error("the PUT sent an invitation")
	}
}

func TestUpperCaseRolesAreRequired(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{UpperCaseRoles: true})
	tm.SCIM(http.MethodPut, putAda, userBody(`"userName":"ada@example.com","role":"Admin"`)).Want(http.StatusBadRequest)
	tm.SCIM(http.MethodPut, putAda, userBody(`"userName":"ada@example.com","role":"ADMIN"`)).Want(http.StatusOK)
}

func TestGroupsWithoutARole(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{GroupsWithoutRole: true})
	for _, body := range []string{`"displayName":"X"`, `"displayName":"Y","role":null`} {
		got := tm.SCIM(http.MethodPost, groupsPath, groupBody(body)).Want(http.StatusOK)
		if _, hasRole := got.Object()["role"]; hasRole {
			t.Errorf("body = %s", got.Body)
		}
	}

	if got := newSCIMTeam(t, scim.Options{}).SCIM(http.MethodPost, groupsPath, groupBody(`"displayName":"X"`)); got.Text("role") != "MEMBER" {
		t.Errorf("body = %s", got.Body)
	}
}

// At the top level and in the extension, a null role is equivalent to omitting the role, and an empty role is invalid.
func TestNullRoleIsAccepted(t *testing.T) {
	t.Parallel()

	for location, format := range map[scim.RoleLocation]string{
		scim.RoleOnTop: `"role":%s`, scim.RoleInExtension: `"` + extensionURN + `":{"role":%s}`,
	} {
		tm := newSCIMTeam(t, scim.Options{GroupsWithoutRole: true, RoleLocation: location})
		for _, method := range []string{http.MethodPost, http.MethodPut} {
			target := groupsPath
			if method == http.MethodPut {
				target = putGroup
			}

			attributes := `"displayName":"` + method + `",` + format
			tm.SCIM(method, target, groupBody(fmt.Sprintf(attributes, "null"))).Want(http.StatusOK)
			tm.SCIM(method, target, groupBody(fmt.Sprintf(attributes, `""`))).WantSCIMError(http.StatusBadRequest, "invalidValue", "unknown")
		}

		if len(tm.Groups()) != 2 {
			t.Errorf("%s: %d groups", location, len(tm.Groups()))
		}
	}
}

func TestDELETEResponses(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{
		DeleteStatus: scim.DeleteOK, DeleteUnknown: scim.DeleteUnknownDone,
	})

	for _, target := range []string{putAda, putAda, putGroup, putGroup} {
		if got := tm.SCIM(http.MethodDelete, target, "").Want(http.StatusOK); got.Body != "" {
			t.Errorf("body = %s", got.Body)
		}
	}

	if len(tm.Users()) != 1 || len(tm.Groups()) != 0 {
		t.Errorf("%+v, %+v", tm.Users(), tm.Groups())
	}
}

func TestUnknownIDResponses(t *testing.T) {
	t.Parallel()

	for word, want := range map[scim.UnknownID]struct{ contentType, contents string }{
		scim.UnknownError:   {scimType, "Resource x not found"},
		scim.UnknownEmpty:   {"", ""},
		scim.UnknownProblem: {"application/problem+json", "GENERAL_NOTFOUND_PATH"},
		scim.UnknownHTML:    {"text/html; charset=utf-8", "Page not found"},
	} {
		tm := newSCIMTeam(t, scim.Options{UnknownID: word})

		for _, got := range []simulatortest.Reply{
			tm.SCIM(http.MethodGet, usersPath+"/x", ""), tm.SCIM(http.MethodDelete, usersPath+"/x", ""),
			tm.SCIM(http.MethodPut, groupsPath+"/x", groupBody(`"displayName":"X"`)), tm.SCIM(http.MethodGet, groupsPath+"/x", ""),
			tm.SCIM(http.MethodDelete, groupsPath+"/x", ""), tm.SCIM(http.MethodPut, usersPath+"/x", userBody(`"userName":"x@y"`)),
		} {
			if got.Want(http.StatusNotFound).Header.Get("Content-Type") != want.contentType || !strings.Contains(got.Body, want.contents) ||
				want.contents == "" && got.Body != "" {
				t.Errorf("%s: header = %v, body = %s", word, got.Header, got.Body)
			}
		}
	}
}

func TestSCIMContentTypes(t *testing.T) {
	t.Parallel()

	const plain = "application/json"

	for word, allowed := range map[scim.ContentTypes][]string{
		scim.ContentBoth: {scimType, plain, plain + "; charset=UTF-8"},
		scim.ContentSCIM: {scimType},
		scim.ContentJSON: {plain},
	} {
		tm := newSCIMTeam(t, scim.Options{ContentTypes: word})

		accepted := 0

		for _, contentType := range []string{scimType, plain, plain + "; charset=UTF-8", plain + "; charset=latin1", "text/json", ""} {
			got := tm.SCIM(http.MethodPut, putAda, userBody(`"userName":"ada@example.com"`), "Content-Type", contentType)
			if got.Status == http.StatusOK {
				accepted++

				continue
			}

			got.WantSCIMError(http.StatusUnsupportedMediaType, "", "application/")
		}

		want := len(allowed)
		if word == scim.ContentJSON {
			want = 2
		}

		if accepted != want {
			t.Errorf("%s: %d content types are accepted", word, accepted)
		}

		for _, contentType := range allowed {
			tm.SCIM(http.MethodPut, putGroup, groupBody(`"displayName":"X"`), "Content-Type", contentType).Want(http.StatusOK)
		}
	}
}

func TestSCIMResponsesMayBePlainJSON(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{ResponsesAsJSON: true})
	for _, target := range []string{usersPath, putAda, usersPath + "/x", "/scim/v2/ServiceProviderConfig", "/scim/v2/x"} {
		if got := tm.SCIM(http.MethodGet, target, "").Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("%s: Content-Type = %s", target, got)
		}
	}
}

func TestRoleLocationsAndCase(t *testing.T) {
	t.Parallel()

	role := func(tm simulatortest.Team, target string) (any, any) {
		body := tm.SCIM(http.MethodGet, target, "").Want(http.StatusOK).Object()
		extension, _ := body[extensionURN].(map[string]any)

		return body["role"], extension["role"]
	}

	for name, test := range map[string]struct {
		opts                     scim.Options
		user, inExtension, group any
	}{
		"own role":              {scim.Options{}, "MEMBER", nil, "ANALYST"},
		"effective role":        {scim.Options{EffectiveRoles: true}, "ANALYST", nil, "ANALYST"},
		"role in lower case":    {scim.Options{LowerCaseRoles: true}, "member", nil, "analyst"},
		"role in the extension": {scim.Options{RoleLocation: scim.RoleInExtension}, nil, "MEMBER", nil},
		"no role":               {scim.Options{RoleLocation: scim.RoleAbsent}, nil, nil, nil},
	} {
		tm := newSCIMTeam(t, test.opts)
		top, inside := role(tm, putAda)
		group, insideGroup := role(tm, putGroup)

		if top != test.user || inside != test.inExtension || group != test.group || (insideGroup != nil) != (test.inExtension != nil) {
			t.Errorf("%s: user: %v at the top level, %v in the extension; group: %v at the top level, %v in the extension", name, top, inside, group, insideGroup)
		}
	}

	tm := newSCIMTeam(t, scim.Options{RoleLocation: scim.RoleInExtension})
	in := `"userName":"ada@example.com","` + extensionURN + `":{"role":"admin"}`
	tm.SCIM(http.MethodPut, putAda, userBody(in)).Want(http.StatusOK)

	if got := tm.User(adaID).Role; got != "ADMIN" {
		t.Errorf("role = %s, want ADMIN", got)
	}

	tm.SCIM(http.MethodPut, putAda, userBody(in+`,"role":"MEMBER"`)).WantSCIMError(http.StatusBadRequest, "invalidValue", "two roles")
	tm.SCIM(http.MethodPut, putAda, userBody(in+`,"role":"admin"`)).Want(http.StatusOK)
}

func TestExtraAttributes(t *testing.T) {
	t.Parallel()

	for word, want := range map[scim.Extras][]string{
		scim.ExtrasNone: {},
		scim.ExtrasMeta: {"meta"},
		scim.ExtrasAll:  {"meta", "active", "emails", "name", "locale", "groups"},
	} {
		tm := newSCIMTeam(t, scim.Options{Extras: word})
		tm.ChangeUser(adaID, func(user *scim.User) { user.Inactive = true })

		body := tm.SCIM(http.MethodGet, putAda, "").Want(http.StatusOK).Object()
		if len(body) != 6+len(want) {
			t.Errorf("%s: body = %v", word, body)
		}

		for _, name := range want {
			if _, exists := body[name]; !exists {
				t.Errorf("%s: %s is missing", word, name)
			}
		}

		if word == scim.ExtrasAll && (body["active"] != false || !reflect.DeepEqual(body["groups"], []any{map[string]any{
			"value": grpID, "display": "Finance analysts", "type": "direct", "$ref": "http://team.test" + putGroup,
		}})) {
			t.Errorf("body = %v", body)
		}
	}
}

func TestNullFieldsInSCIM(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{NullFields: true}, SCIM: withPeople(scim.Options{})})

	body := tm.SCIM(http.MethodGet, usersPath+"/"+bobID, "").Object()
	for _, name := range []string{"displayName", "externalId"} {
		if value, exists := body[name]; !exists || value != nil {
			t.Errorf("%s = %v, present: %v", name, value, exists)
		}
	}
}

func TestUserNamesMayBeLowerCase(t *testing.T) {
	t.Parallel()

	for lower, want := range map[bool]string{false: "Ada@example.com", true: "ada@example.com"} {
		tm := newSCIMTeam(t, scim.Options{LowerCaseUserNames: lower})
		if got := tm.SCIM(http.MethodGet, putAda, "").Text("userName"); got != want {
			t.Errorf("text = %s, want %s", got, want)
		}
	}
}

func TestMemberForms(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		opts    scim.Options
		members []string
		list    string // members in list responses; empty = same as want
		want    string // members in the response to a GET by id; empty = omitted
	}{
		"values": {opts: scim.Options{}, members: []string{adaID}, want: `[{"value":"` + adaID + `"}]`},
		"full": {
			opts: scim.Options{MemberElements: scim.MembersFull}, members: []string{adaID},
			want: `[{"$ref":"http://team.test` + putAda + `","display":"Ada Example","type":"User","value":"` + adaID + `"}]`,
		},
		"capped": {
			opts: scim.Options{MaxReturnedMembers: 1}, members: []string{bobID, adaID}, want: `[{"value":"` + bobID + `"}]`,
		},
		"below the cap": {
			opts: scim.Options{MaxReturnedMembers: 2}, members: []string{bobID}, want: `[{"value":"` + bobID + `"}]`,
		},
		"no members":      {opts: scim.Options{}, want: "[]"},
		"null if empty":   {opts: scim.Options{EmptyMembers: scim.MembersNull}, want: "null"},
		"absent if empty": {opts: scim.Options{EmptyMembers: scim.MembersAbsent}},
		"not in lists": {
			opts: scim.Options{NoMembersInLists: true}, members: []string{adaID}, want: `[{"value":"` + adaID + `"}]`, list: "absent",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tm := newSCIMTeam(t, test.opts)
			tm.ChangeGroup(grpID, func(group *scim.Group) { group.Members = test.members })

			single, list := tm.SCIM(http.MethodGet, putGroup, ""), tm.SCIM(http.MethodGet, groupsPath, "")
			for _, got := range []simulatortest.Reply{single, list} {
				has := strings.Contains(got.Body, `"members":`+test.want)
				hasMembers := test.want != "" && (got.Body == single.Body || test.list == "")

				if has != hasMembers || !hasMembers && strings.Contains(got.Body, "members") {
					t.Errorf("body = %s, want %s", got.Body, test.want)
				}
			}
		})
	}
}

func TestOAuthClientsMayBeUsers(t *testing.T) {
	t.Parallel()

	for on, want := range map[bool]int{false: 2, true: 3} {
		tm := newSCIMTeam(t, scim.Options{ClientsAsUsers: on})

		got := tm.SCIM(http.MethodGet, usersPath, "")
		if got.SCIMPage().TotalResults != want || strings.Contains(got.Body, oauth.DefaultClient().ID) != on {
			t.Errorf("body = %s", got.Body)
		}
	}
}

func TestETags(t *testing.T) {
	t.Parallel()

	body := groupBody(`"displayName":"New"`)

	for word, want := range map[scim.ETags]struct {
		header, version              bool
		without, stale, fresh, joker int
	}{
		scim.ETagsNone:     {false, false, 200, 200, 200, 200},
		scim.ETagsMeta:     {false, true, 200, 200, 200, 200},
		scim.ETagsEnforced: {true, true, 200, 412, 200, 200},
		scim.ETagsRequired: {true, true, 428, 412, 200, 200},
	} {
		tm := newSCIMTeam(t, scim.Options{ETags: word, Extras: scim.ExtrasNone})

		got := tm.SCIM(http.MethodGet, putGroup, "")
		if (got.Header.Get("ETag") == `W/"1"`) != want.header || strings.Contains(got.Body, `"version":"W/\"1\""`) != want.version {
			t.Errorf("%s: header = %v, body = %s", word, got.Header, got.Body)
		}

		tm.SCIM(http.MethodPut, putGroup, body).Want(want.without)
		tm.ChangeGroup(grpID, func(*scim.Group) {})
		tm.SCIM(http.MethodPut, putGroup, body, "If-Match", `W/"1"`).Want(want.stale)

		version := tm.SCIM(http.MethodGet, putGroup, "").Header.Get("ETag")
		tm.SCIM(http.MethodPut, putGroup, body, "If-Match", `W/"0", `+version).Want(want.fresh)
		tm.SCIM(http.MethodPut, putGroup, body, "If-Match", "*").Want(want.joker)

		// The version rules for a group PUT also apply to a user PUT, and to deleting users and groups.
		ada := userBody(`"userName":"ada@example.com"`)
		tm.SCIM(http.MethodPut, putAda, ada).Want(want.without)
		tm.SCIM(http.MethodPut, putAda, ada, "If-Match", `W/"9"`).Want(want.stale)

		for _, target := range []string{putAda, putGroup} {
			if want.stale == http.StatusPreconditionFailed {
				tm.SCIM(http.MethodDelete, target, "", "If-Match", `W/"99"`).Want(want.stale)
			}

			tm.SCIM(http.MethodDelete, target, "", "If-Match", "*").Want(http.StatusNoContent)
		}
	}
}

func TestDeletingAUserChangesTheVersionOfItsGroups(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{ETags: scim.ETagsEnforced})
	tm.SCIM(http.MethodDelete, putAda, "").Want(http.StatusNoContent)
	tm.SCIM(http.MethodPut, putGroup, groupBody(`"displayName":"X"`), "If-Match", `W/"1"`).Want(http.StatusPreconditionFailed)
}

func TestDiscoveryReturnsSupportedFeatures(t *testing.T) {
	t.Parallel()

	for _, opts := range []scim.Options{
		{}, {Filter: scim.FilterHonoured, ETags: scim.ETagsRequired, MaxCount: 7},
	} {
		tm := newSCIMTeam(t, opts)

		var config struct {
			Patch, Bulk, ETag, Sort struct{ Supported bool }

			Filter struct {
				Supported  bool
				MaxResults int
			}
		}

		decode(t, tm.SCIM(http.MethodGet, "/scim/v2/ServiceProviderConfig", "").Want(http.StatusOK), &config)

		if strict := opts.MaxCount > 0; config.ETag.Supported != strict || config.Filter.Supported != strict ||
			(config.Filter.MaxResults == 7) != strict || config.Patch.Supported || config.Bulk.Supported || config.Sort.Supported {
			t.Errorf("config = %+v", config)
		}
	}
}

func TestDiscoveryReturnsSchemasAndResourceTypes(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})

	for path, want := range map[string][]string{
		"/scim/v2/Schemas":       {userURN, groupURN, extensionURN},
		"/scim/v2/ResourceTypes": {"User", "Group"},
	} {
		page := tm.SCIM(http.MethodGet, path, "").SCIMPage()
		if !reflect.DeepEqual(page.IDs(), want) || page.TotalResults != len(want) {
			t.Errorf("%s: ids = %v", path, page.IDs())
		}

		for _, id := range want {
			if got := tm.SCIM(http.MethodGet, path+"/"+id, "").Want(http.StatusOK).Text("id"); got != id {
				t.Errorf("%s: text = %s", path, got)
			}
		}

		tm.SCIM(http.MethodGet, path+"/x", "").WantSCIMError(http.StatusNotFound, "", "x")
	}
}

func TestLocationsStartWithTheURLThatTheClientUses(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})
	server := httptest.NewTLSServer(tm)
	t.Cleanup(server.Close)

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+putAda, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}

	r.Header.Set("Authorization", "Bearer "+oauth.DefaultUserKey().Value)

	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()

	var user struct{ Meta struct{ Location string } }
	if err := json.NewDecoder(response.Body).Decode(&user); err != nil || user.Meta.Location != server.URL+putAda {
		t.Errorf("user = %+v, error = %v", user, err)
	}
}
