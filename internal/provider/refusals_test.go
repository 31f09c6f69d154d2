package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// refusal is a block named "x" that must be rejected, with a regular expression that the error must match.
type refusal struct {
	block, message string
}

// mustRefuse plans all blocks in one run of the CLI, because a run takes seconds, and checks the error for each block. mustRefuse gives
// each block a unique name, and puts the shared configuration before the blocks. Do not combine blocks that fail validation with blocks that
// fail only when they are read, because the CLI does not read any block if one is invalid.
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
		t.Fatalf("the configuration was accepted:\n%s", output)
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
			t.Errorf("%[1]s\ngot errors %[3]q, want %[2]s", one.block, one.message, about)
		}
	}
}
