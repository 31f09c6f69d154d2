// Celonis-doctor examines a Celonis team. It reports which API areas the credentials can read. For each area that cannot be read, it reports
// the cause and the remedy. It also reports how the team behaves where Celonis's documentation leaves a question open. It signs in with the
// provider's environment variables and sends only read requests.
//
//	celonis-doctor -areas knowledge-models,scim -readings team.yaml
//
// The exit status is 0 if all requested areas work, 1 if any area fails, and 2 if the arguments or the environment are invalid.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/celonis-community/terraform-provider-celonis/internal/buildinfo"
	"github.com/celonis-community/terraform-provider-celonis/internal/doctor"
	"github.com/celonis-community/terraform-provider-celonis/internal/provider"
)

// The linker sets these variables (see GNUmakefile and .goreleaser.yml).
var (
	version = "dev"
	commit  string
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)

	stop()
	os.Exit(status)
}

// Exit statuses.
const (
	exitWorks = iota
	exitFailed
	exitUsage
)

// help is the usage text, which fits on a screen of 80 columns and 24 lines.
const help = `Usage: celonis-doctor [flags]

Signs in to a Celonis team and reports which API areas the credentials can
read, and how the team behaves where the documentation is unclear. It sends at
most 60 requests, all of which only read data.

The team and the credentials come from the environment variables of the
provider: CELONIS_URL, CELONIS_CLIENT_ID, CELONIS_CLIENT_SECRET and so on.

  -areas LIST     areas to check, separated by commas (default: all):
                  knowledge-models, subscriptions, scim, team-members,
                  login-history, permissions, audit-logs
  -format FORMAT  text or json (default text)
  -readings FILE  file to write the readings to, as a team file for
                  celonis-simulator; it contains no names or credentials
  -version        print the version and the commit

The exit status is 0 if all requested areas work, 1 if any area fails, and 2
if the flags or the environment are invalid.
`

type settings struct {
	areas        []string
	format       string
	readings     string
	printVersion bool
}

func parseFlags(args []string) (settings, error) {
	var (
		parsed settings
		areas  string
	)

	flags := flag.NewFlagSet("celonis-doctor", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&areas, "areas", "", "")
	flags.StringVar(&parsed.format, "format", "text", "")
	flags.StringVar(&parsed.readings, "readings", "", "")
	flags.BoolVar(&parsed.printVersion, "version", false, "")

	if err := flags.Parse(args); err != nil {
		return settings{}, fmt.Errorf("%w; -h lists all flags", err)
	}

	if flags.NArg() > 0 {
		return settings{}, fmt.Errorf("unexpected argument %q; -h lists all flags", flags.Arg(0))
	}

	if parsed.format != "text" && parsed.format != "json" {
		return settings{}, fmt.Errorf("-format must be text or json, not %q", parsed.format)
	}

	var err error
	if parsed.areas, err = doctor.ParseAreas(areas); err != nil {
		return settings{}, fmt.Errorf("-areas: %w", err)
	}

	return parsed, nil
}

// run examines a team and returns the exit status.
func run(ctx context.Context, args []string, env func(name string) string, stdout, stderr io.Writer) int {
	settings, err := parseFlags(args)

	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, help)

		return exitWorks
	case err != nil:
		fmt.Fprint(stderr, doctor.Message("celonis-doctor: "+err.Error()))

		return exitUsage
	case settings.printVersion:
		fmt.Fprintln(stdout, "celonis-doctor", buildinfo.Version(version, commit))

		return exitWorks
	}

	watch := &doctor.Watch{}
	team := provider.FromEnvironment(ctx, env, "celonis-doctor/"+version, watch)

	for _, warning := range team.Warnings {
		fmt.Fprintln(stderr, doctor.Message("Warning: "+warning))
	}

	if team.Client == nil || len(team.Errors) > 0 {
		for _, problem := range team.Errors {
			fmt.Fprintln(stderr, doctor.Message("Error: "+problem))
		}

		return exitUsage
	}

	report := doctor.Examine(ctx, doctor.Team{Client: team.Client, Watch: watch, SignIn: team.SignIn, Advice: team.Advice}, settings.areas)

	if err := write(report, settings, stdout); err != nil {
		fmt.Fprint(stderr, doctor.Message("celonis-doctor: "+err.Error()))

		return exitFailed
	}

	if !report.Works() {
		return exitFailed
	}

	return exitWorks
}

// write writes the report to standard output. If a file was specified for the readings, they are written to that file.
func write(report doctor.Report, settings settings, stdout io.Writer) error {
	text := report.Text()

	if settings.format == "json" {
		encoded, err := json.MarshalIndent(report, "", "  ")
		if err != nil {
			return fmt.Errorf("encode the report: %w", err)
		}

		text = string(encoded) + "\n"
	}

	if _, err := io.Copy(stdout, strings.NewReader(text)); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}

	if settings.readings == "" {
		return nil
	}

	file, err := report.TeamFile()
	if err != nil {
		return err
	}

	const mode = 0o600
	if err := os.WriteFile(settings.readings, []byte(file), mode); err != nil {
		return fmt.Errorf("write the readings: %w", err)
	}

	return nil
}
