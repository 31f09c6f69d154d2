package provider

import (
	"regexp"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

// TestAccLiteralSecretsAreNeverPrinted runs the CLI on configurations with a mistake near a literal secret, because the CLI prints the
// configuration lines that an error refers to. Such configurations are typical of first attempts, and pipelines log the CLI's output.
func TestAccLiteralSecretsAreNeverPrinted(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
	subscription := func(callback string) string {
		return `resource "celonis_subscription" "this" {
			knowledge_model_id = "order-to-cash.otc-km"
			trigger_id         = "trigger-1"
			name               = "Orders"
			callback           = {
` + callback + `
			}
		}`
	}
	oneLine := func(callback string) string {
		return `resource "celonis_subscription" "this" {
			knowledge_model_id = "order-to-cash.otc-km"
			trigger_id         = "trigger-1"
			name               = "Orders"
			callback           = ` + callback + `
		}`
	}
	provider := func(arguments string) string {
		return `provider "celonis" {
` + arguments + `
		}
		data "celonis_knowledge_models" "this" {}`
	}

	for name, test := range map[string]struct{ configuration, message string }{
		"app_key with a space":    {provider(`app_key = "hunter2 half"`), `(?s)Invalid value for app_key.*contains whitespace`},
		"api_key with its scheme": {provider(`api_key = "Bearer hunter2"`), `(?s)Invalid value for api_key.*the word Bearer`},
		"access_token in quotes":  {provider(`access_token = "\"hunter2\""`), `(?s)Invalid value for access_token.*quotation marks`},
		"client_secret with two lines": {
			provider(`
				client_id     = "id"
				client_secret = "hunter2\nhunter2"`),
			`(?s)Invalid value for client_secret.*line break`,
		},
		"blank refresh_token": {
			provider(`
				client_id     = "id"
				refresh_token = trimprefix("hunter2", "hunter2")`), `(?s)Invalid value for refresh_token.*must not be empty`,
		},
		"two sign-in methods": {
			provider(`
				app_key = "hunter2-a"
				api_key = "hunter2-b"`),
			`(?s)Multiple sign-in methods configured.*app_key.*api_key`,
		},
		"empty client_secret": {provider(`
				client_id     = "id"
				client_secret = replace("hunter2", "hunter2", "")`), `(?s)client_secret.*must not be empty`},
		"password in base_url":  {provider(`base_url = "https://hunter2:hunter2@acme.eu-1.celonis.cloud"`), `(?s)base_url.*user information`},
		"password in token_url": {provider(`token_url = "https://u:hunter2@acme.eu-1.celonis.cloud"`), `(?s)token_url.*user information`},
		"private key in ca_certificate": {
			provider("ca_certificate = <<-EOT\n-----BEGIN PRIVATE KEY-----\nhunter2hunter2hu\n-----END PRIVATE KEY-----\nEOT\n"),
			`(?s)Invalid value for ca_certificate.*is of type "PRIVATE KEY", not a certificate`,
		},
		"token without client_id": {echoed(`client_secret = "hunter2"`), `(?s)Invalid Attribute Combination.*client_id.*client_secret`},
		"token with a wrong secret": {echoed(`
				client_id     = "id"
				client_secret = "AppKey hunter2"`), `(?s)Invalid value for client_secret.*the word AppKey`},
		"token with a wrong refresh token": {echoed(`
				client_id     = "id"
				refresh_token = "Authorization: Bearer hunter2"`), `(?s)Invalid value for refresh_token.*Authorization`},
		"header that is not allowed": {
			subscription(`
				uri     = "https://example.com"
				headers = { "X-Key" = "hunter2" }`),
			`(?s)Invalid header for the callback.*callback.headers.*allowed\s+headers`,
		},
		"header with name and value swapped": {
			subscription(`
				uri     = "https://example.com"
				headers = { "hunter2-value" = "Authorization" }`), `(?s)Invalid header for the callback.*allowed\s+headers`,
		},
		"header with a line break": {
			subscription(`
				uri     = "https://example.com"
				headers = { "Authorization" = "hunter2\n" }`), `(?s)Invalid header for the callback.*Authorization`,
		},
		"write-only headers without a version": {
			subscription(`
				uri        = "https://example.com"
				headers_wo = { "Authorization" = "hunter2" }`), `(?s)Missing headers_wo_version.*cannot.*headers_wo_version = 1`,
		},
		"version with stored headers": {
			subscription(`
				uri                = "https://example.com"
				headers            = { "Authorization" = "hunter2" }
				headers_wo_version = 1`), `(?s)Invalid Attribute Combination.*headers_wo`,
		},
		"both kinds of headers": {
			subscription(`
				uri                = "https://example.com"
				headers            = { "Authorization" = "hunter2" }
				headers_wo         = { "Authorization" = "hunter2" }
				headers_wo_version = 1`), `(?s)Invalid Attribute Combination.*headers`,
		},
		"version on the same line": {
			oneLine(`{ uri = "https://example.com", headers = { "Authorization" = "hunter2" }, headers_wo_version = 1 }`),
			`(?s)Invalid Attribute Combination.*headers_wo`,
		},
		"address on the same line": {
			oneLine(`{ uri = "https://example.com/#x", headers = { "Authorization" = "hunter2" } }`), `(?s)Invalid value for callback.uri.*fragment`,
		},
		"header on the same line": {
			oneLine(`{ uri = "https://example.com", headers = { "Cookie" = "hunter2" } }`), `(?s)Invalid header for the callback.*"Cookie"`,
		},
		"callback that is not a URL": {
			subscription(`
				uri     = "http://example.com"
				headers = { "Authorization" = "hunter2" }`), `(?s)Invalid value for callback.uri.*https`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			w := newWorkspace(t, env, strings.ReplaceAll(test.configuration, `provider "echo" { data = ephemeral.celonis_oauth_token.this }
		resource "echo" "this" {}`, ""))

			output, err := w.run("validate")
			if err == nil { // The provider checks some values only at plan time.
				output, err = w.run("plan")
			}

			if err == nil {
				t.Fatalf("the configuration is valid:\n%s", output)
			}

			if strings.Contains(output, "hunter2") {
				t.Errorf("the secret is printed:\n%s", output)
			}

			if !regexp.MustCompile(test.message).MatchString(words(output)) {
				t.Errorf("the output does not match %q:\n%s", test.message, output)
			}
		})
	}

	if len(team.Journal()) > 0 {
		t.Error("validation sent requests")
	}
}
