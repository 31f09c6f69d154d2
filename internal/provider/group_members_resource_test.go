package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// tryDestroy plans to destroy the object. If the plan succeeds, tryDestroy applies it.
func (s *protocolObject) tryDestroy() protocolDiagnostics {
	s.t.Helper()

	none := tftypes.NewValue(s.schema.ValueType(), nil)

	planned, err := s.provider().PlanResourceChange(s.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: s.typeName, PriorState: s.encode(s.state), PriorPrivate: s.private, Config: s.encode(none), ProposedNewState: s.encode(none),
	})
	if err != nil {
		s.t.Fatal(err)
	}

	if protocolDiagnostics(planned.Diagnostics).hasError() {
		return planned.Diagnostics
	}

	return s.applyDestroy(planned.PlannedPrivate)
}

func (s *protocolObject) applyDestroy(private []byte) protocolDiagnostics {
	s.t.Helper()

	none := tftypes.NewValue(s.schema.ValueType(), nil)

	applied, err := s.provider().ApplyResourceChange(s.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: s.typeName, PriorState: s.encode(s.state), PlannedState: s.encode(none), PlannedPrivate: private, Config: s.encode(none),
	})
	if err != nil {
		s.t.Fatal(err)
	}

	if !protocolDiagnostics(applied.Diagnostics).hasError() {
		s.state, s.private = none, nil
	}

	return applied.Diagnostics
}

// texts returns the elements of a set in the state, sorted, or nil if the set is null.
func (s *protocolObject) texts(attribute string) []string {
	s.t.Helper()

	var elements []tftypes.Value
	if err := attributes(s.t, s.state)[attribute].As(&elements); err != nil {
		s.t.Fatal(err)
	}

	var texts []string

	for _, element := range elements {
		var text string
		if err := element.As(&text); err != nil {
			s.t.Fatal(err)
		}

		texts = append(texts, text)
	}

	slices.Sort(texts)

	return texts
}

// form describes one of the two ways to specify the users of celonis_group_members, by id or by user name.
type form struct {
	attribute string
	// user returns the string that the attribute contains for a user.
	user func(user scim.User) string
}

func (f form) of(groupID string, users ...scim.User) map[string]any {
	var texts []string
	for _, user := range users {
		texts = append(texts, f.user(user))
	}

	return map[string]any{"group_id": groupID, f.attribute: textSet(texts...)}
}

func bothForms() map[string]form {
	return map[string]form{
		"ids":   {"user_ids", func(user scim.User) string { return user.ID }},
		"names": {"user_names", func(user scim.User) string { return strings.ToUpper(user.UserName) }},
	}
}

func TestGroupMembersKeepOtherMembers(t *testing.T) {
	t.Parallel()

	for name, form := range bothForms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: oneGroup(6, "user-000", "user-001")})
			all := people(6)
			members := newProtocolObject(t, env, "celonis_group_members")

			// One of the users is already in the group.
			members.must(form.of("group-1", all[1:4]...))
			wantMembers(t, team, "Analysts", "user-000", "user-001", "user-002", "user-003")

			id := members.text("id")

			members.must(form.of("group-1", all[2:5]...))
			wantMembers(t, team, "Analysts", "user-000", "user-002", "user-003", "user-004")

			if members.text("id") != id || !strings.HasPrefix(id, "group-1/") {
				t.Errorf("the id changed from %s to %s", id, members.text("id"))
			}

			// Remove one member and add another outside Terraform.
			team.ChangeGroup("group-1", func(group *scim.Group) {
				group.Members = []string{"user-000", "user-002", "user-004", "user-005"}
			})

			if diags := members.refresh(); diags.hasError() {
				t.Fatal(diags.text())
			}

			if got := members.texts(form.attribute); !slices.Equal(got, []string{form.user(all[2]), form.user(all[4])}) {
				t.Errorf("got %v in the state", got)
			}

			members.must(form.of("group-1", all[2:5]...))
			wantMembers(t, team, "Analysts", "user-000", "user-002", "user-003", "user-004", "user-005")

			if diags := members.refresh(); diags.hasError() {
				t.Fatal(diags.text())
			}

			members.mustPlanNothing(form.of("group-1", all[2:5]...))

			if diags := members.tryDestroy(); diags.hasError() {
				t.Fatal(diags.text())
			}

			wantMembers(t, team, "Analysts", "user-000", "user-005")
		})
	}
}

func TestGroupMembersPlanNoChangeForADifferentCaseOrForm(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(3)})
	all := people(3)
	members := newProtocolObject(t, env, "celonis_group_members")
	members.must(map[string]any{"group_id": "group-1", "user_names": textSet(all[0].UserName, all[1].UserName)})
	members.mustPlanNothing(map[string]any{"group_id": "group-1", "user_names": textSet(strings.ToUpper(all[0].UserName), all[1].UserName)})
	team.ResetJournal()

	// Switch to the other attribute and back, with the same users.
	members.must(map[string]any{"group_id": "group-1", "user_ids": textSet(all[0].ID, all[1].ID)})
	members.must(map[string]any{"group_id": "group-1", "user_names": textSet(all[0].UserName, all[1].UserName)})

	if puts := team.Count(http.MethodPut, "/*"); puts > 0 {
		t.Errorf("got %d PUTs, want none", puts)
	}

	wantMembers(t, team, "Analysts", all[0].ID, all[1].ID)
}

func TestGroupMembersRejectInvalidUsers(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{SCIM: oneGroup(3)})

	for name, test := range map[string]struct {
		given map[string]any
		parts []string
	}{
		"no ids":   {map[string]any{"user_ids": textSet()}, []string{"`user_ids` must not be empty", "remove the resource"}},
		"no names": {map[string]any{"user_names": textSet()}, []string{"`user_names` must not be empty", "remove the resource"}},
		"neither":  {map[string]any{}, []string{"Set either `user_ids` or `user_names`."}},
		"both":     {map[string]any{"user_ids": textSet("user-000"), "user_names": textSet("ada@example.com")}, []string{"`user_ids` conflicts with `user_names`"}},
		"two spellings": {
			map[string]any{"user_names": textSet("ada@example.com", "bob@example.com", "Ada@Example.com")},
			[]string{`"Ada@Example.com" and "ada@example.com" differ only in case`},
		},
		"null id":          {map[string]any{"user_ids": []tftypes.Value{tftypes.NewValue(tftypes.String, nil)}}, []string{"is null"}},
		"null name":        {map[string]any{"user_names": []tftypes.Value{tftypes.NewValue(tftypes.String, nil)}}, []string{"is null"}},
		"blank id":         {map[string]any{"user_ids": textSet(" ")}, []string{"must not be empty"}},
		"blank name":       {map[string]any{"user_names": textSet("")}, []string{"must not be empty"}},
		"id with a space":  {map[string]any{"user_ids": textSet("user-000 ")}, []string{"leading or trailing whitespace"}},
		"address as an id": {map[string]any{"user_ids": textSet("ada@example.com")}, []string{"not an e-mail address"}},
		"id as an address": {map[string]any{"user_names": textSet("user-000")}, []string{"must be an e-mail address"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			given := maps.Clone(test.given)
			given["group_id"] = "group-1"

			_, diags := newProtocolObject(t, env, "celonis_group_members").tryPlan(given)
			if !diags.hasError() {
				t.Error("got no error")
			}

			wantParts(t, diags.text(), test.parts...)
		})
	}
}

func TestGroupMembersMayBeUnknownInAPlan(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{SCIM: oneGroup(3)})

	for _, attribute := range []string{"user_ids", "user_names"} {
		unknown := tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
		for _, value := range []any{tftypes.UnknownValue, []tftypes.Value{unknown}} {
			newProtocolObject(t, env, "celonis_group_members").plan(map[string]any{"group_id": tftypes.UnknownValue, attribute: value})
		}
	}
}

func TestGroupMembersReportMissingUsersAndGroups(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		given map[string]any
		parts []string
	}{
		"users": {
			map[string]any{"group_id": "group-1", "user_ids": textSet("user-000", "nobody-1", "user-001", "nobody-2")},
			[]string{"user_ids", "users who do not exist", "nobody-1, nobody-2"},
		},
		"addresses": {
			map[string]any{"group_id": "group-1", "user_names": textSet("person.000@example.com", "persom.001@example.com")},
			[]string{"user_names", `has the user name "persom.001@example.com"`, `Did you mean "Person.001@Example.com"`},
		},
		"group": {
			map[string]any{"group_id": "group-2", "user_ids": textSet("user-000")},
			[]string{"group_id", "The group does not exist"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: oneGroup(3)})
			members := newProtocolObject(t, env, "celonis_group_members")

			diags := members.apply(members.plan(test.given))
			if !diags.hasError() || !members.state.IsNull() {
				t.Errorf("got state %s", members.state)
			}

			for _, one := range diags {
				if one.Attribute == nil {
					t.Error("no diagnostic points at an attribute")
				}
			}

			wantParts(t, diags.text(), test.parts[1:]...)
			wantMembers(t, team, "Analysts")
		})
	}
}

func TestGroupMembersOfADeletedGroupLeaveTheState(t *testing.T) {
	t.Parallel()

	for name, form := range bothForms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: oneGroup(3)})
			members := newProtocolObject(t, env, "celonis_group_members")
			members.must(form.of("group-1", people(2)...))
			team.RemoveGroup("group-1")

			other := *members
			if diags := other.tryDestroy(); diags.hasError() { // The destroy plan was created before the group was deleted.
				t.Error(diags.text())
			}

			update := *members
			if diags := update.apply(update.plan(form.of("group-1", people(3)...))); !strings.Contains(diags.text(), "deleted after Terraform last read it") {
				t.Error(diags.text())
			}

			if diags := members.refresh(); diags.hasError() || !members.state.IsNull() {
				t.Errorf("%s: %s", members.state, diags.text())
			}
		})
	}
}

func TestGroupMembersStayInTheStateIfTheGroupCannotBeRead(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(3)})
	members := newProtocolObject(t, env, "celonis_group_members")
	members.must(bothForms()["names"].of("group-1", people(2)...))
	team.Inject(simulator.Fault{Path: groupsPath + "*", Times: -1, Status: http.StatusNotFound, Body: "<html>", Header: http.Header{"Content-Type": {"text/html"}}})

	if diags := members.refresh(); !diags.hasError() || members.state.IsNull() {
		t.Errorf("%s: %s", members.state, diags.text())
	}
}

// TestDeletedUserCountsAsRemovedMember covers a user whom somebody deletes outside Terraform. All of the user's memberships are deleted
// with the user.
func TestDeletedUserCountsAsRemovedMember(t *testing.T) {
	t.Parallel()

	for name, form := range bothForms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: oneGroup(3)})
			all := people(3)
			members := newProtocolObject(t, env, "celonis_group_members")
			members.must(form.of("group-1", all...))
			team.RemoveUser("user-002")

			// The destroy must succeed even without a refresh.
			other := *members
			if diags := other.tryDestroy(); diags.hasError() {
				t.Error(diags.text())
			}

			wantMembers(t, team, "Analysts")
			team.ChangeGroup("group-1", func(group *scim.Group) { group.Members = []string{"user-000", "user-001"} })

			if diags := members.refresh(); diags.hasError() {
				t.Fatal(diags.text())
			}

			members.mustPlanNothing(form.of("group-1", all[:2]...))

			diags := members.apply(members.plan(form.of("group-1", all...)))
			if !diags.hasError() {
				t.Error("adding a user who does not exist succeeded")
			}

			wantParts(t, diags.text(), form.user(all[2]))

			if strings.Contains(diags.text(), "the set of memberships was removed from the state") {
				t.Error(diags.text())
			}
		})
	}
}

func TestGroupMembersCostOneReadOnePutAndOneReadBack(t *testing.T) {
	t.Parallel()

	const groups = 40

	for name, form := range bothForms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := scim.Options{Users: people(300)}
			for index := range groups {
				options.Groups = append(options.Groups, scim.Group{ID: fmt.Sprintf("group-%d", index), DisplayName: fmt.Sprintf("G %d", index)})
			}

			team, env := startTeam(t, simulator.Options{SCIM: options})
			server := configuredServer(t, env)
			count := 0

			for index := range groups {
				members := newProtocolObject(t, env, "celonis_group_members")
				members.server = server
				size := 22 + index%2 - index/39*18

				if index == groups-1 {
					size = 885 - count
				}

				count += size
				members.must(form.of(fmt.Sprintf("group-%d", index), options.Users[index:index+size]...))
			}

			want := map[string]int{
				"POST " + tokenPath: 1, "GET " + scimConfigPath: 1,
				"GET " + groupsPath + "/*": 2 * groups, "PUT " + groupsPath + "/*": groups,
			}
			if form.attribute == "user_names" {
				want["GET "+usersPath] = 2
			}

			wantSCIMRequests(t, team, want)

			if count != 885 {
				t.Errorf("got %d memberships", count)
			}
		})
	}
}

func TestMemberMovesBetweenTwoGroupMembersInEitherOrder(t *testing.T) {
	t.Parallel()

	for name, form := range bothForms() {
		for _, addsFirst := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, adds first %t", name, addsFirst), func(t *testing.T) {
				t.Parallel()

				team, env := startTeam(t, simulator.Options{SCIM: oneGroup(4)})
				all := people(4)
				from, to := newProtocolObject(t, env, "celonis_group_members"), newProtocolObject(t, env, "celonis_group_members")
				from.must(form.of("group-1", all[0], all[1]))
				to.must(form.of("group-1", all[2]))

				// Use one provider for both resources, as in a single run.
				from.server = configuredServer(t, env)
				to.server = from.server
				less, more := from.plan(form.of("group-1", all[0])), to.plan(form.of("group-1", all[1], all[2]))

				steps := []func() protocolDiagnostics{func() protocolDiagnostics { return to.apply(more) }, func() protocolDiagnostics { return from.apply(less) }}
				if !addsFirst {
					slices.Reverse(steps)
				}

				for _, step := range steps {
					if diags := step(); diags.hasError() {
						t.Fatal(diags.text())
					}
				}

				wantMembers(t, team, "Analysts", "user-000", "user-001", "user-002")
			})
		}
	}
}

func TestReplacedGroupMembersKeepTheirMembers(t *testing.T) {
	t.Parallel()

	for name, form := range bothForms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: oneGroup(4)})
			all := people(4)
			old := newProtocolObject(t, env, "celonis_group_members")
			old.must(form.of("group-1", all[:3]...))

			// With create_before_destroy, Terraform creates the new resource first.
			replacement := newProtocolObject(t, env, "celonis_group_members")
			replacement.server = configuredServer(t, env)
			old.server = replacement.server
			replacement.must(form.of("group-1", all[1:]...))

			if diags := old.applyDestroy(old.private); diags.hasError() {
				t.Fatal(diags.text())
			}

			wantMembers(t, team, "Analysts", "user-001", "user-002", "user-003")
		})
	}
}

func TestAccGroupMembersInEachForm(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct{ users, fewer, changed string }{
		"ids": {
			`user_ids = celonis_user.people[*].id`, `user_ids = slice(celonis_user.people[*].id, 0, 2)`, ``,
		},
		"names": {
			`user_names = [for user in celonis_user.people : user.user_name]`,
			`user_names = [for user in slice(celonis_user.people, 0, 2) : upper(user.user_name)]`, `- "p2@example.com"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{})
			configuration := func(users string) string {
				return `
					resource "celonis_user" "people" {
					  count     = 3
					  user_name = "p${count.index}@example.com"
					}
					resource "celonis_group" "this" { display_name = "Analysts" }
					resource "celonis_group_members" "this" {
					  group_id = celonis_group.this.id
					  ` + users + `
					}`
			}

			w := newWorkspace(t, env, configuration(test.users))

			output, _ := w.planned()
			if name == "names" {
				wantParts(t, output, `+ "p0@example.com"`, `+ "p2@example.com"`)
			}

			w.must("apply", "-auto-approve")
			w.mustPlanNothing()

			ids := []string{userAt(team, "p0@example.com").ID, userAt(team, "p1@example.com").ID, userAt(team, "p2@example.com").ID}
			wantMembers(t, team, "Analysts", slices.Clone(ids)...)

			w.reconfigure(configuration(test.fewer))

			output, _ = w.planned()
			wantParts(t, output, "1 to change", test.changed)
			w.must("apply", "-auto-approve")
			wantMembers(t, team, "Analysts", ids[:2]...)

			users := ids[0] + "," + ids[1]
			if name == "names" {
				users = "P0@example.com, p1@example.com"
			}

			w.must("state", "rm", "celonis_group_members.this")
			w.reconfigure(configuration(test.fewer) + "\n" + importOf("celonis_group_members.this", "Analysts/"+users))

			output, _ = w.planned()
			wantParts(t, output, "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.")
			w.must("apply", "-auto-approve")
			w.mustPlanNothing()

			w.must("destroy", "-auto-approve", "-target=celonis_group_members.this")
			wantMembers(t, team, "Analysts")
		})
	}
}

func TestGroupMembersAreImportedByText(t *testing.T) {
	t.Parallel()

	options := oneGroup(3, "user-000", "user-001", "slash")
	options.Users = append(options.Users, scim.User{ID: "slash", UserName: "ops/eu@example.com", DisplayName: "Ops"})
	options.Groups = append(options.Groups, scim.Group{ID: "group-2", DisplayName: "EU, Finance/Ops", Members: []string{"user-000"}})
	_, env := startTeam(t, simulator.Options{SCIM: options})

	for text, want := range map[string]string{
		"group-1/user-000,user-001":                          "group-1 [user-000 user-001] []",
		"Analysts/ user-001 , user-000":                      "group-1 [user-000 user-001] []",
		"Analysts/PERSON.000@example.com,ops/eu@example.com": "group-1 [] [PERSON.000@example.com ops/eu@example.com]",
		"group-1/person.000@example.com,user-001":            "group-1 [user-000 user-001] []",
		"EU, Finance/Ops/user-000,user-001":                  "group-2 [user-000] []",
		"group-1/user-002":                                   "error: None of the users is a member of the group group-1",
		"group-1/person.002@example.com":                     "error: None of the users is a member of the group group-1",
		"group-1/person.000@example.com,adda@example.com":    `error: has the user name "adda@example.com"`,
		"Nobody/user-000":                                    `"Nobody"`,
		"group-1":                                            "error: does not have the form <group>/<user>,<user>,…",
		"group-1/user-000,,user-001":                         "error: `user_ids` is null or empty",
	} {
		t.Run(strings.ReplaceAll(text, "/", "|"), func(t *testing.T) {
			t.Parallel()

			members := newProtocolObject(t, env, "celonis_group_members")
			diags := members.importByText(text)

			if message, isError := strings.CutPrefix(want, "error: "); isError || strings.HasPrefix(want, `"`) {
				if !diags.hasError() || !strings.Contains(diags.text(), message) {
					t.Errorf("%q is missing from %q", message, diags.text())
				}

				return
			}

			if diags.hasError() {
				t.Fatal(diags.text())
			}

			if got := fmt.Sprint(members.text("group_id"), members.texts("user_ids"), members.texts("user_names")); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
				t.Errorf("imported %s, want %s", got, want)
			}
		})
	}
}

func TestGroupMembersHaveAnIdentityThatFollowsTheUsers(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{SCIM: oneGroup(4)})
	server := configuredServer(t, env)
	identity := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"group_id": tftypes.String, "user_ids": tftypes.List{ElementType: tftypes.String}}}
	schema := schemaOf(t).ResourceSchemas["celonis_group_members"]

	data := func(ids ...string) *tfprotov6.ResourceIdentityData {
		var elements []tftypes.Value
		for _, id := range ids {
			elements = append(elements, tftypes.NewValue(tftypes.String, id))
		}

		value, err := tfprotov6.NewDynamicValue(identity, tftypes.NewValue(identity, map[string]tftypes.Value{
			"group_id": tftypes.NewValue(tftypes.String, "group-1"), "user_ids": tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, elements),
		}))
		if err != nil {
			t.Fatal(err)
		}

		return &tfprotov6.ResourceIdentityData{IdentityData: &value}
	}
	shown := func(data *tfprotov6.ResourceIdentityData) string {
		value, err := data.IdentityData.Unmarshal(identity)
		if err != nil {
			t.Fatal(err)
		}

		return value.String()
	}

	for name, form := range bothForms() {
		members := newProtocolObject(t, env, "celonis_group_members")
		members.must(form.of("group-1", people(2)...))

		step := members.plan(form.of("group-1", people(3)...))

		applied, err := server.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
			TypeName: "celonis_group_members", PriorState: members.encode(members.state), PlannedState: members.encode(step.state),
			PlannedPrivate: step.private, Config: members.encode(step.config), PlannedIdentity: data("user-000", "user-001"),
		})
		if err != nil || len(applied.Diagnostics) > 0 {
			t.Fatalf("%s: %v, %s", name, err, protocolDiagnostics(applied.Diagnostics).text())
		}

		if got, want := shown(applied.NewIdentity), shown(data("user-000", "user-001", "user-002")); got != want {
			t.Errorf("%s: got identity %s, want %s", name, got, want)
		}
	}

	imported, err := server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: "celonis_group_members", Identity: data("user-000", "user-002"),
	})
	if err != nil || len(imported.Diagnostics) > 0 {
		t.Fatalf("%v, %s", err, protocolDiagnostics(imported.Diagnostics).text())
	}

	read, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: "celonis_group_members", CurrentState: imported.ImportedResources[0].State, Private: imported.ImportedResources[0].Private,
		CurrentIdentity: imported.ImportedResources[0].Identity,
	})
	if err != nil || len(read.Diagnostics) > 0 {
		t.Fatalf("%v, %s", err, protocolDiagnostics(read.Diagnostics).text())
	}

	state, err := read.NewState.Unmarshal(schema.ValueType())
	if err != nil || !strings.Contains(state.String(), "user-002") || shown(read.NewIdentity) != shown(data("user-000", "user-002")) {
		t.Errorf("%v: %s, %s", err, state, shown(read.NewIdentity))
	}

	for name, ids := range map[string][]string{"none": {}, "blank": {"user-000", " "}} {
		imported, err := server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: "celonis_group_members", Identity: data(ids...)})
		if err != nil || !strings.Contains(protocolDiagnostics(imported.Diagnostics).text(), "`user_ids` is null or empty") {
			t.Errorf("%s: %v, %s", name, err, protocolDiagnostics(imported.Diagnostics).text())
		}
	}
}

// TestPlanDoesNotDestroyAMembershipThatAnotherResourceKeeps covers both orders in which Terraform may plan the resources, and combinations
// of ids and addresses.
func TestPlanDoesNotDestroyAMembershipThatAnotherResourceKeeps(t *testing.T) {
	t.Parallel()

	all := people(3)

	for name, keeper := range map[string]struct {
		typeName string
		given    map[string]any
	}{
		"set by id":      {"celonis_group_members", bothForms()["ids"].of("group-1", all[0], all[2])},
		"set by name":    {"celonis_group_members", bothForms()["names"].of("group-1", all[0], all[2])},
		"single by id":   {"celonis_group_member", map[string]any{"group_id": "group-1", "user_id": "user-000"}},
		"single by name": {"celonis_group_member", map[string]any{"group_id": "group-1", "user_name": "Person.000@example.com"}},
	} {
		for formName, form := range bothForms() {
			t.Run(name+" and "+formName, func(t *testing.T) {
				t.Parallel()

				team, env := startTeam(t, simulator.Options{SCIM: oneGroup(3)})
				keeping, going := newProtocolObject(t, env, keeper.typeName), newProtocolObject(t, env, "celonis_group_members")
				keeping.must(keeper.given)
				going.must(form.of("group-1", all[:2]...))

				for _, shrinks := range []bool{true, false} {
					keeping.server = configuredServer(t, env)
					going.server = keeping.server
					keeping.refresh()
					going.refresh()
					keeping.plan(keeper.given)

					var diags protocolDiagnostics
					if shrinks {
						_, diags = going.tryPlan(form.of("group-1", all[1]))
					} else {
						diags = going.tryDestroy()
					}

					if !diags.hasError() || !strings.Contains(diags.text(), "One resource destroys an object that another resource keeps") {
						t.Errorf("shrinks %t: got %s", shrinks, diags.text())
					}
				}

				wantMembers(t, team, "Analysts", idsOf(all)[:len(team.Groups()[0].Members)]...)
			})
		}
	}
}

func TestPlanWarnsOfMembershipsThatAreManagedTwice(t *testing.T) {
	t.Parallel()

	all := people(4)
	single := func(attribute, user string) map[string]any {
		return map[string]any{"group_id": "group-1", attribute: user}
	}

	type planned struct {
		typeName string
		given    map[string]any
	}

	for name, test := range map[string]struct {
		one, other planned
		users      []string
	}{
		"two sets": {
			planned{"celonis_group_members", bothForms()["ids"].of("group-1", all[:3]...)},
			planned{"celonis_group_members", bothForms()["ids"].of("group-1", all[1:]...)},
			[]string{"user-001", "user-002"},
		},
		"two sets by name": {
			planned{"celonis_group_members", bothForms()["names"].of("group-1", all[0], all[1])},
			planned{"celonis_group_members", map[string]any{"group_id": "group-1", "user_names": textSet("person.001@example.com")}},
			[]string{"person.001@example.com"},
		},
		"a set and a single membership": {
			planned{"celonis_group_members", bothForms()["ids"].of("group-1", all[:2]...)},
			planned{"celonis_group_member", single("user_id", "user-001")},
			[]string{"user-001"},
		},
		"a single membership and a set by name": {
			planned{"celonis_group_member", single("user_name", "person.001@example.com")},
			planned{"celonis_group_members", bothForms()["names"].of("group-1", all[:2]...)},
			[]string{"PERSON.001@EXAMPLE.COM"},
		},
		"different groups": {
			planned{"celonis_group_members", bothForms()["ids"].of("group-1", all...)},
			planned{"celonis_group_members", bothForms()["ids"].of("group-2", all...)},
			nil,
		},
		"different users": {
			planned{"celonis_group_members", bothForms()["ids"].of("group-1", all[:2]...)},
			planned{"celonis_group_members", bothForms()["ids"].of("group-1", all[2:]...)},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: oneGroup(4)})
			one, other := newProtocolObject(t, env, test.one.typeName), newProtocolObject(t, env, test.other.typeName)
			one.server = configuredServer(t, env)
			other.server = one.server

			_, first := one.tryPlan(test.one.given)
			_, second := other.tryPlan(test.other.given)

			if len(first) > 0 || len(second) != len(test.users) {
				t.Errorf("first %s, second %s", first.text(), second.text())
			}

			for _, user := range test.users {
				wantParts(t, second.text(), "Two resources manage the same membership", "the user "+user+" in the group group-1")
			}

			if requests := team.Journal(); len(requests) > 0 {
				t.Errorf("got %d requests", len(requests))
			}
		})
	}
}

func TestReplacedGroupMembersCauseNoWarningAboutThemselves(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{SCIM: oneGroup(3)})
	w := newWorkspace(t, env, `
		resource "celonis_group_members" "this" {
		  group_id = "group-1"
		  user_ids = ["user-000", "user-001"]
		}`)
	w.must("apply", "-auto-approve")

	for _, arguments := range [][]string{{"-replace=celonis_group_members.this"}, {}} {
		output, _ := w.planned(arguments...)
		if strings.Contains(output, "Warning: A membership") {
			t.Error(output)
		}
	}

	w.must("taint", "celonis_group_members.this")

	if output, _ := w.planned(); strings.Contains(output, "Warning: A membership") {
		t.Error(output)
	}
}

func TestGroupMemberUserNamesAreKnownAtPlanTime(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(3)})
	member := newProtocolObject(t, env, "celonis_group_member")
	given := map[string]any{"group_id": "group-1", "user_name": "Person.001@example.com"}

	member.must(given)
	wantMembers(t, team, "Analysts", "user-001")

	if member.text("id") != "group-1/user-001" || member.text("user_id") != "user-001" {
		t.Errorf("got state %s", member.state)
	}

	if diags := member.refresh(); diags.hasError() {
		t.Fatal(diags.text())
	}

	member.mustPlanNothing(given)
	member.mustPlanNothing(map[string]any{"group_id": "group-1", "user_name": "PERSON.001@example.com"})
	member.mustPlanNothing(map[string]any{"group_id": "group-1", "user_id": "user-001"})

	for name, given := range map[string]map[string]any{
		"name of another user": {"group_id": "group-1", "user_name": "person.002@example.com"},
		"id of another user":   {"group_id": "group-1", "user_id": "user-002"},
	} {
		if replaced := member.replaces(given); !replaced {
			t.Errorf("%s does not replace the membership", name)
		}
	}

	byID := newProtocolObject(t, env, "celonis_group_member")
	byID.must(map[string]any{"group_id": "group-1", "user_id": "user-000"})

	if byID.replaces(map[string]any{"group_id": "group-1", "user_name": "person.000@example.com"}) {
		t.Error("the address of the same user replaces the membership")
	}

	for _, name := range []any{"person.002@example.com", "nobody@example.com", tftypes.UnknownValue} {
		if !byID.replaces(map[string]any{"group_id": "group-1", "user_name": name}) {
			t.Errorf("%v does not replace the membership", name)
		}
	}

	unknown := newProtocolObject(t, env, "celonis_group_member")

	diags := unknown.apply(unknown.plan(map[string]any{"group_id": "group-1", "user_name": "nobody@example.com"}))
	if !diags.hasError() || !unknown.state.IsNull() {
		t.Errorf("got state %s", unknown.state)
	}

	wantParts(t, diags.text(), `has the user name "nobody@example.com"`, "Correct the address in `user_name`")
}

// replaces reports whether a plan replaces the object.
func (s *protocolObject) replaces(given map[string]any) bool {
	s.t.Helper()

	config := encoded(s.t, s.schema, given)
	proposed := attributes(s.t, s.decode(config))

	for name, before := range attributes(s.t, s.state) {
		if proposed[name].IsNull() {
			proposed[name] = before
		}
	}

	planned, err := s.provider().PlanResourceChange(s.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: s.typeName, PriorState: s.encode(s.state), PriorPrivate: s.private, Config: config,
		ProposedNewState: s.encode(tftypes.NewValue(s.schema.ValueType(), proposed)),
	})
	if err != nil || protocolDiagnostics(planned.Diagnostics).hasError() {
		s.t.Fatalf("%v, %s", err, protocolDiagnostics(planned.Diagnostics).text())
	}

	return len(planned.RequiresReplace) > 0
}

func TestGroupManagesMembersByUserName(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(4)})
	group := newProtocolObject(t, env, "celonis_group")
	given := func(names ...string) map[string]any {
		return map[string]any{"display_name": "Auditors", "member_user_names": textSet(names...)}
	}

	group.must(given("Person.000@example.com", "person.001@example.com"))
	wantMembers(t, team, "Auditors", "user-000", "user-001")

	if diags := group.refresh(); diags.hasError() {
		t.Fatal(diags.text())
	}

	group.mustPlanNothing(given("Person.000@example.com", "person.001@example.com"))
	group.mustPlanNothing(given("person.000@example.com", "PERSON.001@example.com"))

	group.must(given("person.000@example.com", "person.002@example.com"))
	wantMembers(t, team, "Auditors", "user-000", "user-002")

	// Add a member outside Terraform.
	team.ChangeGroup(groupAt(team, "Auditors").ID, func(group *scim.Group) { group.Members = append(group.Members, "user-003") })

	if diags := group.refresh(); diags.hasError() {
		t.Fatal(diags.text())
	}

	if got, want := group.texts("member_user_names"), []string{"Person.003@Example.com", "person.000@example.com", "person.002@example.com"}; !slices.Equal(got, want) {
		t.Errorf("got %v in the state", got)
	}

	group.must(given("person.000@example.com", "person.002@example.com"))
	wantMembers(t, team, "Auditors", "user-000", "user-002")

	step := group.plan(given("person.000@example.com", "nobody@example.com"))

	before := group.state
	diags := group.apply(step)
	wantParts(t, diags.text(), `has the user name "nobody@example.com"`, "Correct the address in `member_user_names`")

	group.state = before
	_, diags = group.tryPlan(map[string]any{"display_name": "Auditors", "member_ids": textSet("user-000"), "member_user_names": textSet("person.000@example.com")})
	wantParts(t, diags.text(), "member_ids", "member_user_names")

	_, diags = group.tryPlan(given("person.000@example.com", "Person.000@example.com"))
	wantParts(t, diags.text(), "differ only in case")

	// Switch from user names to ids and back.
	puts := team.Count(http.MethodPut, "/*")
	group.must(map[string]any{"display_name": "Auditors", "member_ids": textSet("user-000", "user-002")})
	group.must(given("person.000@example.com", "person.002@example.com"))

	if got := team.Count(http.MethodPut, "/*"); got != puts {
		t.Errorf("got %d PUTs, want none", got-puts)
	}

	group.must(map[string]any{"display_name": "Auditors", "member_ids": textSet("user-000")})
	wantMembers(t, team, "Auditors", "user-000")
	group.must(given("person.001@example.com"))
	wantMembers(t, team, "Auditors", "user-001")
	group.must(given())
	wantMembers(t, team, "Auditors")
}

// TestMemberMissingFromTheUserListIsShownByID covers a service whose list of users is incomplete.
func TestMemberMissingFromTheUserListIsShownByID(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(2)})
	group := newProtocolObject(t, env, "celonis_group")
	given := map[string]any{"display_name": "Auditors", "member_user_names": textSet("person.000@example.com")}
	group.must(given)

	path := groupsPath + "/" + groupAt(team, "Auditors").ID
	body, err := json.Marshal(map[string]any{
		"id": groupAt(team, "Auditors").ID, "displayName": "Auditors", "members": []any{map[string]string{"value": "user-000"}, map[string]string{"value": "hidden"}},
	})
	if err != nil {
		t.Fatal(err)
	}

	team.Inject(simulator.Fault{Method: http.MethodGet, Path: path, Times: 2, Status: http.StatusOK, Body: string(body), Header: http.Header{"Content-Type": {"application/scim+json"}}})

	if diags := group.refresh(); diags.hasError() {
		t.Fatal(diags.text())
	}

	if got := group.texts("member_user_names"); !slices.Equal(got, []string{"hidden", "person.000@example.com"}) {
		t.Errorf("got %v in the state", got)
	}

	if diags := group.apply(group.plan(given)); diags.hasError() { // The apply removes the member.
		t.Error(diags.text())
	}

	wantMembers(t, team, "Auditors", "user-000")
}
