// Package simulator simulates a Celonis team in one process: the OAuth token endpoint, the APIs below /intelligence/api, the SCIM API, and
// the team reports (members, sign-ins, permissions, audit logs). The simulator checks requests as strictly as the vendor documents, injects
// faults on request and records all requests in a journal.
//
// New assembles the team from the subpackages. The oauth, intelligence, scim and team packages contain the state and the handlers of their
// APIs. The server package implements the parts that all APIs share. The API packages do not import each other. To add an API, describe it as
// a server.Area in the appropriate package and add the area in New.
package simulator

import (
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

// Simulator is a simulated team. It is an [http.Handler] and is safe for concurrent use. ServeHTTP may panic with [http.ErrAbortHandler],
// which makes net/http close the connection. The methods of the embedded types control the team.
type Simulator struct {
	*server.Server
	*oauth.TokenEndpoint
	*intelligence.KnowledgeModels
	*intelligence.SubscriptionService
	*scim.Directory

	opts Options
}

// With these types, callers of a Simulator can use faults and journal entries without importing the server package.
type (
	// Fault describes an injected failure; see [server.Fault].
	Fault = server.Fault
	// Entry is a request in the journal; see [server.Entry].
	Entry = server.Entry
)

// New returns a team with the given options. The zero value of Options describes a usable team. If options are invalid or contradict each
// other, the error lists all problems.
func New(opts Options) (*Simulator, error) {
	opts, optsErr := opts.withDefaults()
	if optsErr != nil {
		return nil, optsErr
	}

	tokens := oauth.New(opts.OAuth, opts.Now, opts.Server.ErrorsAsJSON)

	models, err := intelligence.NewKnowledgeModels(opts.Intelligence, opts.Seed)
	if err != nil {
		return nil, err
	}

	// The owner of the generated subscriptions is the client that tests use.
	env := intelligence.SubscriptionEnvironment{
		Seed: opts.Seed, Now: opts.Now, Licensed: opts.Server.MaxSubscriptions(), Owner: oauth.DefaultClient().Name,
	}

	subscriptions, err := intelligence.NewSubscriptions(opts.Subscriptions, models, env)
	if err != nil {
		return nil, err
	}

	users, err := scim.New(opts.SCIM, opts.Seed, opts.Now, clientIDs(opts.OAuth.Clients))
	if err != nil {
		return nil, err
	}

	areas := []server.Area{models.Area(), subscriptions.Area(), users.Area()}
	areas = append(areas, team.New(opts.Reports, directory{users}, opts.Seed, opts.Now)...)

	server, err := server.New(opts.Server, opts.Now, tokens, areas...)
	if err != nil {
		return nil, err
	}

	return &Simulator{
		opts: opts, Server: server, TokenEndpoint: tokens, KnowledgeModels: models, SubscriptionService: subscriptions, Directory: users,
	}, nil
}

// Options returns the options of the team, including defaults.
func (s *Simulator) Options() Options { return s.opts }

func clientIDs(clients []oauth.Client) []string {
	ids := make([]string, len(clients))
	for i, client := range clients {
		ids[i] = client.ID
	}

	return ids
}
