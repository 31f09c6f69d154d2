package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// refusal is a block named "x" that is rejected, and a regular expression for the error.
type refusal struct {
	block, message string
}

// mustRefuse plans all blocks in one run of the CLI, since a run takes seconds, and checks that each block gets its error. Each block
// gets a name of its own. shared is configuration beside them. Blocks that fail when they are read belong into another call than those
// that fail when they are validated: the CLI reads nothing if anything is not valid.
func mustRefuse(t *testing.T, env environment, shared string, refusals ...refusal) {
	t.Helper()

	var configuration strings.Builder

	configuration.WriteString(shared)

	name := func(index int) string { return fmt.Sprintf("case_%03d", index) }
	for index, one := range refusals {
		configuration.WriteString(strings.Replace(one.block, `"x"`, `"`+name(index)+`"`, 1) + "\n")
	}

	output, err := newWorkspace(t, env, configuration.String()).run("plan")
	if err == nil {
		t.Fatalf("nothing was refused:\n%s", output)
	}

	problems := strings.Split(output, "Error: ")[1:]

	for index, one := range refusals {
		var about []string

		isRefused := false

		for _, problem := range problems {
			if strings.Contains(problem, name(index)) {
				about = append(about, problem)
				isRefused = isRefused || regexp.MustCompile(one.message).MatchString(problem)
			}
		}

		if !isRefused {
			t.Errorf("%s\nwants the error %s, and gets %q", one.block, one.message, about)
		}
	}
}
