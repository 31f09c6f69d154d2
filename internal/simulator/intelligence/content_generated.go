package intelligence

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// defaultRows is the default number of rows in the first record of a model with generated content.
const defaultRows = 120

// GenerateContent returns the content that a team with the given seed generates for the model with the given id. rows is the number of rows in
// the first record; 0 means 120. The first record has a field of every type, and the other records have at most as many rows as the first.
func GenerateContent(modelID string, seed uint64, rows int) *Content {
	if rows == 0 {
		rows = defaultRows
	}

	g := contentGenerator{modelID: modelID, seed: seed}
	content := g.schema()

	for i := range content.Records {
		content.Records[i].Rows = g.rows(&content.Records[i], rows)
	}

	return content
}

type contentGenerator struct {
	modelID string
	seed    uint64
}

// schema generates everything except the rows.
func (g contentGenerator) schema() *Content {
	random := server.RandomFor(g.seed, g.modelID)
	content := &Content{}

	for i, template := range g.recordTemplates(random) {
		record := Record{
			ID: template.id, Name: template.name, Description: template.description,
			ShortDisplayName: template.short,
			Fields:           generatedFields(random, template, i == 0),
		}
		if random.IntN(3) == 0 {
			record.InternalNote = "Checked with the owners of the source system."
		}

		content.Records = append(content.Records, record)
		content.Filters = append(content.Filters, generatedFilters(&record)...)
		content.KPIs = append(content.KPIs, generatedKPIs(&record)...)
		content.Triggers = append(content.Triggers, g.triggers(random, &record)...)
	}

	return content
}

type recordTemplate struct {
	id, name, description, short string
}

// recordTemplates selects the records of the model: first the record that fits the model's name, then two to five others.
func (g contentGenerator) recordTemplates(random *rand.Rand) []recordTemplate {
	templates := []recordTemplate{
		{"CASE", "Case", "One run through the process.", ""},
		{"ACTIVITY", "Activity", "One step of a case, with its timestamp.", "Step"},
		{"SALES_ORDER", "Sales order", "Order headers.", "SO"},
		{"DELIVERY", "Delivery", "Outbound deliveries with their promised dates.", ""},
		{"CUSTOMER", "Customer", "", ""},
		{"INVOICE", "Invoice", "Invoices with their due dates.", "Inv."},
		{"VENDOR", "Vendor", "Vendors, as recorded in the master data.", ""},
		{"PURCHASE_ORDER", "Purchase order", "Orders to vendors.", "PO"},
		{"PURCHASE_REQUISITION", "Purchase requisition", "Requests for material, created before the purchase orders.", "PR"},
		{"MATERIAL", "Material", "Materials that have been purchased.", ""},
		{"PAYMENT", "Payment", "", "Pay"},
		{"TICKET", "Ticket", "Tickets of all queues.", ""},
		{"CLAIM", "Claim", "Insurance claims.", ""},
	}
	first := "CASE"

	for _, hint := range []struct{ word, record string }{
		{"requisition", "PURCHASE_REQUISITION"},
		{"purchase", "PURCHASE_ORDER"},
		{"procurement", "PURCHASE_ORDER"},
		{"payable", "INVOICE"},
		{"receivable", "INVOICE"},
		{"invoic", "INVOICE"},
		{"order", "SALES_ORDER"},
		{"service", "TICKET"},
		{"claim", "CLAIM"},
		{"inventory", "MATERIAL"},
	} {
		if strings.Contains(g.modelID, hint.word) {
			first = hint.record

			break
		}
	}

	random.Shuffle(len(templates), func(i, j int) { templates[i], templates[j] = templates[j], templates[i] })

	i := slices.IndexFunc(templates, func(template recordTemplate) bool { return template.id == first })
	templates[0], templates[i] = templates[i], templates[0]

	const least, span = 3, 4

	return templates[:least+random.IntN(span)]
}

// generatedFields selects 4 to 12 fields. If the complete argument is true, the selection includes a field of every type.
func generatedFields(random *rand.Rand, template recordTemplate, complete bool) []Field {
	// A record contains its fields in this order. The first nine fields cover every type.
	all := []Field{
		{ID: "ID", Name: "Id", Description: template.name + " number", Type: FieldString},
		{ID: "STATUS", Name: "Status", ShortDisplayName: "St.", Type: FieldString},
		{ID: "POSTING_DATE", Name: "Posting date", Type: FieldDate, Format: "%Y-%m-%d"},
		{ID: "CREATED_AT", Name: "Created at", Description: "When it was entered", Type: fieldDateTime, Format: "%Y-%m-%d %H:%M"},
		{ID: "CHANGED_AT", Name: "Changed at", Type: fieldTimestamp},
		{ID: "ITEM_COUNT", Name: "Items", Type: FieldInteger, Format: ",.0f"},
		{
			ID: "NET_AMOUNT", Name: "Net amount", Description: "Without tax", ShortDisplayName: "Net",
			InternalNote: "Converted at the rate of the posting date.", Type: FieldNumber, Format: "#.##", Unit: "EUR",
		},
		{ID: "LEAD_TIME", Name: "Lead time", Type: fieldFloat, Unit: "days"},
		{ID: "IS_BLOCKED", Name: "Blocked", Description: "Flag", Type: FieldBoolean},
		{ID: "COMPANY_CODE", Name: "Company code", Type: FieldString},
		{ID: "OWNER", Name: "Owner", Type: FieldString},
		{ID: "DUE_DATE", Name: "Due date", Type: FieldDate},
		{ID: "DOCUMENT_KEY", Name: "Document key", InternalNote: "20 digits", Type: FieldInteger},
		{ID: "DISCOUNT_RATE", Name: "Discount", Type: fieldFloat, Format: "%", Unit: "%"},
		{ID: "ON_TIME", Name: "On time", Type: FieldBoolean},
	}

	const (
		always, completeFields = 2, 9
		leastMore, spanMore    = 2, 9 // 4 to 12 fields
		spanMoreOfTheComplete  = 4    // 9 to 12 fields
	)

	fixed, more := always, leastMore+random.IntN(spanMore)
	if complete {
		fixed, more = completeFields, random.IntN(spanMoreOfTheComplete)
	}

	chosen := make([]int, 0, fixed+more)
	for i := range fixed {
		chosen = append(chosen, i)
	}

	for _, i := range random.Perm(len(all) - fixed)[:more] {
		chosen = append(chosen, fixed+i)
	}

	slices.Sort(chosen)

	fields := make([]Field, len(chosen))
	for i, index := range chosen {
		fields[i] = all[index]
	}

	return fields
}

func generatedFilters(record *Record) []Filter {
	var filters []Filter

	for _, filter := range []struct{ field, id, name, description, condition string }{
		{"STATUS", "OPEN", "open", "Everything that is not closed.", "STATUS in ('Open', 'In progress')"},
		{"IS_BLOCKED", "BLOCKED", "blocked", "", "IS_BLOCKED eq true"},
		{"POSTING_DATE", "SINCE_2025", "since 2025", "Posted in 2025 or later.", "POSTING_DATE ge 2025-01-01"},
		{"NET_AMOUNT", "LARGE", "large", "More than 5,000 EUR.", "NET_AMOUNT gt 5000"},
		{"OWNER", "UNOWNED", "of the O'Neills", "", "contains({}.OWNER,'O''Neill')"},
	} {
		if _, ok := record.field(filter.field); !ok {
			continue
		}

		expression := strings.ReplaceAll(filter.condition, "{}", record.ID)
		if expression == filter.condition {
			expression = record.ID + "." + expression
		}

		filters = append(filters, Filter{
			ID: record.ID + "_" + filter.id, Name: record.Name + ": " + filter.name,
			Description: filter.description, Expression: expression,
		})
	}

	return filters
}

func generatedKPIs(record *Record) []KPI {
	kpis := []KPI{{
		ID: record.ID + "_COUNT", Name: "Number of " + strings.ToLower(record.Name) + "s", Format: ",.0f",
		Direction: "None", RecordID: record.ID, Aggregate: AggregateCount,
	}}

	for _, kpi := range []KPI{
		{
			ID: "AVG_LEAD_TIME", Name: "Average lead time", Description: "Mean days from entry to completion",
			Format: "#.##", Unit: "days", Direction: "Down", Target: "14", Aggregate: AggregateAverage, FieldID: "LEAD_TIME",
			Parameters: []KPIParameter{{"window", "Window", "30"}, {"calendar", "Calendar", "TARGET2"}},
		},
		{
			ID: "NET_VALUE", Name: "Net value", Unit: "EUR", Direction: "Up", Aggregate: AggregateSum, FieldID: "NET_AMOUNT",
		},
		{
			ID: "BLOCKED_SHARE", Name: "Blocked share", Format: "%", Direction: "Down", Target: "0.05",
			Aggregate: AggregateShare, Where: record.ID + ".IS_BLOCKED eq true",
			Parameters: []KPIParameter{{"threshold", "Threshold", ""}},
		},
		{ID: "LAST_CHANGE", Name: "Last change", Aggregate: AggregateMaximum, FieldID: "CHANGED_AT"},
	} {
		needed := kpi.FieldID
		if needed == "" {
			needed = "IS_BLOCKED"
		}

		if _, ok := record.field(needed); !ok {
			continue
		}

		kpi.ID = record.ID + "_" + kpi.ID
		kpi.RecordID = record.ID
		kpis = append(kpis, kpi)
	}

	return kpis
}

// triggers generates up to two triggers for a record. Trigger ids are formatted as UUIDs, as in the vendor's OpenAPI file.
func (g contentGenerator) triggers(random *rand.Rand, record *Record) []Trigger {
	names := []string{"New or changed", "Blocked"}
	triggers := make([]Trigger, 0, len(names))

	for _, name := range names[:random.IntN(len(names)+1)] {
		random := server.RandomFor(g.seed, g.modelID, record.ID, name)
		low := random.Uint64()
		triggers = append(triggers, Trigger{
			ID: fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x",
				random.Uint32(), low&0xffff, low>>16&0xfff, low>>28&0xfff, random.Uint64()>>16),
			Name:     name + " - " + record.Name,
			RecordID: record.ID,
		})
	}

	return triggers
}

// rows generates the rows of a record. The count argument is the number of rows in the model's first record; every other
// record has at most that many rows.
func (g contentGenerator) rows(record *Record, count int) []map[string]any {
	random := server.RandomFor(g.seed, g.modelID, record.ID)

	if first := g.recordTemplates(server.RandomFor(g.seed, g.modelID))[0]; first.id != record.ID {
		count = random.IntN(count + 1)
	}

	rows := make([]map[string]any, count)
	for i := range rows {
		row := make(map[string]any, len(record.Fields))
		for _, field := range record.Fields {
			row[field.ID] = generatedValue(random, record, field, i)
		}

		rows[i] = row
	}

	return rows
}

// generatedValue generates a value. Some values are missing, and some numbers cannot be represented by a 64-bit float.
func generatedValue(random *rand.Rand, record *Record, field Field, row int) any {
	const seldom = 12

	absent := random.IntN(seldom) == 0
	odd := random.IntN(seldom) == 0

	if absent && field.ID != "ID" {
		return nil
	}

	pick := func(words ...string) string { return words[random.IntN(len(words))] }

	switch field.ID {
	case "ID":
		return fmt.Sprintf("%s-%06d", record.ID[:2], row+1)
	case "STATUS":
		return pick("Open", "In progress", "Blocked", "Closed")
	case "COMPANY_CODE":
		return pick("1000", "2000", "0042", "")
	case "OWNER":
		return pick("Sinéad O'Neill", "Jürgen Groß", "María \"Mía\" López", "Şule Öztürk", "A. <Smith> & Co.")
	case "DOCUMENT_KEY":
		return json.Number(fmt.Sprintf("9%019d", random.Int64N(1_000_000_000_000_000_000)))
	case "DISCOUNT_RATE":
		if odd {
			return json.Number(pick("6.02214076e+23", "1.6e-35", "1E400", "-0.0"))
		}
	}

	return generatedByType(random, field.Type)
}

func generatedByType(random *rand.Rand, fieldType string) any {
	const seconds = 3 * 365 * 24 * 60 * 60

	moment := time.Date(2023, time.July, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(seconds)) * time.Second)

	switch fieldType {
	case FieldDate:
		return moment.Format(time.DateOnly)
	case fieldDateTime:
		return moment.Format(time.RFC3339)
	case fieldTimestamp:
		return moment.Add(time.Duration(random.IntN(1000)) * time.Millisecond).Format("2006-01-02T15:04:05.000Z07:00")
	case FieldBoolean:
		return random.IntN(4) == 0 // About one in four values is true.
	case FieldInteger:
		return json.Number(strconv.Itoa(random.IntN(100)))
	case FieldNumber:
		// The number has two decimal places, possibly with trailing zeros. A binary float cannot represent most of these numbers exactly.
		return json.Number(fmt.Sprintf("%d.%02d", random.IntN(10_000), random.IntN(100)))
	case fieldFloat:
		return json.Number(strconv.FormatFloat(random.Float64()*60, 'g', -1, 64))
	default:
		return "text"
	}
}
