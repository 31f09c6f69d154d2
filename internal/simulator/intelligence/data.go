package intelligence

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// modelData serves GET /knowledge-models/{km_id}/data.
func (k *KnowledgeModels) modelData(c *server.Call) server.Response {
	return k.data(c, false, dataRequestOfQuery)
}

// postModelData serves POST /knowledge-models/{km_id}/data.
func (k *KnowledgeModels) postModelData(c *server.Call) server.Response {
	return k.data(c, false, dataRequestOfBody)
}

// recordData serves GET /knowledge-models/{km_id}/records/{record_id}/data.
func (k *KnowledgeModels) recordData(c *server.Call) server.Response {
	return k.data(c, true, dataRequestOfQuery)
}

// postRecordData serves POST /knowledge-models/{km_id}/records/{record_id}/data.
func (k *KnowledgeModels) postRecordData(c *server.Call) server.Response {
	return k.data(c, true, dataRequestOfBody)
}

// dataRequest contains the parameters of a data request, read from a query or a body.
type dataRequest struct {
	server.PageRequest

	fields, kpis []string
	filters      []string // filter ids
	expressions  []string
	sort         []string // with their + or - prefixes
	distinct     bool
	term         string
	searchField  string
}

// data serves a data request for a record or, if ofRecord is false, for a whole model. The read function parses the request.
func (k *KnowledgeModels) data(c *server.Call, ofRecord bool, read func(*server.Call, bool) (dataRequest, *server.Failure)) server.Response {
	model, problem := k.requestedModel(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	level := dataLevel{content: k.contents.schema(model)}

	if ofRecord {
		level.record, problem = requestedRecord(c, level.content)
		if problem != nil {
			return c.Fail(*problem)
		}
	}

	request, problem := read(c, ofRecord)
	if problem != nil {
		return c.Fail(*problem)
	}

	query, problem := level.query(request)
	if problem != nil {
		return c.Fail(*problem)
	}

	query.rowsOf = func(record *Record) []map[string]any { return k.contents.rowsOf(model, record) }

	return k.dataPage(c, request, query)
}

// dataPage executes the query and returns the requested page.
func (k *KnowledgeModels) dataPage(c *server.Call, request dataRequest, query *dataQuery) server.Response {
	// The row limit does not apply if a fault alters the page.
	limited := !c.Fault.RepeatPage && !c.Fault.EndlessPages
	beyond := limited && request.Page*request.PageSize >= k.opts.RowLimit

	if beyond && k.opts.RowsBeyondLimit == RefuseRowsBeyondLimit {
		return c.Fail(server.Failure{
			Status:    http.StatusBadRequest,
			Code:      server.CodeIllegal,
			Detail:    fmt.Sprintf("Only the first %d rows can be fetched.", k.opts.RowLimit),
			Attribute: "page",
		})
	}

	rows := query.run()
	reachable := min(len(rows), k.opts.RowLimit)

	shown, problem := c.Section(&request.PageRequest, reachable)
	if problem != nil {
		return c.Fail(*problem)
	}

	if !shown.Generated {
		shown.Total = len(rows) // It is a guess that the total includes rows beyond the limit.
	}

	items := make([]server.Object, 0, shown.Last-shown.First)

	for i := shown.First; i < shown.Last; i++ {
		item := make(server.Object, len(query.columns))

		for j, column := range query.columns {
			if shown.Generated {
				item[column.id] = inventedValue(column.headerType(), i)
			} else {
				item[column.id] = rows[i][j]
			}
		}

		items = append(items, item)
	}

	headers := make([]server.Object, len(query.columns))
	for i, column := range query.columns {
		headers[i] = k.dataHeader(c, column)
	}

	envelope := c.Envelope(request.PageRequest, server.Object{"headers": headers, "data": k.nested(items)}, shown)
	addDataSort(c, envelope, query.sort)

	return server.JSONResponse(http.StatusOK, server.TypeJSON, envelope)
}

// nested returns the rows, nested as Options.DataNesting specifies.
func (k *KnowledgeModels) nested(rows []server.Object) any {
	switch k.opts.DataNesting {
	case DataInOneArray:
		return [][]server.Object{rows}
	case DataRowArrays:
		arrays := make([][]server.Object, len(rows))
		for i, row := range rows {
			arrays[i] = []server.Object{row}
		}

		return arrays
	default:
		return rows
	}
}

// dataHeader returns the header of a column. The header of a number field has the type float, because headers have no number type.
func (k *KnowledgeModels) dataHeader(c *server.Call, column dataColumn) server.Object {
	header := server.Object{"id": column.id, "type": column.headerType()}

	for name, flag := range map[string]bool{
		"aggregation": column.kpi != nil, "filterable": column.kpi == nil, "sortable": true,
	} {
		header[name] = flag

		if k.opts.QuotedFlags {
			header[name] = strconv.FormatBool(flag)
		}
	}

	if column.kpi != nil {
		c.Optionals(header, "name", column.kpi.Name, "format", column.kpi.Format, "unit", column.kpi.Unit)
	} else {
		field := column.field.field
		c.Optionals(header, "name", field.Name, "format", field.Format, "unit", field.Unit)
	}

	return header
}

// addDataSort sets the envelope's `sort` to the columns by which the rows are sorted.
func addDataSort(c *server.Call, envelope server.Object, keys []sortKey) {
	sort := make([]string, len(keys))

	for i, key := range keys {
		sort[i] = "+" + key.id
		if key.descending {
			sort[i] = "-" + key.id
		}
	}

	switch {
	case len(sort) > 0 && c.Opts.SortAsArray:
		envelope["sort"] = strings.Join(sort, ",")
	case len(sort) > 0:
		envelope["sort"] = sort
	case c.Opts.NullFields:
		envelope["sort"] = nil
	}
}

// inventedValue returns a made-up value for Fault.EndlessPages.
func inventedValue(headerType string, i int) any {
	switch headerType {
	case FieldBoolean:
		return i%2 == 0
	case FieldInteger, fieldFloat:
		return json.Number(strconv.Itoa(i))
	case FieldDate:
		return "2999-12-31"
	case fieldDateTime, fieldTimestamp:
		return "2999-12-31T23:59:59Z"
	default:
		return fmt.Sprintf("generated-%09d", i)
	}
}
