package provider

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// TestAccSavedPlanMarksSensitiveValues checks that a saved plan marks the headers of a callback as sensitive even if the configuration does
// not. The plan must not contain ephemeral values. The plan may contain the provider's secrets only where Terraform itself stores the
// configuration.
func TestAccSavedPlanMarksSensitiveValues(t *testing.T) {
	t.Parallel()

	const (
		literal   = "literal-header-of-the-configuration"
		writeOnly = "write-only-header-of-a-variable"
		appKey    = "application-key-of-a-variable"
	)

	_, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	w := newWorkspace(t, env.but(environment{"TF_VAR_write_only": writeOnly, "TF_VAR_app_key": appKey}), `
		variable "write_only" {
		  type      = string
		  ephemeral = true
		}
		variable "app_key" {
		  type      = string
		  sensitive = true
		  ephemeral = true
		}
		provider "celonis" {
		  alias   = "unused"
		  app_key = var.app_key
		}
		ephemeral "celonis_oauth_token" "this" { scopes = ["intelligence.knowledge-models:read"] }
		resource "celonis_subscription" "literal" {
		  knowledge_model_id = "order-to-cash.otc-km"
		  trigger_id         = "trigger-1"
		  name               = "Literal"
		  callback           = { uri = "https://hooks.example.com/1", headers = { Authorization = "`+literal+`" } }
		}
		resource "celonis_subscription" "write_only" {
		  knowledge_model_id = "order-to-cash.otc-km"
		  trigger_id         = "trigger-1"
		  name               = "Write-only"
		  callback = {
		    uri                = "https://hooks.example.com/2"
		    headers_wo         = { Authorization = var.write_only, Accept = ephemeral.celonis_oauth_token.this.access_token }
		    headers_wo_version = 1
		  }
		}`)

	printed := w.must("plan", "-out=plan")
	shown := w.must("show", "-json", "plan")
	file := unpacked(t, filepath.Join(w.Folder, "plan"))

	var plan struct {
		PlannedValues   json.RawMessage `json:"planned_values"`
		ResourceChanges []struct {
			Name   string `json:"name"`
			Change struct {
				After struct {
					Callback map[string]any `json:"callback"`
				} `json:"after"`
				AfterSensitive struct {
					Callback map[string]any `json:"callback"`
				} `json:"after_sensitive"`
			} `json:"change"`
		} `json:"resource_changes"`
	}
	_, object, _ := strings.Cut(shown, "{") // The CLI may print warnings before the JSON.
	if err := json.Unmarshal([]byte("{"+object), &plan); err != nil {
		t.Fatal(err)
	}

	if len(plan.ResourceChanges) != 2 {
		t.Fatalf("got %d planned changes, want 2:\n%s", len(plan.ResourceChanges), shown)
	}

	for _, change := range plan.ResourceChanges {
		if mark := change.Change.AfterSensitive.Callback["headers"]; mark != true {
			t.Errorf("%s: got sensitivity %v for the headers, want true", change.Name, mark)
		}

		if value := change.Change.After.Callback["headers_wo"]; value != nil {
			t.Errorf("%s: the plan contains the write-only headers %v", change.Name, value)
		}
	}

	for name, text := range map[string]string{"the output": printed, "the plan as JSON": shown, "the plan file": file} {
		for _, secret := range []string{writeOnly, appKey, "eyJ"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s contains the secret %q", name, secret)
			}
		}
	}

	// Terraform itself stores the literal in the configuration and in the planned value, but must not print it.
	if strings.Contains(printed, literal) {
		t.Errorf("the literal header is printed:\n%s", printed)
	}
}
