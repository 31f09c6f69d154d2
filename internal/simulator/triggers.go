package simulator

import (
	"net/http"
	"slices"
)

// listTriggers answers GET /knowledge-models/{km_id}/triggers.
func (k *knowledgeModels) listTriggers(c *call) answer {
	return k.listElements(c, func(model KnowledgeModel) []object {
		triggers := k.contents.schema(model).Triggers
		items := make([]object, len(triggers))

		for i, trigger := range triggers {
			items[i] = object{"id": trigger.ID}
			c.optionals(items[i], "name", trigger.Name, "record", trigger.RecordID)
		}

		return items
	})
}

// triggerDetail answers GET /knowledge-models/{km_id}/triggers/{trigger_id}: without the record, and with fields that have
// no id.
func (k *knowledgeModels) triggerDetail(c *call) answer {
	model, problem := k.asked(c)
	if problem != nil {
		return c.fail(*problem)
	}

	content := k.contents.schema(model)

	i := slices.IndexFunc(content.Triggers, func(trigger Trigger) bool { return trigger.ID == c.vars["trigger_id"] })
	if i < 0 {
		return c.fail(failure{
			status:    http.StatusNotFound,
			code:      "SUBSCRIPTION_TRIGGER_NOTFOUND",
			detail:    "The trigger does not exist.",
			attribute: "trigger_id",
		})
	}

	trigger := content.Triggers[i]
	fields := []object{}

	if record, ok := content.record(trigger.RecordID); ok {
		for _, field := range record.Fields {
			item := object{"type": field.Type}
			c.optionals(item, "name", field.Name, "format", field.Format, "unit", field.Unit)
			fields = append(fields, item)
		}
	}

	body := object{"id": trigger.ID, "fields": fields}
	c.optional(body, "name", trigger.Name)

	return jsonAnswer(http.StatusOK, typeJSON, body)
}
