package provider

import (
	"cmp"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"

	"github.com/celonis-community/terraform-provider-celonis/internal/cli"
)

// workspace is a test's [cli.Workspace].
type workspace struct {
	cli.Workspace

	t *testing.T
}

// newWorkspace creates a workspace with a configuration. The provider runs in this process with the given environment. A process supports
// only one provider configuration, so use newProgramWorkspace for tests of several provider blocks, log files or signals.
//
// Serving the provider in this process saves time: a CLI starts a provider program several times in each run, which takes most of the run's
// time.
func newWorkspace(t *testing.T, env environment, configuration string) workspace {
	t.Helper()

	w := emptyWorkspace(t, env).with("TF_REATTACH_PROVIDERS", servedProviders(t, map[string]tfprotov6.ProviderServer{
		"celonis-community/celonis": newServer(t, env),
		"hashicorp/echo":            newEchoServer(t), // The CLI uses this source if the configuration does not specify one.
	}))
	w.reconfigure(configuration)

	return w
}

// newProgramWorkspace creates a workspace with a configuration. In this workspace, the CLI starts the built provider as a separate program.
func newProgramWorkspace(t *testing.T, env environment, configuration string) workspace {
	t.Helper()
	skipWithoutCLI(t)

	binary, err := builtProvider.Program()
	if err != nil {
		t.Fatal(err)
	}

	made, err := cli.NewWorkspace(t.TempDir(), binary, env)
	if err != nil {
		t.Fatal(err)
	}

	w := workspace{Workspace: made, t: t}
	w.reconfigure(configuration)

	return w
}

// emptyWorkspace creates a [cli.EmptyWorkspace] for a test.
func emptyWorkspace(t *testing.T, env environment) workspace {
	t.Helper()
	skipWithoutCLI(t)

	return workspace{t: t, Workspace: cli.EmptyWorkspace(t.TempDir(), env)}
}

func skipWithoutCLI(t *testing.T) {
	t.Helper()

	if os.Getenv("TF_ACC") == "" {
		t.Skip("this test runs the CLI. Set TF_ACC, or use make test")
	}
}

// The with method returns a copy of the workspace in which the given environment variable is set.
func (w workspace) with(name, value string) workspace {
	w.Env = append(slices.Clip(w.Env), name+"="+value)

	return w
}

// in returns a copy of the workspace. The copy runs in another workspace's folder, with that workspace's configuration and state.
func (w workspace) in(other workspace) workspace {
	w.Folder = other.Folder

	return w
}

func newServer(t *testing.T, env environment) tfprotov6.ProviderServer {
	t.Helper()

	server, err := providerserver.NewProtocol6WithError(&celonisProvider{version: "test", env: env.lookup})()
	if err != nil {
		t.Fatal(err)
	}

	return server
}

func newEchoServer(t *testing.T) tfprotov6.ProviderServer {
	t.Helper()

	server, err := echoprovider.NewProviderServer()()
	if err != nil {
		t.Fatal(err)
	}

	return server
}

// servedProviders serves providers until the test ends. The keys of the map are the providers' sources. servedProviders returns the value of
// TF_REATTACH_PROVIDERS, which the CLI uses to connect to the providers.
func servedProviders(t *testing.T, servers map[string]tfprotov6.ProviderServer) string {
	t.Helper()

	host := cmp.Or(os.Getenv("TF_ACC_PROVIDER_HOST"), "registry.terraform.io")
	running := make(map[string]any, len(servers))

	for source, server := range servers {
		address := host + "/" + source
		started, closed := make(chan *plugin.ReattachConfig), make(chan struct{})

		go func() {
			_ = tf6server.Serve(address, func() tfprotov6.ProviderServer { return server },
				tf6server.WithDebug(t.Context(), started, closed), tf6server.WithGoPluginLogger(hclog.NewNullLogger()),
				tf6server.WithLoggingSink(t), tf6server.WithoutLogStderrOverride())
		}()

		config := <-started
		t.Cleanup(func() { <-closed })

		running[address] = map[string]any{
			"Protocol": config.Protocol, "ProtocolVersion": config.ProtocolVersion, "Pid": config.Pid, "Test": true,
			"Addr": map[string]string{"Network": config.Addr.Network(), "String": config.Addr.String()},
		}
	}

	encoded, err := json.Marshal(running)
	if err != nil {
		t.Fatal(err)
	}

	return string(encoded)
}

// run runs the CLI and returns its output.
func (w workspace) run(arguments ...string) (string, error) {
	w.t.Helper()

	return w.Run(w.t.Context(), arguments...)
}

// The must method fails the test unless the CLI succeeds.
func (w workspace) must(arguments ...string) string {
	w.t.Helper()

	output, err := w.run(arguments...)
	if err != nil {
		w.t.Fatalf("%v: %v\n%s", arguments, err, output)
	}

	return output
}

func TestMain(m *testing.M) {
	if os.Getenv(crashVariable) != "" {
		serveCrashingProvider()

		return
	}

	// The examples refer to the provider by this address.
	if os.Getenv("TF_ACC_PROVIDER_NAMESPACE") == "" {
		_ = os.Setenv("TF_ACC_PROVIDER_NAMESPACE", "celonis-community")
	}

	code := m.Run()

	builtProvider.Remove()

	os.Exit(code)
}

// builtProvider is the provider's binary, built once for all tests.
var builtProvider cli.SharedBuild

func write(t *testing.T, file, content string) {
	t.Helper()

	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()

	content, err := os.ReadFile(file) //nolint:gosec // The path comes only from tests.
	if err != nil {
		t.Fatal(err)
	}

	return string(content)
}

// words joins text into one line, because the CLI wraps lines and draws a frame around messages.
func words(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(char rune) bool { return strings.ContainsRune(" \n\t│╷╵", char) }), " ")
}
