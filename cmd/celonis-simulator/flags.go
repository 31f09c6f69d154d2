package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/teamfile"
)

type settings struct {
	options      simulator.Options
	address      string
	envFile      string
	allowRemote  bool
	printTeam    bool
	printSchema  bool
	printVersion bool
}

var (
	errFlags = errors.New("flags")
	errRate  = errors.New("must be a number from 0 to 1")
	errSeed  = errors.New("must be a whole number")
)

// help is the usage text, which fits on a screen of 80 columns and 24 lines.
const help = `Usage: celonis-simulator [flags]

Serves a simulated Celonis team and prints the variables to export. The team
is kept in memory. All changes are lost when the program stops.

  -team FILE           team file (YAML or JSON) that describes the team
                       (default: the team that the documentation uses)
  -models, -users, -groups COUNT
                       number of objects to generate in addition to the team's
                       (default 120, 450 and 30; with -team, as in the file)
  -fault-rate RATE     share of requests that fail at random, such as 0.1
  -fault-seed SEED     number that selects which requests fail (default 0)
  -print-team          print the team as a team file, including defaults
  -print-team-schema   print the JSON schema of team files
  -address HOST:PORT   address to listen on; port 0 selects a free port
                       (default 127.0.0.1:8080)
  -env-file FILE       file to write the variables to when the team is ready
  -allow-remote        allow remote connections, including to the control API
  -version             print the version and the commit

The control API requires no credentials: /-/journal, /-/faults,
/-/expire-tokens, /-/subscriptions, /-/events, /-/scim/users, /-/scim/groups.
For the control API and the team file, see the guide "The simulator".
`

// parseFlags parses the arguments and reads the team file that they specify.
func parseFlags(args []string) (settings, error) {
	var (
		parsed    settings
		team      string
		overrides []func(*simulator.Options)
	)

	flags := flag.NewFlagSet("celonis-simulator", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&team, "team", "", "")

	size := func(name string, of func(*simulator.Options) *int) {
		flags.Func(name, "", func(text string) error {
			count, err := strconv.Atoi(text)
			if err != nil || count < 0 || count > teamfile.MaxGenerated {
				return fmt.Errorf("must be a whole number from 0 to %d", teamfile.MaxGenerated)
			}

			overrides = append(overrides, func(options *simulator.Options) { *of(options) = count })

			return nil
		})
	}
	size("models", func(options *simulator.Options) *int { return &options.Intelligence.KnowledgeModels })
	size("users", func(options *simulator.Options) *int { return &options.SCIM.GeneratedUsers })
	size("groups", func(options *simulator.Options) *int { return &options.SCIM.GeneratedGroups })

	flags.Func("fault-rate", "", func(text string) error {
		rate, err := strconv.ParseFloat(text, 64)
		if err != nil || !(rate >= 0 && rate <= 1) { // The condition also rejects NaN.
			return errRate
		}

		overrides = append(overrides, func(options *simulator.Options) { options.Server.Faults.Rate = rate })

		return nil
	})
	flags.Func("fault-seed", "", func(text string) error {
		seed, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			return errSeed
		}

		overrides = append(overrides, func(options *simulator.Options) { options.Server.Faults.Seed = seed })

		return nil
	})

	flags.BoolVar(&parsed.printTeam, "print-team", false, "")
	flags.BoolVar(&parsed.printSchema, "print-team-schema", false, "")
	flags.StringVar(&parsed.address, "address", "127.0.0.1:8080", "")
	flags.StringVar(&parsed.envFile, "env-file", "", "")
	flags.BoolVar(&parsed.allowRemote, "allow-remote", false, "")
	flags.BoolVar(&parsed.printVersion, "version", false, "")

	if err := flags.Parse(args); err != nil {
		return settings{}, fmt.Errorf("%w: %w; -h lists all flags; set all other options in a team file (-team)", errFlags, err)
	}

	if flags.NArg() > 0 {
		return settings{}, fmt.Errorf("%w: unexpected argument %q", errFlags, flags.Arg(0))
	}

	parsed.options = simulator.DefaultTeam()

	if team != "" {
		options, err := readTeam(team)
		if err != nil {
			return settings{}, err
		}

		parsed.options = options
	}

	for _, set := range overrides {
		set(&parsed.options)
	}

	return parsed, nil
}

func readTeam(name string) (simulator.Options, error) {
	file, err := os.Open(name) //nolint:gosec // The user specifies the path.
	if err != nil {
		return simulator.Options{}, fmt.Errorf("open the team file: %w", err)
	}
	defer file.Close()

	text, err := io.ReadAll(io.LimitReader(file, teamfile.MaxSize+1))
	if err != nil {
		return simulator.Options{}, fmt.Errorf("read the team file: %w", err)
	}

	return teamfile.Load(name, text)
}
