package provider

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// objectsInREADME returns the objects in the README table, by kind. "…_record" abbreviates celonis_knowledge_model_record.
func objectsInREADME(t *testing.T) map[string][]string {
	t.Helper()

	_, section, _ := strings.Cut(read(t, "../../README.md"), "\n## Objects\n")
	section, _, _ = strings.Cut(section, "\n## ")
	objects := map[string][]string{}

	for row := range strings.Lines(section) {
		cells := strings.Split(row, "|")
		if len(cells) < 3 {
			continue
		}

		kind := strings.TrimSpace(cells[1])
		for _, prefix := range []string{"data sources", "resources", "list resources", "ephemeral resource", "actions", "functions"} {
			if strings.HasPrefix(kind, prefix) {
				kind = prefix
			}
		}

		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[2], -1) {
			objects[kind] = append(objects[kind], strings.Replace(name[1], "…_", "celonis_knowledge_model_", 1))
		}
	}

	return objects
}

func TestREADMEListsEveryObject(t *testing.T) {
	t.Parallel()

	schema := schemaOf(t)
	listed := objectsInREADME(t)

	for kind, want := range map[string][]string{
		"resources":          slices.Collect(maps.Keys(schema.ResourceSchemas)),
		"data sources":       slices.Collect(maps.Keys(schema.DataSourceSchemas)),
		"ephemeral resource": slices.Collect(maps.Keys(schema.EphemeralResourceSchemas)),
		"list resources":     slices.Collect(maps.Keys(schema.ListResourceSchemas)),
		"actions":            slices.Collect(maps.Keys(schema.ActionSchemas)),
		"functions":          slices.Collect(maps.Keys(schema.Functions)),
	} {
		for _, name := range want {
			if !slices.Contains(listed[kind], name) {
				t.Errorf("README.md does not list %s among the %s", name, kind)
			}
		}

		for _, name := range listed[kind] {
			if !slices.Contains(want, name) {
				t.Errorf("README.md lists %s among the %s, but it does not exist", name, kind)
			}
		}
	}
}

// TestCONTRIBUTINGStatesAReasonForEachDependency compares the table in CONTRIBUTING.md with the direct dependencies in go.mod.
func TestCONTRIBUTINGStatesAReasonForEachDependency(t *testing.T) {
	t.Parallel()

	required := regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(read(t, "../../go.mod"), -1)
	if len(required) == 0 {
		t.Fatal("go.mod contains no requirements")
	}

	var want []string
	for _, module := range required {
		want = append(want, module[1])
	}

	_, section, _ := strings.Cut(read(t, "../../CONTRIBUTING.md"), "\n## Dependencies\n")
	section, _, _ = strings.Cut(section, "\n## ")

	var explained []string

	for line := range strings.Lines(section) {
		if cells := strings.Split(line, "|"); len(cells) == 4 && strings.TrimSpace(cells[2]) != "" {
			for _, module := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[1], -1) {
				explained = append(explained, module[1])
			}
		}
	}

	slices.Sort(want)
	slices.Sort(explained)

	if !slices.Equal(explained, want) {
		t.Errorf("CONTRIBUTING.md explains %q, want %q", explained, want)
	}
}
