package client_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// TestMain lowers the number of random test cases, because each life cycle takes a long time. The -rapid.checks flag overrides this number.
func TestMain(m *testing.M) {
	clienttest.SetRandomChecks(15)
	os.Exit(m.Run())
}

// lifeExceptions returns the options that keep their defaults in this test, each with the reason. A key that begins with a type name applies only to
// the options of that type.
func lifeExceptions() map[string]string {
	return map[string]string{
		"ClientsAsUsers":                         "the clients would be users that the model does not contain",
		"InvitationOnPUT":                        "the runs send no invitations",
		"KeptWhenOmitted":                        "it is not an enum",
		"DecomposedText":                         "the names are ASCII",
		"IgnoredByPUT":                           "updates fail",
		"EffectiveRoles":                         "roles are not in the model",
		"UpdateLeavesFailed":                     "no subscription fails",
		"MaxReturnedMembers":                     "a group cannot be read as a whole",
		"UpdatesListedAfterReads":                "a later run cannot tell a former value from a change by another user",
		"SubscriptionOptions.DelistedAfterReads": "a later run cannot tell a deleted subscription that is still listed from one that another user has created",
		"RefuseBeyondMax":                        "creates fail",
		"TrimNames":                              "the names have no whitespace",
		"LowerCaseUserNames":                     "the names are in lower case",
		"PageSizeAboveMax":                       "a rejected page size is an error by contract",
		"PastEnd":                                "a page past the end may be an error by contract",
		"InactiveAPIs":                           "calls fail",
	}
}

// drawReadings sets options to random values. It covers the options that select one of several interpretations of the vendor's documentation:
// enumerations, switches and small counts.
func drawReadings(t *rapid.T, options reflect.Value) {
	exceptions := lifeExceptions()

	for index := range options.NumField() {
		field, name := options.Field(index), options.Type().Field(index).Name
		if exceptions[name] != "" || exceptions[options.Type().Name()+"."+name] != "" {
			continue
		}

		// Most options keep their defaults, so that a failure shows which deviation matters.
		if rapid.IntRange(0, 3).Draw(t, name+" differs") > 0 {
			continue
		}

		words := field.MethodByName("Words")

		switch {
		case words.IsValid():
			values := words.Call(nil)[0]
			field.Set(values.Index(rapid.IntRange(0, values.Len()-1).Draw(t, name)))
		case field.Kind() == reflect.Bool:
			field.SetBool(rapid.Bool().Draw(t, name))
		case field.Kind() == reflect.Int && (strings.HasPrefix(name, "Listed") || strings.HasPrefix(name, "Delisted")):
			// The client repeats a create request if the object is still missing from the second list that it reads. If the object appeared even
			// later, the result would be a duplicate and an error.
			field.SetInt(int64(rapid.IntRange(0, 1).Draw(t, name)))
		}
	}
}

// life contains a team, its configuration, and the state that the previous runs have left behind.
type life struct {
	world

	t    *rapid.T
	team *simulator.Simulator
	// faults contains the faults for the first requests of the run, in order. There are fewer faults than the maximum number of retries.
	faults []int

	mu       sync.Mutex
	problems []string

	// ids maps a kind and a name to an id.
	ids map[string]string
}

// world is the model: users maps user names to display names, groups maps display names to the user names of the members, and hooks maps names
// to callbacks.
type world struct {
	users, hooks map[string]string
	groups       map[string]map[string]bool
}

func (w world) copied() world {
	copied := world{users: maps.Clone(w.users), hooks: maps.Clone(w.hooks), groups: map[string]map[string]bool{}}
	for name, members := range w.groups {
		copied.groups[name] = maps.Clone(members)
	}

	return copied
}

// run contains the actions of one Terraform run, and the state of the model after the run.
type run struct {
	actions []action
	after   world
	faults  []int
}

// drawRuns draws all random values before the bubble starts, because rapid may abort a draw with a panic.
func (l *life) drawRuns() []run {
	runs := make([]run, rapid.IntRange(1, 6).Draw(l.t, "runs"))

	for index := range runs {
		var actions []action

		for _, name := range []string{"ann@example.com", "bob@example.com", "cat@example.com"} {
			actions = l.drawUser(name, actions)
		}

		for _, name := range []string{"readers", "writers"} {
			actions = l.drawGroup(name, actions)
		}

		for _, name := range []string{"crm", "archive"} {
			actions = l.drawHook(name, actions)
		}

		runs[index] = run{actions, l.copied(), rapid.SliceOfN(rapid.IntRange(0, 3*len(lifeFaults())), 0, 30).Draw(l.t, "faults")}
	}

	return runs
}

// RoundTrip implements [http.RoundTripper]. It applies the next fault, if any, to the request.
func (l *life) RoundTrip(req *http.Request) (*http.Response, error) {
	faults := lifeFaults()
	choice := len(faults)

	l.mu.Lock()

	if len(l.faults) > 0 {
		choice, l.faults = l.faults[0], l.faults[1:]
	}

	l.mu.Unlock()

	network := &matrixNetwork{team: l.team}
	if choice < len(faults) {
		network.fault = matrixFault{scope: everyRequest, change: faults[choice], isToken: req.URL.Path == clienttest.TokenPath}
	}

	return network.RoundTrip(req)
}

// lifeFaults returns faults from which the client recovers.
func lifeFaults() []changeFunc {
	all := map[string]changeFunc{}
	for _, fault := range matrixFaults() {
		all[fault.name] = fault.change
	}

	names := []string{
		"status 429", "status 500", "status 502", "status 503", "status 520", "reset before the request", "reset after the request", "reset within the headers",
		"truncated after 5 tenths", "body shorter than Content-Length",
	}

	chosen := make([]changeFunc, 0, len(names))
	for _, name := range names {
		chosen = append(chosen, all[name])
	}

	return chosen
}

func (l *life) failf(format string, values ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.problems = append(l.problems, fmt.Sprintf(format, values...))
}

func (l *life) id(kind, name string) string {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.ids[kind+" "+name]
}

func (l *life) keep(kind, name, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()

	if id == "" {
		delete(l.ids, kind+" "+name)
	} else {
		l.ids[kind+" "+name] = id
	}
}

func (l *life) client() *client.Client {
	made, err := client.New(client.Options{
		Options: transport.Options{
			BaseURL: "http://localhost", Credentials: clienttest.Credentials(), Network: l, MaxConcurrentRequests: 10,
			RequestTimeout: transport.DefaultRequestTimeout, MaxRetries: transport.MaxMaxRetries, MaxRetryWait: transport.DefaultMaxRetryWait,
		},
		PageSize: 3,
	})
	if err != nil {
		panic(err)
	}

	return made
}

// action is a step of a run that creates, changes or deletes an object.
type action struct {
	// stage determines when the action runs: dependencies are created first and deleted last.
	stage int
	run   func(ctx context.Context, c *client.Client)
}

const (
	stageUsers = iota
	stageGroups
	stageMembers
	stageDeleteGroups
	stageDeleteUsers
)

// created handles the outcome of a call that creates an object. If the provider cannot determine whether the object exists, the next run imports it,
// as the error advises.
func (l *life) created(kind, name, id string, err error, find func(*client.Client) (string, error)) {
	failure, isTyped := errors.AsType[*transport.Error](err)

	switch {
	case err == nil:
		l.keep(kind, name, id)
	case !isTyped:
		l.failf("creating the %s %s: error = %v", kind, name, err)
	case failure.Reason == transport.ReasonExists || failure.OutcomeUnknown:
		for range 8 { // A list may show the object late.
			found, findErr := find(l.client())
			if findErr == nil {
				l.keep(kind, name, found)

				return
			}

			err = errors.Join(err, findErr)

			time.Sleep(time.Minute)
		}

		l.failf("creating and then importing the %s %s: %v", kind, name, err)
	default:
		l.failf("creating the %s %s: %v", kind, name, err)
	}
}

// deleted handles the outcome of a deletion. If the first response was lost and the repeated request returned a 404 in an unknown format, the client
// returns an error, because this 404 does not prove that the object was deleted. The comparison after the run shows whether the object was deleted.
func (l *life) deleted(kind, name string, err error) {
	failure, isTyped := errors.AsType[*transport.Error](err)
	isUnproven := isTyped && failure.Status == http.StatusNotFound && failure.MayHaveBeenApplied

	if err != nil && !isUnproven {
		l.failf("deleting the %s %s: %v", kind, name, err)
	}

	l.keep(kind, name, "")
}

func (l *life) drawUser(name string, actions []action) []action {
	display, exists := l.users[name]

	switch choice := rapid.IntRange(0, 3).Draw(l.t, name); {
	case !exists && choice > 1:
		l.users[name] = "new"
		actions = append(actions, action{stageUsers, func(ctx context.Context, c *client.Client) {
			user, err := c.CreateUser(ctx, scim.NewUser{UserName: name, DisplayName: "new"})
			l.created("user", name, user.ID, err, func(c *client.Client) (string, error) {
				found, err := c.FindUser(ctx, name)

				return found.ID, err
			})
		}})
	case exists && choice == 2:
		display += "+"
		l.users[name] = display
		actions = append(actions, action{stageUsers, func(ctx context.Context, c *client.Client) {
			if user, err := c.UpdateUser(ctx, l.id("user", name), scim.UserChange{DisplayName: &display}); err != nil || user.DisplayName != display {
				l.failf("updating the user %s: %+v, error = %v", name, user, err)
			}
		}})
	case exists && choice == 3:
		delete(l.users, name)

		for _, members := range l.groups {
			delete(members, name)
		}

		actions = append(actions, action{stageDeleteUsers, func(ctx context.Context, c *client.Client) {
			l.deleted("user", name, c.DeleteUser(ctx, l.id("user", name)))
		}})
	}

	return actions
}

func (l *life) drawGroup(name string, actions []action) []action {
	_, exists := l.groups[name]
	choice := rapid.IntRange(0, 4).Draw(l.t, name)

	switch {
	case !exists && choice > 2:
		l.groups[name] = map[string]bool{}
		actions = append(actions, action{stageGroups, func(ctx context.Context, c *client.Client) {
			group, err := c.CreateGroup(ctx, scim.NewGroup{DisplayName: name, ExternalID: "external-id-of-" + name})
			l.created("group", name, group.ID, err, func(c *client.Client) (string, error) {
				found, err := c.FindGroup(ctx, name)

				return found.ID, err
			})
		}})
	case exists && choice == 4:
		delete(l.groups, name)

		actions = append(actions, action{stageDeleteGroups, func(ctx context.Context, c *client.Client) {
			l.deleted("group", name, c.DeleteGroup(ctx, l.id("group", name)))
		}})

		return actions
	case !exists:
		return actions
	}

	members := l.groups[name]

	for _, user := range slices.Sorted(maps.Keys(l.users)) {
		isMember := rapid.Bool().Draw(l.t, user+" in "+name)
		if isMember == members[user] {
			continue
		}

		change, set := (*client.Client).AddGroupMember, true
		if !isMember {
			change, set = (*client.Client).RemoveGroupMember, false
		}

		if members[user] = set; !set {
			delete(members, user)
		}

		actions = append(actions, action{stageMembers, func(ctx context.Context, c *client.Client) {
			if err := change(c, ctx, l.id("group", name), l.id("user", user)); err != nil {
				l.failf("setting the membership of %s in %s to %t: %v", user, name, set, err)
			}
		}})
	}

	return actions
}

func (l *life) drawHook(name string, actions []action) []action {
	uri, exists := l.hooks[name]
	spec := client.SubscriptionSpec{KnowledgeModelID: fuzzedModel, TriggerID: matrixTrigger, Name: name, CallbackURI: uri}

	switch choice := rapid.IntRange(0, 3).Draw(l.t, name); {
	case !exists && choice > 1:
		spec.CallbackURI = "https://hooks.example.com/" + name
		l.hooks[name] = spec.CallbackURI
		actions = append(actions, action{stageUsers, func(ctx context.Context, c *client.Client) {
			id, err := c.CreateSubscription(ctx, spec)
			if err == nil {
				l.waitForHook(ctx, c, id, spec)
			}

			l.created("subscription", name, id, err, func(c *client.Client) (string, error) {
				found, err := c.SubscriptionByName(ctx, name)

				return found.ID, err
			})
		}})
	case exists && choice == 2:
		spec.CallbackURI += "/x"
		l.hooks[name] = spec.CallbackURI
		actions = append(actions, action{stageUsers, func(ctx context.Context, c *client.Client) {
			if err := c.UpdateSubscription(ctx, l.id("subscription", name), spec); err != nil {
				l.failf("updating the subscription %s: %v", name, err)
			}

			l.waitForHook(ctx, c, l.id("subscription", name), spec)
		}})
	case exists && choice == 3:
		delete(l.hooks, name)

		actions = append(actions, action{stageUsers, func(ctx context.Context, c *client.Client) {
			l.deleted("subscription", name, c.DeleteSubscription(ctx, l.id("subscription", name)))
		}})
	}

	return actions
}

// waitForHook waits until the list shows a subscription, as the provider does before an apply ends.
func (l *life) waitForHook(ctx context.Context, c *client.Client, id string, spec client.SubscriptionSpec) {
	_, err := c.ChangedSubscription(ctx, id, func(hook client.Subscription) bool { return hook.Name == spec.Name })
	if err != nil {
		l.failf("waiting for the subscription %s: %v", spec.Name, err)
	}
}

// refresh reads every object, as a plan does.
func (l *life) refresh(ctx context.Context, c *client.Client) {
	var group sync.WaitGroup

	for key, id := range l.ids {
		kind, name, _ := strings.Cut(key, " ")

		group.Go(func() {
			switch kind {
			case "user":
				if user, err := c.User(ctx, id); err != nil || user.UserName != name || user.DisplayName != l.users[name] {
					l.failf("refreshing the user %s: %+v, error = %v", name, user, err)
				}
			case "group":
				read, err := c.Group(ctx, id)
				if err != nil || read.DisplayName != name || len(read.MemberIDs) != len(l.groups[name]) {
					l.failf("refreshing the group %s: %+v, error = %v, want the members %v", name, read, err, l.groups[name])
				}
			case "subscription":
				if hook, err := c.Subscription(ctx, id); err != nil || hook.Name != name || hook.CallbackURI != "" && hook.CallbackURI != l.hooks[name] {
					l.failf("refreshing the subscription %s: %+v, error = %v", name, hook, err)
				}
			}
		})
	}

	group.Wait()
}

// apply runs the actions stage by stage. It runs the actions of each stage concurrently or in sequence.
func (l *life) apply(ctx context.Context, c *client.Client, actions []action, isParallel bool) {
	for stage := stageUsers; stage <= stageDeleteUsers; stage++ {
		var group sync.WaitGroup

		for _, step := range actions {
			if step.stage != stage {
				continue
			}

			group.Go(func() { step.run(ctx, c) })

			if !isParallel {
				group.Wait()
			}
		}

		group.Wait()
	}
}

// compare checks that the team contains exactly the objects that the model contains.
func (l *life) compare() {
	names := map[string]string{}
	users, hooks := map[string]string{}, map[string]string{}
	groups := map[string]map[string]bool{}

	for _, user := range l.team.Users() {
		names[user.ID] = user.UserName
		users[user.UserName] = user.DisplayName
	}

	for _, group := range l.team.Groups() {
		groups[group.DisplayName] = map[string]bool{}
		for _, member := range group.Members {
			groups[group.DisplayName][names[member]] = true
		}
	}

	for _, hook := range l.team.Subscriptions() {
		hooks[hook.Name] = hook.CallbackURI
	}

	isSame := maps.Equal(users, l.users) && maps.Equal(hooks, l.hooks) && maps.EqualFunc(groups, l.groups, maps.Equal)
	count := len(l.team.Users()) + len(l.team.Groups()) + len(l.team.Subscriptions())

	if want := len(l.users) + len(l.groups) + len(l.hooks); !isSame || count != want {
		l.failf("the team contains %d objects, want %d:\n%v\n%v\n%v\nwant\n%v\n%v\n%v", count, want, users, groups, hooks, l.users, l.groups, l.hooks)
	}
}

// The runs in this test create, refresh, change, import and delete objects. They must leave the team as configured, however the vendor's
// documentation is interpreted and whichever requests fail.
func TestLifeCycleMatchesAModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		options := simulator.DefaultTeam()
		options.Intelligence.KnowledgeModels, options.SCIM.GeneratedUsers, options.SCIM.GeneratedGroups = 0, 0, 0
		options.SCIM.Users, options.SCIM.Groups, options.Subscriptions.Existing = nil, nil, nil
		options.Reports.LoginEvents, options.Reports.AuditEvents, options.Reports.Permissions = 0, 0, 0
		options.Server.Licence = "XL"

		drawReadings(rt, reflect.ValueOf(&options.SCIM).Elem())
		drawReadings(rt, reflect.ValueOf(&options.Subscriptions).Elem())
		drawReadings(rt, reflect.ValueOf(&options.Server).Elem())

		made := &life{
			t: rt, world: world{users: map[string]string{}, hooks: map[string]string{}, groups: map[string]map[string]bool{}}, ids: map[string]string{},
		}
		isParallel := rapid.Bool().Draw(rt, "parallel")
		before, runs := made.copied(), made.drawRuns()

		synctest.Test(t, func(t *testing.T) {
			var err error
			if made.team, err = simulator.New(options); err != nil {
				made.failf("%v", err)

				return
			}

			for index, plan := range runs {
				c := made.client()

				made.faults = plan.faults
				made.world = before
				made.refresh(t.Context(), c)
				made.world = plan.after
				made.apply(t.Context(), c, plan.actions, isParallel)
				made.compare()

				if len(made.problems) > 0 {
					made.failf("in run %d of %d", index+1, len(runs))

					return
				}

				before = plan.after

				time.Sleep(time.Hour)
			}
		})

		if len(made.problems) > 0 { // Fail outside the bubble, so that rapid can shrink the failing example.
			rt.Fatal(strings.Join(made.problems, "\n"))
		}
	})
}
