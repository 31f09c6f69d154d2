package scim_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

// allUsers returns the ids of all users. It reads the list in pages of three.
func allUsers(tm simulatortest.Team) []string {
	tm.T.Helper()

	var ids []string

	for first := 1; ; first += 3 {
		page := tm.SCIM(http.MethodGet, fmt.Sprintf("%s?startIndex=%d&count=3", usersPath, first), "").SCIMPage()
		ids = append(ids, page.IDs()...)

		if first+3 > page.TotalResults {
			return ids
		}
	}
}

func TestSCIMListsArePaged(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{SCIM: scim.Options{GeneratedUsers: 450, GeneratedGroups: 30}})

	var seen []string

	for _, page := range []struct{ requested, start, want int }{{0, 1, 200}, {201, 201, 200}, {401, 401, 50}, {451, 451, 0}, {9999, 9999, 0}} {
		target := usersPath
		if page.requested > 0 {
			target += fmt.Sprintf("?startIndex=%d", page.requested)
		}

		got := tm.SCIM(http.MethodGet, target, "").SCIMPage()
		if got.TotalResults != 450 || got.StartIndex != page.start || len(got.Resources) != page.want {
			t.Errorf("%s: %d of %d items, starting at %d", target, len(got.Resources), got.TotalResults, got.StartIndex)
		}

		seen = append(seen, got.IDs()...)
	}

	slices.Sort(seen)

	if len(slices.Compact(seen)) != 450 {
		t.Error("the pages overlap")
	}

	if got := tm.SCIM(http.MethodGet, groupsPath+"?count=7", "").SCIMPage(); got.TotalResults != 30 || len(got.Resources) != 7 {
		t.Errorf("%d of %d groups", len(got.Resources), got.TotalResults)
	}

	if got := tm.SCIM(http.MethodGet, groupsPath+"?count=0", "").SCIMPage(); got.TotalResults != 30 || len(got.Resources) != 0 {
		t.Errorf("%d of %d groups", len(got.Resources), got.TotalResults)
	}
}

func TestSearchReturnsAList(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})
	body := scimBody(searchURN, `"attributes":["userName"],"startIndex":2,"count":10`)
	page := tm.SCIM(http.MethodPost, usersPath+"/.search", body).SCIMPage()

	if page.TotalResults != 2 || page.StartIndex != 2 || len(page.Resources) != 1 || len(page.Resources[0]) != 3 ||
		page.Resources[0]["userName"] != "bob@example.com" {
		t.Errorf("page = %+v", page)
	}

	page = tm.SCIM(http.MethodPost, groupsPath+"/.search", scimBody(searchURN, `"excludedAttributes":["MEMBERS"]`)).SCIMPage()
	if _, there := page.Resources[0]["members"]; there || page.Resources[0]["displayName"] != "Finance analysts" {
		t.Errorf("page = %+v", page)
	}
}

func TestInvalidListRequestsAreRejected(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})

	for query, kind := range map[string]string{
		"startIndex=0": "invalidValue", "startIndex=-1": "invalidValue", "startIndex=x": "invalidValue", "count=-1": "invalidValue",
		"count=99999999999": "invalidValue", "attributes=nme": "invalidValue", "excludedAttributes=nme": "invalidValue",
		"attributes=userName&excludedAttributes=role":                "invalidValue",
		"filter=" + url.QueryEscape(`userName eq "ada@example.com"`): "invalidFilter",
		"startindex=1": "", "sortBy=userName": "", "count=1&count=2": "", "page=1": "",
	} {
		tm.SCIM(http.MethodGet, usersPath+"?"+query, "").WantSCIMError(http.StatusBadRequest, kind, "")
	}

	for body, kind := range map[string]string{
		"{": "invalidSyntax", "{}": "invalidValue", userBody(""): "invalidValue",
		scimBody(searchURN, `"startIndex":0`):               "invalidValue",
		scimBody(searchURN, `"count":"1"`):                  "invalidValue",
		scimBody(searchURN, `"attributes":"userName"`):      "invalidValue",
		scimBody(searchURN, `"attributes":["nme"]`):         "invalidValue",
		scimBody(searchURN, `"sortBy":"userName"`):          "invalidValue",
		scimBody(searchURN, `"filter":"displayName eq \""`): "invalidFilter",
	} {
		tm.SCIM(http.MethodPost, usersPath+"/.search", body).WantSCIMError(http.StatusBadRequest, kind, "")
	}

	tm.SCIM(http.MethodPost, usersPath+"/.search", scimBody(searchURN, ""), "Content-Type", "text/plain").
		WantSCIMError(http.StatusUnsupportedMediaType, "", "application/scim+json")
}

func TestAttributesAreSelected(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})

	for target, want := range map[string][]string{
		usersPath + "/" + adaID + "?attributes=USERNAME,role":        {"id", "role", "schemas", "userName"},
		usersPath + "/" + adaID + "?excludedAttributes=meta,id":      {"displayName", "externalId", "id", "role", "schemas", "userName"},
		groupsPath + "/" + grpID + "?excludedAttributes=members":     {"displayName", "externalId", "id", "meta", "role", "schemas"},
		groupsPath + "/" + grpID + "?attributes=members":             {"id", "members", "schemas"},
		groupsPath + "/" + grpID + "?attributes=displayName,members": {"displayName", "id", "members", "schemas"},
	} {
		var names []string
		for name := range tm.SCIM(http.MethodGet, target, "").Want(http.StatusOK).Object() {
			names = append(names, name)
		}

		if slices.Sort(names); !slices.Equal(names, want) {
			t.Errorf("%s: names = %v, want %v", target, names, want)
		}
	}

	got := tm.SCIM(http.MethodPut, groupsPath+"/"+grpID+"?attributes=displayName", groupBody(`"displayName":"New"`)).Object()
	if len(got) != 3 || got["displayName"] != "New" {
		t.Errorf("the PUT returned %v", got)
	}

	tm.SCIM(http.MethodPut, usersPath+"/"+adaID+"?attributes=nme", userBody(`"userName":"ada@example.com"`)).Want(http.StatusBadRequest)
}

func TestFilterOptions(t *testing.T) {
	t.Parallel()

	type wanted struct {
		status, users int
	}

	for mode, cases := range map[scim.Filter]map[string]wanted{
		scim.FilterRefused: {`userName eq "ada@example.com"`: {400, 0}},
		scim.FilterIgnored: {`userName eq "ada@example.com"`: {200, 2}, "nonsense": {200, 2}},
		scim.FilterHonoured: {
			`userName eq "ADA@example.com"`: {200, 1}, `USERNAME EQ "ada@example.com"`: {200, 1}, `displayName eq "Ada Example"`: {200, 1},
			`userName eq "nobody@example.com"`: {200, 0}, `userName eq "ada`: {400, 0}, `userName co "ada"`: {400, 0},
			`externalId eq "hr-1"`: {400, 0}, `userName eq "a" or userName eq "b"`: {400, 0},
		},
	} {
		tm := newSCIMTeam(t, scim.Options{Filter: mode})

		for filter, want := range cases {
			got := tm.SCIM(http.MethodGet, usersPath+"?filter="+url.QueryEscape(filter), "").Want(want.status)
			if want.status != http.StatusOK {
				got.WantSCIMError(want.status, "invalidFilter", "")

				continue
			}

			if page := got.SCIMPage(); page.TotalResults != want.users || len(page.Resources) != want.users {
				t.Errorf("%s: %s: body = %s", mode, filter, got.Body)
			}
		}
	}

	tm := newSCIMTeam(t, scim.Options{Filter: scim.FilterHonoured})
	tm.AddGroup(scim.Group{DisplayName: "Other"})

	body := scimBody(searchURN, `"filter":"displayName eq \"other\""`)
	if page := tm.SCIM(http.MethodPost, groupsPath+"/.search", body).SCIMPage(); page.TotalResults != 1 {
		t.Errorf("page = %+v", page)
	}
}

func TestCountAboveTheMaximumPageSize(t *testing.T) {
	t.Parallel()

	capped := simulatortest.NewTeam(t, simulator.Options{SCIM: scim.Options{GeneratedUsers: 9, MaxCount: 4}})

	for _, query := range []string{"", "?count=5", "?count=4"} {
		if page := capped.SCIM(http.MethodGet, usersPath+query, "").SCIMPage(); len(page.Resources) != 4 || page.TotalResults != 9 {
			t.Errorf("%s: %d items", query, len(page.Resources))
		}
	}

	strict := simulatortest.NewTeam(t, simulator.Options{SCIM: scim.Options{
		GeneratedUsers: 9, MaxCount: 4, CountAboveMax: scim.CountRefused,
	}})
	strict.SCIM(http.MethodGet, usersPath+"?count=5", "").WantSCIMError(http.StatusBadRequest, "invalidValue", "4")
	strict.SCIM(http.MethodGet, usersPath+"?count=4", "").Want(http.StatusOK)

	if page := strict.SCIM(http.MethodGet, usersPath, "").SCIMPage(); len(page.Resources) != 4 {
		t.Errorf("%d users if the request has no count, want 4", len(page.Resources))
	}

	free := simulatortest.NewTeam(t, simulator.Options{SCIM: scim.Options{GeneratedUsers: 900}})
	if page := free.SCIM(http.MethodGet, usersPath+"?count=5000", "").SCIMPage(); len(page.Resources) != 900 {
		t.Errorf("%d", len(page.Resources))
	}
}

func TestEmptyPagesMayOmitResources(t *testing.T) {
	t.Parallel()

	for omit, want := range map[bool]string{false: `"Resources":[]`, true: ""} {
		tm := simulatortest.NewTeam(t, simulator.Options{SCIM: scim.Options{OmitEmptyResources: omit}})

		got := tm.SCIM(http.MethodGet, usersPath, "").Want(http.StatusOK)
		if !strings.Contains(got.Body, want) || omit && strings.Contains(got.Body, "Resources") {
			t.Errorf("body = %s", got.Body)
		}
	}
}

func TestOrdersOfSCIMLists(t *testing.T) {
	t.Parallel()

	for order, stable := range map[scim.Order]bool{
		scim.OrderCreated: true, scim.OrderShuffled: true, scim.OrderUnstable: false,
	} {
		tm := simulatortest.NewTeam(t, simulator.Options{SCIM: scim.Options{GeneratedUsers: 8, Order: order}})

		added := tm.AddUser(scim.User{UserName: "last@example.com"}).ID
		first, second := allUsers(tm), allUsers(tm)

		if slices.Equal(first, second) != stable {
			t.Errorf("%s: first listing %v, second listing %v", order, first, second)
		}

		last := first[len(first)-1] == added
		unique := slices.Clone(first)
		slices.Sort(unique)

		if len(slices.Compact(unique)) == 9 != stable || order == scim.OrderCreated && !last {
			t.Errorf("%s: first = %v", order, first)
		}

		tm.RemoveUser(added)

		if stable && slices.Contains(allUsers(tm), added) {
			t.Errorf("%s: the list still contains the removed user", order)
		}
	}

	created := allUsers(simulatortest.NewTeam(t, simulator.Options{SCIM: scim.Options{GeneratedUsers: 8}}))
	shuffled := allUsers(simulatortest.NewTeam(t, simulator.Options{SCIM: scim.Options{GeneratedUsers: 8, Order: scim.OrderShuffled}}))

	if slices.Equal(created, shuffled) {
		t.Error("the shuffled list is in the order of creation")
	}
}

func TestListsMayReturnOutdatedValues(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{UpdatesListedAfterReads: 2})
	id := tm.Users()[0].ID

	for _, name := range []string{"First", "Second"} {
		tm.ChangeUser(id, func(user *scim.User) { user.DisplayName = name })
	}

	if got := tm.SCIM(http.MethodGet, usersPath+"/"+id, "").Want(http.StatusOK).Text("displayName"); got != "Second" {
		t.Errorf("the GET by id returned the display name %q", got)
	}

	for i, isLate := range []bool{true, true, false} {
		body := tm.SCIM(http.MethodGet, usersPath, "").Want(http.StatusOK).Body
		if strings.Contains(body, "First") || strings.Contains(body, "Second") == isLate {
			t.Errorf("listing %d = %s", i, body)
		}
	}
}

func TestListsMayLagBehind(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{ListedAfterReads: 2, DelistedAfterReads: 1})
	listed := func() []string {
		// Later pages belong to the same listing.
		page := tm.SCIM(http.MethodGet, usersPath, "").SCIMPage()
		secondPage := tm.SCIM(http.MethodGet, usersPath+"?startIndex=2", "").SCIMPage()

		if secondPage.TotalResults != page.TotalResults {
			t.Errorf("total = %d on page 1, %d on page 2", page.TotalResults, secondPage.TotalResults)
		}

		return page.IDs()
	}

	if got := listed(); len(got) != 2 {
		t.Errorf("the first listing omits users in the options: %v", got)
	}

	id := tm.SCIM(http.MethodPost, usersPath, userBody(`"userName":"cleo@example.com"`)).Want(http.StatusOK).Text("id")
	tm.SCIM(http.MethodGet, usersPath+"/"+id, "").Want(http.StatusOK)
	tm.SCIM(http.MethodPost, usersPath, userBody(`"userName":"cleo@example.com"`)).Want(http.StatusBadRequest)

	for i, want := range []int{2, 2, 3, 3} {
		if got := listed(); len(got) != want {
			t.Errorf("listing %d contains %v", i, got)
		}
	}

	tm.SCIM(http.MethodDelete, usersPath+"/"+id, "").Want(http.StatusNoContent)
	tm.SCIM(http.MethodGet, usersPath+"/"+id, "").Want(http.StatusNotFound)

	if got := tm.Users(); len(got) != 2 {
		t.Errorf("Users() = %+v", got)
	}

	for i, want := range []int{3, 2, 2} {
		if got := listed(); len(got) != want {
			t.Errorf("listing %d after the deletion contains %v", i, got)
		}
	}
}

func TestListedUsersAndGroupsMayReferToDeletedObjects(t *testing.T) {
	t.Parallel()

	for _, order := range [][]string{{putAda, putGroup}, {putGroup, putAda}} {
		tm := newSCIMTeam(t, scim.Options{
			DelistedAfterReads: 1, MemberElements: scim.MembersFull, Extras: scim.ExtrasAll, EffectiveRoles: true,
		})

		for _, target := range order {
			tm.SCIM(http.MethodDelete, target, "").Want(http.StatusNoContent)
		}

		for path, want := range map[string]int{usersPath: 2, groupsPath: 1} {
			if page := tm.SCIM(http.MethodGet, path, "").SCIMPage(); page.TotalResults != want {
				t.Errorf("page = %+v", page)
			}
		}
	}
}

func TestRejectedCreatesAreNeverListed(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{DelistedAfterReads: 3, Seats: scim.Seats{Total: 2, Admins: 1}})
	tm.SCIM(http.MethodPost, usersPath, userBody(`"userName":"x@example.com"`)).Want(http.StatusBadRequest)
	tm.SCIM(http.MethodPost, groupsPath,
		groupBody(`"displayName":"X","role":"ADMIN","members":[{"value":"`+adaID+`"},{"value":"`+bobID+`"}]`)).Want(http.StatusBadRequest)

	// Rejecting a group must not change any memberships.
	tm.SCIM(http.MethodPut, putAda, userBody(`"userName":"ada@example.com"`)).Want(http.StatusOK)

	for path, want := range map[string]int{usersPath: 2, groupsPath: 1} {
		if page := tm.SCIM(http.MethodGet, path, "").SCIMPage(); page.TotalResults != want {
			t.Errorf("page = %+v", page)
		}
	}
}

func TestRepeatPageInSCIMLists(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{SCIM: scim.Options{GeneratedUsers: 9}})
	tm.Inject(simulator.Fault{RepeatPage: true, Times: 2})

	first := tm.SCIM(http.MethodGet, usersPath+"?count=4", "").SCIMPage() // The fault matches the first page, but has no effect on it.

	for range 2 {
		page := tm.SCIM(http.MethodGet, usersPath+"?startIndex=5&count=4", "").SCIMPage()
		if page.StartIndex != 1 || page.TotalResults != 9 || !slices.Equal(page.IDs(), first.IDs()) {
			t.Errorf("page = %+v", page)
		}
	}

	if page := tm.SCIM(http.MethodGet, usersPath+"?startIndex=5&count=4", "").SCIMPage(); slices.Equal(page.IDs(), first.IDs()) {
		t.Error("the fault applied to three requests")
	}

	if fault := tm.Journal()[1].Fault; fault != "repeat-page" {
		t.Errorf("fault in the journal = %q", fault)
	}
}

func TestEndlessSCIMPages(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})
	tm.Inject(simulator.Fault{EndlessPages: true, Times: -1})

	for _, path := range []string{usersPath, groupsPath} {
		seen := map[string]bool{}

		for i := range 5 {
			page := tm.SCIM(http.MethodGet, fmt.Sprintf("%s?startIndex=%d&count=10", path, 10*i+1), "").SCIMPage()
			for _, id := range page.IDs() {
				seen[id] = true
			}

			if len(seen) != 10*(i+1) || page.TotalResults != 10*(i+2) {
				t.Errorf("after page %d of %s: %d distinct ids, total = %d", i, path, len(seen), page.TotalResults)
			}
		}
	}
}

func TestChangedTotalOfSCIMLists(t *testing.T) {
	t.Parallel()

	tm := newSCIMTeam(t, scim.Options{})
	tm.Inject(simulator.Fault{ChangeTotal: 5})

	// The fault applies only to lists.
	tm.SCIM(http.MethodGet, usersPath+"/"+adaID, "").Want(http.StatusOK)
	tm.SCIM(http.MethodGet, "/scim/v2/ResourceTypes", "").Want(http.StatusOK)

	for _, want := range []int{7, 2} {
		page := tm.SCIM(http.MethodPost, usersPath+"/.search", scimBody(searchURN, "")).SCIMPage()
		if page.TotalResults != want || len(page.Resources) != 2 {
			t.Errorf("page = %+v", page)
		}
	}
}

func TestLargeTeamIsListedCompletely(t *testing.T) {
	t.Parallel()

	const users, page = 20_000, 5_000

	tm := simulatortest.NewTeam(t, simulator.Options{SCIM: scim.Options{GeneratedUsers: users, GeneratedGroups: 1_000}})
	names := map[any]bool{}

	for first := 1; first <= users; first += page {
		got := tm.SCIM(http.MethodGet, fmt.Sprintf("%s?startIndex=%d&count=%d&attributes=userName", usersPath, first, page), "")
		for _, user := range got.SCIMPage().Resources {
			names[user["userName"]] = true
		}
	}

	if len(names) != users {
		t.Errorf("%d names", len(names))
	}
}

func BenchmarkTeamOfAHundredThousandUsers(b *testing.B) {
	for b.Loop() {
		if _, err := simulator.New(simulator.Options{SCIM: scim.Options{GeneratedUsers: 100_000}}); err != nil {
			b.Fatal(err)
		}
	}
}
