//go:build unix

package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// moment is a list of faults. A test interrupts its run as soon as all of them have occurred.
type moment []simulator.Fault

// interruptedMoments returns the points at which a run is interrupted. The run refreshes all subscriptions, creates five, changes two and
// deletes two.
func interruptedMoments() map[string]moment {
	const (
		all   = subscriptionsPath
		one   = subscriptionsPath + "/*"
		delay = 300 * time.Millisecond
	)

	return map[string]moment{
		"signing in":              {{Method: http.MethodPost, Path: tokenPath, Delay: delay}},
		"refreshing":              {{Method: http.MethodGet, Path: all, Hang: true}},
		"before the creates":      {{Method: http.MethodGet, Path: all, Skip: 1, Hang: true}},
		"during the first create": {{Method: http.MethodPost, Path: creationPath, Delay: delay}},
		"during the third create": {{Method: http.MethodPost, Path: creationPath, Skip: 2, Delay: delay}},
		"during the last create":  {{Method: http.MethodPost, Path: creationPath, Skip: 4, Delay: delay}},
		"after a lost response to a create": {
			{Method: http.MethodPost, Path: creationPath, Skip: 1, ResetAfter: true}, {Method: http.MethodGet, Path: all, Skip: 2, Hang: true},
		},
		"changing":          {{Method: http.MethodPut, Path: one, Hang: true}},
		"pausing":           {{Method: http.MethodPatch, Path: one, Hang: true}},
		"deleting":          {{Method: http.MethodDelete, Path: one, Hang: true}},
		"after the changes": {{Method: http.MethodGet, Path: all, Skip: 2, Hang: true}},
	}
}

// configured returns a resource with an instance for each subscription.
func configured(all map[string]wantedSubscription) string {
	var text strings.Builder

	text.WriteString("locals { all = {\n")

	for key, one := range all {
		fmt.Fprintf(&text, "%q = { name = %q, paused = %t }\n", key, one.name, one.paused)
	}

	text.WriteString(`} }
		resource "celonis_subscription" "this" {
		  for_each           = local.all
		  knowledge_model_id = "order-to-cash.otc-km"
		  trigger_id         = "trigger-1"
		  name               = each.value.name
		  callback           = { uri = "https://hooks.example.com/orders" }
		  paused             = each.value.paused
		}
`)

	return text.String()
}

func TestAccSubscriptionsSurviveAnInterruptedRun(t *testing.T) {
	t.Parallel()

	before, after := map[string]wantedSubscription{}, map[string]wantedSubscription{}
	named := func(name string) wantedSubscription {
		return minimalSubscription(renamed(name), func(w *wantedSubscription) { w.uri = "https://hooks.example.com/orders" })
	}

	for _, key := range []string{"kept", "renamed", "paused", "deleted-1", "deleted-2"} {
		before[key] = named("Orders " + key)
	}

	after["kept"], after["renamed"], after["paused"] = before["kept"], named("Another name"), before["paused"].but(paused(true))
	for index := range 5 {
		after[fmt.Sprintf("new-%d", index)] = named(fmt.Sprintf("New orders %d", index))
	}

	// All runs begin with the result of the same apply.
	options := simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}}
	applied, env := startTeam(t, options)
	first := newWorkspace(t, env, configured(before))
	first.must("apply", "-auto-approve")
	initialState := read(t, filepath.Join(first.Folder, "terraform.tfstate"))

	for name, faults := range interruptedMoments() {
		for signal, title := range map[syscall.Signal]string{syscall.SIGINT: "SIGINT", syscall.SIGKILL: "SIGKILL"} {
			t.Run(name+", "+title, func(t *testing.T) {
				t.Parallel()

				team, env := startTeam(t, options)
				for _, subscription := range applied.Subscriptions() {
					team.AddSubscription(subscription)
				}

				env = env.but(environment{"CELONIS_REQUEST_TIMEOUT": "2s"})
				w := newWorkspace(t, env, configured(after))
				write(t, filepath.Join(w.Folder, "terraform.tfstate"), initialState)

				for _, fault := range faults {
					team.Inject(fault)
				}

				// Only this run starts the provider as a separate program, so that the test can kill the provider.
				output := newProgramWorkspace(t, env, "").in(w).interrupt(team, signal, "apply", "-auto-approve")
				team.ClearFaults()
				w.restoreState()

				for _, entry := range team.Journal() {
					if signal == syscall.SIGINT && entry.Method == http.MethodPost && entry.Path == creationPath &&
						entry.Status != http.StatusCreated && entry.Fault != "reset-after" {
						t.Errorf("the run cancelled a create: %+v\n%s", entry, output)
					}
				}

				recovered := w.applyAndImport(configured(after), signal == syscall.SIGKILL)
				wanted := make([]wantedSubscription, 0, len(after))

				for _, one := range after {
					wanted = append(wanted, one)
				}

				if err := holds(team, wanted...); err != nil {
					t.Errorf("%v\ninterrupted run:\n%s\nlast run:\n%s", err, output, recovered)
				}

				state := read(t, filepath.Join(w.Folder, "terraform.tfstate"))
				for _, one := range team.Subscriptions() {
					if strings.Count(state, `"id": "`+one.ID+`"`) == 0 {
						t.Errorf("%s is not in the state", one.ID)
					}
				}

				w.mustPlanNothing()
			})
		}
	}
}

// interrupt runs the CLI, sends the signal to the CLI and its provider once all faults have occurred, and returns the CLI's output.
func (w workspace) interrupt(team *simulator.Simulator, signal syscall.Signal, arguments ...string) string {
	w.t.Helper()

	var output bytes.Buffer

	command := w.Command(w.t.Context(), arguments...)
	command.Stdout, command.Stderr = &output, &output
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // The CLI and the processes that it starts form a separate process group.

	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}

	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()

	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()

	for len(team.PendingFaults()) > 0 {
		select {
		case err := <-ended:
			w.t.Fatalf("the run ended before the test sent the signal: %v\n%s", err, output.String())
		case <-look.C:
		}
	}

	if err := syscall.Kill(-command.Process.Pid, signal); err != nil {
		w.t.Fatal(err)
	}

	if err := <-ended; err == nil && signal == syscall.SIGKILL {
		w.t.Errorf("the run was not killed:\n%s", output.String())
	}

	return output.String()
}

// restoreState restores the backup if the CLI was killed while writing the state. The CLI truncates the state file before it writes the new
// state. The backup contains the state before the run.
func (w workspace) restoreState() {
	w.t.Helper()

	state := filepath.Join(w.Folder, "terraform.tfstate")
	if json.Valid([]byte(read(w.t, state))) {
		return
	}

	w.t.Log("the CLI was killed while it wrote the state. Restoring the backup")
	write(w.t, state, read(w.t, state+".backup"))
}

// leftBehind returns the import blocks found in the errors, each with the address of the failed resource filled in.
func leftBehind(output string) []string {
	var (
		blocks  []string
		address = regexp.MustCompile(`with (celonis_subscription\.this\["[^"]+"\]),`)
		block   = regexp.MustCompile(`(?m)^import \{\n  to = celonis_subscription\.NAME\n  id = "[^"]+"\n\}$`)
	)

	for one := range strings.SplitSeq(output, "Error: ") {
		shown, found := block.FindString(one), address.FindStringSubmatch(one)
		if shown != "" && found != nil {
			blocks = append(blocks, strings.ReplaceAll(shown, "celonis_subscription.NAME", found[1]))
		}
	}

	return blocks
}

// applyAndImport applies a configuration. If the apply fails because objects already exist, applyAndImport imports the objects, as the
// errors advise.
func (w workspace) applyAndImport(configuration string, mayImport bool) string {
	w.t.Helper()

	output, err := w.run("apply", "-auto-approve")
	if err == nil {
		return output
	}

	blocks := leftBehind(output)
	if len(blocks) == 0 || len(blocks) != strings.Count(output, "Error: ") || !mayImport {
		w.t.Fatalf("the next run failed without import blocks: %v\n%s", err, output)
	}

	w.reconfigure(configuration + strings.Join(blocks, "\n"))

	return w.must("apply", "-auto-approve")
}
