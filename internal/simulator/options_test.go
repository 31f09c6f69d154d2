package simulator_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
	simteam "github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

func TestInvalidOptionsAreRejected(t *testing.T) {
	t.Parallel()

	client := func(c oauth.Client) simulator.Options {
		return simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{c}}}
	}

	report := func(r simteam.Options) simulator.Options { return simulator.Options{Reports: r} }

	for want, opts := range map[string]simulator.Options{
		`Licence "XS" is not one of S, M, L, XL`:                                              {Server: server.Options{Licence: "XS"}},
		`PageSizeAboveMax "x" is not one of cap, cap-silently, refuse, honour`:                {Server: server.Options{PageSizeAboveMax: "x"}},
		`Total "x" is not one of all, page, absent`:                                           {Server: server.Options{Total: "x"}},
		`DataNesting "x" is not one of flat, one-array, row-arrays`:                           {Intelligence: intelligence.Options{DataNesting: "x"}},
		`KPIParameterNesting "x" is not one of flat, nested`:                                  {Intelligence: intelligence.Options{KPIParameterNesting: "x"}},
		`RowsBeyondLimit "x" is not one of refuse, empty`:                                     {Intelligence: intelligence.Options{RowsBeyondLimit: "x"}},
		`SpecFormat "x" is not one of json, yaml, yaml-as-json`:                               {Intelligence: intelligence.Options{SpecFormat: "x"}},
		"RowsPerRecord must not be negative":                                                  {Intelligence: intelligence.Options{RowsPerRecord: -1}},
		"RowLimit must not be negative":                                                       {Intelligence: intelligence.Options{RowLimit: -1}},
		`RateLimitReset "x" is not one of seconds, date-time`:                                 {Server: server.Options{RateLimitReset: "x"}},
		`TokenErrors "x" is not one of oauth, problem, text, empty`:                           {OAuth: oauth.Options{TokenErrors: "x"}},
		`Errors "x" is not one of problem, frontend`:                                          {Server: server.Options{Errors: "x"}},
		`the unknown API "x"; the known APIs are knowledge-models, subscriptions, scim, team`: {Server: server.Options{InactiveAPIs: []string{"x"}}},
		"KnowledgeModels must not be negative":                                                {Intelligence: intelligence.Options{KnowledgeModels: -1}},
		"MaxPageSize must not be negative":                                                    {Server: server.Options{MaxPageSize: -1}},
		"RequestsPerSecond must not be negative":                                              {Server: server.Options{RequestsPerSecond: -1}},
		"RequestsPerDay must not be negative":                                                 {Server: server.Options{RequestsPerDay: -1}},
		"MaxConcurrent must not be negative":                                                  {Server: server.Options{MaxConcurrent: -1}},
		"TokenLifetime must not be negative":                                                  {OAuth: oauth.Options{TokenLifetime: -time.Second}},
		"Latency must not be negative":                                                        {Server: server.Options{Latency: -time.Second}},
		`client "" has no id`:                                                                 client(oauth.Client{Secret: "s"}),
		`client "c" has authentication methods but no secret`: client(
			oauth.Client{ID: "c", AuthMethods: []string{"client_secret_post"}}),
		`client "c" has the unknown authentication method "x"`: client(
			oauth.Client{ID: "c", Secret: "s", AuthMethods: []string{"x"}}),
		`client "c" is defined twice`: {OAuth: oauth.Options{Clients: []oauth.Client{{ID: "c"}, {ID: "c"}}}},
		`client "a:b" has a colon`: {
			OAuth: oauth.Options{RawBasicCredentials: true, Clients: []oauth.Client{{ID: "a:b", Secret: "s"}}},
		},
		`NoContent "x" is not one of 204, 200`:                      report(simteam.Options{NoContent: "x"}),
		`IncludeInternal "x" is not one of required, optional`:      report(simteam.Options{IncludeInternal: "x"}),
		`LoginTimes "x" is not one of without-zone, with-zone, any`: report(simteam.Options{LoginTimes: "x"}),
		`AuditTimes "x" is not one of with-zone, without-zone, any`: report(simteam.Options{AuditTimes: "x"}),
		`Bounds "x" is not one of half-open, closed, open`:          report(simteam.Options{Bounds: "x"}),
		`Order "x" is not one of newest-first, oldest-first, none`:  report(simteam.Options{Order: "x"}),
		`AuditV1 "x" is not one of present, not-found, html, bare`:  report(simteam.Options{AuditV1: "x"}),
		`AuditV2 "x" is not one of present, not-found, html, bare`:  report(simteam.Options{AuditV2: "x"}),
		`AuditV2Times "x" is not one of refuse, ignore, honour`:     report(simteam.Options{AuditV2Times: "x"}),
		`LastToken "x" is not one of absent, empty, null`:           report(simteam.Options{LastToken: "x"}),
		"Members must not be negative":                              report(simteam.Options{Members: -1}),
		"Reports.MaxPageSize must be at most 200":                   report(simteam.Options{MaxPageSize: 201}),
		"AuditV2MaxLimit must be at most 500":                       report(simteam.Options{AuditV2MaxLimit: 501}),
		`a sign-in by "ada@example.com" has no timestamp`: report(
			simteam.Options{Logins: []simteam.LoginEvent{{Email: "ada@example.com"}}}),
		`an audit event of type "TEAM_UPDATED" has no timestamp`: report(
			simteam.Options{Audits: []simteam.AuditEvent{{Event: "TEAM_UPDATED"}}}),
		"ApplicationKeys contains a key that is empty": {OAuth: oauth.Options{ApplicationKeys: []oauth.Key{{}}}},
		"UserKeys contains a key that is empty":        {OAuth: oauth.Options{UserKeys: []oauth.Key{{Value: "a b"}}}},
		`"p.km" is defined twice`: {Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{
			simulatortest.Model("p", "km", "A"), simulatortest.Model("p", "km", "B"),
		}}},
		"lacks a package key, key or name": {Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{simulatortest.Model("p", "km", "")}}},
	} {
		_, err := simulator.New(opts)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %q", err, want)
		}
	}
}

func TestErrorListsAllInvalidOptions(t *testing.T) {
	t.Parallel()

	_, err := simulator.New(simulator.Options{Server: server.Options{Licence: "XS", Total: "x", MaxConcurrent: -1}})
	for _, want := range []string{"Licence", "Total", "MaxConcurrent"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, which does not contain %s", err, want)
		}
	}
}

func TestEmptyListsDefineNoClientsAndKeys(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{
		OAuth: oauth.Options{Clients: []oauth.Client{}, ApplicationKeys: []oauth.Key{}, UserKeys: []oauth.Key{}},
	})

	tm.Get(simulatortest.ModelsPath).Want(http.StatusUnauthorized)
	tm.Do(http.MethodGet, simulatortest.ModelsPath, "", "Authorization", "AppKey "+oauth.DefaultApplicationKey().Value).
		Want(http.StatusUnauthorized)
	tm.AskAsDefault("grant_type", "client_credentials", "scope", simulatortest.ModelsScope).Want(http.StatusUnauthorized)
}
