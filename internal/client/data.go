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

// Limits of a data query. Source: developer.celonis.com/celonis-apis/rate-limiting and the schemas KmQueryDataRequest and
// KmQueryRecordDataRequest of the Knowledge Model API.
const (
	// MaxDataRows is the maximum number of rows that the service returns for one query.
	MaxDataRows = 5000
	// MaxDataFields is the maximum number of fields in one query.
	MaxDataFields = 200
	// MaxDataText is the maximum length, in characters including commas, of the field list and, separately, of the sort order.
	MaxDataText = 2048
	// MaxSearchPrecision is the maximum precision of a fuzzy search.
	MaxSearchPrecision = 100
)

// DataQuery requests rows of a Knowledge Model. Source: see [MaxDataRows].
type DataQuery struct {
	ModelID string
	// RecordID limits the query to one record. In that case, fields are specified by id alone, and KPIs are not available.
	RecordID string
	// Fields have the form <record id>.<field id> and are case-sensitive. At least one field or KPI is required.
	Fields, KPIs []string
	// FilterIDs are the ids of filters that the model defines. FilterExpressions have an OData-like syntax.
	FilterIDs, FilterExpressions []string
	// Sort lists the fields and KPIs to sort by, which must also be requested. A leading minus sign reverses the order.
	Sort     []string
	Distinct bool
	// Search is an optional text search.
	Search *DataSearch
	// MaxRows is the maximum number of rows to return, from 1 to [MaxDataRows].
	MaxRows int
}

// DataSearch is a fuzzy search.
type DataSearch struct {
	Term string
	// Field is the field to search. If it is empty, all fields are searched.
	Field string
	// Precision is between 0 and 100. Lower values make the search fuzzier. If it is nil, the service chooses the precision.
	Precision *int
}

// Data contains rows of a Knowledge Model.
type Data struct {
	Headers []DataHeader
	// Rows contain a value for each column, exactly as the service returns it. Numbers retain all of their digits, and nil means null.
	Rows []map[string]*string
	// Truncated is true if the query matches, or may match, more rows than requested.
	Truncated bool
}

// DataHeader describes a column.
type DataHeader struct {
	ID, Name, Type, Format, Unit string
	// Aggregation is true if each value in the column is aggregated over several rows.
	Aggregation bool
}

// Data returns the rows that a query selects. Identical queries in one run share the result, so callers must not modify it.
func (c *Client) Data(ctx context.Context, query DataQuery) (Data, error) {
	path := knowledgeModelsPath(query.ModelID, "data")
	if query.RecordID != "" {
		path = knowledgeModelsPath(query.ModelID, "records", query.RecordID, "data")
	}

	key, err := json.Marshal(dataRequest{Projection: query.projection(0, query.MaxRows)})
	if err != nil {
		return Data{}, fmt.Errorf("encoding the query's key: %w", err)
	}

	data, _, err := paging.Shared(ctx, c.Caller, paging.KeyOf(AreaKnowledgeModels, path, string(key)), time.Time{},
		func(ctx context.Context) (Data, error) { return c.readData(ctx, path, query) })

	return data, err
}

func (c *Client) readData(ctx context.Context, path []string, query DataQuery) (Data, error) {
	var data Data

	name := "the data of " + query.ModelID

	rows, more, err := paging.Reader[map[string]*string]{
		Name: name, Concurrent: c.Concurrent, Limit: query.MaxRows, Reachable: MaxDataRows,
		Size: min(c.pageSize, query.MaxRows+1, MaxDataRows), // Request one extra row to find out whether the result is truncated.
		Fetch: func(ctx context.Context, index, size int) (paging.Page[map[string]*string], error) {
			body, err := json.Marshal(dataRequest{Projection: query.projection(index, size)})
			if err != nil {
				return paging.Page[map[string]*string]{}, fmt.Errorf("encoding the query: %w", err)
			}

			req := transport.Request{Area: AreaKnowledgeModels, Method: http.MethodPost, Path: path, Body: body, OnlyReads: true}

			return paging.Call(ctx, c.Caller, req, func(resp transport.Reply) (paging.Page[map[string]*string], error) {
				rows, headers, err := decodeDataPage(resp, name)
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

// dataRequest is the body of a query. The field for the page number is called pageNumber in requests, but page in responses.
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
		// The schema requires at least two characters per entry, so a single-letter name needs a sign.
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

// decodeDataPage decodes a page of rows. Unlike in other lists, the `content` field is an object, and the `sort` field, which is ignored, is an
// array.
func decodeDataPage(resp transport.Reply, name string) (paging.Page[map[string]*string], []DataHeader, error) {
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
	if err := transport.Decode(resp, name, &body); err != nil {
		return paging.Page[map[string]*string]{}, nil, err
	}

	if body.Content == nil || len(body.Content.Data) == 0 {
		return paging.Page[map[string]*string]{}, nil, transport.InvalidResponse(resp.Status, "%s: the response has no data", name)
	}

	page := paging.Page[map[string]*string]{Total: -1, Size: max(int(body.PageSize), 0)}
	if body.Total != nil {
		page.Total = int(*body.Total)
	}

	rows, err := flatten(body.Content.Data)
	if err != nil {
		return page, nil, transport.InvalidResponse(resp.Status, "%s: the rows cannot be read: %v", name, err)
	}

	for _, raw := range rows {
		row, err := decodeRow(raw)
		if err != nil {
			return page, nil, transport.InvalidResponse(resp.Status, "%s: %v", name, err)
		}

		page.Items = append(page.Items, row)
	}

	headers := make([]DataHeader, 0, len(body.Content.Headers))
	for _, header := range body.Content.Headers {
		headers = append(headers, DataHeader{
			ID: string(header.ID), Name: string(header.Name), Type: string(header.Type), Format: string(header.Format),
			Unit: string(header.Unit), Aggregation: strings.EqualFold(string(header.Aggregation), "true"),
		})
	}

	return page, headers, nil
}

// decodeRow preserves every value exactly as returned. In particular, it does not convert numbers to floats.
func decodeRow(raw json.RawMessage) (map[string]*string, error) {
	var cells map[string]json.RawMessage
	if err := json.Unmarshal(raw, &cells); err != nil || cells == nil {
		return nil, fmt.Errorf("expected an object for a row, got %s", transport.KindOf(raw))
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
