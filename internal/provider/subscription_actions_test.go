package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

const (
	replayAction  = "celonis_subscription_replay"
	discardAction = "celonis_subscription_discard_collected_events"
)

// invoke validates and invokes an action over the plugin protocol. It returns the progress messages and all diagnostics.
func invoke(t *testing.T, env environment, actionType string, config map[string]any) (progress []string, problems protocolDiagnostics) {
	t.Helper()

	server, ok := configuredServer(t, env).(tfprotov6.ProviderServerWithActions) //nolint:staticcheck // ProviderServer has no action methods.
	if !ok {
		t.Fatal("the provider does not support actions")
	}

	encodedConfig := encoded(t, schemaOf(t).ActionSchemas[actionType].Schema, config)

	validated, err := server.ValidateActionConfig(t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: actionType, Config: encodedConfig})
	if err != nil {
		t.Fatal(err)
	}

	if problems = validated.Diagnostics; problems.hasError() {
		return nil, problems
	}

	stream, err := server.InvokeAction(t.Context(), &tfprotov6.InvokeActionRequest{ActionType: actionType, Config: encodedConfig})
	if err != nil {
		t.Fatal(err)
	}

	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			problems = append(problems, event.Diagnostics...)
		}
	}

	return progress, problems
}

// subscriptionIn returns the options for a subscription with the given status. Four events have occurred, and the third is the next to be
// delivered.
func subscriptionIn(status intelligence.SubscriptionStatus) intelligence.SubscriptionOptions {
	return intelligence.SubscriptionOptions{Existing: []intelligence.Subscription{{
		ID: "s-1", Name: "Blocked", KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "trigger-1", CallbackURI: "https://hooks.example.com/1",
		Status: status, Events: make([]intelligence.SubscriptionEvent, 4), NextOffset: 2,
	}}}
}

func TestReplayStartsAtTheOffset(t *testing.T) {
	t.Parallel()

	for _, status := range []intelligence.SubscriptionStatus{
		intelligence.SubscriptionActive, intelligence.SubscriptionPaused, intelligence.SubscriptionFailed,
	} {
		team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, Subscriptions: subscriptionIn(status)})

		progress, problems := invoke(t, env, replayAction, map[string]any{"subscription_id": "s-1", "from_offset": 1})
		if len(problems) > 0 || len(progress) != 2 || !strings.Contains(progress[0], "s-1 from offset 1") {
			t.Errorf("%s: got progress %q and diagnostics %s", status, progress, problems.text())
		}

		if team.Count(http.MethodPatch, subscriptionsPath+"/s-1/replay") != 1 || team.Count(http.MethodGet, subscriptionsPath) != 0 {
			t.Errorf("%s: got requests %+v, want one replay", status, team.Journal())
		}

		if got := team.Subscriptions()[0]; got.Status != intelligence.SubscriptionActive || got.NextOffset != 4 || got.LatestOffset != 3 {
			t.Errorf("%s: got subscription %+v", status, got)
		}
	}
}

func TestCollectedEventsAreDiscarded(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, Subscriptions: subscriptionIn(intelligence.SubscriptionPaused)})

	progress, problems := invoke(t, env, discardAction, map[string]any{"subscription_id": "s-1"})
	if len(problems) > 0 || len(progress) != 2 || !strings.Contains(progress[1], "discarded") {
		t.Errorf("got progress %q and diagnostics %s", progress, problems.text())
	}

	if got := team.Subscriptions()[0]; got.Status != intelligence.SubscriptionActive || got.NextOffset != 4 || !got.Latest.IsZero() {
		t.Errorf("got subscription %+v", got)
	}
}

func TestActionErrorsContainAdvice(t *testing.T) {
	t.Parallel()

	replay := map[string]any{"subscription_id": "s-1", "from_offset": 0}
	discard := map[string]any{"subscription_id": "s-1"}

	for name, test := range map[string]struct {
		status     intelligence.SubscriptionStatus
		fault      simulator.Fault
		actionType string
		config     map[string]any
		want       []string
		// patches and lists are the expected numbers of PATCH requests and list requests.
		patches, lists int
	}{
		"replay of a suspended subscription": {
			status: intelligence.SubscriptionSuspended, actionType: replayAction, config: replay, patches: 1, lists: 1,
			want: []string{"Unable to replay the subscription", "400", "is suspended", "update activates", "again"},
		},
		"replay of a rejected subscription": {
			status: intelligence.SubscriptionRejected, actionType: replayAction, config: replay, patches: 1, lists: 1,
			want: []string{"is rejected", "rejected an event", "Fix the callback"},
		},
		"unknown subscription": {
			actionType: replayAction, config: map[string]any{"subscription_id": "s-9", "from_offset": 0}, patches: 1,
			want: []string{"404", "s-9", "Check `subscription_id`"},
		},
		"404 from a gateway": {
			fault: simulator.Fault{Status: http.StatusNotFound}, actionType: replayAction, config: replay, patches: 1, lists: 1,
			want: []string{"404", "The subscription is active"},
		},
		"unknown outcome of a replay": {
			fault: simulator.Fault{ResetAfter: true}, actionType: replayAction, config: replay, patches: 1,
			want: []string{"unknown whether", "did not repeat", "callback receives events", "last_delivered_at"},
		},
		"503 for a replay": {
			fault: simulator.Fault{Status: http.StatusServiceUnavailable}, actionType: replayAction, config: replay, patches: 1,
			want: []string{"503", "unknown whether"},
		},
		"negative offset": {
			actionType: replayAction, config: map[string]any{"subscription_id": "s-1", "from_offset": -1}, want: []string{"at least 0", "-1"},
		},
		"empty id": {
			actionType: replayAction, config: map[string]any{"subscription_id": "", "from_offset": 0}, want: []string{"must not be empty"},
		},
		"discarding events of a failed subscription": {
			status: intelligence.SubscriptionFailed, actionType: discardAction, config: discard, patches: 1, lists: 1,
			want: []string{"Unable to discard the collected events", "has failed", "reachable"},
		},
		"discarding events of a suspended subscription": {
			status: intelligence.SubscriptionSuspended, actionType: discardAction, config: discard, patches: 1, lists: 1, want: []string{"is suspended"},
		},
		"discarding events of a rejected subscription": {
			status: intelligence.SubscriptionRejected, actionType: discardAction, config: discard, patches: 1, lists: 1, want: []string{"is rejected"},
		},
		"discarding events of an active subscription": {
			fault: simulator.Fault{Status: http.StatusBadRequest}, actionType: discardAction, config: discard, patches: 1, lists: 1,
			want: []string{"is active", "does not collect them", "paused = true"},
		},
		"unknown outcome of discarding": {
			fault: simulator.Fault{ResetAfter: true}, status: intelligence.SubscriptionPaused, actionType: discardAction, config: discard,
			patches: 1, want: []string{"unknown whether", "discard the events", "`status`"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, Subscriptions: subscriptionIn(test.status)})

			if test.fault.Status != 0 || test.fault.ResetAfter {
				test.fault.Method, test.fault.Times = http.MethodPatch, 1
				team.Inject(test.fault)
			}

			_, problems := invoke(t, env, test.actionType, test.config)
			if !problems.hasError() {
				t.Fatal("got no error")
			}

			for _, want := range test.want {
				if !strings.Contains(problems.text(), want) {
					t.Errorf("%q is missing from:\n%s", want, problems.text())
				}
			}

			patches, lists := team.Count(http.MethodPatch, subscriptionsPath+"/*"), team.Count(http.MethodGet, subscriptionsPath)
			if patches != test.patches || lists != test.lists {
				t.Errorf("got %d PATCH requests and %d lists, want %d and %d", patches, lists, test.patches, test.lists)
			}
		})
	}
}
