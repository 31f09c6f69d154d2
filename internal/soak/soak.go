package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/cli"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// bench runs trials with a single build of the provider.
type bench struct {
	launcher string // starts the provider
	folder   string // for workspaces
	out      io.Writer
}

// trial applies, plans and destroys a configuration.
type trial struct {
	name        string
	size        size
	team        server.Options
	env         map[string]string
	parallelism int
	// perSecond is the number of requests per second that the team allows. 0 means no limit. With a limit, the team must not reject any
	// request, and the apply must make almost full use of the limit.
	perSecond int
}

// timeLimit is the maximum time for the requests of an apply, relative to the minimum time that the rate limit permits.
const timeLimit = 1.25

// parallelism is the CLI's parallelism in the trials, which is five times its default.
const parallelism = 50

// large returns the size of the configuration used in the trials: 1,000 objects.
func large() size { return size{users: 300, groups: 6, members: 70, subscriptions: 150, lookups: 50} }

// latency is the simulated team's latency for each request, similar to that of a real team. Because of the latency, changes
// to a group accumulate while a PUT for the group is in progress, so they share the next PUT.
const latency = 50 * time.Millisecond

// throughFaults returns a trial whose team injects a fault into one request in ten, but does not limit the rate of requests.
func throughFaults() trial {
	const rate, seed = 0.1, 7

	return trial{
		name: fmt.Sprintf("%d objects, one request in ten fails", large().objects()), size: large(), parallelism: parallelism,
		team: server.Options{Latency: latency, Faults: server.RandomFaults{Rate: rate, Seed: seed}},
		env:  map[string]string{"CELONIS_REQUESTS_PER_SECOND": "0", "CELONIS_MAX_CONCURRENT_REQUESTS": "50"},
	}
}

// withinLimit returns a trial whose team enforces the provider's default number of requests per second.
func withinLimit() trial {
	const perSecond = transport.DefaultRequestsPerSecond

	return trial{
		name: fmt.Sprintf("%d objects, at most %d requests per second", large().objects(), perSecond), size: large(),
		parallelism: parallelism, perSecond: perSecond, team: server.Options{Latency: latency, RequestsPerSecond: perSecond},
	}
}

// all runs trials sequentially.
func (b bench) all(ctx context.Context, trials ...trial) error {
	var errs []error

	for _, t := range trials {
		fmt.Fprintf(b.out, "%s:\n", t.name)

		if err := b.try(ctx, t); err != nil {
			fmt.Fprintf(b.out, "  BROKEN: %v\n", err)

			errs = append(errs, fmt.Errorf("%s: %w", t.name, errBroken))
		}
	}

	return errors.Join(errs...)
}

// try applies the configuration, verifies that a second plan is empty, and destroys the objects.
func (b bench) try(ctx context.Context, t trial) error {
	team, err := newTeam(t.size, t.team)
	if err != nil {
		return err
	}
	defer team.server.Close()

	w, err := b.workspace(team, t.env)
	if err != nil {
		return err
	}
	defer os.RemoveAll(w.Folder)

	if err := w.Configure(team.configuration(t.size)); err != nil {
		return err
	}

	parallelism := fmt.Sprintf("-parallelism=%d", t.parallelism)

	for _, step := range []struct {
		name    string
		command []string
		holds   []string
	}{
		{"plan", []string{"plan", "-out=tfplan", parallelism}, nil},
		{"apply", []string{"apply", parallelism, "tfplan"}, t.size.wanted()},
		// If the plan contains changes, the command exits with 2.
		{"plan", []string{"plan", "-detailed-exitcode", parallelism}, t.size.wanted()},
		{"destroy", []string{"destroy", "-auto-approve", parallelism}, nil},
	} {
		if err := b.step(ctx, t, team, w, step.name, step.command); err != nil {
			return err
		}

		if err := team.check(step.holds); err != nil {
			return fmt.Errorf("after %s: %w", step.name, err)
		}
	}

	return nil
}

func (b bench) workspace(team *team, env map[string]string) (cli.Workspace, error) {
	folder, err := os.MkdirTemp(b.folder, "workspace")
	if err != nil {
		return cli.Workspace{}, fmt.Errorf("make a workspace: %w", err)
	}

	all := team.env()
	maps.Copy(all, env)

	return cli.NewWorkspace(folder, b.launcher, all)
}

// step runs one command and prints its measurements.
func (b bench) step(ctx context.Context, t trial, team *team, w cli.Workspace, name string, command []string) error {
	team.ResetJournal()

	peakMemory := watchMemory(w)
	start := time.Now()
	output, err := w.Run(ctx, command...)
	took, memory, rate := time.Since(start), peakMemory(), rateOf(team)

	isPaced := t.perSecond > 0 && name == "apply" // Only an apply sends enough requests per second to reach the limit.
	pace := ""

	if isPaced {
		pace = fmt.Sprintf("; the requests took %.2f times the minimum time that the limit permits (at most %.2f)", rate.ratio(t.perSecond),
			timeLimit)
	}

	fmt.Fprintf(b.out, "  %-8s %6.1f s, %s, %d with status 429, peak memory %.0f MiB%s\n", name, took.Seconds(), counts(team), rate.rejected,
		memory, pace)

	switch {
	case err != nil:
		return fmt.Errorf("%w\n%s", err, ending(output))
	case t.perSecond > 0 && rate.rejected > 0:
		return fmt.Errorf("%w: %d requests were rejected by the limit", errBroken, rate.rejected)
	case isPaced && rate.ratio(t.perSecond) > timeLimit:
		return fmt.Errorf("%w: the requests took %.2f times the minimum time that the limit permits", errBroken, rate.ratio(t.perSecond))
	default:
		return nil
	}
}

// ending returns the last lines of a command's output, which contain the errors.
func ending(output string) string {
	const most = 60

	lines := strings.Split(strings.TrimSpace(output), "\n")

	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}

// counts describes the number of requests in the journal and the number of injected faults.
func counts(team *team) string {
	counted := team.FaultCounts()
	all := 0

	var kinds []string

	for _, kind := range slices.Sorted(maps.Keys(counted.Faults)) {
		all += counted.Faults[kind]
		kinds = append(kinds, fmt.Sprintf("%s %d", kind, counted.Faults[kind]))
	}

	text := fmt.Sprintf("%d requests, %d with faults", counted.Requests, all)
	if all > 0 {
		text += " (" + strings.Join(kinds, ", ") + ")"
	}

	return text
}

// rate is the rate at which the API requests of a command arrived.
type rate struct {
	requests, rejected int
	span               time.Duration // from the first to the last request
}

func rateOf(team *team) rate {
	var (
		found       rate
		first, last time.Time
	)

	for _, entry := range team.Journal() {
		if entry.Path == "/oauth2/token" {
			continue // The limit does not apply to token requests.
		}

		found.requests++

		if entry.Status == http.StatusTooManyRequests {
			found.rejected++
		}

		if first.IsZero() || entry.Time.Before(first) {
			first = entry.Time
		}

		if entry.Time.After(last) {
			last = entry.Time
		}
	}

	found.span = last.Sub(first)

	return found
}

// ratio returns the time that the requests took, relative to the minimum time that the limit permits.
func (r rate) ratio(perSecond int) float64 {
	return r.span.Seconds() / (float64(r.requests) / float64(perSecond))
}

// watchMemory observes the providers of a workspace until stop is called. stop returns the maximum memory of a single provider in MiB.
func watchMemory(w cli.Workspace) (stop func() float64) {
	const interval = 50 * time.Millisecond

	var (
		most    float64
		ended   sync.WaitGroup
		stopped = make(chan struct{})
	)

	ended.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()

		for {
			for _, pid := range w.Providers() {
				if memory, err := cli.PeakMemory(pid); err == nil { // The process may already have exited.
					most = max(most, memory)
				}
			}

			select {
			case <-stopped:
				return
			case <-ticker.C:
			}
		}
	})

	return func() float64 {
		close(stopped)
		ended.Wait()

		return most
	}
}
