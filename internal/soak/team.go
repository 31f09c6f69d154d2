package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// size is the number of objects of each kind in a configuration. The groups draw their members from the same users in rotation, so each user
// belongs to several groups.
type size struct {
	users int
	// groups is the number of groups for each method of managing members: member_ids, member_user_names, celonis_group_member and
	// celonis_group_members.
	groups int
	// members is the number of members of each group.
	members       int
	subscriptions int
	// lookups is the number of user data sources, and also the number of Knowledge Model data sources.
	lookups int
}

// objects returns the number of resources and data sources.
func (s size) objects() int {
	return s.users + 4*s.groups + s.groups*s.members + s.groups + s.subscriptions + 2*s.lookups
}

// configuration returns the configuration with all objects. models and users are the names to look up.
func (s size) configuration(models, users []string) string {
	quoted := func(names []string) string { return fmt.Sprintf("%q", names[:s.lookups]) }
	list := func(names []string) string { return strings.ReplaceAll(quoted(names), `" "`, `", "`) }

	return fmt.Sprintf(`
locals {
  users   = %d
  groups  = %d
  members = %d
  names   = [for u in range(local.users) : "user-${u}@example.com"]
  roles   = ["MEMBER", "ANALYST", "ADMIN"]

  # The numbers of the users in each group.
  in_group = [for g in range(local.groups) : [for m in range(local.members) : (g * local.members + m) %% local.users]]
}

resource "celonis_user" "this" {
  count        = local.users
  user_name    = local.names[count.index]
  display_name = "User ${count.index}"
  external_id  = "hr-${count.index}"
  role         = element(local.roles, count.index)
}

resource "celonis_group" "by_id" {
  count        = local.groups
  display_name = "By id ${count.index}"
  role         = "MEMBER"
  member_ids   = [for u in local.in_group[count.index] : celonis_user.this[u].id]
}

resource "celonis_group" "by_name" {
  count             = local.groups
  display_name      = "By name ${count.index}"
  role              = "MEMBER"
  member_user_names = [for u in local.in_group[count.index] : celonis_user.this[u].user_name]
}

resource "celonis_group" "single" {
  count        = local.groups
  display_name = "Single ${count.index}"
  role         = "MEMBER"
}

resource "celonis_group_member" "this" {
  count     = local.groups * local.members
  group_id  = celonis_group.single[floor(count.index / local.members)].id
  user_id   = count.index %% 2 == 0 ? celonis_user.this[count.index %% local.users].id : null
  user_name = count.index %% 2 == 1 ? celonis_user.this[count.index %% local.users].user_name : null
}

resource "celonis_group" "many" {
  count        = local.groups
  display_name = "Many ${count.index}"
  role         = "MEMBER"
}

resource "celonis_group_members" "this" {
  count      = local.groups
  group_id   = celonis_group.many[count.index].id
  user_ids   = count.index %% 2 == 0 ? [for u in local.in_group[count.index] : celonis_user.this[u].id] : null
  user_names = count.index %% 2 == 1 ? [for u in local.in_group[count.index] : celonis_user.this[u].user_name] : null
}

resource "celonis_subscription" "this" {
  count              = %d
  knowledge_model_id = %q
  trigger_id         = %q
  name               = "Subscription ${count.index}"
  callback           = { uri = "https://hooks.example.com/${count.index}" }
  paused             = count.index %% 5 == 0
}

data "celonis_user" "this" {
  for_each  = toset(%s)
  user_name = each.key
}

data "celonis_knowledge_model" "this" {
  for_each = toset(%s)
  name     = each.key
}
`, s.users, s.groups, s.members, s.subscriptions, modelID, triggerID, list(users), list(models))
}

// All subscriptions are for this trigger.
const (
	modelID   = "order-to-cash.otc-km"
	triggerID = "orders-changed"
)

// wanted describes the objects in the configuration, in the format that [team.contents] uses.
func (s size) wanted() []string {
	var lines []string

	for u := range s.users {
		lines = append(lines, fmt.Sprintf("user %s %q %s %s", userName(u), fmt.Sprintf("User %d", u), fmt.Sprintf("hr-%d", u),
			[]string{"MEMBER", "ANALYST", "ADMIN"}[u%3]))
	}

	for g := range s.groups {
		var members []string
		for m := range s.members {
			members = append(members, userName((g*s.members+m)%s.users))
		}

		slices.Sort(members)

		for _, kind := range []string{"By id", "By name", "Single", "Many"} {
			lines = append(lines, fmt.Sprintf("group %q MEMBER %v", fmt.Sprintf("%s %d", kind, g), members))
		}
	}

	for i := range s.subscriptions {
		status := intelligence.SubscriptionActive
		if i%5 == 0 {
			status = intelligence.SubscriptionPaused
		}

		lines = append(lines, fmt.Sprintf("subscription %q %s https://hooks.example.com/%d", fmt.Sprintf("Subscription %d", i), status, i))
	}

	return lines
}

func userName(u int) string { return fmt.Sprintf("user-%d@example.com", u) }

// team is a simulated team that listens on a local port. The team counts the API requests and sign-ins that arrive.
type team struct {
	*simulator.Simulator

	server *httptest.Server
	before []string // the contents of the team before the first apply

	arrived atomic.Int64
	// onArrival, if not nil, is called with the sequence number of each request before the team executes the request.
	onArrival atomic.Pointer[func(number int64)]
}

// newTeam starts a team with the models and users to which a configuration of the given size refers.
func newTeam(s size, options server.Options) (*team, error) {
	model := intelligence.KnowledgeModel{PackageKey: "order-to-cash", Key: "otc-km", Name: "Order to Cash", Content: &intelligence.Content{
		Records:  []intelligence.Record{{ID: "ORDER", Fields: []intelligence.Field{{ID: "ID", Type: "string"}}}},
		Triggers: []intelligence.Trigger{{ID: triggerID, RecordID: "ORDER"}},
	}}

	simulated, err := simulator.New(simulator.Options{
		Server:        options,
		Intelligence:  intelligence.Options{Models: []intelligence.KnowledgeModel{model}, KnowledgeModels: s.lookups},
		Subscriptions: intelligence.SubscriptionOptions{Max: s.subscriptions},
		SCIM:          scim.Options{GeneratedUsers: s.lookups},
	})
	if err != nil {
		return nil, fmt.Errorf("make the team: %w", err)
	}

	t := &team{Simulator: simulated}
	t.before = t.contents()
	t.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number := t.arrived.Add(1)
		if onArrival := t.onArrival.Load(); onArrival != nil {
			(*onArrival)(number)
		}

		simulated.ServeHTTP(w, r)
	}))

	return t, nil
}

// configuration returns the configuration for the team.
func (t *team) configuration(s size) string {
	var models, users []string

	for _, model := range intelligence.GenerateKnowledgeModels(s.lookups, 0) {
		models = append(models, model.Name)
	}

	for _, line := range t.before {
		if rest, isUser := strings.CutPrefix(line, "user "); isUser {
			users = append(users, strings.Fields(rest)[0])
		}
	}

	return s.configuration(models, users)
}

// env returns the environment variables to sign in to the team.
func (t *team) env() map[string]string {
	oauthClient := oauth.DefaultClient()

	return map[string]string{"CELONIS_URL": t.server.URL, "CELONIS_CLIENT_ID": oauthClient.ID, "CELONIS_CLIENT_SECRET": oauthClient.Secret}
}

// contents describes each user, group and subscription in one line. A duplicate object results in two lines.
func (t *team) contents() []string {
	var lines []string

	names := map[string]string{}

	for _, user := range t.Users() {
		names[user.ID] = user.UserName
		lines = append(lines, fmt.Sprintf("user %s %q %s %s", user.UserName, user.DisplayName, user.ExternalID, user.Role))
	}

	for _, group := range t.Groups() {
		var members []string
		for _, id := range group.Members {
			members = append(members, names[id])
		}

		slices.Sort(members)
		lines = append(lines, fmt.Sprintf("group %q %s %v", group.DisplayName, group.Role, members))
	}

	for _, s := range t.Subscriptions() {
		lines = append(lines, fmt.Sprintf("subscription %q %s %s", s.Name, s.Status, s.CallbackURI))
	}

	return lines
}

// check compares the team with its expected contents, and returns the differences as an error.
func (t *team) check(added []string) error {
	want, got := slices.Concat(t.before, added), t.contents()
	missing, unexpected := difference(want, got), difference(got, want)

	if len(missing)+len(unexpected) == 0 {
		return nil
	}

	const most = 5

	return fmt.Errorf("%w: %d objects are missing, such as %q; %d are not in the configuration, such as %q", errDiffers,
		len(missing), missing[:min(most, len(missing))], len(unexpected), unexpected[:min(most, len(unexpected))])
}

// difference returns the lines that occur more often in the first slice than in the second.
func difference(all, other []string) []string {
	counts := map[string]int{}
	for _, line := range other {
		counts[line]++
	}

	var more []string

	for _, line := range all {
		if counts[line]--; counts[line] < 0 {
			more = append(more, line)
		}
	}

	return more
}
