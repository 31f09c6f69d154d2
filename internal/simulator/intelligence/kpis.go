package intelligence

import (
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// listKPIs serves GET /knowledge-models/{km_id}/kpis.
func (k *KnowledgeModels) listKPIs(c *server.Call) server.Response {
	return k.listElements(c, func(model KnowledgeModel) []server.Object {
		kpis := k.contents.schema(model).KPIs
		items := make([]server.Object, len(kpis))

		for i, kpi := range kpis {
			items[i] = server.Object{"id": kpi.ID}
			c.Optionals(items[i],
				"name", kpi.Name, "description", kpi.Description, "format", kpi.Format, "unit", kpi.Unit,
				"direction", kpi.Direction, "target", kpi.Target)

			switch {
			case len(kpi.Parameters) > 0:
				items[i]["parameters"] = k.kpiParameters(c, kpi.Parameters)
			case c.Opts.NullFields:
				items[i]["parameters"] = nil
			}
		}

		return items
	})
}

func (k *KnowledgeModels) kpiParameters(c *server.Call, parameters []KPIParameter) any {
	items := make([]server.Object, len(parameters))

	for i, parameter := range parameters {
		items[i] = server.Object{"id": parameter.ID}
		c.Optionals(items[i], "name", parameter.Name, "value", parameter.Value)
	}

	if k.opts.KPIParameterNesting == KPIParametersNested {
		return [][]server.Object{items}
	}

	return items
}
