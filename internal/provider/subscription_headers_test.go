package provider

import (
	"archive/zip"
	"io"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// withCallback returns a subscription whose callback contains the given lines. The lines may use the ephemeral "secret" variable.
func withCallback(lines string) string {
	return `
		variable "secret" {
		  type      = string
		  ephemeral = true
		  default   = null
		}
		resource "celonis_subscription" "this" {
		  knowledge_model_id = "order-to-cash.otc-km"
		  trigger_id         = "trigger-1"
		  name               = "Blocked orders"
		  callback = {
		    uri = "https://hooks.example.com/orders"
		    ` + lines + `
		  }
		}`
}

// wantHeaders checks the callback headers of the only subscription.
func wantHeaders(t *testing.T, team *simulator.Simulator, headers map[string]string) {
	t.Helper()

	if there := team.Subscriptions(); len(there) != 1 || !maps.Equal(there[0].CallbackHeaders, headers) {
		t.Errorf("got %+v in Celonis, want one subscription with the headers %v", there, headers)
	}
}

func TestAccWriteOnlyHeadersAreNotStored(t *testing.T) {
	t.Parallel()

	const (
		first  = "callback-secret-nobody-may-see-1"
		second = "callback-secret-nobody-may-see-2"
	)

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	w := newProgramWorkspace(t, env.but(environment{"TF_LOG": "TRACE"}), withCallback(`
		headers_wo         = { Authorization = "Bearer ${var.secret}", Accept = var.secret }
		headers_wo_version = 1`))
	w = w.with("TF_LOG_PATH", filepath.Join(w.Folder, "trace.log"))

	var printed strings.Builder

	do := func(secret string, arguments ...string) {
		t.Helper()
		printed.WriteString(w.with("TF_VAR_secret", secret).must(arguments...))
	}

	has := func(secret string) map[string]string {
		return map[string]string{"Authorization": "Bearer " + secret, "Accept": secret}
	}

	do(first, "plan", "-out=plan")
	do(first, "show", "-json", "plan")
	do(first, "apply", "-auto-approve")
	wantHeaders(t, team, has(first))

	// Without a new version, Terraform does not detect that the value has changed.
	do(second, "plan", "-detailed-exitcode")
	do(second, "apply", "-auto-approve")
	wantHeaders(t, team, has(first))

	w.reconfigure(withCallback(`
		headers_wo         = { Authorization = "Bearer ${var.secret}", Accept = var.secret }
		headers_wo_version = 2`))
	do(second, "plan", "-out=plan-2")
	do(second, "show", "-json", "plan-2")
	do(second, "apply", "-auto-approve")
	do(second, "show", "-json")
	do(second, "plan", "-detailed-exitcode")
	wantHeaders(t, team, has(second))

	// The service repeats the secret value in its error.
	w.reconfigure(strings.ReplaceAll(withCallback(`
		headers_wo         = { Authorization = "Bearer ${var.secret}", Accept = var.secret }
		headers_wo_version = 3`), "Blocked orders", "Another name"))
	team.Inject(simulator.Fault{
		Method: "PUT", Status: 400, Body: `{"detail": "The value ` + second + ` and Bearer ` + second + ` cannot be used."}`,
	})

	output, err := w.with("TF_VAR_secret", second).run("apply", "-auto-approve")
	if err == nil {
		t.Errorf("the change succeeded:\n%s", output)
	}

	printed.WriteString(output)

	write(t, filepath.Join(w.Folder, "printed.txt"), printed.String())

	// Unpack the plan files, because they are compressed.
	for _, name := range []string{"plan", "plan-2"} {
		write(t, filepath.Join(w.Folder, name+".unpacked"), unpacked(t, filepath.Join(w.Folder, name)))
	}

	searchForSecrets(t, w.Folder, first, second)
}

// unpacked returns the content of all files of an archive.
func unpacked(t *testing.T, file string) string {
	t.Helper()

	archive, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()

	var all strings.Builder

	for _, member := range archive.File {
		content, err := member.Open()
		if err != nil {
			t.Fatal(err)
		}

		if _, err := io.Copy(&all, content); err != nil { //nolint:gosec // The test itself created the plan file.
			t.Fatal(err)
		}
	}

	if !strings.Contains(all.String(), "celonis-community/celonis") {
		t.Errorf("%s is not a complete plan", file)
	}

	return all.String()
}

func TestAccSubscriptionSwitchesAndRemovesHeaders(t *testing.T) {
	t.Parallel()

	const inState = "Bearer kept-in-the-state"

	for name, options := range map[string]intelligence.SubscriptionOptions{
		"omitted headers are cleared": {}, "omitted headers are kept": {UpdateKeepsOmitted: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, Subscriptions: options})
			w := newWorkspace(t, env, "").with("TF_VAR_secret", "write-only")
			state := filepath.Join(w.Folder, "terraform.tfstate")

			apply := func(lines string, headers map[string]string) {
				t.Helper()
				w.reconfigure(withCallback(lines))
				w.must("apply", "-auto-approve")
				wantHeaders(t, team, headers)
				w.mustPlanNothing()
			}

			const plain = `headers = { Authorization = "` + inState + `" }`

			apply(plain, map[string]string{"Authorization": inState})

			if !strings.Contains(read(t, state), inState) {
				t.Error("the state does not contain the header, so the next check would be meaningless")
			}

			apply(`
				headers_wo         = { Accept = var.secret }
				headers_wo_version = 1`, map[string]string{"Accept": "write-only"})

			if strings.Contains(read(t, state), inState) {
				t.Error("the old value is still in the state")
			}

			apply("", map[string]string{})
			apply(plain, map[string]string{"Authorization": inState})
			apply("", map[string]string{})
		})
	}
}

func TestWriteOnlyHeadersAreRejectedOnOldCLIs(t *testing.T) {
	t.Parallel()

	server, err := providerserver.NewProtocol6WithError(&celonisProvider{version: "test", env: environment{}.lookup})()
	if err != nil {
		t.Fatal(err)
	}

	schema := schemaOf(t).ResourceSchemas["celonis_subscription"]
	text := func(value string) tftypes.Value { return tftypes.NewValue(tftypes.String, value) }

	callback := map[string]tftypes.Value{
		"uri": text("https://hooks.example.com"), "headers": tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, nil),
		"headers_wo":         tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"Accept": text("secret-value")}),
		"headers_wo_version": tftypes.NewValue(tftypes.Number, 1),
	}

	for _, knows := range []bool{true, false} {
		validated, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{
			TypeName: "celonis_subscription",
			Config: encoded(t, schema, map[string]any{
				"knowledge_model_id": "order-to-cash.otc-km", "trigger_id": "trigger-1", "name": "x", "callback": callback,
			}),
			ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: knows},
		})
		if err != nil {
			t.Fatal(err)
		}

		if (len(validated.Diagnostics) == 0) != knows {
			t.Errorf("CLI supports write-only attributes: %t: got diagnostics %+v", knows, validated.Diagnostics)
		}

		for _, diagnostic := range validated.Diagnostics {
			if all := diagnostic.Summary + diagnostic.Detail; !strings.Contains(all, "headers_wo") || !strings.Contains(all, "1.11") ||
				strings.Contains(all, "secret-value") {
				t.Errorf("got diagnostics %q", all)
			}
		}
	}
}

// TestWriteOnlyHeadersThatBecomeNullAreRejected covers unknown headers that turn out to be null during the apply. An update would remove
// the current headers in Celonis.
func TestWriteOnlyHeadersThatBecomeNullAreRejected(t *testing.T) {
	t.Parallel()

	given := func(value any, version int) map[string]any {
		values := minimalSubscription().given()
		values["callback"] = callbackOf(map[string]any{"headers_wo": value, "headers_wo_version": version})

		return values
	}

	for name, version := range map[string]int{"on create": 1, "on update": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, life := newSubscriptionObject(t, intelligence.SubscriptionOptions{})

			if version > 1 {
				life.must(given(map[string]string{"Accept": "a/b"}, 1))
			}

			before := team.Subscriptions()
			step := life.plan(given(tftypes.UnknownValue, version))
			step.config = life.decode(encoded(t, life.schema, given(nil, version)))

			diags := life.apply(step)
			if !diags.hasError() || diags[0].Attribute != nil { // If the diagnostic had a location, Terraform would print the lines of the callback.
				t.Errorf("got diagnostics %+v", diags)
			}

			wantDiagnostics(t, diags, []string{"callback.headers_wo", "`headers_wo` is null"})

			after := team.Subscriptions()
			if len(after) != len(before) || len(after) == 1 && after[0].CallbackHeaders["Accept"] != "a/b" {
				t.Errorf("got %+v in Celonis, want %+v", after, before)
			}
		})
	}
}
