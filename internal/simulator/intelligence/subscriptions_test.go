package intelligence_test

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
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

const bothScopes = "intelligence.subscriptions:manage " + simulatortest.ModelsScope

func TestCreatedSubscriptionIsListedWithoutItsHeaders(t *testing.T) {
	t.Parallel()

	now := simulatortest.NewClock()
	tm := simulatortest.NewShop(t, simulator.Options{Now: now.Read})
	token := tm.Token(bothScopes)

	got := tm.Do(http.MethodPost, simulatortest.CreationPath,
		`{"name": " Orders – 1 ", "callbackInfo": {"uri": "https://Hooks.example.com:443/x?y=%20z", "protocol": "HTTPS",
			"headers": {"Authorization": "Bearer hidden", "accept": "*/*"}}, "configurations": ["SKIP_ERRORS"]}`,
		"Authorization", "Bearer "+token, "Content-Type", "application/json").Want(http.StatusCreated)

	id, _ := got.Object()["id"].(string)
	if id == "" || len(got.Object()) != 1 || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%v %s", got.Header, got.Body)
	}

	want := map[string]any{
		"id": id, "name": " Orders – 1 ", "status": "active", "configurations": []any{"SKIP_ERRORS"},
		"knowledgeModelId": "p.shop", "triggerId": "abc-123", "creationDate": "2026-03-04T14:03:21Z",
		"ownerName":    oauth.DefaultClient().Name,
		"callbackInfo": map[string]any{"uri": "https://Hooks.example.com:443/x?y=%20z", "protocol": "HTTPS"},
	}

	listed := tm.Get(simulatortest.SubscriptionsPath + "?sort=-id")
	if items := listed.Items(); len(items) != 1 || !reflect.DeepEqual(items[0], want) {
		t.Errorf("body = %v\nwant %v", listed.Body, want)
	}

	if page := listed.Object(); page["page"] != 0.0 || page["pageSize"] != 50.0 || page["total"] != 1.0 || page["sort"] != "-id" {
		t.Errorf("envelope = %s", listed.Body)
	}

	wantHeaders := map[string]string{"Authorization": "Bearer hidden", "accept": "*/*"}
	if stored := tm.Stored(); stored.ID != id || !reflect.DeepEqual(stored.CallbackHeaders, wantHeaders) {
		t.Errorf("stored = %+v", stored)
	}
}

func TestIdenticalRequestsCreateTwoSubscriptions(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	if first, second := tm.Subscribe("a"), tm.Subscribe("a"); first == second || len(tm.Get(simulatortest.SubscriptionsPath).IDs()) != 2 {
		t.Errorf("%s, %s: body = %s", first, second, tm.Get(simulatortest.SubscriptionsPath).Body)
	}
}

func TestUpdateReplacesTheSubscription(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	path := tm.Subscribe("a", `"configurations": ["SKIP_ERRORS"]`)

	if got := tm.Put(path, simulatortest.HookWithHeaders("b", `{"Host": "h"}`)).Want(http.StatusOK); got.Body != "" {
		t.Errorf("body of the update = %s", got.Body)
	}

	got := tm.Stored()
	if got.Name != "b" || got.CallbackURI != "https://hooks.example.com" || got.CallbackHeaders["Host"] != "h" || got.SkipErrors ||
		got.TriggerID != "abc-123" || got.OwnerName != oauth.DefaultUserKey().Name {
		t.Errorf("stored = %+v", got)
	}
}

func TestDeletedSubscriptionNoLongerExists(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	path := tm.Subscribe("a")
	tm.Subscribe("b")

	if got := tm.Delete(path).Want(http.StatusNoContent); got.Body != "" {
		t.Errorf("body of the DELETE = %s", got.Body)
	}

	// Later pages of an earlier listing do not contain the deleted subscription either.
	if total := tm.Get(simulatortest.SubscriptionsPath + "?page=1").Object()["total"]; total != 1.0 {
		t.Errorf("total = %v", total)
	}

	if tm.Stored().Name != "b" || len(tm.Get(simulatortest.SubscriptionsPath).IDs()) != 1 {
		t.Errorf("remaining subscriptions = %+v", tm.Subscriptions())
	}

	tm.Delete(path).WantError(http.StatusNotFound, "SUBSCRIPTION_SUBSCRIPTION_NOTFOUND")
}

func TestUnknownSubscriptionsTriggersAndModelsAreNotFound(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})

	tm.Post(simulatortest.ModelsPath+"/p.none/triggers/abc-123/subscriptions", simulatortest.Hook("a")).WantError(http.StatusNotFound, "KM_MODEL_NOTFOUND")
	tm.Post(simulatortest.ShopPath+"/triggers/ABC-123/subscriptions", simulatortest.Hook("a")).
		WantError(http.StatusNotFound, "SUBSCRIPTION_TRIGGER_NOTFOUND")

	const none = simulatortest.SubscriptionsPath + "/none"

	tm.Put(none, simulatortest.Hook("a")).WantError(http.StatusNotFound, "SUBSCRIPTION_SUBSCRIPTION_NOTFOUND")

	for _, end := range []string{"/pause", "/resume", "/resume-from-latest", "/replay", "/events"} {
		tm.Patch(none+end).WantError(http.StatusNotFound, "SUBSCRIPTION_SUBSCRIPTION_NOTFOUND")
	}

	// The API cannot return a single subscription.
	if got := tm.Get(none).Want(http.StatusMethodNotAllowed); got.Header.Get("Allow") != "PUT, DELETE" {
		t.Errorf("Allow = %s", got.Header.Get("Allow"))
	}

	tm.Patch(none+"/stop").WantError(http.StatusNotFound, "GENERAL_NOTFOUND_PATH")
}

func TestUnexpectedBodiesAreRejected(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	path := tm.Subscribe("a")

	for target, method := range map[string]string{
		path: http.MethodDelete, path + "/pause": http.MethodPatch, path + "/replay": http.MethodPatch, simulatortest.SubscriptionsPath: http.MethodGet,
	} {
		tm.Do(method, target, "{}", "Authorization", "Bearer "+oauth.DefaultUserKey().Value).
			WantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
	}

	if tm.Stored().Status != intelligence.SubscriptionActive {
		t.Errorf("Stored() = %+v", tm.Stored())
	}
}

func TestSubscriptionsRequireBothScopes(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	path := tm.Subscribe("a")

	requests := map[string]string{ // target → method
		simulatortest.CreationPath: http.MethodPost, simulatortest.SubscriptionsPath: http.MethodGet, path: http.MethodPut, path + "/pause": http.MethodPatch,
		path + "/resume": http.MethodPatch, path + "/resume-from-latest": http.MethodPatch, path + "/replay": http.MethodPatch,
		path + "/events": http.MethodPatch,
	}

	for _, scope := range []string{simulatortest.ModelsScope, "intelligence.subscriptions:manage"} {
		header := []string{"Authorization", "Bearer " + tm.Token(scope), "Content-Type", "application/json"}

		for target, method := range requests {
			body := ""
			if method == http.MethodPost || method == http.MethodPut {
				body = simulatortest.Hook("b")
			}

			tm.Do(method, target, body, header...).WantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
		}

		tm.Do(http.MethodDelete, path, "", header...).WantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
	}

	if got := tm.Stored(); got.Name != "a" || got.Status != intelligence.SubscriptionActive {
		t.Errorf("Stored() = %+v", got)
	}

	// Triggers require only the Knowledge Model scope.
	tm.Do(http.MethodGet, simulatortest.ShopPath+"/triggers", "", "Authorization", "Bearer "+tm.Token(simulatortest.ModelsScope)).Want(http.StatusOK)
	tm.Do(http.MethodGet, simulatortest.SubscriptionsPath, "", "Authorization", "Bearer "+tm.Token(bothScopes)).Want(http.StatusOK)
}

func TestSubscriptionsRequireUseAndEditPackage(t *testing.T) {
	t.Parallel()

	otherShop := simulatortest.Shop()
	otherShop.PackageKey = "other"
	user := oauth.DefaultClient()
	user.EditPackages = []string{"other"}

	tm := simulatortest.NewShop(t, simulator.Options{
		Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{otherShop}},
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
	path := tm.Subscribe("a")
	elsewhere, _ := tm.Post(simulatortest.ModelsPath+"/other.shop/triggers/abc-123/subscriptions", simulatortest.Hook("b")).Want(http.StatusCreated).Object()["id"].(string)

	for _, key := range []string{"neither", "uses", "edits", tm.Token(bothScopes)} {
		header := []string{"Authorization", "Bearer " + key, "Content-Type", "application/json"}

		tm.Do(http.MethodPost, simulatortest.CreationPath, simulatortest.Hook("c"), header...).WantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
		tm.Do(http.MethodPut, path, simulatortest.Hook("c"), header...).WantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
		tm.Do(http.MethodPatch, path+"/pause", "", header...).WantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
		tm.Do(http.MethodDelete, path, "", header...).WantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")

		if ids := tm.Do(http.MethodGet, simulatortest.SubscriptionsPath, "", header...).IDs(); !slices.Equal(ids, []string{elsewhere}) {
			t.Errorf("%s lists %v", key, ids)
		}
	}

	// The package key comes from the model, not from the part of the model id before the first dot.
	dotted := simulatortest.Shop()
	dotted.PackageKey = "other.p"
	tm.AddKnowledgeModel(dotted)

	odd, _ := tm.Post(simulatortest.ModelsPath+"/other.p.shop/triggers/abc-123/subscriptions", simulatortest.Hook("b")).Want(http.StatusCreated).Object()["id"].(string)
	tm.Do(http.MethodDelete, simulatortest.SubscriptionsPath+"/"+odd, "", "Authorization", "Bearer uses").WantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")

	// A subscription can outlive its model.
	tm.RemoveKnowledgeModel("p.shop")
	tm.Do(http.MethodDelete, path, "", "Authorization", "Bearer uses").WantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
	tm.Delete(path).Want(http.StatusNoContent)
}

func TestInactiveAPIIncludesTheTriggers(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{Server: server.Options{InactiveAPIs: []string{"subscriptions"}}})

	for _, path := range []string{simulatortest.SubscriptionsPath, simulatortest.ShopPath + "/triggers", simulatortest.ShopPath + "/triggers/abc-123"} {
		if got := tm.Get(path).Want(http.StatusForbidden); got.Body != "" {
			t.Errorf("%s: body = %s", path, got.Body)
		}
	}

	tm.Get(simulatortest.ShopPath + "/filters").Want(http.StatusOK)

	inactiveModels := simulatortest.NewShop(t, simulator.Options{Server: server.Options{InactiveAPIs: []string{"knowledge-models"}}})
	inactiveModels.Get(simulatortest.SubscriptionsPath).Want(http.StatusOK)
	inactiveModels.Get(simulatortest.ShopPath + "/triggers").Want(http.StatusOK)
}

func TestListOfSubscriptionsIsPagedAndSorted(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 20}, Subscriptions: intelligence.SubscriptionOptions{Count: 120}})

	var names []string

	for page, want := range []int{50, 50, 20, 0} {
		items := tm.Get(fmt.Sprintf("%s?sort=-name&page=%d", simulatortest.SubscriptionsPath, page)).Items()
		if len(items) != want {
			t.Errorf("page %d contains %d items, want %d", page, len(items), want)
		}

		for _, item := range items {
			names = append(names, strings.ToLower(item["name"].(string))) //nolint:forcetypeassert // Each item has a name.
		}
	}

	if !slices.IsSortedFunc(names, func(a, b string) int { return strings.Compare(b, a) }) || len(slices.Compact(names)) != 120 {
		t.Errorf("the pages do not form a sorted list of 120 items: %v", names)
	}

	for query, code := range map[string]string{
		"sort=status": "SORT_UNKNOWN_FIELD", "sort=": "SORT_IS_EMPTY", "page=-1": "GENERAL_PARAMETER_MISSMATCH",
		"pageSize=0": "GENERAL_PARAMETER_MISSMATCH", "status=active": "GENERAL_PARAMETER_ILLEGAL",
	} {
		tm.Get(simulatortest.SubscriptionsPath+"?"+query).WantError(http.StatusBadRequest, code)
	}
}

func TestListFaultsApplyToSubscriptions(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	tm.Subscribe("a")
	tm.Inject(simulator.Fault{Path: simulatortest.SubscriptionsPath, EndlessPages: true})
	tm.Inject(simulator.Fault{Path: simulatortest.SubscriptionsPath, ChangeTotal: 3})
	tm.Inject(simulator.Fault{Path: simulatortest.SubscriptionsPath, RepeatPage: true})

	if ids := tm.Get(simulatortest.SubscriptionsPath + "?page=7&pageSize=2").IDs(); len(ids) != 2 || ids[0] == ids[1] {
		t.Errorf("ids of an endless page = %v", ids)
	}

	if total := tm.Get(simulatortest.SubscriptionsPath).Object()["total"]; total != 4.0 {
		t.Errorf("total = %v", total)
	}

	if ids := tm.Get(simulatortest.SubscriptionsPath + "?page=7").IDs(); len(ids) != 1 {
		t.Errorf("ids of a repeated page = %v", ids)
	}
}

func TestGeneratedSubscriptionsAreVariedAndReproducible(t *testing.T) {
	t.Parallel()

	now := simulatortest.NewClock()
	opts := simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 30}, Seed: 3, Now: now.Read, Subscriptions: intelligence.SubscriptionOptions{Count: 100}}
	all := simulatortest.NewTeam(t, opts).Subscriptions()

	if !reflect.DeepEqual(all, simulatortest.NewTeam(t, opts).Subscriptions()) {
		t.Error("a team with the same options has different subscriptions")
	}

	statuses := map[intelligence.SubscriptionStatus]int{}
	models := map[string]bool{}
	ids := map[string]bool{}

	for _, subscription := range all {
		statuses[subscription.Status]++

		models[subscription.KnowledgeModelID], ids[subscription.ID] = true, true
	}

	if len(ids) != 100 || len(models) != 30 || statuses[intelligence.SubscriptionActive] != 50 || len(statuses) != 5 {
		t.Errorf("%d distinct ids, %d models, statuses = %v", len(ids), len(models), statuses)
	}

	opts.Seed = 4
	if simulatortest.NewTeam(t, opts).Subscriptions()[0].ID == all[0].ID {
		t.Error("the ids are the same for different seeds")
	}
}

// With seed 0, the first generated id would be the id of a subscription in the options.
func TestGeneratedSubscriptionsAvoidExistingIDs(t *testing.T) {
	t.Parallel()

	options := simulator.DefaultTeam()
	options.Subscriptions.Count = 5

	team, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}

	if got := len(team.Subscriptions()); got != 7 {
		t.Errorf("%d subscriptions, want 7", got)
	}
}

func TestInvalidSubscriptionOptionsAreRejected(t *testing.T) {
	t.Parallel()

	existing := func(all ...intelligence.Subscription) simulator.Options {
		return simulator.Options{
			Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{simulatortest.Shop()}}, Subscriptions: intelligence.SubscriptionOptions{Existing: all},
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
		`the subscription "1" lacks a name or a callback URI`:        existing(change(func(s *intelligence.Subscription) { s.Name = "" })),
		`"1" lacks a name or a callback`:                             existing(change(func(s *intelligence.Subscription) { s.CallbackURI = "" })),
		`"1" has the unknown status "ok"`:                            existing(change(func(s *intelligence.Subscription) { s.Status = "ok" })),
		`refers to the unknown trigger "x"`:                          existing(change(func(s *intelligence.Subscription) { s.TriggerID = "x" })),
		`of the Knowledge Model "p.x"`:                               existing(change(func(s *intelligence.Subscription) { s.KnowledgeModelID = "p.x" })),
		`"1" is defined twice`:                                       existing(good, good),
		"Subscriptions.Count requires a trigger":                     only(intelligence.SubscriptionOptions{Count: 1}),
		"Subscriptions.Count must not be negative":                   only(intelligence.SubscriptionOptions{Count: -1}),
		"Subscriptions.Max must not be negative":                     only(intelligence.SubscriptionOptions{Max: -1}),
		"Subscriptions.ListedAfterReads must not be negative":        only(intelligence.SubscriptionOptions{ListedAfterReads: -1}),
		"Subscriptions.ListedAfter must not be negative":             only(intelligence.SubscriptionOptions{ListedAfter: -time.Second}),
		"Subscriptions.DelistedAfterReads must not be negative":      only(intelligence.SubscriptionOptions{DelistedAfterReads: -1}),
		"Subscriptions.DelistedAfter must not be negative":           only(intelligence.SubscriptionOptions{DelistedAfter: -time.Second}),
		"Subscriptions.UpdatesListedAfterReads must not be negative": only(intelligence.SubscriptionOptions{UpdatesListedAfterReads: -1}),
		"Subscriptions.UpdatesListedAfter must not be negative":      only(intelligence.SubscriptionOptions{UpdatesListedAfter: -time.Second}),
		`Subscriptions.CreatedID "x" is not one of object`:           only(intelligence.SubscriptionOptions{CreatedID: "x"}),
		`Subscriptions.NoConfigurations "x" is not one of em`:        only(intelligence.SubscriptionOptions{NoConfigurations: "x"}),
		`Subscriptions.Dates "x" is not one of utc, offset`:          only(intelligence.SubscriptionOptions{Dates: "x"}),
	} {
		if _, err := simulator.New(opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %q", err, want)
		}
	}
}

func TestGeneratedIDsAvoidExistingAndDeletedOnes(t *testing.T) {
	t.Parallel()

	create := func(tm simulatortest.Team) string {
		return fmt.Sprint(tm.Post(simulatortest.CreationPath, simulatortest.Hook("a")).Want(http.StatusCreated).Object()["id"])
	}

	opts := simulator.Options{Subscriptions: intelligence.SubscriptionOptions{CreatedID: intelligence.SubscriptionIDNumber}}
	id := create(simulatortest.NewShop(t, opts))
	opts.Subscriptions.Existing = []intelligence.Subscription{outside(id)}

	if got := create(simulatortest.NewShop(t, opts)); got == id {
		t.Errorf("the id %s of an existing subscription was generated again", got)
	}

	tm := simulatortest.NewShop(t, opts)
	tm.Delete(simulatortest.SubscriptionsPath + "/" + id).Want(http.StatusNoContent)

	if got := create(tm); got == id {
		t.Errorf("the id %s of a deleted subscription was generated again", got)
	}
}

func TestSubscriptionIDsAreEscapedInPaths(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	id := tm.AddSubscription(intelligence.Subscription{
		ID: "a/b c+d", Name: "a", KnowledgeModelID: "p.shop", TriggerID: "abc-123", CallbackURI: "https://hooks.example.com",
	})

	tm.Patch(simulatortest.SubscriptionsPath + "/" + url.PathEscape(id) + "/pause").Want(http.StatusNoContent)
	tm.Delete(simulatortest.SubscriptionsPath + "/" + url.PathEscape(id)).Want(http.StatusNoContent)
}
