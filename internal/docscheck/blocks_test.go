// Package docscheck checks the README and the documentation by following their instructions. It runs every fenced block with the CLI under
// test, against the simulator's default team.
//
// HTML comments directly above a block control the check:
//
//	<!-- not run: REASON -->   the block is not run
//	<!-- file: NAME -->        the block is a file next to the page's configurations
//	<!-- in the clone -->      a script that runs in the clone of this repository
//
// The language of a block determines what the check does:
//
//   - terraform: a configuration, which is applied in its own folder. The next plan must then be empty. If the block is a fragment, the
//     check adds the provider's source and the page's blocks that declare the referenced objects. A comment after an output's value
//     states the expected value.
//   - shell: a script, which runs in the folder of the configuration above it. Exported variables remain set until the end of the page.
//   - console: commands after "$ " and their output, in which … matches any text.
//
// If a page shows … as the value of a variable, the check uses the value that the simulator prints for that variable. The check also
// replaces the team's address in the documentation with the simulated team's address.
package docscheck

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// block is a fenced block on a page.
type block struct {
	page, language, text string
	line                 int // number of the block's first line of text

	reason  string // why the block is not run
	file    string // name under which the block is saved as a file
	inClone bool

	// The remaining fields apply to configurations.
	declares   []string // addresses, such as data.celonis_user.grace
	refersTo   []string
	isComplete bool              // whether the block specifies the provider's source
	isRootOnly bool              // whether the block contains anything that a module cannot contain
	inputs     []string          // variables without a default
	outputs    map[string]string // values of outputs, from comments
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

var (
	fence     = regexp.MustCompile("^( *)(```+|~~~+) *([A-Za-z]*)")
	directive = regexp.MustCompile(`^\s*<!-- (not run|file|in the clone)(?:: (.+?))? -->\s*$`)
	comment   = regexp.MustCompile(`^\s*(?:#|//) (.+)$`)
)

// parsePage returns the blocks of a page, and a single error that describes all mistakes in them.
func parsePage(page, text string) ([]block, error) {
	var (
		blocks []block
		errs   []error
		next   block // values of the directives above the block
	)

	lines := strings.Split(text, "\n")

	for i := 0; i < len(lines); i++ {
		if match := directive.FindStringSubmatch(lines[i]); match != nil {
			switch match[1] {
			case "not run":
				next.reason = match[2]
			case "file":
				next.file = match[2]
			default:
				next.inClone = true
			}

			continue
		}

		opening := fence.FindStringSubmatch(lines[i])
		if opening == nil {
			if line := strings.TrimSpace(lines[i]); line != "" && !strings.HasPrefix(line, "<!--") {
				next = block{}
			}

			continue
		}

		found := next
		next = block{}
		found.page, found.language, found.line = page, opening[3], i+2

		var body []string

		for i++; i < len(lines) && strings.TrimSpace(lines[i]) != opening[2]; i++ {
			body = append(body, strings.TrimPrefix(lines[i], opening[1]))
		}

		if i == len(lines) {
			errs = append(errs, fmt.Errorf("%s: the block is not closed", found))
		}

		found.text = strings.Join(body, "\n") + "\n"
		errs = append(errs, parseBlock(&found))
		blocks = append(blocks, found)
	}

	return blocks, errors.Join(errs...)
}

var errNoReason = errors.New("the block is not run, but there is no reason above it: <!-- not run: REASON -->")

// parseBlock parses a block's text.
func parseBlock(b *block) error {
	switch {
	case b.reason != "" || b.file != "":
		return nil
	case b.language == "terraform" || b.language == "hcl":
		if err := parseConfiguration(b); err != nil {
			return fmt.Errorf("%s: %w", b, err)
		}

		return nil
	case b.language == "shell" || b.language == "console":
		return nil
	default:
		return fmt.Errorf("%s: %w", b, errNoReason)
	}
}

func (b block) isConfiguration() bool {
	return b.file == "" && b.reason == "" && (b.language == "terraform" || b.language == "hcl")
}

func parseConfiguration(b *block) error {
	file, diagnostics := hclsyntax.ParseConfig([]byte(b.text), b.page, hcl.InitialPos)
	if diagnostics.HasErrors() {
		return diagnostics
	}

	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return fmt.Errorf("it is a %T", file.Body)
	}

	b.outputs = map[string]string{}

	for _, part := range body.Blocks {
		addPart(b, part)
	}

	references := map[string]bool{}

	_ = hclsyntax.VisitAll(body, func(node hclsyntax.Node) hcl.Diagnostics {
		if expression, ok := node.(*hclsyntax.ScopeTraversalExpr); ok {
			references[address(expression.Traversal)] = true
		}

		return nil
	})

	for _, declared := range append(b.declares, "") {
		delete(references, declared)
	}

	for reference := range references {
		b.refersTo = append(b.refersTo, reference)
	}

	return nil
}

// addPart records what a part of the configuration, such as a resource, declares.
func addPart(b *block, part *hclsyntax.Block) {
	switch part.Type {
	case "terraform":
		for _, inner := range part.Body.Blocks {
			b.isComplete = b.isComplete || inner.Type == "required_providers"
		}

		b.isRootOnly = true
	case "provider", "import", "removed", "ephemeral", "list", "action":
		b.isRootOnly = true
	case "variable":
		if _, ok := part.Body.Attributes["default"]; !ok {
			b.inputs = append(b.inputs, part.Labels[0])
			b.isRootOnly = true
		}
	case "locals":
		for name := range part.Body.Attributes {
			b.declares = append(b.declares, "local."+name)
		}
	case "output":
		rest := b.text[part.Body.Attributes["value"].Expr.Range().End.Byte:]
		line, _, _ := strings.Cut(rest, "\n")

		if match := comment.FindStringSubmatch(line); match != nil {
			b.outputs[part.Labels[0]] = match[1]
		}
	}

	switch part.Type {
	case "variable":
		b.declares = append(b.declares, "var."+part.Labels[0])
	case "resource":
		b.declares = append(b.declares, strings.Join(part.Labels, "."))
	case "data", "ephemeral", "module", "check":
		b.declares = append(b.declares, part.Type+"."+strings.Join(part.Labels, "."))
	}
}

// address returns the address of the referenced object. The address is empty for references that do not need a declaration, such as
// each.key, and for names that the expression itself declares.
func address(reference hcl.Traversal) string {
	parts := []string{reference.RootName()}

	for _, step := range reference[1:] {
		attribute, ok := step.(hcl.TraverseAttr)
		if !ok {
			break
		}

		parts = append(parts, attribute.Name)
	}

	length := 2

	switch {
	case parts[0] == "data" || parts[0] == "ephemeral":
		length = 3
	case parts[0] == "var" || parts[0] == "local" || parts[0] == "module" || parts[0] == "check":
	case strings.Contains(parts[0], "_"):
	default:
		return ""
	}

	if len(parts) < length {
		return ""
	}

	return strings.Join(parts[:length], ".")
}

const source = `terraform {
  required_providers {
    celonis = {
      source = "celonis-community/celonis"
    }
  }
}
`

// complete returns the blocks that a block requires from the page, followed by the block itself.
func complete(of block, page []block) ([]block, error) {
	var (
		needed   []block
		declared = map[string]bool{}
		errs     []error
		add      func(b block)
	)

	add = func(b block) {
		for _, own := range b.declares {
			declared[own] = true
		}

		for _, reference := range b.refersTo {
			if declared[reference] {
				continue
			}

			other, ok := declaring(reference, b, page)
			if !ok {
				errs = append(errs, fmt.Errorf("%s: nothing on the page declares %s", of, reference))

				continue
			}

			add(other)
		}

		needed = append(needed, b)
	}

	add(of)

	return needed, errors.Join(errs...)
}

// declaring finds the block that declares an address: the nearest such block above the reference or, if there is none, the first such block
// below the reference.
func declaring(reference string, by block, page []block) (block, bool) {
	var found block

	for _, b := range page {
		if !b.isConfiguration() {
			continue
		}

		for _, declared := range b.declares {
			if declared == reference && (b.line < by.line || found.line == 0) {
				found = b
			}
		}
	}

	return found, found.line > 0
}

// configuration joins several blocks into one configuration.
func configuration(blocks []block) string {
	var text strings.Builder

	isComplete := false

	for _, b := range blocks {
		isComplete = isComplete || b.isComplete

		fmt.Fprintf(&text, "# %s\n%s\n", b, b.text)
	}

	if isComplete {
		return text.String()
	}

	return source + text.String()
}
