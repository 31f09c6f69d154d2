package client_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

func TestMembershipIsMissingOnlyIfTheGroupSaysSoNow(t *testing.T) {
	t.Parallel()

	inBubble(t, scimTeam(1, 0), func(t *testing.T, w world) {
		user := w.team.Users()[0].ID
		group := w.team.AddGroup(simulator.SCIMGroup{DisplayName: "X"}).ID
		celonis := w.client()

		if _, err := celonis.Group(t.Context(), group); err != nil {
			t.Fatal(err)
		}

		w.team.ChangeGroup(group, func(g *simulator.SCIMGroup) { g.Members = []string{user} })
		time.Sleep(time.Second) // What was read before still serves.

		if found, err := celonis.HasGroupMember(t.Context(), group, user); err != nil || !found {
			t.Errorf("%t, %v", found, err)
		}
	})
}

func TestGroupOfBeforeIsNotTakenOverWhateverTheStatus(t *testing.T) {
	t.Parallel()

	inBubble(t, scimTeam(0, 0), func(t *testing.T, w world) {
		w.team.Inject(simulator.Fault{
			Method: http.MethodPost, Path: groupsPath, Status: http.StatusCreated,
			Body: `{"id": "old", "displayName": "X", "members": [{"value": "somebody"}], "meta": {"created": "1999-01-01T00:00:00Z"}}`,
		})

		made, err := w.client().CreateGroup(t.Context(), client.NewGroup{DisplayName: "X"})
		if got := failure(t, err, client.ReasonExists, "old"); got.ExistingID != "old" || made.ID != "" {
			t.Errorf("existing id %q, made %+v", got.ExistingID, made)
		}
	})
}

func TestWhoCameMeanwhileStaysInTheGroup(t *testing.T) {
	t.Parallel()

	inBubble(t, scimTeam(4, 0), func(t *testing.T, w world) {
		var ids []string
		for _, user := range w.team.Users() {
			ids = append(ids, user.ID)
		}

		slices.Sort(ids)

		group := w.team.AddGroup(simulator.SCIMGroup{DisplayName: "X", Members: ids[1:]}).ID // The last one came meanwhile.
		wanted, former := ids[:2], ids[1:3]

		changed, err := w.client().UpdateGroup(t.Context(), group, client.GroupChange{MemberIDs: &wanted, FormerMemberIDs: &former})
		if err != nil || !slices.Equal(changed.MemberIDs, []string{ids[0], ids[1], ids[3]}) {
			t.Errorf("%v, %v", changed.MemberIDs, err)
		}

		changed, err = w.client().UpdateGroup(t.Context(), group, client.GroupChange{MemberIDs: &wanted})
		if err != nil || !slices.Equal(changed.MemberIDs, wanted) {
			t.Errorf("%v, %v", changed.MemberIDs, err)
		}
	})
}
