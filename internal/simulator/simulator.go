// Package simulator is a Celonis team in one process: the OAuth token endpoint, the APIs below /intelligence/api, SCIM, and
// those that tell about the team itself (members, sign-ins, permissions, audit logs), as strict as the documented service, with
// faults on demand and a journal of all requests.
//
// Each API is an area in a file of its own: its state, its routes and its handlers. The file of an area ends in a method
// that describes it to the rest (see area); adding an API means adding such a file and naming it in New.
package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Simulator is one team. It is an [http.Handler] and safe for concurrent use. ServeHTTP may panic with
// [http.ErrAbortHandler], the way to make a server cut a connection.
type Simulator struct {
	opts    Options
	journal journal
	faults  faults
	limits  *limits
	tokens  *tokens
	models  *knowledgeModels
	scim    *scim
	areas   []area

	subscriptions *subscriptions
}

// New makes a team from opts; the zero Options is a usable team. Options that are unknown or contradict each other are an
// error, which names all of them.
func New(opts Options) (*Simulator, error) {
	opts, optsErr := opts.withDefaults()
	if optsErr != nil {
		return nil, optsErr
	}

	models, err := newKnowledgeModels(opts)
	if err != nil {
		return nil, err
	}

	subscriptions, err := newSubscriptions(&opts, models)
	if err != nil {
		return nil, err
	}

	users, err := newSCIM(opts)
	if err != nil {
		return nil, err
	}

	people := newPeople(opts, users)

	s := &Simulator{
		opts:   opts,
		limits: newLimits(opts),
		tokens: newTokens(opts),
		models: models,
		scim:   users,
		areas: []area{
			models.area(), subscriptions.area(), users.area(), newTeamMembers(opts, people, users).area(),
			newLoginHistory(opts, people).area(), newPermissions(opts, people).area(), newAuditLogs(opts, people).area(),
		},

		subscriptions: subscriptions,
	}

	for _, name := range opts.Server.APIsOff {
		if !slices.ContainsFunc(s.areas, func(a area) bool { return a.name == name }) {
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
	opts        *Options
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
	shape := c.opts.Server.Errors
	if shape == ErrorProblem && c.area.errors != "" {
		shape = c.area.errors
	}

	return f.answer(shape, c.opts.Server.ErrorsAsJSON || c.area.plainErrors)
}

func (s *Simulator) areaNames() []string {
	names := make([]string, len(s.areas))
	for i, a := range s.areas {
		names[i] = a.name
	}

	return names
}

// isAPI tells whether a path belongs to an API rather than to the web application.
func (s *Simulator) isAPI(path string) bool {
	return s.areaOf(path).prefix != ""
}

// areaOf is the area that answers for a path which none of its operations may know: the one with the longest prefix, of
// several with the same one the first.
func (s *Simulator) areaOf(path string) area {
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
func (s *Simulator) serveAPI(x *exchange) answer {
	c := &call{
		opts: &s.opts, area: s.areaOf(x.r.URL.EscapedPath()), header: x.r.Header, origin: originOf(x.r),
		contentType: x.r.Header.Get("Content-Type"), body: x.body, fault: x.fault, happened: &x.happened,
	}

	who, err := s.authenticate(x.r)
	if err != nil {
		return unauthorized(err, s.opts.Server.ErrorsAsJSON)
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

	if slices.Contains(s.opts.Server.APIsOff, c.area.name) {
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
func (s *Simulator) answersPages(r *http.Request) bool {
	operation, _ := s.find(r, &call{})

	return operation != nil && operation.pages
}

// find looks the operation up and sets the call's area and variables. For a path that exists with other methods only, it
// returns those.
func (s *Simulator) find(r *http.Request, c *call) (*route, []string) {
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

// codeMismatch is the error code for a parameter of another type. It is misspelt at the vendor too (common error catalog).
// That it also answers integers out of range is ours: the vendor does not document a code for them.
const codeMismatch = "GENERAL_PARAMETER_MISSMATCH"

// codeIllegal is the error code for a parameter that is not allowed. The vendor documents it for a sort of data that is not
// recordId.fieldId (Knowledge Model API, error catalog). Its other uses are ours, among them unknown and repeated
// parameters and bodies on GET: the vendor does not document a code for them.
const codeIllegal = "GENERAL_PARAMETER_ILLEGAL"

// pathNotFound is the answer for a path below an API that it does not know (common error catalog).
func pathNotFound() failure {
	return failure{
		status: http.StatusNotFound,
		code:   "GENERAL_NOTFOUND_PATH",
		detail: "The requested path does not exist.",
	}
}

// accessDenied is the answer to a missing permission (common error catalog). That a missing scope is answered in the same
// way is ours: the vendor does not document a code for it.
func accessDenied() failure {
	return failure{
		status: http.StatusForbidden,
		code:   "ADMIN_ACCESS_ERROR",
		detail: "You have no permission on this resource.",
	}
}

var (
	errUnauthorized        = errors.New("unknown or expired credential")
	errMalformedCredential = errors.New("malformed Authorization header")
)

// authenticate finds out who asks. Only the Authorization header counts: credentials in the URL or body are ignored
// (developer.celonis.com/celonis-apis/auth). The scheme is compared without case
// (developer.celonis.com/celonis-apis/api-reference/common-error-catalog).
func (s *Simulator) authenticate(r *http.Request) (identity, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return identity{}, errUnauthorized
	}

	scheme, credential, _ := strings.Cut(headers[0], " ")
	credential = strings.TrimLeft(credential, " ")

	if len(headers) > 1 || credential == "" || strings.ContainsAny(credential, " \t") {
		return identity{}, errMalformedCredential
	}

	switch strings.ToLower(scheme) {
	case "bearer":
		if who, ok := s.tokens.identify(credential); ok {
			return who, nil
		}

		return findKey(s.opts.OAuth.UserKeys, credential)
	case "appkey":
		return findKey(s.opts.OAuth.ApplicationKeys, credential)
	default:
		return identity{}, errMalformedCredential
	}
}

func findKey(keys []Key, value string) (identity, error) {
	for _, key := range keys {
		if key.Value == value {
			return identity{
				key: true, name: key.Name, packages: key.Packages, editPackages: key.EditPackages, services: key.Services,
			}, nil
		}
	}

	return identity{}, errUnauthorized
}

// serveElsewhere answers for a path that belongs to no API.
func (s *Simulator) serveElsewhere(path string) answer {
	if isSCIMBase(path) { // The one that SCIM is served under belongs to an API.
		return s.scim.answerOtherBase()
	}

	return htmlAnswer(http.StatusNotFound, "Page not found")
}

// unauthorized has its own two shapes (common error catalog): JSON, or plain text when the header's form is wrong.
func unauthorized(err error, plainJSON bool) answer {
	if errors.Is(err, errMalformedCredential) {
		return textAnswer(http.StatusUnauthorized, "Unauthorized").with("WWW-Authenticate", "Bearer")
	}

	contentType := typeProblem
	if plainJSON {
		contentType = typeJSON
	}

	return jsonAnswer(http.StatusUnauthorized, contentType, object{"error": "Unauthorized"}).
		with("WWW-Authenticate", "Bearer")
}
