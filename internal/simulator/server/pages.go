package server

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// PageRequest is what a list endpoint was asked for.
type PageRequest struct {
	Page       int
	PageSize   int
	announced  int    // the page size that the answer names
	Sort       string // field; empty = none was asked
	Descending bool
}

// Listing is a list in the asked order.
type Listing struct {
	Count  int
	Item   func(i int) Object // the i-th item, i < count
	MadeUp func(i int) Object // an item that does not exist, for Fault.EndlessPages
}

// PageRequest reads page, pageSize and sort; sortable are the fields that sort may name.
func (c *Call) PageRequest(sortable ...string) (PageRequest, *Failure) {
	asked, problem := c.UnsortedPageRequest()
	if problem != nil {
		return PageRequest{}, problem
	}

	asked.Sort, asked.Descending, problem = c.Sort(sortable)

	return asked, problem
}

// UnsortedPageRequest reads page and pageSize.
func (c *Call) UnsortedPageRequest() (PageRequest, *Failure) {
	page, problem := c.Integer("page", 0, 0)
	if problem != nil {
		return PageRequest{}, problem
	}

	size, problem := c.Integer("pageSize", 1, c.DefaultPageSize())
	if problem != nil {
		return PageRequest{}, problem
	}

	return c.PageOfSize(page, size)
}

// DefaultPageSize is the size of a page when none is asked for.
func (c *Call) DefaultPageSize() int {
	return min(DefaultPageSize, c.Opts.maxPageSize())
}

// PageOfSize treats a page size above the team's largest page as the options say.
func (c *Call) PageOfSize(page, size int) (PageRequest, *Failure) {
	return c.PageWithin(page, size, c.Opts.maxPageSize())
}

// PageWithin treats a page size above the largest page as the options say.
func (c *Call) PageWithin(page, size, largest int) (PageRequest, *Failure) {
	announced := size

	if size > largest {
		switch c.Opts.PageSizeAboveMax {
		case CapPageSize:
			size, announced = largest, largest
		case CapPageSizeSilently:
			size = largest
		case RefusePageSize:
			return PageRequest{}, &Failure{
				Status:    http.StatusBadRequest,
				Code:      CodeIllegal,
				Detail:    fmt.Sprintf("The page size is limited to %d.", largest),
				Attribute: "pageSize",
			}
		case HonourPageSize:
		}
	}

	return PageRequest{Page: page, PageSize: size, announced: announced}, nil
}

// Integer reads a query parameter of decimal digits.
func (c *Call) Integer(name string, smallest, byDefault int) (int, *Failure) {
	if !c.Query.Has(name) {
		return byDefault, nil
	}

	text := c.Query.Get(name)
	digits := text != "" && strings.Trim(text, "0123456789") == ""

	value, err := strconv.ParseInt(text, 10, 32)
	if err != nil || !digits || int(value) < smallest {
		return 0, &Failure{
			Status:    http.StatusBadRequest,
			Code:      CodeMismatch,
			Detail:    fmt.Sprintf("The parameter %s must be an integer from %d to %d.", name, smallest, math.MaxInt32),
			Attribute: name,
		}
	}

	return int(value), nil
}

// IntegerUpTo reads a query parameter from 1 to largest.
func (c *Call) IntegerUpTo(name string, largest, byDefault int) (int, *Failure) {
	value, problem := c.Integer(name, 1, byDefault)
	if problem != nil {
		return 0, problem
	}

	if value > largest {
		return 0, &Failure{
			Status:    http.StatusBadRequest,
			Code:      CodeMismatch,
			Detail:    fmt.Sprintf("The parameter %s must be an integer from 1 to %d.", name, largest),
			Attribute: name,
		}
	}

	return value, nil
}

// Sort reads the sort parameter: one field, with + or nothing before it for ascending, - for descending. A + that was not
// escaped arrives as a space and makes the field an unknown one. It returns the field and whether descending.
func (c *Call) Sort(sortable []string) (string, bool, *Failure) {
	if !c.Query.Has("sort") {
		return "", false, nil
	}

	field, descending := strings.CutPrefix(c.Query.Get("sort"), "-")
	if !descending {
		field = strings.TrimPrefix(field, "+")
	}

	if field == "" {
		return "", false, &Failure{
			Status: http.StatusBadRequest, Code: "SORT_IS_EMPTY", Detail: "The sort is empty.", Attribute: "sort",
		}
	}

	if !slices.Contains(sortable, field) {
		return "", false, &Failure{
			Status:    http.StatusBadRequest,
			Code:      "SORT_UNKNOWN_FIELD",
			Detail:    fmt.Sprintf("The sort field %q is unknown.", field),
			Attribute: "sort",
		}
	}

	return field, descending, nil
}

// Section is the part of a list that a page shows.
type Section struct {
	First, Last int
	Total       int
	MadeUp      bool // the items do not exist: Fault.EndlessPages
}

// Section finds the part of a list of so many items that answers the request, as the options and the faults want it.
func (c *Call) Section(asked *PageRequest, count int) (Section, *Failure) {
	if c.Fault.RepeatPage {
		before := *asked

		asked.Page = 0
		asked.PageSize = min(asked.PageSize, max(1, count))
		asked.announced = asked.PageSize
		c.Happened.RepeatPage = *asked != before
	}

	if c.Fault.EndlessPages {
		return c.EndlessSection(asked.Page*asked.PageSize, asked.PageSize), nil
	}

	if asked.Page > 0 && asked.Page*asked.PageSize >= count {
		switch c.Opts.PastEnd {
		case PastEndEmpty:
		case PastEndBadRequest:
			return Section{}, &Failure{
				Status: http.StatusBadRequest, Code: CodeIllegal, Detail: "There is no such page.", Attribute: "page",
			}
		case PastEndNotFound:
			return Section{}, &Failure{
				Status: http.StatusNotFound, Code: "GENERAL_NOTFOUND_PATH", Detail: "There is no such page.", Attribute: "page",
			}
		case PastEndLastPage:
			asked.Page = max(0, (count-1)/asked.PageSize)
		}
	}

	first := min(asked.Page*asked.PageSize, count)

	return Section{First: first, Last: min(first+asked.PageSize, count), Total: count}, nil
}

// EndlessSection is what Fault.EndlessPages serves: made-up items, and the promise of as many more.
func (c *Call) EndlessSection(first, size int) Section {
	c.Happened.EndlessPages = true
	last := first + size

	return Section{First: first, Last: last, Total: last + size, MadeUp: true}
}

// ChangedTotal is a total as Fault.ChangeTotal makes it.
func (c *Call) ChangedTotal(total int) int {
	c.Happened.ChangeTotal = c.Fault.ChangeTotal

	return total + c.Fault.ChangeTotal
}

// PageResponse answers a page of a listing in the vendor's envelope for lists of schema elements.
func (c *Call) PageResponse(asked PageRequest, list Listing) Response {
	shown, problem := c.Section(&asked, list.Count)
	if problem != nil {
		return c.Fail(*problem)
	}

	envelope := c.Envelope(asked, list.Shown(shown), shown)
	c.addSort(envelope, asked)

	return JSONResponse(http.StatusOK, TypeJSON, envelope)
}

// Shown returns the items of a section.
func (l Listing) Shown(part Section) []Object {
	item := l.Item
	if part.MadeUp {
		item = l.MadeUp
	}

	items := make([]Object, 0, part.Last-part.First)
	for i := part.First; i < part.Last; i++ {
		items = append(items, item(i))
	}

	return items
}

// Envelope is what lists and data pages have in common.
func (c *Call) Envelope(asked PageRequest, content any, shown Section) Object {
	envelope := Object{"content": content, "page": asked.Page}
	c.Announce(envelope, asked, shown, "total")

	return envelope
}

// Announce sets the page size and, under its name, the total, as the options want them.
func (c *Call) Announce(envelope Object, asked PageRequest, shown Section, totalName string) {
	if !c.Opts.OmitPageSize {
		envelope["pageSize"] = asked.announced
	}

	total := shown.Total
	if c.Opts.Total == TotalCountsPage {
		total = shown.Last - shown.First
	}

	if c.Opts.Total != TotalAbsent {
		envelope[totalName] = c.ChangedTotal(total)
	}
}

// addSort echoes the applied sort.
func (c *Call) addSort(envelope Object, asked PageRequest) {
	sort := ""

	switch {
	case asked.Sort == "":
	case asked.Descending:
		sort = "-" + asked.Sort
	default:
		sort = "+" + asked.Sort
	}

	c.Optional(envelope, "sort", sort)

	if c.Opts.SortAsArray && sort != "" {
		envelope["sort"] = []string{sort}
	}
}

// Optional sets a field that may be empty: then it is left out, or null if the options say so.
func (c *Call) Optional(o Object, name, value string) {
	switch {
	case value != "":
		o[name] = value
	case c.Opts.NullFields:
		o[name] = nil
	}
}

// Optionals sets several fields that may be empty, given as name, value, name, value and so on.
func (c *Call) Optionals(o Object, namesAndValues ...string) {
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		c.Optional(o, namesAndValues[i], namesAndValues[i+1])
	}
}

// OptionalValue sets a field that may be absent: then it is left out, or null if the options say so.
func (c *Call) OptionalValue(o Object, name string, value any, present bool) {
	switch {
	case present:
		o[name] = value
	case c.Opts.NullFields:
		o[name] = nil
	}
}
