package intelligence

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// spec serves GET /knowledge-models/{km_id}/spec. The effect of `curated` is not documented. In the simulator, `curated` omits all records
// except the first.
func (k *KnowledgeModels) spec(c *server.Call) server.Response {
	curated := c.Query.Get("curated")
	if c.Query.Has("curated") && curated != "true" && curated != "false" {
		return c.Fail(server.Failure{
			Status:    http.StatusBadRequest,
			Code:      server.CodeMismatch,
			Detail:    "The parameter curated must be true or false.",
			Attribute: "curated",
		})
	}

	model, problem := k.requestedModel(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	content := k.contents.schema(model)

	contentType := map[SpecFormat]string{
		SpecJSON: server.TypeJSON, SpecYAML: "application/yaml", SpecYAMLAsJSON: server.TypeJSON, SpecJSONAsText: server.TypeText,
	}[k.opts.SpecFormat]

	if content.Spec != "" {
		return server.Response{Status: http.StatusOK, Body: []byte(content.Spec)}.With("Content-Type", contentType)
	}

	records := content.Records
	if curated == "true" {
		records = records[:min(1, len(records))]
	}

	document := specDocument(model, records)

	if k.opts.SpecFormat == SpecYAML || k.opts.SpecFormat == SpecYAMLAsJSON {
		return server.Response{Status: http.StatusOK, Body: []byte(yamlDocument(document))}.With("Content-Type", contentType)
	}

	return server.JSONResponse(http.StatusOK, contentType, document)
}

// specDocument returns an OpenAPI 3.0 document that describes a model's records.
func specDocument(model KnowledgeModel, records []Record) server.Object {
	paths, schemas := server.Object{}, server.Object{}

	for i := range records {
		record := &records[i]
		path := "/intelligence/api/knowledge-models/" + model.ID() + "/records/" + record.ID + "/data"
		paths[path] = server.Object{"get": specOperation(record)}
		schemas[record.ID] = specSchema(record)
	}

	return server.Object{
		"openapi":    "3.0.3",
		"info":       server.Object{"title": model.Name, "version": "1.0.0", "x-audience": "EX"},
		"paths":      paths,
		"components": server.Object{"schemas": schemas},
	}
}

func specOperation(record *Record) server.Object {
	rows := server.Object{"type": "array", "items": server.Object{"$ref": "#/components/schemas/" + record.ID}}
	fields := make([]any, len(record.Fields))

	for i, field := range record.Fields {
		fields[i] = field.ID
	}

	return server.Object{
		"operationId": "get_" + record.ID,
		"summary":     "Rows of " + record.Name,
		"description": record.Description,
		"parameters": []any{
			server.Object{
				"name": "fields", "in": "query", "required": true, "style": "form", "explode": false,
				"schema": server.Object{"type": "array", "items": server.Object{"type": "string", "enum": fields}},
			},
			server.Object{"name": "page", "in": "query", "required": false, "schema": server.Object{"type": "integer", "minimum": 0}},
			server.Object{"name": "pageSize", "in": "query", "required": false, "schema": server.Object{"type": "integer", "minimum": 1}},
		},
		"responses": server.Object{"200": server.Object{
			"description": "A page of rows.",
			"content": server.Object{server.TypeJSON: server.Object{"schema": server.Object{
				"type": "object",
				"properties": server.Object{
					"page":    server.Object{"type": "integer"},
					"content": server.Object{"type": "object", "properties": server.Object{"data": rows}},
				},
			}}},
		}},
	}
}

func specSchema(record *Record) server.Object {
	properties := server.Object{}

	for _, field := range record.Fields {
		property := server.Object{"title": field.Name, "nullable": true, "type": "string"}

		switch field.Type {
		case FieldInteger, FieldBoolean:
			property["type"] = field.Type
		case FieldNumber, fieldFloat:
			property["type"] = "number"
		case FieldDate:
			property["format"] = "date"
		case fieldDateTime, fieldTimestamp:
			property["format"] = "date-time"
		}

		if field.Description != "" {
			property["description"] = field.Description
		}

		properties[field.ID] = property
	}

	return server.Object{"type": "object", "title": record.Name, "properties": properties}
}

// yamlDocument encodes a document of objects, lists, strings, numbers and booleans as YAML.
func yamlDocument(document server.Object) string {
	var text strings.Builder

	writeYAMLObject(&text, document, "")

	return text.String()
}

func writeYAMLObject(text *strings.Builder, value server.Object, indent string) {
	for _, key := range slices.Sorted(maps.Keys(value)) {
		text.WriteString(indent + yamlKey(key) + ":")
		writeYAMLValue(text, value[key], indent)
	}
}

// writeYAMLValue writes the value after a key or a dash, including the line break.
func writeYAMLValue(text *strings.Builder, value any, indent string) {
	const deeper = "  "

	switch value := value.(type) {
	case server.Object:
		if len(value) == 0 {
			text.WriteString(" {}\n")

			return
		}

		text.WriteByte('\n')
		writeYAMLObject(text, value, indent+deeper)
	case []any:
		if len(value) == 0 {
			text.WriteString(" []\n")

			return
		}

		text.WriteByte('\n')

		for _, item := range value {
			text.WriteString(indent + deeper + "-")
			writeYAMLValue(text, item, indent+deeper)
		}
	case string:
		// A JSON string is also a valid YAML string.
		text.WriteString(" " + jsonString(value) + "\n")
	default:
		fmt.Fprintf(text, " %v\n", value)
	}
}

// yamlKey quotes a key unless YAML always reads it as a string.
func yamlKey(key string) string {
	if regexp.MustCompile(`^[a-z][A-Za-z]{3,}$`).MatchString(key) && key != "true" && key != "false" && key != "null" {
		return key
	}

	return jsonString(key)
}

func jsonString(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		return `""` // Encoding a string never fails.
	}

	return string(quoted)
}
