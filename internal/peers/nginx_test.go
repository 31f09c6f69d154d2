package peers

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

// certificateFile contains the certificate of nginx's private certificate authority.
const certificateFile = "ca.pem"

// frontedTeam is a simulated team behind an nginx server.
type frontedTeam struct {
	clienttest.Env

	t       *testing.T
	address string
	// accessLog is the path of nginx's access log, and logged is the size that the log had when the test began. The test ignores
	// everything up to that size, because those lines describe requests from other tests.
	accessLog string
	logged    int64
}

// newFrontedTeam starts a team behind an nginx server. Only one test at a time may use each server.
func newFrontedTeam(t *testing.T, server string, options simulator.Options) frontedTeam {
	t.Helper()

	socket := pathOf(t, server+".sock")

	team, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}

	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}

	backend := &http.Server{Handler: team, ReadHeaderTimeout: 10 * time.Second}

	go func() { _ = backend.Serve(listener) }()

	t.Cleanup(func() { _ = backend.Close() }) // Close also removes the socket.

	fronted := frontedTeam{
		Env: clienttest.Env{T: t, Team: team}, t: t, address: addressOf(t, server), accessLog: pathOf(t, server+".access"),
	}
	if info, err := os.Stat(fronted.accessLog); err == nil {
		fronted.logged = info.Size()
	}

	return fronted
}

// client returns a client that reaches the team through nginx and trusts nginx's certificate authority.
func (f frontedTeam) client(change ...func(*client.Options)) *client.Client {
	f.t.Helper()

	fronted := func(options *client.Options) {
		options.BaseURL, options.CACertificate = f.address, contentOf(f.t, certificateFile)
	}

	return clienttest.NewClient(f.t, nil, append([]func(*client.Options){fronted}, change...)...)
}

// attributes returns a provider configuration for the team.
func (f frontedTeam) attributes() map[string]any {
	f.t.Helper()

	oauthClient := oauth.DefaultClient()

	return map[string]any{
		"base_url": f.address, "client_id": oauthClient.ID, "client_secret": oauthClient.Secret, "ca_certificate": contentOf(f.t, certificateFile),
	}
}

// createOnce concurrently creates the given number of users and the same number of subscriptions. It then checks that all objects exist
// and that the team received each create request exactly once. The team must be [simulator.DefaultTeam].
func (f frontedTeam) createOnce(celonis *client.Client, count int) {
	f.t.Helper()

	const modelID, triggerID = "order-to-cash.otc-km", "3f6c1a85-0b7d-4e92-9c48-7d5e2f1a6b03"

	names := make([]string, count)
	for index := range names {
		names[index] = fmt.Sprintf("object-%d", index)
	}

	users, subscriptions := len(f.Team.Users()), len(f.Team.Subscriptions())

	failed := clienttest.Parallel(count, names, func(name string) error {
		_, userErr := celonis.CreateUser(f.t.Context(), scim.NewUser{UserName: name + "@example.com", Role: "MEMBER"})
		_, subscriptionErr := celonis.CreateSubscription(f.t.Context(), client.SubscriptionSpec{
			KnowledgeModelID: modelID, TriggerID: triggerID, Name: name, CallbackURI: "https://hooks.example.com/" + name,
		})

		return errors.Join(userErr, subscriptionErr)
	})
	if len(failed) > 0 {
		f.t.Fatal(failed)
	}

	if got := len(f.Team.Users()) - users; got != count {
		f.t.Errorf("the team contains %d new users, want %d", got, count)
	}

	if got := len(f.Team.Subscriptions()) - subscriptions; got != count {
		f.t.Errorf("the team contains %d new subscriptions, want %d", got, count)
	}

	f.WantCount(count, http.MethodPost, "/scim/v2/Users")
	f.WantCount(count, http.MethodPost, clienttest.ModelsPath+"/"+modelID+"/triggers/"+triggerID+"/subscriptions")
}

// accessEntry is a line of nginx's access log.
type accessEntry struct {
	protocol, method, encoding string
	connection, status         int
	// number is the request's position among the requests of its connection, starting at 1.
	number int
}

var accessLine = regexp.MustCompile(`^(\S+) connection=(\d+) number=(\d+) (\S+) (\d+) encoding=(\S+) `)

// accesses waits until nginx's log contains at least the given number of requests, and returns the logged requests. The wait is necessary
// because nginx logs a request only after the response.
func (f frontedTeam) accesses(atLeast int) []accessEntry {
	f.t.Helper()

	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		content, err := os.ReadFile(f.accessLog)
		if err != nil {
			f.t.Fatal(err)
		}

		lines := strings.Split(strings.TrimSpace(string(content[f.logged:])), "\n")
		if len(lines) < atLeast && time.Now().Before(deadline) {
			continue
		}

		entries := make([]accessEntry, 0, len(lines))

		for _, line := range lines {
			found := accessLine.FindStringSubmatch(line)
			if found == nil {
				f.t.Fatalf("cannot parse the line %q in nginx's log", line)
			}

			number := func(index int) int {
				value, _ := strconv.Atoi(found[index]) // The expression matches only digits.

				return value
			}

			entries = append(entries, accessEntry{
				protocol: found[1], connection: number(2), number: number(3), method: found[4], status: number(5), encoding: found[6],
			})
		}

		return entries
	}
}

// TestEndedConnectionsLoseNoRequest sends many concurrent requests. nginx ends each connection after five requests: in HTTP/2 with a GOAWAY
// frame, and in HTTP/1.1 by closing the connection.
func TestEndedConnectionsLoseNoRequest(t *testing.T) {
	t.Parallel()

	for server, test := range map[string]struct {
		protocol     string
		isCompressed bool
	}{
		"http2": {"HTTP/2.0", true},
		"http1": {"HTTP/1.1", false},
	} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()

			const pages = 20

			options := simulator.DefaultTeam()
			options.SCIM.GeneratedUsers = 0
			options.Intelligence.KnowledgeModels = pages*client.DefaultPageSize - len(options.Intelligence.Models)
			team := newFrontedTeam(t, server, options)
			celonis := team.client()

			found, err := celonis.KnowledgeModels(t.Context())
			if err != nil || len(found) != pages*client.DefaultPageSize {
				t.Fatalf("%d Knowledge Models, error = %v, want %d", len(found), err, pages*client.DefaultPageSize)
			}

			team.createOnce(celonis, 20)
			team.WantRequests(3, pages)

			requests := len(team.Team.Journal())
			entries := team.accesses(requests)
			connections, compressed := make(map[int]bool), 0

			for _, entry := range entries {
				connections[entry.connection] = true

				if entry.encoding == "gzip" {
					compressed++
				}

				if entry.protocol != test.protocol || entry.number > 5 {
					t.Errorf("nginx logged %+v, want at most five requests per connection with %s", entry, test.protocol)
				}
			}

			if isCompressed := compressed >= pages; isCompressed != test.isCompressed {
				t.Errorf("nginx compressed %d responses", compressed)
			}

			if len(entries) != requests || len(connections) < requests/5 {
				t.Errorf("nginx logged %d requests over %d connections, but the team received %d", len(entries), len(connections), requests)
			}
		})
	}
}

func TestCertificateErrorStatesTheRemedy(t *testing.T) {
	t.Parallel()

	address := addressOf(t, "certificate")
	port := address[strings.LastIndex(address, ":"):]

	for name, test := range map[string]struct {
		address, certificate string
		parts                []string
	}{
		"untrusted authority": {address, "", []string{"not signed by a trusted authority", "set `ca_certificate`"}},
		"wrong host name": {
			"https://localhost" + port, contentOf(t, certificateFile), []string{"has a certificate for other host names", "`base_url`"},
		},
		"plain http": {"http://127.0.0.1" + port, "", []string{"plain HTTP request was sent to HTTPS port", "`base_url`"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			attributes := map[string]any{"base_url": test.address, "access_token": "hunter2-token"}
			if test.certificate != "" {
				attributes["ca_certificate"] = test.certificate
			}

			wantText(t, diagnosticsOf(t, attributes), append(test.parts, "What to do: "), "hunter2")
		})
	}
}

// limitedTeam starts a team with 60 pages of Knowledge Models behind an nginx server with a rate limit.
func limitedTeam(t *testing.T, server string) frontedTeam {
	t.Helper()

	options := simulator.DefaultTeam()
	options.SCIM.GeneratedUsers = 0
	options.Intelligence.KnowledgeModels = 60*limitedPageSize - len(options.Intelligence.Models)

	return newFrontedTeam(t, server, options)
}

const limitedPageSize = 10

// withSmallPages configures a client to read the team in 60 pages. If rate is 0, the client has no rate limit.
func withSmallPages(rate, retries int) func(*client.Options) {
	return func(options *client.Options) {
		options.PageSize, options.RequestsPerSecond, options.MaxRetries = limitedPageSize, rate, retries
	}
}

// refusals returns the number of requests that nginx rejected with the given status.
func refusals(entries []accessEntry, status int) int {
	count := 0

	for _, entry := range entries {
		if entry.status == status {
			count++
		}
	}

	return count
}

// TestRequestLimitOfNginx uses servers that allow 20 requests per second. The servers reject additional requests with nginx's web page,
// without a Retry-After header.
func TestRequestLimitOfNginx(t *testing.T) {
	t.Parallel()

	for server, test := range map[string]struct {
		status int
		reason transport.Reason
		parts  []string
	}{
		"limit429": {http.StatusTooManyRequests, transport.ReasonRateLimited, []string{"Retry later, or lower `requests_per_second`"}},
		"limit503": {http.StatusServiceUnavailable, transport.ReasonStatus, []string{"Retry later"}},
	} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()

			team := limitedTeam(t, server)

			// The client's default limit does not exceed the server's limit, so nginx must not reject any request.
			read := func(celonis *client.Client) {
				team.Team.ResetJournal()

				models, err := celonis.KnowledgeModels(t.Context())
				if err != nil || len(models) != 60*limitedPageSize {
					t.Errorf("%d Knowledge Models, error = %v", len(models), err)
				}

				team.WantRequests(1, 60)
			}

			read(team.client(withSmallPages(transport.DefaultRequestsPerSecond, 0)))

			if got := refusals(team.accesses(61), test.status); got != 0 {
				t.Errorf("nginx rejected %d requests, want none", got)
			}

			// Without a limit in the client, nginx rejects requests. The client must retry all of them.
			read(team.client(withSmallPages(0, transport.DefaultMaxRetries)))

			if got := refusals(team.accesses(123), test.status); got == 0 {
				t.Error("nginx did not reject any request")
			}

			before := len(team.accesses(0))

			team.createOnce(team.client(withSmallPages(0, transport.DefaultMaxRetries)), 20)

			if got := refusals(team.accesses(0)[before:], test.status); got == 0 {
				t.Error("nginx did not reject any create")
			}

			_, err := team.client(withSmallPages(0, 0)).KnowledgeModels(t.Context())
			clienttest.WantError(t, err, test.reason, fmt.Sprintf("status %d", test.status), "a web page titled")

			attributes := team.attributes()
			attributes["page_size"], attributes["requests_per_second"], attributes["max_retries"] = limitedPageSize, 0, 0

			text := diagnosticsOf(t, attributes)
			wantText(t, text, append(test.parts, fmt.Sprintf("status %d", test.status), "What to do: "), oauth.DefaultClient().Secret)

			if strings.Contains(text, "base_url") {
				t.Errorf("the diagnostic mentions base_url for a rate limit: %s", text)
			}
		})
	}
}
