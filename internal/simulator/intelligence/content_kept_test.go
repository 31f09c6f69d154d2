package intelligence

import "testing"

func TestRowsOfManyModelsAreNotKept(t *testing.T) {
	t.Parallel()

	kept := &contents{rows: 10}

	for _, model := range GenerateKnowledgeModels(50, 0) {
		schema := kept.schema(model)
		for i := range schema.Records {
			first := kept.rowsOf(model, &schema.Records[i])
			again := kept.rowsOf(model, &schema.Records[i])

			// Those that were asked for last are not generated once more.
			if len(first) > 0 && &first[0] != &again[0] {
				t.Fatal("the rows were not kept at all")
			}
		}
	}

	if len(kept.last) != 16 {
		t.Errorf("the rows of %d records are kept", len(kept.last))
	}
}
