package simulator

import (
	"encoding/json"
	"math"
	"strings"
	"unicode/utf8"
)

// dataRequestOfQuery reads the parameters of a GET.
func dataRequestOfQuery(c *call, _ bool) (dataRequest, *failure) {
	page, problem := c.unsortedPageRequest()
	if problem != nil {
		return dataRequest{}, problem
	}

	asked := dataRequest{
		pageRequest: page,
		expressions: c.query["filterExpr"],
		term:        c.query.Get("searchTerm"),
		searchField: c.query.Get("searchField"),
	}

	for _, list := range c.query["filters"] {
		asked.filters = append(asked.filters, strings.Split(list, ",")...)
	}

	precision, problem := c.integer("searchPrecision", 1, 1)
	if problem != nil {
		return dataRequest{}, problem
	}

	const largestPrecision = 100

	if precision > largestPrecision {
		return dataRequest{}, badRequest(codeIllegal, "searchPrecision", "searchPrecision is at most %d.", largestPrecision)
	}

	if c.query.Has("kpis") {
		asked.kpis = strings.Split(c.query.Get("kpis"), ",")
	}

	if c.query.Has("sort") {
		asked.sort = strings.Split(c.query.Get("sort"), ",")
	}

	if c.query.Has("options") {
		asked.distinct, problem = distinct(strings.Split(c.query.Get("options"), ","))
		if problem != nil {
			return dataRequest{}, problem
		}
	}

	var fields *string

	if c.query.Has("fields") {
		text := c.query.Get("fields")
		fields = &text
	}

	return asked, asked.setFields(fields)
}

// setFields takes the fields from a comma-separated text; nil = there is none. It comes after the KPIs, which a
// request for a record never has.
func (r *dataRequest) setFields(text *string) *failure {
	const mostFields = 200

	if text == nil {
		if len(r.kpis) == 0 {
			return badRequest(codeMissing, "fields", "Missing mandatory parameters: fields, or at the level of the model kpis.")
		}

		return nil
	}

	r.fields = strings.Split(*text, ",")

	if *text == "" || len(r.fields) > mostFields {
		return badRequest(codeConstraint, "fields", "[fields: size must be between 1 and %d]", mostFields)
	}

	return nil
}

// distinct reads the options of a data request.
func distinct(options []string) (bool, *failure) {
	if len(options) > 1 {
		return false, badRequest(codeIllegal, "options", "There is at most one option.")
	}

	if len(options) == 1 && options[0] != "distinct" {
		return false, badRequest(codeIllegal, "options", "The option %q is unknown.", options[0])
	}

	return len(options) == 1, nil
}

// dataRequestOfBody reads the body of a POST, as strictly as the schema in the vendor's OpenAPI file can be read. The codes
// are those of the same mistakes in a query; where there is no such mistake, GENERAL_PARAMETER_ILLEGAL is a guess.
func dataRequestOfBody(c *call, ofRecord bool) (dataRequest, *failure) {
	if problem := c.requireJSON(); problem != nil {
		return dataRequest{}, problem
	}

	b := &bodyReader{}

	known := []string{"fields", "filters", "pagination", "sort", "options", "search"}
	if !ofRecord {
		known = append(known, "kpis")
	}

	root := b.object("the body", c.body, "projection")
	if _, ok := root["projection"]; b.problem == nil && !ok {
		return dataRequest{}, badRequest(codeMissing, "projection", "projection is missing.")
	}

	projection := b.object("projection", root["projection"], known...)
	filters := b.object("filters", projection["filters"], "kmFilterNames", "filterExpr")
	search := b.object("search", projection["search"], "term", "field", "precision")
	pagination := b.object("pagination", projection["pagination"], "pageNumber", "pageSize")

	asked := dataRequest{
		kpis:        b.texts("kpis", projection["kpis"]),
		filters:     b.texts("kmFilterNames", filters["kmFilterNames"]),
		expressions: b.texts("filterExpr", filters["filterExpr"]),
		sort:        readSort(b, projection["sort"]),
	}

	page, problem := c.pageOfSize(
		b.integer("pageNumber", pagination["pageNumber"], 0, math.MaxInt32, 0),
		b.integer("pageSize", pagination["pageSize"], 1, math.MaxInt32, c.defaultPageSize()))
	b.fail(problem)

	asked.pageRequest = page

	const largestPrecision = 100

	b.integer("precision", search["precision"], 0, largestPrecision, 0)

	if term := b.text("term", search["term"]); term != nil {
		asked.term = *term
	}

	if field := b.text("field", search["field"]); field != nil {
		asked.searchField = *field
	}

	if options := projection["options"]; !isNull(options) {
		asked.distinct = readDistinct(b, options)
	}

	const longestFields = 2048

	fields := b.text("fields", projection["fields"])
	if fields != nil && utf8.RuneCountInString(*fields) > longestFields {
		b.fail(badRequest(codeConstraint, "fields", "[fields: length must be between 1 and %d]", longestFields))
	}

	b.fail(asked.setFields(fields))

	return asked, b.problem
}

// readSort reads the sort, which may be null.
func readSort(b *bodyReader, raw json.RawMessage) []string {
	if isNull(raw) {
		return nil
	}

	text := b.text("sort", raw)
	if text == nil {
		return nil
	}

	const shortest, longest = 2, 2048

	// One character that is no sign is too short; a sign or nothing is a sort that is empty.
	if length := utf8.RuneCountInString(*text); length > longest || length == 1 && *text != "+" && *text != "-" {
		b.fail(badRequest(codeConstraint, "sort", "[sort: length must be between %d and %d]", shortest, longest))
	}

	return strings.Split(*text, ",")
}

func readDistinct(b *bodyReader, raw json.RawMessage) bool {
	on, problem := distinct(b.texts("options", raw))
	b.fail(problem)

	return on
}
