package client

import (
	"context"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// Record is a Knowledge Model record as it appears in the list. Source: operation getRecords of the Knowledge Model API.
type Record struct {
	ID, Name, Description, ShortDisplayName, InternalNote string
}

// RecordDetail is a record with its fields. Source: operation getRecordDetails of the Knowledge Model API.
type RecordDetail struct {
	Record

	// Fields contains attributes, augmented attributes and flags, in the order in which the service returns them.
	Fields []RecordField
}

// RecordField is an attribute, augmented attribute or flag of a record.
type RecordField struct {
	// Record contains the properties that a field shares with records.
	Record

	// Type is string, date, integer, boolean, number, datetime, timestamp or float.
	Type, Format, Unit string
}

type recordItem struct {
	ID               transport.LenientString `json:"id"`
	Name             transport.LenientString `json:"name"`
	Description      transport.LenientString `json:"description"`
	ShortDisplayName transport.LenientString `json:"shortDisplayName"`
	InternalNote     transport.LenientString `json:"internalNote"`
}

func (i recordItem) record() Record {
	return Record{
		ID: string(i.ID), Name: string(i.Name), Description: string(i.Description),
		ShortDisplayName: string(i.ShortDisplayName), InternalNote: string(i.InternalNote),
	}
}

// Records returns all records of a Knowledge Model, sorted by id. The returned slice is shared, so callers must not modify it.
func (c *Client) Records(ctx context.Context, modelID string) ([]Record, error) {
	return list[recordItem, Record]{
		client: c, area: AreaKnowledgeModels, name: "the list of records of " + modelID,
		path: knowledgeModelsPath(modelID, "records"), convert: recordItem.record,
		id: func(record Record) string { return record.ID },
	}.all(ctx)
}

// Record returns one record with its fields. Ids are case-sensitive.
func (c *Client) Record(ctx context.Context, modelID, id string) (RecordDetail, error) {
	return detail[recordBody, RecordDetail]{
		client: c, kind: "record", path: knowledgeModelsPath(modelID, "records", id), convert: recordBody.detail,
	}.read(ctx)
}

type recordBody struct {
	recordItem

	Fields transport.JSONArray[struct {
		recordItem

		Type   transport.LenientString `json:"type"`
		Format transport.LenientString `json:"format"`
		Unit   transport.LenientString `json:"unit"`
	}] `json:"fields"`
}

func (b recordBody) detail() (string, RecordDetail) {
	record := RecordDetail{Record: b.record(), Fields: make([]RecordField, 0, len(b.Fields))}
	for _, field := range b.Fields {
		record.Fields = append(record.Fields, RecordField{
			Record: field.record(), Type: string(field.Type), Format: string(field.Format), Unit: string(field.Unit),
		})
	}

	return record.ID, record
}
