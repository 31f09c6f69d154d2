package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// Limits of a query for data. Source: developer.celonis.com/celonis-apis/rate-limiting and the schemas KmQueryDataRequest
// and KmQueryRecordDataRequest of the Knowledge Model API.
const (
	// MaxDataRows is how many rows of one query the service hands out.
	MaxDataRows = 5000
	// MaxDataFields is how many fields one query may ask for.
	MaxDataFields = 200
	// MaxDataText is the largest length of the list of fields, and of the sort, in characters with their commas.
	MaxDataText = 2048
	// MaxSearchPrecision is the strictest precision of a fuzzy search.
	MaxSearchPrecision = 100
)

// DataQuery asks for rows of a Knowledge Model. Source: the schemas named at [MaxDataRows].
type DataQuery struct {
	ModelID string
	// RecordID limits the query to one record. Fields are then named by their id alone, and there are no KPIs.
	RecordID string
	// Fields are <record id>.<field id>, case sensitive. Fields or KPIs must be asked for.
	Fields, KPIs []string
	// FilterIDs name filters that the model defines; FilterExpressions are of an OData-like form.
	FilterIDs, FilterExpressions []string
	// Sort holds fields and KPIs that are asked for; a minus sign before one reverses its order.
	Sort     []string
	Distinct bool
	// Search looks for a text, unless it is nil.
	Search *DataSearch
	// MaxRows is how many rows are wanted, 1 to [MaxDataRows].
	MaxRows int
}

// DataSearch is a fuzzy search.
type DataSearch struct {
	Term string
	// Field is where to search, empty for everywhere.
	Field string
	// Precision is 0 to 100, fuzzier below; nil leaves it to the service.
	Precision *int
}

// Data are rows of a Knowledge Model.
type Data struct {
	Headers []DataHeader
	// Rows hold a value for each column as the service wrote it: numbers keep their digits; nil stands for null.
	Rows []map[string]*string
	// Truncated says that there are, or may be, more rows than were asked for.
	Truncated bool
}

// DataHeader describes a column.
type DataHeader struct {
	ID, Name, Type, Format, Unit string
	// Aggregation says that the column is computed over several rows.
	Aggregation bool
}

// Data returns rows. Identical queries of one run share their answer: do not change it.
func (c *Client) Data(ctx context.Context, query DataQuery) (Data, error) {
	path := knowledgeModelsPath(query.ModelID, "data")
	if query.RecordID != "" {
		path = knowledgeModelsPath(query.ModelID, "records", query.RecordID, "data")
	}

	wanted, err := json.Marshal(dataRequest{Projection: query.projection(0, query.MaxRows)})
	if err != nil {
		return Data{}, fmt.Errorf("naming the query: %w", err)
	}

	data, _, err := paging.Shared(ctx, c.Caller, paging.KeyOf(AreaKnowledgeModels, path, string(wanted)), time.Time{},
		func(ctx context.Context) (Data, error) { return c.readData(ctx, path, query) })

	return data, err
}

func (c *Client) readData(ctx context.Context, path []string, query DataQuery) (Data, error) {
	var data Data

	what := "the data of " + query.ModelID

	rows, more, err := paging.Reader[map[string]*string]{
		What: what, Concurrent: c.Concurrent, Limit: query.MaxRows, Reachable: MaxDataRows,
		Size: min(c.pageSize, query.MaxRows+1, MaxDataRows), // One row more than is wanted tells whether there is more.
		Fetch: func(ctx context.Context, index, size int) (paging.Page[map[string]*string], error) {
			body, err := json.Marshal(dataRequest{Projection: query.projection(index, size)})
			if err != nil {
				return paging.Page[map[string]*string]{}, fmt.Errorf("writing the query: %w", err)
			}

			req := transport.Request{Area: AreaKnowledgeModels, Method: http.MethodPost, Path: path, Body: body, OnlyReads: true}

			return paging.Call(ctx, c.Caller, req, func(resp transport.Reply) (paging.Page[map[string]*string], error) {
				rows, headers, err := decodeDataPage(resp, what)
				if index == 0 {
					data.Headers = headers
				}

				return rows, err
			})
		},
	}.All(ctx)
	if err != nil {
		return Data{}, err
	}

	data.Rows, data.Truncated = rows, more

	return data, nil
}

// dataRequest is the body of a query. Its page is pageNumber here, and page in the answer.
type dataRequest struct {
	Projection dataProjection `json:"projection"`
}

type dataProjection struct {
	Fields     string         `json:"fields,omitempty"`
	KPIs       []string       `json:"kpis,omitempty"`
	Filters    *dataFilters   `json:"filters,omitempty"`
	Pagination dataPagination `json:"pagination"`
	Sort       string         `json:"sort,omitempty"`
	Options    []string       `json:"options,omitempty"`
	Search     *dataSearch    `json:"search,omitempty"`
}

type dataFilters struct {
	Names       []string `json:"kmFilterNames,omitempty"`
	Expressions []string `json:"filterExpr,omitempty"`
}

type dataPagination struct {
	PageNumber int `json:"pageNumber"`
	PageSize   int `json:"pageSize"`
}

type dataSearch struct {
	Term      string `json:"term"`
	Field     string `json:"field,omitempty"`
	Precision *int   `json:"precision,omitempty"`
}

func (q DataQuery) projection(index, size int) dataProjection {
	sorts := make([]string, 0, len(q.Sort))

	for _, entry := range q.Sort {
		// With its sign, the name of a single letter is as long as the schema wants.
		if !strings.HasPrefix(entry, "-") && !strings.HasPrefix(entry, "+") {
			entry = "+" + entry
		}

		sorts = append(sorts, entry)
	}

	projection := dataProjection{
		Fields: strings.Join(q.Fields, ","), KPIs: q.KPIs, Sort: strings.Join(sorts, ","),
		Pagination: dataPagination{PageNumber: index, PageSize: size},
	}

	if len(q.FilterIDs) > 0 || len(q.FilterExpressions) > 0 {
		projection.Filters = &dataFilters{Names: q.FilterIDs, Expressions: q.FilterExpressions}
	}

	if q.Distinct {
		projection.Options = []string{"distinct"}
	}

	if q.Search != nil {
		projection.Search = &dataSearch{Term: q.Search.Term, Field: q.Search.Field, Precision: q.Search.Precision}
	}

	return projection
}

// decodeDataPage reads a page of rows. Unlike in other lists, content is an object, and sort, which nobody needs, an array.
func decodeDataPage(answered transport.Reply, what string) (paging.Page[map[string]*string], []DataHeader, error) {
	var body struct {
		Content *struct {
			Headers transport.JSONArray[struct {
				ID          transport.LenientString `json:"id"`
				Name        transport.LenientString `json:"name"`
				Type        transport.LenientString `json:"type"`
				Format      transport.LenientString `json:"format"`
				Unit        transport.LenientString `json:"unit"`
				Aggregation transport.LenientString `json:"aggregation"`
			}] `json:"headers"`
			Data json.RawMessage `json:"data"`
		} `json:"content"`
		PageSize transport.LenientInt  `json:"pageSize"`
		Total    *transport.LenientInt `json:"total"`
	}
	if err := transport.Decode(answered, what, &body); err != nil {
		return paging.Page[map[string]*string]{}, nil, err
	}

	if body.Content == nil || len(body.Content.Data) == 0 {
		return paging.Page[map[string]*string]{}, nil, transport.InvalidResponse(answered.Status, "%s: the answer holds no data", what)
	}

	got := paging.Page[map[string]*string]{Total: -1, Size: max(int(body.PageSize), 0)}
	if body.Total != nil {
		got.Total = int(*body.Total)
	}

	rows, err := flatten(body.Content.Data)
	if err != nil {
		return got, nil, transport.InvalidResponse(answered.Status, "%s: the rows: %v", what, err)
	}

	for _, raw := range rows {
		row, err := decodeRow(raw)
		if err != nil {
			return got, nil, transport.InvalidResponse(answered.Status, "%s: %v", what, err)
		}

		got.Items = append(got.Items, row)
	}

	headers := make([]DataHeader, 0, len(body.Content.Headers))
	for _, header := range body.Content.Headers {
		headers = append(headers, DataHeader{
			ID: string(header.ID), Name: string(header.Name), Type: string(header.Type), Format: string(header.Format),
			Unit: string(header.Unit), Aggregation: strings.EqualFold(string(header.Aggregation), "true"),
		})
	}

	return got, headers, nil
}

// decodeRow keeps every value as it was written: no number passes through a float.
func decodeRow(raw json.RawMessage) (map[string]*string, error) {
	var cells map[string]json.RawMessage
	if err := json.Unmarshal(raw, &cells); err != nil || cells == nil {
		return nil, fmt.Errorf("a row is no object but %s", transport.KindOf(raw))
	}

	row := make(map[string]*string, len(cells))

	for name, cell := range cells {
		value := string(cell)

		switch {
		case value == "null":
			row[name] = nil

			continue
		case strings.HasPrefix(value, `"`):
			if err := json.Unmarshal(cell, &value); err != nil {
				return nil, fmt.Errorf("reading the value of %s: %w", name, err)
			}
		case strings.HasPrefix(value, "{"), strings.HasPrefix(value, "["):
			var compact bytes.Buffer
			if err := json.Compact(&compact, cell); err != nil {
				return nil, fmt.Errorf("reading the value of %s: %w", name, err)
			}

			value = compact.String()
		}

		row[name] = &value
	}

	return row, nil
}
