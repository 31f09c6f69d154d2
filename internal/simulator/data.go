package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// modelData answers GET /knowledge-models/{km_id}/data.
func (k *knowledgeModels) modelData(c *call) answer {
	return k.data(c, false, dataRequestOfQuery)
}

// postModelData answers POST /knowledge-models/{km_id}/data.
func (k *knowledgeModels) postModelData(c *call) answer {
	return k.data(c, false, dataRequestOfBody)
}

// recordData answers GET /knowledge-models/{km_id}/records/{record_id}/data.
func (k *knowledgeModels) recordData(c *call) answer {
	return k.data(c, true, dataRequestOfQuery)
}

// postRecordData answers POST /knowledge-models/{km_id}/records/{record_id}/data.
func (k *knowledgeModels) postRecordData(c *call) answer {
	return k.data(c, true, dataRequestOfBody)
}

// dataRequest is what a data request asks for, wherever it says so.
type dataRequest struct {
	pageRequest

	fields, kpis []string
	filters      []string // ids
	expressions  []string
	sort         []string // with their signs
	distinct     bool
	term         string
	searchField  string
}

// data answers a page of data that read finds out about.
func (k *knowledgeModels) data(c *call, ofRecord bool, read func(*call, bool) (dataRequest, *failure)) answer {
	model, problem := k.asked(c)
	if problem != nil {
		return c.fail(*problem)
	}

	level := dataLevel{content: k.contents.schema(model)}

	if ofRecord {
		level.record, problem = askedRecord(c, level.content)
		if problem != nil {
			return c.fail(*problem)
		}
	}

	asked, problem := read(c, ofRecord)
	if problem != nil {
		return c.fail(*problem)
	}

	query, problem := level.query(asked)
	if problem != nil {
		return c.fail(*problem)
	}

	query.rowsOf = func(record *Record) []map[string]any { return k.contents.rowsOf(model, record) }

	return k.dataPage(c, asked, query)
}

// dataPage carries the query out and answers the page that was asked for.
func (k *knowledgeModels) dataPage(c *call, asked dataRequest, query *dataQuery) answer {
	// The faults about pages do not care how many rows can be reached.
	limited := !c.fault.RepeatPage && !c.fault.EndlessPages
	beyond := limited && asked.page*asked.pageSize >= k.opts.RowLimit

	if beyond && k.opts.RowsBeyondLimit == RefuseRowsBeyondLimit {
		return c.fail(failure{
			status:    http.StatusBadRequest,
			code:      codeIllegal,
			detail:    fmt.Sprintf("Only the first %d rows can be fetched.", k.opts.RowLimit),
			attribute: "page",
		})
	}

	rows := query.run()
	reachable := min(len(rows), k.opts.RowLimit)

	shown, problem := c.section(&asked.pageRequest, reachable)
	if problem != nil {
		return c.fail(*problem)
	}

	if !shown.madeUp {
		shown.total = len(rows) // Also those that cannot be reached: whether the vendor counts them is not documented.
	}

	items := make([]object, 0, shown.last-shown.first)

	for i := shown.first; i < shown.last; i++ {
		item := make(object, len(query.columns))

		for j, column := range query.columns {
			if shown.madeUp {
				item[column.id] = madeUpValue(column.headerType(), i)
			} else {
				item[column.id] = rows[i][j]
			}
		}

		items = append(items, item)
	}

	headers := make([]object, len(query.columns))
	for i, column := range query.columns {
		headers[i] = k.dataHeader(c, column)
	}

	envelope := c.envelope(asked.pageRequest, object{"headers": headers, "data": k.nested(items)}, shown)
	addDataSort(c, envelope, query.sort)

	return jsonAnswer(http.StatusOK, typeJSON, envelope)
}

// nested puts the rows as deep as the options say.
func (k *knowledgeModels) nested(rows []object) any {
	switch k.opts.DataNesting {
	case DataInOneArray:
		return [][]object{rows}
	case DataRowArrays:
		arrays := make([][]object, len(rows))
		for i, row := range rows {
			arrays[i] = []object{row}
		}

		return arrays
	default:
		return rows
	}
}

// dataHeader describes a column. A field of the type number, which headers do not know, is announced as a float.
func (k *knowledgeModels) dataHeader(c *call, column dataColumn) object {
	header := object{"id": column.id, "type": column.headerType()}

	for name, flag := range map[string]bool{
		"aggregation": column.kpi != nil, "filterable": column.kpi == nil, "sortable": true,
	} {
		header[name] = flag

		if k.opts.QuotedFlags {
			header[name] = strconv.FormatBool(flag)
		}
	}

	if column.kpi != nil {
		c.optionals(header, "name", column.kpi.Name, "format", column.kpi.Format, "unit", column.kpi.Unit)
	} else {
		field := column.field.field
		c.optionals(header, "name", field.Name, "format", field.Format, "unit", field.Unit)
	}

	return header
}

// addDataSort echoes the applied sort.
func addDataSort(c *call, envelope object, keys []sortKey) {
	sort := make([]string, len(keys))

	for i, key := range keys {
		sort[i] = "+" + key.id
		if key.descending {
			sort[i] = "-" + key.id
		}
	}

	switch {
	case len(sort) > 0 && c.opts.SortAsArray:
		envelope["sort"] = strings.Join(sort, ",")
	case len(sort) > 0:
		envelope["sort"] = sort
	case c.opts.NullFields:
		envelope["sort"] = nil
	}
}

// madeUpValue is a value that does not exist.
func madeUpValue(headerType string, i int) any {
	switch headerType {
	case fieldBoolean:
		return i%2 == 0
	case fieldInteger, fieldFloat:
		return json.Number(strconv.Itoa(i))
	case fieldDate:
		return "2999-12-31"
	case fieldDateTime, fieldTimestamp:
		return "2999-12-31T23:59:59Z"
	default:
		return fmt.Sprintf("made-up-%09d", i)
	}
}
