package transport_test

import (
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

func TestParseBaseURL(t *testing.T) {
	t.Parallel()

	for raw, want := range map[string]string{
		"https://acme.eu-1.celonis.cloud":                     "https://acme.eu-1.celonis.cloud",
		"https://acme.eu-1.celonis.cloud/":                    "https://acme.eu-1.celonis.cloud",
		" https://acme.eu-1.celonis.cloud\n":                  "https://acme.eu-1.celonis.cloud", //nolint:gocritic // The whitespace is intentional.
		"acme.eu-1.celonis.cloud":                             "https://acme.eu-1.celonis.cloud",
		"HTTPS://Acme.EU-1.Celonis.Cloud":                     "https://acme.eu-1.celonis.cloud",
		"https://acme.eu-1.celonis.cloud/intelligence/api":    "https://acme.eu-1.celonis.cloud",
		"acme.eu-1.celonis.cloud/package-manager/ui/x?y=1#/z": "https://acme.eu-1.celonis.cloud",
		"https://acme.eu-1.celonis.cloud:443":                 "https://acme.eu-1.celonis.cloud",
		"https://acme.eu-1.celonis.cloud:8443":                "https://acme.eu-1.celonis.cloud:8443",
		"https://acme.eu-1.celonis.cloud.":                    "https://acme.eu-1.celonis.cloud",
		"http://localhost:8080":                               "http://localhost:8080",
		"http://localhost:80/x":                               "http://localhost",
		"\ufeffhttps://acme.eu-1.celonis.cloud\r\n":           "https://acme.eu-1.celonis.cloud",
		"https://acme.eu-1.celonis.cloud:0443":                "https://acme.eu-1.celonis.cloud",
		"https://team.localhost":                              "https://team.localhost",
		"https://keycloak:8443/realms/x":                      "https://keycloak:8443",
		"https://localhost":                                   "https://localhost",
		"https://10.0.0.7":                                    "https://10.0.0.7",
		"http://127.0.0.1:9":                                  "http://127.0.0.1:9",
		"http://[::1]:8080/":                                  "http://[::1]:8080",
		"https://celonis.internal_net.example":                "https://celonis.internal_net.example",
	} {
		if got, err := transport.ParseBaseURL(raw); err != nil || got != want {
			t.Errorf("%q: ParseBaseURL() = %q, %v, want %q", raw, got, err, want)
		}
	}
}

func TestParseBaseURLRejectsOtherAddresses(t *testing.T) {
	t.Parallel()

	for raw, part := range map[string]string{
		"":                               "empty",
		"  ":                             "empty",
		"https://":                       "no host",
		"http://acme.eu-1.celonis.cloud": "use https",
		"http://127.0.0.1.evil.example":  "use https",
		"http://localhost.evil.example":  "use https",
		"http://acme.localhost":          "use https",
		"http://acme.localhost:8080":     "use https",
		"http://127.1":                   "use https",
		"https://h.example:0":            "port",
		"https://h.example:65536":        "port",
		"ftp://acme.eu-1.celonis.cloud":  "not supported",
		"https://user:hunter2@acme.eu-1.celonis.cloud": "user information",
		"user:hunter2@acme.eu-1.celonis.cloud":         "user information",
		"https://acme eu-1.celonis.cloud":              "not a valid URL",
		"https://acme.eu-1.celonis.cloud:x":            "not a valid URL",
		"https://<team>.<cluster>.celonis.cloud":       "contains a placeholder",
		"https://….celonis.cloud":                      "contains a placeholder",
		"https://acme..celonis.cloud":                  "host name",
		"https://-acme.celonis.cloud":                  "host name",
		"https://hunter2:hunter2:hunter2":              "not a valid URL",
		"https://ac\x00me.celonis.cloud":               "not a valid URL",
	} {
		got, err := transport.ParseBaseURL(raw)
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q: ParseBaseURL() = %q, %v, want an error with %q", raw, got, err, part)
		}

		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error quotes the password: %v", raw, err)
		}
	}
}

func TestMistypedAddressIsRejectedWithASuggestion(t *testing.T) {
	t.Parallel()

	const meant = "Did you mean https://acme.eu-1.celonis.cloud?"

	for raw, want := range map[string]string{
		"https:/acme.eu-1.celonis.cloud":                                 meant,
		"https:acme.eu-1.celonis.cloud":                                  meant,
		"https:///acme.eu-1.celonis.cloud":                               meant,
		"https//acme.eu-1.celonis.cloud/x":                               meant,
		"https;//acme.eu-1.celonis.cloud":                                meant,
		`https:\\acme.eu-1.celonis.cloud`:                                meant,
		"htps://acme.eu-1.celonis.cloud":                                 meant,
		"hhtps://acme.eu-1.celonis.cloud":                                meant,
		"htttps://acme.eu-1.celonis.cloud":                               meant,
		"ttps://acme.eu-1.celonis.cloud":                                 meant,
		"ftp://acme.eu-1.celonis.cloud":                                  meant,
		"://acme.eu-1.celonis.cloud":                                     meant,
		"//acme.eu-1.celonis.cloud":                                      meant,
		"https://https://acme.eu-1.celonis.cloud":                        meant,
		"https://http://acme.eu-1.celonis.cloud":                         meant,
		"https://https:/acme.eu-1.celonis.cloud/ui?x":                    meant,
		"https://www.https://acme.eu-1.celonis.cloud":                    meant,
		"https://www.http://acme.eu-1.celonis.cloud":                     meant,
		"www.https://acme.eu-1.celonis.cloud/ui?x":                       meant,
		"https://www.https:/acme.eu-1.celonis.cloud":                     meant,
		"https://www.https//acme.eu-1.celonis.cloud":                     meant,
		"https://www.htps://acme.eu-1.celonis.cloud":                     meant,
		"https://acme.eu-1.celonis.cloudhttps://acme.eu-1.celonis.cloud": meant,
		"HTTPS://HTTPS://Acme.eu-1.celonis.cloud":                        meant,
		"http://acme.eu-1.celonis.cloud":                                 meant,
		"acme.eu-1":                                                      meant,
		"https://acme.eu-1/":                                             meant,
		"acme":                                                           "Did you mean https://acme.<cluster>.celonis.cloud?",
		"https://acme":                                                   "Did you mean https://acme.<cluster>.celonis.cloud?",
		"https://acme:443":                                               "not a complete host name",
		"acme.eu-1/?next=https://evil.example":                           "Did you mean https://acme.eu-1.celonis.cloud?",
		"https":                                                          "not a complete host name",
		"https://https":                                                  "not a complete host name",
		"https:8443/x":                                                   "host name",
	} {
		for name, parse := range map[string]func(string) (string, error){"base URL": transport.ParseBaseURL, "token URL": transport.ParseTokenURL} {
			got, err := parse(raw)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s %q: parse() = %q, %v, want an error with %q", name, raw, got, err, want)
			}
		}
	}

	for _, raw := range []string{
		"https:/user:hunter2@acme.eu-1.celonis.cloud", "user:hunter2", "htps://x:hunter2@acme", "https:/a?hunter2",
		"https://www.https://user:hunter2@acme.eu-1.celonis.cloud",
	} {
		if _, err := transport.ParseBaseURL(raw); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: error = %v, want no suggestion", raw, err)
		}
	}
}

func TestParseTokenURL(t *testing.T) {
	t.Parallel()

	for raw, want := range map[string]string{
		"https://acme.eu-1.celonis.cloud/oauth2/token":   "https://acme.eu-1.celonis.cloud/oauth2/token",
		"https://login.example:8443/realms/a%2Fb/token/": "https://login.example:8443/realms/a%2Fb/token/",
		"acme.eu-1.celonis.cloud":                        "https://acme.eu-1.celonis.cloud/oauth2/token",
		"acme.eu-1.celonis.cloud/#x":                     "https://acme.eu-1.celonis.cloud/oauth2/token",
	} {
		if got, err := transport.ParseTokenURL(raw); err != nil || got != want {
			t.Errorf("%q: ParseTokenURL() = %q, %v, want %q", raw, got, err, want)
		}
	}

	for _, raw := range []string{"", "http://login.example/token", "https://login.example/token?client_secret=x"} {
		if got, err := transport.ParseTokenURL(raw); err == nil {
			t.Errorf("%q: ParseTokenURL() = %q, want an error", raw, got)
		}
	}
}

func TestBaseURLFromTeamAndCluster(t *testing.T) {
	t.Parallel()

	if got, err := transport.BaseURL("Acme", "eu-1"); err != nil || got != "https://acme.eu-1.celonis.cloud" {
		t.Errorf("BaseURL() = %q, %v", got, err)
	}

	for _, parts := range [][2]string{
		{"", "eu-1"}, {"acme", ""}, {"acme.eu-1", "eu-1"}, {"acme", "eu-1.celonis.cloud"}, {"https://acme", "eu-1"}, {"a b", "eu-1"},
	} {
		if got, err := transport.BaseURL(parts[0], parts[1]); err == nil {
			t.Errorf("%q: BaseURL() = %q, want an error", parts, got)
		}
	}
}

func TestSplitBaseURL(t *testing.T) {
	t.Parallel()

	team, cluster, baseURL, err := transport.SplitBaseURL("Acme.eu-1.celonis.cloud/x")
	if err != nil || team != "acme" || cluster != "eu-1" || baseURL != "https://acme.eu-1.celonis.cloud" {
		t.Errorf("SplitBaseURL() = %q, %q, %q, %v", team, cluster, baseURL, err)
	}

	for _, raw := range []string{"https://acme.celonis.cloud", "a.b.c.celonis.cloud", "acme.eu-1.celonis.example", "http://localhost", ""} {
		if team, cluster, _, err := transport.SplitBaseURL(raw); err == nil {
			t.Errorf("%q: SplitBaseURL() = %q, %q, want an error", raw, team, cluster)
		}
	}
}
