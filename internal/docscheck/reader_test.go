package docscheck

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/cli"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

// clone is the path to the clone of this repository, and documentedTeam is the team's address in the documentation.
const (
	clone          = "../.."
	documentedTeam = "https://acme.eu-1.celonis.cloud"
)

// reader follows the instructions of one page. Each reader has a separate home folder and a separate default team.
type reader struct {
	page   []block
	home   string
	folder string // folder of the configuration that was applied last
	count  int    // number of folders so far
	env    map[string]string
	inputs map[string]string // values that the reader must supply, by environment variable
}

// newReader starts a team, and gives the reader the environment variables that celonis-simulator prints for the team.
func newReader(t *testing.T, page []block) *reader {
	t.Helper()

	terraform, tools := os.Getenv("TF_ACC_TERRAFORM_PATH"), t.TempDir()
	if os.Getenv("TF_ACC") == "" || terraform == "" {
		t.Skip("this test runs the CLI. Use make test-programs")
	}

	program, err := builtProvider.Program()
	if err != nil {
		t.Fatal(err)
	}

	team, err := simulator.New(simulator.DefaultTeam())
	if err != nil {
		t.Fatal(err)
	}

	mux := http.NewServeMux()
	mux.Handle("/-/", simulator.Control(team))
	mux.Handle("/", team)

	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)

	// Pages invoke the CLI as terraform, even if the CLI under test is OpenTofu.
	if err := os.Symlink(terraform, filepath.Join(tools, "terraform")); err != nil {
		t.Fatal(err)
	}

	rc := filepath.Join(tools, "cli.tfrc")
	if err := os.WriteFile(rc, fmt.Appendf(nil, `provider_installation {
  dev_overrides {
    "registry.terraform.io/celonis-community/celonis" = %[1]q
    "registry.opentofu.org/celonis-community/celonis" = %[1]q
  }
  direct {}
}
`, filepath.Dir(program)), 0o600); err != nil {
		t.Fatal(err)
	}

	client, home := oauth.DefaultClient(), t.TempDir()

	r := &reader{page: page, home: home, folder: home, env: map[string]string{
		"TF_CLI_CONFIG_FILE": rc, "CHECKPOINT_DISABLE": "1", "HOME": home, "PATH": tools + string(filepath.ListSeparator) + os.Getenv("PATH"),
		"CELONIS_URL": server.URL, "CELONIS_CLIENT_ID": client.ID, "CELONIS_CLIENT_SECRET": client.Secret,
		"CELONIS_MAX_RETRY_WAIT": "20ms", // Tests must not wait for retries.
	}}

	// "make mirror" builds the provider, for which it needs the Go caches of the user who runs the tests.
	values, err := exec.CommandContext(t.Context(), "go", "env", "-json", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOTOOLCHAIN").Output()
	if err != nil {
		t.Fatal(err)
	}

	if err := json.Unmarshal(values, &r.env); err != nil {
		t.Fatal(err)
	}

	r.inputs = map[string]string{
		"CELONIS_URL": server.URL, "CELONIS_CLIENT_ID": client.ID, "CELONIS_CLIENT_SECRET": client.Secret,
		"CELONIS_REFRESH_TOKEN": client.RefreshTokens[0],
		"CELONIS_APP_KEY":       oauth.DefaultApplicationKey().Value, "CELONIS_API_KEY": oauth.DefaultUserKey().Value,
	}

	return r
}

// builtProvider is the provider's binary, built once for all pages.
var builtProvider cli.SharedBuild

// follow runs the blocks of the page sequentially. Even if a block fails, follow runs the remaining blocks.
func (r *reader) follow(ctx context.Context) error {
	var errs []error

	for _, b := range r.page {
		if err := r.do(ctx, b); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", b, err))
		}
	}

	return errors.Join(errs...)
}

func (r *reader) do(ctx context.Context, b block) error {
	switch {
	case b.reason != "":
		return nil
	case b.file != "":
		// Save the file next to the configuration above it. Later configurations receive a copy of the file.
		return os.WriteFile(filepath.Join(r.folder, b.file), []byte(b.text), 0o600)
	case b.isConfiguration():
		return r.apply(ctx, b)
	case b.language == "console":
		return r.console(ctx, b)
	default:
		// A user who follows the instructions in the clone has no CLI configuration yet.
		if b.inClone {
			delete(r.env, "TF_CLI_CONFIG_FILE")
		}

		// Each import method that a page shows starts without a state.
		if strings.Contains(b.text, "terraform import ") {
			if err := os.Remove(filepath.Join(r.folder, "terraform.tfstate")); err != nil {
				return err
			}
		}

		_, err := r.script(ctx, b.text, r.folderOf(b))

		return err
	}
}

func (r *reader) folderOf(b block) string {
	if b.inClone {
		return clone
	}

	return r.folder
}

// apply applies a block in a separate folder that contains the page's preceding files.
func (r *reader) apply(ctx context.Context, b block) error {
	blocks, err := complete(b, r.page)
	if err != nil {
		return err
	}

	r.count++
	r.folder = filepath.Join(r.home, fmt.Sprintf("configuration-%d", r.count))

	if err := os.Mkdir(r.folder, 0o700); err != nil {
		return err
	}

	for _, file := range r.page {
		if file.file != "" && file.line < b.line {
			if err := os.WriteFile(filepath.Join(r.folder, file.file), []byte(file.text), 0o600); err != nil {
				return err
			}
		}
	}

	text := strings.ReplaceAll(configuration(blocks), `"`+documentedTeam+`"`, `"`+r.inputs["CELONIS_URL"]+`"`)
	if err := os.WriteFile(filepath.Join(r.folder, "main.tf"), []byte(text), 0o600); err != nil {
		return err
	}

	for _, needed := range blocks {
		for _, input := range needed.inputs {
			r.env["TF_VAR_"+input] = r.input(input)
		}
	}

	output, err := r.applyTwice(ctx, text)
	if strings.Contains(output, withoutIdentity) {
		return nil
	}

	if err != nil || len(b.outputs) == 0 {
		return err
	}

	return r.checkOutputs(ctx, func(outputs map[string]outputValue) error { return compareOutputs(b, values(outputs)) })
}

// withoutIdentity is the error with which Terraform before 1.12 rejects an identity in an import block.
const withoutIdentity = `An argument named "identity" is not expected`

// applyTwice applies a configuration, and fails if the next plan is not empty.
//
// A CLI normally starts the provider several times in each run, which takes most of the run's time. To save this time, a single process
// serves the provider here. If the configuration contains several provider blocks, the CLI starts the provider itself, because a process
// supports only one provider configuration.
func (r *reader) applyTwice(ctx context.Context, configuration string) (string, error) {
	if !aliased.MatchString(configuration) {
		stop, err := r.startProvider(ctx)
		if err != nil {
			return "", err
		}
		defer stop()
	}

	return r.script(ctx, "terraform apply -input=false -auto-approve\nterraform plan -input=false -detailed-exitcode\n", r.folder)
}

var (
	aliased    = regexp.MustCompile(`(?m)^\s*alias\s*=`)
	reattached = regexp.MustCompile(`TF_REATTACH_PROVIDERS='(.+)'`)
)

// startProvider starts the provider with the reader's environment. The CLI uses this process until the returned function is called.
func (r *reader) startProvider(ctx context.Context) (func(), error) {
	program, err := builtProvider.Program() //nolint:contextcheck // All pages share the build.
	if err != nil {
		return nil, err
	}

	command := exec.CommandContext(ctx, program, "-debug") //nolint:gosec // The test itself built the program.
	for name, value := range r.env {
		command.Env = append(command.Env, name+"="+value)
	}

	printed, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}

	if err := command.Start(); err != nil {
		return nil, err
	}

	stop := func() {
		delete(r.env, "TF_REATTACH_PROVIDERS")

		_ = command.Process.Kill()
		_ = command.Wait()
	}

	for lines := bufio.NewScanner(printed); lines.Scan(); {
		if match := reattached.FindStringSubmatch(lines.Text()); match != nil {
			// Add an entry for OpenTofu, which uses a different registry. Terraform ignores the entry.
			r.env["TF_REATTACH_PROVIDERS"] = strings.TrimSuffix(match[1], "}") + "," +
				strings.TrimPrefix(strings.Replace(match[1], "registry.terraform.io", "registry.opentofu.org", 1), "{")

			return stop, nil
		}
	}

	stop()

	return nil, errNoAddress
}

var errNoAddress = errors.New("the provider did not print its address")

// input returns the value for a variable without a default. The value is the one that the simulator prints for the variable, or otherwise
// an arbitrary string.
func (r *reader) input(name string) string {
	if value, ok := r.inputs["CELONIS_"+strings.ToUpper(name)]; ok {
		return value
	}

	return "value-of-" + strings.ReplaceAll(name, "_", "-")
}

type outputValue struct {
	Value json.RawMessage `json:"value"`
}

func values(outputs map[string]outputValue) map[string]json.RawMessage {
	raw := map[string]json.RawMessage{}
	for name, output := range outputs {
		raw[name] = output.Value
	}

	return raw
}

func (r *reader) checkOutputs(ctx context.Context, check func(map[string]outputValue) error) error {
	output, err := r.script(ctx, "terraform output -json\n", r.folder)
	if err != nil {
		return err
	}

	var outputs map[string]outputValue
	if err := json.Unmarshal([]byte(output), &outputs); err != nil {
		return fmt.Errorf("%w in %s", err, output)
	}

	return check(outputs)
}

// compareOutputs compares the outputs with the values in their comments.
func compareOutputs(b block, outputs map[string]json.RawMessage) error {
	var errs []error

	for name, want := range b.outputs {
		var text string
		if json.Unmarshal(outputs[name], &text) != nil {
			text = string(outputs[name])
		}

		if text != want {
			errs = append(errs, fmt.Errorf("%s: the output %s is %s, but the page shows %s", b, name, text, want))
		}
	}

	return errors.Join(errs...)
}

var (
	placeholder = regexp.MustCompile(`\b([A-Z][A-Za-z0-9_]*)=…`)
	colours     = regexp.MustCompile("\x1b\\[[0-9;]*m")
	errUnknown  = errors.New("nothing specifies the value for …")
)

// script runs a script as a reader would, answers every prompt with yes, and returns the output. Exported variables and the working
// directory remain in effect for later scripts.
func (r *reader) script(ctx context.Context, text, folder string) (string, error) {
	missing := false
	text = placeholder.ReplaceAllStringFunc(text, func(assignment string) string {
		name, _, _ := strings.Cut(assignment, "=")

		value, ok := r.inputs[name]
		if variable, isInput := strings.CutPrefix(name, "TF_VAR_"); !ok && isInput {
			value, ok = r.input(variable), true
		}

		missing = missing || !ok

		return name + "='" + value + "'"
	})

	if missing {
		return "", errUnknown
	}

	text = strings.ReplaceAll(text, documentedTeam, r.inputs["CELONIS_URL"])

	after := filepath.Join(r.home, "environment")
	command := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", text+"\nenv -0 >'"+after+"'\n") //nolint:gosec // The script comes from a page in this repository.
	command.Dir = folder
	command.Stdin = strings.NewReader(strings.Repeat("yes\n", 10))

	for name, value := range r.env {
		command.Env = append(command.Env, name+"="+value)
	}

	var printed strings.Builder

	command.Stdout, command.Stderr = &printed, &printed
	err := command.Run()
	output := colours.ReplaceAllString(printed.String(), "")

	if err != nil {
		return output, fmt.Errorf("%w:\n%s\nprints\n%s", err, text, output)
	}

	environment, err := os.ReadFile(after) //nolint:gosec // The script above wrote the file.
	if err != nil {
		return output, err
	}

	for variable := range strings.SplitSeq(string(environment), "\x00") {
		if name, value, ok := strings.Cut(variable, "="); ok && name != "_" && name != "SHLVL" && name != "OLDPWD" {
			r.env[name] = value
		}
	}

	if ended := r.env["PWD"]; folder != clone && ended != "" {
		r.folder = ended
	}

	delete(r.env, "PWD")

	return output, nil
}

// console runs the commands of a console block, and compares their output with the page. A command may fail only if the page shows an
// error.
func (r *reader) console(ctx context.Context, b block) error {
	var errs []error

	for _, step := range strings.Split("\n"+b.text, "\n$ ")[1:] {
		command, want, _ := strings.Cut(step, "\n")
		for strings.HasSuffix(command, `\`) {
			var line string

			line, want, _ = strings.Cut(want, "\n")
			command += "\n" + line
		}

		output, err := r.script(ctx, command, r.folderOf(b))
		if err != nil && !strings.Contains(want, "Error: ") {
			errs = append(errs, err)

			continue
		}

		if !printedBy(output, want) {
			errs = append(errs, fmt.Errorf("%s prints\n%s\nbut the page shows\n%s", command, output, want))
		}
	}

	return errors.Join(errs...)
}

// printedBy reports whether a command's output contains the expected text. Line breaks and the frames around messages are ignored.
func printedBy(output, want string) bool { return pattern(want).MatchString(words(output)) }

// pattern returns a regular expression for the given text, in which … matches anything.
func pattern(text string) *regexp.Regexp {
	parts := strings.Split(words(text), "…")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(strings.TrimSpace(parts[i]))
	}

	return regexp.MustCompile(strings.Join(parts, `.*`))
}

func words(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(char rune) bool { return strings.ContainsRune(" \n\t│╷╵", char) }), " ")
}

// applyTogether applies the blocks of several pages in a single run, with each block as a module. The pages must contain only fragments.
func (r *reader) applyTogether(ctx context.Context, blocks []block) error {
	r.folder = filepath.Join(r.home, "together")

	var (
		root strings.Builder
		errs []error
		name = func(b block) string {
			return regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(b.String()), "_")
		}
	)

	root.WriteString(source)

	for _, b := range blocks {
		needed, err := complete(b, r.page)
		errs = append(errs, err)

		folder := filepath.Join(r.folder, name(b))
		errs = append(errs, os.MkdirAll(folder, 0o700),
			os.WriteFile(filepath.Join(folder, "main.tf"), []byte(configuration(needed)), 0o600))

		fmt.Fprintf(&root, "module %[1]q {\n  source = \"./%[1]s\"\n}\noutput %[1]q {\n  value     = module.%[1]s\n  sensitive = true\n}\n", name(b))
	}

	errs = append(errs, os.WriteFile(filepath.Join(r.folder, "main.tf"), []byte(root.String()), 0o600))
	if err := errors.Join(errs...); err != nil {
		return err
	}

	if _, err := r.script(ctx, "terraform get\n", r.folder); err != nil {
		return err
	}

	if _, err := r.applyTwice(ctx, root.String()); err != nil {
		return err
	}

	return r.checkOutputs(ctx, func(outputs map[string]outputValue) error {
		for _, b := range blocks {
			var ofModule map[string]json.RawMessage

			errs = append(errs, json.Unmarshal(outputs[name(b)].Value, &ofModule), compareOutputs(b, ofModule))

			for output, value := range ofModule {
				if slices.Contains([]string{"null", `""`, "[]", "{}"}, string(value)) {
					errs = append(errs, fmt.Errorf("%s: the output %s is empty. The block may refer to an object that does not exist in "+
						"the team", b, output))
				}
			}
		}

		return errors.Join(errs...)
	})
}

// pages returns the README, the pages for contributors and all rendered pages, by name.
func pages(t *testing.T) map[string]string {
	t.Helper()

	names, found := []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md"}, map[string]string{}

	for _, pattern := range []string{"docs/*.md", "docs/*/*.md"} {
		matches, err := filepath.Glob(filepath.Join(clone, pattern))
		if err != nil || len(matches) == 0 {
			t.Fatalf("%s matches no pages, error = %v", pattern, err)
		}

		for _, match := range matches {
			name, err := filepath.Rel(clone, match)
			if err != nil {
				t.Fatal(err)
			}

			names = append(names, filepath.ToSlash(name))
		}
	}

	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(clone, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}

		found[name] = string(text)
	}

	return found
}

func sortedNames(pages map[string]string) []string { return slices.Sorted(maps.Keys(pages)) }
