package intelligence_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func TestFilterExpressionsSelectRows(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})

	for expression, want := range map[string]string{
		// Strings are case-sensitive, and quotes within a string are doubled.
		"STATUS eq 'Open'":                        "O-1 O-3",
		"STATUS eq 'open'":                        "",
		"STATUS eq 'O''Neill'":                    "O-2",
		"STATUS eq ''":                            "O-4",
		"STATUS ne 'Open'":                        "O-2 O-4",
		"STATUS gt 'O''Neill'":                    "O-1 O-3",
		"STATUS in ('Open', 'O''Neill')":          "O-1 O-2 O-3",
		"STATUS in('Open')":                       "O-1 O-3",
		"contains(STATUS,'''')":                   "O-2",
		"contains(STATUS, 'pe')":                  "O-1 O-3",
		"startswith(STATUS,'O')":                  "O-1 O-2 O-3",
		"endswith( STATUS , 'll' )":               "O-2",
		"not endswith(STATUS,'ll')":               "O-1 O-3 O-4",
		"STATUS not eq 'Open'":                    "O-2 O-4",
		"STATUS not in ('Open')":                  "O-2 O-4",
		"contains(STATUS,'pe') eq 1":              "!",
		"STATUS eq Open":                          "!",
		"STATUS is 'Open'":                        "!",
		"STATUS EQ 'Open'":                        "!",
		"STATUS eq 'Open":                         "!",
		"STATUS eq 'Open',DAY eq 2025-05-07":      "!",
		"STATUS in ()":                            "!",
		"STATUS in 'Open')":                       "!",
		"STATUS in ('a'":                          "!",
		"STATUS":                                  "!",
		"":                                        "!",
		"'Open' eq STATUS":                        "!",
		"length(STATUS) eq 4":                     "!",
		"contains(ITEMS,'1')":                     "!",
		"contains(STATUS,1)":                      "!",
		"contains(STATUS 'x')":                    "!",
		"contains(STATUS,'x'":                     "!",
		"(STATUS eq 'Open'":                       "!",
		"STATUS eq 'Open')":                       "!",
		"STATUS eq 'Open' or":                     "!",
		"STATUS eq 'Open' AND STATUS eq 'Open'":   "!",
		strings.Repeat("not ", 200) + "ID eq 'x'": "!",

		// Numbers with any number of digits are compared exactly. A missing value is neither greater nor less than any number.
		"ITEMS eq 12345678901234567890": "O-1",
		"ITEMS gt 12345678901234567890": "O-2",
		"ITEMS lt 10":                   "O-3",
		"ITEMS le 10":                   "O-3 O-4",
		"ITEMS ge 10":                   "O-1 O-2 O-4",
		"AMOUNT eq 0.10":                "O-1",
		"AMOUNT ne 0.1":                 "O-2 O-3 O-4",
		"AMOUNT lt 1":                   "O-1 O-2",
		"RATE gt 1e399":                 "O-1",
		"RATE eq -2.5":                  "O-2 O-4",
		"RATE in (-2.5, 7)":             "O-2 O-4",
		"ITEMS eq '10'":                 "!",
		"ITEMS eq 0x10":                 "!",
		"ITEMS eq 1_0":                  "!",
		"ITEMS eq .5":                   "!",
		"ITEMS eq Inf":                  "!",
		"ITEMS eq null":                 "!",

		// Other types.
		"BLOCKED eq true":              "O-1",
		"BLOCKED ne true":              "O-2 O-3 O-4",
		"BLOCKED eq 1":                 "!",
		"BLOCKED eq 'true'":            "!",
		"DAY eq 2025-05-07":            "O-1",
		"DAY ge 2025-05-07":            "O-1 O-2",
		"DAY eq '2025-05-07'":          "!",
		"DAY eq 2025-5-7":              "!",
		"DAY eq 2025-02-30":            "!",
		"DAY eq 2025-05-07T00:00:00Z":  "!",
		"AT eq 2025-05-07T10:00:00Z":   "O-1 O-2",
		"AT eq 2024-01-01T10:00Z":      "O-4",
		"AT eq 2024-01-01T13:00+03:00": "O-4",
		"AT lt 2025-05-07T10:00:00Z":   "O-4",
		"AT eq 2025-05-07":             "!",

		// `not` takes precedence over `and`, which takes precedence over `or`.
		"STATUS eq 'Open' or STATUS eq 'O''Neill' and ITEMS lt 10":   "O-1 O-3",
		"(STATUS eq 'Open' or STATUS eq 'O''Neill') and ITEMS lt 10": "O-3",
		"not STATUS eq 'Open' and ITEMS ge 10":                       "O-2 O-4",
		"not (STATUS eq 'Open' and ITEMS ge 10)":                     "O-2 O-3 O-4",
		"\tSTATUS  eq\n'Open' ":                                      "O-1 O-3",
	} {
		got := tm.Get(simulatortest.OrderPath + "/data?fields=ID&filterExpr=" + url.QueryEscape(expression))
		if want == "!" {
			got.WantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")

			continue
		}

		if ids := got.Found("ID"); ids != want {
			t.Errorf("%s selects %q, want %q", expression, ids, want)
		}
	}
}

func TestFilterExpressionsIdentifyFieldsByLevel(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})

	if got := tm.Get(simulatortest.ShopPath + "/data?fields=ORDER.ID&filterExpr=ORDER.ITEMS%20eq%209").Found("ORDER.ID"); got != "O-3" {
		t.Errorf("found = %q", got)
	}

	for target, expressions := range map[string][]string{
		simulatortest.ShopPath + "/data?fields=ORDER.ID": {"ITEMS eq 9", "ORDER.items eq 9", "NONE.ITEMS eq 9", "contains(ID,'x')"},
		simulatortest.OrderPath + "/data?fields=ID":      {"ORDER.ITEMS eq 9", "items eq 9", "ORDERS eq 9"},
	} {
		for _, expression := range expressions {
			tm.Get(target+"&filterExpr="+url.QueryEscape(expression)).
				WantError(http.StatusBadRequest, "KM_FIELD_NOTFOUND")
		}
	}
}
