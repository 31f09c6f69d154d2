package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func TestEachErrorFormat(t *testing.T) {
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
		got := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{Errors: shape}}).Get(simulatortest.ModelsPath + "/p.km").Want(http.StatusNotFound)

		if contentType := got.Header.Get("Content-Type"); contentType != want.contentType {
			t.Errorf("%s: Content-Type = %s", shape, contentType)
		}

		for _, part := range want.parts {
			if !strings.Contains(got.Body, part) {
				t.Errorf("%s: %s lacks %s", shape, got.Body, part)
			}
		}

		if (got.Body == "") != (want.parts == nil) {
			t.Errorf("%s: body = %q, want none", shape, got.Body)
		}
	}
}

func TestErrorsMayBePlainJSON(t *testing.T) {
	t.Parallel()

	for _, shape := range []server.ErrorShape{server.ErrorProblem, server.ErrorSCIM} {
		tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{ErrorsAsJSON: true, Errors: shape}})
		for _, got := range []simulatortest.Reply{tm.Get(simulatortest.ModelsPath + "/p.km"), tm.Do(http.MethodGet, simulatortest.ModelsPath, "")} {
			if contentType := got.Header.Get("Content-Type"); contentType != "application/json" {
				t.Errorf("status %d: Content-Type = %s", got.Status, contentType)
			}
		}
	}
}

func TestUnauthorizedHasItsOwnFormat(t *testing.T) {
	t.Parallel()

	got := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{Errors: server.ErrorFrontend}}).Do(http.MethodGet, simulatortest.ModelsPath, "")
	if got.Status != http.StatusUnauthorized || got.Body != `{"error":"Unauthorized"}` {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

func TestLargeBodiesAreRejected(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})

	tm.Do(http.MethodPost, simulatortest.TokenPath, strings.Repeat("x", 1<<20+1), "Content-Type", simulatortest.FormType).
		Want(http.StatusRequestEntityTooLarge)
	tm.Do(http.MethodPost, simulatortest.TokenPath, strings.Repeat("x", 1<<20), "Content-Type", simulatortest.FormType).
		Want(http.StatusUnauthorized)
}
