// Soak verifies that an apply of many objects succeeds despite faults and rate limits, and that an interrupted apply can be completed. It
// runs the CLI with the built provider against a simulated team, prints measurements, and exits with 1 if a guarantee is violated.
//
//	go run ./internal/soak faults     1,000 objects, one request in ten fails
//	go run ./internal/soak limit      1,000 objects, with a limit of requests per second
//	go run ./internal/soak            both
//	go run ./internal/soak interrupt  signals at 100 points of an apply
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/celonis-community/terraform-provider-celonis/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)

	err := run(ctx, os.Args[1:], os.Stdout)

	stop()

	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

var (
	errUsage   = errors.New("usage: go run ./internal/soak [faults | limit | interrupt]")
	errDiffers = errors.New("the team differs from the configuration")
	errBroken  = errors.New("guarantees were violated")
)

func run(ctx context.Context, args []string, out io.Writer) error {
	folder, err := os.MkdirTemp("", "soak")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(folder)

	provider, err := cli.BuildProvider(ctx, folder)
	if err != nil {
		return err
	}

	b, err := prepare(provider, folder)
	if err != nil {
		return err
	}

	b.out = out

	switch strings.Join(args, " ") {
	case "":
		return b.all(ctx, throughFaults(), withinLimit())
	case "faults":
		return b.all(ctx, throughFaults())
	case "limit":
		return b.all(ctx, withinLimit())
	case "interrupt":
		return b.interrupt(ctx)
	default:
		return errUsage
	}
}

// prepare returns a bench that runs the built provider, and creates its workspaces in folder.
func prepare(provider, folder string) (bench, error) {
	launcher, err := cli.Launcher(provider)

	return bench{launcher: launcher, folder: folder}, err
}
