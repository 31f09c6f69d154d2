package provider

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const examples = "../../examples"

// TestEveryObjectHasAnExample keeps documentation pages from being without one.
func TestEveryObjectHasAnExample(t *testing.T) {
	t.Parallel()

	schema := schemaOf(t)

	want := []string{"demo", "provider"}
	for name := range schema.DataSourceSchemas {
		want = append(want, "data-sources/"+name)
	}

	for name := range schema.EphemeralResourceSchemas {
		want = append(want, "ephemeral-resources/"+name)
	}

	for name := range schema.ResourceSchemas {
		want = append(want, "resources/"+name)
	}

	for name := range schema.Functions {
		want = append(want, "functions/"+name)
	}

	slices.Sort(want)

	isGuide := func(folder string) bool { return strings.HasPrefix(folder, "guides/") }
	if got := slices.DeleteFunc(exampleFolders(t), isGuide); !slices.Equal(got, want) {
		t.Errorf("examples are %q, want %q", got, want)
	}
}

func exampleFolders(t *testing.T) []string {
	t.Helper()

	var folders []string

	err := filepath.WalkDir(examples, func(file string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(file) == ".tf" {
			folder, err := filepath.Rel(examples, filepath.Dir(file))
			folders = append(folders, filepath.ToSlash(folder))

			return err
		}

		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	slices.Sort(folders)

	return slices.Compact(folders)
}
