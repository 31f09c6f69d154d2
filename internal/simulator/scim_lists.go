package simulator

import (
	"encoding/json"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// scimListRequest is what a list was asked for.
type scimListRequest struct {
	startIndex, count int
	projection        scimProjection
	match             *scimMatch // nil = everything
}

// scimMatch is a filter for equality.
type scimMatch struct {
	attribute, value string
}

// scimPages is how the users or the groups are listed.
type scimPages[T any] struct {
	store      *scimStore[T]
	attributes []string
	filterable []string
	valueOf    func(entry *scimEntry[T], attribute string) string
	object     func(c *call, entry *scimEntry[T]) object
	madeUp     func(id string, i int) T
}

// defaultSCIMCount is documented (developer.celonis.com/celonis-apis/scim-api, search).
const defaultSCIMCount = 200

// list answers a GET of a list.
func (p scimPages[T]) list(c *call) answer {
	asked, problem := p.queryRequest(c)
	if problem != nil {
		return c.fail(*problem)
	}

	return p.answer(c, asked)
}

// search answers a POST to .search.
func (p scimPages[T]) search(c *call) answer {
	asked, problem := p.bodyRequest(c)
	if problem != nil {
		return c.fail(*problem)
	}

	return p.answer(c, asked)
}

// queryRequest reads the parameters of a GET.
func (p scimPages[T]) queryRequest(c *call) (scimListRequest, *failure) {
	startIndex, problem := c.integer("startIndex", 1, 1)
	if problem != nil {
		problem.scimType = scimInvalidValue

		return scimListRequest{}, problem
	}

	count, problem := c.integer("count", 0, defaultSCIMCount)
	if problem != nil {
		problem.scimType = scimInvalidValue

		return scimListRequest{}, problem
	}

	projection, problem := projectionOf(c, p.attributes)
	if problem != nil {
		return scimListRequest{}, problem
	}

	var filter *string

	if c.query.Has("filter") {
		text := c.query.Get("filter")
		filter = &text
	}

	return p.request(startIndex, count, projection, filter)
}

// bodyRequest reads the body of a search.
func (p scimPages[T]) bodyRequest(c *call) (scimListRequest, *failure) {
	if problem := p.store.scim.checkContentType(c); problem != nil {
		return scimListRequest{}, problem
	}

	if !json.Valid(c.body) {
		return scimListRequest{}, scimRefusal(scimInvalidSyntax, "", "The body is no JSON.")
	}

	b := &scimBody{}
	root := b.object("the body", c.body, scimSchemas, "attributes", "excludedAttributes", "filter", "startIndex", "count")
	startIndex := b.integer("startIndex", root["startIndex"], 1, math.MaxInt32, 1)
	count := b.integer("count", root["count"], 0, math.MaxInt32, defaultSCIMCount)
	filter := b.bodyReader.text("filter", root["filter"])
	only, without := b.texts("attributes", root["attributes"]), b.texts("excludedAttributes", root["excludedAttributes"])

	if urns := b.texts(scimSchemas, root[scimSchemas]); !slices.Equal(urns, []string{urnSCIMSearch}) {
		b.fail(scimRefusal(scimInvalidValue, scimSchemas, "schemas must hold %s alone.", urnSCIMSearch))
	}

	projection, problem := newSCIMProjection(only, without, p.attributes)
	b.fail(problem)

	if problem := b.firstProblem(); problem != nil {
		return scimListRequest{}, problem
	}

	return p.request(startIndex, count, projection, filter)
}

// request treats a large count and a filter as the options say.
func (p scimPages[T]) request(startIndex, count int, projection scimProjection, filter *string) (scimListRequest, *failure) {
	opts := p.store.scim.opts

	if opts.MaxCount > 0 && count > opts.MaxCount {
		if opts.CountAboveMax == SCIMCountRefused {
			return scimListRequest{}, scimRefusal(scimInvalidValue, "count", "The count is limited to %d.", opts.MaxCount)
		}

		count = opts.MaxCount
	}

	asked := scimListRequest{startIndex: startIndex, count: count, projection: projection}

	if filter == nil || opts.Filter == SCIMFilterIgnored {
		return asked, nil
	}

	match, ok := p.parseFilter(*filter)
	if opts.Filter == SCIMFilterRefused || !ok {
		return scimListRequest{}, scimRefusal(scimInvalidFilter, "filter", "This filter is not supported.")
	}

	asked.match = &match

	return asked, nil
}

// parseFilter reads a filter for equality: an attribute, eq and a JSON string (RFC 7644 section 3.4.2.2).
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

// answer is the page that was asked for.
func (p scimPages[T]) answer(c *call, asked scimListRequest) answer {
	s := p.store.scim

	s.mu.Lock()
	defer s.mu.Unlock()

	if asked.startIndex == 1 {
		p.store.beginListing()
	}

	entries := p.store.shown()
	if asked.match != nil {
		entries = slices.DeleteFunc(slices.Clone(entries), func(entry *scimEntry[T]) bool {
			return !strings.EqualFold(p.valueOf(entry, asked.match.attribute), asked.match.value)
		})
	}

	shown := scimSection(c, &asked, len(entries))
	resources := make([]object, 0, shown.last-shown.first)

	for i := shown.first; i < shown.last; i++ {
		var entry *scimEntry[T]

		if shown.madeUp {
			id := randomUUID(randomFor(s.seed, "made up", strconv.Itoa(i)))
			entry = &scimEntry[T]{id: id, value: p.madeUp(id, i), created: s.now(), changed: s.now()}
		} else {
			entry = p.store.asListed(entries[i])
		}

		resources = append(resources, asked.projection.apply(p.object(c, entry)))
	}

	body := object{
		scimSchemas: []string{urnSCIMList}, "totalResults": c.changedTotal(shown.total), "startIndex": asked.startIndex,
		"itemsPerPage": len(resources),
	}

	if len(resources) > 0 || !s.opts.OmitEmptyResources {
		body["Resources"] = resources
	}

	return s.answer(http.StatusOK, body)
}

// scimSection finds the part of a list of so many items that answers the request, as the faults want it.
func scimSection(c *call, asked *scimListRequest, count int) section {
	if c.fault.RepeatPage {
		c.happened.RepeatPage = asked.startIndex != 1
		asked.startIndex = 1
	}

	first := asked.startIndex - 1

	if c.fault.EndlessPages {
		return c.endlessSection(first, asked.count)
	}

	first = min(first, count)

	return section{first: first, last: min(first+asked.count, count), total: count}
}
