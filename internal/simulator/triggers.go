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
	model, trigger, problem := k.askedTrigger(c)
	if problem != nil {
		return c.fail(*problem)
	}

	fields := []object{}

	if record, ok := k.contents.schema(model).record(trigger.RecordID); ok {
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

// askedTrigger finds the trigger of the path, if the caller may use its model.
func (k *knowledgeModels) askedTrigger(c *call) (KnowledgeModel, Trigger, *failure) {
	model, problem := k.asked(c)
	if problem != nil {
		return KnowledgeModel{}, Trigger{}, problem
	}

	triggers := k.contents.schema(model).Triggers

	i := slices.IndexFunc(triggers, func(trigger Trigger) bool { return trigger.ID == c.vars["trigger_id"] })
	if i < 0 {
		return KnowledgeModel{}, Trigger{}, &failure{
			status:    http.StatusNotFound,
			code:      "SUBSCRIPTION_TRIGGER_NOTFOUND",
			detail:    "The trigger does not exist.",
			attribute: "trigger_id",
		}
	}

	return model, triggers[i], nil
}
