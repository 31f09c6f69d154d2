package simulator

// listKPIs answers GET /knowledge-models/{km_id}/kpis.
func (k *knowledgeModels) listKPIs(c *call) answer {
	return k.listElements(c, func(model KnowledgeModel) []object {
		kpis := k.contents.schema(model).KPIs
		items := make([]object, len(kpis))

		for i, kpi := range kpis {
			items[i] = object{"id": kpi.ID}
			c.optionals(items[i],
				"name", kpi.Name, "description", kpi.Description, "format", kpi.Format, "unit", kpi.Unit,
				"direction", kpi.Direction, "target", kpi.Target)

			switch {
			case len(kpi.Parameters) > 0:
				items[i]["parameters"] = k.kpiParameters(c, kpi.Parameters)
			case c.opts.NullFields:
				items[i]["parameters"] = nil
			}
		}

		return items
	})
}

func (k *knowledgeModels) kpiParameters(c *call, parameters []KPIParameter) any {
	items := make([]object, len(parameters))

	for i, parameter := range parameters {
		items[i] = object{"id": parameter.ID}
		c.optionals(items[i], "name", parameter.Name, "value", parameter.Value)
	}

	if k.opts.KPIParameterNesting == KPIParametersNested {
		return [][]object{items}
	}

	return items
}
