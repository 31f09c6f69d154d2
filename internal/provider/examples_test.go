package provider

import (
	"io/fs"
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

// TestAccEveryImportExampleTakesTheObjectOver follows each way that an example shows of taking an object over.
func TestAccEveryImportExampleTakesTheObjectOver(t *testing.T) {
	t.Parallel()

	ways, err := filepath.Glob(filepath.Join(examples, "resources", "*", "import*"))
	if err != nil || len(ways) == 0 {
		t.Fatalf("there are no examples: %v", err)
	}

	for _, way := range ways {
		t.Run(filepath.Base(filepath.Dir(way))+" "+filepath.Base(way), func(t *testing.T) {
			t.Parallel()

			team, w, address := startExample(t)
			id := team.AddSubscription(simulator.Subscription{
				ID: "8c985281-25a0-4cb1-80de-1f7a6327dd4f", KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "trigger-1",
				Name: "Made by hand", CallbackURI: "https://hooks.example.com/old",
			})
			before := len(team.Subscriptions())
			copyExample(t, filepath.Dir(way), w.folder, address)

			if command, isCommand := strings.CutPrefix(read(t, way), "terraform "); isCommand {
				w.must(strings.Fields(command)...)
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

			after := team.Subscriptions()
			taken := after[slices.IndexFunc(after, func(one simulator.Subscription) bool { return one.ID == id })]

			if taken.Name != "Blocked orders to ERP" || taken.CallbackHeaders["Authorization"] != "Bearer "+callbackToken || len(after) != before {
				t.Errorf("it was not taken over: %+v", after)
			}
		})
	}
}

const callbackToken = "token-that-the-callback-of-the-examples-asks-for"

// startExample starts a team with all that the examples look up, makes a workspace for one of them, and returns the team's
// address too.
func startExample(t *testing.T) (team *simulator.Simulator, w workspace, address string) {
	t.Helper()

	team, env := startTeam(t, simulator.Options{
		Models: modelsForTests(),
		Subscriptions: simulator.SubscriptionOptions{Existing: []simulator.Subscription{{
			KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "trigger-2", Name: "Customers to CRM", CallbackURI: "https://hooks.example.com/crm",
		}}},
		Reports: simulator.ReportOptions{Members: 60, LoginEvents: 60, Permissions: 60, AuditEvents: 60},
	})
	env["TF_VAR_knowledge_model_name"] = "Order to Cash" // Two models of this team share the first name.
	env["TF_VAR_callback_token"] = callbackToken

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

// copyExample copies an example into a workspace, but for its ways of importing, and reports whether it named a team: the
// simulated one takes its place.
func copyExample(t *testing.T, from, to, team string) bool {
	t.Helper()

	const documented = "https://acme.eu-1.celonis.cloud"

	files, err := filepath.Glob(filepath.Join(from, "*.tf"))
	if err != nil {
		t.Fatal(err)
	}

	replaced := false

	for _, file := range files {
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
