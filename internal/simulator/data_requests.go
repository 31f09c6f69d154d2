package simulator

import (
	"bytes"
	"encoding/json"
	"math"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	codeMissing    = "GENERAL_PARAMETER_MISSING"
	codeConstraint = "GENERAL_CONSTRAINT_VIOLATION"
)

// dataRequestOfQuery reads the parameters of a GET.
func (c *call) dataRequestOfQuery(bool) (dataRequest, *failure) {
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
func (c *call) dataRequestOfBody(ofRecord bool) (dataRequest, *failure) {
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
		sort:        b.sort(projection["sort"]),
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
		asked.distinct = b.distinct(options)
	}

	const longestFields = 2048

	fields := b.text("fields", projection["fields"])
	if fields != nil && utf8.RuneCountInString(*fields) > longestFields {
		b.fail(badRequest(codeConstraint, "fields", "[fields: length must be between 1 and %d]", longestFields))
	}

	b.fail(asked.setFields(fields))

	return asked, b.problem
}

// requireJSON refuses a body of another content type.
func (c *call) requireJSON() *failure {
	mediaType, params, err := mime.ParseMediaType(c.contentType)
	if charset := params["charset"]; err != nil || mediaType != typeJSON || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return &failure{status: http.StatusUnsupportedMediaType, detail: "The body must be application/json."}
	}

	return nil
}

// bodyReader reads the parts of a body and keeps the first problem.
type bodyReader struct {
	problem *failure
}

func (b *bodyReader) fail(problem *failure) {
	if b.problem == nil {
		b.problem = problem
	}
}

func isNull(raw json.RawMessage) bool {
	return string(bytes.TrimSpace(raw)) == "null"
}

// object reads an object with no other keys than the known ones, none of them twice. encoding/json alone would take a key
// in another case.
func (b *bodyReader) object(name string, raw json.RawMessage, known ...string) map[string]json.RawMessage {
	if raw == nil {
		return nil
	}

	members := map[string]json.RawMessage{}
	malformed := badRequest(codeIllegal, name, "%s is no JSON object.", name)

	decoder := json.NewDecoder(bytes.NewReader(raw))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') || !json.Valid(raw) {
		b.fail(malformed)

		return nil
	}

	for decoder.More() {
		token, _ := decoder.Token() // The JSON is valid.
		key, _ := token.(string)

		var member json.RawMessage
		if err := decoder.Decode(&member); err != nil {
			b.fail(malformed)

			return nil
		}

		if _, twice := members[key]; twice || !slices.Contains(known, key) {
			b.fail(badRequest(codeIllegal, key, "The key %q in %s is unknown or repeated.", key, name))

			return nil
		}

		members[key] = member
	}

	return members
}

// text reads a string; nil = it is not there.
func (b *bodyReader) text(name string, raw json.RawMessage) *string {
	if raw == nil {
		return nil
	}

	var text *string

	if err := json.Unmarshal(raw, &text); err != nil || text == nil {
		b.fail(badRequest(codeIllegal, name, "%s must be a string.", name))
	}

	return text
}

// texts reads an array of strings.
func (b *bodyReader) texts(name string, raw json.RawMessage) []string {
	if raw == nil {
		return nil
	}

	var items []*string

	err := json.Unmarshal(raw, &items)
	if err != nil || items == nil || slices.Contains(items, nil) {
		b.fail(badRequest(codeIllegal, name, "%s must be an array of strings.", name))

		return nil
	}

	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = *item
	}

	return texts
}

// integer reads an integer; what is none has the code that a page number in a query has.
func (b *bodyReader) integer(name string, raw json.RawMessage, least, most, byDefault int) int {
	if raw == nil {
		return byDefault
	}

	value, err := strconv.Atoi(string(bytes.TrimSpace(raw)))
	if err != nil || value < least || value > most {
		b.fail(badRequest(codeMismatch, name, "%s must be an integer from %d to %d.", name, least, most))

		return byDefault
	}

	return value
}

// sort reads the sort, which may be null.
func (b *bodyReader) sort(raw json.RawMessage) []string {
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

func (b *bodyReader) distinct(raw json.RawMessage) bool {
	on, problem := distinct(b.texts("options", raw))
	b.fail(problem)

	return on
}
