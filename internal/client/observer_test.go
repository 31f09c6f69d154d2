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

// recorder keeps what a transport shows, and refuses the requests after a number of them.
type recorder struct {
	mu   sync.Mutex
	most int
	asks int
	seen []transport.Exchange
}

var errEnough = errors.New("enough")

// Allow implements [transport.Observer].
func (r *recorder) Allow(transport.Exchange) error {
	r.mu.Lock()
	defer r.mu.Unlock()

	if r.asks++; r.asks > r.most {
		return errEnough
	}

	return nil
}

// Observe implements [transport.Observer].
func (r *recorder) Observe(seen transport.Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.seen = append(r.seen, seen)
}

func TestObserverSeesResponsesWithoutTokens(t *testing.T) {
	t.Parallel()

	options := simulator.Options{
		OAuth:   oauth.Options{RotateRefreshTokens: true},
		Reports: team.Options{Grants: []team.Grant{{SubjectName: "Ada", SubjectType: "USER", Actions: []string{"USE_PACKAGE"}}}},
	}
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		watch := &recorder{most: 100}
		asked := env.Client(func(options *client.Options) {
			options.Observer = watch
			options.Credentials.Mode = transport.ModeRefreshToken
			options.Credentials.RefreshToken = transport.NewSecret(oauth.DefaultClient().RefreshTokens[0])
		})

		if _, err := asked.FirstPages(t.Context(), client.AreaPermissions); err != nil {
			t.Fatal(err)
		}

		if len(watch.seen) != 2 || !watch.seen[0].IsToken || watch.seen[1].IsToken {
			t.Fatalf("%+v", watch.seen)
		}

		token := string(watch.seen[0].Reply.Body)
		for _, text := range []string{`"access_token":"***"`, `"refresh_token":"***"`, `"scope":"authorization.permissions:read"`, `"expires_in":899`} {
			if !strings.Contains(token, text) {
				t.Errorf("%s is not in %s", text, token)
			}
		}

		// The body of a stream is shown, too.
		if body := string(watch.seen[1].Reply.Body); !strings.Contains(body, `"subjectName":"Ada"`) || watch.seen[1].Reply.Status != 200 {
			t.Errorf("%+v", watch.seen[1])
		}

		if !asked.SignInFacts().IsRotated {
			t.Error("the refresh token was replaced")
		}
	})
}

func TestObserverRefusesRequests(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		watch := &recorder{most: 1}
		asked := env.Client(func(options *client.Options) { options.Observer = watch })

		_, err := asked.FirstPages(t.Context(), client.AreaTeamMembers)
		clienttest.WantError(t, err, transport.ReasonNotSent, "enough")

		if !errors.Is(err, errEnough) || watch.asks != 2 || len(env.Team.Journal()) != 1 {
			t.Errorf("%v after %d attempts and %d requests", err, watch.asks, len(env.Team.Journal()))
		}
	})
}

// TestFirstPagesCostOneRequestPerList: whatever the size of the team.
func TestFirstPagesCostOneRequestPerList(t *testing.T) {
	t.Parallel()

	options := simulator.DefaultTeam()
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		asked := env.Client()

		for area, want := range map[string]struct{ requests, items, total int }{
			"knowledge-models": {1, 50, 122}, "subscriptions": {1, 2, 2}, "scim": {3, 200, 453}, "team-members": {1, 200, 453},
			"login-history": {1, 200, 450}, "permissions": {1, 253, 253}, "audit-logs": {1, 200, 450},
		} {
			for _, known := range client.Areas() {
				if known.Name != area {
					continue
				}

				env.Team.ResetJournal()

				pages, err := asked.FirstPages(t.Context(), known.Area)
				if err != nil {
					t.Fatal(err)
				}

				if pages[0].Items != want.items || pages[0].Total != want.total {
					t.Errorf("%s: %+v", area, pages)
				}

				if count := len(env.Team.Journal()); count != want.requests+1 { // And the token.
					t.Errorf("%s costs %d requests", area, count)
				}
			}
		}
	})
}
