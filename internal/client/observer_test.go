package client_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

// recorder stores a transport's exchanges. Once it has allowed max requests, it rejects all further requests.
type recorder struct {
	mu        sync.Mutex
	max       int
	asks      int
	exchanges []transport.Exchange
}

var errEnough = errors.New("enough")

// Allow implements [transport.Observer].
func (r *recorder) Allow(transport.Exchange) error {
	r.mu.Lock()
	defer r.mu.Unlock()

	if r.asks++; r.asks > r.max {
		return errEnough
	}

	return nil
}

// Observe implements [transport.Observer].
func (r *recorder) Observe(exchange transport.Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.exchanges = append(r.exchanges, exchange)
}

func TestObserverSeesResponsesWithoutTokens(t *testing.T) {
	t.Parallel()

	options := simulator.Options{
		OAuth:   oauth.Options{RotateRefreshTokens: true},
		Reports: team.Options{Grants: []team.Grant{{SubjectName: "Ada", SubjectType: "USER", Actions: []string{"USE_PACKAGE"}}}},
	}
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		watch := &recorder{max: 100}
		celonis := env.Client(func(options *client.Options) {
			options.Observer = watch
			options.Credentials.Mode = transport.ModeRefreshToken
			options.Credentials.RefreshToken = transport.NewSecret(oauth.DefaultClient().RefreshTokens[0])
		})

		if _, err := celonis.FirstPages(t.Context(), client.AreaPermissions); err != nil {
			t.Fatal(err)
		}

		if len(watch.exchanges) != 2 || !watch.exchanges[0].IsToken || watch.exchanges[1].IsToken {
			t.Fatalf("observed = %+v", watch.exchanges)
		}

		token := string(watch.exchanges[0].Reply.Body)
		for _, text := range []string{`"access_token":"***"`, `"refresh_token":"***"`, `"scope":"authorization.permissions:read"`, `"expires_in":899`} {
			if !strings.Contains(token, text) {
				t.Errorf("the token response %[2]s lacks %[1]s", text, token)
			}
		}

		// The observer also receives the body of a streamed response.
		if body := string(watch.exchanges[1].Reply.Body); !strings.Contains(body, `"subjectName":"Ada"`) || watch.exchanges[1].Reply.Status != 200 {
			t.Errorf("second attempt = %+v", watch.exchanges[1])
		}

		if !celonis.SignInFacts().IsRotated {
			t.Error("IsRotated is false, although the refresh token was replaced")
		}
	})
}

func TestObserverPreventsRequests(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		watch := &recorder{max: 1}
		celonis := env.Client(func(options *client.Options) { options.Observer = watch })

		_, err := celonis.FirstPages(t.Context(), client.AreaTeamMembers)
		clienttest.WantError(t, err, transport.ReasonNotSent, "enough")

		if !errors.Is(err, errEnough) || watch.asks != 2 || len(env.Team.Journal()) != 1 {
			t.Errorf("error = %v after %d attempts and %d requests", err, watch.asks, len(env.Team.Journal()))
		}
	})
}

// The number of requests does not depend on the size of the team.
func TestFirstPagesSendOneRequestPerList(t *testing.T) {
	t.Parallel()

	options := simulator.DefaultTeam()
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		for area, want := range map[string]struct{ requests, items, total int }{
			"knowledge-models": {1, 50, 122}, "subscriptions": {1, 2, 2}, "scim": {3, 200, 453}, "team-members": {1, 200, 453},
			"login-history": {1, 200, 450}, "permissions": {1, 253, 253}, "audit-logs": {1, 200, 450},
		} {
			for _, named := range client.Areas() {
				if named.Name != area {
					continue
				}

				env.Team.ResetJournal()

				pages, err := celonis.FirstPages(t.Context(), named.Area)
				if err != nil {
					t.Fatal(err)
				}

				if pages[0].Items != want.items || pages[0].Total != want.total {
					t.Errorf("%s: pages = %+v", area, pages)
				}

				if count := len(env.Team.Journal()); count != want.requests+1 { // One request is for the token.
					t.Errorf("%s: %d requests, want the number of lists and a token request", area, count)
				}
			}
		}
	})
}
