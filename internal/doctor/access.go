package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// Status indicates whether an area works and, if not, why.
type Status string

// The statuses.
const (
	// StatusWorks means that the area can be read.
	StatusWorks Status = "works"
	// StatusSignIn means that Celonis rejected the credentials.
	StatusSignIn Status = "sign-in refused"
	// StatusScope means that the OAuth client, or its token, lacks a scope.
	StatusScope Status = "scope missing"
	// StatusPermission means that the credentials lack a permission in Celonis.
	StatusPermission Status = "permission missing"
	// StatusInactive means that the API is not activated for the team.
	StatusInactive Status = "not activated"
	// StatusMissing means that no API responded at the expected paths.
	StatusMissing Status = "not found"
	// StatusUnreachable means that no response arrived from the API.
	StatusUnreachable Status = "not reachable"
	// StatusLimited means that a rate limit or the daily quota was exceeded.
	StatusLimited Status = "rate limited"
	// StatusFailed means any other failure.
	StatusFailed Status = "failed"
	// StatusUnchecked means that the area was not checked, because an earlier failure would recur.
	StatusUnchecked Status = "not checked"
)

// AreaReport describes access to one area.
type AreaReport struct {
	Area   string `json:"area"`
	Status Status `json:"status"`
	// Cause describes the status in more detail.
	Cause string `json:"cause,omitempty"`
	// Counts contains the number of objects on the first page of each list.
	Counts []Count `json:"counts,omitempty"`
	// Request and Response describe the failed request, and Remedy describes how to fix the problem.
	Request  string `json:"request,omitempty"`
	Response string `json:"response,omitempty"`
	Remedy   string `json:"remedy,omitempty"`
}

// Count is the number of objects in a list.
type Count struct {
	What      string `json:"what"`
	FirstPage int    `json:"first_page"`
	// Total is the number of objects in the whole list, according to the service.
	Total *int `json:"total,omitempty"`
}

// access reads the first page of every list in each area, one area at a time. It stops after a failure that would affect every area.
func (e *examination) access(ctx context.Context) []AreaReport {
	var (
		reports []AreaReport
		stopped bool
	)

	for _, area := range e.areas {
		if stopped {
			reports = append(reports, AreaReport{Area: area.Name, Status: StatusUnchecked})

			continue
		}

		pages, err := e.team.Client.FirstPages(ctx, area.Area)
		e.pages[area.Name], e.position = e.team.Watch.since(e.position)

		if err == nil {
			e.works[area.Name] = true

			report := AreaReport{Area: area.Name, Status: StatusWorks}
			for _, page := range pages {
				count := Count{What: page.What, FirstPage: page.Items}
				if page.Total >= page.Items {
					count.Total = &page.Total
				}

				report.Counts = append(report.Counts, count)
			}

			if area.Name == "knowledge-models" && pages[0].Items == 0 {
				report.Remedy = "The credentials cannot see any Knowledge Models. To read one, they need " + area.Area.Permission + "."
			}

			reports = append(reports, report)

			continue
		}

		failure := transport.AsError(ctx, err)
		reports = append(reports, e.failed(area, failure))
		stopped = isShared(failure)

		e.noteLimit(failure)
	}

	return e.blameScopes(reports)
}

// failed creates the report on an area that cannot be read. The report quotes only the status and the error code of the response, because the
// service's own text may mention a person.
func (e *examination) failed(area client.NamedArea, failure *transport.Error) AreaReport {
	if failure.Reason == transport.ReasonSignIn {
		failure.Scopes = e.notGranted(failure.Scopes)
	}

	report := AreaReport{Area: area.Name, Response: responseText(failure), Remedy: e.team.Advice(failure)}
	report.Status, report.Cause = statusOf(failure)

	if failure.Method != "" {
		report.Request = failure.Method + " " + failure.Path
	}

	if area.Area.Name == scim.Area.Name && failure.Note != "" {
		report.Response = e.pathsText()
	}

	return report
}

// pathsText describes the response at each path where the client looked for the SCIM API.
func (e *examination) pathsText() string {
	var texts []string

	for _, exchange := range e.pages["scim"] {
		path, isProbe := strings.CutSuffix(exchange.Path, "/ServiceProviderConfig")
		if !isProbe {
			continue
		}

		text := fmt.Sprintf("%s: status %d", path, exchange.Reply.Status)
		if index := slices.IndexFunc(texts, func(line string) bool { return strings.HasPrefix(line, path+":") }); index >= 0 {
			texts[index] = text // This is the same request, repeated with a new token.
		} else {
			texts = append(texts, text)
		}
	}

	return strings.Join(texts, "; ")
}

// statusOf classifies a failure.
func statusOf(failure *transport.Error) (status Status, cause string) {
	if lacking := lackingScopes(failure); len(lacking) > 0 {
		return StatusScope, "the token lacks " + strings.Join(lacking, " and ")
	}

	switch failure.Reason {
	case transport.ReasonSignIn:
		if strings.EqualFold(failure.Code, "invalid_scope") {
			return StatusScope, "the OAuth client is not registered for " + strings.Join(failure.Scopes, " or ")
		}

		return StatusSignIn, ""
	case transport.ReasonUnauthorized:
		return StatusSignIn, ""
	case transport.ReasonForbidden:
		return StatusPermission, ""
	case transport.ReasonNotActivated:
		return StatusInactive, "a 403 with an empty body"
	case scim.ReasonNoSCIM:
		return StatusMissing, "no SCIM API at the documented paths"
	case transport.ReasonRateLimited:
		return StatusLimited, ""
	case transport.ReasonHTML:
		return StatusUnreachable, "a web page instead of an API response"
	case transport.ReasonRedirect:
		return StatusUnreachable, "a redirect to another address"
	case transport.ReasonTimeout:
		return StatusUnreachable, "no response in time"
	case transport.ReasonProxy:
		return StatusUnreachable, "the proxy rejected the request"
	case transport.ReasonTLS:
		return StatusUnreachable, "TLS: " + string(failure.TLSProblem)
	case transport.ReasonNotLoopback:
		return StatusUnreachable, "plain http to another machine"
	case transport.ReasonConnection:
		if _, ok := errors.AsType[*net.DNSError](failure); ok {
			return StatusUnreachable, "the host name does not resolve"
		}

		return StatusUnreachable, "no connection"
	default:
		return StatusFailed, ""
	}
}

// lackingScopes returns the scopes that the area needs but the rejected token lacks.
func lackingScopes(failure *transport.Error) []string {
	isRefusal := failure.Status == http.StatusUnauthorized || failure.Status == http.StatusForbidden
	if !isRefusal || len(failure.Scopes) == 0 || failure.Reason == transport.ReasonSignIn {
		return nil
	}

	return slices.DeleteFunc(slices.Clone(failure.Area.Scopes), func(scope string) bool { return slices.Contains(failure.Scopes, scope) })
}

// isShared reports whether every other area would fail in the same way. The examination then stops, because repeated sign-ins with invalid
// credentials may lock the client, and further requests to an unreachable host are pointless.
func isShared(failure *transport.Error) bool {
	if failure.IsTokenRequest && failure.Reason != transport.ReasonSignIn {
		return true
	}

	switch failure.Reason {
	case transport.ReasonSignIn:
		isAboutClient := slices.Contains([]string{"invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"},
			strings.ToLower(failure.Code))

		return failure.Status == http.StatusUnauthorized || isAboutClient
	case transport.ReasonUnauthorized, transport.ReasonTLS, transport.ReasonProxy, transport.ReasonConnection, transport.ReasonNotLoopback,
		transport.ReasonRateLimited, transport.ReasonCanceled:
		return true
	default:
		return false
	}
}

// blameScopes corrects the reported cause of rejected sign-ins. If the token endpoint has issued a token for another area, the credentials
// are valid, so this area's scope must be missing. Celonis does not document token errors, so the response may not contain the cause.
func (e *examination) blameScopes(reports []AreaReport) []AreaReport {
	if len(e.works) == 0 || !e.team.Client.Credentials().CanMint() {
		return reports
	}

	for index, area := range e.areas {
		if report := &reports[index]; report.Status == StatusSignIn && strings.HasPrefix(report.Request, http.MethodPost) {
			report.Status = StatusScope
			report.Cause = "the OAuth client can get tokens for other areas, but not for " + strings.Join(e.notGranted(area.Area.Scopes), " and ")
		}
	}

	return reports
}

// notGranted returns the given scopes that no token has contained so far. If every given scope has been in a token, notGranted returns all
// the given scopes, because each of them may be the cause of the failure.
func (e *examination) notGranted(scopes []string) []string {
	granted := make(map[string]bool)

	for _, area := range e.areas {
		for _, exchange := range e.pages[area.Name] {
			body := objectOf(exchange.Reply.Body)
			if !exchange.IsToken || !body.has("access_token") {
				continue
			}

			found := strings.Fields(body.text("scope"))
			if len(found) == 0 && e.works[area.Name] {
				found = area.Area.Scopes
			}

			for _, scope := range found {
				granted[scope] = true
			}
		}
	}

	missing := slices.DeleteFunc(slices.Clone(scopes), func(scope string) bool { return granted[scope] })
	if len(missing) == 0 {
		return scopes
	}

	return missing
}

var plainCode = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// responseText describes a response without quoting the service's text, which may mention a person. The only exception is a plain error code,
// which is quoted.
func responseText(failure *transport.Error) string {
	switch failure.Reason {
	case transport.ReasonInvalidResponse, transport.ReasonTooLarge, transport.ReasonRedirect, transport.ReasonTimeout, transport.ReasonNotLoopback,
		transport.ReasonProxy, transport.ReasonNotSent, transport.ReasonTLS, transport.ReasonConnection, transport.ReasonCanceled:
		return failure.Response()
	case transport.ReasonHTML:
		return fmt.Sprintf("status %d, a web page", failure.Status)
	default:
		text := fmt.Sprintf("status %d", failure.Status)
		if plainCode.MatchString(failure.Code) {
			text += ", " + failure.Code
		}

		return text
	}
}
