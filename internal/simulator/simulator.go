// Package simulator is a Celonis team in one process: the OAuth token endpoint, the APIs below /intelligence/api, SCIM, and the reports on the
// team itself (members, sign-ins, permissions, audit logs). It is as strict as the documented service, injects faults on request and keeps a
// journal of all requests.
//
// New assembles the team from the packages below: oauth, intelligence, scim and team contain the state and the handlers of their APIs, and
// server implements what all APIs have in common. The packages of APIs do not import each other. To add an API, describe it as a server.Area in
// the package that it belongs to, and add the area in New.
package simulator

import (
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

// Simulator is one team. It is an [http.Handler] and safe for concurrent use. ServeHTTP may panic with [http.ErrAbortHandler], which makes
// net/http close the connection. The methods of the embedded parts control it.
type Simulator struct {
	*server.Server
	*oauth.TokenEndpoint
	*intelligence.KnowledgeModels
	*intelligence.SubscriptionService
	*scim.Directory

	opts Options
}

// These types let callers of a Simulator use faults and journal entries without importing the server package.
type (
	// Fault is an injected fault; see [server.Fault].
	Fault = server.Fault
	// Entry is one request in the journal; see [server.Entry].
	Entry = server.Entry
)

// New returns a team with the given options. The zero Options is a usable team. Invalid or contradictory options cause an error that lists
// all of them.
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

	// The generated subscriptions belong to the client that tests use.
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
