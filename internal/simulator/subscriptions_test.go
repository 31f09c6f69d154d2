package simulator_test

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

const (
	subscriptionsPath = "/intelligence/api/subscriptions"
	createPath        = shopPath + "/triggers/abc-123/subscriptions"
	bothScopes        = "intelligence.subscriptions:manage " + kmScope
)

// hook is the body of a request with a name; more is added to it, as JSON members.
func hook(name string, more ...string) string {
	members := append([]string{
		fmt.Sprintf(`"name": %q`, name), `"callbackInfo": {"uri": "https://hooks.example.com/celonis", "protocol": "HTTPS"}`,
	}, more...)

	return "{" + strings.Join(members, ", ") + "}"
}

// withHeaders is the body of a request with headers, given as JSON.
func withHeaders(name, headers string) string {
	return fmt.Sprintf(`{"name": %q, "callbackInfo": {"uri": "https://hooks.example.com", "protocol": "HTTPS", "headers": %s}}`, name, headers)
}

func (tm team) put(target, body string) reply {
	tm.t.Helper()

	return tm.do(http.MethodPut, target, body,
		"Authorization", "Bearer "+oauth.DefaultUserKey().Value, "Content-Type", "application/json")
}

func (tm team) patch(target string) reply {
	tm.t.Helper()

	return tm.do(http.MethodPatch, target, "", "Authorization", "Bearer "+oauth.DefaultUserKey().Value)
}

func (tm team) delete(target string) reply {
	tm.t.Helper()

	return tm.do(http.MethodDelete, target, "", "Authorization", "Bearer "+oauth.DefaultUserKey().Value)
}

// subscribe creates a subscription and returns its path.
func (tm team) subscribe(name string, more ...string) string {
	tm.t.Helper()

	id, _ := tm.post(createPath, hook(name, more...)).want(http.StatusCreated).object()["id"].(string)
	if id == "" {
		tm.t.Fatal("there is no id")
	}

	return subscriptionsPath + "/" + id
}

// stored is the only subscription of the team.
func (tm team) stored() intelligence.Subscription {
	tm.t.Helper()

	all := tm.Subscriptions()
	if len(all) != 1 {
		tm.t.Fatalf("the team has %d subscriptions", len(all))
	}

	return all[0]
}

// items are the items of a list.
func (r reply) items() []map[string]any {
	r.t.Helper()

	content, _ := r.want(http.StatusOK).object()["content"].([]any)
	items := make([]map[string]any, len(content))

	for i := range content {
		items[i], _ = content[i].(map[string]any)
	}

	return items
}

func TestCreatedSubscriptionIsListedWithoutItsHeaders(t *testing.T) {
	t.Parallel()

	now := newClock()
	tm := newShop(t, simulator.Options{Now: now.read})
	token := tm.token(bothScopes)

	got := tm.do(http.MethodPost, createPath,
		`{"name": " Orders – 1 ", "callbackInfo": {"uri": "https://Hooks.example.com:443/x?y=%20z", "protocol": "HTTPS",
			"headers": {"Authorization": "Bearer hidden", "accept": "*/*"}}, "configurations": ["SKIP_ERRORS"]}`,
		"Authorization", "Bearer "+token, "Content-Type", "application/json").want(http.StatusCreated)

	id, _ := got.object()["id"].(string)
	if id == "" || len(got.object()) != 1 || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("%v %s", got.header, got.body)
	}

	want := map[string]any{
		"id": id, "name": " Orders – 1 ", "status": "active", "configurations": []any{"SKIP_ERRORS"},
		"knowledgeModelId": "p.shop", "triggerId": "abc-123", "creationDate": "2026-03-04T14:03:21Z",
		"ownerName":    oauth.DefaultClient().Name,
		"callbackInfo": map[string]any{"uri": "https://Hooks.example.com:443/x?y=%20z", "protocol": "HTTPS"},
	}

	listed := tm.get(subscriptionsPath + "?sort=-id")
	if items := listed.items(); len(items) != 1 || !reflect.DeepEqual(items[0], want) {
		t.Errorf("got  %v\nwant %v", listed.body, want)
	}

	if page := listed.object(); page["page"] != 0.0 || page["pageSize"] != 50.0 || page["total"] != 1.0 || page["sort"] != "-id" {
		t.Errorf("envelope %s", listed.body)
	}

	wantHeaders := map[string]string{"Authorization": "Bearer hidden", "accept": "*/*"}
	if stored := tm.stored(); stored.ID != id || !reflect.DeepEqual(stored.CallbackHeaders, wantHeaders) {
		t.Errorf("%+v is stored", stored)
	}
}

func TestSameSubscriptionTwiceMakesTwo(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})
	if first, second := tm.subscribe("a"), tm.subscribe("a"); first == second || len(tm.get(subscriptionsPath).ids()) != 2 {
		t.Errorf("%s, %s: %s", first, second, tm.get(subscriptionsPath).body)
	}
}

func TestUpdateReplacesTheSubscription(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})
	path := tm.subscribe("a", `"configurations": ["SKIP_ERRORS"]`)

	if got := tm.put(path, withHeaders("b", `{"Host": "h"}`)).want(http.StatusOK); got.body != "" {
		t.Errorf("the update answers %s", got.body)
	}

	got := tm.stored()
	if got.Name != "b" || got.CallbackURI != "https://hooks.example.com" || got.CallbackHeaders["Host"] != "h" || got.SkipErrors ||
		got.TriggerID != "abc-123" || got.OwnerName != oauth.DefaultUserKey().Name {
		t.Errorf("%+v is stored", got)
	}
}

func TestDeletedSubscriptionIsGone(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})
	path := tm.subscribe("a")
	tm.subscribe("b")

	if got := tm.delete(path).want(http.StatusNoContent); got.body != "" {
		t.Errorf("the deletion answers %s", got.body)
	}

	// A page that belongs to an earlier listing does not count it either.
	if total := tm.get(subscriptionsPath + "?page=1").object()["total"]; total != 1.0 {
		t.Errorf("total %v", total)
	}

	if tm.stored().Name != "b" || len(tm.get(subscriptionsPath).ids()) != 1 {
		t.Errorf("left is %+v", tm.Subscriptions())
	}

	tm.delete(path).wantError(http.StatusNotFound, "SUBSCRIPTION_SUBSCRIPTION_NOTFOUND")
}

func TestUnknownSubscriptionsTriggersAndModelsAreNotFound(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})

	tm.post(listPath+"/p.none/triggers/abc-123/subscriptions", hook("a")).wantError(http.StatusNotFound, "KM_MODEL_NOTFOUND")
	tm.post(shopPath+"/triggers/ABC-123/subscriptions", hook("a")).
		wantError(http.StatusNotFound, "SUBSCRIPTION_TRIGGER_NOTFOUND")

	const none = subscriptionsPath + "/none"

	tm.put(none, hook("a")).wantError(http.StatusNotFound, "SUBSCRIPTION_SUBSCRIPTION_NOTFOUND")

	for _, end := range []string{"/pause", "/resume", "/resume-from-latest", "/replay", "/events"} {
		tm.patch(none+end).wantError(http.StatusNotFound, "SUBSCRIPTION_SUBSCRIPTION_NOTFOUND")
	}

	// There is no way to read a single one.
	if got := tm.get(none).want(http.StatusMethodNotAllowed); got.header.Get("Allow") != "PUT, DELETE" {
		t.Errorf("allowed are %s", got.header.Get("Allow"))
	}

	tm.patch(none+"/stop").wantError(http.StatusNotFound, "GENERAL_NOTFOUND_PATH")
}

func TestRequestsWithoutABodyRefuseOne(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})
	path := tm.subscribe("a")

	for target, method := range map[string]string{
		path: http.MethodDelete, path + "/pause": http.MethodPatch, path + "/replay": http.MethodPatch, subscriptionsPath: http.MethodGet,
	} {
		tm.do(method, target, "{}", "Authorization", "Bearer "+oauth.DefaultUserKey().Value).
			wantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
	}

	if tm.stored().Status != intelligence.SubscriptionActive {
		t.Errorf("%+v", tm.stored())
	}
}

func TestSubscriptionsNeedBothScopes(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})
	path := tm.subscribe("a")

	requests := map[string]string{ // target → method
		createPath: http.MethodPost, subscriptionsPath: http.MethodGet, path: http.MethodPut, path + "/pause": http.MethodPatch,
		path + "/resume": http.MethodPatch, path + "/resume-from-latest": http.MethodPatch, path + "/replay": http.MethodPatch,
		path + "/events": http.MethodPatch,
	}

	for _, scope := range []string{kmScope, "intelligence.subscriptions:manage"} {
		header := []string{"Authorization", "Bearer " + tm.token(scope), "Content-Type", "application/json"}

		for target, method := range requests {
			body := ""
			if method == http.MethodPost || method == http.MethodPut {
				body = hook("b")
			}

			tm.do(method, target, body, header...).wantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
		}

		tm.do(http.MethodDelete, path, "", header...).wantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
	}

	if got := tm.stored(); got.Name != "a" || got.Status != intelligence.SubscriptionActive {
		t.Errorf("%+v", got)
	}

	// Triggers need that of Knowledge Models alone.
	tm.do(http.MethodGet, shopPath+"/triggers", "", "Authorization", "Bearer "+tm.token(kmScope)).want(http.StatusOK)
	tm.do(http.MethodGet, subscriptionsPath, "", "Authorization", "Bearer "+tm.token(bothScopes)).want(http.StatusOK)
}

func TestSubscriptionsNeedToUseAndToEditThePackage(t *testing.T) {
	t.Parallel()

	other := shop()
	other.PackageKey = "other"
	user := oauth.DefaultClient()
	user.EditPackages = []string{"other"}

	tm := newShop(t, simulator.Options{
		Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{other}},
		OAuth: oauth.Options{
			Clients: []oauth.Client{user},
			UserKeys: []oauth.Key{
				oauth.DefaultUserKey(),
				{Value: "neither", Packages: []string{"other"}},
				{Value: "uses", EditPackages: []string{"other"}},
				{Value: "edits", Packages: []string{"other"}, EditPackages: []string{"other", "p"}},
			},
		},
	})
	path := tm.subscribe("a")
	elsewhere, _ := tm.post(listPath+"/other.shop/triggers/abc-123/subscriptions", hook("b")).want(http.StatusCreated).object()["id"].(string)

	for _, key := range []string{"neither", "uses", "edits", tm.token(bothScopes)} {
		header := []string{"Authorization", "Bearer " + key, "Content-Type", "application/json"}

		tm.do(http.MethodPost, createPath, hook("c"), header...).wantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
		tm.do(http.MethodPut, path, hook("c"), header...).wantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
		tm.do(http.MethodPatch, path+"/pause", "", header...).wantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
		tm.do(http.MethodDelete, path, "", header...).wantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")

		if ids := tm.do(http.MethodGet, subscriptionsPath, "", header...).ids(); !slices.Equal(ids, []string{elsewhere}) {
			t.Errorf("%s sees %v", key, ids)
		}
	}

	// The package of a model is the model's, not what its id begins with.
	dotted := shop()
	dotted.PackageKey = "other.p"
	tm.AddKnowledgeModel(dotted)

	odd, _ := tm.post(listPath+"/other.p.shop/triggers/abc-123/subscriptions", hook("b")).want(http.StatusCreated).object()["id"].(string)
	tm.do(http.MethodDelete, subscriptionsPath+"/"+odd, "", "Authorization", "Bearer uses").wantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")

	// A subscription outlives its model.
	tm.RemoveKnowledgeModel("p.shop")
	tm.do(http.MethodDelete, path, "", "Authorization", "Bearer uses").wantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
	tm.delete(path).want(http.StatusNoContent)
}

func TestSubscriptionsAreOffWithTheTriggers(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{Server: server.Options{APIsOff: []string{"subscriptions"}}})

	for _, path := range []string{subscriptionsPath, shopPath + "/triggers", shopPath + "/triggers/abc-123"} {
		if got := tm.get(path).want(http.StatusForbidden); got.body != "" {
			t.Errorf("%s answers %s", path, got.body)
		}
	}

	tm.get(shopPath + "/filters").want(http.StatusOK)

	others := newShop(t, simulator.Options{Server: server.Options{APIsOff: []string{"knowledge-models"}}})
	others.get(subscriptionsPath).want(http.StatusOK)
	others.get(shopPath + "/triggers").want(http.StatusOK)
}

func TestListOfSubscriptionsIsCutIntoPagesAndSorted(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 20}, Subscriptions: intelligence.SubscriptionOptions{Count: 120}})

	var names []string

	for page, want := range []int{50, 50, 20, 0} {
		items := tm.get(fmt.Sprintf("%s?sort=-name&page=%d", subscriptionsPath, page)).items()
		if len(items) != want {
			t.Errorf("page %d has %d items, want %d", page, len(items), want)
		}

		for _, item := range items {
			names = append(names, strings.ToLower(item["name"].(string))) //nolint:forcetypeassert // It always has one.
		}
	}

	if !slices.IsSortedFunc(names, func(a, b string) int { return strings.Compare(b, a) }) || len(slices.Compact(names)) != 120 {
		t.Errorf("the pages do not make one sorted list of 120: %v", names)
	}

	for query, code := range map[string]string{
		"sort=status": "SORT_UNKNOWN_FIELD", "sort=": "SORT_IS_EMPTY", "page=-1": "GENERAL_PARAMETER_MISSMATCH",
		"pageSize=0": "GENERAL_PARAMETER_MISSMATCH", "status=active": "GENERAL_PARAMETER_ILLEGAL",
	} {
		tm.get(subscriptionsPath+"?"+query).wantError(http.StatusBadRequest, code)
	}
}

func TestFaultsAboutListsMeetSubscriptions(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})
	tm.subscribe("a")
	tm.Inject(simulator.Fault{Path: subscriptionsPath, EndlessPages: true})
	tm.Inject(simulator.Fault{Path: subscriptionsPath, ChangeTotal: 3})
	tm.Inject(simulator.Fault{Path: subscriptionsPath, RepeatPage: true})

	if ids := tm.get(subscriptionsPath + "?page=7&pageSize=2").ids(); len(ids) != 2 || ids[0] == ids[1] {
		t.Errorf("endless: %v", ids)
	}

	if total := tm.get(subscriptionsPath).object()["total"]; total != 4.0 {
		t.Errorf("total %v", total)
	}

	if ids := tm.get(subscriptionsPath + "?page=7").ids(); len(ids) != 1 {
		t.Errorf("repeated: %v", ids)
	}
}

func TestGeneratedSubscriptionsAreVariedAndRepeatable(t *testing.T) {
	t.Parallel()

	now := newClock()
	opts := simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 30}, Seed: 3, Now: now.read, Subscriptions: intelligence.SubscriptionOptions{Count: 100}}
	all := newTeam(t, opts).Subscriptions()

	if !reflect.DeepEqual(all, newTeam(t, opts).Subscriptions()) {
		t.Error("another team has other subscriptions")
	}

	statuses := map[intelligence.SubscriptionStatus]int{}
	models := map[string]bool{}
	ids := map[string]bool{}

	for _, one := range all {
		statuses[one.Status]++

		models[one.KnowledgeModelID], ids[one.ID] = true, true
	}

	if len(ids) != 100 || len(models) != 30 || statuses[intelligence.SubscriptionActive] != 50 || len(statuses) != 5 {
		t.Errorf("%d ids, %d models, %v", len(ids), len(models), statuses)
	}

	opts.Seed = 4
	if newTeam(t, opts).Subscriptions()[0].ID == all[0].ID {
		t.Error("the seed changes no id")
	}
}

func TestSubscriptionOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()

	existing := func(all ...intelligence.Subscription) simulator.Options {
		return simulator.Options{
			Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{shop()}}, Subscriptions: intelligence.SubscriptionOptions{Existing: all},
		}
	}
	good := intelligence.Subscription{
		ID: "1", Name: "a", KnowledgeModelID: "p.shop", TriggerID: "abc-123", CallbackURI: "https://hooks.example.com",
	}

	if _, err := simulator.New(existing(good)); err != nil {
		t.Fatal(err)
	}

	change := func(change func(*intelligence.Subscription)) intelligence.Subscription {
		bad := good
		change(&bad)

		return bad
	}
	only := func(o intelligence.SubscriptionOptions) simulator.Options { return simulator.Options{Subscriptions: o} }

	for want, opts := range map[string]simulator.Options{
		`the subscription "1" lacks a name or a callback URI`: existing(change(func(s *intelligence.Subscription) { s.Name = "" })),
		`"1" lacks a name or a callback`:                      existing(change(func(s *intelligence.Subscription) { s.CallbackURI = "" })),
		`"1" has the unknown status "ok"`:                     existing(change(func(s *intelligence.Subscription) { s.Status = "ok" })),
		`names the unknown trigger "x"`:                       existing(change(func(s *intelligence.Subscription) { s.TriggerID = "x" })),
		`of the Knowledge Model "p.x"`:                        existing(change(func(s *intelligence.Subscription) { s.KnowledgeModelID = "p.x" })),
		`"1" is there twice`:                                  existing(good, good),
		"Subscriptions.Count needs a trigger":                 only(intelligence.SubscriptionOptions{Count: 1}),
		"Subscriptions.Count is negative":                     only(intelligence.SubscriptionOptions{Count: -1}),
		"Subscriptions.Max is negative":                       only(intelligence.SubscriptionOptions{Max: -1}),
		"Subscriptions.ListedAfterReads is negative":          only(intelligence.SubscriptionOptions{ListedAfterReads: -1}),
		"Subscriptions.ListedAfter is negative":               only(intelligence.SubscriptionOptions{ListedAfter: -time.Second}),
		"Subscriptions.DelistedAfterReads is negative":        only(intelligence.SubscriptionOptions{DelistedAfterReads: -1}),
		"Subscriptions.DelistedAfter is negative":             only(intelligence.SubscriptionOptions{DelistedAfter: -time.Second}),
		"Subscriptions.UpdatesListedAfterReads is negative":   only(intelligence.SubscriptionOptions{UpdatesListedAfterReads: -1}),
		"Subscriptions.UpdatesListedAfter is negative":        only(intelligence.SubscriptionOptions{UpdatesListedAfter: -time.Second}),
		`Subscriptions.CreateAnswer "x" is not one of object`: only(intelligence.SubscriptionOptions{CreateAnswer: "x"}),
		`Subscriptions.NoConfigurations "x" is not one of em`: only(intelligence.SubscriptionOptions{NoConfigurations: "x"}),
		`Subscriptions.Dates "x" is not one of utc, offset`:   only(intelligence.SubscriptionOptions{Dates: "x"}),
	} {
		if _, err := simulator.New(opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestMadeUpIdsAreNotTaken(t *testing.T) {
	t.Parallel()

	opts := simulator.Options{Subscriptions: intelligence.SubscriptionOptions{CreateAnswer: intelligence.SubscriptionIDNumber}}
	taken := newShop(t, opts).post(createPath, hook("a")).want(http.StatusCreated).object()["id"]

	opts.Subscriptions.Existing = []intelligence.Subscription{outside(fmt.Sprint(taken))}
	if got := newShop(t, opts).post(createPath, hook("a")).want(http.StatusCreated).object()["id"]; got == taken {
		t.Errorf("%v is there twice", got)
	}
}

func TestSubscriptionIdsAreEscapedInPaths(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})
	id := tm.AddSubscription(intelligence.Subscription{
		ID: "a/b c+d", Name: "a", KnowledgeModelID: "p.shop", TriggerID: "abc-123", CallbackURI: "https://hooks.example.com",
	})

	tm.patch(subscriptionsPath + "/" + url.PathEscape(id) + "/pause").want(http.StatusNoContent)
	tm.delete(subscriptionsPath + "/" + url.PathEscape(id)).want(http.StatusNoContent)
}
