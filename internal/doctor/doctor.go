// Package doctor examines a team: which API areas the credentials can read, and how the service behaves where the vendor's documentation
// leaves a question open. It sends nothing but reads, and at most [MaxRequests] requests, whatever the size of the team.
//
// Files call only downwards, in this order:
//
//	doctor.go               an examination: access first, then the readings
//	text.go, team_file.go   the report as text; its readings as a team file
//	access.go               one area: works, or why not
//	sign_in.go, knowledge_models.go, subscriptions.go, scim.go, reports.go  the readings of each API
//	readings.go             what the readings are, and what is known of them
//	responses.go            questions about one response
//	watch.go                the only-reads rule, the limit, and the memory of responses
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
	// Watch is the observer that the client was made with.
	Watch *Watch
	// SignIn states which credentials the client uses.
	SignIn string
	// Advice returns what to do about a failure.
	Advice func(failure *transport.Error) string
}

// Report is the outcome of an examination. It holds no secrets, names or addresses of persons.
type Report struct {
	// Team is the address of the team.
	Team string `json:"team"`
	// SignIn states which credentials were used.
	SignIn string `json:"sign_in"`
	// Notes are about the sign-in.
	Notes []string `json:"notes,omitempty"`
	// Requests is the number of requests, token requests and retries included.
	Requests int `json:"requests"`
	// Areas are the requested areas.
	Areas []AreaReport `json:"areas"`
	// Readings are all readings, seen or not.
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

// ParseAreas reads a list of areas that is separated by commas. An empty list stands for all areas.
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

// examination is one run.
type examination struct {
	team Team
	// areas are the requested areas, and works holds those that work.
	areas []client.NamedArea
	works map[string]bool
	// pages holds the exchanges of the first pages of an area.
	pages    map[string][]transport.Exchange
	readings map[string]*Reading
	// position is that of the exchanges that were looked at so far.
	position int
	// limited is the failure of a request that was over a limit. No further request is sent: each would be rejected, too.
	limited *transport.Error

	people people
}

// Examine examines the areas of a team: all access first, since it matters most, then the readings.
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

// refreshTokenNote states what has become of the refresh token.
func (e *examination) refreshTokenNote() string {
	if e.team.Client.SignInFacts().IsRotated {
		return "Celonis has replaced the refresh token during this examination: the configured one may no longer work. Get a new one before the " +
			"next run. The new token is not shown, and is lost now."
	}

	return "This examination has used the refresh token. Celonis returned no other one, but may have invalidated it all the same."
}

// response is the outcome of one request.
type response struct {
	transport.Exchange

	// failure is nil if the request succeeded.
	failure *transport.Error
}

// send sends a request. Every outcome is a response, whatever its status.
func (e *examination) send(ctx context.Context, req transport.Request) response {
	if e.limited != nil {
		return response{failure: e.limited}
	}

	return e.responseOf(ctx, e.team.Client.Send(ctx, req, paging.Ignore))
}

// responseOf returns the response to the last request to an API, and the failure that the client has made of it.
func (e *examination) responseOf(ctx context.Context, err error) response {
	var (
		resp response
		seen []transport.Exchange
	)

	seen, e.position = e.team.Watch.since(e.position)

	if err != nil {
		resp.failure = transport.AsError(ctx, err)
		resp.Reply.Status = resp.failure.Status
		e.noteLimit(resp.failure)
	}

	for _, exchange := range slices.Backward(seen) {
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
