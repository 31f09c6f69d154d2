package client_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

// These flags control the fault matrix test.
var (
	updateMatrix = flag.Bool("update-matrix", false, "write the table of the fault matrix")
	wholeMatrix  = flag.Bool("whole-matrix", false, "run every combination of the fault matrix, instead of a sample")
	onlyFaults   = flag.String("matrix-faults", "", "a regular expression for the faults of the matrix to run and to update")
)

const (
	matrixFile = "testdata/fault_matrix.txt"

	matrixAlan    = "e8f1c6d4-2a93-4b57-8e0c-6d4b9f3a7152"
	matrixGrace   = "d3a5b9e1-7c26-4f48-9b0d-5e1f8a6c2437"
	matrixReaders = "6f0a2d5e-8b17-4c93-a4d8-3e9b1c7f5a20"
	matrixHook    = "8c985281-25a0-4cb1-80de-1f7a6327dd4f"
	matrixTrigger = "3f6c1a85-0b7d-4e92-9c48-7d5e2f1a6b03"

	// matrixMaxBody is the size limit for response bodies in the matrix.
	matrixMaxBody = 256 << 10
)

// matrixCall calls one method and returns a value to compare. The value must be the same in every run, so it contains no generated ids and no
// times.
type matrixCall func(ctx context.Context, c *client.Client) (any, error)

// matrixMethods returns one call for each client method that sends requests.
func matrixMethods() map[string]matrixCall {
	span := client.EventQuery{From: time.Unix(0, 0), To: time.Unix(4e9, 0), MaxEvents: 20}
	changed := "changed"
	spec := client.SubscriptionSpec{
		KnowledgeModelID: fuzzedModel, TriggerID: matrixTrigger, Name: "of the matrix", CallbackURI: "https://hooks.example.com/matrix",
		Headers: map[string]transport.Secret{"Authorization": transport.NewSecret("Basic of-the-callback-0123456789")},
	}
	pause := func(ctx context.Context, c *client.Client) (any, error) { return c.PauseSubscription(ctx, matrixHook) }
	// Some calls depend on what the client has learned from an earlier call. Faults do not apply to this setup.
	user := func(user scim.User, err error) (any, error) {
		return []string{user.UserName, user.DisplayName, user.Role}, err
	}
	group := func(group scim.Group, err error) (any, error) {
		return []string{group.DisplayName, group.Role, strings.Join(group.MemberIDs, ",")}, err
	}

	return map[string]matrixCall{
		"AddGroupMember": func(ctx context.Context, c *client.Client) (any, error) {
			return nil, c.AddGroupMember(ctx, matrixReaders, matrixGrace)
		},
		"AuditEvents": func(ctx context.Context, c *client.Client) (any, error) { return c.AuditEvents(ctx, span) },
		"ChangeGroupMembers": func(ctx context.Context, c *client.Client) (any, error) {
			return nil, c.ChangeGroupMembers(ctx, matrixReaders, []string{matrixGrace}, []string{matrixAlan})
		},
		"ChangedSubscription": func(ctx context.Context, c *client.Client) (any, error) {
			return c.ChangedSubscription(ctx, matrixHook, func(client.Subscription) bool { return true })
		},
		"CreateGroup": func(ctx context.Context, c *client.Client) (any, error) {
			return group(c.CreateGroup(ctx, scim.NewGroup{DisplayName: "of the matrix", MemberIDs: []string{matrixAlan}}))
		},
		"CreateSubscription": func(ctx context.Context, c *client.Client) (any, error) {
			id, err := c.CreateSubscription(ctx, spec)
			return id != "", err
		},
		"CreateUser": func(ctx context.Context, c *client.Client) (any, error) {
			return user(c.CreateUser(ctx, scim.NewUser{UserName: "of.matrix@example.com"}))
		},
		"Data": func(ctx context.Context, c *client.Client) (any, error) {
			return c.Data(ctx, client.DataQuery{ModelID: fuzzedModel, RecordID: "CUSTOMER", Fields: []string{"ID"}, MaxRows: 10})
		},
		"DeleteGroup": func(ctx context.Context, c *client.Client) (any, error) {
			return nil, c.DeleteGroup(ctx, matrixReaders)
		},
		"DeleteSubscription": func(ctx context.Context, c *client.Client) (any, error) {
			return nil, c.DeleteSubscription(ctx, matrixHook)
		},
		"DeleteUser": func(ctx context.Context, c *client.Client) (any, error) { return nil, c.DeleteUser(ctx, matrixGrace) },
		"DiscardCollectedEvents": func(ctx context.Context, c *client.Client) (any, error) {
			return c.DiscardCollectedEvents(ctx, matrixHook)
		},
		"Filters": func(ctx context.Context, c *client.Client) (any, error) { return c.Filters(ctx, fuzzedModel) },
		"FindGroup": func(ctx context.Context, c *client.Client) (any, error) {
			return group(c.FindGroup(ctx, "Procurement readers"))
		},
		"FindUser": func(ctx context.Context, c *client.Client) (any, error) {
			return user(c.FindUser(ctx, "alan.turing@example.com"))
		},
		"Group": func(ctx context.Context, c *client.Client) (any, error) { return group(c.Group(ctx, matrixReaders)) },
		"GroupMemberIDs": func(ctx context.Context, c *client.Client) (any, error) {
			return c.GroupMemberIDs(ctx, matrixReaders, func([]string) bool { return true })
		},
		"GroupWithoutMembers": func(ctx context.Context, c *client.Client) (any, error) {
			g, err := c.GroupWithoutMembers(ctx, matrixReaders)
			return g.DisplayName, err
		},
		"Groups": func(ctx context.Context, c *client.Client) (any, error) { return c.Groups(ctx) },
		"HasGroupMember": func(ctx context.Context, c *client.Client) (any, error) {
			return c.HasGroupMember(ctx, matrixReaders, matrixAlan)
		},
		"KPIs":           func(ctx context.Context, c *client.Client) (any, error) { return c.KPIs(ctx, fuzzedModel) },
		"KnowledgeModel": func(ctx context.Context, c *client.Client) (any, error) { return c.KnowledgeModel(ctx, fuzzedModel) },
		"KnowledgeModelByName": func(ctx context.Context, c *client.Client) (any, error) {
			return c.KnowledgeModelByName(ctx, "Order to Cash")
		},
		"KnowledgeModelSpec": func(ctx context.Context, c *client.Client) (any, error) {
			return c.KnowledgeModelSpec(ctx, fuzzedModel, false)
		},
		"KnowledgeModels": func(ctx context.Context, c *client.Client) (any, error) { return c.KnowledgeModels(ctx) },
		"LoginEvents":     func(ctx context.Context, c *client.Client) (any, error) { return c.LoginEvents(ctx, span) },
		"MemberUserNames": func(ctx context.Context, c *client.Client) (any, error) {
			return c.MemberUserNames(ctx, []string{matrixAlan}, nil)
		},
		"PauseSubscription": pause,
		"Permissions": func(ctx context.Context, c *client.Client) (any, error) {
			return c.Permissions(ctx, client.PermissionFilter{})
		},
		"Record": func(ctx context.Context, c *client.Client) (any, error) {
			return c.Record(ctx, fuzzedModel, "CUSTOMER")
		},
		"Records": func(ctx context.Context, c *client.Client) (any, error) { return c.Records(ctx, fuzzedModel) },
		"RemoveGroupMember": func(ctx context.Context, c *client.Client) (any, error) {
			return nil, c.RemoveGroupMember(ctx, matrixReaders, matrixAlan)
		},
		"ReplaySubscription": func(ctx context.Context, c *client.Client) (any, error) {
			return c.ReplaySubscription(ctx, matrixHook, 40)
		},
		"ResolveUserNames": func(ctx context.Context, c *client.Client) (any, error) {
			return c.ResolveUserNames(ctx, []string{"Alan.Turing@example.com"})
		},
		"ResumeSubscription": func(ctx context.Context, c *client.Client) (any, error) { return c.ResumeSubscription(ctx, matrixHook) },
		"Subscription":       func(ctx context.Context, c *client.Client) (any, error) { return c.Subscription(ctx, matrixHook) },
		"SubscriptionByName": func(ctx context.Context, c *client.Client) (any, error) {
			return c.SubscriptionByName(ctx, "Customers to CRM")
		},
		"Subscriptions": func(ctx context.Context, c *client.Client) (any, error) { return c.Subscriptions(ctx) },
		"TeamMembers":   func(ctx context.Context, c *client.Client) (any, error) { return c.TeamMembers(ctx, true) },
		"Token": func(ctx context.Context, c *client.Client) (any, error) {
			token, err := c.Token(ctx, transport.TokenRequest{Scopes: []string{"audit.log:read"}})

			return []any{token.Type, token.Scopes, token.AccessToken.IsEmpty()}, err
		},
		"Trigger": func(ctx context.Context, c *client.Client) (any, error) {
			return c.Trigger(ctx, fuzzedModel, matrixTrigger, "")
		},
		"Triggers": func(ctx context.Context, c *client.Client) (any, error) { return c.Triggers(ctx, fuzzedModel) },
		"UpdateGroup": func(ctx context.Context, c *client.Client) (any, error) {
			return group(c.UpdateGroup(ctx, matrixReaders, scim.GroupChange{DisplayName: &changed}))
		},
		"UpdateSubscription": func(ctx context.Context, c *client.Client) (any, error) {
			return nil, c.UpdateSubscription(ctx, matrixHook, spec)
		},
		"UpdateUser": func(ctx context.Context, c *client.Client) (any, error) {
			return user(c.UpdateUser(ctx, matrixAlan, scim.UserChange{DisplayName: &changed}))
		},
		"User":  func(ctx context.Context, c *client.Client) (any, error) { return user(c.User(ctx, matrixAlan)) },
		"Users": func(ctx context.Context, c *client.Client) (any, error) { return c.Users(ctx) },
	}
}

// matrixExceptions returns the client methods that the matrix does not call, and explains why.
func matrixExceptions() map[string]string {
	const sendsNothing = "sends nothing"

	return map[string]string{
		"BaseURL": sendsNothing, "Credentials": sendsNothing, "Show": sendsNothing, "Clean": sendsNothing, "Remember": sendsNothing,
		"Holds": sendsNothing, "KnownUserIDs": sendsNothing, "BasePath": sendsNothing, "SignInFacts": sendsNothing,
		"Send": "called by the other methods", "FirstPages": "used by the doctor, whose tests cover it",
	}
}

// If a method is added to the client, this test fails until the matrix calls it.
func TestFaultMatrixCallsEachMethod(t *testing.T) {
	t.Parallel()

	methods, exceptions := matrixMethods(), matrixExceptions()

	for method := range reflect.TypeFor[*client.Client]().Methods() {
		name := method.Name
		if _, isException := exceptions[name]; !isException && methods[name] == nil {
			t.Errorf("the fault matrix does not call the method %s", name)
		}

		delete(methods, name)
		delete(exceptions, name)
	}

	for name := range methods {
		t.Errorf("the client has no method %s", name)
	}

	for name := range exceptions {
		t.Errorf("the exceptions list %s, which is not a method of the client", name)
	}
}

// matrixFault describes a fault and the requests that it affects.
type matrixFault struct {
	name string
	// isToken is true if the fault applies to token requests. Otherwise, it applies to all other requests.
	isToken bool
	scope   faultScope
	// change returns the response to a request. It may call the exchange function, which sends the request to the team and returns the team's
	// response.
	change func(req *http.Request, exchange func() *http.Response) (*http.Response, error)
	// skew is the time by which the team's clock is ahead of the client's. inject is a fault that the simulator injects.
	skew   time.Duration
	inject *simulator.Fault
}

// faultScope selects the requests that a fault affects.
type faultScope string

const (
	everyRequest faultScope = "every request"
	firstRequest faultScope = "the first request"
	firstWrite   faultScope = "the first write"
)

func respond(req *http.Request, status int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{"Content-Type": {"application/json"}}
	}

	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: req}
}

// brokenBody is a response body that ends with the given error. If the error is nil, a read at the end of the body blocks until the request is
// cancelled.
type brokenBody struct {
	io.Reader

	ctx context.Context
	err error
}

// Read implements [io.Reader].
func (b *brokenBody) Read(buffer []byte) (int, error) {
	count, err := b.Reader.Read(buffer)
	if !errors.Is(err, io.EOF) || count > 0 {
		return count, nil
	}

	if b.err == nil {
		<-b.ctx.Done()

		return 0, context.Cause(b.ctx)
	}

	return 0, b.err
}

// Close implements [io.Closer].
func (*brokenBody) Close() error { return nil }

// endlessBody is the decompressed content of a compression bomb. It counts the bytes that are read from it.
type endlessBody struct{ count *atomic.Int64 }

// Read implements [io.Reader].
func (b endlessBody) Read(buffer []byte) (int, error) {
	b.count.Add(int64(len(buffer)))

	for index := range buffer {
		buffer[index] = ' '
	}

	return len(buffer), nil
}

// Close implements [io.Closer].
func (endlessBody) Close() error { return nil }

// bombs is the number of endless bodies in all tests, and bombed is the number of bytes that were read from them.
var bombed, bombs atomic.Int64

type exchangeFunc = func() *http.Response

type changeFunc = func(req *http.Request, exchange exchangeFunc) (*http.Response, error)

func statusFault(status int) changeFunc {
	return func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
		return respond(req, status, nil, fmt.Sprintf(`{"title": "Fault", "detail": "status %d", "status": %d}`, status, status)), nil
	}
}

// bodyFault sends the request to the team, and changes the response body.
func bodyFault(change func(req *http.Request, body []byte) io.ReadCloser) changeFunc {
	return func(req *http.Request, exchange exchangeFunc) (*http.Response, error) {
		resp := exchange()
		body, _ := io.ReadAll(resp.Body)
		resp.Body = change(req, body)

		return resp, nil
	}
}

// textFault sends the request to the team, and replaces the response body with the given text.
func textFault(text string) changeFunc {
	return bodyFault(func(*http.Request, []byte) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) })
}

func failureFault(isApplied bool, err error) changeFunc {
	return func(_ *http.Request, exchange exchangeFunc) (*http.Response, error) {
		if isApplied {
			exchange()
		}

		return nil, err
	}
}

func redirectFault(location string) changeFunc {
	return func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
		return respond(req, http.StatusFound, http.Header{"Location": {location}}, ""), nil
	}
}

// withDuplicate replaces the last item of a page with its first item.
func withDuplicate(body []byte) []byte {
	var page map[string]json.RawMessage
	if json.Unmarshal(body, &page) != nil {
		return body
	}

	for _, name := range []string{"content", "Resources", "permissions"} {
		var items []json.RawMessage
		if json.Unmarshal(page[name], &items) == nil && len(items) > 1 {
			items[len(items)-1] = items[0]
			page[name], _ = json.Marshal(items) //nolint:errchkjson // The items were decoded from JSON.
		}
	}

	changed, _ := json.Marshal(page) //nolint:errchkjson // The page was decoded from JSON.

	return changed
}

func matrixFaults() []matrixFault {
	reset := &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	changes := map[string]changeFunc{
		"connection refused":       failureFault(false, refused),
		"reset before the request": failureFault(false, reset),
		"reset after the request":  failureFault(true, reset),
		"reset within the headers": failureFault(true, io.ErrUnexpectedEOF),
		"no response": func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
			<-req.Context().Done()
			return nil, context.Cause(req.Context())
		},
		"web page": func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
			return respond(req, http.StatusOK, http.Header{"Content-Type": {"text/html"}}, "<html><title>Sign in</title>"), nil
		},
		"redirect to another host": redirectFault("https://evil.example/steal"),
		"redirect to itself": func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
			return redirectFault(req.URL.RequestURI())(req, nil)
		},
		"redirect to http": redirectFault("http://example.com/"),
		"redirect without an address": func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
			return respond(req, http.StatusFound, nil, ""), nil
		},
		"empty body": bodyFault(func(*http.Request, []byte) io.ReadCloser { return http.NoBody }),
		"null":       textFault("null"),
		"text":       textFault(`"done"`),
		"empty list": textFault("[]"),
		"SCIM error with status 200": textFault(
			`{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404", "detail": "not found"}`),
		"error with status 200": textFault(`{"status": 404, "title": "Not found", "errorCode": "KM_MODEL_NOTFOUND"}`),
		"unknown encoding":      textFault("\x0b\x02\x80{}\x03"),
		"web page with status 404": func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
			return respond(req, http.StatusNotFound, http.Header{"Content-Type": {"text/html"}}, "<html><title>No such page</title>"), nil
		},
		"body longer than Content-Length": bodyFault(func(_ *http.Request, body []byte) io.ReadCloser {
			return io.NopCloser(bytes.NewReader(append(body, "}]x"...)))
		}),
		"body shorter than Content-Length": bodyFault(func(req *http.Request, body []byte) io.ReadCloser {
			return &brokenBody{bytes.NewReader(body), req.Context(), io.ErrUnexpectedEOF}
		}),
		"slow body": bodyFault(func(req *http.Request, body []byte) io.ReadCloser {
			return &brokenBody{bytes.NewReader(body[:len(body)/2]), req.Context(), nil}
		}),
		"damaged gzip": bodyFault(func(req *http.Request, _ []byte) io.ReadCloser {
			return &brokenBody{bytes.NewReader(nil), req.Context(), errors.New("gzip: invalid header")}
		}),
		"compression bomb": bodyFault(func(*http.Request, []byte) io.ReadCloser { bombs.Add(1); return endlessBody{&bombed} }),
		"compression bomb in an error": func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
			bombs.Add(1)
			resp := respond(req, http.StatusBadRequest, nil, "")
			resp.Body = endlessBody{&bombed}
			return resp, nil
		},
		"duplicate ids": bodyFault(func(_ *http.Request, body []byte) io.ReadCloser {
			return io.NopCloser(bytes.NewReader(withDuplicate(body)))
		}),
		"different object": bodyFault(func(*http.Request, []byte) io.ReadCloser {
			return io.NopCloser(strings.NewReader(`{"id": "another", "status": "x"}`))
		}),
		"status 429 with Retry-After 7": func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
			return respond(req, http.StatusTooManyRequests, http.Header{"Retry-After": {"7"}}, ""), nil
		},
		"status 503 with Retry-After 1 day": func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
			return respond(req, http.StatusServiceUnavailable, http.Header{"Retry-After": {"86400"}}, ""), nil
		},
		"status 429 with Retry-After 1e300": func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
			return respond(req, http.StatusTooManyRequests, http.Header{"Retry-After": {"1e300"}}, ""), nil
		},
		"status 503 with Retry-After -5": func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
			return respond(req, http.StatusServiceUnavailable, http.Header{"Retry-After": {"-5"}}, ""), nil
		},
		"status 503 with a past date in Retry-After": func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
			return respond(req, http.StatusServiceUnavailable, http.Header{"Retry-After": {"Sat, 01 Jan 1994 00:00:00 GMT"}}, ""), nil
		},
		"status 404 without a body": func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
			return respond(req, http.StatusNotFound, http.Header{}, ""), nil
		},
		"status 403 without a body": func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
			return respond(req, http.StatusForbidden, http.Header{}, ""), nil
		},
	}

	for _, status := range []int{204, 206, 300, 304, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 412, 413, 415, 418, 422, 423, 425, 429, 431, 451, 500, 501, 502, 503, 504, 507, 508, 511, 520, 524, 530, 599} {
		changes[fmt.Sprintf("status %d", status)] = statusFault(status)
	}

	for tenth := range 10 {
		changes[fmt.Sprintf("truncated after %d tenths", tenth)] = bodyFault(func(req *http.Request, body []byte) io.ReadCloser {
			return &brokenBody{bytes.NewReader(body[:len(body)*tenth/10]), req.Context(), io.ErrUnexpectedEOF}
		})
		changes[fmt.Sprintf("silently truncated after %d tenths", tenth)] = bodyFault(func(_ *http.Request, body []byte) io.ReadCloser {
			return io.NopCloser(bytes.NewReader(body[:len(body)*tenth/10]))
		})
	}

	var faults []matrixFault

	for _, name := range slices.Sorted(maps.Keys(changes)) {
		for _, scope := range []faultScope{everyRequest, firstRequest, firstWrite} {
			faults = append(faults, matrixFault{name: name, scope: scope, change: changes[name]})
		}
	}

	for name, fault := range map[string]simulator.Fault{
		"repeated pages": {RepeatPage: true, Times: -1}, "endless pages": {EndlessPages: true, Times: -1}, "different total on each page": {ChangeTotal: 1, Skip: 1, Times: -1},
		"tokens expire": {ExpireTokens: true}, "tokens expire immediately": {ExpireTokens: true, Times: -1},
	} {
		fault.Path = "/*"
		if fault.ExpireTokens { // Leave the first request intact, because it obtains the token.
			fault.Skip = 1
		}

		faults = append(faults, matrixFault{name: name, scope: everyRequest, inject: &fault})
	}

	for name, skew := range map[string]time.Duration{"clock 10 minutes ahead": 10 * time.Minute, "clock 10 minutes behind": -10 * time.Minute} {
		faults = append(faults, matrixFault{name: name, scope: everyRequest, skew: skew})
	}

	for name, body := range map[string]string{
		"nothing": "", "a web page": "<html><title>Sign in</title>", "an array": "[1]", "no token": "{}", "a null token": `{"access_token": null}`, "a token with a line break": `{"access_token": "a\nb"}`,
		"a lifetime of one second": `{"access_token": "a-token-of-the-matrix", "expires_in": 1}`, "a negative lifetime": `{"access_token": "a-token-of-the-matrix", "expires_in": -5}`,
		"a lifetime as text": `{"access_token": "a-token-of-the-matrix", "expires_in": "soon"}`, "an unknown token": `{"access_token": "a-token-of-the-matrix", "expires_in": 899}`,
		"an error with status 200": `{"error": "invalid_scope"}`,
	} {
		faults = append(faults, matrixFault{name: "sign-in returns " + name, isToken: true, scope: everyRequest, change: func(req *http.Request, _ exchangeFunc) (*http.Response, error) {
			return respond(req, http.StatusOK, nil, body), nil
		}})
	}

	for _, name := range []string{
		"status 400", "status 401", "status 403", "status 404", "status 429", "status 500", "status 503", "reset before the request", "truncated after 5 tenths", "slow body",
		"compression bomb", "redirect to another host", "connection refused", "status 503 with Retry-After 1 day",
	} {
		for _, scope := range []faultScope{everyRequest, firstRequest} {
			faults = append(faults, matrixFault{name: "sign-in, " + name, isToken: true, scope: scope, change: changes[name]})
		}
	}

	slices.SortStableFunc(faults, func(a, b matrixFault) int { return cmp.Compare(a.name, b.name) })

	return faults
}

// title identifies a fault in the table.
func (f matrixFault) title() string { return f.name + ", " + string(f.scope) }

// matrixNetwork sends requests to the team without a connection, and applies the fault.
type matrixNetwork struct {
	team  *simulator.Simulator
	fault matrixFault

	mu                sync.Mutex
	signIns, apiCalls int
	writes            int
	isHit             bool
	// tokens are the tokens with which the client has authenticated its requests.
	tokens []string
}

// RoundTrip implements [http.RoundTripper].
func (n *matrixNetwork) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}

	isToken := req.URL.Path == clienttest.TokenPath
	isWrite := !isToken && req.Method != http.MethodGet && !strings.HasSuffix(req.URL.Path, "/data")

	n.mu.Lock()

	isAffected := n.fault.change != nil && isToken == n.fault.isToken &&
		(n.fault.scope == everyRequest || !n.isHit && (n.fault.scope == firstRequest || isWrite))
	n.isHit = n.isHit || isAffected

	if _, token, isPresent := strings.Cut(req.Header.Get("Authorization"), " "); isPresent {
		n.tokens = append(n.tokens, token)
	}

	switch {
	case isToken:
		n.signIns++
	case isWrite:
		n.writes++
		n.apiCalls++
	default:
		n.apiCalls++
	}

	n.mu.Unlock()

	exchange := func() *http.Response {
		recorder := httptest.NewRecorder()
		n.team.ServeHTTP(recorder, req)

		resp := recorder.Result()
		resp.Request = req
		resp.Header.Set("Date", time.Now().Add(n.fault.skew).UTC().Format(http.TimeFormat))

		return resp
	}

	if isAffected {
		return n.fault.change(req, exchange)
	}

	return exchange(), nil
}

func matrixTeam() simulator.Options {
	options := simulator.DefaultTeam()
	options.Intelligence.KnowledgeModels, options.SCIM.GeneratedUsers, options.SCIM.GeneratedGroups = 3, 2, 1
	options.Reports.LoginEvents, options.Reports.AuditEvents, options.Reports.Permissions = 5, 5, 3

	return options
}

type matrixResult struct {
	outcome, value, state string
	err                   error
	hasWrites             bool
}

func matrixRun(t *testing.T, name string, call matrixCall, fault matrixFault) (result matrixResult) {
	t.Helper()

	synctest.Test(t, func(t *testing.T) {
		options := matrixTeam()
		options.Now = func() time.Time { return time.Now().Add(fault.skew) }

		team, err := simulator.New(options)
		if err != nil {
			t.Fatal(err)
		}

		if fault.inject != nil {
			team.Inject(*fault.inject)
		}

		network := &matrixNetwork{team: team, fault: fault}
		celonis := clienttest.NewClient(t, network, func(o *client.Options) {
			o.PageSize, o.MaxConcurrentRequests, o.MaxRetries, o.SCIMBasePath = 3, 1, 2, "/scim/v2"
			o.MaxBody, o.MaxPermissions = matrixMaxBody, matrixMaxBody
		})

		start := time.Now()
		value, err := call(t.Context(), celonis)
		took := time.Since(start)

		result.err, result.hasWrites = err, network.writes > 0
		result.value, result.state = matrixValue(value), matrixState(team)
		result.outcome = outcomeOf(err) + " ×" + strconv.Itoa(network.apiCalls)

		if fault.isToken {
			result.outcome += ", sign-ins ×" + strconv.Itoa(network.signIns)
		}

		// Each request may wait before it is retried, and then take as long as its timeout allows. If the outcome of a create is unknown, looking for
		// the object takes a few more seconds.
		if bound := time.Duration(network.apiCalls+network.signIns+1) * (transport.DefaultRequestTimeout + transport.DefaultMaxRetryWait); took > bound {
			t.Errorf("%s, %s: the call took %s, want at most %s", name, fault.title(), took, bound)
		}

		if network.apiCalls > 250 {
			t.Errorf("%s, %s: the call sent %d requests, which is too many", name, fault.title(), network.apiCalls)
		}
	})

	return result
}

// matrixValue prints a value, including the values that its pointers refer to.
func matrixValue(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}

	return string(encoded)
}

func outcomeOf(err error) string {
	if err == nil {
		return "value"
	}

	failure, ok := errors.AsType[*transport.Error](err)

	switch {
	case !ok:
		return fmt.Sprintf("untyped error %T", err)
	case failure.OutcomeUnknown:
		return string(failure.Reason) + ", outcome unknown"
	default:
		return string(failure.Reason)
	}
}

// matrixState describes the team's users, groups and subscriptions, without ids and times.
func matrixState(team *simulator.Simulator) string {
	var (
		lines []string
		names = map[string]string{}
	)

	for _, user := range team.Users() {
		names[user.ID] = user.UserName
		lines = append(lines, fmt.Sprint("user ", user.UserName, user.DisplayName, user.Role))
	}

	for _, group := range team.Groups() {
		var members []string
		for _, member := range group.Members {
			members = append(members, names[member])
		}

		slices.Sort(members)
		lines = append(lines, fmt.Sprint("group ", group.DisplayName, group.Role, members))
	}

	for _, hook := range team.Subscriptions() {
		lines = append(lines, fmt.Sprint("subscription ", hook.Name, hook.CallbackURI, hook.Status))
	}

	slices.Sort(lines)

	return strings.Join(lines, "\n")
}

// With every fault, each method returns the correct value or a typed error, within a bounded time and number of requests, and leaves no
// goroutine behind. Only a sample of the combinations runs by default. The table in testdata lists every outcome with its number of requests. To
// update the table, run go test -whole-matrix -update-matrix. To update only the rows of some faults, add -matrix-faults.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()

	var (
		methods  = matrixMethods()
		recorded = readMatrix(t)
		table    = map[string]map[string]string{}
		mu       sync.Mutex
		group    sync.WaitGroup
	)

	selected, err := regexp.Compile(*onlyFaults)
	if err != nil {
		t.Fatal(err)
	}

	faults := slices.DeleteFunc(matrixFaults(), func(fault matrixFault) bool { return !selected.MatchString(fault.name) })
	work := make(chan string)

	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for name := range work {
				call := methods[name]
				clean := matrixRun(t, name, call, matrixFault{})

				if clean.err != nil {
					t.Errorf("%s without a fault: error = %v", name, clean.err)
				}

				for _, fault := range faults {
					title := fault.title()
					if fault.scope == firstWrite && !clean.hasWrites || name == "Token" && !fault.isToken || !*wholeMatrix && !isSampled(name+title, 20) {
						continue
					}

					result := matrixRun(t, name, call, fault)
					checkMatrix(t, name, title, clean, result)

					mu.Lock()
					if table[title] == nil {
						table[title] = map[string]string{}
					}

					table[title][name] = result.outcome
					mu.Unlock()

					if want := recorded[title][name]; !*updateMatrix && want != result.outcome {
						t.Errorf("%s, %s: outcome = %s, want %q according to %s: error = %v", name, title, result.outcome, want, matrixFile, result.err)
					}
				}
			}
		})
	}

	for _, name := range slices.Sorted(maps.Keys(methods)) {
		work <- name
	}

	close(work)
	group.Wait()

	if count, read := bombs.Load(), bombed.Load(); count > 0 && read/count > 4*matrixMaxBody {
		t.Errorf("the client read %d bytes of each endless body, but the limit is %d", read/count, matrixMaxBody)
	}

	if *updateMatrix && *wholeMatrix {
		if *onlyFaults != "" { // Keep the rows of all other faults.
			maps.Copy(recorded, table)
			table = recorded
		}

		writeMatrix(t, table)
	}
}

// isSampled reports whether a combination belongs to the sample, which contains about one in n combinations.
func isSampled(combination string, n uint32) bool {
	sum := fnv.New32a()
	_, _ = io.WriteString(sum, combination)

	return sum.Sum32()%n == 0
}

// checkMatrix checks the properties that every combination must have.
func checkMatrix(t *testing.T, name, title string, clean, result matrixResult) {
	t.Helper()

	if strings.HasPrefix(result.outcome, "untyped") {
		t.Errorf("%s, %s: error = %v", name, title, result.err)
	}

	if result.err != nil && (strings.Contains(result.err.Error(), oauth.DefaultClient().Secret) || strings.Contains(result.err.Error(), "of-the-callback")) {
		t.Errorf("%s, %s: the error contains a secret: %v", name, title, result.err)
	}

	if result.err == nil && result.value != clean.value && !isAnotherTeam(name, title) {
		t.Errorf("%s, %s: value =\n%s\nwant\n%s", name, title, result.value, clean.value)
	}

	if result.err == nil && result.state != clean.state && !strings.HasPrefix(title, "status 204, ") {
		t.Errorf("%s, %s: the call succeeded, but the team contains\n%s\nwant\n%s", name, title, result.state, clean.state)
	}

	lines := strings.Split(result.state, "\n")
	if len(slices.Compact(slices.Clone(lines))) != len(lines) {
		t.Errorf("%s, %s: the team contains a duplicate:\n%s", name, title, result.state)
	}
}

// isAnotherTeam reports whether a method cannot detect a fault, because the responses are valid for a team with different contents.
func isAnotherTeam(name, title string) bool {
	fault, _, _ := strings.Cut(title, ",")

	switch fault {
	case "clock 10 minutes ahead", "clock 10 minutes behind":
		return !strings.Contains(name, "User") && !strings.Contains(name, "Group") // Times in the values depend on the clock.
	case "duplicate ids", "repeated pages":
		// The items of these lists have no ids, so the client cannot detect repetitions.
		return slices.Contains([]string{"AuditEvents", "LoginEvents", "Data", "Permissions"}, name)
	case "status 204":
		// For these methods, 204 is the documented response if there are no items.
		return slices.Contains([]string{"AuditEvents", "LoginEvents", "TeamMembers", "Permissions"}, name)
	default:
		return false
	}
}

// readMatrix reads the table. Each entry begins with the faults that have the same outcomes, one per line. An indented line for each outcome follows,
// and lists the methods that have this outcome.
func readMatrix(t *testing.T) map[string]map[string]string {
	t.Helper()

	file, err := os.ReadFile(matrixFile)
	if err != nil && !*updateMatrix {
		t.Fatal(err)
	}

	var (
		table    = map[string]map[string]string{}
		outcomes map[string]string
	)

	for line := range strings.Lines(string(file)) {
		outcome, names, isOutcome := strings.Cut(strings.TrimSpace(line), ": ")

		switch {
		case !isOutcome && (len(outcomes) > 0 || outcomes == nil):
			outcomes = map[string]string{}
			table[outcome] = outcomes
		case !isOutcome:
			table[outcome] = outcomes
		default:
			for name := range strings.FieldsSeq(names) {
				outcomes[name] = outcome
			}
		}
	}

	return table
}

func writeMatrix(t *testing.T, table map[string]map[string]string) {
	t.Helper()

	titles := map[string][]string{}

	for _, title := range slices.Sorted(maps.Keys(table)) {
		byOutcome := map[string][]string{}
		for name, outcome := range table[title] {
			byOutcome[outcome] = append(byOutcome[outcome], name)
		}

		var text strings.Builder

		for _, outcome := range slices.Sorted(maps.Keys(byOutcome)) {
			slices.Sort(byOutcome[outcome])
			text.WriteString("  " + outcome + ": " + strings.Join(byOutcome[outcome], " ") + "\n")
		}

		titles[text.String()] = append(titles[text.String()], title)
	}

	sections := make([]string, 0, len(titles))
	for outcomes, names := range titles {
		sections = append(sections, strings.Join(names, "\n")+"\n"+outcomes)
	}

	slices.Sort(sections)

	if err := os.WriteFile(matrixFile, []byte(strings.Join(sections, "")), 0o600); err != nil {
		t.Fatal(err)
	}
}
