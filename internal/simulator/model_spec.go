package simulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// spec answers GET /knowledge-models/{km_id}/spec. What `curated` does is not documented; here it leaves all records out
// but the first.
func (k *knowledgeModels) spec(c *call) answer {
	curated := c.query.Get("curated")
	if c.query.Has("curated") && curated != "true" && curated != "false" {
		return c.fail(failure{
			status:    http.StatusBadRequest,
			code:      codeMismatch,
			detail:    "The parameter curated must be true or false.",
			attribute: "curated",
		})
	}

	model, problem := k.asked(c)
	if problem != nil {
		return c.fail(*problem)
	}

	content := k.contents.schema(model)

	contentType := map[SpecFormat]string{
		SpecJSON: typeJSON, SpecYAML: "application/yaml", SpecYAMLAsJSON: typeJSON, SpecJSONAsText: typeText,
	}[k.opts.SpecFormat]

	if content.Spec != "" {
		return answer{status: http.StatusOK, body: []byte(content.Spec)}.with("Content-Type", contentType)
	}

	records := content.Records
	if curated == "true" {
		records = records[:min(1, len(records))]
	}

	document := specDocument(model, records)

	if k.opts.SpecFormat == SpecYAML || k.opts.SpecFormat == SpecYAMLAsJSON {
		return answer{status: http.StatusOK, body: []byte(yamlDocument(document))}.with("Content-Type", contentType)
	}

	return jsonAnswer(http.StatusOK, contentType, document)
}

// specDocument describes the records of a model in OpenAPI 3.0.
func specDocument(model KnowledgeModel, records []Record) object {
	paths, schemas := object{}, object{}

	for i := range records {
		record := &records[i]
		path := "/intelligence/api/knowledge-models/" + model.ID() + "/records/" + record.ID + "/data"
		paths[path] = object{"get": specOperation(record)}
		schemas[record.ID] = specSchema(record)
	}

	return object{
		"openapi":    "3.0.3",
		"info":       object{"title": model.Name, "version": "1.0.0", "x-audience": "EX"},
		"paths":      paths,
		"components": object{"schemas": schemas},
	}
}

func specOperation(record *Record) object {
	rows := object{"type": "array", "items": object{"$ref": "#/components/schemas/" + record.ID}}
	fields := make([]any, len(record.Fields))

	for i, field := range record.Fields {
		fields[i] = field.ID
	}

	return object{
		"operationId": "get_" + record.ID,
		"summary":     "Rows of " + record.Name,
		"description": record.Description,
		"parameters": []any{
			object{
				"name": "fields", "in": "query", "required": true, "style": "form", "explode": false,
				"schema": object{"type": "array", "items": object{"type": "string", "enum": fields}},
			},
			object{"name": "page", "in": "query", "required": false, "schema": object{"type": "integer", "minimum": 0}},
			object{"name": "pageSize", "in": "query", "required": false, "schema": object{"type": "integer", "minimum": 1}},
		},
		"responses": object{"200": object{
			"description": "A page of rows.",
			"content": object{typeJSON: object{"schema": object{
				"type": "object",
				"properties": object{
					"page":    object{"type": "integer"},
					"content": object{"type": "object", "properties": object{"data": rows}},
				},
			}}},
		}},
	}
}

func specSchema(record *Record) object {
	properties := object{}

	for _, field := range record.Fields {
		property := object{"title": field.Name, "nullable": true, "type": "string"}

		switch field.Type {
		case fieldInteger, fieldBoolean:
			property["type"] = field.Type
		case fieldNumber, fieldFloat:
			property["type"] = "number"
		case fieldDate:
			property["format"] = "date"
		case fieldDateTime, fieldTimestamp:
			property["format"] = "date-time"
		}

		if field.Description != "" {
			property["description"] = field.Description
		}

		properties[field.ID] = property
	}

	return object{"type": "object", "title": record.Name, "properties": properties}
}

// yamlDocument writes objects, lists, strings, numbers and booleans as YAML.
func yamlDocument(document object) string {
	var text strings.Builder

	writeYAMLObject(&text, document, "")

	return text.String()
}

func writeYAMLObject(text *strings.Builder, value object, indent string) {
	for _, key := range slices.Sorted(maps.Keys(value)) {
		text.WriteString(indent + yamlKey(key) + ":")
		writeYAMLValue(text, value[key], indent)
	}
}

// writeYAMLValue writes what follows a key or a dash, the end of its line included.
func writeYAMLValue(text *strings.Builder, value any, indent string) {
	const deeper = "  "

	switch value := value.(type) {
	case object:
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
		// A JSON string is a YAML string too.
		text.WriteString(" " + jsonString(value) + "\n")
	default:
		fmt.Fprintf(text, " %v\n", value)
	}
}

// yamlKey quotes a key unless it cannot be mistaken for anything but text.
func yamlKey(key string) string {
	if regexp.MustCompile(`^[a-z][A-Za-z]{3,}$`).MatchString(key) && key != "true" && key != "false" && key != "null" {
		return key
	}

	return jsonString(key)
}

func jsonString(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		return `""` // Never: a string always can be encoded.
	}

	return string(quoted)
}
