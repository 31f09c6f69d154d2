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

// KnowledgeModelSpec returns the OpenAPI document that Celonis generates from a Knowledge Model, as JSON with sorted keys.
// curated asks for the form for AI agents. The endpoint is in beta, and whether it answers in JSON or in YAML is not
// documented. Source: operation getKnowledgeModelSpec of the Knowledge Model API; developer.celonis.com/intelligence-api/ai-beta-features.
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

func normaliseSpec(answered transport.Reply, what string, maxSize int64) (string, error) {
	document := bytes.TrimSpace(answered.Body)
	if transport.HasTooManyValues(document) {
		return "", transport.InvalidResponse(answered.Status, "%s: the response holds more than %d values", what, transport.MaxJSONValues)
	}

	if !bytes.HasPrefix(document, []byte("{")) {
		value, err := parseYAML(document, maxSize)
		if err != nil {
			return "", transport.InvalidResponse(answered.Status, "%s: the answer is neither JSON nor YAML: %v", what, err)
		}

		if document, err = json.Marshal(value); err != nil {
			return "", transport.InvalidResponse(answered.Status, "%s: the YAML document cannot be written as JSON: %v", what, err)
		}
	}

	var parts map[string]json.RawMessage
	if err := json.Unmarshal(document, &parts); err != nil {
		return "", transport.InvalidResponse(answered.Status, "%s: the answer is no valid JSON: %v", what, err)
	}

	// The vendor's own example has an info alone.
	if parts["openapi"] == nil && parts["info"] == nil && parts["paths"] == nil {
		return "", transport.InvalidResponse(answered.Status, "%s: the answer has none of the parts of an OpenAPI document", what)
	}

	normalised, err := normaliseJSON(document)
	if err != nil {
		return "", transport.InvalidResponse(answered.Status, "%s: the answer is no valid JSON: %v", what, err)
	}

	return normalised, nil
}
