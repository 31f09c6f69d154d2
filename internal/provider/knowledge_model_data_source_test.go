package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// attributesAre returns checks of all attributes of an object. An empty string represents null.
func attributesAre(address string, values map[string]string) []statecheck.StateCheck {
	checks := make([]statecheck.StateCheck, 0, len(values))

	for name, value := range values {
		check := knownvalue.Null()
		if value != "" {
			checks = append(checks, statecheck.ExpectKnownValue(address, tfjsonpath.New(name), knownvalue.StringExact(value)))

			continue
		}

		checks = append(checks, statecheck.ExpectKnownValue(address, tfjsonpath.New(name), check))
	}

	return checks
}

func TestAccKnowledgeModelByIDAndByName(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	acceptance(t, env, step{
		config: `
			data "celonis_knowledge_model" "extending" { id = "order-to-cash.otc-km" }
			data "celonis_knowledge_model" "plain" { id = "order-to-cash.base" }
			data "celonis_knowledge_model" "named" { name = "Order to Cash" }`,
		state: append(append(
			attributesAre("data.celonis_knowledge_model.extending", map[string]string{
				"id": "order-to-cash.otc-km", "name": "Order to Cash", "package_key": "order-to-cash", "key": "otc-km",
				"extended_knowledge_model_id": "order-to-cash.base",
			}),
			attributesAre("data.celonis_knowledge_model.plain", map[string]string{
				"id": "order-to-cash.base", "name": "order to cash (base)", "package_key": "order-to-cash", "key": "base",
				"extended_knowledge_model_id": "",
			})...),
			attributesAre("data.celonis_knowledge_model.named", map[string]string{
				"id": "order-to-cash.otc-km", "name": "Order to Cash", "package_key": "order-to-cash", "key": "otc-km",
				"extended_knowledge_model_id": "",
			})...),
	})
}

func TestAccFailedKnowledgeModelLookupStatesTheReason(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})

	// The arguments in the invalid slice are invalid. Those in the unknown slice are valid, but match no model.
	var invalid, unknown []refusal

	for _, test := range []struct {
		arguments, message string
		isUnknown          bool
	}{
		{``, `(?s)Exactly one of.*id.*name|No attribute specified.*id.*name`, false},
		{`id = "a.b", name = "B"`, `(?s)id.*name`, false},
		{`id = "order-to-cash"`, `(?s)"order-to-cash"\s+is\s+not\s+of\s+the\s+form\s+<package_key>.<key>`, false},
		{`id = "order-to-cash.OTC-KM"`, `(?s)Unable to read Knowledge Model.*order-to-cash.OTC-KM.*KM_MODEL_NOTFOUND.*case-sensitive`, true},
		{`name = "Order to cash"`, `(?s)none\s+of\s+the\s+4\s+Knowledge\s+Models.*"Order\s+to\s+cash".*USE\s+PACKAGE`, true},
		{`name = "Accounts Payable"`, `(?s)2\s+Knowledge\s+Models.*accounts-payable.ap-km,\s+accounts-payable.ap-km-2.*by\s+one\s+of\s+the\s+listed\s+ids`, true},
		{`name = " "`, `(?s)name.*must\s+not\s+be\s+empty`, false},
	} {
		one := refusal{"data \"celonis_knowledge_model\" \"x\" {\n" + strings.ReplaceAll(test.arguments, ", ", "\n") + "\n}", test.message}

		if test.isUnknown {
			unknown = append(unknown, one)
		} else {
			invalid = append(invalid, one)
		}
	}

	mustRefuse(t, env, "", invalid...)
	mustRefuse(t, env, "", unknown...)
}
