package intelligence

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Content is the schema and the data of a Knowledge Model. Do not modify it while a team is using it.
type Content struct {
	// Records are the types of business objects in the Knowledge Model. If a Knowledge Model contains no records, KPIs, filters, triggers or
	// spec, the simulator generates the model's content.
	Records []Record
	// KPIs are the metrics of the Knowledge Model.
	KPIs []KPI
	// Filters are the predefined filters of the Knowledge Model.
	Filters []Filter
	// Triggers are the triggers for which clients can create event subscriptions.
	Triggers []Trigger
	// Spec is the OpenAPI document of the Knowledge Model, which is served unchanged. By default, the simulator generates the document from the
	// records.
	Spec string
}

// Record is a record of a Knowledge Model: a type of business object, such as an order.
type Record struct {
	// ID is the id of the record, such as SALES_ORDER.
	ID string
	// Name is the display name of the record, such as Sales order.
	Name string
	// Description is a text that explains the record.
	Description string
	// ShortDisplayName is an abbreviation of the record's name, such as SO.
	ShortDisplayName string
	// InternalNote is a note for the Knowledge Model's authors about the record.
	InternalNote string

	// Fields are the attributes, augmented attributes and flags of the record.
	Fields []Field
	// Rows are the record's data rows. Each row maps field ids to strings, numbers, true, false or null. Missing fields are null.
	Rows []map[string]any
}

// Field is an attribute, augmented attribute or flag of a record.
type Field struct {
	// ID is the id of the field, such as NET_AMOUNT.
	ID string
	// Name is the display name of the field, such as Net amount.
	Name string
	// Description is a text that explains the field.
	Description string
	// ShortDisplayName is an abbreviation of the field's name, such as Net.
	ShortDisplayName string
	// InternalNote is a note for the Knowledge Model's authors about the field.
	InternalNote string
	// Type is the type of the field's values.
	Type string
	// Format is the display format of the field's values, such as #.## or %Y-%m-%d.
	Format string
	// Unit is the unit of the field's values, such as EUR.
	Unit string
}

// KPI is a metric that is computed from the rows of one record.
type KPI struct {
	// ID is the id of the KPI, such as SALES_ORDER_COUNT.
	ID string
	// Name is the display name of the KPI, such as Average lead time.
	Name string
	// Description is a text that explains the KPI.
	Description string
	// Format is the display format of the KPI, such as #.##.
	Format string
	// Unit is the unit of the KPI, such as days.
	Unit string
	// Direction is the desired direction of the KPI, such as Up or Down.
	Direction string
	// Target is the target value of the KPI.
	Target string

	// Parameters are the KPI's parameters, such as a threshold.
	Parameters []KPIParameter

	// RecordID is the id of the record whose rows the KPI aggregates.
	RecordID string
	// Aggregate is the function that computes the KPI.
	Aggregate Aggregate
	// FieldID is the id of the field to aggregate. Rows in which this field has no value are ignored. The functions `count` and `share` do not
	// require a field.
	FieldID string
	// Where is a filter expression, such as SALES_ORDER.BLOCKED eq true. The KPI aggregates only matching rows. For the function `share`, the
	// matching rows are the numerator.
	Where string
}

// KPIParameter is a parameter of a KPI, with its initial value.
type KPIParameter struct {
	// ID is the id of the parameter, such as threshold.
	ID string
	// Name is the display name of the parameter, such as Threshold.
	Name string
	// Value is the initial value of the parameter.
	Value string
}

// Filter is a predefined filter of a Knowledge Model.
type Filter struct {
	// ID is the id of the filter, such as SALES_ORDER_BLOCKED.
	ID string
	// Name is the display name of the filter, such as Sales order: blocked.
	Name string
	// Description is a text that explains the filter.
	Description string
	// Expression is a filter expression, such as SALES_ORDER.BLOCKED eq true.
	Expression string
}

// Trigger fires when rows of a record change. A trigger has the fields of its record.
type Trigger struct {
	// ID is the id of the trigger.
	ID string
	// Name is the display name of the trigger, such as Blocked - Sales order.
	Name string
	// RecordID is the id of the record whose changes fire the trigger. Events contain the fields of this record.
	RecordID string
}

// Aggregate is the function that computes a KPI from rows.
type Aggregate string

// The aggregate functions.
const (
	AggregateCount   Aggregate = "count"
	AggregateSum     Aggregate = "sum"
	AggregateAverage Aggregate = "average"
	AggregateMinimum Aggregate = "minimum"
	AggregateMaximum Aggregate = "maximum"
	AggregateShare   Aggregate = "share" // the share of rows that match `where`, from 0 to 1
)

// Words returns the allowed values, with the default first.
func (Aggregate) Words() []Aggregate {
	return []Aggregate{
		AggregateCount, AggregateSum, AggregateAverage, AggregateMinimum, AggregateMaximum, AggregateShare,
	}
}

// The field types.
const (
	FieldString    = "string"
	FieldDate      = "date"
	FieldInteger   = "integer"
	FieldBoolean   = "boolean"
	FieldNumber    = "number"
	fieldDateTime  = "datetime"
	fieldTimestamp = "timestamp"
	fieldFloat     = "float"
)

// record looks up a record by its id, which is case-sensitive.
func (c *Content) record(id string) (*Record, bool) {
	i := slices.IndexFunc(c.Records, func(record Record) bool { return record.ID == id })
	if i < 0 {
		return nil, false
	}

	return &c.Records[i], true
}

// kpi looks up a KPI by its id, which is case-sensitive.
func (c *Content) kpi(id string) (*KPI, bool) {
	i := slices.IndexFunc(c.KPIs, func(kpi KPI) bool { return kpi.ID == id })
	if i < 0 {
		return nil, false
	}

	return &c.KPIs[i], true
}

// field looks up a field by its id, which is case-sensitive.
func (r *Record) field(id string) (*Field, bool) {
	i := slices.IndexFunc(r.Fields, func(field Field) bool { return field.ID == id })
	if i < 0 {
		return nil, false
	}

	return &r.Fields[i], true
}

type reference struct {
	record *Record
	field  *Field
}

// modelField returns the field with the qualified name "recordId.fieldId".
func (c *Content) modelField(name string) (reference, bool) {
	for i := range c.Records {
		id, ok := strings.CutPrefix(name, c.Records[i].ID+".")
		if !ok {
			continue
		}

		if field, ok := c.Records[i].field(id); ok {
			return reference{&c.Records[i], field}, true
		}
	}

	return reference{}, false
}

// check returns an error that lists all invalid parts of the content.
func (c *Content) check() error {
	var errs []error

	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	for _, record := range c.Records {
		if record.ID == "" {
			fail("a record has no id")
		}

		errs = append(errs, record.check())
	}

	for _, kpi := range c.KPIs {
		if err := c.checkKPI(kpi); err != nil {
			fail("the KPI %q: %w", kpi.ID, err)
		}
	}

	for _, filter := range c.Filters {
		if _, err := parseExpression(filter.Expression, c.modelField); err != nil {
			fail("the filter %q: %w", filter.ID, err)
		}
	}

	for _, trigger := range c.Triggers {
		if _, ok := c.record(trigger.RecordID); !ok {
			fail("the trigger %q refers to the unknown record %q", trigger.ID, trigger.RecordID)
		}
	}

	return errors.Join(errs...)
}

func (c *Content) checkKPI(kpi KPI) error {
	record, ok := c.record(kpi.RecordID)
	if !ok {
		return fmt.Errorf("the record %q is unknown", kpi.RecordID)
	}

	if err := server.CheckWord("Aggregate", &kpi.Aggregate); err != nil {
		return err
	}

	wantsField := kpi.Aggregate != AggregateCount && kpi.Aggregate != AggregateShare
	if _, ok := record.field(kpi.FieldID); !ok && (wantsField || kpi.FieldID != "") {
		return fmt.Errorf("the field %q is unknown", kpi.FieldID)
	}

	if kpi.Where == "" {
		return nil
	}

	_, err := parseExpression(kpi.Where, c.modelField)

	return err
}

func (r *Record) check() error {
	var errs []error

	types := []string{
		FieldString, FieldDate, FieldInteger, FieldBoolean, FieldNumber, fieldDateTime, fieldTimestamp, fieldFloat,
	}

	for _, field := range r.Fields {
		if !slices.Contains(types, field.Type) {
			errs = append(errs, fmt.Errorf("the field %s.%s has the unknown type %q", r.ID, field.ID, field.Type))
		}
	}

	for i, row := range r.Rows {
		for id, value := range row {
			if _, ok := r.field(id); !ok {
				errs = append(errs, fmt.Errorf("row %d of %s contains the unknown field %q", i, r.ID, id))
			}

			switch value := value.(type) {
			case nil, string, bool:
			case json.Number:
				if !json.Valid([]byte(value)) {
					errs = append(errs, fmt.Errorf("row %d of %s contains %q, which is not a number", i, r.ID, value))
				}
			default:
				errs = append(errs, fmt.Errorf("row %d of %s contains a value of the unsupported type %T", i, r.ID, value))
			}
		}
	}

	return errors.Join(errs...)
}

// contents generates content for models that do not define any. It caches only the most recently requested rows, so that a team with thousands
// of models needs little memory.
type contents struct {
	seed uint64
	rows int // approximate number of rows per record

	mu   sync.Mutex
	last []keptRows // newest last
}

// keptRows are the cached rows of one generated record.
type keptRows struct {
	modelID, recordID string
	rows              []map[string]any
}

// schema returns a model's content. Generated content has no rows; use rowsOf to generate the rows of a record.
func (c *contents) schema(model KnowledgeModel) *Content {
	if model.Content != nil {
		return model.Content
	}

	return contentGenerator{modelID: model.ID(), seed: c.seed}.schema()
}

// rowsOf returns the rows of a record, which the caller must not change.
func (c *contents) rowsOf(model KnowledgeModel, record *Record) []map[string]any {
	if model.Content != nil {
		return record.Rows
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	id := model.ID()

	for _, cached := range c.last {
		if cached.modelID == id && cached.recordID == record.ID {
			return cached.rows
		}
	}

	const most = 16

	if len(c.last) == most {
		c.last = slices.Delete(c.last, 0, 1)
	}

	rows := contentGenerator{modelID: id, seed: c.seed}.rows(record, c.rows)
	c.last = append(c.last, keptRows{id, record.ID, rows})

	return rows
}
