package scim

import (
	"encoding/json"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

type scimListRequest struct {
	startIndex, count int
	projection        scimProjection
	match             *scimMatch // nil = all entries
}

// scimMatch is an equality filter.
type scimMatch struct {
	attribute, value string
}

// scimPages defines how users or groups are listed.
type scimPages[T any] struct {
	store      *scimStore[T]
	attributes []string
	filterable []string
	valueOf    func(entry *scimEntry[T], attribute string) string
	object     func(c *server.Call, entry *scimEntry[T]) server.Object
	generated  func(id string, i int) T
}

// defaultSCIMCount is the documented default page size (developer.celonis.com/celonis-apis/scim-api, search).
const defaultSCIMCount = 200

// list serves a GET request for a list.
func (p scimPages[T]) list(c *server.Call) server.Response {
	req, problem := p.queryRequest(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	return p.respond(c, req)
}

// search serves a POST request to .search.
func (p scimPages[T]) search(c *server.Call) server.Response {
	req, problem := p.bodyRequest(c)
	if problem != nil {
		return c.Fail(*problem)
	}

	return p.respond(c, req)
}

// defaultCount returns the page size for a request without a count. This size is never above the maximum, so requests without a count are not
// rejected.
func (p scimPages[T]) defaultCount() int {
	if most := p.store.scim.opts.MaxCount; most > 0 {
		return min(most, defaultSCIMCount)
	}

	return defaultSCIMCount
}

func (p scimPages[T]) queryRequest(c *server.Call) (scimListRequest, *server.Failure) {
	startIndex, problem := c.Integer("startIndex", 1, 1)
	if problem != nil {
		problem.ScimType = scimInvalidValue

		return scimListRequest{}, problem
	}

	count, problem := c.Integer("count", 0, p.defaultCount())
	if problem != nil {
		problem.ScimType = scimInvalidValue

		return scimListRequest{}, problem
	}

	projection, problem := projectionOf(c, p.attributes)
	if problem != nil {
		return scimListRequest{}, problem
	}

	var filter *string

	if c.Query.Has("filter") {
		text := c.Query.Get("filter")
		filter = &text
	}

	return p.request(startIndex, count, projection, filter)
}

func (p scimPages[T]) bodyRequest(c *server.Call) (scimListRequest, *server.Failure) {
	if problem := p.store.scim.checkContentType(c); problem != nil {
		return scimListRequest{}, problem
	}

	if !json.Valid(c.Body) {
		return scimListRequest{}, scimRefusal(scimInvalidSyntax, "", "The body is not JSON.")
	}

	b := &scimBody{}
	root := b.Object("the body", c.Body, scimSchemas, "attributes", "excludedAttributes", "filter", "startIndex", "count")
	startIndex := b.Integer("startIndex", root["startIndex"], 1, math.MaxInt32, 1)
	count := b.Integer("count", root["count"], 0, math.MaxInt32, p.defaultCount())
	filter := b.Text("filter", root["filter"])
	only, without := b.Texts("attributes", root["attributes"]), b.Texts("excludedAttributes", root["excludedAttributes"])

	if urns := b.Texts(scimSchemas, root[scimSchemas]); !slices.Equal(urns, []string{urnSCIMSearch}) {
		b.Fail(scimRefusal(scimInvalidValue, scimSchemas, "schemas must contain only %s.", urnSCIMSearch))
	}

	projection, problem := newSCIMProjection(only, without, p.attributes)
	b.Fail(problem)

	if problem := b.firstProblem(); problem != nil {
		return scimListRequest{}, problem
	}

	return p.request(startIndex, count, projection, filter)
}

// request builds a list request from the given parameters. The options determine how the service handles filters and counts above the
// maximum.
func (p scimPages[T]) request(startIndex, count int, projection scimProjection, filter *string) (scimListRequest, *server.Failure) {
	opts := p.store.scim.opts

	if opts.MaxCount > 0 && count > opts.MaxCount {
		if opts.CountAboveMax == CountRefused {
			return scimListRequest{}, scimRefusal(scimInvalidValue, "count", "count must be at most %d.", opts.MaxCount)
		}

		count = opts.MaxCount
	}

	req := scimListRequest{startIndex: startIndex, count: count, projection: projection}

	if filter == nil || opts.Filter == FilterIgnored {
		return req, nil
	}

	match, ok := p.parseFilter(*filter)
	if opts.Filter == FilterRefused || !ok {
		return scimListRequest{}, scimRefusal(scimInvalidFilter, "filter", "This filter is not supported.")
	}

	req.match = &match

	return req, nil
}

// parseFilter parses an equality filter: an attribute, eq and a JSON string (RFC 7644 section 3.4.2.2).
func (p scimPages[T]) parseFilter(filter string) (scimMatch, bool) {
	parts := regexp.MustCompile(`^(\w+) (?i:eq) (".*")$`).FindStringSubmatch(filter)
	if parts == nil {
		return scimMatch{}, false
	}

	i := slices.IndexFunc(p.filterable, func(name string) bool { return strings.EqualFold(name, parts[1]) })

	var value string
	if err := json.Unmarshal([]byte(parts[2]), &value); err != nil || i < 0 {
		return scimMatch{}, false
	}

	return scimMatch{attribute: p.filterable[i], value: value}, true
}

// respond returns the requested page.
func (p scimPages[T]) respond(c *server.Call, req scimListRequest) server.Response {
	s := p.store.scim

	s.mu.Lock()
	defer s.mu.Unlock()

	if req.startIndex == 1 {
		p.store.beginListing()
	}

	entries := p.store.shown()
	if req.match != nil {
		entries = slices.DeleteFunc(slices.Clone(entries), func(entry *scimEntry[T]) bool {
			return !strings.EqualFold(p.valueOf(entry, req.match.attribute), req.match.value)
		})
	}

	shown := scimSection(c, &req, len(entries))
	resources := make([]server.Object, 0, shown.Last-shown.First)

	for i := shown.First; i < shown.Last; i++ {
		var entry *scimEntry[T]

		if shown.Generated {
			id := server.UUID(server.RandomFor(s.seed, "generated", strconv.Itoa(i)))
			entry = &scimEntry[T]{id: id, value: p.generated(id, i), created: s.now(), changed: s.now()}
		} else {
			entry = p.store.asListed(entries[i])
		}

		resources = append(resources, req.projection.apply(p.object(c, entry)))
	}

	body := server.Object{
		scimSchemas: []string{urnSCIMList}, "totalResults": c.ChangedTotal(shown.Total), "startIndex": req.startIndex,
		"itemsPerPage": len(resources),
	}

	if len(resources) > 0 || !s.opts.OmitEmptyResources {
		body["Resources"] = resources
	}

	return s.respond(http.StatusOK, body)
}

// scimSection returns the part of a list that the page contains. count is the number of entries. Faults can change which part the page
// contains.
func scimSection(c *server.Call, req *scimListRequest, count int) server.Section {
	if c.Fault.RepeatPage {
		c.Happened.RepeatPage = req.startIndex != 1
		req.startIndex = 1
	}

	first := req.startIndex - 1

	if c.Fault.EndlessPages {
		return c.EndlessSection(first, req.count)
	}

	first = min(first, count)

	return server.Section{First: first, Last: min(first+req.count, count), Total: count}
}
