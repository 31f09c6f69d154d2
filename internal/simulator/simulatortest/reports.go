package simulatortest

import (
	"encoding/json"
	"net/http"
)

// ReportPage is a page of team members or events.
type ReportPage struct {
	Content       []map[string]any `json:"content"`
	PageNumber    int              `json:"pageNumber"`
	PageSize      *int             `json:"pageSize"`
	TotalCount    *int             `json:"totalCount"`
	NextPageToken *string          `json:"nextPageToken"`
}

// Values returns the value of a string field for each item, or an empty string for an item without the field.
func (p ReportPage) Values(field string) []string {
	values := make([]string, 0, len(p.Content))

	for _, item := range p.Content {
		text, _ := item[field].(string)
		values = append(values, text)
	}

	return values
}

// ReportPage returns the body as a page.
func (r Reply) ReportPage() ReportPage {
	r.T.Helper()
	r.Want(http.StatusOK)

	var page ReportPage
	if err := json.Unmarshal([]byte(r.Body), &page); err != nil {
		r.T.Fatalf("%v: %s", err, r.Body)
	}

	return page
}
