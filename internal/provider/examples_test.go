package provider

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

const examples = "../../examples"

// TestAccEveryExampleIsAppliedTwice applies each folder of examples/ as a user would, and wants the second plan to be empty.
func TestAccEveryExampleIsAppliedTwice(t *testing.T) {
	t.Parallel()

	folders := exampleFolders(t)
	if len(folders) == 0 {
		t.Fatal("there are no examples")
	}

	for _, folder := range folders {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()

			team, w, address := startExample(t)
			replaced := copyExample(t, filepath.Join(examples, folder), w.folder, address)

			w.must("apply", "-auto-approve")

			if output, err := w.run("plan", "-detailed-exitcode"); err != nil {
				t.Errorf("the second plan is not empty: %v\n%s", err, output)
			}

			// The provider's own example and the functions' ask nothing of the team.
			if got := len(team.Journal()); got == 0 && !replaced && !strings.HasPrefix(folder, "functions") {
				t.Error("the example asked nothing of the team")
			}
		})
	}
}

// importable is an object that somebody has made by hand, as the examples name it.
type importable struct {
	// add makes it, and isTaken reports whether it is the example's by now: the same object, and as configured.
	add     func(team *simulator.Simulator)
	isTaken func(team *simulator.Simulator) bool
}

func importables() map[string]importable {
	const (
		subscriptionID = "8c985281-25a0-4cb1-80de-1f7a6327dd4f"
		userID         = "2b1d8f3c-6a57-4e09-8c41-d70e5f9a3b62"
		groupID        = "9c4e7a16-3d2b-4f85-b0a9-1e6d8c5f7204"
	)

	return map[string]importable{
		"celonis_subscription": {
			add: func(team *simulator.Simulator) {
				team.AddSubscription(simulator.Subscription{
					ID: subscriptionID, KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "trigger-1",
					Name: "Made by hand", CallbackURI: "https://hooks.example.com/old",
				})
			},
			isTaken: func(team *simulator.Simulator) bool {
				return len(team.Subscriptions()) == 2 && slices.ContainsFunc(team.Subscriptions(), func(one simulator.Subscription) bool {
					return one.ID == subscriptionID && one.Name == "Blocked orders to ERP" &&
						one.CallbackHeaders["Authorization"] == "Bearer "+callbackToken
				})
			},
		},
		"celonis_user": {
			add: func(team *simulator.Simulator) {
				team.AddUser(simulator.SCIMUser{ID: userID, UserName: "Ada.Lovelace@example.com", DisplayName: "A. Lovelace"})
			},
			isTaken: func(team *simulator.Simulator) bool {
				return slices.Contains(team.SCIMUsers(), simulator.SCIMUser{
					ID: userID, UserName: "Ada.Lovelace@example.com", DisplayName: "Ada Lovelace", ExternalID: "hr-0815", Role: "ANALYST",
				})
			},
		},
		"celonis_group": {
			add: func(team *simulator.Simulator) {
				team.AddGroup(simulator.SCIMGroup{ID: groupID, DisplayName: "Finance analysts", Members: []string{alanID}})
			},
			isTaken: func(team *simulator.Simulator) bool {
				return slices.ContainsFunc(team.SCIMGroups(), func(one simulator.SCIMGroup) bool {
					return one.ID == groupID && one.Role == "ANALYST" && len(one.Members) == 2 && !slices.Contains(one.Members, alanID)
				})
			},
		},
		"celonis_group_member": {
			add: func(team *simulator.Simulator) {
				team.ChangeGroup(procurementID, func(group *simulator.SCIMGroup) { group.Members = append(group.Members, graceID) })
			},
			isTaken: func(team *simulator.Simulator) bool {
				return team.Count(http.MethodPut, "/*") == 0 && slices.ContainsFunc(team.SCIMGroups(), func(one simulator.SCIMGroup) bool {
					return one.ID == procurementID && slices.Equal(one.Members, []string{alanID, graceID})
				})
			},
		},
	}
}

// TestAccEveryImportExampleTakesTheObjectOver follows each way that an example shows of taking an object over.
func TestAccEveryImportExampleTakesTheObjectOver(t *testing.T) {
	t.Parallel()

	ways, err := filepath.Glob(filepath.Join(examples, "resources", "*", "import*"))
	if err != nil || len(ways) == 0 {
		t.Fatalf("there are no examples: %v", err)
	}

	for _, way := range ways {
		name := filepath.Base(filepath.Dir(way))
		t.Run(name+" "+filepath.Base(way), func(t *testing.T) {
			t.Parallel()

			team, w, address := startExample(t)
			object := importables()[name]
			object.add(team)
			copyExample(t, filepath.Dir(way), w.folder, address)

			if command, isCommand := strings.CutPrefix(strings.TrimSpace(read(t, way)), "terraform "); isCommand {
				w.must(arguments(command)...)
			} else {
				write(t, filepath.Join(w.folder, filepath.Base(way)), read(t, way))
			}

			output, err := w.run("apply", "-auto-approve")
			if strings.Contains(output, `An argument named "identity" is not expected`) {
				t.Skip("this CLI knows no identities")
			}

			if err != nil {
				t.Fatalf("%v\n%s", err, output)
			}

			if output, err := w.run("plan", "-detailed-exitcode"); err != nil {
				t.Errorf("the second plan is not empty: %v\n%s", err, output)
			}

			if !object.isTaken(team) {
				t.Errorf("it was not taken over: %+v, %+v, %+v", team.Subscriptions(), team.SCIMUsers(), team.SCIMGroups())
			}
		})
	}
}

// arguments are the words of a command as a shell has them. In the examples, quotes stand around the last one at the most.
func arguments(command string) []string {
	before, quoted, found := strings.Cut(command, `"`)

	words := strings.Fields(before)
	if found {
		words = append(words, strings.TrimSuffix(quoted, `"`))
	}

	return words
}

const callbackToken = "token-that-the-callback-of-the-examples-asks-for"

// Ids of what the examples look up.
const (
	graceID       = "d3a5b9e1-7c26-4f48-9b0d-5e1f8a6c2437"
	alanID        = "e8f1c6d4-2a93-4b57-8e0c-6d4b9f3a7152"
	procurementID = "6f0a2d5e-8b17-4c93-a4d8-3e9b1c7f5a20"
)

// startExample starts a team with all that the examples look up, makes a workspace for one of them, and returns the team's
// address too.
func startExample(t *testing.T) (team *simulator.Simulator, w workspace, address string) {
	t.Helper()

	team, env := startTeam(t, simulator.Options{
		Models: modelsForTests(),
		Subscriptions: simulator.SubscriptionOptions{Existing: []simulator.Subscription{{
			ID: "4d2f9b6c-1e83-4a75-b0d6-8c3e5f7a9124", KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "trigger-2",
			Name: "Customers to CRM", CallbackURI: "https://hooks.example.com/crm",
		}}},
		Reports: simulator.ReportOptions{Members: 60, LoginEvents: 60, Permissions: 60, AuditEvents: 60},
		SCIM: simulator.SCIMOptions{
			Users: []simulator.SCIMUser{
				{ID: graceID, UserName: "grace.hopper@example.com", DisplayName: "Grace Hopper", ExternalID: "hr-0042", Role: "ANALYST"},
				{ID: alanID, UserName: "alan.turing@example.com", DisplayName: "Alan Turing"},
			},
			Groups: []simulator.SCIMGroup{{ID: procurementID, DisplayName: "Procurement readers", Members: []string{alanID}}},
		},
	})
	env["TF_VAR_knowledge_model_name"] = "Order to Cash" // Two models of this team share the first name.
	env["TF_VAR_callback_token"] = callbackToken
	env["TF_VAR_app_key"] = simulator.DefaultApplicationKey().Value

	return team, newWorkspace(t, env, ""), env["CELONIS_URL"]
}

// TestEveryObjectHasAnExample keeps documentation pages from being without one.
func TestEveryObjectHasAnExample(t *testing.T) {
	t.Parallel()

	schema := schemaOf(t)

	want := []string{"demo", "provider"}
	for name := range schema.DataSourceSchemas {
		want = append(want, "data-sources/"+name)
	}

	for name := range schema.EphemeralResourceSchemas {
		want = append(want, "ephemeral-resources/"+name)
	}

	for name := range schema.ResourceSchemas {
		want = append(want, "resources/"+name)
	}

	for name := range schema.Functions {
		want = append(want, "functions/"+name)
	}

	slices.Sort(want)

	isGuide := func(folder string) bool { return strings.HasPrefix(folder, "guides/") }
	if got := slices.DeleteFunc(exampleFolders(t), isGuide); !slices.Equal(got, want) {
		t.Errorf("examples are %q, want %q", got, want)
	}
}

func exampleFolders(t *testing.T) []string {
	t.Helper()

	var folders []string

	err := filepath.WalkDir(examples, func(file string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(file) == ".tf" {
			folder, err := filepath.Rel(examples, filepath.Dir(file))
			folders = append(folders, filepath.ToSlash(folder))

			return err
		}

		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	slices.Sort(folders)

	return slices.Compact(folders)
}

// copyExample copies an example and the tables and maps that it reads into a workspace, but not its ways of importing, and reports
// whether it named a team: the simulated one takes its place.
func copyExample(t *testing.T, from, to, team string) bool {
	t.Helper()

	const documented = "https://acme.eu-1.celonis.cloud"

	files, err := filepath.Glob(filepath.Join(from, "*.tf"))
	if err != nil {
		t.Fatal(err)
	}

	tables, err := filepath.Glob(filepath.Join(from, "*.csv"))
	if err != nil {
		t.Fatal(err)
	}

	documents, err := filepath.Glob(filepath.Join(from, "*.json"))
	if err != nil {
		t.Fatal(err)
	}

	replaced := false

	for _, file := range slices.Concat(files, tables, documents) {
		if strings.HasPrefix(filepath.Base(file), "import") {
			continue
		}

		content := read(t, file)
		replaced = replaced || strings.Contains(content, `"`+documented+`"`)
		write(t, filepath.Join(to, filepath.Base(file)), strings.ReplaceAll(content, `"`+documented+`"`, `"`+team+`"`))

		// The example says itself where the provider comes from.
		if strings.Contains(content, "required_providers") && filepath.Base(file) != "main.tf" {
			if err := os.Remove(filepath.Join(to, "main.tf")); err != nil {
				t.Fatal(err)
			}
		}
	}

	return replaced
}
