package simulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

func TestErrorShapes(t *testing.T) {
	t.Parallel()

	for shape, want := range map[server.ErrorShape]struct {
		contentType string
		parts       []string
	}{
		"": {"application/problem+json", []string{`"errorCode":"KM_MODEL_NOTFOUND"`}},
		server.ErrorProblem: {
			"application/problem+json", []string{`"title":`, `"status":404`, `"detail":`, `"errorCode":"KM_MODEL_NOTFOUND"`},
		},
		server.ErrorFrontend: {
			"application/json", []string{`"frontendErrorKey":"KM_MODEL_NOTFOUND"`, `"errorInformation":"The`},
		},
		server.ErrorList: {
			"application/json",
			[]string{`{"errors":[{`, `"attribute":"km_id"`, `"error":"The`, `"errorCode":"KM_MODEL_NOTFOUND"`, `"additionalInfo":`},
		},
		server.ErrorReference: {
			"application/json", []string{`"reference":"`, `"message":"The`, `"shortMessage":"Not Found"`},
		},
		server.ErrorSCIM: {
			"application/scim+json",
			[]string{`"urn:ietf:params:scim:api:messages:2.0:Error"`, `"status":"404"`, `"detail":"The`},
		},
		server.ErrorText:  {"text/plain; charset=utf-8", []string{"The Knowledge Model does not exist."}},
		server.ErrorEmpty: {"", nil},
	} {
		got := newTeam(t, simulator.Options{Server: server.Options{Errors: shape}}).get(listPath + "/p.km").want(http.StatusNotFound)

		if contentType := got.header.Get("Content-Type"); contentType != want.contentType {
			t.Errorf("%s: content type %s", shape, contentType)
		}

		for _, part := range want.parts {
			if !strings.Contains(got.body, part) {
				t.Errorf("%s: %s lacks %s", shape, got.body, part)
			}
		}

		if (got.body == "") != (want.parts == nil) {
			t.Errorf("%s: body %q", shape, got.body)
		}
	}
}

func TestErrorsMayBePlainJSON(t *testing.T) {
	t.Parallel()

	for _, shape := range []server.ErrorShape{server.ErrorProblem, server.ErrorSCIM} {
		tm := newTeam(t, simulator.Options{Server: server.Options{ErrorsAsJSON: true, Errors: shape}})
		for _, got := range []reply{tm.get(listPath + "/p.km"), tm.do(http.MethodGet, listPath, "")} {
			if contentType := got.header.Get("Content-Type"); contentType != "application/json" {
				t.Errorf("%d: content type %s", got.status, contentType)
			}
		}
	}
}

func TestUnauthorizedKeepsItsOwnShape(t *testing.T) {
	t.Parallel()

	got := newTeam(t, simulator.Options{Server: server.Options{Errors: server.ErrorFrontend}}).do(http.MethodGet, listPath, "")
	if got.status != http.StatusUnauthorized || got.body != `{"error":"Unauthorized"}` {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestLargeBodiesAreRefused(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})

	tm.do(http.MethodPost, tokenPath, strings.Repeat("x", 1<<20+1), "Content-Type", formType).
		want(http.StatusRequestEntityTooLarge)
	tm.do(http.MethodPost, tokenPath, strings.Repeat("x", 1<<20), "Content-Type", formType).
		want(http.StatusUnauthorized)
}
