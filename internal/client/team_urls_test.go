package client_test

import (
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

func TestEndpointsAreBelowTheOriginOfAnyLink(t *testing.T) {
	t.Parallel()

	want := client.Endpoints{
		Token: "https://acme.eu-1.celonis.cloud/oauth2/token", Authorize: "https://acme.eu-1.celonis.cloud/oauth2/authorize",
		IntelligenceAPI:     "https://acme.eu-1.celonis.cloud/intelligence/api",
		OpenIDConfiguration: "https://acme.eu-1.celonis.cloud/.well-known/openid-configuration",
	}

	for _, link := range []string{"https://acme.eu-1.celonis.cloud", "Acme.eu-1.celonis.cloud/package-manager/ui?x=1#y"} {
		if got, err := client.EndpointsOf(link); err != nil || got != want {
			t.Errorf("%s: EndpointsOf() = %+v, %v", link, got, err)
		}
	}
}

func TestMCPServerURLEscapesTheAssetID(t *testing.T) {
	t.Parallel()

	const base = "https://acme.eu-1.celonis.cloud"

	for id, want := range map[string]string{
		"3f1c-9":  base + "/studio-copilot/api/v1/mcp-servers/mcp/3f1c-9",
		"a?b#c%d": base + "/studio-copilot/api/v1/mcp-servers/mcp/a%3Fb%23c%25d",
	} {
		if got, err := client.MCPServerURL(base, id); err != nil || got != want {
			t.Errorf("%s: MCPServerURL() = %s, %v", id, got, err)
		}
	}

	for _, id := range []string{"", " ", "a b", "..", ".", "a/b", "<asset id>", "https://acme.eu-1.celonis.cloud/studio-copilot/x"} {
		if got, err := client.MCPServerURL(base, id); err == nil {
			t.Errorf("MCPServerURL accepted the asset id %q: %s", id, got)
		}
	}
}

func TestDataPoolIDIsReadFromTheLink(t *testing.T) {
	t.Parallel()

	const base = "https://acme.eu-1.celonis.cloud"

	for link, want := range map[string]string{
		"https://celigo.us-1.celonis.cloud/data-pool/pool-abc123":   "https://celigo.us-1.celonis.cloud pool-abc123",
		base + "/data-pool/pool-abc123/":                            base + " pool-abc123",
		"acme.eu-1.celonis.cloud/data-pool/1":                       base + " 1",
		base + "/integration/ui/pools/7b0c/data-models/8d?tab=load": base + " 7b0c",
		base + "/integration/ui/#/pools/7b0c?x=/pools/8":            base + " 7b0c",
		base + "/data-pool/a%20b":                                   "",
		base + "/data-pool/<id>":                                    "",
		base + "/data-pool/":                                        "",
		base + "/data-pool":                                         "",
		base:                                                        "",
		base + "/package-manager/ui/pool-abc123":                    "",
		"http://acme.eu-1.celonis.cloud/data-pool/1":                "",
		"https://u:p4ssw0rd@acme.eu-1.celonis.cloud/data-pool/1":    "",
	} {
		baseURL, id, err := client.ParseDataPoolURL(link)

		switch {
		case want == "" && err == nil:
			t.Errorf("ParseDataPoolURL accepted %s: %s %s", link, baseURL, id)
		case want == "" && strings.Contains(err.Error(), "p4ssw0rd"):
			t.Errorf("the error quotes a password: %v", err)
		case want != "" && (err != nil || baseURL+" "+id != want):
			t.Errorf("%s: ParseDataPoolURL() = %s, %s, %v", link, baseURL, id, err)
		}
	}
}
