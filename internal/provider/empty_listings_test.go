package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// TestEmptyListingsAreExplained checks that a listing causes a warning if it is empty in Celonis, but not if a filter makes it empty.
func TestEmptyListingsAreExplained(t *testing.T) {
	t.Parallel()

	during := map[string]string{"from": "2026-01-05T09:00:00Z", "to": "2026-01-06T00:00:00Z"}
	with := func(name, value string) map[string]string {
		return map[string]string{"from": during["from"], "to": during["to"], name: value}
	}
	filled := variants()["as documented"]
	filled.Intelligence.Models = modelsForTests()

	for name, test := range map[string]struct {
		source    datasource.DataSource
		options   simulator.Options
		arguments map[string]string
		// parts are strings that the only warning must contain. If parts is empty, no warning is expected.
		parts []string
	}{
		"no Knowledge Models": {
			newKnowledgeModelsDataSource(),
			simulator.Options{},
			nil,
			[]string{"The list is empty, even before any filter", "grant USE PACKAGE", "The provider signs in with an OAuth client"},
		},
		"no Knowledge Models, with a filter": {
			newKnowledgeModelsDataSource(), simulator.Options{}, map[string]string{"name_regex": "Order"}, []string{"grant USE PACKAGE"},
		},
		"Knowledge Models":                 {newKnowledgeModelsDataSource(), filled, nil, nil},
		"no Knowledge Model with the name": {newKnowledgeModelsDataSource(), filled, map[string]string{"name_regex": "^Nothing$"}, nil},
		"no Knowledge Model in a package":  {newKnowledgeModelsDataSource(), filled, map[string]string{"package_key": "nothing"}, nil},
		"no login events": {
			newLoginEventsDataSource(),
			simulator.Options{},
			during,
			[]string{"no events between 2026-01-05T09:00:00Z and 2026-01-06T00:00:00Z", "does not record its login history", "history is enabled"},
		},
		"no login events, with a filter": {
			newLoginEventsDataSource(), simulator.Options{}, with("email", "ada@example.com"), []string{"for any user", "history is enabled"},
		},
		"login events":              {newLoginEventsDataSource(), filled, during, nil},
		"no login events of a user": {newLoginEventsDataSource(), filled, with("email", "nobody@example.com"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if len(test.options.Intelligence.Models) == 0 {
				test.options.Intelligence.Models = []intelligence.KnowledgeModel{}
			}

			_, env := startTeam(t, test.options)

			diags, _ := readData(t.Context(), t, env, test.source, test.arguments)
			if diags.HasError() || diags.WarningsCount() != min(len(test.parts), 1) {
				t.Fatalf("got diagnostics %v", diags)
			}

			for _, part := range test.parts {
				if !strings.Contains(diags[0].Detail(), part) {
					t.Errorf("%q is missing from %q", part, diags[0].Detail())
				}
			}
		})
	}
}

func TestAccEmptyListingIsExplainedOncePerRun(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{}}})
	w := newWorkspace(t, env, `
		data "celonis_knowledge_models" "all" {}
		data "celonis_knowledge_models" "some" { name_regex = "Order" }`)

	if output := w.must("plan"); strings.Count(output, "grant USE PACKAGE") != 1 || strings.Contains(output, "more similar warning") {
		t.Errorf("the warning is not shown exactly once:\n%s", output)
	}
}

// TestLookupInAnEmptyListSuggestsThePermission covers a new client, which has no permissions. The spelling of the name is not the problem.
func TestLookupInAnEmptyListSuggestsThePermission(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{}}})

	diags, _ := readData(t.Context(), t, env, newKnowledgeModelDataSource(), map[string]string{"name": "Order to Cash"})
	if !diags.HasError() {
		t.Fatal("got no error")
	}

	detail := diags[0].Detail()
	wantParts(t, detail, "none of the 0 Knowledge Models", "What to do: In Studio, open the package", "grant USE PACKAGE to the OAuth client")

	if strings.Contains(detail, "spelling") {
		t.Errorf("%q suggests checking the spelling", detail)
	}
}
