package teamfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

const (
	// MaxSize is the maximum size of a team file in bytes.
	MaxSize = 16 << 20

	// maxMarks is the approximate maximum number of values in a file. The number is checked before the YAML parser runs, because each value
	// needs a few hundred bytes of memory.
	maxMarks = 1_000_000
)

// parse parses a YAML or JSON file, which must contain a single document whose root is a mapping.
func parse(file []byte) (*yaml.Node, *Problem) {
	switch {
	case len(file) > MaxSize:
		return nil, &Problem{Text: fmt.Sprintf("is larger than %d MiB", MaxSize>>20)}
	case !utf8.Valid(file):
		return nil, &Problem{Text: "is not UTF-8 text"}
	}

	marks := 0

	for _, mark := range []string{"\n", ",", "[", "{"} {
		marks += bytes.Count(file, []byte(mark))
	}

	if marks > maxMarks {
		return nil, &Problem{Text: fmt.Sprintf("contains more than %d values", maxMarks)}
	}

	if json.Valid(file) {
		file = jsonAsYAML(file)
	}

	loader, err := yaml.NewLoader(bytes.NewReader(file))
	if err != nil {
		return nil, &Problem{Text: err.Error()}
	}

	var document, next yaml.Node

	err = loader.Load(&document)

	switch {
	case errors.Is(err, io.EOF), err == nil && isEmpty(&document):
		return nil, &Problem{Text: "is empty; start with an example from the guide, or print the default team with -print-team"}
	case err != nil:
		return nil, syntaxProblem(err)
	}

	if err := loader.Load(&next); !errors.Is(err, io.EOF) {
		if err != nil {
			return nil, syntaxProblem(err)
		}

		return nil, &Problem{Line: next.Line, Text: "contains a second document; a team file must contain only one"}
	}

	root := resolve(document.Content[0])

	if root.Kind != yaml.MappingNode {
		return nil, &Problem{Line: root.Line, Text: "must contain a mapping with keys such as users, not " + kindOf(root)}
	}

	return root, nil
}

func isEmpty(document *yaml.Node) bool {
	return len(document.Content) == 0 || isNull(document.Content[0])
}

// syntaxProblem converts an error from the YAML library to a problem.
func syntaxProblem(err error) *Problem {
	if at, ok := errors.AsType[*yaml.LoadError](err); ok {
		return &Problem{Line: at.Mark.Line, Text: "is not valid YAML or JSON: " + at.Message}
	}

	return &Problem{Text: "is not valid YAML or JSON: " + err.Error()}
}

// surrogates matches characters that JSON encodes as two escapes. The number of backslashes before the escapes must be even, because after an
// odd number, the escapes would be plain text.
var surrogates = regexp.MustCompile(`((?:^|[^\\])(?:\\\\)*)((?:\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})+)`)

// jsonAsYAML converts valid JSON to YAML where the two differ: tabs outside strings, and escapes of characters above U+FFFF.
func jsonAsYAML(file []byte) []byte {
	file = bytes.ReplaceAll(file, []byte("\t"), []byte(" ")) // JSON strings cannot contain raw tabs.

	return surrogates.ReplaceAllFunc(file, func(match []byte) []byte {
		start := bytes.Index(match, []byte(`\u`))

		var char string
		if err := json.Unmarshal(append(append([]byte(`"`), match[start:]...), '"'), &char); err != nil {
			return match
		}

		return append(match[:start:start], char...)
	})
}
