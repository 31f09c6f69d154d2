package docscheck

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMain(m *testing.M) {
	code := m.Run()

	builtProvider.Remove()

	os.Exit(code)
}

func TestEveryBlockRunsOrStatesAReason(t *testing.T) {
	t.Parallel()

	for name, text := range pages(t) {
		if _, err := parsePage(name, text); err != nil {
			t.Error(err)
		}
	}
}

// TestEveryExampleIsShownOnAPage ensures that every example is tested. The checks run only the code that pages show. The demo is an
// exception, because "make demo" applies it.
func TestEveryExampleIsShownOnAPage(t *testing.T) {
	t.Parallel()

	var all strings.Builder

	for _, text := range pages(t) {
		for line := range strings.Lines(text) {
			all.WriteString(strings.TrimLeft(line, " "))
		}
	}

	err := filepath.WalkDir(filepath.Join(clone, "examples"), func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Base(filepath.Dir(file)) == "demo" || entry.Name() == "README.md" {
			return err
		}

		example, err := os.ReadFile(file) //nolint:gosec // The path is always inside this repository.

		var text strings.Builder
		for line := range strings.Lines(strings.TrimSpace(string(example))) {
			text.WriteString(strings.TrimLeft(line, " "))
		}

		if err == nil && !strings.Contains(all.String(), text.String()) {
			t.Errorf("no page shows %s", file)
		}

		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAccPagesWork(t *testing.T) {
	t.Parallel()

	var together []block

	all := pages(t)

	for _, name := range sortedNames(all) {
		blocks, _ := parsePage(name, all[name]) // TestEveryBlockRunsOrStatesAReason reports the errors that parsePage returns.

		fragments := slices.DeleteFunc(slices.Clone(blocks), func(b block) bool { return b.reason != "" })
		if !slices.ContainsFunc(fragments, func(b block) bool { return !b.isConfiguration() || b.isRootOnly }) {
			together = append(together, fragments...)

			continue
		}

		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if err := newReader(t, blocks).follow(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}

	t.Run("pages of fragments", func(t *testing.T) {
		t.Parallel()

		if err := newReader(t, together).applyTogether(t.Context(), together); err != nil {
			t.Error(err)
		}
	})
}

// TestAccMistakesAreReported follows pages with mistakes, and expects an error for each mistake.
func TestAccMistakesAreReported(t *testing.T) {
	t.Parallel()

	const heading = "```terraform\n"

	for name, test := range map[string]struct{ page, want string }{
		"a Knowledge Model that does not exist in the team": {
			heading + "data \"celonis_knowledge_model\" \"this\" {\n  name = \"Hire to Fire\"\n}\n```\n", "Hire to Fire",
		},
		"a group that already exists in the team": {
			heading + "resource \"celonis_group\" \"this\" {\n  display_name = \"Procurement readers\"\n}\n```\n", "Procurement readers",
		},
		"a change in every plan": {
			heading + "resource \"terraform_data\" \"this\" {\n  input = timestamp()\n}\n```\n", "exit status 2",
		},
		"an output with a different value": {
			heading + "output \"this\" {\n  value = upper(\"a\") # B\n}\n```\n", "the output this is A, but the page shows B",
		},
		"a failing script":                 {"```shell\nfalse\n```\n", "exit status 1"},
		"a command with different output":  {"```console\n$ echo yes\nno\n```\n", "but the page shows\nno"},
		"a command that fails":             {"```console\n$ cat missing\n```\n", "No such file"},
		"a variable without a known value": {"```shell\nexport CELONIS_PASSWORD=…\n```\n", "nothing specifies the value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			blocks, err := parsePage("page.md", test.page)
			if err != nil {
				t.Fatal(err)
			}

			if err := newReader(t, blocks).follow(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q is missing from %v", test.want, err)
			}
		})
	}

	t.Run("a filter that finds nothing", func(t *testing.T) {
		t.Parallel()

		blocks, err := parsePage("page.md", heading+"data \"celonis_permissions\" \"this\" {\n  subject_name = \"Group 3\"\n}\n"+
			"output \"this\" {\n  value = data.celonis_permissions.this.permissions\n}\n```\n")
		if err != nil {
			t.Fatal(err)
		}

		err = newReader(t, blocks).applyTogether(t.Context(), blocks)
		if err == nil || !strings.Contains(err.Error(), "the output this is empty. The block may refer to an object that does not exist "+
			"in the team") {
			t.Errorf("got error %v", err)
		}
	})

	t.Run("a mistake on a page that contains only fragments", func(t *testing.T) {
		t.Parallel()

		blocks, err := parsePage("page.md", heading+"data \"celonis_user\" \"this\" {\n  user_name = \"nobody@example.com\"\n}\n```\n"+
			heading+"data \"celonis_user\" \"that\" {\n  user_name = \"grace.hopper@example.com\"\n}\n```\n")
		if err != nil {
			t.Fatal(err)
		}

		err = newReader(t, blocks).applyTogether(t.Context(), blocks)
		if err == nil || !strings.Contains(err.Error(), "nobody@example.com") || strings.Contains(err.Error(), "data.celonis_user.that,") {
			t.Errorf("got error %v", err)
		}
	})
}

func TestParsingReportsMistakes(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct{ page, want string }{
		"no reason": {"text\n\n```text\nx\n```\n", "page.md:4: the block is not run"},
		"reason above a different paragraph": {
			"<!-- not run: a reason -->\ntext\n\n```json\nx\n```\n", "page.md:5: the block is not run",
		},
		"no language":  {"```\nx\n```\n", "the block is not run"},
		"not closed":   {"```shell\ntrue\n", "the block is not closed"},
		"syntax error": {"```terraform\nresource {{\n```\n", "page.md:2"},
		"in a list":    {"1. Text:\n\n   ```text\n   x\n   ```\n", "page.md:4"},
		"with tildes":  {"~~~text\nx\n~~~\n", "page.md:2"},
		"no mistake":   {"<!-- not run: a reason -->\n```text\nx\n```\n\n```shell\ntrue\n```\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := parsePage("page.md", test.page)
			if found := err != nil && strings.Contains(err.Error(), test.want); found != (test.want != "") {
				t.Errorf("got error %v", err)
			}
		})
	}
}

func TestFragmentsAreCompletedFromTheirPage(t *testing.T) {
	t.Parallel()

	page, err := parsePage("page.md", strings.Join([]string{
		"```terraform\nlocals { a = 1 }\n```",
		"```terraform\nlocals { a = 2 }\n```",
		"```terraform\noutput \"a\" { value = [for b in [local.a] : b] }\n```",
		"```terraform\noutput \"c\" { value = data.celonis_user.c.id }\n```",
	}, "\n\n")+"\n")
	if err != nil {
		t.Fatal(err)
	}

	needed, err := complete(page[2], page)
	if err != nil || len(needed) != 2 || needed[0].text != "locals { a = 2 }\n" {
		t.Errorf("%v, %v", needed, err)
	}

	if _, err := complete(page[3], page); err == nil || !strings.Contains(err.Error(), "nothing on the page declares data.celonis_user.c") {
		t.Errorf("got error %v", err)
	}
}

// TestCodeFitsOnAPage ensures that code fits the Registry's page width without horizontal scrolling.
func TestCodeFitsOnAPage(t *testing.T) {
	t.Parallel()

	const columns = 90

	check := func(name, text string, isCode bool) {
		number := 0
		for line := range strings.Lines(text) {
			number++

			if fence.MatchString(line) {
				isCode = !isCode
			}

			if width := utf8.RuneCountInString(strings.TrimRight(line, "\n")); isCode && width > columns {
				t.Errorf("%s:%d is %d columns wide, but at most %d fit", name, number, width, columns)
			}
		}
	}

	for _, folder := range []string{"examples", "templates"} {
		err := filepath.WalkDir(filepath.Join(clone, folder), func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}

			text, err := os.ReadFile(file) //nolint:gosec // The path is always inside this repository.
			isPage := strings.HasSuffix(file, ".md") || strings.HasSuffix(file, ".tmpl")
			check(file, string(text), !isPage)

			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
