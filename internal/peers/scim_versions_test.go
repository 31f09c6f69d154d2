package peers

import (
	"slices"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
)

// The server's framework generates an ETag for every response, but the server ignores If-Match. Its ServiceProviderConfig declares that the
// server does not support versions.
func TestETagAloneDoesNotMeanThatVersionsAreEnforced(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)
	first, second := m.client(), m.client()
	users := createUsers(t, first, 0, 3)

	made, err := first.CreateGroup(t.Context(), scim.NewGroup{DisplayName: "Finance"})
	if err != nil {
		t.Fatal(err)
	}

	for index, celonis := range []*client.Client{first, second, first} {
		if index == 2 {
			// The pause is longer than the time for which the client trusts its cached group. The server has no fake clock.
			time.Sleep(1100 * time.Millisecond)
		}

		if err := celonis.AddGroupMember(t.Context(), made.ID, users[index]); err != nil {
			t.Fatal(err)
		}
	}

	if stored := m.group(); !slices.Equal(stored.memberIDs(), users) {
		t.Errorf("the server stores %+v, want all three users", stored)
	}
}
