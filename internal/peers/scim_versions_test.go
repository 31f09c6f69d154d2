package peers

import (
	"slices"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
)

// The server sends ETags, since its framework makes them out of every response, and does not look at If-Match. Its description of itself says
// that it has no versions.
func TestETagWithoutVersionsIsNoGuard(t *testing.T) {
	t.Parallel()

	m := newSCIMTeam(t)
	one, other := m.client(), m.client()
	users := createUsers(t, one, 0, 3)

	made, err := one.CreateGroup(t.Context(), scim.NewGroup{DisplayName: "Finance"})
	if err != nil {
		t.Fatal(err)
	}

	for index, celonis := range []*client.Client{one, other, one} {
		if index == 2 {
			time.Sleep(1100 * time.Millisecond) // Past the time for which the client trusts what it knows. The server has no fake clock.
		}

		if err := celonis.AddGroupMember(t.Context(), made.ID, users[index]); err != nil {
			t.Fatal(err)
		}
	}

	if kept := m.group(); !slices.Equal(kept.memberIDs(), users) {
		t.Errorf("the server keeps %+v, want all three users", kept)
	}
}
