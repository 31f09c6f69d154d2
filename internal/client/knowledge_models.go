package client

import (
	"context"
	"fmt"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// KnowledgeModel is a Knowledge Model as it appears in the list. Source: operation getKnowledgeModel of the Knowledge Model API.
type KnowledgeModel struct {
	// ID is <package key>.<key>.
	ID   string
	Name string
	// Published is the date and time of publication, without a zone, as returned by the service. It is empty if unknown.
	Published string
}

// KnowledgeModelDetail is a Knowledge Model that was read by its id. Source: operation getKnowledgeModelDetails of the Knowledge Model API.
type KnowledgeModelDetail struct {
	ID, Name string
	// ExtendedID is the id of the model that this model extends. It is empty if the model does not extend another model.
	ExtendedID string
}

// SplitKnowledgeModelID returns the two parts of a Knowledge Model id, <package key>.<key>.
func SplitKnowledgeModelID(id string) (packageKey, key string, err error) {
	packageKey, key, found := strings.Cut(id, ".")
	if !found || packageKey == "" || key == "" || strings.TrimSpace(id) != id {
		return "", "", fmt.Errorf("%q is not of the form <package_key>.<key>, such as order-to-cash.otc-km", id)
	}

	return packageKey, key, nil
}

// KnowledgeModels returns all Knowledge Models that the client's identity can see, sorted by id. The returned slice is shared, so callers must
// not modify it.
func (c *Client) KnowledgeModels(ctx context.Context) ([]KnowledgeModel, error) {
	return c.knowledgeModels().all(ctx)
}

// KnowledgeModelByName returns the only Knowledge Model with the given name. The error's reason is [transport.ReasonNotFound] if no model has
// the name, and [transport.ReasonAmbiguous] if several models have it.
func (c *Client) KnowledgeModelByName(ctx context.Context, name string) (KnowledgeModel, error) {
	return c.knowledgeModels().find(ctx, paging.Lookup[KnowledgeModel]{
		Area: AreaKnowledgeModels, Plural: "Knowledge Models", Property: "name", Wanted: name,
		Value: func(model KnowledgeModel) string { return model.Name },
	})
}

// KnowledgeModel returns the Knowledge Model with the given id. Ids are case-sensitive.
func (c *Client) KnowledgeModel(ctx context.Context, id string) (KnowledgeModelDetail, error) {
	return detail[knowledgeModelBody, KnowledgeModelDetail]{
		client: c, kind: "Knowledge Model", path: knowledgeModelsPath(id),
		convert: func(body knowledgeModelBody) (string, KnowledgeModelDetail) {
			return string(body.ID), KnowledgeModelDetail{
				ID: string(body.ID), Name: string(body.Name), ExtendedID: string(body.ExtendedID),
			}
		},
	}.read(ctx)
}

type knowledgeModelBody struct {
	ID         transport.LenientString `json:"id"`
	Name       transport.LenientString `json:"name"`
	ExtendedID transport.LenientString `json:"extendedKMId"`
}

func (c *Client) knowledgeModels() list[knowledgeModelItem, KnowledgeModel] {
	return list[knowledgeModelItem, KnowledgeModel]{
		client: c, area: AreaKnowledgeModels, name: "the list of Knowledge Models", path: knowledgeModelsPath(),
		convert: func(item knowledgeModelItem) KnowledgeModel {
			return KnowledgeModel{ID: string(item.ID), Name: string(item.Name), Published: string(item.Published)}
		},
		id: func(model KnowledgeModel) string { return model.ID },
	}
}

type knowledgeModelItem struct {
	ID        transport.LenientString `json:"id"`
	Name      transport.LenientString `json:"name"`
	Published transport.LenientString `json:"published"`
}

func knowledgeModelsPath(below ...string) []string {
	return append([]string{"intelligence", "api", "knowledge-models"}, below...)
}
