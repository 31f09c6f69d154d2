package simulator

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// pageRequest is what a list endpoint was asked for.
type pageRequest struct {
	page       int
	pageSize   int
	announced  int    // the page size that the answer names
	sort       string // field; empty = none was asked
	descending bool
}

// listing is a list in the asked order.
type listing struct {
	count  int
	item   func(i int) object // the i-th item, i < count
	madeUp func(i int) object // an item that does not exist, for Fault.EndlessPages
}

// pageRequest reads page, pageSize and sort; sortable are the fields that sort may name.
func (c *call) pageRequest(sortable ...string) (pageRequest, *failure) {
	asked, problem := c.unsortedPageRequest()
	if problem != nil {
		return pageRequest{}, problem
	}

	asked.sort, asked.descending, problem = c.sort(sortable)

	return asked, problem
}

// unsortedPageRequest reads page and pageSize.
func (c *call) unsortedPageRequest() (pageRequest, *failure) {
	page, problem := c.integer("page", 0, 0)
	if problem != nil {
		return pageRequest{}, problem
	}

	size, problem := c.integer("pageSize", 1, c.defaultPageSize())
	if problem != nil {
		return pageRequest{}, problem
	}

	return c.pageOfSize(page, size)
}

// defaultPageSize is the size of a page when none is asked for.
func (c *call) defaultPageSize() int {
	return min(defaultPageSize, c.opts.maxPageSize())
}

// pageOfSize treats a page size above the team's largest page as the options say.
func (c *call) pageOfSize(page, size int) (pageRequest, *failure) {
	return c.pageWithin(page, size, c.opts.maxPageSize())
}

// pageWithin treats a page size above the largest page as the options say.
func (c *call) pageWithin(page, size, largest int) (pageRequest, *failure) {
	announced := size

	if size > largest {
		switch c.opts.PageSizeAboveMax {
		case CapPageSize:
			size, announced = largest, largest
		case CapPageSizeSilently:
			size = largest
		case RefusePageSize:
			return pageRequest{}, &failure{
				status:    http.StatusBadRequest,
				code:      codeIllegal,
				detail:    fmt.Sprintf("The page size is limited to %d.", largest),
				attribute: "pageSize",
			}
		case HonourPageSize:
		}
	}

	return pageRequest{page: page, pageSize: size, announced: announced}, nil
}

// integer reads a query parameter of decimal digits.
func (c *call) integer(name string, smallest, byDefault int) (int, *failure) {
	if !c.query.Has(name) {
		return byDefault, nil
	}

	text := c.query.Get(name)
	digits := text != "" && strings.Trim(text, "0123456789") == ""

	value, err := strconv.ParseInt(text, 10, 32)
	if err != nil || !digits || int(value) < smallest {
		return 0, &failure{
			status:    http.StatusBadRequest,
			code:      codeMismatch,
			detail:    fmt.Sprintf("The parameter %s must be an integer from %d to %d.", name, smallest, math.MaxInt32),
			attribute: name,
		}
	}

	return int(value), nil
}

// integerUpTo reads a query parameter from 1 to largest.
func (c *call) integerUpTo(name string, largest, byDefault int) (int, *failure) {
	value, problem := c.integer(name, 1, byDefault)
	if problem != nil {
		return 0, problem
	}

	if value > largest {
		return 0, &failure{
			status:    http.StatusBadRequest,
			code:      codeMismatch,
			detail:    fmt.Sprintf("The parameter %s must be an integer from 1 to %d.", name, largest),
			attribute: name,
		}
	}

	return value, nil
}

// sort reads the sort parameter: one field, with + or nothing before it for ascending, - for descending. A + that was not
// escaped arrives as a space and makes the field an unknown one. It returns the field and whether descending.
func (c *call) sort(sortable []string) (string, bool, *failure) {
	if !c.query.Has("sort") {
		return "", false, nil
	}

	field, descending := strings.CutPrefix(c.query.Get("sort"), "-")
	if !descending {
		field = strings.TrimPrefix(field, "+")
	}

	if field == "" {
		return "", false, &failure{
			status: http.StatusBadRequest, code: "SORT_IS_EMPTY", detail: "The sort is empty.", attribute: "sort",
		}
	}

	if !slices.Contains(sortable, field) {
		return "", false, &failure{
			status:    http.StatusBadRequest,
			code:      "SORT_UNKNOWN_FIELD",
			detail:    fmt.Sprintf("The sort field %q is unknown.", field),
			attribute: "sort",
		}
	}

	return field, descending, nil
}

// section is the part of a list that a page shows.
type section struct {
	first, last int
	total       int
	madeUp      bool // the items do not exist: Fault.EndlessPages
}

// section finds the part of a list of so many items that answers the request, as the options and the faults want it.
func (c *call) section(asked *pageRequest, count int) (section, *failure) {
	if c.fault.RepeatPage {
		before := *asked

		asked.page = 0
		asked.pageSize = min(asked.pageSize, max(1, count))
		asked.announced = asked.pageSize
		c.happened.RepeatPage = *asked != before
	}

	if c.fault.EndlessPages {
		return c.endlessSection(asked.page*asked.pageSize, asked.pageSize), nil
	}

	if asked.page > 0 && asked.page*asked.pageSize >= count {
		switch c.opts.PastEnd {
		case PastEndEmpty:
		case PastEndBadRequest:
			return section{}, &failure{
				status: http.StatusBadRequest, code: codeIllegal, detail: "There is no such page.", attribute: "page",
			}
		case PastEndNotFound:
			return section{}, &failure{
				status: http.StatusNotFound, code: "GENERAL_NOTFOUND_PATH", detail: "There is no such page.", attribute: "page",
			}
		case PastEndLastPage:
			asked.page = max(0, (count-1)/asked.pageSize)
		}
	}

	first := min(asked.page*asked.pageSize, count)

	return section{first: first, last: min(first+asked.pageSize, count), total: count}, nil
}

// endlessSection is what Fault.EndlessPages serves: made-up items, and the promise of as many more.
func (c *call) endlessSection(first, size int) section {
	c.happened.EndlessPages = true
	last := first + size

	return section{first: first, last: last, total: last + size, madeUp: true}
}

// changedTotal is a total as Fault.ChangeTotal makes it.
func (c *call) changedTotal(total int) int {
	c.happened.ChangeTotal = c.fault.ChangeTotal

	return total + c.fault.ChangeTotal
}

// answerPage answers a page of a listing in the vendor's envelope for lists of schema elements.
func (c *call) answerPage(asked pageRequest, list listing) answer {
	shown, problem := c.section(&asked, list.count)
	if problem != nil {
		return c.fail(*problem)
	}

	envelope := c.envelope(asked, list.shown(shown), shown)
	c.addSort(envelope, asked)

	return jsonAnswer(http.StatusOK, typeJSON, envelope)
}

// shown returns the items of a section.
func (l listing) shown(part section) []object {
	item := l.item
	if part.madeUp {
		item = l.madeUp
	}

	items := make([]object, 0, part.last-part.first)
	for i := part.first; i < part.last; i++ {
		items = append(items, item(i))
	}

	return items
}

// envelope is what lists and data pages have in common.
func (c *call) envelope(asked pageRequest, content any, shown section) object {
	envelope := object{"content": content, "page": asked.page}
	c.announce(envelope, asked, shown, "total")

	return envelope
}

// announce sets the page size and, under its name, the total, as the options want them.
func (c *call) announce(envelope object, asked pageRequest, shown section, totalName string) {
	if !c.opts.OmitPageSize {
		envelope["pageSize"] = asked.announced
	}

	total := shown.total
	if c.opts.Total == TotalCountsPage {
		total = shown.last - shown.first
	}

	if c.opts.Total != TotalAbsent {
		envelope[totalName] = c.changedTotal(total)
	}
}

// addSort echoes the applied sort.
func (c *call) addSort(envelope object, asked pageRequest) {
	sort := ""

	switch {
	case asked.sort == "":
	case asked.descending:
		sort = "-" + asked.sort
	default:
		sort = "+" + asked.sort
	}

	c.optional(envelope, "sort", sort)

	if c.opts.SortAsArray && sort != "" {
		envelope["sort"] = []string{sort}
	}
}

// optional sets a field that may be empty: then it is left out, or null if the options say so.
func (c *call) optional(o object, name, value string) {
	switch {
	case value != "":
		o[name] = value
	case c.opts.NullFields:
		o[name] = nil
	}
}

// optionals sets several fields that may be empty, given as name, value, name, value and so on.
func (c *call) optionals(o object, namesAndValues ...string) {
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		c.optional(o, namesAndValues[i], namesAndValues[i+1])
	}
}

// optionalValue sets a field that may be absent: then it is left out, or null if the options say so.
func (c *call) optionalValue(o object, name string, value any, present bool) {
	switch {
	case present:
		o[name] = value
	case c.opts.NullFields:
		o[name] = nil
	}
}
