package intelligence_test

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
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func TestDataPageContainsHeadersAndRows(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
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

	for name, got := range map[string]simulatortest.Reply{
		"GET": tm.Get(simulatortest.ShopPath + "/data?fields=ORDER.ID,ORDER.AMOUNT&kpis=ORDERS&sort=%2BORDER.ID,-ORDERS&pageSize=2"),
		"POST": tm.Post(simulatortest.ShopPath+"/data", `{"projection":{"fields":"ORDER.ID,ORDER.AMOUNT","kpis":["ORDERS"],
			"sort":"ORDER.ID,-ORDERS","pagination":{"pageNumber":0,"pageSize":2}}}`),
	} {
		if !reflect.DeepEqual(got.Want(http.StatusOK).Object(), want) || got.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: body = %s, want %v", name, got.Body, want)
		}
	}
}

func TestRowsOfARecordAreKeyedByItsFields(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	want := []map[string]any{
		{"ITEMS": json.Number("12345678901234567890"), "RATE": json.Number("1E400"), "BLOCKED": true, "DAY": "2025-05-07"},
		{"ITEMS": json.Number("12345678901234567891"), "RATE": json.Number("-2.50"), "BLOCKED": false, "DAY": "2025-05-08"},
		{"ITEMS": json.Number("9"), "RATE": nil, "BLOCKED": nil, "DAY": nil},
		{"ITEMS": json.Number("10"), "RATE": json.Number("-2.5"), "BLOCKED": false, "DAY": "2024-01-01"},
	}

	for name, got := range map[string]simulatortest.Reply{
		"GET":  tm.Get(simulatortest.OrderPath + "/data?fields=ITEMS,RATE,BLOCKED,DAY"),
		"POST": tm.Post(simulatortest.OrderPath+"/data", `{"projection":{"fields":"ITEMS,RATE,BLOCKED,DAY"}}`),
	} {
		if rows := got.Rows(); !reflect.DeepEqual(rows, want) {
			t.Errorf("%s: rows = %v, want %v", name, rows, want)
		}
	}

	empty := tm.Get(simulatortest.ShopPath + "/records/EMPTY/data?fields=NAME").Want(http.StatusOK)
	if rows := empty.Rows(); rows == nil || len(rows) != 0 || !strings.Contains(empty.Body, `"total":0`) {
		t.Errorf("body for a record without rows = %s", empty.Body)
	}
}

func TestDataIsPaged(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{Server: server.Options{MaxPageSize: 3}})

	for page, want := range []string{"O-1 O-2 O-3", "O-4", ""} {
		if got := tm.Get(fmt.Sprintf("%s/data?fields=ID&page=%d", simulatortest.OrderPath, page)).Found("ID"); got != want {
			t.Errorf("page %d: ids = %s, want %s", page, got, want)
		}

		got := tm.Post(simulatortest.OrderPath+"/data", fmt.Sprintf(
			`{"projection":{"fields":"ID","pagination":{"pageNumber":%d,"pageSize":9}}}`, page))
		if got.Found("ID") != want || got.Object()["pageSize"] != 3.0 || got.Object()["page"] != float64(page) {
			t.Errorf("page %d by POST: body = %s", page, got.Body)
		}
	}
}

func TestDataIsSorted(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})

	for sort, want := range map[string]string{
		"":                    "O-1 O-2 O-3 O-4",
		"ITEMS":               "O-3 O-4 O-1 O-2",
		"-ITEMS":              "O-2 O-1 O-4 O-3",
		"%2BAMOUNT":           "O-1 O-2 O-3 O-4",
		"-AMOUNT":             "O-3 O-2 O-1 O-4", // Missing values come last, even in descending order.
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
		target := simulatortest.OrderPath + "/data?fields=ID,STATUS,DAY,AT,ITEMS,AMOUNT,RATE,BLOCKED"
		if sort != "" {
			target += "&sort=" + sort
		}

		if got := tm.Get(target).Found("ID"); got != want {
			t.Errorf("sort=%s: ids = %s, want %s", sort, got, want)
		}
	}

	if got := tm.Get(simulatortest.ShopPath + "/data?fields=ORDER.ID,VENDOR.NAME&sort=-VENDOR.NAME,-ORDER.ID").Found("ORDER.ID"); got != "O-2 O-1 O-4 O-3" {
		t.Errorf("rows without a value are not sorted by the next sort field: %s", got)
	}

	if got := tm.Get(simulatortest.ShopPath + "/data?fields=ORDER.STATUS&kpis=ORDERS&sort=-ORDERS,ORDER.STATUS").Found("ORDER.STATUS"); got != "Open  O'Neill" {
		t.Errorf("statuses sorted by a KPI = %q", got)
	}
}

func TestFiltersSelectRows(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})

	for query, want := range map[string]string{
		"filters=OPEN":              "O-1 O-3",
		"filters=OPEN,big":          "O-1",
		"filters=OPEN&filters=big":  "O-1",
		"filters=MUSTER":            "O-1", // Records are joined by row number, so the first vendor matches the first order.
		"filterExpr=ITEMS%20gt%209": "O-1 O-2 O-4",
		"filterExpr=ITEMS%20gt%209&filterExpr=ID%20ne%20'O-4'": "O-1 O-2",
		"filters=OPEN&filterExpr=ITEMS%20gt%209":               "O-1",
	} {
		if got := tm.Get(simulatortest.OrderPath + "/data?fields=ID&" + query).Found("ID"); got != want {
			t.Errorf("%s: found = %s, want %s", query, got, want)
		}
	}

	got := tm.Post(simulatortest.ShopPath+"/data", `{"projection":{"fields":"ORDER.ID","filters":{"kmFilterNames":["big"],
		"filterExpr":["ORDER.ID ne 'O-4'","ORDER.ID ne 'O-1'"]}}}`)
	if got.Found("ORDER.ID") != "O-2" || got.Object()["total"] != 1.0 {
		t.Errorf("body of the POST response = %s", got.Body)
	}
}

func TestDistinctRowsAndSearch(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})

	for target, want := range map[string]string{
		"fields=STATUS":                                             "Open O'Neill Open ",
		"fields=STATUS&options=distinct":                            "Open O'Neill ",
		"fields=STATUS,ID&options=distinct":                         "Open O'Neill Open ",
		"fields=STATUS&searchTerm=NEI":                              "O'Neill",
		"fields=STATUS&searchTerm=o-2":                              "O'Neill", // The term may match any string field of the record.
		"fields=STATUS&searchTerm=o-2&searchField=STATUS":           "",
		"fields=STATUS&searchTerm=nei&searchField=STATUS":           "O'Neill",
		"fields=STATUS&searchTerm=678901":                           "",
		"fields=STATUS&searchTerm=678901&searchField=ITEMS":         "Open O'Neill",
		"fields=STATUS&searchTerm=nei&searchPrecision=100":          "O'Neill",
		"fields=STATUS&searchTerm=":                                 "Open O'Neill Open ",
		"fields=STATUS&searchTerm=open&options=distinct&pageSize=9": "Open",
	} {
		if got := tm.Get(simulatortest.OrderPath + "/data?" + target).Found("STATUS"); got != want {
			t.Errorf("%s: found = %q, want %q", target, got, want)
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
		got := tm.Post(simulatortest.ShopPath+"/data", `{"projection":{"fields":"ORDER.STATUS",`+body+`}}`).Found("ORDER.STATUS")
		if got != want {
			t.Errorf("%s: found = %q, want %q", body, got, want)
		}
	}
}

func TestKPIsAggregateTheFilteredRows(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
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
		got := tm.Get(simulatortest.ShopPath + "/data?" + query).Want(http.StatusOK).Body
		if !strings.Contains(got, `"data":[`+want+`]`) {
			t.Errorf("%s: body = %s, want %s", query, got, want)
		}
	}

	for kpi, want := range map[string]string{
		"ORDERS": "integer", "MEAN": "float", "BLOCKED": "float", "FIRST": "date", "MOST": "integer", "DATED": "integer",
	} {
		if got := tm.Get(simulatortest.ShopPath + "/data?kpis=" + kpi).Body; !strings.Contains(got, `"type":"`+want+`"`) {
			t.Errorf("%s: body = %s, want type %s", kpi, got, want)
		}
	}
}

func TestKPIsCountOnlyTheRowsOfTheirRecord(t *testing.T) {
	t.Parallel()

	m := simulatortest.Shop()
	m.Content.KPIs[7].Where = ""

	got := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{m}}}).
		Get(simulatortest.ShopPath + "/data?fields=ORDER.STATUS&kpis=VENDORS").Want(http.StatusOK).Body
	if want := `"data":[{"ORDER.STATUS":"Open","VENDORS":1},{"ORDER.STATUS":"O'Neill","VENDORS":1},` +
		`{"ORDER.STATUS":"","VENDORS":0}]`; !strings.Contains(got, want) {
		t.Errorf("body = %s, want %s", got, want)
	}
}

func TestRecordsAreJoinedByRowNumber(t *testing.T) {
	t.Parallel()

	rows := simulatortest.NewShop(t, simulator.Options{}).Get(simulatortest.ShopPath + "/data?fields=ORDER.ID,VENDOR.NAME").Rows()
	want := []map[string]any{
		{"ORDER.ID": "O-1", "VENDOR.NAME": "Muster"},
		{"ORDER.ID": "O-2", "VENDOR.NAME": "Öl & <Gas>"},
		{"ORDER.ID": "O-3", "VENDOR.NAME": nil},
		{"ORDER.ID": "O-4", "VENDOR.NAME": nil},
	}

	if !reflect.DeepEqual(rows, want) {
		t.Errorf("rows = %v, want %v", rows, want)
	}
}

// csv returns a comma-separated list of n field names, each with a different number appended.
func csv(field string, n int) string {
	fields := make([]string, n)
	for i := range fields {
		fields[i] = fmt.Sprintf("%s%d", field, i)
	}

	return strings.Join(fields, ",")
}

func TestInvalidDataRequestsAreRejected(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{Server: server.Options{PageSizeAboveMax: server.RefusePageSize}})

	for target, code := range map[string]string{
		simulatortest.ShopPath + "/data":                                    "GENERAL_PARAMETER_MISSING",
		simulatortest.OrderPath + "/data":                                   "GENERAL_PARAMETER_MISSING",
		simulatortest.ShopPath + "/data?fields=":                            "GENERAL_CONSTRAINT_VIOLATION",
		simulatortest.ShopPath + "/data?fields=&kpis=ORDERS":                "GENERAL_CONSTRAINT_VIOLATION",
		simulatortest.OrderPath + "/data?fields=" + csv("F", 201):           "GENERAL_CONSTRAINT_VIOLATION",
		simulatortest.OrderPath + "/data?fields=" + csv("F", 200):           "KM_FIELD_NOTFOUND",
		simulatortest.OrderPath + "/data?fields=id":                         "KM_FIELD_NOTFOUND",
		simulatortest.OrderPath + "/data?fields=ID,":                        "KM_FIELD_NOTFOUND",
		simulatortest.OrderPath + "/data?fields=ID,+STATUS":                 "KM_FIELD_NOTFOUND",
		simulatortest.OrderPath + "/data?fields=ORDER.ID":                   "KM_FIELD_NOTFOUND",
		simulatortest.ShopPath + "/data?fields=ID":                          "KM_FIELD_NOTFOUND",
		simulatortest.ShopPath + "/data?fields=order.ID":                    "KM_FIELD_NOTFOUND",
		simulatortest.OrderPath + "/data?fields=ID,ID":                      "GENERAL_PARAMETER_ILLEGAL",
		simulatortest.OrderPath + "/data?fields=ID&kpis=ORDERS":             "GENERAL_PARAMETER_ILLEGAL",
		simulatortest.ShopPath + "/data?kpis=orders":                        "GENERAL_PARAMETER_ILLEGAL",
		simulatortest.ShopPath + "/data?kpis=":                              "GENERAL_PARAMETER_ILLEGAL",
		simulatortest.OrderPath + "/data?fields=ID&fields=STATUS":           "GENERAL_PARAMETER_ILLEGAL",
		simulatortest.OrderPath + "/data?fields=ID&filters=open":            "GENERAL_PARAMETER_ILLEGAL",
		simulatortest.OrderPath + "/data?fields=ID&filters*=OPEN":           "GENERAL_PARAMETER_ILLEGAL",
		simulatortest.OrderPath + "/data?fields=ID&filters=":                "GENERAL_PARAMETER_ILLEGAL",
		simulatortest.OrderPath + "/data?fields=ID&filters=OPEN,":           "GENERAL_PARAMETER_ILLEGAL",
		simulatortest.OrderPath + "/data?fields=ID&options=all":             "GENERAL_PARAMETER_ILLEGAL",
		simulatortest.OrderPath + "/data?fields=ID&options=":                "GENERAL_PARAMETER_ILLEGAL",
		simulatortest.OrderPath + "/data?fields=ID&options=distinct,x":      "GENERAL_PARAMETER_ILLEGAL",
		simulatortest.OrderPath + "/data?fields=ID&searchPrecision=101":     "GENERAL_PARAMETER_ILLEGAL",
		simulatortest.OrderPath + "/data?fields=ID&searchPrecision=0":       "GENERAL_PARAMETER_MISSMATCH",
		simulatortest.OrderPath + "/data?fields=ID&searchField=NONE":        "KM_FIELD_NOTFOUND",
		simulatortest.OrderPath + "/data?fields=ID&page=x":                  "GENERAL_PARAMETER_MISSMATCH",
		simulatortest.OrderPath + "/data?fields=ID&pageSize=0":              "GENERAL_PARAMETER_MISSMATCH",
		simulatortest.OrderPath + "/data?fields=ID&pageSize=51":             "GENERAL_PARAMETER_ILLEGAL",
		simulatortest.OrderPath + "/data?fields=ID&pageNumber=0":            "GENERAL_PARAMETER_ILLEGAL",
		simulatortest.OrderPath + "/data?fields=ID&sort=":                   "SORT_IS_EMPTY",
		simulatortest.OrderPath + "/data?fields=ID&sort=-":                  "SORT_IS_EMPTY",
		simulatortest.OrderPath + "/data?fields=ID&sort=ID,":                "SORT_IS_EMPTY",
		simulatortest.OrderPath + "/data?fields=ID&sort=STATUS":             "SORT_UNKNOWN_FIELD",
		simulatortest.OrderPath + "/data?fields=ID&sort=+ID":                "SORT_UNKNOWN_FIELD",
		simulatortest.OrderPath + "/data?fields=ID&sort=ID,-ID":             "SORT_HAS_OPPOSITE",
		simulatortest.ShopPath + "/data?fields=ORDER.ID&sort=ID":            "GENERAL_PARAMETER_ILLEGAL",
		simulatortest.ShopPath + "/data?fields=ORDER.ID&sort=ORDER.NONE":    "SORT_UNKNOWN_FIELD",
		simulatortest.ShopPath + "/data?fields=ORDER.ID&sort=ORDERS":        "SORT_UNKNOWN_FIELD",
		simulatortest.ShopPath + "/data?kpis=ORDERS&sort=ORDERS,-ORDERS":    "SORT_HAS_OPPOSITE",
		simulatortest.ShopPath + "/data?fields=ORDER.ID&sort=-ORDER.STATUS": "SORT_UNKNOWN_FIELD",
	} {
		got := tm.Get(target).Want(http.StatusBadRequest).Object()["errorCode"]
		if got != code {
			t.Errorf("%s: body[errorCode] = %v, want %s", target[:min(len(target), 120)], got, code)
		}
	}
}

func TestInvalidDataBodiesAreRejected(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{Server: server.Options{PageSizeAboveMax: server.RefusePageSize}})
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
		got := tm.Post(simulatortest.OrderPath+"/data", body).Want(http.StatusBadRequest).Object()["errorCode"]
		if got != code {
			t.Errorf("%s: body[errorCode] = %v, want %s", body[:min(len(body), 120)], got, code)
		}
	}

	tm.Post(simulatortest.ShopPath+"/data", in(`"kpis":[]`)).WantError(http.StatusBadRequest, "GENERAL_PARAMETER_MISSING")
	tm.Post(simulatortest.ShopPath+"/data", in(`"kpis":"ORDERS"`)).WantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
	tm.Post(simulatortest.ShopPath+"/data", in(`"kpis":["NONE"]`)).WantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
	tm.Post(simulatortest.ShopPath+"/data?page=0", in(`"kpis":["ORDERS"]`)).WantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
	tm.Post(simulatortest.OrderPath+"/data", in(`"fields":"ID","sort":null`)).Want(http.StatusOK)
}

func TestDataBodiesMustBeLabelledAsJSON(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
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
		tm.Do(http.MethodPost, simulatortest.OrderPath+"/data", body, "Authorization", key, "Content-Type", contentType).Want(want)
	}

	tm.Do(http.MethodPost, simulatortest.OrderPath+"/data", body, "Authorization", key).Want(http.StatusUnsupportedMediaType)
}

func TestDataOptions(t *testing.T) {
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
		got := simulatortest.NewShop(t, test.opts).Get(simulatortest.OrderPath + "/data?fields=ID&sort=-ID&pageSize=2").Want(http.StatusOK).Body
		if !strings.Contains(got, test.want) {
			t.Errorf("body = %s, want %s", got, test.want)
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
		got := simulatortest.NewShop(t, test.opts).Get(simulatortest.OrderPath + "/data?fields=ID").Want(http.StatusOK).Body
		if strings.Contains(got, test.absent+":") {
			t.Errorf("the response contains %s: %s", test.absent, got)
		}
	}

	if got := simulatortest.NewShop(t, simulator.Options{Server: server.Options{NullFields: true}}).Get(simulatortest.OrderPath + "/data?fields=ID").Body; !strings.Contains(got, `"sort":null`) {
		t.Errorf("the sort is not null: %s", got)
	}

	simulatortest.NewShop(t, simulator.Options{Server: server.Options{Errors: server.ErrorText}}).Get(simulatortest.OrderPath + "/data").Want(http.StatusBadRequest)
}

func TestRowsBeyondTheLimitAreNotReturned(t *testing.T) {
	t.Parallel()

	refuse := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 1, RowsPerRecord: 5010}, Server: server.Options{MaxPageSize: 3000}})
	id := refuse.Get(simulatortest.ModelsPath).IDs()[0]
	record := intelligence.GenerateContent(id, 0, 1).Records[0].ID
	data := simulatortest.ModelsPath + "/" + id + "/records/" + record + "/data?fields=ID"

	if got := refuse.Get(data + "&pageSize=50&page=99").Rows(); len(got) != 50 {
		t.Errorf("the last page contains %d rows", len(got))
	}

	refuse.Get(data+"&pageSize=50&page=100").WantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")

	got := refuse.Get(data + "&pageSize=3000&page=1")
	if rows := got.Rows(); len(rows) != 2000 || got.Object()["total"] != 5010.0 {
		t.Errorf("the page that ends after the limit contains %d rows, total = %v", len(rows), got.Object()["total"])
	}

	// The request is rejected even if the table has fewer rows than the limit.
	simulatortest.NewShop(t, simulator.Options{}).Get(simulatortest.OrderPath+"/data?fields=ID&page=100").
		WantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")

	empty := simulatortest.NewShop(t, simulator.Options{Intelligence: intelligence.Options{RowLimit: 3, RowsBeyondLimit: intelligence.NoRowsBeyondLimit}})

	for target, want := range map[string]string{
		"&pageSize=2":        "O-1 O-2",
		"&pageSize=2&page=1": "O-3",
		"&pageSize=2&page=2": "",
		"&pageSize=3&page=1": "",
	} {
		if got := empty.Get(simulatortest.OrderPath + "/data?fields=ID" + target).Found("ID"); got != want {
			t.Errorf("%s: found = %q, want %q", target, got, want)
		}
	}
}

func TestMissingDataPages(t *testing.T) {
	t.Parallel()

	at := func(opts simulator.Options) simulatortest.Reply {
		return simulatortest.NewShop(t, opts).Get(simulatortest.OrderPath + "/data?fields=ID&pageSize=3&page=7")
	}

	if got := at(simulator.Options{}).Found("ID"); got != "" {
		t.Errorf("the page after the last page contains %s", got)
	}

	if got := at(simulator.Options{Server: server.Options{PastEnd: server.PastEndLastPage}}); got.Found("ID") != "O-4" || got.Object()["page"] != 1.0 {
		t.Errorf("last page = %s", got.Body)
	}

	at(simulator.Options{Server: server.Options{PastEnd: server.PastEndBadRequest}}).WantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
	at(simulator.Options{Server: server.Options{PastEnd: server.PastEndNotFound}}).WantError(http.StatusNotFound, "GENERAL_NOTFOUND_PATH")

	got := simulatortest.NewShop(t, simulator.Options{Server: server.Options{MaxPageSize: 3, PageSizeAboveMax: server.CapPageSizeSilently}}).
		Post(simulatortest.OrderPath+"/data", `{"projection":{"fields":"ID","pagination":{"pageSize":9}}}`)
	if got.Found("ID") != "O-1 O-2 O-3" || got.Object()["pageSize"] != 9.0 {
		t.Errorf("body of the silently capped page = %s", got.Body)
	}
}

func TestFaultsApplyToDataPages(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	data := simulatortest.OrderPath + "/data?fields=ID,DAY,AT,ITEMS,RATE,BLOCKED"

	tm.Inject(simulator.Fault{RepeatPage: true})

	if got := tm.Get(data + "&page=200"); got.Found("ID") != "O-1 O-2 O-3 O-4" || !strings.Contains(got.Body, `"page":0,"pageSize":4,`) {
		t.Errorf("the first page is not repeated: %s", got.Body)
	}

	tm.Inject(simulator.Fault{EndlessPages: true})

	got := tm.Get(data + "&page=200")
	rows := got.Rows()

	want := map[string]any{
		"ID": "generated-000010000", "DAY": "2999-12-31", "AT": "2999-12-31T23:59:59Z", "ITEMS": json.Number("10000"),
		"RATE": json.Number("10000"), "BLOCKED": true,
	}
	if len(rows) != 50 || !reflect.DeepEqual(rows[0], want) || got.Object()["total"] != 10100.0 {
		t.Errorf("the endless pages end: %s", got.Body)
	}

	tm.Inject(simulator.Fault{ChangeTotal: -3})

	if got := tm.Post(simulatortest.OrderPath+"/data", `{"projection":{"fields":"ID"}}`).Object()["total"]; got != 1.0 {
		t.Errorf("total = %v", got)
	}
}
