package client

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// KPI is a key performance indicator that is defined in a Knowledge Model. Source: operation getKpis of the Knowledge Model API.
type KPI struct {
	ID, Name, Description string
	// Format and Unit define how the KPI's value is displayed. Direction is the direction in which the value should change, such as Up, Down or None.
	Format, Unit, Direction string
	// Target is the KPI's target value, exactly as the service returns it.
	Target     string
	Parameters []KPIParameter
}

// KPIParameter is one of a KPI's parameters.
type KPIParameter struct {
	ID, Name, Value string
}

// KPIs returns all KPIs of a Knowledge Model, sorted by id. The returned slice is shared, so callers must not modify it.
func (c *Client) KPIs(ctx context.Context, modelID string) ([]KPI, error) {
	return list[kpiItem, KPI]{
		client: c, area: AreaKnowledgeModels, name: "the list of KPIs of " + modelID, path: knowledgeModelsPath(modelID, "kpis"),
		convert: func(item kpiItem) KPI {
			return KPI{
				ID: string(item.ID), Name: string(item.Name), Description: string(item.Description),
				Format: string(item.Format), Unit: string(item.Unit), Direction: string(item.Direction),
				Target: string(item.Target), Parameters: item.Parameters,
			}
		},
		id: func(kpi KPI) string { return kpi.ID },
	}.all(ctx)
}

type kpiItem struct {
	ID          transport.LenientString `json:"id"`
	Name        transport.LenientString `json:"name"`
	Description transport.LenientString `json:"description"`
	Format      transport.LenientString `json:"format"`
	Unit        transport.LenientString `json:"unit"`
	Direction   transport.LenientString `json:"direction"`
	Target      transport.LenientString `json:"target"`
	Parameters  kpiParameters           `json:"parameters"`
}

// kpiParameters decodes a KPI's parameters, which the vendor's example nests in an additional array, contrary to the schema.
type kpiParameters []KPIParameter

// UnmarshalJSON implements [json.Unmarshaler].
func (p *kpiParameters) UnmarshalJSON(raw []byte) error {
	parameters, err := flatten(raw)
	if err != nil {
		return fmt.Errorf("reading the parameters of a KPI: %w", err)
	}

	for _, raw := range parameters {
		var parameter struct {
			ID    transport.LenientString `json:"id"`
			Name  transport.LenientString `json:"name"`
			Value transport.LenientString `json:"value"`
		}
		if err := json.Unmarshal(raw, &parameter); err != nil {
			return fmt.Errorf("reading a parameter of a KPI: %w", err)
		}

		*p = append(*p, KPIParameter{ID: string(parameter.ID), Name: string(parameter.Name), Value: string(parameter.Value)})
	}

	return nil
}
