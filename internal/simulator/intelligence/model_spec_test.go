package intelligence_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func TestSpecDescribesTheRecords(t *testing.T) {
	t.Parallel()

	got := simulatortest.NewShop(t, simulator.Options{}).Get(simulatortest.ShopPath + "/spec").Want(http.StatusOK)

	var document struct {
		OpenAPI string `json:"openapi"`
		Info    struct {
			Title   string `json:"title"`
			Version string `json:"version"`
		} `json:"info"`
		Paths      map[string]any `json:"paths"`
		Components struct {
			Schemas map[string]struct {
				Type       string                    `json:"type"`
				Properties map[string]map[string]any `json:"properties"`
			} `json:"schemas"`
		} `json:"components"`
	}

	if err := json.Unmarshal([]byte(got.Body), &document); err != nil {
		t.Fatal(err)
	}

	if document.OpenAPI != "3.0.3" || document.Info.Title != "Shop" || document.Info.Version == "" {
		t.Errorf("document = %+v", document)
	}

	if len(document.Paths) != 3 || document.Paths[simulatortest.OrderPath+"/data"] == nil {
		t.Errorf("paths = %v", document.Paths)
	}

	for id, want := range map[string]map[string]any{
		"ID":      {"type": "string", "title": "Id", "description": "d", "nullable": true},
		"DAY":     {"type": "string", "title": "Day", "format": "date", "nullable": true},
		"AT":      {"type": "string", "title": "At", "format": "date-time", "nullable": true},
		"ITEMS":   {"type": "integer", "title": "Items", "nullable": true},
		"AMOUNT":  {"type": "number", "title": "Amount", "nullable": true},
		"RATE":    {"type": "number", "title": "Rate", "nullable": true},
		"BLOCKED": {"type": "boolean", "title": "Blocked", "nullable": true},
	} {
		if property := document.Components.Schemas["ORDER"].Properties[id]; !reflect.DeepEqual(property, want) {
			t.Errorf("%s = %v, want %v", id, property, want)
		}
	}
}

func TestSpecFormats(t *testing.T) {
	t.Parallel()

	for format, want := range map[intelligence.SpecFormat]struct{ contentType, part string }{
		"":                          {"application/json", `"openapi":"3.0.3"`},
		intelligence.SpecJSON:       {"application/json", `"openapi":"3.0.3"`},
		intelligence.SpecJSONAsText: {"text/plain; charset=utf-8", `"openapi":"3.0.3"`},
		intelligence.SpecYAML:       {"application/yaml", "\nopenapi: \"3.0.3\"\n"},
		intelligence.SpecYAMLAsJSON: {"application/json", "\nopenapi: \"3.0.3\"\n"},
	} {
		got := simulatortest.NewShop(t, simulator.Options{Intelligence: intelligence.Options{SpecFormat: format}}).Get(simulatortest.ShopPath + "/spec").Want(http.StatusOK)
		if got.Header.Get("Content-Type") != want.contentType || !strings.Contains(got.Body, want.part) {
			t.Errorf("%s: header = %v, body = %s", format, got.Header, got.Body)
		}

		isYAML := strings.HasPrefix(string(format), "yaml")
		if json.Valid([]byte(got.Body)) == isYAML {
			t.Errorf("%s: the body has the wrong format: %s", format, got.Body)
		}
	}
}

func TestYAMLSpecIsIndentedAndQuoted(t *testing.T) {
	t.Parallel()

	m := simulatortest.Model("p", "km", "Öl: \"β\" # <1>")
	m.Content = &intelligence.Content{}

	got := simulatortest.NewTeam(t, simulator.Options{
		Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{m}, SpecFormat: intelligence.SpecYAML},
	}).Get(simulatortest.ModelsPath + "/p.km/spec").Want(http.StatusOK).Body

	want := `components:
  schemas: {}
info:
  title: "Öl: \"β\" # \u003c1\u003e"
  version: "1.0.0"
  "x-audience": "EX"
openapi: "3.0.3"
paths: {}
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}

	m.Content = &intelligence.Content{Records: []intelligence.Record{{ID: "BARE"}}}
	bare := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{m}, SpecFormat: intelligence.SpecYAML}})

	if got := bare.Get(simulatortest.ModelsPath + "/p.km/spec").Body; !strings.Contains(got, " enum: []\n") {
		t.Errorf("the spec of a record without fields is\n%s", got)
	}

	got = simulatortest.NewShop(t, simulator.Options{Intelligence: intelligence.Options{SpecFormat: intelligence.SpecYAML}}).Get(simulatortest.ShopPath + "/spec").Body
	for _, want := range []string{
		"\n      parameters:\n        -\n          explode: false\n          \"in\": \"query\"\n",
		"\n              enum:\n                - \"NAME\"\n",
		"\n        \"DAY\":\n          format: \"date\"\n          nullable: true\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing from\n%s", want, got)
		}
	}
}

func TestCuratedSpecContainsOneRecord(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})

	for query, want := range map[string]int{"": 3, "?curated=false": 3, "?curated=true": 1} {
		paths, _ := tm.Get(simulatortest.ShopPath + "/spec" + query).Want(http.StatusOK).Object()["paths"].(map[string]any)
		if len(paths) != want {
			t.Errorf("%s: %d paths, want %d", query, len(paths), want)
		}
	}

	for _, query := range []string{"curated=", "curated=1", "curated=True"} {
		tm.Get(simulatortest.ShopPath+"/spec?"+query).WantError(http.StatusBadRequest, "GENERAL_PARAMETER_MISSMATCH")
	}

	tm.Get(simulatortest.ShopPath+"/spec?format=yaml").WantError(http.StatusBadRequest, "GENERAL_PARAMETER_ILLEGAL")
}

func TestConfiguredSpecIsServedUnchanged(t *testing.T) {
	t.Parallel()

	m := simulatortest.Shop()
	m.Content.Spec = "{ not even JSON"
	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{m}, SpecFormat: intelligence.SpecYAML}})

	got := tm.Get(simulatortest.ShopPath + "/spec?curated=true").Want(http.StatusOK)
	if got.Body != m.Content.Spec || got.Header.Get("Content-Type") != "application/yaml" {
		t.Errorf("%v %s", got.Header, got.Body)
	}
}
