package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

const (
	// farPage is a page number beyond the end of any list.
	farPage = 1_000_000
	// documentedMaxPage is the documented maximum page size for the largest licence.
	documentedMaxPage = transport.MaxPageSize
	// modelsToLookInto is the maximum number of Knowledge Models to examine in detail.
	modelsToLookInto = 3
	// unknownModel is an id that no Knowledge Model has.
	unknownModel = "celonis-doctor.no-such-model"
)

// licence contains the documented limits of a licence size. Source: developer.celonis.com, Knowledge Model API, terms.
type licence struct {
	size            string
	page, dailyCall int
}

func licences() []licence {
	return []licence{{"S", 50, 6_000}, {"M", 100, 12_000}, {"L", 500, 25_000}, {"XL", documentedMaxPage, 50_000}}
}

// readKnowledgeModels examines the list of Knowledge Models and the contents of some models, and records the behaviour that they show.
func (e *examination) readKnowledgeModels(ctx context.Context) {
	if !e.works["knowledge-models"] {
		e.unseen("The Knowledge Models cannot be read", keysOf(sectionLists, sectionModels)...)
		e.unseen("The Knowledge Models cannot be read", "readings.errors", "readings.errors_as_json", "readings.null_fields")

		return
	}

	first := e.firstPage("knowledge-models", "/knowledge-models")
	models := first.body().objects("content")

	e.readErrors(ctx)
	e.readEnvelope(first)

	if len(models) == 0 {
		e.unseen("The credentials cannot see any Knowledge Models", keysOf(sectionLists, sectionModels)...)
		e.unseen("The credentials cannot see any Knowledge Models", "readings.null_fields")

		return
	}

	e.readPages(ctx, len(models), first)

	fields := emptyFields{}
	fields.add(models, "published")

	for _, model := range models[:min(len(models), modelsToLookInto)] {
		e.lookInto(ctx, model.text("id"), &fields)
	}

	fields.settle(e)
}

// getModels requests a path below /intelligence/api/knowledge-models.
func (e *examination) getModels(ctx context.Context, query url.Values, below ...string) response {
	return e.send(ctx, transport.Request{
		Area: client.AreaKnowledgeModels, Method: http.MethodGet, Query: query,
		Path: append([]string{"intelligence", "api", "knowledge-models"}, below...),
	})
}

func pageQuery(page, size int) url.Values {
	return url.Values{"page": {strconv.Itoa(page)}, "pageSize": {strconv.Itoa(size)}, "sort": {"id"}}
}

// readErrors determines the error format by requesting a model that does not exist.
func (e *examination) readErrors(ctx context.Context) {
	resp := e.getModels(ctx, nil, unknownModel)
	form := resp.errorForm()

	switch form {
	case "html", "oauth", "":
		e.unseen("The error for an unknown Knowledge Model is in an unknown format", "readings.errors")
	default:
		if resp.status() < http.StatusBadRequest {
			e.unseen(resp.why(), "readings.errors", "readings.errors_as_json")

			return
		}

		e.settle("readings.errors", form, "the %d response for an unknown Knowledge Model", resp.status())
	}

	isSpecial := resp.mediaType() == "application/problem+json" || resp.mediaType() == "application/scim+json"

	switch {
	case form != "problem" && form != "scim":
		e.unseen("Only errors in the problem or SCIM format have two possible content types", "readings.errors_as_json")
	case isSpecial || resp.mediaType() == "application/json":
		e.settle("readings.errors_as_json", !isSpecial, "the content type %s", resp.mediaType())
	}
}

// readEnvelope examines the page fields that describe the list.
func (e *examination) readEnvelope(first response) {
	body := first.body()

	e.settle("readings.omit_page_size", !body.has("pageSize"), "the list of Knowledge Models")

	if body.has("sort") && !body.isNull("sort") {
		e.settle("readings.sort_as_array", body.isArray("sort"), "the list of Knowledge Models")
	}
}

// readPages records how lists report totals and limit the page size, and how the service responds to a request for a page past the end. count
// is the number of models on the first page.
func (e *examination) readPages(ctx context.Context, count int, first response) {
	total, _ := first.body().number("total")
	single := e.getModels(ctx, pageQuery(0, 1))
	stated, hasTotal := single.body().number("total")

	switch {
	case !single.succeeded():
		e.unseen(single.why(), "readings.total")
	case !hasTotal:
		e.settle("readings.total", "absent", "a page of one Knowledge Model")
	case stated > 1:
		total = max(total, stated)
		e.settle("readings.total", "all", "a page of one Knowledge Model reports a total of %d", stated)
	case count > 1:
		e.settle("readings.total", "page", "a page of one Knowledge Model reports a total of 1, although there are more")
	default:
		e.unseen("At least two Knowledge Models are needed", "readings.total")
	}

	past := e.getModels(ctx, pageQuery(farPage, client.DefaultPageSize))
	items := past.body().objects("content")

	switch {
	case past.succeeded() && items != nil && len(items) == 0:
		e.settle("readings.past_end", "empty", "page %d", farPage)
	case past.succeeded() && len(items) > 0:
		e.settle("readings.past_end", "last-page", "page %d contains %s", farPage, counted(len(items), "Knowledge Models"))
	case past.isRefused():
		e.settle("readings.past_end", "bad-request", "page %d", farPage)
	case past.status() == http.StatusNotFound:
		e.settle("readings.past_end", "not-found", "page %d", farPage)
	default:
		e.unseen(past.why(), "readings.past_end")
	}

	e.readLargestPage(ctx, max(total, count), quotaOf(first))
	e.readLicence(quotaOf(first))
}

// quotaOf returns the daily quota from the response headers, or 0 if there is none.
func quotaOf(resp response) int {
	quota, _ := strconv.Atoi(resp.Reply.Header.Get("X-Ratelimit-Limit"))

	return quota
}

// readLargestPage requests a page that is one item larger than the documented maximum. total is the number of models, if known.
func (e *examination) readLargestPage(ctx context.Context, total, quota int) {
	const (
		maxKey   = "limits.max_page_size"
		aboveKey = "readings.page_size_above_max"
	)

	resp := e.getModels(ctx, pageQuery(0, documentedMaxPage+1))
	count := len(resp.body().objects("content"))
	announced, isAnnounced := resp.body().number("pageSize")

	licensed := documentedMaxPage
	for _, documented := range licences() {
		if documented.dailyCall == quota {
			licensed = documented.page
		}
	}

	switch {
	case resp.isRefused():
		e.settle(aboveKey, "refuse", "a request for %d Knowledge Models", documentedMaxPage+1)
		e.findLargestPage(ctx)
	case !resp.succeeded():
		e.unseen(resp.why(), maxKey, aboveKey)
	case isAnnounced && announced <= documentedMaxPage:
		e.settle(aboveKey, "cap", "the response to a request for %d Knowledge Models reports a page size of %d", documentedMaxPage+1, announced)
		e.settle(maxKey, announced, "the page size reported in the response")
	case count < total && isAnnounced:
		e.settle(aboveKey, "cap-silently", "a request for %d Knowledge Models returns %d of %d", documentedMaxPage+1, count, total)
		e.settle(maxKey, count, "the number of Knowledge Models on that page")
	case count < total:
		e.settle(maxKey, count, "a request for %d Knowledge Models returns %d of %d", documentedMaxPage+1, count, total)
		e.unseen("Lists omit the page size, so it is unknown whether the service reports a cap or applies it silently", aboveKey)
	case count > licensed:
		e.settle(aboveKey, "honour", "a request for %d Knowledge Models returns %d, although the licence allows only %d", documentedMaxPage+1, count,
			licensed)
		e.unseen("No requested page size exceeded the maximum", maxKey)
	default:
		e.unseen("There are too few Knowledge Models to fill a page", maxKey, aboveKey)
	}
}

// findLargestPage finds the largest documented page size that the service does not reject.
func (e *examination) findLargestPage(ctx context.Context) {
	largest := 0

	for _, documented := range licences() {
		resp := e.getModels(ctx, pageQuery(0, documented.page))
		if !resp.succeeded() {
			break
		}

		largest = documented.page
	}

	if largest > 0 {
		e.settle("limits.max_page_size", largest, "the largest documented page size that is not rejected")
	}
}

// readLicence infers the licence size from the maximum page size and the daily quota.
func (e *examination) readLicence(quota int) {
	const key = "licence"

	page, isKnown := e.reading("limits.max_page_size").Value.(int)

	for _, documented := range licences() {
		if documented.dailyCall == quota && (!isKnown || documented.page == page) {
			e.settle(key, documented.size, "x-ratelimit-limit is %d", quota)
		}
	}

	e.unseen("The page size and x-ratelimit-limit do not match any documented licence size", key)
}

// lookInto examines one model and records any behaviour that has not been observed yet.
func (e *examination) lookInto(ctx context.Context, id string, fields *emptyFields) {
	const dataKey = "readings.knowledge_models.data_nesting"

	if !e.isSettled("readings.knowledge_models.kpi_parameter_nesting") {
		e.readKPIs(ctx, id, fields)
	}

	if !e.isSettled("readings.knowledge_models.spec_format") {
		e.readSpec(ctx, id)
	}

	if e.isSettled(dataKey, "readings.knowledge_models.rows_beyond_limit") {
		return
	}

	records := e.getModels(ctx, pageQuery(0, client.DefaultPageSize), id, "records")
	listed := records.body().objects("content")
	fields.add(listed, "description", "shortDisplayName", "internalNote")

	if len(listed) == 0 {
		e.unseen(records.why(), dataKey)

		return
	}

	detail := e.getModels(ctx, nil, id, "records", listed[0].text("id"))
	columns := detail.body().objects("fields")
	fields.add(columns, "description", "shortDisplayName", "internalNote", "format", "unit")

	if len(columns) > 0 {
		e.readData(ctx, id, listed[0].text("id")+"."+columns[0].text("id"))
	}
}

func (e *examination) readKPIs(ctx context.Context, id string, fields *emptyFields) {
	const key = "readings.knowledge_models.kpi_parameter_nesting"

	resp := e.getModels(ctx, pageQuery(0, client.DefaultPageSize), id, "kpis")
	kpis := resp.body().objects("content")
	fields.add(kpis, "description", "format", "unit", "direction", "target", "parameters")

	for _, kpi := range kpis {
		var parameters []json.RawMessage
		if json.Unmarshal(kpi["parameters"], &parameters) != nil || len(parameters) == 0 {
			continue
		}

		if parameters[0][0] == '[' {
			e.settle(key, "nested", "a KPI with parameters")
		} else {
			e.settle(key, "flat", "a KPI with parameters")
		}
	}
}

func (e *examination) readSpec(ctx context.Context, id string) {
	const key = "readings.knowledge_models.spec_format"

	resp := e.getModels(ctx, nil, id, "spec")
	if !resp.succeeded() {
		e.unseen(resp.why(), key)

		return
	}

	isJSON := bytes.HasPrefix(bytes.TrimSpace(resp.Reply.Body), []byte("{"))
	isLabelledJSON := resp.mediaType() == "application/json"
	isLabelledYAML := strings.HasSuffix(resp.mediaType(), "yaml")
	evidence := "a document with the content type " + resp.mediaType()

	switch {
	case isJSON && isLabelledJSON:
		e.settle(key, "json", "%s", evidence)
	case isJSON && resp.mediaType() == "text/plain":
		e.settle(key, "json-as-text", "%s", evidence)
	case !isJSON && isLabelledYAML:
		e.settle(key, "yaml", "%s", evidence)
	case !isJSON && isLabelledJSON:
		e.settle(key, "yaml-as-json", "%s", evidence)
	default:
		e.unseen("The document has an unexpected content type", key)
	}
}

// readData reads two rows of one field, and then requests rows past the end. It ignores the values.
func (e *examination) readData(ctx context.Context, id, field string) {
	const nestingKey = "readings.knowledge_models.data_nesting"

	resp := e.postData(ctx, id, field, 0, 2)
	if !resp.succeeded() {
		e.unseen(resp.why(), nestingKey, "readings.knowledge_models.quoted_flags")

		return
	}

	content := resp.body().object("content")

	for _, header := range content.objects("headers") {
		for _, flag := range []string{"aggregation", "filterable", "sortable"} {
			if header.has(flag) && !header.isNull(flag) {
				e.settle("readings.knowledge_models.quoted_flags", header[flag][0] == '"', "the headers of a data page")
			}
		}
	}

	var rows, inner []json.RawMessage

	_ = json.Unmarshal(content["data"], &rows) // If the value is not an array, rows stays empty.
	if len(rows) > 0 {
		_ = json.Unmarshal(rows[0], &inner)
	}

	switch {
	case len(rows) > 0 && rows[0][0] == '{':
		e.settle(nestingKey, "flat", "a page of %s", counted(len(rows), "rows"))
	case len(rows) > 1:
		e.settle(nestingKey, "row-arrays", "a page of %s", counted(len(rows), "rows"))
	case len(inner) > 1:
		e.settle(nestingKey, "one-array", "a page of %s", counted(len(inner), "rows"))
	default:
		e.unseen("The record has fewer than two rows", nestingKey)
	}

	e.readRowLimit(ctx, id, field)
}

// readRowLimit requests rows at the documented limits. The response to a page past the end must already be known, because the service may
// return the same response at the row limit.
func (e *examination) readRowLimit(ctx context.Context, id, field string) {
	const (
		beyondKey = "readings.knowledge_models.rows_beyond_limit"
		limitKey  = "limits.max_rows"
		size      = 50
	)

	if e.isSettled(beyondKey) {
		return
	}

	if e.reading("readings.past_end").Value != "empty" {
		e.unseen("The response is the same as for a page past the end of a list", beyondKey, limitKey)

		return
	}

	// Sources of the limits: developer.celonis.com/celonis-apis/rate-limiting and its oldest archived copy.
	for _, limit := range []int{5_000, 1_000} {
		resp := e.postData(ctx, id, field, limit/size, size)

		switch content := resp.body().object("content"); {
		case resp.isRefused():
			e.settle(beyondKey, "refuse", "a request for row %d", limit+1)
		case resp.succeeded() && content.has("data") && isWithoutRows(content["data"]):
			e.settle(beyondKey, "empty", "a request for row %d", limit+1)
			e.unseen("The response is the same as for an empty page past the end of a table", limitKey)

			return
		case resp.succeeded():
			e.unseen(fmt.Sprintf("Row %d can be read", limit+1), beyondKey, limitKey)

			return
		default:
			e.unseen(resp.why(), beyondKey, limitKey)

			return
		}

		if before := e.postData(ctx, id, field, limit/size-1, size); before.succeeded() {
			e.settle(limitKey, limit, "a request for row %d is rejected, but one for row %d is not", limit+1, limit-size+1)

			return
		}
	}
}

// isWithoutRows reports whether data contains no rows, at any nesting depth.
func isWithoutRows(data json.RawMessage) bool {
	return bytes.HasPrefix(data, []byte("[")) && !bytes.Contains(data, []byte("{"))
}

func (e *examination) postData(ctx context.Context, id, field string, page, size int) response {
	body, err := json.Marshal(map[string]any{"projection": map[string]any{
		"fields": field, "pagination": map[string]int{"pageNumber": page, "pageSize": size},
	}})
	if err != nil {
		return response{failure: transport.AsError(ctx, err)}
	}

	return e.send(ctx, transport.Request{
		Area: client.AreaKnowledgeModels, Method: http.MethodPost, Path: []string{"intelligence", "api", "knowledge-models", id, "data"},
		Body: body, OnlyReads: true,
	})
}

// emptyFields counts the fields without a value, separately for null, absent and empty-string fields.
type emptyFields struct{ nulls, absent, texts int }

func (f *emptyFields) add(items []object, names ...string) {
	for _, item := range items {
		for _, name := range names {
			switch {
			case item.isNull(name):
				f.nulls++
			case !item.has(name):
				f.absent++
			case bytes.Equal(item[name], []byte(`""`)):
				f.texts++
			}
		}
	}
}

func (f *emptyFields) settle(e *examination) {
	const key = "readings.null_fields"

	switch {
	case f.nulls > 0 && f.absent == 0:
		e.settle(key, true, "null fields in Knowledge Models, records and KPIs: %d", f.nulls)
	case f.absent > 0 && f.nulls == 0:
		e.settle(key, false, "absent fields in Knowledge Models, records and KPIs: %d; null fields: none", f.absent)
	case f.nulls > 0:
		e.unseen("Some fields are null and some are absent", key)
	case f.texts > 0:
		e.unseen("Empty fields are empty strings", key)
	}
}

// keysOf returns the keys of the readings in the given sections.
func keysOf(sections ...string) []string {
	var keys []string

	for _, reading := range Readings() {
		for _, section := range sections {
			if reading.Section == section {
				keys = append(keys, reading.Key)
			}
		}
	}

	return keys
}

// firstPage returns the first page of the area's list whose path ends with the given text. If the client has requested the page several
// times, firstPage returns the last response.
func (e *examination) firstPage(area, end string) response {
	var found response

	for _, exchange := range e.pages[area] {
		if !exchange.IsToken && strings.HasSuffix(exchange.Path, end) {
			found.Exchange = exchange
		}
	}

	return found
}
