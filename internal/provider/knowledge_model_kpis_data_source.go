package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type knowledgeModelKPIsModel struct {
	KnowledgeModelID string       `tfsdk:"knowledge_model_id"`
	NameRegex        types.String `tfsdk:"name_regex"`
	KPIs             []kpiEntry   `tfsdk:"kpis"`
}

type kpiEntry struct {
	ID          string              `tfsdk:"id"`
	Name        *string             `tfsdk:"name"`
	Description *string             `tfsdk:"description"`
	Format      *string             `tfsdk:"format"`
	Unit        *string             `tfsdk:"unit"`
	Direction   *string             `tfsdk:"direction"`
	Target      *string             `tfsdk:"target"`
	Parameters  []kpiParameterEntry `tfsdk:"parameters"`
}

type kpiParameterEntry struct {
	ID    *string `tfsdk:"id"`
	Name  *string `tfsdk:"name"`
	Value *string `tfsdk:"value"`
}

func newKnowledgeModelKPIsDataSource() datasource.DataSource {
	return &dataSource[knowledgeModelKPIsModel]{
		name:    "knowledge_model_kpis",
		summary: "Unable to list KPIs",
		read: func(ctx context.Context, celonis *client.Client, model *knowledgeModelKPIsModel) error {
			kpis, err := celonis.KPIs(ctx, model.KnowledgeModelID)
			if err != nil {
				return blameModel(err)
			}

			kpis, err = selectByName(kpis, model.NameRegex, func(kpi client.KPI) string { return kpi.Name })
			model.KPIs = convertAll(kpis, newKPIEntry)

			return err
		},
		schema: schema.Schema{
			MarkdownDescription: "Lists the KPIs that a Knowledge Model defines. Use the KPI ids in the `kpis` argument of " +
				"`celonis_knowledge_model_data`, which computes the KPIs' values." + knowledgeModelAccess,
			Attributes: map[string]schema.Attribute{
				"knowledge_model_id": knowledgeModelIDAttribute(),
				"name_regex":         nameRegexAttribute("the KPI name"),
				"kpis": computedList("KPIs, sorted by id.", map[string]schema.Attribute{
					"id":          computedText("Id of the KPI, case-sensitive. Studio shows the id in the model editor, under KPIs."),
					"name":        computedText("Name of the KPI, null if it has none."),
					"description": computedText("Description of the KPI, null if it has none."),
					"format":      computedText("Display format of the KPI's values, such as `#.##`. Null if Celonis returns no format."),
					"unit":        computedText("Unit of the KPI's values, null if Celonis does not return it."),
					"direction": computedText("Desired direction of the KPI's values, such as `Up`, `Down` or `None`. Null if Celonis returns " +
						"no direction."),
					"target": computedText("Target value of the KPI, as Celonis returns it, null if the KPI has none."),
					"parameters": computedList("Parameters of the KPI, in the order in which Celonis returns them.", map[string]schema.Attribute{
						"id":    computedText("Id of the parameter."),
						"name":  computedText("Name of the parameter, null if it has none."),
						"value": computedText("Value of the parameter, null if it has none."),
					}),
				}),
			},
		},
	}
}

func newKPIEntry(kpi client.KPI) kpiEntry {
	return kpiEntry{
		ID: kpi.ID, Name: textOrNull(kpi.Name), Description: textOrNull(kpi.Description), Format: textOrNull(kpi.Format),
		Unit: textOrNull(kpi.Unit), Direction: textOrNull(kpi.Direction), Target: textOrNull(kpi.Target),
		Parameters: convertAll(kpi.Parameters, func(parameter client.KPIParameter) kpiParameterEntry {
			return kpiParameterEntry{
				ID: textOrNull(parameter.ID), Name: textOrNull(parameter.Name), Value: textOrNull(parameter.Value),
			}
		}),
	}
}
