package intelligence_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

// elementLists returns the path segments of the requests that list a model's elements.
func elementLists() []string { return []string{"filters", "kpis", "records", "triggers"} }

func TestElementListsContainTheDocumentedItems(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})

	for list, want := range map[string]map[string]any{
		"filters": {"id": "OPEN", "name": "open ones", "description": "What is open"},
		"kpis": {
			"id": "ORDERS", "name": "Orders", "description": "Number", "format": ",.0f", "unit": "orders", "direction": "Up",
			"target": "5",
			"parameters": []any{
				map[string]any{"id": "p1", "name": "First", "value": "1"}, map[string]any{"id": "p2", "name": "Second"},
			},
		},
		"records": {
			"id": "ORDER", "name": "Order", "description": "Orders", "shortDisplayName": "O", "internalNote": "note",
		},
		"triggers": {"id": "abc-123", "name": "Blocked orders", "record": "ORDER"},
	} {
		page := tm.Get(simulatortest.ShopPath + "/" + list + "?sort=id").Object()
		content, _ := page["content"].([]any)

		if !slices.ContainsFunc(content, func(item any) bool { return reflect.DeepEqual(item, any(want)) }) {
			t.Errorf("%s: %v lacks %v", list, content, want)
		}

		delete(page, "content")

		envelope := map[string]any{"page": 0.0, "pageSize": 50.0, "total": float64(len(content)), "sort": "+id"}
		if !reflect.DeepEqual(page, envelope) {
			t.Errorf("%s: envelope = %v, want %v", list, page, envelope)
		}
	}
}

func TestElementListsAreSortedCaseInsensitively(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})

	for target, want := range map[string][]string{
		"filters?sort=id":        {"big", "MUSTER", "OPEN"},
		"filters?sort=-id":       {"OPEN", "MUSTER", "big"},
		"filters?sort=name":      {"MUSTER", "big", "OPEN"},
		"records?sort=%2Bid":     {"EMPTY", "ORDER", "VENDOR"},
		"records?sort=-name":     {"VENDOR", "ORDER", "EMPTY"},
		"triggers?sort=name":     {"efg-456", "abc-123"},
		"triggers?sort=id":       {"abc-123", "efg-456"},
		"kpis?sort=-id":          {"VENDORS", "VALUE", "ORDERS", "MOST", "MEAN", "FIRST", "DATED", "BLOCKED"},
		"kpis?sort=id&page=1":    {},
		"kpis?sort=name&page=0":  {"DATED", "VENDORS", "BLOCKED", "FIRST", "MEAN", "MOST", "ORDERS", "VALUE"},
		"kpis?sort=-name&page=0": {"VALUE", "ORDERS", "MOST", "MEAN", "FIRST", "BLOCKED", "VENDORS", "DATED"},
	} {
		if got := tm.Get(simulatortest.ShopPath + "/" + target).IDs(); !slices.Equal(got, want) {
			t.Errorf("%s: ids = %v, want %v", target, got, want)
		}
	}
}

func TestUnsortedElementListsHaveAFixedOrder(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{Seed: 2})

	got := tm.Get(simulatortest.ShopPath + "/kpis")
	if _, ok := got.Object()["sort"]; ok || slices.IsSorted(got.IDs()) {
		t.Errorf("the list is sorted: %s", got.Body)
	}

	if again := tm.Get(simulatortest.ShopPath + "/kpis"); again.Body != got.Body {
		t.Error("the order differs between requests")
	}

	if reseeded := simulatortest.NewShop(t, simulator.Options{Seed: 3}).Get(simulatortest.ShopPath + "/kpis"); reseeded.Body == got.Body {
		t.Error("the order is the same for different seeds")
	}
}

func TestElementListsArePaged(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{Server: server.Options{MaxPageSize: 3}})

	var seen []string

	for page, want := range []int{3, 3, 2, 0} {
		ids := tm.Get(fmt.Sprintf("%s/kpis?page=%d", simulatortest.ShopPath, page)).IDs()
		if len(ids) != want {
			t.Errorf("page %d contains %d items, want %d", page, len(ids), want)
		}

		seen = append(seen, ids...)
	}

	slices.Sort(seen)

	if len(slices.Compact(seen)) != 8 {
		t.Errorf("the pages contain %v", seen)
	}
}

func TestElementListsRejectInvalidParameters(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{Server: server.Options{PageSizeAboveMax: server.RefusePageSize}})

	for _, list := range elementLists() {
		for query, code := range map[string]string{
			"page=-1":          "GENERAL_PARAMETER_MISSMATCH",
			"pageSize=0":       "GENERAL_PARAMETER_MISSMATCH",
			"pageSize=51":      "GENERAL_PARAMETER_ILLEGAL",
			"page=0&page=0":    "GENERAL_PARAMETER_ILLEGAL",
			"pagesize=5":       "GENERAL_PARAMETER_ILLEGAL",
			"page*=0":          "GENERAL_PARAMETER_ILLEGAL",
			"sort=description": "SORT_UNKNOWN_FIELD",
			"sort=+id":         "SORT_UNKNOWN_FIELD",
			"sort=":            "SORT_IS_EMPTY",
		} {
			tm.Get(simulatortest.ShopPath+"/"+list+"?"+query).WantError(http.StatusBadRequest, code)
		}
	}
}

func TestElementsRequireAccessToTheModel(t *testing.T) {
	t.Parallel()

	otherShop := simulatortest.Shop()
	otherShop.PackageKey = "other"
	client := oauth.DefaultClient()
	client.Packages = []string{"p"}
	tm := simulatortest.NewShop(t, simulator.Options{
		Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{otherShop}}, OAuth: oauth.Options{
			Clients:  []oauth.Client{client},
			UserKeys: []oauth.Key{{Value: "limited", Packages: []string{"p"}}, oauth.DefaultUserKey()},
		},
	})
	token := tm.Token(simulatortest.ModelsScope)
	noScope := tm.Token("audit.log:read")

	for _, end := range []string{
		"/filters", "/kpis", "/records", "/records/ORDER", "/triggers", "/triggers/abc-123", "/spec",
		"/data?fields=ORDER.ID", "/records/ORDER/data?fields=ID",
	} {
		tm.Get(simulatortest.ShopPath + end).Want(http.StatusOK)
		tm.Get(simulatortest.ModelsPath+"/p.none"+end).WantError(http.StatusNotFound, "KM_MODEL_NOTFOUND")
		tm.Do(http.MethodGet, simulatortest.ShopPath+end, "", "Authorization", "Bearer "+token).Want(http.StatusOK)
		tm.Do(http.MethodGet, simulatortest.ShopPath+end, "").Want(http.StatusUnauthorized)

		for _, authorization := range []string{"Bearer limited", "Bearer " + token} {
			tm.Do(http.MethodGet, simulatortest.ModelsPath+"/other.shop"+end, "", "Authorization", authorization).
				WantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
		}

		tm.Do(http.MethodGet, simulatortest.ShopPath+end, "", "Authorization", "Bearer "+noScope).
			WantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
	}

	off := simulatortest.NewShop(t, simulator.Options{Server: server.Options{InactiveAPIs: []string{"knowledge-models", "subscriptions"}}})
	if got := off.Get(simulatortest.ShopPath + "/triggers").Want(http.StatusForbidden); got.Body != "" {
		t.Errorf("the inactive API returned %s", got.Body)
	}
}

func TestUnknownRecordsAndTriggersAreNotFound(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})

	for _, end := range []string{"/records/NONE", "/records/order", "/records/order/data?fields=ID"} {
		tm.Get(simulatortest.ShopPath+end).WantError(http.StatusNotFound, "KM_RECORD_NOTFOUND")
	}

	tm.Post(simulatortest.ShopPath+"/records/order/data", `{"projection":{"fields":"ID"}}`).
		WantError(http.StatusNotFound, "KM_RECORD_NOTFOUND")
	tm.Get(simulatortest.ShopPath+"/triggers/ABC-123").WantError(http.StatusNotFound, "SUBSCRIPTION_TRIGGER_NOTFOUND")
}

func TestOtherMethodsOfElementsAreRejected(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})

	for end, want := range map[string]string{
		"/kpis": "GET", "/records/ORDER": "GET", "/triggers/abc-123": "GET", "/spec": "GET",
		"/data": "GET, POST", "/records/ORDER/data": "GET, POST",
	} {
		got := tm.Do(http.MethodPut, simulatortest.ShopPath+end, "", "Authorization", "Bearer "+oauth.DefaultUserKey().Value)
		if allow := got.Want(http.StatusMethodNotAllowed).Header.Get("Allow"); allow != want {
			t.Errorf("%s: Allow = %q, want %q", end, allow, want)
		}
	}
}

func TestRecordContainsItsFields(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	got := tm.Get(simulatortest.OrderPath).Want(http.StatusOK).Object()
	fields, _ := got["fields"].([]any)

	if want := (map[string]any{
		"id": "ID", "name": "Id", "description": "d", "shortDisplayName": "s", "internalNote": "n", "type": "string",
	}); len(fields) != 8 || !reflect.DeepEqual(fields[0], any(want)) {
		t.Errorf("fields = %v, want %v first", fields, want)
	}

	if want := (map[string]any{
		"id": "AMOUNT", "name": "Amount", "type": "number", "format": "#.##", "unit": "EUR",
	}); !reflect.DeepEqual(fields[5], any(want)) {
		t.Errorf("field = %v, want %v", fields[5], want)
	}

	delete(got, "fields")

	if want := (map[string]any{
		"id": "ORDER", "name": "Order", "description": "Orders", "shortDisplayName": "O", "internalNote": "note",
	}); !reflect.DeepEqual(got, want) {
		t.Errorf("body = %v, want %v", got, want)
	}
}

func TestRecordFieldsAreSorted(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})

	for query, want := range map[string]string{
		"":           "ID STATUS DAY AT ITEMS AMOUNT RATE BLOCKED",
		"?sort=id":   "AMOUNT AT BLOCKED DAY ID ITEMS RATE STATUS",
		"?sort=-id":  "STATUS RATE ITEMS ID DAY BLOCKED AT AMOUNT",
		"?sort=name": "AMOUNT AT BLOCKED DAY ID ITEMS RATE STATUS",
	} {
		fields, _ := tm.Get(simulatortest.OrderPath + query).Object()["fields"].([]any)
		ids := make([]string, len(fields))

		for i, field := range fields {
			item, _ := field.(map[string]any)
			ids[i], _ = item["id"].(string)
		}

		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s: ids = %s, want %s", query, got, want)
		}
	}

	tm.Get(simulatortest.OrderPath+"?sort=type").WantError(http.StatusBadRequest, "SORT_UNKNOWN_FIELD")
	tm.Get(simulatortest.OrderPath+"?sort=").WantError(http.StatusBadRequest, "SORT_IS_EMPTY")
	tm.Get(simulatortest.OrderPath+"?page=0").WantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
}

func TestTriggerContainsFieldsButNoRecord(t *testing.T) {
	t.Parallel()

	got := simulatortest.NewShop(t, simulator.Options{}).Get(simulatortest.ShopPath + "/triggers/efg-456").Want(http.StatusOK).Object()
	want := map[string]any{
		"id": "efg-456", "name": "a vendor", "fields": []any{map[string]any{"name": "Name", "type": "string"}},
	}

	if !reflect.DeepEqual(got, want) {
		t.Errorf("body = %v, want %v", got, want)
	}
}

func TestElementOptions(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		opts   simulator.Options
		target string
		want   string
	}{
		{simulator.Options{Server: server.Options{NullFields: true}}, "/filters", `"description":null`},
		{simulator.Options{Server: server.Options{NullFields: true}}, "/kpis", `"parameters":null`},
		{simulator.Options{Server: server.Options{NullFields: true}}, "/records", `"internalNote":null`},
		{simulator.Options{Server: server.Options{NullFields: true}}, "/records/ORDER", `"unit":null`},
		{simulator.Options{Server: server.Options{NullFields: true}}, "/triggers/abc-123", `"unit":null`},
		{simulator.Options{Server: server.Options{SortAsArray: true}}, "/kpis?sort=-id", `"sort":["-id"]`},
		{simulator.Options{Server: server.Options{Total: server.TotalCountsPage}}, "/kpis?pageSize=2", `"total":2`},
		{
			simulator.Options{Intelligence: intelligence.Options{KPIParameterNesting: intelligence.KPIParametersNested}},
			"/kpis",
			`"parameters":[[{"id":"p1","name":"First","value":"1"},{"id":"p2","name":"Second"}]]`,
		},
		{simulator.Options{Server: server.Options{Errors: server.ErrorFrontend}}, "/records/NONE", `"frontendErrorKey":"KM_RECORD_NOTFOUND"`},
	} {
		if got := simulatortest.NewShop(t, test.opts).Get(simulatortest.ShopPath + test.target).Body; !strings.Contains(got, test.want) {
			t.Errorf("%s: body = %s, want %s", test.target, got, test.want)
		}

		if got := simulatortest.NewShop(t, simulator.Options{}).Get(simulatortest.ShopPath + test.target).Body; strings.Contains(got, test.want) {
			t.Errorf("%s: without the option, body = %s", test.target, got)
		}
	}

	if got := simulatortest.NewShop(t, simulator.Options{Server: server.Options{OmitPageSize: true}}).Get(simulatortest.ShopPath + "/kpis").Body; strings.Contains(got, "pageSize") {
		t.Errorf("the response contains the page size: %s", got)
	}
}

func TestFaultsApplyToElementLists(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})

	for _, list := range elementLists() {
		first := tm.Get(simulatortest.ShopPath + "/" + list + "?sort=id").IDs()

		tm.Inject(simulator.Fault{RepeatPage: true})

		if got := tm.Get(simulatortest.ShopPath + "/" + list + "?sort=id&page=7").IDs(); !slices.Equal(got, first) {
			t.Errorf("%s: the first page is not repeated: %v", list, got)
		}

		tm.Inject(simulator.Fault{EndlessPages: true})

		got := tm.Get(simulatortest.ShopPath + "/" + list + "?page=7")
		if ids := got.IDs(); len(ids) != 50 || ids[0] != "GENERATED_000000350" || got.Object()["total"] != 450.0 {
			t.Errorf("%s: the endless pages end: %s", list, got.Body)
		}

		tm.Inject(simulator.Fault{ChangeTotal: 5})

		if got := tm.Get(simulatortest.ShopPath + "/" + list).Object()["total"]; got != float64(len(first)+5) {
			t.Errorf("%s: total = %v", list, got)
		}
	}
}
