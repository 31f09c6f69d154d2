package simulator

import (
	"fmt"
	"net/http"
	"time"
)

// pageRequest reads pageNumber and pageSize, as the lists of the Team API have them.
func (o *ReportOptions) pageRequest(c *call) (pageRequest, *failure) {
	page, problem := c.integer("pageNumber", 0, 0)
	if problem != nil {
		return pageRequest{}, problem
	}

	size, problem := c.integerUpTo("pageSize", largestTeamPage, largestTeamPage)
	if problem != nil {
		return pageRequest{}, problem
	}

	return c.pageWithin(page, size, o.MaxPageSize)
}

// answerPage answers a page of a listing in the envelope of the Team API.
func (o *ReportOptions) answerPage(c *call, asked pageRequest, list listing) answer {
	shown, problem := c.section(&asked, list.count)
	if problem != nil {
		return c.fail(*problem)
	}

	content := o.shownItems(list, shown)
	if len(content) == 0 && o.NoContent == NoContentStatus {
		return answer{status: http.StatusNoContent}
	}

	envelope := o.report(object{"content": content, "pageNumber": asked.page})
	c.announce(envelope, asked, shown, "totalCount")

	return jsonAnswer(http.StatusOK, typeJSON, envelope)
}

// shownItems returns the items of a section, with what the options add to them.
func (o *ReportOptions) shownItems(list listing, shown section) []object {
	items := list.shown(shown)
	for i := range items {
		items[i] = o.report(items[i])
	}

	return items
}

// report adds what the options add to every object.
func (o *ReportOptions) report(body object) object {
	if o.UnknownFields {
		body["addedLater"] = object{"by": "the vendor"}
	}

	return body
}

// eventSpan reads from and to, whose form depends on the API. Times that are not there are zero.
func eventSpan(c *call, withZone, withoutZone bool) (from, to time.Time, problem *failure) {
	for name, target := range map[string]*time.Time{"from": &from, "to": &to} {
		if !c.query.Has(name) {
			continue
		}

		at, ok := parseTime(c.query.Get(name), withZone, withoutZone)
		if !ok {
			return from, to, &failure{
				status:    http.StatusBadRequest,
				code:      codeMismatch,
				detail:    fmt.Sprintf("The parameter %s is no date and time of the form that is wanted.", name),
				attribute: name,
			}
		}

		*target = at
	}

	if !from.IsZero() && !to.IsZero() && from.After(to) {
		return from, to, &failure{
			status: http.StatusBadRequest, code: codeIllegal, detail: "The span ends before it begins.", attribute: "to",
		}
	}

	return from, to, nil
}

// parseTime reads a point in time of one of the allowed forms.
func parseTime(text string, withZone, withoutZone bool) (time.Time, bool) {
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at, withZone
	}

	const pattern = "2006-01-02T15:04:05"

	// Parse takes fractions of seconds that the pattern does not have.
	at, err := time.Parse(pattern, text)

	return at, err == nil && withoutZone && len(text) == len(pattern)
}

// includes tells whether a point in time is in a span; a zero end is none.
func (b Bounds) includes(at, from, to time.Time) bool {
	after := from.IsZero() || at.After(from) || at.Equal(from) && b != BoundsOpen
	before := to.IsZero() || at.Before(to) || at.Equal(to) && b == BoundsClosed

	return after && before
}

// timestamp writes a point in time as the vendor's examples have it.
func timestamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }
