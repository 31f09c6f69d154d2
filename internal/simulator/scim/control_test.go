package scim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func decode(t *testing.T, got simulatortest.Reply, target any) {
	t.Helper()

	if err := json.Unmarshal([]byte(got.Body), target); err != nil {
		t.Fatalf("%v: body = %s", err, got.Body)
	}
}

func TestUsersAndGroupsCanBeChangedOutsideTheAPI(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{Seats: scim.Seats{Total: 1}})
	cleo := tm.AddUser(scim.User{UserName: "cleo@example.com"})

	if cleo.ID == "" || cleo.Role != "MEMBER" || tm.User(cleo.ID) != cleo {
		t.Errorf("cleo = %+v", cleo)
	}

	tm.ChangeUser(cleo.ID, func(user *scim.User) { user.UserName = "c@example.com" })
	tm.SCIM(http.MethodPost, usersPath, userBody(`"userName":"c@example.com"`)).WantSCIMError(http.StatusBadRequest, "", "taken")

	group := tm.AddGroup(scim.Group{DisplayName: "G", Members: []string{cleo.ID}})
	tm.ChangeGroup(group.ID, func(group *scim.Group) { group.Members = append(group.Members, bobID) })
	tm.RemoveUser(cleo.ID)
	tm.RemoveUser(cleo.ID)

	if got := tm.Group(group.ID).Members; !slices.Equal(got, []string{bobID}) {
		t.Errorf("members = %v", got)
	}

	// AddGroup copies its argument.
	members := []string{bobID}
	secondGroup := tm.AddGroup(scim.Group{DisplayName: "H", Members: members})
	members[0] = "x"

	if got := tm.Group(secondGroup.ID).Members; !slices.Equal(got, []string{bobID}) {
		t.Errorf("members = %v", got)
	}

	tm.RemoveGroup(group.ID)
	tm.RemoveGroup(group.ID)
	tm.SCIM(http.MethodGet, groupsPath+"/"+group.ID, "").Want(http.StatusNotFound)

	// Changes to a returned user or group do not change the team.
	tm.Groups()[0].Members[0] = "x"

	if got := tm.Group(grpID).Members; !slices.Equal(got, []string{adaID}) {
		t.Errorf("members = %v", got)
	}
}

func TestInvalidChangesOutsideTheAPIPanic(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})

	for name, change := range map[string]func(){
		"taken user name":  func() { tm.AddUser(scim.User{UserName: "BOB@example.com"}) },
		"unknown user":     func() { tm.ChangeUser("x", func(*scim.User) {}) },
		"changed user id":  func() { tm.ChangeUser(adaID, func(user *scim.User) { user.ID = "x" }) },
		"unknown role":     func() { tm.ChangeUser(adaID, func(user *scim.User) { user.Role = "x" }) },
		"taken group name": func() { tm.AddGroup(scim.Group{DisplayName: "FINANCE ANALYSTS"}) },
		"unknown group":    func() { tm.ChangeGroup("x", func(*scim.Group) {}) },
		"changed group id": func() { tm.ChangeGroup(grpID, func(group *scim.Group) { group.ID = "x" }) },
		"unknown member":   func() { tm.ChangeGroup(grpID, func(group *scim.Group) { group.Members = []string{"x"} }) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()

			change()
		}()
	}

	// The lock must be released after a panic.
	tm.SCIM(http.MethodGet, usersPath, "").Want(http.StatusOK)
}

func TestControlChangesUsersAndGroups(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})

	var user scim.User

	decode(t, tm.Steer(http.MethodPost, "/-/scim/users", `{"userName":"cleo@example.com","role":"ADMIN"}`).Want(http.StatusOK), &user)

	if tm.User(user.ID) != user || user.Role != "ADMIN" {
		t.Errorf("user = %+v", user)
	}

	tm.Steer(http.MethodPatch, "/-/scim/users/"+user.ID, `{"displayName":"Cleo"}`).Want(http.StatusOK)

	if got := tm.User(user.ID); got.DisplayName != "Cleo" || got.Role != "ADMIN" {
		t.Errorf("User() = %+v", got)
	}

	var users []scim.User

	decode(t, tm.Steer(http.MethodGet, "/-/scim/users", "").Want(http.StatusOK), &users)

	if !slices.Equal(users, tm.Users()) {
		t.Errorf("users = %+v", users)
	}

	tm.Steer(http.MethodPatch, "/-/scim/groups/"+grpID, `{"members":["`+user.ID+`","`+adaID+`"]}`).Want(http.StatusOK)

	var groups []scim.Group

	decode(t, tm.Steer(http.MethodGet, "/-/scim/groups", "").Want(http.StatusOK), &groups)

	if !reflect.DeepEqual(groups, tm.Groups()) || len(groups[0].Members) != 2 {
		t.Errorf("groups = %+v", groups)
	}

	tm.Steer(http.MethodDelete, "/-/scim/users/"+user.ID, "").Want(http.StatusNoContent)
	tm.Steer(http.MethodDelete, "/-/scim/groups/"+grpID, "").Want(http.StatusNoContent)

	if len(tm.Users()) != 2 || len(tm.Groups()) != 0 {
		t.Error("the users and groups were not deleted")
	}

	for target, body := range map[string]string{
		"/-/scim/users": `{"usrName":"x@example.com"}`, "/-/scim/groups": `{"displayName":"X","members":["x"]}`,
	} {
		tm.Steer(http.MethodPost, target, body).Want(http.StatusBadRequest)
	}

	tm.Steer(http.MethodPatch, "/-/scim/users/"+adaID, `{"rle":"ADMIN"}`).Want(http.StatusBadRequest)
	tm.Steer(http.MethodPatch, "/-/scim/users/x", `{}`).Want(http.StatusNotFound)
	tm.Steer(http.MethodPatch, "/-/scim/groups/x", `{}`).Want(http.StatusNotFound)
}

// If several PUTs contain the same version, only one is applied.
func TestConcurrentPUTsWithETagsLoseNoChange(t *testing.T) {
	t.Parallel()

	const clients = 8

	tm := newSCIMTeam(t, scim.Options{ETags: scim.ETagsRequired})

	var workers sync.WaitGroup

	for i := range clients {
		id := tm.AddUser(scim.User{UserName: fmt.Sprintf("c%d@example.com", i)}).ID

		workers.Go(func() {
			for {
				before := tm.SCIM(http.MethodGet, putGroup, "")
				body := strings.Replace(before.Body, `"members":[`, `"members":[{"value":"`+id+`"},`, 1)

				got := tm.SCIM(http.MethodPut, putGroup, body, "If-Match", before.Header.Get("ETag"))
				if got.Status == http.StatusOK {
					return
				}

				if got.Status != http.StatusPreconditionFailed {
					t.Errorf("%d %s", got.Status, got.Body)

					return
				}
			}
		})
	}

	workers.Wait()

	if got := len(tm.Group(grpID).Members); got != clients+1 {
		t.Errorf("%d members", got)
	}
}

func TestConcurrentRequestsOfAllKinds(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{SCIM: scim.Options{
		GeneratedUsers: 50, GeneratedGroups: 9, ListedAfterReads: 1, DelistedAfterReads: 1, Order: scim.OrderUnstable,
		Seats: scim.Seats{Total: 60}, Extras: scim.ExtrasAll, EffectiveRoles: true,
	}})

	var workers sync.WaitGroup

	for i := range 6 {
		workers.Go(func() {
			name := fmt.Sprintf("w%d", i)
			user := tm.SCIM(http.MethodPost, usersPath, userBody(`"userName":"`+name+`@example.com"`)).Want(http.StatusOK).Text("id")
			group := tm.SCIM(http.MethodPost, groupsPath,
				groupBody(`"displayName":"`+name+`","members":[{"value":"`+user+`"}]`)).Want(http.StatusOK).Text("id")

			tm.SCIM(http.MethodGet, usersPath, "").Want(http.StatusOK)
			tm.SCIM(http.MethodGet, groupsPath, "").Want(http.StatusOK)
			tm.SCIM(http.MethodPut, groupsPath+"/"+group, groupBody(`"displayName":"`+name+` too","role":"ADMIN"`)).Want(http.StatusOK)
			tm.Groups()
			tm.SCIM(http.MethodDelete, usersPath+"/"+user, "").Want(http.StatusNoContent)
			tm.SCIM(http.MethodDelete, groupsPath+"/"+group, "").Want(http.StatusNoContent)
		})
	}

	workers.Wait()

	if users, groups := len(tm.Users()), len(tm.Groups()); users != 50 || groups != 9 {
		t.Errorf("%d users, %d groups", users, groups)
	}
}

func TestGeneratedUsersDependOnlyOnTheSeed(t *testing.T) {
	t.Parallel()

	team := func(seed uint64, users int) simulatortest.Team {
		return simulatortest.NewTeam(t, simulator.Options{Seed: seed, SCIM: scim.Options{GeneratedUsers: users, GeneratedGroups: 90}})
	}

	team1, same, longer, team2 := team(1, 60), team(1, 60), team(1, 90), team(2, 60)

	if !slices.Equal(team1.Users(), same.Users()) || !reflect.DeepEqual(team1.Groups(), same.Groups()) {
		t.Error("the same seed generated a different team")
	}

	if !slices.Equal(team1.Users(), longer.Users()[:60]) {
		t.Error("the first users depend on the number of users")
	}

	if slices.Equal(team1.Users(), team2.Users()) {
		t.Error("a different seed generated the same team")
	}

	if len(team1.Users()) != 60 || len(team1.Groups()) != 90 {
		t.Errorf("%d users, %d groups", len(team1.Users()), len(team1.Groups()))
	}

	// A user or group in the options replaces the generated user or group with the same name.
	first := team1.Users()[0].UserName
	firstGroup := team1.Groups()[0].DisplayName
	mixed := simulatortest.NewTeam(t, simulator.Options{Seed: 1, SCIM: scim.Options{
		GeneratedUsers: 60, GeneratedGroups: 90, Users: []scim.User{{UserName: strings.ToUpper(first)}},
		Groups: []scim.Group{{DisplayName: firstGroup}},
	}})

	if users, groups := mixed.Users(), mixed.Groups(); len(users) != 60 || len(groups) != 90 {
		t.Errorf("%d users, %d groups", len(users), len(groups))
	}

	// No user may be in more groups than the service allows.
	memberships := map[string]int{}

	for _, group := range team(3, 4).Groups() {
		for _, id := range group.Members {
			memberships[id]++
		}
	}

	for id, groups := range memberships {
		if groups > 50 {
			t.Errorf("%s is in %d groups", id, groups)
		}
	}
}
