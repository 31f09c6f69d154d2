package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// defaultMaxRows is the default of `max_rows`.
const defaultMaxRows = 1000

type knowledgeModelDataModel struct {
	KnowledgeModelID  types.String         `tfsdk:"knowledge_model_id"`
	RecordID          types.String         `tfsdk:"record_id"`
	Fields            types.List           `tfsdk:"fields"`
	KPIs              types.List           `tfsdk:"kpis"`
	FilterIDs         types.List           `tfsdk:"filter_ids"`
	FilterExpressions types.List           `tfsdk:"filter_expressions"`
	Sort              types.List           `tfsdk:"sort"`
	Distinct          types.Bool           `tfsdk:"distinct"`
	Search            types.Object         `tfsdk:"search"`
	MaxRows           types.Int64          `tfsdk:"max_rows"`
	Headers           []dataHeaderEntry    `tfsdk:"headers"`
	Rows              []map[string]*string `tfsdk:"rows"`
	Truncated         types.Bool           `tfsdk:"truncated"`
}

type dataSearchModel struct {
	Term      types.String `tfsdk:"term"`
	Field     types.String `tfsdk:"field"`
	Precision types.Int64  `tfsdk:"precision"`
}

type dataHeaderEntry struct {
	ID          *string `tfsdk:"id"`
	Name        *string `tfsdk:"name"`
	Type        *string `tfsdk:"type"`
	Format      *string `tfsdk:"format"`
	Unit        *string `tfsdk:"unit"`
	Aggregation bool    `tfsdk:"aggregation"`
}

func newKnowledgeModelDataDataSource() datasource.DataSource {
	return &dataSource[knowledgeModelDataModel]{
		name:       "knowledge_model_data",
		summary:    "Unable to read data",
		read:       readKnowledgeModelData,
		validators: []datasource.ConfigValidator{configCheck{"the query must be valid", checkDataQuery}},
		schema: schema.Schema{
			MarkdownDescription: "Reads rows of a Knowledge Model. The rows contain record fields and KPI values, and you can filter, sort and " +
				"search them. The rows are stored in the state, so read only the data that you need, and nothing confidential." +
				knowledgeModelAccess,
			Attributes: map[string]schema.Attribute{
				"knowledge_model_id": knowledgeModelIDAttribute(),
				"record_id": schema.StringAttribute{
					MarkdownDescription: "Id of the record to read, case-sensitive. If you set `record_id`, `fields` must contain field ids " +
						"without the record id, and `kpis` must not be set. Defaults to none. Without `record_id`, you can set `kpis`, and " +
						"`fields` can contain the fields of any record. The `celonis_knowledge_model_records` data source lists the ids.",
					Optional: true, Validators: []validator.String{notBlank()},
				},
				"fields": textList("Fields to read, at most 200, case-sensitive: `<record_id>.<field_id>`, or only `<field_id>` if `record_id` is " +
					"set. Defaults to none, in which case `kpis` must be set. The `celonis_knowledge_model_record` data source lists the ids."),
				"kpis": textList("Ids of the KPIs, case-sensitive. Each is computed for every combination of the fields' values. Defaults to none, " +
					"in which case `fields` must be set. The `celonis_knowledge_model_kpis` data source lists the ids."),
				"filter_ids": textList("Ids of the model's filters to apply, case-sensitive. Defaults to none. The " +
					"`celonis_knowledge_model_filters` data source lists the ids."),
				"filter_expressions": textList("Filter expressions to apply, such as `SALES_ORDER.AMOUNT gt 1000` or " +
					"`contains(SALES_ORDER.CITY, 'Oslo')`. The supported operators and functions are `eq`, `ne`, `gt`, `ge`, `lt`, `le`, `in`, " +
					"`and`, `or`, `not`, `contains`, `startswith` and `endswith`. The `odata_string` function quotes a string. Celonis may " +
					"include an expression in an error, even if the expression comes from a sensitive variable. Defaults to none."),
				"sort": textList("Fields and KPIs to sort by, in order of priority. A leading minus sign reverses the order. Each element must " +
					"be in `fields` or `kpis`. By default, Celonis decides the order of the rows, which may differ between runs."),
				"distinct": schema.BoolAttribute{
					MarkdownDescription: "Whether to omit duplicate rows. Defaults to `false`.", Optional: true,
				},
				"search": schema.SingleNestedAttribute{
					MarkdownDescription: "Fuzzy text search that selects rows. By default, all rows match.", Optional: true,
					Attributes: map[string]schema.Attribute{
						"term": schema.StringAttribute{
							MarkdownDescription: "Text to search for.", Required: true, Validators: []validator.String{notBlank()},
						},
						"field": schema.StringAttribute{
							MarkdownDescription: "Field to search, in the same form as in `fields`. Defaults to all fields.",
							Optional:            true, Validators: []validator.String{notBlank()},
						},
						"precision": schema.Int64Attribute{
							MarkdownDescription: "Minimum similarity of a match, 0 to 100; a lower value finds more rows. By default, Celonis " +
								"chooses the precision.",
							Optional: true, Validators: []validator.Int64{int64validator.Between(0, client.MaxSearchPrecision)},
						},
					},
				},
				"max_rows": schema.Int64Attribute{
					MarkdownDescription: "Maximum number of rows to read, 1 to 5000. Celonis returns at most 5000 rows per query. " +
						"Defaults to 1000.",
					Optional: true, Validators: []validator.Int64{int64validator.Between(1, client.MaxDataRows)},
				},
				"headers": computedList("Columns of the result, in the order in which Celonis returns them.", map[string]schema.Attribute{
					"id":   computedText("Id of the column, which is the column's key in each element of `rows`."),
					"name": computedText("Name of the field or KPI, null if it has none."),
					"type": computedText("Type of the column's values: `integer`, `date`, `time`, `datetime`, `timestamp`, `float`, `boolean` or " +
						"`string`."),
					"format": computedText("Display format of the column's values, null if Celonis does not return it."),
					"unit":   computedText("Unit of the column's values, null if Celonis does not return it."),
					"aggregation": schema.BoolAttribute{
						MarkdownDescription: "Whether each value is computed from several rows, as is the case for KPIs.", Computed: true,
					},
				}),
				"rows": schema.ListAttribute{
					MarkdownDescription: "Rows of the result. Each row is a map from column id to value. All values are strings: numbers retain " +
						"all digits that Celonis returns (convert them with `tonumber`), booleans are `true` or `false`, and missing values are " +
						"null.",
					Computed: true, ElementType: types.MapType{ElemType: types.StringType},
				},
				"truncated": schema.BoolAttribute{
					MarkdownDescription: "Whether the result has more rows than `max_rows`. Also `true` if the result has exactly 5000 rows and " +
						"Celonis does not return the total number of rows.",
					Computed: true,
				},
			},
		},
	}
}

// textList returns an optional argument that takes a list of strings. checkDataQuery also rejects strings that contain a comma, because commas
// separate the strings in a query.
func textList(description string) schema.ListAttribute {
	return schema.ListAttribute{
		MarkdownDescription: description, Optional: true, ElementType: types.StringType,
		Validators: []validator.List{noNulls(), listvalidator.ValueStringsAre(notBlank())},
	}
}

func readKnowledgeModelData(ctx context.Context, celonis *client.Client, model *knowledgeModelDataModel) error {
	query, err := model.query(ctx)
	if err != nil {
		return err
	}

	data, err := celonis.Data(ctx, query)
	if err != nil {
		return model.blame(query, err)
	}

	model.Rows, model.Truncated = data.Rows, types.BoolValue(data.Truncated)
	if model.Rows == nil {
		model.Rows = []map[string]*string{}
	}

	model.Headers = convertAll(data.Headers, func(header client.DataHeader) dataHeaderEntry {
		return dataHeaderEntry{
			ID: textOrNull(header.ID), Name: textOrNull(header.Name), Type: textOrNull(header.Type),
			Format: textOrNull(header.Format), Unit: textOrNull(header.Unit), Aggregation: header.Aggregation,
		}
	})

	return nil
}

// query converts the arguments, which must be known, to a query.
func (m *knowledgeModelDataModel) query(ctx context.Context) (client.DataQuery, error) {
	query := client.DataQuery{
		ModelID: m.KnowledgeModelID.ValueString(), RecordID: m.RecordID.ValueString(), Distinct: m.Distinct.ValueBool(),
		MaxRows: defaultMaxRows,
	}

	if !m.MaxRows.IsNull() {
		query.MaxRows = int(m.MaxRows.ValueInt64())
	}

	for _, part := range []struct {
		list   types.List
		target *[]string
	}{
		{m.Fields, &query.Fields},
		{m.KPIs, &query.KPIs},
		{m.FilterIDs, &query.FilterIDs},
		{m.FilterExpressions, &query.FilterExpressions},
		{m.Sort, &query.Sort},
	} {
		*part.target, _ = knownTexts(part.list)
	}

	if m.Search.IsNull() {
		return query, nil
	}

	var search dataSearchModel
	if diagnostics := m.Search.As(ctx, &search, basetypes.ObjectAsOptions{}); diagnostics.HasError() {
		return query, errors.New(diagnostics[0].Detail())
	}

	query.Search = &client.DataSearch{Term: search.Term.ValueString(), Field: search.Field.ValueString()}

	if !search.Precision.IsNull() {
		precision := int(search.Precision.ValueInt64())
		query.Search.Precision = &precision
	}

	return query, nil
}

// blame attaches a failure to the argument to which the service's error code refers. blame adds the requested query, because the service's message
// often omits it.
func (m *knowledgeModelDataModel) blame(query client.DataQuery, err error) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok || failure.Status < http.StatusBadRequest || failure.Status >= http.StatusInternalServerError {
		return err
	}

	switch {
	case failure.Code == "KM_RECORD_NOTFOUND":
		return &attributeError{attribute: path.Root("record_id"), err: err}
	case failure.Code == "KM_FIELD_NOTFOUND" && len(query.FilterExpressions) == 0 && query.Search == nil:
		return &attributeError{attribute: path.Root("fields"), requested: describeQuery(query), err: err}
	case strings.HasPrefix(failure.Code, "SORT_"):
		return &attributeError{attribute: path.Root("sort"), requested: describeQuery(query), err: err}
	case failure.Status == http.StatusBadRequest:
		return &attributeError{attribute: path.Empty(), requested: describeQuery(query), err: err}
	default:
		return blameModel(err)
	}
}

func describeQuery(query client.DataQuery) string {
	var parts []string

	for _, part := range []struct {
		name   string
		values []string
	}{
		{"fields", query.Fields},
		{"kpis", query.KPIs},
		{"filter_ids", query.FilterIDs},
		{"sort", query.Sort},
	} {
		if len(part.values) > 0 {
			parts = append(parts, part.name+" "+strings.Join(part.values, ", "))
		}
	}

	if count := len(query.FilterExpressions); count > 0 { // Expressions may contain values of sensitive variables.
		parts = append(parts, fmt.Sprintf("filter_expressions (%d)", count))
	}

	if query.Search != nil && query.Search.Field != "" {
		parts = append(parts, "search.field "+query.Search.Field)
	}

	return strings.Join(parts, "; ")
}

// checkDataQuery rejects, at plan time, queries that Celonis would reject during a read. checkDataQuery does not check unknown values.
func checkDataQuery(ctx context.Context, config tfsdk.Config, problems *diag.Diagnostics) {
	var model knowledgeModelDataModel
	if problems.Append(config.Get(ctx, &model)...); problems.HasError() {
		return
	}

	refuse := func(attribute, problem string) {
		problems.AddAttributeError(path.Root(attribute), "Invalid data query", problem)
	}

	fields, fieldsKnown := knownTexts(model.Fields)
	kpis, kpisKnown := knownTexts(model.KPIs)
	sorts, sortKnown := knownTexts(model.Sort)
	recordKnown := !model.RecordID.IsUnknown()
	ofRecord := recordKnown && !model.RecordID.IsNull()

	switch {
	case ofRecord && len(kpis) > 0:
		refuse("kpis", "KPIs conflict with `record_id`: remove `record_id`, and write fields as `<record_id>.<field_id>`.")
	case ofRecord && fieldsKnown && len(fields) == 0:
		refuse("fields", "If `record_id` is set, `fields` must contain at least one field.")
	case recordKnown && fieldsKnown && kpisKnown && len(fields)+len(kpis) == 0:
		refuse("fields", "`fields` or `kpis` must contain at least one field or KPI.")
	}

	for _, list := range []struct {
		attribute string
		values    []string
	}{{"fields", fields}, {"kpis", kpis}, {"sort", sorts}} {
		for _, value := range list.values {
			if strings.Contains(value, ",") {
				refuse(list.attribute, fmt.Sprintf("%q contains a comma. Write each item as a separate element.", value))
			}
		}
	}

	if recordKnown {
		for _, problem := range namingProblems(fields, ofRecord) {
			refuse("fields", problem)
		}
	}

	if len(fields) > client.MaxDataFields {
		refuse("fields", fmt.Sprintf("There are %d fields, but Celonis accepts at most %d in one query.", len(fields), client.MaxDataFields))
	}

	for _, list := range []struct {
		attribute string
		values    []string
	}{{"fields", fields}, {"sort", sorts}} {
		if length := len(strings.Join(list.values, ",")); length > client.MaxDataText {
			refuse(list.attribute, fmt.Sprintf("The list has %d characters, including the commas between the elements. Celonis accepts "+
				"at most %d.",
				length, client.MaxDataText))
		}
	}

	for _, problem := range sortProblems(sorts, append(append([]string{}, fields...), kpis...), fieldsKnown && kpisKnown && sortKnown) {
		refuse("sort", problem)
	}
}

// namingProblems reports fields that contain the record id although `record_id` is set, and fields that omit the record id although
// `record_id` is not set.
func namingProblems(fields []string, ofRecord bool) []string {
	var problems []string

	for _, field := range fields {
		switch {
		case ofRecord && strings.Contains(field, "."):
			problems = append(problems, fmt.Sprintf("%q contains a dot. If `record_id` is set, write the field id without the record id.", field))
		case !ofRecord && !strings.Contains(field, "."):
			problems = append(problems, fmt.Sprintf("%q contains no dot. Unless `record_id` is set, write the field as "+
				"<record_id>.<field_id>.", field))
		}
	}

	return problems
}

// sortProblems reports invalid sort columns. complete is true if all requested columns are known.
func sortProblems(sorts, asked []string, complete bool) []string {
	var problems []string

	orders := make(map[string]string)

	for _, entry := range sorts {
		name := strings.TrimPrefix(strings.TrimPrefix(entry, "-"), "+")
		order := "ascending"

		if strings.HasPrefix(entry, "-") {
			order = "descending"
		}

		if before, twice := orders[name]; twice && before != order {
			problems = append(problems, fmt.Sprintf("`sort` contains %q in both directions. Keep only one of the two.", name))
		}

		orders[name] = order

		if complete && !slices.Contains(asked, name) {
			problems = append(problems,
				fmt.Sprintf("%q is neither in `fields` nor in `kpis`. Rows can be sorted only by requested fields and KPIs.", name))
		}
	}

	return problems
}
