package intelligence

import "testing"

func TestRowsOfOnlyAFewRecordsAreCached(t *testing.T) {
	t.Parallel()

	cache := &contents{rows: 10}

	for _, model := range GenerateKnowledgeModels(50, 0) {
		schema := cache.schema(model)
		for i := range schema.Records {
			first := cache.rowsOf(model, &schema.Records[i])
			again := cache.rowsOf(model, &schema.Records[i])

			// Recently requested rows are not generated again.
			if len(first) > 0 && &first[0] != &again[0] {
				t.Fatal("the rows were generated again")
			}
		}
	}

	if len(cache.last) != 16 {
		t.Errorf("the rows of %d records are cached, which is too many", len(cache.last))
	}
}
