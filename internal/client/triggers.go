package client

import (
	"context"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// Trigger is a Knowledge Model trigger as it appears in the list. Source: operation getTriggers of the Subscription API.
type Trigger struct {
	ID, Name, RecordID string
}

// TriggerDetail is a trigger with the fields of its events. Source: operation getTriggerDetails of the Subscription API.
type TriggerDetail struct {
	Trigger

	Fields []TriggerField
}

// TriggerField is a field of the events that a trigger fires.
type TriggerField struct {
	// Type is string, date, time, integer, boolean, number, datetime, timestamp or float.
	Name, Type, Format, Unit string
}

// Triggers returns all triggers of a Knowledge Model, sorted by id. The returned slice is shared, so callers must not modify it.
func (c *Client) Triggers(ctx context.Context, modelID string) ([]Trigger, error) {
	return c.triggers(modelID).all(ctx)
}

// Trigger returns the trigger with the given id or, if id is empty, with the given name. It reads both the list of triggers and the trigger's
// details, because only the list contains the record's id, and only the details contain the fields.
func (c *Client) Trigger(ctx context.Context, modelID, id, name string) (TriggerDetail, error) {
	search := paging.Lookup[Trigger]{
		Area: AreaKnowledgeModels, Plural: "triggers of " + modelID, Property: "name", Wanted: name,
		Value: func(trigger Trigger) string { return trigger.Name },
	}
	triggers := c.triggers(modelID)

	if id != "" {
		search.Property, search.Wanted, search.Value = "id", id, triggers.id
	}

	listed, err := triggers.find(ctx, search)
	if err != nil {
		return TriggerDetail{}, err
	}

	fields, err := detail[triggerBody, []TriggerField]{
		client: c, kind: "trigger", path: knowledgeModelsPath(modelID, "triggers", listed.ID), convert: triggerBody.fields,
	}.read(ctx)

	return TriggerDetail{Trigger: listed, Fields: fields}, err
}

func (c *Client) triggers(modelID string) list[triggerItem, Trigger] {
	return list[triggerItem, Trigger]{
		client: c, area: AreaKnowledgeModels, name: "the list of triggers of " + modelID,
		path: knowledgeModelsPath(modelID, "triggers"),
		convert: func(item triggerItem) Trigger {
			return Trigger{ID: string(item.ID), Name: string(item.Name), RecordID: string(item.Record)}
		},
		id: func(trigger Trigger) string { return trigger.ID },
	}
}

type triggerItem struct {
	ID     transport.LenientString `json:"id"`
	Name   transport.LenientString `json:"name"`
	Record transport.LenientString `json:"record"`
}

type triggerBody struct {
	ID     transport.LenientString `json:"id"`
	Fields transport.JSONArray[struct {
		Name   transport.LenientString `json:"name"`
		Type   transport.LenientString `json:"type"`
		Format transport.LenientString `json:"format"`
		Unit   transport.LenientString `json:"unit"`
	}] `json:"fields"`
}

func (b triggerBody) fields() (string, []TriggerField) {
	fields := make([]TriggerField, 0, len(b.Fields))
	for _, field := range b.Fields {
		fields = append(fields, TriggerField{
			Name: string(field.Name), Type: string(field.Type), Format: string(field.Format), Unit: string(field.Unit),
		})
	}

	return string(b.ID), fields
}
