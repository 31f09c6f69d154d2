// Celonis-simulator serves a simulated Celonis team on a local address. Use it to try out the provider and to run tests.
//
// When the team is ready, the program prints the environment variables to standard output and writes them to the file that the -env-file
// flag specifies. It removes the file when it stops. If the program was killed, the file still exists, so delete it before you wait for a
// new file:
//
//	rm -f team.env
//	celonis-simulator -models 120 -env-file team.env &
//	until [ -e team.env ]; do sleep 0.1; done
//	. ./team.env
//
// The program also serves a control API below /-/ (journal, faults, token expiry, subscriptions, users and groups; see simulator.Control),
// which requires no credentials. Therefore, listening on a non-loopback address requires the -allow-remote flag. The control API accepts a
// request only if its host is localhost, an address that the program listens on, or the host name in the -address flag. It rejects
// cross-origin requests.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/buildinfo"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/teamfile"
)

// The linker sets these variables (see GNUmakefile and .goreleaser.yml).
var (
	version = "dev"
	commit  string
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)

	err := run(ctx, os.Args[1:], os.Stdout)

	stop()

	if err != nil {
		fmt.Fprintln(os.Stderr, "celonis-simulator:", err)
		os.Exit(1)
	}
}

var errRemote = errors.New("not a loopback address; the control API requires no credentials, so remote addresses require -allow-remote")

// run serves the team until the context is done. If a flag requests other output, such as the version, run prints only that output.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	settings, err := parseFlags(args)

	switch {
	case errors.Is(err, flag.ErrHelp):
		return write(stdout, help)
	case err != nil:
		return err
	case settings.printVersion:
		return write(stdout, "celonis-simulator "+buildinfo.Version(version, commit)+"\n")
	case settings.printSchema:
		return write(stdout, teamfile.Schema)
	}

	team, err := simulator.New(settings.options)
	if err != nil {
		return fmt.Errorf("create the team: %w", err)
	}

	if settings.printTeam {
		return teamfile.Print(stdout, team.Options())
	}

	// A leftover file would make waiting scripts use an address on which no program listens.
	if settings.envFile != "" {
		if err := os.Remove(settings.envFile); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove the old environment file: %w", err)
		}
	}

	listener, err := listen(ctx, settings)
	if err != nil {
		return err
	}

	return serve(ctx, team, listener, settings, stdout)
}

// listen opens a listener on the configured address, which must be a loopback address unless the -allow-remote flag is set.
func listen(ctx context.Context, settings settings) (net.Listener, error) {
	var config net.ListenConfig

	listener, err := config.Listen(ctx, "tcp", settings.address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen: %w; use -address 127.0.0.1:0 to listen on a free port", err)
	}

	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}

	// Check the address of the open listener, because host names are resolved only when the listener is opened.
	if address, ok := listener.Addr().(*net.TCPAddr); settings.allowRemote || ok && address.IP.IsLoopback() {
		return listener, nil
	}

	return nil, errors.Join(fmt.Errorf("listen on %s: %w", settings.address, errRemote), listener.Close())
}

// serve serves requests until the context is done, and then waits for the requests in flight.
func serve(
	ctx context.Context, team *simulator.Simulator, listener net.Listener, settings settings, stdout io.Writer,
) error {
	const (
		headerTimeout = 10 * time.Second
		grace         = time.Second
	)

	envFile := settings.envFile
	host, _, _ := net.SplitHostPort(settings.address) // The address must be valid, because the listener is open.

	mux := http.NewServeMux()
	mux.Handle("/-/", simulator.Control(team, host))

	server := &http.Server{ReadHeaderTimeout: headerTimeout, Handler: http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			// The mux would redirect paths such as //x to a clean path, but the team must receive them unchanged.
			if _, pattern := mux.Handler(r); pattern == "/-/" {
				mux.ServeHTTP(w, r)

				return
			}

			team.ServeHTTP(w, r)
		},
	)}

	served := make(chan error, 1)

	go func() { served <- server.Serve(listener) }()

	environment := environmentOf(team.Options(), localURL(listener.Addr()))

	err := announce(environment, envFile, stdout)
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-served:
			return errors.Join(fmt.Errorf("serve: %w", err), withdraw(environment, envFile))
		}
	}

	err = errors.Join(err, withdraw(environment, envFile))

	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()

	if server.Shutdown(ending) != nil {
		_ = server.Close() // Only requests that hang because of a fault are still in flight.
	}

	<-served //nolint:errcheck // Serve always returns ErrServerClosed here.

	if err != nil {
		return err
	}

	// The line is a comment so that the output can be saved to a file and sourced by a shell.
	return write(stdout, "# celonis-simulator has stopped.\n")
}

// localURL returns the URL at which this machine can reach the address. It replaces a wildcard address, which is not a valid destination,
// with 127.0.0.1.
func localURL(address net.Addr) string {
	if tcp, ok := address.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("http://127.0.0.1:%d", tcp.Port)
	}

	return "http://" + address.String()
}

// environmentOf returns the export statements for one sign-in method. It adds the statements for the other methods as comments.
func environmentOf(team simulator.Options, url string) string {
	var environment strings.Builder

	export := func(isActive bool, name, value string) {
		if !isActive {
			environment.WriteString("# ")
		}

		fmt.Fprintf(&environment, "export %s=%s\n", name, quoted(value))
	}

	export(true, "CELONIS_URL", url)

	hasMode := false

	for _, client := range team.OAuth.Clients[:min(len(team.OAuth.Clients), 1)] {
		hasMode = client.Secret != "" || len(client.RefreshTokens) > 0
		export(hasMode, "CELONIS_CLIENT_ID", client.ID)

		if client.Secret != "" {
			export(true, "CELONIS_CLIENT_SECRET", client.Secret)
		}

		for _, token := range client.RefreshTokens[:min(len(client.RefreshTokens), 1)] {
			if client.Secret != "" {
				environment.WriteString("# To sign in with a refresh token, also export this variable:\n")
			}

			export(client.Secret == "", "CELONIS_REFRESH_TOKEN", token)
		}
	}

	if hasMode && len(team.OAuth.ApplicationKeys)+len(team.OAuth.UserKeys) > 0 {
		environment.WriteString("# To sign in with a key, export one of these variables and unset CELONIS_CLIENT_ID and CELONIS_CLIENT_SECRET:\n")
	}

	for _, mode := range []struct {
		variable string
		keys     []oauth.Key
	}{{"CELONIS_APP_KEY", team.OAuth.ApplicationKeys}, {"CELONIS_API_KEY", team.OAuth.UserKeys}} {
		if len(mode.keys) > 0 {
			export(!hasMode, mode.variable, mode.keys[0].Value)
			hasMode = true
		}
	}

	environment.WriteString("# The team is ready. It is kept in memory; changes are lost when the simulator stops.\n")

	return environment.String()
}

// plain matches values that a shell reads correctly without quotes.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// quoted returns a value for use in a shell, with quotes only if necessary.
func quoted(value string) string {
	if plain.MatchString(value) {
		return value
	}

	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

// announce writes the export statements to the environment file and to standard output.
func announce(environment, envFile string, stdout io.Writer) error {
	if envFile != "" {
		if err := writeWhole(envFile, environment); err != nil {
			return fmt.Errorf("write the environment file: %w", err)
		}
	}

	return write(stdout, environment)
}

// withdraw removes the environment file unless another program has replaced it.
func withdraw(environment, envFile string) error {
	if envFile == "" {
		return nil
	}

	content, err := os.ReadFile(envFile) //nolint:gosec // The user specifies the path.
	if errors.Is(err, os.ErrNotExist) || err == nil && string(content) != environment {
		return nil
	}

	if err == nil {
		err = os.Remove(envFile)
	}

	if err != nil {
		return fmt.Errorf("remove the environment file: %w", err)
	}

	return nil
}

// writeWhole writes a file atomically, because scripts read it as soon as it appears.
func writeWhole(name, content string) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("create a temporary file: %w", err)
	}

	_, err = temporary.WriteString(content)
	err = errors.Join(err, temporary.Close())

	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}

	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}

	return nil
}

func write(w io.Writer, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}

	return nil
}
