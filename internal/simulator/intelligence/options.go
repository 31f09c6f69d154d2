package intelligence

import (
	"errors"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Options describe the team's Knowledge Models. The zero value describes a team without Knowledge Models.
type Options struct {
	// KnowledgeModels is the number of generated Knowledge Models.
	KnowledgeModels int
	// Models are the team's Knowledge Models, each with a unique id in the form `<package_key>.<key>`.
	Models []KnowledgeModel
	// RowsPerRecord is the number of rows in the first record of a Knowledge Model with generated content. The model's other records have at
	// most this many rows. 0 means 120.
	RowsPerRecord int

	// DataNesting is the way in which a data page nests its rows. The examples in the documentation differ.
	DataNesting DataNesting
	// QuotedFlags returns the booleans in the `headers` of a data page as strings, as in the OpenAPI file's example.
	QuotedFlags bool
	// KPIParameterNesting is the way in which responses nest a KPI's parameters. The schema and the example in the OpenAPI file differ.
	KPIParameterNesting KPIParameterNesting
	// RowLimit is the maximum number of rows that can be read from a table, across all pages. The limit is applied after filtering and sorting.
	// 0 means 5,000, the documented limit.
	RowLimit int
	// RowsBeyondLimit determines the response to a data request whose page starts beyond the row limit. Celonis does not document this
	// response.
	RowsBeyondLimit RowsBeyondLimit
	// SpecFormat is the format of a Knowledge Model's OpenAPI document. The documentation mentions both JSON and YAML.
	SpecFormat SpecFormat
}

// DataNesting is the way in which a data page nests its rows. The response in the vendor's tutorial is flat. The example in the vendor's
// OpenAPI file is nested one array deeper and can be interpreted in two ways.
type DataNesting string

// The ways to nest rows.
const (
	DataFlat       DataNesting = "flat"       // "data": [{…}, {…}] (default)
	DataInOneArray DataNesting = "one-array"  // "data": [[{…}, {…}]]
	DataRowArrays  DataNesting = "row-arrays" // "data": [[{…}], [{…}]]
)

// Words returns the allowed values, with the default first.
func (DataNesting) Words() []DataNesting {
	return []DataNesting{DataFlat, DataInOneArray, DataRowArrays}
}

// KPIParameterNesting is the way in which responses nest a KPI's parameters. The schema in the vendor's OpenAPI file is flat, but the example
// in the same file is nested one array deeper.
type KPIParameterNesting string

// The ways to nest parameters.
const (
	KPIParametersFlat   KPIParameterNesting = "flat"   // "parameters": [{…}, {…}] (default)
	KPIParametersNested KPIParameterNesting = "nested" // "parameters": [[{…}, {…}]]
)

// Words returns the allowed values, with the default first.
func (KPIParameterNesting) Words() []KPIParameterNesting {
	return []KPIParameterNesting{KPIParametersFlat, KPIParametersNested}
}

// RowsBeyondLimit determines the response to a data request whose page starts beyond the row limit. If the limit falls within a page, the page
// is truncated at the limit.
type RowsBeyondLimit string

// The responses to requests for rows beyond the limit.
const (
	RefuseRowsBeyondLimit RowsBeyondLimit = "refuse" // 400 GENERAL_PARAMETER_ILLEGAL, even if the table has fewer rows (default)
	NoRowsBeyondLimit     RowsBeyondLimit = "empty"  // a page without rows
)

// Words returns the allowed values, with the default first.
func (RowsBeyondLimit) Words() []RowsBeyondLimit {
	return []RowsBeyondLimit{RefuseRowsBeyondLimit, NoRowsBeyondLimit}
}

// SpecFormat is the format and the content type of a /spec response.
type SpecFormat string

// The formats of /spec responses. The vendor's OpenAPI file declares application/json.
const (
	SpecJSON       SpecFormat = "json"         // JSON as application/json (default)
	SpecYAML       SpecFormat = "yaml"         // YAML as application/yaml
	SpecYAMLAsJSON SpecFormat = "yaml-as-json" // YAML as application/json
	SpecJSONAsText SpecFormat = "json-as-text" // JSON as text/plain
)

// Words returns the allowed values, with the default first.
func (SpecFormat) Words() []SpecFormat {
	return []SpecFormat{SpecJSON, SpecYAML, SpecYAMLAsJSON, SpecJSONAsText}
}

const defaultRowLimit = 5_000

// SetDefaults fills in the defaults and returns an error that lists all invalid options.
func (o *Options) SetDefaults() error {
	if o.RowsPerRecord == 0 {
		o.RowsPerRecord = defaultRows
	}

	if o.RowLimit == 0 {
		o.RowLimit = defaultRowLimit
	}

	return errors.Join(
		server.CheckWord("DataNesting", &o.DataNesting),
		server.CheckWord("KPIParameterNesting", &o.KPIParameterNesting),
		server.CheckWord("RowsBeyondLimit", &o.RowsBeyondLimit),
		server.CheckWord("SpecFormat", &o.SpecFormat),
		server.CheckNotNegative("KnowledgeModels", o.KnowledgeModels),
		server.CheckNotNegative("RowsPerRecord", o.RowsPerRecord),
		server.CheckNotNegative("RowLimit", o.RowLimit),
	)
}
