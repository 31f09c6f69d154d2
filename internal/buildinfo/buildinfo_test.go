package buildinfo

import (
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersionContainsTheCommit(t *testing.T) {
	t.Parallel()

	// go test records no commit.
	for commit, want := range map[string]string{"": "0.1.0", "1a2b3c4": "0.1.0 (1a2b3c4)"} {
		if got := Version("0.1.0", commit); got != want {
			t.Errorf("got %q for the commit %q, want %q", got, commit, want)
		}
	}
}

func TestCommitComesFromTheSettingsOfTheBuild(t *testing.T) {
	t.Parallel()

	revision := debug.BuildSetting{Key: "vcs.revision", Value: "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b"}
	modified := debug.BuildSetting{Key: "vcs.modified", Value: "true"}

	for want, settings := range map[string][]debug.BuildSetting{
		"":              {modified},
		"1a2b3c4":       {revision, {Key: "vcs.modified", Value: "false"}},
		"1a2b3c4-dirty": {revision, modified},
	} {
		if got := recordedCommit(settings); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestUntrackedFilesDoNotChangeABuild ensures that make passes the commit to each program, and that "go build" does not also record whether
// the clone contains untracked files. Otherwise, a file such as team.env would change the checksum in .terraform.lock.hcl.
func TestUntrackedFilesDoNotChangeABuild(t *testing.T) {
	t.Parallel()

	output, err := exec.CommandContext(t.Context(), "make", "-n", "-C", "../..", "build", "simulator", "doctor", "COMMIT=1a2b3c4").Output()
	if err != nil {
		t.Fatal(err)
	}

	builds := 0

	for line := range strings.Lines(string(output)) {
		if !strings.HasPrefix(line, "go build ") {
			continue
		}

		builds++

		if !strings.Contains(line, " -buildvcs=false ") || !strings.Contains(line, "-X main.commit=1a2b3c4") {
			t.Errorf("got %s", line)
		}
	}

	if builds != 3 {
		t.Errorf("got %d builds in:\n%s", builds, output)
	}
}
