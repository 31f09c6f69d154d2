package doctor_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/doctor"
)

// TestPageListsEachReading checks that the page contains each key, either in full or without its section prefix.
func TestPageListsEachReading(t *testing.T) {
	t.Parallel()

	page, err := os.ReadFile("../../templates/guides/what-celonis-leaves-open.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}

	keys := slices.Collect(maps.Keys(doctor.Unsettled()))
	for _, reading := range doctor.Readings() {
		keys = append(keys, reading.Key)
	}

	for _, key := range keys {
		name := key[strings.LastIndex(key, ".")+1:]
		isThere := slices.ContainsFunc([]string{key, name, "…" + name}, func(text string) bool {
			return strings.Contains(string(page), "`"+text+"`")
		})

		if !isThere {
			t.Errorf("the page does not contain %s", key)
		}
	}
}
