package simulator_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

func TestContradictoryOptionsAreRefused(t *testing.T) {
	t.Parallel()

	client := func(c simulator.OAuthClient) simulator.Options {
		return simulator.Options{OAuth: simulator.OAuthOptions{Clients: []simulator.OAuthClient{c}}}
	}

	report := func(r simulator.ReportOptions) simulator.Options { return simulator.Options{Reports: r} }

	for want, opts := range map[string]simulator.Options{
		`Licence "XS" is not one of S, M, L, XL`:                                     {Server: simulator.ServerOptions{Licence: "XS"}},
		`PageSizeAboveMax "x" is not one of cap, cap-silently, refuse, honour`:       {Server: simulator.ServerOptions{PageSizeAboveMax: "x"}},
		`Total "x" is not one of all, page, absent`:                                  {Server: simulator.ServerOptions{Total: "x"}},
		`DataNesting "x" is not one of flat, one-array, row-arrays`:                  {Intelligence: simulator.IntelligenceOptions{DataNesting: "x"}},
		`KPIParameterNesting "x" is not one of flat, nested`:                         {Intelligence: simulator.IntelligenceOptions{KPIParameterNesting: "x"}},
		`RowsBeyondLimit "x" is not one of refuse, empty`:                            {Intelligence: simulator.IntelligenceOptions{RowsBeyondLimit: "x"}},
		`SpecFormat "x" is not one of json, yaml, yaml-as-json`:                      {Intelligence: simulator.IntelligenceOptions{SpecFormat: "x"}},
		"RowsPerRecord is negative":                                                  {Intelligence: simulator.IntelligenceOptions{RowsPerRecord: -1}},
		"RowLimit is negative":                                                       {Intelligence: simulator.IntelligenceOptions{RowLimit: -1}},
		`RateLimitReset "x" is not one of seconds, date-time`:                        {Server: simulator.ServerOptions{RateLimitReset: "x"}},
		`TokenErrors "x" is not one of oauth, problem, text, empty`:                  {OAuth: simulator.OAuthOptions{TokenErrors: "x"}},
		`Errors "x" is not one of problem, frontend`:                                 {Server: simulator.ServerOptions{Errors: "x"}},
		`the unknown API "x"; known are knowledge-models, subscriptions, scim, team`: {Server: simulator.ServerOptions{APIsOff: []string{"x"}}},
		"KnowledgeModels is negative":                                                {Intelligence: simulator.IntelligenceOptions{KnowledgeModels: -1}},
		"MaxPageSize is negative":                                                    {Server: simulator.ServerOptions{MaxPageSize: -1}},
		"RequestsPerSecond is negative":                                              {Server: simulator.ServerOptions{RequestsPerSecond: -1}},
		"RequestsPerDay is negative":                                                 {Server: simulator.ServerOptions{RequestsPerDay: -1}},
		"MaxConcurrent is negative":                                                  {Server: simulator.ServerOptions{MaxConcurrent: -1}},
		"TokenLifetime is negative":                                                  {OAuth: simulator.OAuthOptions{TokenLifetime: -time.Second}},
		"Latency is negative":                                                        {Server: simulator.ServerOptions{Latency: -time.Second}},
		`client "" has no id`:                                                        client(simulator.OAuthClient{Secret: "s"}),
		`client "c" has authentication methods but no secret`: client(
			simulator.OAuthClient{ID: "c", AuthMethods: []string{"client_secret_post"}}),
		`client "c" has the unknown authentication method "x"`: client(
			simulator.OAuthClient{ID: "c", Secret: "s", AuthMethods: []string{"x"}}),
		`client "c" is there twice`: {OAuth: simulator.OAuthOptions{Clients: []simulator.OAuthClient{{ID: "c"}, {ID: "c"}}}},
		`client "a:b" has a colon`: {
			OAuth: simulator.OAuthOptions{RawBasicCredentials: true, Clients: []simulator.OAuthClient{{ID: "a:b", Secret: "s"}}},
		},
		`NoContent "x" is not one of 204, 200`:                      report(simulator.ReportOptions{NoContent: "x"}),
		`IncludeInternal "x" is not one of required, optional`:      report(simulator.ReportOptions{IncludeInternal: "x"}),
		`LoginTimes "x" is not one of without-zone, with-zone, any`: report(simulator.ReportOptions{LoginTimes: "x"}),
		`AuditTimes "x" is not one of with-zone, without-zone, any`: report(simulator.ReportOptions{AuditTimes: "x"}),
		`Bounds "x" is not one of half-open, closed, open`:          report(simulator.ReportOptions{Bounds: "x"}),
		`Order "x" is not one of newest-first, oldest-first, none`:  report(simulator.ReportOptions{Order: "x"}),
		`AuditV1 "x" is not one of present, not-found, html, bare`:  report(simulator.ReportOptions{AuditV1: "x"}),
		`AuditV2 "x" is not one of present, not-found, html, bare`:  report(simulator.ReportOptions{AuditV2: "x"}),
		`AuditV2Times "x" is not one of refuse, ignore, honour`:     report(simulator.ReportOptions{AuditV2Times: "x"}),
		`LastToken "x" is not one of absent, empty, null`:           report(simulator.ReportOptions{LastToken: "x"}),
		"Members is negative":              report(simulator.ReportOptions{Members: -1}),
		"Reports.MaxPageSize is above 200": report(simulator.ReportOptions{MaxPageSize: 201}),
		"AuditV2MaxLimit is above 500":     report(simulator.ReportOptions{AuditV2MaxLimit: 501}),
		`a sign-in of "ada@example.com" has no time`: report(
			simulator.ReportOptions{Logins: []simulator.LoginEvent{{Email: "ada@example.com"}}}),
		`an audit event "TEAM_UPDATED" has no time`: report(
			simulator.ReportOptions{Audits: []simulator.AuditEvent{{Event: "TEAM_UPDATED"}}}),
		"ApplicationKeys holds a key that is empty": {OAuth: simulator.OAuthOptions{ApplicationKeys: []simulator.Key{{}}}},
		"UserKeys holds a key that is empty":        {OAuth: simulator.OAuthOptions{UserKeys: []simulator.Key{{Value: "a b"}}}},
		`"p.km" is there twice`: {Intelligence: simulator.IntelligenceOptions{Models: []simulator.KnowledgeModel{
			model("p", "km", "A"), model("p", "km", "B"),
		}}},
		"lacks a package key, key or name": {Intelligence: simulator.IntelligenceOptions{Models: []simulator.KnowledgeModel{model("p", "km", "")}}},
	} {
		_, err := simulator.New(opts)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestAllMistakesAreNamedAtOnce(t *testing.T) {
	t.Parallel()

	_, err := simulator.New(simulator.Options{Server: simulator.ServerOptions{Licence: "XS", Total: "x", MaxConcurrent: -1}})
	for _, want := range []string{"Licence", "Total", "MaxConcurrent"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %s", err, want)
		}
	}
}

func TestNoClientsAndKeysWhenTheListsAreEmpty(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{
		OAuth: simulator.OAuthOptions{Clients: []simulator.OAuthClient{}, ApplicationKeys: []simulator.Key{}, UserKeys: []simulator.Key{}},
	})

	tm.get(listPath).want(http.StatusUnauthorized)
	tm.do(http.MethodGet, listPath, "", "Authorization", "AppKey "+simulator.DefaultApplicationKey().Value).
		want(http.StatusUnauthorized)
	tm.askAsDefault("grant_type", "client_credentials", "scope", kmScope).want(http.StatusUnauthorized)
}
