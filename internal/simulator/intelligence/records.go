package intelligence

import (
	"net/http"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// listRecords serves GET /knowledge-models/{km_id}/records.
func (k *KnowledgeModels) listRecords(c *server.Call) server.Response {
	return k.listElements(c, func(model KnowledgeModel) []server.Object {
		records := k.contents.schema(model).Records
		items := make([]server.Object, len(records))

		for i := range records {
			items[i] = recordItem(c, &records[i])
		}

		return items
	})
}

func recordItem(c *server.Call, record *Record) server.Object {
	item := server.Object{"id": record.ID}
	c.Optionals(item,
		"name", record.Name, "description", record.Description, "shortDisplayName", record.ShortDisplayName,
		"internalNote", record.InternalNote)

	return item
}

// recordDetail serves GET /knowledge-models/{km_id}/records/{record_id}. Unless `sort` is set, the fields are in the model's order. The
// permitted values of `sort` are not documented, so the simulator accepts the same values as for lists.
func (k *KnowledgeModels) recordDetail(c *server.Call) server.Response {
	model, problem := k.requestedModel(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	record, problem := requestedRecord(c, k.contents.schema(model))
	if problem != nil {
		return c.Fail(*problem)
	}

	field, descending, problem := c.Sort([]string{"id", "name"})
	if problem != nil {
		return c.Fail(*problem)
	}

	fields := make([]server.Object, len(record.Fields))

	for i, field := range record.Fields {
		fields[i] = server.Object{"id": field.ID, "type": field.Type}
		c.Optionals(fields[i],
			"name", field.Name, "description", field.Description, "shortDisplayName", field.ShortDisplayName,
			"internalNote", field.InternalNote, "format", field.Format, "unit", field.Unit)
	}

	if field != "" {
		k.sortElements(fields, server.PageRequest{Sort: field, Descending: descending})
	}

	body := recordItem(c, record)
	body["fields"] = fields

	return server.JSONResponse(http.StatusOK, server.TypeJSON, body)
}

// requestedRecord returns the record in the request path.
func requestedRecord(c *server.Call, content *Content) (*Record, *server.Failure) {
	record, ok := content.record(c.Vars["record_id"])
	if !ok {
		return nil, &server.Failure{
			Status:    http.StatusNotFound,
			Code:      "KM_RECORD_NOTFOUND",
			Detail:    "The record does not exist.",
			Attribute: "record_id",
		}
	}

	return record, nil
}
