package provider

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// wantSCIMRequests checks that the team has received exactly the given requests since the journal was reset.
func wantSCIMRequests(t *testing.T, team *simulator.Simulator, want map[string]int) {
	t.Helper()

	all := 0

	for request, count := range want {
		var method, path string

		_, _ = fmt.Sscan(request, &method, &path)

		got := team.Count(method, path)
		if got != count {
			t.Errorf("got %d × %s, want %d", got, request, count)
		}

		all += got
	}

	if got := len(team.Journal()); got != all {
		t.Errorf("got %d unexpected requests: %+v", got-all, want)

		for _, entry := range team.Journal() {
			t.Logf("%s %s %v", entry.Method, entry.Path, entry.Query)
		}
	}
}

// TestAccMembershipsOfOneGroupShareRequests checks that overlapping changes share one PUT and one read. The test accepts a range of request
// counts, because the machine's speed determines how many changes overlap.
func TestAccMembershipsOfOneGroupShareRequests(t *testing.T) {
	t.Parallel()

	const (
		count = 200
		token = "POST " + tokenPath
		asked = "GET " + scimConfigPath
		get   = "GET " + groupsPath + "/group-1"
		put   = "PUT " + groupsPath + "/group-1"
	)

	for _, parallelism := range []int{10, 50} {
		t.Run(fmt.Sprintf("parallelism %d", parallelism), func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: oneGroup(count), Server: server.Options{Latency: 20 * time.Millisecond}})
			w := newWorkspace(t, env, memberships("0", "200"))
			// apply applies the configuration. runs is the expected number of token requests. refreshes is the expected number of reads of
			// the group, not counting the reads that the changes need.
			apply := func(changes, runs, refreshes int) {
				t.Helper()
				team.ResetJournal()

				began := time.Now()

				w.must("apply", "-auto-approve", fmt.Sprintf("-parallelism=%d", parallelism))

				puts := team.Count(http.MethodPut, groupsPath+"/group-1")
				if fewest := changes / parallelism; puts < fewest || puts > changes/2 {
					t.Errorf("got %[2]d PUTs for %[1]d changes, want at least %[3]d, but at most one per two changes", changes, puts, fewest)
				}

				// If the last read is more than a second old, which may happen on a slow machine, a change reads the group again.
				gets := team.Count(http.MethodGet, groupsPath+"/group-1")
				if fewest := refreshes + 1 + puts; gets < fewest || gets > fewest+int(time.Since(began)/time.Second) {
					t.Errorf("got %[2]d reads for %[1]d changes in %[3]s, want %[4]d", changes, gets, time.Since(began), fewest)
				}

				wantSCIMRequests(t, team, map[string]int{token: runs, asked: runs, put: puts, get: gets})
			}

			apply(count, 1, 0)
			wantMembers(t, team, "Analysts", idsOf(people(count))...)

			if parallelism != 10 { // Run the remaining steps only with Terraform's default parallelism.
				return
			}

			w.reconfigure(memberships("100", "200"))
			apply(count/2, 2, 1)
			wantMembers(t, team, "Analysts", idsOf(people(count)[count/2:])...)

			team.ResetJournal()
			w.mustPlanNothing()
			wantSCIMRequests(t, team, map[string]int{token: 1, asked: 1, get: 1})
		})
	}
}

// manageUsers writes a configuration and a state that contain the given number of imported users.
func (w workspace) manageUsers(count int) {
	w.t.Helper()

	instances := make([]any, 0, count)
	for index, person := range people(count) {
		instances = append(instances, map[string]any{
			"index_key": fmt.Sprintf("%03d", index), "schema_version": 0, "attributes": map[string]any{
				"id": person.ID, "user_name": person.UserName, "display_name": person.DisplayName, "external_id": person.ExternalID, "role": person.Role,
			},
		})
	}

	state, err := json.Marshal(map[string]any{
		"version": 4, "serial": 1, "lineage": "5a1b7a9c-0c0e-4a53-8b5f-3b1a3e5e8d11", "resources": []any{map[string]any{
			"mode": "managed", "type": "celonis_user", "name": "this", "instances": instances,
			"provider": `provider["` + cmp.Or(os.Getenv("TF_ACC_PROVIDER_HOST"), "registry.terraform.io") + `/celonis-community/celonis"]`,
		}},
	})
	if err != nil {
		w.t.Fatal(err)
	}

	write(w.t, filepath.Join(w.Folder, "terraform.tfstate"), string(state))
	w.reconfigure(fmt.Sprintf(`
		resource "celonis_user" "this" {
		  for_each  = toset([for index in range(%d) : format("%%03d", index)])
		  user_name = "person.${each.key}@example.com"
		}`, count))
}

func TestAccManyUsersAreRefreshedInPages(t *testing.T) {
	t.Parallel()

	const count, pages = 250, 2

	team, env := startTeam(t, simulator.Options{SCIM: scim.Options{Users: people(count)}})
	w := newWorkspace(t, env, "")
	w.manageUsers(count)

	began := time.Now()

	w.mustPlanNothing()

	// The client caches a response for ten seconds, so a slow machine may read the list more than once.
	lists, singles := team.Count(http.MethodGet, usersPath), team.Count(http.MethodGet, usersPath+"/*")
	if most := pages * (1 + int(time.Since(began)/(10*time.Second))); lists < pages || lists > most {
		t.Errorf("got %d requests for the list, want at most %d", lists, most)
	}

	if singles > 10 {
		t.Errorf("got %d reads of single users", singles)
	}

	wantSCIMRequests(t, team, map[string]int{
		"POST " + tokenPath: 1, "GET " + scimConfigPath: 1, "GET " + usersPath: lists, "GET " + usersPath + "/*": singles,
	})
}

func TestAccSingleUserOfALargeTeamIsReadByID(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: scim.Options{GeneratedUsers: 100_000}})
	w := newWorkspace(t, env, user(`user_name = "ada@example.com"`)+group(`display_name = "Analysts"`, "member_ids = [celonis_user.this.id]"))
	w.must("apply", "-auto-approve")

	ada, analysts := userAt(team, "ada@example.com"), groupAt(team, "Analysts")

	team.ResetJournal()
	w.mustPlanNothing()
	wantSCIMRequests(t, team, map[string]int{
		"POST " + tokenPath: 1, "GET " + scimConfigPath: 1, "GET " + usersPath + "/" + ada.ID: 1, "GET " + groupsPath + "/" + analysts.ID: 1,
	})
}
