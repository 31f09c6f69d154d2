// Package cli runs Terraform or OpenTofu with this repository's provider as users do: the CLI and the provider are separate programs, and
// each configuration has its own folder. The tests, the soak test and the benchmark share this package.
package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
)

// module is the path of the provider's main package.
const module = "github.com/celonis-community/terraform-provider-celonis"

const (
	executable = 0o700
	private    = 0o600
)

// BuildProvider builds the provider into a folder, and returns the path of the program.
func BuildProvider(ctx context.Context, folder string) (string, error) {
	binary := filepath.Join(folder, "terraform-provider-celonis")

	output, err := exec.CommandContext(ctx, "go", "build", "-o", binary, module).CombinedOutput() //nolint:gosec // Our own.
	if err != nil {
		return "", fmt.Errorf("build the provider: %w\n%s", err, output)
	}

	return binary, nil
}

// SharedBuild builds the provider only once for several callers, in a temporary folder. The zero value is ready to use.
type SharedBuild struct {
	once           sync.Once
	folder, binary string
	err            error
}

// Program returns the path of the provider binary. The first call builds the binary.
func (b *SharedBuild) Program() (string, error) {
	b.once.Do(func() {
		if b.folder, b.err = os.MkdirTemp("", "provider"); b.err == nil {
			b.binary, b.err = BuildProvider(context.Background(), b.folder)
		}
	})

	return b.binary, b.err
}

// Remove deletes the program, if it has been built.
func (b *SharedBuild) Remove() {
	if b.folder != "" {
		_ = os.RemoveAll(b.folder)
	}
}

// Workspace is a folder in which the CLI runs with the built provider.
type Workspace struct {
	// Folder is the path of the folder that contains main.tf and the state.
	Folder string
	// Env is the whole environment of the CLI and the provider.
	Env []string
}

// required declares the provider's source in a workspace's configuration.
const required = `terraform {
  required_providers {
    celonis = { source = "celonis-community/celonis" }
  }
}
`

// EmptyWorkspace creates a workspace in an empty folder, without a configuration and without a provider. The environment contains env, but
// none of the current process's variables that could affect the result.
func EmptyWorkspace(folder string, env map[string]string) Workspace {
	w := Workspace{Folder: folder, Env: []string{
		"CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "HOME=" + folder, "PATH=" + os.Getenv("PATH"),
	}}
	for name, value := range env {
		w.Env = append(w.Env, name+"="+value)
	}

	return w
}

// NewWorkspace creates an [EmptyWorkspace] that uses a program built by [BuildProvider].
func NewWorkspace(folder, provider string, env map[string]string) (Workspace, error) {
	rc := filepath.Join(folder, "cli.tfrc")

	err := os.WriteFile(rc, []byte(`provider_installation {
  dev_overrides { "celonis-community/celonis" = "`+filepath.Dir(provider)+`" }
  direct {}
}`), private)
	if err != nil {
		return Workspace{}, fmt.Errorf("write the CLI configuration: %w", err)
	}

	w := EmptyWorkspace(folder, env)
	w.Env = append([]string{"TF_CLI_CONFIG_FILE=" + rc}, w.Env...) // env may override the CLI configuration file.

	return w, nil
}

// Configure replaces the configuration.
func (w Workspace) Configure(configuration string) error {
	if err := os.WriteFile(filepath.Join(w.Folder, "main.tf"), []byte(required+configuration), private); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}

	return nil
}

// Command returns a command that has not been started yet. The command runs the program in TF_ACC_TERRAFORM_PATH, or terraform if the
// variable is not set.
func (w Workspace) Command(ctx context.Context, arguments ...string) *exec.Cmd {
	program := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if program == "" {
		program = "terraform"
	}

	command := exec.CommandContext(ctx, program, append(arguments, "-no-color")...) //nolint:gosec // The developer chooses which CLI to run.
	command.Dir, command.Env = w.Folder, w.Env

	return command
}

// Run runs the CLI and returns its output.
func (w Workspace) Run(ctx context.Context, arguments ...string) (string, error) {
	output, err := w.Command(ctx, arguments...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("run %v: %w", arguments, err)
	}

	return string(output), err
}

// PeakMemory returns the maximum memory in MiB that a process has used so far. PeakMemory works only on Linux.
func PeakMemory(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("memory can be measured only on Linux: %w", err)
	}

	found := peak.FindSubmatch(status)
	if found == nil {
		return 0, fmt.Errorf("the status of process %d contains no VmHWM", pid)
	}

	kibibytes, err := strconv.ParseFloat(string(found[1]), 64)

	return kibibytes / kibibytesPerMebibyte, err
}

const kibibytesPerMebibyte = 1024

var peak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// Launcher writes a script that executes the provider, and returns the script's path. When the CLI runs the script in place of the
// provider, the script records the provider's process id for [Workspace.Providers].
func Launcher(provider string) (string, error) {
	folder, err := os.MkdirTemp(filepath.Dir(provider), "launcher")
	if err != nil {
		return "", fmt.Errorf("write the launcher: %w", err)
	}

	launcher := filepath.Join(folder, filepath.Base(provider))
	script := fmt.Sprintf("#!/bin/sh\necho $$ >>%s\nexec %q \"$@\"\n", processes, provider)

	if err := os.WriteFile(launcher, []byte(script), executable); err != nil {
		return "", fmt.Errorf("write the launcher: %w", err)
	}

	return launcher, nil
}

// processes is the file in a workspace's folder to which the [Launcher] writes the process ids of the providers.
const processes = "providers.pids"

// Providers returns the process ids of the running providers that the [Launcher] has started in this workspace, oldest first.
func (w Workspace) Providers() []int {
	written, err := os.ReadFile(filepath.Join(w.Folder, processes))
	if err != nil {
		return nil // No provider has been started.
	}

	var running []int

	for field := range bytes.FieldsSeq(written) {
		pid, err := strconv.Atoi(string(field))
		if err != nil {
			continue
		}

		command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil && bytes.Contains(command, []byte("terraform-provider-celonis")) {
			running = append(running, pid)
		}
	}

	return running
}
