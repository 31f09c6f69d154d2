package peers

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// scripts/peers.sh sets these credentials for the proxy that requires authentication.
const proxyAccount, proxyPassword = "ada", "hunter2-of-the-proxy"

// proxiedClient returns a client that reaches the team through a proxy, and the client's log. The client does not retry requests. value is
// the value of HTTPS_PROXY.
func proxiedClient(t *testing.T, team frontedTeam, value string) (*client.Client, *lockedBuffer) {
	t.Helper()

	logger, log := newLog()

	return team.client(func(options *client.Options) {
		options.Logger, options.MaxRetries = logger, 0
		options.Environment = func(name string) string { return map[string]string{"HTTPS_PROXY": value}[name] }
	}), log
}

// proxyRequests returns the number of lines in a proxy's log that contain a string.
func proxyRequests(t *testing.T, proxy, text string) int {
	t.Helper()

	return strings.Count(contentOf(t, proxy+".log"), text)
}

// TestProxyBehaviour is a single test, because its parts share a team and read the same proxy logs.
func TestProxyBehaviour(t *testing.T) {
	options := simulator.Options{}
	options.Intelligence.KnowledgeModels = 1 // An empty list would cause a warning.
	team := newFrontedTeam(t, "proxied", options)

	for _, test := range []struct{ name, account, proxy string }{
		{"without password", "", "open-proxy"},
		{"with password", proxyAccount + ":" + proxyPassword + "@", "password-proxy"},
		{"with password, percent-encoded", proxyAccount + ":hunter2%2Dof%2dthe-proxy@", "password-proxy"},
	} {
		t.Run(test.name, func(t *testing.T) {
			team.Team.ResetJournal()

			before := proxyRequests(t, test.proxy, "CONNECT 0.0.0.0:")
			celonis, log := proxiedClient(t, team, "http://"+test.account+addressOf(t, test.proxy))

			for range 3 {
				if _, err := celonis.Filters(t.Context(), "package.model"); err != nil && !strings.Contains(err.Error(), "KM_MODEL_NOTFOUND") {
					t.Fatal(err)
				}
			}

			if got := proxyRequests(t, test.proxy, "CONNECT 0.0.0.0:") - before; got != 1 {
				t.Errorf("the proxy opened %d tunnels, want 1 for all requests", got)
			}

			wantText(t, log.String(), nil, proxyPassword)
		})
	}

	for _, test := range []struct {
		name, account, proxy, address string
		status                        int
		parts                         []string
	}{
		{
			"wrong password", proxyAccount + ":hunter2-wrong@", "password-proxy", "", http.StatusUnauthorized,
			[]string{"401 Unauthorized; the user name and password came from HTTPS_PROXY", "Set the proxy's user name and password"},
		},
		{
			"no password", "", "password-proxy", "", http.StatusProxyAuthRequired,
			[]string{"407 Proxy Authentication Required; no user name and password were sent", "Set the proxy's user name and password"},
		},
		{
			"port that the proxy forbids", "", "open-proxy", "https://0.0.0.0:9", http.StatusForbidden,
			[]string{"403 Forbidden", "Ask whoever operates the proxy to allow connections to this host"},
		},
		{
			"server that the proxy cannot reach", "", "open-proxy", "https://0.0.0.0:1", http.StatusInternalServerError,
			[]string{"500", "ask whoever operates the proxy whether it can reach this host"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			team := team // Some parts of the test change the address.
			team.Team.ResetJournal()

			if test.address != "" {
				team.address = test.address
			}

			value := "http://" + test.account + addressOf(t, test.proxy)
			celonis, log := proxiedClient(t, team, value)

			_, err := celonis.KnowledgeModels(t.Context())

			failure := clienttest.WantError(t, err, transport.ReasonProxy)
			if failure.ProxyStatus != test.status || failure.Proxy != addressOf(t, test.proxy) {
				t.Errorf("proxy = %s, status = %d, want %d", failure.Proxy, failure.ProxyStatus, test.status)
			}

			t.Setenv("HTTPS_PROXY", value)

			attributes := team.attributes()
			attributes["max_retries"] = 0
			parts := slices.Concat(test.parts, []string{"the proxy " + addressOf(t, test.proxy) + " refused to connect to " + team.address[len("https://"):]})
			wantText(t, diagnosticsOf(t, attributes)+log.String()+err.Error(), parts, "hunter2")

			if got := len(team.Team.Journal()); got != 0 {
				t.Errorf("the team received %d requests, want none", got)
			}
		})
	}

	t.Run("untrusted authority", func(t *testing.T) {
		t.Setenv("HTTPS_PROXY", "http://"+addressOf(t, "open-proxy"))

		attributes := team.attributes()
		delete(attributes, "ca_certificate")
		wantText(t, diagnosticsOf(t, attributes), []string{"not signed by a trusted authority", "set `ca_certificate`"})
	})

	t.Run("host in NO_PROXY", func(t *testing.T) {
		t.Setenv("HTTPS_PROXY", "http://"+proxyAccount+":hunter2-wrong@"+addressOf(t, "password-proxy"))
		t.Setenv("NO_PROXY", "0.0.0.0")

		if text := diagnosticsOf(t, team.attributes()); text != "" {
			t.Error(text)
		}
	})
}
