// Package doctor examines a team. It determines which API areas the credentials can read, and how the service behaves where the vendor's
// documentation leaves a question open. It sends only read requests, at most [MaxRequests] of them regardless of the size of the team.
//
// Each file calls only functions in the files below it:
//
//	doctor.go               an examination: access first, then the readings
//	text.go, team_file.go   the report as text; its readings as a team file
//	access.go               whether one area works and, if not, why
//	sign_in.go, knowledge_models.go, subscriptions.go, scim.go, reports.go  the readings of each API
//	readings.go             the readings and their observed values
//	responses.go            functions for a single response
//	watch.go                permits only reads, enforces the limit, and records the responses
package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// Team is the team to examine.
type Team struct {
	Client *client.Client
	// Watch observes the client's requests.
	Watch *Watch
	// SignIn describes the client's credentials.
	SignIn string
	// Advice returns the remedy for a failure.
	Advice func(failure *transport.Error) string
}

// Report is the outcome of an examination. It contains neither secrets nor the names or addresses of people.
type Report struct {
	// Team is the address of the team.
	Team string `json:"team"`
	// SignIn describes the credentials in use.
	SignIn string `json:"sign_in"`
	// Notes contains remarks on the sign-in.
	Notes []string `json:"notes,omitempty"`
	// Requests is the number of requests, including token requests and retries.
	Requests int `json:"requests"`
	// Areas contains one report for each requested area.
	Areas []AreaReport `json:"areas"`
	// Readings contains all readings, whether or not the behaviour was observed.
	Readings []Reading `json:"readings"`
}

// Works reports whether all requested areas work.
func (r Report) Works() bool {
	return !slices.ContainsFunc(r.Areas, func(area AreaReport) bool { return area.Status != StatusWorks })
}

// AreaNames returns the names of all areas.
func AreaNames() []string {
	var names []string
	for _, area := range client.Areas() {
		names = append(names, area.Name)
	}

	return names
}

// ParseAreas parses a comma-separated list of areas. An empty list means all areas.
func ParseAreas(list string) ([]string, error) {
	if strings.TrimSpace(list) == "" {
		return AreaNames(), nil
	}

	var names []string

	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if !slices.Contains(AreaNames(), name) {
			return nil, fmt.Errorf("%q is not an area; the areas are %s", name, strings.Join(AreaNames(), ", "))
		}

		names = append(names, name)
	}

	return names, nil
}

// examination is the state of one run.
type examination struct {
	team Team
	// The areas field contains the requested areas, and the works field records which of them work.
	areas []client.NamedArea
	works map[string]bool
	// pages contains, for each area, the exchanges for the first page of each list.
	pages    map[string][]transport.Exchange
	readings map[string]*Reading
	// position is the index of the first exchange that has not been examined.
	position int
	// limited is the failure of a request that exceeded a limit. After such a failure, the examination sends no further requests, because they
	// would also fail.
	limited *transport.Error

	people people
}

// Examine first checks access to the given areas of a team, because access matters most, and then observes how the team behaves.
func Examine(ctx context.Context, team Team, names []string) Report {
	e := &examination{
		team: team, works: map[string]bool{}, pages: map[string][]transport.Exchange{}, readings: map[string]*Reading{},
	}

	for _, area := range client.Areas() {
		if slices.Contains(names, area.Name) {
			e.areas = append(e.areas, area)
		}
	}

	report := Report{Team: team.Client.BaseURL(), SignIn: team.SignIn, Areas: e.access(ctx)}

	e.readSignIn(ctx)
	e.readKnowledgeModels(ctx)
	e.readSubscriptions()
	e.readSCIM(ctx)
	e.readReports(ctx)
	e.readInactive(report.Areas)
	e.readEverything()

	report.Readings, report.Requests = e.result(), team.Watch.Requests()

	if team.Client.Credentials().Mode == transport.ModeRefreshToken {
		report.Notes = append(report.Notes, e.refreshTokenNote())
	}

	return report
}

// refreshTokenNote returns a note on whether the refresh token can be used again.
func (e *examination) refreshTokenNote() string {
	if e.team.Client.SignInFacts().IsRotated {
		return "Celonis replaced the refresh token during this run, so the configured token may no longer work. Get a new refresh token " +
			"before the next run. The replacement is neither shown nor stored."
	}

	return "This run used the refresh token. Celonis returned no new token, but may have invalidated the old one."
}

// response is the outcome of one request.
type response struct {
	transport.Exchange

	// failure is nil if the request succeeded.
	failure *transport.Error
}

// send sends a request. It returns a response whether or not the request succeeds.
func (e *examination) send(ctx context.Context, req transport.Request) response {
	if e.limited != nil {
		return response{failure: e.limited}
	}

	return e.responseOf(ctx, e.team.Client.Send(ctx, req, paging.Ignore))
}

// responseOf returns the response to the last API request, and the error that the client returned for it.
func (e *examination) responseOf(ctx context.Context, err error) response {
	var (
		resp      response
		exchanges []transport.Exchange
	)

	exchanges, e.position = e.team.Watch.since(e.position)

	if err != nil {
		resp.failure = transport.AsError(ctx, err)
		resp.Reply.Status = resp.failure.Status
		e.noteLimit(resp.failure)
	}

	for _, exchange := range slices.Backward(exchanges) {
		if !exchange.IsToken {
			resp.Exchange = exchange

			break
		}
	}

	return resp
}

func (e *examination) noteLimit(failure *transport.Error) {
	if failure.Reason == transport.ReasonRateLimited {
		e.limited = failure
	}
}
