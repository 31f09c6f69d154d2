package scim_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	clientscim "github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

const (
	unknownID  = "0b6f8a54-2d1c-4e59-9a37-6c1f0e2d7b10"
	configPath = "/ServiceProviderConfig"
)

func atSCIM(path string) func(*client.Options) {
	return func(options *client.Options) { options.SCIMBasePath = path }
}

func TestSCIMBasePathMustBePlain(t *testing.T) {
	t.Parallel()

	for raw, want := range map[string]string{
		"/scim/v2": "/scim/v2", "\t/scim/v2/\n": "/scim/v2", "/api/user-provisioning/scim/v2": "/api/user-provisioning/scim/v2",
		"/a_b~c.d": "/a_b~c.d",
	} {
		if got, err := clientscim.ParseBasePath(raw); err != nil || got != want {
			t.Errorf("%q: ParseBasePath() = %q, %v", raw, got, err)
		}
	}

	for raw, part := range map[string]string{
		"": "empty", "  ": "empty", "scim/v2": "begin with a slash", "https://acme.eu-1.celonis.cloud/scim/v2": "a URL",
		"//elsewhere.example/scim": "a URL", "mailto:x": "a URL", "/": "not a valid path segment", "/scim//v2": "not a valid path segment", "/scim/v2//": "not a valid path segment",
		"/scim/../oauth2": "not a valid path segment", "/scim/./v2": "not a valid path segment", "/scim/%2e%2e": "not a valid path segment", "/scim?x=1": "not a valid path segment", "/scim#x": "not a valid path segment",
		`/scim\v2`: "not a valid path segment", "/scim/v 2": "not a valid path segment", "/scim/v2\n/x": "not a valid path segment", "/scim;x": "not a valid path segment", "/schlüssel": "not a valid path segment",
	} {
		if got, err := clientscim.ParseBasePath(raw); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q: ParseBasePath() = %q, %v", raw, got, err)
		}
	}

	options := client.Options{
		Options: transport.Options{
			BaseURL: "http://localhost", Credentials: clienttest.Credentials(),
		},
		SCIMBasePath: "https://localhost/scim",
	}
	if _, err := client.New(options); err == nil {
		t.Error("New accepted a URL as the base path")
	}
}

func TestSCIMIsFoundUnderEveryBasePath(t *testing.T) {
	t.Parallel()

	for index, base := range scim.Base("").Words() {
		for _, otherPaths := range scim.OtherBases("").Words() {
			t.Run(fmt.Sprintf("%s, other paths %s", base, otherPaths), func(t *testing.T) {
				t.Parallel()

				options := clienttest.SCIMTeam(3, 0, func(o *scim.Options) { o.Base, o.OtherBases = base, otherPaths })
				clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
					celonis := env.Client()

					var group sync.WaitGroup
					for range 5 {
						group.Go(func() {
							if got, err := celonis.Users(t.Context()); err != nil || len(got) != 3 {
								t.Errorf("%d users, %v", len(got), err)
							}
						})
					}

					group.Wait()

					for at, path := range scim.Base("").Words() {
						want := 0
						if at < index && otherPaths == scim.OtherUnauthorized {
							want = 2 // A 401 may mean that the token was revoked, so the request is sent again with a new token.
						} else if at <= index {
							want = 1
						}

						env.WantCount(want, http.MethodGet, string(path)+configPath)
					}

					env.WantCount(1, http.MethodGet, string(base)+"/Users")
				})
			})
		}
	}
}

// A failed sign-in proves nothing about the path, regardless of the response of the token endpoint.
func TestFailedTokenRequestEndsTheSearchForSCIM(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]simulator.Fault{
		"web page":          {HTML: true},
		"unknown path":      {Status: http.StatusNotFound},
		"refusal":           {Status: http.StatusForbidden},
		"half a response":   {Status: http.StatusOK, Body: `{"access_token": "`},
		"redirect":          {Status: http.StatusFound, Header: http.Header{"Location": {"https://elsewhere.example.com/"}}},
		"invalid client":    {Status: http.StatusUnauthorized, Body: `{"error": "invalid_client"}`},
		"no error code":     {Status: http.StatusBadRequest},
		"another structure": {Status: http.StatusOK, Body: `[]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
				fault.Path, fault.Times = transport.TokenPath, -1
				env.Team.Inject(fault)

				_, err := env.Client().Users(t.Context())

				failure, ok := errors.AsType[*transport.Error](err)
				if !ok || !failure.IsTokenRequest || failure.Reason == clientscim.ReasonNoSCIM {
					t.Errorf("%v", err)
				}

				env.WantCount(0, http.MethodGet, "*"+configPath)
			})
		})
	}
}

func TestMissingSCIMIsReportedWithTheMostSpecificResponse(t *testing.T) {
	t.Parallel()

	const second, third = "/user-provisioning/scim/v2", "/api/user-provisioning/scim/v2"

	page := simulator.Fault{Status: http.StatusNotFound, Body: "<html><title>Not here</title></html>"}
	empty := simulator.Fault{Status: http.StatusForbidden}
	refused := simulator.Fault{Status: http.StatusForbidden, Body: `{"errorCode": "ADMIN_ACCESS_ERROR", "detail": "SCIM is off."}`}
	login := simulator.Fault{HTML: true}
	scim404 := simulator.Fault{
		Status: http.StatusNotFound, Body: `{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404", "detail": "No such thing."}`,
	}
	otherAPI := simulator.Fault{Status: http.StatusOK, Body: `{"status": "up"}`}

	for name, test := range map[string]struct {
		faults [3]simulator.Fault
		reason transport.Reason
		path   string
	}{
		"web pages only":            {[3]simulator.Fault{page, login, page}, clientscim.ReasonNoSCIM, clienttest.SCIMPath},
		"SCIM 404 for the document": {[3]simulator.Fault{scim404, scim404, scim404}, clientscim.ReasonNoSCIM, clienttest.SCIMPath},
		"response of another API":   {[3]simulator.Fault{otherAPI, page, page}, clientscim.ReasonNoSCIM, clienttest.SCIMPath},
		"403 with a reason":         {[3]simulator.Fault{empty, page, refused}, transport.ReasonForbidden, third},
		"403 without a reason":      {[3]simulator.Fault{page, empty, login}, transport.ReasonNotActivated, second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
				for index, base := range []string{clienttest.SCIMPath, second, third} {
					fault := test.faults[index]
					fault.Path = base + configPath
					env.Team.Inject(fault)
				}

				celonis := env.Client()
				_, err := celonis.Users(t.Context())

				failure := clienttest.WantError(t, err, test.reason, clienttest.SCIMPath+" (", second+" (", third+" (")
				if failure.Path != test.path+configPath || failure.Area.Name != clientscim.Area.Name {
					t.Errorf("error for path %s and area %s", failure.Path, failure.Area.Name)
				}

				if transport.IsNotFound(err) {
					t.Error("a missing SCIM API is reported as a missing object")
				}

				// A later call searches again, because the failure is not cached.
				if _, err := celonis.Users(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestOtherFailuresEndTheSearchForThePath(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		fault  simulator.Fault
		reason transport.Reason
	}{
		"429":              {simulator.Fault{Status: http.StatusTooManyRequests}, transport.ReasonRateLimited},
		"503":              {simulator.Fault{Status: http.StatusServiceUnavailable}, transport.ReasonStatus},
		"502 web page":     {simulator.Fault{Status: http.StatusBadGateway, Body: "<html></html>"}, transport.ReasonStatus},
		"no response":      {simulator.Fault{Hang: true}, transport.ReasonTimeout},
		"reset connection": {simulator.Fault{Reset: true}, transport.ReasonConnection},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
				test.fault.Path, test.fault.Times = clienttest.SCIMPath+configPath, -1
				env.Team.Inject(test.fault)

				_, err := env.Client(func(o *client.Options) { o.MaxRetries = 1 }).Users(t.Context())
				clienttest.WantError(t, err, test.reason)
				env.WantCount(0, "", "/user-provisioning/*")
				env.WantCount(0, "", "/api/*")
			})
		})
	}
}

func TestConfiguredPathIsNotProbed(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client(atSCIM(clienttest.SCIMPath))

		if _, err := celonis.User(t.Context(), env.Team.Users()[0].ID); err != nil {
			t.Fatal(err)
		}

		// Once the SCIM API has returned an object, its path needs no confirmation.
		_, err := celonis.User(t.Context(), unknownID)
		clienttest.WantError(t, err, transport.ReasonNotFound)
		env.WantCount(0, http.MethodGet, clienttest.SCIMPath+configPath)
	})
}

// The client interprets a 404 as a missing object only if the SCIM API is confirmed at the configured path.
func TestMistypedPathIsNotReportedAsAMissingObject(t *testing.T) {
	t.Parallel()

	clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
		celonis := env.Client(atSCIM(clienttest.SCIMPath))

		// Both callers share one confirmation.
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() {
				_, err := celonis.User(t.Context(), unknownID)
				clienttest.WantError(t, err, transport.ReasonNotFound)
			})
		}

		group.Wait()

		_, err := celonis.Group(t.Context(), unknownID)
		clienttest.WantError(t, err, transport.ReasonNotFound)
		env.WantCount(1, http.MethodGet, clienttest.SCIMPath+configPath)
	})

	for _, otherPaths := range scim.OtherBases("").Words() {
		clienttest.InBubble(t, clienttest.SCIMTeam(3, 0, func(o *scim.Options) { o.OtherBases = otherPaths }), func(t *testing.T, env clienttest.Env) {
			_, err := env.Client(atSCIM("/user-provisioning/scim/v2")).User(t.Context(), unknownID)
			if err == nil || transport.IsNotFound(err) {
				t.Errorf("other paths %s: error = %v, want an error other than a missing object", otherPaths, err)
			}
		})
	}

	// This path returns SCIM errors, but has no ServiceProviderConfig.
	clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
		env.Respond("/other/*", http.StatusNotFound, clienttest.JSONType, `{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404"}`)

		celonis := env.Client(atSCIM("/other"))
		_, err := celonis.User(t.Context(), unknownID)
		clienttest.WantError(t, err, transport.ReasonStatus, "Unable to confirm", "/other/ServiceProviderConfig")

		if err := celonis.DeleteUser(t.Context(), unknownID); err == nil {
			t.Error("DeleteUser reported success, although the API is not confirmed")
		}
	})
}

func TestOnlyASCIM404MeansThatTheObjectIsMissing(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(3, 0), func(t *testing.T, env clienttest.Env) {
		env.Respond(clienttest.UsersPath, http.StatusNotFound, clienttest.JSONType, `{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404"}`)

		_, err := env.Client().Users(t.Context())
		clienttest.WantError(t, err, transport.ReasonStatus)
	})
}

func TestMediaTypeIsNegotiated(t *testing.T) {
	t.Parallel()

	for _, accepted := range scim.ContentTypes("").Words() {
		t.Run(string(accepted), func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, clienttest.SCIMTeam(0, 0, func(o *scim.Options) { o.ContentTypes = accepted }), func(t *testing.T, env clienttest.Env) {
				celonis := env.Client()

				var group sync.WaitGroup
				for index := range 4 {
					group.Go(func() {
						if _, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: fmt.Sprintf("u%d@example.com", index)}); err != nil {
							t.Error(err)
						}
					})
				}

				group.Wait()
				env.Team.ResetJournal()

				if _, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "last@example.com"}); err != nil {
					t.Error(err)
				}

				env.WantCount(1, http.MethodPost, clienttest.UsersPath) // The run remembers the accepted media type.

				for _, entry := range env.Team.Journal() {
					if got := entry.Header.Get("Accept"); got != "application/scim+json, application/json" {
						t.Errorf("Accept = %q", got)
					}
				}
			})
		})
	}
}

func TestRejectionOfBothMediaTypesIsReported(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(0, 0), func(t *testing.T, env clienttest.Env) {
		env.Respond(clienttest.UsersPath, http.StatusUnsupportedMediaType, clienttest.JSONType, `{"detail": "Not that."}`)

		_, err := env.Client().CreateUser(t.Context(), clientscim.NewUser{UserName: "a@example.com"})
		clienttest.WantError(t, err, transport.ReasonStatus, "status 415", "Not that.")
		env.WantCount(2, http.MethodPost, clienttest.UsersPath)
	})
}
