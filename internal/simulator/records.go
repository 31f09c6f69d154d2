package simulator

import "net/http"

// listRecords answers GET /knowledge-models/{km_id}/records.
func (k *knowledgeModels) listRecords(c *call) answer {
	return k.listElements(c, func(model KnowledgeModel) []object {
		records := k.contents.schema(model).Records
		items := make([]object, len(records))

		for i := range records {
			items[i] = recordItem(c, &records[i])
		}

		return items
	})
}

func recordItem(c *call, record *Record) object {
	item := object{"id": record.ID}
	c.optionals(item,
		"name", record.Name, "description", record.Description, "shortDisplayName", record.ShortDisplayName,
		"internalNote", record.InternalNote)

	return item
}

// recordDetail answers GET /knowledge-models/{km_id}/records/{record_id}. The fields stand in the order of the model unless
// `sort` asks for another one; by what it may sort is not documented, so it is what all lists allow.
func (k *knowledgeModels) recordDetail(c *call) answer {
	model, problem := k.asked(c)
	if problem != nil {
		return c.fail(*problem)
	}

	record, problem := askedRecord(c, k.contents.schema(model))
	if problem != nil {
		return c.fail(*problem)
	}

	field, descending, problem := c.sort([]string{"id", "name"})
	if problem != nil {
		return c.fail(*problem)
	}

	fields := make([]object, len(record.Fields))

	for i, field := range record.Fields {
		fields[i] = object{"id": field.ID, "type": field.Type}
		c.optionals(fields[i],
			"name", field.Name, "description", field.Description, "shortDisplayName", field.ShortDisplayName,
			"internalNote", field.InternalNote, "format", field.Format, "unit", field.Unit)
	}

	if field != "" {
		k.sortElements(fields, pageRequest{sort: field, descending: descending})
	}

	body := recordItem(c, record)
	body["fields"] = fields

	return jsonAnswer(http.StatusOK, typeJSON, body)
}

// askedRecord finds the record of the path.
func askedRecord(c *call, content *Content) (*Record, *failure) {
	record, ok := content.record(c.vars["record_id"])
	if !ok {
		return nil, &failure{
			status:    http.StatusNotFound,
			code:      "KM_RECORD_NOTFOUND",
			detail:    "The record does not exist.",
			attribute: "record_id",
		}
	}

	return record, nil
}
