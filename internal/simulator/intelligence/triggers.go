package intelligence

import (
	"net/http"
	"slices"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// listTriggers serves GET /knowledge-models/{km_id}/triggers.
func (k *KnowledgeModels) listTriggers(c *server.Call) server.Response {
	return k.listElements(c, func(model KnowledgeModel) []server.Object {
		triggers := k.contents.schema(model).Triggers
		items := make([]server.Object, len(triggers))

		for i, trigger := range triggers {
			items[i] = server.Object{"id": trigger.ID}
			c.Optionals(items[i], "name", trigger.Name, "record", trigger.RecordID)
		}

		return items
	})
}

// triggerDetail serves GET /knowledge-models/{km_id}/triggers/{trigger_id}. The response includes neither the trigger's record nor the field
// ids.
func (k *KnowledgeModels) triggerDetail(c *server.Call) server.Response {
	model, trigger, problem := k.requestedTrigger(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	fields := []server.Object{}

	if record, ok := k.contents.schema(model).record(trigger.RecordID); ok {
		for _, field := range record.Fields {
			item := server.Object{"type": field.Type}
			c.Optionals(item, "name", field.Name, "format", field.Format, "unit", field.Unit)
			fields = append(fields, item)
		}
	}

	body := server.Object{"id": trigger.ID, "fields": fields}
	c.Optional(body, "name", trigger.Name)

	return server.JSONResponse(http.StatusOK, server.TypeJSON, body)
}

// requestedTrigger returns the trigger in the request path, and its model. The request fails if the caller may not use the model.
func (k *KnowledgeModels) requestedTrigger(c *server.Call) (KnowledgeModel, Trigger, *server.Failure) {
	model, problem := k.requestedModel(c)
	if problem != nil {
		return KnowledgeModel{}, Trigger{}, problem
	}

	triggers := k.contents.schema(model).Triggers

	i := slices.IndexFunc(triggers, func(trigger Trigger) bool { return trigger.ID == c.Vars["trigger_id"] })
	if i < 0 {
		return KnowledgeModel{}, Trigger{}, &server.Failure{
			Status:    http.StatusNotFound,
			Code:      "SUBSCRIPTION_TRIGGER_NOTFOUND",
			Detail:    "The trigger does not exist.",
			Attribute: "trigger_id",
		}
	}

	return model, triggers[i], nil
}
