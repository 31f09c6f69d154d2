// Package clienttest is the client's test harness: a simulated team, and clients that reach the team in fake time over in-memory connections.
// Only tests may import it.
package clienttest

import (
	"errors"
	"flag"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// Paths of the endpoints.
const (
	TokenPath         = "/oauth2/token"
	ModelsPath        = "/intelligence/api/knowledge-models"
	SubscriptionsPath = "/intelligence/api/subscriptions"
	// CreationPath is the path at which the subscriptions of [SubscriptionSpec] are created.
	CreationPath    = ModelsPath + "/order-to-cash.otc-km/triggers/blocked/subscriptions"
	SCIMPath        = "/scim/v2"
	UsersPath       = SCIMPath + "/Users"
	GroupsPath      = SCIMPath + "/Groups"
	MembersPath     = "/api/external/members"
	LoginEventsPath = "/api/external/authentication-events"
	PermissionsPath = "/api/authorization/external/permissions"
	AuditPath       = "/log/api/external/audit"
)

// SetRandomChecks sets the number of random cases per property test, unless the -rapid.checks flag is set. It parses the flags.
func SetRandomChecks(number int) {
	const name = "rapid.checks"

	isSet := false

	flag.Parse()
	flag.Visit(func(f *flag.Flag) { isSet = isSet || f.Name == name })

	if !isSet {
		_ = flag.Set(name, strconv.Itoa(number))
	}
}

// JSONType is the content type of most responses.
const JSONType = "application/json"

// Env is a simulated team and its network, in the fake time of a synctest bubble.
type Env struct {
	T       *testing.T
	Team    *simulator.Simulator
	Network *http.Transport
}

// InBubble runs the test function with a simulated team in a testing/synctest bubble, so that no wait takes real time. All goroutines must have ended
// when the test function returns.
func InBubble(t *testing.T, options simulator.Options, test func(t *testing.T, env Env)) {
	t.Helper()

	synctest.Test(t, func(t *testing.T) {
		team, err := simulator.New(options)
		if err != nil {
			t.Fatal(err)
		}

		server := team.ServePipe()
		network := &http.Transport{DialContext: server.DialContext, MaxIdleConnsPerHost: 100}

		defer func() {
			network.CloseIdleConnections()

			if err := server.Close(); err != nil {
				t.Error(err)
			}
		}()

		test(t, Env{T: t, Team: team, Network: network})
	})
}

// Client returns a client for the team. See [NewClient] for its options.
func (e Env) Client(change ...func(*client.Options)) *client.Client {
	e.T.Helper()

	return NewClient(e.T, e.Network, change...)
}

// NewClient returns a client that reaches http://localhost over the given network and signs in with the simulator's default OAuth client. The client
// has the provider's default limits, except that its request rate is not limited.
func NewClient(t *testing.T, network http.RoundTripper, change ...func(*client.Options)) *client.Client {
	t.Helper()

	options := client.Options{
		Options: transport.Options{
			BaseURL: "http://localhost", Credentials: Credentials(), Network: network,
			MaxConcurrentRequests: transport.DefaultMaxConcurrentRequests, RequestTimeout: transport.DefaultRequestTimeout,
			MaxRetries: transport.DefaultMaxRetries, MaxRetryWait: transport.DefaultMaxRetryWait,
			UserAgent: "test",
		},
		PageSize: client.DefaultPageSize,
	}
	for _, apply := range change {
		apply(&options)
	}

	made, err := client.New(options)
	if err != nil {
		t.Fatal(err)
	}

	return made
}

// Credentials returns the credentials of the simulator's default OAuth client.
func Credentials() transport.Credentials {
	oauthClient := oauth.DefaultClient()

	return transport.Credentials{Mode: transport.ModeOAuthClient, ClientID: oauthClient.ID, ClientSecret: transport.NewSecret(oauthClient.Secret)}
}

// WithMaxBody lowers the size limit for response bodies, because reaching the default would take too long.
func WithMaxBody(bytes int64) func(*client.Options) {
	return func(options *client.Options) { options.MaxBody = bytes }
}

// Respond makes the team return the given response to every request for a path.
func (e Env) Respond(path string, status int, contentType, body string) {
	e.Team.Inject(simulator.Fault{
		Path: path, Times: -1, Status: status, Body: body, Header: http.Header{"Content-Type": {contentType}},
	})
}

// WantRequests checks the number of token requests and the number of Knowledge Model list requests that the team has received.
func (e Env) WantRequests(tokens, lists int) {
	e.T.Helper()

	if got := e.Team.Count(http.MethodPost, TokenPath); got != tokens {
		e.T.Errorf("%d token requests, want %d", got, tokens)
	}

	if got := e.Team.Count(http.MethodGet, ModelsPath); got != lists {
		e.T.Errorf("%d list requests, want %d", got, lists)
	}
}

// WantCount checks how many requests with the given method and path the team has received.
func (e Env) WantCount(want int, method, path string) {
	e.T.Helper()

	if got := e.Team.Count(method, path); got != want {
		e.T.Errorf("%d requests for %s %s, want %d", got, method, path, want)
	}
}

// WantAtMost checks that the team has received at most the given number of requests with the given method and path.
func (e Env) WantAtMost(most int, method, path string) {
	e.T.Helper()

	if got := e.Team.Count(method, path); got > most {
		e.T.Errorf("%d requests for %s %s, want at most %d", got, method, path, most)
	}
}

// User returns the user with the given id, as stored in the team.
func (e Env) User(id string) scim.User {
	e.T.Helper()

	for _, user := range e.Team.Users() {
		if user.ID == id {
			return user
		}
	}

	e.T.Fatalf("the team has no user %s", id)

	return scim.User{}
}

// UserIDs returns the ids of the team's first users, sorted. The count argument is the number of users.
func (e Env) UserIDs(count int) []string {
	e.T.Helper()

	ids := make([]string, 0, count)
	for _, user := range e.Team.Users()[:count] {
		ids = append(ids, user.ID)
	}

	slices.Sort(ids)

	return ids
}

// Group returns the group with the given id, as stored in the team, but with its members sorted.
func (e Env) Group(id string) scim.Group {
	e.T.Helper()

	for _, group := range e.Team.Groups() {
		if group.ID == id {
			slices.Sort(group.Members)

			return group
		}
	}

	e.T.Fatalf("the team has no group %s", id)

	return scim.Group{}
}

// WantError checks that an error has the given reason, and that its text contains all of the given parts, but not the client secret. It returns
// the error for further checks.
func WantError(t *testing.T, err error, reason transport.Reason, parts ...string) *transport.Error {
	t.Helper()

	failure, ok := errors.AsType[*transport.Error](err)
	if !ok {
		t.Fatalf("error %v (%T), want a transport.Error with the reason %q", err, err, reason)
	}

	if failure.Reason != reason {
		t.Errorf("reason %q, want %q: %v", failure.Reason, reason, err)
	}

	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error lacks %q: %v", part, err)
		}
	}

	if strings.Contains(err.Error(), oauth.DefaultClient().Secret) {
		t.Errorf("the error contains the client secret: %v", err)
	}

	return failure
}

// Elapsed returns how long the work function takes in the bubble's fake time.
func Elapsed(work func()) time.Duration {
	start := time.Now()

	work()

	return time.Since(start)
}

// Parallel runs the work function for every item with the given number of workers, as Terraform does with its resources. It returns a map from each
// failed item to its error.
func Parallel(workers int, items []string, work func(item string) error) map[string]error {
	var (
		group  sync.WaitGroup
		lock   sync.Mutex
		failed = make(map[string]error)
		queue  = make(chan string)
	)

	for range workers {
		group.Go(func() {
			for item := range queue {
				if err := work(item); err != nil {
					lock.Lock()
					failed[item] = err
					lock.Unlock()
				}
			}
		})
	}

	for _, item := range items {
		queue <- item
	}

	close(queue)
	group.Wait()

	return failed
}
