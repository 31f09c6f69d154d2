package provider

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const examples = "../../examples"

// TestEveryObjectHasAnExample checks that every documentation page contains an example.
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

	for name := range schema.ListResourceSchemas {
		want = append(want, "list-resources/"+name)
	}

	for name := range schema.ActionSchemas {
		want = append(want, "actions/"+name)
	}

	for name := range schema.Functions {
		want = append(want, "functions/"+name)
	}

	slices.Sort(want)

	isGuide := func(folder string) bool { return strings.HasPrefix(folder, "guides/") }
	got := slices.DeleteFunc(exampleFolders(t), isGuide)

	for _, folder := range want {
		if !slices.Contains(got, folder) {
			t.Errorf("examples/%s is missing. Every object needs an example", folder)
		}
	}

	for _, folder := range got {
		if !slices.Contains(want, folder) {
			t.Errorf("examples/%s does not belong to an object", folder)
		}
	}
}

func exampleFolders(t *testing.T) []string {
	t.Helper()

	var folders []string

	err := filepath.WalkDir(examples, func(file string, _ fs.DirEntry, err error) error {
		if err == nil && (filepath.Ext(file) == ".tf" || filepath.Ext(file) == ".hcl") {
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

// copyExample copies an example into a workspace, including its CSV and JSON files but not its import blocks. copyExample replaces the
// team's address with that of the simulated team, and reports whether the example contained an address.
func copyExample(t *testing.T, from, to, team string) bool {
	t.Helper()

	const documented = "https://acme.eu-1.celonis.cloud"

	files, err := filepath.Glob(filepath.Join(from, "*.tf"))
	if err != nil {
		t.Fatal(err)
	}

	tables, err := filepath.Glob(filepath.Join(from, "*.csv"))
	if err != nil {
		t.Fatal(err)
	}

	documents, err := filepath.Glob(filepath.Join(from, "*.json"))
	if err != nil {
		t.Fatal(err)
	}

	replaced := false

	for _, file := range slices.Concat(files, tables, documents) {
		if strings.HasPrefix(filepath.Base(file), "import") {
			continue
		}

		content := read(t, file)
		replaced = replaced || strings.Contains(content, `"`+documented+`"`)
		write(t, filepath.Join(to, filepath.Base(file)), strings.ReplaceAll(content, `"`+documented+`"`, `"`+team+`"`))

		// If another file of the example already specifies the provider's source, remove the workspace's own main.tf.
		if strings.Contains(content, "required_providers") && filepath.Base(file) != "main.tf" {
			if err := os.Remove(filepath.Join(to, "main.tf")); err != nil {
				t.Fatal(err)
			}
		}
	}

	return replaced
}
