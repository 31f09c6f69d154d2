package scim_test

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

func TestGroupLifeCycle(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})
	created := tm.SCIM(http.MethodPost, groupsPath,
		groupBody(`"displayName":"Readers","externalId":"grp-2","role":"MEMBER","members":[{"value":"`+adaID+`"},{"value":"`+bobID+`"}]`)).
		Want(http.StatusOK)
	id := created.Text("id")

	want := map[string]any{
		"schemas": []any{groupURN}, "id": id, "displayName": "Readers", "externalId": "grp-2", "role": "MEMBER",
		"members": []any{map[string]any{"value": adaID}, map[string]any{"value": bobID}},
		"meta": map[string]any{
			"resourceType": "Group", "location": "http://team.test" + groupsPath + "/" + id,
			"created": "2026-03-04T14:03:21Z", "lastModified": "2026-03-04T14:03:21Z",
		},
	}
	if !reflect.DeepEqual(created.Object(), want) {
		t.Errorf("body = %v, want %v", created.Object(), want)
	}

	if got := tm.SCIM(http.MethodGet, groupsPath+"/"+id, "").Want(http.StatusOK); got.Body != created.Body {
		t.Errorf("the GET returned %s, want %s", got.Body, created.Body)
	}

	// The PUT clears omitted attributes and resets the role to MEMBER.
	tm.SCIM(http.MethodPut, groupsPath+"/"+id, groupBody(`"displayName":"Writers"`)).Want(http.StatusOK)

	if got := tm.Group(id); got.DisplayName != "Writers" || got.ExternalID != "" || got.Role != "MEMBER" || len(got.Members) > 0 {
		t.Errorf("stored %+v", got)
	}

	tm.SCIM(http.MethodDelete, groupsPath+"/"+id, "").Want(http.StatusNoContent)
	tm.SCIM(http.MethodGet, groupsPath+"/"+id, "").WantSCIMError(http.StatusNotFound, "", id)
	tm.SCIM(http.MethodPut, groupsPath+"/"+id, groupBody(`"displayName":"Writers"`)).Want(http.StatusNotFound)
	tm.SCIM(http.MethodDelete, groupsPath+"/"+id, "").Want(http.StatusNotFound)
}

func TestInvalidGroupsAreRejected(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct{ method, body, kind, detail string }{
		"not JSON":             {"", `x`, "invalidSyntax", "JSON"},
		"no schemas":           {"", `{"displayName":"G"}`, "invalidValue", groupURN},
		"extension":            {"", `{"schemas":["` + groupURN + `","` + extensionURN + `"],"displayName":"G"}`, "invalidValue", extensionURN},
		"user name":            {"", groupBody(`"displayName":"G","userName":"x@example.com"`), "invalidValue", "userName"},
		"no name":              {"", groupBody(""), "invalidValue", "displayName is missing"},
		"long name":            {"", groupBody(`"displayName":"` + strings.Repeat("x", 101) + `"`), "invalidValue", "100"},
		"taken name":           {"", groupBody(`"displayName":"FINANCE analysts"`), "", "taken"},
		"unknown role":         {"", groupBody(`"displayName":"G","role":"OWNER"`), "invalidValue", "OWNER"},
		"unknown member":       {"", groupBody(`"displayName":"G","members":[{"value":"` + grpID + `"}]`), "invalidValue", grpID},
		"repeated member":      {"", groupBody(`"displayName":"G","members":[{"value":"` + adaID + `"},{"value":"` + adaID + `"}]`), "invalidValue", "repeated"},
		"member as a string":   {"", groupBody(`"displayName":"G","members":["` + adaID + `"]`), "invalidValue", "not a JSON object"},
		"no value":             {"", groupBody(`"displayName":"G","members":[{"display":"Ada"}]`), "invalidValue", "no value"},
		"misspelt value":       {"", groupBody(`"displayName":"G","members":[{"id":"` + adaID + `"}]`), "invalidValue", `"id"`},
		"members not an array": {"", groupBody(`"displayName":"G","members":{}`), "invalidValue", "array"},

		"no name in a PUT":        {"PUT", groupBody(""), "invalidValue", "displayName is missing"},
		"different id":            {"PUT", groupBody(`"displayName":"G","id":"x"`), "mutability", "id"},
		"taken name in a PUT":     {"PUT", groupBody(`"displayName":"other"`), "", "taken"},
		"unknown member in a PUT": {"PUT", groupBody(`"displayName":"G","members":[{"value":"x"}]`), "invalidValue", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tm := newSCIMTeam(t, scim.Options{})
			tm.AddGroup(scim.Group{DisplayName: "Other"})

			before := tm.Groups()

			method, target := http.MethodPost, groupsPath
			if test.method != "" {
				method, target = test.method, groupsPath+"/"+grpID
			}

			tm.SCIM(method, target, test.body).WantSCIMError(http.StatusBadRequest, test.kind, test.detail)

			if after := tm.Groups(); !reflect.DeepEqual(before, after) {
				t.Errorf("%+v became %+v", before, after)
			}
		})
	}
}

func TestGroupMayChangeTheCaseOfItsName(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})
	tm.SCIM(http.MethodPut, groupsPath+"/"+grpID, groupBody(`"displayName":"FINANCE Analysts"`)).Want(http.StatusOK)
	tm.SCIM(http.MethodPost, groupsPath, groupBody(`"displayName":"finance analysts"`)).Want(http.StatusBadRequest)

	if got := tm.Group(grpID).DisplayName; got != "FINANCE Analysts" {
		t.Errorf("display name = %q", got)
	}
}

func TestNameOfARenamedGroupCanBeReused(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})
	tm.SCIM(http.MethodPut, groupsPath+"/"+grpID, groupBody(`"displayName":"New"`)).Want(http.StatusOK)
	tm.SCIM(http.MethodPost, groupsPath, groupBody(`"displayName":"Finance analysts"`)).Want(http.StatusOK)
	tm.SCIM(http.MethodPost, groupsPath, groupBody(`"displayName":"new"`)).Want(http.StatusBadRequest)
}

func TestUserCanBeInAtMostFiftyGroups(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})
	for i := range 49 { // Ada is already in one group.
		tm.AddGroup(scim.Group{DisplayName: strconv.Itoa(i), Members: []string{adaID}})
	}

	withAda := `"members":[{"value":"` + adaID + `"}]`
	tm.SCIM(http.MethodPost, groupsPath, groupBody(`"displayName":"X",`+withAda)).
		WantSCIMError(http.StatusBadRequest, "invalidValue", "50 groups")

	anotherGroup := tm.AddGroup(scim.Group{DisplayName: "Other"})
	tm.SCIM(http.MethodPut, groupsPath+"/"+anotherGroup.ID, groupBody(`"displayName":"Other",`+withAda)).Want(http.StatusBadRequest)

	// A group that already contains Ada can be changed. After she leaves a group, she can join another group.
	tm.SCIM(http.MethodPut, groupsPath+"/"+grpID, groupBody(`"displayName":"Finance",`+withAda)).Want(http.StatusOK)
	tm.SCIM(http.MethodPut, groupsPath+"/"+grpID, groupBody(`"displayName":"Finance"`)).Want(http.StatusOK)
	tm.SCIM(http.MethodPut, groupsPath+"/"+anotherGroup.ID, groupBody(`"displayName":"Other",`+withAda)).Want(http.StatusOK)

	// After one of Ada's groups is deleted, she can also join another group.
	tm.SCIM(http.MethodDelete, groupsPath+"/"+anotherGroup.ID, "").Want(http.StatusNoContent)
	tm.SCIM(http.MethodPost, groupsPath, groupBody(`"displayName":"X",`+withAda)).Want(http.StatusOK)
}

func TestMembersMayContainTheAttributesOfResponses(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})
	tm.SCIM(http.MethodPut, groupsPath+"/"+grpID,
		groupBody(`"displayName":"F","members":[{"value":"`+bobID+`","display":"Bob","type":"User","$ref":"x"}]`)).Want(http.StatusOK)

	if got := tm.Group(grpID).Members; !slices.Equal(got, []string{bobID}) {
		t.Errorf("members = %v", got)
	}
}
