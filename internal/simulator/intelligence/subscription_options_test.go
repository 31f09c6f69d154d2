package intelligence_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func TestCreateResponseOptions(t *testing.T) {
	t.Parallel()

	for answer, form := range map[intelligence.CreatedIDForm]string{
		intelligence.SubscriptionIDObject: `{"id":"%s"}`, intelligence.SubscriptionIDNumber: `{"id":%s}`, intelligence.SubscriptionIDText: `"%s"`,
	} {
		for ok, status := range map[bool]int{false: http.StatusCreated, true: http.StatusOK} {
			tm := simulatortest.NewShop(t, simulator.Options{Subscriptions: intelligence.SubscriptionOptions{CreatedID: answer, CreateReturnsOK: ok}})
			got := tm.Post(simulatortest.CreationPath, simulatortest.Hook("a")).Want(status)
			id := tm.Get(simulatortest.SubscriptionsPath).IDs()[0]

			if got.Body != fmt.Sprintf(form, id) || got.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s: the response is %s, but the list contains %s", answer, got.Body, id)
			}

			if _, err := strconv.Atoi(id); (err == nil) != (answer == intelligence.SubscriptionIDNumber) {
				t.Errorf("%s: id = %s", answer, id)
			}

			tm.Delete(simulatortest.SubscriptionsPath + "/" + id).Want(http.StatusNoContent)
		}
	}
}

func TestUpdateResponseOptions(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{Subscriptions: intelligence.SubscriptionOptions{UpdateReturnsNoContent: true}})
	path := tm.Subscribe("a")

	if got := tm.Put(path, simulatortest.Hook("b")).Want(http.StatusNoContent); got.Body != "" || tm.Stored().Name != "b" {
		t.Errorf("%s, %+v", got.Body, tm.Stored())
	}

	tm.Put(path, simulatortest.Hook("")).Want(http.StatusBadRequest)
}

func TestUpdateClearsOrKeepsOmittedAttributes(t *testing.T) {
	t.Parallel()

	const full = `{"name": "a", "callbackInfo": {"uri": "https://hooks.example.com", "protocol": "HTTPS", "headers": {"Host": "h"}},
		"configurations": ["SKIP_ERRORS"]}`

	for keeps, want := range map[bool]map[string]string{false: nil, true: {"Host": "h"}} {
		tm := simulatortest.NewShop(t, simulator.Options{Subscriptions: intelligence.SubscriptionOptions{UpdateKeepsOmitted: keeps}})
		path := tm.Subscribe("a")
		tm.Put(path, full).Want(http.StatusOK)

		tm.Put(path, simulatortest.Hook("b")).Want(http.StatusOK)

		if got := tm.Stored(); got.Name != "b" || !reflect.DeepEqual(got.CallbackHeaders, want) || got.SkipErrors != keeps {
			t.Errorf("UpdateKeepsOmitted %v: stored %+v", keeps, got)
		}

		// An attribute that is present but empty does not count as omitted.
		tm.Put(path, full).Want(http.StatusOK)
		tm.Put(path, strings.Replace(simulatortest.HookWithHeaders("c", "{}"), `{"name"`, `{"configurations": [], "name"`, 1)).Want(http.StatusOK)

		if got := tm.Stored(); got.Name != "c" || len(got.CallbackHeaders) != 0 || got.SkipErrors {
			t.Errorf("UpdateKeepsOmitted %v: stored %+v", keeps, got)
		}
	}
}

func TestNewSubscriptionsAreListedLate(t *testing.T) {
	t.Parallel()

	now := simulatortest.NewClock()
	tm := simulatortest.NewShop(t, simulator.Options{Now: now.Read, Subscriptions: intelligence.SubscriptionOptions{ListedAfterReads: 2}})
	path := tm.Subscribe("a")

	for i, want := range []int{0, 0, 1, 1} {
		if ids := tm.Get(simulatortest.SubscriptionsPath).IDs(); len(ids) != want {
			t.Errorf("listing %d contains %v", i, ids)
		}

		// Later pages belong to the same listing.
		if total := tm.Get(simulatortest.SubscriptionsPath + "?page=1").Object()["total"]; total != float64(want) {
			t.Errorf("listing %d: total = %v", i, total)
		}
	}

	// The subscription exists even while the list omits it.
	second := tm.Subscribe("b")
	tm.Patch(second + "/pause").Want(http.StatusNoContent)
	tm.Delete(second).Want(http.StatusNoContent)

	if ids := tm.Get(simulatortest.SubscriptionsPath).IDs(); len(ids) != 1 || !strings.HasSuffix(path, ids[0]) {
		t.Errorf("listed ids = %v", ids)
	}
}

func TestNewSubscriptionsAreListedAfterSomeTime(t *testing.T) {
	t.Parallel()

	now := simulatortest.NewClock()
	tm := simulatortest.NewShop(t, simulator.Options{
		Now: now.Read, Subscriptions: intelligence.SubscriptionOptions{ListedAfterReads: 1, ListedAfter: time.Minute},
	})
	tm.Subscribe("a")

	for i, step := range []struct {
		wait time.Duration
		want int
	}{{0, 0}, {59 * time.Second, 0}, {time.Second, 1}} {
		now.Now = now.Now.Add(step.wait)

		if ids := tm.Get(simulatortest.SubscriptionsPath).IDs(); len(ids) != step.want {
			t.Errorf("step %d: listed ids = %v", i, ids)
		}
	}

	tm.Subscribe("b")
	now.Now = now.Now.Add(time.Hour)

	if ids := tm.Get(simulatortest.SubscriptionsPath).IDs(); len(ids) != 1 {
		t.Errorf("the first listing contains %v", ids)
	}
}

func TestDeletedSubscriptionsRemainListed(t *testing.T) {
	t.Parallel()

	now := simulatortest.NewClock()
	tm := simulatortest.NewShop(t, simulator.Options{
		Now: now.Read, Subscriptions: intelligence.SubscriptionOptions{DelistedAfterReads: 2, RefuseBeyondMax: true, Max: 1},
	})

	path := tm.Subscribe("a")
	tm.Delete(path).Want(http.StatusNoContent)

	if remaining := tm.Subscriptions(); len(remaining) != 0 {
		t.Errorf("remaining subscriptions = %v", remaining)
	}

	if hit := tm.FireEvents("abc-123", 1, intelligence.Delivered); hit != 0 {
		t.Errorf("an event was fired for %d subscriptions", hit)
	}

	tm.Delete(path).WantError(http.StatusNotFound, "SUBSCRIPTION_SUBSCRIPTION_NOTFOUND")
	tm.Patch(path+"/pause").WantError(http.StatusNotFound, "SUBSCRIPTION_SUBSCRIPTION_NOTFOUND")

	for i, want := range []int{1, 1, 0, 0} {
		if ids := tm.Get(simulatortest.SubscriptionsPath).IDs(); len(ids) != want {
			t.Errorf("listing %d contains %v", i, ids)
		}
	}

	tm.Subscribe("b") // The deleted subscription does not count towards the limit.
}

func TestDeletedSubscriptionsRemainListedForSomeTime(t *testing.T) {
	t.Parallel()

	now := simulatortest.NewClock()
	tm := simulatortest.NewShop(t, simulator.Options{Now: now.Read, Subscriptions: intelligence.SubscriptionOptions{DelistedAfter: time.Minute}})
	tm.Delete(tm.Subscribe("a")).Want(http.StatusNoContent)

	second := tm.Subscribe("b")
	now.Now = now.Now.Add(59 * time.Second)

	if ids := tm.Get(simulatortest.SubscriptionsPath).IDs(); len(ids) != 2 {
		t.Errorf("listed ids = %v", ids)
	}

	now.Now = now.Now.Add(time.Second)

	if ids := tm.Get(simulatortest.SubscriptionsPath).IDs(); len(ids) != 1 || !strings.HasSuffix(second, ids[0]) {
		t.Errorf("listed ids = %v", ids)
	}
}

// listedAs returns the name and the status of the only subscription in the list.
func listedAs(t *testing.T, tm simulatortest.Team) string {
	t.Helper()

	items := tm.Get(simulatortest.SubscriptionsPath).Items()
	if len(items) != 1 {
		t.Fatalf("listed items = %v, want one", items)
	}

	return fmt.Sprint(items[0]["name"], " ", items[0]["status"])
}

func TestChangesAreListedLate(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{Subscriptions: intelligence.SubscriptionOptions{UpdatesListedAfterReads: 2}})
	path := tm.Subscribe("a")
	tm.Put(path, simulatortest.Hook("b")).Want(http.StatusOK)

	if got := listedAs(t, tm); got != "a active" {
		t.Errorf("listed after the update: %s", got)
	}

	// Each change first appears in the third listing after the change.
	tm.Patch(path + "/pause").Want(http.StatusNoContent)
	tm.Put(path, simulatortest.Hook("")).Want(http.StatusBadRequest) // This invalid update changes nothing.

	if got := tm.Stored(); got.Name != "b" || got.Status != intelligence.SubscriptionPaused {
		t.Errorf("stored = %+v", got)
	}

	for i, want := range []string{"a active", "b active", "b paused"} {
		if got := listedAs(t, tm); got != want {
			t.Errorf("listing %d contains %s, want %s", i, got, want)
		}
	}

	// A change made outside the API appears in the list immediately.
	tm.Patch(path + "/resume").Want(http.StatusNoContent)
	tm.ChangeSubscription(tm.Stored().ID, func(s *intelligence.Subscription) { s.Name = "c" })

	if got := listedAs(t, tm); got != "c active" {
		t.Errorf("listed after the change outside the API: %s", got)
	}
}

func TestChangesAreListedImmediatelyOnLaterPages(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	for _, path := range []string{tm.Subscribe("a"), tm.Subscribe("b")} {
		tm.Put(path, simulatortest.Hook("changed")).Want(http.StatusOK)
	}

	if got := tm.Get(simulatortest.SubscriptionsPath + "?page=1&pageSize=1").Items()[0]["name"]; got != "changed" {
		t.Errorf("name = %v", got)
	}
}

func TestChangesAreListedAfterSomeTime(t *testing.T) {
	t.Parallel()

	now := simulatortest.NewClock()
	tm := simulatortest.NewShop(t, simulator.Options{
		Now: now.Read, Subscriptions: intelligence.SubscriptionOptions{UpdatesListedAfterReads: 1, UpdatesListedAfter: time.Minute},
	})
	path := tm.Subscribe("a")
	tm.Put(path, simulatortest.Hook("b")).Want(http.StatusOK)

	for i, step := range []struct {
		wait time.Duration
		want string
	}{{0, "a active"}, {59 * time.Second, "a active"}, {time.Second, "b active"}} {
		now.Now = now.Now.Add(step.wait)

		if got := listedAs(t, tm); got != step.want {
			t.Errorf("step %d: listed %s", i, got)
		}
	}

	tm.Patch(path + "/pause").Want(http.StatusNoContent)
	now.Now = now.Now.Add(time.Hour)

	for i, want := range []string{"b active", "b paused"} {
		if got := listedAs(t, tm); got != want {
			t.Errorf("listing %d contains %s, want %s", i, got, want)
		}
	}
}

func TestListItemOptions(t *testing.T) {
	t.Parallel()

	all := []string{
		"callbackInfo", "configurations", "creationDate", "id", "knowledgeModelId", "lastSuccessEventOffset", "latestSucceedEvent",
		"name", "offset", "ownerName", "status", "triggerId",
	}
	without := func(names ...string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(name string) bool { return slices.Contains(names, name) })
	}

	for name, test := range map[string]struct {
		options intelligence.SubscriptionOptions
		null    bool
		silent  bool // no event has been delivered
		keys    []string
		values  map[string]any
	}{
		"default": {keys: all, values: map[string]any{
			"configurations": []any{}, "creationDate": "2026-03-04T14:03:21Z", "latestSucceedEvent": "2026-03-04T14:03:21Z",
		}},
		"no delivered event":              {silent: true, keys: without("latestSucceedEvent", "offset", "lastSuccessEventOffset")},
		"no delivered event, null fields": {silent: true, null: true, keys: all, values: map[string]any{"offset": nil, "latestSucceedEvent": nil}},
		"old list items":                  {options: intelligence.SubscriptionOptions{OldListItems: true}, keys: without("callbackInfo", "creationDate", "lastSuccessEventOffset", "offset", "ownerName")},
		"latestSucceedOffset":             {options: intelligence.SubscriptionOptions{LatestSucceedOffset: true}, keys: append(without("lastSuccessEventOffset"), "latestSucceedOffset"), values: map[string]any{"latestSucceedOffset": 0.0}},
		"no configurations":               {options: intelligence.SubscriptionOptions{NoConfigurations: intelligence.ConfigurationsAbsent}, keys: without("configurations")},
		"null configurations":             {options: intelligence.SubscriptionOptions{NoConfigurations: intelligence.ConfigurationsNull}, keys: all, values: map[string]any{"configurations": nil}},
		"dates with offset":               {options: intelligence.SubscriptionOptions{Dates: intelligence.DatesWithOffset}, keys: all, values: map[string]any{"creationDate": "2026-03-04T15:03:21+01:00"}},
		"millisecond dates":               {options: intelligence.SubscriptionOptions{Dates: intelligence.DatesMilliseconds}, keys: all, values: map[string]any{"latestSucceedEvent": "2026-03-04T14:03:21.250Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			now := simulatortest.NewClock()
			tm := simulatortest.NewShop(t, simulator.Options{Now: now.Read, Server: server.Options{NullFields: test.null}, Subscriptions: test.options})
			tm.Subscribe("a")

			if !test.silent {
				tm.FireEvents("abc-123", 1, intelligence.Delivered)
			}

			item := tm.Get(simulatortest.SubscriptionsPath).Items()[0]
			keys := make([]string, 0, len(item))

			for key := range item {
				keys = append(keys, key)
			}

			slices.Sort(keys)
			slices.Sort(test.keys)

			if !slices.Equal(keys, test.keys) {
				t.Errorf("keys = %v, want %v", keys, test.keys)
			}

			for key, want := range test.values {
				if !reflect.DeepEqual(item[key], want) {
					t.Errorf("%s = %v, want %v", key, item[key], want)
				}
			}
		})
	}
}

func TestNameAndURIOptions(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{Subscriptions: intelligence.SubscriptionOptions{TrimNames: true, NormaliseURIs: true}})
	tm.Post(simulatortest.CreationPath, `{"name": " a\t", "callbackInfo": {"uri": "HTTPS://Hooks.Example.com:443/A?b=C", "protocol": "HTTPS"}}`).
		Want(http.StatusCreated)

	if got := tm.Stored(); got.Name != "a" || got.CallbackURI != "https://hooks.example.com/A?b=C" {
		t.Errorf("Stored() = %+v", got)
	}

	tm.Post(simulatortest.CreationPath, simulatortest.Hook(" ")).WantError(http.StatusBadRequest, "GENERAL_CONSTRAINT_VIOLATION")
}

func TestSubscriptionLimitOptions(t *testing.T) {
	t.Parallel()

	for licence, most := range map[string]int{"S": 10, "M": 20, "L": 50, "XL": 100} {
		o := intelligence.SubscriptionOptions{Count: most - 1, RefuseBeyondMax: true}
		tm := simulatortest.NewShop(t, simulator.Options{Server: server.Options{Licence: licence}, Subscriptions: o})

		path := tm.Subscribe("last")
		tm.Post(simulatortest.CreationPath, simulatortest.Hook("too many")).WantError(http.StatusBadRequest, "LIMIT_SUBSCRIPTIONS_EXCEEDED")
		tm.Put(path, simulatortest.Hook("changed")).Want(http.StatusOK)
		tm.Delete(path).Want(http.StatusNoContent)
		tm.Subscribe("again")
	}

	tm := simulatortest.NewShop(t, simulator.Options{Subscriptions: intelligence.SubscriptionOptions{Count: 3, Max: 3, RefuseBeyondMax: true}})
	tm.Post(simulatortest.CreationPath, simulatortest.Hook("too many")).WantError(http.StatusBadRequest, "LIMIT_SUBSCRIPTIONS_EXCEEDED")

	soft := simulatortest.NewShop(t, simulator.Options{Subscriptions: intelligence.SubscriptionOptions{Count: 10}})
	soft.Subscribe("more")
}
