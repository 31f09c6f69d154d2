package intelligence

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// dataLevel is the scope of a data request: a record or the whole model. At model level, a field is named "recordId.fieldId"; at record level,
// it is named "fieldId".
type dataLevel struct {
	content *Content
	record  *Record // nil = the whole model
}

func (l dataLevel) field(name string) (reference, bool) {
	if l.record == nil {
		return l.content.modelField(name)
	}

	field, ok := l.record.field(name)

	return reference{l.record, field}, ok
}

// dataColumn is a column of a response: a KPI if kpi is set, otherwise a field.
type dataColumn struct {
	id    string // as in the request; also the key in the rows
	field reference
	kpi   *KPI
	where predicate // the condition of the KPI; nil = all rows
}

// headerType returns the type that the column's header specifies.
func (c dataColumn) headerType() string {
	if c.kpi != nil {
		switch c.kpi.Aggregate {
		case AggregateCount, "":
			return FieldInteger
		case AggregateMinimum, AggregateMaximum:
		default:
			return fieldFloat
		}
	}

	if c.field.field.Type == FieldNumber {
		return fieldFloat
	}

	return c.field.field.Type
}

// sortKey is a column to sort by.
type sortKey struct {
	id         string
	column     int
	descending bool
}

// dataQuery is a data request with resolved names. The query joins the rows of different records by position, whereas the vendor joins rows by
// the keys of the data model. If a record has fewer rows than another, the shorter record's fields have no values in the remaining rows.
type dataQuery struct {
	columns    []dataColumn // fields first, then KPIs
	fields     int
	conditions []predicate
	sort       []sortKey
	distinct   bool
	term       string
	searched   []reference
	rowsOf     func(*Record) []map[string]any
}

func fieldNotFound(attribute, name string) *server.Failure {
	return server.BadRequest("KM_FIELD_NOTFOUND", attribute, "The field %q does not exist. Field names are case-sensitive.", name)
}

// query resolves the names in a request and returns the query.
func (l dataLevel) query(request dataRequest) (*dataQuery, *server.Failure) {
	q := &dataQuery{distinct: request.distinct, fields: len(request.fields), term: request.term}

	for _, name := range request.fields {
		field, ok := l.field(name)
		if !ok {
			return nil, fieldNotFound("fields", name)
		}

		q.columns = append(q.columns, dataColumn{id: name, field: field})
	}

	for _, id := range request.kpis {
		column, problem := l.kpiColumn(id)
		if problem != nil {
			return nil, problem
		}

		q.columns = append(q.columns, column)
	}

	// The column ids are keys of a JSON object, so a column must not occur twice. The vendor does not document the response to a repeated
	// column.
	for i, column := range q.columns {
		if slices.ContainsFunc(q.columns[:i], func(earlier dataColumn) bool { return earlier.id == column.id }) {
			return nil, server.BadRequest(server.CodeIllegal, "fields", "%q is requested twice.", column.id)
		}
	}

	if problem := l.addConditions(q, request); problem != nil {
		return nil, problem
	}

	if problem := l.addSort(q, request.sort); problem != nil {
		return nil, problem
	}

	return q, l.addSearch(q, request.searchField)
}

// kpiColumn returns the column of a KPI. The error code for an unknown KPI is a guess.
func (l dataLevel) kpiColumn(id string) (dataColumn, *server.Failure) {
	kpi, ok := l.content.kpi(id)
	if !ok {
		return dataColumn{}, server.BadRequest(server.CodeIllegal, "kpis", "The KPI %q does not exist.", id)
	}

	if err := l.content.checkKPI(*kpi); err != nil {
		return dataColumn{}, brokenContent(err)
	}

	column := dataColumn{id: id, kpi: kpi}
	column.field.record, _ = l.content.record(kpi.RecordID)
	column.field.field, _ = column.field.record.field(kpi.FieldID)

	if kpi.Where != "" {
		column.where, _ = parseExpression(kpi.Where, l.content.modelField) // Content.check has validated the expression.
	}

	return column, nil
}

// brokenContent returns the failure for invalid Content that was set while the team was running. simulator.New would have
// rejected this content.
func brokenContent(err error) *server.Failure {
	return &server.Failure{Status: http.StatusInternalServerError, Code: "ADMIN_FATAL_ERROR", Detail: "simulator: " + err.Error()}
}

// addConditions adds the filters and filter expressions, which must all match. The error codes for unknown filters and invalid expressions
// are not documented.
func (l dataLevel) addConditions(q *dataQuery, request dataRequest) *server.Failure {
	for _, id := range request.filters {
		i := slices.IndexFunc(l.content.Filters, func(filter Filter) bool { return filter.ID == id })
		if i < 0 {
			return server.BadRequest(server.CodeIllegal, "filters", "The filter %q does not exist. Filter ids are case-sensitive.", id)
		}

		condition, err := parseExpression(l.content.Filters[i].Expression, l.content.modelField)
		if err != nil {
			return brokenContent(err)
		}

		q.conditions = append(q.conditions, condition)
	}

	for _, text := range request.expressions {
		condition, err := parseExpression(text, l.field)

		switch {
		case errors.Is(err, errUnknownField):
			return server.BadRequest("KM_FIELD_NOTFOUND", "filterExpr", "The expression %q contains an %v. Field names are case-sensitive.",
				text, err)
		case err != nil:
			return server.BadRequest(server.CodeIllegal, "filterExpr", "The expression %q is malformed: %v.", text, err)
		}

		q.conditions = append(q.conditions, condition)
	}

	return nil
}

// addSort adds the columns to sort by. Each of these columns must also be requested.
func (l dataLevel) addSort(q *dataQuery, entries []string) *server.Failure {
	for _, entry := range entries {
		id, descending := strings.CutPrefix(entry, "-")
		if !descending {
			id = strings.TrimPrefix(id, "+")
		}

		if id == "" {
			return server.BadRequest("SORT_IS_EMPTY", "sort", "The parameter sort is empty.")
		}

		_, isKPI := l.content.kpi(id)
		if l.record == nil && !isKPI && !strings.Contains(id, ".") {
			return server.BadRequest(server.CodeIllegal, "sort", "Sort illegal field parameter, it should contain recordId.fieldId: %s", id)
		}

		column := slices.IndexFunc(q.columns, func(column dataColumn) bool { return column.id == id })
		if column < 0 {
			return server.BadRequest("SORT_UNKNOWN_FIELD", "sort", "The sort field %q is unknown or was not requested.", id)
		}

		for _, key := range q.sort {
			if key.id == id && key.descending != descending {
				return server.BadRequest("SORT_HAS_OPPOSITE", "sort", "%q is sorted in both directions.", id)
			}
		}

		q.sort = append(q.sort, sortKey{id: id, column: column, descending: descending})
	}

	return nil
}

// addSearch adds the fields to search: the given field, or by default all string fields of the requested records.
func (l dataLevel) addSearch(q *dataQuery, name string) *server.Failure {
	if name != "" {
		field, ok := l.field(name)
		if !ok {
			return fieldNotFound("searchField", name)
		}

		q.searched = []reference{field}

		return nil
	}

	for i, column := range q.columns {
		record := column.field.record
		if slices.ContainsFunc(q.columns[:i], func(earlier dataColumn) bool { return earlier.field.record == record }) {
			continue
		}

		for j := range record.Fields {
			if record.Fields[j].Type == FieldString {
				q.searched = append(q.searched, reference{record, &record.Fields[j]})
			}
		}
	}

	return nil
}

// run returns all result rows in the requested order. If the query contains KPIs, the result has one row for each combination of field values.
func (q *dataQuery) run() [][]any {
	source := newRowSource(q)
	matching := q.matching(source)

	var rows [][]any

	if len(q.columns) > q.fields {
		rows = q.grouped(source, matching)
	} else {
		for _, i := range matching {
			rows = append(rows, q.project(source, i))
		}
	}

	if q.distinct {
		seen := map[string]bool{}
		rows = slices.DeleteFunc(rows, func(row []any) bool {
			key := rowKey(row)
			again := seen[key]
			seen[key] = true

			return again
		})
	}

	slices.SortStableFunc(rows, q.compare)

	return rows
}

// rowSource joins the records of a query.
type rowSource struct {
	rowsOf func(*Record) []map[string]any
	rows   map[*Record][]map[string]any
	count  int // number of joined rows: the highest number of rows of any record in the columns
}

func newRowSource(q *dataQuery) *rowSource {
	source := &rowSource{rowsOf: q.rowsOf, rows: map[*Record][]map[string]any{}}

	for _, column := range q.columns {
		source.count = max(source.count, len(source.of(column.field.record)))
	}

	return source
}

func (s *rowSource) of(record *Record) []map[string]any {
	rows, ok := s.rows[record]
	if !ok {
		rows = s.rowsOf(record)
		s.rows[record] = rows
	}

	return rows
}

// at(i) returns a function that looks up values in the i-th joined row.
func (s *rowSource) at(i int) func(reference) any {
	return func(field reference) any {
		rows := s.of(field.record)
		if i >= len(rows) {
			return nil
		}

		return rows[i][field.field.ID]
	}
}

// matching finds the rows that match the filters and the search term, and returns their indexes.
func (q *dataQuery) matching(source *rowSource) []int {
	var matching []int

	term := strings.ToLower(q.term)

	for i := range source.count {
		cell := source.at(i)

		if slices.ContainsFunc(q.conditions, func(holds predicate) bool { return !holds(cell) }) {
			continue
		}

		if term == "" || slices.ContainsFunc(q.searched, func(field reference) bool {
			return strings.Contains(strings.ToLower(cellText(cell(field))), term)
		}) {
			matching = append(matching, i)
		}
	}

	return matching
}

func (q *dataQuery) project(source *rowSource, i int) []any {
	cell := source.at(i)
	row := make([]any, q.fields, len(q.columns))

	for j := range row {
		row[j] = cell(q.columns[j].field)
	}

	return row
}

// grouped computes the KPIs for each combination of field values, in the order in which the combinations first occur. A query without
// fields has one result row, even if no rows match.
func (q *dataQuery) grouped(source *rowSource, matching []int) [][]any {
	var rows [][]any

	members := map[string][]int{}

	for _, i := range matching {
		row := q.project(source, i)
		key := rowKey(row)

		if _, ok := members[key]; !ok {
			rows = append(rows, row)
		}

		members[key] = append(members[key], i)
	}

	if q.fields == 0 {
		rows = [][]any{{}}
	}

	for r, row := range rows {
		of := members[rowKey(row)]
		for _, column := range q.columns[q.fields:] {
			row = append(row, column.aggregate(source, of))
		}

		rows[r] = row
	}

	return rows
}

// rowKey returns a key that only equal rows share.
func rowKey(row []any) string {
	key, err := json.Marshal(row)
	if err != nil {
		return fmt.Sprintf("%#v", row) // simulator.New would have rejected a value of this type.
	}

	return string(key)
}

// compare compares two rows by the sort keys. Missing values come last in both ascending and descending order.
func (q *dataQuery) compare(a, b []any) int {
	for _, key := range q.sort {
		first, second := a[key.column], b[key.column]

		switch {
		case first == nil && second == nil:
			continue
		case first == nil:
			return 1
		case second == nil:
			return -1
		}

		order := sortCells(q.columns[key.column].headerType(), first, second)
		if key.descending {
			order = -order
		}

		if order != 0 {
			return order
		}
	}

	return 0
}

// aggregate computes a KPI from the given joined rows. Without rows, a count is 0, and any other KPI has no value.
func (c dataColumn) aggregate(source *rowSource, rows []int) any {
	own := len(source.of(c.field.record))
	all, counted := 0, 0

	var values []any

	for _, i := range rows {
		if i >= own {
			continue
		}

		all++

		cell := source.at(i)
		if c.where != nil && !c.where(cell) {
			continue
		}

		if c.field.field == nil {
			counted++
		} else if value := cell(c.field); value != nil {
			counted++

			values = append(values, value)
		}
	}

	switch c.kpi.Aggregate {
	case AggregateShare:
		return quotient(big.NewFloat(float64(counted)), all)
	case AggregateSum, AggregateAverage:
		return total(values, c.kpi.Aggregate == AggregateAverage)
	case AggregateMinimum, AggregateMaximum:
		return c.extreme(values)
	default:
		return json.Number(strconv.Itoa(counted))
	}
}

// total computes the sum or the average of numbers.
func total(values []any, average bool) any {
	sum, _ := bigNumber("0")
	numbers := 0

	for _, value := range values {
		if number, ok := cellNumber(value); ok {
			sum.Add(sum, number)

			numbers++
		}
	}

	if numbers == 0 || average {
		return quotient(sum, numbers)
	}

	return quotient(sum, 1)
}

// quotient divides with higher precision than float64.
func quotient(number *big.Float, divisor int) any {
	if divisor == 0 {
		return nil
	}

	const digits = 30

	result, _ := bigNumber("0")
	result.Quo(number, big.NewFloat(float64(divisor)))

	return json.Number(result.Text('g', digits))
}

// extreme finds the smallest or largest value.
func (c dataColumn) extreme(values []any) any {
	if len(values) == 0 {
		return nil
	}

	compare := func(a, b any) int { return sortCells(c.field.field.Type, a, b) }
	if c.kpi.Aggregate == AggregateMaximum {
		return slices.MaxFunc(values, compare)
	}

	return slices.MinFunc(values, compare)
}
