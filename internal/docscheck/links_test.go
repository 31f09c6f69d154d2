package docscheck

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLinksResolve checks that the files and headings to which pages link exist.
func TestLinksResolve(t *testing.T) {
	t.Parallel()

	all := pages(t)

	for _, name := range sortedNames(all) {
		for _, problem := range brokenLinks(name, all) {
			t.Error(problem)
		}
	}
}

// TestFilesInInlineCodeExist checks the paths in inline code, such as `scripts/demo.sh`, in the pages for contributors.
func TestFilesInInlineCodeExist(t *testing.T) {
	t.Parallel()

	all := pages(t)

	for _, name := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md"} {
		for _, file := range namedFiles(all[name]) {
			if found, err := filepath.Glob(filepath.Join(clone, file)); err != nil || len(found) == 0 {
				t.Errorf("%s: the file %s does not exist", name, file)
			}
		}
	}
}

func TestBrokenLinksAreFound(t *testing.T) {
	t.Parallel()

	const target = "# A page\n\n## Twice\n\n## Twice\n\n## The `code` of [a link](x.md), and *more*\n\n<a id=\"own\"></a>\n\n" +
		"```text\n## Not a heading\n```\n"

	for link, want := range map[string]string{
		"[a](guides/there.md)": "", "[a](guides/there.md#a-page)": "", "[a](guides/there.md#own)": "",
		"[a](guides/there.md#the-code-of-a-link-and-more)": "",
		"[a](guides/there.md#twice-1)":                     "", "[a](#here)": "", "`[a](gone.md)`": "", "[a](https://example.com/x)": "",
		"[a](" + repository + "#readme)": "", "[a](" + repository + "/blob/main/go.mod)": "",
		"[a](gone.md)":                           "page.md: gone.md does not exist",
		"[a](guides/there.md#not-a-heading)":     "guides/there.md has no heading #not-a-heading",
		"[a](guides/there.md#twice-2)":           "guides/there.md has no heading #twice-2",
		"[a\nb](#gone)":                          "page.md has no heading #gone",
		"[a](" + repository + "#gone)":           "README.md has no heading #gone",
		"[a](" + repository + "/blob/main/gone)": "gone does not exist",
	} {
		all := map[string]string{"page.md": "# Here\n\n" + link + "\n", "guides/there.md": target, "README.md": "# Readme\n"}

		if got := strings.Join(brokenLinks("page.md", all), "\n"); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", link, got, want)
		}
	}
}

const repository = "https://github.com/celonis-community/terraform-provider-celonis"

var (
	linkTarget = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading    = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
	anchor     = regexp.MustCompile(`<a id="([^"]+)"></a>`)
	inlineCode = regexp.MustCompile("`[^`\n]+`")
	notInSlug  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	linkText   = regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`)
	namedFile  = regexp.MustCompile("`((?:cmd|docs|examples|internal|scripts|templates|tests|tools)/[A-Za-z0-9_./*-]+)`")
)

// brokenLinks describes the broken links of a page.
func brokenLinks(page string, all map[string]string) []string {
	var problems []string

	for _, match := range linkTarget.FindAllStringSubmatch(inlineCode.ReplaceAllString(prose(all[page]), ""), -1) {
		file, fragment, _ := strings.Cut(match[1], "#")

		inRepository, isOurs := strings.CutPrefix(file, repository)

		switch {
		case isOurs && inRepository == "":
			file = "README.md"
		case isOurs && strings.HasPrefix(inRepository, "/blob/main/"):
			file = strings.TrimPrefix(inRepository, "/blob/main/")
		case strings.Contains(file, ":"):
			continue // The link points to another site.
		case file == "":
			file = page
		default:
			file = path.Join(path.Dir(page), file)
		}

		text, isPage := all[file]

		if _, err := os.Stat(filepath.Join(clone, filepath.FromSlash(file))); !isPage && err != nil {
			problems = append(problems, fmt.Sprintf("%s: %s does not exist", page, file))
		} else if isPage && fragment != "" && !anchors(text)[fragment] {
			problems = append(problems, fmt.Sprintf("%s: %s has no heading #%s", page, file, fragment))
		}
	}

	return problems
}

// namedFiles returns the repository paths in a page's inline code.
func namedFiles(text string) []string {
	var files []string

	for _, match := range namedFile.FindAllStringSubmatch(prose(text), -1) {
		files = append(files, match[1])
	}

	return files
}

// anchors returns the fragments of a page's headings, in the format that GitHub and the Registry use.
func anchors(text string) map[string]bool {
	text = prose(text)
	found := map[string]bool{}

	for _, match := range anchor.FindAllStringSubmatch(text, -1) {
		found[match[1]] = true
	}

	for _, match := range heading.FindAllStringSubmatch(text, -1) {
		title := linkText.ReplaceAllString(match[1], "$1")
		slug := strings.ReplaceAll(notInSlug.ReplaceAllString(strings.ToLower(title), ""), " ", "-")

		unique := slug
		for count := 1; found[unique]; count++ {
			unique = fmt.Sprintf("%s-%d", slug, count)
		}

		found[unique] = true
	}

	return found
}

// prose returns a page without its fenced blocks.
func prose(text string) string {
	var (
		lines  []string
		closer string
	)

	for line := range strings.SplitSeq(text, "\n") {
		opening := fence.FindStringSubmatch(line)

		switch {
		case closer != "":
			if strings.TrimSpace(line) == closer {
				closer = ""
			}
		case opening != nil:
			closer = opening[2]
		default:
			lines = append(lines, line)
		}
	}

	return strings.Join(lines, "\n")
}
