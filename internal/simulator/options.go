package simulator

import (
	"errors"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

// Options describe the team to simulate. The zero value describes a usable team without Knowledge Models. Each part of the team has its own
// options. Where the vendor's pages contradict each other or leave something open, an option selects the simulator's behaviour.
type Options struct {
	// Seed is the seed for the generated objects and for the order of unsorted lists. The same seed always generates the same team.
	Seed uint64
	// Now is the clock of the whole team. If it is nil, the clock is [time.Now]. Delays always use real timers.
	Now func() time.Time

	// Server contains the options that apply to all APIs: licence, limits, pages and errors.
	Server server.Options
	// OAuth describes the credentials and the token endpoint.
	OAuth oauth.Options
	// Intelligence describes the Knowledge Models.
	Intelligence intelligence.Options
	// Subscriptions describes the event subscriptions and their behaviour.
	Subscriptions intelligence.SubscriptionOptions
	// SCIM describes the team's users and groups.
	SCIM scim.Options
	// Reports describes the team reports.
	Reports team.Options
}

// withDefaults sets defaults and returns an error that lists all invalid options.
func (o Options) withDefaults() (Options, error) {
	if o.Now == nil {
		o.Now = time.Now
	}

	err := errors.Join(
		o.Server.SetDefaults(),
		o.OAuth.SetDefaults(),
		o.Intelligence.SetDefaults(),
		o.Subscriptions.SetDefaults(),
		o.SCIM.SetDefaults(),
		o.Reports.SetDefaults(),
	)

	return o, err
}
