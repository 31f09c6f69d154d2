package simulator

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Server responds to every request that a team receives. It is an [http.Handler] and safe for concurrent use. ServeHTTP may panic
// with [http.ErrAbortHandler], which is how a server cuts a connection.
type Server struct {
	opts    ServerOptions
	now     func() time.Time
	journal journal
	faults  faults
	limits  *limits
	tokens  TokenEndpoint
	areas   []area
}

// TokenEndpoint issues access tokens and recognises credentials. It is built on this package, and so passed in.
type TokenEndpoint interface {
	// Authenticate returns who sent an API request; its errors are errUnauthorized and errMalformedCredential.
	Authenticate(r *http.Request) (identity, error)
	// ParseForm reads the body of a token request.
	ParseForm(contentType string, body []byte) tokenForm
	// Serve responds to a token request.
	Serve(r *http.Request, form tokenForm) answer
	// ExpireTokens rejects every access token issued so far.
	ExpireTokens()
}

// tokenPath is the token endpoint (developer.celonis.com/celonis-apis/auth). Its errors are not documented: they follow
// RFC 6749 section 5.2.
const tokenPath = "/oauth2/token"

// tokenForm is the body of a token request.
type tokenForm struct {
	values  url.Values
	problem string // why it could not be read
}

// newServer serves the areas of a team. The options have been checked.
func newServer(opts ServerOptions, now func() time.Time, tokens TokenEndpoint, areas ...area) (*Server, error) {
	s := &Server{opts: opts, now: now, limits: newLimits(opts), tokens: tokens, areas: areas}

	for _, name := range opts.APIsOff {
		if !slices.ContainsFunc(areas, func(a area) bool { return a.name == name }) {
			return nil, fmt.Errorf("%w: APIsOff names the unknown API %q; known are %s",
				errOptions, name, strings.Join(s.areaNames(), ", "))
		}
	}

	return s, nil
}

// area is one API of the team.
type area struct {
	name   string // as Options.APIsOff calls it
	prefix string // paths below it are answered by the API even if they are unknown
	scope  string // an access token needs it
	// service is the permission that the caller needs on the whole area, as OAuthClient.Services calls it; empty = none.
	service string
	errors  ErrorShape // the area's own shape of errors; empty = problem JSON. Options.Errors goes before it
	// plainErrors sends the area's errors as application/json, as Options.ErrorsAsJSON does for all.
	plainErrors bool
	routes      []route
	// elsewhere responds to paths that belong to no area, if it returns true; nil = none of them concern this area.
	elsewhere func(path string) (answer, bool)
}

// route is one operation of an API.
type route struct {
	method  string
	pattern string   // a path with variables for whole segments: /intelligence/api/knowledge-models/{km_id}
	query   []string // the query parameters it knows; those that may be repeated end in mayRepeat
	serve   func(c *call) answer
	pages   bool // it answers pages, which the faults about lists alter
}

// call is one API request that has passed authentication, routing and the checks that all operations share.
type call struct {
	opts        *ServerOptions
	area        area
	vars        map[string]string // the pattern's variables, unescaped
	query       url.Values
	header      http.Header
	origin      string // of the team, as the client calls it
	contentType string
	body        []byte
	identity    identity
	fault       Fault
	happened    *Fault // what the fault has done; see exchange
}

// fail is the answer for a failure, in the shape that applies.
func (c *call) fail(f failure) answer {
	shape := c.opts.Errors
	if shape == ErrorProblem && c.area.errors != "" {
		shape = c.area.errors
	}

	return f.answer(shape, c.opts.ErrorsAsJSON || c.area.plainErrors)
}

func (s *Server) areaNames() []string {
	names := make([]string, len(s.areas))
	for i, a := range s.areas {
		names[i] = a.name
	}

	return names
}

// isAPI tells whether a path belongs to an API rather than to the web application.
func (s *Server) isAPI(path string) bool {
	return s.areaOf(path).prefix != ""
}

// areaOf is the area that answers for a path which none of its operations may know: the one with the longest prefix, of
// several with the same one the first.
func (s *Server) areaOf(path string) area {
	var found area

	for _, a := range s.areas {
		if (path == a.prefix || strings.HasPrefix(path, a.prefix+"/")) && len(a.prefix) > len(found.prefix) {
			found = a
		}
	}

	return found
}

// originOf is the scheme and host by which the client reached the team.
func originOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}

	return "http://" + r.Host
}

// serveAPI carries out a request below an API's prefix.
func (s *Server) serveAPI(x *exchange) answer {
	c := &call{
		opts: &s.opts, area: s.areaOf(x.r.URL.EscapedPath()), header: x.r.Header, origin: originOf(x.r),
		contentType: x.r.Header.Get("Content-Type"), body: x.body, fault: x.fault, happened: &x.happened,
	}

	who, err := s.tokens.Authenticate(x.r)
	if err != nil {
		return unauthorized(err, s.opts.ErrorsAsJSON)
	}

	c.identity = who

	operation, methods := s.find(x.r, c)
	if len(methods) > 0 {
		return c.fail(failure{
			status: http.StatusMethodNotAllowed,
			detail: "The method is not supported here.",
		}).with("Allow", strings.Join(methods, ", "))
	}

	if operation == nil {
		return c.fail(pathNotFound())
	}

	if slices.Contains(s.opts.APIsOff, c.area.name) {
		return answer{status: http.StatusForbidden}
	}

	if !who.hasScope(c.area.scope) || !who.mayCall(c.area.service) {
		return c.fail(accessDenied())
	}

	if problem := c.checkRequest(x.r, operation); problem != nil {
		return c.fail(*problem)
	}

	return operation.serve(c)
}

// answersPages tells whether the request is for an operation that answers pages.
func (s *Server) answersPages(r *http.Request) bool {
	operation, _ := s.find(r, &call{})

	return operation != nil && operation.pages
}

// find looks the operation up and sets the call's area and variables. For a path that exists with other methods only, it
// returns those.
func (s *Server) find(r *http.Request, c *call) (*route, []string) {
	var methods []string

	for _, a := range s.areas {
		for i := range a.routes {
			vars, ok := matchPattern(a.routes[i].pattern, r.URL.EscapedPath())
			if !ok {
				continue
			}

			if a.routes[i].method == r.Method {
				c.area, c.vars = a, vars

				return &a.routes[i], nil
			}

			c.area = a
			methods = append(methods, a.routes[i].method)
		}
	}

	return nil, methods
}

// matchPattern compares segment by segment, so that an escaped slash inside an id stays inside.
func matchPattern(pattern, escapedPath string) (map[string]string, bool) {
	want := strings.Split(pattern, "/")
	got := strings.Split(escapedPath, "/")

	if len(want) != len(got) {
		return nil, false
	}

	vars := map[string]string{}

	for i, segment := range want {
		name, variable := strings.CutPrefix(segment, "{")
		if !variable {
			if segment != got[i] {
				return nil, false
			}

			continue
		}

		value, err := url.PathUnescape(got[i])
		if err != nil || value == "" {
			return nil, false
		}

		vars[strings.TrimSuffix(name, "}")] = value
	}

	return vars, true
}

// checkRequest makes the checks that all operations share. Unknown and repeated query parameters are refused, which the
// vendor does not document: a client that misspells a parameter should hear of it here.
func (c *call) checkRequest(r *http.Request, operation *route) *failure {
	if r.Method == http.MethodGet && len(c.body) > 0 {
		return &failure{
			status: http.StatusBadRequest,
			code:   codeIllegal,
			detail: "A GET request has no body.",
		}
	}

	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return &failure{
			status: http.StatusBadRequest,
			code:   codeIllegal,
			detail: "The query string is malformed.",
		}
	}

	for name, values := range query {
		once := slices.Contains(operation.query, name) && len(values) == 1

		if strings.HasSuffix(name, mayRepeat) || !once && !slices.Contains(operation.query, name+mayRepeat) {
			return &failure{
				status:    http.StatusBadRequest,
				code:      codeIllegal,
				detail:    fmt.Sprintf("The parameter %q is unknown or repeated.", name),
				attribute: name,
			}
		}
	}

	c.query = query

	return nil
}

// mayRepeat marks query parameters of a route.
const mayRepeat = "*"

// serveElsewhere answers for a path that belongs to no API.
func (s *Server) serveElsewhere(path string) answer {
	for _, a := range s.areas {
		if a.elsewhere == nil {
			continue
		}

		if reply, ok := a.elsewhere(path); ok {
			return reply
		}
	}

	return htmlAnswer(http.StatusNotFound, "Page not found")
}
