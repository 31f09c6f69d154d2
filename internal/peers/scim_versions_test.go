package peers

import (
	"slices"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
)

// TestETagAloneDoesNotMeanThatVersionsAreEnforced uses a server whose framework adds an ETag to every response, although the server ignores
// If-Match. The server's ServiceProviderConfig declares that ETags are not supported.
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
			// Wait until the client no longer trusts its cached group. A fake clock is not possible, because the server is a separate process.
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
