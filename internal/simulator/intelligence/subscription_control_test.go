package intelligence_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func outside(id string) intelligence.Subscription {
	return intelligence.Subscription{
		ID: id, Name: "n", KnowledgeModelID: "p.shop", TriggerID: "abc-123", CallbackURI: "https://hooks.example.com",
		CallbackHeaders: map[string]string{"Host": "hidden"}, OwnerName: "somebody",
	}
}

func TestSubscriptionsCanBeChangedOutsideTheAPI(t *testing.T) {
	t.Parallel()

	now := simulatortest.NewClock()
	opts := simulator.Options{Now: now.Read}
	opts.Subscriptions.Existing = []intelligence.Subscription{outside("first")}
	opts.Subscriptions.ListedAfterReads = 5
	tm := simulatortest.NewShop(t, opts)

	second := tm.AddSubscription(outside(""))
	if second == "" || len(tm.Get(simulatortest.SubscriptionsPath).IDs()) != 2 {
		t.Errorf("%q: body = %s", second, tm.Get(simulatortest.SubscriptionsPath).Body)
	}

	if !tm.ChangeSubscription("first", func(s *intelligence.Subscription) { s.ID, s.Name, s.CallbackHeaders["Host"] = "x", "changed", "new" }) {
		t.Error("the subscription does not exist")
	}

	first := tm.Subscriptions()[0]
	if first.ID != "first" || first.Name != "changed" || first.CallbackHeaders["Host"] != "new" || !first.Created.Equal(now.Now) ||
		first.Status != intelligence.SubscriptionActive || first.OwnerName != "somebody" {
		t.Errorf("first = %+v", first)
	}

	if !tm.SetSubscriptionStatus(second, intelligence.SubscriptionFailed) || !tm.Subscriptions()[1].FailedSince.Equal(now.Now) {
		t.Errorf("Subscriptions()[1] = %+v", tm.Subscriptions()[1])
	}

	tm.ChangeSubscription(second, func(s *intelligence.Subscription) { s.FailedSince = now.Now.Add(-8 * time.Hour) })

	if got := tm.Subscriptions()[1].Status; got != intelligence.SubscriptionSuspended {
		t.Errorf("status = %s", got)
	}

	tm.AddSubscription(outside("first")) // This call replaces the subscription that has the same id.

	if !tm.DeleteSubscription(second) || tm.Stored().Name != "n" {
		t.Errorf("Subscriptions() = %+v", tm.Subscriptions())
	}

	change := func(*intelligence.Subscription) { t.Error("the function was called for a deleted subscription") }
	if tm.DeleteSubscription(second) || tm.ChangeSubscription(second, change) || tm.SetSubscriptionStatus(second, "active") {
		t.Error("a deleted subscription was reported as existing")
	}
}

func TestChangedOffsetsStayWithinTheEvents(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	tm.AddSubscription(outside("first"))
	tm.SetSubscriptionStatus("first", intelligence.SubscriptionSuspended)
	tm.FireEvents("first", 3, intelligence.Delivered)

	for next, want := range map[int]int{-1: 3, 0: 3, 2: 1, 4: 0} {
		tm.ChangeSubscription("first", func(s *intelligence.Subscription) { s.NextOffset = next })

		if items := tm.Patch(simulatortest.SubscriptionsPath + "/first/events").Items(); len(items) != want {
			t.Errorf("%[2]d events remain from offset %[1]d, want %[3]d", next, len(items), want)
		}
	}
}

func TestSubscriptionsAreCopies(t *testing.T) {
	t.Parallel()

	original := outside("first")
	opts := simulator.Options{}
	opts.Subscriptions.Existing = []intelligence.Subscription{original}
	tm := simulatortest.NewShop(t, opts)

	tm.SetSubscriptionStatus("first", intelligence.SubscriptionPaused)
	tm.FireEvents("first", 1, intelligence.Delivered)

	tm.Stored().Events[0].Lost = true
	if tm.Stored().Events[0].Lost {
		t.Error("the events are not a copy")
	}

	var retained *intelligence.Subscription

	tm.ChangeSubscription("first", func(s *intelligence.Subscription) { retained = s })

	retained.CallbackHeaders["Host"], original.CallbackHeaders["Host"], tm.Stored().CallbackHeaders["Host"] = "a", "b", "c"

	if got := tm.Stored().CallbackHeaders["Host"]; got != "hidden" {
		t.Errorf("header = %s", got)
	}
}

func TestControlMasksHeaderValuesOfSubscriptions(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	if got := tm.Steer(http.MethodGet, "/-/subscriptions", ""); got.Body != "[]\n" {
		t.Errorf("the empty list of subscriptions is returned as %q", got.Body)
	}

	tm.AddSubscription(outside("first"))

	var all []intelligence.Subscription

	got := tm.Steer(http.MethodGet, "/-/subscriptions", "").Want(http.StatusOK)
	if err := json.Unmarshal([]byte(got.Body), &all); err != nil {
		t.Fatal(err)
	}

	want := tm.Stored()
	want.CallbackHeaders = map[string]string{"Host": "***"}

	for i := range all { // Decoded times have no monotonic clock reading.
		if !all[i].Created.Equal(want.Created) {
			t.Errorf("creation time = %v, want %v", all[i].Created, want.Created)
		}

		all[i].Created = want.Created
	}

	if !reflect.DeepEqual(all, []intelligence.Subscription{want}) || tm.Stored().CallbackHeaders["Host"] != "hidden" {
		t.Errorf("body = %s, want %+v", got.Body, want)
	}
}

func TestControlChangesSubscriptions(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})

	const body = `{"name": "a", "knowledgeModelId": "p.shop", "triggerId": "abc-123", "callbackUri": "https://x",
		"callbackHeaders": {"Host": "h", "Accept": "a"}, "status": "paused"}`

	id, _ := tm.Steer(http.MethodPost, "/-/subscriptions", body).Want(http.StatusOK).Object()["id"].(string)
	path := "/-/subscriptions/" + id

	tm.Steer(http.MethodPatch, path, `{"name": "b"}`).Want(http.StatusNoContent)

	if got := tm.Stored(); got.ID != id || got.Name != "b" || got.Status != intelligence.SubscriptionPaused || len(got.CallbackHeaders) != 2 {
		t.Errorf("Stored() = %+v", got)
	}

	tm.Steer(http.MethodPatch, path, `{"status": "active", "skipErrors": true, "callbackHeaders": {"Host": "new"}}`).Want(http.StatusNoContent)

	want := map[string]string{"Host": "new"}
	if got := tm.Stored(); got.Status != intelligence.SubscriptionActive || !got.SkipErrors || !reflect.DeepEqual(got.CallbackHeaders, want) {
		t.Errorf("Stored() = %+v", got)
	}

	tm.Steer(http.MethodDelete, path, "").Want(http.StatusNoContent)
	tm.Steer(http.MethodDelete, path, "").Want(http.StatusNotFound)
	tm.Steer(http.MethodPatch, path, "{}").Want(http.StatusNotFound)

	if remaining := tm.Subscriptions(); len(remaining) != 0 {
		t.Errorf("remaining subscriptions = %+v", remaining)
	}
}

func TestControlFiresEvents(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	tm.AddSubscription(outside("first"))

	for _, step := range []struct {
		body   string
		status intelligence.SubscriptionStatus
		next   int
	}{
		{`{"id": "first", "count": 2}`, intelligence.SubscriptionActive, 2},
		{`{"id": "abc-123", "count": 1, "delivery": "failed"}`, intelligence.SubscriptionFailed, 2},
		{`{"id": "first", "delivery": "delivered"}`, intelligence.SubscriptionActive, 3},
		{`{"id": "first", "count": 1, "delivery": "rejected"}`, intelligence.SubscriptionRejected, 3},
	} {
		tm.Steer(http.MethodPost, "/-/events", step.body).Want(http.StatusNoContent)

		if got := tm.Stored(); got.Status != step.status || got.NextOffset != step.next {
			t.Errorf("after %s: %+v", step.body, got)
		}
	}

	tm.Steer(http.MethodPost, "/-/events", `{"id": "none", "count": 1}`).Want(http.StatusNotFound)
}

func TestControlRejectsInvalidSubscriptions(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	tm.AddSubscription(outside("first"))

	before := tm.Stored()

	for _, body := range []string{"", "x", "[]", `{"title": "a"}`, `{"name": ""}`, `{"status": "ok"}`, `{"callbackHeaders": {"Host": 1}}`} {
		tm.Steer(http.MethodPatch, "/-/subscriptions/first", body).Want(http.StatusBadRequest)
	}

	for _, missing := range []string{"name", "knowledgeModelId", "triggerId", "callbackUri"} {
		body := strings.Replace(`{"name": "a", "knowledgeModelId": "a", "triggerId": "a", "callbackUri": "a"}`, `"`+missing+`": "a"`, `"id": "a"`, 1)
		tm.Steer(http.MethodPost, "/-/subscriptions", body).Want(http.StatusBadRequest)
	}

	for _, body := range []string{
		"", "x", `{"id": "first", "count": -1}`, `{"id": "first", "count": 10001}`, `{"id": "first", "delivery": "late"}`, `{"id": "first", "n": 1}`,
	} {
		tm.Steer(http.MethodPost, "/-/events", body).Want(http.StatusBadRequest)
	}

	if got := tm.Stored(); !reflect.DeepEqual(got, before) {
		t.Errorf("Stored() = %+v, want %+v", got, before)
	}
}
