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

func TestARoleIsReadAndWrittenWhereItStands(t *testing.T) {
	t.Parallel()

	const documented, other = `"urn:celonis:params:scim:schemas:extension:2.0:User"`, `"urn:celonis:params:scim:schemas:extension:2.0:Group"`

	for name, test := range map[string]struct{ before, role, after string }{
		"on top":                    {`{"role": "MEMBER"}`, "MEMBER", `{"role":"ADMIN"}`},
		"nowhere":                   {`{"id": "a"}`, "", `{"id":"a","role":"ADMIN"}`},
		"null on top":               {`{"role": null}`, "", `{"role":"ADMIN"}`},
		"by another spelling":       {`{"Role": "MEMBER"}`, "MEMBER", `{"Role":"ADMIN"}`},
		"among Celonis' own":        {`{` + documented + `: {"role": "MEMBER", "x": 1}}`, "MEMBER", `{` + documented + `:{"role":"ADMIN","x":1}}`},
		"in another schema of its":  {`{` + other + `: {"role": "MEMBER"}}`, "MEMBER", `{` + other + `:{"role":"ADMIN"}}`},
		"in two of them":            {`{` + other + `: {"role": "A"}, ` + documented + `: {"role": "B"}}`, "B", `{` + other + `:{"role":"A"},` + documented + `:{"role":"ADMIN"}}`},
		"on top and below":          {`{"role": "A", ` + documented + `: {"role": "B"}}`, "A", `{"role":"ADMIN",` + documented + `:{"role":"B"}}`},
		"not in somebody else's":    {`{"urn:other:User": {"role": "A"}}`, "", `{"role":"ADMIN","urn:other:User":{"role":"A"}}`},
		"an extension without role": {`{` + documented + `: {"x": 1}}`, "", `{"role":"ADMIN",` + documented + `:{"x":1}}`},
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
				t.Errorf("got %s, want %s", got, after)
			}
		})
	}
}

func TestAReplacementHoldsNothingThatOnlyTheServiceSets(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct{ before, after string }{
		"a user": {
			`{"schemas": ["s"], "id": "a", "META": {}, "groups": [], "sendEmailOnInvitation": "true", "active": true, "role": "Owner"}`,
			`{"active":true,"role":"Owner","schemas":["s"]}`,
		},
		"a role in small letters": {`{"schemas": ["s"], "role": "analyst"}`, `{"role":"ANALYST","schemas":["s"]}`},
		"without schemas":         {`{"userName": "a"}`, `{"schemas":["core"],"userName":"a"}`},
		"with null for schemas":   {`{"Schemas": null}`, `{"Schemas":["core"]}`},
	} {
		before := documentOf(t, test.before)
		kept := string(before.encode())

		if got := before.replacement("core"); string(got) != test.after {
			t.Errorf("%s: got %s", name, got)
		}

		if string(before.encode()) != kept {
			t.Errorf("%s: the document was changed", name)
		}
	}
}

func TestMembersStayAsTheyAre(t *testing.T) {
	t.Parallel()

	group := documentOf(t, `{"Members": [{"value": "a", "display": "A"}, {"VALUE": "b"}, {"value": "a"}, {"value": 7}]}`)

	var members []string

	isKnown, err := group.eachMember(func(id string, _ json.RawMessage) { members = append(members, id) })
	if err != nil || !isKnown || !slices.Equal(members, []string{"a", "b", "7"}) {
		t.Errorf("members %v, %t, %v", members, isKnown, err)
	}

	group.setMembers([]string{"c", "a"})

	if got, want := string(group.encode()), `{"Members":[{"value":"c"},{"value":"a","display":"A"}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
