package docscheck

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestTroubleshootingQuotesMessagesThatExist checks that every message in the guide occurs in the source of the provider, the client or the
// simulator's token endpoint. The source of the token endpoint contains the OAuth error codes.
func TestTroubleshootingQuotesMessagesThatExist(t *testing.T) {
	t.Parallel()

	guide, err := os.ReadFile(filepath.Join(clone, "templates/guides/troubleshooting.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}

	quoted := quotedMessages(string(guide))
	if len(quoted) < 30 {
		t.Fatalf("the guide quotes only %d messages: %q", len(quoted), quoted)
	}

	texts := sourceTexts(t, "internal/provider", "internal/client", "internal/simulator/oauth")

	for _, message := range quoted {
		if !slices.ContainsFunc(texts, pattern(message).MatchString) {
			t.Errorf("the guide quotes a message that does not exist in the source: %s", message)
		}
	}
}

func TestMessagesAreFoundInSource(t *testing.T) {
	t.Parallel()

	file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n\nvar a = \"Unable to \" +\n\tverb + \" the \\\"group\\\": \" +\n\t\"%d users\"\n", 0)
	if err != nil {
		t.Fatal(err)
	}

	texts := textsOf(file)

	for message, want := range map[string]bool{
		`Unable to … the "group"`: true, `the "group": … users`: true, "Unable to": true, "Unable to the": false, "groups": false,
	} {
		if got := slices.ContainsFunc(texts, pattern(message).MatchString); got != want {
			t.Errorf("%s: found = %t, want %t, in %q", message, got, want, texts)
		}
	}
}

var (
	messageRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")
	verb       = regexp.MustCompile(`%[^a-zA-Z%]*[a-zA-Z]`)
)

// quotedMessages returns the first cell of each row in the guide's tables.
func quotedMessages(guide string) []string {
	var messages []string

	for _, match := range messageRow.FindAllStringSubmatch(guide, -1) {
		messages = append(messages, match[1])
	}

	return messages
}

// sourceTexts returns the string constants in all Go files below the given folders, except for tests.
func sourceTexts(t *testing.T, folders ...string) []string {
	t.Helper()

	var texts []string

	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(clone, folder), func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
				return err
			}

			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err == nil {
				texts = append(texts, textsOf(file)...)
			}

			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}

	return texts
}

// textsOf returns the string constants in a file. A concatenation counts as one string, in which … stands for each value that is not
// constant.
func textsOf(file *ast.File) []string {
	var texts []string

	ast.Inspect(file, func(node ast.Node) bool {
		expression, ok := node.(ast.Expr)
		if !ok {
			return true
		}

		if text, ok := textOf(expression); ok {
			texts = append(texts, words(verb.ReplaceAllString(text, "…")))
		}

		return true
	})

	return texts
}

// textOf returns the text of a string constant, or of a concatenation that contains one.
func textOf(expression ast.Expr) (string, bool) {
	switch expression := expression.(type) {
	case *ast.BasicLit:
		if expression.Kind != token.STRING {
			return "", false
		}

		text, err := strconv.Unquote(expression.Value)

		return text, err == nil
	case *ast.BinaryExpr:
		left, isLeft := textOf(expression.X)
		right, isRight := textOf(expression.Y)

		if expression.Op != token.ADD || !isLeft && !isRight {
			return "", false
		}

		if !isLeft {
			left = "…"
		}

		if !isRight {
			right = "…"
		}

		return left + right, true
	default:
		return "", false
	}
}
