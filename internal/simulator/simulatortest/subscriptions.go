package simulatortest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// CreationPath is the path for creating subscriptions to a trigger of [Shop].
const CreationPath = ShopPath + "/triggers/abc-123/subscriptions"

// Hook returns the body of a create or update request for a subscription, with the given name and further JSON members.
func Hook(name string, more ...string) string {
	members := append([]string{
		fmt.Sprintf(`"name": %q`, name), `"callbackInfo": {"uri": "https://hooks.example.com/celonis", "protocol": "HTTPS"}`,
	}, more...)

	return "{" + strings.Join(members, ", ") + "}"
}

// HookWithHeaders returns the body of a create or update request for a subscription. headers are the callback headers as JSON.
func HookWithHeaders(name, headers string) string {
	return fmt.Sprintf(`{"name": %q, "callbackInfo": {"uri": "https://hooks.example.com", "protocol": "HTTPS", "headers": %s}}`, name, headers)
}

// Subscribe creates a subscription and returns its path.
func (tm Team) Subscribe(name string, more ...string) string {
	tm.T.Helper()

	id := tm.Post(CreationPath, Hook(name, more...)).Want(http.StatusCreated).Text("id")
	if id == "" {
		tm.T.Fatal("the response contains no id")
	}

	return SubscriptionsPath + "/" + id
}

// Stored returns the team's only subscription.
func (tm Team) Stored() intelligence.Subscription {
	tm.T.Helper()

	all := tm.Subscriptions()
	if len(all) != 1 {
		tm.T.Fatalf("the team contains %d subscriptions, want 1", len(all))
	}

	return all[0]
}
