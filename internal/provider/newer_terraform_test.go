package provider

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// needsTerraform skips a test whose configuration the CLI under test cannot parse. Terraform supports list and action blocks as of version
// 1.14, and OpenTofu does not support them. With any CLI, list_resource_test.go and subscription_actions_test.go cover list resources and
// actions over the plugin protocol.
func (w workspace) needsTerraform(least string) {
	w.t.Helper()

	printed := os.Getenv("TF_ACC_CLI_VERSION") // For example, "Terraform v1.14.3".
	if printed == "" {
		printed, _, _ = strings.Cut(w.must("version"), "\n")
	}

	name, number, _ := strings.Cut(printed, " v")

	found, err := version.NewVersion(number)
	if err != nil {
		w.t.Fatalf("%v: %s", err, printed)
	}

	if name != "Terraform" || found.Core().LessThan(version.Must(version.NewVersion(least))) {
		w.t.Skipf("the CLI is %s, but the configuration requires Terraform %s", printed, least)
	}
}

// TestAccQueryGeneratesConfigurationWithoutChanges lists a whole team, generates configuration for it, and plans it. The plan must import
// every object and change none of them.
func TestAccQueryGeneratesConfigurationWithoutChanges(t *testing.T) {
	t.Parallel()

	const users, groups, subscriptions = 500, 40, 100

	options := simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}}

	for index := range users {
		options.SCIM.Users = append(options.SCIM.Users, scim.User{
			ID: fmt.Sprintf("u-%03d", index), UserName: fmt.Sprintf("user-%d@example.com", index), Role: "MEMBER",
		})
	}

	for index := range groups {
		options.SCIM.Groups = append(options.SCIM.Groups, scim.Group{
			ID: fmt.Sprintf("g-%02d", index), DisplayName: fmt.Sprintf("Group %d", index), Role: "MEMBER",
			Members: []string{fmt.Sprintf("u-%03d", index), fmt.Sprintf("u-%03d", index+1)},
		})
	}

	for index := range subscriptions {
		options.Subscriptions.Existing = append(options.Subscriptions.Existing, intelligence.Subscription{
			ID: fmt.Sprintf("s-%03d", index), Name: fmt.Sprintf("Orders %d", index), KnowledgeModelID: "order-to-cash.otc-km",
			TriggerID: "trigger-1", CallbackURI: "https://hooks.example.com/orders",
		})
	}

	team, env := startTeam(t, options)
	w := newWorkspace(t, env, "")
	w.needsTerraform("1.14.0")

	write(t, filepath.Join(w.Folder, "team.tfquery.hcl"), `
		list "celonis_user" "all" {
		  provider         = celonis
		  include_resource = true
		  limit            = 1000
		}

		list "celonis_group" "all" {
		  provider         = celonis
		  include_resource = true
		}

		list "celonis_group_member" "all" {
		  for_each         = toset(list.celonis_group.all.data[*].identity.id)
		  provider         = celonis
		  include_resource = true
		  config { group_id = each.value }
		}

		list "celonis_subscription" "all" {
		  provider         = celonis
		  include_resource = true
		}`)

	printed := w.must("query", "-generate-config-out=found.tf")
	if lines := strings.Count(printed, "\nlist.celonis_"); lines != users+groups+2*groups+subscriptions {
		t.Errorf("got %d listed objects:\n%.3000s", lines, printed)
	}

	for path, want := range map[string]int{
		usersPath: 3, groupsPath: 1, groupsPath + "/*": 0, subscriptionsPath: 2, "/scim/v2/ServiceProviderConfig": 1,
	} {
		if got := team.Count(http.MethodGet, path); got != want {
			t.Errorf("got %d requests for %s, want %d", got, path, want)
		}
	}

	if tokens := team.Count(http.MethodPost, tokenPath); tokens != 2 {
		t.Errorf("got %d token requests, want 2", tokens)
	}

	plan := w.must("plan")
	wantParts(t, plan, fmt.Sprintf("Plan: %d to import, 0 to add, 0 to change, 0 to destroy", users+groups+2*groups+subscriptions))
}

// TestAccExamplesForNewerTerraformRun runs the examples for list resources and actions against the team that their documentation pages
// describe.
func TestAccExamplesForNewerTerraformRun(t *testing.T) {
	t.Parallel()

	folders, err := filepath.Glob(filepath.Join(examples, "list-resources", "*"))
	if err != nil {
		t.Fatal(err)
	}

	actions, err := filepath.Glob(filepath.Join(examples, "actions", "*"))
	if err != nil {
		t.Fatal(err)
	}

	for _, folder := range append(folders, actions...) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.DefaultTeam())
			w := newWorkspace(t, env, "")
			w.needsTerraform("1.14.0")

			if err := os.CopyFS(w.Folder, os.DirFS(folder)); err != nil {
				t.Fatal(err)
			}

			if filepath.Base(filepath.Dir(folder)) == "list-resources" {
				wantParts(t, w.must("query"), "list."+filepath.Base(folder))

				return
			}

			w.must("apply", "-auto-approve")
			wantParts(t, w.must("apply", "-auto-approve", "-invoke=action."+filepath.Base(folder)+".customers"), "Actions: 1 invoked")

			if patches := team.Count(http.MethodPatch, subscriptionsPath+"/*"); patches != 1 {
				t.Errorf("got %d requests for actions, want 1", patches)
			}
		})
	}
}
