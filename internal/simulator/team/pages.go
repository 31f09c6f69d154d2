package team

import (
	"fmt"
	"net/http"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// pageRequest reads the pageNumber and pageSize parameters of the Team API's lists.
func (o *Options) pageRequest(c *server.Call) (server.PageRequest, *server.Failure) {
	page, problem := c.Integer("pageNumber", 0, 0)
	if problem != nil {
		return server.PageRequest{}, problem
	}

	size, problem := c.IntegerUpTo("pageSize", largestTeamPage, largestTeamPage)
	if problem != nil {
		return server.PageRequest{}, problem
	}

	return c.PageWithin(page, size, o.MaxPageSize)
}

// respondPage returns a page of a list in the Team API's envelope.
func (o *Options) respondPage(c *server.Call, request server.PageRequest, list server.Listing) server.Response {
	shown, problem := c.Section(&request, list.Count)
	if problem != nil {
		return c.Fail(*problem)
	}

	content := o.shownItems(list, shown)
	if len(content) == 0 && o.NoContent == NoContentStatus {
		return server.Response{Status: http.StatusNoContent}
	}

	envelope := o.report(server.Object{"content": content, "pageNumber": request.Page})
	c.Announce(envelope, request, shown, "totalCount")

	return server.JSONResponse(http.StatusOK, server.TypeJSON, envelope)
}

// shownItems returns the items of a section. If Options.UnknownFields is set, it adds an unknown field to each item.
func (o *Options) shownItems(list server.Listing, shown server.Section) []server.Object {
	items := list.Shown(shown)
	for i := range items {
		items[i] = o.report(items[i])
	}

	return items
}

// report adds an unknown field to an object if Options.UnknownFields is set.
func (o *Options) report(body server.Object) server.Object {
	if o.UnknownFields {
		body["addedLater"] = server.Object{"by": "the vendor"}
	}

	return body
}

// eventSpan reads the from and to parameters, whose format depends on the API. Missing times are zero.
func eventSpan(c *server.Call, withZone, withoutZone bool) (from, to time.Time, problem *server.Failure) {
	for name, target := range map[string]*time.Time{"from": &from, "to": &to} {
		if !c.Query.Has(name) {
			continue
		}

		at, ok := parseTime(c.Query.Get(name), withZone, withoutZone)
		if !ok {
			return from, to, &server.Failure{
				Status:    http.StatusBadRequest,
				Code:      server.CodeMismatch,
				Detail:    fmt.Sprintf("The parameter %s is not a date and time in the required format.", name),
				Attribute: name,
			}
		}

		*target = at
	}

	if !from.IsZero() && !to.IsZero() && from.After(to) {
		return from, to, &server.Failure{
			Status: http.StatusBadRequest, Code: server.CodeIllegal, Detail: "The time range ends before it begins.", Attribute: "to",
		}
	}

	return from, to, nil
}

// parseTime parses a time in one of the permitted formats.
func parseTime(text string, withZone, withoutZone bool) (time.Time, bool) {
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at, withZone
	}

	const pattern = "2006-01-02T15:04:05"

	// Check the length, too, because Parse accepts fractional seconds even if the pattern does not contain them.
	at, err := time.Parse(pattern, text)

	return at, err == nil && withoutZone && len(text) == len(pattern)
}

// includes returns true if a time is in a range. If from or to is the zero time, the range has no limit on that side.
func (b Bounds) includes(at, from, to time.Time) bool {
	after := from.IsZero() || at.After(from) || at.Equal(from) && b != BoundsOpen
	before := to.IsZero() || at.Before(to) || at.Equal(to) && b == BoundsClosed

	return after && before
}

// timestamp formats a time as in the vendor's examples.
func timestamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }
