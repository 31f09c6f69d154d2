package provider

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// TestAccKPIExamplesAcceptAKPIWithoutAValue applies the KPI check examples to a team in which the KPI has no value.
func TestAccKPIExamplesAcceptAKPIWithoutAValue(t *testing.T) {
	t.Parallel()

	content := orderToCash()
	content.Records[0].Rows = nil

	for name, body := range map[string]string{"no rows match": "", "no rows": `{"content": {"headers": [], "data": []}}`} {
		for _, folder := range []string{"data-sources/celonis_knowledge_model_data", "guides/kpi_watch"} {
			t.Run(name+" "+filepath.Base(folder), func(t *testing.T) {
				t.Parallel()

				team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{
					{PackageKey: "order-to-cash", Key: "otc-km", Name: "Order to Cash", Content: content},
				}}})
				if body != "" {
					team.Inject(simulator.Fault{Method: http.MethodPost, Path: modelsPath + "/*", Times: -1, Status: http.StatusOK, Body: body})
				}

				w := newWorkspace(t, env, "")
				copyExample(t, filepath.Join(examples, folder), w.Folder, env["CELONIS_URL"])

				if output := w.must("apply", "-auto-approve"); strings.Contains(output, "Warning: Check block assertion failed") {
					t.Errorf("the check rejects a KPI without a value:\n%s", output)
				}

				w.mustPlanNothing()
			})
		}
	}
}

// TestAccOpenAPIExampleWritesALargeDocument covers a document that is too large for an environment variable.
func TestAccOpenAPIExampleWritesALargeDocument(t *testing.T) {
	t.Parallel()

	const marker = "Description of a field in a large Knowledge Model. "

	content := orderToCash()
	content.Records[0].Description = strings.Repeat(marker, 5000)

	_, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{
		{PackageKey: "order-to-cash", Key: "otc-km", Name: "Order to Cash", Content: content},
	}}})
	w := newWorkspace(t, env, "")
	copyExample(t, filepath.Join(examples, "guides/openapi_for_an_agent"), w.Folder, env["CELONIS_URL"])

	if output := w.must("apply", "-auto-approve"); strings.Contains(output, marker) {
		t.Errorf("got %d bytes of output", len(output))
	}

	if document := w.must("output", "-raw", "openapi"); len(document) < 128<<10 || !strings.Contains(document, marker) {
		t.Errorf("got a document of %d bytes", len(document))
	}

	if output := w.mustPlanNothing(); strings.Contains(output, marker) {
		t.Errorf("got %d bytes of output", len(output))
	}
}
