package client

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// KnowledgeModelSpec returns the OpenAPI document that Celonis generates from a Knowledge Model, as JSON with sorted keys. If curated is true, the
// service generates the version for AI agents. The endpoint is in beta, and the vendor does not document whether it returns JSON or YAML. Source:
// operation getKnowledgeModelSpec of the Knowledge Model API; developer.celonis.com/intelligence-api/ai-beta-features.
func (c *Client) KnowledgeModelSpec(ctx context.Context, modelID string, curated bool) (string, error) {
	req := transport.Request{Area: AreaKnowledgeModels, Method: http.MethodGet, Path: knowledgeModelsPath(modelID, "spec")}
	if curated {
		req.Query = url.Values{"curated": {"true"}}
	}

	key := paging.KeyOf(req.Area, req.Path, req.Query.Encode())

	spec, _, err := paging.Shared(ctx, c.Caller, key, time.Time{}, func(ctx context.Context) (string, error) {
		return paging.Call(ctx, c.Caller, req, func(resp transport.Reply) (string, error) {
			return normaliseSpec(resp, "the OpenAPI document of "+modelID, c.maxBody)
		})
	})

	return spec, err
}

func normaliseSpec(resp transport.Reply, name string, maxSize int64) (string, error) {
	document := bytes.TrimSpace(resp.Body)
	if transport.HasTooManyValues(document) {
		return "", transport.InvalidResponse(resp.Status, "%s: the response contains more than %d values", name, transport.MaxJSONValues)
	}

	if !bytes.HasPrefix(document, []byte("{")) {
		value, err := parseYAML(document, maxSize)
		if err != nil {
			return "", transport.InvalidResponse(resp.Status, "%s: the response is neither JSON nor YAML: %v", name, err)
		}

		if document, err = json.Marshal(value); err != nil {
			return "", transport.InvalidResponse(resp.Status, "%s: the YAML document cannot be converted to JSON: %v", name, err)
		}
	}

	var parts map[string]json.RawMessage
	if err := json.Unmarshal(document, &parts); err != nil {
		return "", transport.InvalidResponse(resp.Status, "%s: the response cannot be decoded: %v", name, err)
	}

	// The vendor's own example contains only `info`.
	if parts["openapi"] == nil && parts["info"] == nil && parts["paths"] == nil {
		return "", transport.InvalidResponse(resp.Status, "%s: the response is not an OpenAPI document", name)
	}

	normalised, err := normaliseJSON(document)
	if err != nil {
		return "", transport.InvalidResponse(resp.Status, "%s: the response cannot be decoded: %v", name, err)
	}

	return normalised, nil
}
