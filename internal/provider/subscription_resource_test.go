package provider

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

const (
	subscriptionsPath = "/intelligence/api/subscriptions"
	// creationPath is the path to which the client sends creates for the test model's first trigger.
	creationPath   = modelsPath + "/order-to-cash.otc-km/triggers/trigger-1/subscriptions"
	thisAddress    = "celonis_subscription.this"
	callbackHeader = "Authorization"
)

// wantedSubscription is a subscription that a test configures and then expects in Celonis.
type wantedSubscription struct {
	trigger, name, uri string
	headers            map[string]string
	skipErrors, paused bool
}

// minimalSubscription returns a subscription with only the required arguments.
func minimalSubscription(change ...func(*wantedSubscription)) wantedSubscription {
	return wantedSubscription{trigger: "trigger-1", name: "Blocked orders", uri: "https://Hooks.Example.com:443/orders"}.but(change...)
}

// The but method returns a copy of the subscription with the given changes.
func (w wantedSubscription) but(change ...func(*wantedSubscription)) wantedSubscription {
	for _, one := range change {
		one(&w)
	}

	return w
}

// arguments returns the resource's arguments, one per line. It omits defaults.
func (w wantedSubscription) arguments() string {
	var text strings.Builder

	fmt.Fprintf(&text, "knowledge_model_id = \"order-to-cash.otc-km\"\ntrigger_id = %q\nname = %q\ncallback = {\nuri = %q\n", w.trigger, w.name, w.uri)

	if len(w.headers) > 0 {
		text.WriteString("headers = {\n")

		for _, name := range slices.Sorted(maps.Keys(w.headers)) {
			fmt.Fprintf(&text, "%q = %q\n", name, w.headers[name])
		}

		text.WriteString("}\n")
	}

	text.WriteString("}\n")

	if w.skipErrors {
		text.WriteString("skip_errors = true\n")
	}

	if w.paused {
		text.WriteString("paused = true\n")
	}

	return text.String()
}

// resource returns the configuration of the resource "this".
func (w wantedSubscription) resource() string {
	return "resource \"celonis_subscription\" \"this\" {\n" + w.arguments() + "}\n"
}

// differs describes how a subscription in Celonis differs from the expected one. The result is empty if the subscriptions are equal.
func (w wantedSubscription) differs(got intelligence.Subscription) string {
	status := intelligence.SubscriptionActive
	if w.paused {
		status = intelligence.SubscriptionPaused
	}

	if got.Name == w.name && got.TriggerID == w.trigger && client.IsSameURI(got.CallbackURI, w.uri) && got.SkipErrors == w.skipErrors &&
		maps.Equal(got.CallbackHeaders, w.headers) && got.Status == status {
		return ""
	}

	return fmt.Sprintf("got %+v in Celonis, want %+v", got, w)
}

// holds returns an error unless Celonis contains exactly the expected subscriptions, in any order.
func holds(team *simulator.Simulator, wanted ...wantedSubscription) error {
	there := team.Subscriptions()
	if len(there) != len(wanted) {
		return fmt.Errorf("got %d subscriptions in Celonis, want %d: %+v", len(there), len(wanted), there)
	}

	slices.SortFunc(there, func(a, b intelligence.Subscription) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(wanted, func(a, b wantedSubscription) int { return strings.Compare(a.name, b.name) })

	for index, one := range wanted {
		if problem := one.differs(there[index]); problem != "" {
			return errors.New(problem)
		}
	}

	return nil
}

// subscriptionStep returns a step that applies one subscription and expects the given action. After the step, the subscription must exist
// in Celonis.
func subscriptionStep(team *simulator.Simulator, wanted wantedSubscription, action plancheck.ResourceActionType) step {
	status := "active"
	if wanted.paused {
		status = "paused"
	}

	return step{
		config: wanted.resource(),
		plan:   []plancheck.PlanCheck{plancheck.ExpectResourceAction(thisAddress, action)},
		state: []statecheck.StateCheck{
			statecheck.ExpectKnownValue(thisAddress, tfjsonpath.New("status"), knownvalue.StringExact(status)),
		},
		check: func() error { return holds(team, wanted) },
	}
}

func renamed(to string) func(*wantedSubscription) {
	return func(w *wantedSubscription) { w.name = to }
}

func paused(is bool) func(*wantedSubscription) { return func(w *wantedSubscription) { w.paused = is } }

// subscriptionReadings returns the options for each plausible behaviour where the documentation of the Event Subscription API leaves a
// question open. TestAccUndeliveredSubscriptionWarnsAndPlansNoChange covers the behaviour of subscriptions that do not deliver events.
func subscriptionReadings() map[string]intelligence.SubscriptionOptions {
	return map[string]intelligence.SubscriptionOptions{
		"default":                                     {},
		"id as a number":                              {CreatedID: intelligence.SubscriptionIDNumber},
		"id as bare text":                             {CreatedID: intelligence.SubscriptionIDText},
		"create returns 200":                          {CreateReturnsOK: true},
		"update returns 204":                          {UpdateReturnsNoContent: true},
		"update keeps omitted attributes":             {UpdateKeepsOmitted: true},
		"update leaves paused":                        {UpdateLeavesPaused: true},
		"repeated changes of the status are rejected": {RefuseRepeats: true},
		"listed after a read":                         {ListedAfterReads: 1},
		"listed after a while":                        {ListedAfter: 300 * time.Millisecond},
		"delisted after two reads":                    {DelistedAfterReads: 2},
		"delisted after a while":                      {DelistedAfter: time.Second},
		"list items in the old format":                {OldListItems: true},
		"configurations are omitted":                  {NoConfigurations: intelligence.ConfigurationsAbsent},
		"configurations are null":                     {NoConfigurations: intelligence.ConfigurationsNull},
		"dates with an offset":                        {Dates: intelligence.DatesWithOffset},
		"dates with milliseconds":                     {Dates: intelligence.DatesMilliseconds, LatestSucceedOffset: true},
		"names are trimmed":                           {TrimNames: true},
		"addresses are normalised":                    {NormaliseURIs: true},
		"limit of one subscription":                   {Max: 1, RefuseBeyondMax: true},
	}
}

// subscriptionLife returns the stages in the life cycle of one subscription, each with the expected action.
func subscriptionLife() []struct {
	wanted wantedSubscription
	action plancheck.ResourceActionType
} {
	first := minimalSubscription(func(w *wantedSubscription) {
		w.headers = map[string]string{callbackHeader: "Bearer of-the-callback", "Accept": "application/json"}
	})
	second := first.but(renamed("Blocked orders – 2"), func(w *wantedSubscription) {
		w.uri = "https://hooks.example.com/other?team=1"
		w.skipErrors = true
	})
	third := second.but(paused(true), renamed("Renamed and paused"))
	fourth := third.but(renamed("Renamed while paused"))
	fifth := fourth.but(renamed("Renamed and resumed"), paused(false), func(w *wantedSubscription) { w.skipErrors = false })

	return []struct {
		wanted wantedSubscription
		action plancheck.ResourceActionType
	}{
		{first, plancheck.ResourceActionCreate},
		{second, plancheck.ResourceActionUpdate},
		{third, plancheck.ResourceActionUpdate},
		{fourth, plancheck.ResourceActionUpdate},
		{fifth, plancheck.ResourceActionUpdate},
		{fifth.but(paused(true)), plancheck.ResourceActionUpdate},
		{fifth, plancheck.ResourceActionUpdate},
		{fifth.but(func(w *wantedSubscription) { w.trigger = "trigger-2" }), plancheck.ResourceActionDestroyBeforeCreate},
	}
}

// TestAccSubscriptionLifeCycle creates, updates and replaces a subscription with the CLI. TestSubscriptionLifeCycleForEveryReading runs the
// whole life cycle over the plugin protocol.
func TestAccSubscriptionLifeCycle(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})

	life := subscriptionLife()

	var steps []step
	for _, index := range []int{0, 2, len(life) - 1} {
		steps = append(steps, subscriptionStep(team, life[index].wanted, life[index].action))
	}

	steps[len(steps)-1].imports = func() map[string]string { return map[string]string{thisAddress: team.Subscriptions()[0].ID} }

	acceptance(t, env, steps...)

	if err := holds(team); err != nil {
		t.Errorf("after the destroy: %v", err)
	}
}

func TestSubscriptionLifeCycleForEveryReading(t *testing.T) {
	t.Parallel()

	for name, options := range subscriptionReadings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, Subscriptions: options})
			subscription := newProtocolObject(t, env, "celonis_subscription")

			for _, one := range subscriptionLife() {
				subscription.becomes(team, one.wanted, one.action)
			}

			imported := newProtocolObject(t, env, "celonis_subscription")
			imported.mustImport(subscription.text("id"))

			// List items in the old format do not contain the callback's address, so an import cannot read it.
			if !options.OldListItems {
				wantImported(t, imported, subscription)
			}

			subscription.destroy()

			if err := holds(team); err != nil {
				t.Errorf("after the destroy: %v", err)
			}
		})
	}
}

// The becomes method applies the wanted subscription over the plugin protocol, and expects the given action. Afterwards, the subscription
// must exist in Celonis.
func (s *protocolObject) becomes(team *simulator.Simulator, wanted wantedSubscription, action plancheck.ResourceActionType) {
	s.t.Helper()
	s.run(wanted.given(), action)

	if err := holds(team, wanted); err != nil {
		s.t.Error(err)
	}

	status := "active"
	if wanted.paused {
		status = "paused"
	}

	if got := s.text("status"); got != status {
		s.t.Errorf("got status %q, want %q", got, status)
	}
}

// wantImported checks that an imported subscription matches a state, except for headers, which Celonis never returns.
func wantImported(t *testing.T, imported, subscription *protocolObject) {
	t.Helper()

	got, want := attributes(t, imported.state), attributes(t, subscription.state)
	if got, want := attributes(t, got["callback"])["uri"], attributes(t, want["callback"])["uri"]; !got.Equal(want) {
		t.Errorf("got imported callback.uri %s, want %s", got, want)
	}

	for name := range want {
		if name != "callback" && !got[name].Equal(want[name]) {
			t.Errorf("got %[2]s for the imported %[1]s, want %[3]s", name, got[name], want[name])
		}
	}
}

// failsAt matches an error that points at the line of an argument and contains the given parts in the given order.
func failsAt(argument string, parts ...string) *regexp.Regexp {
	var pattern strings.Builder

	pattern.WriteString(`(?s)\d+:\s+` + regexp.QuoteMeta(argument) + ` =`)

	for _, part := range parts {
		// The CLI wraps lines and draws a frame around messages.
		words := strings.Fields(part)
		for index := range words {
			words[index] = regexp.QuoteMeta(words[index])
		}

		pattern.WriteString(".*" + strings.Join(words, `[\s│]+`))
	}

	return regexp.MustCompile(pattern.String())
}

func TestAccSubscriptionIsCreatedPausedOrReplaced(t *testing.T) {
	t.Parallel()

	wanted := minimalSubscription(paused(true))

	for name, refusal := range map[string]simulator.Fault{
		"works":   {},
		"refused": {Status: http.StatusBadRequest, Body: `{"errorCode": "SOME_CODE", "detail": "It cannot be paused."}`},
		"fails":   {Status: http.StatusServiceUnavailable, Body: `{"detail": "Come back later."}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})

			if refusal.Status == 0 {
				acceptance(t, env, subscriptionStep(team, wanted, plancheck.ResourceActionCreate))

				return
			}

			refusal.Method, refusal.Path, refusal.Times = http.MethodPatch, subscriptionsPath+"/*", -1
			team.Inject(refusal)

			acceptance(t, env,
				step{
					config: wanted.resource(),
					fails: failsAt("paused", "/pause", "was created but could not be paused. It is in the state and is delivering events",
						fmt.Sprintf("Response: status %d", refusal.Status), "What to do:"),
				},
				step{
					before: func() {
						team.ClearFaults()

						if err := holds(team, wanted.but(paused(false))); err != nil {
							t.Errorf("after the failure: %v", err)
						}
					},
					config: wanted.resource(),
					plan:   []plancheck.PlanCheck{plancheck.ExpectResourceAction(thisAddress, plancheck.ResourceActionDestroyBeforeCreate)},
					check:  func() error { return holds(team, wanted) },
				},
			)
		})
	}
}

// TestSubscriptionIsFoundAfterALostResponse covers creates that Celonis carried out although the response is missing or unusable.
func TestSubscriptionIsFoundAfterALostResponse(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]simulator.Fault{
		"connection cut": {ResetAfter: true},
		"web page":       {Body: "<html><title>Login</title></html>"},
		"truncated body": {CutBodyAt: 3},
		"blank":          {Body: " "},
		"without an id":  {Body: `{"id": null}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
			fault.Method, fault.Path = http.MethodPost, creationPath
			team.Inject(fault)

			newProtocolObject(t, env, "celonis_subscription").becomes(team, minimalSubscription(), plancheck.ResourceActionCreate)

			if got := team.Count(http.MethodPost, creationPath); got != 1 {
				t.Errorf("got %d creates, want 1", got)
			}
		})
	}
}

func TestExternalChangeOfASubscriptionIsReverted(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	wanted := minimalSubscription()
	subscription := newProtocolObject(t, env, "celonis_subscription")
	subscription.becomes(team, wanted, plancheck.ResourceActionCreate)

	only := func() string { return team.Subscriptions()[0].ID }
	changed := func(change func(*intelligence.Subscription)) func() {
		return func() { team.ChangeSubscription(only(), change) }
	}

	for _, one := range []struct {
		happens func()
		action  plancheck.ResourceActionType
	}{
		{func() { team.DeleteSubscription(only()) }, plancheck.ResourceActionCreate},
		{changed(func(s *intelligence.Subscription) { s.Name = "Another" }), plancheck.ResourceActionUpdate},
		{changed(func(s *intelligence.Subscription) { s.CallbackURI = "https://elsewhere.example.com" }), plancheck.ResourceActionUpdate},
		{changed(func(s *intelligence.Subscription) { s.SkipErrors = true }), plancheck.ResourceActionUpdate},
		{changed(func(s *intelligence.Subscription) { s.Status = intelligence.SubscriptionPaused }), plancheck.ResourceActionUpdate},
		// This is the same address in a different spelling.
		{changed(func(s *intelligence.Subscription) { s.CallbackURI = "https://hooks.example.com/orders" }), plancheck.ResourceActionNoop},
	} {
		one.happens()
		subscription.becomes(team, wanted, one.action)
	}
}

func TestAccSubscriptionAcceptsValuesThatAreUnknownAtPlanTime(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	w := newWorkspace(t, env, `
		resource "terraform_data" "later" {
		  input = {
		    model   = "order-to-cash.otc-km"
		    trigger = "trigger-1"
		    text    = "Blocked orders"
		    uri     = "https://hooks.example.com/orders"
		    yes     = true
		  }
		}
		resource "celonis_subscription" "this" {
		  knowledge_model_id = terraform_data.later.output.model
		  trigger_id         = terraform_data.later.output.trigger
		  name               = terraform_data.later.output.text
		  callback = {
		    uri     = terraform_data.later.output.uri
		    headers = { Accept = terraform_data.later.output.text }
		  }
		  skip_errors = terraform_data.later.output.yes
		  paused      = terraform_data.later.output.yes
		}`)
	w.must("apply", "-auto-approve")
	w.mustPlanNothing()

	if err := holds(team, wantedSubscription{
		trigger: "trigger-1", name: "Blocked orders", uri: "https://hooks.example.com/orders", skipErrors: true, paused: true,
		headers: map[string]string{"Accept": "Blocked orders"},
	}); err != nil {
		t.Error(err)
	}
}
