package client_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

func TestResponsesAreDecodedLeniently(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{
			Path: clienttest.ModelsPath, Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/plain"}},
			Body: `{"content": [{"id": 7, "name": null, "published": "2026-02-03", "new": {"x": []}}, {"id": "a.b", "name": 3.50}],
			        "page": "0", "pageSize": "50", "total": "2", "sort": ["+id"], "links": null}`,
		})

		got, err := env.Client().KnowledgeModels(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		want := []client.KnowledgeModel{{ID: "7", Published: "2026-02-03"}, {ID: "a.b", Name: "3.50"}}
		if !slices.Equal(got, want) {
			t.Errorf("KnowledgeModels() = %+v, want %+v", got, want)
		}
	})
}

func TestKnowledgeModelIsReadByID(t *testing.T) {
	t.Parallel()

	team := []intelligence.KnowledgeModel{
		{PackageKey: "order-to-cash", Key: "otc-km", Name: "Order to Cash", ExtendedID: "order-to-cash.base"},
		{PackageKey: "order-to-cash", Key: "with/slash +&?#%ü", Name: "Odd"},
	}
	for _, nulls := range []bool{false, true} {
		t.Run(fmt.Sprintf("null fields %t", nulls), func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: team}, Server: server.Options{NullFields: nulls}}, func(t *testing.T, env clienttest.Env) {
				celonis := env.Client()

				for _, model := range team {
					got, err := celonis.KnowledgeModel(t.Context(), model.ID())
					if err != nil {
						t.Fatal(err)
					}

					if want := (client.KnowledgeModelDetail{ID: model.ID(), Name: model.Name, ExtendedID: model.ExtendedID}); got != want {
						t.Errorf("KnowledgeModel() = %+v, want %+v", got, want)
					}
				}
			})
		})
	}
}

func TestUnknownModelIsNotFound(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
		_, err := env.Client().KnowledgeModel(t.Context(), "package.MODEL-A")
		clienttest.WantError(t, err, transport.ReasonNotFound, "GET /intelligence/api/knowledge-models/package.MODEL-A", "KM_MODEL_NOTFOUND")

		if !transport.IsNotFound(err) {
			t.Error("IsNotFound is false for a missing model")
		}
	})
}

func TestResponseAboutAnotherModelIsAnError(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath + "/a.b", Status: http.StatusOK, Body: `{"id": "a.c", "name": "C"}`})

		_, err := env.Client().KnowledgeModel(t.Context(), "a.b")
		clienttest.WantError(t, err, transport.ReasonInvalidResponse, "a.b", "a.c")
	})
}

func TestOther404sDoNotMeanThatAModelIsMissing(t *testing.T) {
	t.Parallel()

	for name, body := range map[string]string{
		"unknown path":  `{"title": "Not found", "status": 404, "errorCode": "GENERAL_NOTFOUND_PATH"}`,
		"limit":         `{"status": 404, "errorCode": "LIMIT_NOTFOUND"}`,
		"licence limit": `{"status": 404, "errorCode": "LIMIT_SIZE_NOTFOUND"}`,
		"web page":      `<!DOCTYPE html><html><title>404</title></html>`,
		"empty":         ``,
		"text":          `KM_MODEL_NOTFOUND`,
		"truncated":     `{"errorCode": "KM_MODEL_NOTFOUND"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
				env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath + "/package.model-a", Status: http.StatusNotFound, Body: body})

				_, err := env.Client().KnowledgeModel(t.Context(), "package.model-a")
				if err == nil || transport.IsNotFound(err) {
					t.Errorf("error = %v, want an error other than a missing model", err)
				}
			})
		})
	}
}

func TestModelsOfAPackageWithoutPermissionAreNotListed(t *testing.T) {
	t.Parallel()

	limited := oauth.DefaultClient()
	limited.Packages = []string{"open"}
	team := []intelligence.KnowledgeModel{
		{PackageKey: "open", Key: "km", Name: "Open"}, {PackageKey: "closed", Key: "km", Name: "Closed"},
	}

	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: team}, OAuth: oauth.Options{Clients: []oauth.Client{limited}}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		got, err := celonis.KnowledgeModels(t.Context())
		if err != nil || len(got) != 1 || got[0].ID != "open.km" {
			t.Errorf("KnowledgeModels() = %v, %v", got, err)
		}

		_, err = celonis.KnowledgeModel(t.Context(), "closed.km")
		clienttest.WantError(t, err, transport.ReasonForbidden, "ADMIN_ACCESS_ERROR")
	})
}

func TestSplitKnowledgeModelID(t *testing.T) {
	t.Parallel()

	for id, want := range map[string][2]string{
		"order-to-cash.otc-km": {"order-to-cash", "otc-km"}, "a.b.c": {"a", "b.c"}, "a.b c/d": {"a", "b c/d"},
	} {
		if packageKey, key, err := client.SplitKnowledgeModelID(id); err != nil || packageKey != want[0] || key != want[1] {
			t.Errorf("%q: SplitKnowledgeModelID() = %q, %q, %v", id, packageKey, key, err)
		}
	}

	for _, id := range []string{"", "order-to-cash", ".otc-km", "order-to-cash.", ".", " a.b", "a.b\n"} {
		if packageKey, key, err := client.SplitKnowledgeModelID(id); err == nil {
			t.Errorf("%q: SplitKnowledgeModelID() = %q, %q, want an error", id, packageKey, key)
		}
	}
}
