package intelligence

import (
	"encoding/json"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// dataRequestOfQuery reads the query parameters of a GET request.
func dataRequestOfQuery(c *server.Call, _ bool) (dataRequest, *server.Failure) {
	page, problem := c.UnsortedPageRequest()
	if problem != nil {
		return dataRequest{}, problem
	}

	request := dataRequest{
		PageRequest: page,
		expressions: c.Query["filterExpr"],
		term:        c.Query.Get("searchTerm"),
		searchField: c.Query.Get("searchField"),
	}

	for _, list := range c.Query["filters"] {
		request.filters = append(request.filters, strings.Split(list, ",")...)
	}

	precision, problem := c.Integer("searchPrecision", 1, 1)
	if problem != nil {
		return dataRequest{}, problem
	}

	const largestPrecision = 100

	if precision > largestPrecision {
		return dataRequest{}, server.BadRequest(server.CodeIllegal, "searchPrecision", "searchPrecision must be at most %d.", largestPrecision)
	}

	if c.Query.Has("kpis") {
		request.kpis = strings.Split(c.Query.Get("kpis"), ",")
	}

	if c.Query.Has("sort") {
		request.sort = strings.Split(c.Query.Get("sort"), ",")
	}

	if c.Query.Has("options") {
		request.distinct, problem = distinct(strings.Split(c.Query.Get("options"), ","))
		if problem != nil {
			return dataRequest{}, problem
		}
	}

	var fields *string

	if c.Query.Has("fields") {
		text := c.Query.Get("fields")
		fields = &text
	}

	return request, request.setFields(fields)
}

// setFields reads the fields from a comma-separated string; nil means that the request contains no fields. Set the KPIs first, because only
// requests with KPIs may omit the fields. Requests for a record do not support KPIs.
func (r *dataRequest) setFields(text *string) *server.Failure {
	const mostFields = 200

	if text == nil {
		if len(r.kpis) == 0 {
			return server.BadRequest(server.CodeMissing, "fields", "Missing mandatory parameter: fields or, for requests at the model level, kpis.")
		}

		return nil
	}

	r.fields = strings.Split(*text, ",")

	if *text == "" || len(r.fields) > mostFields {
		return server.BadRequest(server.CodeConstraint, "fields", "[fields: size must be between 1 and %d]", mostFields)
	}

	return nil
}

// distinct reads the options of a data request and reports whether they include "distinct".
func distinct(options []string) (bool, *server.Failure) {
	if len(options) > 1 {
		return false, server.BadRequest(server.CodeIllegal, "options", "The parameter options must contain at most one value.")
	}

	if len(options) == 1 && options[0] != "distinct" {
		return false, server.BadRequest(server.CodeIllegal, "options", "The option %q is unknown.", options[0])
	}

	return len(options) == 1, nil
}

// dataRequestOfBody reads the body of a POST request and checks it strictly against the schema in the vendor's OpenAPI file. An invalid value
// causes the same error code as in the query of a GET request. For errors that cannot occur in a query, such as a value of the wrong JSON type,
// the code GENERAL_PARAMETER_ILLEGAL is a guess.
func dataRequestOfBody(c *server.Call, ofRecord bool) (dataRequest, *server.Failure) {
	if problem := c.RequireJSON(); problem != nil {
		return dataRequest{}, problem
	}

	b := &server.BodyReader{}

	known := []string{"fields", "filters", "pagination", "sort", "options", "search"}
	if !ofRecord {
		known = append(known, "kpis")
	}

	root := b.Object("the body", c.Body, "projection")
	if _, ok := root["projection"]; b.Problem == nil && !ok {
		return dataRequest{}, server.BadRequest(server.CodeMissing, "projection", "projection is missing.")
	}

	projection := b.Object("projection", root["projection"], known...)
	filters := b.Object("filters", projection["filters"], "kmFilterNames", "filterExpr")
	search := b.Object("search", projection["search"], "term", "field", "precision")
	pagination := b.Object("pagination", projection["pagination"], "pageNumber", "pageSize")

	request := dataRequest{
		kpis:        b.Texts("kpis", projection["kpis"]),
		filters:     b.Texts("kmFilterNames", filters["kmFilterNames"]),
		expressions: b.Texts("filterExpr", filters["filterExpr"]),
		sort:        readSort(b, projection["sort"]),
	}

	page, problem := c.PageOfSize(
		b.Integer("pageNumber", pagination["pageNumber"], 0, math.MaxInt32, 0),
		b.Integer("pageSize", pagination["pageSize"], 1, math.MaxInt32, c.DefaultPageSize()))
	b.Fail(problem)

	request.PageRequest = page

	const largestPrecision = 100

	b.Integer("precision", search["precision"], 0, largestPrecision, 0)

	if term := b.Text("term", search["term"]); term != nil {
		request.term = *term
	}

	if field := b.Text("field", search["field"]); field != nil {
		request.searchField = *field
	}

	if options := projection["options"]; !server.IsNull(options) {
		request.distinct = readDistinct(b, options)
	}

	const longestFields = 2048

	fields := b.Text("fields", projection["fields"])
	if fields != nil && utf8.RuneCountInString(*fields) > longestFields {
		b.Fail(server.BadRequest(server.CodeConstraint, "fields", "[fields: length must be between 1 and %d]", longestFields))
	}

	b.Fail(request.setFields(fields))

	return request, b.Problem
}

// readSort reads the sort fields, which may be null.
func readSort(b *server.BodyReader, raw json.RawMessage) []string {
	if server.IsNull(raw) {
		return nil
	}

	text := b.Text("sort", raw)
	if text == nil {
		return nil
	}

	const shortest, longest = 2, 2048

	// A single character is too short unless it is + or -. A lone + or - counts as an empty sort, as does an empty string.
	if length := utf8.RuneCountInString(*text); length > longest || length == 1 && *text != "+" && *text != "-" {
		b.Fail(server.BadRequest(server.CodeConstraint, "sort", "[sort: length must be between %d and %d]", shortest, longest))
	}

	return strings.Split(*text, ",")
}

func readDistinct(b *server.BodyReader, raw json.RawMessage) bool {
	on, problem := distinct(b.Texts("options", raw))
	b.Fail(problem)

	return on
}
