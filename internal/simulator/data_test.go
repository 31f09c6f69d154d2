package simulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// post sends JSON with the default user key.
func (tm team) post(target, body string) reply {
	tm.t.Helper()

	return tm.do(http.MethodPost, target, body,
		"Authorization", "Bearer "+oauth.DefaultUserKey().Value, "Content-Type", "application/json")
}

func TestDataPageHasHeadersAndRows(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})
	want := map[string]any{
		"page": 0.0, "pageSize": 2.0, "total": 4.0, "sort": []any{"+ORDER.ID", "-ORDERS"},
		"content": map[string]any{
			"headers": []any{
				map[string]any{
					"id": "ORDER.ID", "name": "Id", "type": "string", "aggregation": false, "filterable": true, "sortable": true,
				},
				map[string]any{
					"id": "ORDER.AMOUNT", "name": "Amount", "type": "float", "format": "#.##", "unit": "EUR",
					"aggregation": false, "filterable": true, "sortable": true,
				},
				map[string]any{
					"id": "ORDERS", "name": "Orders", "type": "integer", "format": ",.0f", "unit": "orders",
					"aggregation": true, "filterable": false, "sortable": true,
				},
			},
			"data": []any{
				map[string]any{"ORDER.ID": "O-1", "ORDER.AMOUNT": 0.1, "ORDERS": 1.0},
				map[string]any{"ORDER.ID": "O-2", "ORDER.AMOUNT": 0.2, "ORDERS": 1.0},
			},
		},
	}

	for name, got := range map[string]reply{
		"GET": tm.get(shopPath + "/data?fields=ORDER.ID,ORDER.AMOUNT&kpis=ORDERS&sort=%2BORDER.ID,-ORDERS&pageSize=2"),
		"POST": tm.post(shopPath+"/data", `{"projection":{"fields":"ORDER.ID,ORDER.AMOUNT","kpis":["ORDERS"],
			"sort":"ORDER.ID,-ORDERS","pagination":{"pageNumber":0,"pageSize":2}}}`),
	} {
		if !reflect.DeepEqual(got.want(http.StatusOK).object(), want) || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s answers %s, want %v", name, got.body, want)
		}
	}
}

func TestRowsOfARecordAreKeyedByItsFields(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})
	want := []map[string]any{
		{"ITEMS": json.Number("12345678901234567890"), "RATE": json.Number("1E400"), "BLOCKED": true, "DAY": "2025-05-07"},
		{"ITEMS": json.Number("12345678901234567891"), "RATE": json.Number("-2.50"), "BLOCKED": false, "DAY": "2025-05-08"},
		{"ITEMS": json.Number("9"), "RATE": nil, "BLOCKED": nil, "DAY": nil},
		{"ITEMS": json.Number("10"), "RATE": json.Number("-2.5"), "BLOCKED": false, "DAY": "2024-01-01"},
	}

	for name, got := range map[string]reply{
		"GET":  tm.get(orderPath + "/data?fields=ITEMS,RATE,BLOCKED,DAY"),
		"POST": tm.post(orderPath+"/data", `{"projection":{"fields":"ITEMS,RATE,BLOCKED,DAY"}}`),
	} {
		if rows := got.rows(); !reflect.DeepEqual(rows, want) {
			t.Errorf("%s answers %v, want %v", name, rows, want)
		}
	}

	empty := tm.get(shopPath + "/records/EMPTY/data?fields=NAME").want(http.StatusOK)
	if rows := empty.rows(); rows == nil || len(rows) != 0 || !strings.Contains(empty.body, `"total":0`) {
		t.Errorf("a record without rows answers %s", empty.body)
	}
}

func TestDataCutsIntoPages(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{Server: server.Options{MaxPageSize: 3}})

	for page, want := range []string{"O-1 O-2 O-3", "O-4", ""} {
		if got := tm.get(fmt.Sprintf("%s/data?fields=ID&page=%d", orderPath, page)).found("ID"); got != want {
			t.Errorf("page %d: %s, want %s", page, got, want)
		}

		got := tm.post(orderPath+"/data", fmt.Sprintf(
			`{"projection":{"fields":"ID","pagination":{"pageNumber":%d,"pageSize":9}}}`, page))
		if got.found("ID") != want || got.object()["pageSize"] != 3.0 || got.object()["page"] != float64(page) {
			t.Errorf("page %d by POST: %s", page, got.body)
		}
	}
}

func TestDataSorts(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})

	for sort, want := range map[string]string{
		"":                    "O-1 O-2 O-3 O-4",
		"ITEMS":               "O-3 O-4 O-1 O-2",
		"-ITEMS":              "O-2 O-1 O-4 O-3",
		"%2BAMOUNT":           "O-1 O-2 O-3 O-4",
		"-AMOUNT":             "O-3 O-2 O-1 O-4", // Nothing comes last, whichever way.
		"DAY":                 "O-4 O-1 O-2 O-3",
		"-DAY":                "O-2 O-1 O-4 O-3",
		"AT":                  "O-4 O-2 O-1 O-3",
		"BLOCKED,-ID":         "O-4 O-2 O-1 O-3",
		"RATE,-ID":            "O-4 O-2 O-1 O-3", // -2.50 and -2.5 are equal.
		"RATE,RATE,%2BID":     "O-2 O-4 O-1 O-3",
		"-STATUS,-ITEMS":      "O-1 O-3 O-2 O-4",
		"%2BSTATUS,%2BITEMS":  "O-4 O-2 O-3 O-1",
		"STATUS,-BLOCKED,-ID": "O-4 O-2 O-1 O-3",
	} {
		target := orderPath + "/data?fields=ID,STATUS,DAY,AT,ITEMS,AMOUNT,RATE,BLOCKED"
		if sort != "" {
			target += "&sort=" + sort
		}

		if got := tm.get(target).found("ID"); got != want {
			t.Errorf("sort=%s: %s, want %s", sort, got, want)
		}
	}

	if got := tm.get(shopPath + "/data?fields=ORDER.ID,VENDOR.NAME&sort=-VENDOR.NAME,-ORDER.ID").found("ORDER.ID"); got != "O-2 O-1 O-4 O-3" {
		t.Errorf("rows without a value are not sorted by what comes next: %s", got)
	}

	if got := tm.get(shopPath + "/data?fields=ORDER.STATUS&kpis=ORDERS&sort=-ORDERS,ORDER.STATUS").found("ORDER.STATUS"); got != "Open  O'Neill" {
		t.Errorf("sorted by a KPI: %q", got)
	}
}

func TestFiltersFilter(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})

	for query, want := range map[string]string{
		"filters=OPEN":              "O-1 O-3",
		"filters=OPEN,big":          "O-1",
		"filters=OPEN&filters=big":  "O-1",
		"filters=MUSTER":            "O-1", // By row number: the first vendor.
		"filterExpr=ITEMS%20gt%209": "O-1 O-2 O-4",
		"filterExpr=ITEMS%20gt%209&filterExpr=ID%20ne%20'O-4'": "O-1 O-2",
		"filters=OPEN&filterExpr=ITEMS%20gt%209":               "O-1",
	} {
		if got := tm.get(orderPath + "/data?fields=ID&" + query).found("ID"); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}

	got := tm.post(shopPath+"/data", `{"projection":{"fields":"ORDER.ID","filters":{"kmFilterNames":["big"],
		"filterExpr":["ORDER.ID ne 'O-4'","ORDER.ID ne 'O-1'"]}}}`)
	if got.found("ORDER.ID") != "O-2" || got.object()["total"] != 1.0 {
		t.Errorf("POST answers %s", got.body)
	}
}

func TestDistinctRowsAndSearch(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})

	for target, want := range map[string]string{
		"fields=STATUS":                                             "Open O'Neill Open ",
		"fields=STATUS&options=distinct":                            "Open O'Neill ",
		"fields=STATUS,ID&options=distinct":                         "Open O'Neill Open ",
		"fields=STATUS&searchTerm=NEI":                              "O'Neill",
		"fields=STATUS&searchTerm=o-2":                              "O'Neill", // Any string field of the record.
		"fields=STATUS&searchTerm=o-2&searchField=STATUS":           "",
		"fields=STATUS&searchTerm=nei&searchField=STATUS":           "O'Neill",
		"fields=STATUS&searchTerm=678901":                           "",
		"fields=STATUS&searchTerm=678901&searchField=ITEMS":         "Open O'Neill",
		"fields=STATUS&searchTerm=nei&searchPrecision=100":          "O'Neill",
		"fields=STATUS&searchTerm=":                                 "Open O'Neill Open ",
		"fields=STATUS&searchTerm=open&options=distinct&pageSize=9": "Open",
	} {
		if got := tm.get(orderPath + "/data?" + target).found("STATUS"); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}

	for body, want := range map[string]string{
		`"options":["distinct"]`: "Open O'Neill ",
		`"options":[]`:           "Open O'Neill Open ",
		`"options":null`:         "Open O'Neill Open ",
		`"search":{"term":"nei","field":"ORDER.STATUS","precision":0}`: "O'Neill",
		`"search":{"term":"öl","field":"VENDOR.NAME"}`:                 "O'Neill",
		`"search":{"term":"öl"}`:                                       "",
	} {
		got := tm.post(shopPath+"/data", `{"projection":{"fields":"ORDER.STATUS",`+body+`}}`).found("ORDER.STATUS")
		if got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

func TestKPIsAggregateTheFilteredRows(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})
	all := "kpis=ORDERS,DATED,VALUE,MEAN,FIRST,MOST,BLOCKED,VENDORS"

	for query, want := range map[string]string{
		all: `{"BLOCKED":0.25,"DATED":3,"FIRST":"2024-01-01","MEAN":6172839450617283950,"MOST":12345678901234567891,` +
			`"ORDERS":4,"VALUE":10.3,"VENDORS":1}`,
		all + "&filters=OPEN": `{"BLOCKED":0.5,"DATED":1,"FIRST":"2025-05-07","MEAN":6172839450617283949.5,` +
			`"MOST":12345678901234567890,"ORDERS":2,"VALUE":10.1,"VENDORS":1}`,
		all + "&filterExpr=ORDER.ID%20eq%20'none'": `{"BLOCKED":null,"DATED":0,"FIRST":null,"MEAN":null,"MOST":null,` +
			`"ORDERS":0,"VALUE":null,"VENDORS":0}`,
		"kpis=VALUE,ORDERS&fields=ORDER.STATUS": `{"ORDER.STATUS":"Open","ORDERS":2,"VALUE":10.1},` +
			`{"ORDER.STATUS":"O'Neill","ORDERS":1,"VALUE":0.2},{"ORDER.STATUS":"","ORDERS":1,"VALUE":null}`,
		"kpis=ORDERS&fields=VENDOR.NAME": `{"ORDERS":1,"VENDOR.NAME":"Muster"},` +
			`{"ORDERS":1,"VENDOR.NAME":"Öl \u0026 \u003cGas\u003e"},{"ORDERS":2,"VENDOR.NAME":null}`,
		"kpis=ORDERS&fields=EMPTY.NAME": `{"EMPTY.NAME":null,"ORDERS":4}`,
	} {
		got := tm.get(shopPath + "/data?" + query).want(http.StatusOK).body
		if !strings.Contains(got, `"data":[`+want+`]`) {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}

	for kpi, want := range map[string]string{
		"ORDERS": "integer", "MEAN": "float", "BLOCKED": "float", "FIRST": "date", "MOST": "integer", "DATED": "integer",
	} {
		if got := tm.get(shopPath + "/data?kpis=" + kpi).body; !strings.Contains(got, `"type":"`+want+`"`) {
			t.Errorf("%s: %s, want the type %s", kpi, got, want)
		}
	}
}

func TestKPIsCountOnlyRowsOfTheirRecord(t *testing.T) {
	t.Parallel()

	m := shop()
	m.Content.KPIs[7].Where = ""

	got := newTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{m}}}).
		get(shopPath + "/data?fields=ORDER.STATUS&kpis=VENDORS").want(http.StatusOK).body
	if want := `"data":[{"ORDER.STATUS":"Open","VENDORS":1},{"ORDER.STATUS":"O'Neill","VENDORS":1},` +
		`{"ORDER.STATUS":"","VENDORS":0}]`; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRecordsAreJoinedByRowNumber(t *testing.T) {
	t.Parallel()

	rows := newShop(t, simulator.Options{}).get(shopPath + "/data?fields=ORDER.ID,VENDOR.NAME").rows()
	want := []map[string]any{
		{"ORDER.ID": "O-1", "VENDOR.NAME": "Muster"},
		{"ORDER.ID": "O-2", "VENDOR.NAME": "Öl & <Gas>"},
		{"ORDER.ID": "O-3", "VENDOR.NAME": nil},
		{"ORDER.ID": "O-4", "VENDOR.NAME": nil},
	}

	if !reflect.DeepEqual(rows, want) {
		t.Errorf("got %v, want %v", rows, want)
	}
}

// csv repeats a field n times, each time with another number.
func csv(field string, n int) string {
	fields := make([]string, n)
	for i := range fields {
		fields[i] = fmt.Sprintf("%s%d", field, i)
	}

	return strings.Join(fields, ",")
}

func TestDataRequestsAreRefused(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{Server: server.Options{PageSizeAboveMax: server.RefusePageSize}})

	for target, code := range map[string]string{
		shopPath + "/data":                                    "GENERAL_PARAMETER_MISSING",
		orderPath + "/data":                                   "GENERAL_PARAMETER_MISSING",
		shopPath + "/data?fields=":                            "GENERAL_CONSTRAINT_VIOLATION",
		shopPath + "/data?fields=&kpis=ORDERS":                "GENERAL_CONSTRAINT_VIOLATION",
		orderPath + "/data?fields=" + csv("F", 201):           "GENERAL_CONSTRAINT_VIOLATION",
		orderPath + "/data?fields=" + csv("F", 200):           "KM_FIELD_NOTFOUND",
		orderPath + "/data?fields=id":                         "KM_FIELD_NOTFOUND",
		orderPath + "/data?fields=ID,":                        "KM_FIELD_NOTFOUND",
		orderPath + "/data?fields=ID,+STATUS":                 "KM_FIELD_NOTFOUND",
		orderPath + "/data?fields=ORDER.ID":                   "KM_FIELD_NOTFOUND",
		shopPath + "/data?fields=ID":                          "KM_FIELD_NOTFOUND",
		shopPath + "/data?fields=order.ID":                    "KM_FIELD_NOTFOUND",
		orderPath + "/data?fields=ID,ID":                      "GENERAL_PARAMETER_ILLEGAL",
		orderPath + "/data?fields=ID&kpis=ORDERS":             "GENERAL_PARAMETER_ILLEGAL",
		shopPath + "/data?kpis=orders":                        "GENERAL_PARAMETER_ILLEGAL",
		shopPath + "/data?kpis=":                              "GENERAL_PARAMETER_ILLEGAL",
		orderPath + "/data?fields=ID&fields=STATUS":           "GENERAL_PARAMETER_ILLEGAL",
		orderPath + "/data?fields=ID&filters=open":            "GENERAL_PARAMETER_ILLEGAL",
		orderPath + "/data?fields=ID&filters*=OPEN":           "GENERAL_PARAMETER_ILLEGAL",
		orderPath + "/data?fields=ID&filters=":                "GENERAL_PARAMETER_ILLEGAL",
		orderPath + "/data?fields=ID&filters=OPEN,":           "GENERAL_PARAMETER_ILLEGAL",
		orderPath + "/data?fields=ID&options=all":             "GENERAL_PARAMETER_ILLEGAL",
		orderPath + "/data?fields=ID&options=":                "GENERAL_PARAMETER_ILLEGAL",
		orderPath + "/data?fields=ID&options=distinct,x":      "GENERAL_PARAMETER_ILLEGAL",
		orderPath + "/data?fields=ID&searchPrecision=101":     "GENERAL_PARAMETER_ILLEGAL",
		orderPath + "/data?fields=ID&searchPrecision=0":       "GENERAL_PARAMETER_MISSMATCH",
		orderPath + "/data?fields=ID&searchField=NONE":        "KM_FIELD_NOTFOUND",
		orderPath + "/data?fields=ID&page=x":                  "GENERAL_PARAMETER_MISSMATCH",
		orderPath + "/data?fields=ID&pageSize=0":              "GENERAL_PARAMETER_MISSMATCH",
		orderPath + "/data?fields=ID&pageSize=51":             "GENERAL_PARAMETER_ILLEGAL",
		orderPath + "/data?fields=ID&pageNumber=0":            "GENERAL_PARAMETER_ILLEGAL",
		orderPath + "/data?fields=ID&sort=":                   "SORT_IS_EMPTY",
		orderPath + "/data?fields=ID&sort=-":                  "SORT_IS_EMPTY",
		orderPath + "/data?fields=ID&sort=ID,":                "SORT_IS_EMPTY",
		orderPath + "/data?fields=ID&sort=STATUS":             "SORT_UNKNOWN_FIELD",
		orderPath + "/data?fields=ID&sort=+ID":                "SORT_UNKNOWN_FIELD",
		orderPath + "/data?fields=ID&sort=ID,-ID":             "SORT_HAS_OPPOSITE",
		shopPath + "/data?fields=ORDER.ID&sort=ID":            "GENERAL_PARAMETER_ILLEGAL",
		shopPath + "/data?fields=ORDER.ID&sort=ORDER.NONE":    "SORT_UNKNOWN_FIELD",
		shopPath + "/data?fields=ORDER.ID&sort=ORDERS":        "SORT_UNKNOWN_FIELD",
		shopPath + "/data?kpis=ORDERS&sort=ORDERS,-ORDERS":    "SORT_HAS_OPPOSITE",
		shopPath + "/data?fields=ORDER.ID&sort=-ORDER.STATUS": "SORT_UNKNOWN_FIELD",
	} {
		got := tm.get(target).want(http.StatusBadRequest).object()["errorCode"]
		if got != code {
			t.Errorf("%s: %v, want %s", target[:min(len(target), 120)], got, code)
		}
	}
}

func TestDataBodiesAreRefused(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{Server: server.Options{PageSizeAboveMax: server.RefusePageSize}})
	in := func(projection string) string { return `{"projection":{` + projection + `}}` }
	long := strings.Repeat("x", 2049)

	for body, code := range map[string]string{
		"":                                     "GENERAL_PARAMETER_ILLEGAL",
		"null":                                 "GENERAL_PARAMETER_ILLEGAL",
		"[]":                                   "GENERAL_PARAMETER_ILLEGAL",
		"{":                                    "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID"`) + "x":              "GENERAL_PARAMETER_ILLEGAL",
		"{}":                                   "GENERAL_PARAMETER_MISSING",
		`{"projection":null}`:                  "GENERAL_PARAMETER_ILLEGAL",
		`{"Projection":{"fields":"ID"}}`:       "GENERAL_PARAMETER_ILLEGAL",
		`{"projection":{},"x":1}`:              "GENERAL_PARAMETER_ILLEGAL",
		in(``):                                 "GENERAL_PARAMETER_MISSING",
		in(`"fields":null`):                    "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":["ID"]`):                  "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":""`):                      "GENERAL_CONSTRAINT_VIOLATION",
		in(`"fields":"` + long + `"`):          "GENERAL_CONSTRAINT_VIOLATION",
		in(`"fields":"` + csv("F", 201) + `"`): "GENERAL_CONSTRAINT_VIOLATION",
		in(`"fields":"NONE"`):                  "KM_FIELD_NOTFOUND",
		in(`"fields":"ID","fields":"ID"`):      "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","kpis":[]`):          "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","page":0`):           "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","filters":null`):     "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","filters":{"x":1}`):  "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","filters":{"kmFilterNames":"OPEN"}`):     "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","filters":{"kmFilterNames":null}`):       "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","filters":{"kmFilterNames":["open"]}`):   "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","filters":{"kmFilterNames":[null]}`):     "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","filters":{"filterExpr":[1]}`):           "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","filters":{"filterExpr":["ID is 1"]}`):   "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","filters":{"filterExpr":["X eq 'x'"]}`):  "KM_FIELD_NOTFOUND",
		in(`"fields":"ID","pagination":{"page":0}`):                "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","pagination":{"pageNumber":-1}`):         "GENERAL_PARAMETER_MISSMATCH",
		in(`"fields":"ID","pagination":{"pageNumber":"0"}`):        "GENERAL_PARAMETER_MISSMATCH",
		in(`"fields":"ID","pagination":{"pageNumber":0.0}`):        "GENERAL_PARAMETER_MISSMATCH",
		in(`"fields":"ID","pagination":{"pageNumber":null}`):       "GENERAL_PARAMETER_MISSMATCH",
		in(`"fields":"ID","pagination":{"pageNumber":2147483648}`): "GENERAL_PARAMETER_MISSMATCH",
		in(`"fields":"ID","pagination":{"pageSize":0}`):            "GENERAL_PARAMETER_MISSMATCH",
		in(`"fields":"ID","pagination":{"pageSize":51}`):           "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","sort":""`):                              "SORT_IS_EMPTY",
		in(`"fields":"ID","sort":"-"`):                             "SORT_IS_EMPTY",
		in(`"fields":"ID","sort":"I"`):                             "GENERAL_CONSTRAINT_VIOLATION",
		in(`"fields":"ID","sort":"` + long + `"`):                  "GENERAL_CONSTRAINT_VIOLATION",
		in(`"fields":"ID","sort":["ID"]`):                          "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","sort":"STATUS"`):                        "SORT_UNKNOWN_FIELD",
		in(`"fields":"ID","sort":"ID,-ID"`):                        "SORT_HAS_OPPOSITE",
		in(`"fields":"ID","options":["distinct","distinct"]`):      "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","options":["Distinct"]`):                 "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","options":"distinct"`):                   "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","search":{"term":1}`):                    "GENERAL_PARAMETER_ILLEGAL",
		in(`"fields":"ID","search":{"term":"x","field":"NONE"}`):   "KM_FIELD_NOTFOUND",
		in(`"fields":"ID","search":{"term":"x","precision":101}`):  "GENERAL_PARAMETER_MISSMATCH",
		in(`"fields":"ID","search":{"precision":-1}`):              "GENERAL_PARAMETER_MISSMATCH",
		in(`"fields":"ID","search":{"searchTerm":"x"}`):            "GENERAL_PARAMETER_ILLEGAL",
	} {
		got := tm.post(orderPath+"/data", body).want(http.StatusBadRequest).object()["errorCode"]
		if got != code {
			t.Errorf("%s: %v, want %s", body[:min(len(body), 120)], got, code)
		}
	}

	tm.post(shopPath+"/data", in(`"kpis":[]`)).wantError(http.StatusBadRequest, "GENERAL_PARAMETER_MISSING")
	tm.post(shopPath+"/data", in(`"kpis":"ORDERS"`)).wantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
	tm.post(shopPath+"/data", in(`"kpis":["NONE"]`)).wantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
	tm.post(shopPath+"/data?page=0", in(`"kpis":["ORDERS"]`)).wantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
	tm.post(orderPath+"/data", in(`"fields":"ID","sort":null`)).want(http.StatusOK)
}

func TestDataBodiesMustSayThatTheyAreJSON(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})
	key := "Bearer " + oauth.DefaultUserKey().Value

	const body = `{"projection":{"fields":"ID"}}`

	for contentType, want := range map[string]int{
		"application/json":                   http.StatusOK,
		"Application/JSON; charset=UTF-8":    http.StatusOK,
		"application/json; charset=latin1":   http.StatusUnsupportedMediaType,
		"text/plain":                         http.StatusUnsupportedMediaType,
		"application/x-www-form-urlencoded":  http.StatusUnsupportedMediaType,
		"application/vnd.api+json; charset=": http.StatusUnsupportedMediaType,
	} {
		tm.do(http.MethodPost, orderPath+"/data", body, "Authorization", key, "Content-Type", contentType).want(want)
	}

	tm.do(http.MethodPost, orderPath+"/data", body, "Authorization", key).want(http.StatusUnsupportedMediaType)
}

func TestDataSwitches(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		opts simulator.Options
		want string
	}{
		{simulator.Options{Intelligence: intelligence.Options{DataNesting: intelligence.DataFlat}}, `"data":[{"ID":"O-4"},{"ID":"O-3"}]`},
		{simulator.Options{Intelligence: intelligence.Options{DataNesting: intelligence.DataInOneArray}}, `"data":[[{"ID":"O-4"},{"ID":"O-3"}]]`},
		{simulator.Options{Intelligence: intelligence.Options{DataNesting: intelligence.DataRowArrays}}, `"data":[[{"ID":"O-4"}],[{"ID":"O-3"}]]`},
		{simulator.Options{Intelligence: intelligence.Options{QuotedFlags: true}}, `"aggregation":"false","filterable":"true"`},
		{simulator.Options{}, `"aggregation":false,"filterable":true`},
		{simulator.Options{Server: server.Options{NullFields: true}}, `"format":null`},
		{simulator.Options{Server: server.Options{SortAsArray: true}}, `"sort":"-ID"`},
		{simulator.Options{}, `"sort":["-ID"]`},
		{simulator.Options{Server: server.Options{Total: server.TotalCountsPage}}, `"total":2`},
		{simulator.Options{Server: server.Options{Total: server.TotalCountsAll}}, `"total":4`},
	} {
		got := newShop(t, test.opts).get(orderPath + "/data?fields=ID&sort=-ID&pageSize=2").want(http.StatusOK).body
		if !strings.Contains(got, test.want) {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}

	for _, test := range []struct {
		opts   simulator.Options
		absent string
	}{
		{simulator.Options{Server: server.Options{Total: server.TotalAbsent}}, `"total"`},
		{simulator.Options{Server: server.Options{OmitPageSize: true}}, `"pageSize"`},
		{simulator.Options{}, `"sort"`},
		{simulator.Options{}, `"format"`},
	} {
		got := newShop(t, test.opts).get(orderPath + "/data?fields=ID").want(http.StatusOK).body
		if strings.Contains(got, test.absent+":") {
			t.Errorf("%s is there: %s", test.absent, got)
		}
	}

	if got := newShop(t, simulator.Options{Server: server.Options{NullFields: true}}).get(orderPath + "/data?fields=ID").body; !strings.Contains(got, `"sort":null`) {
		t.Errorf("no sort is not null: %s", got)
	}

	newShop(t, simulator.Options{Server: server.Options{Errors: server.ErrorText}}).get(orderPath + "/data").want(http.StatusBadRequest)
}

func TestLaterRowsCannotBeFetched(t *testing.T) {
	t.Parallel()

	refuse := newTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 1, RowsPerRecord: 5010}, Server: server.Options{MaxPageSize: 3000}})
	id := refuse.get(listPath).ids()[0]
	record := intelligence.GenerateContent(id, 0, 1).Records[0].ID
	data := listPath + "/" + id + "/records/" + record + "/data?fields=ID"

	if got := refuse.get(data + "&pageSize=50&page=99").rows(); len(got) != 50 {
		t.Errorf("the last page has %d rows", len(got))
	}

	refuse.get(data+"&pageSize=50&page=100").wantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")

	got := refuse.get(data + "&pageSize=3000&page=1")
	if rows := got.rows(); len(rows) != 2000 || got.object()["total"] != 5010.0 {
		t.Errorf("a page that ends beyond has %d rows, total %v", len(rows), got.object()["total"])
	}

	// However few rows there are.
	newShop(t, simulator.Options{}).get(orderPath+"/data?fields=ID&page=100").
		wantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")

	empty := newShop(t, simulator.Options{Intelligence: intelligence.Options{RowLimit: 3, RowsBeyondLimit: intelligence.NoRowsBeyondLimit}})

	for target, want := range map[string]string{
		"&pageSize=2":        "O-1 O-2",
		"&pageSize=2&page=1": "O-3",
		"&pageSize=2&page=2": "",
		"&pageSize=3&page=1": "",
	} {
		if got := empty.get(orderPath + "/data?fields=ID" + target).found("ID"); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

func TestPagesOfDataThatDoNotExist(t *testing.T) {
	t.Parallel()

	at := func(opts simulator.Options) reply {
		return newShop(t, opts).get(orderPath + "/data?fields=ID&pageSize=3&page=7")
	}

	if got := at(simulator.Options{}).found("ID"); got != "" {
		t.Errorf("a page past the end holds %s", got)
	}

	if got := at(simulator.Options{Server: server.Options{PastEnd: server.PastEndLastPage}}); got.found("ID") != "O-4" || got.object()["page"] != 1.0 {
		t.Errorf("the last page is %s", got.body)
	}

	at(simulator.Options{Server: server.Options{PastEnd: server.PastEndBadRequest}}).wantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
	at(simulator.Options{Server: server.Options{PastEnd: server.PastEndNotFound}}).wantError(http.StatusNotFound, "GENERAL_NOTFOUND_PATH")

	got := newShop(t, simulator.Options{Server: server.Options{MaxPageSize: 3, PageSizeAboveMax: server.CapPageSizeSilently}}).
		post(orderPath+"/data", `{"projection":{"fields":"ID","pagination":{"pageSize":9}}}`)
	if got.found("ID") != "O-1 O-2 O-3" || got.object()["pageSize"] != 9.0 {
		t.Errorf("capped silently: %s", got.body)
	}
}

func TestFaultsReachDataPages(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})
	data := orderPath + "/data?fields=ID,DAY,AT,ITEMS,RATE,BLOCKED"

	tm.Inject(simulator.Fault{RepeatPage: true})

	if got := tm.get(data + "&page=200"); got.found("ID") != "O-1 O-2 O-3 O-4" || !strings.Contains(got.body, `"page":0,"pageSize":4,`) {
		t.Errorf("the page does not repeat: %s", got.body)
	}

	tm.Inject(simulator.Fault{EndlessPages: true})

	got := tm.get(data + "&page=200")
	rows := got.rows()

	want := map[string]any{
		"ID": "made-up-000010000", "DAY": "2999-12-31", "AT": "2999-12-31T23:59:59Z", "ITEMS": json.Number("10000"),
		"RATE": json.Number("10000"), "BLOCKED": true,
	}
	if len(rows) != 50 || !reflect.DeepEqual(rows[0], want) || got.object()["total"] != 10100.0 {
		t.Errorf("the pages end: %s", got.body)
	}

	tm.Inject(simulator.Fault{ChangeTotal: -3})

	if got := tm.post(orderPath+"/data", `{"projection":{"fields":"ID"}}`).object()["total"]; got != 1.0 {
		t.Errorf("total %v", got)
	}
}
