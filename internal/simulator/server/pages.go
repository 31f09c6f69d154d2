package server

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// PageRequest is a request for a page of a list.
type PageRequest struct {
	Page         int
	PageSize     int
	returnedSize int    // the page size in the response
	Sort         string // the field to sort by; empty = none
	Descending   bool
}

// Listing is a sorted list from which pages are served.
type Listing struct {
	Count     int
	Item      func(i int) Object // the i-th item, i < count
	Generated func(i int) Object // a made-up item for Fault.EndlessPages
}

// PageRequest reads the page, pageSize and sort parameters. The list can be sorted only by the given fields.
func (c *Call) PageRequest(sortable ...string) (PageRequest, *Failure) {
	page, problem := c.UnsortedPageRequest()
	if problem != nil {
		return PageRequest{}, problem
	}

	page.Sort, page.Descending, problem = c.Sort(sortable)

	return page, problem
}

// UnsortedPageRequest reads the page and pageSize parameters.
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

// DefaultPageSize returns the page size for requests that do not specify one.
func (c *Call) DefaultPageSize() int {
	return min(DefaultPageSize, c.Opts.maxPageSize())
}

// PageOfSize returns a request for the page with the given number and size. If the size is above the team's maximum, Options.PageSizeAboveMax
// determines the result.
func (c *Call) PageOfSize(page, size int) (PageRequest, *Failure) {
	return c.PageWithin(page, size, c.Opts.maxPageSize())
}

// PageWithin returns a request for the page with the given number and size. If the size is above the given maximum,
// Options.PageSizeAboveMax determines the result.
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

	return PageRequest{Page: page, PageSize: size, returnedSize: announced}, nil
}

// Integer reads a query parameter that must consist of decimal digits.
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

// IntegerUpTo reads an integer query parameter that must be between 1 and the given maximum.
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

// Sort reads the sort parameter, and returns the field to sort by and true for descending order. The field has an optional prefix: + for
// ascending order (the default) or - for descending order. An unescaped + arrives as a space, so the field is not found.
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
			Status: http.StatusBadRequest, Code: "SORT_IS_EMPTY", Detail: "The parameter sort is empty.", Attribute: "sort",
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

// Section is the part of a list that a page contains.
type Section struct {
	First, Last int
	Total       int
	Generated   bool // whether the items are made up, for Fault.EndlessPages
}

// Section returns the part of a list that the page contains. count is the number of items in the list. Options and faults can change the
// page and the section.
func (c *Call) Section(page *PageRequest, count int) (Section, *Failure) {
	if c.Fault.RepeatPage {
		before := *page

		page.Page = 0
		page.PageSize = min(page.PageSize, max(1, count))
		page.returnedSize = page.PageSize
		c.Happened.RepeatPage = *page != before
	}

	if c.Fault.EndlessPages {
		return c.EndlessSection(page.Page*page.PageSize, page.PageSize), nil
	}

	if page.Page > 0 && page.Page*page.PageSize >= count {
		switch c.Opts.PastEnd {
		case PastEndEmpty:
		case PastEndBadRequest:
			return Section{}, &Failure{
				Status: http.StatusBadRequest, Code: CodeIllegal, Detail: "The page does not exist.", Attribute: "page",
			}
		case PastEndNotFound:
			return Section{}, &Failure{
				Status: http.StatusNotFound, Code: "GENERAL_NOTFOUND_PATH", Detail: "The page does not exist.", Attribute: "page",
			}
		case PastEndLastPage:
			page.Page = max(0, (count-1)/page.PageSize)
		}
	}

	first := min(page.Page*page.PageSize, count)

	return Section{First: first, Last: min(first+page.PageSize, count), Total: count}, nil
}

// EndlessSection returns the section for Fault.EndlessPages. It contains made-up items, and its total implies that one more page follows.
func (c *Call) EndlessSection(first, size int) Section {
	c.Happened.EndlessPages = true
	last := first + size

	return Section{First: first, Last: last, Total: last + size, Generated: true}
}

// ChangedTotal returns the total plus Fault.ChangeTotal.
func (c *Call) ChangedTotal(total int) int {
	c.Happened.ChangeTotal = c.Fault.ChangeTotal

	return total + c.Fault.ChangeTotal
}

// PageResponse returns a page of a list in the envelope that the vendor documents for lists of schema elements.
func (c *Call) PageResponse(page PageRequest, list Listing) Response {
	shown, problem := c.Section(&page, list.Count)
	if problem != nil {
		return c.Fail(*problem)
	}

	envelope := c.Envelope(page, list.Shown(shown), shown)
	c.addSort(envelope, page)

	return JSONResponse(http.StatusOK, TypeJSON, envelope)
}

// Shown returns the items of a section.
func (l Listing) Shown(part Section) []Object {
	item := l.Item
	if part.Generated {
		item = l.Generated
	}

	items := make([]Object, 0, part.Last-part.First)
	for i := part.First; i < part.Last; i++ {
		items = append(items, item(i))
	}

	return items
}

// Envelope returns an object with the fields that lists and data pages share.
func (c *Call) Envelope(page PageRequest, content any, shown Section) Object {
	envelope := Object{"content": content, "page": page.Page}
	c.Announce(envelope, page, shown, "total")

	return envelope
}

// Announce sets the page size and the total, unless the options omit them. totalName is the key of the total in the envelope.
func (c *Call) Announce(envelope Object, page PageRequest, shown Section, totalName string) {
	if !c.Opts.OmitPageSize {
		envelope["pageSize"] = page.returnedSize
	}

	total := shown.Total
	if c.Opts.Total == TotalCountsPage {
		total = shown.Last - shown.First
	}

	if c.Opts.Total != TotalAbsent {
		envelope[totalName] = c.ChangedTotal(total)
	}
}

// addSort sets the envelope's `sort` to the requested sort order.
func (c *Call) addSort(envelope Object, page PageRequest) {
	sort := ""

	switch {
	case page.Sort == "":
	case page.Descending:
		sort = "-" + page.Sort
	default:
		sort = "+" + page.Sort
	}

	c.Optional(envelope, "sort", sort)

	if c.Opts.SortAsArray && sort != "" {
		envelope["sort"] = []string{sort}
	}
}

// Optional sets a string field. An empty value is omitted or returned as null, depending on Options.NullFields.
func (c *Call) Optional(o Object, name, value string) {
	switch {
	case value != "":
		o[name] = value
	case c.Opts.NullFields:
		o[name] = nil
	}
}

// Optionals sets several string fields in the same way as Optional. The arguments are alternating names and values.
func (c *Call) Optionals(o Object, namesAndValues ...string) {
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		c.Optional(o, namesAndValues[i], namesAndValues[i+1])
	}
}

// OptionalValue sets a field. A value that is not present is omitted or returned as null, depending on Options.NullFields.
func (c *Call) OptionalValue(o Object, name string, value any, present bool) {
	switch {
	case present:
		o[name] = value
	case c.Opts.NullFields:
		o[name] = nil
	}
}
