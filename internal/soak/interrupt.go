package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/celonis-community/terraform-provider-celonis/internal/cli"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// interruption is a signal and the process that receives it.
type interruption struct {
	signal     syscall.Signal
	toProvider bool // if true, only the provider receives the signal; otherwise, only the CLI receives it
}

func (i interruption) String() string {
	target := "the CLI"
	if i.toProvider {
		target = "the provider"
	}

	return map[syscall.Signal]string{syscall.SIGINT: "SIGINT", syscall.SIGKILL: "SIGKILL"}[i.signal] + " to " + target
}

// interruptions returns all combinations of signal and recipient.
func interruptions() []interruption {
	return []interruption{{syscall.SIGINT, false}, {syscall.SIGINT, true}, {syscall.SIGKILL, false}, {syscall.SIGKILL, true}}
}

// moment is the point at which an apply is interrupted. The interruption occurs after the given request arrives, but before the team
// executes it.
type moment struct {
	interruption

	request int64 // counts from 1
	faults  server.RandomFaults
}

func (m moment) String() string {
	text := fmt.Sprintf("%s at request %d", m.interruption, m.request)
	if m.faults.Rate > 0 {
		text += fmt.Sprintf(", with faults (seed %d)", m.faults.Seed)
	}

	return text
}

// outcome is the result of interrupting one apply.
type outcome struct {
	moment

	requests int  // the number of requests of the interrupted apply
	missed   bool // the apply ended before the moment
	imported int  // the number of objects that had to be imported
	applies  int  // the number of applies that were needed to finish
	err      error
}

// small returns the size of the configuration whose apply is interrupted.
func small() size { return size{users: 8, groups: 1, members: 4, subscriptions: 6, lookups: 1} }

// moments returns points that are spread evenly over an apply with the given number of requests. At every other point, the team also
// injects faults.
func moments(count, requests int) []moment {
	const rate = 0.1

	var all []moment

	each := count / len(interruptions())

	for i, interruption := range interruptions() {
		for j := range each {
			m := moment{interruption: interruption, request: int64(1 + (requests-1)*j/max(1, each-1))}

			if (i+j)%2 == 1 {
				m.faults = server.RandomFaults{Rate: rate, Seed: uint64(len(all))}
			}

			all = append(all, m)
		}
	}

	return all
}

// interrupt interrupts applies at 100 points, finishes each interrupted apply, and prints the results.
func (b bench) interrupt(ctx context.Context) error {
	const count = 100

	start := time.Now()

	whole := b.interruptAt(ctx, moment{})
	if whole.err != nil {
		return whole.err
	}

	outcomes := b.interruptAll(ctx, moments(count, whole.requests))

	fmt.Fprintf(b.out, "An apply of %d objects with %d requests, interrupted at %d points (%.0f s):\n",
		small().objects(), whole.requests, count, time.Since(start).Seconds())

	var errs []error

	for _, kind := range interruptions() {
		var moments, missed, applies, imported, most int

		for _, o := range outcomes {
			if o.interruption != kind {
				continue
			}

			moments++
			applies += o.applies
			imported += o.imported
			most = max(most, o.imported)

			if o.missed {
				missed++
			}

			if o.err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", o.moment, o.err))
			}
		}

		fmt.Fprintf(b.out, "  %-24s %d points (%d after the last request), finished by %d applies, %d objects imported (at most %d at once)\n",
			kind, moments, missed, applies, imported, most)
	}

	return errors.Join(errs...)
}

// interruptAll interrupts one apply at each of the given moments. Several applies run concurrently, because an apply spends most of its
// time waiting.
func (b bench) interruptAll(ctx context.Context, moments []moment) []outcome {
	const atOnce = 4

	var group errgroup.Group
	group.SetLimit(atOnce)

	outcomes := make([]outcome, len(moments))

	for i, m := range moments {
		group.Go(func() error {
			outcomes[i] = b.interruptAt(ctx, m)

			return nil
		})
	}

	_ = group.Wait() // Wait always returns nil, because the outcomes contain the errors.

	return outcomes
}

var (
	errHangs    = errors.New("the interrupted apply did not exit")
	errNoImport = errors.New("the next apply failed, but its errors contain no import block")
	errImports  = errors.New("objects had to be imported, although nothing was killed")
	errEndless  = errors.New("the following applies still fail")
)

// interruptAt applies the configuration, interrupts the apply at the given moment, and finishes the work as a user would: it adds the import
// blocks from the errors and applies again. If the moment is the zero value, the apply is not interrupted.
func (b bench) interruptAt(ctx context.Context, m moment) outcome {
	result := outcome{moment: m}

	if result.err = ctx.Err(); result.err != nil {
		return result
	}

	team, err := newTeam(small(), server.Options{Faults: m.faults})
	if err != nil {
		result.err = err

		return result
	}
	defer team.server.Close()

	w, err := b.workspace(team, map[string]string{"CELONIS_REQUESTS_PER_SECOND": "0"})
	if err != nil {
		result.err = err

		return result
	}
	defer os.RemoveAll(w.Folder)
	defer killProviders(w)

	configuration := team.configuration(small())
	if result.err = w.Configure(configuration); result.err != nil {
		return result
	}

	output, err := interrupted(ctx, team, w, m)
	if err != nil {
		result.err = err

		return result
	}

	result.requests = int(team.arrived.Load())
	result.missed = int64(result.requests) < m.request

	team.ClearFaults()

	if result.err = restoreState(w); result.err == nil {
		result.err = b.finish(ctx, w, configuration, &result)
	}

	if result.err == nil {
		result.err = team.check(small().wanted())
	}

	if result.err == nil {
		if output, err := w.Run(ctx, "plan", "-detailed-exitcode"); err != nil {
			result.err = fmt.Errorf("%w\n%s", err, ending(output))
		}
	}

	if result.err != nil {
		result.err = fmt.Errorf("%w\nThe interrupted apply printed:\n%s", result.err, ending(output))
	}

	return result
}

// interrupted starts an apply, and sends the moment's signal when the moment's request arrives.
func interrupted(ctx context.Context, team *team, w cli.Workspace, m moment) (string, error) {
	const patience = 2 * time.Minute

	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	var output bytes.Buffer

	command := w.Command(ctx, "apply", "-auto-approve")
	command.Stdout, command.Stderr = &output, &output
	command.WaitDelay = time.Second // If the CLI exits before its provider, the provider keeps the output pipe open.

	started := make(chan int, 1)
	onArrival := func(number int64) {
		if number == m.request {
			m.send(w, <-started)
		}
	}
	team.onArrival.Store(&onArrival)

	if err := command.Start(); err != nil {
		return "", fmt.Errorf("start the CLI: %w", err)
	}

	started <- command.Process.Pid

	_ = command.Wait() // The interrupted apply may fail; only the next apply must succeed.

	if ctx.Err() != nil {
		return output.String(), fmt.Errorf("%w within %s\n%s", errHangs, patience, ending(output.String()))
	}

	return output.String(), nil
}

func (m moment) send(w cli.Workspace, pid int) {
	if m.toProvider {
		providers := w.Providers()
		pid = providers[len(providers)-1] // The request comes from the provider that started last.
	}

	_ = syscall.Kill(pid, m.signal) // The process may already have exited.
}

// killProviders kills the providers that are still running after the CLI was killed.
func killProviders(w cli.Workspace) {
	for _, pid := range w.Providers() {
		_ = syscall.Kill(pid, syscall.SIGKILL) // The process may already have exited.
	}
}

// restoreState restores the state from its backup, as a user would, if the CLI was killed while writing the state.
func restoreState(w cli.Workspace) error {
	file := filepath.Join(w.Folder, "terraform.tfstate")

	state, err := os.ReadFile(file) //nolint:gosec // The path is always inside the workspace.
	if errors.Is(err, os.ErrNotExist) || err == nil && json.Valid(state) {
		return nil
	}

	backup, err := os.ReadFile(file + ".backup") //nolint:gosec // The path is always inside the workspace.
	if errors.Is(err, os.ErrNotExist) {
		err = os.Remove(file)
	} else if err == nil {
		err = os.WriteFile(file, backup, 0o600) //nolint:gosec // The path is always inside the workspace.
	}

	if err != nil {
		return fmt.Errorf("restore the state: %w", err)
	}

	return nil
}

// finish applies the configuration until the apply succeeds. Before each attempt, it adds the import blocks from the previous errors to the
// configuration.
func (b bench) finish(ctx context.Context, w cli.Workspace, configuration string, result *outcome) error {
	const most = 5 // An apply reports the errors about a group only after the errors about the group's users have been resolved.

	for range most {
		output, err := w.Run(ctx, "apply", "-auto-approve")
		result.applies++

		if err == nil {
			return nil
		}

		blocks := importBlocks(output)

		switch {
		case len(blocks) == 0 || len(blocks) != strings.Count(output, "Error: "):
			return fmt.Errorf("%w\n%s", errNoImport, ending(output))
		case result.signal != syscall.SIGKILL:
			return fmt.Errorf("%w\n%s", errImports, ending(output))
		}

		result.imported += len(blocks)
		configuration += strings.Join(blocks, "\n") + "\n"

		if err := w.Configure(configuration); err != nil {
			return err
		}
	}

	return errEndless
}

var (
	importBlock  = regexp.MustCompile(`(?m)^import \{\n  to = celonis_\w+\.NAME\n  id = "[^"]+"\n\}$`)
	errorAddress = regexp.MustCompile(`with (celonis_\w+\.\w+\[\d+\]),`)
)

// importBlocks returns the import blocks found in the errors, each with the address of the failed resource filled in.
func importBlocks(output string) []string {
	var blocks []string

	for diagnostic := range strings.SplitSeq(output, "Error: ") {
		block, address := importBlock.FindString(diagnostic), errorAddress.FindStringSubmatch(diagnostic)
		if block != "" && address != nil {
			kind, _, _ := strings.Cut(address[1], ".")
			blocks = append(blocks, strings.ReplaceAll(block, kind+".NAME", address[1]))
		}
	}

	return blocks
}
