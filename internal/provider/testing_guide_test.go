package provider

import (
	"path/filepath"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/teamfile"
)

// TestAccModuleIsTestedWithoutATeam runs both tests of the guide's module as a reader would. The second test runs twice: against the
// default team, and against the team in the guide's team file.
func TestAccModuleIsTestedWithoutATeam(t *testing.T) {
	t.Parallel()

	from := filepath.Join(examples, "guides/testing_a_module")

	described, err := teamfile.Load("team.yaml", []byte(read(t, filepath.Join(from, "team.yaml"))))
	if err != nil {
		t.Fatal(err)
	}

	for name, test := range map[string]struct {
		file string
		team simulator.Options
	}{
		"mock_provider": {"mocked.tftest.hcl", simulator.Options{}},
		"default team":  {"simulated.tftest.hcl", simulator.DefaultTeam()},
		"own team":      {"simulated.tftest.hcl", described},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, test.team)
			before := len(team.Subscriptions())
			isMocked := name == "mock_provider"

			if isMocked {
				env = environment{} // The test without a team must not need credentials either.
			}

			w := newWorkspace(t, env, "")
			copyExample(t, from, w.Folder, "")
			write(t, filepath.Join(w.Folder, test.file), read(t, filepath.Join(from, test.file)))

			wantParts(t, w.must("test"), "Success!", "0 failed.")

			if sent := len(team.Journal()) > 0; sent == isMocked {
				t.Errorf("got requests: %t, want %t", sent, !isMocked)
			}

			if left := team.Subscriptions(); len(left) > before {
				t.Errorf("the test left %+v in the team", left)
			}
		})
	}
}
