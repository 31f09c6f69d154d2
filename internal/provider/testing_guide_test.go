package provider

import (
	"path/filepath"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// TestAccModuleIsTestedWithoutATeam runs both tests of the guide's module as its reader would.
func TestAccModuleIsTestedWithoutATeam(t *testing.T) {
	t.Parallel()

	for name, isSimulated := range map[string]bool{"mocked.tftest.hcl": false, "simulated.tftest.hcl": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var env environment // Without a team, there are no credentials either.

			team, simulated := startTeam(t, simulator.Options{Intelligence: simulator.IntelligenceOptions{Models: modelsForTests()}})
			if isSimulated {
				env = simulated
			}

			w := newWorkspace(t, env, "")
			from := filepath.Join(examples, "guides/testing_a_module")
			copyExample(t, from, w.folder, "")
			write(t, filepath.Join(w.folder, name), read(t, filepath.Join(from, name)))

			wantParts(t, w.must("test"), "Success!", "0 failed.")

			if sent := len(team.Journal()) > 0; sent != isSimulated {
				t.Errorf("requests were sent: %t, want %t", sent, isSimulated)
			}

			if left := team.Subscriptions(); len(left) > 0 {
				t.Errorf("the test leaves %+v", left)
			}
		})
	}
}
