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

func TestGroupLifeCycleForEveryReadingOfSCIM(t *testing.T) {
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
					t.Errorf("read %+v, %v", read, err)
				}

				// The members are not a part of this change.
				if _, err := celonis.UpdateGroup(t.Context(), made.ID, clientscim.GroupChange{DisplayName: new("Sales"), Role: new("ADMIN")}); err != nil {
					t.Error(err)
				}

				want.DisplayName, want.Role = "Sales", "ADMIN"
				wantGroup(env, want)

				if err := celonis.AddGroupMember(t.Context(), made.ID, users[2]); err != nil {
					t.Error(err)
				}

				celonis = env.Client() // Another run.
				if err := celonis.RemoveGroupMember(t.Context(), made.ID, users[0]); err != nil {
					t.Error(err)
				}

				want.Members = users[1:3]
				if options.SCIM.RoleLocation == scim.RoleAbsent {
					want.Role = "MEMBER" // Nobody can send back a role that is not shown.
				}

				wantGroup(env, want)

				for index, member := range []bool{false, true, true, false} {
					if got, err := celonis.HasGroupMember(t.Context(), made.ID, users[index]); err != nil || got != member {
						t.Errorf("user %d: member %t, %v", index, got, err)
					}
				}

				changed, err := celonis.UpdateGroup(t.Context(), made.ID, clientscim.GroupChange{MemberIDs: &[]string{users[3]}})
				if err != nil || !slices.Equal(changed.MemberIDs, users[3:]) {
					t.Errorf("got %+v, %v", changed, err)
				}

				celonis = env.Client()

				changed, err = celonis.UpdateGroup(t.Context(), made.ID, clientscim.GroupChange{MemberIDs: &[]string{}})
				if err != nil || len(changed.MemberIDs) != 0 || !changed.MembersKnown || len(env.Group(made.ID).Members) != 0 {
					t.Errorf("got %+v, %v", changed, err)
				}

				if got, err := celonis.HasGroupMember(t.Context(), made.ID, users[3]); err != nil || got {
					t.Errorf("member %t, %v", got, err)
				}

				celonis = env.Client()
				if err := celonis.DeleteGroup(t.Context(), made.ID); err != nil {
					t.Error(err)
				}

				_, err = celonis.Group(t.Context(), made.ID)
				if isGone := transport.IsNotFound(err); err == nil || isGone != (options.SCIM.UnknownID == "" || options.SCIM.UnknownID == scim.UnknownError) {
					t.Errorf("after the deletion: %v", err)
				}
			})
		})
	}
}

// wantGroup checks a group as the team has it.
func wantGroup(env clienttest.Env, want scim.Group) {
	env.T.Helper()

	got := env.Group(want.ID)
	if got.DisplayName != want.DisplayName || got.ExternalID != want.ExternalID || got.Role != want.Role || !slices.Equal(got.Members, want.Members) {
		env.T.Errorf("the team has %+v, want %+v", got, want)
	}
}

func TestGroupsAreFoundByTheirName(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(3, 4), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()
		wanted := env.Team.Groups()[2]

		got, err := celonis.FindGroup(t.Context(), wanted.DisplayName)
		if err != nil || got.ID != wanted.ID {
			t.Errorf("got %+v, %v", got, err)
		}

		_, err = celonis.FindGroup(t.Context(), strings.ToUpper(wanted.DisplayName))
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

	// Its age is not shown, and nobody asked for what it has.
	for name, body := range map[string]string{
		"an external id": `{"id": "g", "displayName": "X", "externalId": "theirs", "members": []}`,
		"a member":       `{"id": "g", "displayName": "X", "members": [{"value": "u"}]}`,
		"another role":   `{"id": "g", "displayName": "X", "role": "ADMIN"}`,
	} {
		clienttest.InBubble(t, clienttest.SCIMTeam(0, 0), func(t *testing.T, env clienttest.Env) {
			env.Respond(clienttest.GroupsPath, http.StatusOK, clienttest.JSONType, body)

			got, err := env.Client().CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "X", Role: "MEMBER"})
			if failed := clienttest.WantError(t, err, transport.ReasonExists); failed.ExistingID != "g" || got.ID != "" {
				t.Errorf("%s: existing id %q, got %+v", name, failed.ExistingID, got)
			}
		})
	}
}

func TestLostGroupIsAdoptedOnlyIfItIsCertain(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		extras  scim.Extras
		group   clientscim.NewGroup
		isFound bool
	}{
		"its age is shown":               {scim.ExtrasMeta, clientscim.NewGroup{DisplayName: "X"}, true},
		"it has the external id":         {scim.ExtrasNone, clientscim.NewGroup{DisplayName: "X", ExternalID: "grp-1"}, true},
		"it has nothing of its own":      {scim.ExtrasNone, clientscim.NewGroup{DisplayName: "X"}, false},
		"it has members and is new":      {scim.ExtrasMeta, clientscim.NewGroup{DisplayName: "X", MemberIDs: []string{"first"}}, true},
		"it has members and may be old":  {scim.ExtrasNone, clientscim.NewGroup{DisplayName: "X", MemberIDs: []string{"first"}}, false},
		"without members, asked for so":  {scim.ExtrasMeta, clientscim.NewGroup{DisplayName: "X", MemberIDs: []string{}}, true},
		"with a role and an external id": {scim.ExtrasNone, clientscim.NewGroup{DisplayName: "X", Role: "ADMIN", ExternalID: "grp-1"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(2, 0, func(o *scim.Options) { o.Extras = test.extras }), func(t *testing.T, env clienttest.Env) {
				time.Sleep(time.Hour)
				env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.GroupsPath, ResetAfter: true})

				wish := test.group
				if len(wish.MemberIDs) > 0 {
					wish.MemberIDs = env.UserIDs(1)
				}

				got, err := env.Client().CreateGroup(t.Context(), wish)
				if !test.isFound {
					clienttest.WantError(t, err, transport.ReasonConnection, "is unknown", env.Team.Groups()[0].ID)
				} else if err != nil || got.ID != env.Team.Groups()[0].ID || !slices.Equal(got.MemberIDs, wish.MemberIDs) && len(wish.MemberIDs) > 0 {
					t.Errorf("got %+v, %v", got, err)
				}
			})
		})
	}
}

func TestAgeOfAGroupIsMeasuredByTheServicesClock(t *testing.T) {
	t.Parallel()

	// The clock here is wrong by an hour.
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
			t.Errorf("existing id %q, made %+v", got.ExistingID, made)
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

		group := env.Team.AddGroup(scim.Group{DisplayName: "X", Members: ids[1:]}).ID // The last one came meanwhile.
		wanted, former := ids[:2], ids[1:3]

		changed, err := env.Client().UpdateGroup(t.Context(), group, clientscim.GroupChange{MemberIDs: &wanted, FormerMemberIDs: &former})
		if err != nil || !slices.Equal(changed.MemberIDs, []string{ids[0], ids[1], ids[3]}) {
			t.Errorf("%v, %v", changed.MemberIDs, err)
		}

		changed, err = env.Client().UpdateGroup(t.Context(), group, clientscim.GroupChange{MemberIDs: &wanted})
		if err != nil || !slices.Equal(changed.MemberIDs, wanted) {
			t.Errorf("%v, %v", changed.MemberIDs, err)
		}
	})
}

func TestMembersKeepTheirAttributes(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
		ids := env.UserIDs(3)
		group := env.Team.AddGroup(scim.Group{DisplayName: "X", ExternalID: "grp-1", Role: "ADMIN", Members: ids[:2]})

		got, err := env.Client().UpdateGroup(t.Context(), group.ID, clientscim.GroupChange{MemberIDs: &ids})
		if err != nil || got.ExternalID != "grp-1" || got.Role != "ADMIN" || !slices.Equal(got.MemberIDs, ids) {
			t.Errorf("got %+v, %v", got, err)
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
		clienttest.WantError(t, err, transport.ReasonNotApplied, "the members lack "+ids[1], "these members have not been removed: "+ids[0])
		env.WantCount(4, http.MethodPut, clienttest.GroupsPath+"/*")

		err = env.Client().AddGroupMember(t.Context(), group.ID, ids[1])
		clienttest.WantError(t, err, transport.ReasonNotApplied, ids[1], "another program")
		env.WantCount(8, http.MethodPut, clienttest.GroupsPath+"/*")

		err = env.Client().RemoveGroupMember(t.Context(), group.ID, ids[0])
		clienttest.WantError(t, err, transport.ReasonNotApplied, ids[0], "still are in the group")
	})
}
