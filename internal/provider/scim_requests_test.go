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

// wantSCIMRequests checks the requests that the team has got since the journal was reset: those named, and nothing else.
func wantSCIMRequests(t *testing.T, team *simulator.Simulator, want map[string]int) {
	t.Helper()

	all := 0

	for request, count := range want {
		var method, path string

		_, _ = fmt.Sscan(request, &method, &path)

		got := team.Count(method, path)
		if got != count {
			t.Errorf("%d × %s, want %d", got, request, count)
		}

		all += got
	}

	if got := len(team.Journal()); got != all {
		t.Errorf("there are %d requests beside: %+v", got-all, want)

		for _, entry := range team.Journal() {
			t.Logf("%s %s %v", entry.Method, entry.Path, entry.Query)
		}
	}
}

// TestAccMembershipsOfOneGroupShareRequests holds for any machine: how many come together depends on how fast the CLI is, and whoever
// comes together shares one PUT and one read.
func TestAccMembershipsOfOneGroupShareRequests(t *testing.T) {
	t.Parallel()

	const (
		count = 200
		token = "POST " + tokenPath
		asked = "GET " + descriptionsPath
		get   = "GET " + groupsPath + "/group-1"
		put   = "PUT " + groupsPath + "/group-1"
	)

	for _, parallelism := range []int{10, 50} {
		t.Run(fmt.Sprintf("parallelism %d", parallelism), func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{SCIM: oneGroup(count), Server: server.Options{Latency: 20 * time.Millisecond}})
			w := newWorkspace(t, env, memberships("0", "200"))
			// In this run, and in the plan before it with its refresh.
			apply := func(changes, runs, refreshes int) {
				t.Helper()
				team.ResetJournal()

				began := time.Now()

				w.must("apply", "-auto-approve", fmt.Sprintf("-parallelism=%d", parallelism))

				puts := team.Count(http.MethodPut, groupsPath+"/group-1")
				if fewest := changes / parallelism; puts < fewest || puts > changes/2 {
					t.Errorf("%d changes took %d PUTs, want at least %d and far fewer than changes", changes, puts, fewest)
				}

				// A change reads the group again if a second has passed since the last one, because the machine may be slow.
				gets := team.Count(http.MethodGet, groupsPath+"/group-1")
				if fewest := refreshes + 1 + puts; gets < fewest || gets > fewest+int(time.Since(began)/time.Second) {
					t.Errorf("%d changes took %d reads in %s, want %d", changes, gets, time.Since(began), fewest)
				}

				wantSCIMRequests(t, team, map[string]int{token: runs, asked: runs, put: puts, get: gets})
			}

			apply(count, 1, 0)
			wantMembers(t, team, "Analysts", idsOf(people(count))...)

			if parallelism != 10 { // Terraform's own.
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

// manageUsers writes the state of somebody who has imported so many of the people, and the configuration of that.
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

	const count = 500

	team, env := startTeam(t, simulator.Options{SCIM: scim.Options{Users: people(count)}})
	w := newWorkspace(t, env, "")
	w.manageUsers(count)

	began := time.Now()

	w.mustPlanNothing()

	// An answer serves for ten seconds, and the machine may be slow.
	lists, singles := team.Count(http.MethodGet, usersPath), team.Count(http.MethodGet, usersPath+"/*")
	if most := 3 * (1 + int(time.Since(began)/(10*time.Second))); lists < 3 || lists > most {
		t.Errorf("the list took %d requests, want at most %d", lists, most)
	}

	if singles > 10 {
		t.Errorf("%d users were read one by one", singles)
	}

	wantSCIMRequests(t, team, map[string]int{
		"POST " + tokenPath: 1, "GET " + descriptionsPath: 1, "GET " + usersPath: lists, "GET " + usersPath + "/*": singles,
	})
}

func TestAccOneUserOfALargeTeamIsReadAlone(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: scim.Options{GeneratedUsers: 100_000}})
	w := newWorkspace(t, env, user(`user_name = "ada@example.com"`)+group(`display_name = "Analysts"`, "member_ids = [celonis_user.this.id]"))
	w.must("apply", "-auto-approve")

	ada, analysts := userAt(team, "ada@example.com"), groupAt(team, "Analysts")

	team.ResetJournal()
	w.mustPlanNothing()
	wantSCIMRequests(t, team, map[string]int{
		"POST " + tokenPath: 1, "GET " + descriptionsPath: 1, "GET " + usersPath + "/" + ada.ID: 1, "GET " + groupsPath + "/" + analysts.ID: 1,
	})
}
