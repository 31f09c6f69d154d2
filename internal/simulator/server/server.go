// Package server implements the common part of a simulated team's APIs. It finds the operation for a request, checks credentials, scopes and
// parameters, applies limits, injects faults, keeps the journal, and writes pages and errors. The package contains no code for individual APIs;
// other packages describe each API as an Area.
package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Server responds to every request that a team receives. It is an [http.Handler] and is safe for concurrent use. ServeHTTP may panic with
// [http.ErrAbortHandler], which makes net/http close the connection.
type Server struct {
	opts    Options
	now     func() time.Time
	journal journal
	faults  faults
	limits  *limits
	tokens  TokenEndpoint
	areas   []Area

	randomFaults *randomFaults
}

// TokenEndpoint issues access tokens and checks credentials. The package that implements it imports this package, so New
// takes the token endpoint as an argument.
type TokenEndpoint interface {
	// Authenticate returns the sender of an API request. It returns ErrUnauthorized or ErrMalformedCredential if the request has no valid
	// credential.
	Authenticate(r *http.Request) (Identity, error)
	// ParseForm reads the body of a token request.
	ParseForm(contentType string, body []byte) TokenForm
	// Serve responds to a token request.
	Serve(r *http.Request, form TokenForm) Response
	// ExpireTokens invalidates every access token issued so far.
	ExpireTokens()
}

// tokenPath is the path of the token endpoint (developer.celonis.com/celonis-apis/auth). The vendor does not document the endpoint's errors, so
// the simulator's errors follow RFC 6749 section 5.2.
const tokenPath = "/oauth2/token"

// TokenForm is the body of a token request.
type TokenForm struct {
	Values  url.Values
	Problem string // the reason why the body is invalid; empty = valid
}

// New returns the server of a team with the given areas. The options must be valid.
func New(opts Options, now func() time.Time, tokens TokenEndpoint, areas ...Area) (*Server, error) {
	s := &Server{
		opts: opts, now: now, limits: newLimits(opts), tokens: tokens, areas: areas, randomFaults: newRandomFaults(opts.Faults),
	}

	for _, name := range opts.InactiveAPIs {
		if !slices.ContainsFunc(areas, func(a Area) bool { return a.Name == name }) {
			return nil, fmt.Errorf("%w: InactiveAPIs contains the unknown API %q; the known APIs are %s",
				ErrOptions, name, strings.Join(s.areaNames(), ", "))
		}
	}

	return s, nil
}

// Area is one API of the team.
type Area struct {
	Name   string // the name in Options.InactiveAPIs
	Prefix string // the path prefix; the API also responds to unknown paths below it
	Scope  string // the scope that access tokens must have
	// Service is the service permission that all of the area's operations require, as in Client.Services. If Service is empty,
	// the operations require no service permission.
	Service string
	Errors  ErrorShape // the area's error format; empty = problem JSON. Options.Errors takes precedence
	// PlainErrors sends the area's errors as application/json, as Options.ErrorsAsJSON does for all areas.
	PlainErrors bool
	Routes      []Route
	// Elsewhere is a function that handles paths outside all areas. It returns false for a path that it does not
	// handle. If Elsewhere is nil, the area handles only its own paths.
	Elsewhere func(path string) (Response, bool)
}

// Route is one operation of an API.
type Route struct {
	Method  string
	Pattern string   // a path in which whole segments may be variables: /intelligence/api/knowledge-models/{km_id}
	Query   []string // the supported query parameters; the suffix MayRepeat marks repeatable parameters
	Serve   func(c *Call) Response
	Pages   bool // whether the route returns pages, to which list faults apply
}

// Call is an API request that has passed authentication, routing and the checks that all operations share.
type Call struct {
	Opts        *Options
	area        Area
	Vars        map[string]string // the pattern's variables, unescaped
	Query       url.Values
	Header      http.Header
	Origin      string // the team's scheme and host, as used by the client
	ContentType string
	Body        []byte
	Identity    Identity
	Fault       Fault
	Happened    *Fault // the part of the fault that took effect; see exchange
}

// Fail returns the response for a failure, in the error format that applies to the area.
func (c *Call) Fail(f Failure) Response {
	shape := c.Opts.Errors
	if shape == ErrorProblem && c.area.Errors != "" {
		shape = c.area.Errors
	}

	return f.Response(shape, c.Opts.ErrorsAsJSON || c.area.PlainErrors)
}

func (s *Server) areaNames() []string {
	names := make([]string, len(s.areas))
	for i, a := range s.areas {
		names[i] = a.Name
	}

	return names
}

// isAPI reports whether a path belongs to an API rather than to the web application.
func (s *Server) isAPI(path string) bool {
	return s.areaOf(path).Prefix != ""
}

// areaOf returns the area that responds to a path, even if none of the area's operations matches. If the prefixes of several areas match,
// areaOf returns the area with the longest prefix, or the first of the areas that share this prefix.
func (s *Server) areaOf(path string) Area {
	var found Area

	for _, a := range s.areas {
		if (path == a.Prefix || strings.HasPrefix(path, a.Prefix+"/")) && len(a.Prefix) > len(found.Prefix) {
			found = a
		}
	}

	return found
}

// originOf returns the scheme and host that the client used to reach the team.
func originOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}

	return "http://" + r.Host
}

// serveAPI serves a request for a path below an API's prefix.
func (s *Server) serveAPI(x *exchange) Response {
	c := &Call{
		Opts: &s.opts, area: s.areaOf(x.r.URL.EscapedPath()), Header: x.r.Header, Origin: originOf(x.r),
		ContentType: x.r.Header.Get("Content-Type"), Body: x.body, Fault: x.fault, Happened: &x.happened,
	}

	identity, err := s.tokens.Authenticate(x.r)
	if err != nil {
		return Unauthorized(err, s.opts.ErrorsAsJSON)
	}

	c.Identity = identity

	operation, methods := s.find(x.r, c)
	if len(methods) > 0 {
		return c.Fail(Failure{
			Status: http.StatusMethodNotAllowed,
			Detail: "The path does not support this method.",
		}).With("Allow", strings.Join(methods, ", "))
	}

	if operation == nil {
		return c.Fail(PathNotFound())
	}

	if slices.Contains(s.opts.InactiveAPIs, c.area.Name) {
		return Response{Status: http.StatusForbidden}
	}

	if !identity.HasScope(c.area.Scope) || !identity.mayCall(c.area.Service) {
		return c.Fail(AccessDenied())
	}

	if problem := c.checkRequest(x.r, operation); problem != nil {
		return c.Fail(*problem)
	}

	return operation.Serve(c)
}

func (s *Server) returnsPages(r *http.Request) bool {
	operation, _ := s.find(r, &Call{})

	return operation != nil && operation.Pages
}

// find returns the operation for a request and sets the call's area and variables. If the path supports only other methods, find returns the
// supported methods.
func (s *Server) find(r *http.Request, c *Call) (*Route, []string) {
	var methods []string

	for _, a := range s.areas {
		for i := range a.Routes {
			vars, ok := matchPattern(a.Routes[i].Pattern, r.URL.EscapedPath())
			if !ok {
				continue
			}

			if a.Routes[i].Method == r.Method {
				c.area, c.Vars = a, vars

				return &a.Routes[i], nil
			}

			c.area = a
			methods = append(methods, a.Routes[i].Method)
		}
	}

	return nil, methods
}

// matchPattern compares a path with a pattern and returns the variables. It compares escaped segments, so an escaped slash in an id does
// not split the segment.
func matchPattern(pattern, escapedPath string) (map[string]string, bool) {
	want := strings.Split(pattern, "/")
	segments := strings.Split(escapedPath, "/")

	if len(want) != len(segments) {
		return nil, false
	}

	vars := map[string]string{}

	for i, segment := range want {
		name, variable := strings.CutPrefix(segment, "{")
		if !variable {
			if segment != segments[i] {
				return nil, false
			}

			continue
		}

		value, err := url.PathUnescape(segments[i])
		if err != nil || value == "" {
			return nil, false
		}

		vars[strings.TrimSuffix(name, "}")] = value
	}

	return vars, true
}

// checkRequest performs the checks that all operations share. It rejects unknown and repeated query parameters, so that misspelled names
// cause an error. The vendor does not document this behaviour.
func (c *Call) checkRequest(r *http.Request, operation *Route) *Failure {
	if r.Method == http.MethodGet && len(c.Body) > 0 {
		return &Failure{
			Status: http.StatusBadRequest,
			Code:   CodeIllegal,
			Detail: "A GET request must not have a body.",
		}
	}

	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return &Failure{
			Status: http.StatusBadRequest,
			Code:   CodeIllegal,
			Detail: "The query string is malformed.",
		}
	}

	for name, values := range query {
		once := slices.Contains(operation.Query, name) && len(values) == 1

		if strings.HasSuffix(name, MayRepeat) || !once && !slices.Contains(operation.Query, name+MayRepeat) {
			return &Failure{
				Status:    http.StatusBadRequest,
				Code:      CodeIllegal,
				Detail:    fmt.Sprintf("The parameter %q is unknown or repeated.", name),
				Attribute: name,
			}
		}
	}

	c.Query = query

	return nil
}

// MayRepeat is the suffix that marks a query parameter in a Route as repeatable.
const MayRepeat = "*"

// serveElsewhere returns the response for a path that does not belong to any API.
func (s *Server) serveElsewhere(path string) Response {
	for _, a := range s.areas {
		if a.Elsewhere == nil {
			continue
		}

		if reply, ok := a.Elsewhere(path); ok {
			return reply
		}
	}

	return HTMLResponse(http.StatusNotFound, "Page not found")
}
