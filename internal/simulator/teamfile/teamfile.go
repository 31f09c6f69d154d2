// Package teamfile reads and writes team files. A team file describes the team that a simulator serves. The keys of a file are derived from
// the fields of [simulator.Options]; the places function lists the exceptions.
package teamfile

import (
	"cmp"
	_ "embed"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// Schema is the JSON schema of team files.
//
//go:embed team.schema.json
var Schema string

// baseKey selects the team to start from.
const (
	baseKey     = "base"
	baseEmpty   = "empty"
	baseDefault = "default"
)

// Problem is a mistake in a team file.
type Problem struct {
	// Line is the line number, starting at 1. 0 means that the problem applies to the whole file.
	Line int
	// Key is the path of the key, such as users[2].role, or empty if the problem does not apply to a key.
	Key  string
	Text string
}

// Error lists the problems in a team file.
type Error struct {
	// Name is the name of the file.
	Name     string
	Problems []Problem
}

// Error returns one line per problem, up to a limit.
func (e *Error) Error() string {
	const most = 25

	lines := make([]string, 0, len(e.Problems))

	for i, problem := range e.Problems {
		if i == most {
			lines = append(lines, fmt.Sprintf("%s: and %d more problems", e.Name, len(e.Problems)-most))

			break
		}

		start := e.Name
		if problem.Line > 0 {
			start += fmt.Sprintf(":%d", problem.Line)
		}

		if problem.Key != "" {
			start += ": " + problem.Key
		}

		lines = append(lines, start+": "+problem.Text)
	}

	return strings.Join(lines, "\n")
}

// Load reads a team file in YAML or JSON and checks that a simulator accepts the team. name is the file name used in errors. An error is
// always an [*Error] that lists all problems.
func Load(name string, file []byte) (simulator.Options, error) {
	document, problem := parse(file)
	if problem != nil {
		return simulator.Options{}, &Error{Name: name, Problems: []Problem{*problem}}
	}

	options, d := decode(document)
	d.check(options)

	if len(d.problems) > 0 {
		slices.SortStableFunc(d.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })

		return simulator.Options{}, &Error{Name: name, Problems: d.problems}
	}

	return options, nil
}

// decode returns the options that a document describes, and the decoder, which contains the problems.
func decode(document *yaml.Node) (simulator.Options, *decoder) {
	var options simulator.Options

	for i := 0; i+1 < len(document.Content); i += 2 {
		if document.Content[i].Value == baseKey && document.Content[i+1].Value == baseDefault {
			options = simulator.DefaultTeam()
		}
	}

	d := &decoder{layout: layout(), found: map[string]position{}, left: count(document) + maxRepeated}
	d.value(d.layout, document, reflect.ValueOf(&options).Elem(), spot{}, 0)

	return options, d
}
