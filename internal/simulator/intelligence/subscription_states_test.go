package intelligence_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

const statusCode = "SUBSCRIPTION_STATUS_ILLEGAL"

// inStatus returns a team with one subscription in the given status. The subscription has 5 events. If the status is active,
// all 5 events have been delivered; otherwise, 2 events have been delivered and 3 events are waiting.
func inStatus(t *testing.T, status intelligence.SubscriptionStatus, o intelligence.SubscriptionOptions) (simulatortest.Team, string, *simulatortest.Clock) {
	t.Helper()

	now := simulatortest.NewClock()
	tm := simulatortest.NewShop(t, simulator.Options{Now: now.Read, Subscriptions: o})
	path := tm.Subscribe("a")
	id := strings.TrimPrefix(path, simulatortest.SubscriptionsPath+"/")

	tm.FireEvents(id, 2, intelligence.Delivered)
	now.Now = now.Now.Add(time.Minute)

	tm.SetSubscriptionStatus(id, status)
	tm.FireEvents(id, 3, intelligence.DeliveryFailed)

	if status == intelligence.SubscriptionActive {
		tm.FireEvents(id, 0, intelligence.Delivered)
	}

	if got := tm.Stored(); got.Status != status {
		t.Fatalf("status = %s, want %s", got.Status, status)
	}

	now.Now = now.Now.Add(time.Minute)

	return tm, path, now
}

func TestSubscriptionStateTransitions(t *testing.T) {
	t.Parallel()

	const (
		active, paused    = intelligence.SubscriptionActive, intelligence.SubscriptionPaused
		failed, suspended = intelligence.SubscriptionFailed, intelligence.SubscriptionSuspended
		rejected          = intelligence.SubscriptionRejected
		refused, moved    = "refused", true
	)

	any5 := intelligence.SubscriptionOptions{PauseFromAnyStatus: true}
	repeats := intelligence.SubscriptionOptions{RefuseRepeats: true}
	leaves := intelligence.SubscriptionOptions{UpdateLeavesPaused: true, UpdateLeavesFailed: true, UpdateLeavesRejected: true}

	for _, test := range []struct {
		from    intelligence.SubscriptionStatus
		by      string
		options intelligence.SubscriptionOptions
		to      intelligence.SubscriptionStatus // the new status, or empty if the request is rejected
		latest  int                             // the offset of the last delivered event after the request
		redone  bool                            // the request delivers events
	}{
		{active, "/pause", intelligence.SubscriptionOptions{}, paused, 4, false},
		{paused, "/pause", intelligence.SubscriptionOptions{}, paused, 1, false},
		{paused, "/pause", repeats, refused, 1, false},
		{failed, "/pause", intelligence.SubscriptionOptions{}, refused, 1, false},
		{suspended, "/pause", intelligence.SubscriptionOptions{}, refused, 1, false},
		{rejected, "/pause", intelligence.SubscriptionOptions{}, refused, 1, false},
		{failed, "/pause", any5, paused, 1, false},
		{suspended, "/pause", any5, paused, 1, false},
		{rejected, "/pause", any5, paused, 1, false},

		{active, "/resume", intelligence.SubscriptionOptions{}, active, 4, false},
		{active, "/resume", repeats, refused, 4, false},
		{paused, "/resume", repeats, active, 4, moved},
		{failed, "/resume", any5, refused, 1, false},
		{suspended, "/resume", any5, refused, 1, false},
		{rejected, "/resume", any5, refused, 1, false},

		{active, "/resume-from-latest", intelligence.SubscriptionOptions{}, active, 4, false},
		{active, "/resume-from-latest", repeats, refused, 4, false},
		{paused, "/resume-from-latest", repeats, active, 1, false},
		{failed, "/resume-from-latest", any5, refused, 1, false},
		{suspended, "/resume-from-latest", any5, refused, 1, false},
		{rejected, "/resume-from-latest", any5, refused, 1, false},

		{active, "/replay", intelligence.SubscriptionOptions{}, active, 4, moved},
		{active, "/replay?fromOffset=5", intelligence.SubscriptionOptions{}, active, 4, false},
		{active, "/replay?fromOffset=99", intelligence.SubscriptionOptions{}, active, 4, false},
		{paused, "/replay?fromOffset=4", intelligence.SubscriptionOptions{}, active, 4, moved},
		{failed, "/replay?fromOffset=0", intelligence.SubscriptionOptions{}, active, 4, moved},
		{suspended, "/replay", intelligence.SubscriptionOptions{}, refused, 1, false},
		{rejected, "/replay", intelligence.SubscriptionOptions{}, refused, 1, false},

		{active, "", intelligence.SubscriptionOptions{}, active, 4, false},
		{paused, "", intelligence.SubscriptionOptions{}, active, 4, moved},
		{failed, "", intelligence.SubscriptionOptions{}, active, 4, moved},
		{suspended, "", intelligence.SubscriptionOptions{}, active, 4, moved},
		{rejected, "", intelligence.SubscriptionOptions{}, active, 4, moved},
		{active, "", leaves, active, 4, false},
		{paused, "", leaves, paused, 1, false},
		{failed, "", leaves, failed, 1, false},
		{suspended, "", leaves, suspended, 1, false},
		{rejected, "", leaves, rejected, 1, false},
		{rejected, "", intelligence.SubscriptionOptions{UpdateLeavesPaused: true, UpdateLeavesFailed: true}, active, 4, moved},
		{failed, "", intelligence.SubscriptionOptions{UpdateLeavesPaused: true, UpdateLeavesRejected: true}, active, 4, moved},
		{paused, "", intelligence.SubscriptionOptions{UpdateLeavesFailed: true, UpdateLeavesRejected: true}, active, 4, moved},
	} {
		t.Run(fmt.Sprintf("%s %s %s", test.from, test.by, test.to), func(t *testing.T) {
			t.Parallel()

			tm, path, now := inStatus(t, test.from, test.options)

			var got simulatortest.Reply

			switch {
			case test.by == "":
				got = tm.Put(path, simulatortest.Hook("b")).Want(http.StatusOK)
			case test.to == refused:
				tm.Patch(path+test.by).WantError(http.StatusBadRequest, statusCode)

				test.to = test.from
			default:
				got = tm.Patch(path + test.by).Want(http.StatusNoContent)
			}

			if got.Body != "" {
				t.Errorf("body = %s", got.Body)
			}

			stored := tm.Stored()
			if stored.Status != test.to || stored.LatestOffset != test.latest || stored.Latest.Equal(now.Now) != test.redone {
				t.Errorf("stored = %+v, want %s with %d delivered", stored, test.to, test.latest)
			}

			item := tm.Get(simulatortest.SubscriptionsPath).Items()[0]
			if item["status"] != string(test.to) || item["offset"] != float64(test.latest) ||
				item["lastSuccessEventOffset"] != float64(test.latest) {
				t.Errorf("the list contains %v", item)
			}
		})
	}
}

func TestReplayOffsetsAreIntegers(t *testing.T) {
	t.Parallel()

	tm, path, _ := inStatus(t, intelligence.SubscriptionPaused, intelligence.SubscriptionOptions{})

	for _, offset := range []string{"-1", "x", "", "1.0"} {
		tm.Patch(path+"/replay?fromOffset="+offset).WantError(http.StatusBadRequest, "GENERAL_PARAMETER_MISSMATCH")
	}

	tm.Patch(path+"/replay?from=1").WantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")

	if got := tm.Stored().Status; got != intelligence.SubscriptionPaused {
		t.Errorf("status = %s", got)
	}
}

func TestDeliveryOutcomes(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	path := tm.Subscribe("a")
	id := strings.TrimPrefix(path, simulatortest.SubscriptionsPath+"/")

	want := func(status intelligence.SubscriptionStatus, events, next int) {
		t.Helper()

		if got := tm.Stored(); got.Status != status || len(got.Events) != events || got.NextOffset != next {
			t.Errorf("Stored() = %+v, want %s with %d of %d events delivered", got, status, next, events)
		}
	}

	tm.FireEvents(id, 2, intelligence.Delivered)
	want(intelligence.SubscriptionActive, 2, 2)

	tm.FireEvents("abc-123", 3, intelligence.DeliveryFailed) // With a trigger's id, FireEvents applies to all subscriptions to the trigger.
	want(intelligence.SubscriptionFailed, 5, 2)

	tm.FireEvents(id, 1, intelligence.DeliveryRejected)
	want(intelligence.SubscriptionFailed, 6, 2)

	tm.FireEvents(id, 1, intelligence.Delivered) // The callback accepts events again.
	want(intelligence.SubscriptionActive, 7, 7)

	tm.FireEvents(id, 2, intelligence.DeliveryRejected)
	want(intelligence.SubscriptionRejected, 9, 7)

	for _, status := range []intelligence.SubscriptionStatus{
		intelligence.SubscriptionRejected, intelligence.SubscriptionSuspended, intelligence.SubscriptionPaused,
	} {
		tm.SetSubscriptionStatus(id, status)
		tm.FireEvents(id, 0, intelligence.Delivered)
		want(status, 9, 7)
	}

	if hit := tm.FireEvents("efg-456", 1, intelligence.Delivered); hit != 0 {
		t.Errorf("an event of a trigger without subscriptions was fired for %d subscriptions", hit)
	}
}

func TestSkippedEventsAreLost(t *testing.T) {
	t.Parallel()

	now := simulatortest.NewClock()
	tm := simulatortest.NewShop(t, simulator.Options{Now: now.Read})
	path := tm.Subscribe("a", `"configurations": ["SKIP_ERRORS"]`)

	if item := tm.Get(simulatortest.SubscriptionsPath).Items()[0]; item["offset"] != nil || item["latestSucceedEvent"] != nil {
		t.Errorf("no event was delivered: %v", item)
	}

	tm.FireEvents("abc-123", 1, intelligence.Delivered)

	delivered := now.Now
	now.Now = now.Now.Add(time.Hour)

	tm.FireEvents("abc-123", 1, intelligence.DeliveryFailed)
	tm.FireEvents("abc-123", 1, intelligence.DeliveryRejected)

	if got := tm.Stored(); got.Status != intelligence.SubscriptionActive || got.NextOffset != 3 || got.LatestOffset != 0 ||
		!got.Latest.Equal(delivered) {
		t.Errorf("Stored() = %+v", got)
	}

	// Replays do not deliver skipped events.
	tm.Patch(path + "/replay?fromOffset=1").Want(http.StatusNoContent)

	item := tm.Get(simulatortest.SubscriptionsPath).Items()[0]
	if item["offset"] != 0.0 || item["latestSucceedEvent"] != "2026-03-04T14:03:21Z" {
		t.Errorf("item = %v", item)
	}
}

func TestFailedSubscriptionsAreSuspendedAfterEightHours(t *testing.T) {
	t.Parallel()

	for name, ask := range map[string]func(tm simulatortest.Team, path string) intelligence.SubscriptionStatus{
		"status": func(tm simulatortest.Team, _ string) intelligence.SubscriptionStatus { return tm.Stored().Status },
		"listed status": func(tm simulatortest.Team, _ string) intelligence.SubscriptionStatus {
			status, _ := tm.Get(simulatortest.SubscriptionsPath).Items()[0]["status"].(string)

			return intelligence.SubscriptionStatus(status)
		},
		"permitted requests": func(tm simulatortest.Team, path string) intelligence.SubscriptionStatus {
			if tm.Patch(path+"/replay").Status == http.StatusNoContent {
				return intelligence.SubscriptionFailed
			}

			return intelligence.SubscriptionSuspended
		},
		"recovery": func(tm simulatortest.Team, _ string) intelligence.SubscriptionStatus {
			tm.FireEvents("abc-123", 0, intelligence.Delivered)

			if tm.Stored().Status == intelligence.SubscriptionActive {
				return intelligence.SubscriptionFailed
			}

			return tm.Stored().Status
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for after, want := range map[time.Duration]intelligence.SubscriptionStatus{
				8*time.Hour - time.Second: intelligence.SubscriptionFailed, 8 * time.Hour: intelligence.SubscriptionSuspended,
			} {
				now := simulatortest.NewClock()
				tm := simulatortest.NewShop(t, simulator.Options{Now: now.Read})
				path := tm.Subscribe("a")

				now.Now = now.Now.Add(24 * time.Hour)

				tm.FireEvents("abc-123", 1, intelligence.DeliveryFailed)

				now.Now = now.Now.Add(time.Hour)

				tm.FireEvents("abc-123", 1, intelligence.DeliveryFailed) // The subscription is suspended eight hours after the first failure.

				now.Now = now.Now.Add(after - time.Hour)

				if got := ask(tm, path); got != want {
					t.Errorf("after %v: status = %s, want %s", after, got, want)
				}
			}
		})
	}
}

func TestFailingAgainRestartsTheEightHours(t *testing.T) {
	t.Parallel()

	tm, _, now := inStatus(t, intelligence.SubscriptionFailed, intelligence.SubscriptionOptions{})
	now.Now = now.Now.Add(7 * time.Hour)

	tm.FireEvents("abc-123", 0, intelligence.Delivered)
	tm.FireEvents("abc-123", 1, intelligence.DeliveryFailed)

	now.Now = now.Now.Add(7 * time.Hour)

	if got := tm.Stored().Status; got != intelligence.SubscriptionFailed {
		t.Errorf("status = %s", got)
	}
}

func TestWaitingEventsAreReturnedInPages(t *testing.T) {
	t.Parallel()

	for _, status := range []intelligence.SubscriptionStatus{
		intelligence.SubscriptionFailed, intelligence.SubscriptionSuspended, intelligence.SubscriptionRejected,
	} {
		tm, path, _ := inStatus(t, status, intelligence.SubscriptionOptions{})
		tm.FireEvents("abc-123", 57, intelligence.DeliveryFailed)

		next := 2.0

		for _, want := range []int{50, 10, 0} {
			got := tm.Patch(path + "/events")
			items := got.Items()

			if len(items) != want || len(got.Object()) != 2 || got.Object()["pageSize"] != 50.0 {
				t.Errorf("%[1]d events, want %[3]d; body = %[2]s", len(items), got.Body, want)
			}

			for _, item := range items {
				event, _ := item["event"].(map[string]any)
				if item["offset"] != next || item["triggerId"] != "abc-123" || item["subscriberId"] != tm.Stored().ID ||
					item["creationDate"] == nil || event["id"] == nil || event["identifier"] == nil || event["typedIdentifier"] == nil ||
					event["fields"] == nil {
					t.Errorf("event = %v, want offset %v", item, next)
				}

				next++
			}
		}

		if got := tm.Stored(); got.Status != status || got.LatestOffset != 1 {
			t.Errorf("%s: Stored() = %+v", status, got)
		}
	}
}

func TestWaitingEventsAreNotReturnedIfTheyWillBeDelivered(t *testing.T) {
	t.Parallel()

	for _, status := range []intelligence.SubscriptionStatus{intelligence.SubscriptionActive, intelligence.SubscriptionPaused} {
		tm, path, _ := inStatus(t, status, intelligence.SubscriptionOptions{})
		tm.Patch(path+"/events").WantError(http.StatusBadRequest, statusCode)
	}
}
