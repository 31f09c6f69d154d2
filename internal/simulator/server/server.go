// Package server implements what all APIs of a simulated team have in common: it finds the operation for a request, checks credentials, scopes
// and parameters, applies limits, injects faults, keeps the journal, and writes pages and errors. It is independent of the APIs: each is an
// Area, which another package describes.
package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Server responds to every request that a team receives. It is an [http.Handler] and safe for concurrent use. ServeHTTP may panic with
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

// TokenEndpoint issues access tokens and recognises credentials. Its implementation depends on this package, so it is passed to New.
type TokenEndpoint interface {
	// Authenticate returns the sender of an API request. Its errors are ErrUnauthorized and ErrMalformedCredential.
	Authenticate(r *http.Request) (Identity, error)
	// ParseForm reads the body of a token request.
	ParseForm(contentType string, body []byte) TokenForm
	// Serve responds to a token request.
	Serve(r *http.Request, form TokenForm) Response
	// ExpireTokens rejects every access token issued so far.
	ExpireTokens()
}

// tokenPath is the path of the token endpoint (developer.celonis.com/celonis-apis/auth). Its errors are not documented: they follow RFC 6749
// section 5.2.
const tokenPath = "/oauth2/token"

// TokenForm is the body of a token request.
type TokenForm struct {
	Values  url.Values
	Problem string // why the body could not be read
}

// New returns a server for the areas of a team. The options must be valid.
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
	Prefix string // the API also responds to unknown paths below it
	Scope  string // required of an access token
	// service is the permission that the caller needs on the whole area, as in Client.Services; empty = none.
	Service string
	Errors  ErrorShape // the area's own format of errors; empty = problem JSON. Options.Errors takes precedence
	// PlainErrors sends the area's errors as application/json, as Options.ErrorsAsJSON does for all areas.
	PlainErrors bool
	Routes      []Route
	// Elsewhere handles a path that belongs to no area, and returns false if the path does not concern this area; nil = no such path does.
	Elsewhere func(path string) (Response, bool)
}

// Route is one operation of an API.
type Route struct {
	Method  string
	Pattern string   // a path with variables for whole segments: /intelligence/api/knowledge-models/{km_id}
	Query   []string // the supported query parameters; those that may be repeated end in mayRepeat
	Serve   func(c *Call) Response
	Pages   bool // it returns pages, which faults about lists alter
}

// Call is one API request that has passed authentication, routing and the checks that all operations share.
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
	Happened    *Fault // the effect of the fault; see exchange
}

// Fail returns the response for a failure, in the applicable format.
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

// areaOf returns the area that responds to a path, even if none of its operations matches: the area with the longest prefix, or the first of
// several areas with that prefix.
func (s *Server) areaOf(path string) Area {
	var found Area

	for _, a := range s.areas {
		if (path == a.Prefix || strings.HasPrefix(path, a.Prefix+"/")) && len(a.Prefix) > len(found.Prefix) {
			found = a
		}
	}

	return found
}

// originOf returns the scheme and host with which the client reached the team.
func originOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}

	return "http://" + r.Host
}

// serveAPI executes a request below an API's prefix.
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
			Detail: "The method is not supported here.",
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

// returnsPages reports whether the request is for an operation that returns pages.
func (s *Server) returnsPages(r *http.Request) bool {
	operation, _ := s.find(r, &Call{})

	return operation != nil && operation.Pages
}

// find finds the operation for a request and sets the call's area and variables. For a path that exists only with other methods, it returns
// those methods.
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

// matchPattern compares segments, so that an escaped slash in an id stays in its segment.
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

// checkRequest performs the checks that all operations share. It rejects unknown and repeated query parameters, so that clients notice
// misspelled names; the vendor does not document this.
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

// MayRepeat marks query parameters of a route.
const MayRepeat = "*"

// serveElsewhere responds to a path that belongs to no API.
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
