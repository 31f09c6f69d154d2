package scim

import (
	"encoding/json"
	"slices"
	"testing"
)

func documentOf(t *testing.T, text string) document {
	t.Helper()

	var made document
	if err := json.Unmarshal([]byte(text), &made); err != nil {
		t.Fatal(err)
	}

	return made
}

func TestRoleIsReadAndWrittenInPlace(t *testing.T) {
	t.Parallel()

	const documented, undocumented = `"urn:celonis:params:scim:schemas:extension:2.0:User"`, `"urn:celonis:params:scim:schemas:extension:2.0:Group"`

	for name, test := range map[string]struct{ before, role, after string }{
		"top level":                   {`{"role": "MEMBER"}`, "MEMBER", `{"role":"ADMIN"}`},
		"absent":                      {`{"id": "a"}`, "", `{"id":"a","role":"ADMIN"}`},
		"null at the top level":       {`{"role": null}`, "", `{"role":"ADMIN"}`},
		"another spelling":            {`{"Role": "MEMBER"}`, "MEMBER", `{"Role":"ADMIN"}`},
		"documented Celonis schema":   {`{` + documented + `: {"role": "MEMBER", "x": 1}}`, "MEMBER", `{` + documented + `:{"role":"ADMIN","x":1}}`},
		"other Celonis schema":        {`{` + undocumented + `: {"role": "MEMBER"}}`, "MEMBER", `{` + undocumented + `:{"role":"ADMIN"}}`},
		"two Celonis schemas":         {`{` + undocumented + `: {"role": "A"}, ` + documented + `: {"role": "B"}}`, "B", `{` + undocumented + `:{"role":"A"},` + documented + `:{"role":"ADMIN"}}`},
		"top level and schema":        {`{"role": "A", ` + documented + `: {"role": "B"}}`, "A", `{"role":"ADMIN",` + documented + `:{"role":"B"}}`},
		"schema of another vendor":    {`{"urn:other:User": {"role": "A"}}`, "", `{"role":"ADMIN","urn:other:User":{"role":"A"}}`},
		"Celonis schema without role": {`{` + documented + `: {"x": 1}}`, "", `{"role":"ADMIN",` + documented + `:{"x":1}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			before := documentOf(t, test.before)
			if got, err := before.parse(attributeRole); err != nil || got != test.role {
				t.Errorf("role %q, %v", got, err)
			}

			before.setRole("ADMIN")

			after, err := json.Marshal(documentOf(t, test.after))
			if got := string(before.encode()); err != nil || got != string(after) {
				t.Errorf("encode() = %s, want %s", got, after)
			}
		})
	}
}

func TestReplacementOmitsReadOnlyAttributes(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct{ before, after string }{
		"a user": {
			`{"schemas": ["s"], "id": "a", "META": {}, "groups": [], "sendEmailOnInvitation": "true", "active": true, "role": "Owner"}`,
			`{"active":true,"role":"Owner","schemas":["s"]}`,
		},
		"lower-case role": {`{"schemas": ["s"], "role": "analyst"}`, `{"role":"ANALYST","schemas":["s"]}`},
		"no schemas":      {`{"userName": "a"}`, `{"schemas":["core"],"userName":"a"}`},
		"schemas is null": {`{"Schemas": null}`, `{"Schemas":["core"]}`},
	} {
		before := documentOf(t, test.before)
		original := string(before.encode())

		if got := before.replacement("core"); string(got) != test.after {
			t.Errorf("%s: replacement() = %s", name, got)
		}

		if string(before.encode()) != original {
			t.Errorf("%s: replacement() changed the document", name)
		}
	}
}

func TestSetMembersKeepsTheElementsOfMembersWhoStay(t *testing.T) {
	t.Parallel()

	group := documentOf(t, `{"Members": [{"value": "a", "display": "A"}, {"VALUE": "b"}, {"value": "a"}, {"value": 7}]}`)

	var members []string

	isKnown, err := group.eachMember(func(id string, _ json.RawMessage) { members = append(members, id) })
	if err != nil || !isKnown || !slices.Equal(members, []string{"a", "b", "7"}) {
		t.Errorf("members %v, present %t, error %v", members, isKnown, err)
	}

	group.setMembers([]string{"c", "a"})

	if got, want := string(group.encode()), `{"Members":[{"value":"c"},{"value":"a","display":"A"}]}`; got != want {
		t.Errorf("encode() = %s, want %s", got, want)
	}
}
