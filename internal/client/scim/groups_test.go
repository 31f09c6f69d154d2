package scim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	clientscim "github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

func TestGroupLifeCycleForEachSCIMReading(t *testing.T) {
	t.Parallel()

	for name, apply := range scimSwitches() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := clienttest.SCIMTeam(5, 2, apply)
			clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
				celonis := env.Client()
				users := env.UserIDs(4)

				made, err := celonis.CreateGroup(t.Context(), clientscim.NewGroup{
					DisplayName: "Finance", ExternalID: "grp-1", Role: "analyst", MemberIDs: []string{users[1], users[0]},
				})
				if err != nil {
					t.Fatal(err)
				}

				want := scim.Group{ID: made.ID, DisplayName: "Finance", ExternalID: "grp-1", Role: "ANALYST", Members: users[:2]}
				wantGroup(env, want)

				read, err := celonis.Group(t.Context(), made.ID)
				if err != nil || read.DisplayName != "Finance" || read.ExternalID != "grp-1" || !slices.Equal(read.MemberIDs, users[:2]) || !read.MembersKnown ||
					!strings.EqualFold(read.Role, "ANALYST") && options.SCIM.RoleLocation != scim.RoleAbsent {
					t.Errorf("Group() = %+v, %v", read, err)
				}

				// This change does not include the members.
				if _, err := celonis.UpdateGroup(t.Context(), made.ID, clientscim.GroupChange{DisplayName: new("Sales"), Role: new("ADMIN")}); err != nil {
					t.Error(err)
				}

				want.DisplayName, want.Role = "Sales", "ADMIN"
				wantGroup(env, want)

				if err := celonis.AddGroupMember(t.Context(), made.ID, users[2]); err != nil {
					t.Error(err)
				}

				celonis = env.Client() // A new client represents a later run.
				if err := celonis.RemoveGroupMember(t.Context(), made.ID, users[0]); err != nil {
					t.Error(err)
				}

				want.Members = users[1:3]
				if options.SCIM.RoleLocation == scim.RoleAbsent {
					want.Role = "MEMBER" // The service's responses omit the role, so the PUT did not contain it.
				}

				wantGroup(env, want)

				for index, member := range []bool{false, true, true, false} {
					if got, err := celonis.HasGroupMember(t.Context(), made.ID, users[index]); err != nil || got != member {
						t.Errorf("user %d: HasGroupMember() = %t, %v", index, got, err)
					}
				}

				changed, err := celonis.UpdateGroup(t.Context(), made.ID, clientscim.GroupChange{MemberIDs: &[]string{users[3]}})
				if err != nil || !slices.Equal(changed.MemberIDs, users[3:]) {
					t.Errorf("changed = %+v, error = %v", changed, err)
				}

				celonis = env.Client()

				changed, err = celonis.UpdateGroup(t.Context(), made.ID, clientscim.GroupChange{MemberIDs: &[]string{}})
				if err != nil || len(changed.MemberIDs) != 0 || !changed.MembersKnown || len(env.Group(made.ID).Members) != 0 {
					t.Errorf("changed = %+v, error = %v", changed, err)
				}

				if got, err := celonis.HasGroupMember(t.Context(), made.ID, users[3]); err != nil || got {
					t.Errorf("HasGroupMember() = %t, %v; want false", got, err)
				}

				celonis = env.Client()
				if err := celonis.DeleteGroup(t.Context(), made.ID); err != nil {
					t.Error(err)
				}

				_, err = celonis.Group(t.Context(), made.ID)
				if isGone := transport.IsNotFound(err); err == nil || isGone != (options.SCIM.UnknownID == "" || options.SCIM.UnknownID == scim.UnknownError) {
					t.Errorf("after the deletion: error = %v, want ReasonNotFound", err)
				}
			})
		})
	}
}

// wantGroup compares a group with the group stored in the team.
func wantGroup(env clienttest.Env, want scim.Group) {
	env.T.Helper()

	stored := env.Group(want.ID)
	if stored.DisplayName != want.DisplayName || stored.ExternalID != want.ExternalID || stored.Role != want.Role || !slices.Equal(stored.Members, want.Members) {
		env.T.Errorf("the team contains %+v, want %+v", stored, want)
	}
}

func TestGroupsAreFoundByTheirName(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(3, 4), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()
		want := env.Team.Groups()[2]

		group, err := celonis.FindGroup(t.Context(), want.DisplayName)
		if err != nil || group.ID != want.ID {
			t.Errorf("FindGroup() = %+v, %v", group, err)
		}

		_, err = celonis.FindGroup(t.Context(), strings.ToUpper(want.DisplayName))
		clienttest.WantError(t, err, transport.ReasonNotFound)

		env.Respond(clienttest.GroupsPath, http.StatusOK, clienttest.JSONType, `{"totalResults": 2, "Resources": [{"id": "b", "displayName": "X"}, {"id": "a", "displayName": "X"}]}`)

		_, err = env.Client().FindGroup(t.Context(), "X")
		if failed := clienttest.WantError(t, err, transport.ReasonAmbiguous, "a, b"); failed.Area.Name != clientscim.Area.Name {
			t.Errorf("area %s", failed.Area.Name)
		}
	})
}

func TestCreatingAGroupWithAnAmbiguousNameFails(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(0, 0), func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.GroupsPath, Status: http.StatusBadRequest})
		env.Team.Inject(simulator.Fault{
			Method: http.MethodGet, Path: clienttest.GroupsPath, Status: http.StatusOK,
			Body: `{"totalResults": 2, "Resources": [{"id": "b", "displayName": "X"}, {"id": "a", "displayName": "X"}]}`,
		})

		_, err := env.Client().CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X"})
		clienttest.WantError(t, err, transport.ReasonExists, "a, b")
	})
}

func TestCreatedGroupWithOtherAttributesIsKept(t *testing.T) {
	t.Parallel()

	// The response does not show when the group was created, and contains attributes that were not requested.
	for name, body := range map[string]string{
		"an external id": `{"id": "g", "displayName": "X", "externalId": "theirs", "members": []}`,
		"a member":       `{"id": "g", "displayName": "X", "members": [{"value": "u"}]}`,
		"another role":   `{"id": "g", "displayName": "X", "role": "ADMIN"}`,
	} {
		clienttest.InBubble(t, clienttest.SCIMTeam(0, 0), func(t *testing.T, env clienttest.Env) {
			env.Respond(clienttest.GroupsPath, http.StatusOK, clienttest.JSONType, body)

			got, err := env.Client().CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X", Role: "MEMBER"})
			if failed := clienttest.WantError(t, err, transport.ReasonExists); failed.ExistingID != "g" || got.ID != "" {
				t.Errorf("%s: the error contains the existing id %q; CreateGroup returned %+v", name, failed.ExistingID, got)
			}
		})
	}
}

func TestGroupIsAdoptedAfterALostResponseOnlyIfItIsCertainlyNew(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		extras  scim.Extras
		group   clientscim.NewGroup
		isFound bool
	}{
		"age is shown":                   {scim.ExtrasMeta, clientscim.NewGroup{DisplayName: "X"}, true},
		"requested external id":          {scim.ExtrasNone, clientscim.NewGroup{DisplayName: "X", ExternalID: "grp-1"}, true},
		"age unknown, name only":         {scim.ExtrasNone, clientscim.NewGroup{DisplayName: "X"}, false},
		"members, age is shown":          {scim.ExtrasMeta, clientscim.NewGroup{DisplayName: "X", MemberIDs: []string{"first"}}, true},
		"members, age unknown":           {scim.ExtrasNone, clientscim.NewGroup{DisplayName: "X", MemberIDs: []string{"first"}}, false},
		"no members requested":           {scim.ExtrasMeta, clientscim.NewGroup{DisplayName: "X", MemberIDs: []string{}}, true},
		"requested role and external id": {scim.ExtrasNone, clientscim.NewGroup{DisplayName: "X", Role: "ADMIN", ExternalID: "grp-1"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(2, 0, func(o *scim.Options) { o.Extras = test.extras }), func(t *testing.T, env clienttest.Env) {
				time.Sleep(time.Hour)
				env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.GroupsPath, ResetAfter: true})

				req := test.group
				if len(req.MemberIDs) > 0 {
					req.MemberIDs = env.UserIDs(1)
				}

				group, err := env.Client().CreateGroup(t.Context(), req)
				if !test.isFound {
					clienttest.WantError(t, err, transport.ReasonConnection, "is unknown", env.Team.Groups()[0].ID)
				} else if err != nil || group.ID != env.Team.Groups()[0].ID || !slices.Equal(group.MemberIDs, req.MemberIDs) && len(req.MemberIDs) > 0 {
					t.Errorf("CreateGroup() = %+v, %v", group, err)
				}
			})
		})
	}
}

func TestGroupAgeIsMeasuredByTheServiceClock(t *testing.T) {
	t.Parallel()

	// The local clock differs from the service's clock by an hour.
	options := clienttest.SCIMTeam(0, 0)
	options.Now = func() time.Time { return time.Now().Add(-time.Hour) }
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{
			Method: http.MethodPost, Path: clienttest.GroupsPath, Header: http.Header{"Date": {options.Now().UTC().Format(http.TimeFormat)}},
		})

		if _, err := env.Client().CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X"}); err != nil {
			t.Error(err)
		}
	})
}

func TestRenameToATakenNameIsNotRepeated(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(0, 0, func(o *scim.Options) {
		o.ETags, o.DuplicateGroup = scim.ETagsEnforced, scim.DuplicateRFC
	}), func(t *testing.T, env clienttest.Env) {
		env.Team.AddGroup(scim.Group{DisplayName: "X"})
		group := env.Team.AddGroup(scim.Group{DisplayName: "Y"}).ID

		_, err := env.Client().UpdateGroup(t.Context(), group, clientscim.GroupChange{DisplayName: new("X")})
		clienttest.WantError(t, err, transport.ReasonStatus, "status 409", "uniqueness")
		env.WantCount(1, http.MethodPut, clienttest.GroupsPath+"/*")
	})
}

func TestOlderGroupIsNeverAdopted(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SCIMTeam(0, 0), func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{
			Method: http.MethodPost, Path: clienttest.GroupsPath, Status: http.StatusCreated,
			Body: `{"id": "old", "displayName": "X", "members": [{"value": "somebody"}], "meta": {"created": "1999-01-01T00:00:00Z"}}`,
		})

		made, err := env.Client().CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X"})
		if got := clienttest.WantError(t, err, transport.ReasonExists, "old"); got.ExistingID != "old" || made.ID != "" {
			t.Errorf("the error contains the existing id %q; CreateGroup returned %+v", got.ExistingID, made)
		}
	})
}

func TestUpdateKeepsMembersWhoJoinedMeanwhile(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SCIMTeam(4, 0), func(t *testing.T, env clienttest.Env) {
		var ids []string
		for _, user := range env.Team.Users() {
			ids = append(ids, user.ID)
		}

		slices.Sort(ids)

		group := env.Team.AddGroup(scim.Group{DisplayName: "X", Members: ids[1:]}).ID // The last user joined after the plan.
		wanted, former := ids[:2], ids[1:3]

		changed, err := env.Client().UpdateGroup(t.Context(), group, clientscim.GroupChange{MemberIDs: &wanted, FormerMemberIDs: &former})
		if err != nil || !slices.Equal(changed.MemberIDs, []string{ids[0], ids[1], ids[3]}) {
			t.Errorf("member IDs = %v, error = %v", changed.MemberIDs, err)
		}

		changed, err = env.Client().UpdateGroup(t.Context(), group, clientscim.GroupChange{MemberIDs: &wanted})
		if err != nil || !slices.Equal(changed.MemberIDs, wanted) {
			t.Errorf("member IDs = %v, error = %v", changed.MemberIDs, err)
		}
	})
}

func TestMembersKeepTheirAttributes(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
		ids := env.UserIDs(3)
		group := env.Team.AddGroup(scim.Group{DisplayName: "X", ExternalID: "grp-1", Role: "ADMIN", Members: ids[:2]})

		changed, err := env.Client().UpdateGroup(t.Context(), group.ID, clientscim.GroupChange{MemberIDs: &ids})
		if err != nil || changed.ExternalID != "grp-1" || changed.Role != "ADMIN" || !slices.Equal(changed.MemberIDs, ids) {
			t.Errorf("UpdateGroup() = %+v, %v", changed, err)
		}

		env.WantCount(2, http.MethodGet, clienttest.GroupsPath+"/*")
		env.WantCount(1, http.MethodPut, clienttest.GroupsPath+"/*")
	})
}

func TestMembersThatAreNotAppliedAreReported(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(3, 0, func(o *scim.Options) { o.IgnoredByPUT = []string{"members"} }), func(t *testing.T, env clienttest.Env) {
		ids := env.UserIDs(2)
		group := env.Team.AddGroup(scim.Group{DisplayName: "X", Members: ids[:1]})

		_, err := env.Client().UpdateGroup(t.Context(), group.ID, clientscim.GroupChange{MemberIDs: &[]string{ids[1]}})
		clienttest.WantError(t, err, transport.ReasonNotApplied, "these members have not been added: "+ids[1], "these members have not been removed: "+ids[0])
		env.WantCount(4, http.MethodPut, clienttest.GroupsPath+"/*")

		err = env.Client().AddGroupMember(t.Context(), group.ID, ids[1])
		clienttest.WantError(t, err, transport.ReasonNotApplied, ids[1], "another program")
		env.WantCount(8, http.MethodPut, clienttest.GroupsPath+"/*")

		err = env.Client().RemoveGroupMember(t.Context(), group.ID, ids[0])
		clienttest.WantError(t, err, transport.ReasonNotApplied, ids[0], "are still in the group")
	})
}
